package flow

import (
	"context"
	"maps"
	"slices"
	"strings"

	"islet/app"
	"islet/app/chat"
	"islet/app/draft"
	"islet/app/studio"
	"islet/app/value"
	"islet/app/workflow"
)

// stand is where a run goes on from s.From, and puts into s what the last try was given.
func (f *Flow) stand(ctx context.Context, graph *workflow.Graph, s *Start) (*draft.Stand, error) {
	state, err := draft.Read(ctx, f.DB)
	if err != nil {
		return nil, err
	}
	stand, err := state.Stand(graph, s.From)
	if err != nil {
		return nil, err
	}
	s.Inputs = stand.Inputs(graph)
	s.Files, _ = stand.Values[workflow.System]["files"].([]app.Attachment)
	return stand, nil
}

// Alone is one node of a draft, of a workflow or chatflow, to be tried by a member.
type Alone struct {
	Release *studio.Release
	User    string // the member's name as an end user of the debug chat
	Node    string
	Values  map[string]any // of what it reads, by "node.name"; the rest is what the member's tries left
}

// StartNode runs one node of a draft with what is behind no edge: see workflow.Graph.Alone. What it comes to is the node's last
// run and is there for nodes behind it.
func (f *Flow) StartNode(ctx context.Context, a Alone) (*Started, error) {
	rel := a.Release
	if err := rel.Ready(); err != nil {
		return nil, err
	}
	graph, err := rel.Graph.Alone(a.Node)
	if err != nil {
		return nil, err
	}
	if ctx, err = f.Chat.Settle(ctx, rel, app.FromDebug, a.User); err != nil {
		return nil, err
	}
	scope := app.ScopeOf(ctx)
	vars, err := f.variables(ctx, rel)
	if err != nil {
		return nil, err
	}
	given, err := f.Chat.Inputs(ctx, a.Values)
	if err != nil {
		return nil, err
	}
	for key, v := range given {
		node, name, _ := strings.Cut(key, ".")
		group := maps.Clone(vars[node])
		if group == nil {
			group = map[string]any{}
		}
		group[name] = v
		vars[node] = group
	}
	r := app.Run{ID: app.NewID(), App: rel.App.ID, EndUser: scope.EndUser, Source: app.FromDebug, Inputs: given, Only: a.Node, StartedAt: f.DB.Now()}
	sys := system(rel, &r, a.User, nil)
	maps.Copy(sys, vars[workflow.System])
	sys["workflow_run_id"], sys["timestamp"] = string(r.ID), r.StartedAt.Unix()
	vars[workflow.System], vars[workflow.Environment] = sys, rel.Env
	spec := f.spec(rel, graph)
	spec.Run, spec.Scope, spec.Input.Vars = r, scope, vars
	draft.Keep(&spec, draft.Try{DB: f.DB, Run: r.ID, Graph: rel.Graph, Secrets: rel.Secrets, Node: a.Node, Memory: vars[workflow.Conversation]})
	if _, err := f.Runs.Start(ctx, spec); err != nil {
		return nil, err
	}
	r.Status = app.Running
	return &Started{Run: &r, Scope: scope}, nil
}

// variables are what the tries of the scope's end user left, and of a chatflow what a conversation begins with.
func (f *Flow) variables(ctx context.Context, rel *studio.Release) (map[string]map[string]any, error) {
	state, err := draft.Read(ctx, f.DB)
	if err != nil {
		return nil, err
	}
	vars, err := state.Values()
	if err != nil || rel.App.Mode != app.ModeAdvancedChat {
		return vars, err
	}
	memory := map[string]any{}
	for i := range rel.Settings.Conversation {
		v := &rel.Settings.Conversation[i]
		memory[v.Name] = v.Value
		if left, ok := vars[workflow.Conversation][v.Name]; ok {
			memory[v.Name] = left
		}
	}
	vars[workflow.Conversation] = memory
	return vars, nil
}

// Input is one variable that a node reads, with what it would be given now.
type Input struct {
	Node  string `json:"node_id"` // or sys, conversation
	Name  string `json:"name"`
	Title string `json:"title"` // of the node that makes it
	Type  string `json:"value_type"`
	Value any    `json:"value"` // starred where it holds a secret
	Known bool   `json:"known"` // there is a value at hand
}

