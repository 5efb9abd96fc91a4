package workflow_test

import (
	"reflect"
	"testing"

	"islet/app"
	"islet/app/workflow"
)

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
