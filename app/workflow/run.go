package workflow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"time"

	"islet/app"
)

// Input is what one run starts with. The maps belong to the run from then on.
type Input struct {
	Run    app.ID
	Lang   app.Lang                  // of sentences that nodes and error_message speak
	Inputs map[string]any            // of the root: {{#root.name#}}, as Graph.Check returned them
	Vars   map[string]map[string]any // the others by first element of their selectors: System, Environment, Conversation
	Limits Limits
	// Secrets are texts that are starred wherever a run is shown: see secret.go.
	Secrets []string

	// Record is given each step of the run before any event that follows from it, so that the run can go on from there:
	// see Entry. It must not wait. Nil: nothing is recorded.
	Record func(Entry)
	// Sync returns when all that Record was given so far is safe. Required with Record.
	Sync func(ctx context.Context) error
	// Replay is what Record was given in an earlier life of this run, in order. Resumed says that there was one.
	Replay  []Entry
	Resumed bool

	// Held are outcomes that the run takes over instead of working for them. Nil: it works for all.
	Held *Held
	// Made is told what each node came to that worked, in the coordinator's goroutine, so it must not wait. Secrets stand in it
	// as they are. Optional.
	Made func(Made)

	NewID func() app.ID    // nil is app.NewID
	Now   func() time.Time // nil is time.Now
}

// Limits bound a run. Zero is the default, which is Dify's.
type Limits struct {
	Steps int           // nodes started, those inside containers too; 500
	Time  time.Duration // since it started or went on; 20 minutes. Looked at when a node finishes.
}

const (
	defaultSteps = 500
	defaultTime  = 20 * time.Minute
)

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
	anEvent
	waited // the pause before a retry is over
)

type message struct {
	kind   messageKind
	stream int32
	place  place
	piece  string
	event  *app.Event
	result *Result
	err    error
}

