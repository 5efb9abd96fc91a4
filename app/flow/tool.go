package flow

import (
	"context"
	"regexp"
	"strings"

	"islet/app"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/tool"
	"islet/app/value"
)

// maxDepth is how many apps may call each other in a row; Dify's limit.
const maxDepth = 5

// Tool is a published workflow of the workspace as a tool: its provider is the app's id. One that is not there, not published
// or not a workflow is tool_missing.
func (f *Flow) Tool(ctx context.Context, ref tool.Ref) (*tool.Tool, error) {
	id, err := app.ParseID(ref.Provider)
	if err != nil {
		return nil, missing(ref, err)
	}
	caller := app.ScopeOf(ctx)
	ctx = app.WithScope(ctx, app.Scope{Workspace: caller.Workspace, Lang: caller.Lang})
	rel, err := f.Studio.Latest(ctx, id)
	if err != nil || rel.Graph == nil || rel.App.Mode != app.ModeWorkflow {
		return nil, missing(ref, err)
	}
	t := &tool.Tool{Name: callable(ref.Name, rel.App.Name), Description: rel.App.Description, Label: app.Text{En: rel.App.Name, Zh: rel.App.Name}, Effects: true}
	for _, o := range studio.StartFields(rel.Settings.Graph) {
		t.Params = append(t.Params, param(o))
	}
	t.Call = func(ctx context.Context, args map[string]any) (tool.Result, error) { return f.call(ctx, rel, args) }
	return t, nil
}

func missing(ref tool.Ref, cause error) error {
	return app.Errorf(app.Invalid, "tool_missing", "the tool %q is a workflow that does not exist on this site or is not published; publish it first", "工具“%s”对应的工作流在此站点不存在或尚未发布；请先发布", ref.Name).Because(cause)
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// callable is a name that a model can call.
func callable(names ...string) string {
	for _, n := range names {
		if n = strings.Trim(notInNames.ReplaceAllString(n, "_"), "_"); n != "" {
			return n
		}
	}
	return "workflow"
}

// param is an input field of a workflow as a parameter of a tool.
func param(o *value.Object) tool.Param {
	text := func(k string) string { v, _ := o.Get(k); s, _ := v.(string); return s }
	required, _ := o.Get("required")
	def, _ := o.Get("default")
	p := tool.Param{Name: text("variable"), Label: app.Text{En: text("label"), Zh: text("label")}, Description: text("label"), Type: "string", Form: "llm",
		Required: value.Truth(required), Default: def}
	switch text("type") {
	case "number":
		p.Type = "number"
	case "checkbox":
		p.Type = "boolean"
	case "file":
		p.Type = "file"
	case "file-list":
		p.Type = "files"
	case "json_object":
		p.Type = "object"
	case "select":
		p.Type = "select"
		options, _ := o.Get("options")
		list, _ := value.List(options)
		for _, x := range list {
			p.Options = append(p.Options, value.Str(x))
		}
	}
	return p
}

// call runs the workflow and waits for its end. When the caller ends, it ends too.
func (f *Flow) call(ctx context.Context, rel *studio.Release, args map[string]any) (tool.Result, error) {
	depth := run.DepthOf(ctx) + 1
	if depth > maxDepth {
		return tool.Result{}, app.Errorf(app.Invalid, "call_depth_exceeded", "Max workflow call depth %d reached.", "工作流嵌套调用超过最大深度 %d。", maxDepth)
	}
	started, err := f.Start(ctx, Start{Release: rel, Source: app.FromTool, Inputs: args, Depth: depth})
	if err != nil {
		return tool.Result{}, err
	}
	inner := app.WithScope(ctx, started.Scope)
	for ev, err := range f.Runs.Follow(inner, started.Run.ID, 0) {
		if err != nil {
			_ = f.Runs.Stop(context.WithoutCancel(inner), started.Run.ID) // it may be over: then there is nothing to stop
			return tool.Result{}, err
		}
		switch ev.Kind {
		case app.EvRunPaused:
			_ = f.Runs.Stop(context.WithoutCancel(inner), started.Run.ID) // nobody would come back to it
			return tool.Result{}, app.Errorf(app.Invalid, "tool_paused", "the workflow waits for a person, which a tool cannot do", "该工作流需要人工处理，不能作为工具调用")
		case app.EvRunFinished:
			return outcome(&ev)
		}
	}
	return tool.Result{}, app.Errorf(app.Internal, "run_lost", "the run ended without a result", "运行没有返回结果")
}

func outcome(ev *app.Event) (tool.Result, error) {
	if !ev.Status.Good() {
		if ev.Error != nil {
			return tool.Result{Usage: ev.Usage}, &app.Error{Kind: ev.Error.Kind, Code: ev.Error.Code, Text: ev.Error.Text}
		}
		return tool.Result{Usage: ev.Usage}, app.Errorf(app.Canceled, "tool_stopped", "the workflow was stopped", "该工作流已被停止")
	}
	o := value.Of(ev.Outputs)
	text := value.Text(o)
	if s, ok := ev.Outputs["text"].(string); ok && o.Len() == 1 {
		text = s
	}
	res := tool.Result{Text: text, JSON: []any{o}, Vars: ev.Outputs, Usage: ev.Usage}
	for _, v := range o.All() {
		switch x := v.(type) {
		case app.Attachment:
			res.Files = append(res.Files, x)
		case []app.Attachment:
			res.Files = append(res.Files, x...)
		}
	}
	return res, nil
}
