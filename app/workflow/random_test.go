package workflow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// TestRun_randomGraphs runs 200 random graphs, with containers, branches, forms, retries, failures, stops and consumers that
// leave. Every run must end with nothing left behind, run each node once per round and after what leads to it, tell of the end
// of all that began, and be the same again for the same seed.
func TestRun_randomGraphs(t *testing.T) {
	for seed := range uint64(200) {
		twice(t, seed)
	}
}

// TestSoak_randomGraphs does the same with 10,000 graphs, and crashes many of them. It runs where ISLET_SOAK is set.
func TestSoak_randomGraphs(t *testing.T) {
	if os.Getenv("ISLET_SOAK") == "" {
		t.Skip("set ISLET_SOAK to run it")
	}
	for seed := uint64(1000); seed < 11_000 && !t.Failed(); seed++ {
		twice(t, seed)
		if seed%4 == 0 {
			synctest.Test(t, func(t *testing.T) { crashes(t, seed, 12) })
		}
	}
}

func twice(t *testing.T, seed uint64) {
	t.Helper()
	var first, second string
	synctest.Test(t, func(t *testing.T) { first = trace(t, seed) })
	synctest.Test(t, func(t *testing.T) { second = trace(t, seed) })
	if first != second {
		t.Errorf("seed %d gives two traces:\n%s\n---\n%s", seed, first, second)
	}
}

// trace runs one random graph, with some trouble from outside, and returns its events.
func trace(t *testing.T, seed uint64) string {
	r := newRandom(t, seed)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if r.chance(5) {
		time.AfterFunc(time.Duration(r.rng.Int64N(int64(100*longest))), cancel)
	}
	in := r.input()
	if r.chance(8) {
		in.Limits.Steps = 1 + r.rng.IntN(40)
	}
	l := &life{leave: -1}
	if r.chance(8) {
		l.leave = r.rng.IntN(60)
	}
	r.live(t, ctx, in, l)
	return l.trace.String()
}

// How failures happen in a random graph.
const (
	noFailures = iota
	handledFailures
	anyFailures
)

// longest is how long a node works at most: so long that two never end at the same nanosecond.
const longest = 1000 * time.Second

// random is a random graph and the world that its nodes work in. What a node does depends on the seed, its path and the
// attempt alone, so that it does the same in another life of the run.
type random struct {
	seed     uint64
	rng      *rand.Rand
	failures int
	graph    *workflow.Graph
	nodes    []any
	edges    []any
	in       map[string][]string // the nodes that lead to one, by edges
	handles  map[string][]string // of the out-edges of branches
	handled  map[string]bool     // nodes with an error strategy
	retries  map[string]int
	effects  map[string]bool

	mu      sync.Mutex // guards all below
	working int
	ran     map[string]int    // attempts by path, in this life
	results map[string]string // of the last attempt, by path
	answers map[string]bool   // forms that people filled in, by path; nil if all are
}

func newRandom(t *testing.T, seed uint64) *random {
	r := &random{seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), in: map[string][]string{}, handles: map[string][]string{}, handled: map[string]bool{},
		retries: map[string]int{}, effects: map[string]bool{}, results: map[string]string{}}
	r.failures = r.rng.IntN(3)
	r.level("", 0, 3+r.rng.IntN(14))
	raw, err := json.Marshal(map[string]any{"nodes": r.nodes, "edges": r.edges})
	if err != nil {
		t.Fatal(err)
	}
	if r.graph, err = workflow.Parse(raw, r.types()); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	return r
}

// chance is true once in n.
func (r *random) chance(n int) bool { return r.rng.IntN(n) == 0 }

// level makes the top of the graph or the inside of a container: nodes with edges from earlier ones, so that there is no cycle.
// They read only what has been decided when they run, so that what they make does not depend on who is faster.
func (r *random) level(parent string, depth, size int) (last string) {
	root := "n0"
	if parent != "" {
		root = parent + "_start"
	}
	kindOfRoot := "start"
	if parent != "" {
		kindOfRoot = "entrance"
	}
	r.add(root, parent, map[string]any{"type": kindOfRoot})
	here := []string{root}
	before := map[string]map[string]bool{root: {}} // all that leads to a node
	for range size {
		id := fmt.Sprint("n", len(r.nodes))
		before[id] = map[string]bool{}
		for range 1 + r.rng.IntN(2) {
			from := here[r.rng.IntN(len(here))]
			before[id][from] = true
			maps.Copy(before[id], before[from])
			r.connect(from, id)
		}
		r.node(id, parent, depth, slices.Sorted(maps.Keys(before[id])))
		here = append(here, id)
	}
	return here[len(here)-1]
}

