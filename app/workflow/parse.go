package workflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"islet/app"
)

// Problem is one thing that is wrong with a graph. Node is empty where no single node is to blame.
type Problem struct {
	Node string   `json:"node,omitempty"`
	Code string   `json:"code"`
	Text app.Text `json:"message"`
}

// Problems lists everything that Parse found; nil for an error that is not from Parse.
func Problems(err error) []Problem {
	var inv *invalid
	if errors.As(err, &inv) {
		return inv.problems
	}
	return nil
}

// invalid is the cause of the error that Parse returns.
type invalid struct{ problems []Problem }

func (e *invalid) Error() string {
	var b strings.Builder
	for i, p := range e.problems {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(p.Text.En)
	}
	return b.String()
}

// wireGraph is the part of Dify's graph that runs; the rest is layout.
type wireGraph struct {
	Nodes []struct {
		ID     string          `json:"id"`
		Type   string          `json:"type"`
		Parent any             `json:"parentId"`
		Data   json.RawMessage `json:"data"`
	} `json:"nodes"`
	Edges []struct {
		Source any `json:"source"`
		Target any `json:"target"`
		Handle any `json:"sourceHandle"`
	} `json:"edges"`
}

// The limits of a graph; those of app/studio/dsl are the same.
const (
	maxNodes = 2000
	maxEdges = 10_000
)

// The canvas draws comments as nodes of this type.
const noteType = "custom-note"

// The handles of an edge that leaves a node which is no branch, its old name, and that of failures.
const (
	defaultHandle = "source"
	successHandle = "success-branch"
	failHandle    = "fail-branch"
)

// Option changes how Parse reads a graph.
type Option func(*parser)

// Replacing gives Parse other nodes than the types would make: replace returns the node to use, or nil to leave the graph's
// own. A replaced node's settings are not looked at, and a replaced container runs nothing inside. It is for tests of graphs.
func Replacing(replace func(id, typ string) Node) Option {
	return func(p *parser) { p.replace = replace }
}

// Parse reads a graph. Its error is Invalid with the code graph_invalid, says the first problem, and holds them all: see
// Problems. Beside an error the Graph is nil if it cannot run at all. If only nodes are at fault it is there, and such a node
// fails when a run comes to it: a type that this site does not have must not keep the rest from running.
func Parse(raw []byte, types Types, options ...Option) (*Graph, error) {
	var w wireGraph
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, app.Errorf(app.Invalid, "graph_invalid", "the graph is not valid JSON", "图不是有效的 JSON").Because(err)
	}
	if len(w.Nodes) > maxNodes || len(w.Edges) > maxEdges {
		return nil, app.Errorf(app.Invalid, "graph_invalid", "the graph has %d nodes and %d connections; at most %d and %d fit", "图中有 %d 个节点、%d 条连线；最多支持 %d 个和 %d 条", len(w.Nodes), len(w.Edges), maxNodes, maxEdges)
	}
	p := parser{types: types, index: map[string]spot{}, replace: func(string, string) Node { return nil }}
	for _, o := range options {
		o(&p)
	}
	g := &Graph{top: &plan{}}
	p.nodes(&w, g)
	p.edges(&w)
	p.findRoot(g.top)
	for _, l := range p.plans {
		p.findCycle(l)
	}
	p.references()
	if p.fatal {
		return nil, p.err()
	}
	for _, l := range p.plans {
		l.prepare()
	}
	if len(p.problems) > 0 {
		return g, p.err()
	}
	return g, nil
}

// spot is where a node came to lie.
type spot struct {
	plan   *plan
	vertex int
}

func (s spot) get() *vertex { return &s.plan.vertices[s.vertex] }

type parser struct {
	types    Types
	replace  func(id, typ string) Node
	index    map[string]spot
	plans    []*plan // each after the one it is in
	problems []Problem
	fatal    bool
}

