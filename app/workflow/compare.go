package workflow

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/value"
)

// comparison compares what a variable holds with what is wanted. It is Python's: a value that is false in Python contains
// nothing, and null is neither equal nor unequal.
type comparison func(operator string, have, want any) (bool, error)

// comparisons are all of them, by Dify's name.
var comparisons = map[string]comparison{
	"contains":     contains,
	"not contains": not(contains),
	"start with":   affix(strings.HasPrefix),
	"end with":     affix(strings.HasSuffix),
	"is":           is,
	"is not":       unlessNull(not(is)),
	"empty":        not(full),
	"not empty":    full,
	"=":            equals,
	"≠":            unlessNull(not(equals)),
	">":            ordered(func(sign int) bool { return sign > 0 }),
	"<":            ordered(func(sign int) bool { return sign < 0 }),
	"≥":            ordered(func(sign int) bool { return sign >= 0 }),
	"≤":            ordered(func(sign int) bool { return sign <= 0 }),
	"null":         not(exists),
	"not null":     exists,
	"in":           among,
	"not in":       not(among),
	"all of":       allOf,
	"exists":       exists,
	"not exists":   not(exists),
}

// takesValue tells whether a comparison looks at what is wanted.
func takesValue(operator string) bool {
	switch operator {
	case "empty", "not empty", "null", "not null", "exists", "not exists":
		return false
	}
	return true
}

func not(c comparison) comparison {
	return func(operator string, have, want any) (bool, error) {
		held, err := c(operator, have, want)
		return !held && err == nil, err
	}
}

func unlessNull(c comparison) comparison {
	return func(operator string, have, want any) (bool, error) {
		if have == nil {
			return false, nil
		}
		return c(operator, have, want)
	}
}

func full(_ string, have, _ any) (bool, error)   { return value.Truth(have), nil }
func exists(_ string, have, _ any) (bool, error) { return have != nil, nil }

func contains(operator string, have, want any) (bool, error) {
	if !value.Truth(have) {
		return false, nil
	}
	if s, ok := have.(string); ok {
		return strings.Contains(s, value.Str(want)), nil
	}
	if list, ok := value.List(have); ok {
		return member(list, want), nil
	}
	return false, unfit(operator, have)
}

func member(list []any, v any) bool {
	return slices.ContainsFunc(list, func(e any) bool { return value.Equal(e, v) })
}

func affix(has func(s, affix string) bool) comparison {
	return func(operator string, have, want any) (bool, error) {
		if !value.Truth(have) {
			return false, nil
		}
		s, ok := have.(string)
		if !ok {
			return false, unfit(operator, have)
		}
		w, ok := want.(string)
		if !ok {
			return false, badValue(operator, want)
		}
		return has(s, w), nil
	}
}

func is(operator string, have, want any) (bool, error) {
	switch have.(type) {
	case nil:
		return false, nil
	case string, bool:
		return value.Equal(have, want), nil
	}
	return false, unfit(operator, have)
}

func equals(operator string, have, want any) (bool, error) {
	switch x := have.(type) {
	case nil:
		return false, nil
	case bool:
		return x == value.Truth(want), nil
	}
	if i, ok := value.Int(have); ok {
		w, err := integer(operator, want)
		return i == w && err == nil, err
	}
	if f, ok := value.Float(have); ok {
		w, err := float(operator, want)
		return f == w && err == nil, err
	}
	return false, unfit(operator, have)
}

func ordered(holds func(sign int) bool) comparison {
	return func(operator string, have, want any) (bool, error) {
		if have == nil {
			return false, nil
		}
		x, ok := value.Float(have)
		if !ok {
			return false, unfit(operator, have)
		}
		y, err := float(operator, want)
		if err != nil {
			return false, err
		}
		if i, ok := value.Int(have); ok && value.Whole(y) {
			return holds(cmp.Compare(i, int64(y))), nil
		}
		return !math.IsNaN(x) && !math.IsNaN(y) && holds(cmp.Compare(x, y)), nil
	}
}

func among(operator string, have, want any) (bool, error) {
	if !value.Truth(have) {
		return false, nil
	}
	list, ok := value.List(want)
	if !ok {
		return false, badValue(operator, want)
	}
	return member(list, have), nil
}

func allOf(operator string, have, want any) (bool, error) {
	list, ok := value.List(want)
	if !ok || len(list) > 0 && value.Type(list) != "array[string]" && value.Type(list) != "array[boolean]" {
		return false, badValue(operator, want)
	}
	if !value.Truth(have) {
		return false, nil
	}
	elements, isList := value.List(have)
	text, isText := have.(string)
	for _, e := range list {
		switch s, ok := e.(string); {
		case isList && member(elements, e), isText && ok && strings.Contains(text, s):
		case isList, isText && ok:
			return false, nil
		default:
			return false, unfit(operator, have)
		}
	}
	return true, nil
}

// integer is Python's int().
func integer(operator string, v any) (int64, error) {
	switch x := v.(type) {
	case bool:
		if x {
			return 1, nil
		}
		return 0, nil
	case string:
		if i, err := strconv.ParseInt(strings.TrimSpace(x), 10, 64); err == nil {
			return i, nil
		}
		return 0, badValue(operator, v)
	}
	if i, ok := value.Int(v); ok {
		return i, nil
	}
	if f, ok := value.Float(v); ok && math.Abs(f) < 1<<63 {
		return int64(f), nil
	}
	return 0, badValue(operator, v)
}

// float is Python's float().
func float(operator string, v any) (float64, error) {
	switch x := v.(type) {
	case bool:
		if x {
			return 1, nil
		}
		return 0, nil
	case string:
		if f, err := strconv.ParseFloat(strings.TrimSpace(x), 64); err == nil {
			return f, nil
		}
		return 0, badValue(operator, v)
	}
	if f, ok := value.Float(v); ok {
		return f, nil
	}
	return 0, badValue(operator, v)
}

// truths makes booleans of what a boolean, or a list of them, is compared with: texts are read as JSON.
func truths(operator string, want any) (any, error) {
	list, ok := value.List(want)
	if !ok {
		return truth(operator, want)
	}
	out := make([]any, len(list))
	for i, e := range list {
		b, err := truth(operator, e)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}

func truth(operator string, want any) (bool, error) {
	v := want
	if s, ok := want.(string); ok {
		read, err := value.Decode([]byte(s))
		if err != nil {
			return false, badValue(operator, want)
		}
		v = read
	}
	if b, ok := v.(bool); ok {
		return b, nil
	}
	if i, ok := value.Int(v); ok {
		return i != 0, nil
	}
	return false, badValue(operator, want)
}

func unfit(operator string, have any) error {
	return app.Errorf(app.Invalid, "condition_unfit", "the comparison %q does not work on a value of the type %s", "比较运算符“%s”不适用于 %s 类型的值", operator, value.Type(have))
}

func badValue(operator string, want any) error {
	return app.Errorf(app.Invalid, "condition_value_invalid", "the comparison %q cannot use %s as the value to compare with", "比较运算符“%s”无法使用 %s 作为比较值", operator, cut(value.Literal(want)))
}

// cut keeps a value that is quoted in a sentence short.
func cut(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
