package workflow

import (
	"maps"
	"strings"

	"islet/app"
	"islet/app/value"
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

// Vars is an unchanging view of a run's variables, which are values as package value has them. The zero Vars is empty.
//
// It is a chain of changes over a map: adding a node's outputs costs the same whether ten nodes or a thousand came before.
type Vars struct{ top *layer }

// layer is one change, or at the bottom of a chain all variables.
type layer struct {
	below  *layer
	depth  int
	node   string
	values map[string]any            // of node; nil if they were removed
	all    map[string]map[string]any // of a bottom layer
}

// maxDepth is how many changes stand above a map before a new map is made.
const maxDepth = 32

// NewVars makes Vars from variables by node id and name. The maps belong to it from then on.
func NewVars(nodes map[string]map[string]any) Vars { return Vars{&layer{all: nodes}} }

// Node is all variables of one node, nil if there are none. It is not to be changed.
func (v Vars) Node(id string) map[string]any {
	for l := v.top; l != nil; l = l.below {
		if l.below == nil {
			return l.all[id]
		}
		if l.node == id {
			return l.values
		}
	}
	return nil
}

// All is every variable by node id and name. It is not to be changed.
func (v Vars) All() map[string]map[string]any {
	if v.top == nil {
		return map[string]map[string]any{}
	}
	if v.top.below == nil {
		return v.top.all
	}
	var chain []*layer
	l := v.top
	for ; l.below != nil; l = l.below {
		chain = append(chain, l)
	}
	m := make(map[string]map[string]any, len(l.all)+len(chain))
	maps.Copy(m, l.all)
	for i := len(chain) - 1; i >= 0; i-- {
		if c := chain[i]; c.values == nil {
			delete(m, c.node)
		} else {
			m[c.node] = c.values
		}
	}
	return m
}

// Get is the value at s, and whether there is one; a value that is null is there. A path goes through objects by key and
// into a file by the names of its attributes, where nothing behind the first of them counts. There is no way into lists.
func (v Vars) Get(s Selector) (any, bool) {
	if len(s) < 2 {
		return nil, false
	}
	val, ok := v.Node(s[0])[s[1]]
	for _, key := range s[2:] {
		if f, isFile := val.(app.Attachment); isFile {
			return value.Attribute(f, key)
		}
		o, isObject := value.Fields(val)
		if !isObject {
			return nil, false
		}
		if val, ok = o.Get(key); !ok {
			return nil, false
		}
	}
	return val, ok
}

// Lookup is Get for a plain variable; nil where there is none.
func (v Vars) Lookup(node, name string) any { return v.Node(node)[name] }

// With returns v with the variables of one node replaced. v itself stays as it is.
func (v Vars) With(node string, values map[string]any) Vars {
	if values == nil {
		values = map[string]any{}
	}
	return v.change(node, values)
}

// Without returns v without the variables of one node.
func (v Vars) Without(node string) Vars { return v.change(node, nil) }

// Set returns v with one variable replaced or added.
func (v Vars) Set(node, name string, val any) Vars {
	old := v.Node(node)
	m := make(map[string]any, len(old)+1)
	maps.Copy(m, old)
	m[name] = val
	return v.change(node, m)
}

func (v Vars) change(node string, values map[string]any) Vars {
	if v.top == nil {
		v.top = &layer{}
	}
	if v.top.depth >= maxDepth {
		v.top = &layer{all: v.All()}
	}
	return Vars{&layer{below: v.top, depth: v.top.depth + 1, node: node, values: values}}
}
