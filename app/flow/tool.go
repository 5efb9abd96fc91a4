package flow

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"islet/app"
	"islet/app/chat"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/tool"
	"islet/app/value"
	"islet/store"
)

// maxDepth is how many apps may call each other in a row; Dify's limit.
const maxDepth = 5

// Tools are the published apps of the workspace as tools: workflows that begin with a form, and apps that talk. What people said
// of one under Tools holds; those that they hid are left out.
func (f *Flow) Tools(ctx context.Context) ([]tool.Entry, error) {
	var all []tool.Entry
	err := f.DB.View(ctx, func(s *store.Snapshot) error {
		apps, _, err := s.Apps(store.AppFilter{Limit: maxTools})
		if err != nil {
			return err
		}
		said, err := sayings(s)
		if err != nil {
			return err
		}
		for _, a := range apps {
			if a.Published == "" {
				continue
			}
			v, err := s.Version(a.ID, a.Published)
			if err != nil {
				return err
			}
			rel := &studio.Release{App: a, Settings: &v.Settings}
			p := said[a.ID]
			if !usable(rel) || p != nil && slices.Contains(p.Off, hidden) {
				continue
			}
			all = append(all, tool.Entry{Ref: tool.Ref{Type: kindOf(a), Provider: string(a.ID), Name: nameOf(rel, p, "")}, ProviderLabel: app.Text{En: a.Name, Zh: a.Name},
				Icon: a.Icon, IconColor: a.IconColor, Tool: f.describe(rel, p, "")})
		}
		return nil
	})
	return all, err
}

// hidden stands in ToolProvider.Off of an app that is no tool.
const hidden = "*"

// maxTools is how many apps are listed as tools.
const maxTools = 500

func sayings(s *store.Snapshot) (map[app.ID]*app.ToolProvider, error) {
	said := map[app.ID]*app.ToolProvider{}
	list, err := s.ToolProviders("")
	for _, p := range list {
		if p.App != "" {
			said[p.App] = p
		}
	}
	return said, err
}

func kindOf(a *app.App) string {
	if a.Mode == app.ModeWorkflow {
		return app.ToolWorkflow
	}
	return app.ToolApp
}

// usable tells whether an app can be a tool: a workflow has to begin with a form.
func usable(rel *studio.Release) bool {
	return rel.App.Mode != app.ModeWorkflow || studio.StartFields(rel.Settings.Graph) != nil
}

// Tool is a published app of the workspace as a tool: its provider is the app's id, or in files that came from elsewhere its
// name. One that is not there or not published is tool_missing.
func (f *Flow) Tool(ctx context.Context, ref tool.Ref) (*tool.Tool, error) {
	caller := app.ScopeOf(ctx)
	ctx = app.WithScope(ctx, app.Scope{Workspace: caller.Workspace, Lang: caller.Lang})
	id, err := f.called(ctx, ref)
	if err != nil {
		return nil, missing(ref, err)
	}
	rel, err := f.Studio.Latest(ctx, id)
	if err != nil || rel.Graph == nil || kindOf(rel.App) != ref.Type || !usable(rel) {
		return nil, missing(ref, err)
	}
	var p *app.ToolProvider
	err = f.DB.View(ctx, func(s *store.Snapshot) (err error) { p, err = s.ToolProviderOf(id); return err })
	if err != nil && app.KindOf(err) != app.NotFound {
		return nil, err
	}
	if p != nil && slices.Contains(p.Off, hidden) {
		return nil, app.Errorf(app.Refused, "tool_off", "the app %q is switched off as a tool", "应用“%s”已停用其工具", rel.App.Name)
	}
	t := f.describe(rel, p, ref.Name)
	t.Call = f.caller(rel, app.FromTool)
	return t, nil
}

// caller runs an app with what a tool is given, through one of the doors.
func (f *Flow) caller(rel *studio.Release, door app.Source) func(context.Context, map[string]any) (tool.Result, error) {
	if rel.App.Mode == app.ModeWorkflow {
		return func(ctx context.Context, args map[string]any) (tool.Result, error) {
			return f.call(ctx, rel, door, args)
		}
	}
	return func(ctx context.Context, args map[string]any) (tool.Result, error) {
		return f.talk(ctx, rel, door, args)
	}
}

