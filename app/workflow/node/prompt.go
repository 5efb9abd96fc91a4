package node

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/model"
	"islet/app/workflow"
)

// contextNode is a name that no node has: {{#context#}} is parsed as a reference to it, so that prompts are parsed once.
const contextNode = "islet__context"

func contextReference(s string) string {
	return strings.ReplaceAll(s, contextMark, "{{#"+contextNode+".text#}}")
}

// request builds what the model is sent: the prompt, the history, the question, its images.
func (n *llm) request(ctx context.Context, s *workflow.Step) (*model.Request, error) {
	vars := s.Vars
	known, err := n.known(ctx)
	if err != nil {
		return nil, err
	}
	if vars, err = n.withContext(vars); err != nil {
		return nil, err
	}
	for _, t := range n.templates() {
		if sel, missing := t.Missing(vars); missing {
			return nil, app.Errorf(app.Invalid, "variable_missing", "the variable %q does not exist in this run", "本次运行中没有变量“%s”", sel.String())
		}
	}
	req := &model.Request{Params: n.filled(vars), Stop: n.stop, Messages: make([]model.Message, 0, len(n.messages)+2)}
	for i := range n.messages {
		if text := n.messages[i].text.Text(vars); text != "" {
			req.Messages = append(req.Messages, model.Say(n.messages[i].role, text))
		}
	}
	if n.memory != nil {
		if err := n.remember(ctx, vars, req, known); err != nil {
			return nil, err
		}
	}
	if err := n.look(ctx, vars, req, known); err != nil {
		return nil, err
	}
	if len(req.Messages) == 0 {
		return nil, app.Errorf(app.Invalid, "prompt_empty", "there is nothing to send to the model; write a prompt or ask something", "没有可发送给模型的内容；请填写提示词或提出问题")
	}
	fit(req, known)
	return req, nil
}

// known is what is known of the model: its sizes are 0 where nobody knows them.
func (n *llm) known(ctx context.Context) (app.Model, error) {
	unknown := app.Model{Abilities: app.Abilities{Vision: true}} // let the server decide
	if n.deps.Model == nil {
		return unknown, nil
	}
	m, err := n.deps.Model(ctx, n.ref)
	if errors.Is(err, &app.Error{Kind: app.NotFound}) {
		return unknown, nil
	}
	if err != nil {
		return app.Model{}, err
	}
	return *m, nil
}

// withContext adds the context's text to the variables, if the prompt quotes it. A context that is not there is an empty one.
func (n *llm) withContext(vars workflow.Vars) (workflow.Vars, error) {
	if !n.quotes {
		return vars, nil
	}
	text := ""
	if n.context != nil {
		v, _ := vars.Get(n.context)
		var err error
		if text, err = contextText(v); err != nil {
			return vars, err
		}
	}
	return vars.With(contextNode, map[string]any{"text": text}), nil
}

// contextText is the text of a context: a string as it is, a list of passages one below the other.
func contextText(v any) (string, error) {
	switch x := v.(type) {
	case string:
		return x, nil
	case []string:
		return strings.Join(x, "\n"), nil
	case []any:
		var b strings.Builder
		for _, e := range x {
			text, err := passage(e)
			if err != nil {
				return "", err
			}
			b.WriteString(text)
			b.WriteByte('\n')
		}
		return strings.TrimSpace(b.String()), nil
	}
	return "", nil
}

func passage(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	m, _ := v.(map[string]any)
	content, ok := m["content"].(string)
	if !ok {
		return "", app.Errorf(app.Invalid, "context_invalid", "the context holds something that is neither text nor a passage with content", "上下文中包含既不是文本也不是带 content 的片段的内容")
	}
	if summary, ok := m["summary"].(string); ok && summary != "" {
		return summary + "\n" + content, nil
	}
	return content, nil
}

// maxParam is how much of a filled-in parameter is used.
const maxParam = 1024

// filled are the model's parameters for this run. A filled-in text that reads as a JSON number or boolean becomes one.
func (n *llm) filled(vars workflow.Vars) map[string]any {
	if len(n.params) == 0 {
		return nil
	}
	m := make(map[string]any, len(n.params))
	for i := range n.params {
		p := &n.params[i]
		if m[p.name] = p.value; p.template != nil {
			m[p.name] = scalar(p.template.Text(vars))
		}
	}
	return m
}

