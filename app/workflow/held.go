package workflow

import (
	"slices"

	"islet/app"
)

// A draft is tried out piece by piece: one node alone, or everything from one node on, with what came before it taken from an
// earlier run. Both are ordinary runs. Alone makes a graph of one node; Held gives a run outcomes that are not worked for again.
//
// Why a journal is not replayed for that: a replay repeats a life exactly, with every node inside a container and every event.
// Here the person may have changed what a node made, added nodes or never come by some of them; an outcome by node is all that
// is certain. A run with Held writes a journal like any other, so it can pause and go on; who rebuilds it gives it the same Held.

// Made is what a node came to in a run: see Input.Made.
type Made struct {
	Node    string
	Type    string
	Exec    app.ID
	Inner   bool           // it is inside a container, and this is one round's
	Handle  string         // of a branch: the way that it took
	Outputs map[string]any // its variables; nil if it failed
	Updates []Update
	Failed  bool
}

// Outcome is what a node came to, to be held in another run.
type Outcome struct {
	Handle  string
	Outputs map[string]any
}

// Held are outcomes that a run takes over. Of the nodes at the top of the graph only From and what is behind it work. The others
// take the outcome that is given here, without an event of their own; one without an outcome is passed over as if no way led
// to it. Answers that stand before From are said again, from the variables.
type Held struct {
	From     string
	Outcomes map[string]Outcome
}

// held is a run's way through what it takes over.
type held struct {
	*Held
	works []bool // vertices of the top that work: From, and what is behind it
	from  int
}

func newHeld(l *plan, h *Held) held {
	if h == nil {
		return held{}
	}
	from := l.index(h.From)
	if from < 0 {
		return held{}
	}
	works := make([]bool, len(l.vertices))
	l.spread(works, from, func(int) bool { return true })
	return held{h, works, from}
}

func (l *plan) index(id string) int {
	return slices.IndexFunc(l.vertices, func(v vertex) bool { return v.id == id })
}

// takesOver tells whether a node that is reached takes an outcome, or is passed over, instead of working.
func (h *held) takesOver(p place) bool {
	return h.Held != nil && p.frame.parent == nil && !h.works[p.vertex0]
}

// forced tells whether a node starts although no way was taken to it.
func (h *held) forced(f *frame, i int) bool {
	return h.Held != nil && f.parent == nil && i == h.from
}

// takeOver books the outcome of a node that does not work in this run.
func (r *run) takeOver(p place) {
	v, pr := p.vertex(), p.progress()
	o, known := r.held.Outcomes[v.id]
	if !known {
		pr.state, pr.over = skipped, true
		for _, e := range v.out {
			p.frame.skip(e)
		}
		r.leave(p)
		return
	}
	pr.over = true
	p.frame.scope.vars = p.frame.scope.vars.With(v.id, o.Outputs)
	p.frame.settle(v)
	var chosen func(handle string) bool
	if o.Handle != "" {
		chosen = func(h string) bool { return h == o.Handle }
	}
	p.frame.pass(v, chosen)
	if v.class == Response {
		p.frame.merge(o.Outputs)
	}
	p.frame.flush()
	r.leave(p)
}

// made tells who asked what a node came to.
func (r *run) made(p place, res *Result, failed bool) {
	if r.in.Made == nil {
		return
	}
	v := p.vertex()
	m := Made{Node: v.id, Type: v.typ, Exec: p.progress().exec, Inner: p.frame.parent != nil, Handle: res.Handle, Outputs: res.Outputs, Updates: res.Updates, Failed: failed}
	if failed {
		m.Outputs, m.Updates = nil, nil
	} else if m.Outputs == nil {
		m.Outputs = map[string]any{}
	}
	r.in.Made(m)
}

// Lacks lists the titles of nodes that a run from the node needs an outcome of and that have none: those on the ways that the
// outcomes take, as far as they lead to it. The error says why no run can begin there at all.
func (g *Graph) Lacks(h *Held) ([]string, error) {
	l := g.top
	from := l.index(h.From)
	if from < 0 {
		return nil, g.notAtTop(h.From)
	}
	if v := &l.vertices[from]; v.class == Root && from != l.root || slices.Contains(l.dead, from) {
		return nil, app.Errorf(app.Conflict, "node_not_reached", "no way leads from the start to %q; connect it, or run it alone", "从开始节点无法到达“%s”；请先连线，或单独运行该节点", name(v))
	}
	behind := make([]bool, len(l.vertices))
	l.spread(behind, from, func(int) bool { return true })
	ahead := l.ahead(from)
	var lacking []string
	seen := make([]bool, len(l.vertices))
	for todo := []int{l.root}; len(todo) > 0; {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[i] || behind[i] {
			continue
		}
		seen[i] = true
		v := &l.vertices[i]
		o, known := h.Outcomes[v.id]
		if !known {
			if ahead[i] {
				lacking = append(lacking, name(v))
			}
			continue
		}
		for _, e := range v.out {
			if o.Handle == "" || o.Handle == l.edges[e].handle {
				todo = append(todo, l.edges[e].to)
			}
		}
	}
	slices.Sort(lacking)
	return lacking, nil
}

// ahead marks the vertices from which a way leads to i.
func (l *plan) ahead(i int) []bool {
	marked := make([]bool, len(l.vertices))
	for todo := []int{i}; len(todo) > 0; {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, e := range l.vertices[v].in {
			if from := l.edges[e].from; !marked[from] {
				marked[from] = true
				todo = append(todo, from)
			}
		}
	}
	return marked
}

func (g *Graph) notAtTop(id string) error {
	for _, n := range g.nodes {
		if n.ID == id {
			return app.Errorf(app.Invalid, "node_inside_container", "%q is inside an iteration or loop; go on from that one, or run the node alone", "“%s”位于迭代或循环内部；请从外层节点继续，或单独运行该节点", n.Title)
		}
	}
	return app.Errorf(app.NotFound, "node_not_found", "the draft has no node %q; reload the page", "草稿中没有节点“%s”；请刷新页面", id)
}
