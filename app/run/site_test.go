package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"islet/app"
	"islet/app/run"
	"islet/app/workflow"
	"islet/store"
	"islet/store/kv"
)

// site is a data directory with one app, and a graph whose only model the test plays.
type site struct {
	db    *store.DB
	kv    *kv.Store
	runs  *run.Manager
	scope app.Scope
	app   app.ID
	user  app.ID
	conv  app.ID
}

func newSite(t testing.TB, o run.Options) *site {
	t.Helper()
	c, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), c.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Settle(db, "test"); err != nil {
		t.Fatal(err)
	}
	s := &site{db: db, app: app.NewID(), user: app.NewID(), conv: app.NewID()}
	s.kv = kv.Open(c.Dir+"/kv", kv.Options{Logger: quiet})
	s.scope = app.Scope{Workspace: app.NewID(), App: s.app, EndUser: s.user}
	err = db.Update(s.ctx(), func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertWorkspace(&app.Workspace{ID: s.scope.Workspace, Name: "w"}),
			tx.InsertApp(&app.App{ID: s.app, Mode: app.ModeChat, Name: "a", Site: app.Site{Code: string(s.app)}}),
			tx.InsertEndUser(&app.EndUser{ID: s.user, App: s.app, Source: app.FromAPI, Name: "u"}),
			tx.InsertConversation(&app.Conversation{ID: s.conv, App: s.app, EndUser: s.user, Source: app.FromAPI, Inputs: map[string]any{}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	o.DB, o.Log, o.Logger = db, s.kv, quiet
	s.runs = run.New(o)
	t.Cleanup(func() {
		if err := errors.Join(s.runs.Close(context.Background()), s.kv.Close(), db.Close(), c.Release()); err != nil {
			t.Error(err)
		}
	})
	return s
}

var quiet = slog.New(slog.DiscardHandler)

func (s *site) ctx() context.Context { return app.WithScope(context.Background(), s.scope) }

// spec is a chat: a message is stored with it and finished with it.
func (s *site) spec(g *workflow.Graph) run.Spec {
	id := app.NewID()
	m := app.Message{ID: app.NewID(), App: s.app, Conversation: s.conv, Run: id, EndUser: s.user, Source: app.FromAPI, Query: "q",
		Inputs: map[string]any{}, Files: []app.Attachment{}, Status: app.Running, CreatedAt: s.db.Now()}
	return run.Spec{
		Run:    app.Run{ID: id, App: s.app, Message: m.ID, EndUser: s.user, Source: app.FromAPI},
		Scope:  s.scope,
		Graph:  g,
		Insert: func(tx *store.Tx) error { return tx.InsertMessage(&m) },
		Finish: func(tx *store.Tx, o run.Outcome) error {
			end := m
			end.Answer, end.Reasoning, end.Status, end.Error, end.Usage = o.Answer, o.Reasoning, o.Status, o.Error, o.Usage
			return tx.FinishMessage(&end)
		},
	}
}

func (s *site) start(t testing.TB, spec run.Spec) app.ID {
	t.Helper()
	id, err := s.runs.Start(s.ctx(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// message is what is on disk of a run's message.
func (s *site) message(t testing.TB, id app.ID) (m *app.Message) {
	t.Helper()
	if err := s.db.View(s.ctx(), func(sn *store.Snapshot) (err error) { m, err = sn.Message(id); return err }); err != nil {
		t.Fatal(err)
	}
	return m
}

func (s *site) row(t testing.TB, id app.ID) (r *app.Run) {
	t.Helper()
	if err := s.db.View(s.ctx(), func(sn *store.Snapshot) (err error) { r, err = sn.Run(id); return err }); err != nil {
		t.Fatal(err)
	}
	return r
}

// all follows a run to its end.
func (s *site) all(t testing.TB, id app.ID, after uint64) (evs []app.Event) {
	t.Helper()
	for ev, err := range s.runs.Follow(s.ctx(), id, after) {
		if err != nil {
			t.Fatalf("Follow(%d) = %v", after, err)
		}
		evs = append(evs, ev)
	}
	return evs
}

func said(evs []app.Event) string {
	var b strings.Builder
	for i := range evs {
		if evs[i].Kind == app.EvDelta {
			b.WriteString(evs[i].Delta)
		}
	}
	return b.String()
}

// graph is start -> ask -> answer, where f plays the model.
func graph(t testing.TB, f func(ctx context.Context, s *workflow.Step) (*workflow.Result, error)) *workflow.Graph {
	t.Helper()
	tpl := workflow.ParseTemplate("{{#ask.text#}}")
	types := workflow.Types{
		"start":  {Class: workflow.Root, New: fixed(play(func(context.Context, *workflow.Step) (*workflow.Result, error) { return &workflow.Result{}, nil }))},
		"ask":    {New: fixed(play(f))},
		"answer": {Class: workflow.Response, New: fixed(answer{tpl})},
	}
	g, err := workflow.Parse([]byte(`{"nodes":[{"id":"start","data":{"type":"start"}},{"id":"ask","data":{"type":"ask"}},{"id":"end","data":{"type":"answer"}}],
		"edges":[{"source":"start","target":"ask"},{"source":"ask","target":"end"}]}`), types)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func fixed(n workflow.Node) func(json.RawMessage) (workflow.Node, error) {
	return func(json.RawMessage) (workflow.Node, error) { return n, nil }
}

type play func(ctx context.Context, s *workflow.Step) (*workflow.Result, error)

func (p play) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) { return p(ctx, s) }

type answer struct{ tpl *workflow.Template }

func (a answer) Template() *workflow.Template { return a.tpl }

func (a answer) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{Outputs: map[string]any{"answer": a.tpl.Markdown(s.Vars)}}, nil
}

// says is a model that says pieces at once.
func says(pieces ...string) func(context.Context, *workflow.Step) (*workflow.Result, error) {
	return func(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
		for _, p := range pieces {
			s.Text(p)
		}
		return &workflow.Result{Outputs: map[string]any{"text": strings.Join(pieces, "")}, Process: map[string]any{"prompts": []any{"p"}},
			Usage: &app.Usage{PromptTokens: 1, CompletionTokens: len(pieces), TotalTokens: 1 + len(pieces)}}, nil
	}
}

// waits is a model that says "one ", waits for more, and says what comes.
func waits(more <-chan string) func(context.Context, *workflow.Step) (*workflow.Result, error) {
	return func(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
		text := "one "
		s.Text(text)
		for {
			select {
			case p, open := <-more:
				if !open {
					return &workflow.Result{Outputs: map[string]any{"text": text}}, nil
				}
				text += p
				s.Text(p)
			case <-ctx.Done():
				return &workflow.Result{Outputs: map[string]any{"text": text}, Process: map[string]any{"prompts": "kept"}}, context.Cause(ctx)
			}
		}
	}
}
