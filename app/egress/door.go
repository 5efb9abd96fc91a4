package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"islet/app"
)

// Options of a Door. The zero value works.
type Options struct {
	Rows     int           // destinations the ledger remembers; 500
	Resolver *net.Resolver // the system's
	Now      func() time.Time
	// Loopback are ports of this machine that user-directed calls may reach, by the word of whoever starts the process. No
	// setting opens them.
	Loopback []uint16
}

// Door makes clients. One is made at start and handed to whoever must call out. Safe for concurrent use.
type Door struct {
	resolver *net.Resolver
	now      func() time.Time
	ledger   ledger
	loopback []uint16
	rules    atomic.Pointer[[]Rule]
}

// SetRules replaces the rules that hold for every user-directed call beside those of its policy. They hold at once: what goes
// over a connection that was opened before is checked against them again.
func (d *Door) SetRules(rules []Rule) { d.rules.Store(&rules) }

// New makes a Door with an empty ledger.
func New(o Options) *Door {
	if o.Rows <= 0 {
		o.Rows = 500
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Door{resolver: o.Resolver, now: o.Now, loopback: o.Loopback, ledger: ledger{max: o.Rows, rows: map[[2]string]*row{}}}
}

const (
	maxRedirects   = 3
	maxHeaderBytes = 256 << 10
	idlePerHost    = 256              // a busy site streams hundreds of chats from one model server
	idleFor        = 90 * time.Second // twice the keep-warm interval of the model registry
)

// Client makes a client with its own pool of connections under the policy. Make it once and keep it: a client per
// request throws the connections away. Its only error is a CA that cannot be read.
// Who drops a client calls CloseIdleConnections.
func (d *Door) Client(p Policy) (*http.Client, error) {
	t, err := d.transport(p)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Transport: t, CheckRedirect: func(req *http.Request, via []*http.Request) error { return checkRedirect(p, req, via) }}
	if p.NoRedirect {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return c, nil
}

func (d *Door) transport(p Policy) (*http.Transport, error) {
	conf, err := TLS(p)
	if err != nil {
		return nil, err
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!p.HTTP1)
	return &http.Transport{
		DialContext:            d.dialer(p),
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    p.connectTimeout(),
		ResponseHeaderTimeout:  p.headerTimeout(),
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleFor,
		DisableCompression:     true, // streams must not wait in a compressor; who gets gzip anyway unpacks it under a limit
		Protocols:              &protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: p.pingAfter(), PingTimeout: p.pingAfter()},
	}, nil
}

// TLS is the configuration a policy asks for: system authorities, the private one, resumed sessions.
func TLS(p Policy) (*tls.Config, error) {
	conf := &tls.Config{
		InsecureSkipVerify: p.SkipVerify, //nolint:gosec // an administrator's choice, named as dangerous in the form
		ClientSessionCache: tls.NewLRUClientSessionCache(16),
	}
	if p.CA == "" {
		return conf, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without authorities still has the private one
	}
	if !pool.AppendCertsFromPEM([]byte(p.CA)) {
		return nil, app.Errorf(app.Invalid, "invalid_ca",
			"the CA holds no certificate; paste the whole PEM text with its BEGIN and END lines",
			"CA 中没有证书；请粘贴完整的 PEM 文本，包含 BEGIN 和 END 行")
	}
	conf.RootCAs = pool
	return conf, nil
}

// Dial opens a plain TCP connection under the policy, for checks that look below HTTP.
func (d *Door) Dial(ctx context.Context, p Policy, address string) (net.Conn, error) {
	return d.dialer(p)(ctx, "tcp", address)
}

// Resolve looks a host name up the way Dial does.
func (d *Door) Resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	r := d.resolver
	if r == nil {
		r = net.DefaultResolver
	}
	return r.LookupNetIP(ctx, "ip", host)
}

// dialer checks every address it is about to connect to, notes the outcome and counts the bytes.
func (d *Door) dialer(p Policy) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		rules := d.rules.Load()
		host := hostOf(address)
		nd := &net.Dialer{Timeout: p.connectTimeout(), KeepAlive: 15 * time.Second, Resolver: d.resolver}
		nd.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			return d.check(&p, host, address, rules)
		}
		conn, err := nd.DialContext(ctx, network, address)
		if err != nil {
			if !errors.Is(err, &app.Error{Code: "egress_denied"}) && ctx.Err() == nil {
				r := d.ledger.row(p.Who, address)
				r.note(&r.failed, d.now(), err.Error())
			}
			return nil, err
		}
		r := d.ledger.row(p.Who, conn.RemoteAddr().String())
		r.note(&r.opened, d.now(), "")
		c := &counted{Conn: conn, row: r}
		if p.Trust != Admin {
			c.allowed = d.again(p, host, conn.RemoteAddr().String(), rules)
		}
		return c, nil
	}
}

