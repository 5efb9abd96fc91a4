package service

import (
	"context"
	"errors"
	"net/http"

	"islet/app"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
)

type heardOut struct {
	Text string `json:"text"`
}

// hear writes down a recording.
func (a *API) hear(ctx context.Context, in *uploadIn) (*heardOut, error) {
	rel, err := a.release(ctx)
	if err != nil {
		return nil, err
	}
	if err := rel.Ready(); err != nil {
		return nil, err
	}
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_audio_uploaded", "the form holds no recording; send it as the field file", "表单中没有录音；请以 file 字段上传")
	}
	body, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	text, err := a.Speech.Hear(ctx, rel.Settings, in.File.Name, in.File.MIME, body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return &heardOut{text}, nil
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
