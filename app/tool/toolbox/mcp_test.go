package toolbox_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"islet/app"
	"islet/app/tool"
	"islet/app/tool/toolbox"
	"islet/store"
)

type ticketIn struct {
	Title string `json:"title" jsonschema:"what is wrong"`
	Level int    `json:"level,omitempty"`
}

type ticketOut struct {
	ID string `json:"id"`
}

// tickets is an MCP server with a tool for each kind of answer.
func tickets() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "tickets", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "open", Title: "Open a ticket", Description: "Opens a ticket."}, func(_ context.Context, _ *mcp.CallToolRequest, in ticketIn) (*mcp.CallToolResult, ticketOut, error) {
		if in.Title == "" {
			return nil, ticketOut{}, errors.New("a title is needed")
		}
		return nil, ticketOut{ID: fmt.Sprintf("%s/%d", in.Title, in.Level)}, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "picture", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "here"}, &mcp.ImageContent{MIMEType: "image/png", Data: []byte("\x89PNG")}}}, nil, nil
	})
	return s
}

func handlers() map[string]http.Handler {
	get := func(*http.Request) *mcp.Server { return tickets() }
	return map[string]http.Handler{
		"http":     mcp.NewStreamableHTTPHandler(get, &mcp.StreamableHTTPOptions{Stateless: true}),
		"sessions": mcp.NewStreamableHTTPHandler(get, nil),
		"sse":      mcp.NewSSEHandler(get, nil),
	}
}

func TestMCP_toolsOfEveryTransport(t *testing.T) {
	for name, h := range handlers() {
		t.Run(name, func(t *testing.T) {
			var refused atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Tenant") != "plant seven" || r.Header.Get("Authorization") != "Bearer top-secret-key" {
					refused.Add(1)
					http.Error(w, "who are you", http.StatusUnauthorized)
					return
				}
				h.ServeHTTP(w, r)
			}))
			t.Cleanup(s.Close)
			r := newRig(t, toolbox.Options{Save: func(_ context.Context, name, mime string, data []byte) (app.Attachment, error) {
				return app.Attachment{Name: name, MIME: mime, Size: int64(len(data))}, nil
			}})
			transport := name
			if name == "sessions" {
				transport = "http"
			}
			config := app.ToolConfig{URL: s.URL, Transport: transport, Auth: app.ToolAuth{Kind: app.BearerAuth}}
			change := toolbox.Change{Name: p("tickets"), Config: &config, Key: p("wrong")}
			if _, err := r.box.Create(r.ctx, app.ToolMCP, change); !errors.Is(err, &app.Error{Code: "tool_unauthorized"}) {
				t.Errorf("wrong credentials: %v, want tool_unauthorized", err)
			}
			change.Key, change.Headers = p("top-secret-key"), p([]toolbox.ToolHeader{{Name: "X-Tenant", Value: "plant seven"}})
			made, err := r.box.Create(r.ctx, app.ToolMCP, change)
			if err != nil {
				t.Fatal(err)
			}
			before := refused.Load()
			if len(made.Tools) != 2 || made.Tools[0].Title != "Open a ticket" || !made.Tools[1].ReadOnly {
				t.Errorf("tools = %+v", made.Tools)
			}
			open, err := r.box.Find(r.ctx, tool.Ref{Type: app.ToolMCP, Provider: "tickets", Name: "open"})
			if err != nil {
				t.Fatal(err)
			}
			if q := open.Params[0]; q.Name != "title" || !q.Required || q.Description != "what is wrong" || open.Params[1].Type != "number" || !open.Effects {
				t.Errorf("parameters = %+v", open.Params)
			}
			for range 2 { // the second time over the same session
				res, err := open.Call(r.ctx, map[string]any{"title": "泵 7", "level": int64(2)})
				if err != nil || !strings.Contains(res.Text, `泵 7/2`) || len(res.JSON) != 1 {
					t.Errorf("open = %+v, %v", res, err)
				}
			}
			if _, err := open.Call(r.ctx, map[string]any{"title": ""}); !errors.Is(err, &app.Error{Code: "tool_failed"}) || !strings.Contains(err.Error(), "a title is needed") {
				t.Errorf("a tool that fails: %v", err)
			}
			picture, err := r.box.Find(r.ctx, tool.Ref{Type: app.ToolMCP, Provider: string(made.ID), Name: "picture"})
			if err != nil {
				t.Fatal(err)
			}
			if res, err := picture.Call(r.ctx, nil); err != nil || res.Text != "here" || len(res.Files) != 1 || res.Files[0].Name != "image.png" || picture.Effects {
				t.Errorf("picture = %+v, %v", res, err)
			}
			if refused.Load() != before {
				t.Errorf("%d requests came without credentials", refused.Load()-before)
			}
			s.CloseClientConnections()
			if _, err := r.box.Refresh(r.ctx, made.ID); err != nil {
				t.Errorf("Refresh = %v", err)
			}
		})
	}
}

