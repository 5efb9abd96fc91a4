package text_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"islet/vector/text"
)

// BenchmarkSearch searches 50,000 passages of 300 made-up words, half Chinese and half English, whose frequencies fall as those of
// a language do.
func BenchmarkSearch(b *testing.B) {
	const n = 50_000
	x, err := text.Open(b.TempDir(), text.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.1, 8, 20_000)
	passage := func(words int, zh bool) string {
		var s strings.Builder
		for range words {
			if v := zipf.Uint64(); zh {
				s.WriteRune(rune(0x4E00 + v%4000))
			} else {
				fmt.Fprintf(&s, "word%d ", v)
			}
		}
		return s.String()
	}
	for i := 0; i < n; i += 1000 {
		var put []text.Doc
		for k := range 1000 {
			put = append(put, text.Doc{Key: uint64(i + k), Title: "handbook", Text: passage(300, k%2 == 0)})
		}
		if err := x.Apply(context.Background(), uint64(i+1), put, nil); err != nil {
			b.Fatal(err)
		}
	}
	for _, zh := range []bool{false, true} {
		for _, words := range []int{3, 12, 60} {
			b.Run(fmt.Sprintf("zh=%v/words=%d", zh, words), func(b *testing.B) {
				for b.Loop() {
					if _, err := x.Search(context.Background(), text.Query{Text: passage(words, zh), K: 50}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
