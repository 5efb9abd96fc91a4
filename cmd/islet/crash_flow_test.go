package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"islet/app/model/modeltest"
)

// receiver is a system of others that workflows write to. It counts what came for each order.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	came map[string]int
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{came: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.came[string(body)]++
		r.mu.Unlock()
		time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond) // kills fall before, during and after the effect
		fmt.Fprint(w, "ok")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) port() string {
	_, port, _ := net.SplitHostPort(r.Listener.Addr().String())
	return port
}

// TestCrashFlow kills islet in the middle of workflow runs. After the restart every run comes to an end by itself: it goes on
// from its last finished node, and an order that may have been placed is never placed again; the run then says interrupted.
func TestCrashFlow_runsGoOnAndEffectsHappenOnce(t *testing.T) {
	kills := kills()
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	bin := ""
	if kills > 2 {
		bin = "../../islet"
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{PerToken: time.Millisecond}))
	defer model.Close()
	orders := newReceiver(t)
	data := filepath.Join(t.TempDir(), "data")
	p := serve(t, bin, data, "--loopback", orders.port())
	s := setUp(p, model.URL+"/v1", "test-model")
	api, appID := s.flowApp("orders",
		map[string]any{"id": "start", "type": "start", "title": "Start", "variables": []any{map[string]any{"variable": "order", "label": "order", "type": "text-input", "required": true}}},
		map[string]any{"id": "say", "type": "llm", "title": "LLM", "model": map[string]any{"provider": s.endpoint, "name": "test-model", "mode": "chat", "completion_params": map[string]any{}},
			"prompt_template": []any{map[string]any{"role": "user", "text": "order {{#start.order#}} with some words that take the model a while"}}, "context": map[string]any{"enabled": false}},
		map[string]any{"id": "place", "type": "http-request", "title": "Place", "method": "post", "url": orders.URL + "/order", "headers": "", "params": "",
			"authorization": map[string]any{"type": "no-auth"}, "body": map[string]any{"type": "raw-text", "data": []any{map[string]any{"type": "text", "value": "{{#start.order#}}"}}}},
		map[string]any{"id": "tell", "type": "template-transform", "title": "Tell", "template": "placed {{ o }}", "variables": []any{map[string]any{"variable": "o", "value_selector": []string{"start", "order"}}}},
		map[string]any{"id": "end", "type": "end", "title": "End", "outputs": []any{map[string]any{"variable": "text", "value_selector": []string{"tell", "output"}}}})
	key := api.key
	var placed atomic.Int64
	resumed := 0
	for round := range kills {
		var wg sync.WaitGroup
		var stop atomic.Bool
		for w := range 6 {
			wg.Go(func() {
				for i := 0; !stop.Load(); i++ {
					order := fmt.Sprintf("order-%d-%d-%d", round, w, i)
					_ = api.events("POST", "/v1/workflows/run", map[string]any{"inputs": map[string]any{"order": order}, "user": "crash", "response_mode": "streaming"},
						func(_, data string) bool { placed.Add(int64(strings.Count(data, `"workflow_started"`))); return true })
				}
			})
		}
		time.Sleep(time.Duration(150+rand.IntN(900)) * time.Millisecond)
		p.kill()
		stop.Store(true)
		wg.Wait()
		p = serve(t, bin, data, "--loopback", orders.port())
		api = p.client()
		api.key = key
		if m := goingOn.FindStringSubmatch(p.out.String()); m != nil {
			n, _ := strconv.Atoi(m[1]) // the pattern has only digits
			resumed += n
		}
	}
	left := waitAllFinal(t, data)
	if err := p.stop(); err != nil {
		t.Errorf("the last stop: %v\n%s", err, p.out.String())
	}
	if left > 0 {
		t.Errorf("%d runs came to no end", left)
	}
	counts := judge(t, data, appID, orders)
	t.Logf("%d kills, %d runs acknowledged, %d went on after a kill: %v", kills, placed.Load(), resumed, counts)
	if kills > 2 && resumed == 0 {
		t.Error("no run ever went on after a crash: the load is not what it should be")
	}
}

// goingOn is what a server says at its start of runs that it takes up.
var goingOn = regexp.MustCompile(`going_on=(\d+)`)

// waitAllFinal waits until no run is running any more and returns how many are.
func waitAllFinal(t *testing.T, data string) (left int) {
	t.Helper()
	db := openBeside(t, data)
	for range 200 {
		if err := db.QueryRow(`SELECT count(*) FROM runs WHERE status NOT IN ('succeeded','failed','stopped','interrupted','partial-succeeded')`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			return 0
		}
		time.Sleep(50 * time.Millisecond)
	}
	return left
}

func openBeside(t *testing.T, data string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "islet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// judge compares how each run ended with what the receiver saw of it.
func judge(t *testing.T, data, appID string, orders *receiver) map[string]int {
	t.Helper()
	counts := map[string]int{}
	rows, err := openBeside(t, data).Query(`SELECT status, inputs, COALESCE(error, '') FROM runs WHERE app_id = ?`, appID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	orders.mu.Lock()
	defer orders.mu.Unlock()
	for rows.Next() {
		var status, raw, failure string
		if err := rows.Scan(&status, &raw, &failure); err != nil {
			t.Fatal(err)
		}
		var in struct{ Order string }
		if err := json.Unmarshal([]byte(raw), &in); err != nil {
			t.Fatal(err)
		}
		counts[status]++
		n := orders.came[in.Order]
		switch {
		case n > 1:
			t.Errorf("%s was placed %d times", in.Order, n)
		case status == "succeeded" && n != 1:
			t.Errorf("%s succeeded and was placed %d times", in.Order, n)
		case status == "interrupted" && !strings.Contains(failure, "interrupted"):
			t.Errorf("%s is interrupted and says %s", in.Order, failure)
		case status != "succeeded" && status != "interrupted":
			t.Errorf("%s ended as %s: %s", in.Order, status, failure)
		}
	}
	var steps int
	if err := openBeside(t, data).QueryRow(`SELECT (SELECT count(*) FROM run_steps) + (SELECT count(*) FROM run_states)`).Scan(&steps); err != nil || steps != 0 {
		t.Errorf("%d rows of journals are left (%v)", steps, err)
	}
	return counts
}
