package jinja

import "slices"

type macroParam struct {
	name string
	def  expr // nil if there is no default
}

// macroDef is a macro, or the body of a call block, which is a macro without a name.
type macroDef struct {
	name                    string
	params                  []macroParam
	body                    []stmt
	caller, kwargs, varargs bool // whether the body reads them
	line                    int
}

type (
	macroStmt struct{ def *macroDef }
	callStmt  struct {
		call *callExpr
		def  *macroDef
		line int
	}
	// macro is a macro as a value: it remembers where it was defined.
	macro struct {
		def   *macroDef
		scope *scope
	}
)

func (x *macroStmt) exec(_ *render, s *scope) { s.set(x.def.name, &macro{x.def, s}) }

func (x *callStmt) exec(r *render, s *scope) {
	fn := r.eval(x.call.of, s)
	a := r.args(x.call.args, s)
	a.add("caller", &macro{x.def, s})
	r.line = x.call.line
	v := r.call(fn, a)
	r.line = x.line
	if r.escape {
		r.write(r.escaped(v))
		return
	}
	r.write(r.str(v))
}

func (m *macro) call(r *render, a *args) any {
	d := m.def
	inner := &scope{outer: m.scope}
	given := min(len(a.pos), len(d.params))
	filled := make([]bool, len(d.params))
	foundCaller := false
	for i, p := range d.params {
		v, ok := any(nil), i < given
		if ok {
			v = a.pos[i]
		} else {
			v, ok = a.take(p.name)
		}
		if filled[i] = ok; !ok {
			v = &undefined{name: p.name, missing: true}
		}
		inner.set(p.name, v)
		foundCaller = foundCaller || p.name == "caller"
	}
	if d.caller && !foundCaller {
		v, ok := a.take("caller")
		if !ok || v == nil {
			v = &undefined{hint: "No caller defined", name: "caller"}
		}
		inner.set("caller", v)
	}
	m.extra(a, inner)
	var text string
	r.within(func() {
		for i, p := range d.params {
			switch {
			case filled[i]:
			case p.def != nil:
				inner.set(p.name, r.eval(p.def, inner))
			default:
				inner.set(p.name, &undefined{hint: "parameter " + reprText(p.name) + " was not provided", name: p.name})
			}
		}
		text = r.capture(func() { r.exec(d.body, inner) })
	})
	return r.safe(text)
}

// extra deals with arguments that no parameter takes.
func (m *macro) extra(a *args, inner *scope) {
	d := m.def
	name := "None"
	if d.name != "" {
		name = reprText(d.name)
	}
	if d.kwargs {
		kw := newDict()
		for i, n := range a.names {
			kw.set(n, a.named[i])
		}
		inner.set("kwargs", kw)
	} else if len(a.names) > 0 {
		if slices.Contains(a.names, "caller") {
			typeError("macro %s was invoked with two values for the special caller argument. This is most likely a bug.", name)
		}
		typeError("macro %s takes no keyword argument %s", name, reprText(a.names[0]))
	}
	if d.varargs {
		inner.set("varargs", tuple(append([]any{}, a.pos[min(len(a.pos), len(d.params)):]...)))
	} else if len(a.pos) > len(d.params) {
		typeError("macro %s takes not more than %d argument(s)", name, len(d.params))
	}
}

func (m *macro) attr(name string) (any, bool) {
	switch d := m.def; name {
	case "name":
		if d.name == "" {
			return nil, true
		}
		return d.name, true
	case "arguments":
		names := make(tuple, len(d.params))
		for i, p := range d.params {
			names[i] = p.name
		}
		return names, true
	case "catch_kwargs":
		return d.kwargs, true
	case "catch_varargs":
		return d.varargs, true
	case "caller":
		return d.caller, true
	}
	return nil, false
}
