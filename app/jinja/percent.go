package jinja

import (
	"math"
	"math/big"
	"strings"
	"unicode/utf8"
)

// percent is the formatting with %.
func (r *render) percent(format, arg any) any {
	s, _ := textOf(format)
	_, safe := format.(markup)
	w := &percentWriter{r: r, safe: safe, format: s, rest: s}
	if t, ok := asTuple(arg); ok {
		w.args = t
	} else {
		w.args, w.single = []any{arg}, true
	}
	w.run()
	return like(format, w.b.String())
}

type percentWriter struct {
	r       *render
	b       strings.Builder
	format  string
	rest    string
	args    []any
	used    int
	single  bool // the argument is no tuple
	mapping bool // a key was used
	safe    bool
}

func (w *percentWriter) write(s string) {
	w.r.grow(len(s))
	if w.b.Len()+len(s) > maxText {
		w.r.grow(maxText + 1)
	}
	w.b.WriteString(s)
}

func (w *percentWriter) run() {
	for {
		i := strings.IndexByte(w.rest, '%')
		if i < 0 {
			w.write(w.rest)
			break
		}
		w.write(w.rest[:i])
		w.rest = w.rest[i+1:]
		w.conversion()
	}
	if w.used < len(w.args) && !w.mapping && !(w.single && isMapping(w.args[0])) {
		typeError("not all arguments converted during string formatting")
	}
}

// isMapping says what Python takes for a mapping here: anything with items that is neither text nor tuple.
func isMapping(v any) bool {
	switch v.(type) {
	case *dict, *list, counter, *undefined:
		return true
	}
	return false
}

func (w *percentWriter) next() any {
	if w.used >= len(w.args) {
		typeError("not enough arguments for format string")
	}
	w.used++
	return w.args[w.used-1]
}

func (w *percentWriter) conversion() {
	f := spec{prec: -1}
	var v any
	keyed := false
	if strings.HasPrefix(w.rest, "(") {
		v, keyed = w.key(), true
	}
	for w.rest != "" && strings.IndexByte("#0- +", w.rest[0]) >= 0 {
		switch c := w.rest[0]; c {
		case '#':
			f.alt = true
		case '0':
			f.fill = "0"
		case '-':
			f.align = '<'
		case '+':
			f.sign = '+'
		case ' ':
			if f.sign == 0 {
				f.sign = ' '
			}
		}
		w.rest = w.rest[1:]
	}
	f.width = w.size()
	if f.width < 0 {
		f.width, f.align = -f.width, '<'
	}
	if strings.HasPrefix(w.rest, ".") {
		w.rest = w.rest[1:]
		f.prec = max(w.size(), 0)
	}
	w.rest = strings.TrimLeft(w.rest, "hlL")
	if w.rest == "" {
		valueError("incomplete format")
	}
	c, n := utf8.DecodeRuneInString(w.rest)
	at := len(w.format) - len(w.rest)
	w.rest = w.rest[n:]
	if c == '%' {
		w.write("%")
		return
	}
	if !keyed {
		v = w.next()
	}
	if !strings.ContainsRune("sracdiouxXeEfFgG", c) {
		valueError("unsupported format character '%c' (0x%x) at index %d", c, c, runes(w.format[:at]))
	}
	w.write(w.convert(c, v, f))
}

func (w *percentWriter) key() any {
	depth := 0
	for i := range len(w.rest) {
		switch w.rest[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth > 0 {
			continue
		}
		name := w.rest[1:i]
		w.rest = w.rest[i+1:]
		if !w.single || !isMapping(w.args[0]) {
			typeError("format requires a mapping")
		}
		w.mapping = true
		defined(w.args[0])
		v, ok := w.r.itemOf(w.args[0], name)
		if !ok {
			fail("KeyError", "%[1]s", "没有键 %[1]s", reprText(name))
		}
		return v
	}
	valueError("incomplete format key")
	return nil
}

// size reads a width or precision, which may be an argument.
func (w *percentWriter) size() int {
	if strings.HasPrefix(w.rest, "*") {
		w.rest = w.rest[1:]
		v, ok := w.next().(int64)
		if !ok {
			typeError("* wants int")
		}
		if v > maxWidth || v < -maxWidth {
			smallNumber("9999999")
		}
		return int(v)
	}
	n, used := smallNumber(w.rest)
	w.rest = w.rest[used:]
	return n
}

func (w *percentWriter) convert(c rune, v any, f spec) string {
	if f.fill == "0" && f.align == 0 && strings.ContainsRune("diouxXeEfFgG", c) {
		f.align = '='
	} else {
		f.fill = ""
	}
	switch c {
	case 's', 'r', 'a':
		s := w.text(c, v)
		if f.prec >= 0 {
			s = firstRunes(s, f.prec)
		}
		return w.r.place("", s, f)
	case 'c':
		return w.r.place("", percentChar(v), f)
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return w.whole(c, v, f)
	}
	defined(v)
	n, ok := asNum(v)
	if !ok {
		typeError("must be real number, not %s", typeName(v))
	}
	f.kind = byte(c)
	return w.r.formatNum(num{kind: 'f', f: n.float()}, f, "float")
}

func (w *percentWriter) text(c rune, v any) string {
	s := ""
	switch {
	case c == 's' && w.safe:
		return w.r.escaped(v)
	case c == 's':
		return w.r.str(v)
	case c == 'a':
		s = asciiRepr(w.r.repr(v))
	default:
		s = w.r.repr(v)
	}
	if w.safe {
		s = w.r.escaped(s)
	}
	return s
}

func asciiRepr(s string) string {
	var b strings.Builder
	for _, c := range s {
		if c < utf8.RuneSelf {
			b.WriteRune(c)
			continue
		}
		b.WriteString(escapeRune(c))
	}
	return b.String()
}

func percentChar(v any) string {
	if s, ok := textOf(v); ok {
		if runes(s) == 1 {
			return s
		}
	} else if n, ok := asNum(v); ok && n.kind != 'f' {
		_, _, s := wholeDigits(n, spec{kind: 'c'})
		return s
	}
	typeError("%%c requires int or char")
	return ""
}

func (w *percentWriter) whole(c rune, v any, f spec) string {
	defined(v)
	n, ok := asNum(v)
	decimal := c == 'd' || c == 'i' || c == 'u'
	switch {
	case !ok && decimal:
		typeError("%%%c format: a real number is required, not %s", c, typeName(v))
	case !ok || n.kind == 'f' && !decimal:
		typeError("%%%c format: an integer is required, not %s", c, typeName(v))
	case n.kind == 'f':
		n = num{kind: 'b', b: truncated(n.f)}
	}
	f.kind = 'd'
	if !decimal {
		f.kind = byte(c)
	}
	prec := f.prec
	f.prec = -1
	sign, prefix, digits := wholeDigits(n, f)
	if prec > len(digits) {
		digits = w.r.repeat("0", int64(prec-len(digits))) + digits
	}
	if sign == "" && f.sign != 0 {
		sign = string(f.sign)
	}
	return w.r.place(sign+prefix, digits, f)
}

// truncated is a float without its fraction.
func truncated(f float64) *big.Int {
	switch {
	case math.IsInf(f, 0):
		fail("OverflowError", "cannot convert float infinity to integer", "无穷大不能转换为整数")
	case math.IsNaN(f):
		valueError("cannot convert float NaN to integer")
	}
	b, _ := big.NewFloat(f).Int(nil)
	return b
}
