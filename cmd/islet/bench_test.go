package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestBench prints the figures that the README quotes, each beside its reference from the same run. It judges nothing:
// machines differ, and a figure that fails a test on a busy one would teach people to ignore tests.
func TestBench_printsFigures(t *testing.T) {
	if os.Getenv("ISLET_BENCH") == "" {
		t.Skip("run it with make bench")
	}
	_ = os.Unsetenv("ISLET_BENCH") // islet refuses settings that it does not know
	bin, err := filepath.Abs("../../islet")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("islet bench: %d cores, %s/%s\n\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	benchSize(t, bin)

	modelURL := benchModel(t, bin, 0)
	data := filepath.Join(t.TempDir(), "data")
	p := serve(t, bin, data)
	s := setUp(p, modelURL+"/v1", "test-model")
	benchChats(t, s, modelURL)
	benchFlows(t, s)
	fill(t, s, 1000)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	benchColdStart(t, bin, data)
	benchFirst(t, bin, data, s, modelURL, "a model without delay")
	benchFirst(t, bin, data, s, benchModel(t, bin, 50*time.Millisecond), "a model that takes 50 ms")
	if os.Getenv("BENCH_IDLE") != "no" { // a minute that not every look needs
		benchIdle(t, bin, data)
	}
}

func benchSize(t *testing.T, bin string) {
	info, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("binary size              %6.1f MB   (the go command itself: %.1f MB)\n", mb(info.Size()), mb(goSize()))
}

func goSize() int64 {
	path, err := exec.LookPath("go")
	if err != nil {
		return 0
	}
	if info, err := os.Stat(path); err == nil {
		return info.Size()
	}
	return 0
}

func mb(n int64) float64 { return float64(n) / (1 << 20) }

// benchModel starts the scripted model server as a process of its own.
func benchModel(t *testing.T, bin string, firstToken time.Duration) string {
	addr := freeAddr(t)
	cmd := command(bin, "dev", "model", "--addr", addr, "--quiet", "--first-token", firstToken.String())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 500 {
		if r, err := http.Get("http://" + addr + "/v1/models"); err == nil {
			_ = r.Body.Close()
			return "http://" + addr
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the model server did not start")
	return ""
}

// benchChats measures time to first token against the model directly, and chats a second.
func benchChats(t *testing.T, s *runningSite, modelURL string) {
	direct := &client{t: t, base: modelURL, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	for range 50 { // warm both ways
		_, _, _, _ = s.chat("warm", "hello", "")
		_, _ = direct.ask()
	}
	fmt.Printf("\n%-8s %-26s %-26s %-18s %s\n", "clients", "islet first token p50/p95", "model first token p50/p95", "added p50", "chats/s (stored) | model alone")
	for _, clients := range []int{1, 16, 64} {
		n := map[int]int{1: 400, 16: 2000, 64: 6000}[clients]
		before := s.stored(t)
		// Two turns each, in turn, so that a machine that drifts drifts for both.
		a1, ra1 := load(clients, n/2, s.ttft)
		b1, rb1 := load(clients, n/2, direct.ask)
		a2, ra2 := load(clients, n/2, s.ttft)
		b2, rb2 := load(clients, n/2, direct.ask)
		stored := s.stored(t) - before
		a, b := append(a1, a2...), append(b1, b2...)
		fmt.Printf("%-8d %-26s %-26s %-18s %.0f (%d of %d) | %.0f\n", clients, quantiles(a), quantiles(b), (median(a) - median(b)).Round(10*time.Microsecond).String(),
			(ra1+ra2)/2, stored, len(a), (rb1+rb2)/2)
	}
}

// benchFlows measures whole runs of start → template → end over HTTP, each stored before it counts, beside the same server
// answering a request that runs nothing.
func benchFlows(t *testing.T, s *runningSite) {
	api, _ := s.flowApp("bench",
		map[string]any{"id": "start", "type": "start", "title": "Start", "variables": []any{map[string]any{"variable": "name", "label": "name", "type": "text-input", "required": true}}},
		map[string]any{"id": "greet", "type": "template-transform", "title": "Greet", "template": "Hello {{ name }}, 你好", "variables": []any{map[string]any{"variable": "name", "value_selector": []string{"start", "name"}}}},
		map[string]any{"id": "end", "type": "end", "title": "End", "outputs": []any{map[string]any{"variable": "text", "value_selector": []string{"greet", "output"}}}})
	run := func() (time.Duration, error) {
		start := time.Now()
		r, err := api.try("POST", "/v1/workflows/run", map[string]any{"inputs": map[string]any{"name": "bench"}, "user": "bench", "response_mode": "blocking"})
		if err == nil && (r.status != 200 || !bytes.Contains(r.body, []byte("Hello bench, 你好"))) {
			err = fmt.Errorf("status %d: %s", r.status, r.body)
		}
		return time.Since(start), err
	}
	nothing := func() (time.Duration, error) {
		start := time.Now()
		_, err := api.try("GET", "/v1/info", nil)
		return time.Since(start), err
	}
	_, _ = load(16, 320, run) // warm
	fmt.Printf("\n%-8s %-26s %-12s %s\n", "clients", "workflow run p50/p95", "runs/s", "GET /v1/info p50/p95, requests/s")
	for _, clients := range []int{1, 16} {
		n := map[int]int{1: 600, 16: 6400}[clients]
		a1, ra1 := load(clients, n/2, run)
		b1, rb1 := load(clients, n/2, nothing)
		a2, ra2 := load(clients, n/2, run)
		b2, rb2 := load(clients, n/2, nothing)
		fmt.Printf("%-8d %-26s %-12.0f %s, %.0f\n", clients, quantiles(append(a1, a2...)), (ra1+ra2)/2, quantiles(append(b1, b2...)), (rb1+rb2)/2)
	}
	var log struct{ Total int }
	api.must("GET", "/v1/workflows/logs?limit=1", nil, &log)
	fmt.Printf("%d runs are in the log\n", log.Total)
}

// ttft is one chat through islet: how long the first piece of the answer took.
func (s *runningSite) ttft() (time.Duration, error) {
	_, _, first, err := s.chat("bench", "hello", "")
	return first, err
}

// ask is one chat with the model itself.
func (c *client) ask() (first time.Duration, err error) {
	start := time.Now()
	body, _ := json.Marshal(map[string]any{"model": "test-model", "stream": true, "messages": []map[string]string{{"role": "system", "content": "You are helpful."}, {"role": "user", "content": "hello"}}})
	res, err := c.http.Post(c.base+"/v1/chat/completions", "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	for s := bufio.NewScanner(res.Body); s.Scan(); {
		if first == 0 && strings.Contains(s.Text(), `"content":"`) && !strings.Contains(s.Text(), `"content":""`) {
			first = time.Since(start)
		}
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return first, nil
}

// load runs n calls from so many clients and returns their times and the rate.
func load(clients, n int, call func() (time.Duration, error)) ([]time.Duration, float64) {
	var mu sync.Mutex
	var out []time.Duration
	var wg sync.WaitGroup
	start := time.Now()
	for range clients {
		wg.Go(func() {
			var own []time.Duration
			for range n / clients {
				if d, err := call(); err == nil {
					own = append(own, d)
				} else {
					fmt.Println("   failed:", err)
				}
			}
			mu.Lock()
			out = append(out, own...)
			mu.Unlock()
		})
	}
	wg.Wait()
	return out, float64(len(out)) / time.Since(start).Seconds()
}

func median(d []time.Duration) time.Duration { return quantile(d, 0.5) }

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[int(q*float64(len(s)-1))]
}

func quantiles(d []time.Duration) string {
	return fmt.Sprintf("%s / %s", quantile(d, 0.5).Round(10*time.Microsecond), quantile(d, 0.95).Round(10*time.Microsecond))
}

// stored counts the app's conversations as the console sees them.
func (s *runningSite) stored(t *testing.T) int {
	var l struct {
		Total int `json:"total"`
	}
	s.owner.must("GET", "/console/api/apps/"+s.app+"/conversations?limit=1", nil, &l)
	return l.Total
}

// fill chats until the app has n conversations.
func fill(t *testing.T, s *runningSite, n int) {
	if missing := n - s.stored(t); missing > 0 {
		load(16, missing+16, s.ttft)
	}
}

// benchColdStart times a process from its start to its first 200, with the conversations of the benchmark in the directory.
func benchColdStart(t *testing.T, bin, data string) {
	var cold, ref []time.Duration
	for range 11 {
		start := time.Now()
		p := spawn(t, bin, data)
		if err := p.wait(10 * time.Second); err != nil {
			t.Fatal(err, p.out.String())
		}
		cold = append(cold, time.Since(start))
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		start = time.Now()
		_ = exec.Command(bin, "--version").Run() // only its time matters
		ref = append(ref, time.Since(start))
	}
	fmt.Printf("\ncold start to first 200  %s p50, %s max   (islet --version: %s p50)\n", median(cold).Round(time.Millisecond), slices.Max(cold).Round(time.Millisecond), median(ref).Round(time.Millisecond))
}

// benchFirst compares the first chat after a start with the ones that follow. Each round is a process of its own. The model
// without delay shows all that islet adds; people feel the other one.
func benchFirst(t *testing.T, bin, data string, was *runningSite, modelURL, label string) {
	p := serve(t, bin, data)
	owner := p.client()
	owner.must("POST", "/console/api/signin", map[string]any{"email": ownerEmail, "password": ownerPassword}, nil)
	owner.must("PATCH", "/console/api/endpoints/"+was.endpoint, map[string]any{"base_url": modelURL + "/v1"}, nil)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	var first, later, ratios []time.Duration
	for range 7 {
		p := serve(t, bin, data)
		time.Sleep(time.Second) // a person is slower
		s := &runningSite{process: p, api: p.client()}
		s.api.key = was.api.key
		s.api.must("GET", "/v1/parameters?user=bench", nil, nil) // the web page asks this before anybody can type
		d, err := s.ttft()
		if err != nil {
			t.Fatal(err)
		}
		var rest []time.Duration
		for range 20 {
			d, err := s.ttft()
			if err != nil {
				t.Fatal(err)
			}
			rest = append(rest, d)
		}
		first, later = append(first, d), append(later, median(rest))
		ratios = append(ratios, d*1000/median(rest)) // in thousandths
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Printf("first chat after start   %s p50   (later ones: %s p50; ratio %.2f; %s)\n", median(first).Round(10*time.Microsecond), median(later).Round(10*time.Microsecond), float64(median(ratios))/1000, label)
}

// benchIdle reads the proportional set size of a process that has been idle for a minute.
func benchIdle(t *testing.T, bin, data string) {
	p := serve(t, bin, data)
	after := func(d time.Duration) float64 {
		time.Sleep(d)
		return pss(p.cmd.Process.Pid)
	}
	first, idle := after(time.Second), after(60*time.Second)
	fmt.Printf("idle Pss after 60 s      %6.1f MiB  (after 1 s: %.1f MiB)\n", idle, first)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
}

// pss is a process's proportional set size in MiB, 0 where the system does not tell.
func pss(pid int) float64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
			kb, _ := strconv.ParseFloat(f[1], 64) // the kernel writes a number
			return kb / 1024
		}
	}
	return 0
}
