package split_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"islet/app/knowledge/extract"
	. "islet/app/knowledge/split"
)

var uncleaned = []PreProcessing{}

// rules are the ways of cutting that every text must survive.
func rules() []struct {
	form Form
	r    Rules
	most int // tokens of a passage; 0: any
	kids int
} {
	type way = struct {
		form Form
		r    Rules
		most int
		kids int
	}
	custom := func(sep string, most, overlap int) Rules {
		return Rules{Mode: Custom, Rule: Rule{PreProcessing: uncleaned, Segmentation: Segmentation{Separator: sep, MaxTokens: most, Overlap: overlap}}}
	}
	family := func(mode string, most, kids int) Rules {
		r := custom(`\n\n`, most, 0)
		r.Mode, r.Rule.ParentMode, r.Rule.Subchunk = Hierarchical, mode, Segmentation{Separator: `\n`, MaxTokens: kids, Overlap: kids / 4}
		return r
	}
	return []way{
		{General, Rules{Rule: Rule{PreProcessing: uncleaned}}, 1024, 0},
		{General, custom(`\n\n`, 50, 25), 50, 0},
		{General, custom(`\n`, 64, 10), 64, 0},
		{General, custom("***", 100, 20), 100, 0},
		{General, custom("。", 50, 5), 50, 0},
		{General, custom("a", 4000, 2000), 4000, 0},
		{Parent, family(Paragraph, 60, 16), 60, 16},
		{Parent, family(FullDoc, 0, 20), 0, 20},
		{Parent, Rules{Rule: Rule{PreProcessing: uncleaned}}, 1024, 200},
	}
}

// check holds what must be true of the passages of a text that cleaning does not change.
func check(t *testing.T, text string) {
	t.Helper()
	for i, w := range rules() {
		got, err := Split(extract.Document{Text: text}, w.form, w.r)
		if err != nil {
			t.Fatalf("way %d: %v", i, err)
		}
		at, start := 0, 0
		for k, p := range got {
			if w.most > 0 && p.Tokens > w.most {
				t.Fatalf("way %d: passage %d has %d tokens, want at most %d: %.300q", i, k, p.Tokens, w.most, p.Text)
			}
			at, start = place(t, text, p.Text, p.Start, p.End, at, start)
			if n := Tokens(p.Text); n != p.Tokens {
				t.Fatalf("way %d: passage %d says %d tokens, want %d: %.300q", i, k, p.Tokens, n, p.Text)
			}
			kid, first := p.Start, p.Start
			for _, c := range p.Children {
				if c.Tokens > w.kids {
					t.Fatalf("way %d: a child has %d tokens, want at most %d: %.300q", i, c.Tokens, w.kids, c.Text)
				}
				kid, first = place(t, text, c.Text, c.Start, c.End, kid, first)
			}
			if w.kids > 0 && solid(text[kid:max(kid, p.End)]) {
				t.Fatalf("way %d: no child holds %.200q", i, text[kid:p.End])
			}
		}
		if solid(text[at:]) {
			t.Fatalf("way %d: no passage holds the last %d bytes of %.2000q: %.200q", i, len(text)-at, text, text[at:])
		}
	}
}

// place checks one passage, given where the ones before ended and the last began.
func place(t *testing.T, text, part string, from, to, at, start int) (int, int) {
	t.Helper()
	if from < start || to <= from || to > len(text) {
		t.Fatalf("a passage lies from %d to %d of %d, the one before began at %d: %.200q", from, to, len(text), start, part)
	}
	if from > at && solid(text[at:from]) {
		t.Fatalf("no passage holds %.200q before %.200q", text[at:from], part)
	}
	if !strings.Contains(part, text[from:to]) {
		t.Fatalf("a passage from %d to %d is %.300q, want %.300q", from, to, part, text[from:to])
	}
	if !utf8.ValidString(part) {
		t.Fatalf("a passage cuts a character: %q", part)
	}
	return max(at, to), from
}