func (p *parser) problem(node, code, en, zh string, args ...any) {
	p.problems = append(p.problems, Problem{Node: node, Code: code, Text: app.Textf(en, zh, args...)})
}

// refuse books a problem that keeps the whole graph from running.
func (p *parser) refuse(node, code, en, zh string, args ...any) {
	p.fatal = true
	p.problem(node, code, en, zh, args...)
}

func (p *parser) err() error {
	say := p.problems[0].Text
	if n := len(p.problems) - 1; n > 0 {
		more := app.Textf(" (and %d more problems)", "（另有 %d 个问题）", n)
		say = app.Text{En: say.En + more.En, Zh: say.Zh + more.Zh}
	}
	e := &app.Error{Kind: app.Invalid, Code: "graph_invalid", Text: say}
	return e.Because(&invalid{p.problems})
}

// header is what every node's data may hold.
type header struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Iteration string `json:"iteration_id"`
	Loop      string `json:"loop_id"`
	wireHandling
}

// nodes makes the vertices. Containers come first, so that there is a plan for what is inside them.
func (p *parser) nodes(w *wireGraph, g *Graph) {
	p.plans = []*plan{g.top}
	parents := p.parents(w)
	bodies := map[string]*plan{"": g.top}
	for _, id := range parents {
		if bodies[id] == nil {
			bodies[id] = &plan{}
		}
	}
	for i := range w.Nodes {
		n := &w.Nodes[i]
		if n.Type == noteType {
			continue
		}
		if n.ID == "" {
			p.problem("", "node_without_id", "node %d has no id", "第 %d 个节点没有 id", i+1)
			continue
		}
		if _, twice := p.index[n.ID]; twice {
			p.refuse(n.ID, "node_twice", "two nodes have the id %q", "有两个节点的 id 都是“%s”", n.ID)
			continue
		}
		v := p.vertex(n.ID, n.Data)
		v.body = bodies[n.ID]
		l := bodies[parents[n.ID]]
		p.index[n.ID] = spot{l, len(l.vertices)}
		l.vertices = append(l.vertices, v)
		g.nodes = append(g.nodes, NodeInfo{ID: v.id, Type: v.typ, Title: name(&v), Class: v.class, Parent: parents[n.ID]})
	}
	p.enclose()
}

// parents is the container that each node is in, for those that are in one. A node whose container does not exist is at the top.
func (p *parser) parents(w *wireGraph) map[string]string {
	containers := map[string]bool{}
	said := map[string]string{}
	for i := range w.Nodes {
		n := &w.Nodes[i]
		var h header
		if json.Unmarshal(n.Data, &h) != nil || n.Type == noteType {
			continue
		}
		if p.types[h.Type].Class == Container {
			containers[n.ID] = true
		}
		parent, _ := n.Parent.(string)
		for _, id := range []string{parent, h.Iteration, h.Loop} {
			if id != "" && id != n.ID && said[n.ID] == "" {
				said[n.ID] = id
			}
		}
	}
	in := map[string]string{}
	for id, parent := range said {
		seen := 0
		for up := parent; containers[up] && seen <= len(said); up = said[up] {
			seen++
		}
		if containers[parent] && seen <= len(said) {
			in[id] = parent
		} else if seen > len(said) {
			p.refuse(id, "container_in_itself", "the node %q is inside itself", "节点“%s”包含了自身", id)
		}
	}
	return in
}

// enclose gives every container its inside, in an order in which each comes after the one around it.
func (p *parser) enclose() {
	for i := 0; i < len(p.plans); i++ {
		for j := range p.plans[i].vertices {
			v := &p.plans[i].vertices[j]
			c, ok := v.node.(container)
			if !ok || v.class != Container {
				if v.class == Container {
					v.class = Plain // broken or replaced: it runs nothing
				}
				continue
			}
			start, known := p.index[c.start()]
			if v.body == nil || !known || start.plan != v.body {
				p.breaks(v, app.Errorf(app.Invalid, "container_without_start", "the node where its inside starts is missing", "内部缺少起始节点"))
				v.class = Plain
				continue
			}
			v.body.root = start.vertex
			p.plans = append(p.plans, v.body)
		}
	}
}

