package node

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"islet/app/value"
)

// The expectations are what Python's json_repair makes of the same texts, but for the last group, where ours loses less.
var repairs = []struct{ name, in, want string }{
	{"sound JSON stays as it is", `{"b": 1, "a": [1.0, null]}`, `{"b":1,"a":[1.0,null]}`},
	{"spare commas go", `{"a": [1, 2,], }`, `{"a":[1,2]}`},
	{"single quotes and bare keys", `{'a': 'it''s', b: 2}`, `{"a":"it''s","b":2}`},
	{"typographic quotes", `{“a”: “b”, “城市”： “北京”}`, `{"a":"b","城市":"北京"}`},
	{"a Chinese comma within a text stays", `{"text": "你好，"世界""}`, `{"text":"你好，\"世界\""}`},
	{"raw line breaks and tabs", "{\"a\": \"x\ny\tz\"}", `{"a":"x\ny\tz"}`},
	{"Python's words", `{"a": True, "b": False}`, `{"a":true,"b":false}`},
	{"a bracket is missing", `{"a": [1, 2`, `{"a":[1,2]}`},
	{"the list's bracket is missing", `[{"b": 1}, {"b": 2}`, `[{"b":1},{"b":2}]`},
	{"the wrong bracket", `{"a": ["x"}, "b": 1}`, `{"a":["x"],"b":1}`},
	{"an end in the middle of a text", `{"a": "unfinished`, `{"a":"unfinished"}`},
	{"a bracket too many", `{"a": 1}}}`, `{"a":1}`},
	{"members behind the end", `{"a": 1}, "b": 2}`, `{"a":1,"b":2}`},
	{"a missing comma", `{"a": "b" "c": 1 "d": 2}`, `{"a":"b","c":1,"d":2}`},
	{"quotes within a text", `{"a": "he said "hi" to me", "b": "what is "foo", and bar"}`, `{"a":"he said \"hi\" to me","b":"what is \"foo\", and bar"}`},
	{"a missing quote", `{"city": "New York, "age": 3}`, `{"city":"New York","age":3}`},
	{"a missing value", `{"q": , "n": }`, `{"q":"","n":""}`},
	{"a missing colon", `{"a" = 1}`, `{"a":1}`},
	{"comments", "{/* one */ \"a\": 1, // two\n # three\n \"b\": 2}", `{"a":1,"b":2}`},
	{"a code fence", "Sure:\n```json\n{\"a\": 1}\n```\nAnything else?", `{"a":1}`},
	{"thoughts before it", "<think>\nmaybe {x: 1}\n</think>\n{\"a\": 1}", `{"a":1}`},
	{"a backslash that means nothing", `{"p": "C:\dir"}`, `{"p":"C:\\dir"}`},
	{"escapes", `{'a': "\u4f60\ud83d\ude00\t\"\'"}`, `{"a":"你😀\t\"'"}`},
	{"odd numbers", `{"a": 01, "b": .5, "c": 1., "d": -.5, "e": +1}`, `{"a":1,"b":0.5,"c":1.0,"d":-0.5,"e":1}`},
	{"large numbers keep their digits", `{"a": 123456789012345678901,}`, `{"a":123456789012345678901}`},
	{"bare texts", `{a: hello world, b: [x y, z]}`, `{"a":"hello world","b":["x y","z"]}`},
	{"lists without commas", `[1 2 "a" "b"]`, `[1,2,"a","b"]`},
	{"and so on", `[1, 2, ...]`, `[1,2]`},
	{"a doubled key keeps the last", `{"a": 1, "a": 2,}`, `{"a":2}`},
	{"several values", `{"a": 1}{"b": 2}`, `[{"a":1},{"b":2}]`},
	{"null in Python", `{"a": None}`, `{"a":null}`},
	{"a line break at the end of a text", "{\"a\": \"b\n\", \"c\": 'd'}", `{"a":"b\n","c":"d"}`},
}

func TestRepairJSON(t *testing.T) {
	for _, c := range repairs {
		v, err := repairJSON(c.in)
		if err != nil {
			t.Errorf("%s: repairJSON(%q): %v", c.name, c.in, err)
			continue
		}
		got, err := value.Encode(v)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: repairJSON(%q) = %s, %v, want %s", c.name, c.in, got, err, c.want)
		}
	}
}

func TestRepairJSON_nothingToRepair(t *testing.T) {
	for _, s := range []string{"", "just words", "   ", "```", "<think>{</think>"} {
		if v, err := repairJSON(s); err == nil {
			t.Errorf("repairJSON(%q) = %v, want an error", s, v)
		}
	}
	if _, err := repairJSON(strings.Repeat(`[`, 5000)); err == nil {
		t.Error("5000 brackets: no error")
	}
}

// TestRepairJSON_takesLinearTime gives it a megabyte of what makes parsers look ahead.
func TestRepairJSON_takesLinearTime(t *testing.T) {
	for _, piece := range []string{`"`, `"/*`, `",`, `" `, `", "`, `"]`, `{"a`, ` a`, `a "`, `{a:[`, "\\", `'“`, `":`, "}]", "#\n\"", "1 "} {
		for _, head := range []string{`{"a": "`, `["`, `{`, `[`} {
			s := head + strings.Repeat(piece, 1<<20/len(piece))
			began := time.Now()
			_, _ = repairJSON(s) // whatever it makes of it
			if d := time.Since(began); d > 10*time.Second {
				t.Errorf("%q…%q: %v", head, piece, d)
			}
		}
	}
}

func FuzzRepairJSON(f *testing.F) {
	for _, c := range repairs {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := repairJSON(s)
		if err != nil {
			return
		}
		raw, err := value.Encode(v)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if json.Valid([]byte(s)) {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("%q: %q is not JSON", s, raw)
		}
	})
}
