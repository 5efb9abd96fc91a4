package node

import (
	"fmt"
	"strings"
	"testing"

	"islet/app/value"
)

// heard is what a parser makes of pieces, as one line: thoughts and answers joined, actions in angle brackets.
func heard(pieces ...string) string {
	p := reactParser{tool: func(name string) bool { return name == "search" || name == "天气" }}
	var units []reactUnit
	for _, s := range pieces {
		units = append(units, p.feed(s)...)
	}
	units = append(units, p.end()...)
	var thought, answer, rest strings.Builder
	for _, u := range units {
		switch u.kind {
		case aThought:
			thought.WriteString(u.text)
		case anAnswer:
			answer.WriteString(u.text)
		case anAction:
			raw, _ := value.Encode(u.input)
			fmt.Fprintf(&rest, "<%s %s>", u.action, raw)
		case aBrokenAction:
			fmt.Fprintf(&rest, "<broken %s>", u.text)
		}
	}
	return strings.TrimSpace(thought.String()) + " |" + answer.String() + rest.String()
}

var reactTexts = map[string]struct{ said, want string }{
	"an object in a fence":          {"Thought: I need data\nAction:\n```json\n{\"action\": \"search\", \"action_input\": {\"q\": \"a\"}}\n```\n", `I need data |<search {"q":"a"}>`},
	"a bare object":                 {`thought: hm {"action": "search", "action_input": "a"}`, `hm |<search "a">`},
	"an object behind the word":     {`Action: {"action":"search","action_input":{"q":1}} Observation: invented {"action":"x","action_input":1}`, ` |<search {"q":1}>`},
	"lines":                         {"Thought: go\nAction: search\nAction Input: {\"q\": \"a\"}\nObservation: invented", `go |<search "{\"q\": \"a\"}">`},
	"lines in Chinese":              {"思考：查一下\n行动：天气\n行动输入：北京\n观察：编的", `查一下 |<天气 "北京">`},
	"bold lines":                    {"**Thought:** go\n**Action:** search\n**Action Input:** cats\n", `go |<search "cats">`},
	"a line without input":          {"Action: search\n", ` |<search {}>`},
	"words behind Action":           {"Action: I will think about it.", `I will think about it. |`},
	"other names of the keys":       {`{"tool": "search", "tool_input": {"q": "a"}}`, ` |<search {"q":"a"}>`},
	"no input at all":               {`{"action": "search"}`, ` |<search {}>`},
	"a final answer as an action":   {"Thought: done\nAction:\n```\n{\"action\": \"Final Answer\", \"action_input\": \"答案是 {42}\"}\n```", `done |答案是 {42}`},
	"a final answer with an object": {`{"action":"final_answer","action_input":{"a":1}}`, ` |{"a":1}`},
	"a final answer in words":       {"Thought: done\nFinal Answer: it is {42}\nAction: none", "done |it is {42}\nAction: none"},
	"a final answer in Chinese":     {"思考：好了\n最终答案：四十二", `好了 |四十二`},
	"a final answer by lines":       {"Action: Final Answer\nAction Input: yes, 42", ` |yes, 42`},
	"no action":                     {"Just hello, {name}! Use `code` and ```\ntext\n``` here.", "Just hello, {name}! Use `code` and ```\ntext\n``` here. |"},
	"an object that is none":        {`The config {"a": 1} is fine`, `The config {"a": 1} is fine |`},
	"a word inside a word":          {"The reaction: none. My afterthought:x", "The reaction: none. My afterthought:x |"},
	"a brace that is never closed":  {"use { here\nFinal Answer: yes", "use { here |yes"},
	"an action that is cut off":     {`Thought: t` + "\n" + `{"action": "search", "action_input": {"q": "a"`, `t |<search {"q":"a"}>`},
	"an action badly written":       {`{'action': 'search', "action_input": "a",}`, ` |<search "a">`},
	"an action that makes no sense": {`{"action": [1, "x" : }`, ` |<broken {"action": [1, "x" : }>`},
	"braces in a text":              {`{"action":"search","action_input":"a } \" { b"}`, ` |<search "a } \" { b">`},
	"a tool that is not there":      {`{"action":"rm","action_input":"x"}`, ` |<rm "x">`},
}

func TestReactParser_understandsWhatModelsWrite(t *testing.T) {
	for name, c := range reactTexts {
		if got := heard(c.said); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestReactParser_doesNotCareWhereChunksEnd(t *testing.T) {
	for name, c := range reactTexts {
		if got := heard(strings.Split(c.said, "")...); got != c.want {
			t.Errorf("%s, by characters: %q, want %q", name, got, c.want)
		}
		bytes := make([]string, len(c.said))
		for i := range bytes {
			bytes[i] = c.said[i : i+1]
		}
		if got := heard(bytes...); got != c.want {
			t.Errorf("%s, by bytes: %q, want %q", name, got, c.want)
		}
		for i := 1; i < len(c.said); i++ {
			if got := heard(c.said[:i], c.said[i:]); got != c.want {
				t.Fatalf("%s, cut at %d: %q, want %q", name, i, got, c.want)
			}
		}
	}
}

func TestReactParser_anAnswerInWordsStreams(t *testing.T) {
	p := reactParser{tool: func(string) bool { return false }}
	p.feed("Thought: x\nFinal Ans")
	if got := p.feed("wer: one "); len(got) != 1 || got[0].text != "one " {
		t.Errorf("%+v", got)
	}
	if got := p.feed("two"); len(got) != 1 || got[0].kind != anAnswer || got[0].text != "two" {
		t.Errorf("%+v", got)
	}
}

func TestReactParser_anEndlessObjectIsWords(t *testing.T) {
	p := reactParser{tool: func(string) bool { return true }}
	units := p.feed("{")
	for range 3000 {
		units = append(units, p.feed(strings.Repeat("x{", 100))...)
	}
	units = append(units, p.feed("\nFinal Answer: ok")...)
	if last := units[len(units)-1]; last.kind != anAnswer || last.text != "ok" {
		t.Errorf("it ends with %+.40v", last)
	}
}

func FuzzReactParser(f *testing.F) {
	for _, c := range reactTexts {
		f.Add(c.said, 3)
	}
	f.Fuzz(func(t *testing.T, said string, n int) {
		if n <= 0 || len(said) > 1000 {
			return
		}
		var pieces []string
		for rest := said; rest != ""; {
			k := min(n, len(rest))
			pieces, rest = append(pieces, rest[:k]), rest[k:]
		}
		if a, b := heard(said), heard(pieces...); a != b {
			t.Errorf("%q: whole %q, in pieces of %d %q", said, a, n, b)
		}
	})
}
