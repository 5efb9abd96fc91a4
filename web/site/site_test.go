package site_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"islet/app"
	"islet/app/account"
	"islet/app/batch"
	"islet/app/chat"
	"islet/app/egress"
	"islet/app/flow"
	"islet/app/knowledge/extract"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
	"islet/app/run"
	"islet/app/speech"
	"islet/app/studio"
	"islet/app/workflow/node"
	"islet/store"
	"islet/web/route"
	"islet/web/site"
)

// rig is the whole stack below /api with a scripted model server at the wire.
type rig struct {
	t      *testing.T
	db     *store.DB
	studio *studio.Studio
	people *account.Accounts

	batches *batch.Batches
	router  *route.Router
	model   *modeltest.Started
	ctx     context.Context // of the member who builds apps
	url     string
	app     *app.App
}

func newRig(t *testing.T, o modeltest.Options, set app.Settings) *rig {
	t.Helper()
	claim, err := store.Take(t.TempDir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), claim.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, db: db, model: modeltest.Start(o)}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	models := model.NewRegistry(model.Wire(db, model.Options{Open: provider.Opener(egress.New(egress.Options{}), provider.Limits{})}))
	var flows *flow.Flow
	runs := run.New(run.Options{DB: db, Logger: quiet,
		Rebuild: func(ctx context.Context, r *app.Run, s run.State) (run.Spec, error) { return flows.Rebuild(ctx, r, s) }})
	talk := chat.New(chat.Options{DB: db, Runs: runs, Models: models, Log: quiet})
	r.studio = &studio.Studio{DB: db, Types: node.Table(node.Deps{Chatter: models.Chatter,
		History: func(ctx context.Context, _, parent app.ID, limit int) (past []*app.Message, err error) {
			err = db.View(ctx, func(s *store.Snapshot) error { past, err = chat.History(s, parent, limit); return err })
			return past, err
		},
		Form: func(ctx context.Context, run app.ID, ask app.Form) (*app.Form, error) {
			return flows.Form(ctx, run, ask)
		}})}
	flows = flow.New(flow.Options{DB: db, Runs: runs, Studio: r.studio, Chat: talk, Log: quiet})
	router := &route.Router{Echo: echo.New(), Log: quiet}
	r.batches = batch.New(batch.Options{DB: db, Studio: r.studio, Chat: talk, Flow: flows, Runs: runs, Rows: tableRows, Log: quiet})
	r.people, r.router = account.New(db, account.Options{}), router
	(&site.API{DB: db, Accounts: r.people, Studio: r.studio, Chat: talk, Flow: flows, Runs: runs, Batches: r.batches,
		Speech: speech.New(speech.Options{Models: models, Defaults: (&model.Keeper{DB: db}).Defaults})}).Routes(router)
	srv := httptest.NewServer(router.Echo)
	r.url = srv.URL + "/api/sites/"
	t.Cleanup(func() {
		srv.Close()
		r.batches.Close()
		talk.Close()
		flows.Close()
		err := runs.Close(context.Background())
		r.studio.Close()
		models.Close()
		r.model.Close()
		if err := errors.Join(err, db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	ws, endpoint := &app.Workspace{ID: app.NewID(), Name: "w", CreatedAt: db.Now()}, app.NewID()
	r.ctx = app.WithScope(context.Background(), app.Scope{Workspace: ws.ID, User: app.NewID()})
	err = db.Update(r.ctx, func(tx *store.Tx) error {
		return errors.Join(tx.InsertWorkspace(ws),
			tx.InsertEndpoint(&app.Endpoint{ID: endpoint, Name: "s", Vendor: "custom", Protocol: "openai", BaseURL: r.model.URL + "/v1", CreatedAt: tx.Now(), UpdatedAt: tx.Now()}))
	})
	if err != nil {
		t.Fatal(err)
	}
	set.Model = app.ModelRef{Endpoint: endpoint, Name: "echo"}
	r.app = &app.App{Name: "Site", Draft: set}
	if err := r.studio.Create(r.ctx, r.app); err != nil {
		t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, r.app.ID, "", ""); err != nil {
		t.Fatal(err)
	}
	return r
}

// tableRows reads a table in this process, which the server leaves to another.
func tableRows(_ context.Context, data []byte) (rows [][]string, err error) {
	raw, err := extract.Text("x."+extract.RowsFormat, "", data)
	if err != nil {
		return nil, err
	}
	return rows, json.Unmarshal([]byte(raw), &rows)
}

// browser is one visitor: it keeps its cookie.
type browser struct {
	r      *rig
	code   string
	cookie string
}

func (r *rig) browser() *browser { return &browser{r: r, code: r.app.Site.Code} }

type object = map[string]any

func (b *browser) request(method, path string, body any) *http.Response {
	b.r.t.Helper()
	var rd io.Reader
	contentType := ""
	switch x := body.(type) {
	case nil:
	case *form:
		rd, contentType = &x.b, x.contentType
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			b.r.t.Fatal(err)
		}
		rd, contentType = bytes.NewReader(raw), "application/json"
	}
	req, err := http.NewRequestWithContext(b.r.t.Context(), method, b.r.url+b.code+path, rd)
	if err != nil {
		b.r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if b.cookie != "" {
		req.AddCookie(&http.Cookie{Name: "islet_visitor", Value: b.cookie})
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			b.r.t.Errorf("cookie %v", c)
		}
		b.cookie = c.Value
	}
	return resp
}

// get sends and decodes; it returns the status.
func (b *browser) get(method, path string, body, into any) int {
	b.r.t.Helper()
	resp := b.request(method, path, body)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			b.r.t.Fatalf("%v in %s", err, raw)
		}
	}
	return resp.StatusCode
}

