// Package flow owns the runs of workflow apps: starting one, from the API, a page, a webhook, a schedule or another app; the
// forms that runs of all graphs wait for; and what lets such runs go on after a pause or a crash.
package flow

import (
	"context"
	"log/slog"
	"sync"

	"islet/app"
	"islet/app/chat"
	"islet/app/draft"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/workflow"
	"islet/store"
)

// Options wire a Flow. All but Log are required.
type Options struct {
	DB     *store.DB
	Runs   *run.Manager
	Studio *studio.Studio
	Chat   *chat.Chat
	Log    *slog.Logger // nil is slog.Default
}

// Flow is safe for concurrent use. Whoever made it calls Close, before the run.Manager's.
type Flow struct {
	Options

	life context.Context //nolint:containedctx // of the watch for due forms and schedules
	end  context.CancelFunc
	work sync.WaitGroup
}

// New makes a Flow. Watch begins what it does by itself.
func New(o Options) *Flow {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	life, end := context.WithCancel(context.Background())
	return &Flow{Options: o, life: life, end: end}
}

// Close ends what Watch began.
func (f *Flow) Close() {
	f.end()
	f.work.Wait()
}

// Start is one run of a workflow app to be started.
type Start struct {
	Release *studio.Release
	Source  app.Source
	User    string         // the end user's name behind Source; "" where nobody is behind it
	Called  string         // what the app sees as sys.user_id; "" is User
	Inputs  map[string]any // as callers write them: see chat.Chat.Inputs
	Files   []app.Attachment
	Root    string // the trigger that starts it; "" is the graph's first root
	Depth   int    // see run.DepthOf
	From    string // of a draft that a member tries: the node from which the run goes on, see package draft. Inputs and Files are then what the last try had.
	// Insert stores what the run belongs to in the change that stores the run. Optional.
	Insert func(*store.Tx, *app.Run) error
}

// Started is a run whose row is on disk.
type Started struct {
	Run   *app.Run
	Scope app.Scope // in which it can be followed and stopped
}

// Start checks what a workflow is given and starts it. The run goes on without the caller: see run.Manager.Follow, with
// Started.Scope in the context.
func (f *Flow) Start(ctx context.Context, s Start) (*Started, error) {
	rel := s.Release
	if rel.App.Mode != app.ModeWorkflow {
		return nil, app.Errorf(app.Invalid, "not_workflow_app", "this app is no workflow; talk to it instead", "此应用不是工作流应用；请使用对话接口")
	}
	if err := rel.Ready(); err != nil {
		return nil, err
	}
	graph := rel.Graph
	if s.Root != "" {
		var ok bool
		if graph, ok = graph.From(s.Root); !ok {
			return nil, app.Errorf(app.NotFound, "trigger_gone", "the published version has no trigger %q any more; publish the app again", "已发布的版本中没有触发器“%s”；请重新发布应用", s.Root)
		}
	}
	if err := chat.CheckFiles(&rel.Settings.Files, s.Files); err != nil {
		return nil, err
	}
	scope := rel.Scope(app.ScopeOf(ctx).Lang)
	if s.User != "" {
		inner, err := f.Chat.Settle(ctx, rel, s.Source, s.User)
		if err != nil {
			return nil, err
		}
		scope = app.ScopeOf(inner)
	}
	ctx = app.WithScope(ctx, scope)
	var inputs map[string]any
	var stand *draft.Stand
	var err error
	if s.From != "" {
		stand, err = f.stand(ctx, graph, &s)
	}
	if err == nil {
		inputs, err = f.Chat.Inputs(ctx, s.Inputs)
	}
	if err == nil && (stand == nil || s.From == graph.Root()) {
		inputs, err = graph.Check(inputs)
	}
	if err != nil {
		return nil, err
	}
	r := app.Run{From: s.From, ID: app.NewID(), App: rel.App.ID, Version: rel.Version, EndUser: scope.EndUser, Source: s.Source, Inputs: inputs, StartedAt: f.DB.Now()}
	spec := f.spec(rel, graph)
	spec.Run, spec.Scope, spec.Depth = r, scope, s.Depth
	spec.Input.Inputs = inputs
	if s.Called == "" {
		s.Called = s.User
	}
	sys := system(rel, &r, s.Called, s.Files)
	if s.Root != "" {
		sys[triggerNode] = s.Root
	}
	spec.Input.Vars[workflow.System] = sys
	if stand != nil {
		spec.Input.Held = stand.Held
	}
	if rel.Version == "" && s.Source == app.FromDebug {
		draft.Keep(&spec, draft.Try{DB: f.DB, Run: r.ID, Graph: rel.Graph, Secrets: rel.Secrets, System: sys})
	}
	if s.Insert != nil {
		spec.Insert = func(tx *store.Tx) error { return s.Insert(tx, &r) }
	}
	if _, err := f.Runs.Start(ctx, spec); err != nil {
		return nil, err
	}
	r.Status = app.Running
	return &Started{Run: &r, Scope: scope}, nil
}

// system are the variables {{#sys.…#}} of a workflow.
func system(rel *studio.Release, r *app.Run, user string, files []app.Attachment) map[string]any {
	if files == nil {
		files = []app.Attachment{}
	}
	if user == "" {
		user = string(r.Source)
	}
	return map[string]any{"files": files, "user_id": user, "app_id": string(r.App), "workflow_id": string(rel.Version),
		"workflow_run_id": string(r.ID), "timestamp": r.StartedAt.Unix()}
}

func (f *Flow) spec(rel *studio.Release, graph *workflow.Graph) run.Spec {
	return run.Spec{Graph: graph, Durable: true, Input: workflow.Input{Secrets: rel.Secrets, Vars: map[string]map[string]any{workflow.Environment: rel.Env}}}
}

// Rebuild makes the run of a workflow or of a message again that paused or was cut off: see run.Options.Rebuild. Only what a
// version runs can go on after a crash, because a draft changes; a paused draft goes on if its graph still fits.
func (f *Flow) Rebuild(ctx context.Context, r *app.Run, s run.State) (run.Spec, error) {
	if r.Version == "" && r.Status == app.Running {
		return run.Spec{}, app.Missing("version", "版本")
	}
	rel, err := f.release(ctx, r)
	if err != nil {
		return run.Spec{}, err
	}
	if r.Message != "" {
		return f.Chat.Rebuild(ctx, rel, r, s)
	}
	graph := rel.Graph
	if root, _ := s.Vars[workflow.System][triggerNode].(string); root != "" {
		if g, ok := graph.From(root); ok {
			graph = g
		}
	}
	if r.Only != "" {
		if graph, err = graph.Alone(r.Only); err != nil {
			return run.Spec{}, err
		}
	}
	spec := f.spec(rel, graph)
	spec.Scope = rel.Scope(s.Lang)
	spec.Scope.EndUser = r.EndUser
	if r.Version == "" && r.Source == app.FromDebug {
		draft.Keep(&spec, draft.Try{DB: f.DB, Run: r.ID, Graph: rel.Graph, Secrets: rel.Secrets, Node: r.Only, System: s.Vars[workflow.System], Memory: s.Vars[workflow.Conversation]})
	}
	return spec, nil
}

// triggerNode is the system variable that names the trigger which started a run. It is ours: Dify has none.
const triggerNode = "trigger_node_id"

func (f *Flow) release(ctx context.Context, r *app.Run) (*studio.Release, error) {
	if r.Version != "" {
		return f.Studio.Version(ctx, r.App, r.Version)
	}
	return f.Studio.Draft(ctx, r.App)
}
