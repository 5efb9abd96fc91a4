package store_test

import (
	"context"
	"testing"

	"islet/app"
	"islet/store"
)

func TestRehearse_leavesNothingBehind(t *testing.T) {
	db := open(t)
	if err := db.Rehearse(t.Context()); err != nil {
		t.Fatalf("before set-up: %v", err)
	}
	ws := &app.Workspace{ID: app.NewID(), Name: "w", CreatedAt: db.Now()}
	ctx := app.WithScope(context.Background(), app.Scope{Workspace: ws.ID})
	a := &app.App{ID: app.NewID(), Mode: app.ModeChat, Name: "a", Tags: []string{}, DraftRev: 1, CreatedAt: db.Now(), UpdatedAt: db.Now(), Site: app.Site{Code: "c"}}
	err := db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.InsertWorkspace(ws); err != nil {
			return err
		}
		return tx.InsertApp(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Rehearse(ctx); err != nil {
		t.Fatal(err)
	}
	err = db.View(ctx, func(s *store.Snapshot) error {
		left, err := s.AppContent(a.ID)
		if err == nil && left.Conversations+left.Messages != 0 {
			t.Errorf("a rehearsal left %+v", left)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