func scalar(s string) any {
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

// unknownBudget is what the history may take of a model whose context size nobody knows, in tokens; Dify's number.
const unknownBudget = 2000

// remember adds the conversation so far and the question.
func (n *llm) remember(ctx context.Context, vars workflow.Vars, req *model.Request, known app.Model) error {
	question := n.memory.query.Text(vars)
	conversation, _ := vars.Lookup(workflow.System, SysConversation).(string)
	parent, _ := vars.Lookup(workflow.System, SysParent).(string)
	if conversation != "" && parent != "" {
		past, err := n.deps.History(ctx, app.ID(conversation), app.ID(parent), n.memory.window)
		if err != nil {
			return err
		}
		history, err := n.history(ctx, past, known)
		if err != nil {
			return err
		}
		req.Messages = append(req.Messages, cut(history, budget(req, question, known))...)
	}
	if question != "" {
		req.Messages = append(req.Messages, model.Say(model.User, question))
	}
	return nil
}

// history turns messages into what was said: each is a question and an answer.
func (n *llm) history(ctx context.Context, past []*app.Message, known app.Model) ([]model.Message, error) {
	said := make([]model.Message, 0, 2*len(past))
	for _, m := range past {
		q := model.Message{Role: model.User}
		if n.vision != nil {
			files, err := n.attached(ctx, m.Files, known)
			if err != nil {
				return nil, err
			}
			q.Parts = files
		}
		if m.Query != "" {
			q.Parts = append(q.Parts, model.Part{Text: m.Query})
		}
		q.Parts = joinText(q.Parts)
		if len(q.Parts) > 0 {
			said = append(said, q)
		}
		if m.Answer != "" {
			said = append(said, model.Say(model.Assistant, m.Answer))
		}
	}
	return said, nil
}

// budget is how many tokens the history may take.
func budget(req *model.Request, question string, known app.Model) int {
	if known.ContextSize <= 0 {
		return unknownBudget
	}
	most, _ := maxTokens(req)
	return max(known.ContextSize-most-model.EstimatePrompt(req)-model.EstimateTokens(question), 0)
}

// cut drops the oldest messages until the rest fits, but keeps the newest one.
func cut(history []model.Message, tokens int) []model.Message {
	total := 0
	sizes := make([]int, len(history))
	for i := range history {
		sizes[i] = model.EstimateMessage(&history[i])
		total += sizes[i]
	}
	for i := range history {
		if total <= tokens || i == len(history)-1 {
			return history[i:]
		}
		total -= sizes[i]
	}
	return history
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
		return int(n), true
	case int:
		return n, true
	case int64:
		return int(n), true
	}
	return 0, false
}

// look adds the files that belong to the question, before its text.
func (n *llm) look(ctx context.Context, vars workflow.Vars, req *model.Request, known app.Model) error {
	if n.vision == nil {
		return nil
	}
	v, _ := vars.Get(n.vision)
	var files []app.Attachment
	switch f := v.(type) {
	case app.Attachment:
		files = []app.Attachment{f}
	case []app.Attachment:
		files = f
	}
	parts, err := n.attached(ctx, files, known)
	if err != nil || len(parts) == 0 {
		return err
	}
	if last := len(req.Messages) - 1; last >= 0 && req.Messages[last].Role == model.User {
		req.Messages[last].Parts = joinText(append(parts, req.Messages[last].Parts...))
		return nil
	}
	req.Messages = append(req.Messages, model.Message{Role: model.User, Parts: joinText(parts)})
	return nil
}

// attached are files as parts of a message: pictures for a model that can see, and text files. One that was deleted meanwhile
// is left out.
func (n *llm) attached(ctx context.Context, files []app.Attachment, known app.Model) ([]model.Part, error) {
	var parts []model.Part
	for i := range files {
		f := &files[i]
		if f.Kind == "document" {
			p, ok, err := n.document(ctx, f)
			if err != nil {
				return nil, err
			}
			if ok {
				parts = append(parts, p)
			}
			continue
		}
		if f.Kind != "image" || !known.Abilities.Vision {
			continue
		}
		p := model.Part{Kind: model.ImagePart, URL: f.URL, MIME: f.MIME, Name: f.Name, Detail: n.detail}
		if f.File != "" {
			data, mime, err := n.deps.File(ctx, f.File)
			if errors.Is(err, &app.Error{Kind: app.NotFound}) {
				continue
			}
			if err != nil {
				return nil, err
			}
			p.Data, p.MIME, p.URL = data, mime, ""
		}
		parts = append(parts, p)
	}
	return parts, nil
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
		log[i] = entry
	}
	return log
}
