package node

import (
	"context"
	"encoding/json"
	"slices"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// assigner writes one variable of the conversation or of a loop: the form of older versions, see assigner_v2.go.
type assigner struct {
	target, input selector
	mode          string
}

var (
	_ workflow.Reader = (*assigner)(nil)
	_ workflow.Writer = (*assigner)(nil)
)

// What an assigner does to a variable.
const (
	overWrite = "over-write"
	clearAll  = "clear"
	appendOne = "append"
)

// newAssigner makes an assigner of the version that the data is of.
func newAssigner(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Version any      `json:"version"`
		Target  selector `json:"assigned_variable_selector"`
		Mode    string   `json:"write_mode"`
		Input   selector `json:"input_variable_selector"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	if w.Version != nil && w.Version != "" && w.Version != "1" && w.Version != 1.0 {
		return newAssigner2(data)
	}
	n := &assigner{target: w.Target, input: w.Input, mode: w.Mode}
	switch {
	case len(w.Target) != 2:
		return nil, withoutTarget()
	case !slices.Contains([]string{overWrite, appendOne, clearAll}, w.Mode):
		return nil, app.Errorf(app.Invalid, "write_mode_unknown", "the write mode %q is unknown; use over-write, append or clear", "写入方式“%s”未知；请使用 over-write、append 或 clear", w.Mode)
	case w.Mode != clearAll && w.Input.none():
		return nil, withoutInput(w.Target)
	}
	return n, nil
}

func withoutTarget() error {
	return app.Errorf(app.Invalid, "assign_without_target", "it does not say which variable to write", "未指定要写入的变量")
}

func withoutInput(target selector) error {
	return app.Errorf(app.Invalid, "assign_without_input", "nothing is chosen to write to %q", "未选择要写入“%s”的内容", target.String())
}

// Reads names the target, which must exist, and what is written to it.
func (n *assigner) Reads() []workflow.Selector {
	if n.mode == clearAll {
		return chosen(n.target)
	}
	return chosen(n.target, n.input)
}

// Writes names the target.
func (n *assigner) Writes() []workflow.Selector { return chosen(n.target) }

// Run works out the new value. The type of what is written over a variable is not checked.
func (n *assigner) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Inputs: looked(s.Vars, n.Reads()), Outputs: map[string]any{}}
	old, err := n.target.read(s.Vars)
	if err != nil {
		return res, err
	}
	var in any
	if n.mode != clearAll {
		if in, err = n.input.read(s.Vars); err != nil {
			return res, err
		}
	}
	updated := in
	switch n.mode {
	case appendOne:
		list, ok := value.List(old)
		if !ok {
			return res, unsupported(n.mode, old)
		}
		updated = listLike(old, append(slices.Clone(list), in))
	case clearAll:
		if typeName(old) == "array[file]" {
			return res, unsupported(n.mode, old)
		}
		updated = zero(old)
	}
	res.Updates = []workflow.Update{{Selector: workflow.Selector(n.target), Value: updated}}
	res.Process = updatedVariables(res.Updates)
	return res, nil
}

// updatedVariables says in the trace what was written.
func updatedVariables(updates []workflow.Update) map[string]any {
	list := make([]any, len(updates))
	for i, u := range updates {
		list[i] = value.NewObject("name", u.Selector[1], "selector", []string(u.Selector), "value_type", typeName(u.Value), "new_value", u.Value)
	}
	return map[string]any{"__updated_variables": list}
}

func unsupported(operation string, target any) error {
	return app.Errorf(app.Invalid, "operation_unsupported", "the operation %s is not supported for a variable of the type %s", "操作 %s 不支持 %s 类型的变量", operation, typeName(target))
}

// typeName is value.Type with one name for both kinds of number.
func typeName(v any) string {
	switch t := value.Type(v); t {
	case "integer", "float":
		return "number"
	default:
		return t
	}
}

// zero is the empty value of v's type.
func zero(v any) any {
	switch value.Type(v) {
	case "string":
		return ""
	case "integer":
		return int64(0)
	case "float":
		return 0.0
	case "boolean":
		return false
	case "object":
		return &value.Object{}
	}
	if _, ok := value.List(v); ok {
		return listLike(v, []any{})
	}
	return nil
}

// listLike makes a list of the kind that old is: a list of nothing but files is one of files.
func listLike(old any, list []any) any {
	_, isFiles := old.([]app.Attachment)
	if !isFiles && len(list) == 0 {
		return list
	}
	files := make([]app.Attachment, len(list))
	for i, e := range list {
		f, ok := e.(app.Attachment)
		if !ok {
			return list
		}
		files[i] = f
	}
	return files
}
