package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/store"
)

// site is a workspace's context.
func site(t *testing.T, db *store.DB) context.Context {
	t.Helper()
	ws := &app.Workspace{ID: app.NewID(), Name: "w", CreatedAt: db.Now()}
	ctx := app.WithScope(context.Background(), app.Scope{Workspace: ws.ID})
	change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertWorkspace(ws) })
	return ctx
}

func change(ctx context.Context, t *testing.T, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func look(ctx context.Context, t *testing.T, db *store.DB, fn func(*store.Snapshot) error) {
	t.Helper()
	if err := db.View(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// newApp stores an app with one end user and returns them.
func newApp(ctx context.Context, t *testing.T, db *store.DB, name string) (*app.App, *app.EndUser) {
	t.Helper()
	now := db.Now()
	a := &app.App{ID: app.NewID(), Mode: app.ModeChat, Name: name, Tags: []string{"x"}, DraftRev: 1, Site: app.Site{Code: string(app.NewID()), Enabled: true, Title: name},
		Draft: app.Settings{Prompt: "p"}, CreatedAt: now, UpdatedAt: now}
	u := &app.EndUser{ID: app.NewID(), App: a.ID, Source: app.FromAPI, Name: "u", CreatedAt: now}
	change(ctx, t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertApp(a), tx.InsertEndUser(u)) })
	return a, u
}

// as narrows a context to an app and one of its end users.
func as(ctx context.Context, a *app.App, u *app.EndUser) context.Context {
	s := app.ScopeOf(ctx)
	s.App = a.ID
	if u != nil {
		s.EndUser = u.ID
	}
	return app.WithScope(ctx, s)
}

func missing(err error) bool { return app.KindOf(err) == app.NotFound }

func TestApp_isWhatWasStoredAndListsByText(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, _ := newApp(ctx, t, db, "100% 助手")
	newApp(ctx, t, db, "other")
	look(ctx, t, db, func(s *store.Snapshot) error {
		got, err := s.App(a.ID)
		if err != nil || got.Name != a.Name || got.Draft.Prompt != "p" || !reflect.DeepEqual(got.Site, a.Site) || got.Tags[0] != "x" || !got.CreatedAt.Equal(a.CreatedAt) {
			t.Errorf("App = %+v, %v", got, err)
		}
		for text, want := range map[string]int{"": 2, "助手": 1, "0%": 1, "%": 1, "_": 0, "nothing": 0} {
			list, total, err := s.Apps(store.AppFilter{Text: text})
			if err != nil || len(list) != want || total != want {
				t.Errorf("Apps(%q) = %d of %d, %v; want %d", text, len(list), total, err, want)
			}
		}
		ws, bySite, err := s.AppBySite(a.Site.Code)
		if err != nil || bySite.ID != a.ID || ws != app.ScopeOf(ctx).Workspace {
			t.Errorf("AppBySite = %v, %v, %v", ws, bySite, err)
		}
		return nil
	})
}

func TestSaveDraft_ofAnOlderRevisionIsAConflict(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, _ := newApp(ctx, t, db, "a")
	change(ctx, t, db, func(tx *store.Tx) error {
		rev, err := tx.SaveDraft(a.ID, 1, &app.Settings{Prompt: "second"})
		if err != nil || rev != 2 {
			t.Errorf("SaveDraft = %d, %v", rev, err)
		}
		if _, err := tx.SaveDraft(a.ID, 1, &app.Settings{Prompt: "late"}); !errors.Is(err, &app.Error{Code: "draft_conflict"}) {
			t.Errorf("SaveDraft of an old revision = %v", err)
		}
		if _, err := tx.SaveDraft(app.NewID(), 1, &app.Settings{}); !missing(err) {
			t.Errorf("SaveDraft of nothing = %v", err)
		}
		got, err := tx.App(a.ID)
		if got.Draft.Prompt != "second" {
			t.Errorf("draft = %+v", got.Draft)
		}
		return err
	})
}

func TestVersions_areNumberedPerApp(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, _ := newApp(ctx, t, db, "a")
	b, _ := newApp(ctx, t, db, "b")
	change(ctx, t, db, func(tx *store.Tx) error {
		for i, id := range []app.ID{a.ID, a.ID, b.ID} {
			v := &app.Version{ID: app.NewID(), App: id, CreatedAt: tx.Now()}
			if err := tx.InsertVersion(v); err != nil {
				return err
			}
			if want := []int{1, 2, 1}[i]; v.Number != want {
				t.Errorf("version %d got number %d, want %d", i, v.Number, want)
			}
		}
		list, total, err := tx.Versions(a.ID, store.VersionFilter{Limit: 1})
		if err != nil || total != 2 || len(list) != 1 || list[0].Number != 2 {
			t.Errorf("Versions = %v of %d, %v", list, total, err)
		}
		if _, err := tx.Version(b.ID, list[0].ID); !missing(err) {
			t.Errorf("a version was found under another app: %v", err)
		}
		return nil
	})
}

func TestDeleteApp_leavesNothingBehind(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, m := talk(ctx, t, db, a, u, "q")
	change(ctx, t, db, func(tx *store.Tx) error {
		r := &app.Run{ID: app.NewID(), App: a.ID, Status: app.Paused, StartedAt: tx.Now()}
		return errors.Join(tx.InsertKey(&app.Key{ID: app.NewID(), App: a.ID, TokenHash: []byte("h"), CreatedAt: tx.Now()}),
			tx.InsertFile(&app.File{ID: app.NewID(), App: a.ID, Hash: "x", CreatedAt: tx.Now()}),
			tx.InsertRun(r), tx.AppendSteps(r.ID, 1, [][]byte{[]byte("1")}), tx.PutRunState(r.ID, []byte("1")), tx.InsertForm(ask(r, "n", tx.Now())),
			tx.PutWebhook(&app.Webhook{App: a.ID, Node: "n"}), tx.SetAppSchedules(a.ID, []app.AppSchedule{{Node: "n"}}))
	})
	look(ctx, t, db, func(s *store.Snapshot) error {
		n, err := s.AppContent(a.ID)
		if err != nil || *n != (store.AppContent{Keys: 1, Conversations: 1, Messages: 1, Files: 1}) {
			t.Errorf("AppContent = %+v, %v", n, err)
		}
		return nil
	})
	change(ctx, t, db, func(tx *store.Tx) error { return tx.DeleteApp(a.ID) })
	look(as(ctx, a, u), t, db, func(s *store.Snapshot) error {
		_, err1 := s.Conversation(c.ID)
		_, err2 := s.Message(m.ID)
		_, _, err3 := s.KeyByToken([]byte("h"))
		_, err4 := s.EndUser(u.ID)
		for i, err := range []error{err1, err2, err3, err4} {
			if !missing(err) {
				t.Errorf("thing %d outlived its app: %v", i, err)
			}
		}
		return nil
	})
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(db.Dir, store.MainFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	for _, table := range []string{"runs", "run_steps", "run_states", "forms", "webhooks", "app_schedules"} {
		var n int
		if err := raw.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows of %s outlived their app (%v)", n, table, err)
		}
	}
}

// talk stores a conversation with one answered message.
func talk(ctx context.Context, t *testing.T, db *store.DB, a *app.App, u *app.EndUser, query string) (*app.Conversation, *app.Message) {
	t.Helper()
	now := db.Now()
	c := &app.Conversation{ID: app.NewID(), App: a.ID, EndUser: u.ID, Source: u.Source, Name: query, Inputs: map[string]any{"n": 1.0}, CreatedAt: now, UpdatedAt: now}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertConversation(c) })
	return c, reply(ctx, t, db, c, "", query)
}

