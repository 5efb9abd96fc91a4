package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"islet/app"
	"islet/app/account"
	"islet/store"
	"islet/store/backup"
	"islet/web/console"
	"islet/web/route"
)

// people is the console API over a real store, as far as people and backups need it.
type people struct {
	t    *testing.T
	url  string
	code string
}

func newPeople(t *testing.T) *people {
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
	accounts := account.New(db, account.Options{})
	code, _, err := accounts.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keeper := backup.New(db, backup.Options{Version: "test", Log: slog.New(slog.DiscardHandler)})
	api := &console.API{DB: db, Accounts: accounts, Backups: keeper, System: console.System{Version: "test"}}
	e := echo.New()
	api.Routes(&route.Router{Echo: e, Log: slog.New(slog.DiscardHandler)})
	s := httptest.NewServer(e)
	t.Cleanup(func() {
		s.Close()
		if err := errors.Join(keeper.Close(context.Background()), db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	return &people{t: t, url: s.URL, code: code}
}

// browser is one person's browser.
type browser struct {
	*people
	c *http.Client
}

func (p *people) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &browser{p, &http.Client{Jar: jar}}
}

// call sends a request and returns status, body and header.
func (b *browser) call(method, path string, in any) (int, map[string]any, http.Header) {
	b.t.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			b.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+"/console/api"+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out := map[string]any{}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &out); err != nil {
			b.t.Fatalf("%s %s answered %q: %v", method, path, raw, err)
		}
	} else {
		out["raw"] = string(raw)
	}
	return res.StatusCode, out, res.Header
}

// want calls and checks the status, and the code of a refusal.
func (b *browser) want(status int, code, method, path string, in any) map[string]any {
	b.t.Helper()
	got, out, _ := b.call(method, path, in)
	if c, _ := out["code"].(string); got != status || c != code {
		b.t.Errorf("%s %s = %d %v, want %d %q", method, path, got, out, status, code)
	}
	return out
}

type body map[string]any

const pass = "correct horse"

// owner sets the site up.
func (p *people) owner() *browser {
	p.t.Helper()
	b := p.browser()
	b.want(200, "", "POST", "/setup", body{"code": p.code, "name": "李雷", "email": "o@local", "password": pass, "workspace_name": "站", "language": "zh-CN"})
	return b
}

// join invites somebody and accepts.
func (b *browser) join(email string, role app.Role) (*browser, string) {
	b.t.Helper()
	link, _ := b.want(200, "", "POST", "/invites", body{"email": email, "role": role})["link"].(string)
	n := b.browser()
	u, _ := n.want(200, "", "POST", "/invites/open/"+strings.TrimPrefix(link, "/invite/"), body{"name": "某人", "password": pass, "language": "en"})["user"].(map[string]any)
	id, _ := u["id"].(string)
	return n, id
}

func TestPeople_fromSetupToSignOut(t *testing.T) {
	p := newPeople(t)
	b := p.browser()
	if s := b.want(200, "", "GET", "/setup", nil); s["done"] != false || s["version"] != "test" {
		t.Errorf("setup = %v", s)
	}
	b.want(401, "unauthorized", "GET", "/me", nil)
	b.want(403, "setup_code_wrong", "POST", "/setup", body{"code": "X", "name": "n", "email": "o@local", "password": pass, "workspace_name": "站", "language": "en"})
	o := p.owner()
	b.want(409, "setup_done", "POST", "/setup", body{"code": p.code, "name": "n", "email": "x@local", "password": pass, "workspace_name": "站", "language": "en"})
	me := o.want(200, "", "GET", "/me", nil)
	if u, _ := me["user"].(map[string]any); u["role"] != "owner" || u["password_hash"] != nil || me["version"] != "test" {
		t.Errorf("me = %v", me)
	}
	o.want(200, "", "PATCH", "/me", body{"theme": "dark"})
	o.want(400, "unknown_field", "PATCH", "/me", body{"role": "owner"})
	o.want(200, "", "PATCH", "/workspace", body{"name": "二号站"})
	o.want(400, "password_wrong", "POST", "/me/password", body{"current": "guess guess", "password": "another one"})
	o.want(200, "", "POST", "/me/password", body{"current": pass, "password": "another one"})
	o.want(200, "", "POST", "/signout", nil)
	o.want(401, "unauthorized", "GET", "/me", nil)
	o.want(200, "", "POST", "/signout", nil)
	o.want(401, "signin_failed", "POST", "/signin", body{"email": "o@local", "password": pass})
	o.want(200, "", "POST", "/signin", body{"email": "O@local", "password": "another one"})
	if s := o.want(200, "", "GET", "/setup", nil); s["done"] != true || s["workspace_name"] != "二号站" {
		t.Errorf("setup = %v", s)
	}
}

