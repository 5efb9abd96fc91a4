package chat_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"islet/app"
	"islet/app/chat"
	"islet/app/egress"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
	"islet/app/studio"
	"islet/store"
)

// rig is a Chat over a real store and a scripted model server, without runs: whole turns are tested in web/service and web/site.
type rig struct {
	t   *testing.T
	db  *store.DB
	c   *chat.Chat
	rel *studio.Release
	ctx context.Context // of the workspace
}

func newRig(t *testing.T, o modeltest.Options) *rig {
	t.Helper()
	claim, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), claim.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := modeltest.Start(o)
	models := model.NewRegistry(model.Wire(db, model.Options{Open: provider.Opener(egress.New(egress.Options{}), provider.Limits{})}))
	r := &rig{t: t, db: db, c: chat.New(chat.Options{DB: db, Models: models, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})}
	t.Cleanup(func() {
		r.c.Close()
		models.Close()
		srv.Close()
		if err := errors.Join(db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	ws, endpoint := &app.Workspace{ID: app.NewID(), Name: "w", CreatedAt: db.Now()}, app.NewID()
	set := app.Settings{Model: app.ModelRef{Endpoint: endpoint, Name: "echo"}, FollowUp: app.FollowUp{Enabled: true}}
	a := &app.App{ID: app.NewID(), Mode: app.ModeChat, Name: "a", Draft: set, Site: app.Site{Code: "c"}, CreatedAt: db.Now(), UpdatedAt: db.Now()}
	r.ctx = app.WithScope(context.Background(), app.Scope{Workspace: ws.ID, User: app.NewID()})
	r.update(r.ctx, func(tx *store.Tx) error {
		return errors.Join(tx.InsertWorkspace(ws), tx.InsertApp(a),
			tx.InsertEndpoint(&app.Endpoint{ID: endpoint, Name: "s", Vendor: "custom", Protocol: "openai", BaseURL: srv.URL + "/v1", CreatedAt: tx.Now(), UpdatedAt: tx.Now()}))
	})
	r.rel = &studio.Release{Workspace: ws.ID, App: a, Settings: &set}
	return r
}

func (r *rig) update(ctx context.Context, fn func(*store.Tx) error) {
	r.t.Helper()
	if err := r.db.Update(ctx, fn); err != nil {
		r.t.Fatal(err)
	}
}

// as is the context of an end user who is in the store.
func (r *rig) as(name string) context.Context {
	r.t.Helper()
	ctx, err := r.c.Settle(r.ctx, r.rel, app.FromAPI, name)
	if err != nil {
		r.t.Fatal(err)
	}
	return ctx
}

// said stores a conversation with one answered message.
func (r *rig) said(ctx context.Context, query, reply string) *app.Message {
	r.t.Helper()
	now, s := r.db.Now(), app.ScopeOf(ctx)
	c := &app.Conversation{ID: app.NewID(), App: s.App, EndUser: s.EndUser, Source: app.FromAPI, Name: "old", CreatedAt: now, UpdatedAt: now}
	m := &app.Message{ID: app.NewID(), App: s.App, Conversation: c.ID, EndUser: s.EndUser, Source: app.FromAPI, Query: query, Answer: reply, Status: app.Succeeded,
		Files: []app.Attachment{}, CreatedAt: now, UpdatedAt: now}
	r.update(ctx, func(tx *store.Tx) error { return errors.Join(tx.InsertConversation(c), tx.InsertMessage(m)) })
	return m
}

func TestEnter_storesNobodyForMerelyLooking(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, v, err := r.c.Enter(r.ctx, r.rel, app.FromAPI, "new")
	if err != nil || !v.New {
		t.Fatalf("Enter = %+v, %v", v, err)
	}
	if _, again, _ := r.c.Enter(r.ctx, r.rel, app.FromAPI, "new"); again.ID == v.ID {
		t.Error("a stranger was remembered")
	}
	one, two := app.ScopeOf(r.as("new")).EndUser, app.ScopeOf(r.as("new")).EndUser
	if one != two || one == "" {
		t.Errorf("Settle gave %q and %q", one, two)
	}
	if other := app.ScopeOf(r.as("other")).EndUser; other == one {
		t.Error("two names are one end user")
	}
}

func TestSuggested_readsWhatModelsWrite(t *testing.T) {
	cases := map[string]struct {
		text string
		want string
	}{
		"plain":        {`["a?", "b?", "c?"]`, "a?|b?|c?"},
		"fenced":       {"Sure!\n```json\n[\"a?\",\n\"b?\"]\n```\nbye [1]", "a?|b?"},
		"brackets":     {`Here [are] three: ["a?", 2, "b?"]`, "a?|b?"},
		"too many":     {`["1?","2?","3?","4?"]`, "1?|2?|3?"},
		"list":         {"1. 什么是A？\n2. Why b?\n- not a question\n", "什么是A？|Why b?"},
		"empty ones":   {`["", "  ", "a?"]`, "a?"},
		"rambling":     {`["` + strings.Repeat("x", 300) + `"]`, ""},
		"nothing":      {"I cannot do that.", ""},
		"broken":       {`["a?", "b`, ""},
		"an object":    {`{"questions": ["a?"]}`, "a?"},
		"an empty one": {`[]`, ""},
	}
	var script []modeltest.Reply
	for name, c := range cases {
		script = append(script, modeltest.Reply{Match: "CASE " + name + ".", Text: c.text})
	}
	r := newRig(t, modeltest.Options{Script: script})
	ctx := r.as("u")
	for name, c := range cases {
		m := r.said(ctx, "CASE "+name+".", "yes")
		got, err := r.c.Suggested(ctx, r.rel, m.ID)
		if err != nil || strings.Join(got, "|") != c.want || got == nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestSuggested_failsSoftlyAndOnlyWhereOffered(t *testing.T) {
	r := newRig(t, modeltest.Options{Quirk: "401"})
	ctx := r.as("u")
	m := r.said(ctx, "q", "a")
	if got, err := r.c.Suggested(ctx, r.rel, m.ID); err != nil || got == nil || len(got) != 0 {
		t.Errorf("with a broken model: %v, %v", got, err)
	}
	if _, err := r.c.Suggested(r.as("other"), r.rel, m.ID); app.KindOf(err) != app.NotFound {
		t.Errorf("of somebody else's message: %v", err)
	}
	off := *r.rel
	off.Settings = &app.Settings{}
	if _, err := r.c.Suggested(ctx, &off, m.ID); app.AsError(err).Code != "follow_up_off" {
		t.Errorf("where it is off: %v", err)
	}
}

func TestName_takesTheModelsTitleOrTheQuery(t *testing.T) {
	long := strings.Repeat("长", 90)
	r := newRig(t, modeltest.Options{Script: []modeltest.Reply{
		{Match: "good", Text: "\n\"Title of it.\"\nmore"}, {Match: "long", Text: long}, {Match: "empty", Text: "\"\""}, {Match: "thinks", Text: "Deep", Reasoning: "hmm"},
	}})
	ctx := r.as("u")
	for query, want := range map[string]string{"good": "Title of it", "long": long[:60*3], "an empty title is no title at all": "an empty title is no", "thinks": "Deep"} {
		m := r.said(ctx, query, "a")
		c, err := r.c.Name(ctx, r.rel, m.Conversation)
		if err != nil || c.Name != want {
			t.Errorf("Name after %q = %+v, %v; want %q", query, c, err, want)
		}
	}
	broken := *r.rel
	broken.Settings = &app.Settings{Model: app.ModelRef{Endpoint: r.rel.Settings.Model.Endpoint, Name: "echo@500_forever"}}
	m := r.said(ctx, "this  model is\nbroken for good", "a")
	if c, err := r.c.Name(ctx, &broken, m.Conversation); err != nil || c.Name != "this model is broken" {
		t.Errorf("Name with a broken model = %+v, %v", c, err)
	}
	if _, err := r.c.Name(r.as("other"), r.rel, m.Conversation); app.KindOf(err) != app.NotFound {
		t.Errorf("Name of somebody else's conversation: %v", err)
	}
}

func TestHistory_skipsWhatHasNoAnswer(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	ctx := r.as("u")
	first := r.said(ctx, "1", "one")
	parent := first.ID
	for _, m := range []struct{ query, answer string }{{"2", ""}, {"3", "three"}, {"4", "four"}} {
		row := *first
		row.ID, row.Parent, row.Query, row.Answer, row.CreatedAt = app.NewID(), parent, m.query, m.answer, r.db.Now()
		r.update(ctx, func(tx *store.Tx) error { return tx.InsertMessage(&row) })
		parent = row.ID
	}
	for limit, want := range map[int]string{0: "134", 2: "34", 1: "4"} {
		err := r.db.View(ctx, func(s *store.Snapshot) error {
			past, err := chat.History(s, parent, limit)
			got := ""
			for _, m := range past {
				got += m.Query
			}
			if got != want {
				t.Errorf("History(%d) = %s, want %s", limit, got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRate_likesChangesAndTakesBack(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	ctx := r.as("u")
	m := r.said(ctx, "q", "a")
	one, err := r.c.Rate(ctx, m.ID, "like", "good")
	if err != nil || one.Feedback.Rating != "like" {
		t.Fatalf("Rate = %+v, %v", one, err)
	}
	two, err := r.c.Rate(ctx, m.ID, "dislike", "")
	if err != nil || two.Feedback.Rating != "dislike" || two.Feedback.Content != "" || two.Feedback.ID != one.Feedback.ID {
		t.Errorf("Rate again = %+v, %v", two.Feedback, err)
	}
	if three, err := r.c.Rate(ctx, m.ID, "", ""); err != nil || three.Feedback != nil {
		t.Errorf("Rate back = %+v, %v", three, err)
	}
	if _, err := r.c.Rate(ctx, m.ID, "love", ""); app.KindOf(err) != app.Invalid {
		t.Errorf("Rate(love) = %v", err)
	}
}
