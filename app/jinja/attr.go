package jinja

import (
	"math/big"
	"unicode/utf8"
)

// attr is x.name: the attribute if there is one, else the item.
func (r *render) attr(v any, name string) any {
	defined(v)
	if a, ok := r.attribute(v, name); ok {
		return a
	}
	if d, ok := v.(*dict); ok {
		if x, ok := d.get(name); ok {
			return x
		}
	}
	return &undefined{of: v, name: name}
}

// attribute is Python's getattr, as far as our values have attributes. Names that start with an underscore do not exist.
func (r *render) attribute(v any, name string) (any, bool) {
	switch x := v.(type) {
	case *namespace:
		return x.attrs.get(name)
	case *loop:
		return x.attr(name)
	case *macro:
		return x.attr(name)
	case *cycler:
		return x.attr(name)
	case group:
		if name == "grouper" {
			return x.key, true
		}
		if name == "list" {
			return x.items, true
		}
	case counter:
		if i, ok := map[string]int64{"start": x.from, "stop": x.to, "step": x.step}[name]; ok {
			return i, true
		}
	case selfRef:
		if b, ok := r.tpl.blocks[name]; ok {
			return blockRef{b}, true
		}
	case bool, int64, *big.Int:
		switch name {
		case "real", "numerator":
			n, _ := asNum(v)
			return whole(n.big()), true
		case "imag":
			return int64(0), true
		case "denominator":
			return int64(1), true
		}
	case float64:
		switch name {
		case "real":
			return x, true
		case "imag":
			return 0.0, true
		}
	}
	if m, ok := r.tpl.methods(v)[name]; ok {
		return m.bind(v), true
	}
	return nil, false
}

// item is x[key]: the item if there is one, else the attribute of that name.
func (r *render) item(v, key any) any {
	defined(v)
	if x, ok := r.itemOf(v, key); ok {
		return x
	}
	if name, ok := textOf(key); ok {
		if a, ok := r.attribute(v, name); ok {
			return a
		}
	}
	return &undefined{of: v, name: key}
}

func (r *render) itemOf(v, key any) (any, bool) {
	if d, ok := v.(*dict); ok {
		if _, ok := hashable(key); !ok {
			return nil, false
		}
		return d.get(key)
	}
	n, ok := asNum(key)
	if !ok || n.kind != 'i' {
		return nil, false
	}
	switch x := v.(type) {
	case *list:
		return at(x.items, n.i)
	case tuple:
		return at(x, n.i)
	case group:
		return at([]any{x.key, x.items}, n.i)
	case string, markup:
		s, _ := textOf(v)
		c, ok := r.charAt(s, n.i)
		return like(v, c), ok
	case counter:
		i := n.i
		if i < 0 {
			i += x.len()
		}
		return x.from + i*x.step, i >= 0 && i < x.len()
	}
	return nil, false
}

func at(items []any, i int64) (any, bool) {
	if i < 0 {
		i += int64(len(items))
	}
	if i < 0 || i >= int64(len(items)) {
		return nil, false
	}
	return items[i], true
}

func (r *render) charAt(s string, i int64) (string, bool) {
	r.scan(int(min(max(i, -i), int64(len(s)))))
	for ; i < -1 && s != ""; i++ {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	if i < 0 {
		_, n := utf8.DecodeLastRuneInString(s)
		return s[len(s)-n:], n > 0
	}
	for at, c := range s {
		if i == 0 {
			return s[at : at+utf8.RuneLen(c)], true
		}
		i--
	}
	return "", false
}

// slice is x[from:to:step].
func (r *render) slice(v, from, to, step any) any {
	defined(v)
	switch x := v.(type) {
	case string, markup:
		s, _ := textOf(v)
		r.scan(len(s))
		if ascii(s) {
			return like(v, string(pick([]byte(s), from, to, step)))
		}
		return like(v, string(pick([]rune(s), from, to, step)))
	case *list:
		out := pick(x.items, from, to, step)
		r.grow(16 * len(out))
		return &list{items: out}
	case tuple:
		return tuple(pick(x, from, to, step))
	case group:
		return tuple(pick([]any{x.key, x.items}, from, to, step))
	case counter:
		n := x.len()
		a, b, by := bounds(int(n), from, to, step)
		return counter{x.from + int64(a)*x.step, x.from + int64(b)*x.step, x.step * int64(by)}
	case *dict:
		typeError("unhashable type: 'slice'")
	}
	typeError("'%s' object is not subscriptable", typeName(v))
	return nil
}

func pick[T any](items []T, from, to, step any) []T {
	a, b, by := bounds(len(items), from, to, step)
	if by == 1 && a < b {
		return append([]T(nil), items[a:b]...)
	}
	out := []T{}
	for i := a; by > 0 && i < b || by < 0 && i > b; i += by {
		out = append(out, items[i])
	}
	return out
}

// bounds is what Python makes of the three parts of a slice for a sequence of n items.
func bounds(n int, from, to, step any) (a, b, by int) {
	by = sliceIndex(step, 1)
	if by == 0 {
		valueError("slice step cannot be zero")
	}
	low, high, first, last := 0, n, 0, n
	if by < 0 {
		low, high, first, last = -1, n-1, n-1, -1
	}
	clip := func(v any, without int) int {
		if v == nil {
			return without
		}
		i := sliceIndex(v, 0)
		if i < 0 {
			i += n
		}
		return max(low, min(i, high))
	}
	return clip(from, first), clip(to, last), by
}

func sliceIndex(v any, without int) int {
	if v == nil {
		return without
	}
	defined(v)
	n, ok := asNum(v)
	switch {
	case !ok || n.kind == 'f':
		typeError("slice indices must be integers or None or have an __index__ method")
	case n.kind == 'b':
		return n.b.Sign() << 40
	}
	return int(max(-1<<40, min(n.i, 1<<40)))
}