func TestMCP_whatIsNoServerSaysSo(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	r := newRig(t, toolbox.Options{})
	for at, code := range map[string]string{s.URL: "mcp_refused", "http://127.0.0.1:1/mcp": "tool_unreachable", "file:///etc/passwd": "invalid_url", "http://u:p@h/": "invalid_url"} {
		_, err := r.box.Create(r.ctx, app.ToolMCP, toolbox.Change{Name: p("x"), Config: &app.ToolConfig{URL: at}})
		if app.AsError(err) == nil || app.AsError(err).Code != code {
			t.Errorf("%s: %v, want %s", at, err, code)
		}
	}
}

// TestMain lets this very program be an MCP server that somebody lists.
func TestMain(m *testing.M) {
	if os.Getenv("ACT_AS_MCP_SERVER") != "" {
		_ = tickets().Run(context.Background(), &mcp.StdioTransport{}) // ends with its input
		return
	}
	os.Exit(m.Run())
}

func TestMCP_programsOfTheOperator(t *testing.T) {
	file := filepath.Join(t.TempDir(), toolbox.CommandsFile)
	raw, err := json.Marshal(map[string]any{"mcpServers": map[string]any{"tickets": map[string]any{"command": os.Args[0], "env": map[string]string{"ACT_AS_MCP_SERVER": "1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	commands, err := toolbox.ReadCommands(file)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, toolbox.Options{Commands: commands})
	if got := r.box.CommandNames(); len(got) != 1 || got[0] != "tickets" {
		t.Errorf("commands = %v", got)
	}
	if _, err := r.box.Create(r.ctx, app.ToolMCP, toolbox.Change{Name: p("t"), Config: &app.ToolConfig{Transport: "stdio", Command: "tickets"}}); err != nil {
		t.Fatal(err)
	}
	it, err := r.box.Find(r.ctx, tool.Ref{Type: app.ToolMCP, Provider: "t", Name: "open"})
	if err != nil {
		t.Fatal(err)
	}
	if res, err := it.Call(r.ctx, map[string]any{"title": "x"}); err != nil || !strings.Contains(res.Text, "x/0") {
		t.Errorf("open = %+v, %v", res, err)
	}
	for _, bad := range []string{`{`, `{"mcpServers":{"a":{}}}`} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := toolbox.ReadCommands(file); app.AsError(err) == nil || app.AsError(err).Code != "mcp_file_invalid" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// guarded is an MCP server behind an authorization server of its own.
func guarded(t *testing.T) (s *httptest.Server, renewals *atomic.Int64) {
	t.Helper()
	renewals = &atomic.Int64{}
	mux := http.NewServeMux()
	s = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	out := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	challenges := map[string]string{}
	inner := handlers()["http"]
	mux.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) {
		if tok := r.Header.Get("Authorization"); tok != "Bearer second" {
			w.Header().Set("WWW-Authenticate", `Bearer resource_metadata="`+s.URL+`/.well-known/oauth-protected-resource/mcp"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
	mux.HandleFunc("/.well-known/oauth-protected-resource/mcp", func(w http.ResponseWriter, _ *http.Request) {
		out(w, map[string]any{"resource": s.URL + "/mcp", "authorization_servers": []string{s.URL}})
	})
	mux.HandleFunc("/.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		out(w, map[string]any{"issuer": s.URL, "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token", "registration_endpoint": s.URL + "/register",
			"response_types_supported": []string{"code"}, "code_challenge_methods_supported": []string{"S256"}})
	})
	mux.HandleFunc("/register", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		_ = json.NewDecoder(r.Body).Decode(&in)
		in["client_id"] = "given"
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(in)
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("client_id") != "given" || q.Get("code_challenge_method") != "S256" {
			http.Error(w, "no PKCE", http.StatusBadRequest)
			return
		}
		challenges["code-1"] = q.Get("code_challenge")
		http.Redirect(w, r, q.Get("redirect_uri")+"?code=code-1&state="+url.QueryEscape(q.Get("state")), http.StatusFound)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		switch r.Form.Get("grant_type") {
		case "authorization_code":
			sum := sha(r.Form.Get("code_verifier"))
			if challenges[r.Form.Get("code")] != sum {
				http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
				return
			}
			out(w, map[string]any{"access_token": "first", "token_type": "Bearer", "expires_in": 1, "refresh_token": "again"}) // due at once
		case "refresh_token":
			renewals.Add(1)
			out(w, map[string]any{"access_token": "second", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "again"})
		}
	})
	return s, renewals
}

func sha(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func TestMCP_isAuthorizedByAPerson(t *testing.T) {
	s, renewals := guarded(t)
	r := newRig(t, toolbox.Options{})
	made, err := r.box.Create(r.ctx, app.ToolMCP, toolbox.Change{Name: p("tickets"), Config: &app.ToolConfig{URL: s.URL + "/mcp", Auth: app.ToolAuth{Kind: app.OAuth}}})
	if err != nil || len(made.Tools) != 0 {
		t.Fatalf("Create = %+v, %v", made, err)
	}
	if _, err := r.box.Refresh(r.ctx, made.ID); !errors.Is(err, &app.Error{Code: "tool_unauthorized"}) {
		t.Errorf("before it is authorized: %v", err)
	}
	const callback = "http://site.corp:8080/console/api/tool-providers/oauth/callback"
	page, err := r.box.Authorize(r.ctx, made.ID, callback)
	if err != nil {
		t.Fatal(err)
	}
	noFollow := *http.DefaultClient
	noFollow.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := noFollow.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil || !strings.HasPrefix(back.String(), callback) {
		t.Fatalf("the server sends the person to %v, %v", back, err)
	}
	state, code := back.Query().Get("state"), back.Query().Get("code")
	stranger := app.WithScope(r.ctx, app.Scope{Workspace: app.ScopeOf(r.ctx).Workspace, User: app.NewID(), Role: app.Editor})
	for name, c := range map[string]struct {
		ctx   context.Context
		state string
	}{"another state": {r.ctx, "guessed"}, "no state": {r.ctx, ""}, "another person": {stranger, state}} {
		if _, err := r.box.Answer(c.ctx, c.state, code, "", ""); !errors.Is(err, &app.Error{Code: "oauth_expired"}) {
			t.Errorf("%s: %v, want oauth_expired", name, err)
		}
	}
	if id, err := r.box.Answer(r.ctx, state, code, "", ""); err != nil || id != made.ID {
		t.Fatalf("Answer = %s, %v", id, err)
	}
	if _, err := r.box.Answer(r.ctx, state, code, "", ""); !errors.Is(err, &app.Error{Code: "oauth_expired"}) {
		t.Errorf("the same answer again: %v", err)
	}
	it, err := r.box.Find(r.ctx, tool.Ref{Type: app.ToolMCP, Provider: "tickets", Name: "open"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if res, err := it.Call(r.ctx, map[string]any{"title": "x"}); err != nil || !strings.Contains(res.Text, "x/0") {
			t.Errorf("open = %+v, %v", res, err)
		}
	}
	if renewals.Load() == 0 {
		t.Error("the token was never renewed")
	}
	var stored *app.ToolProvider
	if err := r.db.View(r.ctx, func(sn *store.Snapshot) (err error) { stored, err = sn.ToolProvider(made.ID); return err }); err != nil {
		t.Fatal(err)
	}
	if raw, _ := json.Marshal(stored); strings.Contains(string(raw), "second") || strings.Contains(string(stored.Sealed), "second") {
		t.Errorf("the token shows: %s", raw)
	}
}

func TestMCP_authorizationThatIsDenied(t *testing.T) {
	s, _ := guarded(t)
	r := newRig(t, toolbox.Options{})
	made, err := r.box.Create(r.ctx, app.ToolMCP, toolbox.Change{Name: p("tickets"), Config: &app.ToolConfig{URL: s.URL + "/mcp", Auth: app.ToolAuth{Kind: app.OAuth}}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.box.Authorize(r.ctx, made.ID, "http://site.corp/cb")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.box.Answer(r.ctx, u.Query().Get("state"), "", "", "access_denied"); !errors.Is(err, &app.Error{Code: "oauth_failed"}) {
		t.Errorf("Answer = %v, want oauth_failed", err)
	}
}
