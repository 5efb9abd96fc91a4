package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/value"
	"islet/app/workflow"
)

// agent lets a model call tools until it knows what to answer.
type agent struct {
	deps   Deps
	react  bool // the strategy is ReAct
	chat   bool // it is all of an agent-chat app: what the model can do decides about the strategy
	model  *pickedModel
	args   map[string]argument
	memory *memory
	vision *vision
	first  string // the ReAct prompt of who built the app; empty: ours

	uncited bool // the answer does not name its sources
}

var _ workflow.Reader = (*agent)(nil)

// wireAgent is an agent node's data.
type wireAgent struct {
	Kind     string      `json:"agent_node_kind"`
	Strategy string      `json:"agent_strategy_name"`
	Memory   *wireMemory `json:"memory"`
	Vision   wireVision  `json:"vision"`
	Chat     bool        `json:"islet_app"`
	Uncited  bool        `json:"islet_uncited"` // of agent apps of ours
	Prompt   *struct {
		First string `json:"first_prompt"`
	} `json:"prompt"`
}

// boundAgent is the kind of agent that lives outside of the file.
const boundAgent = "dify_agent"

// defaultIterations is how often an agent may call tools where its settings do not say; Dify's number. maxIterations is the most.
const (
	defaultIterations = 10
	maxIterations     = 99
)

func newAgent(d Deps, data json.RawMessage) (workflow.Node, error) {
	var w wireAgent
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	if w.Kind == boundAgent {
		return nil, app.Errorf(app.Invalid, "agent_bound",
			"it belongs to an agent that is defined on the server it comes from and is not in the file, so it cannot run here; use an agent node with a strategy of its own",
			"它绑定了来源服务器上单独定义的智能体，文件中并不包含该定义，因此无法在此运行；请改用自带策略的 Agent 节点")
	}
	n := &agent{deps: d, chat: w.Chat, memory: w.Memory.read(), vision: w.Vision.read(), uncited: w.Uncited}
	if w.Prompt != nil {
		n.first = w.Prompt.First
	}
	switch strings.ReplaceAll(strings.ToLower(w.Strategy), "_", "") {
	case "functioncalling", "functioncall":
	case "react", "cot":
		n.react = true
	default:
		return nil, app.Errorf(app.Invalid, "agent_strategy_unknown", "the strategy %q is unknown; use function_calling or ReAct", "策略“%s”不受支持；请使用 function_calling 或 ReAct", w.Strategy)
	}
	fields, err := value.DecodeMap(data)
	if err != nil {
		return nil, err
	}
	return n, n.readArgs(fields["agent_parameters"])
}

// The parameters of an agent that strategies know.
const (
	agentModel       = "model"
	agentTools       = "tools"
	agentInstruction = "instruction"
	agentQuery       = "query"
	agentContext     = "context"
	agentIterations  = "maximum_iterations"
)

func (n *agent) readArgs(params any) error {
	n.args = map[string]argument{}
	o, ok := value.Fields(params)
	if !ok {
		o = &value.Object{}
	}
	var bad []error
	for name, v := range o.All() {
		a, present, err := readArgument(v)
		if err != nil {
			bad = append(bad, app.Errorf(app.Invalid, "agent_parameter_invalid", "the parameter %q is not well formed: %s", "参数“%s”格式有误：%s", name, err.Error()))
		}
		if present {
			n.args[name] = a
		}
	}
	if a, ok := n.args[agentModel]; !ok {
		bad = append(bad, model.Fail(model.CodeNotChosen, "", nil))
	} else if a.selector == nil {
		var err error
		if n.model, err = pickFrom(a.value); err != nil {
			bad = append(bad, err)
		}
	}
	return errors.Join(bad...)
}

// pickFrom reads a model that is a value.
func pickFrom(v any) (*pickedModel, error) {
	raw, err := value.Encode(v)
	if err != nil {
		return nil, err
	}
	var w wireModel
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, workflow.Typed("AgentInputTypeError", app.Errorf(app.Invalid, "agent_parameter_invalid", "the parameter %q is not well formed: %s", "参数“%s”格式有误：%s", agentModel, err.Error()))
	}
	return w.pick()
}

