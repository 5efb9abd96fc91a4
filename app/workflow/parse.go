package workflow

import (
	"bytes"
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
		ID   string          `json:"id"`
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	} `json:"nodes"`
	Edges []struct {
		Source any `json:"source"`
		Target any `json:"target"`
		Handle any `json:"sourceHandle"`
	} `json:"edges"`
}

// The canvas draws comments as nodes of this type.
const noteType = "custom-note"

// The handle of an edge that leaves a node which is no branch, and its old name.
const (
	defaultHandle = "source"
	successHandle = "success-branch"
)

// Parse reads a graph. Its error is Invalid with the code graph_invalid, says the first problem, and holds them all: see
// Problems.
func Parse(raw []byte, types Types) (*Graph, error) {
	var w wireGraph
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, app.Errorf(app.Invalid, "graph_invalid", "the graph is not valid JSON", "图不是有效的 JSON").Because(err)
	}
	p := parser{graph: &Graph{}, types: types, index: map[string]int{}}
	p.nodes(&w)
	p.edges(&w)
	p.findRoot()
	p.findCycle()
	p.references()
	if len(p.problems) > 0 {
		return nil, p.err()
	}
	p.graph.prepare(p.index)
	return p.graph, nil
}

type parser struct {
	graph    *Graph
	types    Types
	index    map[string]int // id to vertex
	problems []Problem
}

func (p *parser) problem(node, code, en, zh string, args ...any) {
	p.problems = append(p.problems, Problem{Node: node, Code: code, Text: app.Textf(en, zh, args...)})
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
	Type     string          `json:"type"`
	Title    string          `json:"title"`
	Strategy json.RawMessage `json:"error_strategy"`
	Retry    struct {
		Enabled bool `json:"retry_enabled"`
	} `json:"retry_config"`
}

func (p *parser) nodes(w *wireGraph) {
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
			p.problem(n.ID, "node_twice", "two nodes have the id %q", "有两个节点的 id 都是“%s”", n.ID)
			continue
		}
		p.index[n.ID] = len(p.graph.vertices)
		p.graph.vertices = append(p.graph.vertices, p.vertex(n.ID, n.Data))
	}
}

func (p *parser) vertex(id string, data json.RawMessage) vertex {
	v := vertex{id: id}
	var h header
	if err := json.Unmarshal(data, &h); err != nil {
		p.problem(id, "node_data_invalid", "the settings of node %q cannot be read", "无法读取节点“%s”的设置", id)
		return v
	}
	v.typ, v.title = h.Type, h.Title
	t, ok := p.types[h.Type]
	if !ok {
		p.problem(id, "node_type_unknown", "node %q is of the type %q, which this version of islet does not know", "节点“%s”的类型“%s”不受当前版本的 islet 支持", id, h.Type)
		return v
	}
	v.class = t.Class
	if v.title == "" {
		v.title = t.Title.En
	}
	if s := string(bytes.TrimSpace(h.Strategy)); h.Retry.Enabled || s != "" && s != "null" && s != `""` && s != `"none"` {
		p.problem(id, "error_handling_unsupported", "node %[1]q wants retries or its own error handling, which this version of islet does not have; switch them off", "节点“%[1]s”启用了重试或异常处理，当前版本的 islet 暂不支持；请将其关闭", name(&v))
	}
	if !p.params(&v, t.Params, data) {
		return v
	}
	n, err := t.New(data)
	if err != nil {
		p.rejected(&v, err)
		return v
	}
	v.node = n
	return v
}

// rejected books what a type's New did not like, one problem for each error it joined.
func (p *parser) rejected(v *vertex, err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // only a join itself is taken apart, not a cause
		for _, e := range many.Unwrap() {
			p.rejected(v, e)
		}
		return
	}
	var e *app.Error
	if !errors.As(err, &e) {
		e = app.Errorf(app.Invalid, "node_data_invalid", "its settings cannot be read", "设置无法读取").Because(err)
	}
	p.problems = append(p.problems, Problem{Node: v.id, Code: e.Code, Text: app.Text{
		En: "node \"" + name(v) + "\": " + e.Text.En, Zh: "节点“" + name(v) + "”：" + e.Text.Zh}})
}

// params checks the fields of a node against its type's description and tells whether New may see them.
func (p *parser) params(v *vertex, params []Param, data json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		p.problem(v.id, "node_data_invalid", "the settings of node %q cannot be read", "无法读取节点“%s”的设置", name(v))
		return false
	}
	ok := true
	for i := range params {
		q := &params[i]
		raw := bytes.TrimSpace(fields[q.Name])
		if len(raw) == 0 || string(raw) == "null" {
			if q.Required {
				ok = false
				p.problem(v.id, "param_missing", "node %[1]q lacks %[2]q", "节点“%[1]s”缺少“%[3]s”", name(v), q.Label.En, q.Label.Zh)
			}
			continue
		}
		if !q.Kind.fits(raw[0]) {
			ok = false
			p.problem(v.id, "param_invalid", "%[2]q of node %[1]q is not of the kind %[4]s", "节点“%[1]s”的“%[3]s”类型应为 %[4]s", name(v), q.Label.En, q.Label.Zh, q.Kind)
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
	g := p.graph
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
			p.problem("", "edge_to_nowhere", "a connection goes from %q to %q, and one of them does not exist", "有一条连线从“%s”到“%s”，其中有节点不存在", from, to)
			continue
		}
		i := len(g.edges)
		g.edges = append(g.edges, edge{a, b, handle})
		g.vertices[a].out = append(g.vertices[a].out, i)
		g.vertices[b].in = append(g.vertices[b].in, i)
	}
}

func (p *parser) findRoot() {
	for i := range p.graph.vertices {
		if p.graph.vertices[i].class == Root {
			p.graph.root = i
			return
		}
	}
	p.problem("", "graph_without_start", "the graph has no start node", "图中没有开始节点")
}

// findCycle takes away nodes that nothing leads to until none is left; what remains is in a cycle or behind one.
func (p *parser) findCycle() {
	g := p.graph
	degree := make([]int, len(g.vertices))
	var free []int
	for i := range g.vertices {
		if degree[i] = len(g.vertices[i].in); degree[i] == 0 {
			free = append(free, i)
		}
	}
	left := len(g.vertices)
	for len(free) > 0 {
		v := free[0]
		free = free[1:]
		left--
		for _, e := range g.vertices[v].out {
			to := g.edges[e].to
			if degree[to]--; degree[to] == 0 {
				free = append(free, to)
			}
		}
	}
	if left == 0 {
		return
	}
	var names []string
	for i := range g.vertices {
		if degree[i] > 0 {
			names = append(names, name(&g.vertices[i]))
		}
	}
	list := strings.Join(names, ", ")
	p.problem("", "graph_cyclic", "the connections go round in a circle near: %s", "连线形成了环路，涉及：%s", list)
}

// references checks that every variable that a node reads can come from somewhere.
func (p *parser) references() {
	for i := range p.graph.vertices {
		v := &p.graph.vertices[i]
		var seen []string
		for _, s := range reads(v) {
			if len(s) == 0 || slices.Contains(seen, s[0]) {
				continue
			}
			seen = append(seen, s[0])
			_, known := p.index[s[0]]
			if known || s[0] == System || s[0] == Environment || s[0] == Conversation {
				continue
			}
			p.problem(v.id, "reference_unknown", "node %q reads %q, but there is no such node", "节点“%s”引用了“%s”，但该节点不存在", name(v), s.String())
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