func (r *random) add(id, parent string, data map[string]any) {
	data["title"] = id
	n := map[string]any{"id": id, "data": data}
	if parent != "" {
		n["parentId"] = parent
	}
	r.nodes = append(r.nodes, n)
}

// connect draws an edge. Which handle it has depends on what its source is.
func (r *random) connect(from, to string) {
	handle := "source"
	if hs := r.handles[from]; hs != nil {
		handle = hs[r.rng.IntN(len(hs))]
	}
	r.edges = append(r.edges, map[string]any{"source": from, "target": to, "sourceHandle": handle})
	r.in[to] = append(r.in[to], from)
}

func (r *random) node(id, parent string, depth int, readable []string) {
	kinds := []string{"work", "work", "work", "post", "fork", "ask", "answer", "write"}
	if depth < 2 {
		kinds = append(kinds, "iteration", "loop")
	}
	if parent != "" {
		kinds = append(kinds, "work", "work", "loop-end")
	}
	kind := kinds[r.rng.IntN(len(kinds))]
	data := map[string]any{"type": kind}
	reads := make([]string, 1+r.rng.IntN(3))
	for i := range reads {
		reads[i] = readable[r.rng.IntN(len(readable))] + ".text"
		if parent != "" && r.chance(4) {
			reads[i] = parent + ".item"
		}
	}
	data["reads"] = reads
	switch kind {
	case "fork":
		r.handles[id] = []string{"a", "b"}
	case "ask":
		r.handles[id] = []string{"yes", "no"}
	case "answer":
		data["answer"] = id + ":{{#" + strings.Join(reads, "#}},{{#") + "#}};"
	case "iteration":
		r.iteration(id, depth, data)
	case "loop":
		r.loop(id, depth, data)
	}
	if kind == "work" || kind == "post" || kind == "iteration" || kind == "loop" {
		r.handling(id, kind, data)
	}
	r.add(id, parent, data)
}

func (r *random) iteration(id string, depth int, data map[string]any) {
	data["iterator_selector"] = []string{"conversation", fmt.Sprint("list", r.rng.IntN(5))}
	data["is_parallel"], data["parallel_nums"] = r.chance(2), 1+r.rng.IntN(3)
	data["error_handle_mode"] = []string{"terminated", "continue-on-error", "remove-abnormal-output"}[r.rng.IntN(3)]
	data["flatten_output"] = r.chance(2)
	data["start_node_id"] = id + "_start"
	data["output_selector"] = []string{r.level(id, depth+1, 1+r.rng.IntN(4)), "text"}
}

func (r *random) loop(id string, depth int, data map[string]any) {
	data["loop_count"] = 1 + r.rng.IntN(3)
	data["loop_variables"] = []any{map[string]any{"label": "text", "var_type": "number", "value_type": "constant", "value": r.rng.IntN(2)}}
	if r.chance(2) {
		data["logical_operator"] = "and"
		data["break_conditions"] = []any{map[string]any{"variable_selector": []string{id, "text"}, "comparison_operator": "≥", "value": "1"}}
	}
	data["start_node_id"] = id + "_start"
	r.level(id, depth+1, 1+r.rng.IntN(4))
	count := fmt.Sprint("n", len(r.nodes))
	r.connect(id+"_start", count)
	r.add(count, id, map[string]any{"type": "count", "to": id})
}

func (r *random) handling(id, kind string, data map[string]any) {
	switch r.rng.IntN(4) {
	case 0:
		data["error_strategy"] = "fail-branch"
		r.handles[id], r.handled[id] = []string{"source", "source", "fail-branch"}, true
	case 1:
		data["error_strategy"] = "default-value"
		data["default_value"] = []any{map[string]any{"key": "text", "type": "string", "value": "default"}}
		r.handled[id] = true
	}
	if kind == "post" {
		r.effects[id] = true
	}
	if (kind == "work" || kind == "post") && r.chance(3) {
		r.retries[id] = 1 + r.rng.IntN(2)
		data["retry_config"] = map[string]any{"retry_enabled": true, "max_retries": r.retries[id], "retry_interval": r.rng.IntN(3) * 1000}
	}
}