// hostOf is the host of host:port as rules write it.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// check judges one address and books a refusal.
func (d *Door) check(p *Policy, host, address string, rules *[]Rule) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dialled address %q: %w", address, err)
	}
	if to.Addr().Unmap().IsLoopback() && slices.Contains(d.loopback, to.Port()) {
		return nil
	}
	var list []Rule
	if rules != nil {
		list = *rules
	}
	if err := p.check(host, to, list); err != nil {
		r := d.ledger.row(p.Who, address)
		r.note(&r.refused, d.now(), err.Error())
		return err
	}
	return nil
}

// again is the check of a connection that is open already. It costs nothing as long as the rules it was opened under hold.
func (d *Door) again(p Policy, host, address string, rules *[]Rule) func() error {
	var seen atomic.Pointer[[]Rule]
	seen.Store(rules)
	return func() error {
		now := d.rules.Load()
		if now == seen.Load() {
			return nil
		}
		if err := d.check(&p, host, address, now); err != nil {
			return err
		}
		seen.Store(now)
		return nil
	}
}

// Headers that may follow a redirect to another origin; everything else could be a credential.
var harmless = map[string]bool{"Accept": true, "Accept-Language": true, "Content-Type": true, "User-Agent": true, "Range": true}

func checkRedirect(p Policy, req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return app.Errorf(app.Refused, "egress_denied",
			"the server redirected more than %d times", "服务器重定向超过 %d 次", maxRedirects)
	}
	if _, err := ParseURL(req.URL.String()); err != nil {
		return err
	}
	first := via[0]
	if req.Method != first.Method && !p.AsGET { // a POST that became a GET is not the call that was meant
		return http.ErrUseLastResponse
	}
	if req.URL.Host == first.URL.Host && req.URL.Scheme == first.URL.Scheme {
		return nil
	}
	for name := range req.Header {
		if !harmless[textproto.CanonicalMIMEHeaderKey(name)] {
			delete(req.Header, name)
		}
	}
	return nil
}

// Limit returns a reader that fails with response_too_large once more than max bytes were read from r.
func Limit(r io.Reader, max int64) io.Reader { return &limited{r: r, left: max, max: max} }

type limited struct {
	r         io.Reader
	left, max int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, app.Errorf(app.TooLarge, "response_too_large",
			"the answer is larger than the %d bytes allowed", "返回内容超过上限 %d 字节", l.max)
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return n - 1, app.Errorf(app.TooLarge, "response_too_large",
			"the answer is larger than the %d bytes allowed", "返回内容超过上限 %d 字节", l.max)
	}
	return n, err
}

// Fetch gets a user-directed URL under the strict policy plus the given rules: at most max bytes, redirects checked hop
// by hop. It returns the body and its media type. It is for small things (an image in a message), not for crawling.
func (d *Door) Fetch(ctx context.Context, p Policy, rawURL string, max int64) ([]byte, string, error) {
	u, err := ParseURL(rawURL)
	if err != nil {
		return nil, "", err
	}
	p.Trust = User
	c, err := d.Client(p)
	if err != nil {
		return nil, "", err
	}
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", badURL(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, "", fetchFailed(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end or given up
	if resp.StatusCode != http.StatusOK {
		return nil, "", fetchFailed(ctx, fmt.Errorf("status %d", resp.StatusCode))
	}
	b, err := io.ReadAll(Limit(resp.Body, max))
	if err != nil {
		return nil, "", fetchFailed(ctx, err)
	}
	return b, resp.Header.Get("Content-Type"), nil
}

func fetchFailed(ctx context.Context, err error) error {
	var e *app.Error
	if errors.As(err, &e) {
		return e
	}
	if ctx.Err() != nil {
		return app.Errorf(app.Canceled, "canceled", "stopped before the link answered", "链接返回之前已停止").Because(err)
	}
	return app.Errorf(app.Upstream, "fetch_failed",
		"the link could not be fetched; check that it opens from the server that runs islet",
		"无法获取该链接；请确认运行 islet 的服务器能够打开它").Because(err)
}
