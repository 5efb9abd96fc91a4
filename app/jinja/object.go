package jinja

import (
	"context"
	"math/big"
	"unicode/utf8"
)

// iterator gives one item after the other.
type iterator func() (any, bool)

// typeName is Python's name of a value's type.
func typeName(v any) string {
	switch x := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case markup:
		return "Markup"
	case *list:
		return "list"
	case tuple:
		return "tuple"
	case group:
		return "_GroupTuple"
	case *dict:
		return "dict"
	case view:
		return x.kind
	case counter:
		return "range"
	case *generator:
		return x.kind
	case *undefined:
		return "Undefined"
	case *namespace:
		return "Namespace"
	case *macro:
		return "Macro"
	case *loop:
		return "LoopContext"
	case *cycler:
		return "Cycler"
	case *joiner:
		return "Joiner"
	case selfRef:
		return "TemplateReference"
	case blockRef:
		return "BlockReference"
	case *builtin:
		return "builtin_function_or_method"
	}
	return "object"
}

// objectName is how an error about a missing attribute calls the object.
func objectName(v any) string {
	switch v.(type) {
	case nil:
		return "None"
	case markup:
		return "markupsafe.Markup object"
	case *namespace, *cycler, *joiner:
		return "jinja2.utils." + typeName(v) + " object"
	case *macro, *loop, *undefined, selfRef, blockRef:
		return "jinja2.runtime." + typeName(v) + " object"
	case group:
		return "jinja2.filters._GroupTuple object"
	}
	return typeName(v) + " object"
}

// message says what is undefined.
func (u *undefined) message() (en, zh string) {
	switch {
	case u.hint != "":
		return u.hint, u.hint
	case u.missing:
		return reprSimple(u.name) + " is undefined", "变量 " + reprSimple(u.name) + " 未定义"
	}
	if _, ok := textOf(u.name); !ok {
		key := (&render{ctx: context.Background(), checkAt: checkEvery}).repr(u.name)
		return objectName(u.of) + " has no element " + key, objectName(u.of) + " 没有元素 " + key
	}
	return "'" + objectName(u.of) + "' has no attribute " + reprSimple(u.name), "'" + objectName(u.of) + "' 没有属性 " + reprSimple(u.name)
}

func (u *undefined) fail() {
	en, zh := u.message()
	fail("UndefinedError", "%[1]s", "%[2]s", en, zh)
}

// defined refuses undefined values, as most of Python's operations on one do.
func defined(values ...any) {
	for _, v := range values {
		if u, ok := v.(*undefined); ok {
			u.fail()
		}
	}
}

// textOf is a string of either kind.
func textOf(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case markup:
		return string(x), true
	}
	return "", false
}

// like gives a text the kind of another.
func like(v any, s string) any {
	if _, ok := v.(markup); ok {
		return markup(s)
	}
	return s
}

func (r *render) truth(v any) bool {
	switch x := v.(type) {
	case nil, *undefined:
		return false
	case bool:
		return x
	case int64:
		return x != 0
	case float64:
		return x != 0
	}
	if n, ok := r.len(v); ok {
		return n > 0
	}
	return true
}

// len is Python's len, for what has one.
func (r *render) len(v any) (int, bool) {
	switch x := v.(type) {
	case string:
		return utf8.RuneCountInString(x), true
	case markup:
		return utf8.RuneCountInString(string(x)), true
	case *list:
		return len(x.items), true
	case tuple:
		return len(x), true
	case group:
		return 2, true
	case *dict:
		return len(x.keys), true
	case view:
		return len(x.of.keys), true
	case counter:
		return int(x.len()), true
	case *undefined:
		return 0, true
	case *loop:
		return x.len(), true
	}
	return 0, false
}

func slicing(items []any) iterator {
	i := 0
	return func() (any, bool) {
		if i >= len(items) {
			return nil, false
		}
		i++
		return items[i-1], true
	}
}

// iterate is Python's iter. A list that grows while it is walked is walked to its new end.
func (r *render) iterate(v any) (iterator, bool) {
	i := 0
	switch x := v.(type) {
	case *list:
		return func() (any, bool) {
			if i >= len(x.items) {
				return nil, false
			}
			i++
			return x.items[i-1], true
		}, true
	case tuple:
		return slicing(x), true
	case group:
		return slicing([]any{x.key, x.items}), true
	case *dict:
		return slicing(x.keys), true
	case view:
		return x.iterate(), true
	case string:
		return chars(x), true
	case markup:
		return chars(string(x)), true
	case counter:
		n := int(x.len())
		return func() (any, bool) {
			if i >= n {
				return nil, false
			}
			i++
			return x.from + int64(i-1)*x.step, true
		}, true
	case *generator:
		return x.next, true
	case *undefined:
		return slicing(nil), true
	case *loop:
		return func() (any, bool) {
			if !x.advance() {
				return nil, false
			}
			return tuple{x.current, x}, true
		}, true
	}
	return nil, false
}

func chars(s string) iterator {
	return func() (any, bool) {
		if s == "" {
			return nil, false
		}
		_, n := utf8.DecodeRuneInString(s)
		c := s[:n]
		s = s[n:]
		return c, true
	}
}

func (v view) iterate() iterator {
	i := 0
	return func() (any, bool) {
		if i >= len(v.of.keys) {
			return nil, false
		}
		i++
		return v.at(i - 1), true
	}
}

func (v view) at(i int) any {
	switch v.kind {
	case "dict_keys":
		return v.of.keys[i]
	case "dict_values":
		return v.of.vals[i]
	}
	return tuple{v.of.keys[i], v.of.vals[i]}
}

// must is iterate for what has to be iterable.
func (r *render) must(v any) iterator {
	it, ok := r.iterate(v)
	if !ok {
		fail("TypeError", "'%s' object is not iterable", "类型 '%s' 不能用于循环", typeName(v))
	}
	return func() (any, bool) {
		r.step(1)
		return it()
	}
}

// all collects the items of an iterable.
func (r *render) all(v any) []any {
	next := r.must(v)
	out := []any{}
	for x, ok := next(); ok; x, ok = next() {
		r.grow(16)
		out = append(out, x)
	}
	return out
}
