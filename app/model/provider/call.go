package provider

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"islet/app"
	"islet/app/model"
)

// ask is one request.
type ask struct {
	method string
	url    string
	body   []byte
	mime   string // of body; empty is JSON
	stream bool
}

// Why a call was ended by us.
var (
	errSilent   = errors.New("silent for too long")
	errTotal    = errors.New("the whole call took too long")
	errStalled  = errors.New("no answer over HTTP/2")
	errTooLarge = errors.New("more bytes than allowed")
)

// reply is a 2xx answer whose body is being read. It must be closed.
type reply struct {
	conn   *conn
	resp   *http.Response
	body   io.Reader
	parent context.Context
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *watch
	http2  bool
	tap    *Tap // nil unless somebody listens

	head    []byte // read ahead
	headErr error
	left    int64
}

// watch ends a call that is silent or takes too long.
type watch struct {
	timer   *time.Timer
	cancel  context.CancelCauseFunc
	silence time.Duration
	until   time.Time
}

func newWatch(cancel context.CancelCauseFunc, silence, total time.Duration) *watch {
	w := &watch{cancel: cancel, silence: silence, until: time.Now().Add(total)}
	w.timer = time.AfterFunc(silence, func() {
		why := errSilent
		if !time.Now().Before(w.until) {
			why = errTotal
		}
		w.cancel(why)
	})
	return w
}

// start waits for the next byte at most the silence, or what is left of the whole.
func (w *watch) start() { w.timer.Reset(min(w.silence, max(time.Until(w.until), 0))) }

func (w *watch) stop() { w.timer.Stop() }

// do sends a request and returns its answer once the first byte of it is there. HTTP/2 that stalls or breaks before
// that is replaced by HTTP/1.1, for ever.
func (c *conn) do(ctx context.Context, a *ask) (*reply, error) {
	if !c.http1.Load() {
		r, err := c.once(ctx, a, c.client)
		if err == nil || !errors.Is(err, errStalled) {
			return r, err
		}
	}
	switched := !c.http1.Load()
	r, err := c.once(ctx, a, c.plain)
	if err == nil && switched && !c.Server.http2.Load() {
		c.http1.Store(true)
		c.client.CloseIdleConnections()
		c.learn(func(p *app.Profile) bool {
			known := p.HTTP1
			p.HTTP1 = true
			return !known
		})
	}
	return r, err
}

// once is one attempt with one client. A failure of HTTP/2 itself has errStalled in its chain.
func (c *conn) once(parent context.Context, a *ask, client *http.Client) (*reply, error) {
	ctx, cancel := context.WithCancelCause(parent)
	r := &reply{conn: c, parent: parent, ctx: ctx, cancel: cancel, left: c.limits.Bytes}
	r.watch = newWatch(cancel, c.limits.Silence, c.limits.Total)
	resp, err := client.Do(r.request(a, client == c.plain)) //nolint:bodyclose // the reply closes it
	r.watch.stop()
	if err != nil {
		err = r.failed(err, false)
		r.close()
		return nil, err
	}
	r.resp, r.body = resp, resp.Body
	if r.tap = tapOf(parent); r.tap != nil {
		r.tap.start(resp)
	}
	if err := r.unpack(); err != nil {
		r.close()
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer r.close()
		return nil, c.refusal(r)
	}
	if r.http2 {
		if err := r.peek(); err != nil {
			r.close()
			return nil, err
		}
		c.Server.http2.Store(true)
	}
	return r, nil
}

// request builds the HTTP request. Where HTTP/2 may come into play it is watched for.
func (r *reply) request(a *ask, plain bool) *http.Request {
	ctx := r.ctx
	if !plain {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: r.gotConn})
	}
	var body io.Reader
	if a.body != nil {
		body = bytes.NewReader(a.body)
	}
	req, err := http.NewRequestWithContext(ctx, a.method, a.url, body)
	if err != nil { // the base was checked when the server was opened
		req, _ = http.NewRequestWithContext(ctx, a.method, r.conn.base, body)
	}
	r.conn.headers(req.Header)
	if a.body != nil {
		req.Header.Set("Content-Type", cmp.Or(a.mime, "application/json"))
		req.Header["Idempotency-Key"] = nil // not sent; lets the transport repeat what a closing idle connection swallowed
	}
	if a.stream {
		req.Header.Set("Accept", "text/event-stream, application/x-ndjson, application/json")
	}
	return req
}

// gotConn notes that the request goes over HTTP/2. As long as that has never worked, the first byte must come soon.
func (r *reply) gotConn(info httptrace.GotConnInfo) {
	t, ok := info.Conn.(*tls.Conn)
	if !ok || t.ConnectionState().NegotiatedProtocol != "h2" {
		return
	}
	r.http2 = true
	if !r.conn.Server.http2.Load() {
		r.watch.timer.Reset(r.conn.limits.HTTP2)
	}
}

// peek waits for the first byte of the body, so that an HTTP/2 that stalls after the head can still be replaced.
func (r *reply) peek() error {
	if !r.conn.Server.http2.Load() {
		defer func(d time.Duration) { r.watch.silence = d }(r.watch.silence)
		r.watch.silence = r.conn.limits.HTTP2
	}
	buf := make([]byte, 1024)
	r.watch.start()
	n, err := r.body.Read(buf)
	r.watch.stop()
	r.head, r.headErr = buf[:n], err
	if n == 0 && err != nil && err != io.EOF {
		return r.failed(err, false)
	}
	return nil
}

