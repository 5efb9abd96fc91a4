package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"islet/app"
	"islet/store"
)

// open makes a data directory as a first start does.
func open(t *testing.T) *store.DB {
	t.Helper()
	c, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), c.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Settle(db, "test"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), c.Release()); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestUpdate_failedChangeOfAGroupIsUndoneAlone(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			err := db.Update(ctx, func(tx *store.Tx) error {
				if err := tx.SetMeta(fmt.Sprint("k", i), "v"); err != nil {
					return err
				}
				switch i % 3 {
				case 1:
					return errors.New("refused")
				case 2:
					panic("defect")
				}
				return nil
			})
			if (err == nil) != (i%3 == 0) {
				t.Errorf("Update %d = %v", i, err)
			}
		})
	}
	wg.Wait()
	err := db.View(ctx, func(s *store.Snapshot) error {
		for i := range 200 {
			v, err := s.Meta(fmt.Sprint("k", i))
			if err != nil {
				return err
			}
			if (v == "v") != (i%3 == 0) {
				t.Errorf("after the changes k%d = %q", i, v)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWorkspaceTables_areRefusedWithoutAScope(t *testing.T) {
	db := open(t)
	err := db.Update(context.Background(), func(tx *store.Tx) error { return tx.SetSetting("x", 1) })
	if err == nil {
		t.Fatal("a setting was written without a workspace")
	}
}

func TestSeal_opensOnlyForItsPurpose(t *testing.T) {
	db := open(t)
	sealed := db.Seal("credential", "sk-秘密")
	if got, err := db.Open("credential", sealed); err != nil || got != "sk-秘密" {
		t.Errorf("Open = %q, %v", got, err)
	}
	if _, err := db.Open("other", sealed); !errors.Is(err, &app.Error{Code: "secret_unreadable"}) {
		t.Errorf("Open for another purpose = %v, want secret_unreadable", err)
	}
}

func TestClose_laterCallsSayThatItIsShuttingDown(t *testing.T) {
	c, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), c.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := db.Update(ctx, func(*store.Tx) error { return nil }); !errors.Is(err, &app.Error{Code: "shutting_down"}) {
		t.Errorf("Update = %v", err)
	}
	if err := db.View(ctx, func(*store.Snapshot) error { return nil }); !errors.Is(err, &app.Error{Code: "shutting_down"}) {
		t.Errorf("View = %v", err)
	}
}
