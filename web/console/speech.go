package console

import (
	"context"
	"errors"
	"net/http"

	"islet/app"
	"islet/web/frame"
	"islet/web/route"
)

type recordingIn struct {
	ByID
	File *route.Upload `form:"file" json:"-"`
}

// Heard is a recording, written down.
type Heard struct {
	Text string `json:"text"`
}

// hear writes down what somebody said to the draft of an app.
func (a *API) hear(ctx context.Context, in *recordingIn) (*Heard, error) {
	rel, err := a.Studio.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_audio_uploaded", "the form holds no recording", "表单中没有录音")
	}
	body, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	text, err := a.Speech.Hear(ctx, rel.Settings, in.File.Name, in.File.MIME, body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return &Heard{text}, nil
}

// say reads an answer of the caller's debug chat aloud, as the draft would.
func (a *API) say(ctx context.Context, w http.ResponseWriter, in *ByMessage) error {
	rel, err := a.Studio.Draft(ctx, in.ID)
	if err != nil {
		return err
	}
	own, err := a.asDebugger(ctx, in.ID)
	if err != nil {
		return err
	}
	m, _, err := a.Chat.Stored(own, in.Message)
	if err != nil {
		return err
	}
	s, err := a.Speech.Say(ctx, rel.Settings, m.Answer, "")
	if err != nil {
		return err
	}
	return frame.Sound(w, s.MIME, s)
}
