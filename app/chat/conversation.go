package chat

import (
	"context"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/store"
)

const maxConversationName = 100

// Change is what a person may change of a conversation; nil fields stay.
type Change struct {
	Name   *string `json:"name"`
	Pinned *bool   `json:"pinned"`
}

// Edit renames or pins a conversation of the scope.
func (c *Chat) Edit(ctx context.Context, id app.ID, change Change) (conv *app.Conversation, err error) {
	err = c.DB.Update(ctx, func(tx *store.Tx) error {
		if conv, err = tx.Conversation(id); err != nil {
			return err
		}
		if change.Name != nil {
			conv.Name = strings.TrimSpace(*change.Name)
			if err := checkConversationName(conv.Name); err != nil {
				return err
			}
		}
		if change.Pinned != nil {
			conv.Pinned = *change.Pinned
		}
		return tx.UpdateConversation(conv)
	})
	if err != nil {
		return nil, err
	}
	return conv, nil
}

func checkConversationName(name string) error {
	if name == "" {
		return app.Errorf(app.Invalid, "name_missing", "give the conversation a name", "请填写对话名称")
	}
	if utf8.RuneCountInString(name) > maxConversationName {
		return app.Errorf(app.Invalid, "too_long", "a conversation's name takes at most %d characters", "对话名称最多 %d 个字符", maxConversationName)
	}
	return nil
}

// Delete removes a conversation of the scope with its messages, attached files and traces, and stops what still runs in it.
func (c *Chat) Delete(ctx context.Context, id app.ID) error {
	var running, runs []app.ID
	err := c.DB.Update(ctx, func(tx *store.Tx) error {
		messages, err := tx.Messages(id)
		if err != nil {
			return err
		}
		for _, m := range messages {
			runs = append(runs, m.Run)
			if !m.Status.Final() {
				running = append(running, m.Run)
			}
		}
		return tx.DeleteConversation(id)
	})
	if err != nil {
		return err
	}
	for _, run := range running {
		if err := c.Runs.Stop(ctx, run); err != nil {
			return err
		}
	}
	return c.DB.ForgetRuns(ctx, runs)
}

// Rate records what the scope's end user thinks of a message; an empty rating takes it back.
func (c *Chat) Rate(ctx context.Context, id app.ID, rating, content string) (m *app.Message, err error) {
	if err := checkRating(rating, content); err != nil {
		return nil, err
	}
	err = c.DB.Update(ctx, func(tx *store.Tx) error {
		if m, err = tx.Message(id); err != nil {
			return err
		}
		if rating == "" {
			m.Feedback = nil
			return tx.RateMessage(id, nil)
		}
		if m.Feedback == nil {
			m.Feedback = &app.Feedback{ID: app.NewID(), Message: id, CreatedAt: tx.Now()}
		}
		m.Feedback.Rating, m.Feedback.Content, m.Feedback.UpdatedAt = rating, content, tx.Now()
		return tx.RateMessage(id, m.Feedback)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

func checkRating(rating, content string) error {
	if rating != "" && rating != "like" && rating != "dislike" {
		return app.Errorf(app.Invalid, "rating_unknown", "a rating is like, dislike or empty, not %q", "评价只能是 like、dislike 或空，而不是 %q", rating)
	}
	if utf8.RuneCountInString(content) > 2000 {
		return app.Errorf(app.Invalid, "too_long", "a note takes at most %d characters", "备注最多 %d 个字符", 2000)
	}
	return nil
}
