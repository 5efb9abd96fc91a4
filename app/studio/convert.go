package studio

import (
	"context"
	"encoding/json"
	"strings"

	"islet/app"
	"islet/store"
)

// Convert makes a new, unpublished app with a graph that does what the draft of a chat, agent or completion app does: a chatflow
// of the first two, a workflow of the third. The app itself stays as it is. An empty name is that of the app; an app that has a
// graph already is convert_unsupported. Keys, conversations and versions stay behind.
func (s *Studio) Convert(ctx context.Context, id app.ID, name string) (a *app.App, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if a, err = tx.App(id); err != nil {
			return err
		}
		if HasGraph(a.Mode) {
			return app.Errorf(app.Invalid, "convert_unsupported", "%q is built as a graph already; duplicate it instead", "“%s”已经是用画布编排的应用；如需另存请使用“复制”", a.Name)
		}
		if a.Mode, a.Draft, err = s.converted(ctx, a.Mode, &a.Draft); err != nil {
			return err
		}
		if name = strings.TrimSpace(name); name != "" {
			a.Name = name
		}
		if err := checkInfo(a); err != nil {
			return err
		}
		s.dress(ctx, a)
		return tx.InsertApp(a)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// converted are the settings of the new app. What only a form has is in the graph; what both have stays.
func (s *Studio) converted(ctx context.Context, mode app.Mode, old *app.Settings) (app.Mode, app.Settings, error) {
	raw, err := Compile(mode, *old)
	if err != nil {
		return "", app.Settings{}, err
	}
	var g struct{ Nodes []object }
	if err := json.Unmarshal(raw, &g); err != nil {
		return "", app.Settings{}, err
	}
	lang := app.ScopeOf(ctx).Lang
	nodes, edges := make([]any, len(g.Nodes)), []any{}
	id, kind := "", ""
	for i, n := range g.Nodes { // they stand one behind the other
		data, _ := n["data"].(object)
		s.settle(ctx, mode, old, data, lang)
		before, beforeKind := id, kind
		id, _ = n["id"].(string)
		if kind, _ = data["type"].(string); kind == "end" {
			id = EndNode
		}
		nodes[i] = placed(i, id, data)
		if i > 0 {
			edges = append(edges, edge(before, beforeKind, id, kind))
		}
	}
	now := app.Settings{Opening: old.Opening, Suggested: old.Suggested, FollowUp: old.FollowUp, Files: old.Files, Moderation: old.Moderation}
	if mode == app.ModeCompletion {
		now.Moderation = nil // a workflow has none
	}
	if now.FollowUp.Enabled && now.FollowUp.Model.Zero() { // there will be no model of the app to fall back on
		now.FollowUp.Model = app.ModelRef{Endpoint: old.Model.Endpoint, Name: old.Model.Name}
	}
	to := app.ModeAdvancedChat
	if mode == app.ModeCompletion {
		to = app.ModeWorkflow
	}
	now.Graph, err = json.Marshal(canvas(nodes, edges...))
	return to, now, err
}

// titles are what the nodes of a converted app are called.
var titles = map[string]app.Text{
	"start": {En: "Start", Zh: "开始"}, "knowledge-retrieval": {En: "Knowledge", Zh: "知识检索"}, "agent": {En: "Agent", Zh: "智能体"},
	"answer": {En: "Answer", Zh: "直接回复"}, "end": {En: "End", Zh: "结束"}, "llm": {En: "LLM", Zh: "LLM"},
}

// settle turns the data of a node of a compiled app into those of a node that people edit.
func (s *Studio) settle(ctx context.Context, mode app.Mode, old *app.Settings, data object, lang app.Lang) {
	switch data["type"] {
	case "start":
		data["variables"] = shownVariables(old, data["variables"])
	case "agent":
		// In an agent app the model decides how it is asked to call tools; a node says it itself.
		delete(data, "islet_app")
		data["agent_strategy_name"] = "ReAct"
		if s.Calls != nil && s.Calls(ctx, old.Model) {
			data["agent_strategy_name"] = "function_calling"
		}
	case "answer":
		if mode != app.ModeCompletion {
			break
		}
		delete(data, "answer")
		data["type"], data["outputs"] = "end", []any{object{"variable": "result", "value_selector": []string{LLMNode, "text"}, "value_type": "string"}}
	}
	kind, _ := data["type"].(string)
	if t := titles[kind]; t.En != "" {
		data["title"] = t.In(lang)
	}
	data["desc"] = ""
}

// shownVariables are the start variables with what compiled ones leave to the check of a turn: defaults, and what must be filled in.
func shownVariables(old *app.Settings, compiled any) []any {
	list, _ := compiled.([]any)
	for i := range old.Variables {
		v := &old.Variables[i]
		if i >= len(list) {
			break
		}
		d, _ := list[i].(object)
		d["required"], d["hide"] = v.Required && v.Kind != "checkbox", v.Hidden
		if v.Default != nil {
			d["default"] = v.Default
		}
		if v.Help != "" {
			d["hint"] = v.Help
		}
	}
	return list
}