// reply stores one more message of a conversation.
func reply(ctx context.Context, t *testing.T, db *store.DB, c *app.Conversation, parent app.ID, query string) *app.Message {
	t.Helper()
	m := &app.Message{ID: app.NewID(), App: c.App, Conversation: c.ID, Parent: parent, Run: app.NewID(), Source: c.Source, EndUser: c.EndUser, Query: query,
		Status: app.Running, Files: []app.Attachment{}, CreatedAt: db.Now(), UpdatedAt: db.Now()}
	change(ctx, t, db, func(tx *store.Tx) error {
		end := *m
		end.Answer, end.Status, end.Usage = "to "+query, app.Succeeded, app.Usage{PromptTokens: 3, TotalTokens: 3}
		return errors.Join(tx.InsertMessage(m), tx.FinishMessage(&end))
	})
	return m
}

func TestConversationsAndMessages_ofOthersAreNotFound(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, m := talk(ctx, t, db, a, u, "q")
	b, v := newApp(ctx, t, db, "b")
	stranger := &app.EndUser{ID: app.NewID(), App: a.ID, Source: app.FromAPI, Name: "stranger", CreatedAt: db.Now()}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertEndUser(stranger) })
	other := app.WithScope(context.Background(), app.Scope{Workspace: app.NewID(), App: a.ID, EndUser: u.ID})
	for name, who := range map[string]context.Context{"another app": as(ctx, b, v), "another end user": as(ctx, a, stranger), "another workspace": other} {
		err := db.Update(who, func(tx *store.Tx) error {
			_, err1 := tx.Conversation(c.ID)
			_, err2 := tx.Message(m.ID)
			for i, err := range []error{err1, err2, tx.UpdateConversation(c), tx.TouchConversation(c.ID), tx.DeleteConversation(c.ID), tx.RateMessage(m.ID, nil)} {
				if !missing(err) {
					t.Errorf("%s: verb %d = %v", name, i, err)
				}
			}
			list, err := tx.Messages(c.ID)
			thread, err2 := tx.Thread(m.ID, 10)
			convs, err3 := tx.Conversations(store.ConversationFilter{})
			if len(list)+len(thread)+len(convs) > 0 {
				t.Errorf("%s sees %d messages, %d of a thread, %d conversations", name, len(list), len(thread), len(convs))
			}
			return errors.Join(err, err2, err3)
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := db.View(ctx, func(s *store.Snapshot) error { _, err := s.Message(m.ID); return err }); app.KindOf(err) != app.Internal {
		t.Errorf("without an app in the scope: %v", err)
	}
}

func TestThread_followsParentsAndLeavesSiblingsOut(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, first := talk(ctx, t, db, a, u, "1")
	reply(ctx, t, db, c, first.ID, "2, first try")
	second := reply(ctx, t, db, c, first.ID, "2, again")
	third := reply(ctx, t, db, c, second.ID, "3")
	look(as(ctx, a, u), t, db, func(s *store.Snapshot) error {
		for limit, want := range map[int]string{10: "3|2, again|1", 2: "3|2, again"} {
			list, err := s.Thread(third.ID, limit)
			if err != nil {
				return err
			}
			var got []string
			for _, m := range list {
				got = append(got, m.Query)
			}
			if strings.Join(got, "|") != want {
				t.Errorf("Thread(%d) = %v, want %s", limit, got, want)
			}
		}
		all, err := s.Messages(c.ID)
		if len(all) != 4 || all[0].ID != first.ID || all[0].Answer != "to 1" || all[0].Usage.PromptTokens != 3 {
			t.Errorf("Messages = %+v", all)
		}
		return err
	})
}

func TestMessagesBefore_pagesBackwards(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, _ := talk(ctx, t, db, a, u, "0")
	for i := 1; i < 5; i++ {
		reply(ctx, t, db, c, "", string(rune('0'+i)))
	}
	look(as(ctx, a, u), t, db, func(s *store.Snapshot) error {
		got := ""
		var last *app.Message
		for {
			list, err := s.MessagesBefore(c.ID, last, 2)
			if err != nil {
				return err
			}
			for _, m := range list {
				got += m.Query
			}
			if len(list) == 0 {
				break
			}
			last = list[len(list)-1]
		}
		if got != "43210" {
			t.Errorf("pages gave %s", got)
		}
		return nil
	})
}

func TestConversations_sortAndPage(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	for _, q := range []string{"a", "b", "c"} {
		talk(ctx, t, db, a, u, q)
	}
	ctx = as(ctx, a, u)
	names := func(f store.ConversationFilter) string {
		got := ""
		look(ctx, t, db, func(s *store.Snapshot) error {
			list, err := s.Conversations(f)
			for _, c := range list {
				got += c.Name
			}
			return err
		})
		return got
	}
	var b *app.Conversation
	look(ctx, t, db, func(s *store.Snapshot) error {
		list, err := s.Conversations(store.ConversationFilter{Text: "b"})
		b = list[0]
		return err
	})
	if got := names(store.ConversationFilter{}); got != "cba" {
		t.Errorf("latest first = %s", got)
	}
	if got := names(store.ConversationFilter{ByCreated: true, Ascending: true}); got != "abc" {
		t.Errorf("oldest first = %s", got)
	}
	if got := names(store.ConversationFilter{After: b}); got != "a" {
		t.Errorf("after b = %s", got)
	}
	if got := names(store.ConversationFilter{ByCreated: true, Ascending: true, After: b}); got != "c" {
		t.Errorf("after b, oldest first = %s", got)
	}
	b.Pinned = true
	change(ctx, t, db, func(tx *store.Tx) error { return tx.UpdateConversation(b) })
	if got := names(store.ConversationFilter{PinnedFirst: true}); got != "bca" {
		t.Errorf("pinned first = %s", got)
	}
	look(ctx, t, db, func(s *store.Snapshot) error {
		log, err := s.ConversationLog(store.ConversationFilter{NoDebug: true, Limit: 1})
		if err != nil || len(log) != 1 || log[0].Messages != 1 || log[0].EndUser != "u" || log[0].Conversation.Name != "c" {
			t.Errorf("ConversationLog = %+v, %v", log, err)
		}
		return nil
	})
}

// TestConversations_ofOnePersonAreFoundByAnIndex keeps the list of one end user from reading those of all others.
func TestConversations_ofOnePersonAreFoundByAnIndex(t *testing.T) {
	db := open(t)
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(db.Dir, store.MainFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	const q = `EXPLAIN QUERY PLAN SELECT id FROM conversations WHERE workspace_id = ? AND app_id = ? AND end_user_id = ? ORDER BY updated_at DESC LIMIT 20`
	var a, b, c int
	var plan string
	if err := raw.QueryRow(q, "w", "a", "u").Scan(&a, &b, &c, &plan); err != nil || !strings.Contains(plan, "(app_id=? AND end_user_id=?)") {
		t.Errorf("the plan is %q (%v)", plan, err)
	}
}

func TestNameConversation_respectsAPersonsName(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, _ := talk(ctx, t, db, a, u, "q")
	ctx = as(ctx, a, u)
	for _, step := range []struct{ old, name, want string }{{"q", "title", "title"}, {"q", "late", "title"}} {
		change(ctx, t, db, func(tx *store.Tx) error { return tx.NameConversation(c.ID, step.old, step.name) })
		look(ctx, t, db, func(s *store.Snapshot) error {
			got, err := s.Conversation(c.ID)
			if got.Name != step.want {
				t.Errorf("name = %q, want %q", got.Name, step.want)
			}
			return err
		})
	}
}

func TestRateMessage_keepsAndTakesBack(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	_, m := talk(ctx, t, db, a, u, "q")
	ctx = as(ctx, a, u)
	f := &app.Feedback{ID: app.NewID(), Message: m.ID, Rating: "like", Content: "good", CreatedAt: db.Now(), UpdatedAt: db.Now()}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.RateMessage(m.ID, f) })
	look(ctx, t, db, func(s *store.Snapshot) error {
		want := store.FeedbackEntry{ID: f.ID, Conversation: m.Conversation, Message: m.ID, Rating: "like", Content: "good", EndUser: u.ID, CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt}
		list, err := s.Feedbacks(10, 0)
		if err != nil || len(list) != 1 || list[0] != want {
			t.Errorf("Feedbacks = %+v, %v", list, err)
		}
		return nil
	})
	change(ctx, t, db, func(tx *store.Tx) error { return tx.RateMessage(m.ID, nil) })
	look(ctx, t, db, func(s *store.Snapshot) error {
		list, err := s.Feedbacks(10, 0)
		if err != nil || len(list) != 0 {
			t.Errorf("Feedbacks after taking back = %v, %v", list, err)
		}
		return nil
	})
}

func TestInsertEndUser_twiceIsToldApart(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	err := db.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertEndUser(&app.EndUser{ID: app.NewID(), App: a.ID, Source: u.Source, Name: u.Name})
	})
	if !errors.Is(err, &app.Error{Code: "end_user_exists"}) {
		t.Errorf("InsertEndUser = %v", err)
	}
}

