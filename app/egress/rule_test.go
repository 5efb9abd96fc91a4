package egress_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"islet/app"
	"islet/app/egress"
)

func TestParseRules(t *testing.T) {
	for in, want := range map[string]string{
		"10.1.0.0/16:8000":         "10.1.0.0/16:8000",
		" 192.168.0.0/16 ":         "192.168.0.0/16",
		"10.1.2.3/16":              "10.1.0.0/16",
		"192.168.1.20":             "192.168.1.20",
		"192.168.1.20:443":         "192.168.1.20:443",
		"192.168.1.20：443":         "192.168.1.20:443",
		"fd12::/32":                "fd12::/32",
		"fd12::1":                  "fd12::1",
		"[fd12::1]:8000":           "[fd12::1]:8000",
		"[fd12::1]":                "fd12::1",
		"[fd12::/32]:8000":         "[fd12::/32]:8000",
		"::ffff:10.0.0.1":          "10.0.0.1",
		"Wiki.Corp.:443":           "wiki.corp:443",
		"gpu-1":                    "gpu-1",
		"0.0.0.0/0":                "0.0.0.0/0",
		"xn--fiq228c.example:8443": "xn--fiq228c.example:8443",
	} {
		rules, err := egress.ParseRules([]string{"", in, in})
		if err != nil || len(rules) != 1 || rules[0].String() != want {
			t.Errorf("ParseRules(%q) = %v, %v, want %s", in, rules, err, want)
			continue
		}
		again, err := egress.ParseRules([]string{want})
		if err != nil || again[0] != rules[0] {
			t.Errorf("%q does not read back: %v, %v", want, again, err)
		}
	}
}

func TestParseRules_refused(t *testing.T) {
	for in, want := range map[string]string{
		"http://10.0.0.1:80": "leave out", "10.0.0.1:0": "port", "10.0.0.1:99999": "port", "10.0.0.1:http": "port", "wiki.corp:": "port", "[fd12::1]8000": "port",
		"10.0.0.0/33": "length", "fd12::/129": "length", "*.corp": "names with *",
		"127.0.0.1:9000": "cannot be opened", "127.0.0.0/8": "cannot be opened", "localhost:8088": "cannot be opened", "a.localhost": "cannot be opened", "::1": "cannot be opened",
		"[::1]:80": "cannot be opened", "169.254.169.254": "cannot be opened", "169.254.0.0/16": "cannot be opened", "100.100.100.200": "cannot be opened", "fd00:ec2::254": "cannot be opened",
		"0.0.0.0": "cannot be opened", "fe80::/10": "cannot be opened", "224.0.0.0/4": "cannot be opened", "::ffff:127.0.0.1": "cannot be opened",
		"wiki.corp/docs": "neither", "10.0.0.256": "neither", "2130706433": "neither", "0x7f.1": "neither", "127.1": "neither", "a b": "neither", "名字": "neither", "-": "neither", "fe80::1%eth0": "neither", "wiki.corp:80:90": "neither", "10.0.0.1-10.0.0.9": "neither", "::ffff:10.0.0.0/104": "neither",
	} {
		rules, err := egress.ParseRules([]string{"10.0.0.1", in})
		var e *app.Error
		if !errors.As(err, &e) || e.Kind != app.Invalid || e.Code != "invalid_rule" || !strings.Contains(e.Text.En, want) || !strings.HasPrefix(e.Text.En, "line 2, ") || !strings.HasPrefix(e.Text.Zh, "第 2 行") {
			t.Errorf("ParseRules(%q) = %v, %v, want %q", in, rules, err, want)
		}
	}
	if _, err := egress.ParseRules(manyRules(201)); err == nil {
		t.Error("201 rules: no error")
	}
}

func manyRules(n int) []string {
	var all []string
	a := netip.MustParseAddr("10.0.0.1")
	for range n {
		all = append(all, a.String())
		a = a.Next()
	}
	return all
}

func mustRules(t *testing.T, lines ...string) []egress.Rule {
	t.Helper()
	rules, err := egress.ParseRules(lines)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// TestRules_closedStaysClosed holds whatever the rules say.
func TestRules_closedStaysClosed(t *testing.T) {
	srv, hits := canary(t, nil)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(srv.URL, "http://"))
	d := egress.New(egress.Options{Resolver: rebinding(t)})
	d.SetRules(mustRules(t, "0.0.0.0/0", "::/0", "rebind.corp", "rebind.corp:"+port))
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "rebind.corp", "169.254.169.254", "100.100.100.200"} {
		for range 3 {
			_, _, err := d.Fetch(context.Background(), egress.Policy{}, "http://"+host+":"+port+"/", 1<<10)
			if !errors.Is(err, &app.Error{Code: "egress_denied"}) && !(host == "rebind.corp" && err != nil) {
				t.Errorf("Fetch(%s) = %v, want egress_denied", host, err)
			}
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d hits, want 0", hits.Load())
	}
}

