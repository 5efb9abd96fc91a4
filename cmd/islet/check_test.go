package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"islet/app/studio/dsl"
)

// check runs `islet check` and returns its exit code and what it printed.
func check(t *testing.T, path string) (int, dsl.View) {
	t.Helper()
	var out, errOut bytes.Buffer
	code := start([]string{"check", path}, strings.NewReader(""), &out, &errOut)
	var v dsl.View
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil || d.More() || errOut.Len() > 0 {
		t.Fatalf("check %s: %v, %s", path, err, errOut.String())
	}
	return code, v
}

// TestCheck_communityFiles prints what runs of apps that people published, with the nodes that this islet has.
func TestCheck_communityFiles(t *testing.T) {
	t.Setenv("LANG", "C")
	dir := filepath.Join("../../../shared/dify/community")
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: ../shared is absent")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds %d files, %v", dir, len(files), err)
	}
	good := 0
	for _, path := range files {
		code, v := check(t, path)
		if (code == 0) != (v.Status != dsl.Failed) || code > 1 {
			t.Errorf("%s: exit code %d with %s", path, code, v.Status)
		}
		if v.Status != dsl.Failed {
			good++
		}
		ok := 0
		for _, n := range v.Nodes {
			if n.OK {
				ok++
			} else if !strings.Contains(n.Problem, " ") {
				t.Errorf("%s: the problem of node %s is no sentence: %q", path, n.ID, n.Problem)
			}
		}
		t.Logf("%-24s %-14s %2d of %2d nodes  %s", v.Status, v.Mode, ok, len(v.Nodes), filepath.Base(path))
		for _, n := range v.Nodes {
			if !n.OK {
				t.Logf("    %-20s %s: %s", n.Type, n.Title, n.Problem)
			}
		}
	}
	if good < len(files)-1 {
		t.Errorf("%d of %d can be imported", good, len(files))
	}
}
