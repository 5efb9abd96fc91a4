package calc

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode"
)

// function is one that an expression can call with at least least arguments and at most most; -1 is any number.
type function struct {
	least, most int
	of          func(args []*big.Rat) (*big.Rat, error)
}

// functions by name.
var functions = map[string]function{
	"abs":   {1, 1, func(a []*big.Rat) (*big.Rat, error) { return new(big.Rat).Abs(a[0]), nil }},
	"floor": {1, 1, func(a []*big.Rat) (*big.Rat, error) { return floor(a[0]), nil }},
	"ceil":  {1, 1, func(a []*big.Rat) (*big.Rat, error) { return negated(floor(negated(a[0]))), nil }},
	"trunc": {1, 1, func(a []*big.Rat) (*big.Rat, error) { return truncated(a[0]), nil }},
	"round": {1, 2, round},
	"sqrt":  {1, 1, sqrt},
	"cbrt":  {1, 1, of(math.Cbrt)},
	"exp":   {1, 1, of(math.Exp)},
	"ln":    {1, 1, of(math.Log)},
	"log":   {1, 2, logarithm},
	"log2":  {1, 1, of(math.Log2)},
	"log10": {1, 1, of(math.Log10)},
	"sin":   {1, 1, of(math.Sin)}, "cos": {1, 1, of(math.Cos)}, "tan": {1, 1, of(math.Tan)},
	"asin": {1, 1, of(math.Asin)}, "acos": {1, 1, of(math.Acos)}, "atan": {1, 1, of(math.Atan)},
	"min": {1, -1, func(a []*big.Rat) (*big.Rat, error) { return slices.MinFunc(a, (*big.Rat).Cmp), nil }},
	"max": {1, -1, func(a []*big.Rat) (*big.Rat, error) { return slices.MaxFunc(a, (*big.Rat).Cmp), nil }},
	"sum": {1, -1, func(a []*big.Rat) (*big.Rat, error) { return bound(total(a)) }},
	"avg": {1, -1, func(a []*big.Rat) (*big.Rat, error) {
		return bound(new(big.Rat).Quo(total(a), big.NewRat(int64(len(a)), 1)))
	}},
	"median": {1, -1, median},
	"gcd":    {2, 2, func(a []*big.Rat) (*big.Rat, error) { return whole(a, new(big.Int).GCD) }},
	"pow":    {2, 2, func(a []*big.Rat) (*big.Rat, error) { return power(a[0], a[1]) }},
}

func negated(v *big.Rat) *big.Rat { return new(big.Rat).Neg(v) }

func truncated(v *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Quo(v.Num(), v.Denom()))
}

func total(a []*big.Rat) *big.Rat {
	out := new(big.Rat)
	for _, v := range a {
		out.Add(out, v)
	}
	return out
}

func of(f func(float64) float64) func([]*big.Rat) (*big.Rat, error) {
	return func(a []*big.Rat) (*big.Rat, error) {
		x, _ := a[0].Float64()
		return real(f(x))
	}
}

// round rounds halves away from zero, to places after the point.
func round(a []*big.Rat) (*big.Rat, error) {
	places := int64(0)
	if len(a) == 2 {
		if !a[1].IsInt() || !a[1].Num().IsInt64() || a[1].Num().Int64() > 50 || a[1].Num().Int64() < -50 {
			return nil, invalid("round goes to -50 to 50 places", "round 的小数位数为 -50 到 50")
		}
		places = a[1].Num().Int64()
	}
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(places, -places)), nil))
	if places < 0 {
		scale.Inv(scale)
	}
	v := new(big.Rat).Mul(a[0], scale)
	half := big.NewRat(1, 2)
	if v.Sign() < 0 {
		half.Neg(half)
	}
	return new(big.Rat).Quo(truncated(v.Add(v, half)), scale), nil
}

// sqrt is exact for squares.
func sqrt(a []*big.Rat) (*big.Rat, error) {
	if a[0].Sign() < 0 {
		return nil, invalid("the result is not a real number", "结果不是实数")
	}
	n, d := new(big.Int).Sqrt(a[0].Num()), new(big.Int).Sqrt(a[0].Denom())
	if out := new(big.Rat).SetFrac(n, d); new(big.Rat).Mul(out, out).Cmp(a[0]) == 0 {
		return out, nil
	}
	f, _ := a[0].Float64()
	return real(math.Sqrt(f))
}

func logarithm(a []*big.Rat) (*big.Rat, error) {
	x, _ := a[0].Float64()
	if len(a) == 1 {
		return real(math.Log10(x))
	}
	base, _ := a[1].Float64()
	return real(math.Log(x) / math.Log(base))
}

func median(a []*big.Rat) (*big.Rat, error) {
	s := slices.SortedFunc(slices.Values(a), (*big.Rat).Cmp)
	if n := len(s); n%2 == 0 {
		return bound(new(big.Rat).Quo(new(big.Rat).Add(s[n/2-1], s[n/2]), big.NewRat(2, 1)))
	}
	return s[len(s)/2], nil
}

func whole(a []*big.Rat, f func(x, y, m, n *big.Int) *big.Int) (*big.Rat, error) {
	if !a[0].IsInt() || !a[1].IsInt() {
		return nil, invalid("gcd is of whole numbers", "gcd 只支持整数")
	}
	return new(big.Rat).SetInt(f(nil, nil, new(big.Int).Abs(a[0].Num()), new(big.Int).Abs(a[1].Num()))), nil
}

// name reads a constant, or a function with its arguments.
func (p *parser) name() (*big.Rat, error) {
	from := p.at
	for p.at < len(p.in) && (unicode.IsLetter(p.in[p.at]) || unicode.IsDigit(p.in[p.at])) {
		p.at++
	}
	name := strings.ToLower(string(p.in[from:p.at]))
	switch name {
	case "pi":
		return real(math.Pi)
	case "e":
		return real(math.E)
	}
	f, ok := functions[name]
	if !ok {
		p.at = from
		return nil, invalid("%q is not known; there are + - * / // mod ^ ! %% and functions such as sqrt, round, log, sum", "无法识别 %q；支持 + - * / // mod ^ ! %% 以及 sqrt、round、log、sum 等函数", name)
	}
	if p.take("(") == "" {
		if name == "sqrt" { // √2
			v, err := p.suffixed()
			if err != nil {
				return nil, err
			}
			return f.of([]*big.Rat{v})
		}
		return nil, p.unexpected()
	}
	var args []*big.Rat
	for p.take(")") == "" {
		if len(args) > 0 && p.take(",") == "" {
			return nil, p.unexpected()
		}
		v, err := p.sum()
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	if len(args) < f.least || f.most >= 0 && len(args) > f.most {
		return nil, invalid("%s has another number of arguments", "%s 的参数个数不正确", name)
	}
	return f.of(args)
}
