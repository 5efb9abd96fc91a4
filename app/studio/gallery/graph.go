package gallery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"islet/app"
)

type object = map[string]any

// spoken reads a part of a template in one language: a mapping of en and zh stands for one of them. Unknown fields are errors.
func spoken(n *yaml.Node, lang app.Lang, to any) error {
	if n.IsZero() {
		return nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return err
	}
	raw, err := json.Marshal(inLanguage(v, lang))
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

func inLanguage(v any, lang app.Lang) any {
	switch v := v.(type) {
	case object:
		en, hasEn := v["en"]
		zh, hasZh := v["zh"]
		if hasEn && hasZh && len(v) == 2 {
			if lang == app.Chinese {
				return zh
			}
			return en
		}
		for k := range v {
			v[k] = inLanguage(v[k], lang)
		}
	case []any:
		for i := range v {
			v[i] = inLanguage(v[i], lang)
		}
	case string:
		return strings.TrimRight(v, "\n")
	}
	return v
}

// shorthand is a graph as templates write it. Of a node, id, at and in are ours: where it stands, by column and row, and the
// container around it. Everything else is its data. An edge is "from -> to" or "from:handle -> to".
type shorthand struct {
	Nodes []object `json:"nodes"`
	Edges []string `json:"edges"`
}

// placed is a node of the graph on its way to Dify's form.
type placed struct {
	id, typ, in string
	column, row int
	width, high int
	data        object
}

// The measures of the canvas.
const (
	nodeWidth, nodeHeight = 244, 100
	gapX, gapY            = 60, 60
	insideX, insideY      = 128, 68 // of the first node in a container
	marginX, marginY      = 60, 40
	zInside               = 1002
)

// graph is Dify's form of a short one.
func (s *shorthand) graph(model app.ModelRef) (json.RawMessage, error) {
	all := make([]*placed, len(s.Nodes))
	byID := map[string]*placed{}
	for i, data := range s.Nodes {
		n, err := read(data, model)
		if err != nil {
			return nil, err
		}
		all[i], byID[n.id] = n, n
	}
	for _, n := range all {
		if n.in != "" && byID[n.in] == nil {
			return nil, fmt.Errorf("node %s is in %q, which does not exist", n.id, n.in)
		}
	}
	for _, box := range all {
		if inside := within(all, box.id); len(inside) > 0 {
			x, y := grid(inside)
			box.width, box.high = insideX+x.whole()-gapX+marginX, insideY+y.whole()-gapY+marginY
			box.data["start_node_id"], box.data["width"], box.data["height"] = box.id+"start", box.width, box.high
		}
	}
	nodes := []any{}
	for _, n := range within(all, "") {
		nodes = append(nodes, drawn(all, n, 80, 120)...)
	}
	edges := make([]any, len(s.Edges))
	for i, line := range s.Edges {
		var err error
		if edges[i], err = edge(line, byID); err != nil {
			return nil, err
		}
	}
	return json.Marshal(object{"nodes": nodes, "edges": edges, "viewport": object{"x": 0, "y": 0, "zoom": 0.8}})
}

// read takes our fields out of a node's data and puts in what all nodes have.
func read(data object, model app.ModelRef) (*placed, error) {
	n := &placed{data: data, width: nodeWidth, high: nodeHeight}
	n.id, _ = data["id"].(string)
	n.typ, _ = data["type"].(string)
	n.in, _ = data["in"].(string)
	at, _ := data["at"].([]any)
	if len(at) == 2 {
		x, _ := at[0].(float64)
		y, _ := at[1].(float64)
		n.column, n.row = int(x), int(y)
	}
	if n.id == "" || n.typ == "" || len(at) != 2 {
		return nil, fmt.Errorf("a node needs id, type and at: %v", data)
	}
	for _, k := range []string{"id", "in", "at"} {
		delete(data, k)
	}
	if _, ok := data["desc"]; !ok {
		data["desc"] = ""
	}
	switch n.typ {
	case "llm", "question-classifier", "parameter-extractor":
		params, _ := data["params"].(object)
		delete(data, "params")
		if params == nil {
			params = object{}
		}
		data["model"] = object{"provider": model.Endpoint, "name": model.Name, "mode": "chat", "completion_params": params}
		data["vision"] = object{"enabled": false}
	}
	if n.typ == "llm" {
		data["context"] = object{"enabled": false, "variable_selector": []any{}}
	}
	return n, nil
}

// within are the nodes of one container, or those in none.
func within(all []*placed, box string) []*placed {
	return slices.DeleteFunc(slices.Clone(all), func(n *placed) bool { return n.in != box })
}

// sizes are the widths of columns, or the heights of rows.
type sizes map[int]int

func (s sizes) fit(i, size int) { s[i] = max(s[i], size) }

// whole is where a next one would begin.
func (s sizes) whole() int { return s.before(slices.Max(slices.Collect(maps.Keys(s))) + 1) }

// before is where one begins. Those in which nothing stands take no room.
func (s sizes) before(i int) int {
	sum := 0
	for k, size := range s {
		if k < i {
			sum += size + gapX
		}
	}
	return sum
}

func grid(list []*placed) (x, y sizes) {
	x, y = sizes{}, sizes{}
	for _, n := range list {
		x.fit(n.column, n.width)
		y.fit(n.row, n.high)
	}
	return x, y
}

// drawn is a node in Dify's form, and what is inside it. left and top are where the grid that it stands in begins.
func drawn(all []*placed, n *placed, left, top int) []any {
	x, y := grid(within(all, n.in))
	at := object{"x": left + x.before(n.column), "y": top + y.before(n.row)}
	o := object{"id": n.id, "type": "custom", "data": n.data, "position": at, "positionAbsolute": at, "width": n.width, "height": n.high,
		"sourcePosition": "right", "targetPosition": "left"}
	mark(o, n.in, all)
	out := []any{o}
	inside := within(all, n.id)
	if len(inside) == 0 {
		return out
	}
	o["zIndex"] = 1
	begin := object{"type": n.typ + "-start", "title": "", "desc": ""}
	first := object{"id": n.id + "start", "type": "custom-" + n.typ + "-start", "data": begin, "position": object{"x": 24, "y": insideY + 20},
		"width": 44, "height": 48, "draggable": false, "selectable": false, "sourcePosition": "right", "targetPosition": "left"}
	mark(first, n.id, all)
	out = append(out, first)
	for _, c := range inside {
		out = append(out, drawn(all, c, insideX, insideY)...)
	}
	return out
}

// mark says of a node, or of an edge, which container it is in.
func mark(o object, box string, all []*placed) {
	i := slices.IndexFunc(all, func(n *placed) bool { return n.id == box })
	if i < 0 {
		return
	}
	data, _ := o["data"].(object)
	o["parentId"], o["zIndex"] = box, zInside
	delete(o, "positionAbsolute") // position is within the container
	where(data, all[i])
}

func where(data object, box *placed) {
	name := map[string]string{"iteration": "Iteration", "loop": "Loop"}[box.typ]
	data["isIn"+name], data[box.typ+"_id"] = true, box.id
}

// edge is an edge in Dify's form.
func edge(line string, byID map[string]*placed) (object, error) {
	from, to, ok := strings.Cut(line, "->")
	from, handle, named := strings.Cut(strings.TrimSpace(from), ":")
	to = strings.TrimSpace(to)
	if !named {
		handle = "source"
	}
	a, b := byID[from], byID[to]
	box, starts := strings.CutSuffix(from, "start")
	if a == nil && starts && byID[box] != nil {
		a = &placed{id: from, typ: byID[box].typ + "-start", in: box}
	}
	if !ok || a == nil || b == nil || a.in != b.in {
		return nil, fmt.Errorf("the edge %q joins nothing", line)
	}
	data := object{"sourceType": a.typ, "targetType": b.typ, "isInIteration": false, "isInLoop": false}
	e := object{"id": from + "-" + handle + "-" + to + "-target", "source": from, "sourceHandle": handle, "target": to, "targetHandle": "target",
		"type": "custom", "data": data, "zIndex": 0}
	if box := byID[a.in]; box != nil {
		e["zIndex"] = zInside
		where(data, box)
	}
	return e, nil
}
