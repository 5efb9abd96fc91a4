package node

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/model"
	"islet/app/workflow"
)

// pickedModel is a model as a node's settings name it.
type pickedModel struct {
	ref    app.ModelRef // without Params
	mode   string       // chat or completion, as the settings say
	params []modelParam
	stop   []string
}

// modelParam is one parameter of the model. A text with references is filled in per run.
type modelParam struct {
	name     string
	value    any
	template *workflow.Template
}

// wireModel is a model in a node's data. Agents write "model" where other nodes write "name".
type wireModel struct {
	Provider string         `json:"provider"`
	Name     string         `json:"name"`
	Model    string         `json:"model"`
	Mode     string         `json:"mode"`
	Params   map[string]any `json:"completion_params"`
}

// The modes of a model. Completion models are sent their prompt as one user message.
const (
	chatMode       = "chat"
	completionMode = "completion"
)

// pick reads a model. The provider may be empty or foreign: who resolves the reference decides about that.
func (w *wireModel) pick() (*pickedModel, error) {
	name := w.Name
	if name == "" {
		name = w.Model
	}
	if name == "" {
		return nil, workflow.Typed("ModelNotExistError", model.Fail(model.CodeNotChosen, "", nil))
	}
	p := &pickedModel{ref: app.ModelRef{Endpoint: app.ID(w.Provider), Name: name}, mode: w.Mode}
	switch w.Mode {
	case "":
		p.mode = chatMode
	case chatMode, completionMode:
	default:
		return nil, workflow.Typed("LLMModeRequiredError", app.Errorf(app.Invalid, "model_mode_unsupported",
			"models of the mode %q are not supported, choose a chat model", "不支持“%s”模式的模型，请选择对话模型", w.Mode))
	}
	for name, v := range w.Params {
		if name == "stop" {
			p.stop = stopWords(v)
			continue
		}
		m := modelParam{name: name, value: v}
		if s, ok := v.(string); ok {
			if t := workflow.ParseTemplate(s); len(t.Selectors()) > 0 {
				m.template = t
			}
		}
		p.params = append(p.params, m)
	}
	return p, nil
}

