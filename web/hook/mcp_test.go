package hook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"islet/app"
	"islet/store"
)

// greeter publishes a workflow that greets, and serves it over MCP.
func (r *rig) greeter(enabled bool) (*app.App, string) {
	r.t.Helper()
	a := &app.App{Name: "问候 Greeter", Mode: app.ModeWorkflow, Description: "greets people", Draft: app.Settings{Graph: json.RawMessage(`{"nodes":[
		{"id":"s","data":{"type":"start","title":"S","variables":[{"variable":"who","label":"Whom","type":"text-input","required":true,"max_length":20},{"variable":"n","label":"Times","type":"number"},
			{"variable":"doc","label":"Doc","type":"file"}]}},
		{"id":"t","data":{"type":"template-transform","title":"T","template":"hello {{ w }} {{ n }}","variables":[{"variable":"w","value_selector":["s","who"]},{"variable":"n","value_selector":["s","n"]}]}},
		{"id":"e","data":{"type":"end","title":"E","outputs":[{"variable":"text","value_selector":["t","output"]}]}}],
		"edges":[{"source":"s","target":"t"},{"source":"t","target":"e"}]}`)}}
	if err := r.studio.Create(r.ctx, a); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, a.ID, "", ""); err != nil {
		r.t.Fatal(err)
	}
	m, err := r.flow.SetMCPServer(r.ctx, &app.MCPServer{App: a.ID, Enabled: enabled, Description: "say hello", Params: map[string]string{"who": "a name"}}, false)
	if err != nil {
		r.t.Fatal(err)
	}
	return a, r.url + "/mcp/server/" + m.Code + "/mcp"
}

func TestMCP_anAppIsATool(t *testing.T) {
	r := newRig(t)
	a, url := r.greeter(true)
	s, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url, MaxRetries: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // stateless
	list, err := s.ListTools(t.Context(), nil)
	if err != nil || len(list.Tools) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	got := list.Tools[0]
	schema, err := json.Marshal(got.InputSchema)
	if err != nil || got.Name != "Greeter" || got.Title != "问候 Greeter" || got.Description != "say hello" ||
		!strings.Contains(string(schema), `"who":{"description":"a name","type":"string"}`) || !strings.Contains(string(schema), `"required":["who"]`) || strings.Contains(string(schema), "doc") {
		t.Errorf("%s %q %q %s, %v", got.Name, got.Title, got.Description, schema, err)
	}
	for name, c := range map[string]struct {
		tool string
		args any
		want string
		bad  bool
	}{
		"a greeting":       {"Greeter", map[string]any{"who": "林", "n": 2}, "hello 林 2", false},
		"nobody to greet":  {"Greeter", map[string]any{}, "Whom", true},
		"a name too long":  {"Greeter", map[string]any{"who": strings.Repeat("x", 21)}, "20", true},
		"no such field":    {"Greeter", map[string]any{"who": "a", "other": 1}, "hello a", false},
		"an unknown tool":  {"other", map[string]any{}, "", true},
		"a file by no way": {"Greeter", map[string]any{"who": "b", "doc": "/etc/passwd"}, "", true},
	} {
		res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: c.tool, Arguments: c.args})
		if err != nil {
			if !c.bad {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		text := res.Content[0].(*mcp.TextContent).Text
		if res.IsError != c.bad || !strings.Contains(text, c.want) {
			t.Errorf("%s: %t %q", name, res.IsError, text)
		}
		if structured, err := json.Marshal(res.StructuredContent); !c.bad && (err != nil || !strings.Contains(string(structured), `"text":"hello`)) {
			t.Errorf("%s: structured %s, %v", name, structured, err)
		}
	}
	err = r.db.View(r.ctx, func(s *store.Snapshot) error {
		runs, n, err := s.Runs(store.RunFilter{App: a.ID, Source: app.FromMCP})
		if n == 0 || len(runs) == 0 || runs[0].Run.Source != app.FromMCP {
			t.Errorf("%d runs came in by MCP", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMCP_refuses(t *testing.T) {
	r := newRig(t)
	a, url := r.greeter(true)
	_, off := r.greeter(false)
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`
	for name, c := range map[string]struct {
		method, url, body string
		header            http.Header
		status            int
	}{
		"who knows it":        {"POST", url, hello, nil, 200},
		"an unknown address":  {"POST", r.url + "/mcp/server/abcdefghijklmnopqrstuvwxyz/mcp", hello, nil, 404},
		"one switched off":    {"POST", off, hello, nil, 404},
		"a page elsewhere":    {"POST", url, hello, http.Header{"Origin": {"http://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}, 403},
		"GET":                 {"GET", url, "", nil, 405},
		"DELETE":              {"DELETE", url, "", nil, 405},
		"no JSON":             {"POST", url, "hello", nil, 400},
		"another method":      {"PUT", url, hello, nil, 405},
		"an address below it": {"POST", url + "/x", hello, nil, 404},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, c.url, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		for k, v := range c.header {
			req.Header[k] = v
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if _ = res.Body.Close(); err != nil || res.StatusCode != c.status {
			t.Errorf("%s: %d %.200s, %v; want %d", name, res.StatusCode, b, err, c.status)
		}
	}
	again, err := r.flow.SetMCPServer(r.ctx, &app.MCPServer{App: a.ID, Enabled: true}, true)
	if err != nil || strings.Contains(url, again.Code) {
		t.Fatalf("%+v, %v", again, err)
	}
	if res, err := http.Post(url, "application/json", strings.NewReader(hello)); err != nil || res.StatusCode != 404 { //nolint:noctx // a test
		t.Errorf("the old address: %v, %v", res, err)
	}
	if strings.Contains(r.logs.String(), again.Code) {
		t.Error("the code of an address is in the log")
	}
}
