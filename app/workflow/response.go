package workflow

import (
	"slices"

	"islet/app"
	"islet/app/value"
)

// What a person reads of a run is decided here, as in Dify's response coordinator, for each frame by itself.
//
// Each Response node has a session that walks along its template. Text is emitted at once; a variable is emitted as it
// streams, or whole when it has a value; while neither is there the session waits, and everything behind it is held back.
// One session is active at a time and the others wait in line, so answers never mix.
//
// A session may begin before its node runs: as soon as a path leads to the node on which nothing is left to be decided.
// A container whose inside says something stands in that line like a session, from its first word to its end; what comes out of
// the rounds of a parallel iteration is said in the order of the items.

// responder is a Response node of a plan.
type responder struct {
	vertex   int
	parts    []part
	slots    []int    // of parts that are variables
	selector []string // of its literal text
	open     []bool   // vertices that a path of edges that do not block leads to
	blocking []bool   // edges that must be taken first
}

// slot is a variable that some answer reads. source is the vertex that makes it, -1 for one that is not in the plan.
type slot struct {
	sel    Selector
	source int
}

// response is the state of all sessions of a frame.
type response struct {
	sessions []session // as plan.responders
	active   int       // who speaks: a session, behind them a container by its vertex, -1 for nobody
	waiting  []int
	buffers  []buffer // as plan.slots
	voices   map[int]*voice
	mute     bool // a session waits for what will never come, and all behind it with it
}

// voice is what the inside of a container has to say.
type voice struct {
	said []app.Event // and nobody has heard
	over bool
}

type session struct {
	begun  bool // active, waiting or over
	cursor int  // in the template's parts
	open   []bool
}

// buffer holds what a variable has streamed and no session has emitted yet.
type buffer struct {
	pieces   []string
	streamed bool
	closed   bool
	over     bool // its end was told
}

func newResponse(l *plan) response {
	r := response{active: -1, sessions: make([]session, len(l.responders)), buffers: make([]buffer, len(l.slots)), voices: map[int]*voice{}}
	for i := range r.sessions {
		r.sessions[i].open = append([]bool(nil), l.responders[i].open...)
	}
	return r
}

// begin activates the sessions that nothing holds back.
func (f *frame) begin() {
	for i := range f.sessions {
		if f.sessions[i].open[f.plan.responders[i].vertex] {
			f.activate(i)
		}
	}
}

// taken tells the sessions that an edge was taken.
func (f *frame) taken(e int) {
	from, to := f.plan.edges[e].from, f.plan.edges[e].to
	for i := range f.sessions {
		s, resp := &f.sessions[i], &f.plan.responders[i]
		if s.begun || !resp.blocking[e] || !s.open[from] || s.open[to] {
			continue
		}
		f.plan.spread(s.open, to, func(e int) bool { return !resp.blocking[e] || f.edges[e] == taken })
		if s.open[resp.vertex] {
			f.activate(i)
		}
	}
}

func (f *frame) activate(i int) {
	f.sessions[i].begun = true
	if !f.mute {
		f.line(i)
	}
}

// line gives a speaker the word, or a place behind who has it.
func (f *frame) line(speaker int) {
	if f.active >= 0 {
		f.waiting = append(f.waiting, speaker)
		return
	}
	f.active = speaker
	f.flush()
}

// streamed books a piece of a variable and emits what can be.
func (f *frame) streamed(vertex, stream int, piece string) {
	v := &f.plan.vertices[vertex]
	if f.run.in.Record != nil {
		pr := &f.nodes[vertex]
		if pr.spoken == nil {
			pr.spoken = newSpoken(len(v.streams))
		}
		pr.spoken[stream].WriteString(piece)
	}
	b := &f.buffers[v.streams[stream].slot]
	b.streamed = true
	b.pieces = append(b.pieces, piece)
	f.flush()
}

// settle closes what a node streamed, now that it is done.
func (f *frame) settle(v *vertex) {
	for _, s := range v.streams {
		b := &f.buffers[s.slot]
		b.closed = b.streamed
	}
}

// flush lets who speaks, and those that wait behind, emit as much as they can.
func (f *frame) flush() {
	for f.active >= 0 {
		over := false
		if f.active < len(f.sessions) {
			over = f.recite(f.active)
		} else {
			over = f.relay(f.active - len(f.sessions))
		}
		switch {
		case over:
		case f.active < len(f.sessions) && f.stuck(f.active):
			f.mute = true
			f.waiting = slices.DeleteFunc(f.waiting, func(speaker int) bool { return speaker < len(f.sessions) })
		default:
			return
		}
		f.active = -1
		if len(f.waiting) > 0 {
			f.active, f.waiting = f.waiting[0], f.waiting[1:]
		}
	}
}