func (r *random) types() workflow.Types {
	make := func(raw json.RawMessage) (workflow.Node, error) {
		n := worker{r: r}
		err := json.Unmarshal(raw, &n)
		if n.Type == "answer" {
			return &talker{n, workflow.ParseTemplate(n.Answer)}, err
		}
		return &n, err
	}
	return workflow.Types{
		"start":     {Class: workflow.Root, New: make},
		"entrance":  {Class: workflow.Entrance},
		"iteration": {Class: workflow.Container, New: workflow.NewIteration},
		"loop":      {Class: workflow.Container, New: workflow.NewLoop},
		"loop-end":  {Class: workflow.Exit, New: make},
		"work":      {Retries: true, New: make},
		"post":      {Retries: true, Effects: true, New: make},
		"fork":      {Class: workflow.Branch, New: make},
		"ask":       {Class: workflow.Branch, New: make},
		"answer":    {Class: workflow.Response, New: make},
		"write":     {New: make},
		"count":     {New: make},
	}
}

// worker is every kind of node: it streams, sleeps and perhaps fails, as its seed and path say.
type worker struct {
	r                       *random
	Type, Title, Answer, To string
	Reads                   []string
}

func (w *worker) Writes() []workflow.Selector {
	switch w.Type {
	case "write":
		return []workflow.Selector{{"conversation", w.Title}}
	case "count":
		return []workflow.Selector{{w.To, "text"}}
	}
	return nil
}

// talker is a worker of the class Response.
type talker struct {
	worker
	template *workflow.Template
}

func (a *talker) Template() *workflow.Template { return a.template }

func (a *talker) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	res, err := a.worker.Run(ctx, s)
	if err == nil {
		res.Outputs["answer"] = a.template.Markdown(s.Vars)
	}
	return res, err
}

func (w *worker) Run(ctx context.Context, s *workflow.Step) (res *workflow.Result, err error) {
	r := w.r
	r.enter(s)
	defer func() { r.exit(s, res, err) }()
	h := fnv.New64a()
	fmt.Fprint(h, r.seed, s.Path, s.Attempt)
	rng := rand.New(rand.NewPCG(r.seed, h.Sum64()))
	text := w.text(s)
	for _, piece := range []string{text[:len(text)/2], text[len(text)/2:]} {
		if err := sleep(ctx, time.Duration(1+rng.Int64N(int64(longest)))); err != nil {
			if rng.IntN(3) == 0 { // not all stop at once
				time.Sleep(time.Duration(1 + rng.Int64N(int64(longest))))
			}
			return nil, err
		}
		s.Text(piece)
	}
	if err := w.fails(s, rng); err != nil {
		return &workflow.Result{Usage: &app.Usage{TotalTokens: 1}}, err
	}
	res = &workflow.Result{Outputs: map[string]any{"text": text}, Usage: &app.Usage{TotalTokens: 2}}
	switch w.Type {
	case "fork":
		res.Handle = []string{"a", "b", "none"}[rng.IntN(3)]
	case "ask":
		if !r.answered(s.Path) {
			return &workflow.Result{Pause: &app.Form{Path: s.Path, Node: s.Node}}, nil
		}
		res.Handle = []string{"yes", "no"}[rng.IntN(2)]
	case "write":
		res.Updates = []workflow.Update{{Selector: workflow.Selector{"conversation", w.Title}, Value: text}}
	case "count":
		i, _ := value.Int(s.Vars.Lookup(w.To, "text"))
		res.Updates = []workflow.Update{{Selector: workflow.Selector{w.To, "text"}, Value: i + 1}}
	}
	return res, nil
}

// text tells what the node read.
func (w *worker) text(s *workflow.Step) string {
	h := fnv.New32a()
	for _, sel := range w.Reads {
		if v, ok := found(s, sel); ok {
			fmt.Fprintf(h, "%s=%s ", sel, value.Literal(v))
		}
	}
	return fmt.Sprintf("%s.%04x", w.Title, h.Sum32()&0xffff)
}

