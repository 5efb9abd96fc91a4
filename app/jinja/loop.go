package jinja

// forStmt is a loop.
type forStmt struct {
	target, iter, test expr
	recursive          bool
	body, otherwise    []stmt
	line               int
}

func (x *forStmt) exec(r *render, s *scope) {
	v := r.eval(x.iter, s)
	r.line = x.line
	x.run(r, s, v, 0)
}

func (x *forStmt) run(r *render, s *scope, v any, depth int) {
	next := r.must(v)
	if x.test != nil {
		next = x.filtered(r, s, next)
		v = nil
	}
	l := &loop{stmt: x, scope: s, depth0: depth, next: next, index0: -1}
	if v != nil {
		if n, ok := r.len(v); ok {
			l.length = n
			l.counted = true
		}
	}
	for l.advance() {
		r.step(1)
		inner := &scope{outer: s}
		r.line = x.line
		r.assign(inner, x.target, l.current)
		inner.set("loop", l)
		r.exec(x.body, inner)
	}
	if l.index0 < 0 {
		r.exec(x.otherwise, &scope{outer: s})
	}
}

// filtered leaves out the items for which the loop's own if does not hold.
func (x *forStmt) filtered(r *render, s *scope, next iterator) iterator {
	return func() (any, bool) {
		for {
			v, ok := next()
			if !ok {
				return nil, false
			}
			inner := &scope{outer: s}
			r.assign(inner, x.target, v)
			if r.truth(r.eval(x.test, inner)) {
				return v, true
			}
		}
	}
}

// loop is the variable of that name inside a loop.
type loop struct {
	stmt                   *forStmt
	scope                  *scope
	depth0, index0         int
	length                 int
	counted                bool
	next                   iterator
	current, before, after any
	peeked, ended          bool
	changed                any
}

func (l *loop) advance() bool {
	v, ok := l.peek()
	if !ok {
		return false
	}
	l.peeked = false
	l.index0++
	l.before, l.current = l.current, v
	return true
}

func (l *loop) peek() (any, bool) {
	if !l.peeked {
		l.peeked = true
		var ok bool
		l.after, ok = l.next()
		l.ended = !ok
	}
	return l.after, !l.ended
}

// len counts the items; those of a generator must be collected for that.
func (l *loop) len() int {
	if l.counted {
		return l.length
	}
	var rest []any
	if v, ok := l.peek(); ok {
		for ok {
			rest = append(rest, v)
			v, ok = l.next()
		}
	}
	l.peeked = false
	i := 0
	l.next = func() (any, bool) {
		if i >= len(rest) {
			return nil, false
		}
		i++
		return rest[i-1], true
	}
	l.length, l.counted = l.index0+1+len(rest), true
	return l.length
}

// attr is an attribute of the loop.
func (l *loop) attr(name string) (any, bool) {
	switch name {
	case "index":
		return int64(l.index0 + 1), true
	case "index0":
		return int64(l.index0), true
	case "revindex":
		return int64(l.len() - l.index0), true
	case "revindex0":
		return int64(l.len() - l.index0 - 1), true
	case "first":
		return l.index0 == 0, true
	case "last":
		_, more := l.peek()
		return !more, true
	case "length":
		return int64(l.len()), true
	case "depth":
		return int64(l.depth0 + 1), true
	case "depth0":
		return int64(l.depth0), true
	case "previtem":
		if l.index0 == 0 {
			return &undefined{hint: "there is no previous item"}, true
		}
		return l.before, true
	case "nextitem":
		if v, more := l.peek(); more {
			return v, true
		}
		return &undefined{hint: "there is no next item"}, true
	case "cycle":
		return free("cycle", func(_ *render, a *args) any {
			if len(a.pos) == 0 {
				typeError("no items for cycling given")
			}
			return a.pos[l.index0%len(a.pos)]
		}), true
	case "changed":
		return free("changed", func(r *render, a *args) any {
			v := tuple(a.pos)
			if l.changed != nil && r.equal(l.changed, v) {
				return false
			}
			l.changed = v
			return true
		}), true
	}
	return nil, false
}

// call renders the loop's body for the items of a nested list.
func (l *loop) call(r *render, a *args) any {
	if !l.stmt.recursive {
		typeError("The loop must have the 'recursive' marker to be called recursively.")
	}
	if len(a.pos) != 1 || len(a.names) > 0 {
		typeError("LoopContext.__call__() takes one argument")
	}
	var text string
	r.within(func() {
		text = r.capture(func() { l.stmt.run(r, l.scope, a.pos[0], l.depth0+1) })
	})
	return r.safe(text)
}