// recite emits what there is of a session's template and tells whether that was all of it.
func (f *frame) recite(i int) bool {
	s, resp := &f.sessions[i], &f.plan.responders[i]
	for s.cursor < len(resp.parts) {
		if !f.release(resp, s.cursor) {
			return false
		}
		s.cursor++
	}
	return true
}

// stuck tells whether a session waits for a variable that its node, which is done, did not make. In Dify no answer of the same
// level is heard from then on, and so it is here; containers are.
func (f *frame) stuck(i int) bool {
	slot := f.plan.responders[i].slots[f.sessions[i].cursor]
	source := f.plan.slots[slot].source
	return source >= 0 && f.nodes[source].over && !f.buffers[slot].streamed
}

// relay emits what a container has said and tells whether that was all of it.
func (f *frame) relay(container int) bool {
	v := f.voices[container]
	said := v.said
	v.said = nil
	for i := range said {
		f.speak(said[i])
	}
	return v.over
}

// said books a piece of an answer from inside a container.
func (f *frame) said(container int, ev app.Event) {
	speaker := len(f.sessions) + container
	if f.active == speaker {
		f.speak(ev)
		return
	}
	if v := f.voices[container]; v != nil {
		v.said = append(v.said, ev)
		return
	}
	f.voices[container] = &voice{said: []app.Event{ev}}
	f.line(speaker)
}

// silence books that a container is over.
func (f *frame) silence(container int) {
	if v := f.voices[container]; v != nil {
		v.over = true
		f.flush()
	}
}

// release emits what there is of part i and tells whether that was all of it.
func (f *frame) release(resp *responder, i int) bool {
	if resp.parts[i].sel == nil {
		f.delta(resp.vertex, resp.selector, resp.parts[i].text, i == len(resp.parts)-1)
		return true
	}
	slot := &f.plan.slots[resp.slots[i]]
	if f.absent(slot) {
		return true
	}
	if b := &f.buffers[resp.slots[i]]; b.streamed {
		for j, piece := range b.pieces {
			f.delta(slot.source, slot.sel, piece, false)
			b.pieces[j] = ""
		}
		b.pieces = b.pieces[:0]
		if b.closed && !b.over {
			b.over = true
			f.delta(slot.source, slot.sel, "", true)
		}
		return b.closed
	}
	if slot.source >= 0 && f.nodes[slot.source].box != nil {
		return false // what a loop begins with is not what it comes to
	}
	val, ok := f.scope.vars.Get(slot.sel)
	if !ok {
		return false
	}
	from := slot.source
	if from < 0 {
		from = resp.vertex
	}
	f.delta(from, slot.sel, value.Markdown(val), true)
	return true
}

// absent tells whether the node that makes a variable was skipped, here or around this frame.
func (f *frame) absent(s *slot) bool {
	if s.source >= 0 {
		return f.nodes[s.source].state == skipped
	}
	for up := f.parent; up != nil; up = up.parent {
		for i := range up.plan.vertices {
			if up.plan.vertices[i].id == s.sel[0] {
				return up.nodes[i].state == skipped
			}
		}
	}
	return false
}

// delta emits a piece of the answer. The last of what one place in a template says is final, and may be empty.
func (f *frame) delta(vertex int, selector []string, text string, final bool) {
	if text == "" && !final {
		return
	}
	ev := f.run.event(place{f, vertex}, app.EvDelta)
	ev.Selector, ev.Delta, ev.Final = selector, text, final
	f.speak(ev)
}

// speak emits a piece of an answer when it is this frame's turn.
func (f *frame) speak(ev app.Event) {
	switch {
	case f.parent == nil:
		f.run.emit(ev)
	case f.parent.nodes[f.owner].box.turn != f.round:
		f.held = append(f.held, ev)
	default:
		f.parent.said(f.owner, ev)
	}
}

// reason emits a piece of thinking if an answer that has begun reads the node.
func (f *frame) reason(vertex int, text string) {
	for _, i := range f.plan.vertices[vertex].reasoned {
		if f.sessions[i].begun {
			ev := f.run.event(place{f, vertex}, app.EvReasoning)
			ev.Delta = text
			f.speak(ev)
			return
		}
	}
}
