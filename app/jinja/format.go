package jinja

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"islet/app/value"
)

// spec is a format specification of Python's, of a % conversion or of str.format.
type spec struct {
	fill  string
	align byte // < > ^ = or 0
	sign  byte // + - space or 0
	alt   bool
	width int
	group byte // , _ or 0
	prec  int  // -1 where there is none
	kind  byte // 0 where there is none
}

// maxWidth is the widest field or longest fraction; Python would take any memory there is.
const maxWidth = 100_000

func smallNumber(s string) (n, used int) {
	for used < len(s) && s[used] >= '0' && s[used] <= '9' {
		if n = n*10 + int(s[used]-'0'); n > maxWidth {
			fail("limit", "a format asks for a width of more than %d", "格式中的宽度超过 %d", maxWidth)
		}
		used++
	}
	return n, used
}

// parseSpec reads what stands behind the colon in str.format.
func parseSpec(s string) spec {
	whole := s
	f := spec{prec: -1}
	isAlign := func(s string) bool { return s != "" && strings.IndexByte("<>^=", s[0]) >= 0 }
	if _, n := utf8.DecodeRuneInString(s); n > 0 && isAlign(s[n:]) {
		f.fill, f.align, s = s[:n], s[n], s[n+1:]
	} else if isAlign(s) {
		f.align, s = s[0], s[1:]
	}
	if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
		f.sign, s = s[0], s[1:]
	}
	s = strings.TrimPrefix(s, "z")
	if strings.HasPrefix(s, "#") {
		f.alt, s = true, s[1:]
	}
	zero := false
	if f.fill == "" && strings.HasPrefix(s, "0") {
		zero, s = true, s[1:]
	}
	n, used := smallNumber(s)
	f.width, s = n, s[used:]
	if s != "" && (s[0] == ',' || s[0] == '_') {
		f.group, s = s[0], s[1:]
	}
	if strings.HasPrefix(s, ".") {
		n, used := smallNumber(s[1:])
		if used == 0 {
			valueError("Format specifier missing precision")
		}
		f.prec, s = n, s[1+used:]
	}
	if len(s) > 1 {
		valueError("Invalid format specifier '%s'", whole)
	}
	if s != "" {
		f.kind = s[0]
	}
	if zero {
		f.fill = "0"
		if f.align == 0 {
			f.align = '0' // "=" for numbers, "<" for texts
		}
	}
	return f
}

// format is Python's format().
func (r *render) format(v any, text string) string {
	if text == "" {
		return r.str(v)
	}
	if s, ok := textOf(v); ok {
		return r.formatText(s, parseSpec(text))
	}
	n, ok := asNum(v)
	if !ok {
		typeError("unsupported format string passed to %s.__format__", typeName(v))
	}
	return r.formatNum(n, parseSpec(text), typeName(v))
}

