package service

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"islet/app"
	"islet/app/chat"
	"islet/web/frame"
	"islet/web/route"
)

type fileIn struct {
	Type   string `json:"type"`
	Method string `json:"transfer_method"`
	URL    string `json:"url"`
	File   string `json:"upload_file_id"`
}

type messageIn struct {
	Query        *string        `json:"query"`
	Inputs       map[string]any `json:"inputs"`
	Mode         string         `json:"response_mode"`
	User         string         `json:"user"`
	Conversation string         `json:"conversation_id"`
	Files        []fileIn       `json:"files"`
	Title        bool           `json:"auto_generate_name"`
}

// turn checks what Dify checks before it looks at the app.
func (in *messageIn) turn() (*chat.Turn, error) {
	if err := needUser(in.User); err != nil {
		return nil, err
	}
	if in.Query == nil {
		return nil, app.Errorf(app.Invalid, "invalid_param", "query is missing", "缺少 query 参数")
	}
	if in.Inputs == nil {
		return nil, app.Errorf(app.Invalid, "invalid_param", "inputs is missing: send the app's variables, or {}", "缺少 inputs 参数：请提供应用变量，没有则传 {}")
	}
	if in.Mode != "" && in.Mode != "streaming" && in.Mode != "blocking" {
		return nil, app.Errorf(app.Invalid, "invalid_param", "response_mode must be streaming or blocking, not %q", "response_mode 必须是 streaming 或 blocking，而不是 %q", in.Mode)
	}
	t := &chat.Turn{Source: app.FromAPI, User: in.User, Query: *in.Query, Inputs: in.Inputs, Title: in.Title}
	var err error
	if t.Conversation, err = id("conversation_id", strings.TrimSpace(in.Conversation)); err != nil {
		return nil, err
	}
	for _, f := range in.Files {
		a := app.Attachment{Kind: f.Type, Method: f.Method, URL: f.URL}
		if a.File, err = id("upload_file_id", f.File); err != nil {
			return nil, err
		}
		t.Files = append(t.Files, a)
	}
	return t, nil
}

// sendMessage answers as a stream or, where asked, as one body when the answer is whole.
func (a *API) sendMessage(g *route.Group) func(context.Context, http.ResponseWriter, *messageIn) error {
	return func(ctx context.Context, w http.ResponseWriter, in *messageIn) error {
		rel, err := a.chatApp(ctx)
		if err != nil {
			return err
		}
		t, err := in.turn()
		if err != nil {
			return err
		}
		t.Release = rel
		sent, err := a.Chat.Send(ctx, *t)
		if err != nil {
			if t.Conversation != "" && len(t.Files) == 0 {
				err = noConversation(err)
			}
			return err
		}
		if in.Mode != "streaming" {
			return a.block(ctx, w, rel.App.Mode, sent)
		}
		f := frame.Chat{Task: sent.Run, Message: sent.Message.ID, Conversation: sent.Conversation.ID, Created: sent.Message.CreatedAt, Lang: app.ScopeOf(ctx).Lang}
		g.WriteStream(ctx, w, f.Frames(ctx, a.Runs.Follow(ctx, sent.Run, 0)))
		return nil
	}
}

type messageOut struct {
	Event        string         `json:"event"`
	Task         app.ID         `json:"task_id"`
	ID           app.ID         `json:"id"`
	Message      app.ID         `json:"message_id"`
	Conversation app.ID         `json:"conversation_id"`
	Mode         app.Mode       `json:"mode"`
	Answer       string         `json:"answer"`
	Metadata     frame.Metadata `json:"metadata"`
	CreatedAt    int64          `json:"created_at"`
}

// block waits for the whole answer. A caller that leaves ends nothing: the answer is kept.
func (a *API) block(ctx context.Context, w http.ResponseWriter, mode app.Mode, sent *chat.Sent) error {
	var answer strings.Builder
	var last app.Event
	for ev, err := range a.Runs.Follow(ctx, sent.Run, 0) {
		if err != nil {
			return err
		}
		if ev.Kind == app.EvDelta {
			answer.WriteString(ev.Delta)
		}
		last = ev
	}
	if last.Status != app.Succeeded && last.Status != app.Stopped {
		return frame.Failed(last.Error)
	}
	m := sent.Message
	return writeJSON(w, http.StatusOK, &messageOut{Event: "message", Task: sent.Run, ID: m.ID, Message: m.ID, Conversation: m.Conversation, Mode: mode,
		Answer: answer.String(), Metadata: frame.NewMetadata(last.Usage), CreatedAt: m.CreatedAt.Unix()})
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client may be gone: the answer is kept
	return nil
}

type stopIn struct {
	Task string `path:"task_id" json:"-"`
	User string `json:"user"`
}

// stop ends an answer of the same end user. As in Dify, one that is not theirs or not there is no error.
func (a *API) stop(ctx context.Context, in *stopIn) (*result, error) {
	ctx, _, err := a.named(ctx, in.User)
	if err != nil {
		return nil, err
	}
	task, err := app.ParseID(in.Task)
	if err != nil {
		return success, nil //nolint:nilerr // as Dify: what is no task is not running
	}
	if err := a.Runs.Stop(ctx, task); err != nil && app.KindOf(err) != app.NotFound {
		return nil, err
	}
	return success, nil
}

// date is a time as Dify's JSON writes those that are no Unix seconds.
func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
