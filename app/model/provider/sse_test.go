package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// read is all events of a stream, one a line: name, "|", data; "!" before data that is no JSON, "~" if it was cut.
func read(r io.Reader) (out []string, err error) {
	e := newEvents(r)
	defer e.free()
	for {
		ev, err := e.next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		s := ev.name + "|"
		if !ev.json {
			s += "!"
		}
		if ev.cut {
			s += "~"
		}
		out = append(out, s+string(ev.data))
	}
}

var streams = []struct{ name, in, want string }{
	{"standard", "data: {\"a\":1}\n\ndata: {\"a\":2}\n\ndata: [DONE]\n\n", `|{"a":1} |{"a":2} |[DONE]`},
	{"no space", "data:{\"a\":1}\n\ndata:[DONE]\n\n", `|{"a":1} |[DONE]`},
	{"CRLF", "data: {\"a\":1}\r\n\r\ndata: [DONE]\r\n\r\n", `|{"a":1} |[DONE]`},
	{"CR", "data: {\"a\":1}\r\rdata: {\"a\":2}\r\r", `|{"a":1} |{"a":2}`},
	{"mixed ends", "data: {\"a\":1}\r\n\ndata: {\"a\":2}\n\r\n", `|{"a":1} |{"a":2}`},
	{"single newline", "data: {\"a\":1}\ndata: {\"a\":2}\n", `|{"a":1} |{"a":2}`},
	{"BOM", "\xef\xbb\xbfdata: {\"a\":1}\n\n", `|{"a":1}`},
	{"comments", ": hi\n\ndata: {\"a\":1}\n: there\n\n", `|{"a":1}`},
	{"fields", "id: 1\nretry: 5\nevent: x\ndata: {\"a\":1}\n\ndata: {\"a\":2}\n\n", `x|{"a":1} |{"a":2}`},
	{"several data lines", "data: {\"a\":\ndata: 1}\n\n", "|{\"a\":\n1}"},
	{"several data lines, single newline", "data: {\ndata: \"a\":1}\ndata: {\"a\":2}\n", "|{\n\"a\":1} |{\"a\":2}"},
	{"text", "event: error\ndata: it broke\n\n", "error|!it broke"},
	{"empty data", "data:\n\ndata: \n\ndata: {\"a\":1}\n\ndata\n\n", `|{"a":1}`},
	{"empty data, single newline", "data:\ndata: {\"a\":1}\n", `|{"a":1}`},
	{"no final newline", "data: {\"a\":1}", `|{"a":1}`},
	{"cut in JSON", "data: {\"a\":1}\n\ndata: {\"a\":", `|{"a":1} |!~{"a":`},
	{"bare lines", "{\"a\":1}\n{\"a\":2}\n", `|{"a":1} |{"a":2}`},
	{"bare, no final newline", "{\"a\":1}", `|{"a":1}`},
	{"bare over lines", "{\n  \"a\": 1\n}\n", "|{\n  \"a\": 1\n}"},
	{"bare array", "[{\"a\":1}\n,\n{\"a\":2}]\n", `|{"a":1} |{"a":2}`},
	{"bare array on one line each", "[\n{\"a\":1},\n{\"a\":2}\n]", `|{"a":1} |{"a":2}`},
	{"bare cut", "{\"a\":1", `|!~{"a":1`},
	{"braces in strings", "data: {\"a\":\"}{\\\"\"}\ndata: {\"a\":2}\n", `|{"a":"}{\""} |{"a":2}`},
	{"not JSON", "data: {nope}\n\n", "|!{nope}"},
	{"page", "<html>\n<body>\n", ""},
	{"nothing", "", ""},
}

func TestEvents(t *testing.T) {
	for _, tt := range streams {
		readers := map[string]io.Reader{"whole": strings.NewReader(tt.in), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.in)),
			"half": iotest.HalfReader(strings.NewReader(tt.in)), "with EOF": iotest.DataErrReader(strings.NewReader(tt.in))}
		for how, r := range readers {
			got, err := read(r)
			if err != nil || strings.Join(got, " ") != tt.want {
				t.Errorf("%s, %s: %q, %v, want %q", tt.name, how, strings.Join(got, " "), err, tt.want)
			}
		}
	}
}

func TestEvents_lineOfTenMegabytes(t *testing.T) {
	big := strings.Repeat("x", 10<<20)
	got, err := read(strings.NewReader("data: {\"a\":\"" + big + "\"}\n\ndata: {\"b\":1}\n\n"))
	if err != nil || len(got) != 2 || len(got[0]) < 10<<20 {
		t.Errorf("%d events, %v, want 2", len(got), err)
	}
}

