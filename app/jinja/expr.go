package jinja

import "strings"

// expr is an expression. Expressions never change after parsing.
type expr interface {
	eval(r *render, s *scope) any
}

type (
	constExpr struct{ val any }
	nameExpr  struct {
		name string
		line int
	}
	namespaceRef struct { // ns.attr as the target of a set
		name, attr string
		line       int
	}
	tupleExpr struct{ items []expr }
	listExpr  struct{ items []expr }
	dictExpr  struct {
		keys, values []expr
		line         int
	}
	condExpr struct {
		test, then, otherwise expr
		line                  int
	}
	logicExpr struct {
		or          bool
		left, right expr
	}
	notExpr    struct{ operand expr }
	comparison struct {
		op    string
		right expr
		line  int
	}
	compareExpr struct {
		first expr
		ops   []comparison
	}
	binaryExpr struct {
		op          string
		left, right expr
		line        int
	}
	unaryExpr struct {
		op      string
		operand expr
		line    int
	}
	concatExpr struct{ items []expr }
	attrExpr   struct {
		of   expr
		name string
		line int
	}
	itemExpr struct {
		of, key expr
		line    int
	}
	sliceExpr struct{ from, to, step expr }
	argExprs  struct {
		pos         []expr
		names       []string
		named       []expr
		star, stars expr
	}
	callExpr struct {
		of   expr
		args *argExprs
		line int
	}
	filterExpr struct {
		of     expr // nil where a filter block's text goes
		name   string
		filter *builtin
		args   *argExprs
		line   int
	}
	testExpr struct {
		of   expr
		name string
		test *builtin
		args *argExprs
		line int
	}
)

var noArgs = &argExprs{}

func (r *render) eval(e expr, s *scope) any {
	r.step(1)
	if r.depth++; r.depth > maxDepth {
		fail("RecursionError", "maximum recursion depth exceeded", "表达式的嵌套过深")
	}
	v := e.eval(r, s)
	r.depth--
	return v
}

func (r *render) evalAll(items []expr, s *scope) []any {
	r.grow(64 + 32*len(items))
	out := make([]any, len(items))
	for i, e := range items {
		out[i] = r.eval(e, s)
	}
	return out
}

func (e *constExpr) eval(*render, *scope) any { return e.val }

func (e *nameExpr) eval(r *render, s *scope) any {
	r.line = e.line
	return r.lookup(s, e.name)
}

func (e *namespaceRef) eval(r *render, s *scope) any { return r.lookup(s, e.name) }

func (e *tupleExpr) eval(r *render, s *scope) any { return tuple(r.evalAll(e.items, s)) }

func (e *listExpr) eval(r *render, s *scope) any { return &list{items: r.evalAll(e.items, s)} }

func (e *dictExpr) eval(r *render, s *scope) any {
	r.grow(256 + 128*len(e.keys))
	d := newDict()
	for i, k := range e.keys {
		key := r.eval(k, s)
		v := r.eval(e.values[i], s)
		r.line = e.line
		d.set(key, v)
	}
	return d
}

func (e *condExpr) eval(r *render, s *scope) any {
	if r.truth(r.eval(e.test, s)) {
		return r.eval(e.then, s)
	}
	if e.otherwise != nil {
		return r.eval(e.otherwise, s)
	}
	return &undefined{hint: "the inline if-expression evaluated to false and no else section was defined."}
}

func (e *logicExpr) eval(r *render, s *scope) any {
	v := r.eval(e.left, s)
	if r.truth(v) == e.or {
		return v
	}
	return r.eval(e.right, s)
}

func (e *notExpr) eval(r *render, s *scope) any { return !r.truth(r.eval(e.operand, s)) }

func (e *compareExpr) eval(r *render, s *scope) any {
	left := r.eval(e.first, s)
	for _, c := range e.ops {
		right := r.eval(c.right, s)
		r.line = c.line
		if !r.compare(c.op, left, right) {
			return false
		}
		left = right
	}
	return true
}

func (e *binaryExpr) eval(r *render, s *scope) any {
	left := r.eval(e.left, s)
	right := r.eval(e.right, s)
	r.line = e.line
	return r.binary(e.op, left, right)
}

func (e *unaryExpr) eval(r *render, s *scope) any {
	v := r.eval(e.operand, s)
	r.line = e.line
	return r.unary(e.op, v)
}

