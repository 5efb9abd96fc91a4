package node

import (
	"context"
	"math"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/value"
	"islet/app/workflow"
)

// memory says how much of the conversation comes along.
type memory struct {
	window   int                // messages
	query    *workflow.Template // nil: the question itself
	prefixed bool               // role prefixes are set, which prompts of one text need
	user     string
	assist   string
}

// wireMemory is the memory in a node's data.
type wireMemory struct {
	Prefix *struct {
		User      string `json:"user"`
		Assistant string `json:"assistant"`
	} `json:"role_prefix"`
	Window struct {
		Enabled bool `json:"enabled"`
		Size    any  `json:"size"`
	} `json:"window"`
	Query string `json:"query_prompt_template"`
}

// maxHistory is how many messages memory takes at most; Dify's limit.
const maxHistory = 500

// Dify's names for who speaks, where the settings give no others.
const (
	userPrefix      = "Human"
	assistantPrefix = "Assistant"
)

// read is the memory as nodes use it, nil for none.
func (w *wireMemory) read() *memory {
	if w == nil {
		return nil
	}
	m := &memory{window: maxHistory, user: userPrefix, assist: assistantPrefix}
	if w.Query != "" {
		m.query = workflow.ParseTemplate(w.Query)
	}
	if size, ok := value.Float(w.Window.Size); ok && w.Window.Enabled && size >= 1 {
		m.window = int(math.Min(size, maxHistory))
	}
	if p := w.Prefix; p != nil {
		m.prefixed = true
		if p.User != "" {
			m.user = p.User
		}
		if p.Assistant != "" {
			m.assist = p.Assistant
		}
	}
	return m
}

// question is what the person asks now: the template filled in, or their words; empty where there are none.
func (m *memory) question(vars workflow.Vars) string {
	if m.query != nil {
		return m.query.Text(vars)
	}
	return value.Text(vars.Lookup(workflow.System, SysQuery))
}

// thread is the conversation so far, oldest first; none for a first message and outside of conversations.
func (m *memory) thread(ctx context.Context, d Deps, vars workflow.Vars) ([]*app.Message, error) {
	conversation, _ := vars.Lookup(workflow.System, SysConversation).(string)
	parent, _ := vars.Lookup(workflow.System, SysParent).(string)
	if conversation == "" || parent == "" || d.History == nil {
		return nil, nil
	}
	return d.History(ctx, app.ID(conversation), app.ID(parent), m.window)
}

// history is the conversation so far as messages, cut to so many tokens. Files of questions come along if files is not nil.
func (m *memory) history(ctx context.Context, d Deps, vars workflow.Vars, tokens int, files filesOf) ([]model.Message, error) {
	past, err := m.thread(ctx, d, vars)
	if err != nil {
		return nil, err
	}
	said, err := spoken(ctx, past, files, answered)
	return cut(said, tokens), err
}

// answered is what a person was answered.
func answered(m *app.Message) []model.Message {
	if m.Answer == "" {
		return nil
	}
	return []model.Message{model.Say(model.Assistant, m.Answer)}
}

// spoken turns a thread into messages: every question with its files, and what was answered.
func spoken(ctx context.Context, past []*app.Message, files filesOf, answered func(*app.Message) []model.Message) (_ []model.Message, err error) {
	said := make([]model.Message, 0, 2*len(past))
	for _, p := range past {
		q := model.Message{Role: model.User}
		if files != nil {
			if q.Parts, err = files(ctx, p.Files); err != nil {
				return nil, err
			}
		}
		if p.Query != "" {
			q.Parts = append(q.Parts, model.Part{Text: p.Query})
		}
		if q.Parts = joinText(q.Parts); len(q.Parts) > 0 {
			said = append(said, q)
		}
		said = append(said, answered(p)...)
	}
	return said, nil
}

// lines is the conversation so far as one text, a line for every turn, for prompts that have no place for messages.
func (m *memory) lines(messages []model.Message) string {
	lines := make([]string, len(messages))
	for i := range messages {
		name := m.user
		if messages[i].Role == model.Assistant {
			name = m.assist
		}
		lines[i] = name + ": " + plainContent(&messages[i])
	}
	return strings.Join(lines, "\n")
}

// plainContent is a message in words: of a picture or file only that there was one.
func plainContent(m *model.Message) string {
	parts := make([]string, 0, len(m.Parts))
	for i := range m.Parts {
		switch p := &m.Parts[i]; p.Kind {
		case model.TextPart:
			parts = append(parts, p.Text)
		case model.ImagePart:
			parts = append(parts, "[image]")
		default:
			parts = append(parts, "[file]")
		}
	}
	return strings.Join(parts, "\n")
}

// unknownBudget is what the history may take of a model whose context size nobody knows, in tokens; Dify's number.
const unknownBudget = 2000

// budget is how many tokens the history may take beside the request so far and the question.
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
