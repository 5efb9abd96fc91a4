package dsl

import (
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
)

// kinds are Dify's names for our kinds of variable, and ours for them.
var (
	formKinds = map[string]string{"text": "text-input", "paragraph": "paragraph", "select": "select", "number": "number", "checkbox": "checkbox"}
	ourKinds  = map[string]string{"text-input": "text", "paragraph": "paragraph", "select": "select", "number": "number", "checkbox": "checkbox"}
)

// readModelConfig fills in the settings of the modes without a graph, and says what it cannot take over.
func readModelConfig(mode app.Mode, o *value.Object, s *app.Settings, here *Here) (left []app.Text) {
	s.Model = modelOf(section(o, "model"))
	s.Prompt = textOf(o, "pre_prompt")
	if advanced(o) {
		s.Prompt = advancedPrompt(o, mode)
		left = append(left, app.Text{
			En: "the app uses the advanced prompt editor; its system message became the prompt, the other messages are kept for an export only",
			Zh: "此应用使用高级提示词模式；系统消息已作为提示词导入，其余消息仅保留用于导出"})
	}
	readFeatures(o, s)
	for _, e := range listOf(o, "user_input_form") {
		v, kind, ok := formEntry(e)
		if ok {
			s.Variables = append(s.Variables, v)
			continue
		}
		left = append(left, app.Textf("the form field %q of the kind %q is kept for an export only; islet has no such field", "表单字段“%s”（类型 %s）仅保留用于导出；islet 没有这种字段", clip(v.Name), clip(kind)))
	}
	if mode == app.ModeAgent {
		s.Agent = agentOf(section(o, "agent_mode"), string(s.Model.Endpoint))
	}
	known, lost := knowledgeOf(o, here)
	s.Knowledge, left = known, append(left, lost...)
	if s.Moderation == nil && boolOf(section(o, "sensitive_word_avoidance"), "enabled") {
		left = append(left, app.Text{En: "the content moderation of the app is kept for an export only", Zh: "此应用的内容审查设置仅保留用于导出"})
	}
	return left
}

func advanced(o *value.Object) bool { return textOf(o, "prompt_type") == "advanced" }

// advancedPrompt is what can be said of an advanced prompt in one text: its system messages, or the text of a completion.
func advancedPrompt(o *value.Object, mode app.Mode) string {
	var parts []string
	for _, m := range listOf(section(o, "chat_prompt_config"), "prompt") {
		if p, _ := m.(*value.Object); textOf(p, "role") == "system" || mode == app.ModeCompletion {
			parts = append(parts, textOf(p, "text"))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, textOf(section(section(o, "completion_prompt_config"), "prompt"), "text"))
	}
	return strings.Join(parts, "\n\n")
}

// formEntry reads one field of the form; not ok are those that islet has no kind for.
func formEntry(e any) (v app.Variable, kind string, ok bool) {
	o, _ := e.(*value.Object)
	if o == nil || o.Len() == 0 {
		return v, "", false
	}
	kind = o.Keys()[0]
	in := section(o, kind)
	v = app.Variable{
		Name: textOf(in, "variable"), Label: textOf(in, "label"), Kind: ourKinds[kind], Required: boolOf(in, "required"),
		MaxLength: intOf(in, "max_length"), Hidden: boolOf(in, "hide"), Help: textOf(in, "description"),
	}
	v.Options, _ = textsOf(in, "options")
	v.Default, _ = get(in, "default")
	switch v.Default.(type) {
	case []any, *value.Object:
		v.Default = nil // a form's field holds one value
	}
	return v, kind, v.Kind != ""
}

// agentOf reads agent_mode. What a file leaves open is decided as Dify does.
func agentOf(o *value.Object, provider string) *app.Agent {
	a := &app.Agent{MaxIterations: intOf(o, "max_iteration"), Tools: []app.AgentTool{}}
	switch textOf(o, "strategy") {
	case "function_call":
		a.Strategy = "function_call"
	case "cot", "react":
		a.Strategy = "react"
	default:
		a.Strategy = "react"
		if provider == "openai" || strings.HasSuffix(provider, "/openai") {
			a.Strategy = "function_call"
		}
	}
	for _, e := range listOf(o, "tools") {
		if t, ok := agentTool(e); ok {
			a.Tools = append(a.Tools, t)
		}
	}
	return a
}

// agentTool reads one tool. Entries of less than four keys are of another kind: a dataset, in old files.
func agentTool(e any) (t app.AgentTool, ok bool) {
	o, _ := e.(*value.Object)
	if o == nil || o.Len() < 4 {
		return t, false
	}
	t = app.AgentTool{Enabled: boolOf(o, "enabled"), Type: textOf(o, "provider_type"), Provider: textOf(o, "provider_id"),
		Name: textOf(o, "tool_name"), Label: textOf(o, "tool_label"), Params: map[string]any{}}
	if t.Provider == "" {
		t.Provider = textOf(o, "provider_name")
	}
	if p := section(o, "tool_parameters"); p != nil {
		for k, v := range p.All() {
			if v == nil || v == "" { // in a file that is what the model fills in
				continue
			}
			t.Params[k] = v
		}
	}
	return t, true
}

