package store_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/store"
)

// ask is a form of a run.
func ask(r *app.Run, path string, expires time.Time) *app.Form {
	return &app.Form{ID: app.NewID(), Run: r.ID, App: r.App, Path: path, Node: "n", Title: "审批", Token: "t" + string(app.NewID()), Content: "# {{#$output.why#}}",
		Fields:  []app.FormField{{Kind: "paragraph", Name: "why", Default: "因为"}, {Kind: "select", Name: "s", Options: []string{"a"}}},
		Actions: []app.FormAction{{ID: "yes", Title: "好", Style: "primary"}}, CreatedAt: r.StartedAt, ExpiresAt: expires}
}

func TestForm_isFoundByIdTokenAndPlace(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	_, u := newApp(ctx, t, db, "a")
	r := newRun(ctx, t, db, u, nil)
	f, g := ask(r, "n", db.Now().Add(time.Hour)), ask(r, "loop/1/n", db.Now().Add(time.Hour))
	change(ctx, t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertForm(f), tx.InsertForm(g)) })
	look(context.Background(), t, db, func(s *store.Snapshot) error {
		ws, got, err := s.FormByToken(f.Token)
		if err != nil || ws != app.ScopeOf(ctx).Workspace || !reflect.DeepEqual(got, f) {
			t.Errorf("FormByToken = %v, %+v, %v; want %+v", ws, got, err, f)
		}
		if _, _, err := s.FormByToken("guess"); !missing(err) {
			t.Errorf("a guessed token: %v", err)
		}
		return nil
	})
	look(ctx, t, db, func(s *store.Snapshot) error {
		byID, err1 := s.Form(f.ID)
		there, err2 := s.FormAt(r.ID, "loop/1/n")
		all, err3 := s.FormsOf(r.ID)
		if !reflect.DeepEqual(byID, f) || !reflect.DeepEqual(there, g) || len(all) != 2 || all[0].ID != f.ID || all[1].ID != g.ID {
			t.Errorf("Form = %+v, FormAt = %+v, FormsOf = %v", byID, there, all)
		}
		if _, err := s.FormAt(r.ID, "elsewhere"); !missing(err) {
			t.Errorf("FormAt of another path = %v", err)
		}
		return errors.Join(err1, err2, err3)
	})
	again := ask(r, "n", db.Now().Add(time.Hour))
	if err := db.Update(ctx, func(tx *store.Tx) error { return tx.InsertForm(again) }); code(err) != "form_exists" {
		t.Errorf("a second form at one place: %v", err)
	}
}

func TestSubmitForm_takesOneAnswerInTime(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	_, u := newApp(ctx, t, db, "a")
	r := newRun(ctx, t, db, u, nil)
	now := db.Now()
	open, late, over := ask(r, "1", now.Add(time.Minute)), ask(r, "2", now), ask(r, "3", now.Add(time.Minute))
	change(ctx, t, db, func(tx *store.Tx) error {
		return errors.Join(tx.InsertForm(open), tx.InsertForm(late), tx.InsertForm(over), tx.ExpireForm(over.ID))
	})
	file := app.Attachment{ID: app.NewID(), Kind: "document", Method: "local_file", File: app.NewID(), Name: "a.pdf", Size: 1}
	var wg sync.WaitGroup
	answers := make(chan error, 8)
	for range 8 {
		wg.Go(func() {
			answers <- db.Update(ctx, func(tx *store.Tx) error {
				return tx.SubmitForm(open.ID, "yes", map[string]any{"why": "so", "f": []app.Attachment{file}}, now)
			})
		})
	}
	wg.Wait()
	close(answers)
	good := 0
	for err := range answers {
		if err == nil {
			good++
		} else if code(err) != "form_already_done" || app.KindOf(err) != app.Conflict {
			t.Errorf("SubmitForm again = %v", err)
		}
	}
	if good != 1 {
		t.Errorf("%d answers were taken, want 1", good)
	}
	for want, f := range map[string]app.ID{"form_already_done": open.ID, "form_expired": late.ID, "not_found": app.NewID()} {
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.SubmitForm(f, "no", nil, now) }); code(err) != want {
			t.Errorf("SubmitForm = %v, want %s", err, want)
		}
	}
	for want, f := range map[string]app.ID{"form_already_done": open.ID, "form_expired": over.ID, "not_found": app.NewID(), "": late.ID} {
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.ExpireForm(f) }); code(err) != want {
			t.Errorf("ExpireForm = %v, want %q", err, want)
		}
	}
	look(ctx, t, db, func(s *store.Snapshot) error {
		got, err := s.Form(open.ID)
		if err != nil {
			return err
		}
		if files, _ := got.Values["f"].([]app.Attachment); got.Status != app.FormSubmitted || got.Action != "yes" || got.Values["why"] != "so" ||
			len(files) != 1 || files[0] != file || got.DoneAt == nil || !got.DoneAt.Equal(now) {
			t.Errorf("the submitted form is %+v", got)
		}
		if got, err = s.Form(late.ID); got.Status != app.FormExpired || got.DoneAt == nil || got.Action != "" || got.Values != nil {
			t.Errorf("the expired form is %+v", got)
		}
		return err
	})
}

