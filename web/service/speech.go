package service

import (
	"context"
	"io"
	"net/http"

	"islet/app"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
)

// hear writes down a recording.
func (a *API) hear(ctx context.Context, in *uploadIn) (*frame.Heard, error) {
	rel, err := a.release(ctx)
	if err != nil {
		return nil, err
	}
	if err := rel.Ready(); err != nil {
		return nil, err
	}
	return frame.Hear(in.File, func(name, mime string, body io.Reader) (string, error) {
		return a.Speech.Hear(ctx, rel.Settings, name, mime, body)
	})
}

type sayIn struct {
	Message   app.ID `json:"message_id"`
	Text      string `json:"text"`
	User      string `json:"user"`
	Voice     string `json:"voice"`
	Streaming bool   `json:"streaming"` // without effect, as in Dify: sound is always sent as it comes
}

// say reads a text aloud, or the answer that a message of the user holds.
func (a *API) say(ctx context.Context, w http.ResponseWriter, in *sayIn) error {
	rel, err := a.release(ctx)
	if err != nil {
		return err
	}
	if err := rel.Ready(); err != nil {
		return err
	}
	text := in.Text
	if in.Message != "" {
		if text, err = a.answerOf(ctx, rel, in.Message, in.User); err != nil {
			return err
		}
	}
	s, err := a.Speech.Say(ctx, rel.Settings, text, in.Voice)
	if err != nil {
		return err
	}
	return frame.Sound(w, s.MIME, s)
}

// answerOf is what a message says; of a user's own where one is named, else of any of the app.
func (a *API) answerOf(ctx context.Context, rel *studio.Release, id app.ID, user string) (text string, err error) {
	if user != "" {
		if ctx, _, err = a.enterAs(ctx, rel, user); err != nil {
			return "", err
		}
	}
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		m, err := s.Message(id)
		if err != nil {
			return noMessage(err)
		}
		text = m.Answer
		return nil
	})
	return text, err
}
