// Package calc computes arithmetic exactly: decimals stay decimals, so that 0.1 + 0.2 is 0.3. It evaluates expressions of its own
// grammar and nothing else, within bounds.
package calc

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode"

	"islet/app"
)

// The bounds of an expression, of what it makes, and of what is written of a result that has no end.
const (
	maxLength = 2000
	maxDepth  = 100
	maxBits   = 1 << 16
	maxPower  = 10_000
	digits    = 15
)

// Eval is the value of an expression: numbers with decimals, exponents and %, + - * / // mod ^ ! ( ), the names of functions and the
// constants pi and e. Its error is calc_invalid and says where it stopped.
func Eval(text string) (string, error) {
	if len(text) > maxLength {
		return "", invalid("the expression is longer than %d characters", "表达式超过 %d 个字符", maxLength)
	}
	p := &parser{in: []rune(normal.Replace(text))}
	v, err := p.sum()
	if err == nil {
		if p.space(); p.at < len(p.in) {
			err = p.unexpected()
		}
	}
	if err != nil {
		return "", err
	}
	return Text(v), nil
}

// normal writes the signs that people and models use as those of the grammar.
var normal = strings.NewReplacer("×", "*", "·", "*", "÷", "/", "−", "-", "–", "-", "（", "(", "）", ")", "，", ",", "＋", "+", "－", "-", "＊", "*", "／", "/", "％", "%", "**", "^", "π", "pi", "√", "sqrt ")

func invalid(en, zh string, args ...any) *app.Error {
	return app.Errorf(app.Invalid, "calc_invalid", en, zh, args...)
}

// Text is a value in decimals: whole where it is, exact where it ends, else rounded to 15 places after the first digit.
func Text(v *big.Rat) string {
	if v.IsInt() {
		return v.Num().String()
	}
	if n, exact := v.FloatPrec(); exact && n <= 30 {
		return v.FloatString(n)
	}
	places := digits
	if f, _ := v.Float64(); f != 0 {
		places = max(digits-1-int(math.Floor(math.Log10(math.Abs(f)))), 0)
	}
	s := v.FloatString(min(places, 40))
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

type parser struct {
	in    []rune
	at    int
	depth int
}

func (p *parser) space() {
	for p.at < len(p.in) && unicode.IsSpace(p.in[p.at]) {
		p.at++
	}
}

func (p *parser) unexpected() error {
	if p.at >= len(p.in) {
		return invalid("the expression ends too early", "表达式不完整")
	}
	return invalid("unexpected %q at character %d", "第 %[2]d 个字符 %[1]q 无法识别", string(p.in[p.at]), p.at+1)
}

// take reads one of the signs, if it comes next.
func (p *parser) take(signs ...string) string {
	p.space()
	for _, s := range signs {
		r := []rune(s)
		if p.at+len(r) > len(p.in) || string(p.in[p.at:p.at+len(r)]) != s {
			continue
		}
		if end := p.at + len(r); unicode.IsLetter(r[0]) && end < len(p.in) && (unicode.IsLetter(p.in[end]) || p.in[end] == '(') {
			continue // the beginning of another name
		}
		p.at += len(r)
		return s
	}
	return ""
}

func (p *parser) sum() (*big.Rat, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, invalid("the expression is nested too deeply", "表达式嵌套过深")
	}
	defer func() { p.depth-- }()
	v, err := p.product()
	for err == nil {
		sign := p.take("+", "-")
		if sign == "" {
			return v, nil
		}
		var w *big.Rat
		if w, err = p.product(); err != nil {
			break
		}
		if sign == "-" {
			w = new(big.Rat).Neg(w)
		}
		v, err = bound(new(big.Rat).Add(v, w))
	}
	return nil, err
}

func (p *parser) product() (*big.Rat, error) {
	v, err := p.signed()
	for err == nil {
		sign := p.take("*", "//", "/", "mod")
		if sign == "" {
			return v, nil
		}
		var w *big.Rat
		if w, err = p.signed(); err != nil {
			break
		}
		if sign != "*" && w.Sign() == 0 {
			return nil, invalid("division by zero", "除数不能为零")
		}
		switch sign {
		case "*":
			v = new(big.Rat).Mul(v, w)
		case "/":
			v = new(big.Rat).Quo(v, w)
		case "//":
			v = floor(new(big.Rat).Quo(v, w))
		case "mod":
			q := floor(new(big.Rat).Quo(v, w))
			v = new(big.Rat).Sub(v, q.Mul(q, w))
		}
		v, err = bound(v)
	}
	return nil, err
}

func floor(v *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(v.Num(), v.Denom()))
}

