package route

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"islet/app"
)

// Envelope is the body of every failed answer.
type Envelope struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Status    int    `json:"status"`
	RequestID string `json:"request_id,omitempty"`
}

// statuses is the only place where a kind of failure becomes a status.
var statuses = map[app.Kind]int{
	app.Internal:     http.StatusInternalServerError,
	app.Invalid:      http.StatusBadRequest,
	app.Unauthorized: http.StatusUnauthorized,
	app.Forbidden:    http.StatusForbidden,
	app.NotFound:     http.StatusNotFound,
	app.Conflict:     http.StatusConflict,
	app.TooLarge:     http.StatusRequestEntityTooLarge,
	app.Unsupported:  http.StatusUnsupportedMediaType,
	app.Refused:      http.StatusUnprocessableEntity,
	app.RateLimited:  http.StatusTooManyRequests,
	app.Upstream:     http.StatusBadGateway,
	app.Unavailable:  http.StatusServiceUnavailable,
	app.Timeout:      http.StatusGatewayTimeout,
	app.Canceled:     499, // nginx's "client closed request"
}

// StatusOf is the HTTP status of a kind.
func StatusOf(k app.Kind) int { return statuses[k] }

// Fail answers with the envelope of err in the caller's language. An internal error's cause goes to the log under the
// request id that the person sees.
func (g *Group) Fail(w http.ResponseWriter, r *http.Request, err error) {
	env, e := g.envelope(r.Context(), err)
	env.RequestID = w.Header().Get(requestIDHeader)
	if e.Kind == app.Internal {
		g.log().Error("request failed", "request_id", env.RequestID, "method", r.Method, "path", pattern(r), "err", err)
	}
	if e.Retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.Retry))
	}
	_ = writeJSON(w, env.Status, env) // the client is gone: nobody to tell
}

// pattern is the row's path with its parameters unfilled: ids help nobody in a log, and some parameters are secrets.
func pattern(r *http.Request) string {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		return c.params.Path()
	}
	return r.URL.Path
}

// requestIDHeader names the id that the outermost middleware has given to the request.
const requestIDHeader = "X-Request-Id"

func (g *Group) envelope(ctx context.Context, err error) (Envelope, *app.Error) {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		err = app.Errorf(app.TooLarge, "too_large", "the request is larger than the %d bytes allowed here", "请求超过此处允许的 %d 字节", tooBig.Limit).Because(err)
	}
	if errors.Is(err, context.Canceled) && app.KindOf(err) == app.Internal {
		err = app.Errorf(app.Canceled, "canceled", "the request was cancelled", "请求已取消").Because(err)
	}
	e := app.AsError(err)
	if g.Translate != nil {
		e = g.Translate(e)
	}
	return Envelope{Code: e.Code, Message: e.Text.In(app.ScopeOf(ctx).Lang), Status: statuses[e.Kind]}, e
}

func (g *Group) log() *slog.Logger {
	if g.Router.Log != nil {
		return g.Router.Log
	}
	return slog.Default()
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if string(b) == "null" {
		b = []byte("{}")
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, err = w.Write(b)
	return err
}
