package knowledge_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
)

// says is a model that answers with one text, or calls the tool whose description holds call; without tools it refuses them.
type says struct {
	text, call string
	toolless   bool
	asked      []*model.Request
}

func (m *says) Chat(_ context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	m.asked = append(m.asked, req)
	return func(yield func(model.Chunk, error) bool) {
		if m.toolless && len(req.Tools) > 0 {
			yield(model.Chunk{}, app.Errorf(app.Invalid, "model_refused", "no tools here", "不支持工具"))
			return
		}
		for _, t := range req.Tools {
			if m.call != "" && strings.Contains(t.Description, m.call) {
				yield(model.Chunk{ToolCalls: []model.ToolCallDelta{{ID: "1", Name: t.Name, Arguments: "{}"}}, Finish: "tool_calls"}, nil)
				return
			}
		}
		yield(model.Chunk{Text: m.text, Finish: "stop"}, nil)
	}
}

func TestChoose_takesTheDatasetThatTheModelCallsOrNames(t *testing.T) {
	r := newRig(t)
	var ids []app.ID
	for _, name := range []string{"HR", "HR archive", "机床手册"} {
		d := &app.Dataset{Name: name}
		if err := r.k.Create(r.ctx, d); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, d.ID)
	}
	for _, c := range []struct {
		why  string
		m    says
		want app.ID
	}{
		{"it is called", says{call: "机床手册"}, ids[2]},
		{"it is named", says{text: "机床手册"}, ids[2]},
		{"the name that holds another one is meant", says{text: "I would take HR archive."}, ids[1]},
		{"the shorter name alone", says{text: "hr"}, ids[0]},
		{"a server without tools is asked again without them", says{toolless: true, text: "HR archive"}, ids[1]},
		{"none fits", says{text: "none"}, ""},
	} {
		got, err := r.k.Choose(r.ctx, &c.m, "how is the spindle greased?", ids)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.why, got, err, c.want)
		}
	}
}

func TestChoose_asksNobodyForOneDataset(t *testing.T) {
	r := newRig(t)
	m := &says{}
	if got, err := r.k.Choose(r.ctx, m, "q", []app.ID{"only"}); got != "only" || err != nil || len(m.asked) > 0 {
		t.Errorf("%q, %v after %d questions", got, err, len(m.asked))
	}
}

func TestPropose_keepsOnlyConditionsOverFieldsThatAllDatasetsHave(t *testing.T) {
	r := newRig(t)
	a, b := r.dataset(app.ModelRef{}), r.dataset(app.ModelRef{})
	for _, f := range []struct {
		d    app.ID
		name string
	}{{a.ID, "team"}, {b.ID, "team"}, {a.ID, "only_here"}} {
		if _, err := r.k.AddField(r.ctx, f.d, f.name, app.MetaString); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ why, text, want string }{
		{"a condition in a sentence", `Sure: [{"name":"team","comparison_operator":"is","value":"sales"}] as asked`, "team is sales"},
		{"a field of one of them only", `[{"name":"only_here","comparison_operator":"is","value":"x"}]`, ""},
		{"a comparison that strings do not have", `[{"name":"team","comparison_operator":"before","value":"x"}]`, ""},
		{"an empty list", `[]`, ""},
		{"no JSON", `I cannot tell`, ""},
		{"what is wrong is left out, what is right stays", `[{"name":"nope","comparison_operator":"is","value":1},{"name":"team","comparison_operator":"contains","value":"s"}]`, "team contains s"},
	} {
		f, why, err := r.k.Propose(r.ctx, &says{text: c.text}, "what did sales write?", []app.ID{a.ID, b.ID})
		if err != nil || why != nil {
			t.Fatalf("%s: %v, %v", c.why, why, err)
		}
		got := ""
		if f != nil {
			for _, it := range f.Conditions {
				got += it.Name + " " + it.Operator + " " + it.Value.(string)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}
