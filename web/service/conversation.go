package service

import (
	"context"
	"net/http"
	"strings"

	"islet/app"
	"islet/app/chat"
	"islet/store"
)

// page is how Dify's endless lists come.
type page[T any] struct {
	Limit   int  `json:"limit"`
	HasMore bool `json:"has_more"`
	Data    []T  `json:"data"`
}

// cut makes a page of one item more than was asked for.
func cut[T, U any](items []T, limit int, as func(T) U) *page[U] {
	p := &page[U]{Limit: limit, HasMore: len(items) > limit, Data: []U{}}
	for _, it := range items[:min(limit, len(items))] {
		p.Data = append(p.Data, as(it))
	}
	return p
}

type conversationsIn struct {
	User   string `query:"user" json:"-"`
	LastID string `query:"last_id" json:"-"`
	Limit  int    `query:"limit" json:"-"`
	SortBy string `query:"sort_by" json:"-"`
}

type conversationOut struct {
	ID           app.ID         `json:"id"`
	Name         string         `json:"name"`
	Inputs       map[string]any `json:"inputs"`
	Status       string         `json:"status"`
	Introduction string         `json:"introduction"`
	CreatedAt    int64          `json:"created_at"`
	UpdatedAt    int64          `json:"updated_at"`
}

func conversationItem(c *app.Conversation) conversationOut {
	return conversationOut{ID: c.ID, Name: c.Name, Inputs: c.Inputs, Status: "normal", Introduction: c.Opening, CreatedAt: c.CreatedAt.Unix(), UpdatedAt: c.UpdatedAt.Unix()}
}

func (a *API) conversations(ctx context.Context, in *conversationsIn) (*page[conversationOut], error) {
	n, err := limit(in.Limit, 100)
	if err != nil {
		return nil, err
	}
	f := store.ConversationFilter{Source: app.FromAPI, Limit: n + 1, Ascending: in.SortBy != "" && !strings.HasPrefix(in.SortBy, "-")}
	switch strings.TrimPrefix(in.SortBy, "-") {
	case "", "updated_at":
	case "created_at":
		f.ByCreated = true
	default:
		return nil, app.Errorf(app.Invalid, "invalid_param", "sort_by must be created_at, -created_at, updated_at or -updated_at", "sort_by 必须是 created_at、-created_at、updated_at 或 -updated_at")
	}
	last, err := id("last_id", in.LastID)
	if err != nil {
		return nil, err
	}
	ctx, _, err = a.enter(ctx, in.User)
	if err != nil {
		return nil, err
	}
	var list []*app.Conversation
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if last != "" {
			if f.After, err = s.Conversation(last); err != nil {
				return missing(err, "Last Conversation Not Exists.", "last_id 对应的对话不存在。")
			}
		}
		list, err = s.Conversations(f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return cut(list, n, conversationItem), nil
}

type renameIn struct {
	ID   app.ID `path:"conversation_id" json:"-"`
	Name string `json:"name"`
	Auto bool   `json:"auto_generate"`
	User string `json:"user"`
}

func (a *API) rename(ctx context.Context, in *renameIn) (*conversationOut, error) {
	if !in.Auto && strings.TrimSpace(in.Name) == "" {
		return nil, app.Errorf(app.Invalid, "invalid_param", "name is missing: send it, or auto_generate", "缺少 name 参数：请提供名称，或使用 auto_generate")
	}
	ctx, rel, err := a.enter(ctx, in.User)
	if err != nil {
		return nil, err
	}
	var c *app.Conversation
	if in.Auto {
		c, err = a.Chat.Name(ctx, rel, in.ID)
	} else {
		c, err = a.Chat.Edit(ctx, in.ID, chat.Change{Name: &in.Name})
	}
	if err != nil {
		return nil, noConversation(err)
	}
	out := conversationItem(c)
	return &out, nil
}

type deleteIn struct {
	ID   app.ID `path:"conversation_id" json:"-"`
	User string `json:"user"`
}

func (a *API) deleteConversation(ctx context.Context, w http.ResponseWriter, in *deleteIn) error {
	ctx, _, err := a.enter(ctx, in.User)
	if err != nil {
		return err
	}
	if err := a.Chat.Delete(ctx, in.ID); err != nil {
		return noConversation(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
