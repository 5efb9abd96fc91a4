package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"islet/app"
	"islet/store"
)

// ran stores a run that is over.
func ran(tx *store.Tx, a *app.App, u *app.EndUser, source app.Source, at time.Time, took time.Duration, status app.Status) error {
	end := at.Add(took)
	r := &app.Run{ID: app.NewID(), App: a.ID, EndUser: u.ID, Source: source, Status: app.Running, StartedAt: at}
	if err := tx.InsertRun(r); err != nil {
		return err
	}
	r.Status, r.FinishedAt = status, &end
	r.Usage = app.Usage{PromptTokens: 10, CompletionTokens: 5, TotalTokens: 15, Latency: took.Seconds(), FirstToken: took.Seconds() / 2}
	return errors.Join(tx.SetModelUses(r, []app.ModelUse{{Model: "m", Calls: 1, PromptTokens: 10, CompletionTokens: 5}}), tx.FinishRun(r))
}

func TestOverview_countsByTheReadersDaysAndLeavesTriesOut(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	other, v := newApp(ctx, t, db, "b")
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
	edges := []time.Time{first, first.AddDate(0, 0, 1), first.AddDate(0, 0, 2)}
	change(ctx, t, db, func(tx *store.Tx) error {
		for i := range 20 { // 23:50 there is the day before in London
			if err := ran(tx, a, u, app.FromAPI, edges[1].Add(-10*time.Minute), time.Duration(i+1)*time.Second, app.Succeeded); err != nil {
				return err
			}
		}
		return errors.Join(ran(tx, a, u, app.FromSite, edges[1], time.Second, app.Failed), ran(tx, a, u, app.FromDebug, edges[1], time.Second, app.Succeeded),
			ran(tx, a, u, app.FromAPI, edges[2], time.Second, app.Succeeded), ran(tx, other, v, app.FromAPI, edges[1], time.Second, app.Succeeded))
	})
	look(app.WithScope(ctx, app.Scope{Workspace: app.ScopeOf(ctx).Workspace, App: a.ID}), t, db, func(s *store.Snapshot) error {
		each, whole, err := s.Overview(edges)
		if err != nil {
			return err
		}
		d := each[0]
		if d.Runs != 20 || d.Users != 1 || d.P50 != 10_000 || d.P95 != 19_000 || d.Prompt != 200 || d.Completion != 100 || d.Failed != 0 || d.Speaking != 105_000 {
			t.Errorf("the first day is %+v", d)
		}
		if d := each[1]; d.Runs != 1 || d.Failed != 1 || d.P50 != 0 {
			t.Errorf("the second day is %+v", d)
		}
		if whole.Runs != 21 || whole.Users != 1 || !whole.From.Equal(edges[0]) || !whole.To.Equal(edges[2]) {
			t.Errorf("both are %+v", whole)
		}
		models, err := s.ModelUses(edges[0], edges[2])
		if err != nil || len(models) != 1 || models[0].Calls != 21 || models[0].PromptTokens != 210 {
			t.Errorf("models are %+v, %v", models, err)
		}
		return nil
	})
	if err := db.View(app.WithScope(context.Background(), app.Scope{Workspace: app.NewID(), App: a.ID}), func(s *store.Snapshot) error {
		_, _, err := s.Overview(edges)
		return err
	}); !missing(err) {
		t.Errorf("another workspace sees %v", err)
	}
}

// BenchmarkOverview reads 28 days of an app with 100,000 runs.
func BenchmarkOverview(b *testing.B) {
	claim, err := store.Take(b.TempDir(), "test")
	if err != nil {
		b.Fatal(err)
	}
	db, err := store.Open(b.Context(), claim.Dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = errors.Join(db.Close(), claim.Release()) }()
	ws := &app.Workspace{ID: app.NewID(), Name: "w", CreatedAt: db.Now()}
	ctx := app.WithScope(context.Background(), app.Scope{Workspace: ws.ID})
	a := &app.App{ID: app.NewID(), Mode: app.ModeChat, Name: "a", CreatedAt: db.Now(), UpdatedAt: db.Now()}
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	users := make([]*app.EndUser, 500)
	for i := range users {
		users[i] = &app.EndUser{ID: app.NewID()}
	}
	if err := db.Update(ctx, func(tx *store.Tx) error { return errors.Join(tx.InsertWorkspace(ws), tx.InsertApp(a)) }); err != nil {
		b.Fatal(err)
	}
	for part := range 20 {
		err := db.Update(ctx, func(tx *store.Tx) error {
			for i := range 5000 {
				n := part*5000 + i
				if err := ran(tx, a, users[n%500], app.FromAPI, first.Add(time.Duration(n)*24*time.Second), time.Duration(n%9000)*time.Millisecond, app.Succeeded); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	var edges []time.Time
	for i := range 29 {
		edges = append(edges, first.AddDate(0, 0, i))
	}
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws.ID, App: a.ID})
	for b.Loop() {
		if err := db.View(ctx, func(s *store.Snapshot) error { _, _, err := s.Overview(edges); return err }); err != nil {
			b.Fatal(err)
		}
	}
}
