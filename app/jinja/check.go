package jinja

// tests are what may stand behind "is", by name.
var tests = map[string]*builtin{
	"odd":         fn("test_odd", func(r *render, a []any) any { return r.equal(r.binary("%", a[0], int64(2)), int64(1)) }, need("value")),
	"even":        fn("test_even", func(r *render, a []any) any { return r.equal(r.binary("%", a[0], int64(2)), int64(0)) }, need("value")),
	"divisibleby": fn("test_divisibleby", func(r *render, a []any) any { return r.equal(r.binary("%", a[0], a[1]), int64(0)) }, need("value"), need("num")),
	"defined":     check(func(_ *render, v any) bool { _, ok := v.(*undefined); return !ok }),
	"undefined":   check(func(_ *render, v any) bool { _, ok := v.(*undefined); return ok }),
	"filter":      check(func(r *render, v any) bool { s, ok := textOf(v); return ok && r.tpl.filters[s] != nil }),
	"test":        check(func(r *render, v any) bool { s, ok := textOf(v); return ok && r.tpl.tests[s] != nil }),
	"none":        check(func(_ *render, v any) bool { return v == nil }),
	"boolean":     check(func(_ *render, v any) bool { _, ok := v.(bool); return ok }),
	"true":        check(func(_ *render, v any) bool { b, ok := v.(bool); return ok && b }),
	"false":       check(func(_ *render, v any) bool { b, ok := v.(bool); return ok && !b }),
	"integer":     check(func(_ *render, v any) bool { return typeName(v) == "int" }),
	"float":       check(func(_ *render, v any) bool { _, ok := v.(float64); return ok }),
	"number":      check(func(_ *render, v any) bool { _, ok := asNum(v); return ok }),
	"string":      check(func(_ *render, v any) bool { _, ok := textOf(v); return ok }),
	"mapping":     check(func(_ *render, v any) bool { _, ok := v.(*dict); return ok }),
	"lower":       check(func(r *render, v any) bool { return isLower(r.str(v)) }),
	"upper":       check(func(r *render, v any) bool { return isUpper(r.str(v)) }),
	"sequence":    check(isSequence),
	"iterable":    check(func(r *render, v any) bool { _, ok := r.iterate(v); return ok }),
	"callable":    check(func(_ *render, v any) bool { return callable(v) }),
	"escaped":     check(func(_ *render, v any) bool { _, ok := v.(markup); return ok }),
	"sameas":      fn("test_sameas", func(r *render, a []any) any { return same(r, a[0], a[1]) }, need("value"), need("other")),
	"in":          compares("in"),
	"==":          compares("=="),
	"eq":          compares("=="),
	"equalto":     compares("=="),
	"!=":          compares("!="),
	"ne":          compares("!="),
	">":           compares(">"),
	"gt":          compares(">"),
	"greaterthan": compares(">"),
	">=":          compares(">="),
	"ge":          compares(">="),
	"<":           compares("<"),
	"lt":          compares("<"),
	"lessthan":    compares("<"),
	"<=":          compares("<="),
	"le":          compares("<="),
}

func check(f func(r *render, v any) bool) *builtin {
	return fn("test", func(r *render, a []any) any { return f(r, a[0]) }, need("value"))
}

func compares(op string) *builtin {
	return fn("test", func(r *render, a []any) any { return r.compare(op, a[0], a[1]) }, need("a"), need("b"))
}

// isSequence: what has a length and items by number or key.
func isSequence(r *render, v any) bool {
	switch v.(type) {
	case view, *loop:
		return false
	}
	_, ok := r.len(v)
	return ok
}

// same is Python's "is", as far as it can be told: small values are the same when they are equal.
func same(r *render, a, b any) bool {
	switch a.(type) {
	case tuple, group, view, counter:
		return false
	}
	switch a.(type) {
	case *list, *dict, *namespace, *macro, *loop, *generator:
		return a == b
	}
	return typeName(a) == typeName(b) && r.equal(a, b)
}
