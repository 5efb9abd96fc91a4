package node

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/workflow"
)

// llm calls a chat model and streams its answer.
type llm struct {
	deps     Deps
	ref      app.ModelRef // without Params
	params   []param
	stop     []string
	messages []promptMessage
	memory   *memory
	context  workflow.Selector // nil: none
	quotes   bool              // the prompt has a place for the context
	vision   workflow.Selector // nil: none
	detail   string
	tagged   bool
}

var _ workflow.Reader = (*llm)(nil)

// promptMessage is one message of the prompt.
type promptMessage struct {
	role string
	text *workflow.Template
}

// param is one parameter of the model. A text with references is filled in per run.
type param struct {
	name     string
	value    any
	template *workflow.Template
}

// memory says how much of the conversation comes along.
type memory struct {
	window int // messages
	query  *workflow.Template
}

// wireLLM is an llm node's data.
type wireLLM struct {
	Model struct {
		Provider string         `json:"provider"`
		Name     string         `json:"name"`
		Mode     string         `json:"mode"`
		Params   map[string]any `json:"completion_params"`
	} `json:"model"`
	Prompt []struct {
		Role    string `json:"role"`
		Text    string `json:"text"`
		Edition string `json:"edition_type"`
	} `json:"prompt_template"`
	Memory *struct {
		Window struct {
			Enabled bool `json:"enabled"`
			Size    int  `json:"size"`
		} `json:"window"`
		Query string `json:"query_prompt_template"`
	} `json:"memory"`
	Context struct {
		Enabled  bool     `json:"enabled"`
		Selector []string `json:"variable_selector"`
	} `json:"context"`
	Vision struct {
		Enabled bool `json:"enabled"`
		Configs *struct {
			Selector []string `json:"variable_selector"`
			Detail   string   `json:"detail"`
		} `json:"configs"`
	} `json:"vision"`
	Structured  bool   `json:"structured_output_enabled"`
	Structured2 bool   `json:"structured_output_switch_on"`
	Reasoning   string `json:"reasoning_format"`
}

// contextMark stands for the context in a prompt. It is no reference, because it has no dot.
const contextMark = "{{#context#}}"

// maxHistory is how many messages memory takes at most; Dify's limit.
const maxHistory = 500

func newLLM(d Deps, data json.RawMessage) (workflow.Node, error) {
	var w wireLLM
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	if bad := w.problems(); len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	n := &llm{deps: d, ref: app.ModelRef{Endpoint: app.ID(w.Model.Provider), Name: w.Model.Name}, tagged: w.Reasoning != "separated"}
	n.readParams(w.Model.Params)
	for _, m := range w.Prompt {
		n.quotes = n.quotes || strings.Contains(m.Text, contextMark)
		n.messages = append(n.messages, promptMessage{role: m.Role, text: workflow.ParseTemplate(contextReference(m.Text))})
	}
	if w.Memory != nil {
		q := w.Memory.Query
		if q == "" {
			q = "{{#sys.query#}}"
		}
		n.memory = &memory{window: maxHistory, query: workflow.ParseTemplate(q)}
		if w.Memory.Window.Enabled && w.Memory.Window.Size > 0 {
			n.memory.window = min(w.Memory.Window.Size, maxHistory)
		}
	}
	if w.Context.Enabled && len(w.Context.Selector) >= 2 {
		n.context = w.Context.Selector
	}
	if w.Vision.Enabled {
		n.vision, n.detail = workflow.Selector{workflow.System, SysFiles}, "high"
		if c := w.Vision.Configs; c != nil && len(c.Selector) >= 2 {
			n.vision = c.Selector
		}
		if c := w.Vision.Configs; c != nil && c.Detail != "" {
			n.detail = c.Detail
		}
	}
	return n, nil
}

// problems are the settings that cannot be honoured.
func (w *wireLLM) problems() (bad []error) {
	if w.Model.Name == "" || w.Model.Provider == "" {
		bad = append(bad, model.Fail(model.CodeNotChosen, "", nil))
	}
	if w.Model.Mode != "" && w.Model.Mode != "chat" {
		bad = append(bad, app.Errorf(app.Invalid, "model_mode_unsupported", "models of the mode %q are not supported, choose a chat model", "不支持“%s”模式的模型，请选择对话模型", w.Model.Mode))
	}
	for _, m := range w.Prompt {
		if m.Role != model.System && m.Role != model.User && m.Role != model.Assistant {
			bad = append(bad, app.Errorf(app.Invalid, "prompt_role_unknown", "a message of the prompt has the role %q; use system, user or assistant", "提示词中有消息的角色为“%s”；请使用 system、user 或 assistant", m.Role))
		}
		if m.Edition == "jinja2" {
			bad = append(bad, app.Errorf(app.Invalid, "jinja_unsupported", "Jinja2 prompts are not supported by this version of islet; use {{#node.name#}}", "当前版本的 islet 不支持 Jinja2 提示词；请使用 {{#节点.变量#}}"))
		}
	}
	if w.Structured || w.Structured2 {
		bad = append(bad, app.Errorf(app.Invalid, "structured_output_unsupported", "structured output is not supported by this version of islet; switch it off", "当前版本的 islet 不支持结构化输出；请将其关闭"))
	}
	return bad
}

