package workflow

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"islet/app"
)

// container is a Node that runs what is inside it. It has two kinds, Iteration and Loop, which the coordinator drives: rounds
// are frames, and nodes inside run like all others.
type container interface {
	Node
	start() string // the node at which the inside starts
}

// errDriven is what a container says when it is run like a node.
var errDriven = errors.New("a container is driven by the engine")

// box is a container that runs.
type box struct {
	inputs    map[string]any
	usage     app.Usage
	live      []*frame
	turn      int                   // the round whose answers are said now
	parked    map[int][]app.Event   // what rounds said that ended before their turn
	durations map[int]time.Duration // of rounds
	extra     map[string]any        // for the metadata
	noted     int                   // bytes of a loop's variables in it

	// Of an iteration.
	items   []any
	next    int
	results []any
	kept    []bool // results that are in the output
	failure error
	last    *frame // of the last index, when it ended well
}

// open begins a container.
func (r *run) open(p place) {
	if r.alive && r.in.Record != nil {
		r.in.Record(Entry{Kind: Begun, Path: p.path(), Exec: p.progress().exec})
	}
	b := &box{turn: 0, parked: map[int][]app.Event{}, durations: map[int]time.Duration{}, extra: map[string]any{}}
	p.progress().box = b
	var err error
	switch n := p.vertex().node.(type) {
	case *Iteration:
		err = r.openIteration(p, b, n)
	case *Loop:
		err = r.openLoop(p, b, n)
	}
	if err != nil {
		p.progress().box = nil
		r.conclude(&message{place: p, result: &Result{Inputs: b.inputs}, err: err})
	}
}

// round begins one pass through the inside. Rounds count by themselves, so that empty ones come to an end, too.
func (r *run) round(p place, b *box, i int, s *scope) {
	if r.rounds++; r.rounds > r.in.Limits.Steps {
		r.counted = max(r.counted, r.rounds)
	}
	if r.limit(); r.over() {
		return // see abandon
	}
	v := p.vertex()
	ctx, cancel := context.WithCancel(p.frame.ctx)
	f := &frame{run: r, plan: v.body, scope: s, parent: p.frame, owner: p.vertex0, round: i, ctx: ctx, cancel: cancel,
		prefix: p.path() + ":" + strconv.Itoa(i) + "/", within: &app.Within{Type: v.typ, Node: v.id, Round: i}}
	f.reset()
	b.live = append(b.live, f)
	f.begin()
	r.enqueue(place{f, v.body.root})
}

// next tells that a round begins.
func (r *run) next(p place, i int, before map[string]any) {
	ev := r.event(p, app.EvContainerRound)
	ev.Round, ev.Outputs = i, before
	r.emit(ev)
}

// closed books a round that is over: nothing in it is open any more.
func (r *run) closed(f *frame) {
	p := place{f.parent, f.owner}
	b := p.progress().box
	if b == nil || !slices.Contains(b.live, f) {
		return // booked already
	}
	b.live = slices.DeleteFunc(b.live, func(l *frame) bool { return l == f })
	f.cancel()
	b.durations[f.round] = r.in.Now().Sub(f.began)
	if r.over() {
		r.ends.add(&f.ends)
		return // see abandon
	}
	f.ends.tell(r)
	if p.frame.ctx.Err() != nil { // what is around it failed
		if len(b.live) == 0 {
			r.giveUp(p, b)
		}
		return
	}
	switch n := p.vertex().node.(type) {
	case *Iteration:
		b.pass(p, f)
		r.itemDone(p, b, n, f)
	case *Loop:
		r.roundDone(p, b, n, f)
	}
}

// pass lets the rounds speak whose turn has come, now that f is over.
func (b *box) pass(p place, f *frame) {
	if f.round != b.turn {
		b.parked[f.round] = f.held
		return
	}
	for b.turn++; ; b.turn++ {
		if i := slices.IndexFunc(b.live, func(l *frame) bool { return l.round == b.turn }); i >= 0 {
			f = b.live[i]
			held := f.held
			f.held = nil
			say(p, held)
			return
		}
		held, over := b.parked[b.turn]
		if !over {
			return
		}
		say(p, held)
		delete(b.parked, b.turn)
	}
}

func say(p place, events []app.Event) {
	for i := range events {
		p.frame.said(p.vertex0, events[i])
	}
}

// giveUp books a container that was told to stop, when the last of its rounds is over.
func (r *run) giveUp(p place, b *box) {
	p.frame.failed().ends.container(p, r.cutOff(p, b)...)
	p.progress().box = nil
	r.leave(p)
}

// cutOff is the end of a container that was told to stop.
func (r *run) cutOff(p place, b *box) []app.Event {
	ev := r.event(p, app.EvContainerFinished)
	ev.Status, ev.Inputs, ev.Meta, ev.Elapsed = app.Stopped, b.inputs, b.meta(), r.elapsed(p.progress())
	return []app.Event{ev, r.end(p, &Result{Inputs: b.inputs, Usage: &b.usage}, app.Stopped, nil)}
}

// collapse tells every round to stop.
func (b *box) collapse() {
	for _, f := range slices.Clone(b.live) {
		f.collapse()
		if f.open == 0 {
			f.run.closed(f)
		}
	}
}

// complete books the end of a container and hands its outputs on.
func (r *run) complete(p place, b *box, outputs map[string]any, steps int, err error) {
	res := &Result{Inputs: b.inputs, Outputs: outputs, Usage: &b.usage, Meta: b.meta()}
	ev := r.event(p, app.EvContainerFinished)
	ev.Status, ev.Inputs, ev.Outputs, ev.Meta, ev.Usage, ev.Steps = app.Succeeded, b.inputs, outputs, res.Meta, res.Usage, steps
	ev.Elapsed = r.elapsed(p.progress())
	if err != nil {
		ev.Status, ev.Error = app.Failed, Failure(err)
	}
	r.emit(ev)
	p.progress().box = nil
	p.frame.silence(p.vertex0)
	r.conclude(&message{place: p, result: res, err: err})
}

func (b *box) meta() map[string]any {
	m := map[string]any{"total_tokens": b.usage.TotalTokens, "total_price": "0", "currency": "USD"}
	for k, v := range b.extra {
		m[k] = v
	}
	return m
}

// seconds are the durations of rounds as Dify tells them: by the number of the round.
func (b *box) seconds() map[string]any {
	m := make(map[string]any, len(b.durations))
	for i, d := range b.durations {
		m[strconv.Itoa(i)] = d.Seconds()
	}
	return m
}
