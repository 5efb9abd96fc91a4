package workflow

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"islet/app"
)

// Input is what one run starts with. The maps belong to the run from then on.
type Input struct {
	Inputs map[string]any            // of the root: {{#root.name#}}, as Graph.Check returned them
	Vars   map[string]map[string]any // the others by first element of their selectors: System, Environment, Conversation

	NewID func() app.ID    // nil is app.NewID
	Now   func() time.Time // nil is time.Now
}

// workers bounds how many nodes of one run work at the same time; Dify's default.
const workers = 10

// inboxSize is how many messages nodes may be ahead of the coordinator. It only saves switches between goroutines.
const inboxSize = 32

// state is what is known of an edge or node.
type state uint8

const (
	unknown state = iota
	taken
	skipped
)

// messageKind says what a node tells the coordinator.
type messageKind uint8

const (
	nodeDone messageKind = iota
	pieceOfText
	pieceOfReasoning
)

type message struct {
	kind   messageKind
	slot   int32
	node   int
	piece  string
	result *Result
	err    error
}

// Run runs the graph and yields what happens, EvRunFinished last. Events have neither Seq nor At; that is for who records
// them. The run works while the sequence is ranged over, in the caller's goroutine, which should therefore be quick.
//
// A node's error ends the run with the status failed; the end of ctx ends it with stopped. Either way every node that was
// started is finished first, with what it had, and the last pair carries the cause beside the event. No other pair has an
// error. Breaking out of the range ends the run at once. In all cases the range is left only when no node goroutine is.
func (g *Graph) Run(ctx context.Context, in Input) iter.Seq2[app.Event, error] {
	return func(yield func(app.Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r := newRun(g, &in, yield, cancel)
		defer r.drain()
		r.loop(ctx)
	}
}

// run is one run of a graph; the coordinator's goroutine owns it.
type run struct {
	g      *Graph
	in     *Input
	yield  func(app.Event, error) bool
	cancel context.CancelFunc
	left   bool // the consumer broke off

	inbox   chan message
	working int // node goroutines
	begun   time.Time
	steps   int
	usage   app.Usage
	failed  error  // the first error of a node
	late    []late // nodes that ended after the run was over

	edges   []state
	nodes   []progress // as Graph.vertices
	ready   []int      // nodes to start, first in first out
	vars    Vars
	outputs map[string]any
	answer  strings.Builder // the outputs "answer" of Response nodes in the order they finished
	response
}

// progress is where a node stands.
type progress struct {
	state   state
	exec    app.ID
	started time.Time
	step    int // it was the how many-th node to start
}

// late is the end of a node that was told to stop, and its place in the order of starts.
type late struct {
	step int
	ev   app.Event
}

func newRun(g *Graph, in *Input, yield func(app.Event, error) bool, cancel context.CancelFunc) *run {
	if in.NewID == nil {
		in.NewID = app.NewID
	}
	if in.Now == nil {
		in.Now = time.Now
	}
	r := &run{g: g, in: in, yield: yield, cancel: cancel,
		inbox: make(chan message, inboxSize), begun: in.Now(),
		edges: append([]state(nil), g.initial...), nodes: make([]progress, len(g.vertices)),
		outputs: map[string]any{}, response: newResponse(g)}
	for _, i := range g.dead {
		r.nodes[i].state = skipped
	}
	if in.Inputs == nil {
		in.Inputs = map[string]any{}
	}
	r.vars = NewVars(in.Vars).With(g.Root(), in.Inputs)
	return r
}

// loop is the coordinator.
func (r *run) loop(ctx context.Context) {
	r.emit(app.Event{Kind: app.EvRunStarted, Inputs: r.given()})
	r.begin()
	r.enqueue(r.g.root)
	for {
		r.launch(ctx)
		if r.working == 0 {
			break
		}
		switch m := <-r.inbox; m.kind {
		case pieceOfText:
			if !r.over(ctx) {
				r.streamed(int(m.slot), m.piece)
			}
		case pieceOfReasoning:
			if !r.over(ctx) {
				r.reason(m.node, m.piece)
			}
		case nodeDone:
			r.working--
			r.done(ctx, &m)
		}
	}
	r.finish(ctx)
}

// over tells whether the run only waits for its nodes to end.
func (r *run) over(ctx context.Context) bool { return r.left || r.failed != nil || ctx.Err() != nil }

// drain waits for the nodes after a panic of the consumer; after loop nothing is left to wait for.
func (r *run) drain() {
	r.cancel()
	for r.working > 0 {
		if m := <-r.inbox; m.kind == nodeDone {
			r.working--
		}
	}
}

func (r *run) emit(ev app.Event) { r.emitWith(ev, nil) }

func (r *run) emitWith(ev app.Event, cause error) {
	if !r.left && !r.yield(ev, cause) {
		r.left = true
		r.cancel()
	}
}

// given is what the run was started with, under Dify's names.
func (r *run) given() map[string]any {
	sys := r.in.Vars[System]
	m := make(map[string]any, len(r.in.Inputs)+len(sys))
	for k, v := range r.in.Inputs {
		m[k] = v
	}
	for k, v := range sys {
		m[System+"."+k] = v
	}
	return m
}

func (r *run) enqueue(v int) {
	r.nodes[v].state = taken
	r.ready = append(r.ready, v)
}

// launch starts ready nodes, in order, as far as workers are free.
func (r *run) launch(ctx context.Context) {
	for len(r.ready) > 0 && r.working < workers && !r.over(ctx) {
		i := r.ready[0]
		r.ready = r.ready[1:]
		v, p := &r.g.vertices[i], &r.nodes[i]
		r.steps++
		p.exec, p.started, p.step = r.in.NewID(), r.in.Now(), r.steps
		r.emit(app.Event{Kind: app.EvNodeStarted, Node: v.id, Type: v.typ, Title: v.title, Exec: p.exec})
		if r.left {
			return
		}
		r.working++
		go work(ctx, v.node, &Step{Node: v.id, Title: v.title, Exec: p.exec, Vars: r.vars,
			index: i, streams: v.streams, reasons: len(v.reasoned) > 0, inbox: r.inbox, done: ctx.Done()})
	}
}

// work is a node's goroutine. Its last act is to say that the node is done; the coordinator always takes that.
func work(ctx context.Context, n Node, s *Step) {
	res, err := attempt(ctx, n, s)
	s.inbox <- message{kind: nodeDone, node: s.index, result: res, err: err}
}

// attempt runs the node; a panic in it is an error of this node and no more.
func attempt(ctx context.Context, n Node, s *Step) (res *Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = app.Errorf(app.Internal, "node_crashed", "the node %q broke down inside islet; the server log has the details", "节点“%s”在 islet 内部出错，详情见服务器日志", s.Title).
				Because(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	res, err = n.Run(ctx, s)
	if err == nil && res == nil {
		err = fmt.Errorf("node %s returned neither a result nor an error", s.Node)
	}
	return res, err
}

// done books the end of a node: its variables, its edges, what can be streamed now, and what can start.
func (r *run) done(ctx context.Context, m *message) {
	v := &r.g.vertices[m.node]
	if m.result == nil {
		m.result = &Result{}
	}
	r.count(m.result.Usage)
	if m.err == nil && !r.over(ctx) {
		m.err = r.pass(m.node, m.result)
	}
	ev := app.Event{Kind: app.EvNodeFinished, Node: v.id, Type: v.typ, Title: v.title, Exec: r.nodes[m.node].exec,
		Status: app.Succeeded, Inputs: m.result.Inputs, Process: m.result.Process, Outputs: m.result.Outputs, Usage: m.result.Usage,
		Elapsed: r.in.Now().Sub(r.nodes[m.node].started).Seconds()}
	switch {
	case r.over(ctx):
		if m.err != nil {
			ev.Status = app.Stopped
		}
		r.late = append(r.late, late{r.nodes[m.node].step, ev})
		return
	case m.err == nil:
	default:
		ev.Status, ev.Error = app.Failed, Failure(m.err)
		r.failed = m.err
		r.cancel()
	}
	r.emit(ev)
}

// pass hands on what a node made.
func (r *run) pass(i int, res *Result) error {
	v := &r.g.vertices[i]
	if v.class == Branch && res.Handle == "" {
		return fmt.Errorf("branch %s chose nothing", v.id)
	}
	r.vars = r.vars.With(v.id, res.Outputs)
	r.settle(v)
	if v.class == Branch {
		for _, e := range v.out {
			if r.g.edges[e].handle != res.Handle {
				r.skip(e)
			}
		}
	}
	for _, e := range v.out {
		if v.class != Branch || r.g.edges[e].handle == res.Handle {
			r.take(e)
		}
	}
	if v.class == Response {
		r.merge(res.Outputs)
	}
	r.flush()
	return nil
}

func (r *run) take(e int) {
	r.edges[e] = taken
	r.taken(e)
	r.arrive(r.g.edges[e].to)
}

// skip marks an edge and, when its target has no other way left, all that only the target leads to.
func (r *run) skip(e int) {
	r.edges[e] = skipped
	r.arrive(r.g.edges[e].to)
}

// arrive decides about a node one of whose in-edges was decided: it waits, starts or is skipped.
func (r *run) arrive(i int) {
	v := &r.g.vertices[i]
	reached := false
	for _, e := range v.in {
		if r.edges[e] == unknown {
			return
		}
		reached = reached || r.edges[e] == taken
	}
	if r.nodes[i].state != unknown {
		return
	}
	if reached {
		r.enqueue(i)
		return
	}
	r.nodes[i].state = skipped
	for _, e := range v.out {
		r.skip(e)
	}
}

// merge adds a Response node's outputs to the run's: answers are strung together, of the rest the last one stays.
func (r *run) merge(outputs map[string]any) {
	for k, v := range outputs {
		if s, ok := v.(string); ok && k == answerOutput {
			r.answer.WriteString(s)
			continue
		}
		r.outputs[k] = v
	}
	if r.answer.Len() > 0 {
		r.outputs[answerOutput] = r.answer.String()
	}
}

const answerOutput = "answer"

// count adds the usage of a model call to the run's.
func (r *run) count(u *app.Usage) {
	if u == nil {
		return
	}
	r.usage.PromptTokens += u.PromptTokens
	r.usage.CompletionTokens += u.CompletionTokens
	r.usage.TotalTokens += u.TotalTokens
	r.usage.Latency += u.Latency
	r.usage.Estimated = r.usage.Estimated || u.Estimated
	if r.usage.FirstToken == 0 {
		r.usage.FirstToken = u.FirstToken
	}
}

// finish emits the last events. Nodes that were told to stop come in the order of their starts, so that equal runs look
// equal.
func (r *run) finish(ctx context.Context) {
	slices.SortFunc(r.late, func(a, b late) int { return a.step - b.step })
	for i := range r.late {
		r.emit(r.late[i].ev)
	}
	ev := app.Event{Kind: app.EvRunFinished, Status: app.Succeeded, Outputs: r.outputs, Usage: &r.usage, Steps: r.steps,
		Elapsed: r.in.Now().Sub(r.begun).Seconds()}
	cause := r.failed
	switch {
	case r.failed != nil:
		ev.Status, ev.Error = app.Failed, Failure(r.failed)
	case ctx.Err() != nil:
		ev.Status, cause = app.Stopped, context.Cause(ctx)
	}
	r.emitWith(ev, cause)
}

// Failure is err as it is stored and shown: both sentences and no cause.
func Failure(err error) *app.Failure {
	e := app.AsError(err)
	return &app.Failure{Code: e.Code, Kind: e.Kind, Text: e.Text}
}
