package egress_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"islet/app"
	"islet/app/egress"
)

// private are addresses that no user-directed call may reach, in the forms that a dialler sees.
var private = []string{
	"127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1",
	"169.254.0.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "100.127.255.255", "192.0.0.1", "192.0.0.192",
	"192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250",
	"240.0.0.1", "255.255.255.255",
	"::", "::1", "::127.0.0.1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
	"64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2001:10::1", "2001:20::1",
	"2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
}

var public = []string{"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "198.20.0.1", "223.255.255.255",
	"2606:4700::1111", "2400:3200::1", "::ffff:8.8.8.8"}

func TestPolicy_strictReachesOnlyThePublicInternet(t *testing.T) {
	p := egress.Policy{}
	for _, a := range private {
		err := p.Check(netip.AddrPortFrom(netip.MustParseAddr(a), 80))
		if !errors.Is(err, &app.Error{Kind: app.Refused, Code: "egress_denied"}) {
			t.Errorf("Check(%s) = %v, want egress_denied", a, err)
		}
	}
	for _, a := range public {
		if err := p.Check(netip.AddrPortFrom(netip.MustParseAddr(a), 80)); err != nil {
			t.Errorf("Check(%s) = %v, want nil", a, err)
		}
	}
}

func TestPolicy_adminReachesAllButMetadata(t *testing.T) {
	p := egress.Policy{Trust: egress.Admin}
	for _, a := range []string{"127.0.0.1", "::1", "10.0.0.1", "192.168.1.20", "fd12::1", "8.8.8.8", "169.254.7.7"} {
		if err := p.Check(netip.AddrPortFrom(netip.MustParseAddr(a), 8000)); err != nil {
			t.Errorf("Check(%s) = %v, want nil", a, err)
		}
	}
	for _, a := range []string{"169.254.169.254", "::ffff:169.254.169.254", "100.100.100.200", "fd00:ec2::254", "169.254.170.2"} {
		if p.Check(netip.AddrPortFrom(netip.MustParseAddr(a), 80)) == nil {
			t.Errorf("Check(%s) = nil, want egress_denied", a)
		}
	}
}

func TestPolicy_rulesOpenOneNetworkAndPort(t *testing.T) {
	p := egress.Policy{Allow: []egress.Rule{{Prefix: netip.MustParsePrefix("10.1.0.0/16"), Port: 8000}, {Prefix: netip.MustParsePrefix("0.0.0.0/0")}, {Prefix: netip.MustParsePrefix("::/0")}}}
	for to, want := range map[string]bool{
		"10.1.2.3:8000": true, "10.1.2.3:22": true, "127.0.0.1:8000": false, "[::1]:80": false, "169.254.169.254:80": false,
		"169.254.1.1:80": false, "[fe80::1]:80": false, "0.0.0.0:80": false, "[fd00:ec2::254]:80": false, "224.0.0.1:80": false, "[::ffff:127.0.0.1]:80": false,
	} {
		if got := p.Check(netip.MustParseAddrPort(to)) == nil; got != want {
			t.Errorf("Check(%s) allows %v, want %v", to, got, want)
		}
	}
	p.Allow = p.Allow[:1]
	for to, want := range map[string]bool{"10.1.2.3:8000": true, "[::ffff:10.1.2.3]:8000": true, "10.1.2.3:22": false, "10.2.0.1:8000": false} {
		if got := p.Check(netip.MustParseAddrPort(to)) == nil; got != want {
			t.Errorf("Check(%s) allows %v, want %v", to, got, want)
		}
	}
}