func TestFormsDue_areThoseThatWaitBeyondTheirTime(t *testing.T) {
	db := open(t)
	now := db.Now()
	var want []app.ID
	var spaces []app.ID
	for i := range 2 {
		ctx := site(t, db)
		_, u := newApp(ctx, t, db, "a")
		r := newRun(ctx, t, db, u, nil)
		due, later, answered := ask(r, "1", now.Add(time.Duration(i-2)*time.Minute)), ask(r, "2", now.Add(time.Minute)), ask(r, "3", now.Add(-time.Minute))
		change(ctx, t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertForm(due), tx.InsertForm(later), tx.InsertForm(answered), tx.SubmitForm(answered.ID, "yes", nil, now.Add(-time.Hour)))
		})
		want, spaces = append(want, due.ID), append(spaces, app.ScopeOf(ctx).Workspace)
	}
	look(context.Background(), t, db, func(s *store.Snapshot) error {
		list, err := s.FormsDue(now)
		if err != nil || len(list) != 2 {
			t.Fatalf("FormsDue = %v, %v", list, err)
		}
		for i, d := range list {
			if d.Form.ID != want[i] || d.Workspace != spaces[i] {
				t.Errorf("due form %d = %+v of %s", i, d.Form, d.Workspace)
			}
		}
		return nil
	})
}

func TestForms_ofOthersAreNotFound(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	r := newRun(ctx, t, db, u, nil)
	f := ask(r, "n", db.Now().Add(time.Hour))
	change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertForm(f) })
	verbs := []func(*store.Tx) error{
		func(tx *store.Tx) error { _, err := tx.Form(f.ID); return err },
		func(tx *store.Tx) error { _, err := tx.FormAt(r.ID, "n"); return err },
		func(tx *store.Tx) error { return tx.SubmitForm(f.ID, "yes", nil, tx.Now()) },
		func(tx *store.Tx) error { return tx.ExpireForm(f.ID) },
	}
	for name, who := range strangers(ctx, t, db, a) {
		for i, verb := range verbs {
			if err := db.Update(who, verb); !missing(err) {
				t.Errorf("%s: verb %d = %v", name, i, err)
			}
		}
		look(who, t, db, func(s *store.Snapshot) error {
			list, err := s.FormsOf(r.ID)
			if len(list) > 0 {
				t.Errorf("%s sees %d forms", name, len(list))
			}
			return err
		})
	}
	verbs = append(verbs, func(tx *store.Tx) error { return tx.InsertForm(f) }, func(tx *store.Tx) error { _, err := tx.FormsOf(r.ID); return err })
	for i, verb := range verbs {
		if err := db.Update(context.Background(), verb); app.KindOf(err) != app.Internal {
			t.Errorf("verb %d without a workspace: %v", i, err)
		}
	}
	change(as(ctx, a, u), t, db, verbs[2]) // the app's own caller may
}
