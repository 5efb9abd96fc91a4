package jinja

import (
	"fmt"
	"math/big"
)

// required marks a parameter without default.
var required any = &struct{ byte }{}

type param struct {
	name string
	def  any
}

// builtin is a filter, test, method or function of the language. Its arguments arrive in the order of params; where params is
// nil it takes them as they come.
type builtin struct {
	name   string
	params []param
	fn     func(r *render, a []any) any
	free   func(r *render, a *args) any
	self   any  // what a method is bound to
	bound  bool // whether it is
	label  string
}

// fn is a builtin with parameters; free one that takes what it gets.
func fn(name string, f func(r *render, a []any) any, params ...param) *builtin {
	return &builtin{name: name, fn: f, params: params}
}

func free(name string, f func(r *render, a *args) any) *builtin {
	return &builtin{name: name, free: f}
}

func need(name string) param { return param{name, required} }

func opt(name string, def any) param { return param{name, def} }

func (b *builtin) bind(self any) *builtin {
	c := *b
	c.self, c.bound = self, true
	return &c
}

func (b *builtin) repr() string {
	switch {
	case b.label != "":
		return b.label
	case b.bound:
		return fmt.Sprintf("<built-in method %s of %s object at %s>", b.name, typeName(b.self), address)
	}
	return "<function " + b.name + " at " + address + ">"
}

func (b *builtin) call(r *render, a *args) any {
	if b.bound {
		a = &args{pos: append([]any{b.self}, a.pos...), names: a.names, named: a.named}
	}
	if b.free != nil {
		return b.free(r, a)
	}
	return b.fn(r, b.arguments(a))
}

// arguments puts arguments in the order of the parameters.
func (b *builtin) arguments(a *args) []any {
	if b.bound && len(b.params) == 1 && len(a.pos) > 1 {
		typeError("%s.%s() takes no arguments (%d given)", typeName(b.self), b.name, len(a.pos)-1)
	}
	if len(a.pos) > len(b.params) {
		typeError("%s() takes at most %d arguments (%d given)", b.name, len(b.params), len(a.pos))
	}
	out := make([]any, len(b.params))
	copy(out, a.pos)
	for i := len(a.pos); i < len(out); i++ {
		out[i] = b.params[i].def
	}
	for i, name := range a.names {
		at := -1
		for j, p := range b.params {
			if p.name == name {
				at = j
			}
		}
		switch {
		case at < 0:
			typeError("%s() got an unexpected keyword argument '%s'", b.name, name)
		case at < len(a.pos):
			typeError("%s() got multiple values for argument '%s'", b.name, name)
		}
		out[at] = a.named[i]
	}
	for i, v := range out {
		if v == required {
			typeError("%s() missing 1 required positional argument: '%s'", b.name, b.params[i].name)
		}
	}
	return out
}

// call calls a value of the template. Nothing of Go can be reached from here.
func (r *render) call(v any, a *args) any {
	defined(v)
	switch x := v.(type) {
	case *builtin:
		return x.call(r, a)
	case *macro:
		return x.call(r, a)
	case *loop:
		return x.call(r, a)
	case *joiner:
		return x.call()
	case blockRef:
		return x.call(r)
	}
	fail("TypeError", "'%s' object is not callable", "类型 '%s' 不能被调用", typeName(v))
	return nil
}

func callable(v any) bool {
	switch v.(type) {
	case *builtin, *macro, *loop, *joiner, *undefined, blockRef:
		return true
	}
	return false
}

// wholeArg is an argument that must be a whole number.
func wholeArg(v any) int64 {
	n, ok := asNum(v)
	switch {
	case !ok || n.kind == 'f':
		typeError("'%s' object cannot be interpreted as an integer", typeName(v))
	case n.kind == 'b':
		fail("OverflowError", "Python int too large to convert to C ssize_t", "整数过大")
	}
	return n.i
}

// count is wholeArg cut to what cannot overflow in the sums it takes part in.
func count(v any) int { return int(max(-1<<40, min(wholeArg(v), 1<<40))) }

// textArg is an argument that must be a text.
func textArg(what string, v any) string {
	s, ok := textOf(v)
	if !ok {
		typeError("%s must be str, not %s", what, typeName(v))
	}
	return s
}

func bigOf(v any) *big.Int {
	n, ok := asNum(v)
	if !ok || n.kind == 'f' {
		typeError("'%s' object cannot be interpreted as an integer", typeName(v))
	}
	return n.big()
}
