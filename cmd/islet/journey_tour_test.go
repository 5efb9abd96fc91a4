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

// TestJourneyTour opens every page of a filled site in Chinese and light and in English and dark: no console message, no serious
// finding of axe, nothing that scrolls sideways. `make shots` runs it over dialogs and states, too, and keeps the pictures.
func TestJourneyTour_pagesAreAccessibleAndQuiet(t *testing.T) {
	if os.Getenv("ISLET_E2E") == "" {
		t.Skip("run it with make e2e")
	}
	t.Setenv("ISLET_E2E", "")    // comes back for the other journeys
	_ = os.Unsetenv("ISLET_E2E") // islet refuses settings that it does not know
	bin, err := filepath.Abs("../../islet")
	if err != nil {
		t.Fatal(err)
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{}))
	defer model.Close()
	p := serve(t, bin, filepath.Join(t.TempDir(), "data"))
	cmd := exec.Command("node", "e2e/tour.mjs")
	cmd.Dir = "../../assets/ui"
	cmd.Env = append(os.Environ(), "BASE_URL="+p.url, "SETUP_CODE="+p.code, "MODEL_URL="+model.URL+"/v1")
	if os.Getenv("SHOTS") == "" {
		cmd.Env = append(cmd.Env, "SHOTS="+t.TempDir(), "PAGES=1")
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("tour: %v\n%s", err, out.String())
	}
	t.Log(strings.TrimSpace(out.String()))
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}
