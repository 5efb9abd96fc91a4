// Package route turns typed functions into HTTP endpoints: it decodes and checks the request, knows the caller, calls one verb
// and writes the answer, the error envelope or the event stream. Every endpoint is a Row that carries its access class, role
// and body limit, so that the table can be listed, tested and printed as an OpenAPI document.
//
// Handlers see no framework: the router under it (Echo) can be changed here alone.
package route

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/labstack/echo/v4"

	"islet/app"
)

// Router collects the rows of all groups.
type Router struct {
	Echo *echo.Echo
	Log  *slog.Logger // where internal errors go; nil is slog.Default
	Rows []*Row
	// Enums are string types whose values only their package knows, for the OpenAPI document. It may be nil.
	Enums map[reflect.Type][]string
}

// Auth finds out who calls. It returns the scope with which the handler runs, or an Unauthorized error.
// It is asked for every row; a Public row runs with whatever scope came back, even with an error.
type Auth func(r *http.Request) (app.Scope, error)

// Group is the rows below one prefix that share their caller, strictness and error form.
type Group struct {
	Router  *Router
	Prefix  string // "/console/api"
	Auth    Auth
	Lenient bool // unknown JSON fields are ignored: foreign clients send more than they should

	Ping       string                                     // bytes sent after ten seconds of silence in a stream; "" is ": ping\n\n"
	Translate  func(*app.Error) *app.Error                // changes codes to those of a foreign API; nil keeps them
	ErrorFrame func(ctx context.Context, err error) Frame // how an error inside a stream looks; nil is event "error" with the envelope
}

// Row is one endpoint.
type Row struct {
	Method, Path string // Path in full, with {name} parameters
	Group        *Group
	Public       bool
	Role         app.Role // the least role; "" where Public or where the group's callers have no roles
	Limit        int64    // bytes of the body
	Status       int      // of success
	Summary      string
	In, Out      reflect.Type
	Events       map[string]any // of a stream: name to an example of its payload's type

	in *input
}

// Option sets something of a Row.
type Option func(*Row)

// Public lets anybody call.
func Public(r *Row) { r.Public = true }

// Role asks for at least this role.
func Role(min app.Role) Option { return func(r *Row) { r.Role = min } }

// Limit bounds the body; the default is 1 MiB.
func Limit(bytes int64) Option { return func(r *Row) { r.Limit = bytes } }

// Status is the status of success; the default is 200.
func Status(code int) Option { return func(r *Row) { r.Status = code } }

// Summary is one line for the OpenAPI document.
func Summary(s string) Option { return func(r *Row) { r.Summary = s } }

// Events names the events of a stream with an example of each payload, for the OpenAPI document.
func Events(m map[string]any) Option { return func(r *Row) { r.Events = m } }

const defaultLimit = 1 << 20

// Handle adds an endpoint whose answer is JSON. In is filled from the tags path, query, form and json of its fields;
// a nil *Out is answered with {}.
func Handle[In, Out any](g *Group, pattern string, fn func(context.Context, *In) (*Out, error), opts ...Option) {
	row := newRow[In](g, pattern, opts)
	row.Out = reflect.TypeFor[Out]()
	g.add(row, func(w http.ResponseWriter, r *http.Request) error {
		in := new(In)
		done, err := row.in.decode(r, w, row, reflect.ValueOf(in).Elem())
		defer done()
		if err != nil {
			return err
		}
		out, err := fn(r.Context(), in)
		if err != nil {
			return err
		}
		return writeJSON(w, row.Status, out)
	})
}

// Raw adds an endpoint that writes its own answer, such as a download. An error that fn returns before it wrote anything
// becomes the envelope.
func Raw[In any](g *Group, pattern string, fn func(context.Context, http.ResponseWriter, *In) error, opts ...Option) {
	row := newRow[In](g, pattern, opts)
	g.add(row, func(w http.ResponseWriter, r *http.Request) error {
		in := new(In)
		done, err := row.in.decode(r, w, row, reflect.ValueOf(in).Elem())
		defer done()
		if err != nil {
			return err
		}
		return fn(r.Context(), w, in)
	})
}

// Stream adds an endpoint that answers with server-sent events. An error that fn returns becomes the envelope; an error
// inside the sequence becomes the group's ErrorFrame, and ends the stream.
func Stream[In any](g *Group, pattern string, fn func(context.Context, *In) (iter.Seq2[Frame, error], error), opts ...Option) {
	Raw(g, pattern, func(ctx context.Context, w http.ResponseWriter, in *In) error {
		frames, err := fn(ctx, in)
		if err != nil {
			return err
		}
		g.WriteStream(ctx, w, frames)
		return nil
	}, append(opts, func(r *Row) {
		if r.Events == nil {
			r.Events = map[string]any{}
		}
	})...)
}

func newRow[In any](g *Group, pattern string, opts []Option) *Row {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		panic("route: pattern without a method: " + pattern)
	}
	row := &Row{Method: method, Path: g.Prefix + path, Group: g, Limit: defaultLimit, Status: http.StatusOK, In: reflect.TypeFor[In]()}
	for _, o := range opts {
		o(row)
	}
	row.in = describe(row.In)
	return row
}

// add registers a row. A row that is neither public nor, in a group with roles, bound to one is a mistake that must not start.
func (g *Group) add(row *Row, serve func(http.ResponseWriter, *http.Request) error) {
	for _, r := range g.Router.Rows {
		if r.Method == row.Method && r.Path == row.Path {
			panic(fmt.Sprintf("route: %s %s is there twice", row.Method, row.Path))
		}
	}
	g.Router.Rows = append(g.Router.Rows, row)
	g.Router.Echo.Add(row.Method, echoPath(row.Path), func(c echo.Context) error {
		w, r := c.Response(), c.Request()
		ctx := context.WithValue(r.Context(), callKey{}, &call{r: r, w: w, params: c})
		r = r.WithContext(ctx)
		scope, err := g.Auth(r)
		if scope.Lang == "" {
			scope.Lang = Language(r)
		}
		r = r.WithContext(app.WithScope(ctx, scope))
		if err = permit(row, scope, err); err == nil {
			err = serve(w, r)
		}
		if err != nil {
			g.Fail(w, r, err)
		}
		return nil
	})
}

// permit decides by the row's access class.
func permit(row *Row, s app.Scope, err error) error {
	switch {
	case row.Public:
		return nil
	case err != nil:
		return err
	case row.Role != "" && !s.Role.AtLeast(row.Role):
		return app.Errorf(app.Forbidden, "forbidden", "your role does not allow this; ask an administrator", "您的角色没有此权限；请联系管理员")
	}
	return nil
}

func echoPath(p string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(p)
}

type callKey struct{}

// call is what a handler may ask of the request beside its In.
type call struct {
	r      *http.Request
	w      http.ResponseWriter
	params echo.Context
}

// Request is the HTTP request behind ctx, for cookies, addresses and user agents; nil outside a handler.
func Request(ctx context.Context) *http.Request {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.r
	}
	return nil
}

// Header is the header of the answer behind ctx, for cookies and cache rules; a throw-away one outside a handler.
func Header(ctx context.Context) http.Header {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.w.Header()
	}
	return http.Header{}
}

// Language is the better of our two languages for the browser's Accept-Language; English where it does not say.
func Language(r *http.Request) app.Lang {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag := strings.ToLower(strings.TrimSpace(part))
		switch {
		case strings.HasPrefix(tag, "zh"):
			return app.Chinese
		case strings.HasPrefix(tag, "en"):
			return app.English
		}
	}
	return app.English
}
