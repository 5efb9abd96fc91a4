package workflow

import (
	"maps"
	"strings"

	"islet/app"
)

// Selector names a variable: a node id (or sys, env, conversation), the variable's name and perhaps a path into it.
type Selector []string

// String is the selector as it stands in a template, without braces.
func (s Selector) String() string { return strings.Join(s, ".") }

// The first elements of selectors that name no node.
const (
	System       = "sys"
	Environment  = "env"
	Conversation = "conversation"
)

// Vars is an unchanging view of a run's variables. Values are nil, bool, int, int64, float64, json.Number, string,
// map[string]any, []any, []string, app.Attachment and []app.Attachment. Nobody changes a value that is in it.
//
// A whole number is int, int64 or a json.Number without fraction; float64(1) is shown as 1.0, as Dify does.
type Vars struct{ nodes map[string]map[string]any }

// NewVars makes Vars from variables by node id and name. The maps belong to it from then on.
func NewVars(nodes map[string]map[string]any) Vars {
	if nodes == nil {
		nodes = map[string]map[string]any{}
	}
	return Vars{nodes}
}

// Get is the value at s, and whether there is one; a value that is null is there. A path goes through objects by key and
// into a file by the names of its attributes. There is no way into lists.
func (v Vars) Get(s Selector) (any, bool) {
	if len(s) < 2 {
		return nil, false
	}
	val, ok := v.nodes[s[0]][s[1]]
	for _, key := range s[2:] {
		switch x := val.(type) {
		case map[string]any:
			val, ok = x[key]
		case app.Attachment:
			val, ok = attribute(x, key)
		default:
			return nil, false
		}
		if !ok {
			return nil, false
		}
	}
	return val, ok
}

// Lookup is Get for a plain variable; nil where there is none.
func (v Vars) Lookup(node, name string) any { return v.nodes[node][name] }

// Node is all variables of one node. It is not to be changed.
func (v Vars) Node(id string) map[string]any { return v.nodes[id] }

// With returns v with the variables of one node replaced. v itself stays as it is.
func (v Vars) With(node string, values map[string]any) Vars {
	m := make(map[string]map[string]any, len(v.nodes)+1)
	maps.Copy(m, v.nodes)
	m[node] = values
	return Vars{m}
}

// attribute is one attribute of a file, under Dify's name for it.
func attribute(f app.Attachment, name string) (any, bool) {
	switch name {
	case "type":
		return f.Kind, true
	case "size":
		return f.Size, true
	case "name":
		return f.Name, true
	case "mime_type":
		return f.MIME, true
	case "transfer_method":
		return f.Method, true
	case "url":
		return f.URL, true
	case "extension":
		return extension(f.Name), true
	case "related_id":
		return string(f.File), true
	}
	return nil, false
}

func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}
