package dsl

import (
	"islet/app"
	"islet/app/value"
)

// blankDoc is the file of an app that says nothing yet: every key that Dify's exporter writes, in its default shape.
func blankDoc(mode app.Mode) *value.Object {
	doc := value.NewObject(
		"app", value.NewObject("description", "", "icon", defaultIcon, "icon_background", defaultColor, "icon_type", "emoji",
			"mode", string(mode), "name", "", "use_icon_as_answer_icon", false),
		"dependencies", []any{}, "kind", "app", "version", Version)
	if hasGraph(mode) {
		doc.Set("workflow", value.NewObject("conversation_variables", []any{}, "environment_variables", []any{},
			"features", blankFeatures(), "graph", blankGraph(), "rag_pipeline_variables", []any{}))
		return doc
	}
	doc.Set("model_config", blankModelConfig(mode))
	return doc
}

func off() *value.Object { return value.NewObject("enabled", false) }

func blankGraph() *value.Object {
	return value.NewObject("edges", []any{}, "nodes", []any{}, "viewport", value.NewObject("x", int64(0), "y", int64(0), "zoom", int64(1)))
}

func blankFeatures() *value.Object {
	return value.NewObject(
		"file_upload", value.NewObject("allowed_file_extensions", []any{}, "allowed_file_types", []any{}, "allowed_file_upload_methods", []any{}, "enabled", false),
		"opening_statement", "", "retriever_resource", value.NewObject("enabled", true), "sensitive_word_avoidance", off(),
		"speech_to_text", off(), "suggested_questions", []any{}, "suggested_questions_after_answer", off(),
		"text_to_speech", value.NewObject("enabled", false, "language", "", "voice", ""))
}

func blankModelConfig(mode app.Mode) *value.Object {
	strategy := any(nil)
	if mode == app.ModeAgent {
		strategy = "function_call"
	}
	return value.NewObject(
		"agent_mode", value.NewObject("enabled", mode == app.ModeAgent, "prompt", nil, "strategy", strategy, "tools", []any{}),
		"annotation_reply", off(),
		"chat_prompt_config", value.NewObject(),
		"completion_prompt_config", value.NewObject(),
		"dataset_configs", value.NewObject("retrieval_model", "multiple"),
		"dataset_query_variable", nil,
		"external_data_tools", []any{},
		"file_upload", value.NewObject("image", value.NewObject("detail", "high", "enabled", false, "number_limits", int64(3), "transfer_methods", texts(defaultMethods))),
		"model", value.NewObject("completion_params", value.NewObject(), "mode", "chat", "name", "", "provider", ""),
		"more_like_this", off(),
		"opening_statement", "",
		"pre_prompt", "",
		"prompt_type", "simple",
		"retriever_resource", value.NewObject("enabled", true),
		"sensitive_word_avoidance", off(),
		"speech_to_text", off(),
		"suggested_questions", []any{},
		"suggested_questions_after_answer", off(),
		"text_to_speech", value.NewObject("enabled", false, "language", "", "voice", ""),
		"user_input_form", []any{})
}
