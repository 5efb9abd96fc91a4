package flow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/chat"
	"islet/app/flow"
	"islet/app/model"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/value"
	"islet/app/workflow"
	"islet/app/workflow/node"
	"islet/store"
)

// plant is a store with all that starts workflows over it. It can be closed and opened again, as a process ends and begins.
type plant struct {
	t    *testing.T
	dir  string
	tune []func(*run.Options)
	now  func() time.Time
	ctx  context.Context // of the member who builds apps

	db     *store.DB
	runs   *run.Manager
	chat   *chat.Chat
	studio *studio.Studio
	models *model.Registry
	flow   *flow.Flow
}

func newPlant(t *testing.T, dir string, tune ...func(*run.Options)) *plant {
	t.Helper()
	p := &plant{t: t, dir: dir, now: time.Now, tune: tune}
	p.open()
	ws, user := &app.Workspace{ID: app.NewID(), Name: "site", CreatedAt: p.db.Now()}, app.NewID()
	p.ctx = app.WithScope(context.Background(), app.Scope{Workspace: ws.ID, User: user, Role: app.Owner})
	err := p.db.Update(p.ctx, func(tx *store.Tx) error {
		return errors.Join(tx.InsertWorkspace(ws), tx.InsertUser(&app.User{ID: user, Email: "a@b.c", Name: "Ann", Role: app.Owner, CreatedAt: tx.Now()}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *plant) open() {
	p.t.Helper()
	db, err := store.Open(context.Background(), p.dir, store.Options{Readers: 2, Now: func() time.Time { return p.now() }})
	if err != nil {
		p.t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	opts := run.Options{DB: db, Logger: quiet, Rebuild: func(ctx context.Context, r *app.Run, s run.State) (run.Spec, error) { return p.flow.Rebuild(ctx, r, s) }}
	for _, f := range p.tune {
		f(&opts)
	}
	p.db, p.runs = db, run.New(opts)
	p.models = model.NewRegistry(model.Wire(db, model.Options{}))
	p.chat = chat.New(chat.Options{DB: db, Runs: p.runs, Models: p.models, Log: quiet})
	p.studio = &studio.Studio{DB: db, Types: node.Table(node.Deps{})}
	p.flow = flow.New(flow.Options{DB: db, Runs: p.runs, Studio: p.studio, Chat: p.chat, Log: quiet})
	p.studio.OnPublish = p.flow.Publish
}

func (p *plant) close() {
	p.t.Helper()
	p.flow.Close()
	p.chat.Close()
	err := p.runs.Close(context.Background())
	p.studio.Close()
	p.models.Close()
	if err := errors.Join(err, p.db.Close()); err != nil {
		p.t.Error(err)
	}
}

// graph is a trigger with data, and an end.
func graph(triggers ...string) json.RawMessage {
	nodes, edges := "", ""
	for _, data := range triggers {
		id := "t" + string(rune('0'+strings.Count(nodes, `"id"`)))
		nodes += `{"id":"` + id + `","data":` + data + `},`
		edges += `{"source":"` + id + `","target":"end","sourceHandle":"source"},`
	}
	return json.RawMessage(`{"nodes":[` + nodes + `{"id":"end","data":{"type":"end","title":"End","outputs":[]}}],"edges":[` + strings.TrimSuffix(edges, ",") + `]}`)
}

func (p *plant) app(g json.RawMessage) *app.App {
	p.t.Helper()
	a := &app.App{Name: "Robot", Mode: app.ModeWorkflow, Draft: app.Settings{Graph: g}}
	if err := p.studio.Create(p.ctx, a); err != nil {
		p.t.Fatal(err)
	}
	return a
}

func (p *plant) publish(a *app.App, g json.RawMessage) error {
	p.t.Helper()
	rev, _, err := p.studio.SaveDraft(p.ctx, a.ID, a.DraftRev, app.Settings{Graph: g})
	if err != nil {
		p.t.Fatal(err)
	}
	a.DraftRev = rev
	_, err = p.studio.Publish(p.ctx, a.ID, "", "")
	return err
}

// list are the runs of an app, the oldest first.
func (p *plant) list(a *app.App) []*app.Run {
	p.t.Helper()
	var out []*app.Run
	scope := app.ScopeOf(p.ctx)
	scope.App = a.ID
	err := p.db.View(app.WithScope(p.ctx, scope), func(s *store.Snapshot) error {
		entries, _, err := s.Runs(store.RunFilter{Limit: 100})
		for i := range entries {
			out = append(out, entries[i].Run)
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b *app.Run) int { return a.StartedAt.Compare(b.StartedAt) })
	return out
}

func (p *plant) run(id app.ID) *app.Run {
	p.t.Helper()
	var r *app.Run
	if err := p.db.View(p.ctx, func(s *store.Snapshot) (err error) { r, err = s.Run(id); return err }); err != nil {
		p.t.Fatal(err)
	}
	return r
}

// form writes a multipart form of name=value and name@file=content.
func form(t *testing.T, parts ...string) (body io.Reader, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, part := range parts {
		name, v, _ := strings.Cut(part, "=")
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + name + `"`}}
		if name, file, ok := strings.Cut(name, "@"); ok {
			h.Set("Content-Disposition", `form-data; name="`+name+`"; filename="`+file+`"`)
		}
		out, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(out, v)
	}
	_ = w.Close()
	return &b, w.FormDataContentType()
}

func TestHook_readsTheRequestAsItsNodeDeclares(t *testing.T) {
	p := newPlant(t, t.TempDir())
	defer p.close()
	const (
		all     = `"headers":[{"name":"X-Token","required":true},{"name":"x_id"}],"params":[{"name":"page","type":"number"},{"name":"deep","type":"boolean"},{"name":"q","required":true}]`
		fields  = `"body":[{"name":"s","type":"string","required":true},{"name":"n","type":"number"},{"name":"b","type":"boolean"},{"name":"o","type":"object"},{"name":"a","type":"array[number]"},{"name":"os","type":"array[object]"}]`
		textual = `"body":[{"name":"s","type":"string","required":true},{"name":"n","type":"number"},{"name":"b","type":"boolean"},{"name":"o","type":"object"}]`
		json1   = "application/json"
		urlform = "application/x-www-form-urlencoded"
	)
	multi := func(parts ...string) (string, string) {
		b, ct := form(t, parts...)
		s, _ := io.ReadAll(b)
		return ct, string(s)
	}
	type req struct {
		method, query, typ, body string
		header                   map[string]string
	}
	formed := func(parts ...string) req { ct, b := multi(parts...); return req{method: "POST", typ: ct, body: b} }
	for _, c := range []struct {
		name, data string
		req        req
		want       string // the inputs without the raw request, or ! and the code of the refusal with what its sentence has
	}{
		{"defaults: get, no body", ``, req{method: "GET"}, `{}`},
		{"header names in every form", all, req{method: "GET", query: "q=1", header: map[string]string{"x-token": "t", "X-Id": "i"}}, `{"X_Token":"t","deep":null,"page":null,"q":"1","x_id":"i"}`},
		{"underscore in the request", all, req{method: "GET", query: "q=&page=1.5&deep=YES", header: map[string]string{"X_Token": "t"}}, `{"X_Token":"t","deep":true,"page":1.5,"q":"","x_id":null}`},
		{"typed query", all, req{method: "GET", query: "q=a&q=b&page=-7&deep=0", header: map[string]string{"X-Token": "t"}}, `{"X_Token":"t","deep":false,"page":-7,"q":"a","x_id":null}`},
		{"empty number is none", all, req{method: "GET", query: "q=a&page=", header: map[string]string{"X-Token": "t"}}, `{"X_Token":"t","deep":null,"page":null,"q":"a","x_id":null}`},
		{"missing header", all, req{method: "GET", query: "q=1"}, `!webhook_field_missing header "X-Token"`},
		{"missing parameter", all, req{method: "GET", header: map[string]string{"X-Token": "t"}}, `!webhook_field_missing query parameter "q"`},
		{"not a number", all, req{method: "GET", query: "q=1&page=one", header: map[string]string{"X-Token": "t"}}, `!webhook_field_invalid query parameter "page" must be of type number`},
		{"no number of JSON's", all, req{method: "GET", query: "q=1&page=NaN", header: map[string]string{"X-Token": "t"}}, `!webhook_field_invalid "page"`},
		{"nor in hexadecimal", all, req{method: "GET", query: "q=1&page=0x1p2", header: map[string]string{"X-Token": "t"}}, `!webhook_field_invalid "page"`},
		{"not a boolean", all, req{method: "GET", query: "q=1&deep=maybe", header: map[string]string{"X-Token": "t"}}, `!webhook_field_invalid "deep"`},
		{"another method", `"method":"post"`, req{method: "GET"}, `!method_not_allowed takes POST, not GET`},

		{"JSON", `"method":"post",` + fields, req{method: "POST", typ: json1 + "; charset=utf-8", body: `{"s":"x","n":1.5,"b":false,"o":{"z":1,"a":2},"a":[1,2.5],"os":[{}],"more":1}`}, `{"a":[1,2.5],"b":false,"n":1.5,"o":{"a":2,"z":1},"os":[{}],"s":"x"}`},
		{"JSON without a type", `"method":"POST",` + fields, req{method: "POST", body: `{"s":""}`}, `{"a":null,"b":null,"n":null,"o":null,"os":null,"s":""}`},
		{"JSON of another vendor", `"method":"post",` + fields, req{method: "POST", typ: "application/cloudevents+json", body: `{"s":"x"}`}, `{"a":null,"b":null,"n":null,"o":null,"os":null,"s":"x"}`},
		{"JSON null is missing", `"method":"post",` + fields, req{method: "POST", typ: json1, body: `{"s":null}`}, `!webhook_field_missing body field "s"`},
		{"JSON no object", `"method":"post",` + fields, req{method: "POST", typ: json1, body: `[1]`}, `!webhook_field_missing body field "s"`},
		{"JSON nothing", `"method":"post",` + fields, req{method: "POST", typ: json1}, `!webhook_field_missing body field "s"`},
		{"JSON broken", `"method":"post",` + fields, req{method: "POST", typ: json1, body: `{"s":`}, `!invalid_json`},
		{"JSON wrong types", `"method":"post",` + fields, req{method: "POST", typ: json1, body: `{"s":1}`}, `!webhook_field_invalid "s" must be of type string`},
		{"a boolean is no number", `"method":"post",` + fields, req{method: "POST", typ: json1, body: `{"s":"","n":true}`}, `!webhook_field_invalid "n"`},
		{"elements count", `"method":"post",` + fields, req{method: "POST", typ: json1, body: `{"s":"","a":[1,"2"]}`}, `!webhook_field_invalid "a" must be of type array[number]`},
		{"form for JSON", `"method":"post",` + fields, req{method: "POST", typ: urlform, body: `s=1`}, `!unsupported_media_type takes a body of type application/json, not application/x-www-form-urlencoded`},

		{"form", `"method":"put","content_type":"` + urlform + `",` + textual, req{method: "PUT", typ: urlform, body: `s=a+b&n=007&b=true&o=%7B%22a%22%3A1%7D&o=x`}, `{"b":true,"n":7,"o":{"a":1},"s":"a b"}`},
		{"form broken", `"method":"put","content_type":"` + urlform + `",` + textual, req{method: "PUT", typ: urlform, body: `s=%zz`}, `!invalid_form`},
		{"form no object", `"method":"put","content_type":"` + urlform + `",` + textual, req{method: "PUT", typ: urlform, body: `s=&o=[1]`}, `!webhook_field_invalid "o"`},
		{"form missing", `"method":"put","content_type":"` + urlform + `",` + textual, req{method: "PUT", typ: urlform, body: `n=1`}, `!webhook_field_missing "s"`},

		{"text", `"method":"post","content_type":"text/plain","body":[{"name":"msg","type":"string","required":true}]`, req{method: "POST", typ: "text/plain", body: "héllo\xff"}, `{"msg":"héllo` + "\uFFFD" + `"}`},
		{"text missing", `"method":"post","content_type":"text/plain","body":[{"name":"msg","type":"string","required":true}]`, req{method: "POST", typ: "text/plain"}, `!webhook_field_missing body field "msg"`},
		{"bytes missing", `"method":"post","content_type":"application/octet-stream","body":[{"name":"f","type":"file","required":true}]`, req{method: "POST"}, `!webhook_field_missing body field "f"`},

		{"multipart", `"method":"post","content_type":"multipart/form-data",` + textual, formed("s=x", "n=2", "extra@e.txt=e"), `{"b":null,"n":2,"o":null,"s":"x"}`},
		{"multipart missing file", `"method":"post","content_type":"multipart/form-data","body":[{"name":"f","type":"file","required":true}]`, formed("f=text"), `!webhook_field_missing body field "f"`},
		{"multipart empty", `"method":"post","content_type":"multipart/form-data",` + textual, req{method: "POST", typ: "multipart/form-data; boundary=x"}, `!webhook_field_missing "s"`},
		{"multipart cut off", `"method":"post","content_type":"multipart/form-data",` + textual, req{method: "POST", typ: "multipart/form-data; boundary=x", body: "--x\r\nContent-Disposition: form-data; name=\"s\"\r\n\r\nabc"}, `!body_unreadable`},
		{"multipart without a boundary", `"method":"post","content_type":"multipart/form-data",` + textual, req{method: "POST", typ: "multipart/form-data", body: "x"}, `!body_unreadable`},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := `{"type":"trigger-webhook","title":"Hook"`
			if c.data != "" {
				data += "," + c.data
			}
			a := p.app(graph(data + "}"))
			hooks, err := p.flow.Webhooks(p.ctx, a.ID)
			if err != nil || len(hooks) != 1 {
				t.Fatal(hooks, err)
			}
			q, _ := url.ParseQuery(c.req.query)
			r := &flow.HookRequest{Debug: true, Method: c.req.method, Header: http.Header{}, Query: q, Body: strings.NewReader(c.req.body)}
			for k, v := range c.req.header {
				r.Header.Set(k, v)
			}
			if c.req.typ != "" {
				r.Header.Set("Content-Type", c.req.typ)
			}
			reply, err := p.flow.Hook(context.Background(), hooks[0].Debug, r)
			if refusal, ok := strings.CutPrefix(c.want, "!"); ok {
				code, sentence, _ := strings.Cut(refusal, " ")
				if !errors.Is(err, &app.Error{Code: code}) || !strings.Contains(err.Error(), sentence) {
					t.Errorf("Hook = %+v, %v, want %s with %q", reply, err, code, sentence)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			in := p.run(reply.Run).Inputs
			if in["_webhook_raw"] == nil {
				t.Error("no raw request")
			}
			delete(in, "_webhook_raw")
			got, _ := value.Encode(in)
			if !sameJSON(got, c.want) {
				t.Errorf("inputs = %s, want %s", got, c.want)
			}
		})
	}
}

func sameJSON(a []byte, b string) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return value.Equal(value.Loose(x), value.Loose(y))
}

func TestHook_rawIsTheWholeRequest(t *testing.T) {
	p := newPlant(t, t.TempDir())
	defer p.close()
	a := p.app(graph(`{"type":"trigger-webhook","method":"post"}`))
	hooks, err := p.flow.Webhooks(p.ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := p.flow.Hook(context.Background(), hooks[0].Debug, &flow.HookRequest{Debug: true, Method: "POST", Remote: "10.0.0.9",
		Header: http.Header{"X-A": {"1", "2"}, "Content-Type": {"application/json"}}, Query: url.Values{"q": {"x"}}, Body: strings.NewReader(`{"z":[1],"a":null}`)})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := value.Encode(p.run(reply.Run).Inputs["_webhook_raw"])
	const want = `{"method":"POST","headers":{"Content-Type":"application/json","X-A":"1, 2"},"query_params":{"q":"x"},"body":{"z":[1],"a":null},"files":{},"remote_addr":"10.0.0.9"}`
	if !sameJSON(got, want) {
		t.Errorf("raw = %s, want %s", got, want)
	}
}

func TestHook_filesBecomeFilesOfTheApp(t *testing.T) {
	p := newPlant(t, t.TempDir())
	defer p.close()
	a := p.app(graph(`{"type":"trigger-webhook","method":"post","content_type":"multipart/form-data","body":[{"name":"one","type":"file","required":true},{"name":"many","type":"array[file]"}]}`,
		`{"type":"trigger-webhook","method":"post","content_type":"application/octet-stream","body":[{"name":"f","type":"file"}]}`))
	hooks, err := p.flow.Webhooks(p.ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	read := func(v any) string {
		t.Helper()
		f, ok := v.(app.Attachment)
		if !ok {
			t.Fatalf("%#v is no file", v)
		}
		scope := app.ScopeOf(p.ctx)
		_, body, err := p.chat.OpenFile(app.WithScope(p.ctx, app.Scope{Workspace: scope.Workspace, App: a.ID}), f.File)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = body.Close() }()
		b, _ := io.ReadAll(body)
		return f.Name + ":" + string(b)
	}
	body, typ := form(t, "one@../../a.txt=first", "one@b.txt=second", "many@c.txt=c", "many@d.txt=d", "other@e.txt=e")
	reply, err := p.flow.Hook(context.Background(), hooks[0].Debug, &flow.HookRequest{Debug: true, Method: "POST", Header: http.Header{"Content-Type": {typ}}, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	in := p.run(reply.Run).Inputs
	if got := read(in["one"]); got != "a.txt:first" {
		t.Errorf("one = %s", got)
	}
	many, _ := value.List(in["many"])
	if len(many) != 2 || read(many[1]) != "d.txt:d" {
		t.Errorf("many = %v", many)
	}
	reply, err = p.flow.Hook(context.Background(), hooks[1].Debug, &flow.HookRequest{Debug: true, Method: "POST", Body: strings.NewReader("%PDF-1.7 x"),
		Header: http.Header{"Content-Type": {"application/octet-stream"}, "Content-Disposition": {`attachment; filename="r.pdf"`}}})
	if err != nil {
		t.Fatal(err)
	}
	in = p.run(reply.Run).Inputs
	if got := read(in["f"]); got != "r.pdf:%PDF-1.7 x" || in["f"].(app.Attachment).MIME != "application/pdf" {
		t.Errorf("f = %s %+v", got, in["f"])
	}
}

func TestHook_answersAsItsNodeSays(t *testing.T) {
	p := newPlant(t, t.TempDir())
	defer p.close()
	for _, c := range []struct {
		data   string
		status int
		typ    string
	}{
		{``, 200, "text/plain"},
		{`,"status_code":202,"response_body":"{\"ok\":true}"`, 202, "application/json"},
		{`,"status_code":"201","response_body":"<b>hi</b>"`, 201, "text/plain"},
		{`,"status_code":42,"response_body":"[1"`, 200, "text/plain"},
		{`,"status_code":null,"response_body":"null"`, 200, "application/json"},
	} {
		a := p.app(graph(`{"type":"trigger-webhook"` + c.data + `}`))
		hooks, err := p.flow.Webhooks(p.ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.flow.Hook(context.Background(), hooks[0].Debug, &flow.HookRequest{Debug: true, Method: "GET"})
		if err != nil || got.Status != c.status || !strings.HasPrefix(got.Type, c.typ) {
			t.Errorf("%s: %+v, %v", c.data, got, err)
		}
	}
}

func TestPublish_webhooksKeepTheirAddresses(t *testing.T) {
	p := newPlant(t, t.TempDir())
	defer p.close()
	const hook, other = `{"type":"trigger-webhook","title":"A"}`, `{"type":"trigger-webhook","title":"B","method":"post"}`
	a := p.app(graph(hook))
	call := func(token string, debug bool, method string) error {
		_, err := p.flow.Hook(context.Background(), token, &flow.HookRequest{Debug: debug, Method: method})
		return err
	}
	before, err := p.flow.Webhooks(p.ctx, a.ID)
	if err != nil || len(before) != 1 || before[0].Live || !before[0].Draft || before[0].Token == before[0].Debug || len(before[0].Token) < 20 {
		t.Fatalf("before the first publish: %+v, %v", before, err)
	}
	w := before[0]
	if err := call(w.Debug, true, "GET"); err != nil {
		t.Errorf("debug before the first publish: %v", err)
	}
	if err := call(w.Token, false, "GET"); !errors.Is(err, &app.Error{Kind: app.NotFound}) || !errors.Is(err, &app.Error{Code: "webhook_not_published"}) {
		t.Errorf("live before the first publish: %v", err)
	}
	if err := p.publish(a, graph(hook, other)); err != nil {
		t.Fatal(err)
	}
	both, err := p.flow.Webhooks(p.ctx, a.ID)
	if err != nil || len(both) != 2 || both[0].Token != w.Token || !both[1].Live || both[1].Method != "POST" || both[1].Title != "B" {
		t.Fatalf("published: %+v, %v", both, err)
	}
	for _, c := range []struct {
		token, method string
		debug         bool
		code          string
	}{
		{w.Token, "GET", false, ""}, {w.Debug, "GET", true, ""}, {both[1].Token, "POST", false, ""}, // a second root starts there
		{w.Token, "GET", true, "webhook_not_found"}, {w.Debug, "GET", false, "webhook_not_found"},
		{"", "GET", false, "webhook_not_found"}, {"guess", "GET", false, "webhook_not_found"}, {both[1].Token, "GET", false, "method_not_allowed"},
	} {
		if err := call(c.token, c.debug, c.method); (err == nil) != (c.code == "") || err != nil && !errors.Is(err, &app.Error{Code: c.code}) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := p.publish(a, graph(hook)); err != nil {
		t.Fatal(err)
	}
	if err := call(both[1].Token, false, "POST"); !errors.Is(err, &app.Error{Code: "webhook_gone"}) || app.KindOf(err) != app.NotFound {
		t.Errorf("a removed webhook: %v", err)
	}
	if list, err := p.flow.Webhooks(p.ctx, a.ID); err != nil || len(list) != 1 {
		t.Errorf("after its removal: %+v, %v", list, err)
	}
	if err := p.publish(a, graph(hook, other)); err != nil {
		t.Fatal(err)
	}
	if err := call(both[1].Token, false, "POST"); err != nil {
		t.Errorf("a webhook that came back: %v", err)
	}
	if _, err := p.flow.Webhooks(app.WithScope(context.Background(), app.Scope{Workspace: app.NewID()}), a.ID); app.KindOf(err) != app.NotFound {
		t.Errorf("the webhooks for a stranger: %v", err)
	}
	for _, r := range p.list(a) {
		if r.Source != app.FromWebhook || r.EndUser != "" {
			t.Errorf("a run is %+v", r)
		}
	}
}

func TestHook_aBusyAppSaysWhenToTryAgain(t *testing.T) {
	p := newPlant(t, t.TempDir(), func(o *run.Options) { o.PerApp = 1 })
	defer p.close()
	hold := make(chan struct{})
	defer close(hold)
	p.studio.Types["hold"] = workflow.Type{New: func(json.RawMessage) (workflow.Node, error) { return holder(hold), nil }}
	a := p.app(json.RawMessage(`{"nodes":[{"id":"t","data":{"type":"trigger-webhook"}},{"id":"h","data":{"type":"hold"}}],"edges":[{"source":"t","target":"h"}]}`))
	hooks, err := p.flow.Webhooks(p.ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	call := func() error {
		_, err := p.flow.Hook(context.Background(), hooks[0].Debug, &flow.HookRequest{Debug: true, Method: "GET"})
		return err
	}
	if err := call(); err != nil {
		t.Fatal(err)
	}
	if e := app.AsError(call()); e == nil || e.Kind != app.RateLimited || e.Code != "app_busy" || e.Retry == 0 {
		t.Errorf("the second call: %+v", e)
	}
}

// holder is a node that works until its channel is closed.
type holder chan struct{}

func (h holder) Run(ctx context.Context, _ *workflow.Step) (*workflow.Result, error) {
	select {
	case <-h:
	case <-ctx.Done():
	}
	return &workflow.Result{}, ctx.Err()
}

func TestPublish_refusesWhatCannotBegin(t *testing.T) {
	p := newPlant(t, t.TempDir())
	defer p.close()
	for _, c := range []struct{ graph, code string }{
		{string(graph(`{"type":"trigger-webhook","title":"A","method":"brew"}`)), "draft_incomplete"},
		{string(graph(`{"type":"trigger-webhook","title":"A","content_type":"application/xml"}`)), "draft_incomplete"},
		{string(graph(`{"type":"start","title":"S","variables":[]}`, `{"type":"trigger-webhook","title":"A"}`)), "draft_incomplete"},
		{string(graph(`{"type":"start","title":"S","variables":[]}`, `{"type":"trigger-plugin","title":"A"}`)), "draft_incomplete"},
		{string(graph(`{"type":"trigger-schedule","title":"A","frequency":"daily","timezone":"Mars/Base"}`)), "schedule_invalid"},
		{string(graph(`{"type":"trigger-webhook","title":"A"}`, `{"type":"trigger-schedule","title":"B","mode":"cron","cron_expression":"0 9 * * *"}`)), ""},
		{string(graph(`{"type":"start","title":"S","variables":[]}`)), ""},
	} {
		a := p.app(json.RawMessage(c.graph))
		_, err := p.studio.Publish(p.ctx, a.ID, "", "")
		if (err == nil) != (c.code == "") || err != nil && !errors.Is(err, &app.Error{Code: c.code}) {
			t.Errorf("Publish of %s: %v, want %q", c.graph, err, c.code)
		}
		var stored *app.App
		_ = p.db.View(p.ctx, func(s *store.Snapshot) (err error) { stored, err = s.App(a.ID); return err })
		if (stored.Published != "") != (c.code == "") {
			t.Errorf("published = %q for %s", stored.Published, c.graph)
		}
	}
	problems := studio.ProblemsOf(app.ModeWorkflow, app.Settings{Graph: graph(`{"type":"start"}`, `{"type":"trigger-webhook","method":"x","content_type":"y"}`)})
	var codes []string
	for _, p := range problems {
		codes = append(codes, p.Field+" "+p.Code)
	}
	if want := []string{"graph.nodes[1].data.method unknown", "graph.nodes[1].data.content_type unknown", "graph start_with_trigger"}; !slices.Equal(codes, want) {
		t.Errorf("problems = %q, want %q", codes, want)
	}
}
