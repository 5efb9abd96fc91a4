package jinja

import (
	"math"
	"math/big"
	"math/bits"
)

func unsupported(op string, a, b any) {
	fail("TypeError", "unsupported operand type(s) for %s: '%s' and '%s'", "运算 %s 不能用于类型 '%s' 和 '%s'", op, typeName(a), typeName(b))
}

// binary is the arithmetic of Python, which also joins and repeats texts and lists.
func (r *render) binary(op string, a, b any) any {
	if op == "%" {
		if _, ok := textOf(a); ok {
			return r.percent(a, b)
		}
	}
	defined(a, b)
	if x, ok := asNum(a); ok {
		if y, ok := asNum(b); ok {
			return arithmetic(op, x, y)
		}
	}
	switch op {
	case "+":
		return r.add(a, b)
	case "*":
		if v, ok := r.times(a, b); ok {
			return v
		}
		if v, ok := r.times(b, a); ok {
			return v
		}
	case "**":
		op = "** or pow()"
	}
	unsupported(op, a, b)
	return nil
}

func (r *render) add(a, b any) any {
	if _, ok := textOf(a); ok {
		if _, ok := textOf(b); !ok {
			fail("TypeError", `can only concatenate str (not "%s") to str`, "字符串只能与字符串相加，不能与类型 '%s' 相加；可改用 ~", typeName(b))
		}
		return r.concat(a, b)
	}
	if x, ok := a.(*list); ok {
		y, ok := b.(*list)
		if !ok {
			typeError(`can only concatenate list (not "%s") to list`, typeName(b))
		}
		r.grow(16 * (len(x.items) + len(y.items)))
		return &list{items: append(append([]any{}, x.items...), y.items...)}
	}
	if x, ok := asTuple(a); ok {
		y, ok := asTuple(b)
		if !ok {
			typeError(`can only concatenate tuple (not "%s") to tuple`, typeName(b))
		}
		r.grow(16 * (len(x) + len(y)))
		return append(append(tuple{}, x...), y...)
	}
	unsupported("+", a, b)
	return nil
}

// concat joins two texts; when one is safe, the other is escaped.
func (r *render) concat(a, b any) any {
	x, _ := textOf(a)
	y, _ := textOf(b)
	_, safeA := a.(markup)
	_, safeB := b.(markup)
	r.grow(len(x) + len(y))
	if safeA || safeB {
		return markup(r.escaped(a) + r.escaped(b))
	}
	return x + y
}

// times repeats a text or list.
func (r *render) times(v, by any) (any, bool) {
	n, isNum := asNum(by)
	switch v.(type) {
	case string, markup, *list, tuple:
		if !isNum || n.kind == 'f' {
			typeError("can't multiply sequence by non-int of type '%s'", typeName(by))
		}
	default:
		return nil, false
	}
	if n.kind == 'b' {
		n.i = int64(n.b.Sign()) * math.MaxInt64
	}
	switch x := v.(type) {
	case *list:
		return &list{items: r.repeatItems(x.items, n.i)}, true
	case tuple:
		return tuple(r.repeatItems(x, n.i)), true
	}
	s, _ := textOf(v)
	return like(v, r.repeat(s, n.i)), true
}

func (r *render) repeatItems(items []any, n int64) []any {
	out := []any{}
	if len(items) == 0 || n <= 0 {
		return out
	}
	n = min(n, maxText+1)
	r.grow(16 * len(items) * int(n))
	for range n {
		out = append(out, items...)
	}
	return out
}

func (r *render) unary(op string, v any) any {
	defined(v)
	n, ok := asNum(v)
	if !ok {
		fail("TypeError", "bad operand type for unary %s: '%s'", "运算 %s 不能用于类型 '%s'", op, typeName(v))
	}
	switch {
	case op == "+" && n.kind == 'i':
		return n.i
	case op == "+":
		return v
	case n.kind == 'f':
		return -n.f
	}
	return whole(new(big.Int).Neg(n.big()))
}

