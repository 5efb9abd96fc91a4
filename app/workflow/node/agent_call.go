package node

import (
	"context"
	"encoding/json"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/value"
)

// callTools lets the model call tools by its protocol until it answers without a call. In the last step it is given none.
func (w *work) callTools(ctx context.Context) error {
	if err := w.ask(ctx); err != nil {
		return err
	}
	for {
		t := w.think()
		last := w.thoughts > w.most
		req := w.base
		if last {
			req.Tools = nil
		}
		a, err := w.listen(ctx, &req, t)
		if err == nil && last && len(a.ToolCalls) > 0 {
			err = w.tooManySteps()
		}
		if err != nil || len(a.ToolCalls) == 0 {
			w.tell(t)
			w.note(t, err)
			return err
		}
		if err := w.obey(ctx, t, a); err != nil {
			w.note(t, err)
			return err
		}
		w.note(t, nil)
	}
}

// ask makes the prompt: the instruction, the conversation so far, the question with its files.
func (w *work) ask(ctx context.Context) error {
	for _, b := range w.tools {
		w.base.Tools = append(w.base.Tools, model.Tool{Name: b.name, Description: b.description, Parameters: b.schema})
	}
	if s := w.opening(); strings.TrimSpace(s) != "" {
		w.base.Messages = append(w.base.Messages, model.Say(model.System, s))
	}
	past, err := w.past(ctx, &w.base)
	if err != nil {
		return err
	}
	w.base.Messages = append(w.base.Messages, past...)
	if w.question != "" {
		w.base.Messages = append(w.base.Messages, model.Say(model.User, w.question))
	}
	parts, err := w.attachments(ctx)
	if err != nil {
		return err
	}
	showFiles(&w.base, parts)
	if len(w.base.Messages) == 0 {
		return nothingToSend()
	}
	return nil
}

// listen has the model speak: its text streams, its calls are gathered. After it pictures are named only, as they were seen.
func (w *work) listen(ctx context.Context, req *model.Request, t *app.Thought) (*model.Answer, error) {
	fit(req, w.known)
	if w.prompts == nil {
		w.prompts = promptLog(req.Messages)
	}
	var a model.Answer
	var text, reasoning strings.Builder
	var calls model.Calls
	var failed error
	for c, err := range model.SplitThink(w.chatter.Chat(ctx, req)) {
		if err != nil {
			failed = modelFailure(err)
			break
		}
		if c.Reasoning != "" {
			reasoning.WriteString(c.Reasoning)
			w.step.Reason(c.Reasoning)
		}
		piece := c.Text
		if text.Len() == 0 {
			piece = strings.TrimLeft(piece, " \t\r\n")
		}
		if piece != "" {
			w.say(piece, text.Len() == 0)
			text.WriteString(piece)
		}
		calls.Add(c.ToolCalls)
		if c.Usage != nil {
			addUsage(&w.usage, c.Usage)
			t.Usage = *c.Usage
		}
	}
	a.Text, a.ToolCalls = text.String(), calls.List()
	t.Thought, t.Answer = a.Text, a.Text
	if t.Thought == "" {
		t.Thought = strings.TrimSpace(reasoning.String())
	}
	for i := range w.base.Messages {
		if m := &w.base.Messages[i]; m.Role == model.User && hasFiles(m) {
			*m = model.Say(model.User, plainContent(m))
		}
	}
	return &a, failed
}

func hasFiles(m *model.Message) bool {
	for i := range m.Parts {
		if m.Parts[i].Kind != model.TextPart {
			return true
		}
	}
	return false
}

// maxCalls is how many tools a model may call in one step. No sensible one calls more.
const maxCalls = 20

// obey calls what the model asked for, one after the other, and adds both to the prompt.
func (w *work) obey(ctx context.Context, t *app.Thought, a *model.Answer) error {
	said := model.Message{Role: model.Assistant, ToolCalls: make([]model.ToolCall, len(a.ToolCalls))}
	if a.Text != "" {
		said.Parts = []model.Part{{Text: a.Text}}
	}
	for i, c := range a.ToolCalls {
		if !json.Valid([]byte(c.Arguments)) { // some servers refuse to be shown their own broken JSON
			c.Arguments = "{}"
		}
		said.ToolCalls[i] = c
	}
	w.base.Messages = append(w.base.Messages, said)
	w.tell(t)
	for i := range a.ToolCalls {
		c := &a.ToolCalls[i]
		in, wrong := argumentsIn(c.Arguments)
		if wrong != nil {
			in = value.NewObject("arguments", c.Arguments)
		}
		if i >= maxCalls {
			wrong = invalidArgs("these are more than %d calls at once; ask for them one after the other", maxCalls)
		}
		seen, err := w.call(ctx, t, c.Name, in, wrong)
		if err != nil {
			return err
		}
		m := model.Say(model.ToolRole, seen)
		m.ToolCallID, m.Name = c.ID, c.Name
		w.base.Messages = append(w.base.Messages, m)
	}
	return nil
}
