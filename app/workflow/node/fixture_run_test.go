package node_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
	"islet/app/workflow/node"
)

// record is one run, written down. The trace has Dify's names: GRS run started, S node started, C chunk, V variable updated,
// ✓ succeeded, LS LN L✓ loop, IS IN I✓ iteration.
type record struct {
	trace  []string
	deltas []app.Event
	events []app.Event
	last   app.Event
}

func (r *record) note(ev *app.Event) {
	r.events = append(r.events, *ev)
	initial := strings.ToUpper(ev.Type[:min(1, len(ev.Type))])
	mark := map[app.Status]string{app.Succeeded: "✓", app.Partial: "✓!", app.Failed: "✗", app.Exception: "!", app.Stopped: "-"}[ev.Status]
	word := ""
	switch ev.Kind {
	case app.EvRunStarted:
		word = "GRS"
	case app.EvNodeStarted:
		word = "S(" + ev.Type + ")"
	case app.EvNodeFinished:
		word = mark + "(" + ev.Type + ")"
	case app.EvContainerStarted:
		word = initial + "S"
	case app.EvContainerRound:
		word = initial + "N"
	case app.EvContainerFinished:
		word = initial + mark
	case app.EvVariable:
		word = "V"
	case app.EvDelta:
		word = "C" + strings.ReplaceAll(strconv.Quote(ev.Delta), " ", "␣")
		r.deltas = append(r.deltas, *ev)
	case app.EvRunFinished:
		word = "GRS" + mark
		r.last = *ev
	default:
		word = string(ev.Kind)
	}
	r.trace = append(r.trace, word)
}

// read is what a person reads.
func (r *record) read() string {
	var b strings.Builder
	for i := range r.deltas {
		b.WriteString(r.deltas[i].Delta)
	}
	return b.String()
}

// at is the place of the first event for which is holds, -1 if there is none.
func (r *record) at(is func(ev *app.Event) bool) int {
	return slices.IndexFunc(r.events, func(ev app.Event) bool { return is(&ev) })
}

func (r *record) started(id string) int {
	return r.at(func(ev *app.Event) bool { return ev.Kind == app.EvNodeStarted && ev.Node == id })
}

func (r *record) finished(id string) int {
	return r.at(func(ev *app.Event) bool { return ev.Kind == app.EvNodeFinished && ev.Node == id })
}

func (r *record) exec(id string) app.ID { return r.events[r.started(id)].Exec }

// heard are the places of the deltas of a node, without the empty ones that end them.
func (r *record) heard(id string) []int {
	var at []int
	for i := range r.events {
		if ev := &r.events[i]; ev.Kind == app.EvDelta && ev.Node == id && ev.Delta != "" {
			at = append(at, i)
		}
	}
	return at
}

// load reads a fixture: its graph as JSON and its conversation's variables.
func (w *row) load(t *testing.T) (graph []byte, conversation map[string]any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(fixtures, w.file))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Workflow struct {
			Graph        object `yaml:"graph"`
			Conversation []struct {
				Name  string `yaml:"name"`
				Value any    `yaml:"value"`
			} `yaml:"conversation_variables"`
		} `yaml:"workflow"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if w.edit != nil {
		w.edit(file.Workflow.Graph)
	}
	conversation = object{}
	for _, c := range file.Workflow.Conversation {
		conversation[c.Name] = valueOf(t, c.Value)
	}
	graph, err = value.Encode(file.Workflow.Graph)
	if err != nil {
		t.Fatal(err)
	}
	return graph, conversation
}

// valueOf makes one of the values that runs know.
func valueOf(t *testing.T, v any) any {
	t.Helper()
	raw, err := value.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = value.Decode(raw); err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *row) run(t *testing.T) {
	raw, conversation := w.load(t)
	replace := func(id, typ string) workflow.Node {
		if m, ok := w.mocks[id]; ok {
			return m
		}
		if typ == "llm" {
			return said("This is a mocked response")
		}
		return nil
	}
	g, err := workflow.Parse(raw, node.AllTypes(node.Deps{}), workflow.Replacing(replace))
	if w.problem != "" {
		if !slices.ContainsFunc(workflow.Problems(err), func(p workflow.Problem) bool { return p.Node == strings.TrimPrefix(w.problem, nowhere) }) {
			t.Fatalf("problems = %v, want one of the node %q", err, w.problem)
		}
		err = nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if g == nil {
		return
	}
	for range 5 { // it must not matter who is first
		r := &record{}
		for ev := range g.Run(t.Context(), w.input(t, conversation)) {
			r.note(&ev)
		}
		w.judge(t, r)
	}
}

func (w *row) input(t *testing.T, conversation map[string]any) workflow.Input {
	in := workflow.Input{Inputs: object{}, Vars: vars{"conversation": maps.Clone(conversation), "sys": {"query": w.query, "files": []app.Attachment{}}}}
	if w.inputs == "" {
		return in
	}
	var err error
	if in.Inputs, err = value.DecodeMap([]byte(w.inputs)); err != nil {
		t.Fatal(err)
	}
	return in
}

func (w *row) judge(t *testing.T, r *record) {
	if w.fails != "" {
		if r.last.Status != app.Failed || r.last.Error == nil || !strings.HasPrefix(r.last.Error.Text.En, w.fails) {
			t.Errorf("run = %s %+v, want failed with %q", r.last.Status, r.last.Error, w.fails)
		}
		return
	}
	if r.last.Status != app.Succeeded {
		t.Fatalf("run = %s %+v", r.last.Status, r.last.Error)
	}
	if got := written(t, r.last.Outputs); w.outputs != "" && got != w.outputs {
		t.Errorf("outputs = %s\n   want %s", got, w.outputs)
	}
	if got := r.last.Outputs["answer"]; w.answer != "" && got != w.answer {
		t.Errorf("answer = %q, want %q", got, w.answer)
	}
	if got := r.read(); w.read != "" && got != w.read {
		t.Errorf("read = %q, want %q", got, w.read)
	}
	if got := strings.Join(r.trace, " "); w.trace != "" && got != strings.Join(strings.Fields(w.trace), " ") {
		t.Errorf("trace =\n%s\nwant\n%s", got, strings.Join(strings.Fields(w.trace), " "))
	}
	if first, last := r.trace[0], r.trace[len(r.trace)-1]; first != "GRS" || last != "GRS✓" {
		t.Errorf("the run goes from %s to %s", first, last)
	}
	if w.check != nil {
		w.check(t, r)
	}
}

func written(t *testing.T, v any) string {
	t.Helper()
	raw, err := value.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
