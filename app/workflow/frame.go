package workflow

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"islet/app"
)

// frame is one pass through a plan: the run itself, or one round of a container.
type frame struct {
	run    *run
	plan   *plan
	scope  *scope
	parent *frame
	owner  int // in the parent's plan: the container's vertex
	round  int
	prefix string // of the paths of what is inside
	within *app.Within
	ctx    context.Context //nolint:containedctx // ends when the frame fails or the run ends
	cancel context.CancelFunc

	edges   []state
	nodes   []progress // as plan.vertices
	open    int        // nodes that were enqueued and are not done
	failure error      // of the node that ended it
	left    bool       // a loop-end was reached
	outputs map[string]any
	answer  strings.Builder // the outputs "answer" of Response nodes in the order they finished
	held    []app.Event     // pieces of an answer that another round must say first
	ends    ends            // of what is inside, when the frame has failed
	began   time.Time
	response
}

// scope is the variables that a frame sees. The rounds of a loop share their parent's; each item of an iteration has its own.
type scope struct {
	vars  Vars
	outer *scope // nil for the run's
}

// update writes a variable. What a conversation remembers is seen by everything around, the rest only from here.
func (s *scope) update(u Update) {
	if len(u.Selector) < 2 {
		return
	}
	s.vars = s.vars.Set(u.Selector[0], u.Selector[1], u.Value)
	if u.Selector[0] != Conversation {
		return
	}
	for o := s.outer; o != nil; o = o.outer {
		o.vars = o.vars.Set(u.Selector[0], u.Selector[1], u.Value)
	}
}

// progress is where a node of a frame stands.
type progress struct {
	state   state
	exec    app.ID
	started time.Time
	took    time.Duration // of a replayed attempt
	step    int           // it was the how many-th node to start
	attempt int
	rests   bool        // between two attempts: nobody works on it
	over    bool        // what it made is there
	box     *box        // of a container that runs
	asks    *app.Form   // that it waits for
	told    []app.Event // by Step.Emit, to be recorded
	spoken  []strings.Builder
}

// place is a node in a frame.
type place struct {
	frame   *frame
	vertex0 int
}

func (p place) vertex() *vertex     { return &p.frame.plan.vertices[p.vertex0] }
func (p place) progress() *progress { return &p.frame.nodes[p.vertex0] }
func (p place) path() string        { return p.frame.prefix + p.vertex().id }

// reset gives a frame its fresh states.
func (f *frame) reset() {
	f.edges = append([]state(nil), f.plan.initial...)
	f.nodes = make([]progress, len(f.plan.vertices))
	for _, i := range f.plan.dead {
		f.nodes[i].state = skipped
	}
	f.outputs = map[string]any{}
	f.response = newResponse(f.plan)
	f.began = f.run.in.Now()
}

// over tells whether the frame only waits for its nodes to end.
func (f *frame) over() bool { return f.run.over() || f.ctx.Err() != nil }

// pass takes and skips the out-edges of a node that is done; a branch skips first what it did not choose.
func (f *frame) pass(v *vertex, chosen func(handle string) bool) {
	if chosen != nil {
		for _, e := range v.out {
			if !chosen(f.plan.edges[e].handle) {
				f.skip(e)
			}
		}
	}
	for _, e := range v.out {
		if chosen == nil || chosen(f.plan.edges[e].handle) {
			f.edges[e] = taken
			f.taken(e)
			f.arrive(f.plan.edges[e].to)
		}
	}
}

// skip marks an edge and, when its target has no other way left, all that only the target leads to.
func (f *frame) skip(e int) {
	f.edges[e] = skipped
	f.arrive(f.plan.edges[e].to)
}

// arrive decides about a node one of whose in-edges was decided: it waits, starts or is skipped.
func (f *frame) arrive(i int) {
	v := &f.plan.vertices[i]
	reached := false
	for _, e := range v.in {
		if f.edges[e] == unknown {
			return
		}
		reached = reached || f.edges[e] == taken
	}
	if f.nodes[i].state != unknown {
		return
	}
	if reached || f.run.forced(f, i) {
		f.run.enqueue(place{f, i})
		return
	}
	f.nodes[i].state = skipped
	for _, e := range v.out {
		f.skip(e)
	}
}

