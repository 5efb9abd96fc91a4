package node

import (
	"context"
	"encoding/json"

	"islet/app"
	"islet/app/model"
	"islet/app/workflow"
)

// Deps are what nodes need of the world. They are called from many runs at once, under the run's scope.
type Deps struct {
	// Chatter resolves a model: model.Registry.Chatter. Required for llm.
	Chatter func(ctx context.Context, ref app.ModelRef) (model.Chatter, error)
	// Model tells what is known of a model: context size, largest output, abilities. NotFound is an unknown model, which is
	// used without limits other than the careful ones. It is called once per llm node and run, so it should be quick.
	// Optional.
	Model func(ctx context.Context, ref app.ModelRef) (*app.Model, error)
	// History returns the thread that ends with the message parent, oldest first, at most limit messages. It is not called
	// for the first message of a conversation. Required for llm nodes with memory.
	History func(ctx context.Context, conversation, parent app.ID, limit int) ([]*app.Message, error)
	// File returns the bytes of an uploaded file and their MIME type. Required for local files in questions.
	File func(ctx context.Context, file app.ID) (data []byte, mime string, err error)
}

// The system variables {{#sys.…#}} that nodes read. Dify has all but the last.
const (
	SysQuery        = "query"             // string
	SysFiles        = "files"             // []app.Attachment
	SysConversation = "conversation_id"   // string
	SysParent       = "parent_message_id" // string: the newest message of the thread before this one; absent or "" for the first
)

// Table is every kind of node, by the type that a graph names.
func Table(d Deps) workflow.Types {
	return workflow.Types{
		"start": {
			Title: app.Text{En: "Start", Zh: "开始"}, Class: workflow.Root, New: newStart,
			Params: []workflow.Param{{Name: "variables", Label: app.Text{En: "input fields", Zh: "输入字段"}, Kind: workflow.ListParam}},
		},
		"llm": {
			Title: app.Text{En: "LLM", Zh: "大模型"}, New: func(data json.RawMessage) (workflow.Node, error) { return newLLM(d, data) },
			Params: []workflow.Param{
				{Name: "model", Label: app.Text{En: "model", Zh: "模型"}, Kind: workflow.ObjectParam, Required: true},
				{Name: "prompt_template", Label: app.Text{En: "prompt", Zh: "提示词"}, Kind: workflow.ListParam},
				{Name: "memory", Label: app.Text{En: "memory", Zh: "记忆"}, Kind: workflow.ObjectParam},
				{Name: "context", Label: app.Text{En: "context", Zh: "上下文"}, Kind: workflow.ObjectParam},
				{Name: "vision", Label: app.Text{En: "vision", Zh: "视觉"}, Kind: workflow.ObjectParam},
				{Name: "reasoning_format", Label: app.Text{En: "reasoning", Zh: "推理内容"}, Kind: workflow.StringParam},
			},
		},
		"answer": {
			Title: app.Text{En: "Answer", Zh: "直接回复"}, Class: workflow.Response, New: newAnswer,
			Params: []workflow.Param{{Name: "answer", Label: app.Text{En: "answer", Zh: "回复内容"}, Kind: workflow.TemplateParam, Required: true}},
		},
	}
}
