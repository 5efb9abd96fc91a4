package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/store"
	"islet/store/backup"
)

// site is a data directory with something of everything in it, open as a server has it.
type site struct {
	t     *testing.T
	dir   string
	db    *store.DB
	ctx   context.Context // with the workspace
	files []string        // hashes
	asks  app.ID          // the form for which a run is paused
	close func() error    // once
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: filepath.Join(t.TempDir(), "data")}
	claim, err := store.Take(s.dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	if s.db, err = store.Open(t.Context(), s.dir, store.Options{Readers: 2}); err != nil {
		t.Fatal(err)
	}
	if err := claim.Settle(s.db, "test"); err != nil {
		t.Fatal(err)
	}
	s.close = sync.OnceValue(func() error { return errors.Join(s.db.Close(), claim.Release()) })
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	s.fill()
	return s
}

func (s *site) fill() {
	s.t.Helper()
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	ws := &app.Workspace{ID: app.NewID(), Name: "一号站", CreatedAt: now}
	s.ctx = app.WithScope(s.t.Context(), app.Scope{Workspace: ws.ID, Role: app.Owner})
	for _, content := range []string{"说明书", "second file", strings.Repeat("large ", 50_000)} {
		hash, _, err := s.db.Files.Put(strings.NewReader(content), 1<<20)
		if err != nil {
			s.t.Fatal(err)
		}
		s.files = append(s.files, hash)
	}
	a := &app.App{ID: app.NewID(), Mode: app.ModeChat, Name: "助手", Tags: []string{"x"}, CreatedAt: now, UpdatedAt: now, Site: app.Site{Code: "abc"}}
	eu := &app.EndUser{ID: app.NewID(), App: a.ID, Source: app.FromSite, Name: "v", CreatedAt: now}
	c := &app.Conversation{ID: app.NewID(), App: a.ID, EndUser: eu.ID, Source: app.FromSite, Name: "你好", Inputs: map[string]any{}, CreatedAt: now, UpdatedAt: now}
	err := s.db.Update(s.ctx, func(tx *store.Tx) error {
		errs := []error{
			tx.InsertWorkspace(ws),
			tx.InsertUser(&app.User{ID: app.NewID(), Email: "o@local", Name: "李雷", Role: app.Owner, Lang: app.Chinese, Theme: "dark", PasswordHash: "$x", CreatedAt: now}),
			tx.InsertApp(a), tx.InsertEndUser(eu), tx.InsertConversation(c),
			tx.SetSetting("note", "NULL 'quote' \x00 \n 中文"),
		}
		for i := range 40 {
			errs = append(errs, tx.InsertMessage(&app.Message{ID: app.NewID(), App: a.ID, Conversation: c.ID, EndUser: eu.ID, Source: app.FromSite,
				Query: fmt.Sprint("问题 ", i), Answer: strings.Repeat("答", i), Status: app.Succeeded, CreatedAt: now, UpdatedAt: now}))
		}
		errs = append(errs, s.pause(tx, a.ID, now))
		for i, h := range append(s.files, s.files[0]) { // two rows share the first file
			errs = append(errs, tx.InsertFile(&app.File{ID: app.NewID(), Name: fmt.Sprint("f", i), Hash: h, CreatedAt: now}))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// pause stores a run that waits for a person, and triggers.
func (s *site) pause(tx *store.Tx, appID app.ID, now time.Time) error {
	r := &app.Run{ID: app.NewID(), App: appID, Source: app.FromAPI, Status: app.Paused, Inputs: map[string]any{"单号": int64(7)}, StartedAt: now}
	f := &app.Form{ID: app.NewID(), Run: r.ID, App: appID, Path: "n", Token: "t", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	s.asks = f.ID
	return errors.Join(tx.InsertRun(r), tx.AppendSteps(r.ID, 1, [][]byte{[]byte(`{"x":"一"}`), []byte(`{"x":"二"}`)}), tx.PutRunState(r.ID, []byte(`{"y":1}`)), tx.InsertForm(f),
		tx.PutWebhook(&app.Webhook{App: appID, Node: "w", Token: "a", Debug: "b", CreatedAt: now}),
		tx.SetAppSchedules(appID, []app.AppSchedule{{Node: "s", Cron: "@daily", Zone: "Asia/Shanghai", NextAt: now}}))
}

func (s *site) request() backup.Request {
	return backup.Request{Data: s.dir, To: filepath.Join(s.dir, "backups"), Version: "test", Now: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)}
}

func (s *site) write(r backup.Request) *backup.Result {
	s.t.Helper()
	res, err := backup.Write(s.t.Context(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	return res
}

func (s *site) note(key, value string) {
	s.t.Helper()
	if err := s.db.Update(s.ctx, func(tx *store.Tx) error { return tx.SetMeta(key, value) }); err != nil {
		s.t.Error(err)
	}
}

func dump(t *testing.T, dir string) string {
	t.Helper()
	var b bytes.Buffer
	if err := backup.Dump(t.Context(), dir, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tree lists everything below a directory, hidden names too.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		fmt.Fprintln(&b, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	var e *app.Error
	if !errors.As(err, &e) || e.Code != code || e.Text.En == "" || e.Text.Zh == "" {
		t.Errorf("%s = %v, want %s in two languages", what, err, code)
	}
}

func TestRestore_givesBackTheSameByteForByte(t *testing.T) {
	for _, pass := range []string{"", "开门吧，芝麻 open sesame"} {
		t.Run("passphrase="+pass, func(t *testing.T) {
			s := newSite(t)
			r := s.request()
			r.Passphrase = pass
			res := s.write(r)
			want := dump(t, s.dir)
			target := filepath.Join(t.TempDir(), "new", "data")
			m, err := backup.Restore(t.Context(), backup.RestoreRequest{File: res.Path, Data: target, Passphrase: pass, Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			if got := dump(t, target); got != want {
				t.Errorf("restored:\n%s\nwant:\n%s", got, want)
			}
			if m.Files() != 3 || m.Workspace != "一号站" || m.HasSecret() != (pass != "") {
				t.Errorf("manifest = %+v", m)
			}
			opens(t, target, s, pass != "")
		})
	}
}

// opens starts a store on what was restored, and reads a credential if the key came along.
func opens(t *testing.T, target string, orig *site, withKey bool) {
	t.Helper()
	sealed := orig.db.Seal("credential", "sk-1")
	claim, err := store.Take(target, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = claim.Release() }()
	db, err := store.Open(t.Context(), target, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := claim.Settle(db, "test"); err != nil {
		t.Fatal(err)
	}
	got, err := db.Open("credential", sealed)
	if withKey && (got != "sk-1" || err != nil) || !withKey && !errors.Is(err, &app.Error{Code: "secret_unreadable"}) {
		t.Errorf("a stored credential after the restore = %q, %v (key in the backup: %v)", got, err, withKey)
	}
	goesOn(t, db, orig)
	for _, h := range orig.files {
		f, err := db.Files.Open(h)
		if err != nil {
			t.Errorf("file %s: %v", h, err)
			continue
		}
		_ = f.Close()
	}
}

// goesOn answers the form for which a run waits, and finds all that the run needs to go on.
func goesOn(t *testing.T, db *store.DB, orig *site) {
	t.Helper()
	err := db.Update(orig.ctx, func(tx *store.Tx) error {
		f, err := tx.Form(orig.asks)
		if err != nil {
			return err
		}
		steps, err1 := tx.Steps(f.Run)
		state, err2 := tx.RunState(f.Run)
		r, err3 := tx.Run(f.Run)
		if len(steps) != 2 || string(steps[1]) != `{"x":"二"}` || string(state) != `{"y":1}` || r.Inputs["单号"] != int64(7) {
			t.Errorf("the paused run is %+v with %q and %q", r, steps, state)
		}
		return errors.Join(err1, err2, err3, tx.SubmitForm(f.ID, "yes", nil, f.CreatedAt), tx.ResumeRun(f.Run))
	})
	if err != nil {
		t.Errorf("a paused run after the restore: %v", err)
	}
}

func TestWrite_leavesOneFileAndNothingElse(t *testing.T) {
	s := newSite(t)
	before := tree(t, s.dir)
	res := s.write(s.request())
	want := "islet-20261123-030000.tar.zst"
	if filepath.Base(res.Path) != want {
		t.Errorf("name = %s, want %s", filepath.Base(res.Path), want)
	}
	after := strings.ReplaceAll(tree(t, s.dir), "backups\n"+filepath.Join("backups", want)+"\n", "")
	if after != before {
		t.Errorf("the data directory holds\n%s\nwant\n%s", after, before)
	}
	if info, err := os.Stat(res.Path); err != nil || info.Size() != res.Size || info.Mode().Perm() != 0o600 {
		t.Errorf("file = %v, %v, want %d bytes with mode 0600", info, err, res.Size)
	}
	if again := s.write(s.request()); filepath.Base(again.Path) != "islet-20261123-030000-2.tar.zst" {
		t.Errorf("a second one in the same second is %s", again.Path)
	}
}

func TestWrite_encryptedHoldsNothingReadable(t *testing.T) {
	s := newSite(t)
	r := s.request()
	r.Passphrase = "open sesame"
	res := s.write(r)
	raw, err := os.ReadFile(res.Path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(res.Path, ".tar.zst.age") || bytes.Contains(raw, []byte("manifest")) || bytes.Contains(raw, []byte("SQLite")) {
		t.Errorf("%s is not sealed", res.Path)
	}
	target := filepath.Join(t.TempDir(), "data")
	_, err = backup.Restore(t.Context(), backup.RestoreRequest{File: res.Path, Data: target})
	wantCode(t, "without a passphrase", err, "passphrase_needed")
	_, err = backup.Restore(t.Context(), backup.RestoreRequest{File: res.Path, Data: target, Passphrase: "open Sesame"})
	wantCode(t, "with a wrong one", err, "passphrase_wrong")
	if _, err := os.Stat(target); !errors.Is(err, os.ErrNotExist) {
		t.Error("a refused restore left something")
	}
}

func TestWrite_underWritersHoldsAllThatWasAcknowledgedBefore(t *testing.T) {
	s := newSite(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	acked := map[string]bool{}
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprintf("w%d-%d", w, i)
				s.note(key, "v")
				mu.Lock()
				acked[key] = true
				mu.Unlock()
			}
		})
	}
	for round := range 4 {
		mu.Lock()
		before := len(acked)
		must := make([]string, 0, before)
		for k := range acked {
			must = append(must, k)
		}
		mu.Unlock()
		r := s.request()
		r.Now = r.Now.Add(time.Duration(round) * time.Minute)
		res := s.write(r)
		mu.Lock()
		most := len(acked) + 4 // one a writer may be on its way
		mu.Unlock()
		target := filepath.Join(t.TempDir(), fmt.Sprint("data", round))
		if _, err := backup.Restore(t.Context(), backup.RestoreRequest{File: res.Path, Data: target}); err != nil {
			t.Fatal(err)
		}
		db, err := store.Open(t.Context(), target, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		err = db.View(t.Context(), func(sn *store.Snapshot) error {
			for _, k := range must {
				v, err := sn.Meta(k)
				if err != nil || v != "v" {
					t.Errorf("round %d: %s was acknowledged before the backup and is not in it (%v)", round, k, err)
				}
				found++
			}
			return nil
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		if found > most {
			t.Errorf("round %d: %d found of at most %d", round, found, most)
		}
	}
	stop()
	wg.Wait()
}

func TestWrite_cancelledLeavesNothingAndTheOlderFileGood(t *testing.T) {
	s := newSite(t)
	first := s.write(s.request())
	before := tree(t, s.dir)
	for i := range 12 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*i)*time.Millisecond)
		r := s.request()
		r.Now = r.Now.Add(time.Hour)
		res, err := backup.Write(ctx, r)
		cancel()
		if err == nil { // fast enough: then it counts
			if err := os.Remove(res.Path); err != nil {
				t.Fatal(err)
			}
		}
		if after := tree(t, s.dir); after != before {
			t.Fatalf("cancelled after %d ms, the data directory holds\n%s\nwant\n%s", i*i, after, before)
		}
	}
	if _, err := backup.Restore(t.Context(), backup.RestoreRequest{File: first.Path, DryRun: true}); err != nil {
		t.Errorf("the older backup: %v", err)
	}
}

func TestWrite_clearsAwayWhatAKilledOneLeft(t *testing.T) {
	s := newSite(t)
	first := s.write(s.request())
	before := tree(t, s.dir)
	for _, name := range []string{".backup/islet.db", ".backup/drill/islet.db", "backups/.islet-part-" + first.Manifest.Installation + "-x"} {
		path := filepath.Join(s.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("half"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	foreign := filepath.Join(s.dir, "backups", ".islet-part-0191e5a0-0000-7000-8000-000000000000-y")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := s.request()
	r.Now = r.Now.Add(time.Hour)
	if err := os.Remove(s.write(r).Path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("what another site is writing was removed: %v", err)
	}
	_ = os.Remove(foreign)
	if after := tree(t, s.dir); after != before {
		t.Errorf("the data directory holds\n%s\nwant\n%s", after, before)
	}
}

func TestWrite_oneAtATime(t *testing.T) {
	s := newSite(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done, busy := 0, 0
	for range 6 {
		wg.Go(func() {
			_, err := backup.Write(t.Context(), s.request())
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.Is(err, &app.Error{Code: "backup_running"}):
				busy++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done == 0 || done+busy != 6 {
		t.Errorf("%d done and %d refused of 6", done, busy)
	}
}

func TestWrite_saysWhichFilesWereLostBefore(t *testing.T) {
	s := newSite(t)
	if err := s.db.Files.Remove(s.files[1]); err != nil {
		t.Fatal(err)
	}
	res := s.write(s.request())
	if len(res.Manifest.Lost) != 1 || res.Manifest.Lost[0] != s.files[1] || res.Manifest.Files() != 2 {
		t.Errorf("manifest = lost %v, files %d; want the removed one, 2", res.Manifest.Lost, res.Manifest.Files())
	}
	target := filepath.Join(t.TempDir(), "data")
	if _, err := backup.Restore(t.Context(), backup.RestoreRequest{File: res.Path, Data: target}); err != nil {
		t.Fatal(err)
	}
	if got, want := dump(t, target), dump(t, s.dir); got != want {
		t.Errorf("restored:\n%s\nwant:\n%s", got, want)
	}
}

func TestWrite_refusesWhatDoesNotPassTheDrill(t *testing.T) {
	s := newSite(t)
	path := filepath.Join(s.dir, "files", s.files[0][:2], s.files[0])
	if err := os.WriteFile(path, []byte("rotten"), 0o600); err != nil { // the disk changed a bit
		t.Fatal(err)
	}
	before := tree(t, s.dir)
	_, err := backup.Write(t.Context(), s.request())
	wantCode(t, "Write with a rotten file", err, "drill_failed")
	if err == nil || !strings.Contains(err.Error(), s.files[0]) {
		t.Errorf("%v does not name the file", err)
	}
	if after := strings.Replace(tree(t, s.dir), "backups\n", "", 1); after != before {
		t.Errorf("something was left:\n%s", after)
	}
}

func TestWrite_whileFilesAreSwept(t *testing.T) {
	s := newSite(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ { // uploads that nobody names come and go
			h, _, err := s.db.Files.Put(strings.NewReader(fmt.Sprint("temporary", i)), 1<<10)
			if err := errors.Join(err, s.db.Files.Remove(h)); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range 5 {
		r := s.request()
		r.Now = r.Now.Add(time.Duration(i) * time.Minute)
		if res := s.write(r); len(res.Manifest.Lost) > 0 {
			t.Errorf("lost %v", res.Manifest.Lost)
		}
	}
	stop()
	wg.Wait()
}

func TestRestore_intoAnEmptyOrAbsentFolderOnly(t *testing.T) {
	s := newSite(t)
	res := s.write(s.request())
	restore := func(dir string) error {
		_, err := backup.Restore(t.Context(), backup.RestoreRequest{File: res.Path, Data: dir})
		return err
	}
	wantCode(t, "over a site", restore(s.dir), "data_not_empty")
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "into a folder with a file", restore(full), "data_not_empty")
	empty := t.TempDir() // as a mounted volume is
	if err := os.Mkdir(filepath.Join(empty, "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := restore(empty); err != nil {
		t.Errorf("into an empty folder = %v", err)
	}
	if got, want := dump(t, empty), dump(t, s.dir); got != want {
		t.Errorf("restored:\n%s\nwant:\n%s", got, want)
	}
	if left, _ := filepath.Glob(filepath.Join(empty, ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	_, err := backup.Restore(t.Context(), backup.RestoreRequest{File: filepath.Join(full, "none"), Data: filepath.Join(full, "d")})
	wantCode(t, "of no file", err, "backup_unreadable")
}

func TestRestore_dryRunMakesNothing(t *testing.T) {
	s := newSite(t)
	res := s.write(s.request())
	parent := t.TempDir()
	m, err := backup.Restore(t.Context(), backup.RestoreRequest{File: res.Path, Data: filepath.Join(parent, "data"), DryRun: true})
	if err != nil || m.Rows() < 40 {
		t.Errorf("dry run = %+v, %v", m, err)
	}
	if got := tree(t, parent); got != ".\n" {
		t.Errorf("a dry run made %s", got)
	}
}

func TestRecord_listsABackupOfAnotherProcess(t *testing.T) {
	s := newSite(t)
	res := s.write(s.request())
	if err := backup.Record(t.Context(), s.dir, res, false); err != nil { // the server has the database open meanwhile
		t.Fatal(err)
	}
	k := backup.New(s.db, backup.Options{})
	all, err := k.Backups(t.Context())
	if err != nil || len(all) != 1 || all[0].Trigger != "cli" || all[0].Missing || all[0].SHA256 != res.SHA256 {
		t.Errorf("Backups = %+v, %v", all, err)
	}
}
