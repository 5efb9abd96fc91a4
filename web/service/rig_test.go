package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"islet/app"
	"islet/app/annotation"
	"islet/app/chat"
	"islet/app/egress"
	"islet/app/flow"
	"islet/app/knowledge"
	"islet/app/knowledge/extract"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
	"islet/app/run"
	"islet/app/speech"
	"islet/app/studio"
	"islet/app/tool"
	"islet/app/workflow/node"
	"islet/store"
	"islet/web/route"
	"islet/web/service"
)

// rig is the whole stack below /v1: store, studio, runs, nodes, and a scripted model server at the wire.
type rig struct {
	t        testing.TB
	db       *store.DB
	studio   *studio.Studio
	chat     *chat.Chat
	flow     *flow.Flow
	runs     *run.Manager
	know     *knowledge.Knowledge
	notes    *annotation.Book
	model    *modeltest.Started
	endpoint app.ID
	ctx      context.Context // of the member who builds apps
	url      string
	now      time.Time    // moves by hand, for the studio's cache
	broken   atomic.Int64 // how often the program "flaky" still fails
}

func newRig(t testing.TB, o modeltest.Options, tune ...func(*run.Options)) *rig {
	t.Helper()
	claim, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), claim.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, db: db, model: modeltest.Start(o), now: time.Now()}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	models := model.NewRegistry(model.Wire(db, model.Options{Open: provider.Opener(egress.New(egress.Options{}), provider.Limits{})}))
	opts := run.Options{DB: db, Logger: quiet, Rebuild: func(ctx context.Context, row *app.Run, s run.State) (run.Spec, error) {
		return r.flow.Rebuild(ctx, row, s)
	}}
	for _, f := range tune {
		f(&opts)
	}
	r.runs = run.New(opts)
	r.notes = annotation.New(annotation.Options{DB: db, Embedder: models.Embedder, Log: quiet})
	r.chat = chat.New(chat.Options{DB: db, Runs: r.runs, Models: models, Log: quiet, Annotations: r.notes})
	r.studio = &studio.Studio{DB: db, Now: func() time.Time { return r.now }, Types: node.Table(node.Deps{
		Chatter: models.Chatter,
		History: func(ctx context.Context, _, parent app.ID, limit int) (past []*app.Message, err error) {
			err = db.View(ctx, func(s *store.Snapshot) error { past, err = chat.History(s, parent, limit); return err })
			return past, err
		},
		File: func(ctx context.Context, id app.ID) ([]byte, string, error) {
			f, body, err := r.chat.OpenFile(ctx, id)
			if err != nil {
				return nil, "", err
			}
			b, err := io.ReadAll(body)
			return b, f.MIME, errors.Join(err, body.Close())
		},
		Model: func(context.Context, app.ModelRef) (*app.Model, error) {
			return &app.Model{Abilities: app.Abilities{Tools: true, Vision: true}}, nil
		},
		Tools: func(_ context.Context, ref tool.Ref) (*tool.Tool, error) {
			return tool.Find(tool.Table(tool.Deps{}), ref)
		},
		Form: func(ctx context.Context, run app.ID, ask app.Form) (*app.Form, error) {
			return r.flow.Form(ctx, run, ask)
		},
		Code: r.code,
	})}
	r.flow = flow.New(flow.Options{DB: db, Runs: r.runs, Studio: r.studio, Chat: r.chat, Log: quiet})
	r.people()
	r.know = knowledge.New(knowledge.Options{DB: db, Dir: t.TempDir(), Log: quiet, Poll: 10 * time.Millisecond, Embedder: models.Embedder, Reranker: models.Reranker,
		Chatter: models.Chatter, Client: func() (*http.Client, error) { return http.DefaultClient, nil },
		Read: func(_ context.Context, name, mime string, data []byte) (*extract.Document, error) {
			return new(extract.Reader).Document(name, mime, data)
		}})
	r.know.Start()
	keeper := &model.Keeper{DB: db, Registry: models, Protocols: []string{"openai"}}
	router := &route.Router{Echo: echo.New(), Log: quiet}
	(&service.API{DB: db, Studio: r.studio, Chat: r.chat, Flow: r.flow, Runs: r.runs, Knowledge: r.know, Annotations: r.notes, Endpoints: keeper,
		Speech: speech.New(speech.Options{Defaults: keeper.Defaults, Models: models})}).Routes(router)
	srv := httptest.NewServer(router.Echo)
	r.url = srv.URL + "/v1"
	t.Cleanup(func() {
		srv.Close()
		r.chat.Close()
		r.notes.Close()
		r.flow.Close()
		err := errors.Join(r.runs.Close(context.Background()), r.know.Close())
		r.studio.Close()
		models.Close()
		r.model.Close()
		if err := errors.Join(err, db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// code stands for the sandbox: a program is one word.
func (r *rig) code(_ context.Context, _, source string, inputs map[string]any) (any, error) {
	switch source {
	case "flaky":
		if r.broken.Add(-1) >= 0 {
			return nil, app.Errorf(app.Invalid, "code_failed", "the program failed", "程序出错")
		}
	case "fail":
		return nil, app.Errorf(app.Invalid, "code_failed", "the program failed", "程序出错")
	}
	return map[string]any{"result": strings.ToUpper(fmt.Sprint(inputs["s"]))}, nil
}

// people sets up a workspace, a member and the model server.
func (r *rig) people() {
	ws, user := &app.Workspace{ID: app.NewID(), Name: "site", CreatedAt: r.db.Now()}, app.NewID()
	r.ctx = app.WithScope(context.Background(), app.Scope{Workspace: ws.ID, User: user, Role: app.Owner})
	r.endpoint = app.NewID()
	err := r.db.Update(r.ctx, func(tx *store.Tx) error {
		now := tx.Now()
		return errors.Join(tx.InsertWorkspace(ws),
			tx.InsertUser(&app.User{ID: user, Email: "a@b.c", Name: "Ann", Role: app.Owner, CreatedAt: now}),
			tx.InsertEndpoint(&app.Endpoint{ID: r.endpoint, Name: "script", Vendor: "custom", Protocol: "openai", BaseURL: r.model.URL + "/v1", CreatedAt: now, UpdatedAt: now}))
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// publish makes an app with these settings on the scripted model, publishes it and returns it with a key.
func (r *rig) publish(set app.Settings) (*app.App, string) {
	r.t.Helper()
	if set.Model.Name == "" {
		set.Model.Name = "echo"
	}
	set.Model.Endpoint = r.endpoint
	return r.publishAs(app.ModeChat, set)
}

// publishAs is publish for an app of any mode, with the settings as they are.
func (r *rig) publishAs(mode app.Mode, set app.Settings) (*app.App, string) {
	r.t.Helper()
	a := &app.App{Mode: mode, Name: "Helper", Description: "helps", Draft: set}
	if err := r.studio.Create(r.ctx, a); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, a.ID, "", ""); err != nil {
		r.t.Fatal(err)
	}
	_, token, err := r.studio.NewKey(r.ctx, a.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return a, token
}

// answer is what came back of a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// code is the error code of the answer.
func (a *answer) code() string {
	var e struct{ Code string }
	_ = json.Unmarshal(a.body, &e) // no JSON has no code
	return e.Code
}

func (r *rig) do(method, path, token string, body any) *answer {
	r.t.Helper()
	var rd io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			r.t.Fatal(err)
		}
		rd = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, rd)
	if err != nil {
		r.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return r.send(req, token)
}

func (r *rig) send(req *http.Request, token string) *answer {
	r.t.Helper()
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return &answer{resp.StatusCode, resp.Header, b}
}

type object = map[string]any

// ask sends one question and waits for the whole answer.
func (r *rig) ask(token, user, query string, more object) *answer {
	r.t.Helper()
	body := object{"query": query, "inputs": object{}, "user": user, "response_mode": "blocking"}
	for k, v := range more {
		body[k] = v
	}
	return r.do("POST", "/chat-messages", token, body)
}
