package split_test

import (
	"errors"
	"strings"
	"testing"

	"islet/app"
	"islet/app/knowledge/extract"
	"islet/app/knowledge/split"
)

func pairs(list []split.Passage) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Text+" => "+p.Answer)
	}
	return strings.Join(out, "\n")
}

func TestQA_ofTables(t *testing.T) {
	for _, in := range []string{
		"question,answer\n怎么登录？,\"点击\"\"登录\"\"\n再输入\"\n,\nQ2,A2\n",
		"\uFEFF序号;问题;答案\n1;怎么登录？;\"点击\"\"登录\"\"\n再输入\"\n;;\n2;Q2;A2",
		"Answer\tQuestion\n\"点击\"\"登录\"\"\n再输入\"\t怎么登录？\nA2\tQ2\n",
	} {
		got, err := split.CSVQA(in)
		if want := "怎么登录？ => 点击\"登录\"\n再输入\nQ2 => A2"; err != nil || pairs(got) != want {
			t.Errorf("%q gives %q (%v), want %q", in, pairs(got), err, want)
		}
	}
	for in, code := range map[string]string{"": "qa_head_missing", "a,b\n1,2": "qa_head_missing", "问题,答案\n": "qa_empty", "问题,答案\nx,\n,y\n": "qa_row_incomplete"} {
		_, err := split.CSVQA(in)
		if !errors.Is(err, &app.Error{Code: code}) {
			t.Errorf("%q gives %v, want %s", in, err, code)
		}
	}
}

func TestQA_ofDocuments(t *testing.T) {
	text := "# Sheet1\n\n| 问题 | 答案 |\n| --- | --- |\n| 何时？ | 明天 \\| 后天 |\n| 谁？ | 我<br>你 |\n"
	got, err := split.Split(extract.Document{Text: text, Pages: []extract.Page{{Number: 3}}}, split.QA, split.Rules{})
	if err != nil || pairs(got) != "何时？ => 明天 | 后天\n谁？ => 我\n你" {
		t.Fatal(err, pairs(got))
	}
	if got[0].Page != 3 || text[got[0].Start:got[0].End] != `| 何时？ | 明天 \| 后天 |` {
		t.Errorf("the first lies at %q on page %d", text[got[0].Start:got[0].End], got[0].Page)
	}
	if got, err = split.Split(extract.Document{Text: "no table"}, split.QA, split.Rules{}); err != nil || pairs(got) != "no table => " {
		t.Errorf("got %q, %v; want the text for a model", pairs(got), err)
	}
}

func TestQA_ofModels(t *testing.T) {
	for in, want := range map[string]string{
		"Q1: What?\nA1: This.\nQ2: Who?\nA2: You,\nand me: both.":          "What? => This.\nWho? => You,\nand me: both.",
		"Sure!\n\n**Q1:** What?\n**A1:** This.\n\n### Q2: Who?\n- A2: You": "What? => This.\nWho? => You",
		"问题1：什么？\n答案1：这个。\n问2：谁？\n答2：你":                                    "什么？ => 这个。\n谁？ => 你",
		"Q1: What? A1: This, see Q2: or A3: there.":                        "What? => This, see Q2: or A3: there.",
		"<think>Q1: no\nA1: no</think>\nQ1: yes?\nA1: yes":                 "yes? => yes",
		"Question 1: What?\nAnswer: This.":                                 "What? => This.",
		"Q1: only a question\nQ2: What?\nA2: This":                         "What? => This",
		"nothing": "", "": "", "A1: x": "",
	} {
		if got := pairs(split.ParseQA(in)); got != want {
			t.Errorf("ParseQA(%q) = %q, want %q", in, got, want)
		}
	}
	system, user := split.QAPrompt("text of it", "Chinese")
	if !strings.Contains(system, "in Chinese") || !strings.Contains(system, "Q1: ") || !strings.Contains(user, "text of it") {
		t.Errorf("got %q, %q", system, user)
	}
}