// readParams splits the stop words off and finds the texts with references.
func (n *llm) readParams(params map[string]any) {
	for name, v := range params {
		if name == "stop" {
			n.stop = texts(v)
			continue
		}
		p := param{name: name, value: v}
		if s, ok := v.(string); ok {
			if t := workflow.ParseTemplate(s); len(t.Selectors()) > 0 {
				p.template = t
			}
		}
		n.params = append(n.params, p)
	}
}

func texts(v any) []string {
	var out []string
	switch x := v.(type) {
	case string:
		out = append(out, x)
	case []any:
		for _, e := range x {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// Reads names the variables of the prompt.
func (n *llm) Reads() []workflow.Selector {
	var all []workflow.Selector
	for _, t := range n.templates() {
		for _, s := range t.Selectors() {
			if s[0] != contextNode {
				all = append(all, s)
			}
		}
	}
	if n.context != nil {
		all = append(all, n.context)
	}
	if n.vision != nil {
		all = append(all, n.vision)
	}
	return all
}

func (n *llm) templates() []*workflow.Template {
	var all []*workflow.Template
	for i := range n.messages {
		all = append(all, n.messages[i].text)
	}
	if n.memory != nil {
		all = append(all, n.memory.query)
	}
	for i := range n.params {
		if n.params[i].template != nil {
			all = append(all, n.params[i].template)
		}
	}
	return all
}

// Run asks the model. An answer that ends early is an error; the text so far comes along.
func (n *llm) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Process: map[string]any{"model_mode": "chat", "model_provider": string(n.ref.Endpoint), "model_name": n.ref.Name}}
	req, err := n.request(ctx, s)
	if err != nil {
		return res, err
	}
	res.Process["prompts"] = promptLog(req.Messages)
	if len(req.Params) > 0 {
		res.Process["params"] = req.Params
	}
	chatter, err := n.deps.Chatter(ctx, n.ref)
	if err != nil {
		return res, err
	}
	a := reply{step: s, tagged: n.tagged}
	for c, err := range chatter.Chat(ctx, req) {
		if err != nil {
			a.finish(res)
			return res, err
		}
		a.take(&c)
	}
	a.finish(res)
	return res, nil
}

// reply is an answer as it comes in.
type reply struct {
	step      *workflow.Step
	tagged    bool // thinking is part of the text, between think tags
	thinking  bool // the tag is open
	text      strings.Builder
	reasoning strings.Builder
	usage     *app.Usage
	stopped   string
}

func (a *reply) take(c *model.Chunk) {
	switch {
	case c.Reasoning == "":
	case a.tagged:
		if !a.thinking {
			a.thinking = true
			a.say("<think>\n")
		}
		a.say(c.Reasoning)
	default:
		a.reasoning.WriteString(c.Reasoning)
		a.step.Reason(c.Reasoning)
	}
	if c.Text != "" {
		a.endThinking()
		a.say(c.Text)
	}
	if c.Usage != nil {
		a.usage = c.Usage
	}
	if c.Finish != "" {
		a.stopped = c.Finish
	}
}

func (a *reply) endThinking() {
	if a.thinking {
		a.thinking = false
		a.say("\n</think>")
	}
}

func (a *reply) say(piece string) {
	a.text.WriteString(piece)
	a.step.Text(piece)
}

// finish writes down what came of the call.
func (a *reply) finish(res *workflow.Result) {
	a.endThinking()
	res.Outputs = map[string]any{"text": a.text.String(), "reasoning_content": strings.TrimSpace(a.reasoning.String())}
	if a.stopped != "" {
		res.Outputs["finish_reason"] = a.stopped
		res.Process["finish_reason"] = a.stopped
	}
	if u := a.usage; u != nil {
		res.Usage = u
		m := map[string]any{"prompt_tokens": u.PromptTokens, "completion_tokens": u.CompletionTokens, "total_tokens": u.TotalTokens,
			"latency": u.Latency, "time_to_first_token": u.FirstToken, "time_to_generate": max(u.Latency-u.FirstToken, 0)}
		res.Outputs["usage"] = m
		res.Process["usage"] = m
	}
}
