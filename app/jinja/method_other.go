package jinja

import (
	"math"
	"math/big"
	"slices"
)

var listMethods = map[string]*builtin{
	"append": fn("append", func(r *render, a []any) any {
		l := a[0].(*list)
		r.grow(32)
		l.items = append(l.items, a[1])
		return nil
	}, need("self"), need("object")),
	"extend": fn("extend", func(r *render, a []any) any {
		l := a[0].(*list)
		l.items = append(l.items, r.all(a[1])...)
		return nil
	}, need("self"), need("iterable")),
	"insert": fn("insert", func(r *render, a []any) any {
		l := a[0].(*list)
		i := count(a[1])
		if i < 0 {
			i += len(l.items)
		}
		i = max(0, min(i, len(l.items)))
		r.scan(len(l.items))
		r.grow(32)
		l.items = slices.Insert(l.items, i, a[2])
		return nil
	}, need("self"), need("index"), need("object")),
	"pop": fn("pop", func(r *render, a []any) any {
		l := a[0].(*list)
		i := count(a[1])
		if i < 0 {
			i += len(l.items)
		}
		if len(l.items) == 0 {
			fail("IndexError", "pop from empty list", "不能从空列表中取出元素")
		}
		if i < 0 || i >= len(l.items) {
			fail("IndexError", "pop index out of range", "下标超出列表范围")
		}
		v := l.items[i]
		r.scan(len(l.items))
		l.items = slices.Delete(l.items, i, i+1)
		return v
	}, need("self"), opt("index", int64(-1))),
	"remove": fn("remove", func(r *render, a []any) any {
		l := a[0].(*list)
		for i, v := range l.items {
			if r.equal(v, a[1]) {
				l.items = slices.Delete(l.items, i, i+1)
				return nil
			}
		}
		valueError("list.remove(x): x not in list")
		return nil
	}, need("self"), need("value")),
	"clear": fn("clear", func(_ *render, a []any) any { a[0].(*list).items = nil; return nil }, need("self")),
	"copy": fn("copy", func(r *render, a []any) any {
		return &list{items: r.all(a[0])}
	}, need("self")),
	"reverse": fn("reverse", func(r *render, a []any) any {
		l := a[0].(*list)
		l.items = reversed(r.all(l))
		return nil
	}, need("self")),
	"sort": fn("sort", func(r *render, a []any) any {
		l := a[0].(*list)
		items := r.all(l)
		keys := items
		if a[1] != nil {
			keys = make([]any, len(items))
			for i, v := range items {
				keys[i] = r.call(a[1], &args{pos: []any{v}})
			}
		}
		l.items = r.sorted(items, keys, wholeArg(a[2]) != 0)
		return nil
	}, need("self"), opt("key", nil), opt("reverse", false)),
	"count": fn("count", countItems, need("self"), need("value")),
	"index": fn("index", indexOf, need("self"), need("value"), opt("start", nil), opt("stop", nil)),
}

var tupleMethods = map[string]*builtin{
	"count": fn("count", countItems, need("self"), need("value")),
	"index": fn("index", indexOf, need("self"), need("value"), opt("start", nil), opt("stop", nil)),
}

func countItems(r *render, a []any) any {
	n := int64(0)
	for _, v := range r.all(a[0]) {
		if r.equal(v, a[1]) {
			n++
		}
	}
	return n
}

func indexOf(r *render, a []any) any {
	items := r.all(a[0])
	from, to, _ := bounds(len(items), a[2], a[3], nil)
	for i := from; i < to; i++ {
		if r.equal(items[i], a[1]) {
			return int64(i)
		}
	}
	valueError("%s is not in %s", r.repr(a[1]), typeName(a[0]))
	return nil
}

func reversed(items []any) []any {
	out := make([]any, len(items))
	for i, v := range items {
		out[len(items)-1-i] = v
	}
	return out
}

