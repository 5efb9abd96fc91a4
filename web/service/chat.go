package service

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"islet/app"
	"islet/app/chat"
	"islet/app/studio"
	"islet/app/value"
	"islet/web/frame"
	"islet/web/route"
)

type fileIn struct {
	Type   string `json:"type"`
	Method string `json:"transfer_method"`
	URL    string `json:"url"`
	File   string `json:"upload_file_id"`
}

// attachments are files as callers name them.
func attachments(files []fileIn) ([]app.Attachment, error) {
	var out []app.Attachment
	for _, f := range files {
		a := app.Attachment{Kind: f.Type, Method: f.Method, URL: f.URL}
		var err error
		if a.File, err = id("upload_file_id", f.File); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

type messageIn struct {
	Query        *string         `json:"query"`
	Inputs       json.RawMessage `json:"inputs"`
	Mode         string          `json:"response_mode"`
	User         string          `json:"user"`
	Conversation string          `json:"conversation_id"`
	Files        []fileIn        `json:"files"`
	Title        bool            `json:"auto_generate_name"`
	Workflow     string          `json:"workflow_id"`
}

// turn checks what Dify checks before it looks at the app.
func (in *messageIn) turn(rel *studio.Release) (*chat.Turn, error) {
	if err := needUser(in.User); err != nil {
		return nil, err
	}
	if in.Query == nil {
		if rel.App.Mode != app.ModeCompletion {
			return nil, app.Errorf(app.Invalid, "invalid_param", "query is missing", "缺少 query 参数")
		}
		in.Query = new(string)
	}
	inputs, err := inputsOf(in.Inputs, rel.App.Mode)
	if err != nil {
		return nil, err
	}
	if err := checkMode(in.Mode); err != nil {
		return nil, err
	}
	t := &chat.Turn{Release: rel, Source: app.FromAPI, User: in.User, Query: *in.Query, Inputs: inputs, Title: in.Title}
	if t.Conversation, err = id("conversation_id", strings.TrimSpace(in.Conversation)); err != nil {
		return nil, err
	}
	t.Files, err = attachments(in.Files)
	return t, err
}

// inputsOf reads inputs. A graph tells whole numbers from others and keeps the order of keys.
func inputsOf(raw json.RawMessage, mode app.Mode) (inputs map[string]any, err error) {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return nil, app.Errorf(app.Invalid, "invalid_param", "inputs is missing: send the app's variables, or {}", "缺少 inputs 参数：请提供应用变量，没有则传 {}")
	}
	if studio.HasGraph(mode) {
		inputs, err = value.DecodeMap(raw)
	} else {
		err = json.Unmarshal(raw, &inputs)
	}
	if err != nil {
		return nil, app.Errorf(app.Invalid, "invalid_param", "inputs must be an object of values by name", "inputs 必须是由变量名和值组成的对象").Because(err)
	}
	return inputs, nil
}

func checkMode(mode string) error {
	if mode != "" && mode != streaming && mode != "blocking" {
		return app.Errorf(app.Invalid, "invalid_param", "response_mode must be streaming or blocking, not %q", "response_mode 必须是 streaming 或 blocking，而不是 %q", mode)
	}
	return nil
}

const streaming = "streaming"

// sendMessage answers as a stream or, where asked, as one body when the answer is whole.
func (a *API) sendMessage(g *route.Group) func(context.Context, http.ResponseWriter, *messageIn) error {
	return func(ctx context.Context, w http.ResponseWriter, in *messageIn) error {
		rel, err := a.only(ctx, notChat, talking...)
		if err != nil {
			return err
		}
		if rel.App.Mode == app.ModeAdvancedChat && in.Workflow != "" {
			if rel, err = a.version(ctx, rel, in.Workflow); err != nil {
				return err
			}
		}
		if rel.App.Mode == app.ModeAgent && in.Mode != streaming {
			return app.Errorf(app.Invalid, "invalid_param", "Agent Chat App does not support blocking mode", "Agent 应用不支持 blocking 模式，请使用 streaming")
		}
		return a.answer(ctx, g, w, rel, in)
	}
}

// complete is sendMessage for text generators.
func (a *API) complete(g *route.Group) func(context.Context, http.ResponseWriter, *messageIn) error {
	return func(ctx context.Context, w http.ResponseWriter, in *messageIn) error {
		rel, err := a.only(ctx, unavailable, app.ModeCompletion)
		if err != nil {
			return err
		}
		in.Conversation = ""
		return a.answer(ctx, g, w, rel, in)
	}
}

func (a *API) answer(ctx context.Context, g *route.Group, w http.ResponseWriter, rel *studio.Release, in *messageIn) error {
	t, err := in.turn(rel)
	if err != nil {
		return err
	}
	sent, err := a.Chat.Send(ctx, *t)
	if err != nil {
		if t.Conversation != "" && len(t.Files) == 0 {
			err = noConversation(err)
		}
		return err
	}
	return a.deliver(ctx, g, w, rel.App.Mode, in.Mode, messageOptions(ctx, rel, sent.Message, in.User))
}

// deliver answers with a run that has just begun. A caller that leaves ends nothing: what comes of the run is kept.
func (a *API) deliver(ctx context.Context, g *route.Group, w http.ResponseWriter, mode app.Mode, response string, o frame.Options) error {
	events := a.Runs.Follow(ctx, o.Run, 0)
	if response == streaming {
		g.WriteStream(ctx, w, frame.ForMode(mode, o)(ctx, events))
		return nil
	}
	body, err := frame.Body(mode, o, events)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// messageOptions say what the stream of an answer is about.
func messageOptions(ctx context.Context, rel *studio.Release, m *app.Message, user string) frame.Options {
	o := frame.Options{Task: m.Run, Run: m.Run, Workflow: rel.Version, Message: m.ID, Created: m.CreatedAt, EndUser: m.EndUser, User: user,
		Lang: app.ScopeOf(ctx).Lang, NoResources: !rel.Settings.Cites(), Annotation: frame.AnnotationOf(m)}
	if studio.Talks(rel.App.Mode) {
		o.Conversation = m.Conversation
	}
	return o
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone: what it asked for is done
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
	return a.end(ctx, in.Task)
}

// stopCompletion is stop for text generators.
func (a *API) stopCompletion(ctx context.Context, in *stopIn) (*result, error) {
	rel, err := a.only(ctx, unavailable, app.ModeCompletion)
	if err == nil {
		err = needUser(in.User)
	}
	if err == nil {
		ctx, _, err = a.enterAs(ctx, rel, in.User)
	}
	if err != nil {
		return nil, err
	}
	return a.end(ctx, in.Task)
}

// end stops a run of the scope, if it is one and still goes on.
func (a *API) end(ctx context.Context, task string) (*result, error) {
	run, err := app.ParseID(task)
	if err != nil {
		return success, nil //nolint:nilerr // as Dify: what is no task is not running
	}
	if err := a.Runs.Stop(ctx, run); err != nil && app.KindOf(err) != app.NotFound {
		return nil, err
	}
	return success, nil
}

// date is a time as Dify's JSON writes those that are no Unix seconds.
func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
