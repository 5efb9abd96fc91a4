package studio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
)

// Diff is what is different between two states of an app. Where a node lies on the canvas, and how large, is no difference.
type Diff struct {
	Nodes    []NodeDiff    `json:"nodes"`
	Edges    []EdgeDiff    `json:"edges"`
	Settings []FieldChange `json:"settings"` // all beside the graph: prompt, model, variables, features
}

// NodeDiff is a node that is in one state only, or not the same in both.
type NodeDiff struct {
	ID      string        `json:"id"`
	Type    string        `json:"type"`
	Title   string        `json:"title"` // the later one
	Kind    ChangeKind    `json:"kind"`
	Changes []FieldChange `json:"changes"` // of its settings; empty for a node that came or went
}

// EdgeDiff is a connection that is in one state only.
type EdgeDiff struct {
	From   string     `json:"from"`
	Handle string     `json:"handle"`
	To     string     `json:"to"`
	Kind   ChangeKind `json:"kind"`
}

// FieldChange is one field that is not the same. Path names it as in prompt_template[0].text; an element of a list that has a name
// is named by it, as in variables[amount].required.
type FieldChange struct {
	Path string     `json:"path"`
	Kind ChangeKind `json:"kind"`
	Old  any        `json:"old"`
	New  any        `json:"new"`
}

// ChangeKind says what became of something.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Compare tells what is different in after. Secrets are compared and never shown.
func Compare(before, after app.Settings) (*Diff, error) {
	d := &Diff{Nodes: []NodeDiff{}, Edges: []EdgeDiff{}, Settings: []FieldChange{}}
	a, err := comparable(before)
	if err != nil {
		return nil, err
	}
	b, err := comparable(after)
	if err != nil {
		return nil, err
	}
	secrets(&d.Settings, before.Environment, after.Environment)
	walk(&d.Settings, "", a, b)
	if len(before.Graph)+len(after.Graph) == 0 || bytes.Equal(before.Graph, after.Graph) {
		return d, nil
	}
	old, was := graphOf(before.Graph)
	now, is := graphOf(after.Graph)
	d.nodes(old, now)
	d.edges(was, is)
	return d, nil
}

// comparable are settings as plain values, without the graph and the values of secrets.
func comparable(s app.Settings) (any, error) {
	s.Graph, s.Kept = nil, nil
	normalize(&s)
	hide(&s)
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return value.Decode(raw)
}

// secrets tells which secrets have another value: that cannot be seen in what comparable leaves.
func secrets(to *[]FieldChange, before, after []app.EnvVariable) {
	for i := range after {
		v := &after[i]
		at := slices.IndexFunc(before, func(o app.EnvVariable) bool { return o.ID == v.ID })
		if at >= 0 && v.Type == secretType && before[at].Type == secretType && !bytes.Equal(v.Sealed, before[at].Sealed) {
			*to = append(*to, FieldChange{Path: "environment[" + v.Name + "].value", Kind: Changed, Old: hiddenValue, New: hiddenValue})
		}
	}
}

type diffNode struct {
	id, typ, title string
	data           any
}

// graphOf reads the nodes and connections of a graph; of one that cannot be read there are none.
func graphOf(raw json.RawMessage) (nodes []diffNode, edges []EdgeDiff) {
	v, err := value.Decode(raw)
	if err != nil {
		return nil, nil
	}
	list, _ := value.List(at(v, "nodes"))
	for _, n := range list {
		data, _ := value.Fields(at(n, "data"))
		if data == nil {
			continue
		}
		kept := value.NewObject()
		for k, e := range data.All() {
			if !slices.Contains(looks, k) && !strings.HasPrefix(k, "_") {
				kept.Set(k, e)
			}
		}
		if p := value.Text(at(n, "parentId")); p != "" && at(n, "parentId") != nil {
			kept.Set("parent", p)
		}
		id, _ := at(n, "id").(string)
		typ, _ := at(data, "type").(string)
		title, _ := at(data, "title").(string)
		nodes = append(nodes, diffNode{id, typ, title, kept})
	}
	list, _ = value.List(at(v, "edges"))
	for _, e := range list {
		from, _ := at(e, "source").(string)
		to, _ := at(e, "target").(string)
		handle, _ := at(e, "sourceHandle").(string)
		edges = append(edges, EdgeDiff{From: from, Handle: handle, To: to})
	}
	return nodes, edges
}

// looks are fields of a node's data that are about its picture.
var looks = []string{"selected", "width", "height", "isInIteration", "isInLoop", "dragging"}