var dictMethods = map[string]*builtin{
	"items":  fn("items", func(_ *render, a []any) any { return view{"dict_items", a[0].(*dict)} }, need("self")),
	"keys":   fn("keys", func(_ *render, a []any) any { return view{"dict_keys", a[0].(*dict)} }, need("self")),
	"values": fn("values", func(_ *render, a []any) any { return view{"dict_values", a[0].(*dict)} }, need("self")),
	"get": fn("get", func(_ *render, a []any) any {
		if v, ok := a[0].(*dict).get(a[1]); ok {
			return v
		}
		return a[2]
	}, need("self"), need("key"), opt("default", nil)),
	"copy": fn("copy", func(r *render, a []any) any {
		d := a[0].(*dict)
		r.grow(64 * len(d.keys))
		return d.copy()
	}, need("self")),
	"clear": fn("clear", func(_ *render, a []any) any { *a[0].(*dict) = *newDict(); return nil }, need("self")),
	"setdefault": fn("setdefault", func(r *render, a []any) any {
		d := a[0].(*dict)
		if v, ok := d.get(a[1]); ok {
			return v
		}
		r.grow(64)
		d.set(a[1], a[2])
		return a[2]
	}, need("self"), need("key"), opt("default", nil)),
	"pop": fn("pop", func(r *render, a []any) any {
		d := a[0].(*dict)
		r.step(len(d.keys))
		if v, ok := d.remove(a[1]); ok {
			return v
		}
		if a[2] == absent {
			fail("KeyError", "%s", "没有键 %s", r.repr(a[1]))
		}
		return a[2]
	}, need("self"), need("key"), opt("default", absent)),
	"popitem": fn("popitem", func(_ *render, a []any) any {
		d := a[0].(*dict)
		if len(d.keys) == 0 {
			fail("KeyError", "'popitem(): dictionary is empty'", "字典为空，无法取出")
		}
		k := d.keys[len(d.keys)-1]
		v, _ := d.remove(k)
		return tuple{k, v}
	}, need("self")),
	"update": free("update", func(r *render, a *args) any {
		d := a.pos[0].(*dict)
		a.pos = a.pos[1:]
		r.fill(d, "update", a)
		return nil
	}),
}

// absent is a default that says there is none.
var absent any = &struct{ byte }{}

// fill puts a mapping, or pairs, and named arguments into a dict, as Python's dict and update do.
func (r *render) fill(d *dict, name string, a *args) {
	if len(a.pos) > 1 {
		typeError("%s expected at most 1 argument, got %d", name, len(a.pos))
	}
	if len(a.pos) == 1 {
		defined(a.pos[0])
		if from, ok := a.pos[0].(*dict); ok {
			r.grow(64 * len(from.keys))
			for i, k := range from.keys {
				d.set(k, from.vals[i])
			}
		} else {
			for i, pair := range r.all(a.pos[0]) {
				kv := r.all(pair)
				if len(kv) != 2 {
					valueError("dictionary update sequence element #%d has length %d; 2 is required", i, len(kv))
				}
				r.grow(64)
				d.set(kv[0], kv[1])
			}
		}
	}
	for i, k := range a.names {
		d.set(k, a.named[i])
	}
}

var floatMethods = map[string]*builtin{
	"is_integer": fn("is_integer", func(_ *render, a []any) any {
		f := a[0].(float64)
		return f == math.Trunc(f) && !math.IsInf(f, 0)
	}, need("self")),
	"conjugate": fn("conjugate", func(_ *render, a []any) any { return a[0] }, need("self")),
	"as_integer_ratio": fn("as_integer_ratio", func(_ *render, a []any) any {
		q := new(big.Rat).SetFloat64(a[0].(float64))
		if q == nil {
			valueError("cannot convert this number to integer ratio")
		}
		return tuple{whole(q.Num()), whole(q.Denom())}
	}, need("self")),
}

var intMethods = map[string]*builtin{
	"bit_length": fn("bit_length", func(_ *render, a []any) any { return int64(bigOf(a[0]).BitLen()) }, need("self")),
	"bit_count": fn("bit_count", func(_ *render, a []any) any {
		n := int64(0)
		for _, c := range new(big.Int).Abs(bigOf(a[0])).Text(2) {
			n += int64(c - '0')
		}
		return n
	}, need("self")),
	"conjugate": fn("conjugate", func(_ *render, a []any) any { return whole(bigOf(a[0])) }, need("self")),
	"as_integer_ratio": fn("as_integer_ratio", func(_ *render, a []any) any {
		return tuple{whole(bigOf(a[0])), int64(1)}
	}, need("self")),
}
