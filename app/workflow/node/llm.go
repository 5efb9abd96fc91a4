package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"islet/app"
	"islet/app/jinja"
	"islet/app/model"
	"islet/app/workflow"
)

// llm calls a chat model and streams its answer.
type llm struct {
	deps      Deps
	model     *pickedModel
	messages  []promptMessage
	single    bool // the prompt is one text, as completion models have it
	variables []jinjaVariable
	memory    *memory
	context   workflow.Selector // nil: none
	vision    *vision
	tagged    bool
	structure *structured
	numbered  bool // the passages of the context have numbers, by which the answer may name them
	uncited   bool // the answer does not name its sources
}

var _ workflow.Reader = (*llm)(nil)

// promptMessage is one message of the prompt: a template of ours, or one in Jinja.
type promptMessage struct {
	role  string
	text  *workflow.Template
	jinja *jinja.Template
}

// jinjaVariable is a variable under its name in the Jinja templates of a prompt.
type jinjaVariable struct {
	name     string
	selector workflow.Selector
}

// wireLLM is an llm node's data.
type wireLLM struct {
	Model  wireModel       `json:"model"`
	Prompt json.RawMessage `json:"prompt_template"`
	Config *struct {
		Variables []struct {
			Name     string   `json:"variable"`
			Selector []string `json:"value_selector"`
		} `json:"jinja2_variables"`
	} `json:"prompt_config"`
	Memory  *wireMemory `json:"memory"`
	Context struct {
		Enabled  bool     `json:"enabled"`
		Selector []string `json:"variable_selector"`
		Numbered bool     `json:"islet_numbered"` // of chat apps of ours
	} `json:"context"`
	Vision wireVision `json:"vision"`
	wireStructured
	Reasoning string `json:"reasoning_format"`
	Uncited   bool   `json:"islet_uncited"` // of chat apps of ours
}

// wirePrompt is one message of a prompt; a prompt of a completion model is one without a role.
type wirePrompt struct {
	Role    string `json:"role"`
	Text    string `json:"text"`
	Edition string `json:"edition_type"`
	Jinja   string `json:"jinja2_text"`
}

// contextMark stands for the context in a prompt. It is no reference, because it has no dot.
const contextMark = "{{#context#}}"

func newLLM(d Deps, data json.RawMessage) (workflow.Node, error) {
	var w wireLLM
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &llm{deps: d, memory: w.Memory.read(), vision: w.Vision.read(), structure: w.read(), tagged: w.Reasoning != "separated", uncited: w.Uncited}
	var bad []error
	var err error
	if n.model, err = w.Model.pick(); err != nil {
		bad = append(bad, err)
	}
	bad = append(bad, n.readPrompt(w.Prompt)...)
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	if w.Config != nil {
		for _, v := range w.Config.Variables {
			n.variables = append(n.variables, jinjaVariable{v.Name, v.Selector})
		}
	}
	if w.Context.Enabled && len(w.Context.Selector) >= 2 {
		n.context, n.numbered = w.Context.Selector, w.Context.Numbered
	}
	return n, nil
}

// readPrompt reads a list of messages, or the one text of a completion model, and returns what cannot be honoured.
func (n *llm) readPrompt(raw json.RawMessage) (bad []error) {
	var prompts []wirePrompt
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] == '{':
		n.single = true
		prompts = []wirePrompt{{}}
		if err := json.Unmarshal(raw, &prompts[0]); err != nil {
			return []error{err}
		}
		prompts[0].Role = model.User
	default:
		if err := json.Unmarshal(raw, &prompts); err != nil {
			return []error{err}
		}
	}
	for _, p := range prompts {
		if p.Role != model.System && p.Role != model.User && p.Role != model.Assistant {
			bad = append(bad, app.Errorf(app.Invalid, "prompt_role_unknown", "a message of the prompt has the role %q; use system, user or assistant", "提示词中有消息的角色为“%s”；请使用 system、user 或 assistant", p.Role))
			continue
		}
		m := promptMessage{role: p.Role}
		if p.Edition != "jinja2" {
			m.text = workflow.ParseTemplate(contextReference(p.Text))
			n.messages = append(n.messages, m)
			continue
		}
		t, err := jinja.Parse(p.Jinja)
		if err != nil {
			bad = append(bad, app.Errorf(app.Invalid, "jinja_invalid", "a Jinja2 message of the prompt cannot be read: %s", "提示词中的 Jinja2 消息无法解析：%s", err.Error()))
			continue
		}
		m.jinja = t
		n.messages = append(n.messages, m)
	}
	return bad
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
	for i := range n.variables {
		all = append(all, n.variables[i].selector)
	}
	if n.context != nil {
		all = append(all, n.context)
	}
	if n.vision != nil {
		all = append(all, n.vision.selector)
	}
	return all
}

// templates are all texts that are filled in for a run.
func (n *llm) templates() []*workflow.Template {
	var all []*workflow.Template
	for i := range n.messages {
		if n.messages[i].text != nil {
			all = append(all, n.messages[i].text)
		}
	}
	if n.memory != nil && n.memory.query != nil {
		all = append(all, n.memory.query)
	}
	return append(all, n.model.templates()...)
}

// Run asks the model. An answer that ends early is an error; the text so far comes along.
func (n *llm) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Process: n.model.process(), Inputs: n.inputs(s.Vars)}
	p := prompt{llm: n, step: s}
	if err := p.build(ctx); err != nil {
		return res, err
	}
	req := &p.req
	res.Process["prompts"] = promptLog(req.Messages)
	if len(req.Params) > 0 {
		res.Process["params"] = req.Params
	}
	chatter, err := n.model.open(ctx, n.deps)
	if err != nil {
		return res, err
	}
	seq := chatter.Chat(ctx, req)
	if !n.tagged {
		seq = model.SplitThink(seq) // whoever plays the model may have left it in the text
	}
	a := reply{step: s, tagged: n.tagged}
	for c, err := range seq {
		if err != nil {
			a.finish(res)
			return res, modelFailure(err)
		}
		a.take(&c)
	}
	a.finish(res)
	if n.structure == nil {
		return res, nil
	}
	v, err := n.structure.result(a.text.String())
	if err != nil {
		return res, err
	}
	res.Outputs["structured_output"] = v
	return res, nil
}

// inputs are the variables that the prompt reads, as Dify names them, for the trace.
func (n *llm) inputs(vars workflow.Vars) map[string]any {
	in := map[string]any{}
	for _, t := range n.templates() {
		for _, s := range t.Selectors() {
			if v, ok := vars.Get(s); ok {
				in["#"+s.String()+"#"] = v
			}
		}
	}
	for i := range n.variables {
		if v, ok := vars.Get(n.variables[i].selector); ok {
			in[n.variables[i].name] = v
		}
	}
	if n.context != nil {
		if v, ok := vars.Get(n.context); ok {
			in["#context#"] = v
		}
	}
	return in
}

// contextNode is a name that no node has: {{#context#}} is parsed as a reference to it, so that prompts are parsed once and
// what the context says is never taken for a template.
const contextNode = "islet__context"

func contextReference(s string) string {
	return strings.ReplaceAll(s, contextMark, "{{#"+contextNode+".text#}}")
}
