package node

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"islet/app"
)

// waits are how long each part of a call may take: until there is a connection, between two pieces that are sent, and between
// two that are received.
type waits struct{ connect, read, write time.Duration }

// callMin is what a whole call may take at least: enough for a slow server, too little for one that sends a byte a second to
// keep us busy.
const callMin = 10 * time.Minute

// watch ends a call that takes too long. It belongs to one run of a node.
type watch struct {
	cancel context.CancelCauseFunc
	waits  waits
	whole  *time.Timer

	mu    sync.Mutex  // guards timer and over
	timer *time.Timer // of the part that is going on
	over  bool
}

// newWatch returns the context under which the call must run; stop ends both.
func newWatch(ctx context.Context, p waits) (context.Context, *watch) {
	w := &watch{waits: p}
	ctx, w.cancel = context.WithCancelCause(ctx)
	w.whole = w.after(max(p.connect+p.read+p.write, callMin), "the call took longer than %v", "请求总时间超过 %v")
	return ctx, w
}

func (w *watch) after(d time.Duration, en, zh string) *time.Timer {
	return time.AfterFunc(d, func() { w.cancel(app.Errorf(app.Timeout, "timeout", en, zh, d)) })
}

// expect gives the part that begins now its time, and ends the one before it.
func (w *watch) expect(d time.Duration, en, zh string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return // hooks may come late
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = w.after(d, en, zh)
}

func (w *watch) connecting() {
	w.expect(w.waits.connect, "the server was not reached within %v; check that it runs, or allow more time to connect", "%v 内未能连接到服务器；请确认服务已启动，或调大连接超时时间")
}

func (w *watch) writing() {
	w.expect(w.waits.write, "the server took nothing for %v; allow more time to write", "服务器在 %v 内未接收数据；可调大写入超时时间")
}

func (w *watch) reading() {
	w.expect(w.waits.read, "the server sent nothing for %v; allow more time to read", "服务器在 %v 内没有返回数据；可调大读取超时时间")
}

// stop ends all timers and the context.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.whole.Stop()
	if w.timer != nil {
		w.timer.Stop()
	}
	w.cancel(nil)
}

// traced is the context for a request, which tells the watch how far it got.
func (w *watch) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { w.connecting() },
		GotConn:      func(httptrace.GotConnInfo) { w.writing() },
		WroteRequest: func(httptrace.WroteRequestInfo) { w.reading() },
	})
}

// paced tells the watch before each piece.
type paced struct {
	io.Reader
	before func()
}

func (p *paced) Read(b []byte) (int, error) { p.before(); return p.Reader.Read(b) }

func (w *watch) sending(r io.Reader) io.ReadCloser { return io.NopCloser(&paced{r, w.writing}) }
func (w *watch) receiving(r io.Reader) io.Reader   { return &paced{r, w.reading} }

// httpFailure is why a call came to nothing, in words for people. Addresses hold keys as often as not, so the URL is neither in the
// sentence nor in the cause.
func httpFailure(ctx context.Context, host string, err error) error {
	var ours *app.Error
	if errors.As(context.Cause(ctx), &ours) { // too long
		return ours
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.As(err, &ours) {
		return ours
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var (
		name  *net.DNSError
		trust *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &name):
		return app.Errorf(app.Upstream, "http_unreachable", "there is no server with the name %q; check the address", "找不到主机“%s”；请检查地址", host).Because(err)
	case errors.As(err, &trust):
		return app.Errorf(app.Upstream, "http_tls_failed", "the certificate of %q is not trusted; if it is your own server, switch off the check of certificates in this node", "“%s”的证书不受信任；若为内部服务器，可在此节点中关闭证书校验", host).Because(err)
	case errors.Is(err, http.ErrSchemeMismatch):
		return app.Errorf(app.Upstream, "http_tls_failed", "%q speaks no TLS at this port; use http://", "“%s”的该端口不支持 TLS；请使用 http://", host).Because(err)
	case strings.Contains(err.Error(), "response headers exceeded"):
		return app.Errorf(app.TooLarge, "response_too_large", "the headers that %q answered with are too large", "“%s”返回的响应头过大", host).Because(err)
	}
	return app.Errorf(app.Upstream, "http_unreachable", "no answer came from %q; check the address, and that the server runs and can be reached from here", "“%s”没有返回结果；请检查地址，并确认服务已启动且可从本机访问", host).Because(err)
}
