package studio

import (
	"context"
	"encoding/json"

	"islet/app"
)

// modes are the kinds of app that can be made.
var modes = []app.Mode{app.ModeChat, app.ModeAgent, app.ModeCompletion, app.ModeAdvancedChat, app.ModeWorkflow}

// EndNode is the id of the last node of a blank workflow.
const EndNode = "end"

// begin gives a new app what its mode begins with, where the caller said nothing.
func (s *Studio) begin(ctx context.Context, a *app.App) error {
	d := &a.Draft
	model := d.Model
	if s.DefaultModel != nil && model.Zero() && a.Mode != app.ModeWorkflow {
		var err error
		if model, err = s.DefaultModel(ctx); err != nil {
			return err
		}
	}
	switch a.Mode {
	case app.ModeWorkflow, app.ModeAdvancedChat:
		if len(d.Graph) > 0 {
			return nil
		}
		var err error
		d.Graph, err = json.Marshal(blankGraph(a.Mode, model, app.ScopeOf(ctx).Lang))
		return err
	case app.ModeAgent:
		if d.Agent == nil {
			d.Agent = &app.Agent{Strategy: "function_call", MaxIterations: defaultIterations, Tools: []app.AgentTool{}}
		}
	case app.ModeCompletion:
		if d.Prompt == "" && len(d.Variables) == 0 {
			label := app.Text{En: "Query", Zh: "查询内容"}.In(app.ScopeOf(ctx).Lang)
			d.Prompt, d.Variables = "{{query}}", []app.Variable{{Name: "query", Label: label, Kind: "paragraph", Required: true}}
		}
	}
	d.Model = model
	return nil
}

// blankGraph is start → end, or start → llm → answer with a model.
func blankGraph(mode app.Mode, model app.ModelRef, lang app.Lang) object {
	start := placed(0, StartNode, object{"type": "start", "title": app.Text{En: "Start", Zh: "开始"}.In(lang), "desc": "", "variables": []any{}})
	if mode == app.ModeWorkflow {
		end := placed(1, EndNode, object{"type": "end", "title": app.Text{En: "End", Zh: "结束"}.In(lang), "desc": "", "outputs": []any{}})
		return canvas([]any{start, end}, edge(StartNode, "start", EndNode, "end"))
	}
	params := model.Params
	if params == nil {
		params = object{}
	}
	llm := placed(1, LLMNode, object{
		"type": "llm", "title": "LLM", "desc": "", "variables": []any{},
		"model":           object{"provider": model.Endpoint, "name": model.Name, "mode": "chat", "completion_params": params},
		"prompt_template": []any{object{"role": "system", "text": ""}},
		"context":         object{"enabled": false, "variable_selector": []any{}},
		"memory":          object{"window": object{"enabled": false, "size": 10}, "query_prompt_template": "{{#sys.query#}}\n\n{{#sys.files#}}"},
		"vision":          object{"enabled": false},
	})
	answer := placed(2, AnswerNode, object{"type": "answer", "title": app.Text{En: "Answer", Zh: "直接回复"}.In(lang), "desc": "", "variables": []any{},
		"answer": "{{#" + LLMNode + ".text#}}"})
	return canvas([]any{start, llm, answer}, edge(StartNode, "start", LLMNode, "llm"), edge(LLMNode, "llm", AnswerNode, "answer"))
}

// placed is a node on the canvas, column by column.
func placed(column int, id string, data object) object {
	n := node(id, data)
	at := object{"x": 80 + 300*column, "y": 282}
	n["position"], n["positionAbsolute"] = at, at
	n["width"], n["height"], n["sourcePosition"], n["targetPosition"] = 242, 90, "right", "left"
	return n
}

func canvas(nodes []any, edges ...any) object {
	return object{"nodes": nodes, "edges": edges, "viewport": object{"x": 0, "y": 0, "zoom": 1}}
}
