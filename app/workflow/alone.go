package workflow

import (
	"slices"

	"islet/app"
)

// Alone is the graph of one node and, for a container, what is inside it. All that the node reads comes from Input.Vars. Nodes
// that make nothing by themselves cannot run alone: starts, answers, ends and the walls of containers.
func (g *Graph) Alone(id string) (*Graph, error) {
	v := g.top.find(id)
	if v == nil {
		return nil, app.Errorf(app.NotFound, "node_not_found", "the draft has no node %q; reload the page", "草稿中没有节点“%s”；请刷新页面", id)
	}
	switch v.class {
	case Plain, Branch, Container:
	default:
		return nil, app.Errorf(app.Invalid, "node_not_alone", "%q cannot run alone: it only begins, ends or answers; run the whole app", "“%s”不能单独运行：它只负责开始、结束或回复；请运行整个应用", name(v))
	}
	only := *v
	only.in, only.out = nil, nil
	top := &plan{vertices: []vertex{only}}
	top.prepare()
	var nodes []NodeInfo
	for _, n := range g.nodes {
		if n.ID == id || n.Parent == id {
			nodes = append(nodes, n)
		}
	}
	return &Graph{top: top, nodes: nodes}, nil
}

// find is a vertex anywhere in a plan, nil if there is none.
func (l *plan) find(id string) *vertex {
	for i := range l.vertices {
		v := &l.vertices[i]
		if v.id == id {
			return v
		}
		if v.body == nil {
			continue
		}
		if inner := v.body.find(id); inner != nil {
			return inner
		}
	}
	return nil
}

// Reads lists the variables that a node reads and does not make itself, each once, in the order in which its settings name
// them; of a container also what is read inside and comes from outside. Selectors keep their paths.
func (g *Graph) Reads(id string) ([]Selector, error) {
	v := g.top.find(id)
	if v == nil {
		return nil, g.notAtTop(id)
	}
	own := map[string]bool{id: v.class == Container}
	if v.body != nil {
		v.body.names(own)
	}
	var all []Selector
	add := func(s Selector) {
		if len(s) < 2 || own[s[0]] || slices.ContainsFunc(all, func(o Selector) bool { return slices.Equal(o, s) }) {
			return
		}
		all = append(all, s)
	}
	v.readAll(add)
	return all, nil
}

func (l *plan) names(into map[string]bool) {
	for i := range l.vertices {
		into[l.vertices[i].id] = true
		if l.vertices[i].body != nil {
			l.vertices[i].body.names(into)
		}
	}
}

func (v *vertex) readAll(add func(Selector)) {
	for _, s := range reads(v) {
		add(s)
	}
	if v.body == nil {
		return
	}
	for i := range v.body.vertices {
		v.body.vertices[i].readAll(add)
	}
}

// Items is the list that the iteration goes through which a node is in, for one that runs alone and reads {{#iteration.item#}};
// nil where the container is no iteration.
func (g *Graph) Items(container string) Selector {
	v := g.top.find(container)
	if v == nil {
		return nil
	}
	if it, ok := v.node.(*Iteration); ok {
		return it.items
	}
	return nil
}
