//go:build unix

package vector_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"islet/vector"
)

// TestOpen_aMissingPermissionIsNoDamage opens indexes with a file that may not be read, as a user who is not root.
func TestOpen_aMissingPermissionIsNoDamage(t *testing.T) {
	const env = "VECTOR_TEST_DIR"
	if dir := os.Getenv(env); dir != "" {
		_, err := vector.Open(vector.Options{Dir: dir})
		fmt.Printf("permission %v damaged %v: %v\n", errors.Is(err, fs.ErrPermission), errors.Is(err, vector.ErrDamaged), err)
		return
	}
	dir, err := os.MkdirTemp("", "vector") // below a directory that everybody may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	x := open(t, dir, "")
	apply(t, x, 1, entries(0, 20, 1))
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	// The test's program, where everybody may start it.
	program := filepath.Join(dir, "test")
	raw, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(program, raw, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	nobody := 65534
	if os.Geteuid() != 0 {
		nobody = os.Geteuid()
	}
	var files []string
	err = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && path != program && os.Geteuid() == 0 {
			err = os.Chown(path, nobody, nobody)
		}
		if path != program && path != dir {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, "-test.run", t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), env+"="+dir)
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(nobody), Gid: uint32(nobody)}}
		}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "permission true damaged false") {
			t.Errorf("chmod 0 of %s: %v\n%s", file, err, out)
		}
		if err := os.Chmod(file, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
}
