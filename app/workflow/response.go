package workflow

import "islet/app"

// What a person reads of a run is decided here, as in Dify's response coordinator.
//
// Each Response node has a session that walks along its template. Text is emitted at once; a variable is emitted as it
// streams, or whole when it has a value; while neither is there the session waits, and everything behind it is held back.
// One session is active at a time and the others wait in line, so answers never mix.
//
// A session may begin before its node runs: as soon as a path leads to the node on which nothing is left to be decided.

// responder is a Response node of the graph.
type responder struct {
	vertex   int
	parts    []part
	slots    []int    // of parts that are variables
	selector []string // of its literal text
	open     []bool   // vertices that a path of edges that do not block leads to
}

// slot is a variable that some answer reads. source is the vertex that makes it, -1 for sys, env and conversation.
type slot struct {
	sel    Selector
	source int
}

// response is the state of all sessions of a run.
type response struct {
	sessions []session // as Graph.responders
	active   int       // session, -1 for none
	waiting  []int
	buffers  []buffer // as Graph.slots
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
}

func newResponse(g *Graph) response {
	r := response{active: -1, sessions: make([]session, len(g.responders)), buffers: make([]buffer, len(g.slots))}
	for i := range r.sessions {
		r.sessions[i].open = append([]bool(nil), g.responders[i].open...)
	}
	return r
}

// begin activates the sessions that nothing holds back.
func (r *run) begin() {
	for i := range r.sessions {
		if r.sessions[i].open[r.g.responders[i].vertex] {
			r.activate(i)
		}
	}
}

// taken tells the sessions that an edge was taken.
func (r *run) taken(e int) {
	from, to := r.g.edges[e].from, r.g.edges[e].to
	if !r.g.blocks(e) {
		return
	}
	for i := range r.sessions {
		s := &r.sessions[i]
		if s.begun || !s.open[from] || s.open[to] {
			continue
		}
		r.g.spread(s.open, to, func(e int) bool { return !r.g.blocks(e) || r.edges[e] == taken })
		if s.open[r.g.responders[i].vertex] {
			r.activate(i)
		}
	}
}

func (r *run) activate(i int) {
	r.sessions[i].begun = true
	if r.active >= 0 {
		r.waiting = append(r.waiting, i)
		return
	}
	r.active = i
	r.flush()
}

// streamed books a piece of a variable and emits what can be.
func (r *run) streamed(slot int, piece string) {
	b := &r.buffers[slot]
	b.streamed = true
	b.pieces = append(b.pieces, piece)
	r.flush()
}

// settle closes what a node streamed, now that it is done.
func (r *run) settle(v *vertex) {
	for _, s := range v.streams {
		b := &r.buffers[s.slot]
		b.closed = b.streamed
	}
}

// flush lets the active session, and those that wait behind it, emit as much as they can.
func (r *run) flush() {
	for r.active >= 0 {
		s, resp := &r.sessions[r.active], &r.g.responders[r.active]
		for s.cursor < len(resp.parts) {
			if !r.release(resp, s.cursor) {
				return
			}
			s.cursor++
		}
		r.active = -1
		if len(r.waiting) > 0 {
			r.active, r.waiting = r.waiting[0], r.waiting[1:]
		}
	}
}

// release emits what there is of part i and tells whether that was all of it.
func (r *run) release(resp *responder, i int) bool {
	if resp.parts[i].sel == nil {
		r.delta(resp.vertex, resp.selector, resp.parts[i].text)
		return true
	}
	slot := &r.g.slots[resp.slots[i]]
	if slot.source >= 0 && r.nodes[slot.source].state == skipped {
		return true
	}
	b := &r.buffers[resp.slots[i]]
	if b.streamed {
		for j, piece := range b.pieces {
			r.delta(slot.source, slot.sel, piece)
			b.pieces[j] = ""
		}
		b.pieces = b.pieces[:0]
		return b.closed
	}
	val, ok := r.vars.Get(slot.sel)
	if !ok {
		return false
	}
	from := slot.source
	if from < 0 {
		from = resp.vertex
	}
	r.delta(from, slot.sel, Markdown(val))
	return true
}

// delta emits a piece of the answer.
func (r *run) delta(v int, selector []string, text string) {
	if text == "" {
		return
	}
	n := &r.g.vertices[v]
	r.emit(app.Event{Kind: app.EvDelta, Node: n.id, Type: n.typ, Title: n.title, Exec: r.nodes[v].exec, Selector: selector, Delta: text})
}

// reason emits a piece of thinking if an answer that has begun reads the node.
func (r *run) reason(v int, text string) {
	n := &r.g.vertices[v]
	for _, i := range n.reasoned {
		if r.sessions[i].begun {
			r.emit(app.Event{Kind: app.EvReasoning, Node: n.id, Type: n.typ, Title: n.title, Exec: r.nodes[v].exec, Delta: text})
			return
		}
	}
}
