package workflow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/workflow"
)

func TestParseTemplate_takesLinearTime(t *testing.T) {
	text := strings.Repeat("{{#.", 100_000) + "#}}"
	start := time.Now()
	if n := len(workflow.ParseTemplate(text).Selectors()); n != 0 {
		t.Errorf("%d references", n)
	}
	if took := time.Since(start); took > 2*time.Second { // it took minutes when every {{# looked at the whole rest
		t.Errorf("took %s", took)
	}
}

// nest is so many loops inside each other, each of 10,000 rounds, with nothing in the innermost.
func nest(depth int) []byte {
	type object = map[string]any
	nodes := []any{object{"id": "start", "data": object{"type": "start"}}}
	for i := range depth {
		data := object{"type": "loop", "loop_count": 10_000, "start_node_id": fmt.Sprint("in", i), "break_conditions": []any{}, "loop_variables": []any{}}
		in := object{"type": "loop-start", "loop_id": fmt.Sprint("loop", i)}
		if i > 0 {
			data["loop_id"] = fmt.Sprint("loop", i-1)
		}
		nodes = append(nodes, object{"id": fmt.Sprint("loop", i), "data": data}, object{"id": fmt.Sprint("in", i), "data": in})
	}
	edges := []any{object{"source": "start", "target": "loop0"}}
	for i := 1; i < depth; i++ {
		edges = append(edges, object{"source": fmt.Sprint("in", i-1), "target": fmt.Sprint("loop", i)})
	}
	raw, err := json.Marshal(object{"nodes": nodes, "edges": edges})
	if err != nil {
		panic(err)
	}
	return raw
}

func TestRun_emptyRoundsComeToAnEndToo(t *testing.T) {
	types := types("")
	types["loop"] = workflow.Type{Class: workflow.Container, New: workflow.NewLoop}
	types["loop-start"] = workflow.Type{Class: workflow.Entrance}
	for depth := 1; depth <= 3; depth++ {
		g, err := workflow.Parse(nest(depth), types)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		var last app.Event
		for ev := range g.Run(context.Background(), workflow.Input{}) {
			n++
			last = ev
		}
		if last.Status != app.Failed || last.Error == nil || last.Error.Code != "steps_exceeded" || n > 3000 {
			t.Errorf("%d loops: %d events, the last %+v", depth, n, last)
		}
	}
}

func TestRun_secretsAreStarredWhereverARunIsShown(t *testing.T) {
	g, err := workflow.Parse(graphJSON(t, "start: start\nuse: shows\nend: answer {\"answer\":\"{{#use.out#}}\"}\nstart -> use -> end"), withShows())
	if err != nil {
		t.Fatal(err)
	}
	const secret = "CANARY_KEY"
	var recorded []workflow.Entry
	in := workflow.Input{Secrets: []string{secret, "x"}, Vars: map[string]map[string]any{workflow.Environment: {"key": secret}},
		Record: func(e workflow.Entry) { recorded = append(recorded, e) }, Sync: func(context.Context) error { return nil }}
	said := ""
	for ev, err := range g.Run(context.Background(), in) {
		if err != nil {
			t.Fatal(err)
		}
		said += ev.Delta
		if ev.Kind != app.EvNodeFinished {
			continue
		}
		if raw, _ := json.Marshal(ev); strings.Contains(string(raw), secret) {
			t.Errorf("an event shows it: %s", raw)
		}
	}
	if said != "made of "+secret {
		t.Errorf("the answer is %q: what a node makes is its author's affair", said)
	}
	for _, e := range recorded {
		if e.Result == nil {
			continue
		}
		raw, _ := json.Marshal(map[string]any{"inputs": e.Result.Inputs, "process": e.Result.Process})
		if strings.Contains(string(raw), secret) {
			t.Errorf("the journal holds it: %s", raw)
		}
	}
}

// withShows are the test's types with one that tells what it was given.
func withShows() workflow.Types {
	all := types("")
	all["shows"] = workflow.Type{New: func(json.RawMessage) (workflow.Node, error) { return shows{}, nil }}
	return all
}

type shows struct{}

func (shows) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	key := s.Vars.Lookup(workflow.Environment, "key")
	return &workflow.Result{Inputs: map[string]any{"key": key, "list": []any{map[string]any{"k": key}}}, Process: map[string]any{"request": fmt.Sprint("Bearer ", key)},
		Outputs: map[string]any{"out": fmt.Sprint("made of ", key)}}, nil
}
