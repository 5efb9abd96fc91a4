package jinja

import (
	"fmt"
	"strconv"
	"strings"
)

// formatMethod is str.format.
func formatMethod(r *render, a *args) any {
	self := a.pos[0]
	s, _ := textOf(self)
	_, safe := self.(markup)
	w := &braceWriter{r: r, safe: safe, pos: a.pos[1:], named: func(name string) (any, bool) {
		for i, n := range a.names {
			if n == name {
				return a.named[i], true
			}
		}
		return nil, false
	}}
	return like(self, w.format(s, 0))
}

func formatMapMethod(r *render, a []any) any {
	s, _ := textOf(a[0])
	_, safe := a[0].(markup)
	d, ok := a[1].(*dict)
	if !ok {
		typeError("format_map() argument must be a mapping")
	}
	w := &braceWriter{r: r, safe: safe, named: func(name string) (any, bool) { return d.get(name) }}
	return like(a[0], w.format(s, 0))
}

type braceWriter struct {
	r      *render
	pos    []any
	named  func(string) (any, bool)
	safe   bool
	auto   int
	manual bool
}

func (w *braceWriter) format(s string, depth int) string {
	if depth > 1 {
		valueError("Max string recursion exceeded")
	}
	var b strings.Builder
	write := func(s string) {
		w.r.grow(b.Len() + len(s))
		b.WriteString(s)
	}
	for {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			write(s)
			return b.String()
		}
		write(s[:i])
		brace := s[i]
		s = s[i+1:]
		switch {
		case s != "" && s[0] == brace:
			b.WriteByte(brace)
			s = s[1:]
			continue
		case brace == '}':
			valueError("Single '}' encountered in format string")
		case s == "":
			valueError("Single '{' encountered in format string")
		}
		end := closing(s)
		write(w.field(s[:end], depth))
		s = s[end+1:]
	}
}

// closing finds the brace that ends a field.
func closing(s string) int {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	valueError("expected '}' before end of string")
	return 0
}

func (w *braceWriter) field(s string, depth int) string {
	name, conv, format := s, "", ""
	inside := false
	for i := range len(s) {
		if s[i] == '[' || s[i] == ']' {
			inside = s[i] == '['
		}
		if inside || s[i] != '!' && s[i] != ':' {
			continue
		}
		name = s[:i]
		if s[i] == ':' {
			format = s[i+1:]
			break
		}
		conv, format, _ = strings.Cut(s[i+1:], ":")
		if len(conv) != 1 {
			valueError("expected ':' after conversion specifier")
		}
		break
	}
	v := w.value(name)
	switch conv {
	case "":
	case "s":
		v = w.r.str(v)
	case "r":
		v = w.r.repr(v)
	case "a":
		v = asciiRepr(w.r.repr(v))
	default:
		valueError("Unknown conversion specifier %s", conv)
	}
	if strings.ContainsAny(format, "{}") {
		format = w.format(format, depth+1)
	}
	if !w.safe {
		return w.r.format(v, format)
	}
	if m, ok := v.(markup); ok && format == "" {
		return string(m)
	}
	return w.r.escaped(w.r.format(v, format))
}

// value finds the argument a field names, and goes into it.
func (w *braceWriter) value(name string) any {
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	v := w.argument(name[:end])
	for rest := name[end:]; rest != ""; {
		if rest[0] == '.' {
			rest = rest[1:]
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			defined(v)
			x, ok := w.r.attribute(v, rest[:end])
			if !ok {
				fail("AttributeError", "'%s' object has no attribute '%s'", "类型 '%s' 没有属性 '%s'", typeName(v), rest[:end])
			}
			v, rest = x, rest[end:]
			continue
		}
		key, after, ok := strings.Cut(rest[1:], "]")
		if !ok || rest[0] != '[' {
			valueError("Missing ']' in format string")
		}
		v, rest = w.item(v, key), after
	}
	return v
}

func (w *braceWriter) item(v any, key string) any {
	defined(v)
	if _, ok := w.r.len(v); !ok {
		typeError("'%s' object is not subscriptable", typeName(v))
	}
	var k any = key
	if i, err := strconv.ParseInt(key, 10, 64); err == nil && i >= 0 {
		k = i
	}
	x, ok := w.r.itemOf(v, k)
	if !ok {
		fail("KeyError", "%[1]s", "没有键 %[1]s", w.r.repr(k))
	}
	return x
}

func (w *braceWriter) argument(name string) any {
	i, err := strconv.Atoi(name)
	switch {
	case name == "":
		if w.manual {
			valueError("cannot switch from manual field specification to automatic field numbering")
		}
		i = w.auto
		w.auto++
	case err != nil || i < 0:
		v, ok := w.named(name)
		if !ok {
			fail("KeyError", "%[1]s", "没有名为 %[1]s 的参数", reprText(name))
		}
		return v
	case w.auto > 0:
		valueError("cannot switch from automatic field numbering to manual field specification")
	default:
		w.manual = true
	}
	if i >= len(w.pos) {
		fail("IndexError", "Replacement index %d out of range for positional args tuple", "没有第 %d 个位置参数（从 0 数起）", i)
	}
	return w.pos[i]
}

// escapeRune writes a character as Python's ascii() does.
func escapeRune(c rune) string {
	switch {
	case c < 0x100:
		return fmt.Sprintf(`\x%02x`, c)
	case c < 0x10000:
		return fmt.Sprintf(`\u%04x`, c)
	}
	return fmt.Sprintf(`\U%08x`, c)
}
