package jinja

// filters are the filters of Jinja2, by name. Each gets the value as its first argument.
var filters = map[string]*builtin{
	"abs":            fn("abs", filterAbs, need("x")),
	"attr":           fn("do_attr", filterAttr, need("obj"), need("name")),
	"batch":          fn("do_batch", filterBatch, need("value"), need("linecount"), opt("fill_with", nil)),
	"capitalize":     softly("do_capitalize", capitalize),
	"center":         fn("do_center", filterCenter, need("value"), opt("width", int64(80))),
	"count":          fn("len", filterLength, need("obj")),
	"d":              fn("do_default", filterDefault, need("value"), opt("default_value", ""), opt("boolean", false)),
	"default":        fn("do_default", filterDefault, need("value"), opt("default_value", ""), opt("boolean", false)),
	"dictsort":       fn("do_dictsort", filterDictsort, need("value"), opt("case_sensitive", false), opt("by", "key"), opt("reverse", false)),
	"e":              fn("escape", filterEscape, need("s")),
	"escape":         fn("escape", filterEscape, need("s")),
	"filesizeformat": fn("do_filesizeformat", filterFilesize, need("value"), opt("binary", false)),
	"first":          fn("do_first", filterFirst, need("seq")),
	"float":          fn("do_float", filterFloat, need("value"), opt("default", 0.0)),
	"forceescape":    fn("do_forceescape", filterForceescape, need("value")),
	"format":         free("do_format", filterFormat),
	"groupby":        fn("do_groupby", filterGroupby, need("value"), need("attribute"), opt("default", nil), opt("case_sensitive", false)),
	"indent":         fn("do_indent", filterIndent, need("s"), opt("width", int64(4)), opt("first", false), opt("blank", false)),
	"int":            fn("do_int", filterInt, need("value"), opt("default", int64(0)), opt("base", int64(10))),
	"items":          fn("do_items", filterItems, need("value")),
	"join":           fn("do_join", filterJoin, need("value"), opt("d", ""), opt("attribute", nil)),
	"last":           fn("do_last", filterLast, need("seq")),
	"length":         fn("len", filterLength, need("obj")),
	"list":           fn("do_list", filterList, need("value")),
	"lower":          softly("do_lower", lower),
	"map":            free("do_map", filterMap),
	"max":            fn("do_max", extreme(">"), need("value"), opt("case_sensitive", false), opt("attribute", nil)),
	"min":            fn("do_min", extreme("<"), need("value"), opt("case_sensitive", false), opt("attribute", nil)),
	"pprint":         fn("do_pprint", filterPprint, need("value")),
	"random":         fn("do_random", filterRandom, need("seq")),
	"reject":         free("do_reject", selecting("do_reject", false, false)),
	"rejectattr":     free("do_rejectattr", selecting("do_rejectattr", false, true)),
	"replace":        fn("do_replace", filterReplace, need("s"), need("old"), need("new"), opt("count", nil)),
	"reverse":        fn("do_reverse", filterReverse, need("value")),
	"round":          fn("do_round", filterRound, need("value"), opt("precision", int64(0)), opt("method", "common")),
	"safe":           fn("do_mark_safe", filterSafe, need("value")),
	"select":         free("do_select", selecting("do_select", true, false)),
	"selectattr":     free("do_selectattr", selecting("do_selectattr", true, true)),
	"slice":          fn("do_slice", filterSlice, need("value"), need("slices"), opt("fill_with", nil)),
	"sort":           fn("do_sort", filterSort, need("value"), opt("reverse", false), opt("case_sensitive", false), opt("attribute", nil)),
	"string":         fn("soft_str", filterString, need("s")),
	"striptags":      fn("do_striptags", filterStriptags, need("value")),
	"sum":            fn("do_sum", filterSum, need("iterable"), opt("attribute", nil), opt("start", int64(0))),
	"title":          fn("do_title", filterTitle, need("s")),
	"tojson":         fn("do_tojson", filterToJSON, need("value"), opt("indent", nil)),
	"trim":           fn("do_trim", filterTrim, need("value"), opt("chars", nil)),
	"truncate":       fn("do_truncate", filterTruncate, need("s"), opt("length", int64(255)), opt("killwords", false), opt("end", "..."), opt("leeway", nil)),
	"unique":         fn("do_unique", filterUnique, need("value"), opt("case_sensitive", false), opt("attribute", nil)),
	"upper":          softly("do_upper", upper),
	"urlencode":      fn("do_urlencode", filterURLEncode, need("value")),
	"urlize": fn("do_urlize", filterURLize, need("value"), opt("trim_url_limit", nil), opt("nofollow", false), opt("target", nil),
		opt("rel", nil), opt("extra_schemes", nil)),
	"wordcount": fn("do_wordcount", filterWordcount, need("s")),
	"wordwrap": fn("do_wordwrap", filterWordwrap, need("s"), opt("width", int64(79)), opt("break_long_words", true), opt("wrapstring", nil),
		opt("break_on_hyphens", true)),
	"xmlattr": fn("do_xmlattr", filterXMLAttr, need("d"), opt("autospace", true)),
}