func (p *parser) signed() (*big.Rat, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, invalid("the expression is nested too deeply", "表达式嵌套过深")
	}
	defer func() { p.depth-- }()
	switch p.take("+", "-") {
	case "+":
		return p.signed()
	case "-":
		v, err := p.signed()
		if err != nil {
			return nil, err
		}
		return new(big.Rat).Neg(v), nil
	}
	return p.power()
}

func (p *parser) power() (*big.Rat, error) {
	v, err := p.suffixed()
	if err != nil || p.take("^") == "" {
		return v, err
	}
	w, err := p.signed() // 2^3^2 is 2^9, 2^-1 is a half
	if err != nil {
		return nil, err
	}
	return power(v, w)
}

// power is exact for whole exponents.
func power(v, w *big.Rat) (*big.Rat, error) {
	if !w.IsInt() {
		f, _ := v.Float64()
		g, _ := w.Float64()
		return real(math.Pow(f, g))
	}
	n := w.Num()
	if !n.IsInt64() || n.Int64() > maxPower || n.Int64() < -maxPower {
		return nil, invalid("the exponent is larger than %d", "指数超过 %d", maxPower)
	}
	k := n.Int64()
	if v.Sign() == 0 && k < 0 {
		return nil, invalid("division by zero", "除数不能为零")
	}
	e := big.NewInt(max(k, -k))
	if int64(max(v.Num().BitLen(), v.Denom().BitLen()))*e.Int64() > maxBits {
		return nil, invalid("the result is too large", "结果过大")
	}
	out := new(big.Rat).SetFrac(new(big.Int).Exp(v.Num(), e, nil), new(big.Int).Exp(v.Denom(), e, nil))
	if k < 0 {
		out.Inv(out)
	}
	return bound(out)
}

func (p *parser) suffixed() (*big.Rat, error) {
	v, err := p.atom()
	for err == nil {
		switch p.take("!", "%") {
		case "!":
			v, err = factorial(v)
		case "%":
			v = new(big.Rat).Quo(v, big.NewRat(100, 1))
		default:
			return v, nil
		}
	}
	return nil, err
}

func factorial(v *big.Rat) (*big.Rat, error) {
	if !v.IsInt() || v.Sign() < 0 || !v.Num().IsInt64() || v.Num().Int64() > 1000 {
		return nil, invalid("a factorial is of a whole number from 0 to 1000", "阶乘只支持 0 到 1000 的整数")
	}
	return new(big.Rat).SetInt(new(big.Int).MulRange(1, v.Num().Int64())), nil
}

func (p *parser) atom() (*big.Rat, error) {
	p.space()
	if p.at >= len(p.in) {
		return nil, p.unexpected()
	}
	switch c := p.in[p.at]; {
	case c == '(':
		p.at++
		v, err := p.sum()
		if err == nil && p.take(")") == "" {
			err = p.unexpected()
		}
		return v, err
	case c >= '0' && c <= '9' || c == '.':
		return p.number()
	case unicode.IsLetter(c):
		return p.name()
	}
	return nil, p.unexpected()
}

func (p *parser) number() (*big.Rat, error) {
	from := p.at
	digit := func() bool { return p.at < len(p.in) && (p.in[p.at] >= '0' && p.in[p.at] <= '9' || p.in[p.at] == '_') }
	for digit() {
		p.at++
	}
	if p.at < len(p.in) && p.in[p.at] == '.' {
		p.at++
		for digit() {
			p.at++
		}
	}
	if p.at+1 < len(p.in) && (p.in[p.at] == 'e' || p.in[p.at] == 'E') {
		end := p.at + 1
		if p.in[end] == '+' || p.in[end] == '-' {
			end++
		}
		if end < len(p.in) && p.in[end] >= '0' && p.in[end] <= '9' {
			p.at = end
			for digit() {
				p.at++
			}
			if p.at-end > 4 {
				return nil, invalid("the result is too large", "结果过大")
			}
		}
	}
	v, ok := new(big.Rat).SetString(strings.ReplaceAll(string(p.in[from:p.at]), "_", ""))
	if !ok {
		return nil, invalid("%q is no number", "%q 不是有效的数字", string(p.in[from:p.at]))
	}
	return bound(v)
}

func bound(v *big.Rat) (*big.Rat, error) {
	if v.Num().BitLen() > maxBits || v.Denom().BitLen() > maxBits {
		return nil, invalid("the result is too large", "结果过大")
	}
	return v, nil
}

// real is a number that was computed in floating point.
func real(f float64) (*big.Rat, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, invalid("the result is not a real number", "结果不是实数")
	}
	v, _ := new(big.Rat).SetString(fmt.Sprintf("%.15g", f)) // of a finite number
	return v, nil
}
