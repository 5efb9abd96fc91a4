package console

import (
	"context"

	"islet/app"
	"islet/store"
)

// ByMessage is a request that names a message of an app in its path.
type ByMessage struct {
	ID      app.ID `path:"id" json:"-"`
	Message app.ID `path:"mid" json:"-"`
}

type conversationsIn struct {
	ByID
	Text string `query:"q" json:"-"`
	Page
}

// conversations is the log of an app: what came in through the web app and the Service API.
func (a *API) conversations(ctx context.Context, in *conversationsIn) (*List[store.ConversationEntry], error) {
	offset, limit := in.bounds()
	f := store.ConversationFilter{Text: in.Text, NoDebug: true, Limit: limit, Offset: offset}
	out := &List[store.ConversationEntry]{}
	err := a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		if _, err := s.App(in.ID); err != nil {
			return err
		}
		if out.Data, err = s.ConversationLog(f); err != nil {
			return err
		}
		out.Total, err = s.CountConversations(f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type messagesIn struct {
	ID           app.ID `path:"id" json:"-"`
	Conversation app.ID `path:"cid" json:"-"`
}

func (a *API) messages(ctx context.Context, in *messagesIn) (*List[*app.Message], error) {
	return a.thread(within(ctx, in.ID), in.Conversation)
}

type followIn struct {
	ByMessage
	After uint64 `query:"after" json:"-"`
}

// followMessage takes a cut stream up again, or follows an answer that somebody else asked for.
func (a *API) followMessage(ctx context.Context, in *followIn) (frames, error) {
	ctx = within(ctx, in.ID)
	m, c, err := a.Chat.Stored(ctx, in.Message)
	if err != nil {
		return nil, err
	}
	var it *app.App
	if err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { it, err = s.App(in.ID); return err }); err != nil {
		return nil, err
	}
	return a.stream(ctx, it.Mode, m, c, in.After)
}

func (a *API) stopMessage(ctx context.Context, in *ByMessage) (*None, error) {
	return nil, a.Chat.Stop(within(ctx, in.ID), in.Message)
}

// Trace is a run with what its nodes did.
type Trace struct {
	Run   *app.Run      `json:"run"`
	Nodes []app.NodeRun `json:"nodes"`
}

func (a *API) trace(ctx context.Context, in *ByMessage) (*Trace, error) {
	ctx = within(ctx, in.ID)
	out := &Trace{}
	err := a.DB.View(ctx, func(s *store.Snapshot) error {
		m, err := s.Message(in.Message)
		if err != nil {
			return err
		}
		out.Run, err = s.Run(m.Run)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Nodes, err = a.DB.NodeRuns(ctx, out.Run.ID)
	return out, err
}