// called is the app that a reference names: by its id, or the only one of that name.
func (f *Flow) called(ctx context.Context, ref tool.Ref) (app.ID, error) {
	if id, err := app.ParseID(ref.Provider); err == nil {
		return id, nil
	}
	var found []app.ID
	err := f.DB.View(ctx, func(s *store.Snapshot) error {
		apps, _, err := s.Apps(store.AppFilter{Text: ref.Provider, Limit: maxTools})
		for _, a := range apps {
			if a.Name == ref.Provider && kindOf(a) == ref.Type {
				found = append(found, a.ID)
			}
		}
		return err
	})
	if err == nil && len(found) != 1 {
		err = app.Missing("app", "应用")
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// nameOf is how a model calls an app.
func nameOf(rel *studio.Release, p *app.ToolProvider, given string) string {
	if p != nil && p.Config.ToolName != "" {
		return p.Config.ToolName
	}
	return callable(given, rel.App.Name)
}

// describe is an app as a tool without its call.
func (f *Flow) describe(rel *studio.Release, p *app.ToolProvider, given string) *tool.Tool {
	t := &tool.Tool{Name: nameOf(rel, p, given), Description: rel.App.Description, Label: app.Text{En: rel.App.Name, Zh: rel.App.Name}, Effects: true}
	if studio.Talks(rel.App.Mode) {
		t.Params = append(t.Params, tool.Param{Name: questionParam, Label: app.Text{En: "Question", Zh: "问题"}, Description: "what to say to the assistant, complete in itself", Type: "string", Form: "llm", Required: true})
	}
	if rel.App.Mode == app.ModeWorkflow || rel.App.Mode == app.ModeAdvancedChat {
		for _, o := range studio.StartFields(rel.Settings.Graph) {
			t.Params = append(t.Params, param(o))
		}
	} else {
		for i := range rel.Settings.Variables {
			t.Params = append(t.Params, variable(&rel.Settings.Variables[i]))
		}
	}
	if p == nil {
		return t
	}
	if p.Description != "" {
		t.Description = p.Description
	}
	for _, set := range p.Config.Params {
		for i := range t.Params {
			if q := &t.Params[i]; q.Name == set.Name {
				if set.Form == "form" || set.Form == "llm" {
					q.Form = set.Form
				}
				if set.Description != "" {
					q.Description = set.Description
				}
			}
		}
	}
	return t
}

// questionParam is the question to an app that talks.
const questionParam = "query"

// variable is a variable of a chat, agent or completion app as a parameter.
func variable(v *app.Variable) tool.Param {
	p := tool.Param{Name: v.Name, Label: app.Text{En: studio.LabelOf(v), Zh: studio.LabelOf(v)}, Description: v.Help, Type: "string", Form: "llm", Required: v.Required, Default: v.Default}
	if p.Description == "" {
		p.Description = studio.LabelOf(v)
	}
	switch v.Kind {
	case "number":
		p.Type = "number"
	case "checkbox":
		p.Type = "boolean"
	case "select":
		p.Type, p.Options = "select", v.Options
	}
	return p
}

func missing(ref tool.Ref, cause error) error {
	return app.Errorf(app.Invalid, "tool_missing", "the tool %q is an app that does not exist on this site or is not published; publish it first", "工具“%s”对应的应用在此站点不存在或尚未发布；请先发布", ref.Name).Because(cause)
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
func (f *Flow) call(ctx context.Context, rel *studio.Release, door app.Source, args map[string]any) (tool.Result, error) {
	depth := run.DepthOf(ctx) + 1
	if depth > maxDepth {
		return tool.Result{}, app.Errorf(app.Invalid, "call_depth_exceeded", "Max workflow call depth %d reached.", "工作流嵌套调用超过最大深度 %d。", maxDepth)
	}
	started, err := f.Start(ctx, Start{Release: rel, Source: door, Inputs: args, Depth: depth})
	if err != nil {
		return tool.Result{}, err
	}
	ev, _, err := f.await(ctx, started.Scope, started.Run.ID)
	if err != nil {
		return tool.Result{}, err
	}
	res, err := outcome(ev)
	if err != nil {
		return res, err
	}
	return res, f.adopt(ctx, started.Scope, &res)
}

// talk asks an app that talks one question, in a conversation of its own, and waits for the answer.
func (f *Flow) talk(ctx context.Context, rel *studio.Release, door app.Source, args map[string]any) (tool.Result, error) {
	depth := run.DepthOf(ctx) + 1
	if depth > maxDepth {
		return tool.Result{}, app.Errorf(app.Invalid, "call_depth_exceeded", "Max workflow call depth %d reached.", "工作流嵌套调用超过最大深度 %d。", maxDepth)
	}
	query, _ := args[questionParam].(string)
	inputs := maps.Clone(args)
	if studio.Talks(rel.App.Mode) {
		delete(inputs, questionParam)
	}
	sent, err := f.Chat.Send(ctx, chat.Turn{Release: rel, Source: door, User: string(door), Query: query, Inputs: inputs, Depth: depth})
	if err != nil {
		return tool.Result{}, err
	}
	scope := rel.Scope(app.ScopeOf(ctx).Lang)
	scope.EndUser = sent.Message.EndUser
	ev, told, err := f.await(ctx, scope, sent.Run)
	if err != nil {
		return tool.Result{}, err
	}
	if !ev.Status.Good() {
		return outcome(ev)
	}
	res := tool.Result{Text: told.answer, Files: told.files, Sources: told.sources, Usage: ev.Usage}
	if s, ok := ev.Outputs["answer"].(string); ok && s != "" {
		res.Text = s
	}
	res.JSON = []any{value.NewObject("answer", res.Text)}
	return res, f.adopt(ctx, scope, &res)
}

// said is what a run told on its way.
type said struct {
	answer  string
	files   []app.Attachment
	sources []app.Resource
}

// await waits for the end of a run that was started for a tool. When the caller ends, the run ends too.
func (f *Flow) await(ctx context.Context, scope app.Scope, id app.ID) (*app.Event, said, error) {
	inner := app.WithScope(ctx, scope)
	var told said
	for ev, err := range f.Runs.Follow(inner, id, 0) {
		if err != nil {
			_ = f.Runs.Stop(context.WithoutCancel(inner), id) // it may be over: then there is nothing to stop
			return nil, told, err
		}
		switch ev.Kind {
		case app.EvDelta:
			told.answer += ev.Delta
		case app.EvFile:
			told.files = append(told.files, ev.Files...)
		case app.EvResources:
			told.sources = append(told.sources, ev.Resources...)
		case app.EvRunPaused:
			_ = f.Runs.Stop(context.WithoutCancel(inner), id) // nobody would come back to it
			return nil, told, app.Errorf(app.Invalid, "tool_paused", "the workflow waits for a person, which a tool cannot do", "该工作流需要人工处理，不能作为工具调用")
		case app.EvRunFinished:
			return &ev, told, nil
		}
	}
	return nil, told, app.Errorf(app.Internal, "run_lost", "the run ended without a result", "运行没有返回结果")
}

// adopt makes the files that an app made those of the app which called it: the people of one see nothing of the other.
func (f *Flow) adopt(ctx context.Context, from app.Scope, res *tool.Result) error {
	given := map[app.ID]app.Attachment{}
	take := func(a app.Attachment) (app.Attachment, error) {
		if a.File == "" {
			return a, nil
		}
		if known, ok := given[a.File]; ok {
			return known, nil
		}
		var file *app.File
		err := f.DB.View(app.WithScope(ctx, from), func(s *store.Snapshot) (err error) { file, err = s.File(a.File); return err })
		if app.KindOf(err) == app.NotFound { // the caller's own, that it gave
			given[a.File] = a
			return a, nil
		}
		if err != nil {
			return a, err
		}
		mine, scope := *file, app.ScopeOf(ctx)
		mine.ID, mine.App, mine.EndUser, mine.User = app.NewID(), scope.App, scope.EndUser, scope.User
		if scope.App != "" {
			mine.User = ""
		}
		if err := f.DB.Update(ctx, func(tx *store.Tx) error { return tx.InsertFile(&mine) }); err != nil {
			return a, err
		}
		was := a.File
		a.File, a.URL = mine.ID, chat.FileURL(mine.ID)
		given[was] = a
		return a, nil
	}
	for i := range res.Files {
		var err error
		if res.Files[i], err = take(res.Files[i]); err != nil {
			return err
		}
	}
	vars := maps.Clone(res.Vars)
	for name, v := range vars {
		switch x := v.(type) {
		case app.Attachment:
			a, err := take(x)
			if err != nil {
				return err
			}
			vars[name] = a
		case []app.Attachment:
			list := slices.Clone(x)
			for i := range list {
				var err error
				if list[i], err = take(list[i]); err != nil {
					return err
				}
			}
			vars[name] = list
		}
	}
	res.Vars = vars
	return nil
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
