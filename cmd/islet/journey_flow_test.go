package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestJourneyFlow drives Chromium through a workflow: an imported Dify file with a branch, a template and a form, run in the
// studio, published, run by a visitor in Chinese and dark at 390 px with a reload while it waits, and its trace in the log.
func TestJourneyFlow_fromFileToTrace(t *testing.T) {
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
	p := serve(t, bin, filepath.Join(t.TempDir(), "data"))
	cmd := exec.Command("node", "e2e/flow.mjs")
	cmd.Dir = "../../assets/ui"
	cmd.Env = append(os.Environ(), "BASE_URL="+p.url, "SETUP_URL="+p.url+"/setup?code="+p.code, "SHOTS="+shots)
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