func stopWords(v any) []string {
	var out []string
	switch x := v.(type) {
	case string:
		if x != "" {
			out = append(out, x)
		}
	case []any:
		for _, e := range x {
			if s, ok := e.(string); ok && s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// templates are the parameters that are filled in per run.
func (p *pickedModel) templates() []*workflow.Template {
	var all []*workflow.Template
	for i := range p.params {
		if p.params[i].template != nil {
			all = append(all, p.params[i].template)
		}
	}
	return all
}

// maxParam is how much of a filled-in parameter is used, in characters; Dify's number.
const maxParam = 1024

// filled are the model's parameters for this run. A filled-in text that reads as a JSON number or boolean becomes one.
func (p *pickedModel) filled(vars workflow.Vars) map[string]any {
	if len(p.params) == 0 {
		return nil
	}
	m := make(map[string]any, len(p.params))
	for i := range p.params {
		q := &p.params[i]
		if m[q.name] = q.value; q.template != nil {
			m[q.name] = paramValue(q.template.Text(vars))
		}
	}
	return m
}

func paramValue(s string) any {
	if utf8.RuneCountInString(s) > maxParam {
		s = string([]rune(s)[:maxParam])
	}
	var v any
	if json.Unmarshal([]byte(s), &v) == nil {
		switch v.(type) {
		case float64, bool:
			return v
		}
	}
	return s
}

// known is what is known of the model, and whether anything is: the sizes of an unknown one are 0, and that it can see is for
// the server to decide.
func (p *pickedModel) known(ctx context.Context, d Deps) (m app.Model, known bool, err error) {
	m = app.Model{Abilities: app.Abilities{Vision: true}}
	if d.Model == nil {
		return m, false, nil
	}
	found, err := d.Model(ctx, p.ref)
	if errors.Is(err, &app.Error{Kind: app.NotFound}) {
		return m, false, nil
	}
	if err != nil {
		return m, false, modelFailure(err)
	}
	return *found, true, nil
}

// open resolves the model.
func (p *pickedModel) open(ctx context.Context, d Deps) (model.Chatter, error) {
	c, err := d.Chatter(ctx, p.ref)
	if err != nil {
		return nil, modelFailure(err)
	}
	return c, nil
}

// ask has the model answer in one piece, its thinking split off. With an error it also returns what came before it.
func (p *pickedModel) ask(ctx context.Context, d Deps, req *model.Request) (*model.Answer, error) {
	c, err := p.open(ctx, d)
	if err != nil {
		return &model.Answer{}, err
	}
	a, err := model.Collect(model.SplitThink(c.Chat(ctx, req)))
	return a, modelFailure(err)
}

// process is what a trace says about a call of the model.
func (p *pickedModel) process() map[string]any {
	return map[string]any{"model_mode": p.mode, "model_provider": string(p.ref.Endpoint), "model_name": p.ref.Name}
}

// modelFailures are Dify's names for what goes wrong with a model.
var modelFailures = map[string]string{
	model.CodeNoEndpoint: "ModelNotExistError", model.CodeNotChosen: "ModelNotExistError", model.CodeNotFound: "ModelNotExistError",
	model.CodeDisabled: "ModelCurrentlyNotSupportError", model.CodeUnsupported: "ModelCurrentlyNotSupportError",
	model.CodeProtocol: "ModelCurrentlyNotSupportError", model.CodeNoCredentials: "ProviderTokenNotInitError",
	model.CodeUnreachable: "InvokeConnectionError", model.CodeTLS: "InvokeConnectionError", model.CodeTimeout: "InvokeConnectionError",
	model.CodeCutOff: "InvokeConnectionError", model.CodeStream: "InvokeServerUnavailableError", model.CodeServer: "InvokeServerUnavailableError",
	model.CodeEmpty: "InvokeServerUnavailableError", model.CodeTooLong: "InvokeServerUnavailableError",
	model.CodeRateLimited: "InvokeRateLimitError", model.CodeQuota: "InvokeRateLimitError", model.CodeAuth: "InvokeAuthorizationError",
	model.CodeRejected: "InvokeBadRequestError", model.CodeContext: "InvokeBadRequestError", model.CodeBadAnswer: "InvokeBadRequestError",
	model.CodeWrongPath: "InvokeBadRequestError", model.CodeRedirected: "InvokeBadRequestError", model.CodeFiltered: "InvokeBadRequestError",
	model.CodeAttachment: "InvokeBadRequestError",
}

// modelFailure gives an error of the model layer Dify's name for its kind, which handlers of errors in a graph read.
func modelFailure(err error) error {
	var e *app.Error
	if !errors.As(err, &e) {
		return err
	}
	name, ok := modelFailures[e.Code]
	switch {
	case ok:
	case e.Kind == app.NotFound:
		name = "ModelNotExistError"
	default:
		return err
	}
	return workflow.Typed(name, err)
}

// missingVariable is the failure of a node that needs a variable which the run does not have.
func missingVariable(s workflow.Selector) error {
	return workflow.Typed("VariableNotFoundError", app.Errorf(app.Invalid, "variable_missing",
		"the variable %q does not exist in this run", "本次运行中没有变量“%s”", s.String()))
}

// usageObject is a usage among variables, in Dify's shape. Nothing here has a price.
func usageObject(u *app.Usage) map[string]any {
	if u == nil {
		u = &app.Usage{}
	}
	const price, unit, currency = "0", "0", "USD"
	return map[string]any{
		"prompt_tokens": u.PromptTokens, "prompt_unit_price": price, "prompt_price_unit": unit, "prompt_price": price,
		"completion_tokens": u.CompletionTokens, "completion_unit_price": price, "completion_price_unit": unit, "completion_price": price,
		"total_tokens": u.TotalTokens, "total_price": price, "currency": currency,
		"latency": u.Latency, "time_to_first_token": u.FirstToken, "time_to_generate": max(u.Latency-u.FirstToken, 0),
	}
}

// addUsage sums up the calls of one node.
func addUsage(sum, u *app.Usage) {
	sum.PromptTokens += u.PromptTokens
	sum.CompletionTokens += u.CompletionTokens
	sum.TotalTokens += u.TotalTokens
	sum.Latency += u.Latency
	sum.Parts = sum.Parts.Plus(u.Parts)
	sum.Estimated = sum.Estimated || u.Estimated
	if sum.FirstToken == 0 {
		sum.FirstToken = u.FirstToken
	}
}

// leastTokens is the shortest answer that fit leaves room for.
const leastTokens = 16

// fit lowers max_tokens when prompt and answer together exceed the model's context.
func fit(req *model.Request, known app.Model) {
	most, ok := maxTokens(req)
	if !ok || known.ContextSize <= 0 {
		return
	}
	if left := known.ContextSize - model.EstimatePrompt(req); left < most {
		req.Params["max_tokens"] = max(left, leastTokens)
	}
}

func maxTokens(req *model.Request) (int, bool) {
	switch n := req.Params["max_tokens"].(type) {
	case float64:
		return int(min(max(n, 0), math.MaxInt32)), true
	case int:
		return n, true
	case int64:
		return int(n), true
	}
	return 0, false
}

// promptLog is what was sent, for people who look at a run: texts whole, pictures by name.
func promptLog(messages []model.Message) []any {
	log := make([]any, len(messages))
	for i := range messages {
		m := &messages[i]
		entry := map[string]any{"role": m.Role, "text": m.Text()}
		var files []any
		for j := range m.Parts {
			if p := &m.Parts[j]; p.Kind != model.TextPart {
				files = append(files, map[string]any{"type": string(p.Kind), "name": p.Name, "mime_type": p.MIME, "url": p.URL})
			}
		}
		if files != nil {
			entry["files"] = files
		}
		var calls []any
		for j := range m.ToolCalls {
			c := &m.ToolCalls[j]
			calls = append(calls, map[string]any{"id": c.ID, "name": c.Name, "arguments": c.Arguments})
		}
		if calls != nil {
			entry["tool_calls"] = calls
		}
		log[i] = entry
	}
	return log
}

// withoutThinking is a text less the blocks between think tags.
func withoutThinking(s string) string {
	var t model.Thinking
	text, _ := t.Split(s)
	rest, _ := t.End()
	return strings.TrimSpace(text + rest)
}
