package node

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"islet/app"
	"islet/app/model"
	"islet/app/tool"
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
	// Save stores what a node made as a file of the run's app and returns it. Required for http-request, tool and llm nodes
	// that receive files.
	Save func(ctx context.Context, name, mime string, data []byte) (app.Attachment, error)
	// Code runs a program in the child process: sandbox.Pool.Run. language is python3 or javascript; the result is what
	// main returned. Required for code.
	Code func(ctx context.Context, language, source string, inputs map[string]any) (result any, err error)
	// Client makes the client of http-request nodes, which is kept: egress decides where it may go. Required for http-request.
	Client func(verifyTLS bool) (*http.Client, error)
	// Tools finds a callable tool. Required for tool and agent.
	Tools func(ctx context.Context, ref tool.Ref) (*tool.Tool, error)
	// Form returns the form of one execution of a human-input node, making it from ask the first time. Required for human-input.
	Form func(ctx context.Context, run app.ID, ask app.Form) (*app.Form, error)
	// Retrieve searches datasets; never nil, nil. Required for knowledge-retrieval; without it the node fails and says so.
	Retrieve func(ctx context.Context, q Retrieval) (*app.Found, error)
	// Extract is the text of a document. Required for document-extractor. The error for a format that nobody reads is
	// Unsupported.
	Extract func(ctx context.Context, f app.Attachment) (string, error)
}

// Retrieval is one search of a knowledge-retrieval node.
type Retrieval struct {
	Query    string
	Files    []app.Attachment
	Datasets []string
	Single   bool            // the model of Config chooses one dataset
	Config   json.RawMessage // multiple_retrieval_config or single_retrieval_config, as Dify writes them
	Filter   json.RawMessage // metadata filter with values filled in; null: none
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
	all := workflow.Types{
		"start": {
			Title: app.Text{En: "Start", Zh: "开始"}, Class: workflow.Root, New: newStart,
			Params: []workflow.Param{{Name: "variables", Label: app.Text{En: "input fields", Zh: "输入字段"}, Kind: workflow.ListParam}},
		},
		"answer": {
			Title: app.Text{En: "Answer", Zh: "直接回复"}, Class: workflow.Response, New: newAnswer,
			Params: []workflow.Param{{Name: "answer", Label: app.Text{En: "answer", Zh: "回复内容"}, Kind: workflow.TemplateParam, Required: true}},
		},
		"human-input": {
			Title: app.Text{En: "Human Input", Zh: "人工输入"}, Class: workflow.Branch,
			New: func(data json.RawMessage) (workflow.Node, error) { return newHumanInput(d, data) },
			Params: []workflow.Param{
				{Name: "form_content", Label: app.Text{En: "text of the form", Zh: "表单内容"}, Kind: workflow.TemplateParam},
				{Name: "inputs", Label: app.Text{En: "fields", Zh: "表单字段"}, Kind: workflow.ListParam},
				{Name: "user_actions", Label: app.Text{En: "actions", Zh: "操作按钮"}, Kind: workflow.ListParam, Required: true},
				{Name: "timeout", Label: app.Text{En: "waits for", Zh: "等待时间"}, Kind: workflow.NumberParam, Default: 36, Range: &workflow.Range{Min: 1, Max: 1000}},
				{Name: "timeout_unit", Label: app.Text{En: "unit", Zh: "单位"}, Kind: workflow.StringParam, Default: "hour", Options: []workflow.Choice{oneOf("hour", "hours", "小时"), oneOf("day", "days", "天")}},
				{Name: "delivery_methods", Label: app.Text{En: "who is told", Zh: "发送方式"}, Kind: workflow.ListParam},
			},
		},
	}
	for _, more := range []workflow.Types{containerTypes(), flowTypes(d), modelTypes(d), httpTypes(d), absentTypes()} {
		maps.Copy(all, more)
	}
	return all
}

// TypeName is a key of Table.
type TypeName string

// TypeNames are all keys of Table, sorted.
func TypeNames() []string { return slices.Sorted(maps.Keys(Table(Deps{}))) }

// lists are the types of variable that hold several values.
var lists = []string{"array[string]", "array[number]", "array[object]", "array[file]", "array[boolean]", "array[any]"}