// unpack undoes a compression that nobody asked for.
func (r *reply) unpack() error {
	if !strings.EqualFold(r.resp.Header.Get("Content-Encoding"), "gzip") {
		return nil
	}
	r.watch.start()
	z, err := gzip.NewReader(r.resp.Body)
	r.watch.stop()
	if err != nil {
		return r.failed(err, true)
	}
	r.body = z
	return nil
}

// Read reads the body under the limits. Its errors are ready for the caller, except io.EOF.
func (r *reply) Read(p []byte) (int, error) {
	if len(r.head) > 0 || r.headErr != nil {
		n := copy(p, r.head)
		r.listen(p[:n])
		r.head = r.head[n:]
		if len(r.head) > 0 || r.headErr == nil {
			return n, nil
		}
		return n, r.ended(r.headErr)
	}
	if r.left <= 0 {
		return 0, r.failed(errTooLarge, true)
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	r.watch.start()
	n, err := r.body.Read(p)
	r.watch.stop()
	r.left -= int64(n)
	r.listen(p[:n])
	if err != nil {
		return n, r.ended(err)
	}
	return n, nil
}

func (r *reply) listen(b []byte) {
	if r.tap != nil {
		r.tap.add(b)
	}
}

func (r *reply) ended(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	return r.failed(err, true)
}

// grace shortens the patience: the answer is whole, only a trailer may follow.
func (r *reply) grace() { r.watch.silence = r.conn.limits.Grace }

// drain reads what is left of a finished body, so that its connection can be used again, but not for long.
func (r *reply) drain() {
	r.watch.silence = r.conn.limits.Drain
	var rest [512]byte
	for start := time.Now(); time.Since(start) < r.conn.limits.Drain; {
		if _, err := r.Read(rest[:]); err != nil {
			return
		}
	}
}

func (r *reply) close() {
	r.watch.stop()
	r.cancel(context.Canceled)
	if r.resp != nil {
		_ = r.resp.Body.Close() // nothing to learn from it
	}
}

// all reads the whole body.
func (r *reply) all() ([]byte, error) { return io.ReadAll(r) }

// failed turns what went wrong on the wire into a named error. begun tells whether the head of the answer had come.
func (r *reply) failed(err error, begun bool) error {
	c := r.conn
	if r.parent.Err() != nil {
		return c.fail(model.CodeCanceled, context.Cause(r.parent))
	}
	cause := context.Cause(r.ctx)
	if r.http2 && !begun && !(c.Server.http2.Load() && errors.Is(cause, errSilent)) {
		return c.fail(model.CodeUnreachable, fmt.Errorf("%w: %w", errStalled, err))
	}
	var e *app.Error
	switch {
	case errors.Is(cause, errSilent), errors.Is(cause, errTotal):
		return c.fail(model.CodeTimeout, cause)
	case errors.As(err, &e): // egress_denied
		return e
	case errors.Is(err, errTooLarge), errors.Is(err, errEventTooLong):
		return c.fail(model.CodeTooLong, err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return c.fail(model.CodeBadAnswer, err)
	case begun:
		return c.fail(model.CodeCutOff, err)
	case notHTTP(err):
		return c.fail(model.CodeBadAnswer, err)
	case isTLS(err):
		return c.fail(model.CodeTLS, err)
	}
	return c.fail(model.CodeUnreachable, err)
}

// isTLS tells failures of the secure connection from those of the network.
func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &unknown) ||
		strings.Contains(err.Error(), "HTTP response to HTTPS client") || strings.Contains(err.Error(), "tls: ")
}

// notHTTP tells answers that no HTTP client understands. net/http has no types for them.
func notHTTP(err error) bool {
	s := err.Error()
	return strings.Contains(s, "malformed HTTP") || strings.Contains(s, "headers exceeded") || strings.Contains(s, "malformed MIME") ||
		strings.Contains(s, "unsupported protocol version")
}

// post sends JSON and returns the whole JSON answer.
func (c *conn) post(ctx context.Context, url string, v any) ([]byte, error) {
	body, err := encode(v)
	if err != nil {
		return nil, c.fail(model.CodeRejected, err)
	}
	return c.whole(ctx, &ask{method: http.MethodPost, url: url, body: body})
}

// get returns a whole JSON answer.
func (c *conn) get(ctx context.Context, url string) ([]byte, error) {
	return c.whole(ctx, &ask{method: http.MethodGet, url: url})
}

func (c *conn) whole(ctx context.Context, a *ask) ([]byte, error) {
	r, err := c.do(ctx, a)
	if err != nil {
		return nil, err
	}
	defer r.close()
	b, err := r.all()
	if err != nil {
		return nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !complete(b) {
		return nil, c.fail(model.CodeBadAnswer, fmt.Errorf("not JSON: %.200q", b))
	}
	if p := problemIn(b); p != nil {
		return nil, c.classify(0, p, model.CodeStream)
	}
	return b, nil
}
