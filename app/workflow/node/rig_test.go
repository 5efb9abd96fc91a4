package node

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// rig runs single nodes of the kinds in flowTypes.
type rig struct {
	deps  Deps
	files map[string]map[string]any // variables that JSON has no word for
}

// claim says what a node with these settings makes of these variables: outputs as JSON, or an error: "!code" or "!Type code".
type claim struct{ data, vars, want string }

var (
	pdf   = app.Attachment{ID: "1", Kind: "document", Method: "local_file", File: "f1", Name: "a.pdf", MIME: "application/pdf", Size: 10}
	png   = app.Attachment{ID: "2", Kind: "image", Method: "remote_url", Name: "b.png", MIME: "image/png", Size: 2000, URL: "http://x/b.png"}
	audio = app.Attachment{ID: "3", Kind: "audio", Method: "local_file", File: "f3", Name: "c.mp3", MIME: "audio/mpeg", Size: 300}
)

// fileVars are variables with files: f.one, f.many, f.none.
var fileVars = map[string]map[string]any{"f": {"one": pdf, "many": []app.Attachment{pdf, png, audio}, "none": []app.Attachment{}}}

func pool(t *testing.T, vars string, more map[string]map[string]any) workflow.Vars {
	t.Helper()
	all := map[string]map[string]any{}
	if vars != "" {
		var raw map[string]json.RawMessage
		if err := json.Unmarshal([]byte(vars), &raw); err != nil {
			t.Fatalf("%s: %v", vars, err)
		}
		for node, r := range raw {
			m, err := value.DecodeMap(r)
			if err != nil {
				t.Fatalf("%s: %v", vars, err)
			}
			all[node] = m
		}
	}
	maps.Copy(all, more)
	return workflow.NewVars(all)
}

func (r *rig) node(typ, data string) (workflow.Node, error) {
	return flowTypes(r.deps)[typ].New(json.RawMessage(data))
}

func (r *rig) run(t *testing.T, typ, data, vars string) (*workflow.Result, error) {
	t.Helper()
	n, err := r.node(typ, data)
	if err != nil {
		return &workflow.Result{}, err
	}
	return n.Run(context.Background(), &workflow.Step{Node: "me", Vars: pool(t, vars, r.files)})
}

func (r *rig) check(t *testing.T, typ string, claims []claim) {
	t.Helper()
	for _, c := range claims {
		res, err := r.run(t, typ, c.data, c.vars)
		got := failure(t, err)
		if err == nil {
			got = written(t, res.Outputs)
		}
		if got != c.want {
			t.Errorf("%s %s\n with %s\n makes %s (%v)\n want  %s", typ, c.data, c.vars, got, err, c.want)
		}
	}
}

// failure writes an error as claims do, and demands that it speaks both languages.
func failure(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	name := ""
	if n := workflow.TypeName(err); n != "WorkflowNodeError" {
		name = n + " "
	}
	var e *app.Error
	if !errors.As(err, &e) {
		return "!" + name + err.Error()
	}
	if e.Text.En == "" || e.Text.Zh == "" || e.Kind == app.Internal || strings.Contains(e.Text.En+e.Text.Zh, "%!") {
		t.Errorf("%s: %d %q %q", e.Code, e.Kind, e.Text.En, e.Text.Zh)
	}
	return "!" + name + e.Code
}

func written(t *testing.T, v any) string {
	t.Helper()
	raw, err := value.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func times(s string, n int) string { return strings.Repeat(s, n) }
