package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"islet/app"
	"islet/store"
)

// TestTake_refusesAReadOnlyMount uses a real read-only mount where the test may make one, and a folder without the right to
// write where it may not.
func TestTake_refusesAReadOnlyMount(t *testing.T) {
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_RDONLY, ""); err != nil {
			t.Skip("root, but not allowed to mount: ", err)
		}
		defer func() { _ = syscall.Unmount(dir, 0) }()
	} else if err := os.Chmod(dir, 0o500); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	for _, d := range []string{dir, filepath.Join(dir, "data")} {
		if _, err := store.Take(d, "test"); !errors.Is(err, &app.Error{Code: "data_read_only"}) {
			t.Errorf("Take(%s) = %v, want data_read_only", d, err)
		}
	}
}
