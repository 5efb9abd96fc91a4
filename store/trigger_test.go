package store_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"islet/app"
	"islet/store"
)

func TestWebhook_isFoundByEitherToken(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, _ := newApp(ctx, t, db, "a")
	w := &app.Webhook{App: a.ID, Node: "1", Token: "live", Debug: "debug", CreatedAt: db.Now()}
	second := &app.Webhook{App: a.ID, Node: "2", Token: "l2", Debug: "d2", CreatedAt: db.Now().Add(time.Second)}
	change(ctx, t, db, func(tx *store.Tx) error { return errors.Join(tx.PutWebhook(w), tx.PutWebhook(second)) })
	find := func(token string) (got *app.Webhook, err error) {
		err = db.View(context.Background(), func(s *store.Snapshot) (err error) {
			var ws app.ID
			ws, got, err = s.WebhookByToken(token)
			if err == nil && ws != app.ScopeOf(ctx).Workspace {
				t.Errorf("the workspace of %s is %s", token, ws)
			}
			return err
		})
		return got, err
	}
	for _, token := range []string{"live", "debug"} {
		if got, err := find(token); err != nil || !reflect.DeepEqual(got, w) {
			t.Errorf("WebhookByToken(%s) = %+v, %v", token, got, err)
		}
	}
	for _, token := range []string{"", "guess"} {
		if _, err := find(token); !missing(err) {
			t.Errorf("WebhookByToken(%q) = %v", token, err)
		}
	}
	renewed := *w
	renewed.Token, renewed.CreatedAt = "new", db.Now().Add(time.Hour)
	change(ctx, t, db, func(tx *store.Tx) error { return tx.PutWebhook(&renewed) })
	if _, err := find("live"); !missing(err) {
		t.Errorf("the old token: %v", err)
	}
	look(ctx, t, db, func(s *store.Snapshot) error {
		list, err := s.Webhooks(a.ID)
		if len(list) != 2 || list[0].Token != "new" || !list[0].CreatedAt.Equal(w.CreatedAt) || list[1].Node != "2" {
			t.Errorf("Webhooks = %+v", list)
		}
		return err
	})
	for name, who := range strangers(ctx, t, db, a) {
		look(who, t, db, func(s *store.Snapshot) error {
			list, err := s.Webhooks(a.ID)
			if len(list) > 0 {
				t.Errorf("%s sees %d webhooks", name, len(list))
			}
			return err
		})
		stolen := &app.Webhook{App: a.ID, Node: "1", Token: "x", Debug: "y"}
		if err := db.Update(who, func(tx *store.Tx) error { return tx.PutWebhook(stolen) }); !missing(err) {
			t.Errorf("%s puts a webhook: %v", name, err)
		}
	}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.DeleteApp(a.ID) })
	if _, err := find("new"); !missing(err) {
		t.Errorf("a webhook outlived its app: %v", err)
	}
}

func TestAppSchedules_areReplacedAndAdvanced(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, _ := newApp(ctx, t, db, "a")
	b, _ := newApp(ctx, t, db, "b")
	now := db.Now()
	at := func(a *app.App, node string, d time.Duration) app.AppSchedule {
		return app.AppSchedule{App: a.ID, Node: node, Cron: "0 9 * * *", Zone: "Asia/Shanghai", NextAt: now.Add(d)}
	}
	off := at(a, "off", -time.Hour)
	off.Off = true
	first := []app.AppSchedule{at(a, "1", -time.Second), at(a, "2", time.Hour), off}
	change(ctx, t, db, func(tx *store.Tx) error {
		return errors.Join(tx.SetAppSchedules(a.ID, first), tx.SetAppSchedules(b.ID, []app.AppSchedule{at(b, "1", -time.Minute)}))
	})
	due := func() (got string) {
		look(context.Background(), t, db, func(s *store.Snapshot) error {
			list, err := s.AppSchedulesDue(now)
			for _, d := range list {
				if d.Workspace != app.ScopeOf(ctx).Workspace {
					t.Errorf("%+v is due in %s", d.Schedule, d.Workspace)
				}
				got += map[app.ID]string{a.ID: "a", b.ID: "b"}[d.Schedule.App] + d.Schedule.Node + " "
			}
			return err
		})
		return got
	}
	if got := due(); got != "b1 a1 " {
		t.Errorf("due are %s", got)
	}
	look(ctx, t, db, func(s *store.Snapshot) error {
		list, err := s.AppSchedules(a.ID)
		if !reflect.DeepEqual(list, first) {
			t.Errorf("AppSchedules = %+v, want %+v", list, first)
		}
		return err
	})
	advance := func(tx *store.Tx) error { return tx.AdvanceAppSchedule(b.ID, "1", now.Add(time.Hour)) }
	change(ctx, t, db, advance)
	if err := db.Update(ctx, advance); !missing(err) {
		t.Errorf("advancing again = %v", err)
	}
	if got := due(); got != "a1 " {
		t.Errorf("after b was advanced due are %s", got)
	}
	for name, who := range strangers(ctx, t, db, a) {
		err := db.Update(who, func(tx *store.Tx) error { return tx.SetAppSchedules(a.ID, nil) })
		if !missing(err) {
			t.Errorf("%s sets schedules: %v", name, err)
		}
		look(who, t, db, func(s *store.Snapshot) error {
			list, err := s.AppSchedules(a.ID)
			if len(list) > 0 {
				t.Errorf("%s sees %v", name, list)
			}
			return err
		})
	}
	thief := app.WithScope(context.Background(), app.Scope{Workspace: app.NewID()})
	if err := db.Update(thief, func(tx *store.Tx) error { return tx.AdvanceAppSchedule(a.ID, "1", now.Add(time.Hour)) }); !missing(err) {
		t.Errorf("another workspace advances: %v", err)
	}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.SetAppSchedules(a.ID, first[1:2]) })
	if got := due(); got != "" {
		t.Errorf("after a was replaced due are %s", got)
	}
	change(ctx, t, db, func(tx *store.Tx) error { return errors.Join(tx.SetAppSchedules(b.ID, first[:1]), tx.DeleteApp(b.ID)) })
	if got := due(); got != "" {
		t.Errorf("after b was deleted due are %s", got)
	}
}
