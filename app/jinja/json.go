package jinja

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode/utf16"

	"islet/app/value"
)

// filterToJSON writes JSON as Jinja2 does: keys sorted, ASCII only, and nothing that HTML could take for markup.
func filterToJSON(r *render, a []any) any {
	w := &jsonWriter{r: r}
	if a[1] != nil {
		w.lines = true
		if s, ok := textOf(a[1]); ok {
			w.indent = s
		} else {
			w.indent = r.repeat(" ", wholeArg(a[1]))
		}
	}
	w.value(a[0], 0)
	s := w.b.String()
	r.grow(len(s))
	return markup(htmlSafe.Replace(s))
}

var htmlSafe = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`)

type jsonWriter struct {
	r      *render
	b      strings.Builder
	lines  bool
	indent string
}

func (w *jsonWriter) text(s string) {
	w.r.grow(len(s))
	if w.b.Len()+len(s) > maxText {
		w.r.grow(maxText + 1)
	}
	w.b.WriteString(s)
}

func (w *jsonWriter) newline(depth int) {
	if w.lines {
		w.text("\n" + w.r.repeat(w.indent, int64(depth)))
	}
}

func (w *jsonWriter) comma(i, depth int) {
	switch {
	case i > 0 && w.lines:
		w.text(",")
	case i > 0:
		w.text(", ")
	}
	w.newline(depth)
}

func (w *jsonWriter) value(v any, depth int) {
	w.r.step(1)
	if depth > maxDepth {
		valueError("Circular reference detected")
	}
	switch x := v.(type) {
	case nil:
		w.text("null")
	case bool:
		w.text(fmt.Sprint(x))
	case int64, *big.Int:
		w.text(reprSimple(x))
	case float64:
		w.text(jsonFloat(x))
	case string:
		w.text(quoteJSON(x))
	case markup:
		w.text(quoteJSON(string(x)))
	case *list:
		w.list(x.items, depth)
	case tuple:
		w.list(x, depth)
	case group:
		w.list([]any{x.key, x.items}, depth)
	case *dict:
		w.dict(x, depth)
	default:
		fail("TypeError", "Object of type %s is not JSON serializable", "类型 %s 不能转换为 JSON", typeName(v))
	}
}

func jsonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return value.FloatText(f)
}

func (w *jsonWriter) list(items []any, depth int) {
	if len(items) == 0 {
		w.text("[]")
		return
	}
	w.text("[")
	for i, v := range items {
		w.comma(i, depth+1)
		w.value(v, depth+1)
	}
	w.newline(depth)
	w.text("]")
}

func (w *jsonWriter) dict(d *dict, depth int) {
	if len(d.keys) == 0 {
		w.text("{}")
		return
	}
	w.text("{")
	pairs := w.r.all(view{"dict_items", d})
	for i, pair := range w.r.sorted(pairs, d.keys, false) {
		kv := pair.(tuple)
		w.comma(i, depth+1)
		w.text(jsonKey(kv[0]) + ": ")
		w.value(kv[1], depth+1)
	}
	w.newline(depth)
	w.text("}")
}

func jsonKey(k any) string {
	switch x := k.(type) {
	case nil:
		return `"null"`
	case bool:
		return `"` + fmt.Sprint(x) + `"`
	case int64, *big.Int:
		return `"` + reprSimple(x) + `"`
	case float64:
		return `"` + jsonFloat(x) + `"`
	}
	s, ok := textOf(k)
	if !ok {
		typeError("keys must be str, int, float, bool or None, not %s", typeName(k))
	}
	return quoteJSON(s)
}

func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c >= ' ' && c < 0x7f:
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\b':
			b.WriteString(`\b`)
		case c == '\f':
			b.WriteString(`\f`)
		case c < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			hi, lo := utf16.EncodeRune(c)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		}
	}
	b.WriteByte('"')
	return b.String()
}
