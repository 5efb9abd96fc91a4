package node

import (
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// textFilters compare the text of an element with what is wanted.
var textFilters = map[string]func(have, want string) bool{
	"contains":     strings.Contains,
	"start with":   strings.HasPrefix,
	"end with":     strings.HasSuffix,
	"is":           func(have, want string) bool { return have == want },
	"in":           func(have, want string) bool { return strings.Contains(want, have) },
	"not contains": func(have, want string) bool { return !strings.Contains(have, want) },
	"is not":       func(have, want string) bool { return have != want },
	"not in":       func(have, want string) bool { return !strings.Contains(want, have) },
	"empty":        func(have, _ string) bool { return have == "" },
	"not empty":    func(have, _ string) bool { return have != "" },
}

// numberFilters compare numbers.
var numberFilters = map[string]func(have, want float64) bool{
	"=": func(have, want float64) bool { return have == want },
	"≠": func(have, want float64) bool { return have != want },
	"<": func(have, want float64) bool { return have < want },
	">": func(have, want float64) bool { return have > want },
	"≤": func(have, want float64) bool { return have <= want },
	"≥": func(have, want float64) bool { return have >= want },
}

// apply keeps the elements that the condition holds for. list is changed.
func (f *listFilter) apply(list []any, kind string, vars workflow.Vars) ([]any, error) {
	want := f.want
	if f.template != nil {
		want = f.template.Text(vars)
	}
	keep, err := f.test(kind, want)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(e any) bool { return !keep(e) }), nil
}

// test is the condition for elements of the kind.
func (f *listFilter) test(kind string, want any) (func(e any) bool, error) {
	switch kind {
	case "array[string]":
		return f.testText(want)
	case "array[number]":
		return f.testNumber(want)
	case "array[boolean]":
		return f.testBool(want)
	}
	var of func(e any) bool
	var err error
	switch f.key {
	case "name", "extension", "mime_type", "url", "related_id":
		of, err = f.testText(want)
	case "type", "transfer_method":
		of, err = f.testOneOf(want)
	case "size":
		of, err = f.testNumber(want)
	default:
		return nil, badKey(f.key)
	}
	return func(e any) bool {
		file, ok := e.(app.Attachment)
		v, _ := value.Attribute(file, f.key)
		return ok && of(v)
	}, err
}

func (f *listFilter) testText(want any) (func(e any) bool, error) {
	holds, ok := textFilters[f.operator]
	if !ok {
		return nil, f.unsuitable()
	}
	w, ok := want.(string)
	if !ok && f.operator != "empty" && f.operator != "not empty" {
		return nil, f.badWant(want)
	}
	return func(e any) bool { s, ok := e.(string); return ok && holds(s, w) }, nil
}

func (f *listFilter) testNumber(want any) (func(e any) bool, error) {
	holds, ok := numberFilters[f.operator]
	if !ok {
		return nil, f.unsuitable()
	}
	s, ok := want.(string)
	w, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if !ok || err != nil {
		return nil, f.badWant(want)
	}
	return func(e any) bool { x, ok := value.Float(e); return ok && holds(x, w) }, nil
}

func (f *listFilter) testBool(want any) (func(e any) bool, error) {
	if f.operator != "is" && f.operator != "is not" {
		return nil, f.unsuitable()
	}
	w, ok := want.(bool)
	if !ok {
		return nil, f.badWant(want)
	}
	return func(e any) bool { return (e == w) == (f.operator == "is") }, nil
}

// testOneOf tests whether an element is among the wanted ones, or part of the wanted text.
func (f *listFilter) testOneOf(want any) (func(e any) bool, error) {
	if f.operator != "in" && f.operator != "not in" {
		return nil, f.unsuitable()
	}
	list, isList := value.List(want)
	text, isText := want.(string)
	if !isList && !isText {
		return nil, f.badWant(want)
	}
	return func(e any) bool {
		s, _ := e.(string)
		in := isText && strings.Contains(text, s) || slices.ContainsFunc(list, func(w any) bool { return w == e })
		return in == (f.operator == "in")
	}, nil
}

func (f *listFilter) unsuitable() error {
	return workflow.Typed("InvalidConditionError", app.Errorf(app.Invalid, "list_condition_invalid", "elements of this list cannot be compared with %q", "比较运算符“%s”不适用于该列表的元素", f.operator))
}

func (f *listFilter) badWant(want any) error {
	return app.Errorf(app.Invalid, "list_value_invalid", "a value of the type %[2]s cannot be used with %[1]q here: %[3]s", "此处的比较运算符“%[1]s”不能使用类型为 %[2]s 的值：%[3]s", f.operator, typeName(want), shorten(value.Literal(want)))
}

// shorten keeps what is quoted in a sentence short and on one line.
func shorten(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
