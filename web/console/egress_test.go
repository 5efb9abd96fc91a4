package console_test

import (
	"errors"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"islet/app"
	"islet/app/account"
	"islet/app/egress"
	"islet/store"
	"islet/web/console"
	"islet/web/route"
)

// newOutgoing is the console API as far as people and outgoing connections need it.
func newOutgoing(t *testing.T) (*people, *store.DB, *egress.Door) {
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
	door := egress.New(egress.Options{})
	api := &console.API{DB: db, Accounts: accounts, Door: door, System: console.System{Version: "test"}}
	e := echo.New()
	api.Routes(&route.Router{Echo: e, Log: slog.New(slog.DiscardHandler)})
	s := httptest.NewServer(e)
	t.Cleanup(func() {
		s.Close()
		if err := errors.Join(db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	return &people{t: t, url: s.URL, code: code}, db, door
}

func TestOutgoing_rulesAreStoredAndInForceAtOnce(t *testing.T) {
	p, db, door := newOutgoing(t)
	if allow, err := db.Outgoing(t.Context()); err != nil || allow != nil {
		t.Errorf("before set-up: %v, %v", allow, err)
	}
	o := p.owner()
	if out := o.want(200, "", "GET", "/system/egress", nil); !reflect.DeepEqual(out["allow"], []any{}) || !reflect.DeepEqual(out["destinations"], []any{}) {
		t.Errorf("at first: %v", out)
	}
	fetch := func() error {
		_, _, err := door.Fetch(t.Context(), egress.Policy{Who: "image link"}, "http://192.0.2.77:9/", 10)
		return err
	}
	if err := fetch(); !errors.Is(err, &app.Error{Code: "egress_denied"}) {
		t.Errorf("closed: %v", err)
	}
	if out := o.want(200, "", "GET", "/system/egress", nil); !strings.Contains(destinations(out["destinations"]), "192.0.2.77:9 image link 1") {
		t.Errorf("the ledger does not tell of it: %v", out)
	}
	out := o.want(200, "", "PUT", "/system/egress", body{"allow": []string{"", " 192.0.2.5/25:9 ", "192.0.2.0/25:9", "Wiki.Corp:443"}})
	if want := []any{"192.0.2.0/25:9", "wiki.corp:443"}; !reflect.DeepEqual(out["allow"], want) {
		t.Errorf("allow = %v, want %v", out["allow"], want)
	}
	if err := fetch(); errors.Is(err, &app.Error{Code: "egress_denied"}) {
		t.Errorf("open: %v", err)
	}
	bad := o.want(400, "invalid_rule", "PUT", "/system/egress", body{"allow": []string{"10.0.0.1", "127.0.0.1:9000"}})
	if m, _ := bad["message"].(string); !strings.Contains(m, "第 2 行") {
		t.Errorf("message = %q", m)
	}
	if allow, err := db.Outgoing(t.Context()); err != nil || !reflect.DeepEqual(allow, []string{"192.0.2.0/25:9", "wiki.corp:443"}) {
		t.Errorf("stored: %v, %v", allow, err)
	}
	o.want(200, "", "PUT", "/system/egress", body{"allow": []string{}})
	if err := fetch(); !errors.Is(err, &app.Error{Code: "egress_denied"}) {
		t.Errorf("closed again: %v", err)
	}
	e, _ := o.join("e@local", app.Editor)
	e.want(403, "forbidden", "GET", "/system/egress", nil)
	e.want(403, "forbidden", "PUT", "/system/egress", body{"allow": []string{"0.0.0.0/0"}})
}

// destinations is the destinations in short.
func destinations(v any) string {
	var b strings.Builder
	list, _ := v.([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)
		refused, _ := m["refused"].(float64)
		b.WriteString(m["address"].(string) + " " + m["who"].(string) + " " + string(rune('0'+int(refused))) + "\n")
	}
	return b.String()
}
