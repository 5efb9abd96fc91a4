package workflow

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
)

// Conditions are comparisons that "and" or "or" joins, as if-else nodes and loops have them. They never change.
type Conditions struct {
	list []condition
	or   bool // one that holds is enough
}

// condition compares one variable.
type condition struct {
	selector Selector
	operator string
	want     any
	template *Template // of want, if that is a text
	sub      *subConditions
}

// subConditions compare attributes of the files in a list.
type subConditions struct {
	list []subCondition
	or   bool
}

type subCondition struct {
	key, operator string
	want          any
}

// wireCondition is a condition as Dify writes it.
type wireCondition struct {
	Selector []string        `json:"variable_selector"`
	Operator string          `json:"comparison_operator"`
	Value    json.RawMessage `json:"value"`
	Sub      *struct {
		Operator   string `json:"logical_operator"`
		Conditions []struct {
			Key      string          `json:"key"`
			Operator string          `json:"comparison_operator"`
			Value    json.RawMessage `json:"value"`
		} `json:"conditions"`
	} `json:"sub_variable_condition"`
}

// ParseConditions reads a list of conditions, which may be absent, and the operator that joins them: and, which is what an
// empty one means, or or. Its error may join several.
func ParseConditions(raw json.RawMessage, operator string) (*Conditions, error) {
	var list []wireCondition
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
	}
	c := &Conditions{}
	var bad []error
	var err error
	if c.or, err = isOr(operator); err != nil {
		bad = append(bad, err)
	}
	for i := range list {
		cond, err := list[i].parse()
		if err != nil {
			bad = append(bad, err)
		}
		c.list = append(c.list, cond)
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return c, nil
}

func (w *wireCondition) parse() (c condition, err error) {
	c = condition{selector: w.Selector, operator: w.Operator}
	if len(c.selector) < 2 {
		return c, app.Errorf(app.Invalid, "condition_without_variable", "a condition names no variable", "有条件未选择变量")
	}
	if err := knownOperator(c.operator); err != nil {
		return c, err
	}
	if c.want, err = wanted(w.Value); err != nil {
		return c, err
	}
	if s, ok := c.want.(string); ok {
		c.template = ParseTemplate(s)
	}
	if w.Sub == nil {
		return c, nil
	}
	c.sub = &subConditions{}
	if c.sub.or, err = isOr(w.Sub.Operator); err != nil {
		return c, err
	}
	for _, s := range w.Sub.Conditions {
		if err := knownOperator(s.Operator); err != nil {
			return c, err
		}
		if _, ok := value.Attribute(app.Attachment{}, s.Key); !ok {
			return c, app.Errorf(app.Invalid, "condition_key_unknown", "a condition asks for %q of a file, which files do not have", "有条件使用了文件没有的属性“%s”", s.Key)
		}
		want, err := wanted(s.Value)
		if err != nil {
			return c, err
		}
		c.sub.list = append(c.sub.list, subCondition{s.Key, s.Operator, want})
	}
	return c, nil
}

func isOr(operator string) (bool, error) {
	if operator != "" && operator != "and" && operator != "or" {
		return false, app.Errorf(app.Invalid, "condition_logic_unknown", "conditions are joined by %q; use and, or or", "条件之间的逻辑运算符“%s”未知；请使用 and 或 or", operator)
	}
	return operator == "or", nil
}

func knownOperator(operator string) error {
	if _, ok := comparisons[operator]; !ok {
		return app.Errorf(app.Invalid, "condition_operator_unknown", "a condition compares with %q, which is no comparison", "有条件使用了未知的比较运算符“%s”", operator)
	}
	return nil
}

func wanted(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil //nolint:nilnil // null is a value
	}
	return value.Decode(raw)
}

// Len counts the conditions.
func (c *Conditions) Len() int { return len(c.list) }

// Selectors are the variables that the conditions read, with repetitions.
func (c *Conditions) Selectors() []Selector {
	var all []Selector
	for i := range c.list {
		all = append(all, c.list[i].selector)
		if t := c.list[i].template; t != nil {
			all = append(all, t.Selectors()...)
		}
	}
	return all
}

// Eval tells whether the conditions hold, and what came of each that was looked at: it stops at the first that decides.
// Without any, and holds and or does not. A variable that v lacks is an error, and so is a comparison of what cannot be
// compared.
func (c *Conditions) Eval(v Vars) (ok bool, results []bool, err error) {
	results = make([]bool, 0, len(c.list))
	for i := range c.list {
		held, err := c.list[i].eval(v)
		if err != nil {
			return false, results, err
		}
		results = append(results, held)
		if held == c.or {
			return held, results, nil
		}
	}
	return !c.or, results, nil
}

// Absent is the error for a variable that a run does not have.
func Absent(s Selector) error {
	return app.Errorf(app.Invalid, "variable_missing", "the variable %q does not exist in this run", "本次运行中没有变量“%s”", s.String())
}

func (c *condition) eval(v Vars) (bool, error) {
	have, ok := v.Get(c.selector)
	if !ok {
		return false, Absent(c.selector)
	}
	if c.asksFiles(have) {
		if c.sub == nil {
			return false, app.Errorf(app.Invalid, "condition_without_key", "a condition on the files %q does not say which of their attributes to compare", "对文件列表“%s”的条件未指定要比较的属性", c.selector.String())
		}
		return c.sub.eval(have)
	}
	want := c.want
	if c.template != nil {
		want = c.template.Text(v)
	}
	if t := value.Type(have); (t == "boolean" || t == "array[boolean]") && takesValue(c.operator) {
		var err error
		if want, err = truths(c.operator, want); err != nil {
			return false, err
		}
	}
	return comparisons[c.operator](c.operator, have, want)
}

// asksFiles tells whether the condition is one on the files of a list. An empty list does not say what it is a list of.
func (c *condition) asksFiles(have any) bool {
	if !slices.Contains([]string{"contains", "not contains", "all of"}, c.operator) {
		return false
	}
	list, isList := value.List(have)
	return isList && (value.Type(have) == "array[file]" || len(list) == 0 && c.sub != nil)
}

// eval compares the files of a list. Whether the outer comparison is contains or not contains makes no difference.
func (s *subConditions) eval(files any) (bool, error) {
	list, _ := value.List(files)
	held := !s.or
	for i := range s.list {
		one, err := s.list[i].eval(list)
		if err != nil {
			return false, err
		}
		if one == s.or {
			held = one
		}
	}
	return held, nil
}

// eval tells whether the condition holds for one of the files, or for all of them if it is a negative one.
func (s *subCondition) eval(files []any) (bool, error) {
	want := s.want
	if s.key == "extension" && takesValue(s.operator) {
		text, ok := want.(string)
		if !ok {
			return false, badValue(s.operator, want)
		}
		want = dotted(text)
	}
	all := strings.Contains(s.operator, "not")
	held := all
	for _, f := range files {
		file, ok := f.(app.Attachment)
		if !ok {
			return false, unfit(s.operator, f)
		}
		have, _ := value.Attribute(file, s.key)
		one, err := comparisons[s.operator](s.operator, have, want)
		if err != nil {
			return false, err
		}
		if one != all {
			held = one
		}
	}
	return held, nil
}

func dotted(extension string) string {
	if extension == "" || extension[0] == '.' {
		return extension
	}
	return "." + extension
}
