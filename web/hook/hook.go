// Package hook is where other programs start apps: the addresses of webhooks, below /triggers, and of MCP servers, below /mcp, both
// as in Dify. Whoever knows an address may call it; nothing but its token counts, neither cookies nor keys.
//
// The answer comes at once, with the status and the body that the trigger's node names; the run goes on. A refusal has the
// envelope of the other APIs.
package hook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"islet/app"
	"islet/app/flow"
	"islet/web/route"
)

// API holds what the handlers call.
type API struct {
	Flow     *flow.Flow
	BodyTime time.Duration // in which the whole of a request must have arrived; 0 is a minute
}

// bodyLimit is Dify's. Files have finer limits by kind: see app/chat.
const bodyLimit = 10 << 20

// bodyTime is for 10 MB over the slowest line that is worth waiting for. Anybody may call, so nobody may hold on.
const bodyTime = time.Minute

// Routes is the whole table of this API. Which method a webhook takes is its node's to say.
func (a *API) Routes(r *route.Router) {
	a.mcpRoutes(r)
	g := &route.Group{Router: r, Prefix: "/triggers", Auth: anybody}
	for _, method := range []string{"GET", "POST", "HEAD", "PATCH", "PUT", "DELETE"} {
		route.Raw(g, method+" /webhook/{token}", a.live, route.Public, route.Limit(bodyLimit))
		route.Raw(g, method+" /webhook-debug/{token}", a.debug, route.Public, route.Limit(bodyLimit))
	}
}

// anybody may call: the token says what it starts.
func anybody(*http.Request) (app.Scope, error) { return app.Scope{}, nil }

type callIn struct {
	Token string `path:"token" json:"-"`
}

// live starts what is published.
func (a *API) live(ctx context.Context, w http.ResponseWriter, in *callIn) error {
	return a.call(ctx, w, in.Token, false)
}

// debug starts the draft.
func (a *API) debug(ctx context.Context, w http.ResponseWriter, in *callIn) error {
	return a.call(ctx, w, in.Token, true)
}

func (a *API) call(ctx context.Context, w http.ResponseWriter, token string, debug bool) error {
	r := route.Request(ctx)
	header := r.Header.Clone()
	header.Del("Cookie") // a browser sends its session here, too: it is nobody's business
	header.Del("Proxy-Authorization")
	header.Set("Host", r.Host)
	from, _, _ := net.SplitHostPort(r.RemoteAddr)                                                   // "" where it is none
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(cmp.Or(a.BodyTime, bodyTime))) // there is no deadline where there is no connection
	reply, err := a.Flow.Hook(ctx, token, &flow.HookRequest{Debug: debug, Method: r.Method, Header: header, Query: r.URL.Query(),
		Body: http.MaxBytesReader(w, r.Body, bodyLimit), Remote: from})
	var wrong *flow.WrongMethod
	if errors.As(err, &wrong) {
		w.Header().Set("Allow", wrong.Allow)
		return refuse(ctx, w, http.StatusMethodNotAllowed, wrong.Err)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return refuse(ctx, w, http.StatusRequestTimeout, app.Errorf(app.Invalid, "request_timeout", "the request did not arrive in time; send it again", "请求未能及时到达；请重新发送"))
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", reply.Type)
	w.WriteHeader(reply.Status)
	_, _ = io.WriteString(w, reply.Body) // the caller may be gone, and some statuses have no body
	return nil
}

// refuse answers with a status that no kind of failure has.
func refuse(ctx context.Context, w http.ResponseWriter, status int, e *app.Error) error {
	h := w.Header()
	body, err := json.Marshal(route.Envelope{Code: e.Code, Message: e.Text.In(app.ScopeOf(ctx).Lang), Status: status, RequestID: h.Get("X-Request-Id")})
	if err != nil {
		return err
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone
	return nil
}
