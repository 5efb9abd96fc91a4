package node

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// codeOutput is one declared output of a code node, or one declared field of an object in it.
type codeOutput struct {
	name, typ string
	free      bool // an object whose fields are not declared
	children  []codeOutput
}

// codeTypes are the types that an output may have.
var codeTypes = []string{"string", "number", "boolean", "object", "array[string]", "array[number]", "array[object]", "array[boolean]"}

// The limits of outputs; Dify's defaults.
const (
	maxOutputDepth = 5
	maxOutputText  = maxText
	maxDecimals    = 20
	maxNumbers     = 1000
	maxTexts       = 30
	maxObjects     = 30
)

// codeOutputs reads declarations. Its error may join several.
func codeOutputs(declared *value.Object) ([]codeOutput, error) {
	if declared == nil {
		return nil, nil
	}
	var outs []codeOutput
	var bad []error
	for name, d := range declared.All() {
		o := codeOutput{name: name, free: true}
		fields, ok := value.Fields(d)
		if ok {
			t, _ := fields.Get("type")
			o.typ, ok = t.(string)
		}
		if !ok || !slices.Contains(codeTypes, o.typ) {
			bad = append(bad, app.Errorf(app.Invalid, "output_type_unknown", "the type of the output %q is unknown", "输出“%s”的类型未知", name))
			continue
		}
		if c, _ := fields.Get("children"); c != nil {
			children, _ := value.Fields(c)
			var err error
			if o.children, err = codeOutputs(children); err != nil {
				bad = append(bad, err)
			}
			o.free = false
		}
		outs = append(outs, o)
	}
	return outs, errors.Join(bad...)
}

// checkOutputs makes of an object what is declared: every output must be there and be of its type, and nothing else may be
// there.
func checkOutputs(made *value.Object, declared []codeOutput, path string, depth int) (*value.Object, error) {
	if depth > maxOutputDepth {
		return nil, tooDeep()
	}
	out := &value.Object{}
	for i := range declared {
		o := &declared[i]
		at := under(path, o.name)
		v, ok := made.Get(o.name)
		if !ok {
			return nil, badOutput("code_output_missing", "Output %s is missing.", "缺少输出 %s", at)
		}
		v, err := o.check(v, at, depth)
		if err != nil {
			return nil, err
		}
		out.Set(o.name, v)
	}
	if out.Len() != made.Len() {
		return nil, workflow.Typed("CodeNodeError", app.Errorf(app.Invalid, "code_output_undeclared", "Not all output parameters are validated.", "代码返回了未声明的输出"))
	}
	return out, nil
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// check makes of v a value of the declared type. Null is one of every type.
func (o *codeOutput) check(v any, path string, depth int) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // null is a value
	}
	if elem, isArray := strings.CutPrefix(o.typ, "array["); isArray {
		list, ok := value.List(v)
		if !ok {
			return nil, o.wrong(v, path)
		}
		return o.checkList(list, strings.TrimSuffix(elem, "]"), path, depth)
	}
	return o.checkOne(v, o.typ, path, depth)
}