func (d *Diff) nodes(before, after []diffNode) {
	find := func(list []diffNode, id string) *diffNode {
		if i := slices.IndexFunc(list, func(n diffNode) bool { return n.id == id }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	for _, n := range after {
		was := find(before, n.id)
		if was == nil {
			d.Nodes = append(d.Nodes, NodeDiff{ID: n.id, Type: n.typ, Title: n.title, Kind: Added, Changes: []FieldChange{}})
			continue
		}
		changes := []FieldChange{}
		walk(&changes, "", was.data, n.data)
		if len(changes) > 0 {
			d.Nodes = append(d.Nodes, NodeDiff{ID: n.id, Type: n.typ, Title: n.title, Kind: Changed, Changes: changes})
		}
	}
	for _, n := range before {
		if find(after, n.id) == nil {
			d.Nodes = append(d.Nodes, NodeDiff{ID: n.id, Type: n.typ, Title: n.title, Kind: Removed, Changes: []FieldChange{}})
		}
	}
}

func (d *Diff) edges(before, after []EdgeDiff) {
	for _, e := range after {
		if !slices.Contains(before, e) {
			e.Kind = Added
			d.Edges = append(d.Edges, e)
		}
	}
	for _, e := range before {
		if !slices.Contains(after, e) {
			e.Kind = Removed
			d.Edges = append(d.Edges, e)
		}
	}
}

// walk collects the fields that are not the same in two values.
func walk(to *[]FieldChange, path string, a, b any) {
	if value.Equal(a, b) && value.Type(a) == value.Type(b) {
		return
	}
	x, isObject := value.Fields(a)
	y, both := value.Fields(b)
	if isObject && both {
		walkObjects(to, path, x, y)
		return
	}
	p, isList := value.List(a)
	q, both := value.List(b)
	if isList && both && (hasObjects(p) || hasObjects(q)) {
		walkLists(to, path, p, q)
		return
	}
	*to = append(*to, FieldChange{Path: path, Kind: Changed, Old: a, New: b})
}

func walkObjects(to *[]FieldChange, path string, a, b *value.Object) {
	prefix := path
	if prefix != "" {
		prefix += "."
	}
	for k, v := range b.All() {
		if old, ok := a.Get(k); ok {
			walk(to, prefix+k, old, v)
		} else if !void(v) {
			*to = append(*to, FieldChange{Path: prefix + k, Kind: Added, New: v})
		}
	}
	for k, v := range a.All() {
		if _, ok := b.Get(k); !ok && !void(v) {
			*to = append(*to, FieldChange{Path: prefix + k, Kind: Removed, Old: v})
		}
	}
}

// void tells whether a field says no more than its absence.
func void(v any) bool {
	list, isList := value.List(v)
	return v == nil || v == "" || v == false || isList && len(list) == 0
}

func hasObjects(list []any) bool {
	return slices.ContainsFunc(list, func(v any) bool { _, ok := value.Fields(v); return ok })
}

// walkLists compares elements that are the same thing: by what identifies them, or else by place.
func walkLists(to *[]FieldChange, path string, a, b []any) {
	taken := make([]bool, len(a))
	for i, v := range b {
		at := slices.IndexFunc(a, func(o any) bool { return identity(o) != "" && identity(o) == identity(v) })
		if identity(v) == "" && i < len(a) && identity(a[i]) == "" {
			at = i
		}
		name := fmt.Sprintf("%s[%s]", path, called(v, i))
		if at < 0 || taken[at] {
			*to = append(*to, FieldChange{Path: name, Kind: Added, New: v})
			continue
		}
		taken[at] = true
		walk(to, name, a[at], v)
	}
	for i, v := range a {
		if !taken[i] {
			*to = append(*to, FieldChange{Path: fmt.Sprintf("%s[%s]", path, called(v, i)), Kind: Removed, Old: v})
		}
	}
}

// identity is what an element of a list is known by, whatever else of it changes.
func identity(v any) string {
	for _, key := range []string{"id", "case_id", "variable", "name", "key"} {
		if s, ok := at(v, key).(string); ok && s != "" {
			return key + " " + s
		}
	}
	return ""
}

// called is how people know an element of a list: by its name, or its place.
func called(v any, i int) string {
	for _, key := range []string{"name", "variable", "label", "key", "title"} {
		if s, ok := at(v, key).(string); ok && s != "" {
			return s
		}
	}
	return fmt.Sprint(i)
}