func solid(s string) bool { return strings.TrimFunc(s, unicode.IsSpace) != "" }

var scraps = []string{
	"# Title\n", "## 第二章 安装\n", "### Deep\n", "\n", "\n\n\n", "| a | b |\n| --- | --- |\n", "| 1 | 值 |\n", "| long cell with words and more words in it | 很长的单元格，有很多字 |\n",
	"```go\n", "```\n", "\tfmt.Println(\"x\")\n", "- item one\n", "  - nested item\n", "1. first\n", "（一）总则\n", "A sentence. Another one! And, e.g. this?\n",
	"Dr. Smith paid 3.14 dollars to J. K. Rowling. ", "知识库检索是把文档切成段落。每一段都可以被找到！真的吗？“是的。”他说；", "没有标点的很长的一行文字没有标点的很长的一行文字没有标点的很长的一行文字",
	"word ", "***", "---\n", "……", "👨‍👩‍👧‍👦", "é", "　　缩进", "http://example.com/a(b)", "x@y.zz ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "   ", "|", "~~~\n", "~", "`",
}

func random(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		s := scraps[r.IntN(len(scraps))]
		for range 1 + r.IntN(4)*r.IntN(4) {
			b.WriteString(s)
		}
	}
	return b.String()
}

func TestSplit_losesNothingAndKeepsItsBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 60 {
		check(t, random(r, 1+r.IntN(150)))
	}
}

func TestSplit_cleansFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	dirty := append([]string{"\x00", "\r\n", "\xff\xfe", "a  b\t\tc", "[text](https://a.b/c)", "![图](https://a.b/c.png)", "见https://a.b/c。", "\uFEFF"}, scraps...)
	for range 200 {
		var b strings.Builder
		for range 1 + r.IntN(100) {
			b.WriteString(dirty[r.IntN(len(dirty))])
		}
		with := Rules{Mode: Custom, Rule: Rule{PreProcessing: []PreProcessing{{ExtraSpaces, true}, {Addresses, true}}, Segmentation: Segmentation{MaxTokens: 60, Overlap: 10}}}
		without := with
		without.Rule.PreProcessing = uncleaned
		got, err := Split(extract.Document{Text: b.String()}, General, with)
		if err != nil {
			t.Fatal(err)
		}
		text := Clean(b.String(), with)
		want, err := Split(extract.Document{Text: text}, General, without)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d passages, want %d of %q", len(got), len(want), text)
		}
		for i := range got {
			if got[i].Text != want[i].Text {
				t.Fatalf("passage %d = %q, want %q", i, got[i].Text, want[i].Text)
			}
			a, c := b.String()[got[i].Start], text[want[i].Start]
			z, y := b.String()[got[i].End-1], text[want[i].End-1]
			if a != c && c < 0x80 || z != y && y < 0x80 {
				t.Fatalf("passage %q lies at %q", got[i].Text, b.String()[got[i].Start:got[i].End])
			}
		}
	}
}

func TestSplit_isDeterministic(t *testing.T) {
	text := random(rand.New(rand.NewPCG(9, 10)), 400)
	for i, w := range rules() {
		a, _ := Split(extract.Document{Text: text}, w.form, w.r)
		b, _ := Split(extract.Document{Text: text}, w.form, w.r)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("way %d differs", i)
		}
	}
}

func TestSplit_survivesHostileTexts(t *testing.T) {
	const n = 10_000
	for name, text := range map[string]string{
		"newlines": strings.Repeat("\n", 5*n) + "x", "delimiters": strings.Repeat("***", n), "stops": strings.Repeat("。", n), "points": strings.Repeat(". ", n),
		"spaces": strings.Repeat(" ", 5*n) + "x" + strings.Repeat(" ", n), "letters": strings.Repeat("a", 3*n), "ideographs": strings.Repeat("知识库", n), "words": strings.Repeat("word ", n),
		"headings": strings.Repeat("# h\n", n), "marks": "e" + strings.Repeat("\u0301", n), "pipes": strings.Repeat("|", n), "rows": "|a|\n|-|\n" + strings.Repeat("|b|\n", n),
		"head": "|" + strings.Repeat("a ", n) + "|\n|-|\n|b|\n|c|", "code": "```\n" + strings.Repeat("x\n", n), "indent": "```\n" + strings.Repeat(" ", n) + "x\n```", "brackets": strings.Repeat("[", n) + strings.Repeat("](", n),
		"fences": strings.Repeat("```\n", n), "items": strings.Repeat("- \n", n), "flags": strings.Repeat("🇨🇳", n/4), "at": strings.Repeat("a@", n), "family": strings.Repeat("👨\u200d", n/4), "nothing": "", "space": " ", "line": "\n",
	} {
		t.Run(name, func(t *testing.T) {
			from := time.Now()
			check(t, text)
			t.Logf("%d bytes, %d ways, %s", len(text), len(rules()), time.Since(from).Round(time.Millisecond))
		})
	}
}