// NodeInputs lists the variables that a node of a draft reads. What is set for every run, the environment, is left out.
func (f *Flow) NodeInputs(ctx context.Context, rel *studio.Release, user, node string) ([]Input, error) {
	if err := rel.Ready(); err != nil {
		return nil, err
	}
	reads, err := rel.Graph.Reads(node)
	if err != nil {
		return nil, err
	}
	if ctx, _, err = f.Chat.Enter(ctx, rel, app.FromDebug, user); err != nil {
		return nil, err
	}
	vars, err := f.variables(ctx, rel)
	if err != nil {
		return nil, err
	}
	out := []Input{}
	for _, sel := range reads {
		if sel[0] == workflow.Environment || slices.ContainsFunc(out, func(in Input) bool { return in.Node == sel[0] && in.Name == sel[1] }) {
			continue
		}
		in := Input{Node: sel[0], Name: sel[1], Title: nodeTitle(rel.Graph, sel[0]), Type: "any"}
		in.Value, in.Known = at(rel.Graph, vars, sel)
		switch {
		case in.Node == workflow.System:
			in.Type = chat.SystemType(in.Name)
		case in.Known && in.Value != nil:
			in.Type = value.Type(in.Value)
		case len(sel) > 2:
			in.Type = "object"
		}
		if i := slices.IndexFunc(rel.Settings.Conversation, func(v app.ConvVariable) bool { return v.Name == in.Name }); in.Node == workflow.Conversation && i >= 0 {
			in.Type = rel.Settings.Conversation[i].Type
		}
		in.Value = workflow.Starred(rel.Secrets, in.Value)
		out = append(out, in)
	}
	return out, nil
}

// Variables are what a member's tries of a draft left, beside what every run is given: the environment with its secrets starred,
// and of a chatflow the variables of a conversation. Nodes that the draft has no more are left out.
type Variables struct {
	Data  []draft.Variable `json:"data"`
	Nodes []draft.Node     `json:"nodes"` // that worked, the last time each
}

// Variables lists them.
func (f *Flow) Variables(ctx context.Context, rel *studio.Release, user string) (*Variables, error) {
	ctx, _, err := f.Chat.Enter(ctx, rel, app.FromDebug, user)
	if err != nil {
		return nil, err
	}
	state, err := draft.Read(ctx, f.DB)
	if err != nil {
		return nil, err
	}
	out := &Variables{}
	left, err := state.Variables(rel.Secrets)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{workflow.System: true}
	if rel.Graph != nil {
		for _, n := range rel.Graph.Nodes() {
			known[n.ID] = true
		}
	}
	shows := func(node string) bool { return rel.Graph == nil || known[node] }
	out.Nodes = slices.DeleteFunc(state.Nodes(), func(n draft.Node) bool { return !shows(n.Node) })
	out.Data = given(rel, left)
	for i := range left {
		if left[i].Node != workflow.Conversation && shows(left[i].Node) {
			out.Data = append(out.Data, left[i])
		}
	}
	return out, nil
}

// given are the variables that the app defines, with what the tries left of them.
func given(rel *studio.Release, left []draft.Variable) []draft.Variable {
	out := []draft.Variable{}
	for i := range rel.Settings.Environment {
		v := &rel.Settings.Environment[i]
		e := draft.Variable{Node: workflow.Environment, Name: v.Name, Type: v.Type, Value: v.Value, Whole: true, Kept: true}
		if len(v.Sealed) > 0 || v.Type == "secret" {
			e.Value, e.Secret = workflow.Stars, true
		}
		out = append(out, e)
	}
	if rel.App.Mode != app.ModeAdvancedChat {
		return out
	}
	for i := range rel.Settings.Conversation {
		v := &rel.Settings.Conversation[i]
		e := draft.Variable{Node: workflow.Conversation, Name: v.Name, Type: v.Type, Value: v.Value, Whole: true, Kept: true}
		if j := slices.IndexFunc(left, func(l draft.Variable) bool { return l.Node == workflow.Conversation && l.Name == v.Name }); j >= 0 {
			e = left[j]
			e.Type = v.Type
		}
		out = append(out, e)
	}
	return out
}

