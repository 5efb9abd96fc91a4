package workflow_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"islet/app"
	"islet/app/workflow"
)

// The figures are of the engine alone: the nodes do nothing. The goal for a node in a chain is 50 µs.

// BenchmarkChain runs a thousand nodes one after the other.
func BenchmarkChain(b *testing.B) {
	const n = 1000
	var graph strings.Builder
	graph.WriteString("start: start\n")
	last := "start"
	for i := range n {
		id := fmt.Sprint("n", i)
		fmt.Fprintf(&graph, "%s: value {\"outputs\":{\"v\":1}}\n%s -> %s\n", id, last, id)
		last = id
	}
	fmt.Fprintf(&graph, "end: answer {\"answer\":\"{{#%[1]s.v#}}\"}\n%[1]s -> end\n", last)
	benchmark(b, graph.String(), nil, n+2)
}

// BenchmarkFan runs a thousand nodes beside each other, and one behind them.
func BenchmarkFan(b *testing.B) {
	const n = 1000
	var graph strings.Builder
	graph.WriteString("start: start\nend: answer {\"answer\":\"x\"}\n")
	for i := range n {
		fmt.Fprintf(&graph, "n%[1]d: value {\"outputs\":{\"v\":1}}\nstart -> n%[1]d -> end\n", i)
	}
	benchmark(b, graph.String(), nil, n+2)
}

const benchIteration = `start: start
each: iteration {"iterator_selector":["start","list"],"output_selector":["x","v"],"is_parallel":%v,"parallel_nums":1000}
  x: do {"out":{"v":"each.item"}}
  -> x
end: answer {"answer":"x"}
start -> each -> end
`

func thousand() map[string]any {
	list := make([]any, 1000)
	for i := range list {
		list[i] = int64(i)
	}
	return map[string]any{"list": list}
}

// BenchmarkIteration runs one node for each of a thousand items.
func BenchmarkIteration(b *testing.B) {
	benchmark(b, fmt.Sprintf(benchIteration, false), thousand(), 1003)
}

// BenchmarkParallelIteration does the same with all items open at once.
func BenchmarkParallelIteration(b *testing.B) {
	benchmark(b, fmt.Sprintf(benchIteration, true), thousand(), 1003)
}

// BenchmarkLoop runs one node in each of a hundred rounds.
func BenchmarkLoop(b *testing.B) {
	benchmark(b, `start: start
l: loop {"loop_count":100,"loop_variables":[{"label":"i","var_type":"number","value_type":"constant","value":0}],"break_conditions":[{"variable_selector":["l","i"],"comparison_operator":"≥","value":"1000"}],"logical_operator":"and"}
  add: write {"to":"l.i","add":1}
  -> add
end: answer {"answer":"{{#l.i#}}"}
start -> l -> end
`, nil, 103)
}

// BenchmarkReplay goes back through the journal of a parallel iteration of a thousand items.
func BenchmarkReplay(b *testing.B) {
	g := parsed(b, fmt.Sprintf(benchIteration, true))
	var j journal
	in := benchInput(thousand())
	j.into(&in)
	finish(b, g, in, 1003)
	b.ReportAllocs()
	for b.Loop() {
		in := benchInput(thousand())
		in.Replay, in.Resumed = j, true
		finish(b, g, in, 1003)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1003, "µs/node")
}

func parsed(b *testing.B, graph string) *workflow.Graph {
	b.Helper()
	g, err := workflow.Parse(graphJSON(b, graph), types(""))
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func benchInput(inputs map[string]any) workflow.Input {
	return workflow.Input{Inputs: inputs, Limits: workflow.Limits{Steps: 1 << 30}}
}

func finish(b *testing.B, g *workflow.Graph, in workflow.Input, steps int) {
	b.Helper()
	var last app.Event
	for ev := range g.Run(context.Background(), in) {
		last = ev
	}
	if last.Status != app.Succeeded || last.Steps != steps {
		b.Fatalf("ended as %s after %d steps", last.Status, last.Steps)
	}
}

func benchmark(b *testing.B, graph string, inputs map[string]any, steps int) {
	g := parsed(b, graph)
	b.ReportAllocs()
	for b.Loop() {
		finish(b, g, benchInput(inputs), steps)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(steps), "µs/node")
}
