package model_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/store"
)

// keeper is a site with a Keeper whose registry opens nothing.
func keeper(t *testing.T) (*model.Keeper, model.Options, context.Context) {
	t.Helper()
	return keeperAt(t, nil)
}

// keeperAt is a keeper with a clock of its own; nil is the real one.
func keeperAt(t *testing.T, now func() time.Time) (*model.Keeper, model.Options, context.Context) {
	t.Helper()
	claim, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), claim.Dir, store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	ws := &app.Workspace{ID: app.NewID(), Name: "w", CreatedAt: db.Now()}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertWorkspace(ws) }); err != nil {
		t.Fatal(err)
	}
	wired := model.Wire(db, model.Options{})
	return &model.Keeper{DB: db, Registry: model.NewRegistry(wired), Protocols: []string{"openai", "ollama"}}, wired,
		app.WithScope(context.Background(), app.Scope{Workspace: ws.ID})
}

func endpoint(name string) *app.Endpoint {
	return &app.Endpoint{Name: name, Protocol: "openai", BaseURL: " http://10.0.0.5:8000/v1/ "}
}

func TestKeeper_refusesWhatIsNoEndpoint(t *testing.T) {
	k, _, ctx := keeper(t)
	if err := k.Create(ctx, endpoint("taken"), "", nil); err != nil {
		t.Fatal(err)
	}
	for code, change := range map[string]func(*app.Endpoint){
		"name_required":          func(e *app.Endpoint) { e.Name = "  " },
		"bad_url":                func(e *app.Endpoint) { e.BaseURL = "ftp://x" },
		"model_protocol_unknown": func(e *app.Endpoint) { e.Protocol = "smoke" },
		"name_taken":             func(e *app.Endpoint) { e.Name = "taken" },
	} {
		e := endpoint("new")
		change(e)
		if err := k.Create(ctx, e, "", nil); !errors.Is(err, &app.Error{Code: code}) {
			t.Errorf("Create = %v, want %s", err, code)
		}
	}
	e := endpoint("with a password in its address")
	e.BaseURL = "http://u:p@10.0.0.5/v1"
	if err := k.Create(ctx, e, "", nil); !errors.Is(err, &app.Error{Code: "bad_url"}) {
		t.Errorf("Create = %v, want bad_url", err)
	}
}

func TestKeeper_keysAreSealedAndOpenedOnlyForTheRegistry(t *testing.T) {
	k, wired, ctx := keeper(t)
	e := endpoint("a")
	if err := k.Create(ctx, e, "sk-canary-0001", nil); err != nil {
		t.Fatal(err)
	}
	second, err := k.AddCredential(ctx, e.ID, "second", "sk-canary-0002")
	if err != nil {
		t.Fatal(err)
	}
	if e.BaseURL != "http://10.0.0.5:8000/v1" || second.Hint != "0002" || strings.Contains(string(second.Sealed), "canary") {
		t.Errorf("stored %q, %+v", e.BaseURL, second)
	}
	if err := k.DB.Update(ctx, func(tx *store.Tx) error { return tx.CoolCredential(second.ID, time.Now().Add(time.Hour).UnixMilli()) }); err != nil {
		t.Fatal(err)
	}
	keys := func() string {
		secrets, err := wired.Secrets(context.Background(), e.ID) // as the registry asks: without a scope
		if err != nil {
			return app.AsError(err).Code
		}
		var out []string
		for _, s := range secrets {
			mark := ""
			if !s.Until.IsZero() {
				mark = " resting"
			}
			out = append(out, s.Key+mark)
		}
		return strings.Join(out, ", ")
	}
	if got := keys(); got != "sk-canary-0001, sk-canary-0002 resting" {
		t.Errorf("keys %s", got)
	}
	off := func(c *app.Credential) { c.Disabled = true }
	if _, err := k.UpdateCredential(ctx, e.ID, second.ID, off); err != nil {
		t.Fatal(err)
	}
	if got := keys(); got != "sk-canary-0001" {
		t.Errorf("with the second off: %s", got)
	}
	var first *app.Credential
	if err := k.DB.View(ctx, func(s *store.Snapshot) error {
		all, err := s.Credentials(e.ID)
		first = all[0]
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.UpdateCredential(ctx, e.ID, first.ID, off); err != nil {
		t.Fatal(err)
	}
	if got := keys(); got != "model_no_credentials" {
		t.Errorf("with all off: %s", got)
	}
}

func TestKeeper_aProbeAddsModelsAndKeepsWhatPeopleSet(t *testing.T) {
	k, _, ctx := keeper(t)
	e := endpoint("a")
	if err := k.Create(ctx, e, "", []app.Model{{Name: "qwen", Kind: app.ChatModel}}); err != nil {
		t.Fatal(err)
	}
	known := func(name string) *app.Model {
		m, err := k.Known(ctx, app.ModelRef{Endpoint: e.ID, Name: name})
		if err != nil {
			return nil
		}
		return m
	}
	if ref, err := k.Preferred(ctx); err != nil || ref.Name != "qwen" {
		t.Errorf("Preferred = %+v, %v", ref, err)
	}
	if _, err := k.UpdateModel(ctx, known("qwen").ID, func(m *app.Model) { m.ContextSize, m.Abilities.Vision = 4096, true }); err != nil {
		t.Fatal(err)
	}
	err := k.SaveProbe(ctx, e.ID, &app.Profile{HTTP1: true}, []app.Model{{Name: "qwen", Kind: app.ChatModel, ContextSize: 1}, {Name: "new"}})
	if err != nil {
		t.Fatal(err)
	}
	if m := known("qwen"); m == nil || m.ContextSize != 4096 || !k.Sees(ctx, app.ModelRef{Endpoint: e.ID, Name: "qwen"}) {
		t.Errorf("what a person set became %+v", m)
	}
	if known("new") == nil || k.Sees(ctx, app.ModelRef{Endpoint: e.ID, Name: "new"}) {
		t.Error("the new model is missing, or sees")
	}
	profile := func() (p *app.Profile) {
		_ = k.DB.View(ctx, func(s *store.Snapshot) error {
			got, err := s.Endpoint(e.ID)
			p = got.Profile
			return err
		})
		return p
	}
	if p := profile(); p == nil || !p.HTTP1 {
		t.Errorf("profile %+v", p)
	}
	if err := k.Update(ctx, e.ID, func(e *app.Endpoint) { e.BaseURL = "http://10.0.0.6/v1" }); err != nil {
		t.Fatal(err)
	}
	if p := profile(); p != nil {
		t.Errorf("another server kept the profile %+v", p)
	}
}
