package node

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// assigner2 writes variables of the conversation or of a loop, one item after the other; a later item sees what earlier ones
// wrote. If one fails, nothing is written.
type assigner2 struct{ items []assignment }

var (
	_ workflow.Reader = (*assigner2)(nil)
	_ workflow.Writer = (*assigner2)(nil)
)

// assignment is one item: what to do to a variable, with a constant or with what another variable holds.
type assignment struct {
	target    selector
	operation string
	inputType string
	constant  any
	from      selector
}

// More of what an assigner does to a variable.
const (
	setTo       = "set"
	extend      = "extend"
	removeFirst = "remove-first"
	removeLast  = "remove-last"
)

// arithmetic are the operations on numbers.
var arithmetic = []string{"+=", "-=", "*=", "/="}

// The types of input of an assignment.
const (
	fromVariable = "variable"
	fromConstant = "constant"
)

func newAssigner2(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Items []struct {
			Target    selector        `json:"variable_selector"`
			InputType string          `json:"input_type"`
			Operation string          `json:"operation"`
			Value     json.RawMessage `json:"value"`
		} `json:"items"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &assigner2{}
	var bad []error
	for _, i := range w.Items {
		a := assignment{target: i.Target, operation: i.Operation, inputType: i.InputType}
		if a.inputType == "" {
			a.inputType = fromVariable
		}
		if err := a.parse(i.Value); err != nil {
			bad = append(bad, err)
		}
		n.items = append(n.items, a)
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return n, nil
}

func (a *assignment) parse(raw json.RawMessage) (err error) {
	known := append([]string{overWrite, clearAll, appendOne, extend, setTo, removeFirst, removeLast}, arithmetic...)
	switch {
	case len(a.target) != 2:
		return withoutTarget()
	case !slices.Contains(known, a.operation):
		return app.Errorf(app.Invalid, "operation_unknown", "the operation %q is unknown", "操作“%s”未知", a.operation)
	case a.inputType != fromVariable && a.inputType != fromConstant:
		return app.Errorf(app.Invalid, "input_type_unknown", "the input type %q is unknown; use variable or constant", "输入类型“%s”未知；请使用 variable 或 constant", a.inputType)
	case !a.takesInput():
		return nil
	case a.inputType == fromConstant:
		if len(raw) > 0 {
			a.constant, err = value.Decode(raw)
		}
		return err
	}
	if len(raw) > 0 {
		err = json.Unmarshal(raw, &a.from)
	}
	if err == nil && a.from.none() && a.variableAllowed() {
		err = withoutInput(a.target)
	}
	return err
}

func (a *assignment) takesInput() bool {
	return a.operation != clearAll && a.operation != removeFirst && a.operation != removeLast
}

// Reads names the targets, which must exist, and what is written to them.
func (n *assigner2) Reads() []workflow.Selector {
	var all []workflow.Selector
	for i := range n.items {
		all = append(all, chosen(n.items[i].target, n.items[i].from)...)
	}
	return all
}

// Writes names the targets.
func (n *assigner2) Writes() []workflow.Selector {
	var all []workflow.Selector
	for i := range n.items {
		all = append(all, workflow.Selector(n.items[i].target))
	}
	return all
}

// Run works out the new values.
func (n *assigner2) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Inputs: looked(s.Vars, n.Reads()), Outputs: map[string]any{}}
	vars := s.Vars
	var updates []workflow.Update
	for i := range n.items {
		a := &n.items[i]
		updated, skip, err := a.apply(vars)
		if err != nil {
			return res, err
		}
		if skip {
			continue
		}
		vars = vars.Set(a.target[0], a.target[1], updated)
		sel := workflow.Selector(a.target)
		same := func(u workflow.Update) bool { return slices.Equal(u.Selector, sel) }
		if at := slices.IndexFunc(updates, same); at >= 0 {
			updates[at].Value = updated
			continue
		}
		updates = append(updates, workflow.Update{Selector: sel, Value: updated})
	}
	res.Updates, res.Process = updates, updatedVariables(updates)
	return res, nil
}

// apply is the target's new value. An input that is null leaves the target as it is: skip.
func (a *assignment) apply(vars workflow.Vars) (updated any, skip bool, err error) {
	old, err := a.target.read(vars)
	if err != nil {
		return nil, false, err
	}
	if !a.suits(typeName(old)) {
		return nil, false, unsupported(a.operation, old)
	}
	if a.inputType == fromVariable && !a.variableAllowed() || a.inputType == fromConstant && !a.constantAllowed(typeName(old)) {
		return nil, false, app.Errorf(app.Invalid, "input_type_unsupported", "the input type %s is not supported for the operation %s on a variable of the type %s", "输入类型 %s 不支持用于操作 %s（%s 类型的变量）", a.inputType, a.operation, typeName(old))
	}
	in := a.constant
	if a.inputType == fromVariable && a.takesInput() {
		if in, err = a.from.read(vars); err != nil || in == nil {
			return nil, err == nil, err
		}
	}
	if text, ok := in.(string); ok && a.operation == setTo && typeName(old) == "object" {
		if in, err = value.Decode([]byte(text)); err != nil {
			return nil, false, a.badInput(text)
		}
	}
	if a.takesInput() && !a.fits(typeName(old), in) {
		return nil, false, a.badInput(in)
	}
	return a.result(old, in), false, nil
}

func (a *assignment) badInput(in any) error {
	return app.Errorf(app.Invalid, "assign_value_invalid", "a value of the type %[3]s cannot be used for the operation %[1]s on %[2]q", "类型为 %[3]s 的值不能用于对“%[2]s”执行 %[1]s 操作", a.operation, a.target.String(), typeName(in))
}

// suits tells whether variables of the type can be changed in this way. The type of one that is null is not known.
func (a *assignment) suits(target string) bool {
	isArray := strings.HasPrefix(target, "array")
	switch {
	case a.operation == overWrite || a.operation == clearAll:
		return true
	case a.operation == setTo:
		return !isArray && target != "file"
	case slices.Contains(arithmetic, a.operation):
		return target == "number"
	}
	return isArray
}

func (a *assignment) variableAllowed() bool {
	return a.operation != setTo && !slices.Contains(arithmetic, a.operation)
}

func (a *assignment) constantAllowed(target string) bool {
	switch target {
	case "number":
		return a.operation == overWrite || a.operation == setTo || slices.Contains(arithmetic, a.operation)
	case "string", "object", "boolean", "none":
		return a.operation == overWrite || a.operation == setTo
	}
	return false
}

// fits tells whether the input is of a type that the operation can use on the target.
func (a *assignment) fits(target string, in any) bool {
	list, isList := value.List(in)
	elem, isArray := strings.CutPrefix(target, "array[")
	elem = strings.TrimSuffix(elem, "]")
	switch {
	case a.operation == appendOne:
		return elementFits(elem, in)
	case a.operation == extend, isArray && a.operation == overWrite:
		return isList && !slices.ContainsFunc(list, func(e any) bool { return !elementFits(elem, e) })
	case a.operation == "/=":
		f, ok := value.Float(in)
		return ok && f != 0
	}
	return target == "none" || typeName(in) == target
}

// elementFits tells whether a list of such elements may hold e. A list without elements does not say what it is a list of.
func elementFits(elem string, e any) bool {
	t := typeName(e)
	if elem == "any" {
		return t != "none" && !strings.HasPrefix(t, "array")
	}
	return t == elem
}

func (a *assignment) result(old, in any) any {
	list, _ := value.List(old)
	switch a.operation {
	case clearAll:
		return zero(old)
	case appendOne:
		return listLike(old, append(slices.Clone(list), in))
	case extend:
		more, _ := value.List(in)
		return listLike(old, append(slices.Clone(list), more...))
	case removeFirst:
		return listLike(old, list[min(1, len(list)):])
	case removeLast:
		return listLike(old, list[:max(len(list)-1, 0)])
	case "+=", "-=", "*=", "/=":
		return calculate(a.operation, old, in)
	}
	return in
}

// calculate is Python's arithmetic: whole numbers stay whole, except when they are divided.
func calculate(operation string, a, b any) any {
	i, whole := value.Int(a)
	j, whole2 := value.Int(b)
	if whole && whole2 && operation != "/=" {
		x, y := big.NewInt(i), big.NewInt(j)
		switch operation {
		case "+=":
			x.Add(x, y)
		case "-=":
			x.Sub(x, y)
		case "*=":
			x.Mul(x, y)
		}
		return value.Number(x.String())
	}
	x, _ := value.Float(a)
	y, _ := value.Float(b)
	switch operation {
	case "+=":
		return x + y
	case "-=":
		return x - y
	case "*=":
		return x * y
	}
	return x / y
}