func (w *worker) fails(s *workflow.Step, rng *rand.Rand) error {
	n := rng.IntN(100)
	r := w.r
	switch {
	case r.failures == noFailures, w.Type == "ask", r.failures == handledFailures && !r.handled[s.Node] && s.Attempt >= r.retries[s.Node]:
		return nil
	case n < 2 || n < 12 && strings.Contains(s.Path, ":") || n < 20 && (r.handled[s.Node] || r.retries[s.Node] > 0):
		return app.Errorf(app.Upstream, "random", "random failure", "随机失败")
	case n == 20:
		panic("now and then")
	}
	return nil
}

func (r *random) enter(s *workflow.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.working++
	r.ran[s.Path]++
}

func (r *random) exit(s *workflow.Step, res *workflow.Result, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.working--
	if res == nil || res.Pause != nil {
		return // it crashed, was stopped or waits
	}
	r.results[s.Path] = fmt.Sprint(res.Outputs["text"], res.Outputs["answer"], res.Handle, err)
}

func (r *random) answered(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answers == nil || r.answers[path]
}

func (r *random) input() workflow.Input {
	lists := map[string]any{}
	for i := range 5 {
		list := []any{}
		for j := range i {
			list = append(list, int64(j))
		}
		lists[fmt.Sprint("list", i)] = list
	}
	return workflow.Input{Vars: map[string]map[string]any{"conversation": lists}, NewID: counter(), Limits: workflow.Limits{Time: 1 << 62}}
}

// life is one life of a run, and what its events told.
type life struct {
	leave    int // how many events the consumer takes; all for less than 1
	trace    strings.Builder
	read     strings.Builder
	last     app.Event
	execs    map[app.ID]string // nodes that started
	finished map[app.ID]app.Status
	open     map[app.ID]bool // containers
}

// live runs the graph and checks what must hold for every run.
func (r *random) live(t *testing.T, ctx context.Context, in workflow.Input, l *life) {
	t.Helper()
	r.ran = map[string]int{}
	l.execs, l.finished, l.open = map[app.ID]string{}, map[app.ID]app.Status{}, map[app.ID]bool{}
	done := map[string]bool{} // nodes at the top
	wrong := func(format string, args ...any) {
		t.Helper()
		t.Errorf("seed %d: %s\n%s", r.seed, fmt.Sprintf(format, args...), l.trace.String())
	}
	for ev, cause := range r.graph.Run(ctx, in) {
		l.trace.WriteString(describe(&ev, cause, "exec"))
		if ev.Seq != 0 || !ev.At.IsZero() {
			wrong("the engine numbered an event")
		}
		switch l.last = ev; ev.Kind {
		case app.EvNodeStarted:
			if l.execs[ev.Exec] != "" || ev.Exec == "" {
				wrong("%s %s started twice", ev.Node, ev.Exec)
			}
			l.execs[ev.Exec] = ev.Node
			if from := r.in[ev.Node]; ev.Within == nil && len(from) > 0 && !slices.ContainsFunc(from, func(id string) bool { return done[id] }) {
				wrong("%s started before anything that leads to it", ev.Node)
			}
		case app.EvNodeFinished:
			if l.execs[ev.Exec] != ev.Node || l.finished[ev.Exec] != "" {
				wrong("%s %s finished out of order", ev.Node, ev.Exec)
			}
			l.finished[ev.Exec] = ev.Status
			if ev.Within == nil {
				done[ev.Node] = true
			}
		case app.EvContainerStarted:
			l.open[ev.Exec] = true
		case app.EvContainerFinished:
			delete(l.open, ev.Exec)
		case app.EvDelta:
			l.read.WriteString(ev.Delta)
		}
		if l.leave--; l.leave == 0 {
			break
		}
	}
	if r.working != 0 {
		wrong("%d nodes work after the run", r.working)
	}
	for path, n := range r.ran {
		if id := path[strings.LastIndexByte(path, '/')+1:]; n > 1+r.retries[id] {
			wrong("%s ran %d times", path, n)
		}
	}
	switch {
	case l.leave == 0:
	case l.last.Kind == app.EvRunPaused:
		if len(l.last.Forms) == 0 {
			wrong("paused for nothing")
		}
	case l.last.Kind != app.EvRunFinished:
		wrong("the run ended with %s", l.last.Kind)
	case len(l.execs) != len(l.finished) || len(l.open) > 0:
		wrong("%d nodes started and %d finished, %d containers are open", len(l.execs), len(l.finished), len(l.open))
	}
}
