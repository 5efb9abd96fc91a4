package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"islet/app/model/modeltest"
)

// TestJourneyCanvas drives Chromium over the canvas: a chatflow of twelve nodes built with the mouse from blank, broken, led by the
// checklist, mended and talked to; then a workflow by keyboard only.
func TestJourneyCanvas_builtBrokenMendedAndRun(t *testing.T) {
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
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("pong")) }))
	defer other.Close()
	t.Setenv("ISLET_LOOPBACK", strconv.Itoa(other.Listener.Addr().(*net.TCPAddr).Port))
	p := serve(t, bin, filepath.Join(t.TempDir(), "data"))
	cmd := exec.Command("node", "e2e/canvas.mjs")
	cmd.Dir = "../../assets/ui"
	cmd.Env = append(os.Environ(), "BASE_URL="+p.url, "SETUP_CODE="+p.code, "MODEL_URL="+model.URL+"/v1", "ECHO_URL="+other.URL, "SHOTS="+shots)
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
