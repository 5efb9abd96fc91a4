package jinja

import (
	"slices"
	"strconv"
	"strings"
)

// parts are the steps of an attribute path such as "address.lines.0".
func attributeParts(attr any) []any {
	s, ok := textOf(attr)
	if !ok {
		if attr == nil {
			return nil
		}
		return []any{attr}
	}
	var out []any
	for step := range strings.SplitSeq(s, ".") {
		if every(step, func(c rune) bool { return c >= '0' && c <= '9' }) && len(step) < 18 {
			i, _ := strconv.ParseInt(step, 10, 64)
			out = append(out, i)
			continue
		}
		out = append(out, step)
	}
	return out
}

// getter looks an attribute up in each item it is given.
func (r *render) getter(attr any, foldCase bool, def any) func(any) any {
	parts := attributeParts(attr)
	return func(v any) any {
		for _, part := range parts {
			v = r.item(v, part)
			if _, missing := v.(*undefined); missing && def != nil {
				v = def
			}
		}
		if foldCase {
			return r.fold(v)
		}
		return v
	}
}

// fold makes texts comparable without regard to case.
func (r *render) fold(v any) any {
	if s, ok := textOf(v); ok {
		r.grow(len(s))
		return lower(s)
	}
	return v
}

// sorted returns items in the order of their keys. The order of equal ones stays, in reverse too.
func (r *render) sorted(items, keys []any, reverse bool) []any {
	r.grow(32 * len(items))
	at := make([]int, len(items))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int {
		x, y := keys[a], keys[b]
		if reverse {
			x, y = y, x
		}
		switch {
		case r.order("<", x, y):
			return -1
		case r.order("<", y, x):
			return 1
		}
		return 0
	})
	out := make([]any, len(items))
	for i, j := range at {
		out[i] = items[j]
	}
	return out
}

func filterSort(r *render, a []any) any {
	var getters []func(any) any
	attrs := []any{a[3]}
	if s, ok := textOf(a[3]); ok {
		attrs = nil
		for part := range strings.SplitSeq(s, ",") {
			attrs = append(attrs, part)
		}
	}
	for _, attr := range attrs {
		getters = append(getters, r.getter(attr, !r.truth(a[2]), nil))
	}
	items := r.all(a[0])
	keys := make([]any, len(items))
	for i, v := range items {
		key := &list{}
		for _, get := range getters {
			key.items = append(key.items, get(v))
		}
		keys[i] = key
	}
	return &list{items: r.sorted(items, keys, wholeArg(a[1]) != 0)}
}

func filterDictsort(r *render, a []any) any {
	defined(a[0])
	d, ok := a[0].(*dict)
	if !ok {
		fail("AttributeError", "'%s' object has no attribute 'items'", "类型 '%s' 不是字典", typeName(a[0]))
	}
	keys := d.keys
	switch by, _ := textOf(a[2]); by {
	case "key":
	case "value":
		keys = d.vals
	default:
		fail("FilterArgumentError", `You can only sort by either "key" or "value"`, `只能按 "key" 或 "value" 排序`)
	}
	items := r.all(view{"dict_items", d})
	folded := make([]any, len(keys))
	for i, k := range keys {
		folded[i] = k
		if !r.truth(a[1]) {
			folded[i] = r.fold(k)
		}
	}
	return &list{items: r.sorted(items, folded, wholeArg(a[3]) != 0)}
}

func filterUnique(r *render, a []any) any {
	return generate("sync_do_unique", func() iterator {
		get := r.getter(a[2], !r.truth(a[1]), nil)
		seen := map[any]bool{}
		next := r.must(a[0])
		return func() (any, bool) {
			for {
				v, ok := next()
				if !ok {
					return nil, false
				}
				if k := hash(get(v)); !seen[k] {
					r.grow(64)
					seen[k] = true
					return v, true
				}
			}
		}
	})
}

// extreme makes min and max.
func extreme(op string) func(r *render, a []any) any {
	return func(r *render, a []any) any {
		next := r.must(a[0])
		best, ok := next()
		if !ok {
			return &undefined{hint: "No aggregated item, sequence was empty."}
		}
		get := r.getter(a[2], !r.truth(a[1]), nil)
		key := get(best)
		for v, ok := next(); ok; v, ok = next() {
			if k := get(v); r.order(op, k, key) {
				best, key = v, k
			}
		}
		return best
	}
}

func filterGroupby(r *render, a []any) any {
	fold := !r.truth(a[3])
	get := r.getter(a[1], fold, a[2])
	items := r.all(a[0])
	keys := make([]any, len(items))
	for i, v := range items {
		keys[i] = get(v)
	}
	out := &list{items: []any{}}
	var last any
	for i, v := range r.sorted(items, keys, false) {
		key := get(v)
		if i > 0 && r.equal(last, key) {
			g := out.items[len(out.items)-1].(group)
			g.items.items = append(g.items.items, v)
			continue
		}
		last = key
		if fold {
			key = r.getter(a[1], false, a[2])(v)
		}
		out.items = append(out.items, group{key, &list{items: []any{v}}})
	}
	return out
}
