package workflow

import (
	"slices"
	"strings"
)

// prepare works out what every pass through a plan needs: which edges are dead from the start, and how answers stream.
func (l *plan) prepare() {
	index := make(map[string]int, len(l.vertices))
	for i := range l.vertices {
		index[l.vertices[i].id] = i
	}
	l.initial = make([]state, len(l.edges))
	live := make([]bool, len(l.vertices))
	l.spread(live, l.root, func(int) bool { return true })
	for i := range l.edges {
		if !live[l.edges[i].from] {
			l.initial[i] = skipped
		}
	}
	l.dead = nil
	for i := range live {
		if !live[i] {
			l.dead = append(l.dead, i)
		}
	}
	l.responders, l.slots = nil, nil
	for i := range l.vertices {
		l.vertices[i].streams, l.vertices[i].reasoned = nil, nil
		if r, ok := l.vertices[i].node.(Responder); ok {
			l.responders = append(l.responders, responder{vertex: i, parts: r.Template().parts})
		}
	}
	slices.SortFunc(l.responders, func(a, b responder) int {
		return strings.Compare(l.vertices[a.vertex].id, l.vertices[b.vertex].id)
	})
	for i := range l.responders {
		l.connect(i, index)
	}
}

// connect gives every variable of a responder's template a slot, shared with other templates that read the same one.
func (l *plan) connect(i int, index map[string]int) {
	r := &l.responders[i]
	r.selector = []string{l.vertices[r.vertex].id, "answer"}
	r.slots = make([]int, len(r.parts))
	for j := range r.parts {
		sel := r.parts[j].sel
		if sel == nil {
			continue
		}
		r.slots[j] = slices.IndexFunc(l.slots, func(s slot) bool { return slices.Equal(s.sel, sel) })
		source, known := index[sel[0]]
		if !known {
			source = -1
		}
		if r.slots[j] < 0 {
			r.slots[j] = len(l.slots)
			l.slots = append(l.slots, slot{sel: sel, source: source})
			if known && len(sel) == 2 {
				v := &l.vertices[source]
				v.streams = append(v.streams, stream{output: sel[1], slot: r.slots[j]})
			}
		}
		if known && (sel[1] == textOutput || sel[1] == reasoningOutput) && !slices.Contains(l.vertices[source].reasoned, i) {
			l.vertices[source].reasoned = append(l.vertices[source].reasoned, i)
		}
	}
	r.blocking = make([]bool, len(l.edges))
	for e := range l.edges {
		r.blocking[e] = l.blocks(e, r)
	}
	r.open = make([]bool, len(l.vertices))
	l.spread(r.open, l.root, func(e int) bool { return !r.blocking[e] })
}

// The outputs of a model call.
const (
	textOutput      = "text"
	reasoningOutput = "reasoning_content"
)

// spread marks from and all that it leads to over edges that pass.
func (l *plan) spread(marked []bool, from int, pass func(edge int) bool) {
	marked[from] = true
	todo := []int{from}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, e := range l.vertices[v].out {
			if to := l.edges[e].to; !marked[to] && pass(e) {
				marked[to] = true
				todo = append(todo, to)
			}
		}
	}
}

// blocks tells whether an answer behind edge e has to wait until e is taken: what its source decides, says, or writes of what
// the answer reads comes first.
func (l *plan) blocks(e int, r *responder) bool {
	v := &l.vertices[l.edges[e].from]
	if v.class == Branch || v.class == Response || v.class == Container || v.strategy == failBranch {
		return true
	}
	w, ok := v.node.(Writer)
	if !ok {
		return false
	}
	for _, written := range w.Writes() {
		for j := range r.parts {
			if sel := r.parts[j].sel; sel != nil && len(written) >= 2 && slices.Equal(sel[:2], written[:2]) {
				return true
			}
		}
	}
	return false
}

// From is the graph with another root, for apps that several triggers start. The graph itself stays as it is.
func (g *Graph) From(root string) (*Graph, bool) {
	for i := range g.top.vertices {
		v := &g.top.vertices[i]
		if v.id != root || v.class != Root {
			continue
		}
		if i == g.top.root {
			return g, true
		}
		top := *g.top
		top.vertices = slices.Clone(g.top.vertices)
		top.root = i
		top.prepare()
		return &Graph{top: &top, nodes: g.nodes}, true
	}
	return nil, false
}
