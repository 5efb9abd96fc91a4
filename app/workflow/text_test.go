package workflow_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"islet/app"
	"islet/app/workflow"
)

func TestText_followsPython(t *testing.T) {
	image := app.Attachment{Kind: "image", Name: "猫.png", URL: "/files/1"}
	doc := app.Attachment{Kind: "document", URL: "/files/2"}
	for _, c := range []struct {
		value          any
		text, markdown string
	}{
		{"a", "a", "a"},
		{nil, "", ""},
		{true, "True", "True"},
		{false, "False", "False"},
		{7, "7", "7"},
		{int64(-7), "-7", "-7"},
		{json.Number("12"), "12", "12"},
		{json.Number("12.0"), "12.0", "12.0"},
		{1.0, "1.0", "1.0"},
		{0.1, "0.1", "0.1"},
		{1e16, "1e+16", "1e+16"},
		{1e15, "1000000000000000.0", "1000000000000000.0"},
		{0.0001, "0.0001", "0.0001"},
		{0.00001, "1e-05", "1e-05"},
		{math.NaN(), "nan", "nan"},
		{math.Inf(1), "inf", "inf"},
		{math.Inf(-1), "-inf", "-inf"},
		{map[string]any{"type": "greeting"}, `{"type": "greeting"}`, "{\n  \"type\": \"greeting\"\n}"},
		{map[string]any{"b": []any{1, nil}, "a": "<你>"}, `{"a": "<你>", "b": [1, null]}`, "{\n  \"a\": \"<你>\",\n  \"b\": [\n    1,\n    null\n  ]\n}"},
		{map[string]any{}, "{}", "{}"},
		{[]any{}, "", ""},
		{[]any{"a", "b"}, `["a", "b"]`, "- a\n- b"},
		{[]string{"a", "b"}, `["a", "b"]`, "- a\n- b"},
		{[]any{1, 2.5}, "[1, 2.5]", "- 1\n- 2.5"},
		{[]any{true}, "[True]", "- True"},
		{[]any{nil}, "[None]", "- None"},
		{[]any{map[string]any{"a": "x"}}, "[{'a': 'x'}]", "- {'a': 'x'}"},
		{[]any{[]any{"it's"}, "q"}, `[["it's"], 'q']`, "- [\"it's\"]\n- q"},
		{[]any{1, "both ' and \" \n"}, `[1, 'both \' and " \n']`, "- 1\n- both ' and \" \n"},
		{image, "", "![猫.png](/files/1)"},
		{[]app.Attachment{image, doc}, "", "![猫.png](/files/1)\n[/files/2](/files/2)"},
	} {
		if got := workflow.Text(c.value); got != c.text {
			t.Errorf("Text(%#v) = %q, want %q", c.value, got, c.text)
		}
		if got := workflow.Markdown(c.value); got != c.markdown {
			t.Errorf("Markdown(%#v) = %q, want %q", c.value, got, c.markdown)
		}
	}
}

func TestParseTemplate_takesOnlyWhatTheGrammarAllows(t *testing.T) {
	vars := workflow.NewVars(map[string]map[string]any{
		"n1":  {"text": "hello", "obj": map[string]any{"k": map[string]any{"d": 5}}, "null": nil},
		"sys": {"query": "q?"},
		"17":  {"file": app.Attachment{Kind: "image", Name: "a.png", Size: 9}},
	})
	for in, want := range map[string]string{
		"":                                  "",
		"plain":                             "plain",
		"{{#n1.text#}}":                     "hello",
		"a {{#n1.text#}}b{{#sys.query#}} c": "a hellobq? c",
		"{{#n1.obj.k.d#}}":                  "5",
		"{{#n1.obj.no.d#}}":                 "n1.obj.no.d",
		"{{#n1.null#}}|":                    "|",
		"{{#17.file.extension#}}":           ".png",
		"{{#17.file.size#}}":                "9",
		"{{#17.file.secret#}}":              "17.file.secret",
		"{{#gone.text#}}":                   "gone.text",
		"{{# n1.text#}}":                    "{{# n1.text#}}",
		"{{#context#}}":                     "{{#context#}}",
		"{{#node-1.text#}}":                 "{{#node-1.text#}}",
		"{{#n1.1x#}}":                       "{{#n1.1x#}}",
		"{{#n1.text":                        "{{#n1.text",
		"{{#{{#n1.text#}}#}}":               "{{#hello#}}",
		"{{#n1.a123456789012345678901234567890#}}": "{{#n1.a123456789012345678901234567890#}}",
		"{{#n1.a.b.c.d.e.f.g.h.i.j.k#}}":           "{{#n1.a.b.c.d.e.f.g.h.i.j.k#}}",
		"{{#n1.文#}}":                               "{{#n1.文#}}",
	} {
		if got := workflow.ParseTemplate(in).Text(vars); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestTemplate_tellsWhatItReadsAndWhatIsMissing(t *testing.T) {
	tpl := workflow.ParseTemplate("{{#a.x#}} and {{#b.y.z#}} and {{#a.x#}}")
	want := []workflow.Selector{{"a", "x"}, {"b", "y", "z"}, {"a", "x"}}
	if got := tpl.Selectors(); !reflect.DeepEqual(got, want) {
		t.Errorf("Selectors() = %v, want %v", got, want)
	}
	vars := workflow.NewVars(map[string]map[string]any{"a": {"x": nil}})
	if sel, missing := tpl.Missing(vars); !missing || sel.String() != "b.y.z" {
		t.Errorf("Missing() = %v, %v, want b.y.z: a null is there, b is not", sel, missing)
	}
	if _, missing := tpl.Missing(vars.With("b", map[string]any{"y": map[string]any{"z": 1}})); missing {
		t.Error("Missing() after b was added")
	}
	if _, ok := vars.Get(workflow.Selector{"b", "y"}); ok {
		t.Error("With changed the Vars it was called on")
	}
}

func FuzzParseTemplate(f *testing.F) {
	for _, s := range []string{"", "{{#a.b#}}", "{{#{{#a.b#}}", "x{{#a.b#}}y{{#c.d.e#}}", "{{##}}", "{{#.#}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tpl := workflow.ParseTemplate(s)
		if len(tpl.Selectors()) == 0 {
			if got := tpl.Text(workflow.Vars{}); got != s {
				t.Errorf("a text without references %q becomes %q", s, got)
			}
		}
	})
}
