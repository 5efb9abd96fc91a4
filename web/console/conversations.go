package console

import (
	"context"
	"strings"

	"islet/app"
	"islet/app/run"
	"islet/store"
)

// ByMessage is a request that names a message of an app in its path.
type ByMessage struct {
	ID      app.ID `path:"id" json:"-"`
	Message app.ID `path:"mid" json:"-"`
}

type conversationsIn struct {
	ByID
	Text      string     `query:"q" json:"-"`
	Source    app.Source `query:"source" json:"-"`
	Status    app.Status `query:"status" json:"-"`    // of one of its answers
	Rated     string     `query:"rated" json:"-"`     // like or dislike
	Annotated string     `query:"annotated" json:"-"` // yes or no
	Debug     bool       `query:"debug" json:"-"`     // the caller's own in the studio, and no others
	After     string     `query:"after" json:"-"`     // RFC 3339, of the last activity
	Before    string     `query:"before" json:"-"`
	Sort      string     `query:"sort" json:"-"` // created_at, -created_at, updated_at or -updated_at; "" is the last
	Page
}

// conversations is the log of an app: what came in through the web app and the Service API, or with debug what the caller tried.
func (a *API) conversations(ctx context.Context, in *conversationsIn) (*List[store.ConversationEntry], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	ctx, err = a.logScope(ctx, in.ID, in.Debug)
	if err != nil {
		return nil, err
	}
	out := &List[store.ConversationEntry]{}
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) {
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

// logScope is the app whoever its end users are, or the caller's own tries of it.
func (a *API) logScope(ctx context.Context, id app.ID, own bool) (context.Context, error) {
	if own {
		return a.asDebugger(ctx, id)
	}
	return within(ctx, id), nil
}

func (in *conversationsIn) filter() (f store.ConversationFilter, err error) {
	offset, limit := in.bounds()
	f = store.ConversationFilter{Text: strings.TrimSpace(in.Text), Deep: true, NoDebug: !in.Debug, Source: in.Source, Status: in.Status, Rated: in.Rated, Annotated: in.Annotated,
		Limit: limit, Offset: offset}
	switch in.Sort {
	case "", "-updated_at":
	case "updated_at":
		f.Ascending = true
	case "-created_at":
		f.ByCreated = true
	case "created_at":
		f.ByCreated, f.Ascending = true, true
	default:
		return f, app.Errorf(app.Invalid, "invalid_param", "sort %q is unknown", "未知的排序方式 %q", in.Sort)
	}
	if f.Since, err = instant("after", in.After); err != nil {
		return f, err
	}
	f.Until, err = instant("before", in.Before)
	return f, err
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

	Ledger []app.Spent `json:"ledger"` // where the time went; null while it goes on
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
	out.Ledger = run.Ledger(out.Run, out.Nodes)
	return out, err
}
