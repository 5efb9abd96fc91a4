package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/store"
)

// newRun stores a running run of an end user, changed by edit.
func newRun(ctx context.Context, t *testing.T, db *store.DB, u *app.EndUser, edit func(*app.Run)) *app.Run {
	t.Helper()
	r := &app.Run{ID: app.NewID(), App: u.App, EndUser: u.ID, Source: u.Source, Status: app.Running, StartedAt: db.Now()}
	if edit != nil {
		edit(r)
	}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertRun(r) })
	return r
}

// strangers are the contexts in which what is a's is not found.
func strangers(ctx context.Context, t *testing.T, db *store.DB, a *app.App) map[string]context.Context {
	t.Helper()
	b, v := newApp(ctx, t, db, "b")
	return map[string]context.Context{
		"another app":       as(ctx, b, v),
		"another workspace": app.WithScope(context.Background(), app.Scope{Workspace: app.NewID(), App: a.ID}),
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return app.AsError(err).Code
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRun_keepsItsVariablesAsTheyWere(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	_, u := newApp(ctx, t, db, "a")
	file := app.Attachment{ID: app.NewID(), Kind: "image", Method: "local_file", File: app.NewID(), Name: "x.png", Size: 3, MIME: "image/png"}
	in := map[string]any{"n": int64(3), "f": 3.0, "o": value.NewObject("z", int64(1), "a", "中"), "file": file, "files": []app.Attachment{file}, "none": nil}
	r := newRun(ctx, t, db, u, func(r *app.Run) { r.Inputs = in })
	bare := newRun(ctx, t, db, u, nil)
	r.Status, r.Outputs, r.Steps, r.Exceptions = app.Partial, map[string]any{"y": []any{1.0, int64(2)}}, 4, 2
	change(ctx, t, db, func(tx *store.Tx) error { return tx.FinishRun(r) })
	look(ctx, t, db, func(s *store.Snapshot) error {
		got, err := s.Run(r.ID)
		if err != nil {
			return err
		}
		for k, want := range in {
			if a, b := value.Literal(got.Inputs[k]), value.Literal(want); a != b || value.Type(got.Inputs[k]) != value.Type(want) {
				t.Errorf("input %s = %s, want %s", k, a, b)
			}
		}
		if got.Status != app.Partial || got.Exceptions != 2 || got.Steps != 4 || value.Literal(got.Outputs) != "{'y': [1.0, 2]}" {
			t.Errorf("Run = %+v", got)
		}
		if got, err = s.Run(bare.ID); err == nil && (got.Inputs != nil || got.Outputs != nil) {
			t.Errorf("a run without variables has %v and %v", got.Inputs, got.Outputs)
		}
		return err
	})
}

func TestPauseAndResume_onlyFromTheRightState(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, _ := talk(ctx, t, db, a, u, "q")
	m := reply(ctx, t, db, c, "", "paused")
	r := newRun(ctx, t, db, u, func(r *app.Run) { r.Message = m.ID })
	try := func(want string, verb func(*store.Tx) error) {
		t.Helper()
		if err := db.Update(ctx, verb); code(err) != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	left := func(want int) {
		t.Helper()
		look(ctx, t, db, func(s *store.Snapshot) error {
			list, err := s.RunsLeft()
			if len(list) != want {
				t.Errorf("RunsLeft = %d runs, want %d", len(list), want)
			}
			return err
		})
	}
	resume := func(tx *store.Tx) error { return tx.ResumeRun(r.ID) }
	pause := func(tx *store.Tx) error { return tx.PauseRun(r) }
	try("run_not_paused", resume)
	left(1)
	r.Steps, r.Usage.TotalTokens, r.Outputs = 2, 7, map[string]any{"x": "so far"}
	change(ctx, t, db, pause)
	m.Answer, m.Status = "half", app.Paused
	change(ctx, t, db, func(tx *store.Tx) error { return tx.FinishMessage(m) })
	left(0)
	try("run_not_running", pause)
	look(ctx, t, db, func(s *store.Snapshot) error {
		got, err := s.Run(r.ID)
		if got.Status != app.Paused || r.Status != app.Paused || got.Steps != 2 || got.Usage.TotalTokens != 7 || got.Outputs["x"] != "so far" || got.FinishedAt != nil {
			t.Errorf("the paused run is %+v", got)
		}
		return err
	})
	for name, who := range strangers(ctx, t, db, a) {
		if name == "another app" { // reading is bound to an app, and the verbs of a run's life to the workspace
			continue
		}
		err1 := db.Update(who, resume)
		err2 := db.Update(who, pause)
		if !missing(err1) || !missing(err2) {
			t.Errorf("%s resumes: %v, pauses: %v", name, err1, err2)
		}
	}
	change(ctx, t, db, resume)
	try("run_not_paused", resume)
	left(1)
	look(as(ctx, a, u), t, db, func(s *store.Snapshot) error {
		got, err := s.Message(m.ID)
		if got.Status != app.Running || got.Answer != "half" {
			t.Errorf("the message of the resumed run is %s with %q", got.Status, got.Answer)
		}
		return err
	})
	r.Status = app.Succeeded
	change(ctx, t, db, func(tx *store.Tx) error { return tx.FinishRun(r) })
	try("run_not_running", pause)
	try("run_not_paused", resume)
	try("not_found", func(tx *store.Tx) error { return tx.ResumeRun(app.NewID()) })
}

func TestRuns_areFilteredAndPagedNewestFirst(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	member := &app.EndUser{ID: app.NewID(), App: a.ID, Source: app.FromDebug, Name: string(app.NewID()), CreatedAt: db.Now()}
	change(ctx, t, db, func(tx *store.Tx) error { return tx.InsertEndUser(member) })
	begin := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	hour := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Hour) }
	names := map[app.ID]string{}
	put := func(n int, who *app.EndUser, s app.Status, in, out map[string]any) *app.Run {
		r := newRun(ctx, t, db, who, func(r *app.Run) { r.Status, r.Inputs, r.Outputs, r.StartedAt = s, in, out, hour(n) })
		names[r.ID] = string(rune('0' + n))
		return r
	}
	put(1, u, app.Succeeded, map[string]any{"q": `say "你好"` + "\n100%"}, map[string]any{"r": "done"})
	put(2, u, app.Failed, map[string]any{"q": "1000"}, nil)
	put(3, member, app.Succeeded, nil, nil)
	put(4, u, app.Interrupted, nil, map[string]any{"r": `C:\dir_a`})
	fifth := put(5, &app.EndUser{App: a.ID, Source: app.FromAPI}, app.Paused, nil, nil) // begun by a trigger
	_, other := newApp(ctx, t, db, "b")
	put(6, other, app.Succeeded, nil, nil)
	both := []app.Status{app.Failed, app.Interrupted}
	ctx = as(ctx, a, nil)
	for _, c := range []struct {
		name  string
		f     store.RunFilter
		want  string
		total int
	}{
		{"all", store.RunFilter{}, "54321", 5},
		{"the app named", store.RunFilter{App: a.ID}, "54321", 5},
		{"another app named", store.RunFilter{App: other.App}, "", 0},
		{"one status", store.RunFilter{Status: []app.Status{app.Paused}}, "5", 1},
		{"two statuses", store.RunFilter{Status: both}, "42", 2},
		{"a page", store.RunFilter{Limit: 2, Offset: 1}, "43", 5},
		{"no debug", store.RunFilter{NoDebug: true}, "5421", 4},
		{"one door", store.RunFilter{Source: app.FromDebug}, "3", 1},
		{"a person", store.RunFilter{EndUser: "u"}, "421", 3},
		{"a member", store.RunFilter{EndUser: member.Name}, "3", 1},
		{"from then", store.RunFilter{After: hour(4)}, "54", 2},
		{"until then", store.RunFilter{Before: hour(2)}, "21", 2},
		{"between", store.RunFilter{After: hour(2), Before: hour(3)}, "32", 2},
		{"text of an input", store.RunFilter{Text: "你好"}, "1", 1},
		{"text with quotes", store.RunFilter{Text: `"你好"`}, "1", 1},
		{"text with a line break", store.RunFilter{Text: "\n100%"}, "1", 1},
		{"text of an output", store.RunFilter{Text: `C:\dir_a`}, "4", 1},
		{"text that ends in a quote", store.RunFilter{Text: `好"`}, "1", 1},
		{"percent is no wildcard", store.RunFilter{Text: "0%0"}, "", 0},
		{"text of a name", store.RunFilter{Text: member.Name[30:]}, "3", 1},
		{"an id", store.RunFilter{Text: strings.ToUpper(string(fifth.ID))}, "5", 1},
	} {
		look(ctx, t, db, func(s *store.Snapshot) error {
			list, total, err := s.Runs(c.f)
			got := ""
			for _, e := range list {
				got += names[e.Run.ID]
			}
			if got != c.want || total != c.total {
				t.Errorf("%s: %q of %d, want %q of %d", c.name, got, total, c.want, c.total)
			}
			return err
		})
	}
	conv := &app.Conversation{ID: app.NewID(), App: a.ID, EndUser: u.ID, Name: "c", CreatedAt: hour(1)}
	question := strings.Repeat("问", 300)
	change(ctx, t, db, func(tx *store.Tx) error {
		first := &app.Run{ID: app.NewID(), App: a.ID, EndUser: u.ID, Source: u.Source, Status: app.Running, StartedAt: hour(0), Message: app.NewID()}
		m := &app.Message{ID: first.Message, App: a.ID, Conversation: conv.ID, EndUser: u.ID, Run: first.ID, Query: question, Status: app.Running, CreatedAt: hour(0)}
		return errors.Join(tx.InsertConversation(conv), tx.InsertMessage(m), tx.InsertRun(first))
	})
	look(ctx, t, db, func(s *store.Snapshot) error {
		list, _, err := s.Runs(store.RunFilter{})
		if list[0].EndUser != "" || list[2].EndUser != member.Name || list[4].EndUser != "u" || list[4].Query != "" || list[5].Query != question[:600] || list[4].Run.Outputs["r"] != "done" {
			t.Errorf("Runs = %s", asJSON(t, list))
		}
		return err
	})
}

func TestRuns_ofOthersAreNotListed(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	newRun(ctx, t, db, u, nil)
	count := func(who context.Context, f store.RunFilter) (n int, err error) {
		err = db.View(who, func(s *store.Snapshot) error {
			list, total, err := s.Runs(f)
			if len(list) != total {
				t.Errorf("%d runs listed and %d counted", len(list), total)
			}
			n = total
			return err
		})
		return n, err
	}
	who := strangers(ctx, t, db, a)
	who["another end user"] = as(ctx, a, &app.EndUser{ID: app.NewID()})
	for name, c := range who {
		for _, f := range []store.RunFilter{{}, {App: a.ID}} {
			if n, err := count(c, f); n != 0 || err != nil {
				t.Errorf("%s sees %d runs with %+v, %v", name, n, f, err)
			}
		}
	}
	for name, c := range map[string]context.Context{"the end user": as(ctx, a, u), "the app's key": as(ctx, a, nil), "the studio": ctx} {
		if n, err := count(c, store.RunFilter{App: a.ID}); n != 1 || err != nil {
			t.Errorf("%s sees %d runs, %v", name, n, err)
		}
	}
	if _, err := count(ctx, store.RunFilter{}); app.KindOf(err) != app.Internal {
		t.Errorf("without an app: %v", err)
	}
	if _, err := count(context.Background(), store.RunFilter{App: a.ID}); app.KindOf(err) != app.Internal {
		t.Errorf("without a workspace: %v", err)
	}
}

// TestRuns_areFoundByAnIndex keeps an app's log from reading and sorting the runs of all apps.
func TestRuns_areFoundByAnIndex(t *testing.T) {
	db := open(t)
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(db.Dir, store.MainFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	const q = `EXPLAIN QUERY PLAN SELECT u.name, r.id FROM runs r LEFT JOIN end_users u ON u.id = r.end_user_id
		WHERE r.workspace_id = ? AND r.app_id = ? AND r.status IN (?, ?) ORDER BY r.started_at DESC, r.id DESC LIMIT 20`
	var a, b, c int
	var plan string
	if err := raw.QueryRow(q, "w", "a", "s", "t").Scan(&a, &b, &c, &plan); err != nil || !strings.Contains(plan, "runs_app (app_id=?)") {
		t.Errorf("the plan is %q (%v)", plan, err)
	}
}

func TestDeleteConversation_takesWhatItsRunsKnow(t *testing.T) {
	db := open(t)
	ctx := site(t, db)
	a, u := newApp(ctx, t, db, "a")
	c, first := talk(ctx, t, db, a, u, "secret")
	second := reply(ctx, t, db, c, first.ID, "asked")
	third := reply(ctx, t, db, c, second.ID, "running")
	secret := map[string]any{"x": "secret"}
	done := newRun(ctx, t, db, u, func(r *app.Run) {
		r.ID, r.Message, r.Status, r.Inputs, r.Outputs = first.Run, first.ID, app.Succeeded, secret, secret
	})
	waits := newRun(ctx, t, db, u, func(r *app.Run) { r.ID, r.Message, r.Status, r.Inputs = second.Run, second.ID, app.Paused, secret })
	live := newRun(ctx, t, db, u, func(r *app.Run) { r.ID, r.Message, r.Inputs = third.Run, third.ID, secret })
	other := newRun(ctx, t, db, u, func(r *app.Run) { r.Status, r.Inputs = app.Paused, secret })
	f, kept := ask(waits, "n", db.Now().Add(time.Hour)), ask(other, "n", db.Now().Add(time.Hour))
	change(as(ctx, a, u), t, db, func(tx *store.Tx) error {
		var errs []error
		for _, r := range []*app.Run{waits, live, other} {
			errs = append(errs, tx.AppendSteps(r.ID, 1, [][]byte{[]byte(`"secret"`)}), tx.PutRunState(r.ID, []byte(`"secret"`)))
		}
		return errors.Join(append(errs, tx.InsertForm(f), tx.InsertForm(kept),
			tx.PutConversationVariables(c.ID, store.ConversationVariable{ID: "1", Name: "v", Type: "string", Value: "secret"}), tx.DeleteConversation(c.ID))...)
	})
	look(ctx, t, db, func(s *store.Snapshot) error {
		for _, want := range []struct {
			run    *app.Run
			status app.Status
			steps  int
			knows  bool
		}{{done, app.Succeeded, 0, false}, {waits, app.Stopped, 0, false}, {live, app.Running, 1, false}, {other, app.Paused, 1, true}} {
			r, err := s.Run(want.run.ID)
			if err != nil {
				return err
			}
			steps, err := s.Steps(r.ID)
			if r.Status != want.status || r.Outputs != nil || (r.Inputs != nil) != want.knows || len(steps) != want.steps || err != nil {
				t.Errorf("a run that was %s is %+v with %d steps, %v", want.run.Status, r, len(steps), err)
			}
		}
		_, err1 := s.Form(f.ID)
		_, err2 := s.RunState(waits.ID)
		_, err3 := s.Form(kept.ID)
		if !missing(err1) || !missing(err2) || err3 != nil {
			t.Errorf("the form: %v; the state: %v; another conversation's form: %v", err1, err2, err3)
		}
		return nil
	})
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(db.Dir, store.MainFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var n int
	if err := raw.QueryRow(`SELECT COUNT(*) FROM conversation_variables`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d variables are left (%v)", n, err)
	}
}
