package split_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"islet/app"
	"islet/app/knowledge/extract"
	"islet/app/knowledge/split"
)

var update = flag.Bool("update", false, "write the goldens")

func TestSplit_golden(t *testing.T) {
	seg := split.Segmentation{MaxTokens: 120, Overlap: 20}
	all := []split.PreProcessing{{ID: split.ExtraSpaces, Enabled: true}, {ID: split.Addresses, Enabled: true}}
	ways := []struct {
		name string
		form split.Form
		r    split.Rules
	}{
		{"automatic", split.General, split.Rules{}},
		{"custom", split.General, split.Rules{Mode: split.Custom, Rule: split.Rule{Segmentation: seg, PreProcessing: all}}},
		{"parent", split.Parent, split.Rules{Mode: split.Hierarchical, Rule: split.Rule{Segmentation: seg, Subchunk: split.Segmentation{MaxTokens: 40}}}},
	}
	files, err := filepath.Glob("testdata/*.md")
	if err != nil || len(files) != 5 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, w := range ways {
			got, err := split.Split(extract.Document{Text: string(data)}, w.form, w.r)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range got {
				fmt.Fprintf(&b, "==== %s %d · %s · %d tokens · %d to %d\n%s\n", w.name, i+1, strings.Join(p.Heading, " > "), p.Tokens, p.Start, p.End, p.Text)
				for _, c := range p.Children {
					fmt.Fprintf(&b, "---- %d tokens · %d to %d\n%s\n", c.Tokens, c.Start, c.End, c.Text)
				}
			}
		}
		golden := strings.TrimSuffix(file, ".md") + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s changed; look at the difference with -update:\n%s", golden, b.String())
		}
	}
}

// texts are the passages of a text by the given segmentation.
func texts(t *testing.T, text string, seg split.Segmentation) []string {
	t.Helper()
	got, err := split.Split(extract.Document{Text: text}, split.General, split.Rules{Mode: split.Custom, Rule: split.Rule{Segmentation: seg}})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range got {
		out = append(out, p.Text)
	}
	return out
}

func TestSplit_keepsTheDelimiter(t *testing.T) {
	for _, c := range []struct {
		text, delimiter string
		want            []string
	}{
		{"a\n\nb\n\nc", "", []string{"a", "b", "c"}},
		{"a\n\nb\n\nc", `\n\n`, []string{"a", "b", "c"}},
		{"a\nb", `\n`, []string{"a", "b"}},
		{"一。二。三", "。", []string{"一。", "二。", "三"}},
		{"a ***b***c", "***", []string{"a", "***b", "***c"}},
		{"x##y", "##", []string{"x", "##y"}},
		{"***a", "***", []string{"***a"}},
		{"# T\n\ntext\n\nmore", `\n\n`, []string{"# T\n\ntext", "more"}},
		{"```\na\n\nb\n```\n\nc", `\n\n`, []string{"```\na\n\nb\n```", "c"}},
		{"|a|\n|-|\n|b|\nc", `\n`, []string{"|a|\n|-|\n|b|", "c"}},
	} {
		if got := texts(t, c.text, split.Segmentation{Separator: c.delimiter, MaxTokens: 50}); !slices.Equal(got, c.want) {
			t.Errorf("%q at %q = %q, want %q", c.text, c.delimiter, got, c.want)
		}
	}
}