func TestParseURL_refusesWhatParsersDisagreeOn(t *testing.T) {
	for _, raw := range []string{
		"", "example.com", "//example.com", "file:///etc/passwd", "gopher://h/", "data:text/html,x", "javascript:alert(1)", "ftp://h/", "unix:/x",
		"http://", "http:///path", "http:h", "http://user@h/", "http://user:pw@h/", "http://a@127.0.0.1@h/", `http://h\@127.0.0.1/`, `http:\\h`,
		"http://h/a b", "http://h/\t", "ht\ntp://h/", "http://h/\r\nX: y", "http://h\x00/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/",
		"http://127.1/", "http://0177.0.0.1/", "http://127.0.0.1./", "http://1.2.3.4.5/", "http://[::1/", "http://[fe80::1%25eth0/", "http://１２７.0.0.1/",
		"http://127。0。0。1/", "http://ⓛocalhost/", "http://h:99999999/", "http://%31%32%37.0.0.1/", "http://256.256.256.256/", "http://127.0.0.1.1/",
	} {
		if u, err := egress.ParseURL(raw); !errors.Is(err, &app.Error{Code: "invalid_url"}) {
			t.Errorf("ParseURL(%q) = %v, %v, want invalid_url", raw, u, err)
		}
	}
	for _, raw := range []string{"http://h", "HTTP://H/", "https://example.com:8443/v1?x=1#y", "http://127.0.0.1:8000/v1", "http://[::1]:80/", "http://xn--fiq228c.example/", "http://gpu-1/v1", "http://host.docker.internal/"} {
		if _, err := egress.ParseURL(raw); err != nil {
			t.Errorf("ParseURL(%q) = %v", raw, err)
		}
	}
}