func TestPeople_cookieIsOutOfReachOfScriptsAndNewAtEachSignIn(t *testing.T) {
	p := newPeople(t)
	p.owner()
	b := p.browser()
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	b.c.Jar.SetCookies(u, []*http.Cookie{{Name: "islet_session", Value: "sess-planted", Path: "/"}})
	_, _, h := b.call("POST", "/signin", body{"email": "o@local", "password": pass})
	set := h.Get("Set-Cookie")
	for _, want := range []string{"islet_session=sess-", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("Set-Cookie = %q lacks %q", set, want)
		}
	}
	if strings.Contains(set, "planted") || strings.Contains(set, "Secure") {
		t.Errorf("Set-Cookie = %q over plain HTTP", set)
	}
	first := b.c.Jar.Cookies(u)[0].Value
	b.want(200, "", "POST", "/signin", body{"email": "o@local", "password": pass})
	if again := b.c.Jar.Cookies(u)[0].Value; again == first {
		t.Error("the second sign-in got the first one's cookie")
	}
}

func TestPeople_bruteForceIsToldWhenToComeBack(t *testing.T) {
	p := newPeople(t)
	o := p.owner()
	b := p.browser()
	for range 10 {
		b.want(401, "signin_failed", "POST", "/signin", body{"email": "o@local", "password": "wrong password"})
	}
	status, out, h := b.call("POST", "/signin", body{"email": "o@local", "password": pass})
	if status != 429 || out["code"] != "rate_limited" || h.Get("Retry-After") == "" {
		t.Errorf("the eleventh = %d %v, Retry-After %q", status, out, h.Get("Retry-After"))
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", p.url+"/console/api/signin", strings.NewReader(`{"email":"o@local","password":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", "8.8.8.8")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 429 {
		t.Errorf("with another X-Forwarded-For = %d, want 429", res.StatusCode)
	}
	o.want(200, "", "GET", "/me", nil) // who is in stays in
}