// soft is a value as text; what is text already keeps its kind.
func (r *render) soft(v any) any {
	if _, ok := textOf(v); ok {
		return v
	}
	return r.str(v)
}

func softly(name string, f func(string) string) *builtin {
	return fn(name, func(r *render, a []any) any {
		v := r.soft(a[0])
		s, _ := textOf(v)
		r.grow(len(s))
		return like(v, f(s))
	}, need("s"))
}

func filterDefault(r *render, a []any) any {
	if _, ok := a[0].(*undefined); ok || r.truth(a[2]) && !r.truth(a[0]) {
		return a[1]
	}
	return a[0]
}

func filterLength(r *render, a []any) any {
	n, ok := r.len(a[0])
	if !ok {
		fail("TypeError", "object of type '%s' has no len()", "类型 '%s' 没有长度", typeName(a[0]))
	}
	return int64(n)
}

func filterEscape(r *render, a []any) any { return markup(r.escaped(a[0])) }

func filterForceescape(r *render, a []any) any { return markup(r.escaped(r.str(a[0]))) }

func filterSafe(r *render, a []any) any { return markup(r.str(a[0])) }

func filterString(r *render, a []any) any { return r.soft(a[0]) }

func filterList(r *render, a []any) any { return &list{items: r.all(a[0])} }

func filterAttr(r *render, a []any) any {
	defined(a[0])
	name, ok := textOf(a[1])
	if !ok {
		typeError("attribute name must be string, not '%s'", typeName(a[1]))
	}
	if v, ok := r.attribute(a[0], name); ok {
		return v
	}
	return &undefined{of: a[0], name: name}
}

func filterItems(r *render, a []any) any {
	return generate("do_items", func() iterator {
		switch x := a[0].(type) {
		case *undefined:
			return slicing(nil)
		case *dict:
			return r.must(view{"dict_items", x})
		}
		typeError("Can only get item pairs from a mapping.")
		return nil
	})
}

// generate makes a generator that begins when somebody walks it, and fails no sooner.
func generate(name string, begin func() iterator) *generator {
	var next iterator
	return &generator{kind: "generator", name: name, next: func() (any, bool) {
		if next == nil {
			next = begin()
		}
		return next()
	}}
}

func filterFirst(r *render, a []any) any {
	if v, ok := r.must(a[0])(); ok {
		return v
	}
	return &undefined{hint: "No first item, sequence was empty."}
}

func filterLast(r *render, a []any) any {
	items, ok := r.backwards(a[0])
	if !ok {
		typeError("'%s' object is not reversible", typeName(a[0]))
	}
	if len(items) == 0 {
		return &undefined{hint: "No last item, sequence was empty."}
	}
	return items[0]
}

// backwards are the items of what Python can walk from its end.
func (r *render) backwards(v any) ([]any, bool) {
	switch v.(type) {
	case string, markup, *list, tuple, group, *dict, view, counter, *undefined:
		return reversed(r.all(v)), true
	}
	return nil, false
}

func filterReverse(r *render, a []any) any {
	if s, ok := textOf(a[0]); ok {
		r.grow(len(s))
		c := []rune(s)
		for i, j := 0, len(c)-1; i < j; i, j = i+1, j-1 {
			c[i], c[j] = c[j], c[i]
		}
		return like(a[0], string(c))
	}
	if items, ok := r.backwards(a[0]); ok {
		kind := map[string]string{"list": "list_reverseiterator", "dict": "dict_reversekeyiterator", "range": "range_iterator"}[typeName(a[0])]
		if kind == "" {
			kind = "reversed"
		}
		return &generator{kind: kind, next: slicing(items)}
	}
	if _, ok := r.iterate(a[0]); !ok {
		fail("FilterArgumentError", "argument must be iterable", "reverse 的对象必须可以循环")
	}
	return &list{items: reversed(r.all(a[0]))}
}

func filterRandom(r *render, a []any) any {
	n, ok := r.len(a[0])
	if !ok {
		typeError("object of type '%s' has no len()", typeName(a[0]))
	}
	if n == 0 {
		return &undefined{hint: "No random item, sequence was empty."}
	}
	return r.item(a[0], int64(randomInt(n)))
}

func filterJoin(r *render, a []any) any {
	get := func(v any) any { return v }
	if a[2] != nil {
		get = r.getter(a[2], false, nil)
	}
	sep := a[1]
	items := r.all(a[0])
	safe := false
	for i, v := range items {
		items[i] = get(v)
		_, isSafe := items[i].(markup)
		safe = safe || isSafe
	}
	if _, ok := sep.(markup); ok {
		safe = true
	}
	if !r.escape || !safe {
		for i, v := range items {
			items[i] = r.str(v)
		}
		return joinMethod(r, []any{r.str(sep), &list{items: items}})
	}
	return joinMethod(r, []any{markup(r.escaped(sep)), &list{items: items}})
}

