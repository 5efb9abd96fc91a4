package site_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/app/model/modeltest"
	"islet/app/studio"
	"islet/store"
	"islet/web/site"
)

const secret = "correct horse 9"

// private is a rig whose app is for those who were let in.
func private(t *testing.T, access app.Access, o modeltest.Options, set app.Settings) *rig {
	t.Helper()
	r := newRig(t, o, set)
	if _, err := r.studio.UpdateSite(r.ctx, r.app.ID, studio.SiteChange{Access: &access}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) operator() context.Context {
	return app.WithScope(r.t.Context(), app.Scope{Workspace: app.ScopeOf(r.ctx).Workspace, Role: app.Owner})
}

func (r *rig) guest(login string) *app.Guest {
	r.t.Helper()
	made, err := r.people.AddGuest(r.operator(), r.app.ID, account.NewGuest{Login: login, Name: login, Password: secret})
	if err != nil {
		r.t.Fatal(err)
	}
	return made.Guest
}

// tab is a browser with all its cookies, or a framed page with none.
type tab struct {
	r      *rig
	c      *http.Client
	header http.Header
}

func (r *rig) tab() *tab {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &tab{r: r, c: &http.Client{Jar: jar}, header: http.Header{}}
}

func (b *tab) do(method, path string, body any) (int, []byte) {
	b.r.t.Helper()
	var rd io.Reader
	kind := "application/json"
	if f, ok := body.(*form); ok {
		rd, kind = bytes.NewReader(f.b.Bytes()), f.contentType
	} else if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			b.r.t.Fatal(err)
		}
		rd = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(b.r.t.Context(), method, b.r.url+b.r.app.Site.Code+path, rd)
	if err != nil {
		b.r.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	req.Header.Set("Content-Type", kind)
	resp, err := b.c.Do(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	return resp.StatusCode, raw
}

func (b *tab) want(status int, code, method, path string, body any) []byte {
	b.r.t.Helper()
	got, raw := b.do(method, path, body)
	var e struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(raw, &e) // a stream has none
	if got != status || code != "" && e.Code != code {
		b.r.t.Errorf("%s %s = %d %s, want %d %s: %.200s", method, path, got, e.Code, status, code, raw)
	}
	return raw
}

func (b *tab) signIn(login string) {
	b.r.t.Helper()
	b.want(200, "", "POST", "/signin", object{"login": login, "password": secret})
}

func (b *tab) say(text string) *turn {
	b.r.t.Helper()
	raw := b.want(200, "", "POST", "/messages", object{"query": text, "inputs": object{}, "files": []any{}})
	return read(b.r.t, io.NopCloser(bytes.NewReader(raw)), nil)
}

func into[T any](t *testing.T, raw []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

// TestAccess_everyRouteKeepsPeopleApart tries every route of a web app as its guest, as another guest and as a stranger. A new
// route fails here until the table says what it does.
func TestAccess_everyRouteKeepsPeopleApart(t *testing.T) {
	r := private(t, app.AccessInvited, modeltest.Options{}, app.Settings{FollowUp: app.FollowUp{Enabled: true}, Files: app.FileInput{Enabled: true, Kinds: []string{"document"}}})
	r.guest("ann")
	r.guest("bob")
	ann, bob, stranger := r.tab(), r.tab(), r.tab()
	ann.signIn("ann")
	bob.signIn("bob")
	said := ann.say("say: mine")
	file := into[app.File](t, ann.want(200, "", "POST", "/files", newForm(t, "a.md", []byte("# hi"))))
	sharing := true
	if _, err := r.studio.UpdateSite(r.ctx, r.app.ID, studio.SiteChange{Sharing: &sharing}); err != nil {
		t.Fatal(err)
	}
	ann.want(200, "", "PUT", "/kept/"+string(said.message.ID), object{})
	link := into[site.SharedToken](t, ann.want(200, "", "POST", "/results/"+string(said.message.ID)+"/share", object{}))
	batch := &app.Batch{ID: app.NewID(), App: r.app.ID, EndUser: said.message.EndUser, Source: app.FromSite, Status: app.BatchFinished, Columns: []app.BatchColumn{}}
	ctx := app.WithScope(t.Context(), app.Scope{Workspace: app.ScopeOf(r.ctx).Workspace, App: r.app.ID})
	if err := r.db.Update(ctx, func(tx *store.Tx) error { return tx.InsertBatch(batch, []map[string]any{{"a": "mine"}}) }); err != nil {
		t.Fatal(err)
	}
	ids := strings.NewReplacer("{cid}", string(said.talk.ID), "{mid}", string(said.message.ID), "{run}", string(said.message.Run), "{id}", string(file.ID), "{bid}", string(batch.ID), "{result}", string(said.message.ID), "{token}", "abcdefghij")
	const free = -1 // for anybody: it says nothing and opens nothing
	table := map[string]struct {
		body  any
		other int // what another guest is told
	}{
		"GET /door":                         {nil, free},
		"POST /signin":                      {object{"login": "ann", "password": "wrong wrong"}, free},
		"POST /signout":                     {nil, free},
		"POST /password":                    {object{"current": "wrong wrong", "password": secret}, 400},
		"POST /code":                        {object{"token": "AAAA"}, free},
		"POST /join":                        {object{"token": "AAAA", "login": "x1", "password": secret}, free},
		"GET ":                              {nil, 200},
		"GET /conversations":                {nil, 200},
		"GET /conversations/{cid}":          {nil, 404},
		"PATCH /conversations/{cid}":        {object{"name": "stolen"}, 404},
		"DELETE /conversations/{cid}":       {nil, 404},
		"GET /conversations/{cid}/messages": {nil, 404},
		"POST /messages":                    {object{"query": "q", "inputs": object{}, "conversation_id": said.talk.ID}, 404},
		"POST /messages/{mid}/regenerate":   {object{}, 404},
		"GET /messages/{mid}/events":        {nil, 404},
		"POST /messages/{mid}/stop":         {nil, 404},
		"POST /messages/{mid}/feedback":     {object{"rating": "like"}, 404},
		"GET /messages/{mid}/suggested":     {nil, 404},
		"POST /runs":                        {object{"inputs": object{}}, 400}, // it is no workflow
		"GET /runs/{run}":                   {nil, 404},
		"GET /runs/{run}/events":            {nil, 404},
		"POST /runs/{run}/stop":             {nil, 404},
		"GET /messages/{mid}/speech":        {nil, 404},
		"POST /speech":                      {newForm(t, "b.wav", []byte("x")), 400}, // the app does not listen
		"POST /files":                       {newForm(t, "b.md", []byte("# ho")), 200},
		"GET /files/{id}":                   {nil, 404},
		"GET /kept":                         {nil, 200},
		"PUT /kept/{result}":                {object{}, 404},
		"DELETE /kept/{result}":             {nil, 200}, // of one's own list, where it is not
		"POST /results/{result}/share":      {object{}, 404},
		"DELETE /results/{result}/share":    {nil, 200},
		"GET /shared/{token}":               {nil, 404},
		"GET /batches":                      {nil, 200},
		"POST /batches":                     {newForm(t, "t.csv", []byte("a\n1\n")), 400}, // a chat has none
		"POST /batches/check":               {newForm(t, "t.csv", []byte("a\n1\n")), 400},
		"GET /batches/template":             {nil, 400},
		"GET /batches/{bid}":                {nil, 404},
		"DELETE /batches/{bid}":             {nil, 404},
		"GET /batches/{bid}/rows":           {nil, 404},
		"POST /batches/{bid}/do":            {object{"do": "pause"}, 404},
		"GET /batches/{bid}/export":         {nil, 404},
	}
	const prefix = "/api/sites/{code}"
	for _, row := range r.router.Rows {
		rest, ok := strings.CutPrefix(row.Path, prefix)
		if !ok {
			continue
		}
		name := row.Method + " " + rest
		c, known := table[name]
		if !known {
			t.Errorf("no case for %s", name)
			continue
		}
		path := ids.Replace(rest)
		if c.other == free {
			continue
		}
		if got, raw := stranger.do(row.Method, path, c.body); got != 401 {
			t.Errorf("a stranger's %s = %d %.100s", name, got, raw)
		}
		if got, raw := bob.do(row.Method, path, c.body); got != c.other || bytes.Contains(raw, []byte("mine")) {
			t.Errorf("another guest's %s = %d %.200s", name, got, raw)
		}
	}
	l := into[list[app.Conversation]](t, ann.want(200, "", "GET", "/conversations", nil))
	if l.Total != 1 || l.Data[0].Name == "stolen" {
		t.Errorf("ann's conversations: %+v", l)
	}
	if l := into[list[app.Conversation]](t, bob.want(200, "", "GET", "/conversations", nil)); l.Total != 0 {
		t.Errorf("bob's conversations: %+v", l)
	}
	ann.want(200, "", "GET", "/files/"+string(file.ID), nil)
	if rows := ann.want(200, "", "GET", "/batches/"+string(batch.ID)+"/rows", nil); !bytes.Contains(rows, []byte("mine")) {
		t.Errorf("ann's batch: %s", rows)
	}

	if got := into[list[app.Result]](t, ann.want(200, "", "GET", "/kept", nil)); got.Total != 1 || got.Data[0].Answer != "mine" || got.Data[0].Token != link.Token {
		t.Errorf("what ann keeps: %+v", got) // nobody else's DELETE changed it
	}
	if got := into[site.SharedView](t, bob.want(200, "", "GET", "/shared/"+link.Token, nil)); got.Answer != "mine" {
		t.Errorf("behind ann's link bob finds %+v", got)
	}
	stranger.want(401, "site_signin", "GET", "/shared/"+link.Token, nil)
	ann.want(200, "", "DELETE", "/results/"+string(said.message.ID)+"/share", nil)
	bob.want(404, "", "GET", "/shared/"+link.Token, nil)

	phone := r.tab()
	phone.signIn("ANN ")
	if l := into[list[app.Conversation]](t, phone.want(200, "", "GET", "/conversations", nil)); l.Total != 1 || l.Data[0].ID != said.talk.ID {
		t.Errorf("ann's history on her phone: %+v", l)
	}
}

func TestAccess_aSessionOpensItsOwnAppOnly(t *testing.T) {
	r := private(t, app.AccessInvited, modeltest.Options{}, app.Settings{})
	r.guest("ann")
	other := &app.App{Name: "Other", Draft: app.Settings{Model: r.app.Draft.Model}}
	if err := r.studio.Create(r.ctx, other); err != nil {
		t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, other.ID, "", ""); err != nil {
		t.Fatal(err)
	}
	access := app.AccessInvited
	if _, err := r.studio.UpdateSite(r.ctx, other.ID, studio.SiteChange{Access: &access}); err != nil {
		t.Fatal(err)
	}
	framed := r.tab()
	in := into[site.SignedIn](t, framed.want(200, "", "POST", "/signin", object{"login": "ann", "password": secret, "framed": true}))
	framed.header.Set("X-Islet-Visitor", in.Token)
	framed.want(200, "", "GET", "", nil) // no cookie, as in a frame of another site
	first := r.app
	r.app = other
	framed.want(401, "site_signin", "GET", "", nil)
	framed.want(401, "signin_failed", "POST", "/signin", object{"login": "ann", "password": secret}) // never let in there
	r.app = first
	open := app.AccessMembers
	if _, err := r.studio.UpdateSite(r.ctx, r.app.ID, studio.SiteChange{Access: &open}); err != nil {
		t.Fatal(err)
	}
	framed.want(401, "site_members", "GET", "", nil)
}

func TestAccess_endsAtOnceWithStreams(t *testing.T) {
	off := true
	for name, end := range map[string]func(r *rig, g *app.Guest, ann *tab) error{
		"disabled": func(r *rig, g *app.Guest, _ *tab) error {
			_, err := r.people.EditGuest(r.operator(), r.app.ID, g.ID, account.GuestChange{Disabled: &off})
			return err
		},
		"turned away": func(r *rig, g *app.Guest, _ *tab) error {
			return r.people.TurnAway(r.operator(), r.app.ID, g.ID)
		},
		"signed out": func(r *rig, _ *app.Guest, ann *tab) error {
			ann.want(200, "", "POST", "/signout", nil)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := private(t, app.AccessInvited, modeltest.Options{PerToken: 10 * time.Millisecond}, app.Settings{})
			g := r.guest("ann")
			ann := r.tab()
			ann.signIn("ann")
			req, err := http.NewRequestWithContext(t.Context(), "POST", r.url+r.app.Site.Code+"/messages", strings.NewReader(`{"query":"count to 300","inputs":{}}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			resp, err := ann.c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			done := false
			got := read(t, resp.Body, func(o *turn) bool {
				if !done && strings.Contains(o.text, "3") {
					done = true
					if err := end(r, g, ann); err != nil {
						t.Error(err)
					}
				}
				return false
			})
			if strings.Contains(got.text, " 300") {
				t.Error("the stream went on to its end")
			}
			ann.want(401, "site_signin", "GET", "", nil)
		})
	}
}

func TestAccess_membersAreThoseOfTheStudio(t *testing.T) {
	r := private(t, app.AccessMembers, modeltest.Options{}, app.Settings{})
	cookie := func(email string, role app.Role) *tab {
		t.Helper()
		if _, err := r.people.Add(r.operator(), email, "M", secret, role, app.English); err != nil {
			t.Fatal(err)
		}
		in, err := r.people.SignIn(t.Context(), email, secret, account.Client{})
		if err != nil {
			t.Fatal(err)
		}
		b := r.tab()
		b.header.Set("Cookie", account.SessionCookie+"="+in.Token)
		return b
	}
	member, editor, stranger := cookie("m@local", app.Member), cookie("e@local", app.Editor), r.tab()
	said := member.say("say: mine")
	v := into[site.View](t, member.want(200, "", "GET", "", nil))
	if v.Person == nil || v.Person.Login != "m@local" || v.Person.Kind != "member" {
		t.Errorf("%+v", v.Person)
	}
	editor.want(404, "", "GET", "/conversations/"+string(said.talk.ID)+"/messages", nil)
	stranger.want(401, "site_members", "GET", "", nil)
	d := into[site.DoorView](t, stranger.want(200, "", "GET", "/door", nil))
	if d.Inside || d.Access != app.AccessMembers || d.Look.Name != "Site" {
		t.Errorf("%+v", d)
	}
	access := app.AccessInvited
	if _, err := r.studio.UpdateSite(r.ctx, r.app.ID, studio.SiteChange{Access: &access}); err != nil {
		t.Fatal(err)
	}
	editor.want(200, "", "GET", "", nil) // who reads the log may look at the app
	member.want(401, "site_signin", "GET", "", nil)
}

func TestAccess_aCodeOnPaperLetsPeopleIn(t *testing.T) {
	r := private(t, app.AccessInvited, modeltest.Options{}, app.Settings{})
	codes, err := r.people.InviteGuests(r.operator(), r.app.ID, account.Codes{Count: 1, Uses: 2})
	if err != nil {
		t.Fatal(err)
	}
	paper := strings.ToLower(strings.ReplaceAll(codes[0].Code, "-", " "))
	first := r.tab()
	first.want(400, "code_invalid", "POST", "/code", object{"token": "AAAABBBBCCCC"})
	first.want(200, "", "POST", "/code", object{"token": paper})
	first.want(400, "password_weak", "POST", "/join", object{"token": paper, "login": "Li.Lei", "password": "short"})
	first.want(200, "", "POST", "/join", object{"token": paper, "login": "Li.Lei", "name": "李雷", "password": secret})
	first.want(200, "", "GET", "", nil)
	second := r.tab()
	second.want(401, "signin_failed", "POST", "/join", object{"token": paper, "login": "li.lei", "password": "wrong wrong 1"}) // somebody else's account
	second.want(200, "", "POST", "/join", object{"token": paper, "login": "韩梅梅", "password": secret})
	r.tab().want(400, "code_invalid", "POST", "/join", object{"token": paper, "login": "third", "password": secret})

	guests := into[site.View](t, second.want(200, "", "GET", "", nil))
	if guests.Person.Name != "韩梅梅" {
		t.Errorf("%+v", guests.Person)
	}
}

func TestAccess_aResetLinkEndsWhatTheOldPasswordOpened(t *testing.T) {
	r := private(t, app.AccessInvited, modeltest.Options{}, app.Settings{})
	g := r.guest("ann")
	old, fresh := r.tab(), r.tab()
	old.signIn("ann")
	token, _, err := r.people.GuestReset(r.operator(), r.app.ID, g.ID)
	if err != nil {
		t.Fatal(err)
	}
	if o := into[site.OpenedCode](t, fresh.want(200, "", "POST", "/code", object{"token": token})); o.Person == nil || o.Person.Login != "ann" {
		t.Errorf("%+v", o)
	}
	fresh.want(200, "", "POST", "/join", object{"token": token, "password": "another horse 8"})
	old.want(401, "site_signin", "GET", "", nil)
	fresh.want(400, "code_invalid", "POST", "/join", object{"token": token, "password": "another horse 8"})
	fresh.want(400, "password_wrong", "POST", "/password", object{"current": secret, "password": "third horse 77"})
	other := r.tab()
	other.want(200, "", "POST", "/signin", object{"login": "ann", "password": "another horse 8"})
	fresh.want(200, "", "POST", "/password", object{"current": "another horse 8", "password": "third horse 77"})
	fresh.want(200, "", "GET", "", nil)
	other.want(401, "site_signin", "GET", "", nil)
}

func TestVisitor_ofAFrameIsKnownByItsToken(t *testing.T) {
	r := newRig(t, modeltest.Options{}, app.Settings{})
	frame := func(token, user string) *tab {
		b := r.tab()
		b.c.Jar = nil // a browser sends no cookies there
		b.header.Set("X-Islet-Visitor", token)
		if user != "" {
			b.header.Set("X-Islet-User", user)
		}
		return b
	}
	mine := frame("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")
	said := mine.say("say: hello")
	path := "/conversations/" + string(said.talk.ID) + "/messages"
	frame("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "").want(200, "", "GET", path, nil)
	frame("ABCDEFGHIJKLMNOPQRSTUVWXYA", "").want(404, "", "GET", path, nil)
	frame("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "alice").want(404, "", "GET", path, nil)
	alice := frame("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "alice").say("say: hi")
	frame("ABCDEFGHIJKLMNOPQRSTUVWXYB", "alice").want(404, "", "GET", "/conversations/"+string(alice.talk.ID)+"/messages", nil) // a claim opens nothing elsewhere
}