// Run runs the graph and yields what happens, EvRunFinished or EvRunPaused last. Events have neither Seq nor At; that is for
// who records them. The run works while the sequence is ranged over, in the caller's goroutine, which should therefore be quick.
//
// A node's error that nothing handles ends the run with the status failed; the end of ctx ends it with stopped. Either way
// every node that was started is finished first, with what it had, and the last pair carries the cause beside the event. No
// other pair has an error. Breaking out of the range ends the run at once. In all cases the range is left only when no node
// goroutine is.
//
// A run whose Input has a Replay repeats the events of its earlier life, with the same executions, and goes on behind them
// with an EvRunStarted whose reason is resumption.
func (g *Graph) Run(ctx context.Context, in Input) iter.Seq2[app.Event, error] {
	return func(yield func(app.Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r := newRun(ctx, g, &in, yield, cancel)
		defer r.drain()
		r.loop()
	}
}

// run is one run of a graph; the coordinator's goroutine owns it.
type run struct {
	g      *Graph
	in     *Input
	ctx    context.Context //nolint:containedctx // the run's own, for as long as Run is ranged over
	yield  func(app.Event, error) bool
	cancel context.CancelFunc
	left   bool // the consumer broke off

	inbox      chan message
	working    int // goroutines: of nodes, and pauses before retries
	busy       int // of them, nodes
	began      time.Time
	steps      int // for people: nodes started and repeated
	counted    int // for the limit: nodes started
	rounds     int // of all containers
	exceptions int // attempts that failed
	usage      app.Usage
	failure    error // what ended the run
	ends       ends

	top    *frame
	ready  []place // nodes to start, first in first out
	hidden secrets
	forms  []*app.Form // that the run waits for: no other node starts meanwhile
	replay
	held
}

// ends are the ends of what was told to stop. They are told together, so that equal runs look equal: the nodes in the order of
// their starts, and then the containers, the inner ones first.
type ends struct{ nodes, containers []end }

// end is an event about the node that was the how many-th to start.
type end struct {
	step int
	ev   app.Event
}

func (e *ends) node(p place, ev app.Event) {
	e.nodes = append(e.nodes, end{p.progress().step, ev})
}

func (e *ends) container(p place, events ...app.Event) {
	for i := range events {
		e.containers = append(e.containers, end{p.progress().step, events[i]})
	}
}

func (e *ends) add(more *ends) {
	e.nodes = append(e.nodes, more.nodes...)
	e.containers = append(e.containers, more.containers...)
}

func (e *ends) tell(r *run) {
	slices.SortStableFunc(e.nodes, func(a, b end) int { return a.step - b.step })
	slices.SortStableFunc(e.containers, func(a, b end) int { return b.step - a.step })
	for _, late := range slices.Concat(e.nodes, e.containers) {
		r.emit(late.ev)
	}
	*e = ends{}
}

func newRun(ctx context.Context, g *Graph, in *Input, yield func(app.Event, error) bool, cancel context.CancelFunc) *run {
	if in.NewID == nil {
		in.NewID = app.NewID
	}
	if in.Now == nil {
		in.Now = time.Now
	}
	if in.Limits.Steps <= 0 {
		in.Limits.Steps = defaultSteps
	}
	if in.Limits.Time <= 0 {
		in.Limits.Time = defaultTime
	}
	if in.Inputs == nil {
		in.Inputs = map[string]any{}
	}
	r := &run{g: g, in: in, ctx: ctx, yield: yield, cancel: cancel, inbox: make(chan message, inboxSize), began: in.Now(), hidden: newSecrets(in.Secrets), replay: newReplay(in), held: newHeld(g.top, in.Held)}
	r.top = &frame{run: r, plan: g.top, scope: &scope{vars: NewVars(in.Vars).With(g.Root(), in.Inputs)}, ctx: ctx, cancel: cancel}
	r.top.reset()
	return r
}

// loop is the coordinator.
func (r *run) loop() {
	ev := app.Event{Kind: app.EvRunStarted, Reason: Initial, Inputs: r.given()}
	r.emit(ev)
	r.top.begin()
	r.enqueue(place{r.top, r.top.plan.root})
	for {
		r.launch()
		if !r.alive && !r.over() {
			r.replayNext()
			continue
		}
		if r.working == 0 {
			break
		}
		m := <-r.inbox
		r.take(&m)
	}
	r.finish()
}

// The reasons of EvRunStarted.
const (
	Initial    = "initial"
	Resumption = "resumption"
)

// take books what a node says.
func (r *run) take(m *message) {
	f := m.place.frame
	switch m.kind {
	case nodeDone:
		r.working--
		r.busy--
		r.done(m)
	case waited:
		r.working--
		if !f.over() {
			r.ready = append(r.ready, m.place)
		}
	case pieceOfText:
		if !f.over() {
			f.streamed(m.place.vertex0, int(m.stream), m.piece)
		}
	case pieceOfReasoning:
		if !f.over() {
			f.reason(m.place.vertex0, m.piece)
		}
	case anEvent:
		if !f.over() {
			r.told(m.place, m.event)
		}
	}
}

// told passes on an event of a node's own.
func (r *run) told(p place, told *app.Event) {
	ev := r.event(p, told.Kind)
	ev.Delta, ev.Outputs, ev.Thought, ev.Files, ev.Resources, ev.Form = told.Delta, told.Outputs, told.Thought, told.Files, told.Resources, told.Form
	if r.in.Record != nil {
		pr := p.progress()
		pr.told = append(pr.told, *told)
	}
	r.emit(ev)
}

// over tells whether the run only waits for its nodes to end.
func (r *run) over() bool { return r.left || r.failure != nil || r.ctx.Err() != nil }

// drain waits for the nodes after a panic of the consumer; after loop nothing is left to wait for.
func (r *run) drain() {
	r.cancel()
	for r.working > 0 {
		if m := <-r.inbox; m.kind == nodeDone || m.kind == waited {
			r.working--
		}
	}
}

func (r *run) emit(ev app.Event) {
	if ev.Node != "" {
		r.hidden.hideEvent(&ev)
	}
	r.emitWith(ev, nil)
}

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

func (r *run) enqueue(p place) {
	p.progress().state = taken
	p.frame.open++
	r.ready = append(r.ready, p)
}

// launch starts ready nodes, in order, as far as workers are free.
func (r *run) launch() {
	if !r.alive {
		r.relaunch()
		return
	}
	for len(r.ready) > 0 && !r.over() && len(r.forms) == 0 {
		p := r.ready[0]
		needsWorker := p.vertex().class != Entrance && p.vertex().class != Container && !r.takesOver(p)
		if needsWorker && r.busy >= workers {
			return
		}
		r.ready = r.ready[1:]
		r.start(p)
	}
}

// start begins one execution of a node, or another attempt of it.
func (r *run) start(p place) {
	v, pr := p.vertex(), p.progress()
	if r.takesOver(p) {
		r.takeOver(p)
		return
	}
	if v.class == Entrance {
		p.frame.pass(v, nil)
		r.leave(p)
		return
	}
	if pr.exec == "" {
		r.steps++
		r.counted++
		pr.exec, pr.step = r.exec(p), r.steps
		pr.started = r.in.Now()
		r.emit(r.event(p, app.EvNodeStarted))
		if r.left {
			return
		}
	}
	if v.class == Container {
		r.open(p)
		return
	}
	if pr.rests {
		pr.rests, pr.started = false, r.in.Now()
	}
	r.busy++
	if !r.alive {
		r.launched[p.path()] = p
		return
	}
	r.work(p)
}

// work makes a node's goroutine.
func (r *run) work(p place) {
	v, pr := p.vertex(), p.progress()
	s := &Step{Node: v.id, Title: v.title, Exec: pr.exec, Run: r.in.Run, Lang: r.in.Lang, Vars: p.frame.scope.vars, Path: p.path(), Attempt: pr.attempt,
		place: p, streams: v.streams, reasons: len(v.reasoned) > 0, inbox: r.inbox, done: p.frame.ctx.Done()}
	var sync func(context.Context) error
	if v.effects && r.in.Record != nil {
		r.in.Record(Entry{Kind: Begun, Path: s.Path, Exec: pr.exec, Attempt: pr.attempt})
		sync = r.in.Sync
	}
	r.working++
	go work(p.frame.ctx, v.node, s, sync)
}

// work is a node's goroutine. Its last act is to say that the node is done; the coordinator always takes that.
func work(ctx context.Context, n Node, s *Step, sync func(context.Context) error) {
	var res *Result
	var err error
	if sync != nil {
		err = sync(ctx)
	}
	if err == nil {
		res, err = attempt(ctx, n, s)
	}
	s.inbox <- message{kind: nodeDone, place: s.place, result: res, err: err}
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

// done books the end of an attempt.
func (r *run) done(m *message) {
	p := m.place
	if m.result == nil {
		m.result = &Result{}
	}
	if p.frame.over() {
		r.stopped(p, m)
		return
	}
	p.frame.count(m.result.Usage)
	if m.err == nil && m.result.Pause != nil {
		r.wait(p, m.result.Pause)
		return
	}
	r.record(m)
	r.conclude(m)
}

// conclude books an attempt, lived or replayed, and what follows from it.
func (r *run) conclude(m *message) {
	p := m.place
	if m.err == nil {
		m.err = r.pass(p, m.result, false)
		if m.err == nil {
			r.finished(p, m.result, app.Succeeded, nil)
			r.leave(p)
			r.limit()
			return
		}
	}
	r.failed(p, m)
	r.limit()
}

// stopped books the end of a node whose frame is over.
func (r *run) stopped(p place, m *message) {
	p.frame.count(m.result.Usage)
	status := app.Succeeded
	if m.err != nil {
		status = app.Stopped
	}
	ev := r.end(p, m.result, status, nil)
	if r.over() {
		r.ends.node(p, ev)
		return
	}
	if r.alive && r.in.Record != nil {
		r.in.Record(Entry{Kind: Ended, Path: p.path(), Exec: p.progress().exec, Result: &Result{Usage: m.result.Usage}, Err: m.err})
	}
	p.frame.failed().ends.node(p, ev)
	r.leave(p)
}

// wait books a node that waits for a person. It stays open and runs again in the run's next life.
func (r *run) wait(p place, form *app.Form) {
	pr := p.progress()
	pr.asks = form
	if r.in.Record != nil {
		r.in.Record(Entry{Kind: Waiting, Path: p.path(), Exec: pr.exec})
	}
	r.forms = append(r.forms, form)
	ev := r.event(p, app.EvFormRequired)
	ev.Form = form
	r.emit(ev)
}

// pass hands on what a node made. An exception takes the edges that its handling chose.
func (r *run) pass(p place, res *Result, exception bool) error {
	f, v := p.frame, p.vertex()
	chooses := v.class == Branch || v.strategy == failBranch
	handle := res.Handle
	if chooses && handle == "" && v.strategy == failBranch {
		handle = defaultHandle
	}
	if chooses && handle == "" && !exception {
		return fmt.Errorf("branch %s chose nothing", v.id)
	}
	p.progress().over = true
	all := f.made(v, res.Outputs)
	taken := ""
	if chooses {
		taken = handle
	}
	r.made(p, &Result{Handle: taken, Outputs: all, Updates: res.Updates}, false)
	f.scope.vars = f.scope.vars.With(v.id, all)
	for _, u := range res.Updates {
		f.scope.update(u)
		ev := r.event(p, app.EvVariable)
		ev.Selector, ev.Outputs = u.Selector, map[string]any{"value": u.Value}
		r.emit(ev)
	}
	f.settle(v)
	var chosen func(handle string) bool
	if chooses && handle != "" {
		chosen = func(h string) bool { return h == handle }
	}
	f.pass(v, chosen)
	if v.class == Response {
		f.merge(res.Outputs)
	}
	if v.class == Exit {
		f.exit(v)
	}
	f.flush()
	return nil
}

// finished tells that a node is done.
func (r *run) finished(p place, res *Result, status app.Status, err error) {
	r.emit(r.end(p, res, status, err))
}

// end is the event of a node's end.
func (r *run) end(p place, res *Result, status app.Status, err error) app.Event {
	ev := r.event(p, app.EvNodeFinished)
	ev.Status, ev.Inputs, ev.Process, ev.Outputs, ev.Meta, ev.Usage = status, res.Inputs, res.Process, res.Outputs, res.Meta, res.Usage
	ev.Elapsed = r.elapsed(p.progress())
	if err != nil {
		ev.Error = Failure(err)
	}
	return ev
}

func (r *run) elapsed(pr *progress) float64 {
	if pr.took > 0 {
		return pr.took.Seconds()
	}
	return r.in.Now().Sub(pr.started).Seconds()
}

// event is an event about a node.
func (r *run) event(p place, kind app.EventKind) app.Event {
	v := p.vertex()
	return app.Event{Kind: kind, Node: v.id, Type: v.typ, Title: v.title, Exec: p.progress().exec, Within: p.frame.within}
}

// leave takes a node out of its frame's unfinished ones.
func (r *run) leave(p place) {
	if p.frame.open--; p.frame.open == 0 && p.frame != r.top {
		r.closed(p.frame)
	}
}

// limit ends a run that goes on for too long.
func (r *run) limit() {
	if r.over() || !r.alive {
		return
	}
	switch took := r.in.Now().Sub(r.began); {
	case r.counted > r.in.Limits.Steps:
		r.fail(r.top, app.Errorf(app.Invalid, "steps_exceeded", "Aborted: Maximum execution steps exceeded: %d > %d", "已中止：超过最大执行步数：%d > %d", r.counted, r.in.Limits.Steps))
	case took > r.in.Limits.Time:
		r.fail(r.top, app.Errorf(app.Timeout, "time_exceeded", "Aborted: Maximum execution time exceeded: %.0fs > %.0fs", "已中止：超过最长执行时间：%.0f 秒 > %.0f 秒", took.Seconds(), r.in.Limits.Time.Seconds()))
	}
}

// finish emits the last events.
func (r *run) finish() {
	if r.over() {
		r.top.abandon()
	}
	r.ends.tell(r)
	ev := app.Event{Kind: app.EvRunFinished, Status: app.Succeeded, Outputs: r.top.outputs, Usage: &r.usage, Steps: r.steps, Exceptions: r.exceptions,
		Elapsed: r.in.Now().Sub(r.began).Seconds()}
	cause := r.failure
	switch {
	case r.failure != nil:
		ev.Status, ev.Error = app.Failed, Failure(r.failure)
		if errors.Is(r.failure, errInterrupted) {
			ev.Status = app.Interrupted
		}
	case r.ctx.Err() != nil:
		ev.Status, cause = app.Stopped, context.Cause(r.ctx)
	case len(r.forms) > 0:
		ev.Kind, ev.Status, ev.Forms = app.EvRunPaused, app.Paused, r.forms
	case r.exceptions > 0:
		ev.Status = app.Partial
	}
	r.emitWith(ev, cause)
}

// Failure is err as it is stored and shown: both sentences and no cause.
func Failure(err error) *app.Failure {
	e := app.AsError(err)
	return &app.Failure{Code: e.Code, Kind: e.Kind, Text: e.Text}
}
