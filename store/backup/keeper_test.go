package backup_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/store"
	"islet/store/backup"
)

// keeper is a site's keeper with a schedule that remembers what it was told.
func (s *site) keeper() (*backup.Keeper, *app.Schedule) {
	s.t.Helper()
	told := &app.Schedule{}
	k := backup.New(s.db, backup.Options{Version: "test", Location: time.UTC, Log: slog.New(slog.DiscardHandler),
		Schedule: func(tx *store.Tx, sc app.Schedule) error {
			*told = sc
			told.NextAt = tx.Now().Add(time.Hour)
			return tx.SetSchedule(told)
		}})
	if err := k.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := k.Close(context.Background()); err != nil {
			s.t.Error(err)
		}
	})
	return k, told
}

func (s *site) all(k *backup.Keeper) []*app.Backup {
	s.t.Helper()
	all, err := k.Backups(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func wait(t *testing.T, k *backup.Keeper, id app.ID) *app.Backup {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		b, err := k.Backup(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if b.Status != store.BackupRunning {
			return b
		}
	}
	t.Fatal("the backup does not end")
	return nil
}

func TestKeeper_beginTellsHowItGoes(t *testing.T) {
	s := newSite(t)
	k, _ := s.keeper()
	b, err := k.Begin(s.ctx, "manual")
	if err != nil || b.Status != store.BackupRunning {
		t.Fatalf("Begin = %+v, %v", b, err)
	}
	if _, err := k.Begin(s.ctx, "manual"); err == nil {
		t.Error("a second one began")
	} else {
		wantCode(t, "a second one", err, "backup_running")
	}
	wantCode(t, "deleting the one that runs", k.Delete(s.ctx, b.ID), "backup_running")
	b = wait(t, k, b.ID)
	if b.Status != store.BackupVerified || b.Size == 0 || b.Rows == 0 || b.Members != 4 || b.Seconds <= 0 || b.DrillSecs <= 0 || b.FinishedAt == nil || b.Missing {
		t.Errorf("backup = %+v (%+v)", b, b.Error)
	}
	f, _, err := k.Open(s.ctx, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil || int64(len(raw)) != b.Size {
		t.Errorf("read %d bytes, %v, want %d", len(raw), err, b.Size)
	}
	if err := k.Delete(s.ctx, b.ID); err != nil {
		t.Fatal(err)
	}
	if len(s.all(k)) != 0 || strings.Contains(tree(t, filepath.Join(s.dir, "backups")), "islet-") {
		t.Error("the deleted backup is still there")
	}
}

func TestKeeper_failureIsOnTheRowInBothLanguages(t *testing.T) {
	s := newSite(t)
	k, _ := s.keeper()
	if err := os.WriteFile(filepath.Join(s.dir, "files", s.files[0][:2], s.files[0]), []byte("rotten"), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := k.Begin(s.ctx, "manual")
	if err != nil {
		t.Fatal(err)
	}
	b = wait(t, k, b.ID)
	if b.Status != store.BackupFailed || b.Error == nil || b.Error.Code != "drill_failed" || b.Error.Text.Zh == "" || b.Name != "" {
		t.Errorf("backup = %+v, error %+v", b, b.Error)
	}
	if err := k.Job(t.Context(), nil); err != nil { // said on the row; no endless retries
		t.Errorf("the nightly job = %v", err)
	}
	if all := s.all(k); len(all) != 2 || all[0].Trigger != "nightly" || all[0].Status != store.BackupFailed {
		t.Errorf("backups = %+v", all)
	}
}

func TestKeeper_closeInterruptsAndLeavesNothing(t *testing.T) {
	s := newSite(t)
	k, _ := s.keeper()
	b, err := k.Begin(s.ctx, "manual")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := k.Backup(t.Context(), b.ID)
	if err != nil || got.Status == store.BackupRunning {
		t.Errorf("after Close the backup is %+v, %v", got, err)
	}
	if got.Status == store.BackupFailed && strings.Contains(tree(t, s.dir), "islet-") {
		t.Errorf("something was left:\n%s", tree(t, s.dir))
	}
	if _, err := k.Begin(s.ctx, "manual"); err == nil {
		t.Error("a backup began after Close")
	}
}

func TestKeeper_startMarksWhatACrashCutOff(t *testing.T) {
	s := newSite(t)
	id := app.NewID()
	err := s.db.Update(s.ctx, func(tx *store.Tx) error {
		return tx.SetBackup(&app.Backup{ID: id, Trigger: "manual", Status: store.BackupRunning, CreatedAt: tx.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	k, told := s.keeper()
	if b, err := k.Backup(t.Context(), id); err != nil || b.Status != store.BackupFailed || b.Error.Code != "interrupted" {
		t.Errorf("backup = %+v, %v", b, err)
	}
	if told.Cron != "0 3 * * *" || told.Off {
		t.Errorf("schedule = %+v, want three at night", told)
	}
}

func TestKeeper_prunesOnlyNightsBeyondTheNewest(t *testing.T) {
	s := newSite(t)
	k, _ := s.keeper()
	if _, err := k.SetSettings(s.ctx, backup.Change{Enabled: true, At: "04:30", Keep: 2}); err != nil {
		t.Fatal(err)
	}
	manual, err := k.Begin(s.ctx, "manual")
	if err != nil {
		t.Fatal(err)
	}
	wait(t, k, manual.ID)
	old := &app.Backup{ID: app.NewID(), Trigger: "nightly", Status: store.BackupFailed, CreatedAt: s.db.Now().Add(-40 * 24 * time.Hour)}
	if err := s.db.Update(s.ctx, func(tx *store.Tx) error { return tx.SetBackup(old) }); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if err := k.Job(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	nights := 0
	for _, b := range s.all(k) {
		if b.Missing || b.ID == old.ID {
			t.Errorf("still listed: %+v", b)
		}
		if b.Trigger == "nightly" {
			nights++
		}
	}
	files, err := filepath.Glob(filepath.Join(s.dir, "backups", "islet-*"))
	if err != nil || nights != 2 || len(files) != 3 {
		t.Errorf("%d nights and %d files, want 2 and 3 (%v)", nights, len(files), err)
	}
}

func TestKeeper_settingsAreCheckedAndScheduled(t *testing.T) {
	s := newSite(t)
	k, told := s.keeper()
	short, long, none := "short", "long enough", ""
	for name, c := range map[string]backup.Change{
		"time":              {At: "24:00", Keep: 7},
		"time of one digit": {At: "3:00", Keep: 7},
		"none kept":         {At: "03:00", Keep: 0},
		"too many kept":     {At: "03:00", Keep: 1000},
	} {
		_, err := k.SetSettings(s.ctx, c)
		wantCode(t, name, err, "invalid_param")
	}
	_, err := k.SetSettings(s.ctx, backup.Change{At: "03:00", Keep: 7, Passphrase: &short})
	wantCode(t, "short passphrase", err, "passphrase_weak")
	set, err := k.SetSettings(s.ctx, backup.Change{Enabled: true, At: "23:05", Keep: 3, Passphrase: &long})
	if err != nil || !set.PassphraseSet || told.Cron != "5 23 * * *" || told.Kind != backup.JobKind {
		t.Errorf("SetSettings = %+v, %v; schedule %+v", set, err, told)
	}
	b, err := k.Begin(s.ctx, "manual")
	if err != nil {
		t.Fatal(err)
	}
	if b = wait(t, k, b.ID); !b.Encrypted || !strings.HasSuffix(b.Name, ".age") {
		t.Errorf("backup = %+v, want an encrypted one", b)
	}
	if _, err := k.SetSettings(s.ctx, backup.Change{Enabled: false, At: "23:05", Keep: 3}); err != nil || !told.Off {
		t.Errorf("switched off: %v, %+v", err, told)
	}
	set, next, err := k.Settings(s.ctx)
	if err != nil || !set.PassphraseSet || set.Enabled || next != nil {
		t.Errorf("Settings = %+v, %v, %v", set, next, err)
	}
	if err := k.Job(t.Context(), nil); err != nil || len(s.all(k)) != 1 {
		t.Errorf("a switched-off night = %v, %d backups", err, len(s.all(k)))
	}
	if set, err = k.SetSettings(s.ctx, backup.Change{Enabled: true, At: "23:05", Keep: 3, Passphrase: &none}); err != nil || set.PassphraseSet {
		t.Errorf("passphrase taken away: %+v, %v", set, err)
	}
}

func TestKeeper_namesInRowsReachNoOtherFile(t *testing.T) {
	s := newSite(t)
	k, _ := s.keeper()
	for _, name := range []string{"../islet.db", "../../x", "", "marker", "islet-/../../islet.db.tar.zst", "islet-1.txt"} {
		b := &app.Backup{ID: app.NewID(), Name: name, Trigger: "manual", Status: store.BackupVerified, CreatedAt: s.db.Now()}
		if err := s.db.Update(s.ctx, func(tx *store.Tx) error { return tx.SetBackup(b) }); err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.Open(s.ctx, b.ID); app.KindOf(err) != app.NotFound {
			t.Errorf("Open of a row named %q = %v, want not found", name, err)
		}
		if err := k.Delete(s.ctx, b.ID); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(s.dir, "islet.db")); err != nil {
		t.Error(err)
	}
}