// Reads names the variables of the parameters.
func (n *agent) Reads() []workflow.Selector {
	var all []workflow.Selector
	for _, a := range n.args {
		all = append(all, a.reads()...)
	}
	if n.memory != nil && n.memory.query != nil {
		all = append(all, n.memory.query.Selectors()...)
	}
	if n.vision != nil {
		all = append(all, n.vision.selector)
	}
	slices.SortFunc(all, slices.Compare)
	return all
}

// Run works until the model answers. What was said, called and used so far comes along with an error.
func (n *agent) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	w := work{agent: n, step: s, log: []any{}, model: n.model}
	err := w.prepare(ctx)
	if err == nil && w.calls {
		err = w.callTools(ctx)
	} else if err == nil {
		err = w.reason(ctx)
	}
	return w.result(), err
}

// work is one run of an agent.
type work struct {
	*agent
	step    *workflow.Step
	model   *pickedModel
	known   app.Model
	chatter model.Chatter
	calls   bool // the model calls tools by its protocol, not in words
	tools   []*boundTool
	most    int // iterations with tools
	inputs  map[string]any

	instruction string
	question    string
	background  string // the context's text
	see         filesOf
	base        model.Request // parameters, and for callTools the prompt

	thoughts int
	said     strings.Builder // the answer so far
	usage    app.Usage
	files    []app.Attachment
	sources  []app.Resource // passages that context and tools gave
	log      []any
	json     []any // what tools said in JSON
	prompts  []any // of the first call
}