func (p *parser) vertex(id string, data json.RawMessage) vertex {
	v := vertex{id: id}
	var h header
	if err := json.Unmarshal(data, &h); err != nil {
		p.breaks(&v, app.Errorf(app.Invalid, "node_data_invalid", "its settings cannot be read", "设置无法读取").Because(err))
		return v
	}
	v.typ, v.title = h.Type, h.Title
	t, ok := p.types[h.Type]
	v.class = t.Class
	if v.title == "" {
		v.title = t.Title.En
	}
	if n := p.replace(id, h.Type); n != nil {
		v.node = n
		if v.class == Container {
			v.class = Plain
		}
		p.handling(&v, &h, t, true)
		return v
	}
	if !ok {
		p.breaks(&v, app.Errorf(app.Invalid, "node_type_unknown", "this version of islet has no nodes of the type %q", "当前版本的 islet 没有“%s”类型的节点", h.Type))
		return v
	}
	p.handling(&v, &h, t, false)
	if !p.params(&v, t.Params, data) {
		return v
	}
	if t.New == nil {
		v.node = nothing{}
		return v
	}
	n, err := t.New(data)
	if err != nil {
		p.breaks(&v, err)
		return v
	}
	v.node = n
	return v
}

// nothing is a node that is there for its class alone, such as the end of a loop.
type nothing struct{}

// Run makes nothing.
func (nothing) Run(context.Context, *Step) (*Result, error) { return &Result{}, nil }

// breaks books what is wrong with a node, one problem for each error that was joined, and makes it fail when it is reached.
func (p *parser) breaks(v *vertex, err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // only a join itself is taken apart, not a cause
		for _, e := range many.Unwrap() {
			p.breaks(v, e)
		}
		return
	}
	var e *app.Error
	if !errors.As(err, &e) {
		e = app.Errorf(app.Invalid, "node_data_invalid", "its settings cannot be read", "设置无法读取").Because(err)
	}
	say := app.Text{En: "node \"" + name(v) + "\": " + e.Text.En, Zh: "节点“" + name(v) + "”：" + e.Text.Zh}
	p.broken(v, e.Code, say)
}

func (p *parser) broken(v *vertex, code string, say app.Text) {
	p.problems = append(p.problems, Problem{Node: v.id, Code: code, Text: say})
	if _, already := v.node.(*brokenNode); !already {
		v.node = &brokenNode{&app.Error{Kind: app.Invalid, Code: code, Text: say}}
	}
}

// params checks the fields of a node against its type's description and tells whether New may see them.
func (p *parser) params(v *vertex, params []Param, data json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		p.breaks(v, err)
		return false
	}
	ok := true
	for i := range params {
		q := &params[i]
		raw := bytes.TrimSpace(fields[q.Name])
		if len(raw) == 0 || string(raw) == "null" {
			if q.Required {
				ok = false
				p.broken(v, "param_missing", app.Textf("node %[1]q lacks %[2]q", "节点“%[1]s”缺少“%[3]s”", name(v), q.Label.En, q.Label.Zh))
			}
			continue
		}
		if !q.Kind.fits(raw[0]) {
			ok = false
			p.broken(v, "param_invalid", app.Textf("%[2]q of node %[1]q is not of the kind %[4]s", "节点“%[1]s”的“%[3]s”类型应为 %[4]s", name(v), q.Label.En, q.Label.Zh, q.Kind))
		}
	}
	return ok
}

// fits tells by its first byte whether a JSON value may be of the kind.
func (k ParamKind) fits(b byte) bool {
	switch k {
	case StringParam, TemplateParam:
		return b == '"'
	case BoolParam:
		return b == 't' || b == 'f'
	case NumberParam:
		return b == '-' || b == '"' || b >= '0' && b <= '9'
	case SelectorParam:
		return b == '[' || b == '"' // "" where nothing is chosen
	case ListParam:
		return b == '['
	case ObjectParam:
		return b == '{'
	}
	return true
}