func TestSplit_cutsLongPiecesAtSentences(t *testing.T) {
	en := "Mr. Ada Jones wrote the first half of this text, e.g. its numbers like 3.14 and v1.2, in one long afternoon of May. She wrote the second half later! Was it good? Nobody of the company (see Fig. 3) knew the answer to that."
	zh := "本规定自发布之日起施行，由行政部负责解释，任何部门不得擅自修改其中的条款。“谁可以查阅档案？”他问；只有经批准的人员才可以查阅档案，并且必须登记……其他人一律不得入内！"
	for text, want := range map[string][]string{
		en: {"Mr. Ada Jones wrote the first half of this text, e.g. its numbers like 3.14 and v1.2, in one long afternoon of May. She wrote the second half later! Was it good?", "Nobody of the company (see Fig. 3) knew the answer to that."},
		zh: {"本规定自发布之日起施行，由行政部负责解释，任何部门不得擅自修改其中的条款。“谁可以查阅档案？”他问；", "只有经批准的人员才可以查阅档案，并且必须登记……其他人一律不得入内！"},
	} {
		if got := texts(t, text, split.Segmentation{MaxTokens: 50}); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSplit_overlapsByWholeSentences(t *testing.T) {
	var b strings.Builder
	for i := range 120 {
		fmt.Fprintf(&b, "Sentence number %d says something about the archive and its keys. ", i)
	}
	got, err := split.Split(extract.Document{Text: b.String()}, split.General, split.Rules{})
	if err != nil || len(got) < 3 {
		t.Fatal(err, len(got))
	}
	for i := 1; i < len(got); i++ {
		if got[i].Start >= got[i-1].End || !strings.HasPrefix(got[i].Text, "Sentence number") {
			t.Errorf("passage %d begins at %d, the one before ends at %d: %.60q", i, got[i].Start, got[i-1].End, got[i].Text)
		}
	}
}

func TestSplit_knowsPagesAndHeadings(t *testing.T) {
	long := strings.Repeat("Some words that fill a page of this document. ", 60)
	text := "# A\n\n" + long + "\n\n## B\n\n" + long + "\n\n# C\n\nshort\n"
	at := strings.Index(text, "## B")
	doc := extract.Document{Text: text, Pages: []extract.Page{{Number: 1}, {Number: 2, Start: at}}}
	got, err := split.Split(doc, split.General, split.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, p := range got {
		seen[fmt.Sprintf("%s on %d", strings.Join(p.Heading, ">"), p.Page)]++
	}
	if len(seen) != 3 || seen["A on 1"] == 0 || seen["A>B on 2"] == 0 || seen["C on 2"] != 1 {
		t.Errorf("got %v", seen)
	}
}

func TestSplit_fullDocIsWhole(t *testing.T) {
	text := strings.TrimSpace(strings.Repeat("第一句话，内容很长。\n", 8000)) // far beyond the 10 000 tokens of others
	r := split.Rules{Mode: split.Hierarchical, Rule: split.Rule{ParentMode: split.FullDoc}}
	got, err := split.Split(extract.Document{Text: text}, split.Parent, r)
	if err != nil || len(got) != 1 || got[0].Text != text || len(got[0].Children) != 8000 {
		t.Fatal(err, len(got))
	}
}

func TestClean(t *testing.T) {
	both := split.Rules{Rule: split.Rule{PreProcessing: []split.PreProcessing{{ID: split.ExtraSpaces, Enabled: true}, {ID: split.Addresses, Enabled: true}}}}
	for in, want := range map[string]string{
		"a\n\n\n\nb  c\t\td\n":                           "a\n\nb c d\n",
		"　　段落  \nnext":                                   "段落\nnext",
		"```\na  b\n\n\n\nc\n```\n\n\n\nd  e":            "```\na  b\n\n\n\nc\n```\n\nd e",
		"- a\n  - b  c\n":                                "- a\n  - b c\n",
		"a\x00b\r\nc\rd\xffe\uFEFF":                      "ab\nc\nd\uFFFDe",
		"见https://a.b/c?d=1。下":                           "见。下",
		"see (http://a.b/c_(d)), or www.x.org.":          "see (), or .",
		"mail first.last+x@mail.example.com, or x@y":     "mail , or x@y",
		"[手册](https://a.b/c) ![图](https://a.b/d.png)":    "手册 ![图](https://a.b/d.png)",
		"[![图](https://a.b/d.png)](https://a.b) [x] (y)": "![图](https://a.b/d.png) [x] (y)",
		"<https://a.b> <x@y.zz>":                         "",
	} {
		if got := split.Clean(in, both); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := split.Clean("a  https://x.y", split.Rules{Rule: split.Rule{PreProcessing: []split.PreProcessing{}}}); got != "a  https://x.y" {
		t.Errorf("without rules: %q", got)
	}
}

func TestRules_readDifysJSON(t *testing.T) {
	var r split.Rules
	in := `{"mode":"hierarchical","rules":{"pre_processing_rules":[{"id":"remove_urls_emails","enabled":true},{"id":"remove_stopwords","enabled":false}],
		"segmentation":{"separator":"\\n\\n","max_tokens":500,"chunk_overlap":50},"parent_mode":"paragraph","subchunk_segmentation":{"delimiter":"\\n","max_length":200}}}`
	if err := json.Unmarshal([]byte(in), &r); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(split.Parent); err != nil || r.Rule.Subchunk.MaxTokens != 200 || r.Rule.Subchunk.Separator != `\n` || r.Rule.Segmentation.Overlap != 50 {
		t.Errorf("%+v: %v", r, err)
	}
	for _, form := range []split.Form{split.General, split.Parent, split.QA} {
		d, zero := split.Default(form), split.Rules{}
		if err := errors.Join(d.Check(form), zero.Check(form)); err != nil {
			t.Error(err)
		}
	}
}

func TestRules_nameAllThatIsWrong(t *testing.T) {
	r := split.Rules{Mode: split.Hierarchical, Rule: split.Rule{PreProcessing: []split.PreProcessing{{ID: "x"}}, ParentMode: "page",
		Segmentation: split.Segmentation{MaxTokens: 49, Overlap: -1}, Subchunk: split.Segmentation{MaxTokens: 5000, Separator: strings.Repeat("x", 101)}}}
	var e *app.Error
	if !errors.As(r.Check(split.Parent), &e) || e.Kind != app.Invalid || strings.Count(e.Text.En, ";") < 5 || strings.Count(e.Text.Zh, "；") < 5 {
		t.Errorf("got %v", r.Check(split.Parent))
	}
	if _, err := split.Split(extract.Document{Text: "x"}, split.General, split.Rules{Mode: split.Custom, Rule: split.Rule{Segmentation: split.Segmentation{MaxTokens: 100, Overlap: 51}}}); err == nil {
		t.Error("more than half of overlap is taken")
	}
}
