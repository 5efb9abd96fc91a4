package value

import (
	"encoding/json"
	"math"
	"strings"

	"islet/app"
)

// Truth is Python's bool(): null, false, zero, and what is empty are false.
func Truth(v any) bool {
	switch x := v.(type) {
	case nil:
		return false
	case bool:
		return x
	case string:
		return x != ""
	case []any:
		return len(x) > 0
	case []string:
		return len(x) > 0
	case []app.Attachment:
		return len(x) > 0
	case map[string]any:
		return len(x) > 0
	case *Object:
		return x.Len() > 0
	}
	if f, ok := Float(v); ok {
		return f != 0
	}
	return true
}

// Float is a number as a float; a boolean is none.
func Float(v any) (float64, bool) {
	switch x := v.(type) {
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case float64:
		return x, true
	case json.Number:
		f, err := x.Float64()
		return f, err == nil
	}
	return 0, false
}

// Int is a whole number as an int64: 1 and, as JSON from elsewhere has it, 1.0 within a json.Number are none of its business.
func Int(v any) (int64, bool) {
	switch x := v.(type) {
	case int:
		return int64(x), true
	case int64:
		return x, true
	case json.Number:
		i, err := x.Int64()
		return i, err == nil
	}
	return 0, false
}

// Equal is Python's ==: numbers and booleans compare by value, lists and objects element by element.
func Equal(a, b any) bool {
	x, aNum := asNumber(a)
	y, bNum := asNumber(b)
	if aNum || bNum {
		return aNum && bNum && x == y
	}
	switch p := a.(type) {
	case nil:
		return b == nil
	case string:
		q, ok := b.(string)
		return ok && p == q
	case app.Attachment:
		q, ok := b.(app.Attachment)
		return ok && p == q
	}
	if p, ok := Fields(a); ok {
		q, ok := Fields(b)
		return ok && equalObjects(p, q)
	}
	p, ok := List(a)
	q, ok2 := List(b)
	if !ok || !ok2 || len(p) != len(q) {
		return false
	}
	for i := range p {
		if !Equal(p[i], q[i]) {
			return false
		}
	}
	return true
}

func equalObjects(p, q *Object) bool {
	if p.Len() != q.Len() {
		return false
	}
	for k, v := range p.All() {
		if w, ok := q.Get(k); !ok || !Equal(v, w) {
			return false
		}
	}
	return true
}

// asNumber is a number or boolean as Python compares them.
func asNumber(v any) (float64, bool) {
	if b, ok := v.(bool); ok {
		if b {
			return 1, true
		}
		return 0, true
	}
	return Float(v)
}

// List is v as a list, if it is one of any kind.
func List(v any) ([]any, bool) {
	switch x := v.(type) {
	case []any:
		return x, true
	case []string:
		return anys(x), true
	case []app.Attachment:
		out := make([]any, len(x))
		for i := range x {
			out[i] = x[i]
		}
		return out, true
	}
	return nil, false
}

// Type is Dify's name for the kind of a value: none, boolean, integer, float, string, object, file, or array[…] by what the
// elements have in common. An empty list is array[any], but an empty list of files is array[file].
func Type(v any) string {
	switch x := v.(type) {
	case nil:
		return "none"
	case bool:
		return "boolean"
	case string:
		return "string"
	case int, int64:
		return "integer"
	case float64:
		return "float"
	case json.Number:
		if strings.ContainsAny(string(x), ".eE") {
			return "float"
		}
		return "integer"
	case *Object, map[string]any:
		return "object"
	case app.Attachment:
		return "file"
	case []app.Attachment:
		return "array[file]"
	case []string:
		if len(x) == 0 {
			return "array[any]"
		}
		return "array[string]"
	case []any:
		return arrayType(x)
	}
	return "any"
}

func arrayType(list []any) string {
	kind := ""
	for _, e := range list {
		k := Type(e)
		switch {
		case k == "integer" || k == "float":
			k = "number"
		case strings.HasPrefix(k, "array") || k == "none":
			return "array[any]"
		}
		if kind != "" && k != kind {
			return "array[any]"
		}
		kind = k
	}
	if kind == "" {
		kind = "any"
	}
	return "array[" + kind + "]"
}

// Whole tells whether a float has no fraction and fits an int64 exactly.
func Whole(f float64) bool { return f == math.Trunc(f) && math.Abs(f) < 1<<53 }