func (r *render) formatText(s string, f spec) string {
	switch {
	case f.sign != 0:
		valueError("Sign not allowed in string format specifier")
	case f.align == '=':
		valueError("'=' alignment not allowed in string format specifier")
	case f.kind != 0 && f.kind != 's':
		valueError("Unknown format code '%c' for object of type 'str'", f.kind)
	case f.group != 0:
		valueError("Cannot specify '%c' with 's'.", f.group)
	}
	if f.prec >= 0 {
		s = firstRunes(s, f.prec)
	}
	if f.align == 0 || f.align == '0' {
		f.align = '<'
	}
	return r.place("", s, f)
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// place puts a sign and what follows it into the field.
func (r *render) place(sign, body string, f spec) string {
	fill := f.fill
	if fill == "" {
		fill = " "
	}
	width := f.width
	switch f.align {
	case '<':
		return r.pad(sign+body, width, fill, atRight)
	case '^':
		return r.pad(sign+body, width, fill, func(n int) (int, int) { return n / 2, n - n/2 })
	case '=', '0':
		return sign + r.pad(body, width-runes(sign), fill, atLeft)
	}
	return r.pad(sign+body, width, fill, atLeft)
}

func (r *render) formatNum(n num, f spec, typ string) string {
	var sign, prefix, digits, tail string
	switch {
	case f.kind == 0 && n.kind != 'f', n.kind != 'f' && strings.IndexByte("bcdoxXn", f.kind) >= 0:
		if f.prec >= 0 {
			valueError("Precision not allowed in integer format specifier")
		}
		sign, prefix, digits = wholeDigits(n, f)
	case f.kind == 0, strings.IndexByte("eEfFgGn%", f.kind) >= 0:
		x := n.float()
		if math.Signbit(x) && !math.IsNaN(x) {
			sign = "-"
		}
		digits = floatDigits(math.Abs(x), f)
		if i := strings.IndexAny(digits, ".eE%"); i >= 0 {
			digits, tail = digits[:i], digits[i:]
		}
	default:
		valueError("Unknown format code '%c' for object of type '%s'", f.kind, typ)
	}
	if sign == "" && (f.sign == '+' || f.sign == ' ') {
		sign = string(f.sign)
	}
	sign += prefix
	if f.group != 0 {
		size := 3
		if f.group == '_' && f.kind != 0 && strings.IndexByte("boxX", f.kind) >= 0 {
			size = 4
		}
		least := 0
		if f.fill == "0" && (f.align == '=' || f.align == '0') {
			least = f.width - len(sign) - len(tail)
		}
		digits = grouped(digits, string(f.group), size, least)
	}
	return r.place(sign, digits+tail, f)
}

// grouped puts a separator between groups of digits, and zeros in front until it is long enough.
func grouped(digits, sep string, size, least int) string {
	if digits == "" || digits[0] < '0' || digits[0] > '9' && digits[0] < 'A' {
		return digits
	}
	build := func(d string) string {
		var parts []string
		for len(d) > size {
			parts = append([]string{d[len(d)-size:]}, parts...)
			d = d[:len(d)-size]
		}
		return strings.Join(append([]string{d}, parts...), sep)
	}
	out := build(digits)
	for len(out) < least {
		digits = strings.Repeat("0", max(1, (least-len(out))*size/(size+1))) + digits
		out = build(digits)
	}
	return out
}

func wholeDigits(n num, f spec) (sign, prefix, digits string) {
	b := n.big()
	if b.Sign() < 0 {
		sign = "-"
	}
	base := 10
	switch f.kind {
	case 'b':
		base, prefix = 2, "0b"
	case 'o':
		base, prefix = 8, "0o"
	case 'x':
		base, prefix = 16, "0x"
	case 'X':
		base, prefix = 16, "0X"
	case 'c':
		if !b.IsInt64() || b.Int64() < 0 || b.Int64() > utf8.MaxRune {
			fail("OverflowError", "%[1]s arg not in range(0x110000)", "字符编码超出范围（%[1]s）", "%c")
		}
		return "", "", string(rune(b.Int64()))
	}
	if base == 10 {
		digits = strings.TrimPrefix(wholeText(b), "-")
	} else {
		digits = strings.TrimPrefix(b.Text(base), "-")
	}
	if f.kind == 'X' {
		digits = strings.ToUpper(digits)
	}
	if !f.alt {
		prefix = ""
	}
	return sign, prefix, digits
}

// floatDigits writes a float that is not negative.
func floatDigits(x float64, f spec) string {
	kind, prec := f.kind, f.prec
	if math.IsInf(x, 0) || math.IsNaN(x) {
		s := value.FloatText(x)
		if kind == '%' {
			s += "%"
		}
		if kind == 'E' || kind == 'F' || kind == 'G' {
			s = strings.ToUpper(s)
		}
		return s
	}
	if kind == 0 && prec < 0 {
		return value.FloatText(x)
	}
	if prec < 0 {
		prec = 6
	}
	switch kind {
	case 'f', 'F':
		return pointed(strconv.FormatFloat(x, 'f', prec, 64), f.alt)
	case '%':
		return pointed(strconv.FormatFloat(x*100, 'f', prec, 64), f.alt) + "%"
	case 'e', 'E':
		return pointed(strconv.FormatFloat(x, kind, prec, 64), f.alt)
	}
	prec = max(prec, 1)
	exp := strconv.FormatFloat(x, 'e', prec-1, 64)
	i := strings.IndexByte(exp, 'e')
	size, _ := strconv.Atoi(exp[i+1:])
	limit := prec
	if kind == 0 {
		limit = max(prec-1, 1)
	}
	var s string
	if size < -4 || size >= limit {
		mantissa := exp[:i]
		if !f.alt {
			mantissa = withoutZeros(mantissa)
		}
		s = mantissa + exp[i:]
	} else if s = strconv.FormatFloat(x, 'f', max(prec-1-size, 0), 64); !f.alt {
		s = withoutZeros(s)
	}
	if kind == 0 && !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	if kind == 'G' {
		s = strings.ToUpper(s)
	}
	return pointed(s, f.alt)
}

func withoutZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// pointed makes sure of a decimal point, which the # flag asks for.
func pointed(s string, always bool) string {
	if !always || strings.Contains(s, ".") {
		return s
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return s[:i] + "." + s[i:]
	}
	return s + "."
}
