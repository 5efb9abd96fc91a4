package site

import (
	"context"

	"islet/app"
	"islet/app/chat"
	"islet/store"
)

// List is a page of things with how many there are in all.
type List[T any] struct {
	Data  []T `json:"data"`
	Total int `json:"total"`
}

type conversationsIn struct {
	Code  string `path:"code" json:"-"`
	Text  string `query:"q" json:"-"`
	Page  int    `query:"page" json:"-"`
	Limit int    `query:"limit" json:"-"`
}

func (a *API) conversations(ctx context.Context, in *conversationsIn) (*List[*app.Conversation], error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	n := min(in.Limit, 100)
	if n <= 0 {
		n = 30
	}
	f := store.ConversationFilter{Source: app.FromSite, Text: in.Text, PinnedFirst: true, Limit: n, Offset: max(in.Page-1, 0) * n}
	out := &List[*app.Conversation]{}
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if out.Data, err = s.Conversations(f); err != nil {
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

type conversationIn struct {
	Code string `path:"code" json:"-"`
	ID   app.ID `path:"cid" json:"-"`
}

func (a *API) conversation(ctx context.Context, in *conversationIn) (c *app.Conversation, err error) {
	ctx, _, err = a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	err = a.DB.View(ctx, func(s *store.Snapshot) error { c, err = s.Conversation(in.ID); return err })
	return c, err
}

type editIn struct {
	Code string `path:"code" json:"-"`
	ID   app.ID `path:"cid" json:"-"`
	chat.Change
}

func (a *API) editConversation(ctx context.Context, in *editIn) (*app.Conversation, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return a.Chat.Edit(ctx, in.ID, in.Change)
}

type none struct{}

func (a *API) deleteConversation(ctx context.Context, in *conversationIn) (*none, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return nil, a.Chat.Delete(ctx, in.ID)
}

func (a *API) messages(ctx context.Context, in *conversationIn) (*List[*app.Message], error) {
	ctx, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	var list []*app.Message
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.Conversation(in.ID); err != nil {
			return err
		}
		list, err = s.Messages(in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i] = outlined(rel, list[i])
	}
	return &List[*app.Message]{Data: list, Total: len(list)}, nil
}
