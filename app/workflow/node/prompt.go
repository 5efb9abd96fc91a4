package node

import (
	"context"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/value"
	"islet/app/workflow"
)

// prompt makes what an llm node sends in one run.
type prompt struct {
	*llm
	step  *workflow.Step
	vars  workflow.Vars // with the context
	known app.Model
	see   filesOf
	req   model.Request
}

// build puts the request together: the prompt, the history, the question, its files.
func (p *prompt) build(ctx context.Context) (err error) {
	if p.known, _, err = p.model.known(ctx, p.deps); err != nil {
		return err
	}
	p.see = p.seen()
	k, err := p.knowledge()
	if err != nil {
		return err
	}
	if err := p.present(); err != nil {
		return err
	}
	p.req.Params, p.req.Stop = p.model.filled(p.vars), p.model.stop
	if p.single {
		err = p.one(ctx)
	} else {
		err = p.many(ctx)
	}
	if err != nil {
		return err
	}
	if err := p.look(ctx, k.files); err != nil {
		return err
	}
	if len(p.req.Messages) == 0 {
		return nothingToSend()
	}
	if p.structure != nil {
		if err := p.structure.ask(&p.req, p.known, p.single); err != nil {
			return err
		}
	}
	fit(&p.req, p.known)
	return nil
}

func nothingToSend() error {
	return workflow.Typed("NoPromptFoundError", app.Errorf(app.Invalid, "prompt_empty",
		"there is nothing to send to the model; write a prompt or ask something", "没有可发送给模型的内容；请填写提示词或提出问题"))
}

// seen makes parts of files for this model, as closely as the settings say.
func (p *prompt) seen() filesOf {
	detail := defaultDetail
	if p.vision != nil {
		detail = p.vision.detail
	}
	return p.deps.seen(p.known, detail)
}

// attached are files as parts of a message.
func (n *llm) attached(ctx context.Context, files []app.Attachment, known app.Model) ([]model.Part, error) {
	p := prompt{llm: n, known: known}
	return p.seen()(ctx, files)
}

// knowledge adds the context's text to the variables and tells the run's followers what it rests on. A context that is not
// there is an empty one.
func (p *prompt) knowledge() (k knowledge, err error) {
	if p.context != nil {
		v, _ := p.step.Vars.Get(p.context)
		if k, err = knowledgeOf(v, p.numbered); err != nil {
			return k, err
		}
	}
	if len(k.resources) > 0 && !p.uncited {
		p.step.Emit(app.Event{Kind: app.EvResources, Resources: k.resources})
	}
	if p.context != nil {
		p.req.Passages = append([]app.Resource{}, k.resources...)
	}
	p.vars = p.step.Vars.With(contextNode, map[string]any{"text": k.text})
	return k, nil
}

// present checks that all variables of the prompt are there. Null counts as being there.
func (p *prompt) present() error {
	for _, t := range p.templates() {
		if sel, missing := t.Missing(p.vars); missing {
			return missingVariable(sel)
		}
	}
	for i := range p.variables {
		if _, ok := p.vars.Get(p.variables[i].selector); !ok {
			return missingVariable(p.variables[i].selector)
		}
	}
	return nil
}

// many adds the messages of a chat model's prompt, what memory holds, and the question. Files that a message names follow it
// in a message of their own.
func (p *prompt) many(ctx context.Context) error {
	p.req.Messages = make([]model.Message, 0, len(p.messages)+2)
	for i := range p.messages {
		m := &p.messages[i]
		text, err := p.text(ctx, m)
		if err != nil {
			return err
		}
		if text != "" {
			p.req.Messages = append(p.req.Messages, model.Say(m.role, text))
		}
		parts, err := p.filesIn(ctx, m.text)
		if err != nil {
			return err
		}
		if len(parts) > 0 {
			p.req.Messages = append(p.req.Messages, model.Message{Role: m.role, Parts: parts})
		}
	}
	if p.memory == nil {
		return nil
	}
	question := p.memory.question(p.vars)
	past, err := p.history(ctx, question)
	if err != nil {
		return err
	}
	p.req.Messages = append(p.req.Messages, past...)
	if question != "" {
		p.req.Messages = append(p.req.Messages, model.Say(model.User, question))
	}
	parts, err := p.filesIn(ctx, p.memory.query)
	if err != nil {
		return err
	}
	if len(parts) > 0 {
		p.req.Messages = append(p.req.Messages, model.Message{Role: model.User, Parts: parts})
	}
	return nil
}

