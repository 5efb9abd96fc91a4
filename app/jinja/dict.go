package jinja

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/value"
)

// dict is a Python dict: any hashable value is a key, and order is that of insertion.
type dict struct {
	keys, vals []any
	index      map[any]int
}

func newDict() *dict { return &dict{index: map[any]int{}} }

func (d *dict) get(k any) (any, bool) {
	i, ok := d.index[hash(k)]
	if !ok {
		return nil, false
	}
	return d.vals[i], true
}

func (d *dict) set(k, v any) {
	h := hash(k)
	if i, ok := d.index[h]; ok {
		d.vals[i] = v
		return
	}
	d.index[h] = len(d.keys)
	d.keys = append(d.keys, k)
	d.vals = append(d.vals, v)
}

func (d *dict) remove(k any) (any, bool) {
	h := hash(k)
	i, ok := d.index[h]
	if !ok {
		return nil, false
	}
	v := d.vals[i]
	d.keys = append(d.keys[:i:i], d.keys[i+1:]...)
	d.vals = append(d.vals[:i:i], d.vals[i+1:]...)
	delete(d.index, h)
	for k, at := range d.index {
		if at > i {
			d.index[k] = at - 1
		}
	}
	return v, true
}

func (d *dict) copy() *dict {
	c := newDict()
	for i, k := range d.keys {
		c.set(k, d.vals[i])
	}
	return c
}

// compound is the hash of a value that Go cannot compare by itself.
type compound struct{ kind, text string }

// hash is what two equal keys have in common: 1, 1.0 and True are the same key.
func hash(k any) any {
	h, ok := hashable(k)
	if !ok {
		typeError("unhashable type: '%s'", typeName(k))
	}
	return h
}

func hashable(k any) (any, bool) {
	switch x := k.(type) {
	case nil, string, int64:
		return x, true
	case markup:
		return string(x), true
	case bool:
		if x {
			return int64(1), true
		}
		return int64(0), true
	case float64:
		if i := int64(x); float64(i) == x && x < 1<<63 {
			return i, true
		}
		return x, true
	case *big.Int:
		return compound{"int", x.String()}, true
	case *undefined:
		return compound{"undefined", ""}, true
	case counter:
		return compound{"range", fmt.Sprint(x)}, true
	case tuple:
		return hashTuple(x)
	case group:
		return hashTuple(tuple{x.key, x.items})
	case *list, *dict, view, selfRef, blockRef:
		return nil, false
	}
	return k, true // by identity
}

func hashTuple(t tuple) (any, bool) {
	var b strings.Builder
	for _, v := range t {
		h, ok := hashable(v)
		if !ok {
			return nil, false
		}
		s := fmt.Sprintf("%T:%v", h, h)
		b.WriteString(strconv.Itoa(len(s)))
		b.WriteByte(':')
		b.WriteString(s)
		if b.Len() > maxText {
			fail("limit", "a key is too long", "键过长")
		}
	}
	return compound{"tuple", b.String()}, true
}

// convert copies a value as the rest of islet knows it into one as templates see it.
func (r *render) convert(v any, depth int) any {
	r.step(1)
	if depth > value.MaxDepth {
		fail("limit", "a variable is nested too deep", "变量的嵌套过深")
	}
	switch x := v.(type) {
	case nil, bool, string, int64, float64:
		return x
	case int:
		return int64(x)
	case json.Number:
		return number(x)
	case *value.Object:
		if x == nil {
			return nil
		}
		d := newDict()
		for k, e := range x.All() {
			d.set(k, r.convert(e, depth+1))
		}
		return d
	case map[string]any:
		if x == nil {
			return nil
		}
		return r.convert(value.Of(x), depth)
	case []any:
		l := &list{items: make([]any, len(x))}
		for i, e := range x {
			l.items[i] = r.convert(e, depth+1)
		}
		return l
	case []string:
		l := &list{items: make([]any, len(x))}
		for i, e := range x {
			l.items[i] = e
		}
		return l
	case app.Attachment:
		return r.convert(value.FileObject(&x), depth)
	case []app.Attachment:
		l := &list{items: make([]any, len(x))}
		for i := range x {
			l.items[i] = r.convert(value.FileObject(&x[i]), depth+1)
		}
		return l
	}
	return r.convertOther(v, depth)
}

// convertOther takes what is not a value of islet/app/value by way of its JSON, so that Go methods stay out of reach.
func (r *render) convertOther(v any, depth int) any {
	raw, err := json.Marshal(v)
	if err == nil {
		v, err = value.Decode(raw)
	}
	if err != nil {
		fail("TypeError", "a variable of type %T cannot be used in a template", "模板不能使用类型为 %T 的变量", v)
	}
	return r.convert(v, depth+1)
}

func number(n json.Number) any {
	s := string(n)
	if !strings.ContainsAny(s, ".eE") && len(s) <= maxDigits {
		if b, ok := new(big.Int).SetString(s, 10); ok {
			return whole(b)
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	_ = err // out of range gives infinity, as in Python
	return f
}
