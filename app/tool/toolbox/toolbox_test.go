package toolbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"islet/app"
	"islet/app/egress"
	"islet/app/tool"
	"islet/app/tool/toolbox"
	"islet/store"
)

// rig is a toolbox over a real store, and the scope of a person in it.
type rig struct {
	t   *testing.T
	db  *store.DB
	box *toolbox.Box
	ctx context.Context
}

func newRig(t *testing.T, o toolbox.Options) *rig {
	t.Helper()
	claim, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), claim.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := claim.Settle(db, "test"); err != nil {
		t.Fatal(err)
	}
	ws := app.NewID()
	ctx := app.WithScope(t.Context(), app.Scope{Workspace: ws, User: app.NewID(), Role: app.Editor})
	if err := db.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertWorkspace(&app.Workspace{ID: ws, Name: "site", CreatedAt: tx.Now()})
	}); err != nil {
		t.Fatal(err)
	}
	o.DB, o.Log = db, slog.New(slog.DiscardHandler)
	if o.Door == nil {
		o.Door, o.Trust = egress.New(egress.Options{}), egress.Admin
	}
	box := toolbox.New(o)
	t.Cleanup(func() {
		box.Close()
		if err := errors.Join(db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	return &rig{t: t, db: db, box: box, ctx: ctx}
}

func p[T any](v T) *T { return &v }

// parts is a server of spare parts with an OpenAPI document.
func parts(t *testing.T, seen *http.Request) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/parts/{id}", func(w http.ResponseWriter, r *http.Request) {
		*seen = *r.Clone(context.Background())
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"`+r.PathValue("id")+`","stock":4}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

const partsDoc = `
openapi: 3.1.0
info: {title: Spare parts, version: "2"}
paths:
  /parts/{id}:
    get:
      operationId: part
      summary: Stock of a part
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: site, in: query, schema: {type: string, enum: [north, south]}}
    delete: {operationId: drop, responses: {}}
`

func TestBox_callsOperationsWithSealedCredentials(t *testing.T) {
	var seen http.Request
	s := parts(t, &seen)
	r := newRig(t, toolbox.Options{})
	made, err := r.box.Create(r.ctx, app.ToolAPI, toolbox.Change{Name: p("parts"), Document: p(partsDoc), Key: p("top-secret-key"), Off: p([]string{"drop"}),
		Config: &app.ToolConfig{URL: s.URL + "/v1/", Auth: app.ToolAuth{Kind: app.HeaderAuth, Name: "X-Key"}}, Headers: p([]toolbox.ToolHeader{{Name: "X-Site", Value: "plant seven"}})})
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := json.Marshal(made); strings.Contains(string(raw), "top-secret") || strings.Contains(string(raw), "plant") {
		t.Errorf("a provider shows its secrets: %s", raw)
	}
	for _, provider := range []string{string(made.ID), "parts"} {
		it, err := r.box.Find(r.ctx, tool.Ref{Type: app.ToolAPI, Provider: provider, Name: "part"})
		if err != nil {
			t.Fatalf("by %q: %v", provider, err)
		}
		res, err := it.Call(r.ctx, map[string]any{"id": "a/b 泵", "site": "north"})
		if err != nil || res.Text != `{"id":"a/b 泵","stock":4}` || len(res.JSON) != 1 {
			t.Errorf("Call = %+v, %v", res, err)
		}
		if seen.Header.Get("X-Key") != "top-secret-key" || seen.Header.Get("X-Site") != "plant seven" || seen.URL.RawQuery != "site=north" {
			t.Errorf("the server saw %v %v", seen.URL, seen.Header)
		}
		if raw, _ := json.Marshal(res.Wire); strings.Contains(string(raw), "top-secret") || strings.Contains(string(raw), "plant") || !strings.Contains(string(raw), "/v1/parts/a%2Fb%20") {
			t.Errorf("the exchange is %s", raw)
		}
	}
	if _, err := r.box.Find(r.ctx, tool.Ref{Type: app.ToolAPI, Provider: "parts", Name: "drop"}); !errors.Is(err, &app.Error{Code: "tool_off"}) {
		t.Errorf("a tool that is off: %v", err)
	}
	all, err := r.box.List(r.ctx)
	if err != nil || len(all) != 1 || all[0].Name != "part" || all[0].ProviderLabel.En != "parts" {
		t.Errorf("List = %+v, %v", all, err)
	}
	other := app.WithScope(r.ctx, app.Scope{Workspace: app.NewID(), User: app.NewID(), Role: app.Editor})
	if _, err := r.box.Find(other, tool.Ref{Type: app.ToolAPI, Provider: string(made.ID), Name: "part"}); app.KindOf(err) != app.NotFound {
		t.Errorf("another workspace: %v", err)
	}
}

func TestBox_anotherHostWantsTheCredentialsAgain(t *testing.T) {
	var seen http.Request
	s := parts(t, &seen)
	r := newRig(t, toolbox.Options{})
	config := app.ToolConfig{URL: s.URL + "/v1", Auth: app.ToolAuth{Kind: app.BearerAuth}}
	made, err := r.box.Create(r.ctx, app.ToolAPI, toolbox.Change{Name: p("parts"), Document: p(partsDoc), Key: p("top-secret-key"), Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.Replace(partsDoc, "Stock of a part", "How many there are", 1)
	if _, err := r.box.Update(r.ctx, made.ID, toolbox.Change{Document: &newer}); err != nil {
		t.Fatal(err)
	}
	it, err := r.box.Find(r.ctx, tool.Ref{Type: app.ToolAPI, Provider: "parts", Name: "part"})
	if err != nil || it.Label.En != "How many there are" {
		t.Fatalf("after a new document: %+v, %v", it, err)
	}
	if _, err := it.Call(r.ctx, map[string]any{"id": "1"}); err != nil || seen.Header.Get("Authorization") != "Bearer top-secret-key" {
		t.Errorf("a new document keeps the key: %v %v", seen.Header, err)
	}
	config.URL = "http://evil.example:80"
	if _, err := r.box.Update(r.ctx, made.ID, toolbox.Change{Config: &config}); !errors.Is(err, &app.Error{Code: "credentials_needed"}) {
		t.Errorf("another host: %v", err)
	}
	if _, err := r.box.Update(r.ctx, made.ID, toolbox.Change{Config: &config, Key: p("another")}); err != nil {
		t.Errorf("another host with another key: %v", err)
	}
}

func TestBox_egressDecidesWhereToolsGo(t *testing.T) {
	var seen http.Request
	s := parts(t, &seen)
	door := egress.New(egress.Options{})
	r := newRig(t, toolbox.Options{Door: door})
	if _, err := r.box.Create(r.ctx, app.ToolAPI, toolbox.Change{Name: p("parts"), Document: p(partsDoc), Config: &app.ToolConfig{URL: s.URL + "/v1"}}); err != nil {
		t.Fatal(err)
	}
	it, err := r.box.Find(r.ctx, tool.Ref{Type: app.ToolAPI, Provider: "parts", Name: "part"})
	if err != nil {
		t.Fatal(err)
	}
	denied := &app.Error{Kind: app.Refused, Code: "egress_denied"}
	if _, err := it.Call(r.ctx, map[string]any{"id": "1"}); !errors.Is(err, denied) {
		t.Errorf("Call = %v, want egress_denied", err)
	}
	if _, err := r.box.Fetch(r.ctx, s.URL+"/openapi.json"); !errors.Is(err, denied) {
		t.Errorf("Fetch = %v, want egress_denied", err)
	}
	if _, err := r.box.Create(r.ctx, app.ToolMCP, toolbox.Change{Name: p("m"), Config: &app.ToolConfig{URL: s.URL + "/mcp"}}); !errors.Is(err, denied) {
		t.Errorf("an MCP server: %v, want egress_denied", err)
	}
	if seen.URL != nil {
		t.Error("a request arrived")
	}
	who := map[string]bool{}
	for _, e := range door.Ledger() {
		who[e.Who] = e.Refused > 0
	}
	if !who["tool: parts"] || !who["OpenAPI document"] || !who["tool: m"] {
		t.Errorf("ledger = %v", who)
	}
}

func TestBox_stdioOnlyByTheOperatorsWord(t *testing.T) {
	r := newRig(t, toolbox.Options{})
	_, err := r.box.Create(r.ctx, app.ToolMCP, toolbox.Change{Name: p("shell"), Config: &app.ToolConfig{Transport: "stdio", Command: "sh"}})
	if !errors.Is(err, &app.Error{Code: "stdio_disabled"}) {
		t.Errorf("Create = %v, want stdio_disabled", err)
	}
}