func TestPeople_membersAndLinks(t *testing.T) {
	p := newPeople(t)
	o := p.owner()
	admin, adminID := o.join("admin@local", app.Admin)
	editor, editorID := admin.join("editor@local", app.Editor)
	member, memberID := admin.join("member@local", app.Member)
	if l := editor.want(200, "", "GET", "/members?limit=2", nil); l["total"] != float64(4) || len(l["data"].([]any)) != 2 {
		t.Errorf("members = %v", l)
	}
	member.want(403, "forbidden", "GET", "/members", nil)
	editor.want(403, "forbidden", "PATCH", "/members/"+memberID, body{"role": "editor"})
	admin.want(403, "owner_only", "PATCH", "/members/"+editorID, body{"role": "admin"})
	admin.want(400, "unknown_field", "PATCH", "/members/"+editorID, body{"id": memberID})
	admin.want(403, "forbidden", "POST", "/members/"+adminID+"/owner", nil)
	admin.want(404, "not_found", "PATCH", "/members/0191e5a0-0000-7000-8000-000000000000", body{"disabled": true})
	admin.want(404, "not_found", "PATCH", "/members/null", body{"disabled": true})

	admin.want(200, "", "PATCH", "/members/"+editorID, body{"disabled": true})
	editor.want(401, "unauthorized", "GET", "/me", nil)
	editor.want(403, "account_disabled", "POST", "/signin", body{"email": "editor@local", "password": pass})
	admin.want(200, "", "PATCH", "/members/"+editorID, body{"disabled": false})

	link, _ := admin.want(200, "", "POST", "/members/"+memberID+"/reset-link", nil)["link"].(string)
	token := strings.TrimPrefix(link, "/invite/")
	if open := p.browser().want(200, "", "GET", "/invites/open/"+token, nil); open["purpose"] != "reset" || open["email"] != "member@local" {
		t.Errorf("open = %v", open)
	}
	p.browser().want(200, "", "POST", "/invites/open/"+token, body{"password": "another one"})
	p.browser().want(400, "link_invalid", "POST", "/invites/open/"+token, body{"password": "another one"})
	p.browser().want(400, "link_invalid", "GET", "/invites/open/null", nil)
	member.want(401, "unauthorized", "GET", "/me", nil)

	inv := admin.want(200, "", "POST", "/invites", body{"email": "x@local", "role": "member"})["invite"].(map[string]any)
	if inv["token_hash"] != nil || inv["TokenHash"] != nil {
		t.Errorf("invite = %v", inv)
	}
	if l := admin.want(200, "", "GET", "/invites", nil); l["total"] != float64(1) {
		t.Errorf("invites = %v", l)
	}
	admin.want(200, "", "DELETE", "/invites/"+inv["id"].(string), nil)

	o.want(200, "", "POST", "/members/"+adminID+"/owner", nil)
	o.want(403, "forbidden", "POST", "/members/"+editorID+"/owner", nil)
	admin.want(200, "", "POST", "/signin", body{"email": "admin@local", "password": pass})
	admin.want(200, "", "DELETE", "/members/"+editorID, nil)
}

func TestBackups_takenSeenDownloadedAndDeleted(t *testing.T) {
	p := newPeople(t)
	o := p.owner()
	editor, _ := o.join("editor@local", app.Editor)
	editor.want(403, "forbidden", "GET", "/backups", nil)
	editor.want(403, "forbidden", "POST", "/backups", nil)
	id, _ := o.want(202, "", "POST", "/backups", nil)["id"].(string)
	var b map[string]any
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if b = o.want(200, "", "GET", "/backups/"+id, nil); b["status"] != "running" {
			break
		}
	}
	if b["status"] != "verified" {
		t.Fatalf("backup = %v", b)
	}
	status, out, h := o.call("GET", "/backups/"+id+"/download", nil)
	if status != 200 || float64(len(out["raw"].(string))) != b["size"] || !strings.Contains(h.Get("Content-Disposition"), b["name"].(string)) {
		t.Errorf("download = %d, %d bytes, %v", status, len(out["raw"].(string)), h)
	}
	editor.want(403, "forbidden", "GET", "/backups/"+id+"/download", nil)
	p.browser().want(401, "unauthorized", "GET", "/backups/"+id+"/download", nil)
	if l := o.want(200, "", "GET", "/backups", nil); len(l["data"].([]any)) != 1 || l["free_bytes"].(float64) <= 0 || l["dir"] == "" {
		t.Errorf("backups = %v", l)
	}
	set := o.want(200, "", "PUT", "/backups/settings", body{"enabled": true, "at": "04:15", "keep": 3, "passphrase": "open sesame"})
	if set["passphrase_set"] != true || set["at"] != "04:15" || set["passphrase"] != nil {
		t.Errorf("settings = %v", set)
	}
	o.want(400, "invalid_param", "PUT", "/backups/settings", body{"enabled": true, "at": "nine", "keep": 3})
	o.want(200, "", "DELETE", "/backups/"+id, nil)
	o.want(404, "not_found", "GET", "/backups/"+id, nil)
}
