package node_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"islet/app"
	"islet/app/workflow"
	"islet/app/workflow/node"
)

// startGraph is a graph that declares variables and answers with a template.
func startGraph(t *testing.T, variables, answer string) (*workflow.Graph, error) {
	t.Helper()
	a, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	return workflow.Parse([]byte(`{"nodes":[{"id":"s","data":{"type":"start","variables":[`+variables+`]}},{"id":"a","data":{"type":"answer","answer":`+string(a)+`}}],
		"edges":[{"source":"s","target":"a"}]}`), node.Table(node.Deps{}))
}

const declared = `{"variable":"name","label":"姓名","type":"text-input","required":true,"max_length":3},
	{"variable":"bio","type":"paragraph","default":"none"},
	{"variable":"pet","type":"select","options":["cat","dog"]},
	{"variable":"age","type":"number"},
	{"variable":"ok","type":"checkbox"}`

func TestStart_checksInputs(t *testing.T) {
	g, err := startGraph(t, declared, "")
	if err != nil {
		t.Fatal(err)
	}
	in := func(kv ...any) map[string]any {
		m := map[string]any{"name": "Ada"}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return m
	}
	out := func(kv ...any) map[string]any {
		m := in("bio", "none", "pet", nil, "age", nil, "ok", nil)
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return m
	}
	for _, c := range []struct {
		given, want map[string]any
		code        string
	}{
		{given: in(), want: out()},
		{given: in("name", "字字字", "bio", ""), want: out("name", "字字字", "bio", "")},
		{given: in("more", "x"), want: out()},
		{given: in("name", "a\x00b"), want: out("name", "ab")},
		{given: in("pet", "cat"), want: out("pet", "cat")},
		{given: in("pet", ""), want: out("pet", "")},
		{given: in("age", 3.0), want: out("age", int64(3))},
		{given: in("age", 3.5), want: out("age", 3.5)},
		{given: in("age", " 12 "), want: out("age", int64(12))},
		{given: in("age", "1.0"), want: out("age", int64(1))},
		{given: in("age", ""), want: out()},
		{given: in("age", json.Number("7")), want: out("age", int64(7))},
		{given: in("ok", "Yes"), want: out("ok", true)},
		{given: in("ok", "off"), want: out("ok", false)},
		{given: in("ok", 1.0), want: out("ok", true)},
		{given: in("ok", false), want: out("ok", false)},
		{given: map[string]any{}, code: "input_missing"},
		{given: in("name", ""), want: out("name", "")}, // as in Dify: it was given
		{given: map[string]any{"name": nil}, code: "input_missing"},
		{given: in("name", 7), code: "input_not_text"},
		{given: in("name", "Adaa"), code: "input_too_long"},
		{given: in("pet", "cow"), code: "input_not_an_option"},
		{given: in("age", "many"), code: "input_not_a_number"},
		{given: in("age", "NaN"), code: "input_not_a_number"},
		{given: in("age", true), code: "input_not_a_number"},
	} {
		got, err := g.Check(c.given)
		if c.code != "" {
			var e *app.Error
			if !errors.As(err, &e) || e.Code != c.code || e.Kind != app.Invalid || e.Text.Zh == "" || strings.Contains(e.Text.En+e.Text.Zh, "%!") {
				t.Errorf("Check(%v) = %v, want %s", c.given, err, c.code)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("Check(%v) = %v, %v, want %v", c.given, got, err, c.want)
		}
		if again, err := g.Check(got); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("Check of checked inputs = %v, %v", again, err)
		}
	}
}

func TestStart_namesTheVariableByItsLabel(t *testing.T) {
	g, err := startGraph(t, declared, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Check(nil)
	var e *app.Error
	if !errors.As(err, &e) || !strings.Contains(e.Text.Zh, "姓名") || !strings.Contains(e.Text.En, "姓名") {
		t.Errorf("Check = %v", err)
	}
}

func TestStart_refusesBadDeclarations(t *testing.T) {
	_, err := startGraph(t, `{"variable":"","type":"paragraph"},{"variable":"x","type":"paragraph"},{"variable":"x","type":"hologram"}`, "")
	var codes []string
	for _, p := range workflow.Problems(err) {
		codes = append(codes, p.Code)
	}
	if want := []string{"variable_without_name", "variable_twice", "variable_type_unknown"}; !reflect.DeepEqual(codes, want) {
		t.Errorf("problems %v, want %v", codes, want)
	}
}

func TestStart_handsOnWhatItWasGiven(t *testing.T) {
	g, err := startGraph(t, declared, "{{#s.name#}} {{#s.age#}} {{#sys.query#}}")
	if err != nil {
		t.Fatal(err)
	}
	var started, finished app.Event
	for ev, err := range g.Run(t.Context(), workflow.Input{Inputs: map[string]any{"name": "Bo", "age": "5"}, Vars: map[string]map[string]any{"sys": {"query": "q"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case ev.Kind == app.EvRunStarted:
			started = ev
		case ev.Kind == app.EvNodeFinished && ev.Node == "s":
			finished = ev
		case ev.Kind == app.EvRunFinished && ev.Outputs["answer"] != "Bo 5 q":
			t.Errorf("answer %v", ev.Outputs)
		}
	}
	if want := map[string]any{"name": "Bo", "age": "5", "sys.query": "q"}; !reflect.DeepEqual(started.Inputs, want) {
		t.Errorf("the run was given %v", started.Inputs)
	}
	if want := map[string]any{"name": "Bo", "age": int64(5), "bio": "none", "pet": nil, "ok": nil, "sys.query": "q"}; !reflect.DeepEqual(finished.Outputs, want) {
		t.Errorf("start made %v", finished.Outputs)
	}
}

func TestAnswer_collectsFiles(t *testing.T) {
	g, err := startGraph(t, "", "see {{#sys.one#}} {{#sys.many#}}")
	if err != nil {
		t.Fatal(err)
	}
	one, two := app.Attachment{Kind: "image", Name: "1.png", URL: "/1"}, app.Attachment{Kind: "document", Name: "2.pdf", URL: "/2"}
	for ev := range g.Run(t.Context(), workflow.Input{Vars: map[string]map[string]any{"sys": {"one": one, "many": []app.Attachment{two}}}}) {
		if ev.Kind != app.EvRunFinished {
			continue
		}
		want := map[string]any{"answer": "see ![1.png](/1) [2.pdf](/2)", "files": []app.Attachment{one, two}}
		if !reflect.DeepEqual(ev.Outputs, want) {
			t.Errorf("outputs %v, want %v", ev.Outputs, want)
		}
	}
}

func TestTable_describesEveryKind(t *testing.T) {
	for name, typ := range node.Table(node.Deps{}) {
		if typ.Title.En == "" || typ.Title.Zh == "" || typ.New == nil {
			t.Errorf("%s: %+v", name, typ)
		}
		for _, p := range typ.Params {
			if p.Name == "" || p.Label.En == "" || p.Label.Zh == "" || p.Kind == "" {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}
