package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/app/sandbox"
)

const (
	addPython     = "def main(a, b):\n    return {'sum': a + b}"
	addJavaScript = "const main = ({a, b}) => ({sum: a + b})"
	loop          = "def main(): \n    while True: pass"
)

func TestPool_runsEightAtOnce(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	var all sync.WaitGroup
	for n := range int64(8) {
		for language, source := range map[string]string{sandbox.Python: addPython, sandbox.JavaScript: addJavaScript} {
			all.Go(func() {
				got, _, _ := run(t, p, language, source, map[string]any{"a": n, "b": int64(1)})
				if want := fmt.Sprintf(`{"sum":%d}`, n+1); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
	}
	all.Wait()
	if n := len(p.Workers()); n > 4 {
		t.Errorf("%d workers, want at most 2 for each language", n)
	}
}

func TestPool_stopsWhenTheContextEnds(t *testing.T) {
	p := newPool(t, sandbox.Options{Workers: 1})
	if err := p.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan error)
	go func() {
		_, err := p.Run(ctx, sandbox.Code{Language: sandbox.Python, Source: loop})
		running <- err
	}()
	waiting := make(chan error)
	go func() {
		_, err := p.Run(ctx, sandbox.Code{Language: sandbox.Python, Source: loop})
		waiting <- err
	}()
	time.Sleep(100 * time.Millisecond)
	start := time.Now()
	cancel()
	for _, c := range []chan error{running, waiting} {
		if err := <-c; app.KindOf(err) != app.Canceled || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
	if got, _, _ := run(t, p, sandbox.Python, addPython, map[string]any{"a": int64(1), "b": 1.5}); got != `{"sum":2.5}` {
		t.Errorf("the next program gives %s", got)
	}
}

func TestPool_replacesAWorkerThatWasKilled(t *testing.T) {
	p := newPool(t, sandbox.Options{Workers: 1})
	if err := p.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	failed := make(chan string)
	go func() {
		_, code, _ := run(t, p, sandbox.Python, loop, nil)
		failed <- code
	}()
	time.Sleep(100 * time.Millisecond)
	kill(t, p)
	if code := <-failed; code != "sandbox_unavailable" {
		t.Errorf("got %q, want sandbox_unavailable", code)
	}
	if err := p.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	kill(t, p) // while it idles
	for deadline := time.Now().Add(5 * time.Second); len(p.Workers()) > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if got, _, _ := run(t, p, sandbox.Python, addPython, map[string]any{"a": int64(1), "b": int64(2)}); got != `{"sum":3}` {
		t.Errorf("the next program gives %s", got)
	}
}

func kill(t *testing.T, p *sandbox.Pool) {
	t.Helper()
	for _, pid := range p.Workers() {
		w, err := os.FindProcess(pid)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Kill(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPool_endsIdleWorkers(t *testing.T) {
	p := newPool(t, sandbox.Options{IdleAfter: 50 * time.Millisecond})
	run(t, p, sandbox.JavaScript, addJavaScript, nil)
	pids := p.Workers()
	for deadline := time.Now().Add(5 * time.Second); len(p.Workers()) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("workers %v are still there", p.Workers())
		}
	}
	if slices.ContainsFunc(pids, alive) {
		t.Errorf("workers %v are still there", pids)
	}
}

func TestClose_leavesNoChild(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	if err := p.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan string)
	go func() {
		_, code, _ := run(t, p, sandbox.JavaScript, "for (;;);", nil)
		ended <- code
	}()
	for len(p.Workers()) < 2 {
		time.Sleep(time.Millisecond)
	}
	pids := p.Workers()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(pids, alive) {
		t.Errorf("workers %v are still there", pids)
	}
	if code := <-ended; code != "sandbox_unavailable" {
		t.Errorf("the running program got %q", code)
	}
	if _, code, _ := run(t, p, sandbox.JavaScript, addJavaScript, nil); code != "sandbox_unavailable" {
		t.Errorf("a program after Close got %q", code)
	}
}

func TestPool_saysThatItCannotStart(t *testing.T) {
	p := newPool(t, sandbox.Options{Command: []string{"/nonexistent/islet", sandbox.Command}})
	if _, code, _ := run(t, p, sandbox.JavaScript, addJavaScript, nil); code != "sandbox_unavailable" {
		t.Errorf("got %q, want sandbox_unavailable", code)
	}
}

// TestPool_worksWithoutACache keeps a folder that cannot be written from stopping anybody.
func TestPool_worksWithoutACache(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPool(t, sandbox.Options{CacheDir: file + "/cache"})
	if got, _, _ := run(t, p, sandbox.Python, addPython, map[string]any{"a": int64(1), "b": int64(2)}); got != `{"sum":3}` {
		t.Errorf("got %s", got)
	}
}

func BenchmarkPythonWarm(b *testing.B) { benchmark(b, sandbox.Python, addPython) }

func BenchmarkJavaScriptWarm(b *testing.B) { benchmark(b, sandbox.JavaScript, addJavaScript) }

func benchmark(b *testing.B, language, source string) {
	p := newPool(b, sandbox.Options{})
	in := map[string]any{"a": int64(1), "b": int64(2)}
	if _, code, _ := run(b, p, language, source, in); code != "" {
		b.Fatal(code)
	}
	var all []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, code, _ := run(b, p, language, source, in); code != "" {
			b.Fatal(code)
		}
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(all[len(all)/2]), "median-ms")
	b.ReportMetric(ms(all[len(all)*95/100]), "p95-ms")
	runtime.KeepAlive(p)
}
