package node

import (
	"encoding/json"

	"islet/app"
	"islet/app/workflow"
)

// modelTypes are the kinds of node that ask models and call tools; Table has them all.
func modelTypes(d Deps) workflow.Types {
	with := func(f func(Deps, json.RawMessage) (workflow.Node, error)) func(json.RawMessage) (workflow.Node, error) {
		return func(data json.RawMessage) (workflow.Node, error) { return f(d, data) }
	}
	param := func(name, en, zh string, kind workflow.ParamKind, required bool) workflow.Param {
		return workflow.Param{Name: name, Label: app.Text{En: en, Zh: zh}, Kind: kind, Required: required}
	}
	one := func(name, en, zh, def string, options ...workflow.Choice) workflow.Param {
		return workflow.Param{Name: name, Label: app.Text{En: en, Zh: zh}, Kind: workflow.StringParam, Default: def, Options: options}
	}
	query := func(name string) workflow.Param {
		return workflow.Param{Name: name, Label: app.Text{En: "input variable", Zh: "输入变量"}, Kind: workflow.SelectorParam, Required: true, Takes: []string{"string"}}
	}
	var (
		model       = param("model", "model", "模型", workflow.ObjectParam, true)
		memory      = param("memory", "memory", "记忆", workflow.ObjectParam, false)
		vision      = param("vision", "vision", "视觉", workflow.ObjectParam, false)
		instruction = param("instruction", "instruction", "指令", workflow.TemplateParam, false)
	)
	return workflow.Types{
		"llm": {
			Title: app.Text{En: "LLM", Zh: "大模型"}, Retries: true, New: with(newLLM),
			Params: []workflow.Param{
				model,
				param("prompt_template", "prompt", "提示词", workflow.AnyParam, false), // a list, or an object for completion models
				param("prompt_config", "Jinja2 variables", "Jinja2 变量", workflow.ObjectParam, false),
				memory,
				param("context", "context", "上下文", workflow.ObjectParam, false),
				vision,
				param("structured_output_enabled", "structured output", "结构化输出", workflow.BoolParam, false),
				param("structured_output", "schema of the structured output", "结构化输出的 Schema", workflow.ObjectParam, false),
				one("reasoning_format", "reasoning", "推理内容", "tagged", oneOf("tagged", "stays in the text", "保留在文本中"), oneOf("separated", "apart from the text", "与文本分离")),
			},
		},
		"question-classifier": {
			Title: app.Text{En: "Question Classifier", Zh: "问题分类器"}, Class: workflow.Branch, New: with(newClassifier),
			Params: []workflow.Param{
				query("query_variable_selector"),
				model,
				param("classes", "classes", "分类", workflow.ListParam, true),
				instruction, memory, vision,
			},
		},
		"parameter-extractor": {
			Title: app.Text{En: "Parameter Extractor", Zh: "参数提取器"}, New: with(newExtractor),
			Params: []workflow.Param{
				query("query"),
				model,
				param("parameters", "parameters", "提取参数", workflow.ListParam, true),
				instruction, memory, vision,
				one("reasoning_mode", "reasoning mode", "推理模式", "function_call", oneOf("function_call", "tool call", "函数调用"), oneOf("prompt", "by prompt", "提示词")),
			},
		},
		"tool": {
			Title: app.Text{En: "Tool", Zh: "工具"}, Retries: true, Effects: true, New: with(newToolCall),
			Params: []workflow.Param{
				param("provider_id", "provider", "提供者", workflow.StringParam, false),
				param("tool_name", "tool", "工具", workflow.StringParam, true),
				param("tool_parameters", "parameters", "参数", workflow.ObjectParam, false),
				param("tool_configurations", "settings", "设置", workflow.ObjectParam, false),
			},
		},
		"agent": {
			Title: app.Text{En: "Agent", Zh: "Agent"}, Effects: true, New: with(newAgent),
			Params: []workflow.Param{
				param("agent_strategy_name", "strategy", "策略", workflow.StringParam, false),
				param("agent_parameters", "parameters", "参数", workflow.ObjectParam, false),
				memory, vision,
			},
		},
	}
}
