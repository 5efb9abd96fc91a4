package site

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"islet/app"
	"islet/app/chat"
	"islet/app/studio"
	"islet/web/frame"
	"islet/web/route"
)

type frames = iter.Seq2[route.Frame, error]

type sendIn struct {
	Code string `path:"code" json:"-"`
	frame.Ask
}

func (a *API) send(ctx context.Context, in *sendIn) (frames, error) {
	rel, who, err := a.at(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	sent, err := a.Chat.Send(ctx, chat.Turn{Release: rel, Source: app.FromSite, User: who.name, Called: who.called, Conversation: in.Conversation, Parent: in.Parent,
		Query: in.Query, Inputs: in.Inputs, Files: in.Attachments(), Title: true})
	if err != nil {
		return nil, err
	}
	return a.turn(ctx, rel, who, sent)
}

type messageIn struct {
	Code string `path:"code" json:"-"`
	ID   app.ID `path:"mid" json:"-"`
}

func (a *API) regenerate(ctx context.Context, in *messageIn) (frames, error) {
	rel, who, err := a.at(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	sent, err := a.Chat.Regenerate(ctx, chat.Turn{Release: rel, Source: app.FromSite, User: who.name, Called: who.called}, in.ID)
	if err != nil {
		return nil, err
	}
	return a.turn(ctx, rel, who, sent)
}

// turn streams a turn that was just sent.
func (a *API) turn(ctx context.Context, rel *studio.Release, who *person, sent *chat.Sent) (frames, error) {
	ctx, _, err := a.Chat.Enter(ctx, rel, app.FromSite, who.name)
	if err != nil {
		return nil, err
	}
	return a.stream(ctx, rel, sent.Message, sent.Conversation, 0)
}

func (a *API) stream(ctx context.Context, rel *studio.Release, m *app.Message, c *app.Conversation, after uint64) (frames, error) {
	f := frame.Flow{Began: frame.State{Message: m, Conversation: c}, Steps: steps(rel), Thoughts: tellsTools(rel), Form: shown(rel), Follow: a.follower(m.Run), Since: a.since(m.Run),
		Stored: func(ctx context.Context) (any, app.Status, error) {
			m, c, err := a.Chat.Stored(ctx, m.ID)
			if err != nil {
				return nil, "", err
			}
			return frame.State{Message: outlined(rel, m), Conversation: c}, m.Status, nil
		}}
	if frame.AnnotationOf(m) != nil {
		f.Steps = frame.NoSteps
	}
	return a.whileHere(ctx, rel, &f, after)
}

// tellsTools tells whether a visitor sees what an agent gave its tools and what they said.
func tellsTools(rel *studio.Release) bool {
	return rel.App.Mode == app.ModeAgent && rel.App.Site.ShowSteps
}

// outlined is a message as a visitor sees it: of an agent's calls of tools only which they were, unless the site shows them.
func outlined(rel *studio.Release, m *app.Message) *app.Message {
	if m.Extra == nil || len(m.Extra.Thoughts) == 0 || tellsTools(rel) {
		return m
	}
	out, extra := *m, *m.Extra
	extra.Thoughts = make([]app.Thought, len(m.Extra.Thoughts))
	for i, t := range m.Extra.Thoughts {
		extra.Thoughts[i] = *frame.Outline(t)
	}
	out.Extra = &extra
	return &out
}

// steps is how much a visitor is told of what nodes do: never what they were given and made.
func steps(rel *studio.Release) frame.Steps {
	if rel.App.Site.ShowSteps {
		return frame.StepTitles
	}
	return frame.NoSteps
}

func (a *API) follower(run app.ID) func(context.Context, uint64) iter.Seq2[app.Event, error] {
	return func(ctx context.Context, after uint64) iter.Seq2[app.Event, error] {
		return a.Runs.Follow(ctx, run, after)
	}
}

func (a *API) since(run app.ID) func(context.Context) uint64 {
	return func(ctx context.Context) uint64 { return a.Runs.Since(ctx, run) }
}

type followIn struct {
	Code  string `path:"code" json:"-"`
	ID    app.ID `path:"mid" json:"-"`
	After uint64 `query:"after" json:"-"`
}

func (a *API) followMessage(ctx context.Context, in *followIn) (frames, error) {
	ctx, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	m, c, err := a.Chat.Stored(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.stream(ctx, rel, m, c, in.After)
}

func (a *API) stop(ctx context.Context, in *messageIn) (*none, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return nil, a.Chat.Stop(ctx, in.ID)
}

type feedbackIn struct {
	Code    string `path:"code" json:"-"`
	ID      app.ID `path:"mid" json:"-"`
	Rating  string `json:"rating"`
	Content string `json:"content"`
}

func (a *API) feedback(ctx context.Context, in *feedbackIn) (*app.Message, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return a.Chat.Rate(ctx, in.ID, in.Rating, in.Content)
}

// Questions are what the visitor may want to ask next.
type Questions struct {
	Data []string `json:"data"`
}

func (a *API) suggested(ctx context.Context, in *messageIn) (*Questions, error) {
	ctx, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	list, err := a.Chat.Suggested(ctx, rel, in.ID)
	if err != nil {
		return nil, err
	}
	return &Questions{Data: list}, nil
}

type uploadIn struct {
	Code string        `path:"code" json:"-"`
	File *route.Upload `form:"file" json:"-"`
}

func (a *API) upload(ctx context.Context, in *uploadIn) (*app.File, error) {
	rel, who, err := a.at(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file", "表单中没有文件")
	}
	if !takesFiles(rel) {
		return nil, app.Errorf(app.Invalid, "files_off", "this app takes no files", "此应用不接受文件")
	}
	if ctx, err = a.Chat.Settle(ctx, rel, app.FromSite, who.name); err != nil {
		return nil, err
	}
	body, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	f, err := a.Chat.Upload(ctx, in.File.Name, body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return f, nil
}

type fileIn struct {
	Code string `path:"code" json:"-"`
	ID   app.ID `path:"id" json:"-"`
}

func (a *API) file(ctx context.Context, w http.ResponseWriter, in *fileIn) error {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return err
	}
	f, body, err := a.Chat.OpenFile(ctx, in.ID)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	frame.File(w, route.Request(ctx), f, body, false)
	return nil
}
