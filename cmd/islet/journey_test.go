package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"islet/app/model/modeltest"
)

// TestJourney drives Chromium through the main job, on the built binary: set-up, model, app, debug, publish, web app in
// Chinese and dark at 390 px, backup, restore into a second folder, and the same conversation there.
func TestJourney_fromEmptyFolderToRestoredConversation(t *testing.T) {
	if os.Getenv("ISLET_E2E") == "" {
		t.Skip("run it with make e2e")
	}
	t.Setenv("ISLET_E2E", "")    // comes back for the other journeys
	_ = os.Unsetenv("ISLET_E2E") // islet refuses settings that it does not know
	bin, err := filepath.Abs("../../islet")
	if err != nil {
		t.Fatal(err)
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{FirstToken: 30 * time.Millisecond, PerToken: 5 * time.Millisecond}))
	defer model.Close()
	shots := os.Getenv("SHOTS")
	if shots == "" {
		shots = t.TempDir()
	}

	first := filepath.Join(t.TempDir(), "data")
	p := serve(t, bin, first)
	state := filepath.Join(t.TempDir(), "state.json")
	browse(t, shots, state, "build", p.url, p.url+"/setup?code="+p.code, model.URL+"/v1")

	files, err := filepath.Glob(filepath.Join(first, "backups", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no backup in %s (%v)", first, err)
	}
	second := filepath.Join(t.TempDir(), "restored")
	if out, err := command(bin, "restore", files[0], "--data", second).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	q := serve(t, bin, second)
	if q.code != "" {
		t.Error("the restored site asks to be set up")
	}
	browse(t, shots, state, "restored", q.url, "", "")
	for _, s := range []*process{p, q} {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}
	sameDump(t, bin, first)
}

// sameDump backs a stopped site up once more, restores that, and wants the canonical dumps of both equal to the byte.
func sameDump(t *testing.T, bin, data string) {
	t.Helper()
	to, again := t.TempDir(), filepath.Join(t.TempDir(), "again")
	if out, err := command(bin, "backup", "--data", data, "--to", to).CombinedOutput(); err != nil {
		t.Fatalf("backup: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(to, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("backup left %v (%v)", files, err)
	}
	if out, err := command(bin, "restore", files[0], "--data", again).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	a, b := dump(t, bin, data), dump(t, bin, again)
	if a != b || !strings.Contains(a, "messages") {
		t.Errorf("the restored dump differs\n--- original\n%s\n--- restored\n%s", a, b)
	}
}

// browse runs one part of the journey; it fails on any console error or warning.
func browse(t *testing.T, shots, state, part, url, setup, model string) {
	t.Helper()
	cmd := exec.Command("node", "e2e/journey.mjs", part)
	cmd.Dir = "../../assets/ui"
	cmd.Env = append(os.Environ(), "BASE_URL="+url, "SETUP_URL="+setup, "MODEL_URL="+model, "SHOTS="+shots, "STATE="+state)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("journey, part %s: %v\n%s", part, err, out.String())
	}
	t.Log(strings.TrimSpace(out.String()))
}

func dump(t *testing.T, bin, data string) string {
	t.Helper()
	out, err := command(bin, "dev", "dump", "--data", data).Output()
	if err != nil {
		t.Fatalf("dump %s: %v", data, err)
	}
	return string(out)
}
