package console

import (
	"context"
	"io"
	"net/http"

	"islet/app/model"
	"islet/web/frame"
	"islet/web/route"
)

type recordingIn struct {
	ByID
	File *route.Upload `form:"file" json:"-"`
}

// hear writes down what somebody said to the draft of an app.
func (a *API) hear(ctx context.Context, in *recordingIn) (*frame.Heard, error) {
	rel, err := a.Studio.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return frame.Hear(in.File, func(name, mime string, body io.Reader) (string, error) {
		return a.Speech.Hear(ctx, rel.Settings, name, mime, body)
	})
}

// Voices are what an app can be read aloud in.
type Voices struct {
	Data []model.NamedVoice `json:"data"`
}

func (a *API) voices(ctx context.Context, _ *None) (*Voices, error) {
	vs, err := a.Speech.Voices(ctx)
	if err != nil {
		return nil, err
	}
	return &Voices{vs}, nil
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