// canary counts who reached it.
func canary(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var hits atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if h != nil {
			h(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv, &hits
}

func TestFetch_neverReachesTheLoopback(t *testing.T) {
	srv, hits := canary(t, nil)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(srv.URL, "http://"))
	d := egress.New(egress.Options{})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "127.1", "2130706433", "127.0.0.2"} {
		_, _, err := d.Fetch(context.Background(), egress.Policy{Who: "image"}, "http://"+host+":"+port+"/", 1<<20)
		if !errors.Is(err, &app.Error{Code: "egress_denied"}) && !errors.Is(err, &app.Error{Code: "invalid_url"}) {
			t.Errorf("Fetch(%s) = %v, want egress_denied or invalid_url", host, err)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d hits, want 0", hits.Load())
	}
	refused := int64(0)
	for _, e := range d.Ledger() {
		refused += e.Refused
		if e.Who != "image" || e.Opened != 0 || e.Reason == "" || e.Last.IsZero() {
			t.Errorf("ledger entry %+v", e)
		}
	}
	if refused < 6 {
		t.Errorf("%d refusals in the ledger, want every attempt", refused)
	}
}

// rebinding is a name server that answers a public address first and the loopback ever after.
func rebinding(t *testing.T) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	go func() {
		buf := make([]byte, 512)
		for n := 0; ; {
			k, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12
			for buf[end] != 0 {
				end += int(buf[end]) + 1
			}
			question := buf[12 : end+5]
			msg := append([]byte{buf[0], buf[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
			if question[len(question)-3] == 1 { // A
				msg[7] = 1
				ip := []byte{127, 0, 0, 1}
				if n++; n == 1 {
					ip = []byte{192, 0, 2, 1}
				}
				msg = append(msg, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ip[0], ip[1], ip[2], ip[3])
			}
			_, _ = pc.WriteTo(msg, from)
			_ = k
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func TestFetch_rebindingNamesAreJudgedWhenDialled(t *testing.T) {
	srv, hits := canary(t, nil)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(srv.URL, "http://"))
	d := egress.New(egress.Options{Resolver: rebinding(t)})
	for range 20 {
		_, _, err := d.Fetch(context.Background(), egress.Policy{}, "http://rebind.example.com:"+port+"/", 1<<20)
		if !errors.Is(err, &app.Error{Code: "egress_denied"}) {
			t.Fatalf("Fetch = %v, want egress_denied", err)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d hits, want 0", hits.Load())
	}
}

func TestClient_redirects(t *testing.T) {
	var got http.Header
	other, _ := canary(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
	n := 0
	first, _ := canary(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			n++
			http.Redirect(w, r, fmt.Sprintf("/loop?%d", n), http.StatusFound)
		case "/other":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "/same":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/end":
			got = r.Header.Clone()
		}
	})
	c, err := egress.New(egress.Options{}).Client(egress.Policy{Trust: egress.Admin})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) error {
		req, _ := http.NewRequest(http.MethodGet, first.URL+path, nil)
		req.Header.Set("Authorization", "Bearer secret")
		req.Header.Set("X-Api-Key", "secret")
		req.Header.Set("Cookie", "a=b")
		req.Header.Set("Accept", "text/plain")
		resp, err := c.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	if err := get("/loop"); !errors.Is(err, &app.Error{Code: "egress_denied"}) || n != 4 {
		t.Errorf("loop: %v after %d hops, want egress_denied after 4", err, n)
	}
	if err := get("/file"); !errors.Is(err, &app.Error{Code: "invalid_url"}) {
		t.Errorf("file: %v, want invalid_url", err)
	}
	if err := get("/metadata"); !errors.Is(err, &app.Error{Code: "egress_denied"}) {
		t.Errorf("metadata: %v, want egress_denied", err)
	}
	if err := get("/same"); err != nil || got.Get("Authorization") == "" || got.Get("X-Api-Key") == "" {
		t.Errorf("same host: %v, %v, want the credentials", err, got)
	}
	if err := get("/other"); err != nil || got.Get("Authorization")+got.Get("X-Api-Key")+got.Get("Cookie") != "" || got.Get("Accept") == "" {
		t.Errorf("other host: %v, %v, want no credentials", err, got)
	}
}

func TestLedger_countsBytesAndKeepsItsSize(t *testing.T) {
	srv, _ := canary(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1000)) })
	now := time.Unix(1000, 0)
	d := egress.New(egress.Options{Rows: 2, Now: func() time.Time { now = now.Add(time.Second); return now }})
	for _, who := range []string{"a", "b", "c"} {
		c, err := d.Client(egress.Policy{Who: who, Trust: egress.Admin})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Get(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		c.CloseIdleConnections()
	}
	es := d.Ledger()
	if len(es) != 2 || es[0].Who != "c" || es[1].Who != "b" {
		t.Fatalf("ledger = %+v, want c and b", es)
	}
	if e := es[0]; e.Opened != 1 || e.Got < 1000 || e.Sent < 20 || e.Address != strings.TrimPrefix(srv.URL, "http://") {
		t.Errorf("entry = %+v", e)
	}
}

func TestLimit(t *testing.T) {
	for n, want := range map[int]bool{0: true, 9: true, 10: true, 11: false, 5000: false} {
		b, err := io.ReadAll(egress.Limit(strings.NewReader(strings.Repeat("x", n)), 10))
		if (err == nil) != want || len(b) != min(n, 10) {
			t.Errorf("%d bytes under a limit of 10: %d, %v", n, len(b), err)
		}
		if err != nil && !errors.Is(err, &app.Error{Kind: app.TooLarge, Code: "response_too_large"}) {
			t.Errorf("error = %v, want response_too_large", err)
		}
	}
}

func TestFetch_largeAnswerIsCut(t *testing.T) {
	l := egress.Limit(strings.NewReader(strings.Repeat("x", 100)), 10)
	if _, err := io.ReadAll(l); err == nil {
		t.Error("no error")
	}
	if _, err := l.Read(make([]byte, 1)); err == nil {
		t.Error("a second read does not fail")
	}
}

func TestClient_badCA(t *testing.T) {
	_, err := egress.New(egress.Options{}).Client(egress.Policy{CA: "not a certificate"})
	if !errors.Is(err, &app.Error{Kind: app.Invalid, Code: "invalid_ca"}) {
		t.Errorf("= %v, want invalid_ca", err)
	}
}

func TestLoopback_isOpenOnlyForThePortsOfWhoStartsTheProcess(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("here")) }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ports []uint16
		open  bool
	}{"none": {}, "another": {ports: []uint16{1}}, "this": {ports: []uint16{1, uint16(n)}, open: true}} {
		body, _, err := egress.New(egress.Options{Loopback: c.ports}).Fetch(context.Background(), egress.Policy{Who: "test"}, srv.URL, 1<<20)
		if c.open != (err == nil && string(body) == "here") {
			t.Errorf("%s: %q, %v", name, body, err)
		}
		if !c.open && app.AsError(err).Code != "egress_denied" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
