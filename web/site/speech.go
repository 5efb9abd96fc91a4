package site

import (
	"context"
	"io"
	"net/http"

	"islet/app"
	"islet/web/frame"
)

// hear writes down what a visitor said.
func (a *API) hear(ctx context.Context, in *uploadIn) (*frame.Heard, error) {
	ctx, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return frame.Hear(in.File, func(name, mime string, body io.Reader) (string, error) {
		return a.Speech.Hear(ctx, rel.Settings, name, mime, body)
	})
}

// say reads an answer aloud to the visitor whom it was given to.
func (a *API) say(ctx context.Context, w http.ResponseWriter, in *messageIn) error {
	ctx, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return err
	}
	m, _, err := a.Chat.Stored(ctx, in.ID)
	if err != nil {
		return err
	}
	s, err := a.Speech.Say(ctx, rel.Settings, m.Answer, "")
	if err != nil {
		return err
	}
	return frame.Sound(w, s.MIME, s)
}

// Voice is what a web app hears and says aloud.
type Voice struct {
	Listen   bool `json:"listen"`
	Speak    bool `json:"speak"`
	AutoPlay bool `json:"auto_play"`
}

// voiceOf is what the app has switched on, as far as the workspace has a model for it: nobody is shown a dead button.
func (a *API) voiceOf(ctx context.Context, s *app.Speech) (Voice, error) {
	if s == nil {
		return Voice{}, nil
	}
	hear, speak, err := a.Speech.Can(ctx)
	return Voice{Listen: s.Listen && hear, Speak: s.Speak && speak, AutoPlay: s.Speak && speak && s.AutoPlay}, err
}
