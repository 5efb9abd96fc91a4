package knowledge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"islet/app"
	"islet/store"
)

// The operators of a condition by the type of field that they are for; the words are Dify's.
var operators = map[string][]string{
	app.MetaString: {"contains", "not contains", "start with", "end with", "is", "is not", "empty", "not empty", "in", "not in"},
	app.MetaNumber: {"=", "≠", ">", "<", "≥", "≤", "is", "is not", "empty", "not empty", "in", "not in"},
	app.MetaTime:   {"is", "before", "after", "=", "≠", ">", "<", "≥", "≤", "empty", "not empty"},
}

// checkFilter refuses operators that nobody knows. Fields that a dataset does not have are no error: nothing meets them.
func checkFilter(f *app.Filter) error {
	if f == nil {
		return nil
	}
	if !slices.Contains([]string{"", "and", "or"}, strings.ToLower(f.Logic)) {
		return app.Errorf(app.Invalid, "filter_logic_unknown", "conditions are joined by %q; use and or or", "条件之间的关系“%s”无效；请使用 and 或 or", f.Logic)
	}
	for _, c := range f.Conditions {
		if !knownOperator(c.Operator) {
			return app.Errorf(app.Invalid, "filter_operator_unknown", "the comparison %q is unknown", "未知的比较方式“%s”", c.Operator)
		}
	}
	return nil
}

func knownOperator(op string) bool {
	for _, list := range operators {
		if slices.Contains(list, op) {
			return true
		}
	}
	return false
}

// meets tells whether a document meets a filter, and by which conditions, as text. A condition without a value is skipped.
func meets(d *store.Described, f *app.Filter, builtIn bool) (ok bool, by []string) {
	or := strings.EqualFold(f.Logic, "or")
	counted := 0
	for i := range f.Conditions {
		c := &f.Conditions[i]
		unary := c.Operator == "empty" || c.Operator == "not empty"
		if c.Value == nil && !unary {
			continue
		}
		counted++
		met := holds(fieldOf(d, c.Name, builtIn), c)
		if met {
			by = append(by, conditionText(c))
		}
		if met && or {
			return true, by
		}
		if !met && !or {
			return false, nil
		}
	}
	return counted == 0 || !or, by
}

func conditionText(c *app.Condition) string {
	if c.Operator == "empty" || c.Operator == "not empty" {
		return c.Name + " " + c.Operator
	}
	return fmt.Sprintf("%s %s %v", c.Name, c.Operator, c.Value)
}

// fieldOf is the value of a document's field; nil if it has none.
func fieldOf(d *store.Described, name string, builtIn bool) any {
	if v, ok := d.Metadata[name]; ok {
		return v
	}
	if !builtIn {
		return nil
	}
	switch name {
	case "document_name":
		return d.Name
	case "uploader":
		return d.Uploader
	case "upload_date":
		return float64(d.Created.UnixMilli()) / 1000
	case "last_update_date":
		return float64(d.Updated.UnixMilli()) / 1000
	case "source":
		return string(d.Source)
	}
	return nil
}

// holds compares one value.
func holds(v any, c *app.Condition) bool {
	empty := v == nil || v == ""
	switch c.Operator {
	case "empty":
		return empty
	case "not empty":
		return !empty
	}
	if empty {
		return c.Operator == "not contains" || c.Operator == "is not" || c.Operator == "≠" || c.Operator == "not in"
	}
	switch c.Operator {
	case "in":
		return slices.ContainsFunc(listOf(c.Value), func(e any) bool { return equal(v, e) })
	case "not in":
		return !slices.ContainsFunc(listOf(c.Value), func(e any) bool { return equal(v, e) })
	case "is", "=":
		return equal(v, c.Value)
	case "is not", "≠":
		return !equal(v, c.Value)
	case "contains":
		return strings.Contains(textOf(v), textOf(c.Value))
	case "not contains":
		return !strings.Contains(textOf(v), textOf(c.Value))
	case "start with":
		return strings.HasPrefix(textOf(v), textOf(c.Value))
	case "end with":
		return strings.HasSuffix(textOf(v), textOf(c.Value))
	}
	a, okA := numberOf(v)
	b, okB := numberOf(c.Value)
	if !okA || !okB {
		return false
	}
	switch c.Operator {
	case ">", "after":
		return a > b
	case "<", "before":
		return a < b
	case "≥":
		return a >= b
	case "≤":
		return a <= b
	}
	return false
}

func listOf(v any) []any {
	switch l := v.(type) {
	case []any:
		return l
	case string:
		var out []any
		for e := range strings.SplitSeq(l, ",") {
			out = append(out, strings.TrimSpace(e))
		}
		return out
	}
	return []any{v}
}

func equal(a, b any) bool {
	if x, ok := numberOf(a); ok {
		if y, ok := numberOf(b); ok {
			return x == y
		}
	}
	return textOf(a) == textOf(b)
}

func textOf(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case float64:
		return strconv.FormatFloat(t, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// numberOf reads a number, also out of a text, and a date as seconds since 1970.
func numberOf(v any) (float64, bool) {
	switch t := v.(type) {
	case float64:
		return t, true
	case int:
		return float64(t), true
	case int64:
		return float64(t), true
	case string:
		t = strings.TrimSpace(t)
		if f, err := strconv.ParseFloat(t, 64); err == nil {
			return f, true
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02"} {
			if at, err := time.ParseInLocation(layout, t, time.Local); err == nil {
				return float64(at.Unix()), true
			}
		}
	}
	return 0, false
}
