// Package web puts the APIs, the published web apps and the UI behind one handler, with what every request needs:
// an id, security headers, a log line, and a panic that ends only itself.
package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"islet/web/route"
)

// Options are the parts of the handler.
type Options struct {
	Log    *slog.Logger
	Ready  func() error // nil error when the process can serve
	Routes []func(*route.Router)
	UI     *UI
	// Embed is which origins may show the web app of a code in a frame. Nil: none may.
	Embed func(ctx context.Context, code string) []string
}

// New builds the handler. The router is returned for those who list its rows.
func New(o Options) (http.Handler, *route.Router) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect() // X-Forwarded-For of a stranger changes nothing
	r := &route.Router{Echo: e, Log: o.Log}
	for _, add := range o.Routes {
		add(r)
	}
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", func(c echo.Context) error {
		if err := o.Ready(); err != nil {
			return c.String(http.StatusServiceUnavailable, "not ready\n")
		}
		return c.String(http.StatusOK, "ready\n")
	})
	e.HTTPErrorHandler = func(err error, c echo.Context) { o.missing(c, err) }
	return o.around(sameOrigin(e)), r
}

// apiPrefixes are answered in JSON even where there is no such endpoint; every other path is a page of the UI.
var apiPrefixes = []string{"/console/api", "/api", "/v1", "/triggers", "/mcp"}

func isAPI(path string) bool {
	for _, p := range apiPrefixes {
		if path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

func (o *Options) fallback(w http.ResponseWriter, r *http.Request) {
	if isAPI(r.URL.Path) {
		notFound(w, r)
		return
	}
	o.UI.ServeHTTP(w, r)
}

// missing answers what no row takes: a page of the UI, an address that is not there, or a wrong method.
func (o *Options) missing(c echo.Context, err error) {
	if c.Response().Committed {
		return
	}
	var he *echo.HTTPError
	if errors.As(err, &he) && he.Code == http.StatusMethodNotAllowed && isAPI(c.Request().URL.Path) {
		c.Response().Header().Set("Content-Type", "application/json; charset=utf-8")
		c.Response().WriteHeader(http.StatusMethodNotAllowed)
		_, _ = c.Response().Write([]byte(`{"code":"method_not_allowed","message":"this address does not take that method","status":405}`)) // the client may be gone
		return
	}
	o.fallback(c.Response(), c.Request())
}

func notFound(w http.ResponseWriter, r *http.Request) {
	msg := "there is no such address in this API"
	if route.Language(r) == "zh-CN" {
		msg = "此 API 中没有该地址"
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = fmt.Fprintf(w, `{"code":"not_found","message":%q,"status":404}`, msg) // the client may be gone
}

// sameOrigin refuses state-changing requests that a foreign page makes with our cookies. The Service API and webhooks take keys
// and tokens, not cookies, and may be called from anywhere.
func sameOrigin(next http.Handler) http.Handler {
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"code":"csrf_failed","message":"the request came from another site","status":403}`)) // the client may be gone
	}))
	guarded := csrf.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasPrefix(r.URL.Path, "/triggers/") {
			next.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// around is the outermost layer.
func (o *Options) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		h := w.Header()
		id := requestID()
		h.Set("X-Request-Id", id)
		o.secure(h, r)
		defer func() {
			p := recover()
			if p == any(http.ErrAbortHandler) {
				panic(p) // net/http breaks the connection, so that nobody takes half an answer for the whole
			}
			if p != nil {
				o.Log.Error("panic in a handler", "request_id", id, "path", masked(r.URL.Path), "panic", p, "stack", string(debug.Stack()))
				if h.Get("Content-Type") == "" {
					http.Error(w, `{"code":"internal_server_error","message":"something went wrong inside islet; the server log has the details","status":500,"request_id":"`+id+`"}`, http.StatusInternalServerError)
				}
			}
		}()
		next.ServeHTTP(w, r)
		if o.Log.Enabled(r.Context(), slog.LevelDebug) {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			o.Log.Debug("request", "id", id, "method", r.Method, "path", masked(r.URL.Path), "from", host, "ms", time.Since(start).Milliseconds())
		}
	})
}

// sitePaths are the beginnings of the addresses of published web apps, before their code.
var sitePaths = []string{"/chat/", "/chatbot/", "/completion/", "/workflow/"}

// ancestors is who may frame a page: the studio nobody, a web app its own site and those that its settings name.
func (o *Options) ancestors(r *http.Request) string {
	for _, p := range sitePaths {
		code, ok := strings.CutPrefix(r.URL.Path, p)
		if !ok {
			continue
		}
		list := "'self'"
		if o.Embed != nil && code != "" && !strings.Contains(code, "/") {
			for _, origin := range o.Embed(r.Context(), code) {
				list += " " + origin
			}
		}
		return list
	}
	return "'none'"
}

// secure sets the headers of every answer.
func (o *Options) secure(h http.Header, r *http.Request) {
	frame := o.ancestors(r)
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self'; "+
		"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "+frame)
	h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=(), payment=(), usb=()") // voice input, and nothing else
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	if r.TLS != nil { // browsers ignore it over plain HTTP in a LAN, and complain in the console
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
}

// masked is a path for the log: the token of an invitation, a reset link, a webhook or a form is a secret.
func masked(path string) string {
	for _, p := range []string{"/console/api/invites/open/", "/invite/", "/mcp/server/", "/triggers/webhook/", "/triggers/webhook-debug/",
		"/api/forms/", "/form/", "/v1/form/human_input/"} {
		if strings.HasPrefix(path, p) {
			return p + "…"
		}
	}
	if at := strings.Index(path, "/shared/"); at >= 0 {
		return path[:at] + "/shared/…"
	}
	return path
}

func requestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
