package console_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"islet/app"
	"islet/app/account"
	"islet/app/chat"
	"islet/app/egress"
	"islet/app/flow"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
	"islet/app/run"
	"islet/app/speech"
	"islet/app/studio"
	"islet/app/tool"
	"islet/app/tool/toolbox"
	"islet/app/workflow/node"
	"islet/store"
	"islet/web/console"
	"islet/web/route"
)

// newWorkshop is the console API as far as apps need it, with a scripted model server, and the id of its endpoint.
func newWorkshop(t *testing.T) (p *people, o *browser, endpoint app.ID) {
	t.Helper()
	p, o, endpoint, _ = newScripted(t)
	return p, o, endpoint
}

// newScripted is newWorkshop with the model server and its script.
func newScripted(t *testing.T, script ...modeltest.Reply) (p *people, o *browser, endpoint app.ID, srv *modeltest.Started) {
	t.Helper()
	claim, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), claim.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv = modeltest.Start(modeltest.Options{Script: script})
	quiet := slog.New(slog.DiscardHandler)
	accounts := account.New(db, account.Options{})
	code, _, err := accounts.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	models := model.NewRegistry(model.Wire(db, model.Options{Open: provider.Opener(egress.New(egress.Options{}), provider.Limits{})}))
	var flows *flow.Flow
	runs := run.New(run.Options{DB: db, Logger: quiet,
		Rebuild: func(ctx context.Context, r *app.Run, s run.State) (run.Spec, error) { return flows.Rebuild(ctx, r, s) }})
	keeper := &model.Keeper{DB: db, Registry: models, Protocols: []string{"openai"}}
	st := &studio.Studio{DB: db, Chatter: models.Chatter, DefaultModel: keeper.Preferred, Types: node.Table(node.Deps{Chatter: models.Chatter, Model: keeper.Known,
		Client: func(bool) (*http.Client, error) { return &http.Client{}, nil },
		Tools: func(_ context.Context, ref tool.Ref) (*tool.Tool, error) {
			return tool.Find(tool.Table(tool.Deps{}), ref)
		},
		History: func(ctx context.Context, _, parent app.ID, limit int) (past []*app.Message, err error) {
			err = db.View(ctx, func(s *store.Snapshot) error { past, err = chat.History(s, parent, limit); return err })
			return past, err
		},
		Form: func(ctx context.Context, run app.ID, ask app.Form) (*app.Form, error) {
			return flows.Form(ctx, run, ask)
		}})}
	talk := chat.New(chat.Options{DB: db, Runs: runs, Models: models, Log: quiet})
	flows = flow.New(flow.Options{DB: db, Runs: runs, Studio: st, Chat: talk, Log: quiet})
	api := &console.API{DB: db, Accounts: accounts, Studio: st, Chat: talk, Flow: flows, Runs: runs, Models: models, Endpoints: keeper,
		Speech: speech.New(speech.Options{Models: models, Defaults: keeper.Defaults}),
		Tools:  toolbox.New(toolbox.Options{DB: db, Door: egress.New(egress.Options{}), Builtin: tool.Table(tool.Deps{})})}
	e := echo.New()
	api.Routes(&route.Router{Echo: e, Log: quiet})
	s := httptest.NewServer(e)
	t.Cleanup(func() {
		s.Close()
		talk.Close()
		flows.Close()
		err := runs.Close(context.Background())
		st.Close()
		models.Close()
		srv.Close()
		if err := errors.Join(err, db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	p = &people{t: t, url: s.URL, code: code}
	o = p.owner()
	endpoint = app.NewID()
	var ws *app.Workspace
	if err := db.View(t.Context(), func(s *store.Snapshot) (err error) { ws, err = s.Workspace(); return err }); err != nil {
		t.Fatal(err)
	}
	ctx := app.WithScope(context.Background(), app.Scope{Workspace: ws.ID})
	err = db.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertEndpoint(&app.Endpoint{ID: endpoint, Name: "s", Vendor: "custom", Protocol: "openai", BaseURL: srv.URL + "/v1", CreatedAt: tx.Now(), UpdatedAt: tx.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, o, endpoint, srv
}

func text(v any, path ...string) string {
	for _, k := range path {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	s, _ := v.(string)
	return s
}

func items(v map[string]any) []any {
	l, _ := v["data"].([]any)
	return l
}

func TestApps_fromBlankToPublished(t *testing.T) {
	_, o, endpoint := newWorkshop(t)
	o.want(400, "name_missing", "POST", "/apps", body{"mode": "chat", "name": " "})
	a := o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "助手", "description": "", "icon": "🦉", "icon_color": "#FFEEDD"})
	at := "/apps/" + text(a, "id")
	l := o.want(200, "", "GET", "/apps?q=助&mine=true", nil)
	if first, _ := items(l)[0].(map[string]any); len(items(l)) != 1 || first["draft"] != nil || first["name"] != "助手" {
		t.Errorf("apps = %v", l)
	}
	o.want(400, "draft_incomplete", "POST", at+"/publish", body{"name": "", "note": ""})
	settings := body{"model": body{"endpoint_id": "", "name": ""}, "prompt": "p", "suggested": []string{}, "variables": []body{}}
	d := o.want(200, "", "PUT", at+"/draft", body{"settings": settings, "rev": 1})
	if p, _ := d["problems"].([]any); d["rev"] != 2.0 || len(p) != 1 || text(p[0], "field") != "model" || text(p[0], "message") != "请选择模型" {
		t.Errorf("draft = %v", d)
	}
	settings["model"] = body{"endpoint_id": endpoint, "name": "echo"}
	o.want(409, "draft_conflict", "PUT", at+"/draft", body{"settings": settings, "rev": 1})
	o.want(200, "", "PUT", at+"/draft", body{"settings": settings, "rev": 2})
	v := o.want(200, "", "POST", at+"/publish", body{"name": "one", "note": "n"})
	vs := at + "/versions/" + text(v, "id")
	o.want(200, "", "PATCH", vs, body{"name": "first"})
	o.want(409, "version_published", "DELETE", vs, nil)
	if got := o.want(200, "", "POST", vs+"/restore", nil); got["draft_rev"] != 4.0 || got["published_version_id"] != v["id"] {
		t.Errorf("restore = %v", got)
	}
	if got := o.want(200, "", "GET", at+"/versions", nil); got["total"] != 1.0 || text(items(got)[0], "name") != "first" {
		t.Errorf("versions = %v", got)
	}
	o.want(200, "", "PATCH", at, body{"description": "new", "tags": []string{"x"}})
	o.want(400, "too_long", "PATCH", at+"/site", body{"placeholder": strings.Repeat("字", 65)})
	code := text(o.want(200, "", "PATCH", at+"/site", body{"title": "T"}), "site", "code")
	if got := text(o.want(200, "", "POST", at+"/site/code", nil), "site", "code"); got == code || len(got) != 20 {
		t.Errorf("site code %q after %q", got, code)
	}
	k := o.want(200, "", "POST", at+"/keys", nil)
	keys := o.want(200, "", "GET", at+"/keys", nil)
	if !strings.HasPrefix(text(k, "token"), "app-") || keys["total"] != 1.0 || text(items(keys)[0], "token") != "" {
		t.Errorf("key = %v, keys = %v", k, keys)
	}
	o.want(200, "", "DELETE", at+"/keys/"+text(k, "key", "id"), nil)
	if got := o.want(200, "", "POST", at+"/copy", nil); text(got, "name") != "助手 副本" {
		t.Errorf("copy = %v", got)
	}
	if got := o.want(200, "", "DELETE", at, nil); got["versions"] != 1.0 {
		t.Errorf("delete said %v", got)
	}
	o.want(404, "not_found", "GET", at, nil)
}

// turn runs a debug turn and returns the payload of its last event.
func (b *browser) turn(path string, in any) (finished string) {
	b.t.Helper()
	stream := text(b.want(200, "", "POST", path, in), "raw")
	_, last, ok := strings.Cut(stream, "event: finished\ndata: ")
	if !ok || !strings.Contains(stream, "event: started") || !strings.Contains(stream, "event: node") {
		b.t.Fatalf("stream %s", stream)
	}
	return last
}

// field is the first value of a field in JSON text.
func field(json, name string) string {
	_, rest, _ := strings.Cut(json, `"`+name+`":"`)
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

func TestDebug_isOnesOwnAndTraced(t *testing.T) {
	_, o, endpoint := newWorkshop(t)
	editor, _ := o.join("e@local", app.Editor)
	member, _ := o.join("m@local", app.Member)
	at := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "A"}), "id")
	o.want(400, "draft_incomplete", "POST", at+"/debug", body{"query": "q", "inputs": body{}, "files": []body{}})
	o.want(200, "", "PUT", at+"/draft", body{"rev": 1, "settings": body{"model": body{"endpoint_id": endpoint, "name": "echo"}, "prompt": "be brief", "follow_up": body{"enabled": true}}})
	last := o.turn(at+"/debug", body{"query": "say: hello", "inputs": body{}, "files": []body{}})
	conversation, message := field(last, "conversation_id"), field(last, "id")
	if field(last, "answer") != "hello" || field(last, "status") != "succeeded" {
		t.Errorf("finished %s", last)
	}
	m := at + "/messages/" + message
	if got := o.want(200, "", "GET", at+"/debug/"+conversation+"/messages", nil); got["total"] != 1.0 {
		t.Errorf("messages = %v", got)
	}
	trace := o.want(200, "", "GET", m+"/trace", nil)
	if nodes, _ := trace["nodes"].([]any); len(nodes) != 3 || text(trace, "run", "status") != "succeeded" || text(nodes[1], "type") != "llm" {
		t.Errorf("trace = %v", trace)
	}
	if got := text(o.want(200, "", "GET", m+"/events?after=1", nil), "raw"); !strings.Contains(got, "event: finished") || strings.Contains(got, "event: started") {
		t.Errorf("events = %s", got)
	}
	if got := o.want(200, "", "GET", m+"/suggested", nil); len(items(got)) != 3 {
		t.Errorf("suggested = %v", got)
	}
	o.want(200, "", "POST", m+"/feedback", body{"rating": "like", "content": ""})
	o.want(200, "", "POST", m+"/stop", nil)
	if got := o.want(200, "", "GET", at+"/conversations", nil); got["total"] != 0.0 {
		t.Errorf("the log shows the debug chat: %v", got)
	}
	editor.want(404, "not_found", "GET", at+"/debug/"+conversation+"/messages", nil)
	editor.want(404, "not_found", "POST", m+"/feedback", body{"rating": "dislike"})
	editor.want(404, "not_found", "POST", at+"/debug", body{"query": "q", "conversation_id": conversation})
	for _, path := range []string{"/apps", at, at + "/keys", m + "/trace"} {
		member.want(403, "forbidden", "GET", path, nil)
	}
	other := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "B"}), "id")
	o.want(404, "not_found", "GET", other+"/messages/"+message+"/trace", nil)
	o.want(404, "not_found", "GET", other+"/messages/"+message+"/events", nil)
}
