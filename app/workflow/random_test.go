package workflow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"islet/app"
	"islet/app/workflow"
)

// TestRun_randomGraphs runs 200 random graphs, with failures, cancellations and consumers that leave. Every run must end
// with nothing left behind, start each node at most once and after what leads to it, number nothing, and be the same
// again for the same seed.
func TestRun_randomGraphs(t *testing.T) {
	for seed := range uint64(200) {
		var first, second string
		synctest.Test(t, func(t *testing.T) { first = trace(t, seed) })
		synctest.Test(t, func(t *testing.T) { second = trace(t, seed) })
		if first != second {
			t.Fatalf("seed %d gives two traces:\n%s\n---\n%s", seed, first, second)
		}
	}
}

// random is one random graph with what is needed to judge a run of it.
type random struct {
	rng     *rand.Rand
	nodes   []string
	out     map[string][]string // targets by node
	in      map[string][]string
	working atomic.Int32
}

// chance is true once in n.
func (r *random) chance(n int) bool { return r.rng.IntN(n) == 0 }

// graph makes nodes 0..n, each with edges from earlier ones, so that there is no cycle.
func (r *random) graph(t *testing.T) *workflow.Graph {
	type object = map[string]any
	n := 3 + r.rng.IntN(18)
	nodes := []any{object{"id": "n0", "data": object{"type": "start"}}}
	r.nodes = []string{"n0"}
	var edges []any
	kinds := []string{"work", "work", "work", "fork", "answer"}
	for i := 1; i < n; i++ {
		id := fmt.Sprint("n", i)
		data := object{"type": kinds[r.rng.IntN(len(kinds))], "title": id}
		if data["type"] == "answer" {
			data["answer"] = fmt.Sprintf("%s:{{#n%d.text#}};{{#n%d.text#}}.", id, r.rng.IntN(i), r.rng.IntN(i))
		}
		for range 1 + r.rng.IntN(2) {
			from := fmt.Sprint("n", r.rng.IntN(i))
			edges = append(edges, object{"source": from, "target": id, "sourceHandle": "source"})
			r.out[from] = append(r.out[from], id)
			r.in[id] = append(r.in[id], from)
		}
		nodes = append(nodes, object{"id": id, "data": data})
		r.nodes = append(r.nodes, id)
	}
	for i, e := range edges { // the edges of a branch are named for their targets
		e := e.(object)
		for _, x := range nodes {
			x := x.(object)
			if x["id"] == e["source"] && x["data"].(object)["type"] == "fork" {
				e["sourceHandle"] = e["target"]
			}
		}
		edges[i] = e
	}
	raw, err := json.Marshal(object{"nodes": nodes, "edges": edges})
	if err != nil {
		t.Fatal(err)
	}
	g, err := workflow.Parse(raw, r.types())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (r *random) types() workflow.Types {
	all := types("")
	seed := r.rng.Uint64()
	working := func(raw json.RawMessage) (workflow.Node, error) {
		var d struct{ Title string }
		err := json.Unmarshal(raw, &d)
		return &worker{r: r, seed: seed, id: d.Title}, err
	}
	all["work"] = workflow.Type{New: working}
	all["answer"] = workflow.Type{Class: workflow.Response, New: func(raw json.RawMessage) (workflow.Node, error) {
		var d struct{ Title, Answer string }
		err := json.Unmarshal(raw, &d)
		return &slowAnswer{worker{r: r, seed: seed, id: d.Title}, answer{workflow.ParseTemplate(d.Answer)}}, err
	}}
	all["fork"] = workflow.Type{Class: workflow.Branch, New: working}
	return all
}

// worker streams, sleeps and perhaps fails, as its seed says.
type worker struct {
	r    *random
	seed uint64
	id   string
}

func (w *worker) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	w.r.working.Add(1)
	defer w.r.working.Add(-1)
	var h uint64
	for _, c := range w.id {
		h = h*31 + uint64(c)
	}
	rng := rand.New(rand.NewPCG(w.seed, h))
	var text strings.Builder
	for range 1 + rng.IntN(4) {
		if err := sleep(ctx, time.Duration(1+rng.IntN(1_000_000_000))); err != nil { // never two at the same nanosecond
			return nil, err
		}
		piece := fmt.Sprint(w.id, ".")
		text.WriteString(piece)
		s.Text(piece)
	}
	if rng.IntN(60) == 0 {
		panic("now and then")
	}
	if rng.IntN(60) == 0 {
		return nil, app.Errorf(app.Upstream, "random", "random failure", "随机失败")
	}
	res := &workflow.Result{Outputs: map[string]any{"text": text.String()}, Handle: "none"}
	if out := w.r.out[w.id]; len(out) > 0 {
		res.Handle = out[rng.IntN(len(out))]
	}
	return res, nil
}

// slowAnswer takes its time, so that no two nodes end at the same moment.
type slowAnswer struct {
	worker
	answer
}

func (a *slowAnswer) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	if _, err := a.worker.Run(ctx, s); err != nil {
		return nil, err
	}
	return a.answer.Run(ctx, s)
}

// trace runs one random graph, checks the run and returns its events.
func trace(t *testing.T, seed uint64) string {
	r := &random{rng: rand.New(rand.NewPCG(seed, 1)), out: map[string][]string{}, in: map[string][]string{}}
	g := r.graph(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if r.chance(5) {
		time.AfterFunc(time.Duration(r.rng.IntN(int(3*time.Second))), cancel)
	}
	leave := -1
	if r.chance(8) {
		leave = r.rng.IntN(30)
	}
	var b strings.Builder
	started, finished := map[string]bool{}, map[string]bool{}
	last := app.EventKind("")
	for ev, cause := range g.Run(ctx, workflow.Input{NewID: counter()}) {
		b.WriteString(describe(&ev, cause))
		if ev.Seq != 0 || !ev.At.IsZero() {
			t.Errorf("seed %d: the engine numbered an event", seed)
		}
		switch last = ev.Kind; ev.Kind {
		case app.EvNodeStarted:
			if started[ev.Node] {
				t.Errorf("seed %d: %s started twice", seed, ev.Node)
			}
			started[ev.Node] = true
			r.ready(t, seed, ev.Node, finished)
		case app.EvNodeFinished:
			if !started[ev.Node] || finished[ev.Node] {
				t.Errorf("seed %d: %s finished out of order", seed, ev.Node)
			}
			finished[ev.Node] = true
		}
		if leave--; leave == 0 {
			break
		}
	}
	if n := r.working.Load(); n != 0 {
		t.Errorf("seed %d: %d nodes work after the run", seed, n)
	}
	if leave != 0 && (last != app.EvRunFinished || len(started) != len(finished)) {
		t.Errorf("seed %d: the run ended with %s, %d nodes started and %d finished", seed, last, len(started), len(finished))
	}
	return b.String()
}

// ready checks that one of the nodes that lead to id has finished.
func (r *random) ready(t *testing.T, seed uint64, id string, finished map[string]bool) {
	if id == "n0" {
		return
	}
	for _, from := range r.in[id] {
		if finished[from] {
			return
		}
	}
	t.Errorf("seed %d: %s started before anything that leads to it", seed, id)
}
