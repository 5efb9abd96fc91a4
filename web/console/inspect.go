package console

import (
	"context"
	"slices"

	"islet/app"
	"islet/app/draft"
	"islet/app/flow"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// inspectRoutes are the rows about trying out a draft piece by piece: see app/draft.
func (a *API) inspectRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	route.Handle(g, "GET /apps/{id}/nodes/{node}/inputs", a.nodeInputs, editor)
	route.Stream(g, "POST /apps/{id}/nodes/{node}/run", a.runNode, editor, route.Events(frame.FlowEvents), route.Limit(importLimit))
	route.Handle(g, "GET /apps/{id}/nodes/{node}/last-run", a.lastRun, editor)
	route.Handle(g, "GET /apps/{id}/variables", a.variables, editor)
	route.Handle(g, "DELETE /apps/{id}/variables", a.resetVariables, editor)
	route.Handle(g, "GET /apps/{id}/variables/{node}/{name}", a.variable, editor)
	route.Handle(g, "PUT /apps/{id}/variables/{node}/{name}", a.editVariable, editor, route.Limit(importLimit))
	route.Handle(g, "POST /apps/{id}/variables/{node}/{name}/revert", a.revertVariable, editor)
	route.Handle(g, "GET /apps/{id}/versions/{vid}/diff/{other}", a.diffVersions, editor)
}

// ByNode is a request that names a node of an app's draft in its path.
type ByNode struct {
	ID   app.ID `path:"id" json:"-"`
	Node string `path:"node" json:"-"`
}

// graphDraft is the draft of a workflow or chatflow. One whose graph cannot run has none: see Release.Ready.
func (a *API) graphDraft(ctx context.Context, id app.ID) (*studio.Release, error) {
	rel, err := a.Studio.Draft(ctx, id)
	if rel == nil || rel.App == nil || err != nil && app.KindOf(err) != app.Invalid {
		return nil, err
	}
	if !studio.HasGraph(rel.App.Mode) {
		return nil, app.Errorf(app.Invalid, "not_graph_app", "this app has no nodes; only workflows and chatflows do", "此应用没有节点；只有工作流和对话流有")
	}
	return rel, nil
}

func (a *API) nodeInputs(ctx context.Context, in *ByNode) (*List[flow.Input], error) {
	rel, err := a.graphDraft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return list(a.Flow.NodeInputs(ctx, rel, debugger(ctx), in.Node))
}

type runNodeIn struct {
	ByNode
	Values map[string]any `json:"values"` // of what the node reads, by "node.name"
}

// runNode tries one node of the draft as it is saved.
func (a *API) runNode(ctx context.Context, in *runNodeIn) (frames, error) {
	rel, err := a.graphDraft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	started, err := a.Flow.StartNode(ctx, flow.Alone{Release: rel, User: debugger(ctx), Node: in.Node, Values: in.Values})
	if err != nil {
		return nil, err
	}
	return a.runStream(within(ctx, in.ID), started.Run, 0)
}

// LastRun is how a node worked the last time that the caller tried it, alone or with others. Executions are all of that run:
// attempts, and rounds of what is around it. Run is absent where it never did, and Executions are empty where the trace is
// too old to be kept.
type LastRun struct {
	Run        *app.Run      `json:"run,omitempty"`
	Executions []app.NodeRun `json:"executions"`
}

func (a *API) lastRun(ctx context.Context, in *ByNode) (*LastRun, error) {
	rel, err := a.graphDraft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &LastRun{Executions: []app.NodeRun{}}
	id, err := a.Flow.LastRun(ctx, rel, debugger(ctx), in.Node)
	if app.KindOf(err) == app.NotFound {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	ctx = within(ctx, in.ID)
	out.Run, err = a.storedRun(ctx, id)
	if app.KindOf(err) == app.NotFound {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := a.DB.NodeRuns(ctx, id)
	if err != nil {
		return nil, err
	}
	out.Executions = append(out.Executions, slices.DeleteFunc(all, func(n app.NodeRun) bool { return n.Node != in.Node })...)
	return out, nil
}

func (a *API) variables(ctx context.Context, in *ByID) (*flow.Variables, error) {
	rel, err := a.graphDraft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.Flow.Variables(ctx, rel, debugger(ctx))
}

type resetVariablesIn struct {
	ByID
	Node string `query:"node" json:"-"` // of this node or group; empty: all
}

func (a *API) resetVariables(ctx context.Context, in *resetVariablesIn) (*None, error) {
	rel, err := a.graphDraft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, a.Flow.ResetVariables(ctx, rel, debugger(ctx), in.Node)
}

// ByVariable is a request that names a variable of a draft in its path.
type ByVariable struct {
	ID   app.ID `path:"id" json:"-"`
	Node string `path:"node" json:"-"` // or sys, env, conversation
	Name string `path:"name" json:"-"`
}

func (a *API) variable(ctx context.Context, in *ByVariable) (*draft.Variable, error) {
	rel, err := a.graphDraft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.Flow.Variable(ctx, rel, debugger(ctx), in.Node, in.Name)
}

type editVariableIn struct {
	ByVariable
	Value any `json:"value"`
}

func (a *API) editVariable(ctx context.Context, in *editVariableIn) (*draft.Variable, error) {
	rel, err := a.graphDraft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.Flow.EditVariable(ctx, rel, debugger(ctx), in.Node, in.Name, in.Value)
}

func (a *API) revertVariable(ctx context.Context, in *ByVariable) (*draft.Variable, error) {
	rel, err := a.graphDraft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.Flow.RevertVariable(ctx, rel, debugger(ctx), in.Node, in.Name)
}

type diffIn struct {
	ID      app.ID `path:"id" json:"-"`
	Version string `path:"vid" json:"-"`   // a version, or draft
	Other   string `path:"other" json:"-"` // likewise
}

// diffVersions tells what is different in the other from the first; either may be "draft".
func (a *API) diffVersions(ctx context.Context, in *diffIn) (*studio.Diff, error) {
	var before, after app.Settings
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if before, err = settingsAt(s, in.ID, app.ID(in.Version)); err != nil {
			return err
		}
		after, err = settingsAt(s, in.ID, app.ID(in.Other))
		return err
	})
	if err != nil {
		return nil, err
	}
	return studio.Compare(before, after)
}

func settingsAt(s *store.Snapshot, id, version app.ID) (app.Settings, error) {
	if version == "draft" {
		a, err := s.App(id)
		if err != nil {
			return app.Settings{}, err
		}
		return a.Draft, nil
	}
	v, err := s.Version(id, version)
	if err != nil {
		return app.Settings{}, err
	}
	return v.Settings, nil
}
