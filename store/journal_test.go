package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"islet/app"
	"islet/store"
)

func steps(ctx context.Context, t *testing.T, db *store.DB, run app.ID) string {
	t.Helper()
	var all []string
	look(ctx, t, db, func(s *store.Snapshot) error {
		list, err := s.Steps(run)
		for _, b := range list {
			all = append(all, string(b))
		}
		return err
	})
	return strings.Join(all, " ")
}

func entries(first, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, `{"n":%d}`, first+i)
	}
	return out
}

func TestSteps_comeBackInOrderUntilTheyAreDropped(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	_, u := newApp(ctx, t, db, "a")
	r, other := newRun(ctx, t, db, u, nil), newRun(ctx, t, db, u, nil)
	want := ""
	for first := 1; first <= 12; first += 3 { // beyond 9: numbers, not their text, make the order
		change(ctx, t, db, func(tx *store.Tx) error { return tx.AppendSteps(r.ID, first, entries(first, 3)) })
		want += fmt.Sprintf(` {"n":%d} {"n":%d} {"n":%d}`, first, first+1, first+2)
	}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.AppendSteps(other.ID, 1, entries(100, 1)) })
	if got := steps(ctx, t, db, r.ID); got != want[1:] {
		t.Errorf("Steps = %s, want %s", got, want[1:])
	}
	err := db.Update(ctx, func(tx *store.Tx) error { return tx.AppendSteps(r.ID, 12, entries(200, 2)) })
	if code(err) != "steps_taken" || steps(ctx, t, db, r.ID) != want[1:] {
		t.Errorf("a number that was taken: %v, and then %s", err, steps(ctx, t, db, r.ID))
	}
	for _, state := range []string{`{"a":1}`, `{"a":2}`} {
		change(ctx, t, db, func(tx *store.Tx) error { return tx.PutRunState(r.ID, []byte(state)) })
		look(ctx, t, db, func(s *store.Snapshot) error {
			got, err := s.RunState(r.ID)
			if string(got) != state {
				t.Errorf("RunState = %s, want %s", got, state)
			}
			return err
		})
	}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.DropSteps(r.ID) })
	change(ctx, t, db, func(tx *store.Tx) error { return tx.DropSteps(r.ID) })
	look(ctx, t, db, func(s *store.Snapshot) error {
		if _, err := s.RunState(r.ID); !missing(err) {
			t.Errorf("a dropped state: %v", err)
		}
		return nil
	})
	if got, kept := steps(ctx, t, db, r.ID), steps(ctx, t, db, other.ID); got != "" || kept != `{"n":100}` {
		t.Errorf("after DropSteps the run has %q, another one %q", got, kept)
	}
}

func TestSteps_ofOthersAreOutOfReach(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	r := newRun(ctx, t, db, u, nil)
	change(ctx, t, db, func(tx *store.Tx) error {
		if err := tx.PutRunState(r.ID, []byte(`{}`)); err != nil {
			return err
		}
		return tx.AppendSteps(r.ID, 1, entries(1, 1))
	})
	for name, who := range strangers(ctx, t, db, a) {
		if got := steps(who, t, db, r.ID); got != "" {
			t.Errorf("%s sees %s", name, got)
		}
		err := db.View(who, func(s *store.Snapshot) error { _, err := s.RunState(r.ID); return err })
		if !missing(err) {
			t.Errorf("%s: RunState = %v", name, err)
		}
	}
	thief := app.WithScope(context.Background(), app.Scope{Workspace: app.NewID()})
	err1 := db.Update(thief, func(tx *store.Tx) error { return tx.AppendSteps(r.ID, 2, entries(2, 1)) })
	err2 := db.Update(thief, func(tx *store.Tx) error { return tx.PutRunState(r.ID, []byte(`1`)) })
	if !missing(err1) || !missing(err2) {
		t.Errorf("another workspace appends: %v, puts a state: %v", err1, err2)
	}
	change(thief, t, db, func(tx *store.Tx) error { return tx.DropSteps(r.ID) })
	if got := steps(ctx, t, db, r.ID); got != `{"n":1}` {
		t.Errorf("after another workspace's verbs the journal is %s", got)
	}
	for i, verb := range []func(*store.Tx) error{
		func(tx *store.Tx) error { return tx.AppendSteps(r.ID, 2, nil) },
		func(tx *store.Tx) error { _, err := tx.Steps(r.ID); return err },
		func(tx *store.Tx) error { return tx.PutRunState(r.ID, nil) },
		func(tx *store.Tx) error { _, err := tx.RunState(r.ID); return err },
		func(tx *store.Tx) error { return tx.DropSteps(r.ID) },
	} {
		if err := db.Update(context.Background(), verb); app.KindOf(err) != app.Internal {
			t.Errorf("verb %d without a workspace: %v", i, err)
		}
	}
}

func BenchmarkAppendSteps(b *testing.B) {
	c, err := store.Take(b.TempDir(), "test")
	if err != nil {
		b.Fatal(err)
	}
	db, err := store.Open(b.Context(), c.Dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ws, a := app.NewID(), app.NewID()
	ctx := app.WithScope(context.Background(), app.Scope{Workspace: ws})
	step := []byte(`{"text":"` + strings.Repeat("x", 500) + `"}`)
	b.RunParallel(func(pb *testing.PB) {
		r := &app.Run{ID: app.NewID(), App: a, StartedAt: db.Now()}
		err := db.Update(ctx, func(tx *store.Tx) error {
			if _, err := tx.App(a); missing(err) {
				if err := tx.InsertWorkspace(&app.Workspace{ID: ws}); err != nil {
					return err
				}
				if err := tx.InsertApp(&app.App{ID: a}); err != nil {
					return err
				}
			}
			return tx.InsertRun(r)
		})
		if err != nil {
			b.Error(err)
		}
		for i := 1; pb.Next(); i++ {
			if err := db.Update(ctx, func(tx *store.Tx) error { return tx.AppendSteps(r.ID, i, [][]byte{step}) }); err != nil {
				b.Error(err)
			}
		}
	})
}