// The places of a completion model's prompt for what memory holds.
const (
	historyMark  = "#histories#"
	questionMark = "#sys.query#"
)

// one adds a completion model's prompt, with the history inside.
func (p *prompt) one(ctx context.Context) error {
	text, err := p.text(ctx, &p.messages[0])
	if err != nil {
		return err
	}
	parts, err := p.filesIn(ctx, p.messages[0].text)
	if err != nil {
		return err
	}
	if p.memory != nil {
		if !p.memory.prefixed {
			return workflow.Typed("MemoryRolePrefixRequiredError", app.Errorf(app.Invalid, "role_prefix_missing",
				"memory needs role prefixes for a completion model; set them in the node's memory", "补全模型使用记忆时需要角色前缀；请在节点的记忆设置中填写"))
		}
		question := p.memory.question(p.vars)
		p.req.Messages = []model.Message{model.Say(model.User, text)} // for the budget
		past, err := p.history(ctx, question)
		if err != nil {
			return err
		}
		lines := p.memory.lines(past)
		if !strings.Contains(text, historyMark) && lines != "" {
			text = historyMark + "\n" + text
		}
		text = strings.NewReplacer(historyMark, lines, questionMark, question).Replace(text)
	}
	p.req.Messages = nil
	if text != "" {
		p.req.Messages = append(p.req.Messages, model.Say(model.User, text))
	}
	showFiles(&p.req, parts)
	return nil
}

// text fills a message in.
func (p *prompt) text(ctx context.Context, m *promptMessage) (string, error) {
	if m.jinja == nil {
		return m.text.Text(p.vars), nil
	}
	vars := make(map[string]any, len(p.variables))
	for i := range p.variables {
		vars[p.variables[i].name], _ = p.vars.Get(p.variables[i].selector)
	}
	text, err := m.jinja.Render(ctx, vars)
	if err != nil {
		return "", workflow.Typed("TemplateRenderError", app.Errorf(app.Invalid, "jinja_failed", "a Jinja2 message of the prompt cannot be filled in: %s", "提示词中的 Jinja2 消息无法渲染：%s", err.Error()).Because(err))
	}
	return text, nil
}

// filesIn are the files that a template names, as parts of a message.
func (p *prompt) filesIn(ctx context.Context, t *workflow.Template) ([]model.Part, error) {
	if t == nil {
		return nil, nil
	}
	var files []app.Attachment
	for _, s := range t.Selectors() {
		v, _ := p.vars.Get(s)
		switch value.Type(v) {
		case "file", "array[file]":
			named, _ := attachmentsOf(v)
			for _, f := range named {
				if f.Kind != "custom" {
					files = append(files, f)
				}
			}
		}
	}
	if files == nil {
		return nil, nil
	}
	parts, err := p.see(ctx, files)
	return joinText(parts), err
}

// history is the conversation so far, as much of it as there is room for.
func (p *prompt) history(ctx context.Context, question string) ([]model.Message, error) {
	see := p.see
	if p.vision == nil {
		see = nil
	}
	return p.memory.history(ctx, p.deps, p.vars, budget(&p.req, question, p.known), see)
}

// look adds the files of the question, and the pictures of its context.
func (p *prompt) look(ctx context.Context, pictures []app.Attachment) error {
	if p.vision == nil {
		return nil
	}
	files, err := p.vision.files(p.vars)
	if err != nil {
		return err
	}
	for _, f := range [][]app.Attachment{files, pictures} {
		parts, err := p.see(ctx, f)
		if err != nil {
			return err
		}
		showFiles(&p.req, parts)
	}
	return nil
}
