package dsl_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"islet/app"
	"islet/app/studio/dsl"
	"islet/app/workflow"
)

// shared is a folder of app files beside the repository.
func shared(t *testing.T, name string) []string {
	t.Helper()
	dir := filepath.Join("../../../../shared/dify", name)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: ../shared is absent")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(files), err)
	}
	return files
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func seal(s string) []byte { return []byte("sealed:" + reverse(s)) }

func open(b []byte) (string, error) {
	return reverse(strings.TrimPrefix(string(b), "sealed:")), nil
}

func reverse(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

// load reads a file into an app, as the store would give it back.
func load(t *testing.T, raw []byte) *app.App {
	t.Helper()
	f, err := dsl.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := dsl.Settings(f, seal)
	if err != nil {
		t.Fatal(err)
	}
	return stored(t, &a)
}

// stored is an app after a trip through JSON.
func stored(t *testing.T, a *app.App) *app.App {
	t.Helper()
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	back := &app.App{}
	if err := json.Unmarshal(raw, back); err != nil {
		t.Fatal(err)
	}
	return back
}

func write(t *testing.T, a *app.App) []byte {
	t.Helper()
	out, err := dsl.Write(a, dsl.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// document is a file as another reader of YAML sees it, as text that can be compared. The version is left out: an export has ours.
func document(t *testing.T, raw []byte) string {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	delete(v, "version")
	delete(v, "kind")
	if d, _ := v["dependencies"].([]any); len(d) == 0 {
		delete(v, "dependencies")
	}
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func differ(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			from := max(i-3, 0)
			return strings.Join(x[from:min(i+3, len(x))], "\n") + "\n--- and not ---\n" + strings.Join(y[min(from, len(y)):min(i+3, len(y))], "\n")
		}
	}
	return "more lines"
}

// roundTrip wants a file to come back whole, twice.
func roundTrip(t *testing.T, raw []byte) {
	t.Helper()
	a := load(t, raw)
	out := write(t, a)
	if want, got := document(t, raw), document(t, out); want != got {
		t.Fatalf("the export differs: %s", differ(want, got))
	}
	b := load(t, out)
	a.Draft.Kept, b.Draft.Kept = nil, nil
	if x, y := canonical(t, a), canonical(t, b); x != y {
		t.Fatalf("the second import differs: %s", differ(x, y))
	}
}

// canonical is a value as JSON whose keys are sorted.
func canonical(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var sorted any
	if err := json.Unmarshal(raw, &sorted); err != nil {
		t.Fatal(err)
	}
	raw, err = json.MarshalIndent(sorted, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestShared_everyFileComesBackWhole(t *testing.T) {
	files := append(shared(t, "community"), append(shared(t, "fixtures"), shared(t, "fixtures/workflow")...)...)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw := read(t, path)
			if strings.Contains(path, "minimal_not_an_app") {
				if _, err := dsl.Read(raw); err == nil || app.AsError(err).Text.En != "Missing app data in YAML content" {
					t.Errorf("Read = %v", err)
				}
				return
			}
			roundTrip(t, raw)
		})
	}
}

func TestShared_communityFilesAreExplained(t *testing.T) {
	good := 0
	for _, path := range shared(t, "community") {
		r := dsl.Check(read(t, path), workflow.Types{})
		v := r.In(app.English)
		if v.Status != dsl.Failed {
			good++
		}
		t.Logf("%-26s %-24s %s", v.Status, v.Mode, filepath.Base(path))
		for _, n := range v.Nodes {
			if n.OK == (n.Problem != "") {
				t.Errorf("%s: node %s: ok %v with %q", path, n.ID, n.OK, n.Problem)
			}
			if !n.OK {
				t.Logf("  %-20s %s: %s", n.Type, n.Title, n.Problem)
			}
		}
		for _, w := range v.Warnings {
			t.Logf("  warning: %s", w)
		}
	}
	if good < 14 {
		t.Errorf("%d of 15 can be imported, want 14", good)
	}
}
