package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"islet/app"
	"islet/store"
)

// settled makes a data directory that was used and closed.
func settled(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	c, err := store.Take(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Settle(db, "test"), db.Close(), c.Release()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestTake_refusesAndCreatesNothing(t *testing.T) {
	tests := []struct {
		name, code string
		dir        func(t *testing.T) string
	}{
		{"a folder with other files", "not_a_data_dir", func(t *testing.T) string {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "letter.docx"), "x")
			return dir
		}},
		{"a marker without its database", "database_missing", func(t *testing.T) string {
			dir := settled(t)
			remove(t, filepath.Join(dir, store.MainFile))
			return dir
		}},
		{"a database without its marker", "marker_missing", func(t *testing.T) string {
			dir := settled(t)
			remove(t, filepath.Join(dir, "marker"))
			return dir
		}},
		{"a damaged marker", "marker_invalid", func(t *testing.T) string {
			dir := settled(t)
			write(t, filepath.Join(dir, "marker"), "{")
			return dir
		}},
		{"a file", "data_unreadable", func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "file")
			write(t, path, "x")
			return path
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.dir(t)
			var before []string
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				before = names(t, dir)
			}
			c, err := store.Take(dir, "test")
			if err == nil {
				_ = c.Release()
			}
			if !errors.Is(err, &app.Error{Code: tt.code}) {
				t.Fatalf("Take = %v, want %s", err, tt.code)
			}
			if before != nil && !slices.Equal(before, names(t, dir)) {
				t.Errorf("the directory changed from %v to %v", before, names(t, dir))
			}
		})
	}
}

func TestTake_secondOneIsToldWhoHoldsTheDirectory(t *testing.T) {
	dir := settled(t)
	first, err := store.Take(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Take(dir, "test"); !errors.Is(err, &app.Error{Code: "data_in_use"}) {
		t.Errorf("second Take = %v, want data_in_use", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Take(dir, "test")
	if err != nil {
		t.Fatalf("Take after Release = %v", err)
	}
	_ = again.Release()
}

func TestTake_firstStartThatWasCutOffStartsOver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	c, err := store.Take(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Release() // as if killed before the database stood
	again, err := store.Take(dir, "test")
	if err != nil || !again.Fresh {
		t.Fatalf("Take = %+v, %v; want a fresh claim", again, err)
	}
	_ = again.Release()
}

func TestSettle_refusesADatabaseOfAnotherInstallation(t *testing.T) {
	dir := settled(t)
	if err := store.WriteMarker(dir, "another", "test"); err != nil {
		t.Fatal(err)
	}
	c, err := store.Take(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Release() }()
	db, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := c.Settle(db, "test"); !errors.Is(err, &app.Error{Code: "marker_mismatch"}) {
		t.Errorf("Settle = %v, want marker_mismatch", err)
	}
}

func TestOpen_refusesDataOfANewerVersionUntouched(t *testing.T) {
	dir := settled(t)
	age(t, filepath.Join(dir, store.MainFile))
	_, err := store.Open(t.Context(), dir, store.Options{})
	if !errors.Is(err, &app.Error{Code: "data_too_new"}) {
		t.Errorf("Open = %v, want data_too_new", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