func (e *concatExpr) eval(r *render, s *scope) any {
	values := r.evalAll(e.items, s)
	if r.escape {
		var out any = ""
		for _, v := range values {
			if _, safe := v.(markup); safe {
				out = markup("")
			}
		}
		if _, safe := out.(markup); safe {
			for _, v := range values {
				out = r.concat(out, markup(r.escaped(v)))
			}
			return out
		}
	}
	var b strings.Builder
	for _, v := range values {
		text := r.str(v)
		r.grow(b.Len() + len(text))
		b.WriteString(text)
	}
	return b.String()
}

func (e *attrExpr) eval(r *render, s *scope) any {
	v := r.eval(e.of, s)
	r.line = e.line
	return r.attr(v, e.name)
}

func (e *itemExpr) eval(r *render, s *scope) any {
	v := r.eval(e.of, s)
	if sl, ok := e.key.(*sliceExpr); ok {
		from, to, step := r.evalOr(sl.from, s), r.evalOr(sl.to, s), r.evalOr(sl.step, s)
		r.line = e.line
		return r.slice(v, from, to, step)
	}
	key := r.eval(e.key, s)
	r.line = e.line
	return r.item(v, key)
}

func (r *render) evalOr(e expr, s *scope) any {
	if e == nil {
		return nil
	}
	return r.eval(e, s)
}

// A slice among the keys of x[1, 2:3] has no meaning for any of our values.
func (e *sliceExpr) eval(*render, *scope) any {
	typeError("unhashable type: 'slice'")
	return nil
}

// args are the arguments of one call.
type args struct {
	pos   []any
	names []string
	named []any
}

func (a *args) take(name string) (any, bool) {
	for i, n := range a.names {
		if n == name {
			v := a.named[i]
			a.names = append(a.names[:i:i], a.names[i+1:]...)
			a.named = append(a.named[:i:i], a.named[i+1:]...)
			return v, true
		}
	}
	return nil, false
}

func (r *render) args(e *argExprs, s *scope) *args {
	a := &args{}
	if e == noArgs {
		return a
	}
	if len(e.pos) > 0 {
		a.pos = r.evalAll(e.pos, s)
	}
	for i, name := range e.names {
		a.add(name, r.eval(e.named[i], s))
	}
	if e.star != nil {
		a.pos = append(a.pos, r.all(r.eval(e.star, s))...)
	}
	if e.stars != nil {
		d, ok := r.eval(e.stars, s).(*dict)
		if !ok {
			typeError("argument after ** must be a mapping")
		}
		for i, k := range d.keys {
			name, ok := textOf(k)
			if !ok {
				typeError("keywords must be strings")
			}
			a.add(name, d.vals[i])
		}
	}
	return a
}

func (a *args) add(name string, v any) {
	for _, n := range a.names {
		if n == name {
			typeError("got multiple values for keyword argument '%s'", name)
		}
	}
	a.names = append(a.names, name)
	a.named = append(a.named, v)
}

func (e *callExpr) eval(r *render, s *scope) any {
	fn := r.eval(e.of, s)
	a := r.args(e.args, s)
	r.line = e.line
	v := r.call(fn, a)
	r.line = e.line
	return v
}

func (e *filterExpr) eval(r *render, s *scope) any {
	return e.apply(r, s, r.eval(e.of, s))
}

func (e *filterExpr) apply(r *render, s *scope, v any) any {
	a := r.args(e.args, s)
	r.line = e.line
	if e.filter == nil {
		fail("TemplateRuntimeError", "No filter named %s found.", "没有名为 %s 的过滤器", reprText(e.name))
	}
	a.pos = append([]any{v}, a.pos...)
	return e.filter.call(r, a)
}

// applyTo runs a chain of filters over the text of a block: the innermost has no operand.
func applyTo(r *render, s *scope, chain expr, text any) any {
	f, ok := chain.(*filterExpr)
	if !ok {
		return text
	}
	if f.of != nil {
		text = applyTo(r, s, f.of, text)
	}
	return f.apply(r, s, text)
}

func (e *testExpr) eval(r *render, s *scope) any {
	v := r.eval(e.of, s)
	a := r.args(e.args, s)
	r.line = e.line
	if e.test == nil {
		fail("TemplateRuntimeError", "No test named %s found.", "没有名为 %s 的测试", reprText(e.name))
	}
	a.pos = append([]any{v}, a.pos...)
	return e.test.call(r, a)
}