// writeModelConfig puts what the app says now and did not say before into the section.
func writeModelConfig(o *value.Object, mode app.Mode, was, now *app.Settings) {
	if !equal(was.Model, now.Model) {
		writeModel(child(o, "model"), now.Model)
	}
	if was.Prompt != now.Prompt {
		o.Set("pre_prompt", now.Prompt)
		o.Set("prompt_type", "simple")
	}
	writeFeatures(o, was, now)
	if !equal(was.Variables, now.Variables) {
		o.Set("user_input_form", writeForm(listOf(o, "user_input_form"), now.Variables))
	}
	if !equal(was.Knowledge, now.Knowledge) {
		writeKnowledge(o, now)
	}
	if mode == app.ModeAgent && now.Agent != nil && !equal(was.Agent, now.Agent) {
		writeAgent(child(o, "agent_mode"), was.Agent, now.Agent)
	}
}

// writeForm writes the fields in the app's order; those that islet does not know follow.
func writeForm(kept []any, vars []app.Variable) []any {
	out := make([]any, 0, len(vars))
	for i := range vars {
		v := &vars[i]
		kind := formKinds[v.Kind]
		if kind == "" {
			kind = v.Kind
		}
		in := value.NewObject()
		j := slices.IndexFunc(kept, func(e any) bool { w, _, ok := formEntry(e); return ok && w.Name == v.Name })
		var was app.Variable
		if j >= 0 {
			o := kept[j].(*value.Object)
			var old string
			was, old, _ = formEntry(o)
			if equal(was, *v) {
				out = append(out, o)
				continue
			}
			in = child(o, old)
		}
		writeField(in, &was, v)
		out = append(out, value.NewObject(kind, in))
	}
	for _, e := range kept {
		if _, _, ok := formEntry(e); !ok {
			out = append(out, e)
		}
	}
	return out
}

func writeField(o *value.Object, was, now *app.Variable) {
	o.Set("variable", now.Name)
	o.Set("label", now.Label)
	o.Set("required", now.Required)
	if !same(treeOf(was.Default), treeOf(now.Default)) {
		o.Set("default", whole("", treeOf(now.Default)))
	}
	if was.MaxLength != now.MaxLength {
		o.Set("max_length", int64(now.MaxLength))
		if now.MaxLength == 0 {
			drop(o, "max_length")
		}
	}
	if _, said := get(o, "options"); said || len(now.Options) > 0 {
		o.Set("options", texts(now.Options))
	}
	if was.Help != now.Help {
		o.Set("description", now.Help)
	}
	if was.Hidden != now.Hidden {
		o.Set("hide", now.Hidden)
	}
}

func writeAgent(o *value.Object, was, now *app.Agent) {
	if was == nil {
		was = &app.Agent{}
	}
	o.Set("enabled", true)
	if was.Strategy != now.Strategy {
		o.Set("strategy", now.Strategy)
	}
	if was.MaxIterations != now.MaxIterations {
		o.Set("max_iteration", int64(now.MaxIterations))
	}
	if equal(was.Tools, now.Tools) {
		return
	}
	kept := listOf(o, "tools")
	used := make([]bool, len(kept))
	out := make([]any, 0, len(now.Tools))
	for i := range now.Tools {
		out = append(out, writeTool(&now.Tools[i], kept, used))
	}
	for _, e := range kept {
		if _, ok := agentTool(e); !ok {
			out = append(out, e)
		}
	}
	o.Set("tools", out)
}

// writeTool writes a tool into the entry that it came from, or into a new one.
func writeTool(t *app.AgentTool, kept []any, used []bool) *value.Object {
	for i, e := range kept {
		was, ok := agentTool(e)
		if !ok || used[i] || was.Type != t.Type || was.Provider != t.Provider || was.Name != t.Name {
			continue
		}
		used[i] = true
		o := e.(*value.Object)
		o.Set("enabled", t.Enabled)
		if was.Label != t.Label {
			o.Set("tool_label", t.Label)
		}
		if !equal(was.Params, t.Params) {
			o.Set("tool_parameters", treeOf(t.Params))
		}
		return o
	}
	params := treeOf(t.Params)
	if params == nil {
		params = value.NewObject()
	}
	return value.NewObject("enabled", t.Enabled, "provider_id", t.Provider, "provider_name", t.Provider, "provider_type", t.Type,
		"tool_label", t.Label, "tool_name", t.Name, "tool_parameters", params)
}
