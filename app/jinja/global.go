package jinja

import (
	"math/rand/v2"
	"strings"
)

// globals are the functions that every template has.
var globals = map[string]any{
	"range":     labelled("<class 'range'>", free("range", makeRange)),
	"dict":      labelled("<class 'dict'>", free("dict", makeDict)),
	"namespace": labelled("<class 'jinja2.utils.Namespace'>", free("namespace", makeNamespace)),
	"cycler":    labelled("<class 'jinja2.utils.Cycler'>", free("cycler", makeCycler)),
	"joiner":    labelled("<class 'jinja2.utils.Joiner'>", fn("joiner", makeJoiner, opt("sep", ", "))),
	"lipsum": fn("generate_lorem_ipsum", makeLipsum, opt("n", int64(5)), opt("html", true), opt("min", int64(20)),
		opt("max", int64(100))),
}

func labelled(label string, b *builtin) *builtin {
	b.label = label
	return b
}

func makeRange(_ *render, a *args) any {
	if len(a.names) > 0 {
		typeError("range() takes no keyword arguments")
	}
	n := make([]int64, len(a.pos))
	for i, v := range a.pos {
		defined(v)
		n[i] = wholeArg(v)
	}
	c := counter{step: 1}
	switch len(n) {
	case 0:
		typeError("range expected at least 1 argument, got 0")
	case 1:
		c.to = n[0]
	case 2:
		c.from, c.to = n[0], n[1]
	case 3:
		c.from, c.to, c.step = n[0], n[1], n[2]
	default:
		typeError("range expected at most 3 arguments, got %d", len(n))
	}
	if c.step == 0 {
		valueError("range() arg 3 must not be zero")
	}
	const far = 1 << 60
	if max(magnitude(c.from), magnitude(c.to), magnitude(c.step)) > far || c.len() > maxRange {
		fail("limit", "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).", "range 的元素超过 %d 个", maxRange)
	}
	return c
}

func makeDict(r *render, a *args) any {
	r.grow(256)
	d := newDict()
	r.fill(d, "dict", a)
	return d
}

func makeNamespace(r *render, a *args) any {
	r.grow(256)
	d := newDict()
	r.fill(d, "dict", a)
	return &namespace{d}
}

// cycler goes round through its items.
type cycler struct {
	items []any
	pos   int
}

func makeCycler(_ *render, a *args) any {
	if len(a.names) > 0 {
		typeError("Cycler.__init__() got an unexpected keyword argument '%s'", a.names[0])
	}
	if len(a.pos) == 0 {
		fail("RuntimeError", "at least one item has to be provided", "cycler 至少需要一个值")
	}
	return &cycler{items: a.pos}
}

func (c *cycler) attr(name string) (any, bool) {
	switch name {
	case "current":
		return c.items[c.pos], true
	case "items":
		return tuple(c.items), true
	case "pos":
		return int64(c.pos), true
	case "next":
		return fn("next", func(*render, []any) any {
			v := c.items[c.pos]
			c.pos = (c.pos + 1) % len(c.items)
			return v
		}), true
	case "reset":
		return fn("reset", func(*render, []any) any { c.pos = 0; return nil }), true
	}
	return nil, false
}

// joiner is empty the first time it is called, and a separator from then on.
type joiner struct {
	sep  any
	used bool
}

func makeJoiner(_ *render, a []any) any { return &joiner{sep: a[0]} }

func (j *joiner) call() any {
	if !j.used {
		j.used = true
		return ""
	}
	return j.sep
}

// randomInt is a number from 0 to n-1.
func randomInt(n int) int { return rand.IntN(n) }

var lorem = strings.Fields("lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore " +
	"magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis aute irure in " +
	"reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt culpa qui " +
	"officia deserunt mollit anim id est laborum")

func makeLipsum(r *render, a []any) any {
	paragraphs, low, high := count(a[0]), count(a[2]), count(a[3])
	if high <= low || low < 0 {
		valueError("empty range for randrange()")
	}
	asHTML := r.truth(a[1])
	var b strings.Builder
	for i := range paragraphs {
		if i > 0 {
			b.WriteString(map[bool]string{true: "\n", false: "\n\n"}[asHTML])
		}
		words := make([]string, min(low+randomInt(high-low), maxRange))
		for j := range words {
			words[j] = lorem[randomInt(len(lorem))]
		}
		text := capitalize(strings.Join(words, " ")) + "."
		if asHTML {
			text = "<p>" + text + "</p>"
		}
		b.WriteString(text)
		r.grow(len(text))
		r.grow(b.Len())
	}
	if asHTML {
		return markup(b.String())
	}
	return b.String()
}
