package store_test

import (
	"context"
	"errors"
	"testing"

	"islet/app"
	"islet/app/value"
	"islet/store"
)

func variables(ctx context.Context, t *testing.T, db *store.DB, c app.ID) []store.ConversationVariable {
	t.Helper()
	var list []store.ConversationVariable
	look(ctx, t, db, func(s *store.Snapshot) (err error) { list, err = s.ConversationVariables(c); return err })
	return list
}

func TestConversationVariables_areKnownByTheirId(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, _ := talk(ctx, t, db, a, u, "q")
	other, _ := talk(ctx, t, db, a, u, "other")
	ctx = as(ctx, a, u)
	change(ctx, t, db, func(tx *store.Tx) error {
		return tx.PutConversationVariables(c.ID, store.ConversationVariable{ID: "2", Name: "count", Type: "integer", Value: int64(1)},
			store.ConversationVariable{ID: "1", Name: "bag", Type: "object", Value: value.NewObject("z", 1.0, "a", nil)},
			store.ConversationVariable{ID: "3", Name: "nothing", Type: "string"})
	})
	first := variables(ctx, t, db, c.ID)
	if len(first) != 3 || first[0].Name != "bag" || value.Literal(first[0].Value) != "{'z': 1.0, 'a': None}" || first[1].Value != int64(1) || first[1].Type != "integer" ||
		first[2].Value != nil || first[0].CreatedAt.IsZero() {
		t.Errorf("ConversationVariables = %+v", first)
	}
	change(ctx, t, db, func(tx *store.Tx) error {
		return tx.PutConversationVariables(c.ID, store.ConversationVariable{ID: "2", Name: "amount", Type: "number", Value: 2.0})
	})
	got := variables(ctx, t, db, c.ID)
	if len(got) != 3 || got[0].Name != "amount" || got[0].Value != 2.0 || got[0].Type != "number" || !got[0].CreatedAt.Equal(first[1].CreatedAt) ||
		got[1].Name != "bag" || got[1].UpdatedAt != first[0].UpdatedAt {
		t.Errorf("after the second time: %+v", got)
	}
	if got := variables(ctx, t, db, other.ID); len(got) != 0 || got == nil {
		t.Errorf("another conversation has %v", got)
	}
}

func TestConversationVariables_ofOthersAreOutOfReach(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, _ := talk(ctx, t, db, a, u, "q")
	v := store.ConversationVariable{ID: "1", Name: "v", Type: "string", Value: "mine"}
	change(as(ctx, a, u), t, db, func(tx *store.Tx) error { return tx.PutConversationVariables(c.ID, v) })
	stranger := &app.EndUser{ID: app.NewID(), App: a.ID, Source: app.FromAPI, Name: "stranger", CreatedAt: db.Now()}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertEndUser(stranger) })
	who := strangers(ctx, t, db, a)
	who["another end user"] = as(ctx, a, stranger)
	for name, theirs := range who {
		stolen := v
		stolen.Value = "theirs"
		err := db.Update(theirs, func(tx *store.Tx) error { return tx.PutConversationVariables(c.ID, stolen) })
		if got := variables(theirs, t, db, c.ID); !missing(err) || len(got) != 0 {
			t.Errorf("%s writes: %v, and reads %v", name, err, got)
		}
	}
	if got := variables(as(ctx, a, nil), t, db, c.ID); len(got) != 1 || got[0].Value != "mine" {
		t.Errorf("the app's key sees %v", got)
	}
	for _, c2 := range []context.Context{context.Background(), ctx} {
		err := db.Update(c2, func(tx *store.Tx) error {
			_, err := tx.ConversationVariables(c.ID)
			if app.KindOf(err) != app.Internal {
				t.Errorf("without an app: %v", err)
			}
			return tx.PutConversationVariables(c.ID, v)
		})
		if app.KindOf(err) != app.Internal || !errors.Is(err, &app.Error{Code: "no_scope"}) {
			t.Errorf("without an app: %v", err)
		}
	}
}