// neighbour is a server at an address of this machine that is private but not loopback.
func neighbour(t *testing.T) (base, port string) {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || !p.Addr().Is4() || egress.Public(p.Addr()) || p.Addr().IsLoopback() || p.Addr().IsLinkLocalUnicast() {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort(p.Addr().String(), "0"))
		if err != nil {
			continue
		}
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })}}
		s.Start()
		t.Cleanup(s.Close)
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return s.URL, port
	}
	t.Skip("this machine has no private address")
	return "", ""
}

func TestRules_holdAtOnceAlsoForOpenConnections(t *testing.T) {
	base, port := neighbour(t)
	host := strings.TrimSuffix(strings.TrimPrefix(base, "http://"), ":"+port)
	d := egress.New(egress.Options{})
	c, err := d.Client(egress.Policy{Who: "http request"})
	if err != nil {
		t.Fatal(err)
	}
	get := func() error {
		resp, err := c.Get(base)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.Body.Close()
	}
	denied := &app.Error{Kind: app.Refused, Code: "egress_denied"}
	err = get()
	var e *app.Error
	if !errors.As(err, &e) || !errors.Is(e, denied) || !strings.Contains(e.Text.En, "Outgoing connections") {
		t.Errorf("without rules: %v", err)
	}
	for _, rules := range [][]string{{host + "/16:" + port}, {host}, {host + ":" + port}, {"0.0.0.0/0"}} {
		d.SetRules(mustRules(t, rules...))
		if err := get(); err != nil {
			t.Errorf("%v: %v", rules, err)
		}
		if err := get(); err != nil { // over the connection that is open
			t.Errorf("%v again: %v", rules, err)
		}
	}
	for _, rules := range [][]string{{host + ":1"}, {"100.64.0.0/10"}, nil} {
		d.SetRules(mustRules(t, rules...))
		if err := get(); !errors.Is(err, denied) {
			t.Errorf("%v: %v, want egress_denied", rules, err)
		}
		d.SetRules(mustRules(t, host))
		if err := get(); err != nil {
			t.Errorf("open again: %v", err)
		}
	}
	refused := false
	for _, e := range d.Ledger() {
		refused = refused || e.Who == "http request" && e.Refused > 0 && e.Opened > 0
	}
	if !refused {
		t.Errorf("ledger = %+v", d.Ledger())
	}
}

// fixed is a name server that gives every name one address.
func fixed(t *testing.T, ip netip.Addr) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			_, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12
			for buf[end] != 0 {
				end += int(buf[end]) + 1
			}
			question := buf[12 : end+5]
			msg := append([]byte{buf[0], buf[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
			if question[len(question)-3] == 1 {
				msg[7] = 1
				msg = append(append(msg, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), ip.AsSlice()...)
			}
			_, _ = pc.WriteTo(msg, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func TestRules_aNameOpensWhatItStandsFor(t *testing.T) {
	base, port := neighbour(t)
	host := strings.TrimSuffix(strings.TrimPrefix(base, "http://"), ":"+port)
	d := egress.New(egress.Options{Resolver: fixed(t, netip.MustParseAddr(host))})
	d.SetRules(mustRules(t, "wiki.corp:"+port))
	for name, ok := range map[string]bool{"wiki.corp": true, "WIKI.corp": true, "wiki.corp.": true, "other.corp": false, "xwiki.corp": false, host: false} {
		b, _, err := d.Fetch(context.Background(), egress.Policy{}, "http://"+name+":"+port+"/", 1<<10)
		if ok != (err == nil && string(b) == "here") || !ok && !errors.Is(err, &app.Error{Code: "egress_denied"}) {
			t.Errorf("Fetch(%s) = %q, %v", name, b, err)
		}
	}
}

func TestClient_postThatIsRedirectedAsGET(t *testing.T) {
	srv, _ := canary(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/end", http.StatusSeeOther)
			return
		}
		_, _ = io.WriteString(w, r.Method)
	})
	for asGET, want := range map[bool]int{true: http.StatusOK, false: http.StatusSeeOther} {
		c, err := egress.New(egress.Options{}).Client(egress.Policy{Trust: egress.Admin, AsGET: asGET})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Post(srv.URL, "text/plain", strings.NewReader("x"))
		if err != nil || resp.StatusCode != want {
			t.Errorf("AsGET %v: %v, %v, want %d", asGET, resp, err, want)
		}
		_ = resp.Body.Close()
	}
}
