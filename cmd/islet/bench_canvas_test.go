package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestBenchCanvas prints how a graph of five hundred nodes behaves on the canvas in Chromium: frames while panning, and how
// soon the panel of a node opens.
func TestBenchCanvas_printsFigures(t *testing.T) {
	if os.Getenv("ISLET_BENCH") == "" {
		t.Skip("run it with make bench")
	}
	t.Setenv("ISLET_BENCH", "")    // comes back for the others
	_ = os.Unsetenv("ISLET_BENCH") // islet refuses settings that it does not know
	bin, err := filepath.Abs("../../islet")
	if err != nil {
		t.Fatal(err)
	}
	p := serve(t, bin, filepath.Join(t.TempDir(), "data"))
	cmd := exec.Command("node", "e2e/canvas-bench.mjs")
	cmd.Dir = "../../assets/ui"
	cmd.Env = append(os.Environ(), "BASE_URL="+p.url, "SETUP_CODE="+p.code)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}
