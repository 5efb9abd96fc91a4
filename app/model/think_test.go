package model_test

import (
	"strings"
	"testing"

	"islet/app/model"
)

var thoughts = []struct{ in, text, reasoning string }{
	{"plain answer", "plain answer", ""},
	{"<think>why</think>because", "because", "why"},
	{"<think>\nwhy\n</think>\n\nbecause", "because", "\nwhy\n"},
	{"<THINK>why</Think>because", "because", "why"},
	{`<think depth="3" style='x'>why</think >because`, "because", "why"},
	{"before <think>why</think> after", "before after", "why"},
	{"<think>one</think>a<think>two</think>b", "ab", "onetwo"},
	{"<think>never closed", "", "never closed"},
	{"<think>a < b and a </thin b</think>c", "c", "a < b and a </thin b"},
	{"a < b", "a < b", ""},
	{"ends in <", "ends in <", ""},
	{"ends in <thin", "ends in <thin", ""},
	{"<thinking>not a tag</thinking>", "<thinking>not a tag</thinking>", ""},
	{"<thinker>", "<thinker>", ""},
	{"<think " + strings.Repeat("x", 600) + ">no tag", "<think " + strings.Repeat("x", 600) + ">no tag", ""},
	{"<think " + strings.Repeat("x", 500) + ">tag</think>ok", "ok", "tag"},
	{"<<think>x</think>y", "<y", "x"},
	{"<think></think>答案", "答案", ""},
	{"<think>思考</think>\n答案", "答案", "思考"},
	{"</think>lonely", "</think>lonely", ""},
	{"<think><think>x</think>y", "y", "<think>x"},
}

func split(pieces ...string) (text, reasoning string) {
	var t model.Thinking
	for _, p := range pieces {
		a, b := t.Split(p)
		text, reasoning = text+a, reasoning+b
	}
	a, b := t.End()
	return text + a, reasoning + b
}

func TestThinking_whereverTheTextIsCut(t *testing.T) {
	for _, tt := range thoughts {
		for cut := range len(tt.in) + 1 {
			text, reasoning := split(tt.in[:cut], tt.in[cut:])
			if text != tt.text || reasoning != tt.reasoning {
				t.Fatalf("Split(%q | %q) = %q, %q, want %q, %q", tt.in[:cut], tt.in[cut:], text, reasoning, tt.text, tt.reasoning)
			}
		}
		if text, reasoning := split(strings.Split(tt.in, "")...); text != tt.text || reasoning != tt.reasoning {
			t.Errorf("Split(%q) byte by byte = %q, %q, want %q, %q", tt.in, text, reasoning, tt.text, tt.reasoning)
		}
	}
}

func TestSplitThink_flushesBeforeFinishAndError(t *testing.T) {
	seq := func(yield func(model.Chunk, error) bool) {
		_ = yield(model.Chunk{Text: "a <thi"}, nil) && yield(model.Chunk{Finish: "stop"}, nil)
	}
	a, err := model.Collect(model.SplitThink(seq))
	if err != nil || a.Text != "a <thi" || a.Finish != "stop" {
		t.Errorf("= %+v, %v, want the text whole", a, err)
	}
	seq = func(yield func(model.Chunk, error) bool) {
		_ = yield(model.Chunk{Text: "<think>x</th"}, nil) && yield(model.Chunk{}, model.Fail(model.CodeCutOff, "e", nil))
	}
	a, err = model.Collect(model.SplitThink(seq))
	if err == nil || a.Reasoning != "x</th" {
		t.Errorf("= %+v, %v, want the reasoning so far and the error", a, err)
	}
}

// FuzzThinking: cutting a text elsewhere never changes the outcome, and nothing is lost but tags and blank lines.
func FuzzThinking(f *testing.F) {
	for _, tt := range thoughts {
		f.Add(tt.in, uint(3))
	}
	f.Fuzz(func(t *testing.T, in string, step uint) {
		n := int(step%7) + 1
		var pieces []string
		for s := in; s != ""; {
			k := min(n, len(s))
			pieces, s = append(pieces, s[:k]), s[k:]
		}
		text, reasoning := split(in)
		text2, reasoning2 := split(pieces...)
		if text != text2 || reasoning != reasoning2 {
			t.Fatalf("whole: %q, %q; in pieces of %d: %q, %q", text, reasoning, n, text2, reasoning2)
		}
		if len(text)+len(reasoning) > len(in) {
			t.Fatalf("%q grew to %q, %q", in, text, reasoning)
		}
		if !strings.Contains(strings.ToLower(in), "<think") && text != in {
			t.Fatalf("%q became %q", in, text)
		}
	})
}

func TestEstimateTokens(t *testing.T) {
	for in, want := range map[string]int{"": 0, "word": 1, "hello world, how are you": 6, "你好世界": 4, "你好 world": 4} {
		if got := model.EstimateTokens(in); got != want {
			t.Errorf("EstimateTokens(%q) = %d, want %d", in, got, want)
		}
	}
}
