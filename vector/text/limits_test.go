package text_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"islet/vector/text"
)

// bombs are queries that other search boxes choke on. They are plain text here.
var bombs = []string{
	"", " ", `"`, `""`, `“”`, "*", "*a*", "?", "~", "a~", "+a -b", "title:secret", "年假 AND NOT", "(((((", `\`, "\x00", "\xff\xfe",
	"((a{1000}){1000})", "' OR 1=1 --", `"unclosed`, "年", "/.*/", ">2020", "_id:1", "t:年假",
	strings.Repeat("a", 100_000), strings.Repeat("年假", 50_000), strings.Repeat("*a* ", 10_000), strings.Repeat(`"a b" `, 5_000),
	strings.Repeat("AX-", 10_000), strings.Repeat("e\u0301\u0301", 5_000), strings.Repeat("年 ", 20_000), numbers(10_000),
	`"` + numbers(10_000) + `"`, strings.Repeat("“", 1000) + strings.Repeat("”", 1000),
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "w%d ", i)
	}
	return b.String()
}

func TestSearch_aQueryIsNoLanguage(t *testing.T) {
	x := with(t, library...)
	for _, q := range bombs {
		if _, err := x.Search(context.Background(), text.Query{Text: q, K: 10}); err != nil {
			t.Errorf("Search(%.40q): %v", q, err)
		}
		if _, err := x.Explain(context.Background(), 1, q); err != nil {
			t.Errorf("Explain(%.40q): %v", q, err)
		}
		text.Compare(q, library[0])
		text.Terms(q)
	}
	if hits := search(t, x, "title:年假"); len(hits) == 0 || hits[0].Key != 1 {
		t.Errorf("a query like another language's = %v, want the words of it", hits)
	}
}

func FuzzSearch(f *testing.F) {
	x, err := text.Open(f.TempDir(), text.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { x.Close() })
	if err := x.Apply(context.Background(), 1, docs(library...), nil); err != nil {
		f.Fatal(err)
	}
	for _, q := range bombs {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		hits, err := x.Search(context.Background(), text.Query{Text: q, K: 5})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			if !(h.Score > 0 && h.Score <= 1) || len(h.Terms) == 0 {
				t.Errorf("Search(%q) = %+v", q, h)
			}
			for _, term := range h.Terms {
				if !strings.Contains(q, term) {
					t.Errorf("Search(%q) says %q, which is not written there", q, term)
				}
			}
		}
	})
}

func TestSearch_filtersInsideTheSearch(t *testing.T) {
	var texts []string
	for i := range 500 {
		texts = append(texts, fmt.Sprintf("年假 document %d", i))
	}
	x := with(t, texts...)
	hits, err := x.Search(context.Background(), text.Query{Text: "年假", K: 3, Allow: func(k uint64) bool { return k > 497 }})
	if err != nil || !slices.Equal(keys(hits), []uint64{498, 499, 500}) {
		t.Errorf("Search = %v, %v, want 498, 499, 500", keys(hits), err)
	}
	hits, err = x.Search(context.Background(), text.Query{Text: "年假", K: 3, Allow: func(uint64) bool { return false }})
	if err != nil || len(hits) != 0 {
		t.Errorf("Search with nothing allowed = %v, %v", hits, err)
	}
}

func TestSearch_endsWithItsContext(t *testing.T) {
	x := with(t, library...)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := x.Search(ctx, text.Query{Text: "年假", K: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("Search = %v, want Canceled", err)
	}
	if err := x.Apply(ctx, 2, docs("a"), nil); err == nil {
		t.Log("the change was quicker than its context")
	}
}

func TestApply_largeChangesAreWhole(t *testing.T) {
	x := open(t, t.TempDir())
	var put []text.Doc
	for i := range 2500 {
		put = append(put, text.Doc{Key: uint64(i), Text: fmt.Sprintf("number%d", i)})
	}
	put = append(put, text.Doc{Key: 0, Text: "the second text of a key counts"})
	apply(t, x, 9, put, nil)
	if x.Len() != 2500 || x.Seq() != 9 || len(search(t, x, "number2499")) != 1 || len(search(t, x, "number0")) != 0 {
		t.Errorf("Len = %d, Seq = %d", x.Len(), x.Seq())
	}
}

// TestSearch_doesNotDependOnHistory: an index that changed a lot answers as one that was filled at once.
func TestSearch_doesNotDependOnHistory(t *testing.T) {
	fresh := with(t, library...)
	old := open(t, t.TempDir())
	for seq := range uint64(12) {
		var put []text.Doc
		for i, d := range docs(library...) {
			if (uint64(i)+seq)%3 != 0 {
				d.Text += " old text"
			}
			put = append(put, d)
		}
		apply(t, old, seq+1, put, []uint64{seq % 10})
	}
	apply(t, old, 20, docs(library...), []uint64{77})
	for _, q := range []string{"年假有多少天", "AX-2041/B", "the vacation days of 2016", `"GB/T 19001-2016"`, "盐", "part of the series"} {
		if got, want := fmt.Sprint(search(t, old, q)), fmt.Sprint(search(t, fresh, q)); got != want {
			t.Errorf("Search(%q) = %s, want %s", q, got, want)
		}
	}
}

func TestIndex_servesWhileItChanges(t *testing.T) {
	x := with(t, library...)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				hits, err := x.Search(context.Background(), text.Query{Text: "13800138000", K: 1})
				if err != nil || len(hits) != 1 || hits[0].Key != 6 {
					t.Errorf("Search = %v, %v, want 6", hits, err)
					return
				}
				x.Len()
			}
		})
	}
	for i := range 20 {
		apply(t, x, uint64(i+2), docs(library[:5]...), []uint64{10})
	}
	close(done)
	wg.Wait()
	if err := errors.Join(x.Close(), x.Close()); err != nil {
		t.Error(err)
	}
	if _, err := x.Search(context.Background(), text.Query{Text: "a", K: 1}); !errors.Is(err, text.ErrClosed) {
		t.Errorf("Search after Close = %v, want ErrClosed", err)
	}
}

func TestCompare_speaksAsTheQueryIsWritten(t *testing.T) {
	for _, tc := range []struct{ query, body, want string }{
		{"年假有多少天", "员工有十天年假", `["年假"] []`},
		{"请问报销单在哪里交", "报销须知", `["报销"] ["单"]`},
		{"Running ＡＸ－２０４１ fast", "it runs; AX2041", `["Running" "ＡＸ－２０４１"] ["fast"]`},
		{"", "text", `[] []`},
	} {
		held, missed := text.Compare(tc.query, tc.body)
		if got := fmt.Sprintf("%q %q", held, missed); got != tc.want {
			t.Errorf("Compare(%q) = %s, want %s", tc.query, got, tc.want)
		}
	}
}
