package node

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/tool"
	"islet/app/value"
	"islet/app/workflow"
)

// argument is one value for a tool as a node's data gives it: a variable, or a text or constant that may hold references.
type argument struct {
	selector workflow.Selector // of a variable
	value    any               // else
}

// The kinds of argument, as Dify writes them.
const (
	variableArg = "variable"
	mixedArg    = "mixed"
	constantArg = "constant"
)

// readArgument reads {type, value}. present is false for a null value, which stands for nothing.
func readArgument(v any) (a argument, present bool, err error) {
	if v == nil {
		return a, false, nil
	}
	o, ok := value.Fields(v)
	if !ok {
		return a, false, fmt.Errorf("%s where {type, value} is wanted", value.Type(v))
	}
	val, _ := o.Get("value")
	if val == nil {
		return a, false, nil
	}
	switch kind := textOf(o, "type"); kind {
	case variableArg:
		if a.selector, ok = selectorOf(val); !ok {
			return a, false, fmt.Errorf("a variable has to be a list of texts, not %s", value.Type(val))
		}
	case mixedArg:
		if _, ok := val.(string); !ok {
			return a, false, fmt.Errorf("a text has to be a string, not %s", value.Type(val))
		}
		a.value = val
	case constantArg:
		a.value = val
	default:
		return a, false, fmt.Errorf("the kind %q is unknown", kind)
	}
	return a, true, nil
}

// selectorOf reads a list of texts as a selector.
func selectorOf(v any) (workflow.Selector, bool) {
	list, ok := value.List(v)
	if !ok {
		return nil, false
	}
	s := make(workflow.Selector, len(list))
	for i := range list {
		if s[i], ok = list[i].(string); !ok {
			return nil, false
		}
	}
	return s, len(s) > 0
}

// reads are the variables that the argument names.
func (a *argument) reads() []workflow.Selector {
	if a.selector != nil {
		return []workflow.Selector{a.selector}
	}
	return referencesIn(a.value)
}

// resolve is the argument in a run: a variable as it is, a constant that is no text with the references in its texts filled in.
// ok is false for a variable that is not there.
func (a *argument) resolve(vars workflow.Vars) (v any, ok bool) {
	if a.selector != nil {
		return vars.Get(a.selector)
	}
	return filledArg(a.value, vars), true
}

// referencesIn are the references in all texts of a value.
func referencesIn(v any) []workflow.Selector {
	if s, ok := v.(string); ok {
		return workflow.ParseTemplate(s).Selectors()
	}
	var all []workflow.Selector
	if o, ok := value.Fields(v); ok {
		for _, e := range o.All() {
			all = append(all, referencesIn(e)...)
		}
		return all
	}
	list, _ := value.List(v)
	for _, e := range list {
		all = append(all, referencesIn(e)...)
	}
	return all
}

// filledArg is a value with the references in all of its texts filled in. What a variable says cannot change the shape.
func filledArg(v any, vars workflow.Vars) any {
	switch x := v.(type) {
	case string:
		return workflow.ParseTemplate(x).Text(vars)
	case app.Attachment, []app.Attachment:
		return v
	}
	if o, ok := value.Fields(v); ok {
		out := &value.Object{}
		for k, e := range o.All() {
			out.Set(k, filledArg(e, vars))
		}
		return out
	}
	if list, ok := value.List(v); ok {
		out := make([]any, len(list))
		for i := range list {
			out[i] = filledArg(list[i], vars)
		}
		return out
	}
	return v
}

// paramOf is the tool's parameter of that name.
func paramOf(t *tool.Tool, name string) (*tool.Param, bool) {
	i := slices.IndexFunc(t.Params, func(p tool.Param) bool { return p.Name == name })
	if i < 0 {
		return nil, false
	}
	return &t.Params[i], true
}

