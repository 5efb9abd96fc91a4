package dsl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"islet/app/value"
)

// printYAML writes a tree as Dify's exporter does: keys sorted, lists not indented, everything readable left readable. What it
// writes, readers of YAML 1.1 and 1.2 understand alike.
func printYAML(doc *value.Object) []byte {
	var p printer
	p.object(doc, 0)
	return []byte(p.b.String())
}

type printer struct{ b strings.Builder }

// object writes the lines of a mapping; the first one begins where the printer stands.
func (p *printer) object(o *value.Object, indent int) {
	keys := slices.Clone(o.Keys())
	slices.Sort(keys)
	for i, k := range keys {
		if i > 0 {
			p.indent(indent)
		}
		v, _ := o.Get(k)
		name := inline(k)
		if len(name) > 120 { // longer ones are no simple keys
			p.b.WriteString("? " + name + "\n")
			p.indent(indent)
			name = ""
		}
		p.b.WriteString(name + ":")
		p.below(v, indent, indent)
	}
}

func (p *printer) list(list []any, indent int) {
	for i, v := range list {
		if i > 0 {
			p.indent(indent)
		}
		p.b.WriteByte('-')
		switch x := v.(type) {
		case *value.Object:
			if x.Len() > 0 {
				p.b.WriteByte(' ')
				p.object(x, indent+2)
				continue
			}
		case []any:
			if len(x) > 0 {
				p.b.WriteByte(' ')
				p.list(x, indent+2)
				continue
			}
		}
		p.below(v, indent, indent+2)
	}
}

// below writes a value behind its key or dash. A list under a key stands as far left as the key.
func (p *printer) below(v any, listIndent, indent int) {
	switch x := v.(type) {
	case *value.Object:
		if x != nil && x.Len() > 0 {
			p.b.WriteByte('\n')
			p.indent(indent + 2)
			p.object(x, indent+2)
			return
		}
		p.b.WriteString(" {}\n")
		return
	case []any:
		if len(x) > 0 {
			p.b.WriteByte('\n')
			p.indent(listIndent)
			p.list(x, listIndent)
			return
		}
		p.b.WriteString(" []\n")
		return
	case string:
		if literal(x) {
			p.literal(x, indent)
			return
		}
		p.b.WriteString(" " + inline(x) + "\n")
		return
	}
	p.b.WriteString(" " + word(v) + "\n")
}

func (p *printer) indent(n int) {
	for range n {
		p.b.WriteByte(' ')
	}
}

// word is a value that is no text.
func word(v any) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		s := value.Str(x)
		if !strings.Contains(s, ".") { // 1e-05: version 1.1 wants a point
			s = strings.Replace(s, "e", ".0e", 1)
		}
		return s
	case json.Number:
		return string(x)
	}
	return inline(fmt.Sprint(v))
}

// literal tells whether a text of several lines can stand as it is behind a bar.
func literal(s string) bool {
	if !strings.Contains(s, "\n") || strings.HasSuffix(s, "\n\n") || s[0] == ' ' || s[0] == '\n' || !printable(s) {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasPrefix(line, "\t") || strings.HasSuffix(line, " ") || strings.HasSuffix(line, "\t") {
			return false
		}
	}
	return true
}

func (p *printer) literal(s string, indent int) {
	p.b.WriteString(" |")
	body, ended := strings.CutSuffix(s, "\n")
	if !ended {
		p.b.WriteByte('-')
	}
	p.b.WriteByte('\n')
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" {
			p.indent(indent + 2)
			p.b.WriteString(line)
		}
		p.b.WriteByte('\n')
	}
}

// printable tells whether s holds nothing, beside line feeds, that YAML must escape or would take for the end of a line.
func printable(s string) bool {
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r >= 0x20 && r <= 0x7e:
		case r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffd || r == 0xfffe || r == 0xffff || r >= 0xd800 && r <= 0xdfff:
			return false
		}
	}
	return true
}

// inline is a text on one line.
func inline(s string) string {
	switch {
	case bare(s):
		return s
	case !strings.ContainsAny(s, "\n\t") && printable(s):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return quoted(s)
}

func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x10000 && !printable(string(r)):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// bare tells whether a text needs no quotes: nobody could take it for something else.
func bare(s string) bool {
	if s == "" || s[len(s)-1] == ' ' || s[len(s)-1] == ':' || strings.Contains(s, ": ") || strings.Contains(s, " #") || !printable(s) || strings.ContainsAny(s, "\n\t") {
		return false
	}
	if c := s[0]; c < 0x80 && c != '_' && c != '/' && c != '.' && !isLetter(c) && !isDigit(c) {
		return false
	}
	if _, text := resolve(s).(string); !text {
		return false
	}
	return !looksLikeNumber(s) && s != "y" && s != "Y" && s != "n" && s != "N"
}

// looksLikeNumber is true of all that some version of YAML takes for a number or a date.
func looksLikeNumber(s string) bool {
	if !isDigit(s[0]) && s[0] != '.' {
		return false
	}
	if _, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64); err == nil {
		return true
	}
	if _, err := strconv.ParseInt(s, 0, 64); err == nil {
		return true
	}
	return strings.ContainsAny(s, ":-") || s[0] == '0' && len(s) > 1 && s[1] != '.'
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
