package console

import (
	"context"
	"iter"

	"islet/app"
	"islet/app/chat"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// turnEvents are what a turn stream consists of.
var turnEvents = frame.AnswerEvents

type frames = iter.Seq2[route.Frame, error]

type debugIn struct {
	ByID
	frame.Ask
	Model *app.ModelRef `json:"model,omitempty"` // tried in the place of the app's own
}

// debug sends a question to the draft as it is saved.
func (a *API) debug(ctx context.Context, in *debugIn) (frames, error) {
	rel, err := a.Studio.Draft(ctx, in.ID)
	if in.Model != nil {
		rel, err = a.Studio.DraftWith(ctx, in.ID, *in.Model)
	}
	if err != nil {
		return nil, err
	}
	sent, err := a.Chat.Send(ctx, chat.Turn{Release: rel, Source: app.FromDebug, User: debugger(ctx), Conversation: in.Conversation, Parent: in.Parent,
		Query: in.Query, Inputs: in.Inputs, Files: in.Attachments()})
	if err != nil {
		return nil, err
	}
	return a.stream(within(ctx, in.ID), rel.App.Mode, sent.Message, sent.Conversation, 0)
}

// debugger is the name of a member as the end user of the debug chat: each has conversations of their own.
func debugger(ctx context.Context) string { return string(app.ScopeOf(ctx).User) }

// within narrows ctx to one app of the workspace, whoever its end users are.
func within(ctx context.Context, id app.ID) context.Context {
	s := app.ScopeOf(ctx)
	s.App, s.EndUser = id, ""
	return app.WithScope(ctx, s)
}

// stream follows the run of an answer for as long as the caller stays signed in. What the nodes of a graph were given and made
// is told at once; that of the other modes is in their prompt log.
func (a *API) stream(ctx context.Context, mode app.Mode, m *app.Message, c *app.Conversation, after uint64) (frames, error) {
	f := frame.Flow{Began: frame.State{Message: m, Conversation: c}, Steps: frame.StepTitles, Follow: a.follow(m.Run), Since: a.since(m.Run),
		Stored: func(ctx context.Context) (any, app.Status, error) {
			m, c, err := a.Chat.Stored(ctx, m.ID)
			if err != nil {
				return nil, "", err
			}
			return frame.State{Message: m, Conversation: c}, m.Status, nil
		}}
	if studio.HasGraph(mode) {
		f.Steps = frame.WholeSteps
	}
	if frame.AnnotationOf(m) != nil {
		f.Steps = frame.NoSteps
	}
	return a.whileHere(ctx, &f, after)
}

// asDebugger is the context of the caller as an end user of the debug chat.
func (a *API) asDebugger(ctx context.Context, id app.ID) (context.Context, error) {
	var it *app.App
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { it, err = s.App(id); return err })
	if err != nil {
		return nil, err
	}
	ctx, _, err = a.Chat.Enter(ctx, &studio.Release{Workspace: app.ScopeOf(ctx).Workspace, App: it}, app.FromDebug, debugger(ctx))
	return ctx, err
}

type debugMessagesIn struct {
	ID           app.ID `path:"id" json:"-"`
	Conversation app.ID `path:"conversation" json:"-"`
}

func (a *API) debugMessages(ctx context.Context, in *debugMessagesIn) (*List[*app.Message], error) {
	ctx, err := a.asDebugger(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.thread(ctx, in.Conversation)
}

// thread is all messages of a conversation that the scope of ctx reaches.
func (a *API) thread(ctx context.Context, conversation app.ID) (*List[*app.Message], error) {
	var messages []*app.Message
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if _, err := s.Conversation(conversation); err != nil {
			return err
		}
		messages, err = s.Messages(conversation)
		return err
	})
	return list(messages, err)
}

type feedbackIn struct {
	ByMessage
	Rating  string `json:"rating"`
	Content string `json:"content"`
}

// feedback rates an answer of one's own debug chat. What end users said of their answers is theirs.
func (a *API) feedback(ctx context.Context, in *feedbackIn) (*app.Message, error) {
	ctx, err := a.asDebugger(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return a.Chat.Rate(ctx, in.Message, in.Rating, in.Content)
}

// Questions are what a person may want to ask next.
type Questions struct {
	Data []string `json:"data"`
}

func (a *API) suggested(ctx context.Context, in *ByMessage) (*Questions, error) {
	rel, err := a.Studio.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	questions, err := a.Chat.Suggested(within(ctx, in.ID), rel, in.Message)
	if err != nil {
		return nil, err
	}
	return &Questions{Data: questions}, nil
}
