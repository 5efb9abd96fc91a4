package node

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"islet/app"
	"islet/app/tool"
	"islet/app/value"
	"islet/app/workflow"
)

// toolCall is a node that calls a tool.
type toolCall struct {
	deps Deps
	ref  tool.Ref
	args map[string]argument // by the names of the tool's parameters
}

var _ workflow.Reader = (*toolCall)(nil)

func newToolCall(d Deps, data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Type     string `json:"provider_type"`
		Provider string `json:"provider_id"`
		Named    string `json:"provider_name"`
		Tool     string `json:"tool_name"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	if w.Provider == "" {
		w.Provider = w.Named
	}
	n := &toolCall{deps: d, ref: tool.Ref{Type: w.Type, Provider: w.Provider, Name: w.Tool}, args: map[string]argument{}}
	if w.Tool == "" {
		return nil, app.Errorf(app.Invalid, "tool_not_chosen", "no tool is chosen; choose one", "尚未选择工具；请选择一个")
	}
	fields, err := value.DecodeMap(data)
	if err != nil {
		return nil, err
	}
	return n, n.readArgs(fields)
}

// readArgs reads the parameters, and those that old files keep among the settings of the tool.
func (n *toolCall) readArgs(fields map[string]any) error {
	var bad []error
	read := func(name string, v any) {
		a, present, err := readArgument(v)
		if err != nil {
			bad = append(bad, app.Errorf(app.Invalid, "tool_parameter_invalid", "the parameter %q is not well formed: %s", "参数“%s”格式有误：%s", name, err.Error()))
		}
		if present {
			n.args[name] = a
		}
	}
	if o, ok := value.Fields(fields["tool_configurations"]); ok {
		for name, v := range o.All() {
			switch setting, isObject := value.Fields(v); {
			case v == nil:
			case isObject && textOf(setting, "type") != "" && hasKey(setting, "value"):
				read(name, v)
			default: // a plain value, or one that names a model or an app
				n.args[name] = argument{value: v}
			}
		}
	}
	if o, ok := value.Fields(fields["tool_parameters"]); ok {
		for name, v := range o.All() {
			read(name, v)
		}
	}
	return errors.Join(bad...)
}

func hasKey(o *value.Object, key string) bool {
	_, ok := o.Get(key)
	return ok
}

// Reads names the variables of the parameters.
func (n *toolCall) Reads() []workflow.Selector {
	var all []workflow.Selector
	for _, a := range n.args {
		all = append(all, a.reads()...)
	}
	slices.SortFunc(all, slices.Compare)
	return all
}

// Run calls the tool.
func (n *toolCall) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Meta: map[string]any{"tool_info": map[string]any{"provider_type": n.ref.Type, "provider_id": n.ref.Provider, "tool_name": n.ref.Name}}}
	t, err := findTool(ctx, n.deps, n.ref)
	if err != nil {
		return res, err
	}
	args, err := n.arguments(t, s.Vars)
	res.Inputs = args
	if err != nil {
		return res, err
	}
	out, err := t.Call(ctx, args)
	n.finish(s, res, &out)
	if err != nil {
		if ctx.Err() != nil {
			return res, err
		}
		return res, invokeFailure(err)
	}
	return res, nil
}

// arguments are the values for a call. What the tool has no parameter for is left out.
func (n *toolCall) arguments(t *tool.Tool, vars workflow.Vars) (map[string]any, error) {
	args := map[string]any{}
	for name, a := range n.args {
		p, ok := paramOf(t, name)
		if !ok {
			continue
		}
		v, ok := a.resolve(vars)
		if !ok {
			if p.Required {
				return args, workflow.Typed("ToolParameterError", missingVariable(a.selector))
			}
			continue
		}
		v, given, err := castArg(p, v)
		if err != nil {
			return args, err
		}
		if given {
			args[name] = v
		}
	}
	return args, completeArgs(t, args)
}

// finish writes down what the tool said.
func (n *toolCall) finish(s *workflow.Step, res *workflow.Result, out *tool.Result) {
	s.Text(out.Text)
	res.Outputs = map[string]any{}
	for name, v := range out.Vars {
		res.Outputs[name] = v
	}
	files := out.Files
	if files == nil {
		files = []app.Attachment{}
	}
	res.Outputs["text"], res.Outputs["files"], res.Outputs["json"] = out.Text, files, jsonOutput(out.JSON)
	res.Usage = out.Usage
}

// jsonOutput is the output "json" of tools and agents, which is never empty.
func jsonOutput(list []any) []any {
	if len(list) == 0 {
		return []any{value.NewObject("data", []any{})}
	}
	return list
}

// findTool is the tool of a reference; the error says which one is missing.
func findTool(ctx context.Context, d Deps, ref tool.Ref) (*tool.Tool, error) {
	var t *tool.Tool
	err := error(app.Missing("tool", "工具"))
	if d.Tools != nil {
		t, err = d.Tools(ctx, ref)
	}
	if err == nil {
		return t, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	if errors.Is(err, &app.Error{Kind: app.NotFound}) {
		return nil, workflow.Typed("ToolRuntimeResolutionError", app.Errorf(app.NotFound, "tool_missing",
			"tool %q of provider %q does not exist on this site; add it under Tools, or choose another one in this node",
			"本站没有“%[2]s”提供的工具“%[1]s”；请在“工具”中添加，或在此节点中另选工具", ref.Name, ref.Provider).Because(err))
	}
	return nil, workflow.Typed("ToolRuntimeResolutionError", prefixed("tool_unavailable", "Failed to get tool runtime: ", "获取工具失败：", err))
}

// invokeFailure is the failure of a call of a tool.
func invokeFailure(err error) error {
	return workflow.Typed("ToolInvokeError", prefixed("tool_failed", "Failed to invoke tool: ", "调用工具失败：", err))
}

// prefixed is an error of another part under our code, with its own sentence behind ours.
func prefixed(code, en, zh string, err error) error {
	e := app.AsError(err)
	return &app.Error{Kind: e.Kind, Code: code, Retry: e.Retry, Err: err,
		Text: app.Text{En: en + strings.TrimSuffix(e.Text.En, "."), Zh: zh + e.Text.In(app.Chinese)}}
}