func filterBatch(r *render, a []any) any {
	return generate("do_batch", func() iterator { return slicing(rows(r, a)) })
}

func rows(r *render, a []any) []any {
	size := count(a[1])
	var out, row []any
	for _, v := range r.all(a[0]) {
		if len(row) == size {
			out = append(out, &list{items: row})
			row = nil
		}
		row = append(row, v)
	}
	if len(row) > 0 {
		if a[2] != nil && len(row) < size {
			row = append(row, r.repeatItems([]any{a[2]}, int64(size-len(row)))...)
		}
		out = append(out, &list{items: row})
	}
	return out
}

func filterSlice(r *render, a []any) any {
	return generate("sync_do_slice", func() iterator { return slicing(columns(r, a)) })
}

func columns(r *render, a []any) []any {
	items := r.all(a[0])
	n := count(a[1])
	if n == 0 {
		divisionByZero("integer division or modulo by zero")
	}
	var out []any
	offset := 0
	for i := range n {
		r.grow(64)
		start := offset + i*(len(items)/n)
		if i < len(items)%n {
			offset++
		}
		end := offset + (i+1)*(len(items)/n)
		row := append([]any{}, items[start:end]...)
		if a[2] != nil && i >= len(items)%n {
			row = append(row, a[2])
		}
		out = append(out, &list{items: row})
	}
	return out
}

func filterSum(r *render, a []any) any {
	if _, ok := textOf(a[2]); ok {
		typeError("sum() can't sum strings [use ''.join(seq) instead]")
	}
	get := func(v any) any { return v }
	if a[1] != nil {
		get = r.getter(a[1], false, nil)
	}
	total := a[2]
	for _, v := range r.all(a[0]) {
		total = r.binary("+", total, get(v))
	}
	return total
}

// rest are the arguments behind the first.
func (a *args) rest() *args {
	return &args{pos: a.pos[min(1, len(a.pos)):], names: a.names, named: a.named}
}

// with are the arguments with a value before them.
func (a *args) with(v any) *args {
	return &args{pos: append([]any{v}, a.pos...), names: a.names, named: a.named}
}

func filterMap(r *render, a *args) any {
	return generate("sync_do_map", func() iterator {
		if !r.truth(a.pos[0]) {
			return slicing(nil)
		}
		apply := r.mapping(a.rest())
		next := r.must(a.pos[0])
		return func() (any, bool) {
			v, ok := next()
			if !ok {
				return nil, false
			}
			return apply(v), true
		}
	})
}

func (r *render) mapping(a *args) func(any) any {
	if attr, ok := a.take("attribute"); ok && len(a.pos) == 0 {
		def, _ := a.take("default")
		if len(a.names) > 0 {
			fail("FilterArgumentError", "Unexpected keyword argument %s", "map 没有名为 %s 的参数", reprText(a.names[0]))
		}
		return r.getter(attr, false, def)
	} else if ok {
		a.add("attribute", attr)
	}
	if len(a.pos) == 0 {
		fail("FilterArgumentError", "map requires a filter argument", "map 需要指定过滤器或 attribute")
	}
	f := r.named(r.tpl.filters, "filter", a.pos[0])
	a = a.rest()
	return func(v any) any { return f.call(r, a.with(v)) }
}

func (r *render) named(table map[string]*builtin, what string, name any) *builtin {
	s, _ := textOf(name)
	f, ok := table[s]
	if !ok {
		zh := "测试"
		if what == "filter" {
			zh = "过滤器"
		}
		fail("TemplateRuntimeError", "No %[1]s named %[3]s.", "没有名为 %[3]s 的%[2]s", what, zh, r.repr(name))
	}
	return f
}

// selecting makes select, reject, selectattr and rejectattr.
func selecting(name string, keep, attr bool) func(r *render, a *args) any {
	return func(r *render, a *args) any {
		return generate("sync_"+name, func() iterator {
			if !r.truth(a.pos[0]) {
				return slicing(nil)
			}
			holds := r.condition(a.rest(), attr)
			next := r.must(a.pos[0])
			return func() (any, bool) {
				for {
					v, ok := next()
					if !ok {
						return nil, false
					}
					if holds(v) == keep {
						return v, true
					}
				}
			}
		})
	}
}

func (r *render) condition(a *args, attr bool) func(any) bool {
	get := func(v any) any { return v }
	if attr {
		if len(a.pos) == 0 {
			fail("FilterArgumentError", "Missing parameter for attribute name", "缺少属性名")
		}
		get = r.getter(a.pos[0], false, nil)
		a = a.rest()
	}
	if len(a.pos) == 0 {
		return func(v any) bool { return r.truth(get(v)) }
	}
	test := r.named(r.tpl.tests, "test", a.pos[0])
	a = a.rest()
	return func(v any) bool { return r.truth(test.call(r, a.with(get(v)))) }
}
