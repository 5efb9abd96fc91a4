package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"islet/app"
	"islet/app/account"
	"islet/store"
	"islet/store/backup"
)

// TestData runs the scripts in testdata/data: what the command line does with a data directory, beside a server and without.
func TestData(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/data",
		Setup: func(e *testscript.Env) error {
			e.Setenv("ADDR", freeAddr(t))
			e.Setenv("LANG", "C")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"ready": scriptReady, "found": scriptFound},
	})
}

// found DIR EMAIL sets a stopped site up, as its first visitor would.
func scriptFound(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(found(ts.MkAbs(args[0]), args[1]))
}

func found(dir, email string) (err error) {
	ctx := context.Background()
	claim, err := store.Take(dir, "test")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, claim.Release()) }()
	db, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := claim.Settle(db, "test"); err != nil {
		return err
	}
	a := account.New(db, account.Options{})
	code, _, err := a.SetupCode(ctx)
	if err != nil {
		return err
	}
	_, err = a.SetUp(ctx, account.Setup{Code: code, Name: "Owner", Email: email, Password: "correct horse", WorkspaceName: "Site"}, account.Client{})
	return err
}

func TestBackup_killedLeavesTheOlderOneGoodAndTheNextOneClean(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes")
	}
	data := filepath.Join(t.TempDir(), "data")
	if err := found(data, "o@local"); err != nil {
		t.Fatal(err)
	}
	if err := addFiles(data, 64); err != nil {
		t.Fatal(err)
	}
	if out, err := command("", "backup", "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	first, err := filepath.Glob(filepath.Join(data, "backups", "islet-*"))
	if err != nil || len(first) != 1 {
		t.Fatalf("backups = %v, %v", first, err)
	}
	killed := 0
	for range 12 {
		cmd := command("", "backup", "--data", data)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(10+rand.IntN(250)) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended
		if cmd.Wait() != nil {
			killed++
		}
		shown, err := filepath.Glob(filepath.Join(data, "backups", "islet-*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range shown { // whatever has a name is whole
			if _, err := backup.Restore(t.Context(), backup.RestoreRequest{File: f, DryRun: true}); err != nil {
				t.Fatalf("%s after a kill: %v", f, err)
			}
			if f != first[0] {
				_ = os.Remove(f)
			}
		}
	}
	t.Logf("%d of 12 were killed in the middle", killed)
	if out, err := command("", "backup", "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("after the kills: %v\n%s", err, out)
	}
	for _, pattern := range []string{".backup", "backups/.*"} {
		if left, _ := filepath.Glob(filepath.Join(data, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// addFiles gives a stopped site a few megabytes of uploads.
func addFiles(dir string, n int) (err error) {
	db, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	accounts := account.New(db, account.Options{})
	ctx, err := accounts.Operator(context.Background())
	if err != nil {
		return err
	}
	for i := range n {
		rng := rand.NewChaCha8([32]byte{byte(i)})
		raw := make([]byte, 100_000)
		_, _ = rng.Read(raw) // never fails
		hash, size, err := db.Files.Put(strings.NewReader(string(raw)), 1<<20)
		if err != nil {
			return err
		}
		if err := insertFile(ctx, db, hash, size); err != nil {
			return err
		}
	}
	return nil
}

func insertFile(ctx context.Context, db *store.DB, hash string, size int64) error {
	return db.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertFile(&app.File{ID: app.NewID(), Name: "f", Hash: hash, Size: size, CreatedAt: tx.Now()})
	})
}