func TestSplit_takesWhatIsNoText(t *testing.T) {
	for _, text := range []string{"\x00", "a\x00b", "\xff\xff", "\xed\xa0\x80x", strings.Repeat("\xc3", 3000)} {
		for i, w := range rules() {
			got, err := Split(extract.Document{Text: text}, w.form, w.r)
			if err != nil {
				t.Fatalf("way %d of %q: %v", i, text, err)
			}
			for _, p := range got {
				if !utf8.ValidString(p.Text) || strings.Contains(p.Text, "\x00") || p.Start < 0 || p.End > len(text) {
					t.Errorf("way %d of %q gives %+v", i, text, p)
				}
			}
		}
	}
}

func FuzzSplit(f *testing.F) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 20 {
		f.Add(random(r, 20))
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = Clean(text, Rules{Rule: Rule{PreProcessing: uncleaned}})
		if again := Clean(text, Rules{Rule: Rule{PreProcessing: uncleaned}}); again != text {
			t.Fatalf("cleaning again changes %q to %q", text, again)
		}
		check(t, text)
		Clean(text, Rules{Rule: Rule{PreProcessing: []PreProcessing{{ExtraSpaces, true}, {Addresses, true}}}})
		ParseQA(text)
	})
}

func BenchmarkSplit(b *testing.B) {
	en := "## Section %d\n\nThe retention of records is %d years, see e.g. Dr. Smith (3.14). It is reviewed by the board; nobody else may change it.\n\n- first point of %d\n- second point\n\n"
	zh := "## 第%d章\n\n档案保存期限为%d年，由董事会复核。其他人员不得更改！详见第%d条“附则”。\n\n"
	for name, line := range map[string]string{"en": en, "zh": zh} {
		for _, size := range []int{2 << 20, 20 << 20} {
			var s strings.Builder
			r := rand.New(rand.NewPCG(1, 1))
			for s.Len() < size {
				fmt.Fprintf(&s, line, r.IntN(1000), r.IntN(1000), r.IntN(1000))
				for range 60 {
					if name == "zh" {
						s.WriteString(string(rune(0x4e00 + r.IntN(3000))))
						if r.IntN(12) == 0 {
							s.WriteString("，")
						}
					} else {
						fmt.Fprintf(&s, "%x ", r.IntN(1<<16))
					}
				}
				s.WriteString("。\n\n")
			}
			custom := Default(General)
			custom.Mode = Custom
			for form, r := range map[string]Rules{"automatic": {}, "custom": custom, "parent": Default(Parent)} {
				b.Run(fmt.Sprintf("%s/%dMB/%s", name, size>>20, form), func(b *testing.B) {
					b.SetBytes(int64(s.Len()))
					for range b.N {
						got, err := Split(extract.Document{Text: s.String()}, map[string]Form{"parent": Parent, "custom": General, "automatic": General}[form], r)
						if err != nil || len(got) == 0 {
							b.Fatal(err, len(got))
						}
					}
				})
			}
		}
	}
}
