package console

import (
	"context"

	"islet/app"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// makeRoutes are what makes apps quickly: another form of an app, and texts that a model writes.
func (a *API) makeRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	route.Handle(g, "POST /apps/{id}/convert", a.convertApp, editor)
	route.Handle(g, "GET /apps/{id}/content", a.appContent, editor)
	route.Stream(g, "POST /generate", a.generate, editor, route.Events(generateEvents))
}

type convertIn struct {
	ByID
	Name string `json:"name"`
}

// convertApp makes a new app with a graph out of one without.
func (a *API) convertApp(ctx context.Context, in *convertIn) (*app.App, error) {
	return studio.Shown(a.Studio.Convert(ctx, in.ID, in.Name))
}

// appContent counts what would be lost with an app.
func (a *API) appContent(ctx context.Context, in *ByID) (c *store.AppContent, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.App(in.ID); err != nil {
			return err
		}
		c, err = s.AppContent(in.ID)
		return err
	})
	return c, err
}

// generateEvents are what the stream of a generated text consists of.
var generateEvents = map[string]any{"delta": frame.Piece{}, "done": studio.Generated{}, "error": route.Envelope{}}

// generate has a model write a prompt, a program or a JSON schema.
func (a *API) generate(ctx context.Context, in *studio.GenerateRequest) (frames, error) {
	steps, err := a.Studio.Generate(ctx, *in)
	if err != nil {
		return nil, err
	}
	return func(yield func(route.Frame, error) bool) {
		for s, err := range steps {
			switch {
			case err != nil:
				yield(route.Frame{}, err)
				return
			case s.Done != nil:
				yield(route.JSON(0, "done", s.Done), nil)
				return
			case !yield(route.JSON(0, "delta", frame.Piece{Text: s.Delta}), nil):
				return
			}
		}
	}, nil
}
