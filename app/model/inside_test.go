package model_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/store"
)

// inside is a site whose process has these models. Every look at its clock takes a second.
func inside(t *testing.T, models *[]app.Model) (*model.Keeper, context.Context) {
	t.Helper()
	var ticks atomic.Int64
	begun := time.Now()
	k, _, ctx := keeperAt(t, func() time.Time { return begun.Add(time.Duration(ticks.Add(1)) * time.Second) })
	k.Inside.Models = func(context.Context) ([]app.Model, error) { return *models, nil }
	return k, ctx
}

func builtinOf(t *testing.T, k *model.Keeper, ctx context.Context) (e *app.Endpoint, names []string) {
	t.Helper()
	err := k.DB.View(ctx, func(s *store.Snapshot) error {
		es, err := s.Endpoints()
		for _, x := range es {
			if x.Protocol == model.Builtin {
				if e != nil {
					t.Error("the site has two built-in endpoints")
				}
				e = x
			}
		}
		if err != nil || e == nil {
			return err
		}
		ms, err := s.Models("", e.ID)
		for _, m := range ms {
			names = append(names, m.Name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, names
}

func TestRefresh_modelsOfTheProcessComeAndGo(t *testing.T) {
	models := []app.Model{{Name: "quote", Kind: app.ChatModel}, {Name: "mine", Kind: app.EmbedModel, ContextSize: 128}}
	k, ctx := inside(t, &models)
	if err := k.Create(ctx, endpoint("islet built-in"), "", nil); err != nil { // somebody has the name
		t.Fatal(err)
	}
	for range 3 {
		if err := k.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
	}
	e, names := builtinOf(t, k, ctx)
	if e == nil || e.Name != "islet built-in 2" || !slices.Equal(names, []string{"mine", "quote"}) {
		t.Fatalf("built-in endpoint %+v with %v", e, names)
	}
	models = []app.Model{{Name: "quote", Kind: app.ChatModel}, {Name: "other", Kind: app.EmbedModel}}
	for range 3 { // a list is taken as it was for two seconds
		if err := k.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		k.DB.Now()
	}
	if _, names = builtinOf(t, k, ctx); !slices.Equal(names, []string{"other", "quote"}) {
		t.Errorf("the list stayed %v", names)
	}
}

func TestBuiltin_canOnlyBeSwitchedOff(t *testing.T) {
	models := []app.Model{{Name: "quote", Kind: app.ChatModel}}
	k, ctx := inside(t, &models)
	if err := k.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	e, _ := builtinOf(t, k, ctx)
	var m *app.Model
	err := k.DB.View(ctx, func(s *store.Snapshot) error {
		ms, err := s.Models("", e.ID)
		m = ms[0]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, credential := k.AddCredential(ctx, e.ID, "a", "b")
	for what, err := range map[string]error{
		"Delete":        k.Delete(ctx, e.ID),
		"DeleteModel":   k.DeleteModel(ctx, m.ID),
		"AddModel":      k.AddModel(ctx, &app.Model{Endpoint: e.ID, Name: "x"}),
		"AddCredential": credential,
		"rename":        k.Update(ctx, e.ID, func(e *app.Endpoint) { e.Name = "x" }),
		"move":          k.Update(ctx, e.ID, func(e *app.Endpoint) { e.BaseURL = "http://10.0.0.1/v1" }),
		"turn":          k.Update(ctx, e.ID, func(e *app.Endpoint) { e.Protocol = "openai" }),
	} {
		if !errors.Is(err, &app.Error{Code: "endpoint_builtin"}) {
			t.Errorf("%s = %v, want endpoint_builtin", what, err)
		}
	}
	if err := k.Update(ctx, e.ID, func(e *app.Endpoint) { e.Disabled = true }); err != nil {
		t.Errorf("switching off: %v", err)
	}
	other := endpoint("new")
	other.Protocol = model.Builtin
	if err := k.Create(ctx, other, "", nil); !errors.Is(err, &app.Error{Code: model.CodeProtocol}) {
		t.Errorf("a second one: %v, want %s", err, model.CodeProtocol)
	}
}

func TestPreferred_quoteOnlyWhereNothingElseChats(t *testing.T) {
	models := []app.Model{{Name: "quote", Kind: app.ChatModel}, {Name: "use-lite", Kind: app.EmbedModel}}
	k, ctx := inside(t, &models)
	want := func(name string) {
		t.Helper()
		if ref, err := k.Preferred(ctx); err != nil || ref.Name != name {
			t.Errorf("Preferred = %+v, %v; want %q", ref, err, name)
		}
	}
	want("quote")
	e := endpoint("z, behind the built-in one")
	if err := k.Create(ctx, e, "", []app.Model{{Name: "bge", Kind: app.EmbedModel}}); err != nil {
		t.Fatal(err)
	}
	want("quote")
	if err := k.SaveProbe(ctx, e.ID, &app.Profile{}, []app.Model{{Name: "qwen"}}); err != nil {
		t.Fatal(err)
	}
	want("qwen")
	if err := k.Update(ctx, e.ID, func(e *app.Endpoint) { e.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	want("quote")
}

func TestRefresh_nothingBeforeTheSiteIsSetUp(t *testing.T) {
	claim, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), claim.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(db.Close(), claim.Release()) }()
	k := &model.Keeper{DB: db, Registry: model.NewRegistry(model.Wire(db, model.Options{})), Inside: model.Inside{
		Models: func(context.Context) ([]app.Model, error) { return []app.Model{{Name: "quote"}}, nil }}}
	if err := k.Refresh(t.Context()); err != nil {
		t.Errorf("Refresh = %v", err)
	}
}
