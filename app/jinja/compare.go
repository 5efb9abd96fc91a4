package jinja

import (
	"cmp"
	"math"
	"math/big"
	"strings"
)

func (r *render) compare(op string, a, b any) bool {
	switch op {
	case "==":
		return r.equal(a, b)
	case "!=":
		return !r.equal(a, b)
	case "in":
		return r.contains(b, a)
	case "not in":
		return !r.contains(b, a)
	}
	return r.order(op, a, b)
}

// equal is Python's ==.
func (r *render) equal(a, b any) bool {
	r.step(1)
	if x, ok := asNum(a); ok {
		y, ok := asNum(b)
		return ok && x.cmp(y) == 0 && !x.nan() && !y.nan()
	}
	if x, ok := textOf(a); ok {
		y, ok := textOf(b)
		r.scan(len(x))
		return ok && x == y
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case *list:
		y, ok := b.(*list)
		return ok && (x == y || r.equalAll(x.items, y.items))
	case tuple, group:
		left, _ := asTuple(a)
		right, ok := asTuple(b)
		return ok && r.equalAll(left, right)
	case *dict:
		y, ok := b.(*dict)
		return ok && (x == y || r.equalDicts(x, y))
	case *undefined:
		_, ok := b.(*undefined)
		return ok
	case counter:
		y, ok := b.(counter)
		return ok && (x == y || x.len() == y.len() && (x.len() == 0 || x.from == y.from && (x.len() == 1 || x.step == y.step)))
	case view:
		return r.equalViews(x, b)
	}
	switch b.(type) {
	case nil, tuple, view:
		return false
	}
	return a == b
}

func asTuple(v any) (tuple, bool) {
	switch x := v.(type) {
	case tuple:
		return x, true
	case group:
		return tuple{x.key, x.items}, true
	}
	return nil, false
}

// deeper guards the walks over values that hold each other.
func (r *render) deeper(f func() bool) bool {
	if r.depth++; r.depth > maxDepth {
		fail("RecursionError", "maximum recursion depth exceeded in comparison", "数据的嵌套过深，无法比较")
	}
	ok := f()
	r.depth--
	return ok
}

func (r *render) equalAll(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	return r.deeper(func() bool {
		for i := range a {
			if !r.equal(a[i], b[i]) {
				return false
			}
		}
		return true
	})
}

func (r *render) equalDicts(a, b *dict) bool {
	if len(a.keys) != len(b.keys) {
		return false
	}
	return r.deeper(func() bool {
		for i, k := range a.keys {
			v, ok := b.get(k)
			if !ok || !r.equal(a.vals[i], v) {
				return false
			}
		}
		return true
	})
}

func (r *render) equalViews(a view, b any) bool {
	y, ok := b.(view)
	if !ok || a.kind == "dict_values" || y.kind != a.kind || len(a.of.keys) != len(y.of.keys) {
		return ok && a == y
	}
	for i, k := range a.of.keys {
		v, ok := y.of.get(k)
		if !ok || a.kind == "dict_items" && !r.equal(a.of.vals[i], v) {
			return false
		}
	}
	return true
}

// order is <, <=, > and >=.
func (r *render) order(op string, a, b any) bool {
	r.step(1)
	defined(a, b)
	if x, ok := asNum(a); ok {
		if y, ok := asNum(b); ok {
			return !x.nan() && !y.nan() && holds(op, x.cmp(y))
		}
	}
	if x, ok := textOf(a); ok {
		if y, ok := textOf(b); ok {
			return holds(op, strings.Compare(x, y)) // the order of UTF-8 is that of code points
		}
	}
	if x, ok := a.(*list); ok {
		if y, ok := b.(*list); ok {
			return r.orderAll(op, x.items, y.items)
		}
	}
	if x, ok := asTuple(a); ok {
		if y, ok := asTuple(b); ok {
			return r.orderAll(op, x, y)
		}
	}
	fail("TypeError", "'%s' not supported between instances of '%s' and '%s'", "运算 '%s' 不能用于类型 '%s' 和 '%s'", op, typeName(a), typeName(b))
	return false
}

func holds(op string, c int) bool {
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

func (r *render) orderAll(op string, a, b []any) bool {
	return r.deeper(func() bool {
		for i := range min(len(a), len(b)) {
			if !r.equal(a[i], b[i]) {
				return r.order(op, a[i], b[i])
			}
		}
		return holds(op, cmp.Compare(len(a), len(b)))
	})
}

// contains is the test "item in of".
func (r *render) contains(of, item any) bool {
	switch x := of.(type) {
	case string, markup:
		whole, _ := textOf(of)
		part, ok := textOf(item)
		if !ok {
			typeError("'in <string>' requires string as left operand, not %s", typeName(item))
		}
		r.scan(len(whole))
		return strings.Contains(whole, part)
	case *dict:
		_, ok := x.get(item)
		return ok
	case view:
		if x.kind == "dict_keys" {
			_, ok := x.of.get(item)
			return ok
		}
	}
	next, ok := r.iterate(of)
	if !ok {
		typeError("argument of type '%s' is not iterable", typeName(of))
	}
	for v, ok := next(); ok; v, ok = next() {
		if r.equal(v, item) {
			return true
		}
	}
	return false
}

// num is a number of any kind.
type num struct {
	kind byte // i, b or f
	i    int64
	b    *big.Int
	f    float64
}

// asNum is v as a number; a bool is one too.
func asNum(v any) (num, bool) {
	switch x := v.(type) {
	case bool:
		if x {
			return num{kind: 'i', i: 1}, true
		}
		return num{kind: 'i'}, true
	case int64:
		return num{kind: 'i', i: x}, true
	case *big.Int:
		return num{kind: 'b', b: x}, true
	case float64:
		return num{kind: 'f', f: x}, true
	}
	return num{}, false
}

func (n num) nan() bool { return n.kind == 'f' && math.IsNaN(n.f) }

// big is a whole number of any size.
func (n num) big() *big.Int {
	if n.kind == 'b' {
		return n.b
	}
	return big.NewInt(n.i)
}

func (n num) float() float64 {
	switch n.kind {
	case 'f':
		return n.f
	case 'i':
		return float64(n.i)
	}
	f, _ := new(big.Float).SetInt(n.b).Float64()
	if math.IsInf(f, 0) {
		fail("OverflowError", "int too large to convert to float", "整数过大，无法转换为浮点数")
	}
	return f
}

func (n num) cmp(m num) int {
	switch {
	case n.kind == 'i' && m.kind == 'i':
		return cmp.Compare(n.i, m.i)
	case n.kind == 'f' && m.kind == 'f':
		return cmp.Compare(n.f, m.f)
	case n.kind == 'f':
		return -m.cmp(n)
	case m.kind != 'f':
		return n.big().Cmp(m.big())
	case math.IsNaN(m.f):
		return 1
	case math.IsInf(m.f, 0):
		return -int(math.Copysign(1, m.f))
	}
	return new(big.Float).SetInt(n.big()).Cmp(big.NewFloat(m.f))
}
