package jinja

import (
	"strings"
)

// prettyWidth is the width Python's pprint aims at.
const prettyWidth = 80

func filterPprint(r *render, a []any) any {
	w := &prettyWriter{r: r}
	w.value(a[0], 0, 0, 0)
	return w.b.String()
}

type prettyWriter struct {
	r *render
	b strings.Builder
}

func (w *prettyWriter) text(s string) {
	w.r.grow(len(s))
	if w.b.Len()+len(s) > maxText {
		w.r.grow(maxText + 1)
	}
	w.b.WriteString(s)
}

// value writes v in one line if it fits, else each of its parts on a line of its own.
func (w *prettyWriter) value(v any, indent, allowance, level int) {
	if level > maxCalls {
		fail("RecursionError", "maximum recursion depth exceeded", "数据的嵌套过深")
	}
	v = w.ordered(v, 0)
	rep := w.r.repr(v)
	if runes(rep) <= prettyWidth-indent-allowance {
		w.text(rep)
		return
	}
	switch x := v.(type) {
	case *dict:
		w.dict(x, indent, allowance+1, level+1)
	case *list:
		w.items("[", x.items, "]", indent, allowance, level+1)
	case tuple:
		end := ")"
		if len(x) == 1 {
			end = ",)"
		}
		w.items("(", x, end, indent, allowance, level+1)
	case string:
		w.str(x, rep, indent, allowance, level+1)
	default:
		w.text(rep)
	}
}

// ordered sorts the keys of dicts, as pprint does.
func (w *prettyWriter) ordered(v any, depth int) any {
	w.r.step(1)
	if depth > maxCalls {
		fail("RecursionError", "maximum recursion depth exceeded", "数据的嵌套过深")
	}
	switch x := v.(type) {
	case *dict:
		d := newDict()
		keys := x.keys
		if w.sortable(keys) {
			keys = w.r.sorted(keys, keys, false)
		}
		for _, k := range keys {
			e, _ := x.get(k)
			d.set(k, w.ordered(e, depth+1))
		}
		return d
	case *list:
		return &list{items: w.orderedAll(x.items, depth)}
	case tuple:
		return tuple(w.orderedAll(x, depth))
	}
	return v
}

func (w *prettyWriter) orderedAll(items []any, depth int) []any {
	out := make([]any, len(items))
	for i, e := range items {
		out[i] = w.ordered(e, depth+1)
	}
	return out
}

func (w *prettyWriter) sortable(keys []any) bool {
	texts, nums := 0, 0
	for _, k := range keys {
		if _, ok := textOf(k); ok {
			texts++
		}
		if _, ok := asNum(k); ok {
			nums++
		}
	}
	return texts == len(keys) || nums == len(keys)
}

func (w *prettyWriter) items(open string, items []any, end string, indent, allowance, level int) {
	w.text(open)
	for i, v := range items {
		after := 1
		if i == len(items)-1 {
			after = allowance + len(end)
		}
		if i > 0 {
			w.text(",\n" + w.r.repeat(" ", int64(indent+1)))
		}
		w.value(v, indent+1, after, level)
	}
	w.text(end)
}

func (w *prettyWriter) dict(d *dict, indent, allowance, level int) {
	w.text("{")
	for i, k := range d.keys {
		after := 1
		if i == len(d.keys)-1 {
			after = allowance
		}
		if i > 0 {
			w.text(",\n" + w.r.repeat(" ", int64(indent+1)))
		}
		rep := w.r.repr(k)
		w.text(rep + ": ")
		w.value(d.vals[i], indent+1+runes(rep)+2, after, level)
	}
	w.text("}")
}

// str breaks a long text into several literals.
func (w *prettyWriter) str(s, rep string, indent, allowance, level int) {
	if level == 1 {
		indent++
		allowance++
	}
	var chunks []string
	lines := splitLines(s, true)
	width := prettyWidth - indent
	for i, line := range lines {
		last := i == len(lines)-1
		room := width
		if last {
			room -= allowance
		}
		if r := reprText(line); runes(r) <= room {
			chunks = append(chunks, r)
			continue
		}
		chunks = append(chunks, wrapLiteral(line, width, room)...)
	}
	if len(chunks) == 1 {
		w.text(rep)
		return
	}
	text := strings.Join(chunks, "\n"+w.r.repeat(" ", int64(indent)))
	if level == 1 {
		text = "(" + text + ")"
	}
	w.text(text)
}

// wrapLiteral cuts one line behind its spaces; room is the width of its last piece.
func wrapLiteral(line string, width, room int) []string {
	var out []string
	current := ""
	parts := spacedParts(line)
	for i, part := range parts {
		limit := width
		if i == len(parts)-1 {
			limit = room
		}
		if candidate := current + part; runes(reprText(candidate)) <= limit {
			current = candidate
			continue
		}
		if current != "" {
			out = append(out, reprText(current))
		}
		current = part
	}
	if current != "" {
		out = append(out, reprText(current))
	}
	return out
}

// spacedParts cuts a text into words, each with the space behind it.
func spacedParts(s string) []string {
	var out []string
	start, space := 0, false
	for i, c := range s {
		if space && !isSpace(c) {
			out = append(out, s[start:i])
			start = i
		}
		space = isSpace(c)
	}
	return append(out, s[start:])
}