// turn is what a stream told.
type turn struct {
	events    []string
	last      uint64
	text      string
	reasoning string
	message   app.Message
	talk      app.Conversation
	code      string
}

// read consumes a turn stream; stop ends it early when it returns true.
func read(t *testing.T, body io.ReadCloser, stop func(*turn) bool) *turn {
	t.Helper()
	defer func() { _ = body.Close() }()
	var out turn
	var buf []byte
	chunk := make([]byte, 1024)
	for {
		n, err := body.Read(chunk)
		buf = append(buf, chunk[:n]...)
		for {
			block, rest, ok := bytes.Cut(buf, []byte("\n\n"))
			if !ok {
				break
			}
			buf = rest
			out.take(t, string(block))
			if stop != nil && stop(&out) {
				return &out
			}
		}
		if err != nil {
			return &out
		}
	}
}

func (o *turn) take(t *testing.T, block string) {
	t.Helper()
	name, data := "", ""
	for line := range strings.Lines(block) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch key {
		case "id":
			n, err := strconv.ParseUint(value, 10, 64)
			if err != nil || n <= o.last {
				t.Errorf("id %q after %d", value, o.last)
			}
			o.last = n
		case "event":
			name = value
		case "data":
			data = value
		}
	}
	if name == "" {
		return // a ping
	}
	o.events = append(o.events, name)
	var v struct {
		Text         string
		Code         string
		Message      json.RawMessage
		Conversation app.Conversation
	}
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Errorf("%s: %v in %s", name, err, data)
	}
	switch name {
	case "delta":
		o.text += v.Text
	case "reasoning":
		o.reasoning += v.Text
	case "started", "finished":
		o.talk = v.Conversation
		if err := json.Unmarshal(v.Message, &o.message); err != nil {
			t.Error(err)
		}
	case "error":
		o.code = v.Code
	}
}

func (b *browser) ask(query string, more object) *turn {
	b.r.t.Helper()
	body := object{"query": query, "inputs": object{}, "files": []any{}}
	for k, v := range more {
		body[k] = v
	}
	resp := b.request("POST", "/messages", body)
	if resp.StatusCode != 200 {
		raw, _ := io.ReadAll(resp.Body)
		b.r.t.Fatalf("%d %s", resp.StatusCode, raw)
	}
	return read(b.r.t, resp.Body, nil)
}

type list[T any] struct {
	Data  []T
	Total int
}

