package chat

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"islet/app"
	"islet/app/studio"
	"islet/store"
)

const (
	cutName      = 20 // characters of the query that name a conversation, as in Dify
	titleRunes   = 60
	titleTokens  = 512 // room for a model that thinks first
	titleTimeout = 30 * time.Second
	titlesAtOnce = 2 // calls for titles under way; beyond them the cut query stays
)

const titlePrompt = `Give the conversation that begins with the user's message a title of at most eight words, in the language of the message.
Answer with the title alone: no quotation marks, no full stop, no explanation.`

// nameOf is a conversation's name before anybody gave it a better one: the start of its first query.
func nameOf(query string) string {
	name := strings.Join(strings.Fields(query), " ")
	if r := []rune(name); len(r) > cutName {
		return string(r[:cutName])
	}
	return name
}

// Name asks the app's model for a title of a conversation of the scope, from its first message, and gives it that name. Where
// the model fails, the start of the query is the name. A conversation without messages is conversation_empty.
func (c *Chat) Name(ctx context.Context, rel *studio.Release, id app.ID) (*app.Conversation, error) {
	var first string
	err := c.DB.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.Conversation(id); err != nil {
			return err
		}
		messages, err := s.Messages(id)
		if err == nil && len(messages) == 0 {
			return app.Errorf(app.Invalid, "conversation_empty", "the conversation has no message to take a name from", "对话中还没有消息，无法自动命名")
		}
		if err == nil {
			first = messages[0].Query
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	name := c.title(ctx, rel, first)
	return c.Edit(ctx, id, Change{Name: &name})
}

// title is never empty for a query that is not.
func (c *Chat) title(ctx context.Context, rel *studio.Release, query string) string {
	if r := []rune(query); len(r) > 2000 {
		query = string(r[:2000])
	}
	text, err := c.ask(ctx, app.ModelRef{Endpoint: rel.Settings.Model.Endpoint, Name: rel.Settings.Model.Name}, titlePrompt, query, titleTokens, titleTimeout)
	if err != nil {
		c.Log.Warn("naming a conversation failed", "app", rel.App.ID, "err", err)
		return nameOf(query)
	}
	return cleanTitle(text, nameOf(query))
}

func cleanTitle(text, otherwise string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.Trim(strings.TrimSpace(line), "\"'“”‘’「」《》*#` 。.")
	if line == "" {
		return otherwise
	}
	if utf8.RuneCountInString(line) > titleRunes {
		line = string([]rune(line)[:titleRunes])
	}
	return line
}

// nameLater names a new conversation when its first answer is there, so that the two calls do not compete for the model.
// Too many at once, or a person who named it first: the name stays as it is.
func (c *Chat) nameLater(scope app.Scope, rel *studio.Release, conv *app.Conversation, run app.ID, query string) {
	select {
	case c.naming <- struct{}{}:
	default:
		return
	}
	old := conv.Name
	c.work.Go(func() {
		defer func() { <-c.naming }()
		ctx := app.WithScope(c.life, scope)
		var last app.Event
		for ev, err := range c.Runs.Follow(ctx, run, 0) {
			if err != nil {
				return // shutting down
			}
			last = ev
		}
		if last.Status != app.Succeeded {
			return // a model that fails needs no second call
		}
		name := c.title(ctx, rel, query)
		err := c.DB.Update(ctx, func(tx *store.Tx) error { return tx.NameConversation(conv.ID, old, name) })
		if err != nil {
			c.Log.Warn("naming a conversation failed", "app", rel.App.ID, "err", err)
		}
	})
}
