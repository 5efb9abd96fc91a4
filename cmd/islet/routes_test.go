package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"islet/app"
	"islet/store"
	"islet/web/route"
)

var update = flag.Bool("update", false, "write the golden files anew")

// inProcess is the whole server without a process: real stores, real handlers.
func inProcess(t *testing.T) (*parts, *process) {
	t.Helper()
	claim, err := store.Take(filepath.Join(t.TempDir(), "data"), "test")
	if err != nil {
		t.Fatal(err)
	}
	p, err := build(t.Context(), claim, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.start()
	s := httptest.NewServer(p.handler)
	t.Cleanup(func() {
		s.Close()
		if err := p.close(context.Background()); err != nil {
			t.Error(err)
		}
		_ = claim.Release()
	})
	return p, &process{t: t, url: s.URL, code: p.setupCode, data: claim.Dir}
}

// TestRoutes_goldenIsTheTable shows every endpoint with who may call it and how large its body may be, so that a change of
// either is seen by whoever reads the change.
func TestRoutes_goldenIsTheTable(t *testing.T) {
	p, _ := inProcess(t)
	var b strings.Builder
	for _, r := range p.router.Rows {
		who := string(r.Role)
		switch {
		case r.Public:
			who = "public"
		case who == "":
			who = "key"
		}
		fmt.Fprintf(&b, "%-6s %-70s %-8s %d\n", r.Method, r.Path, who, r.Limit)
	}
	golden(t, "testdata/routes.golden", b.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, path); want != got {
		t.Errorf("%s is stale; run go test ./cmd/islet -update and read the difference", path)
	}
}

// TestOpenAPI_theUIsTypesAreFresh keeps the document from which the UI's types are made equal to the handlers.
func TestOpenAPI_theUIsTypesAreFresh(t *testing.T) {
	got, err := openAPI()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "../../assets/ui/src/api/openapi.json", string(got))
}

// publicRows are the only console rows that strangers may call.
var publicRows = []string{
	"GET /console/api/setup", "POST /console/api/setup", "POST /console/api/signin", "POST /console/api/signout",
	"GET /console/api/invites/open/{token}", "POST /console/api/invites/open/{token}",
}

func TestRoutes_strangersGet401(t *testing.T) {
	p, srv := inProcess(t)
	for _, r := range p.router.Rows {
		name := r.Method + " " + r.Path
		if strings.HasPrefix(r.Path, "/api/") || strings.HasPrefix(r.Path, "/triggers/") || strings.HasPrefix(r.Path, "/mcp/") {
			continue // published web apps are open to all, and the address of a webhook or an MCP server is its key; their packages test whose things they show
		}
		if r.Public != slices.Contains(publicRows, name) {
			t.Errorf("%s: public = %v", name, r.Public)
		}
		if r.Public {
			continue
		}
		if got := call(t, srv.url, r, nil); got != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d, want 401", name, got)
		}
	}
}

// TestRoutes_rolesAreEnforced calls every console row as each role. Whatever the row does with made-up ids, it refuses with
// 403 exactly those whose role is too small.
func TestRoutes_rolesAreEnforced(t *testing.T) {
	p, srv := inProcess(t)
	owner := srv.client()
	owner.must("POST", "/console/api/setup", map[string]any{"code": srv.code, "name": "o", "email": ownerEmail, "password": ownerPassword, "workspace_name": "w", "language": "en"}, nil)
	people := map[app.Role]*client{app.Owner: owner}
	for _, role := range []app.Role{app.Admin, app.Editor, app.Member} {
		var inv struct {
			Link string `json:"link"`
		}
		owner.must("POST", "/console/api/invites", map[string]any{"email": string(role) + "@site.local", "role": role}, &inv)
		token := inv.Link[strings.LastIndexByte(inv.Link, '/')+1:]
		c := srv.client()
		c.must("POST", "/console/api/invites/open/"+token, map[string]any{"name": string(role), "password": "correct-horse-9", "language": "en"}, nil)
		people[role] = c
	}
	for _, r := range p.router.Rows {
		if r.Role == "" || r.Public || r.Method != http.MethodGet && slices.Contains([]string{"/console/api/me/password"}, r.Path) {
			continue
		}
		for role, c := range people {
			if role == app.Owner && r.Method == http.MethodDelete {
				continue
			}
			got := call(t, srv.url, r, c.http)
			if refused := got == http.StatusForbidden; refused != !role.AtLeast(r.Role) && !(got == 403 && role.AtLeast(r.Role) && inside(r)) {
				t.Errorf("%s %s as %s: %d, the table says %s", r.Method, r.Path, role, got, r.Role)
			}
			if got >= 500 && got != http.StatusBadGateway {
				t.Errorf("%s %s as %s: %d", r.Method, r.Path, role, got)
			}
		}
	}
}

// inside tells the rows that also refuse by whom the change is about.
func inside(r *route.Row) bool {
	return strings.Contains(r.Path, "/members") || strings.Contains(r.Path, "/invites")
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// call sends an empty request to a row with made-up ids and returns the status.
func call(t *testing.T, base string, r *route.Row, c *http.Client) int {
	t.Helper()
	path := parameter.ReplaceAllString(r.Path, "0190a0a0-0000-7000-8000-000000000001")
	var body []byte
	if r.Method != http.MethodGet && r.Method != http.MethodDelete {
		body, _ = json.Marshal(map[string]any{})
	}
	req, err := http.NewRequest(r.Method, base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c == nil {
		c = http.DefaultClient
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