func TestEvents_failureDropsHalfAnEvent(t *testing.T) {
	broken := errors.New("reset")
	got, err := read(io.MultiReader(strings.NewReader("data: {\"a\":1}\n\ndata: {\"a\":"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(got) != 1 {
		t.Errorf("= %v, %v, want one event and the error", got, err)
	}
}

// FuzzEvents: no input hangs or panics, how it is cut into packets changes nothing, and whole events are whole JSON.
func FuzzEvents(f *testing.F) {
	for _, tt := range streams {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		one, err1 := read(bytes.NewReader(in))
		two, err2 := read(iotest.OneByteReader(bytes.NewReader(in)))
		if fmt.Sprint(one) != fmt.Sprint(two) || (err1 == nil) != (err2 == nil) {
			t.Fatalf("whole: %q, %v\nbyte by byte: %q, %v", one, err1, two, err2)
		}
	})
}

// FuzzWalker: whatever encoding/json accepts the walker reads in the same way, and nothing makes it panic.
func FuzzWalker(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":"x\nyé😀","c":[1,{"d":null}],"e":true}`, `{"a":{}}`, `{"a":"`, `{"a":[1,2}`, `{} `, `{"a":1e5,"b":-0.5}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var want map[string]any
		valid := json.Unmarshal(in, &want) == nil && want != nil
		seen := 0
		err := each(in, func(k, v []byte) bool {
			seen++
			str(v)
			num(v)
			_ = items(v, func(x []byte) bool { return str(x) != "stop" })
			return true
		})
		complete(in)
		problemIn(in)
		if !valid {
			return
		}
		if err != nil && !errors.Is(err, errNotJSON) { // deeper than maxDepth is refused
			t.Fatalf("each(%q) = %v, but it is valid", in, err)
		}
		for k, w := range want {
			s, ok := w.(string)
			if got := str(field(in, k)); ok && err == nil && !strings.ContainsAny(k, "\"\\\ufffd") && strings.Count(string(in), k) == 1 && got != s && !strings.Contains(s, "\ufffd") {
				t.Fatalf("%q: str(%q) = %q, want %q", in, k, got, s)
			}
		}
	})
}

func TestStr_undoesEscapes(t *testing.T) {
	for in, want := range map[string]string{
		`"a\"b\\c\/d\n\t\r\b\f"`: "a\"b\\c/d\n\t\r\b\f",
		`"\u4f60\u597d"`:         "你好",
		`"\ud83d\ude00"`:         "😀",
		`"\ud83d"`:               "�",
		`"\ud83dx"`:              "�x",
		`12`:                     "12",
		`true`:                   "true",
		`null`:                   "",
		`{"a":1}`:                "",
	} {
		if got := str([]byte(in)); got != want {
			t.Errorf("str(%s) = %q, want %q", in, got, want)
		}
	}
}

func TestProblemIn_knowsTheShapes(t *testing.T) {
	for in, want := range map[string]string{
		`{"error":{"message":"m","type":"t","code":"c"}}`: "m (t c)",
		`{"error":"m"}`: "m",
		`{"object":"error","message":"m","code":400}`:                        "m",
		`{"type":"error","error":{"type":"overloaded_error","message":"m"}}`: "m (overloaded_error)",
		`{"detail":"m"}`:                                            "m",
		`{"detail":[{"msg":"a"},{"msg":"b"}]}`:                      "a; b",
		`[{"error":{"code":400,"message":"m","status":"INVALID"}}]`: "m (INVALID)",
		`{"error_code":110,"error_msg":"m"}`:                        "m (110)",
		`{"error":null,"choices":[]}`:                               "",
		`{"error":false}`:                                           "",
		`{"error":""}`:                                              "",
		`{"choices":[]}`:                                            "",
		`[1,2]`:                                                     "",
	} {
		got := ""
		if p := problemIn([]byte(in)); p != nil {
			got = p.Error()
		}
		if got != want {
			t.Errorf("problemIn(%s) = %q, want %q", in, got, want)
		}
	}
}

func TestToolCalls_findTheirPlace(t *testing.T) {
	type piece struct {
		wire           int
		id, name, args string
	}
	for name, tt := range map[string]struct {
		in   []piece
		want string
	}{
		"numbered":          {[]piece{{0, "a", "f", "{"}, {1, "b", "g", "["}, {0, "", "", "}"}, {1, "", "", "]"}}, "a f {}; b g []"},
		"no number":         {[]piece{{-1, "a", "f", "{"}, {-1, "", "", "}"}, {-1, "b", "g", "[]"}}, "a f {}; b g []"},
		"ids repeated":      {[]piece{{-1, "a", "f", "{"}, {-1, "a", "f", "}"}, {-1, "b", "f", "{}"}}, "a f {}; b f {}"},
		"all number 0":      {[]piece{{0, "a", "f", "{}"}, {0, "b", "f", "{"}, {0, "", "", "}"}}, "a f {}; b f {}"},
		"late id":           {[]piece{{0, "", "f", "{"}, {0, "a", "", "}"}}, "a f {}"},
		"names only, whole": {[]piece{{-1, "", "f", "{}"}, {-1, "", "g", "{}"}}, "? f {}; ? g {}"},
	} {
		var c toolCalls
		var calls []string
		ids := map[int]string{}
		for _, p := range tt.in {
			if d := c.add(p.wire, p.id, p.name, p.args); d.ID != "" {
				ids[d.Index] = d.ID
			}
		}
		for i, x := range c.list {
			id := x.id
			if id == "" && ids[i] != "" {
				id = "?"
			}
			calls = append(calls, id+" "+x.name+" "+string(x.args))
		}
		if got := strings.Join(calls, "; "); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