// castArg makes a value of a parameter's type, as Dify's tools do. given is false where the value stands for nothing.
func castArg(p *tool.Param, v any) (cast any, given bool, err error) {
	if v == nil {
		return nil, false, nil
	}
	wrong := func() (any, bool, error) {
		return nil, false, workflow.Typed("ToolParameterError", app.Errorf(app.Invalid, "tool_parameter_invalid",
			"the tool's parameter %q must be of the type %s, but it is %s", "工具参数“%s”的类型应为 %s，实际为 %s", p.Name, p.Type, value.Type(v)))
	}
	switch p.Type {
	case "number":
		return castNumber(v, wrong)
	case "boolean":
		return castBoolean(v), true, nil
	case "select":
		s := argText(v)
		if s == "" {
			return nil, false, nil
		}
		if len(p.Options) > 0 && !slices.Contains(p.Options, s) {
			return nil, false, workflow.Typed("ToolParameterError", app.Errorf(app.Invalid, "tool_parameter_invalid",
				"the tool's parameter %q must be one of: %s", "工具参数“%s”必须是以下选项之一：%s", p.Name, strings.Join(p.Options, ", ")))
		}
		return s, true, nil
	case "file":
		files, ok := attachmentsOf(v)
		if !ok || len(files) > 1 {
			return wrong()
		}
		if len(files) == 0 {
			return nil, false, nil
		}
		return files[0], true, nil
	case "files":
		files, ok := attachmentsOf(v)
		if !ok {
			return wrong()
		}
		return files, true, nil
	case "object":
		v, ok := unpacked(v)
		if o, is := value.Fields(v); is {
			return o, true, nil
		}
		if !ok {
			return nil, false, nil
		}
		return wrong()
	case "array":
		v, ok := unpacked(v)
		if !ok {
			return nil, false, nil
		}
		if list, is := value.List(v); is {
			return list, true, nil
		}
		return []any{v}, true, nil
	}
	return argText(v), true, nil
}

// argText is a value as a text for a tool: objects and lists as JSON, the rest as Python writes it.
func argText(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case bool, app.Attachment, []app.Attachment:
		return value.Str(x)
	}
	if _, ok := value.Fields(v); !ok {
		if _, ok := value.List(v); !ok {
			return value.Str(v)
		}
	}
	raw, err := value.Encode(v)
	if err != nil {
		return value.Str(v)
	}
	return string(raw)
}

// unpacked is a value that may have come as JSON text; ok is false for an empty text.
func unpacked(v any) (any, bool) {
	s, ok := v.(string)
	if !ok {
		return v, true
	}
	if strings.TrimSpace(s) == "" {
		return nil, false
	}
	if parsed, err := value.Decode([]byte(s)); err == nil {
		return parsed, true
	}
	return s, true
}

func castNumber(v any, wrong func() (any, bool, error)) (any, bool, error) {
	switch x := v.(type) {
	case int, int64, float64, json.Number:
		return x, true, nil
	case string:
		s := strings.TrimSpace(x)
		if s == "" {
			return nil, false, nil
		}
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return i, true, nil
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && finite(f) {
			return f, true, nil
		}
	}
	return wrong()
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func castBoolean(v any) bool {
	s, ok := v.(string)
	if !ok {
		return value.Truth(v)
	}
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "y", "1", "on":
		return true
	case "false", "no", "n", "0", "off", "":
		return false
	}
	return true
}

// missingArg is the failure of a call that lacks a required parameter.
func missingArg(name string) error {
	return workflow.Typed("ToolParameterError", app.Errorf(app.Invalid, "tool_parameter_missing",
		"the tool's parameter %q is required", "缺少必填的工具参数“%s”", name))
}

// completeArgs adds the defaults of the parameters that args lacks. One that is required and has none is an error.
func completeArgs(t *tool.Tool, args map[string]any) error {
	for i := range t.Params {
		p := &t.Params[i]
		if _, ok := args[p.Name]; ok {
			continue
		}
		v, given, err := castArg(p, p.Default)
		if err != nil {
			return err
		}
		if given && (v != "" || !p.Required) {
			args[p.Name] = v
			continue
		}
		if p.Required {
			return missingArg(p.Name)
		}
	}
	return nil
}