func name(v *vertex) string {
	if v.title != "" {
		return v.title
	}
	return v.id
}

// edges keeps what names a source and a target; Dify ignores the rest, and so do we.
func (p *parser) edges(w *wireGraph) {
	for _, e := range w.Edges {
		from, ok1 := e.Source.(string)
		to, ok2 := e.Target.(string)
		handle, ok3 := e.Handle.(string)
		if !ok1 || !ok2 || e.Handle != nil && !ok3 {
			continue
		}
		if handle == "" || handle == successHandle {
			handle = defaultHandle
		}
		a, known := p.index[from]
		b, known2 := p.index[to]
		if !known || !known2 {
			p.refuse("", "edge_to_nowhere", "a connection goes from %q to %q, and one of them does not exist", "有一条连线从“%s”到“%s”，其中有节点不存在", from, to)
			continue
		}
		if a.plan != b.plan {
			p.problem(from, "edge_through_container", "a connection goes from %q to %q through the wall of an iteration or loop; it is ignored", "有一条从“%s”到“%s”的连线穿越了迭代或循环的边界，将被忽略",
				name(a.get()), name(b.get()))
			continue
		}
		i := len(a.plan.edges)
		a.plan.edges = append(a.plan.edges, edge{a.vertex, b.vertex, handle})
		a.get().out = append(a.get().out, i)
		b.get().in = append(b.get().in, i)
	}
}

func (p *parser) findRoot(top *plan) {
	for i := range top.vertices {
		if v := &top.vertices[i]; v.class == Root {
			top.root = i
			return
		}
	}
	p.refuse("", "graph_without_start", "the graph has no start node", "图中没有开始节点")
}

// findCycle takes away nodes that nothing leads to until none is left; what remains is in a cycle or behind one.
func (p *parser) findCycle(l *plan) {
	degree := make([]int, len(l.vertices))
	var free []int
	for i := range l.vertices {
		if degree[i] = len(l.vertices[i].in); degree[i] == 0 {
			free = append(free, i)
		}
	}
	left := len(l.vertices)
	for len(free) > 0 {
		v := free[0]
		free = free[1:]
		left--
		for _, e := range l.vertices[v].out {
			to := l.edges[e].to
			if degree[to]--; degree[to] == 0 {
				free = append(free, to)
			}
		}
	}
	if left == 0 {
		return
	}
	var names []string
	for i := range l.vertices {
		if degree[i] > 0 {
			names = append(names, name(&l.vertices[i]))
		}
	}
	p.refuse("", "graph_cyclic", "the connections go round in a circle near: %s", "连线形成了环路，涉及：%s", strings.Join(names, ", "))
}

// references tells of variables that nodes read and nothing provides. In a run they are missing, which is not always an error.
func (p *parser) references() {
	for _, l := range p.plans {
		for i := range l.vertices {
			v := &l.vertices[i]
			var seen []string
			for _, s := range reads(v) {
				if len(s) == 0 || slices.Contains(seen, s[0]) {
					continue
				}
				seen = append(seen, s[0])
				if _, known := p.index[s[0]]; known || s[0] == System || s[0] == Environment || s[0] == Conversation || s[0] == "rag" {
					continue
				}
				p.problem(v.id, "reference_unknown", "node %q reads %q, but there is no such node", "节点“%s”引用了“%s”，但该节点不存在", name(v), s.String())
			}
		}
	}
}

// reads is every variable that a node tells it reads.
func reads(v *vertex) []Selector {
	var all []Selector
	if r, ok := v.node.(Reader); ok {
		all = r.Reads()
	}
	if r, ok := v.node.(Responder); ok {
		all = append(all, r.Template().Selectors()...)
	}
	return all
}