func TestDeleteConversation_takesItsFilesAndTheSweepTheirBytes(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	put := func(data string) *app.File {
		hash, size, err := db.Files.Put(strings.NewReader(data), 100)
		if err != nil {
			t.Fatal(err)
		}
		f := &app.File{ID: app.NewID(), App: a.ID, EndUser: u.ID, Hash: hash, Size: size, CreatedAt: db.Now()}
		change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertFile(f) })
		return f
	}
	attached, kept := put("attached"), put("kept")
	c, _ := talk(ctx, t, db, a, u, "q")
	m := &app.Message{ID: app.NewID(), App: a.ID, Conversation: c.ID, EndUser: u.ID, Files: []app.Attachment{{ID: app.NewID(), File: attached.ID}}, CreatedAt: db.Now()}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertMessage(m) })
	change(as(ctx, a, u), t, db, func(tx *store.Tx) error { return tx.DeleteConversation(c.ID) })

	if n, err := db.SweepFiles(ctx, time.Hour); n != 0 || err != nil {
		t.Errorf("SweepFiles took %d young files, %v", n, err)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, f := range []*app.File{attached, kept} {
		if err := os.Chtimes(filepath.Join(db.Dir, "files", f.Hash[:2], f.Hash), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := db.SweepFiles(ctx, time.Hour); n != 1 || err != nil {
		t.Errorf("SweepFiles = %d, %v; want 1", n, err)
	}
	r, err := db.Files.Open(kept.Hash)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil || b.String() != "kept" {
		t.Errorf("the kept file says %q, %v", b.String(), err)
	}
	_ = r.Close()
	if _, err := db.Files.Open(attached.Hash); !missing(err) {
		t.Errorf("swept bytes are still there: %v", err)
	}
}

func TestFile_isSeenByItsOwnersOnly(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	b, v := newApp(ctx, t, db, "b")
	member := app.NewID()
	theirs := &app.File{ID: app.NewID(), App: a.ID, EndUser: u.ID, CreatedAt: db.Now()}
	members := &app.File{ID: app.NewID(), User: member, CreatedAt: db.Now()}
	change(ctx, t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertFile(theirs), tx.InsertFile(members)) })
	debug := app.ScopeOf(as(ctx, a, v))
	debug.User = member
	for name, c := range map[string]struct {
		ctx            context.Context
		theirs, member bool
	}{
		"the end user":       {as(ctx, a, u), true, false},
		"the app's key":      {as(ctx, a, nil), true, false},
		"another end user":   {as(ctx, a, v), false, false},
		"another app's key":  {as(ctx, b, nil), false, false},
		"the studio":         {ctx, true, true},
		"a member who tests": {app.WithScope(ctx, debug), false, true},
	} {
		look(c.ctx, t, db, func(s *store.Snapshot) error {
			if _, err := s.File(theirs.ID); (err == nil) != c.theirs {
				t.Errorf("%s, an end user's file: %v", name, err)
			}
			if _, err := s.File(members.ID); (err == nil) != c.member {
				t.Errorf("%s, a member's file: %v", name, err)
			}
			return nil
		})
	}
}
