package jinja

import (
	"fmt"
	"html"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"islet/app/value"
)

// address stands where Python writes the address of an object.
const address = "0x7f0000000000"

// str is Python's str().
func (r *render) str(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case markup:
		return string(x)
	case *undefined:
		return ""
	case int64:
		return strconv.FormatInt(x, 10)
	}
	return r.repr(v)
}

// repr is Python's repr().
func (r *render) repr(v any) string {
	w := &reprWriter{r: r}
	w.value(v)
	return w.b.String()
}

type reprWriter struct {
	r    *render
	b    strings.Builder
	open []any // the lists and dicts being written, for those that hold themselves
}

func (w *reprWriter) text(s string) {
	w.r.grow(len(s))
	if w.b.Len()+len(s) > maxText {
		w.r.grow(maxText + 1)
	}
	w.b.WriteString(s)
}

// enter says whether x is not being written already.
func (w *reprWriter) enter(x any, again string) bool {
	for _, o := range w.open {
		if o == x {
			w.text(again)
			return false
		}
	}
	if len(w.open) > maxDepth {
		fail("RecursionError", "maximum recursion depth exceeded while getting the repr of an object", "数据的嵌套过深")
	}
	w.open = append(w.open, x)
	return true
}

func (w *reprWriter) leave() { w.open = w.open[:len(w.open)-1] }

func (w *reprWriter) items(before string, items []any, after string) {
	w.text(before)
	for i, v := range items {
		if i > 0 {
			w.text(", ")
		}
		w.value(v)
	}
	w.text(after)
}

func (w *reprWriter) value(v any) {
	w.r.step(1)
	switch x := v.(type) {
	case *list:
		if w.enter(x, "[...]") {
			w.items("[", x.items, "]")
			w.leave()
		}
	case tuple:
		w.tuple(x)
	case group:
		w.tuple(tuple{x.key, x.items})
	case *dict:
		if w.enter(x, "{...}") {
			w.dict(x)
			w.leave()
		}
	case *namespace:
		if w.enter(x, "<Namespace ...>") {
			w.text("<Namespace ")
			w.dict(x.attrs)
			w.text(">")
			w.leave()
		}
	case view:
		items := make([]any, len(x.of.keys))
		for i := range items {
			items[i] = x.at(i)
		}
		w.items(x.kind+"([", items, "])")
	default:
		w.text(reprSimple(v))
	}
}

func (w *reprWriter) tuple(t tuple) {
	if len(w.open) > maxDepth {
		w.enter(nil, "")
	}
	w.open = append(w.open, &struct{ byte }{})
	if len(t) == 1 {
		w.items("(", t, ",)")
	} else {
		w.items("(", t, ")")
	}
	w.leave()
}

func (w *reprWriter) dict(d *dict) {
	w.text("{")
	for i, k := range d.keys {
		if i > 0 {
			w.text(", ")
		}
		w.value(k)
		w.text(": ")
		w.value(d.vals[i])
	}
	w.text("}")
}

// reprSimple is the repr of what holds no other values.
func reprSimple(v any) string {
	switch x := v.(type) {
	case nil:
		return "None"
	case bool:
		if x {
			return "True"
		}
		return "False"
	case int64:
		return strconv.FormatInt(x, 10)
	case *big.Int:
		return wholeText(x)
	case float64:
		return value.FloatText(x)
	case string:
		return reprText(x)
	case markup:
		return "Markup(" + reprText(string(x)) + ")"
	case *undefined:
		return "Undefined"
	case counter:
		if x.step == 1 {
			return fmt.Sprintf("range(%d, %d)", x.from, x.to)
		}
		return fmt.Sprintf("range(%d, %d, %d)", x.from, x.to, x.step)
	case *generator:
		return "<" + strings.TrimSuffix(x.kind+" object "+x.name, " ") + " at " + address + ">"
	case *macro:
		if x.def.name == "" {
			return "<Macro anonymous>"
		}
		return "<Macro " + reprText(x.def.name) + ">"
	case *loop:
		return fmt.Sprintf("<LoopContext %d/%d>", x.index0+1, x.len())
	case *builtin:
		return x.repr()
	case selfRef:
		return "<TemplateReference None>"
	}
	return "<" + strings.TrimSuffix(objectName(v), " object") + " object at " + address + ">"
}

// wholeText writes a large number, which Python refuses from a certain length on.
func wholeText(b *big.Int) string {
	if b.BitLen() > maxDigits*10/3 {
		if s := b.String(); len(strings.TrimPrefix(s, "-")) > maxDigits {
			valueError("Exceeds the limit (%d digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit", maxDigits)
		}
	}
	return b.String()
}

// reprText is the repr of a string.
func reprText(s string) string {
	q := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.WriteRune(q)
	for _, c := range s {
		switch {
		case c == q || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c < 0x100:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	b.WriteRune(q)
	return b.String()
}

// escaped is a value as HTML text; what is marked safe stays as it is.
func (r *render) escaped(v any) string {
	if m, ok := v.(markup); ok {
		return string(m)
	}
	s := html.EscapeString(r.str(v))
	r.grow(len(s))
	return s
}
