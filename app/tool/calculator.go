package tool

import (
	"context"

	"islet/app"
	"islet/app/tool/calc"
)

func calculator() *Tool {
	t := &Tool{Name: "calculate", Label: app.Text{En: "Calculate", Zh: "计算"},
		Description: "Calculates an arithmetic expression exactly. Use it for every calculation instead of doing it yourself.",
		Params: []Param{text("expression", "Expression", "表达式",
			"numbers with + - * / // mod ^ ! % ( ) and functions such as sqrt, round(x, places), abs, floor, ceil, log, ln, sin, sum, avg, median, min, max; such as (1200 * 3 - 50%) / 7", true, nil)}}
	t.Call = func(_ context.Context, args map[string]any) (Result, error) {
		v, err := calc.Eval(str(args, "expression", ""))
		if err != nil {
			return Result{}, err
		}
		return say(v), nil
	}
	return t
}
