package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"islet/app"
	"islet/app/sandbox"
	"islet/app/value"
)

// TestMain is the worker when a pool starts this test as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == sandbox.Command {
		os.Exit(sandbox.Worker(os.Stdin, os.Stdout))
	}
	if !sandbox.HasPython() {
		fmt.Println("app/sandbox/python/dist/python.wasm.zst is missing; run make python")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// cacheDir is shared by all tests and runs: compiling Python takes seconds.
func cacheDir() string { return filepath.Join(os.TempDir(), "islet-sandbox-test") }

func newPool(t testing.TB, o sandbox.Options) *sandbox.Pool {
	t.Helper()
	if o.CacheDir == "" {
		o.CacheDir = cacheDir()
	}
	p := sandbox.New(o)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// run runs a program and returns its result as JSON, or the code of its error.
func run(t testing.TB, p *sandbox.Pool, language, source string, inputs map[string]any) (result, code string, elapsed time.Duration) {
	t.Helper()
	r, err := p.Run(context.Background(), sandbox.Code{Language: language, Source: source, Inputs: inputs})
	if err != nil {
		return app.AsError(err).Error(), app.AsError(err).Code, 0
	}
	raw, err := value.Encode(r.Value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), "", r.Elapsed
}
