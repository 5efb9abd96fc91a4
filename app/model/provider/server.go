package provider

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/model"
)

// Limits of one call. Zero fields take the defaults named beside.
type Limits struct {
	Silence time.Duration // no byte for so long is a timeout; 120 s, or the endpoint's own
	Total   time.Duration // a whole call; 30 min
	Bytes   int64         // of one answer on the wire, unpacked; 64 MB
	HTTP2   time.Duration // first byte over an HTTP/2 that never answered before; 20 s, at most half of Silence
	Grace   time.Duration // for what may follow a finished answer; 2 s
	Drain   time.Duration // for the connection to become free after an answer; 100 ms
}

func (l Limits) fill(ep *app.Endpoint) Limits {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	if ep.Options.TimeoutSeconds > 0 {
		l.Silence = time.Duration(ep.Options.TimeoutSeconds) * time.Second
	}
	def(&l.Silence, 120*time.Second)
	def(&l.Total, 30*time.Minute)
	def(&l.HTTP2, 20*time.Second)
	l.HTTP2 = min(l.HTTP2, l.Silence/2)
	def(&l.Grace, 2*time.Second)
	def(&l.Drain, 100*time.Millisecond)
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	return l
}

// Server is one opened endpoint: its pool of connections and what was learnt about it. Safe for concurrent use.
type Server struct {
	endpoint *app.Endpoint
	protocol *Protocol
	base     string // without a trailing slash
	limits   Limits
	learned  func(app.Profile)

	client *http.Client // as configured
	plain  *http.Client // HTTP/1.1 only, for when the other stalls
	secure bool         // https
	http1  atomic.Bool  // stay on plain
	http2  atomic.Bool  // an answer came over HTTP/2: it is trusted

	mu      sync.Mutex // guards writing of profile
	profile atomic.Pointer[app.Profile]
}

var _ model.Server = (*Server)(nil)

// Opener returns the function that model.Options.Open wants: it opens endpoints through the door, under the limits.
func Opener(door *egress.Door, l Limits) func(*app.Endpoint, func(app.Profile)) (model.Server, error) {
	return func(ep *app.Endpoint, learned func(app.Profile)) (model.Server, error) {
		return Open(door, ep, l, learned)
	}
}

// Open prepares an endpoint without calling it. learned may be nil. It fails on an unknown protocol, an address that is
// none and a CA that cannot be read.
func Open(door *egress.Door, ep *app.Endpoint, l Limits, learned func(app.Profile)) (*Server, error) {
	p, ok := Table[ep.Protocol]
	if !ok {
		return nil, model.Fail(model.CodeProtocol, ep.Name, nil)
	}
	base, err := egress.ParseURL(strings.TrimSpace(ep.BaseURL))
	if err != nil {
		return nil, err
	}
	s := &Server{endpoint: ep, protocol: &p, base: p.Base(base), limits: l.fill(ep), learned: learned, secure: base.Scheme == "https"}
	profile := app.Profile{}
	if ep.Profile != nil {
		profile = *ep.Profile
	}
	s.profile.Store(&profile)
	s.http1.Store(profile.HTTP1 || ep.Options.HTTP1 || !s.secure)
	policy := Policy(ep)
	policy.HTTP1 = true
	if s.plain, err = door.Client(policy); err != nil {
		return nil, err
	}
	s.client = s.plain
	if !s.http1.Load() {
		if s.client, err = door.Client(Policy(ep)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Policy is how islet connects to an endpoint that an administrator configured.
func Policy(ep *app.Endpoint) egress.Policy {
	return egress.Policy{Who: "model: " + ep.Name, Trust: egress.Admin, CA: ep.Options.CA, SkipVerify: ep.Options.SkipVerify,
		HTTP1: ep.Options.HTTP1, NoRedirect: true}
}

// With is the endpoint under one key.
func (s *Server) With(key string) model.Lister { return s.protocol.New(&conn{Server: s, key: key}) }

// Ping lists the models and throws the answer away.
func (s *Server) Ping(ctx context.Context, key string) error {
	_, err := s.With(key).Models(ctx)
	return err
}

// Close drops the idle connections.
func (s *Server) Close() {
	s.client.CloseIdleConnections()
	s.plain.CloseIdleConnections()
}

// Profile is what is known of the server now: the probe's result and what was learnt in use.
func (s *Server) Profile() app.Profile { return *s.profile.Load() }

// learn changes the profile and tells who keeps it. change returns false if it knew already.
func (s *Server) learn(change func(*app.Profile) bool) {
	s.mu.Lock()
	p := *s.profile.Load()
	changed := change(&p)
	if changed {
		s.profile.Store(&p)
	}
	s.mu.Unlock()
	if changed && s.learned != nil {
		s.learned(p)
	}
}

// conn is a Server under one key. The protocols embed it.
type conn struct {
	*Server
	key string
}

func (c *conn) fail(code string, cause error) *app.Error {
	return model.Fail(code, c.endpoint.Name, cause)
}

// headers are those of the endpoint's options, then the protocol's own.
func (c *conn) headers(h http.Header) {
	h.Set("User-Agent", "islet")
	for k, v := range c.endpoint.Options.Headers {
		if validHeader(k, v) {
			h.Set(k, v)
		}
	}
	if c.protocol.Auth != nil {
		c.protocol.Auth(h, c.key)
	}
}

// validHeader keeps out what would break the request apart; net/http would refuse the whole call.
func validHeader(k, v string) bool {
	switch http.CanonicalHeaderKey(k) {
	case "", "Host", "Content-Length", "Transfer-Encoding", "Connection":
		return false
	}
	return !strings.ContainsFunc(k, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }) && !strings.ContainsAny(v, "\r\n\x00")
}

// bearer is how most servers want their key.
func bearer(h http.Header, key string) {
	if key != "" {
		h.Set("Authorization", "Bearer "+key)
	}
}

// plainBase is the base URL as entered, without trailing slash, query and the given endings.
func plainBase(u *url.URL, endings ...string) string {
	c := *u
	c.RawQuery, c.Fragment, c.RawPath = "", "", ""
	c.Path = strings.TrimRight(c.Path, "/")
	for _, e := range endings {
		c.Path = strings.TrimRight(strings.TrimSuffix(c.Path, e), "/")
	}
	return strings.TrimRight(c.String(), "/")
}

// params copies the request's parameters under the protocol's names. A name that maps to "" is left out.
func params(in map[string]any, names map[string]string) map[string]any {
	out := maps.Clone(in)
	if s, ok := out["stop"].(string); ok {
		out["stop"] = []string{s}
	}
	for from, to := range names {
		v, ok := out[from]
		if !ok {
			continue
		}
		delete(out, from)
		if to != "" {
			out[to] = v
		}
	}
	if out == nil {
		out = map[string]any{}
	}
	return out
}
