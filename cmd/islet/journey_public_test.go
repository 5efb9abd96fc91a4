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

// TestJourneyPublic drives Chromium through what visitors of published apps do: a table of 100 rows run while nobody looks, with two
// rows that fail, and its results; a page of another site with the bubble, refused until its site is named; an app for invited people
// that turns a stranger away and serves a guest, on a phone too.
func TestJourneyPublic_tablesBubblesAndGuests(t *testing.T) {
	if os.Getenv("ISLET_E2E") == "" {
		t.Skip("run it with make e2e")
	}
	t.Setenv("ISLET_E2E", "")    // comes back for the other journey
	_ = os.Unsetenv("ISLET_E2E") // islet refuses settings that it does not know
	bin, err := filepath.Abs("../../islet")
	if err != nil {
		t.Fatal(err)
	}
	shots := os.Getenv("SHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{PerToken: 5 * time.Millisecond}))
	defer model.Close()
	p := serve(t, bin, filepath.Join(t.TempDir(), "data"))
	cmd := exec.Command("node", "e2e/public.mjs")
	cmd.Dir = "../../assets/ui"
	cmd.Env = append(os.Environ(), "BASE_URL="+p.url, "SETUP_CODE="+p.code, "MODEL_URL="+model.URL+"/v1", "SHOTS="+shots)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("journey: %v\n%s", err, out.String())
	}
	t.Log(strings.TrimSpace(out.String()))
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}