// merge adds a Response node's outputs to the frame's: answers are strung together, of the rest the last one stays.
func (f *frame) merge(outputs map[string]any) {
	for k, v := range outputs {
		if s, ok := v.(string); ok && k == answerOutput {
			f.answer.WriteString(s)
			v = f.answer.String()
		}
		f.outputs[k] = v
	}
}

const answerOutput = "answer"

// made is what a node adds to the variables. A loop's own variables stay what they are.
func (f *frame) made(v *vertex, outputs map[string]any) map[string]any {
	if _, isLoop := v.node.(*Loop); !isLoop {
		return outputs
	}
	all := maps.Clone(f.scope.vars.Node(v.id))
	if all == nil {
		return outputs
	}
	maps.Copy(all, outputs)
	return all
}

// exit makes the loop that a loop-end is in end after this round.
func (f *frame) exit(v *vertex) {
	want := ""
	if n, ok := v.node.(interface{ Loop() string }); ok {
		want = n.Loop()
	}
	for ; f.parent != nil; f = f.parent {
		owner := &f.parent.plan.vertices[f.owner]
		if _, isLoop := owner.node.(*Loop); isLoop && (want == "" || want == owner.id) {
			f.left = true
			return
		}
	}
}

// count adds the usage of a node to the containers around it and to the run.
func (f *frame) count(u *app.Usage) {
	if u == nil {
		return
	}
	addUsage(&f.run.usage, u)
	for ; f.parent != nil; f = f.parent {
		addUsage(&f.parent.nodes[f.owner].box.usage, u)
	}
}

func addUsage(sum *app.Usage, u *app.Usage) {
	sum.PromptTokens += u.PromptTokens
	sum.CompletionTokens += u.CompletionTokens
	sum.TotalTokens += u.TotalTokens
	sum.Latency += u.Latency
	sum.Parts = sum.Parts.Plus(u.Parts)
	sum.Estimated = sum.Estimated || u.Estimated
	if sum.FirstToken == 0 {
		sum.FirstToken = u.FirstToken
	}
}

// fail ends a frame because of a node. At the top that is the end of the run.
func (r *run) fail(f *frame, err error) {
	if f == r.top || errInterruptedBy(err) {
		if r.failure == nil {
			r.failure = err
		}
		r.cancel()
		return
	}
	if f.failure == nil {
		f.failure = err
	}
	// The node itself leaves its frame now, with all that only waited to start.
	f.collapse()
	f.open--
	if f.open == 0 {
		r.closed(f)
	}
}

// collapse tells everything in a frame to stop, ends what nobody works on and forgets what has not started.
func (f *frame) collapse() {
	f.cancel()
	r := f.run
	kept := r.ready[:0:0]
	for _, p := range r.ready {
		switch {
		case !p.frame.inside(f):
			kept = append(kept, p)
		case p.progress().exec == "":
			p.frame.open--
		}
	}
	r.ready = kept
	for i := range f.nodes {
		pr := &f.nodes[i]
		if pr.box != nil {
			pr.box.collapse()
		}
		if pr.idle() {
			r.forms = slices.DeleteFunc(r.forms, func(x *app.Form) bool { return x == pr.asks })
			pr.rests, pr.asks = false, nil
			p := place{f, i}
			f.failed().ends.node(p, r.end(p, &Result{}, app.Stopped, nil))
			f.open--
		}
	}
}

// idle tells whether a node has started and neither works nor is over.
func (pr *progress) idle() bool { return pr.rests || pr.asks != nil }

// failed is the outermost frame around f that is over; f itself must be.
func (f *frame) failed() *frame {
	for f.parent != nil && f.parent.ctx.Err() != nil {
		f = f.parent
	}
	return f
}

// inside tells whether f is g or in it.
func (f *frame) inside(g *frame) bool {
	for ; f != nil; f = f.parent {
		if f == g {
			return true
		}
	}
	return false
}

// abandon books, when the run is over, what was still open: nodes that nobody worked on, and containers.
func (f *frame) abandon() {
	r := f.run
	r.ends.add(&f.ends)
	for i := range f.nodes {
		p := place{f, i}
		b := p.progress().box
		if b == nil {
			if _, recalled := r.launched[p.path()]; recalled || p.progress().idle() {
				r.ends.node(p, r.end(p, &Result{}, app.Stopped, nil))
			}
			continue
		}
		for _, child := range b.live {
			child.abandon()
		}
		r.ends.container(p, r.cutOff(p, b)...)
	}
}