func TestSite_showsTheAppAndGivesTheVisitorACookie(t *testing.T) {
	r := newRig(t, modeltest.Options{}, app.Settings{Opening: "hello", Suggested: []string{"a?"}, Prompt: "secret prompt"})
	b := r.browser()
	var raw json.RawMessage
	if got := b.get("GET", "", nil, &raw); got != 200 || b.cookie == "" {
		t.Fatalf("%d %q", got, b.cookie)
	}
	var v site.View
	if err := json.Unmarshal(raw, &v); err != nil || v.Opening != "hello" || v.App.Name != "Site" || v.Site.Code != b.code || v.Suggested[0] != "a?" {
		t.Errorf("%s (%v)", raw, err)
	}
	if strings.Contains(string(raw), "secret") {
		t.Errorf("the prompt is public: %s", raw)
	}
	first := b.cookie
	b.get("GET", "", nil, nil)
	if b.cookie != first {
		t.Error("the cookie changed")
	}
	off := false
	if _, err := r.studio.UpdateSite(r.ctx, r.app.ID, studio.SiteChange{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	var e struct{ Code string }
	for _, code := range []string{b.code, "nonsense"} {
		b.code = code
		if got := b.get("GET", "", nil, &e); got != 404 || e.Code != "site_off" {
			t.Errorf("%s: %d %+v", code, got, e)
		}
	}
}

func TestTurn_streamsAndIsStored(t *testing.T) {
	r := newRig(t, modeltest.Options{}, app.Settings{})
	b := r.browser()
	one := b.ask("think: one two", nil)
	if one.text != "one two" || one.reasoning == "" || one.events[0] != "started" || one.events[len(one.events)-1] != "finished" || one.message.Answer != "one two" ||
		one.message.Status != app.Succeeded || one.message.Reasoning != one.reasoning || strings.Contains(strings.Join(one.events, " "), "node") {
		t.Errorf("%+v", one)
	}
	two := b.ask("say: more", object{"conversation_id": one.talk.ID})
	if two.talk.ID != one.talk.ID || two.message.Parent != one.message.ID {
		t.Errorf("the second turn: %+v", two.message)
	}
	var l list[app.Message]
	b.get("GET", "/conversations/"+string(one.talk.ID)+"/messages", nil, &l)
	if l.Total != 2 || l.Data[1].Answer != "more" {
		t.Errorf("messages %+v", l)
	}
}

func TestTurn_invalidOneNeverStarts(t *testing.T) {
	r := newRig(t, modeltest.Options{}, app.Settings{Variables: []app.Variable{{Name: "n", Kind: "text", Required: true}}})
	b := r.browser()
	var e struct{ Code string }
	if got := b.get("POST", "/messages", object{"query": "q", "inputs": object{}}, &e); got != 400 || e.Code != "input_missing" {
		t.Errorf("%d %+v", got, e)
	}
	if got := b.get("POST", "/messages", object{"query": "q", "graph": object{}}, &e); got != 400 || e.Code != "unknown_field" {
		t.Errorf("a public run that brings a graph: %d %+v", got, e)
	}
	var l list[app.Conversation]
	if b.get("GET", "/conversations", nil, &l); l.Total != 0 {
		t.Errorf("it left %+v", l)
	}
}

func TestTurn_isTakenUpAgainWhereItWasCut(t *testing.T) {
	r := newRig(t, modeltest.Options{PerToken: 3 * time.Millisecond}, app.Settings{})
	b := r.browser()
	resp := b.request("POST", "/messages", object{"query": "count to 60", "inputs": object{}})
	head := read(t, resp.Body, func(o *turn) bool { return strings.Contains(o.text, "5") })
	events := "/messages/" + string(head.message.ID) + "/events?after="
	tail := read(t, b.request("GET", events+strconv.FormatUint(head.last, 10), nil).Body, nil)
	if got := head.text + tail.text; got != tail.message.Answer || !strings.HasSuffix(got, " 60") || tail.events[len(tail.events)-1] != "finished" {
		t.Errorf("%q + %q, stored %q, events %v", head.text, tail.text, tail.message.Answer, tail.events)
	}
	again := read(t, b.request("GET", events+strconv.FormatUint(tail.last, 10), nil).Body, nil)
	if len(again.events) != 1 || again.events[0] != "finished" || again.message.Answer != tail.message.Answer {
		t.Errorf("of a finished turn: %+v", again.events)
	}
}

func TestRegenerate_makesASiblingThatTheModelDoesNotSee(t *testing.T) {
	r := newRig(t, modeltest.Options{}, app.Settings{})
	b := r.browser()
	one := b.ask("say: first", nil)
	two := b.ask("say: second", object{"conversation_id": one.talk.ID})
	sibling := read(t, b.request("POST", "/messages/"+string(two.message.ID)+"/regenerate", object{}).Body, nil)
	if sibling.message.Parent != one.message.ID || sibling.message.Query != "say: second" || sibling.message.ID == two.message.ID {
		t.Errorf("sibling %+v", sibling.message)
	}
	reqs := r.model.Requests()
	if got := strings.Count(string(reqs[len(reqs)-1].Body), "say: second"); got != 1 {
		t.Errorf("the model was asked %d times in one request: %s", got, reqs[len(reqs)-1].Body)
	}
	edited := b.ask("say: from the start", object{"conversation_id": one.talk.ID, "parent_id": ""})
	if edited.message.Parent != "" {
		t.Errorf("a resent first question has the parent %q", edited.message.Parent)
	}
}

func TestStop_keepsWhatWasSaid(t *testing.T) {
	r := newRig(t, modeltest.Options{PerToken: 10 * time.Millisecond}, app.Settings{})
	b := r.browser()
	resp := b.request("POST", "/messages", object{"query": "count to 3000", "inputs": object{}})
	asked := false
	got := read(t, resp.Body, func(o *turn) bool {
		if !asked && strings.Contains(o.text, "3") {
			asked = true
			if status := b.get("POST", "/messages/"+string(o.message.ID)+"/stop", nil, nil); status != 200 {
				t.Errorf("stop: %d", status)
			}
		}
		return false
	})
	if got.message.Status != app.Stopped || got.message.Answer != got.text || !strings.HasPrefix(got.text, "1 2 3") {
		t.Errorf("%+v, text %q", got.message, got.text)
	}
}

func TestConversations_belongToTheirVisitor(t *testing.T) {
	r := newRig(t, modeltest.Options{}, app.Settings{FollowUp: app.FollowUp{Enabled: true}})
	mine, theirs := r.browser(), r.browser()
	one := mine.ask("say: mine", nil)
	theirs.get("GET", "", nil, nil)
	c, m := "/conversations/"+string(one.talk.ID), "/messages/"+string(one.message.ID)
	for _, try := range []struct {
		method, path string
		body         any
	}{
		{"GET", c + "/messages", nil}, {"PATCH", c, object{"name": "stolen"}}, {"DELETE", c, nil}, {"GET", m + "/events", nil}, {"POST", m + "/stop", nil},
		{"POST", m + "/feedback", object{"rating": "like"}}, {"GET", m + "/suggested", nil}, {"POST", m + "/regenerate", object{}},
		{"POST", "/messages", object{"query": "q", "inputs": object{}, "conversation_id": one.talk.ID}},
	} {
		if got := theirs.get(try.method, try.path, try.body, nil); got != 404 {
			t.Errorf("a stranger's %s %s = %d", try.method, try.path, got)
		}
	}
	var l list[app.Conversation]
	if theirs.get("GET", "/conversations", nil, &l); l.Total != 0 || l.Data == nil {
		t.Errorf("a stranger sees %+v", l)
	}
	two := mine.ask("say: two", nil)
	name, pinned := "renamed", true
	var got app.Conversation
	if status := mine.get("PATCH", c, object{"name": name, "pinned": pinned}, &got); status != 200 || got.Name != name || !got.Pinned {
		t.Errorf("PATCH = %d %+v", status, got)
	}
	mine.get("GET", "/conversations", nil, &l)
	if l.Total != 2 || l.Data[0].ID != one.talk.ID {
		t.Errorf("the pinned one is not first: %+v", l)
	}
	var rated app.Message
	if mine.get("POST", m+"/feedback", object{"rating": "like", "content": ""}, &rated); rated.Feedback == nil || rated.Feedback.Rating != "like" {
		t.Errorf("feedback %+v", rated)
	}
	var q site.Questions
	if mine.get("GET", m+"/suggested", nil, &q); len(q.Data) != 3 {
		t.Errorf("suggested %+v", q)
	}
	if status := mine.get("DELETE", "/conversations/"+string(two.talk.ID), nil, nil); status != 200 {
		t.Errorf("DELETE = %d", status)
	}
	if mine.get("GET", "/conversations", nil, &l); l.Total != 1 {
		t.Errorf("after deleting %+v", l)
	}
}

type form struct {
	b           bytes.Buffer
	contentType string
}

func newForm(t *testing.T, name string, data []byte) *form {
	t.Helper()
	f := &form{}
	w := multipart.NewWriter(&f.b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	f.contentType = w.FormDataContentType()
	return f
}

func TestFiles_areForTheirVisitorWhereTheAppTakesThem(t *testing.T) {
	r := newRig(t, modeltest.Options{}, app.Settings{Files: app.FileInput{Enabled: true, Kinds: []string{"document"}}})
	mine, theirs := r.browser(), r.browser()
	var f app.File
	if status := mine.get("POST", "/files", newForm(t, "a.md", []byte("# hi")), &f); status != 200 || f.MIME != "text/markdown" {
		t.Fatalf("%d %+v", status, f)
	}
	if got := mine.get("GET", "/files/"+string(f.ID), nil, nil); got != 200 {
		t.Errorf("GET = %d", got)
	}
	if got := theirs.get("GET", "/files/"+string(f.ID), nil, nil); got != 404 {
		t.Errorf("a stranger's GET = %d", got)
	}
	got := mine.ask("say: ok", object{"files": []object{{"method": "local_file", "file_id": f.ID, "kind": "image"}}})
	if a := got.message.Files; len(a) != 1 || a[0].Kind != "document" || a[0].Name != "a.md" {
		t.Errorf("attached %+v", a)
	}
	plain := newRig(t, modeltest.Options{}, app.Settings{})
	if got := plain.browser().get("POST", "/files", newForm(t, "a.md", []byte("# hi")), nil); got != 400 {
		t.Errorf("where files are off: %d", got)
	}
}

func TestTitle_isMadeInTheBackground(t *testing.T) {
	r := newRig(t, modeltest.Options{Script: []modeltest.Reply{{Match: "name me", Text: "A title"}}}, app.Settings{})
	b := r.browser()
	b.ask("name me, this is a long question", nil)
	var l list[app.Conversation]
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b.get("GET", "/conversations", nil, &l); l.Data[0].Name == "A title" {
			return
		}
	}
	t.Errorf("still called %q", l.Data[0].Name)
}
