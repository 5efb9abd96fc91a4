package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"islet/app/model/modeltest"
)

// TestCrashBatch kills islet in the middle of a batch. After each restart the batch goes on by itself to its end: every row has a
// result, and an order that may have been placed is never placed again: such a row says that it was interrupted.
func TestCrashBatch_goesOnAndEffectsHappenOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	kills, bin := kills(), ""
	if kills > 2 {
		kills, bin = min(kills, 8), "../../islet"
	}
	model := httptest.NewServer(modeltest.New(modeltest.Options{PerToken: time.Millisecond}))
	defer model.Close()
	orders := newReceiver(t)
	data := filepath.Join(t.TempDir(), "data")
	p := serve(t, bin, data, "--loopback", orders.port())
	s := setUp(p, model.URL+"/v1", "test-model")
	_, appID := s.flowApp("orders",
		map[string]any{"id": "start", "type": "start", "title": "Start", "variables": []any{map[string]any{"variable": "order", "label": "Order", "type": "text-input", "required": true}}},
		map[string]any{"id": "say", "type": "llm", "title": "LLM", "model": map[string]any{"provider": s.endpoint, "name": "test-model", "mode": "chat", "completion_params": map[string]any{}},
			"prompt_template": []any{map[string]any{"role": "user", "text": "order {{#start.order#}} with some words that take the model a while"}}, "context": map[string]any{"enabled": false}},
		map[string]any{"id": "place", "type": "http-request", "title": "Place", "method": "post", "url": orders.URL + "/order", "headers": "", "params": "",
			"authorization": map[string]any{"type": "no-auth"}, "body": map[string]any{"type": "raw-text", "data": []any{map[string]any{"type": "text", "value": "{{#start.order#}}"}}}},
		map[string]any{"id": "end", "type": "end", "title": "End", "outputs": []any{map[string]any{"variable": "order", "value_selector": []string{"start", "order"}}}})
	const rows = 120
	table := "Order\n"
	for i := range rows {
		table += fmt.Sprintf("order-%d\n", i+1)
	}
	batch := s.owner.sendTable("/console/api/apps/"+appID+"/batches", "orders.csv", table)
	for range kills {
		time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		p.kill()
		p = serve(t, bin, data, "--loopback", orders.port())
	}
	owner := p.client()
	owner.must("POST", "/console/api/signin", map[string]any{"email": ownerEmail, "password": ownerPassword}, nil)
	var b struct {
		Status string
		Counts struct{ Total, Waiting, Running, Succeeded, Failed, Stopped int }
	}
	for end := time.Now().Add(60 * time.Second); b.Status != "finished" && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		owner.must("GET", "/console/api/apps/"+appID+"/batches/"+batch, nil, &b)
	}
	if b.Status != "finished" || b.Counts.Total != rows || b.Counts.Succeeded+b.Counts.Failed != rows {
		t.Errorf("after %d kills the batch is %+v", kills, b)
	}
	judge(t, data, appID, orders)
	interrupted := 0
	for page := 1; page <= 2; page++ {
		var l struct {
			Data []struct {
				Number  int
				Status  string
				Outputs map[string]any
				Error   *struct{ Code string }
			}
		}
		owner.must("GET", fmt.Sprintf("/console/api/apps/%s/batches/%s/rows?limit=100&page=%d", appID, batch, page), nil, &l)
		for _, r := range l.Data {
			want := fmt.Sprintf("order-%d", r.Number)
			orders.mu.Lock()
			n := orders.came[want]
			orders.mu.Unlock()
			switch {
			case r.Status == "succeeded" && (r.Outputs["order"] != want || n != 1):
				t.Errorf("row %d: %v, placed %d times", r.Number, r.Outputs, n)
			case r.Status == "failed" && (r.Error == nil || !strings.Contains(r.Error.Code, "interrupted") || n > 1):
				t.Errorf("row %d failed with %+v, placed %d times", r.Number, r.Error, n)
			case r.Status == "failed":
				interrupted++
			}
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	t.Logf("%d kills, %d rows, %d of them interrupted while they may have placed their order", kills, rows, interrupted)
}

// sendTable sends a table and returns the id of what it became.
func (c *client) sendTable(path, name, table string) string {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, table)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), "POST", c.base+path, &b)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, _ := io.ReadAll(res.Body) // what came is shown
	var out struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(raw, &out); err != nil || out.ID == "" {
		c.t.Fatalf("POST %s: %d %s", path, res.StatusCode, raw)
	}
	return out.ID
}
