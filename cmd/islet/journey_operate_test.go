package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"islet/app/model/modeltest"
)

// TestJourneyOperate annotates an answer in the log of an app, is answered from the annotation in the web app, finds that in the
// annotation's history and in the overview, and looks at the pages around an app.
func TestJourneyOperate_fromALogToAnAnnotatedAnswer(t *testing.T) {
	if os.Getenv("ISLET_E2E") == "" {
		t.Skip("run it with make e2e")
	}
	t.Setenv("ISLET_E2E", "")    // comes back for the other journeys
	_ = os.Unsetenv("ISLET_E2E") // islet refuses settings that it does not know
	bin, err := filepath.Abs("../../islet")
	if err != nil {
		t.Fatal(err)
	}
	shots := os.Getenv("SHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{}))
	defer model.Close()
	p := serve(t, bin, filepath.Join(t.TempDir(), "data"))
	cmd := exec.Command("node", "e2e/operate.mjs")
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
