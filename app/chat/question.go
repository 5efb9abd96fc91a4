package chat

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"islet/app"
	"islet/app/model"
	"islet/app/studio"
	"islet/store"
)

const (
	followUps        = 3 // questions asked for
	followUpHistory  = 3 // messages that the model sees for it
	followUpTokens   = 2560
	followUpTimeout  = 60 * time.Second
	maxFollowUpRunes = 200 // a longer "question" is the model rambling
	maxHistoryTokens = 3000
)

const followUpPrompt = `Predict what the user of the following conversation is most likely to ask next.
Write exactly three short questions, each under 20 words, in the language of the assistant's last answer, as the user would say them.
Answer with a JSON array of three strings and nothing else, for example: ["question 1", "question 2", "question 3"]`

// Suggested asks a model for the questions that may follow a message of the scope. follow_up_off where the app does not offer
// it; whatever else goes wrong with the model gives no questions and no error.
func (c *Chat) Suggested(ctx context.Context, rel *studio.Release, id app.ID) ([]string, error) {
	var past []*app.Message
	err := c.DB.View(ctx, func(s *store.Snapshot) error {
		m, err := s.Message(id)
		if err != nil {
			return err
		}
		past, err = History(s, m.ID, followUpHistory)
		return err
	})
	if err != nil {
		return nil, err
	}
	set := rel.Settings
	if !set.FollowUp.Enabled {
		return nil, app.Errorf(app.Invalid, "follow_up_off", "follow-up questions are switched off for this app", "此应用未开启追问建议")
	}
	if len(past) == 0 {
		return []string{}, nil
	}
	ref, prompt := set.FollowUp.Model, set.FollowUp.Prompt
	if ref.Zero() {
		ref = app.ModelRef{Endpoint: set.Model.Endpoint, Name: set.Model.Name}
	}
	if strings.TrimSpace(prompt) == "" {
		prompt = followUpPrompt
	}
	text, err := c.ask(ctx, ref, prompt, transcript(past), followUpTokens, followUpTimeout)
	if err != nil {
		c.Log.Warn("follow-up questions failed", "app", rel.App.ID, "message", id, "err", err)
		return []string{}, nil //nolint:nilerr // the page shows no questions; the log says why
	}
	return parseQuestions(text), nil
}

// ask is one short call of a model beside the conversation.
func (c *Chat) ask(ctx context.Context, ref app.ModelRef, system, user string, tokens int, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	m, err := c.Models.Chatter(ctx, ref)
	if err != nil {
		return "", err
	}
	a, err := model.Collect(m.Chat(ctx, &model.Request{
		Messages: []model.Message{model.Say(model.System, system), model.Say(model.User, user)},
		Params:   map[string]any{"temperature": 0, "max_tokens": tokens},
		Aside:    true,
	}))
	return a.Text, err
}

// transcript is a thread as text, cut from the front to what such a call may cost.
func transcript(thread []*app.Message) string {
	var b strings.Builder
	for _, m := range thread {
		b.WriteString("Human: " + m.Query + "\nAssistant: " + m.Answer + "\n")
	}
	text := []rune(b.String())
	for model.EstimateTokens(string(text)) > maxHistoryTokens {
		text = text[len(text)/4:]
	}
	return string(text)
}

// parseQuestions finds a JSON array of strings in what a model wrote around it; where there is none, the lines of a list.
func parseQuestions(text string) []string {
	out := []string{}
	keep := func(q string) {
		q = strings.TrimSpace(q)
		if q != "" && utf8.RuneCountInString(q) <= maxFollowUpRunes && len(out) < followUps {
			out = append(out, q)
		}
	}
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '[')
		if i < 0 {
			break
		}
		from += i
		var list []any
		if json.NewDecoder(strings.NewReader(text[from:])).Decode(&list) == nil {
			for _, q := range list {
				if s, ok := q.(string); ok {
					keep(s)
				}
			}
			if len(out) > 0 {
				return out
			}
		}
		from++
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		item := strings.TrimLeft(line, "-*•0123456789.、)） ")
		if item != line && (strings.HasSuffix(item, "?") || strings.HasSuffix(item, "？")) {
			keep(item)
		}
	}
	return out
}
