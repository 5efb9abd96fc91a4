package node

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/workflow"
)

// start declares what a run is given and hands it on.
type start struct {
	vars []variable
}

var _ workflow.Entry = (*start)(nil)

// variable is one declared input, as Dify writes it.
type variable struct {
	Name      string   `json:"variable"`
	Label     string   `json:"label"`
	Type      string   `json:"type"`
	Required  bool     `json:"required"`
	Default   any      `json:"default"`
	MaxLength int      `json:"max_length"`
	Options   []string `json:"options"`
}

// The types of variable.
const (
	textInput = "text-input"
	paragraph = "paragraph"
	choice    = "select"
	number    = "number"
	checkbox  = "checkbox"
)

func newStart(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Variables []variable `json:"variables"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	var bad []error
	seen := map[string]bool{}
	for i := range w.Variables {
		v := &w.Variables[i]
		switch {
		case v.Name == "":
			bad = append(bad, app.Errorf(app.Invalid, "variable_without_name", "input field %d has no name", "第 %d 个输入字段没有名称", i+1))
		case seen[v.Name]:
			bad = append(bad, app.Errorf(app.Invalid, "variable_twice", "two input fields have the name %q", "有两个输入字段同名：%s", v.Name))
		}
		if !slices.Contains([]string{textInput, paragraph, choice, number, checkbox}, v.Type) {
			bad = append(bad, app.Errorf(app.Invalid, "variable_type_unknown", "the input field %q is of the type %q, which this version of islet does not know",
				"输入字段“%s”的类型“%s”不受当前版本的 islet 支持", v.label(), v.Type))
		}
		seen[v.Name] = true
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return &start{w.Variables}, nil
}

// Check returns the declared inputs with defaults filled in and numbers and booleans made of their texts. What is not
// declared is left out; what is optional and not given is nil.
func (n *start) Check(given map[string]any) (map[string]any, error) {
	in := make(map[string]any, len(n.vars))
	for i := range n.vars {
		v := &n.vars[i]
		x, ok := given[v.Name]
		if !ok {
			if v.Required {
				return nil, v.missing()
			}
			x = v.Default
		}
		x, err := v.value(x)
		if err != nil {
			return nil, err
		}
		if v.Required && (x == nil || x == "") {
			return nil, v.missing()
		}
		in[v.Name] = x
	}
	return in, nil
}

// Run hands on the inputs and the system variables.
func (n *start) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	given := s.Vars.Node(s.Node)
	out, err := n.Check(given)
	if err != nil {
		return &workflow.Result{Inputs: given}, err
	}
	for k, v := range s.Vars.Node(workflow.System) {
		out[workflow.System+"."+k] = v
	}
	for k, v := range s.Vars.Node(workflow.Conversation) {
		out[workflow.Conversation+"."+k] = v
	}
	return &workflow.Result{Inputs: given, Outputs: out}, nil
}

func (v *variable) label() string {
	if v.Label != "" {
		return v.Label
	}
	return v.Name
}

// value checks x against the declaration.
func (v *variable) value(x any) (any, error) {
	if x == nil {
		return nil, nil //nolint:nilnil // null is a value of an optional input
	}
	switch v.Type {
	case number:
		return v.number(x)
	case checkbox:
		return truth(x), nil
	}
	s, ok := x.(string)
	if !ok {
		return nil, v.invalid("input_not_text", "%q must be text", "“%s”必须是文本")
	}
	s = strings.ReplaceAll(s, "\x00", "")
	if v.Type == choice {
		if s != "" && !slices.Contains(v.Options, s) {
			return nil, v.invalid("input_not_an_option", "%q must be one of: %s", "“%s”必须是以下选项之一：%s", strings.Join(v.Options, ", "))
		}
		return s, nil
	}
	if v.MaxLength > 0 && utf8.RuneCountInString(s) > v.MaxLength {
		return nil, v.invalid("input_too_long", "%q must be at most %d characters long", "“%s”不能超过 %d 个字符", v.MaxLength)
	}
	return s, nil
}

// number accepts numbers and their texts; a blank text is none. JSON as Go reads it does not tell 5 from 5.0, so every whole
// number becomes an integer; Dify keeps the text "5.0" a float.
func (v *variable) number(x any) (any, error) {
	switch n := x.(type) {
	case int, int64:
		return n, nil
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int64(n), nil
		}
		return n, nil
	case json.Number:
		return v.number(string(n))
	case string:
		n = strings.TrimSpace(n)
		if n == "" {
			return nil, nil //nolint:nilnil // null is a value of an optional input
		}
		if i, err := strconv.ParseInt(n, 10, 64); err == nil {
			return i, nil
		}
		if f, err := strconv.ParseFloat(n, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return v.number(f)
		}
	}
	return nil, v.invalid("input_not_a_number", "%q must be a number", "“%s”必须是数字")
}

// truth makes a boolean of what forms send; anything else stays.
func truth(x any) any {
	switch b := x.(type) {
	case string:
		switch strings.ToLower(b) {
		case "true", "1", "yes", "on":
			return true
		case "false", "0", "no", "off":
			return false
		}
	case float64:
		if b == 0 || b == 1 {
			return b == 1
		}
	}
	return x
}

func (v *variable) missing() error {
	return v.invalid("input_missing", "%q is required", "请填写“%s”")
}

func (v *variable) invalid(code, en, zh string, args ...any) error {
	return app.Errorf(app.Invalid, code, en, zh, append([]any{v.label()}, args...)...)
}
