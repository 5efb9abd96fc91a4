package text_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"islet/vector/text"
)

// open opens an index that the test closes.
func open(t *testing.T, dir string) *text.Index {
	t.Helper()
	x, err := text.Open(dir, text.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// with is an index of texts, with keys from 1 on. "title | text" gives a title.
func with(t *testing.T, texts ...string) *text.Index {
	t.Helper()
	x := open(t, t.TempDir())
	apply(t, x, 1, docs(texts...), nil)
	return x
}

func docs(texts ...string) []text.Doc {
	var out []text.Doc
	for i, s := range texts {
		d := text.Doc{Key: uint64(i + 1), Text: s}
		if title, body, ok := strings.Cut(s, " | "); ok {
			d.Title, d.Text = title, body
		}
		out = append(out, d)
	}
	return out
}

func apply(t *testing.T, x *text.Index, seq uint64, put []text.Doc, del []uint64) {
	t.Helper()
	if err := x.Apply(context.Background(), seq, put, del); err != nil {
		t.Fatal(err)
	}
}

func search(t *testing.T, x *text.Index, query string) []text.Hit {
	t.Helper()
	hits, err := x.Search(context.Background(), text.Query{Text: query, K: 10})
	if err != nil {
		t.Fatalf("Search(%q): %v", query, err)
	}
	return hits
}

func keys(hits []text.Hit) []uint64 {
	out := []uint64{}
	for _, h := range hits {
		out = append(out, h.Key)
	}
	return out
}

func TestTerms(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"双碳目标", "双碳 碳目 目标 标"},
		{"年假", "年假 假"},
		{"Running shoes", "running run~ shoes shoe~"},
		{"The company's shoe", "the company compani~ shoe"},
		{"AX-2041/B", "ax2041b ax 2041 b"},
		{"v2.3.1", "v2.3.1 v2 3 1"},
		{"13800138000", "13800138000"},
		{"GB/T 19001-2016", "gbt190012016 gb/t gb t 19001-2016 19001 2016"},
		{"GB/T19001—2016", "gbt19001 gb t19001 2016"},
		{"ISO 9001", "iso9001 iso 9001"},
		{"li.lei@example.com", "li.lei@example.com li lei example exampl~ com"},
		{"ＡＸ－２０４１ ｶﾞｽ", "ax2041 ax 2041 ガス ス"},
		{"Café ÜBER straße", "cafe uber straße"},
		{"1,000,000 元", "1000000 元"},
		{"C++ 和 C#", "c++ 和 c#"},
		{"don't e-mail", "dont email e mail"},
		{"", ""},
	} {
		if got := strings.Join(text.Terms(tc.in), " "); got != tc.want {
			t.Errorf("Terms(%q) = %s, want %s", tc.in, got, tc.want)
		}
	}
}

var library = []string{
	"员工手册 > 休假 | 员工入职满一年后享有十天年假，年假可以分次使用。",
	"员工手册 > 报销 | 出差报销须在三十天内提交发票，超过期限不予受理。",
	"Products | The AX-2041/B pump runs at 3000 rpm. Its predecessor was the AX 2040.",
	"Products | Part 2041 of the series B is out of stock.",
	"Release notes | Version v2.3.1 fixes a crash when shoes are running away. v2.3.10 is not out yet.",
	"质量 | 本公司按 GB/T 19001-2016 建立质量管理体系，联系人 li.lei@example.com，电话 13800138000。",
	"环境 | 实现双碳目标需要调整能源结构；盐湖提锂。",
	"HR | Employees may carry over five vacation days into the next year.",
	"Shop | We sell a shoe, and a run of other goods.",
	"电话 | 138 0013 8000 不是号码，2016 年另有 19001 项。",
}

func TestSearch_findsFirst(t *testing.T) {
	x := with(t, library...)
	for query, want := range map[string]uint64{
		"年假有多少天？":                1,
		"请问出差的发票多久要交":            2,
		"AX-2041/B":              3,
		"ax2041b":                3,
		"ＡＸ－２０４１／Ｂ 的转速":          3,
		"AX-2041":                3,
		"v2.3.1":                 5,
		"GB/T 19001-2016":        6,
		"gb/t19001-2016":         6,
		"li.lei@example.com":     6,
		"13800138000":            6,
		"盐":                      7,
		"how many vacation days": 8,
		"employee vacations":     8,
		"報銷 发票":                  2,
	} {
		if hits := search(t, x, query); len(hits) == 0 || hits[0].Key != want {
			t.Errorf("Search(%q) = %v, want %d first", query, hits, want)
		}
	}
}

func TestSearch_aCodeIsNotItsPieces(t *testing.T) {
	x := with(t, library...)
	for query, want := range map[string][]uint64{
		"AX-2041/B":   {3},
		"v2.3.1":      {5},
		"v2.3":        {5},
		"ZZ-2041/B":   {},
		"13800138000": {6},
		"13800138001": {},
	} {
		if got := keys(search(t, x, query)); !slices.Equal(got, want) {
			t.Errorf("Search(%q) = %v, want %v", query, got, want)
		}
	}
}

func TestSearch_phrasesAreExact(t *testing.T) {
	x := with(t, "the shoe runs", "the shoes run", "run the shoes", "调整能源结构", "能源的结构", "能源", "AX 2041 B and AX-2041/B")
	for query, want := range map[string][]uint64{
		`"shoes run"`:      {2},
		`"the shoe"`:       {1},
		`"the shoes"`:      {2, 3},
		`「能源结构」`:           {4},
		`“能源的结构”是什么`:       {5},
		`"AX-2041/B"`:      {7},
		`"no such phrase"`: {},
		`"能源 run"`:         {4, 5, 6, 1, 2, 3}, // no document holds it: the words count
		`a lonely " shoe`:  {1, 2, 3},
		`run "the shoes"`:  {2, 3},
	} {
		got := keys(search(t, x, query))
		if query == `"能源 run"` {
			slices.Sort(got)
			want = []uint64{1, 2, 3, 4, 5, 6}
		}
		if !slices.Equal(got, want) {
			t.Errorf("Search(%s) = %v, want %v", query, got, want)
		}
	}
}

func TestHit_saysWhichTermsMatched(t *testing.T) {
	x := with(t, library...)
	hits := search(t, x, "年假 Vacations 天")
	if got, want := hits[0].Terms, []string{"年假"}; hits[0].Key == 1 && !slices.Contains(got, want[0]) {
		t.Errorf("Terms = %q, want %q among them", got, want)
	}
	e, err := x.Explain(context.Background(), 1, "年假 AX-2041/B 报销单")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v %q %q", e.Found, e.Terms, e.Missed); got != `true ["年假"] ["AX-2041/B" "报销单"]` {
		t.Errorf("Explain = %s", got)
	}
	if e, err := x.Explain(context.Background(), 77, "年假"); err != nil || e.Found || e.Rank != 0 {
		t.Errorf("Explain of an unknown key = %+v, %v", e, err)
	}
}