func (o *codeOutput) checkList(list []any, elem, path string, depth int) (any, error) {
	if most := map[string]int{"number": maxNumbers, "string": maxTexts, "object": maxObjects}[elem]; most > 0 && len(list) > most {
		return nil, badOutput("code_output_too_long", "the output %s has %d elements; %d are allowed", "输出 %s 有 %d 个元素，最多允许 %d 个", path, len(list), most)
	}
	out := make([]any, len(list))
	for i, e := range list {
		if e == nil && elem != "number" {
			continue
		}
		var err error
		if out[i], err = o.checkOne(e, elem, fmt.Sprintf("%s[%d]", path, i), depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (o *codeOutput) checkOne(v any, typ, path string, depth int) (any, error) {
	switch typ {
	case "string":
		s, ok := v.(string)
		if !ok {
			return nil, o.wrong(v, path)
		}
		if err := checkText(s, path); err != nil {
			return nil, err
		}
		return strings.ReplaceAll(s, "\x00", ""), nil
	case "number":
		if b, ok := v.(bool); ok {
			return map[bool]int64{true: 1}[b], nil
		}
		if _, ok := value.Float(v); !ok {
			return nil, o.wrong(v, path)
		}
		return v, checkNumber(v, path)
	case "object":
		fields, ok := value.Fields(v)
		if !ok {
			return nil, o.wrong(v, path)
		}
		if o.free {
			return v, checkFree(fields, path, depth+1)
		}
		return checkOutputs(fields, o.children, path, depth+1)
	}
	return v, nil // the type of a boolean is not looked at
}

func (o *codeOutput) wrong(v any, path string) error {
	return badOutput("code_output_type", "the output %[1]s must be of the type %[2]s, not %[3]s", "输出 %[1]s 的类型应为 %[2]s，而不是 %[3]s", path, o.typ, typeName(v))
}

// checkFree checks an object whose fields nobody declared.
func checkFree(fields *value.Object, path string, depth int) error {
	if depth > maxOutputDepth {
		return tooDeep()
	}
	for name, v := range fields.All() {
		if err := checkFreeValue(v, under(path, name), depth); err != nil {
			return err
		}
	}
	return nil
}

func checkFreeValue(v any, path string, depth int) error {
	if fields, ok := value.Fields(v); ok {
		return checkFree(fields, path, depth+1)
	}
	if list, ok := value.List(v); ok {
		return checkFreeList(list, path, depth)
	}
	if s, ok := v.(string); ok {
		return checkText(s, path)
	}
	if _, ok := value.Float(v); ok {
		return checkNumber(v, path)
	}
	if _, ok := v.(bool); ok || v == nil {
		return nil
	}
	return badOutput("code_output_type", "the output %s is of a type that variables cannot have", "输出 %s 的类型不能作为变量的类型", path)
}

// checkFreeList wants all elements to be of the first one's kind, or null. A list that starts with null is let pass, as in
// Dify.
func checkFreeList(list []any, path string, depth int) error {
	if len(list) == 0 || list[0] == nil {
		return nil
	}
	for i, e := range list {
		if e == nil {
			continue
		}
		if freeKind(e) != freeKind(list[0]) {
			return badOutput("code_output_mixed", "the elements of the output %s are not all of the same type", "输出 %s 的元素类型不一致", path)
		}
		at := depth
		if _, isList := value.List(e); isList {
			at++
		}
		if at > maxOutputDepth {
			return tooDeep()
		}
		if err := checkFreeValue(e, fmt.Sprintf("%s[%d]", path, i), at); err != nil {
			return err
		}
	}
	return nil
}

// freeKind is typeName as far as lists without declaration look at it: a boolean counts as a number, as in Python.
func freeKind(v any) string {
	switch t := typeName(v); {
	case t == "boolean":
		return "number"
	case strings.HasPrefix(t, "array"):
		return "array"
	default:
		return t
	}
}

func checkText(s, path string) error {
	if n := utf8.RuneCountInString(s); n > maxOutputText {
		return badOutput("code_output_too_long", "the output %s has %d characters; %d are allowed", "输出 %s 有 %d 个字符，最多允许 %d 个", path, n, maxOutputText)
	}
	return nil
}

func checkNumber(v any, path string) error {
	f, _ := value.Float(v)
	if i, whole := value.Int(v); whole && i > math.MinInt64 {
		return nil
	}
	if _, isFloat := v.(float64); !isFloat || math.IsNaN(f) || math.Abs(f) >= math.MaxInt64 {
		return badOutput("code_output_range", "the output %s is a number outside of ±%d", "输出 %s 的数值超出 ±%d 的范围", path, int64(math.MaxInt64))
	}
	if decimals(f) > maxDecimals {
		return badOutput("code_output_precision", "the output %s has more than %d decimals", "输出 %s 的小数位数超过 %d 位", path, maxDecimals)
	}
	return nil
}

// decimals counts the digits behind the point in the shortest form of f.
func decimals(f float64) int {
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	e, err := strconv.Atoi(exponent)
	if err != nil {
		return 0
	}
	_, fraction, _ := strings.Cut(digits, ".")
	return len(fraction) - e
}

func badOutput(code, en, zh string, args ...any) error {
	return workflow.Typed("OutputValidationError", app.Errorf(app.Invalid, code, en, zh, args...))
}

func tooDeep() error {
	return workflow.Typed("DepthLimitError", app.Errorf(app.Invalid, "code_output_too_deep", "the outputs are nested deeper than %d levels", "输出的嵌套层数超过 %d 层", maxOutputDepth))
}
