package split

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

var scraps = []string{"a", "B", "é", "ǅ", "ʰ", "漢", "字", "の", "한", "́", " ", "  ", "\n", "\r\n", "\t", "　", "1", "23", "４", "'s", "'RE", "'ſ", "'", ".", "/", "//\n", "。", "”", "😀", "👍🏽", "🇨🇳", "word", " Zürich", "HTTPServer", "don't", "0x1F", "\xff", "\u200d", "|", "```", "#", "\u0085"}

func scrap(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(scraps[r.IntN(len(scraps))])
	}
	return b.String()
}

func TestTokens_areThoseOfTheVocabulary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		s := scrap(r, 1+r.IntN(30))
		want, err := o200k().Count(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := Tokens(s); got != want {
			t.Fatalf("Tokens(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestTokens_countsForSeveralAtOnce(t *testing.T) {
	text := strings.Repeat("知识库 retrieval, 检索。 ", 50)
	want := Tokens(text)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := Tokens(text); got != want {
				t.Errorf("Tokens = %d, want %d", got, want)
			}
		})
	}
	wg.Wait()
}

func TestWhole_seesCharacters(t *testing.T) {
	for s, want := range map[string]string{"e\u0301a": "e\u0301|a", "👨\u200d👩\u200d👧x": "👨\u200d👩\u200d👧|x", "👍🏽👍": "👍🏽|👍", "🇨🇳🇫🇷🇩🇪": "🇨🇳|🇫🇷|🇩🇪", "한글": "한|글", "각a": "각|a", "\r\n\n": "\r\n|\n", "漢字": "漢|字"} {
		var b strings.Builder
		for i, r := range s {
			if i > 0 && whole(s, i) {
				b.WriteByte('|')
			}
			b.WriteRune(r)
		}
		if b.String() != want {
			t.Errorf("%q is cut %q, want %q", s, b.String(), want)
		}
	}
}

func TestTally_countsWhatTokensCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		s := strings.ToValidUTF8(scrap(r, 100+r.IntN(100)), "?")
		tally := newTally(s)
		for range 20 {
			a := runeStart(s, r.IntN(len(s)))
			b := a + r.IntN(len(s)-a)
			if b = runeStart(s, b); b < a {
				b = a
			}
			if got, want := tally.count(a, b), Tokens(s[a:b]); got != want {
				t.Fatalf("count of %q (%d to %d of %q) = %d, want %d", s[a:b], a, b, s, got, want)
			}
		}
	}
}
