package node

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// codeNode runs a program of the graph's author and checks what it returns.
type codeNode struct {
	deps             Deps
	language, source string
	variables        bindings
	outputs          []codeOutput
}

var _ workflow.Reader = (*codeNode)(nil)

// languages are what Deps.Code can run.
var languages = []string{"python3", "javascript"}

func newCode(d Deps, data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Language  string        `json:"code_language"`
		Code      string        `json:"code"`
		Variables bindings      `json:"variables"`
		Outputs   *value.Object `json:"outputs"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	var bad []error
	if !slices.Contains(languages, w.Language) {
		bad = append(bad, app.Errorf(app.Invalid, "code_language_unknown", "code in %q cannot be run; use python3 or javascript", "无法运行“%s”代码；请使用 python3 或 javascript", w.Language))
	}
	outputs, err := codeOutputs(w.Outputs)
	if err != nil {
		bad = append(bad, err)
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return &codeNode{d, w.Language, w.Code, w.Variables, outputs}, nil
}

// Reads names the variables that the program is given.
func (n *codeNode) Reads() []workflow.Selector { return n.variables.selectors() }

// Run runs the program. Its outputs are what the node declares, of the declared types.
func (n *codeNode) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	inputs := n.variables.values(s.Vars)
	for k, v := range inputs {
		inputs[k] = codeInput(v)
	}
	res := &workflow.Result{Inputs: inputs}
	if n.deps.Code == nil {
		return res, workflow.Typed("CodeExecutionError", app.Errorf(app.Unavailable, "code_unavailable", "this site cannot run code", "本站点无法运行代码"))
	}
	made, err := n.deps.Code(ctx, n.language, n.source, inputs)
	if err != nil {
		return res, workflow.Typed("CodeExecutionError", err)
	}
	fields, ok := value.Fields(returned(made))
	if !ok {
		return res, workflow.Typed("CodeNodeError", app.Errorf(app.Invalid, "code_result_invalid", "the code must return an object of its outputs, not a value of the type %s", "代码必须返回由输出变量组成的对象，而不是 %s 类型的值", typeName(made)))
	}
	checked, err := checkOutputs(fields, n.outputs, "", 1)
	if err != nil {
		return res, err
	}
	res.Outputs = checked.Map()
	return res, nil
}

// codeInput is a value as programs see it: files are objects. An empty list of files is null, as in Dify.
func codeInput(v any) any {
	switch x := v.(type) {
	case app.Attachment:
		return value.FileObject(&x)
	case []app.Attachment:
		if len(x) == 0 {
			return nil
		}
		list := make([]any, len(x))
		for i := range x {
			list[i] = value.FileObject(&x[i])
		}
		return list
	}
	return v
}

// scientificNumber is a text that Dify takes for a number that a program wrote, such as 1e-05.
var scientificNumber = regexp.MustCompile(`(?i)^-?\d+\.?\d*e[+-]\d+$`)

// returned is what a program returned, with numbers for such texts and objects for files, wherever they are in it.
func returned(v any) any {
	switch x := v.(type) {
	case string:
		if f, err := strconv.ParseFloat(x, 64); err == nil && scientificNumber.MatchString(x) {
			return f
		}
		return x
	case app.Attachment:
		return value.FileObject(&x)
	}
	if o, ok := value.Fields(v); ok {
		out := &value.Object{}
		for k, e := range o.All() {
			out.Set(k, returned(e))
		}
		return out
	}
	if list, ok := value.List(v); ok {
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = returned(e)
		}
		return out
	}
	return v
}
