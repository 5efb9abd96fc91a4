package calc_test

import (
	"strings"
	"testing"

	"islet/app"
	"islet/app/tool/calc"
)

func TestEval(t *testing.T) {
	for in, want := range map[string]string{
		"0.1 + 0.2": "0.3", "1/3": "0.333333333333333", "2/4": "0.5", "7 // 2": "3", "-7 // 2": "-4", "7 mod 3": "1", "-7 mod 3": "2", "2^10": "1024", "2**3**2": "512", "2^-1": "0.5",
		"-2^2": "-4", "(1+2)*3": "9", "（1＋2）×3÷2": "4.5", "50% * 80": "40", "5!": "120", "sqrt(2)": "1.4142135623731", "sqrt(1/4)": "0.5", "√16": "4", "round(2.345, 2)": "2.35", "round(-2.5)": "-3",
		"round(12345, -2)": "12300", "ceil(-1.2)": "-1", "floor(1.9)": "1", "sum(1,2,3.5)": "6.5", "avg(1, 2)": "1.5", "median(3,1,2,10)": "2.5", "max(1,2,3)": "3", "gcd(12, 18)": "6", "log(1000)": "3",
		"log(8, 2)": "3", "ln(e)": "1", "1e3 + 1.5e-2": "1000.015", "1_000 * 3": "3000", "123456789123456789 * 987654321": "121932631234567900112635269", "100000.10 * 3": "300000.3", "2 * pi": "6.28318530717958",
		"cos(0)": "1", "4^0.5": "2", "1/7*7": "1", "0.000001/3": "0.000000333333333333333",
	} {
		if got, err := calc.Eval(in); err != nil || got != want {
			t.Errorf("Eval(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestEval_refuses(t *testing.T) {
	for _, in := range []string{"", "1 +", "1 2", "1/0", "5 mod 0", "0^-1", "9^9^9^9", "2^99999", "1e99999", "10000!", "(-1)^0.5", "sqrt(-1)", "log(0)", "os.exit()", "__import__('os')", "foo(1)", "x = 1", "1; 2", "round()", "gcd(1.5, 2)",
		strings.Repeat("(", 5000), strings.Repeat("(", 150) + "1" + strings.Repeat(")", 150), strings.Repeat("-", 1500) + "1", "3000!!", "min()"} {
		if got, err := calc.Eval(in); err == nil || app.AsError(err).Code != "calc_invalid" {
			t.Errorf("Eval(%.40q) = %q, %v, want calc_invalid", in, got, err)
		}
	}
}
