package workflow

import (
	"slices"
	"strings"
)

// prepare works out what every run of the graph needs: which edges are dead from the start, and how answers stream.
func (g *Graph) prepare(index map[string]int) {
	g.initial = make([]state, len(g.edges))
	live := make([]bool, len(g.vertices))
	g.spread(live, g.root, func(int) bool { return true })
	for i := range g.edges {
		if !live[g.edges[i].from] {
			g.initial[i] = skipped
		}
	}
	for i := range live {
		if !live[i] {
			g.dead = append(g.dead, i)
		}
	}
	for i := range g.vertices {
		if r, ok := g.vertices[i].node.(Responder); ok {
			g.responders = append(g.responders, responder{vertex: i, parts: r.Template().parts})
		}
	}
	slices.SortFunc(g.responders, func(a, b responder) int {
		return strings.Compare(g.vertices[a.vertex].id, g.vertices[b.vertex].id)
	})
	for i := range g.responders {
		g.connect(i, index)
	}
}

// connect gives every variable of a responder's template a slot, shared with other templates that read the same one.
func (g *Graph) connect(i int, index map[string]int) {
	r := &g.responders[i]
	r.selector = []string{g.vertices[r.vertex].id, "answer"}
	r.slots = make([]int, len(r.parts))
	for j := range r.parts {
		sel := r.parts[j].sel
		if sel == nil {
			continue
		}
		r.slots[j] = slices.IndexFunc(g.slots, func(s slot) bool { return slices.Equal(s.sel, sel) })
		source, known := index[sel[0]]
		if !known {
			source = -1
		}
		if r.slots[j] < 0 {
			r.slots[j] = len(g.slots)
			g.slots = append(g.slots, slot{sel: sel, source: source})
			if known && len(sel) == 2 {
				v := &g.vertices[source]
				v.streams = append(v.streams, stream{output: sel[1], slot: r.slots[j]})
			}
		}
		if known && (sel[1] == textOutput || sel[1] == reasoningOutput) && !slices.Contains(g.vertices[source].reasoned, i) {
			g.vertices[source].reasoned = append(g.vertices[source].reasoned, i)
		}
	}
	r.open = make([]bool, len(g.vertices))
	g.spread(r.open, g.root, func(e int) bool { return !g.blocks(e) })
}

// The outputs of a model call.
const (
	textOutput      = "text"
	reasoningOutput = "reasoning_content"
)

// spread marks from and all that it leads to over edges that pass.
func (g *Graph) spread(marked []bool, from int, pass func(edge int) bool) {
	marked[from] = true
	for _, e := range g.vertices[from].out {
		if to := g.edges[e].to; !marked[to] && pass(e) {
			g.spread(marked, to, pass)
		}
	}
}

// blocks tells whether an answer behind edge e has to wait until e is taken: what its source decides or says comes first.
func (g *Graph) blocks(e int) bool {
	c := g.vertices[g.edges[e].from].class
	return c == Branch || c == Response
}
