package jinja

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

func filterAbs(_ *render, a []any) any {
	n, ok := asNum(a[0])
	if !ok {
		typeError("bad operand type for abs(): '%s'", typeName(a[0]))
	}
	if n.kind == 'f' {
		return math.Abs(n.f)
	}
	return whole(new(big.Int).Abs(n.big()))
}

// plainNumber prepares the text of a number as int() and float() of Python read it.
func plainNumber(s string) (string, bool) {
	s = strings.TrimFunc(s, isSpace)
	s = strings.Map(func(c rune) rune {
		if c > unicode.MaxASCII && unicode.Is(unicode.Nd, c) {
			return '0' + digitValue(c)
		}
		return c
	}, s)
	if strings.Contains(s, "_") {
		if strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") || strings.Contains(s, "__") {
			return s, false
		}
		s = strings.ReplaceAll(s, "_", "")
	}
	return s, s != ""
}

// digitValue is what a decimal digit of any script stands for. Unicode keeps the ten of a script together.
func digitValue(c rune) rune {
	for _, r := range unicode.Nd.R16 {
		if lo := rune(r.Lo); c >= lo && c <= rune(r.Hi) {
			return (c - lo) % 10
		}
	}
	for _, r := range unicode.Nd.R32 {
		if lo := rune(r.Lo); c >= lo && c <= rune(r.Hi) {
			return (c - lo) % 10
		}
	}
	return 0
}

// parseInt is int(text, base) of Python.
func parseInt(text string, base int64) (any, bool) {
	s, ok := plainNumber(text)
	if !ok || len(s) > maxDigits || base != 0 && (base < 2 || base > 36) {
		return nil, false
	}
	sign := ""
	if s[0] == '+' || s[0] == '-' {
		sign, s = s[:1], s[1:]
	}
	for prefix, of := range map[string]int64{"0b": 2, "0o": 8, "0x": 16} {
		if len(s) > 2 && strings.EqualFold(s[:2], prefix) && (base == of || base == 0) {
			s, base = s[2:], of
		}
	}
	if base == 0 {
		base = 10
	}
	if s == "" || s[0] == '+' || s[0] == '-' || strings.Contains(s, "_") {
		return nil, false
	}
	b, ok := new(big.Int).SetString(sign+s, int(base))
	if !ok {
		return nil, false
	}
	return whole(b), true
}

// parseFloat is float(text) of Python.
func parseFloat(text string) (float64, bool) {
	s, ok := plainNumber(text)
	if !ok || strings.ContainsAny(s, "xXpP") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// float is float() of Python.
func (r *render) float(v any) float64 {
	f, ok := r.tryFloat(v)
	if !ok {
		if s, isText := textOf(v); isText {
			valueError("could not convert string to float: %s", reprText(s))
		}
		typeError("float() argument must be a string or a real number, not '%s'", typeName(v))
	}
	return f
}

func (r *render) tryFloat(v any) (float64, bool) {
	defined(v)
	if n, ok := asNum(v); ok {
		return n.float(), true
	}
	if s, ok := textOf(v); ok {
		r.scan(len(s))
		return parseFloat(s)
	}
	return 0, false
}

func filterFloat(r *render, a []any) any {
	if f, ok := r.tryFloat(a[0]); ok {
		return f
	}
	return a[1]
}

func filterInt(r *render, a []any) any {
	defined(a[0])
	if n, ok := asNum(a[0]); ok {
		if n.kind != 'f' {
			return whole(n.big())
		}
		if math.IsNaN(n.f) {
			return a[1]
		}
		return whole(truncated(n.f))
	}
	if s, ok := textOf(a[0]); ok {
		r.scan(len(s))
		if v, ok := parseInt(s, wholeArg(a[2])); ok {
			return v
		}
		if f, ok := parseFloat(s); ok && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return whole(truncated(f))
		}
	}
	return a[1]
}

func filterRound(r *render, a []any) any {
	method, _ := textOf(a[2])
	if method != "common" && method != "ceil" && method != "floor" {
		fail("FilterArgumentError", "method must be common, ceil or floor", "method 必须是 common、ceil 或 floor")
	}
	n, ok := asNum(a[0])
	if !ok {
		defined(a[0])
		if method == "common" {
			typeError("type %s doesn't define __round__ method", typeName(a[0]))
		}
		if _, sized := r.len(a[0]); sized {
			typeError("must be real number, not %s", typeName(a[0]))
		}
		unsupported("*", a[0], a[1])
	}
	precision := count(a[1])
	if method == "common" {
		if n.kind == 'f' {
			return roundFloat(n.f, precision)
		}
		return roundInt(n.big(), precision)
	}
	scale := power(num{kind: 'i', i: 10}, num{kind: 'i', i: int64(precision)})
	by, _ := asNum(scale)
	scaled, _ := asNum(arithmetic("*", n, by))
	if scaled.kind == 'f' {
		f := math.Floor(scaled.f)
		if method == "ceil" {
			f = math.Ceil(scaled.f)
		}
		scaled = num{kind: 'b', b: truncated(f)}
	}
	return divide(scaled, by)
}

// roundFloat rounds to an even last digit where the number lies in the middle, as Python does.
func roundFloat(f float64, precision int) any {
	switch {
	case math.IsNaN(f), math.IsInf(f, 0), precision > 323:
		return f
	case precision < -308:
		return math.Copysign(0, f)
	case precision >= 0:
		x, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', precision, 64), 64)
		return x
	}
	b, _ := asNum(roundRat(new(big.Rat).SetFloat64(f), precision))
	return math.Copysign(math.Abs(b.float()), f)
}

func roundInt(b *big.Int, precision int) any {
	if precision >= 0 {
		return whole(b)
	}
	return roundRat(new(big.Rat).SetInt(b), precision)
}

// roundRat rounds at a place before the point.
func roundRat(x *big.Rat, precision int) any {
	if precision < -maxDigits {
		return int64(0)
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-precision)), nil)
	x.Quo(x, new(big.Rat).SetInt(unit))
	div, mod := new(big.Int).DivMod(x.Num(), x.Denom(), new(big.Int))
	if c := mod.Lsh(mod, 1).Cmp(x.Denom()); c > 0 || c == 0 && div.Bit(0) == 1 {
		div.Add(div, big.NewInt(1))
	}
	return whole(div.Mul(div, unit))
}

func filterFilesize(r *render, a []any) any {
	size := r.float(a[0])
	base, units := 1000.0, []string{"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"}
	if r.truth(a[1]) {
		base, units = 1024, []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}
	}
	if size == 1 {
		return "1 Byte"
	}
	if size < base {
		return truncated(size).String() + " Bytes"
	}
	unit := base
	for i, name := range units {
		unit *= base
		if size < unit || i == len(units)-1 {
			return fmt.Sprintf("%.1f %s", base*size/unit, name)
		}
	}
	return ""
}