// Variable reads one variable whole.
func (f *Flow) Variable(ctx context.Context, rel *studio.Release, user, node, name string) (*draft.Variable, error) {
	ctx, _, err := f.Chat.Enter(ctx, rel, app.FromDebug, user)
	if err != nil {
		return nil, err
	}
	v, err := draft.One(ctx, f.DB, rel.Secrets, node, name)
	if app.KindOf(err) == app.NotFound {
		all := given(rel, nil)
		if i := slices.IndexFunc(all, func(v draft.Variable) bool { return v.Node == node && v.Name == name }); i >= 0 {
			return &all[i], nil
		}
	}
	return v, err
}

// EditVariable gives a variable another value: see draft.Edit. Files are named as in inputs.
func (f *Flow) EditVariable(ctx context.Context, rel *studio.Release, user, node, name string, val any) (*draft.Variable, error) {
	if node == workflow.Environment {
		return nil, app.Errorf(app.Invalid, "variable_of_the_app", "variables of the environment belong to the app; change them there", "环境变量属于应用本身；请在应用的变量设置中修改")
	}
	ctx, err := f.Chat.Settle(ctx, rel, app.FromDebug, user)
	if err != nil {
		return nil, err
	}
	given, err := f.Chat.Inputs(ctx, map[string]any{name: val})
	if err != nil {
		return nil, err
	}
	var def *app.ConvVariable
	if i := slices.IndexFunc(rel.Settings.Conversation, func(v app.ConvVariable) bool { return v.Name == name }); node == workflow.Conversation && i >= 0 {
		def = &rel.Settings.Conversation[i]
	}
	return draft.Edit(ctx, f.DB, rel.Secrets, node, name, def, given[name])
}

// RevertVariable gives a variable the value back that its node made.
func (f *Flow) RevertVariable(ctx context.Context, rel *studio.Release, user, node, name string) (*draft.Variable, error) {
	ctx, _, err := f.Chat.Enter(ctx, rel, app.FromDebug, user)
	if err != nil {
		return nil, err
	}
	return draft.Revert(ctx, f.DB, rel.Secrets, node, name)
}

// ResetVariables forgets what a member's tries left; of one node or group, if it is named.
func (f *Flow) ResetVariables(ctx context.Context, rel *studio.Release, user, node string) error {
	ctx, _, err := f.Chat.Enter(ctx, rel, app.FromDebug, user)
	if err != nil {
		return err
	}
	return draft.Reset(ctx, f.DB, node)
}

// LastRun is the run in which a node of a member's tries worked last; NotFound if it never did.
func (f *Flow) LastRun(ctx context.Context, rel *studio.Release, user, node string) (app.ID, error) {
	ctx, _, err := f.Chat.Enter(ctx, rel, app.FromDebug, user)
	if err != nil {
		return "", err
	}
	state, err := draft.Read(ctx, f.DB)
	if err != nil {
		return "", err
	}
	n, ok := state.Node(node)
	if !ok {
		return "", app.Missing("run", "运行记录")
	}
	return n.Run, nil
}

// at is the value of a variable at hand. The item of an iteration whose items no run has left is the first of its list.
func at(g *workflow.Graph, vars map[string]map[string]any, sel workflow.Selector) (any, bool) {
	if v, ok := vars[sel[0]][sel[1]]; ok {
		return v, true
	}
	items := g.Items(sel[0])
	if items == nil {
		return nil, false
	}
	if sel[1] == "index" {
		return int64(0), true
	}
	list, ok := workflow.NewVars(vars).Get(items)
	all, isList := value.List(list)
	if !ok || !isList || len(all) == 0 || sel[1] != "item" {
		return nil, false
	}
	return all[0], true
}

func nodeTitle(g *workflow.Graph, id string) string {
	for _, n := range g.Nodes() {
		if n.ID == id {
			return n.Title
		}
	}
	return ""
}
