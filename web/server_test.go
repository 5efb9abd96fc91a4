package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"islet/app"
	"islet/web"
	"islet/web/route"
)

func zip(s string) *fstest.MapFile {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return &fstest.MapFile{Data: b.Bytes()}
}

func start(t *testing.T, ready func() error) *httptest.Server {
	t.Helper()
	type none struct{}
	h, _ := web.New(web.Options{
		Log:   slog.New(slog.DiscardHandler),
		Ready: ready,
		UI:    web.NewUI(fstest.MapFS{"index.html.gz": zip("<p>page"), "assets/a-1.js.gz": zip("let a"), "favicon.svg.gz": zip("<svg/>")}),
		Routes: []func(*route.Router){func(r *route.Router) {
			public := func(*http.Request) (app.Scope, error) { return app.Scope{}, nil }
			console := &route.Group{Router: r, Prefix: "/console/api", Auth: public}
			route.Handle(console, "POST /do", func(context.Context, *none) (*none, error) { return nil, nil }, route.Public)
			route.Handle(console, "GET /panic", func(context.Context, *none) (*none, error) { panic("defect") }, route.Public)
			service := &route.Group{Router: r, Prefix: "/v1", Auth: public}
			route.Handle(service, "POST /do", func(context.Context, *none) (*none, error) { return nil, nil }, route.Public)
		}},
	})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func ok() error { return nil }

func TestHandler_whoGetsWhat(t *testing.T) {
	s := start(t, ok)
	tests := []struct {
		name, method, path string
		header             map[string]string
		status             int
		body               string
	}{
		{"a page of the UI", "GET", "/apps/1/edit", nil, 200, "<p>page"},
		{"the page without gzip", "GET", "/", map[string]string{"Accept-Encoding": "identity"}, 200, "<p>page"},
		{"a script", "GET", "/assets/a-1.js", nil, 200, "let a"},
		{"a script that is not there", "GET", "/assets/b.js", nil, 404, "not found"},
		{"an icon", "GET", "/favicon.svg", nil, 200, "<svg/>"},
		{"no such endpoint", "GET", "/console/api/nothing", nil, 404, `"code":"not_found"`},
		{"no such endpoint, in Chinese", "GET", "/v1/nothing", map[string]string{"Accept-Language": "zh"}, 404, "没有该地址"},
		{"a wrong method", "GET", "/console/api/do", nil, 405, `"code":"method_not_allowed"`},
		{"our own page", "POST", "/console/api/do", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200, "{}"},
		{"a foreign page", "POST", "/console/api/do", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, "csrf_failed"},
		{"an old browser on a foreign page", "POST", "/console/api/do", map[string]string{"Origin": "http://evil.example"}, 403, "csrf_failed"},
		{"the Service API from anywhere", "POST", "/v1/do", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200, "{}"},
		{"a panic", "GET", "/console/api/panic", nil, 500, "internal_server_error"},
		{"health", "GET", "/healthz", nil, 200, "ok"},
		{"ready", "GET", "/readyz", nil, 200, "ready"},
		{"traversal", "GET", "/assets/../../etc/passwd", nil, 200, "<p>page"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, s.URL+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range tt.header {
				req.Header.Set(k, v)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			b, _ := io.ReadAll(res.Body)
			if res.StatusCode != tt.status || !strings.Contains(string(b), tt.body) {
				t.Errorf("got %d %q, want %d with %q", res.StatusCode, b, tt.status, tt.body)
			}
			for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Request-Id", "Referrer-Policy"} {
				if res.Header.Get(h) == "" {
					t.Errorf("no %s", h)
				}
			}
			if may := res.Header.Get("Permissions-Policy"); !strings.Contains(may, "microphone=(self)") || !strings.Contains(may, "camera=()") {
				t.Errorf("our pages may use %q", may)
			}
		})
	}
}

func TestPage_isNotSentAgain(t *testing.T) {
	s := start(t, ok)
	res, err := http.Get(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	req, _ := http.NewRequest("GET", s.URL+"/apps", nil)
	req.Header.Set("If-None-Match", res.Header.Get("ETag"))
	res, err = http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNotModified {
		t.Errorf("status = %d, want 304", res.StatusCode)
	}
}

func TestReady_saysWhenItIsNot(t *testing.T) {
	s := start(t, func() error { return errors.New("shutting down") })
	res, err := http.Get(s.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status = %d, want 503", res.StatusCode)
	}
}

func TestHandler_onlyNamedSitesFrameAWebApp(t *testing.T) {
	h, _ := web.New(web.Options{Log: slog.New(slog.DiscardHandler), Ready: ok, UI: web.NewUI(fstest.MapFS{"index.html.gz": zip("<p>page"), "embed.js.gz": zip("bubble")}),
		Embed: func(_ context.Context, code string) []string {
			return map[string][]string{"open": {"http://10.0.0.5:8080", "https://*.example.com"}}[code]
		}})
	for path, want := range map[string]string{
		"/chat/open": "'self' http://10.0.0.5:8080 https://*.example.com", "/chatbot/open": "'self' http://10.0.0.5:8080 https://*.example.com",
		"/completion/open": "'self' http://10.0.0.5:8080 https://*.example.com", "/workflow/shut": "'self'", "/chatbot/shut": "'self'", "/apps": "'none'",
		"/signin": "'none'", "/chatbot/open/x": "'self'", "/chats/open": "'none'",
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(got, "; frame-ancestors "+want) {
			t.Errorf("%s: %s", path, got)
		}
	}
	for _, name := range []string{"/embed.js", "/embed.min.js"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", name, nil))
		if w.Body.String() != "bubble" || !strings.Contains(w.Header().Get("Content-Type"), "javascript") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
