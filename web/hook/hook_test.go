package hook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"islet/app"
	"islet/app/chat"
	"islet/app/flow"
	"islet/app/model"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/workflow/node"
	"islet/store"
	"islet/web"
	"islet/web/hook"
	"islet/web/route"
)

// rig is the whole stack below the addresses of webhooks, with what every request of the site passes.
type rig struct {
	t      *testing.T
	db     *store.DB
	studio *studio.Studio
	flow   *flow.Flow
	ctx    context.Context // of the member who builds apps
	url    string
	logs   *bytes.Buffer
}

func newRig(t *testing.T, tune ...func(*run.Options)) *rig {
	t.Helper()
	return newRigWith(t, 0, tune...)
}

func newRigWith(t *testing.T, bodyTime time.Duration, tune ...func(*run.Options)) *rig {
	t.Helper()
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, db: db, logs: &bytes.Buffer{}}
	quiet := slog.New(slog.DiscardHandler)
	opts := run.Options{DB: db, Logger: quiet}
	for _, f := range tune {
		f(&opts)
	}
	runs := run.New(opts)
	models := model.NewRegistry(model.Wire(db, model.Options{}))
	talk := chat.New(chat.Options{DB: db, Runs: runs, Models: models, Log: quiet})
	r.studio = &studio.Studio{DB: db, Types: node.Table(node.Deps{})}
	r.flow = flow.New(flow.Options{DB: db, Runs: runs, Studio: r.studio, Chat: talk, Log: quiet})
	r.studio.OnPublish = r.flow.Publish
	ws, user := &app.Workspace{ID: app.NewID(), Name: "site", CreatedAt: db.Now()}, app.NewID()
	r.ctx = app.WithScope(context.Background(), app.Scope{Workspace: ws.ID, User: user, Role: app.Owner})
	err = db.Update(r.ctx, func(tx *store.Tx) error {
		return errors.Join(tx.InsertWorkspace(ws), tx.InsertUser(&app.User{ID: user, Email: "a@b.c", Name: "Ann", Role: app.Owner, CreatedAt: tx.Now()}))
	})
	if err != nil {
		t.Fatal(err)
	}
	loud := slog.New(slog.NewTextHandler(&locked{b: r.logs}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	handler, _ := web.New(web.Options{Log: loud, Ready: func() error { return nil }, UI: web.NewUI(fstest.MapFS{}), Routes: []func(*route.Router){(&hook.API{Flow: r.flow, BodyTime: bodyTime}).Routes}})
	srv := httptest.NewServer(handler)
	r.url = srv.URL
	t.Cleanup(func() {
		srv.Close()
		r.flow.Close()
		talk.Close()
		err := runs.Close(context.Background())
		r.studio.Close()
		models.Close()
		if err := errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
	})
	return r
}

type locked struct {
	mu sync.Mutex // guards b
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// publish makes an app with one webhook and publishes it.
func (r *rig) publish(data string) (*app.App, flow.Webhook) {
	r.t.Helper()
	a := &app.App{Name: "Robot", Mode: app.ModeWorkflow, Draft: app.Settings{Graph: json.RawMessage(`{"nodes":[{"id":"t","data":{"type":"trigger-webhook","title":"Hook",` + data + `}},
		{"id":"end","data":{"type":"end","title":"End","outputs":[{"variable":"who","value_selector":["t","who"]}]}}],"edges":[{"source":"t","target":"end"}]}`)}}
	if err := r.studio.Create(r.ctx, a); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, a.ID, "", ""); err != nil {
		r.t.Fatal(err)
	}
	hooks, err := r.flow.Webhooks(r.ctx, a.ID)
	if err != nil || len(hooks) != 1 {
		r.t.Fatal(hooks, err)
	}
	return a, hooks[0]
}

func (r *rig) runs(a *app.App) []store.RunEntry {
	r.t.Helper()
	scope := app.ScopeOf(r.ctx)
	scope.App = a.ID
	var out []store.RunEntry
	err := r.db.View(app.WithScope(r.ctx, scope), func(s *store.Snapshot) (err error) { out, _, err = s.Runs(store.RunFilter{Limit: 100}); return err })
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// call sends one request and returns the answer with its body.
func (r *rig) call(method, path string, body io.Reader, header ...string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res, string(b)
}

const postJSON = `"method":"post","body":[{"name":"who","type":"string","required":true}],"status_code":202,"response_body":"{\"queued\":true}"`

func TestWebhook_answersAtOnceAndRuns(t *testing.T) {
	r := newRig(t)
	a, h := r.publish(postJSON)
	live, debug := "/triggers/webhook/"+h.Token, "/triggers/webhook-debug/"+h.Debug
	for _, path := range []string{live, debug} {
		res, body := r.call("POST", path, strings.NewReader(`{"who":"Ann"}`), "Content-Type", "application/json", "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")
		if res.StatusCode != 202 || body != `{"queued":true}` || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %s", path, res.StatusCode, res.Header, body)
		}
	}
	got := r.runs(a)
	if len(got) != 2 || got[1].Run.Version == "" || got[0].Run.Version != "" {
		t.Fatalf("runs: %+v", got)
	}
	if strings.Contains(r.logs.String(), h.Token) || strings.Contains(r.logs.String(), h.Debug) {
		t.Error("a token is in the log")
	}
}

func TestWebhook_refusals(t *testing.T) {
	r := newRig(t)
	_, h := r.publish(postJSON)
	_, file := r.publish(`"method":"put","content_type":"application/octet-stream","body":[{"name":"who","type":"file","required":true}]`)
	_, form := r.publish(`"method":"put","content_type":"multipart/form-data","body":[{"name":"who","type":"file"}]`)
	live := "/triggers/webhook/" + h.Token
	large := strings.Repeat("x", 11<<20)
	for _, c := range []struct {
		name, method, path, typ, body string
		status                        int
		code, sentence                string
	}{
		{"wrong method", "GET", live, "", "", 405, "method_not_allowed", "POST"},
		{"method that no webhook takes", "TRACE", live, "", "", 405, "method_not_allowed", ""},
		{"missing field", "POST", live, "application/json", `{}`, 400, "webhook_field_missing", `"who"`},
		{"wrong type", "POST", live, "application/json", `{"who":1}`, 400, "webhook_field_invalid", `"who" must be of type string`},
		{"broken", "POST", live, "application/json", `{`, 400, "invalid_json", ""},
		{"another type", "POST", live, "text/plain", `x`, 415, "unsupported_media_type", "application/json"},
		{"unknown token", "POST", "/triggers/webhook/guess", "application/json", `{}`, 404, "webhook_not_found", "copy the address"},
		{"unknown debug token", "POST", "/triggers/webhook-debug/" + h.Token, "application/json", `{}`, 404, "webhook_not_found", ""},
		{"no token", "POST", "/triggers/webhook/", "application/json", `{}`, 404, "", ""},
		{"another page", "GET", "/triggers", "", "", 404, "not_found", ""},
		{"oversized JSON", "POST", live, "application/json", `{"who":"` + large + `"}`, 413, "too_large", ""},
		{"oversized file", "PUT", "/triggers/webhook/" + file.Token, "application/octet-stream", large, 413, "too_large", ""},
		{"oversized form", "PUT", "/triggers/webhook/" + form.Token, "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"who\"; filename=\"x\"\r\n\r\n" + large + "\r\n--b--\r\n", 413, "too_large", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, body := r.call(c.method, c.path, strings.NewReader(c.body), "Content-Type", c.typ)
			var e struct {
				Code, Message string
				Status        int
			}
			if err := json.Unmarshal([]byte(body), &e); err != nil {
				t.Fatalf("%d %s: %v", res.StatusCode, body, err)
			}
			if res.StatusCode != c.status || e.Status != c.status || c.code != "" && e.Code != c.code || !strings.Contains(e.Message, c.sentence) {
				t.Errorf("%d %s, want %d %s %q", res.StatusCode, body, c.status, c.code, c.sentence)
			}
		})
	}
	if res, _ := r.call("HEAD", live, nil); res.StatusCode != 405 || res.Header.Get("Allow") != "POST" {
		t.Errorf("HEAD: %d", res.StatusCode)
	}
	if res, body := r.call("POST", live, strings.NewReader(`{}`), "Content-Type", "application/json", "Accept-Language", "zh"); !strings.Contains(body, "缺少请求体字段") {
		t.Errorf("in Chinese: %d %s", res.StatusCode, body)
	}
}

