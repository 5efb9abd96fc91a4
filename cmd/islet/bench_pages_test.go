package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"islet/app/model/modeltest"
)

// TestBenchPages prints how soon pages show what matters in Chromium, slowed down four times and with an empty cache.
func TestBenchPages_printsFigures(t *testing.T) {
	if os.Getenv("ISLET_BENCH") == "" {
		t.Skip("run it with make bench")
	}
	t.Setenv("ISLET_BENCH", "")    // comes back for the others
	_ = os.Unsetenv("ISLET_BENCH") // islet refuses settings that it does not know
	bin, err := filepath.Abs("../../islet")
	if err != nil {
		t.Fatal(err)
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{}))
	defer model.Close()
	p := serve(t, bin, filepath.Join(t.TempDir(), "data"))
	cmd := exec.Command("node", "e2e/pages-bench.mjs")
	cmd.Dir = "../../assets/ui"
	cmd.Env = append(os.Environ(), "BASE_URL="+p.url, "SETUP_CODE="+p.code, "MODEL_URL="+model.URL+"/v1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}
