package jinja

import "math/big"

// stmt is a statement. Statements never change after parsing.
type stmt interface {
	exec(r *render, s *scope)
}

type (
	dataStmt   struct{ text string }
	outputStmt struct {
		expr expr
		line int
	}
	printStmt struct{ items []stmt }
	arm       struct {
		test expr
		body []stmt
	}
	ifStmt struct {
		arms      []arm
		otherwise []stmt
	}
	setStmt struct {
		target, value expr
		line          int
	}
	setBlockStmt struct {
		target, filter expr
		body           []stmt
		line           int
	}
	withStmt struct {
		targets, values []expr
		body            []stmt
		line            int
	}
	filterStmt struct {
		filter expr
		body   []stmt
		line   int
	}
	blockStmt struct {
		name   string
		scoped bool
		body   []stmt
		line   int
	}
	autoescapeStmt struct {
		on   expr
		body []stmt
		line int
	}
)

// scope holds the names that were set in one place; the outer ones show through.
type scope struct {
	names  []string
	values []any
	outer  *scope
}

func (s *scope) set(name string, v any) {
	for i, n := range s.names {
		if n == name {
			s.values[i] = v
			return
		}
	}
	s.names = append(s.names, name)
	s.values = append(s.values, v)
}

func (s *scope) get(name string) (any, bool) {
	for ; s != nil; s = s.outer {
		for i, n := range s.names {
			if n == name {
				return s.values[i], true
			}
		}
	}
	return nil, false
}

// lookup finds a name: what the template set, what it was given, what every template has.
func (r *render) lookup(s *scope, name string) any {
	if v, ok := s.get(name); ok {
		return v
	}
	if v, ok := r.known[name]; ok {
		return v
	}
	if given, ok := r.vars[name]; ok {
		v := r.convert(given, 0)
		r.known[name] = v
		return v
	}
	if name == "self" {
		return selfRef{}
	}
	if v, ok := globals[name]; ok {
		return v
	}
	return &undefined{name: name, missing: true}
}

func (r *render) exec(body []stmt, s *scope) {
	for _, x := range body {
		r.step(1)
		x.exec(r, s)
	}
}

func (x *dataStmt) exec(r *render, _ *scope) { r.write(x.text) }

func (x *outputStmt) exec(r *render, s *scope) {
	r.line = x.line
	v := r.eval(x.expr, s)
	r.line = x.line
	if r.escape {
		r.write(r.escaped(v))
		return
	}
	r.write(r.str(v))
}

func (x *printStmt) exec(r *render, s *scope) { r.exec(x.items, s) }

func (x *ifStmt) exec(r *render, s *scope) {
	for _, a := range x.arms {
		if r.truth(r.eval(a.test, s)) {
			r.exec(a.body, s)
			return
		}
	}
	r.exec(x.otherwise, s)
}

func (x *setStmt) exec(r *render, s *scope) {
	v := r.eval(x.value, s)
	r.line = x.line
	r.assign(s, x.target, v)
}

// assign gives a target its value, taking tuples apart.
func (r *render) assign(s *scope, target expr, v any) {
	switch t := target.(type) {
	case *nameExpr:
		s.set(t.name, v)
	case *namespaceRef:
		ns, ok := r.lookup(s, t.name).(*namespace)
		if !ok {
			fail("TemplateRuntimeError", "cannot assign attribute on non-namespace object", "只能给 namespace 对象的属性赋值")
		}
		ns.attrs.set(t.attr, v)
	case *tupleExpr:
		r.unpack(s, t.items, v)
	}
}

func (r *render) unpack(s *scope, targets []expr, v any) {
	it, ok := r.iterate(v)
	if !ok {
		typeError("cannot unpack non-iterable %s object", typeName(v))
	}
	values := make([]any, 0, len(targets))
	for len(values) <= len(targets) {
		item, more := it()
		if !more {
			break
		}
		values = append(values, item)
	}
	if len(values) < len(targets) {
		valueError("not enough values to unpack (expected %d, got %d)", len(targets), len(values))
	}
	if len(values) > len(targets) {
		valueError("too many values to unpack (expected %d)", len(targets))
	}
	for i, t := range targets {
		r.assign(s, t, values[i])
	}
}

func (x *setBlockStmt) exec(r *render, s *scope) {
	inner := &scope{outer: s}
	v := r.safe(r.capture(func() { r.exec(x.body, inner) }))
	r.line = x.line
	if x.filter != nil {
		v = applyTo(r, inner, x.filter, v)
	}
	r.assign(s, x.target, v)
}

// safe is what a block of the template wrote, as a value.
func (r *render) safe(text string) any {
	if r.escape {
		return markup(text)
	}
	return text
}

func (x *withStmt) exec(r *render, s *scope) {
	inner := &scope{outer: s}
	for i, t := range x.targets {
		r.assign(inner, t, r.eval(x.values[i], s))
	}
	r.exec(x.body, inner)
}

func (x *filterStmt) exec(r *render, s *scope) {
	inner := &scope{outer: s}
	text := r.safe(r.capture(func() { r.exec(x.body, inner) }))
	r.line = x.line
	r.write(r.str(applyTo(r, inner, x.filter, text)))
}

// A block is written where it stands, for nothing extends the template. It sees what was set at the top of the template,
// and what is set around it only if it is scoped.
func (x *blockStmt) exec(r *render, s *scope) {
	outer := r.root
	if x.scoped {
		outer = s
	}
	inner := &scope{outer: outer}
	inner.set("super", &undefined{hint: "there is no parent block called " + reprText(x.name) + "."})
	r.within(func() { r.exec(x.body, inner) })
}

func (x *autoescapeStmt) exec(r *render, s *scope) {
	before := r.escape
	r.escape = r.truth(r.eval(x.on, s))
	r.exec(x.body, &scope{outer: s})
	r.escape = before
}

// selfRef is the variable self: its attributes are the blocks.
type selfRef struct{}

type blockRef struct{ block *blockStmt }

func (b blockRef) call(r *render) any {
	return r.safe(r.capture(func() { b.block.exec(r, r.root) }))
}

// list, tuple, dict and the others are the values of templates, beside nil, bool, int64, *big.Int, float64 and string.
type (
	list    struct{ items []any }
	tuple   []any
	markup  string // text that needs no escaping: |safe, |e, |tojson
	counter struct{ from, to, step int64 }
	group   struct {
		key   any
		items *list
	}
	namespace struct{ attrs *dict }
	undefined struct {
		hint    string
		of      any
		name    any
		missing bool // a variable, not an attribute
	}
	// generator is what Python's generators are: it can be walked once.
	generator struct {
		kind string // its type
		name string // of the function that made it, if kind is generator
		next iterator
	}
	view struct {
		kind string // dict_keys, dict_values or dict_items
		of   *dict
	}
)

func (c counter) len() int64 {
	switch {
	case c.step > 0 && c.from < c.to:
		return (c.to - c.from - 1 + c.step) / c.step
	case c.step < 0 && c.from > c.to:
		return (c.from - c.to - 1 - c.step) / -c.step
	}
	return 0
}

// whole is a number of any size, int64 where it fits.
func whole(b *big.Int) any {
	if b.IsInt64() {
		return b.Int64()
	}
	if b.BitLen() > maxBits {
		fail("limit", "a number becomes too large", "数字过大")
	}
	return b
}