func TestWebhook_slowBodyIs408(t *testing.T) {
	r := newRigWith(t, 300*time.Millisecond)
	_, h := r.publish(postJSON)
	body, w := io.Pipe()
	defer func() { _ = w.Close() }()
	go func() { _, _ = io.WriteString(w, `{"who":`) }() // and nothing more
	res, text := r.call("POST", "/triggers/webhook/"+h.Token, body, "Content-Type", "application/json")
	if res.StatusCode != 408 || !strings.Contains(text, "request_timeout") {
		t.Errorf("%d %s", res.StatusCode, text)
	}
}

func TestWebhook_plainAnswersAreNoPages(t *testing.T) {
	r := newRig(t)
	_, h := r.publish(`"response_body":"<script>alert(1)</script>"`)
	res, body := r.call("GET", "/triggers/webhook/"+h.Token, nil)
	if res.StatusCode != 200 || body != "<script>alert(1)</script>" || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
}

func TestWebhook_fiftyCallsAtOnce(t *testing.T) {
	r := newRig(t)
	a, h := r.publish(postJSON)
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() {
			if res, body := r.call("POST", "/triggers/webhook/"+h.Token, strings.NewReader(`{"who":"Ann"}`), "Content-Type", "application/json"); res.StatusCode != 202 {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
	calls.Wait()
	if got := len(r.runs(a)); got != 50 {
		t.Errorf("%d runs of 50 calls", got)
	}
}

func TestWebhook_floodIs429(t *testing.T) {
	r := newRig(t, func(o *run.Options) { o.PerApp = 1 })
	_, h := r.publish(postJSON)
	var mu sync.Mutex // guards seen
	seen := map[int]int{}
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() {
			res, body := r.call("POST", "/triggers/webhook/"+h.Token, strings.NewReader(`{"who":"Ann"}`), "Content-Type", "application/json")
			if res.StatusCode == 429 && (res.Header.Get("Retry-After") == "" || !strings.Contains(body, `"app_busy"`)) {
				t.Errorf("429 without Retry-After: %v %s", res.Header, body)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[res.StatusCode]++
		})
	}
	calls.Wait()
	if seen[202] == 0 || seen[429] == 0 || seen[202]+seen[429] != 50 {
		t.Errorf("statuses: %v", seen)
	}
}

func TestWebhook_worksUntilItsNodeGoes(t *testing.T) {
	r := newRig(t)
	a, h := r.publish(postJSON)
	set := app.Settings{Graph: json.RawMessage(`{"nodes":[{"id":"start","data":{"type":"start","title":"Start","variables":[]}}],"edges":[]}`)}
	if _, _, err := r.studio.SaveDraft(r.ctx, a.ID, a.DraftRev, set); err != nil {
		t.Fatal(err)
	}
	call := func(path string) (int, string) {
		res, body := r.call("POST", path, strings.NewReader(`{"who":"Ann"}`), "Content-Type", "application/json")
		return res.StatusCode, body
	}
	if status, body := call("/triggers/webhook/" + h.Token); status != 202 {
		t.Errorf("live, while only the draft has changed: %d %s", status, body)
	}
	if status, body := call("/triggers/webhook-debug/" + h.Debug); status != 404 || !strings.Contains(body, "webhook_gone") {
		t.Errorf("debug: %d %s", status, body)
	}
	if _, err := r.studio.Publish(r.ctx, a.ID, "", ""); err != nil {
		t.Fatal(err)
	}
	if status, body := call("/triggers/webhook/" + h.Token); status != 404 || !strings.Contains(body, "webhook_gone") {
		t.Errorf("live: %d %s", status, body)
	}
	if _, err := r.studio.Delete(r.ctx, a.ID); err != nil {
		t.Fatal(err)
	}
	if status, body := call("/triggers/webhook/" + h.Token); status != 404 || !strings.Contains(body, "webhook_not_found") {
		t.Errorf("of a deleted app: %d %s", status, body)
	}
}

func TestWebhook_keepsNoSessionOfTheBrowserThatOpenedIt(t *testing.T) {
	r := newRig(t)
	a, h := r.publish(`"method":"post","headers":[{"name":"Cookie","type":"string"}],"body":[]`)
	res, body := r.call("POST", "/triggers/webhook/"+h.Token, strings.NewReader(`{}`), "Content-Type", "application/json", "Cookie", "islet_session=CANARY_SESSION")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	for _, e := range r.runs(a) {
		if raw, _ := json.Marshal(e.Run.Inputs); strings.Contains(string(raw), "CANARY_SESSION") {
			t.Errorf("the run keeps it: %s", raw)
		}
	}
}

func TestWebhook_deepBodiesDoNotSpoilTheLog(t *testing.T) {
	r := newRig(t)
	a, h := r.publish(`"method":"post","body":[]`)
	res, _ := r.call("POST", "/triggers/webhook/"+h.Token, strings.NewReader(strings.Repeat("[", 900)+strings.Repeat("]", 900)), "Content-Type", "application/json")
	if res.StatusCode == http.StatusOK {
		t.Error("900 levels are let in")
	}
	if res, body := r.call("POST", "/triggers/webhook/"+h.Token, strings.NewReader(strings.Repeat("[", 150)+strings.Repeat("]", 150)), "Content-Type", "application/json"); res.StatusCode != http.StatusOK {
		t.Errorf("150 levels: %d %s", res.StatusCode, body)
	}
	if n := len(r.runs(a)); n != 1 {
		t.Errorf("%d runs are listed", n)
	}
}