func arithmetic(op string, x, y num) any {
	if op == "/" {
		return divide(x, y)
	}
	if op == "**" {
		return power(x, y)
	}
	if x.kind == 'f' || y.kind == 'f' {
		return arithmeticFloat(op, x.float(), y.float())
	}
	if x.kind == 'i' && y.kind == 'i' {
		if v, ok := arithmeticInt(op, x.i, y.i); ok {
			return v
		}
	}
	a, b := x.big(), y.big()
	z := new(big.Int)
	switch op {
	case "+":
		return whole(z.Add(a, b))
	case "-":
		return whole(z.Sub(a, b))
	case "*":
		return whole(z.Mul(a, b))
	}
	if b.Sign() == 0 {
		divisionByZero("integer division or modulo by zero")
	}
	mod := new(big.Int)
	z.DivMod(a, b, mod) // Euclidean: the remainder is never negative
	if mod.Sign() != 0 && b.Sign() < 0 {
		z.Sub(z, big.NewInt(1))
		mod.Add(mod, b)
	}
	if op == "//" {
		return whole(z)
	}
	return whole(mod)
}

func divisionByZero(en string) {
	fail("ZeroDivisionError", "%[1]s", "除数为零（%[1]s）", en)
}

// arithmeticInt is the usual case: both numbers, and the result, fit.
func arithmeticInt(op string, a, b int64) (int64, bool) {
	switch op {
	case "+":
		c := a + b
		return c, (c > a) == (b > 0)
	case "-":
		c := a - b
		return c, (c < a) == (b > 0)
	case "*":
		hi, lo := bits.Mul64(magnitude(a), magnitude(b))
		if hi != 0 || lo >= 1<<63 {
			return 0, false
		}
		return a * b, true
	}
	if b == 0 {
		divisionByZero(map[string]string{"//": "integer division or modulo by zero", "%": "integer modulo by zero"}[op])
	}
	if b == -1 {
		return -a, a != math.MinInt64 && op == "//"
	}
	div, mod := a/b, a%b
	if mod != 0 && (mod < 0) != (b < 0) {
		div--
		mod += b
	}
	if op == "//" {
		return div, true
	}
	return mod, true
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

func arithmeticFloat(op string, a, b float64) any {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	}
	if b == 0 {
		divisionByZero(map[string]string{"//": "float floor division by zero", "%": "float modulo"}[op])
	}
	mod := math.Mod(a, b)
	div := (a - mod) / b
	if mod != 0 {
		if (b < 0) != (mod < 0) {
			mod += b
			div--
		}
	} else {
		mod = math.Copysign(0, b)
	}
	if op == "%" {
		return mod
	}
	if div == 0 {
		return math.Copysign(0, a/b)
	}
	floor := math.Floor(div)
	if div-floor > 0.5 {
		floor++
	}
	return floor
}

func divide(x, y num) any {
	if x.kind == 'f' || y.kind == 'f' {
		if y.float() == 0 {
			divisionByZero("float division by zero")
		}
		return x.float() / y.float()
	}
	a, b := x.big(), y.big()
	if b.Sign() == 0 {
		divisionByZero("division by zero")
	}
	if a.Sign() == 0 {
		return math.Copysign(0, float64(b.Sign()))
	}
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	if math.IsInf(f, 0) {
		fail("OverflowError", "integer division result too large for a float", "相除的结果过大")
	}
	return f
}

func power(x, y num) any {
	if x.kind == 'f' || y.kind == 'f' || y.big().Sign() < 0 {
		a, b := x.float(), y.float()
		if a == 0 && b < 0 {
			divisionByZero("0.0 cannot be raised to a negative power")
		}
		f := math.Pow(a, b)
		switch {
		case math.IsNaN(f) && !math.IsNaN(a) && !math.IsNaN(b):
			fail("TypeError", "a negative number cannot be raised to a fractional power here", "负数不能取小数次幂")
		case math.IsInf(f, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0):
			fail("OverflowError", "(34, 'Numerical result out of range')", "计算结果超出范围")
		}
		return f
	}
	base, exp := x.big(), y.big()
	if base.BitLen() > 1 && (!exp.IsInt64() || exp.Int64() > maxBits || int64(base.BitLen())*exp.Int64() > 2*maxBits) {
		fail("limit", "a number becomes too large", "数字过大")
	}
	if !exp.IsInt64() { // of 0, 1 or -1
		exp = big.NewInt(2 + int64(exp.Bit(0)))
	}
	return whole(new(big.Int).Exp(base, exp, nil))
}