func oneOf(value, en, zh string) workflow.Choice {
	return workflow.Choice{Value: value, Label: app.Text{En: en, Zh: zh}}
}

// same are choices that people of both languages call by their value.
func same(values ...string) []workflow.Choice {
	all := make([]workflow.Choice, len(values))
	for i, v := range values {
		all[i] = oneOf(v, v, v)
	}
	return all
}

// containerTypes are the kinds that the engine drives itself, with what stands inside them.
func containerTypes() workflow.Types {
	list := func(name, en, zh string) workflow.Param {
		return workflow.Param{Name: name, Label: app.Text{En: en, Zh: zh}, Kind: workflow.ListParam}
	}
	entrance := func(json.RawMessage) (workflow.Node, error) { return entrance{}, nil }
	return workflow.Types{
		"iteration": {
			Title: app.Text{En: "Iteration", Zh: "迭代"}, Class: workflow.Container, New: workflow.NewIteration,
			Params: []workflow.Param{
				{Name: "iterator_selector", Label: app.Text{En: "list", Zh: "输入列表"}, Kind: workflow.SelectorParam, Required: true, Takes: lists,
					Help: app.Text{En: "the nodes inside run once for each of its items", Zh: "内部的节点会对列表中的每一项各运行一次"}},
				{Name: "output_selector", Label: app.Text{En: "output", Zh: "输出变量"}, Kind: workflow.SelectorParam, Required: true,
					Help: app.Text{En: "of a node inside; its values of all items become the list output", Zh: "内部节点的变量；每一项的结果合成列表 output"}},
				{Name: "is_parallel", Label: app.Text{En: "several items at once", Zh: "并行"}, Kind: workflow.BoolParam, Default: false},
				{Name: "parallel_nums", Label: app.Text{En: "items at the same time", Zh: "最大并行数"}, Kind: workflow.NumberParam, Default: 10, Range: &workflow.Range{Min: 1, Max: 100},
					When: &workflow.When{Name: "is_parallel", In: []any{true}}},
				{Name: "error_handle_mode", Label: app.Text{En: "on errors", Zh: "错误处理"}, Kind: workflow.StringParam, Default: "terminated", Options: []workflow.Choice{
					oneOf("terminated", "end the run", "终止运行"),
					oneOf("continue-on-error", "go on, with null for the item", "继续，该项记为 null"),
					oneOf("remove-abnormal-output", "go on without the item", "继续，移除该项"),
				}},
				{Name: "flatten_output", Label: app.Text{En: "join lists into one", Zh: "展平输出"}, Kind: workflow.BoolParam, Default: true,
					Help: app.Text{En: "where every item results in a list, the output is one list of all their items", Zh: "每一项的结果都是列表时，合并为一个列表"}},
			},
		},
		"loop": {
			Title: app.Text{En: "Loop", Zh: "循环"}, Class: workflow.Container, New: workflow.NewLoop,
			Params: []workflow.Param{
				{Name: "loop_count", Label: app.Text{En: "most rounds", Zh: "最大循环次数"}, Kind: workflow.NumberParam, Required: true, Default: 10, Range: &workflow.Range{Min: 1, Max: 10_000}},
				list("break_conditions", "ends when", "终止条件"),
				list("loop_variables", "loop variables", "循环变量"),
			},
		},
		"iteration-start": {Title: app.Text{En: "Start", Zh: "开始"}, Class: workflow.Entrance, New: entrance},
		"loop-start":      {Title: app.Text{En: "Start", Zh: "开始"}, Class: workflow.Entrance, New: entrance},
		"loop-end":        {Title: app.Text{En: "Exit Loop", Zh: "退出循环"}, Class: workflow.Exit, New: newLoopEnd},
	}
}

// entrance is where the inside of a container starts. The engine passes it by.
type entrance struct{}

// Run makes nothing.
func (entrance) Run(context.Context, *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{}, nil
}

// loopEnd ends the loop that it is in after this round.
type loopEnd struct{ loop string }

func newLoopEnd(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Loop string `json:"loop_id"`
	}
	err := json.Unmarshal(data, &w)
	return &loopEnd{w.Loop}, err
}

// Loop is the id of the loop.
func (n *loopEnd) Loop() string { return n.loop }

// Run makes nothing; the engine sees that it ran.
func (n *loopEnd) Run(context.Context, *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{}, nil
}
