package value

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"islet/app"
)

// Text is the form of a value in prompts, addresses and conditions. It follows Dify, whose engine is written in Python:
// True and False, 1.0 for a float, lists of anything but strings as Python writes them. Files have no text.
func Text(v any) string {
	switch x := v.(type) {
	case nil, app.Attachment, []app.Attachment:
		return ""
	case string:
		return x
	case []string:
		return Text(anys(x))
	case map[string]any, *Object:
		return writeObject(x, false)
	case []any:
		switch {
		case len(x) == 0:
			return ""
		case all[string](x):
			return writeObject(x, false)
		}
		return Literal(x)
	}
	return scalar(v)
}

// Markdown is the form of a value in answers: lists as items, objects as indented JSON, files as links.
func Markdown(v any) string {
	switch x := v.(type) {
	case map[string]any, *Object:
		return writeObject(x, true)
	case []string:
		return Markdown(anys(x))
	case []any:
		items := make([]string, len(x))
		for i, e := range x {
			items[i] = "- " + Str(e)
		}
		return strings.Join(items, "\n")
	case app.Attachment:
		return link(x)
	case []app.Attachment:
		links := make([]string, len(x))
		for i := range x {
			links[i] = link(x[i])
		}
		return strings.Join(links, "\n")
	}
	return Text(v)
}

func anys(s []string) []any {
	out := make([]any, len(s))
	for i := range s {
		out[i] = s[i]
	}
	return out
}

func all[T any](list []any) bool {
	for _, v := range list {
		if _, ok := v.(T); !ok {
			return false
		}
	}
	return true
}

func link(f app.Attachment) string {
	if f.Kind == "image" {
		return "![" + f.Name + "](" + f.URL + ")"
	}
	name := f.Name
	if name == "" {
		name = f.URL
	}
	return "[" + name + "](" + f.URL + ")"
}

// scalar is the form of a number or boolean, the same everywhere.
func scalar(v any) string {
	switch x := v.(type) {
	case bool:
		if x {
			return "True"
		}
		return "False"
	case int:
		return strconv.Itoa(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return FloatText(x)
	case json.Number:
		if !strings.ContainsAny(string(x), ".eE") {
			return string(x)
		}
		if f, err := x.Float64(); err == nil {
			return FloatText(f)
		}
		return string(x)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// FloatText writes a float as Python's repr does: 1.0, 1e+16, nan.
func FloatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// writeObject writes JSON as Python's json.dumps does: a space after separators, unicode as it is.
func writeObject(v any, indent bool) string {
	var b strings.Builder
	writeJSON(&b, v, indent, 0)
	return b.String()
}

func writeJSON(b *strings.Builder, v any, indent bool, depth int) {
	line := func(d int) {
		if indent {
			b.WriteByte('\n')
			for range d {
				b.WriteString("  ")
			}
		}
	}
	comma := func(i int) {
		if i > 0 {
			b.WriteByte(',')
			if !indent {
				b.WriteByte(' ')
			}
		}
		line(depth + 1)
	}
	switch x := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(x))
	case string:
		b.WriteString(quoteJSON(x))
	case map[string]any:
		writeJSON(b, Of(x), indent, depth)
	case *Object:
		b.WriteByte('{')
		for i, k := range x.keys {
			comma(i)
			b.WriteString(quoteJSON(k))
			b.WriteString(": ")
			writeJSON(b, x.values[k], indent, depth+1)
		}
		if len(x.keys) > 0 {
			line(depth)
		}
		b.WriteByte('}')
	case app.Attachment:
		writeJSON(b, FileObject(&x), indent, depth)
	case []app.Attachment:
		writeJSON(b, files(x), indent, depth)
	case []string:
		writeJSON(b, anys(x), indent, depth)
	case []any:
		b.WriteByte('[')
		for i, e := range x {
			comma(i)
			writeJSON(b, e, indent, depth+1)
		}
		if len(x) > 0 {
			line(depth)
		}
		b.WriteByte(']')
	default:
		b.WriteString(scalar(v))
	}
}

func quoteJSON(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Str is Python's str(): a string bare, everything else as Literal writes it.
func Str(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return Literal(v)
}

// Literal is Python's repr().
func Literal(v any) string {
	switch x := v.(type) {
	case nil:
		return "None"
	case string:
		return quotePython(x)
	case []string:
		return Literal(anys(x))
	case []any:
		items := make([]string, len(x))
		for i, e := range x {
			items[i] = Literal(e)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		return Literal(Of(x))
	case *Object:
		items := make([]string, 0, len(x.keys))
		for k, e := range x.All() {
			items = append(items, quotePython(k)+": "+Literal(e))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case app.Attachment:
		return Literal(FileObject(&x))
	case []app.Attachment:
		return Literal(files(x))
	}
	return scalar(v)
}

func quotePython(s string) string {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	var b strings.Builder
	b.WriteByte(q)
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\\' || r == rune(q):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			const hex = "0123456789abcdef"
			b.WriteString(`\x`)
			b.WriteByte(hex[r>>4&15])
			b.WriteByte(hex[r&15])
		case r == utf8.RuneError || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	b.WriteByte(q)
	return b.String()
}
