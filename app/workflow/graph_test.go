package workflow_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"islet/app"
	"islet/app/workflow"
)

func TestParse_saysTheFirstProblemAndHowManyMore(t *testing.T) {
	_, err := workflow.Parse(graphJSON(t, "a: what\nb: what"), types(""))
	var e *app.Error
	if !errors.As(err, &e) || e.Kind != app.Invalid || e.Code != "graph_invalid" {
		t.Fatalf("Parse = %v", err)
	}
	if !strings.Contains(e.Text.En, "(and 2 more problems)") || !strings.Contains(e.Text.Zh, "另有 2 个问题") {
		t.Errorf("sentences = %+v", e.Text)
	}
	if n := len(workflow.Problems(err)); n != 3 {
		t.Errorf("%d problems, want 3: two types and no start", n)
	}
	if _, err := workflow.Parse([]byte("{"), types("")); workflow.Problems(err) != nil || app.KindOf(err) != app.Invalid {
		t.Errorf("Parse of broken JSON = %v", err)
	}
}

func TestParse_ignoresCommentsAndEdgesThatNameNothing(t *testing.T) {
	g, err := workflow.Parse([]byte(`{"nodes":[
		{"id":"note","type":"custom-note","data":{}},
		{"id":"s","data":{"type":"start"}},
		{"id":"e","data":{"type":"answer","answer":"hi"}}],
		"edges":[{"source":7,"target":"e"},{"source":"s","target":null},{"source":"s","target":"e","sourceHandle":"success-branch"}]}`), types(""))
	if err != nil {
		t.Fatal(err)
	}
	if g.Root() != "s" {
		t.Errorf("Root() = %q", g.Root())
	}
	if got := answerOf(t, g, workflow.Input{}); got != "hi" {
		t.Errorf("answer = %q", got)
	}
}

func TestRun_aGraphServesManyRunsAtOnce(t *testing.T) {
	g, err := workflow.Parse(graphJSON(t, `start: start
end: answer {"answer":"{{#start.who#}} {{#sys.query#}}"}
start -> end`), types(""))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string)
	for _, who := range []string{"a", "b", "c", "d"} {
		go func() {
			got := answerOf(t, g, workflow.Input{Inputs: map[string]any{"who": who}, Vars: map[string]map[string]any{"sys": {"query": "?"}}})
			if got != who+" ?" {
				got = "wrong: " + got
			}
			done <- got
		}()
	}
	for range 4 {
		if got := <-done; strings.HasPrefix(got, "wrong") {
			t.Error(got)
		}
	}
}

func TestRun_aPanickingConsumerLeavesNoNodeBehind(t *testing.T) {
	g, err := workflow.Parse(graphJSON(t, "start: start\nask: llm\nend: answer {\"answer\":\"{{#ask.text#}}\"}\nstart -> ask -> end"), types(`ask => "x" hang`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	for ev := range g.Run(context.Background(), workflow.Input{}) {
		if ev.Kind == app.EvDelta {
			panic("consumer")
		}
	}
}

// answerOf is what followers of a run would read.
func answerOf(t *testing.T, g *workflow.Graph, in workflow.Input) string {
	var b strings.Builder
	for ev, err := range g.Run(context.Background(), in) {
		if err != nil {
			t.Error(err)
		}
		b.WriteString(ev.Delta)
	}
	return b.String()
}

// BenchmarkRun measures the engine alone: a chat of fifty pieces.
func BenchmarkRun(b *testing.B) {
	g, err := workflow.Parse(graphJSON(b, "start: start\nask: llm\nend: answer {\"answer\":\"{{#ask.text#}}\"}\nstart -> ask -> end"), benchTypes())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for ev := range g.Run(context.Background(), workflow.Input{}) {
			if ev.Kind == app.EvDelta && ev.Delta != "" {
				n++
			}
		}
		if n != 50 {
			b.Fatalf("%d pieces", n)
		}
	}
}