// prepare resolves the parameters, the model and the tools.
func (w *work) prepare(ctx context.Context) (err error) {
	given, err := w.given()
	w.inputs = given
	if err != nil {
		return err
	}
	if w.model == nil {
		if w.model, err = pickFrom(given[agentModel]); err != nil {
			return err
		}
	}
	known := false
	if w.known, known, err = w.model.known(ctx, w.deps); err != nil {
		return err
	}
	w.calls = w.strategy(known)
	if w.tools, err = w.bind(ctx, given[agentTools]); err != nil {
		return err
	}
	if w.chatter, err = w.model.open(ctx, w.deps); err != nil {
		return err
	}
	w.instruction, w.question = argText(orEmpty(given[agentInstruction])), argText(orEmpty(given[agentQuery]))
	if _, ok := w.args[agentQuery]; !ok {
		w.question = value.Text(w.step.Vars.Lookup(workflow.System, SysQuery))
	}
	k, err := knowledgeOf(given[agentContext], false)
	if err != nil {
		return err
	}
	w.cite(k.resources)
	w.background = k.text
	w.most = iterations(given[agentIterations])
	detail := defaultDetail
	if w.vision != nil {
		detail = w.vision.detail
	}
	w.see = w.deps.seen(w.known, detail)
	w.base.Params, w.base.Stop = w.model.filled(w.step.Vars), w.model.stop
	return nil
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// given are the parameters of this run. A variable that is not there is an error.
func (w *work) given() (map[string]any, error) {
	given := make(map[string]any, len(w.args))
	for name, a := range w.args {
		v, ok := a.resolve(w.step.Vars)
		if !ok {
			return given, workflow.Typed("AgentVariableNotFoundError", missingVariable(a.selector))
		}
		given[name] = v
	}
	return given, nil
}

// strategy tells whether the model calls tools by its protocol. In an agent-chat app it does so if it can. Else it does so if the
// settings ask for it and the model is not known to be unable to.
func (w *work) strategy(known bool) bool {
	switch {
	case w.chat:
		return known && w.known.Abilities.Tools
	case w.react:
		return false
	}
	return !known || w.known.Abilities.Tools
}

func iterations(v any) int {
	if s, ok := v.(string); ok {
		v = value.Number(strings.TrimSpace(s))
	}
	n, ok := value.Float(v)
	if !ok {
		return defaultIterations
	}
	return int(min(max(n, 1), maxIterations))
}

// result is what came of the run so far.
func (w *work) result() *workflow.Result {
	res := &workflow.Result{Inputs: w.inputs, Meta: map[string]any{"agent_log": w.log}, Process: map[string]any{"steps": w.thoughts}}
	if w.model != nil {
		for k, v := range w.model.process() {
			res.Process[k] = v
		}
	}
	if w.prompts != nil {
		res.Process["prompts"] = w.prompts
	}
	if w.thoughts == 0 {
		return res
	}
	res.Usage = &w.usage
	usage := usageObject(&w.usage)
	res.Process["usage"] = usage
	files := w.files
	if files == nil {
		files = []app.Attachment{}
	}
	list := append(slices.Clone(w.log), jsonOutput(w.json)...)
	res.Outputs = map[string]any{"text": w.said.String(), "usage": usage, "files": files, "json": list}
	return res
}

// opening is what the model knows before the question: the instruction and the context.
func (w *work) opening() string {
	if w.background == "" {
		return w.instruction
	}
	context := "Known facts that may help, between the tags:\n<context>\n" + w.background + "\n</context>"
	if w.instruction == "" {
		return context
	}
	return w.instruction + "\n\n" + context
}

// past is the conversation so far, as much of it as there is room for beside a prompt. For a model that calls tools by its
// protocol, earlier calls and what came of them are in it.
func (w *work) past(ctx context.Context, req *model.Request) ([]model.Message, error) {
	if w.memory == nil {
		return nil, nil
	}
	thread, err := w.memory.thread(ctx, w.deps, w.step.Vars)
	if err != nil {
		return nil, err
	}
	see, told := w.see, answered
	if w.vision == nil {
		see = nil
	}
	if w.calls {
		told = retold
	}
	said, err := spoken(ctx, thread, see, told)
	said = cut(said, budget(req, w.question, w.known))
	for len(said) > 0 && said[0].Role == model.ToolRole { // the call that it answers was cut off
		said = said[1:]
	}
	return said, err
}

// retold is an earlier answer of an agent with the calls that led to it.
func retold(m *app.Message) []model.Message {
	if m.Extra == nil {
		return answered(m)
	}
	var all []model.Message
	for i := range m.Extra.Thoughts {
		t := &m.Extra.Thoughts[i]
		if len(t.Calls) == 0 {
			continue
		}
		call := model.Message{Role: model.Assistant}
		if t.Thought != "" {
			call.Parts = []model.Part{{Text: t.Thought}}
		}
		var seen []model.Message
		for j := range t.Calls {
			c := &t.Calls[j]
			id := fmt.Sprintf("call_%s_%d", t.ID, j+1)
			args, err := value.Encode(value.Of(c.Input))
			if err != nil {
				args = []byte("{}")
			}
			call.ToolCalls = append(call.ToolCalls, model.ToolCall{ID: id, Name: c.Tool, Arguments: string(args)})
			answer := model.Say(model.ToolRole, c.Observation)
			answer.ToolCallID, answer.Name = id, c.Tool
			seen = append(seen, answer)
		}
		all = append(append(all, call), seen...)
	}
	return append(all, answered(m)...)
}

// attachments are the files of the question, as parts of a message.
func (w *work) attachments(ctx context.Context) ([]model.Part, error) {
	if w.vision == nil {
		return nil, nil
	}
	files, err := w.vision.files(w.step.Vars)
	if err != nil {
		return nil, err
	}
	return w.see(ctx, files)
}

// tooManySteps is the failure of an agent that still wants tools when it may have none.
func (w *work) tooManySteps() error {
	return workflow.Typed("AgentMaxIterationError", app.Errorf(app.Refused, "agent_iterations_exceeded",
		"Agent exceeded the maximum iteration limit of %d and did not finish; raise the limit, or make its task smaller",
		"智能体超过了最大迭代次数 %d，仍未完成任务；请调大上限，或缩小任务范围", w.most))
}

// say adds to the answer. The answers of several steps stand below each other.
func (w *work) say(piece string, first bool) {
	if first && w.said.Len() > 0 {
		piece = "\n" + piece
	}
	w.said.WriteString(piece)
	w.step.Text(piece)
}
