package egress

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"islet/app"
)

// Trust says who chose the address that a client calls.
type Trust uint8

const (
	// User: the address came from a message, a document or a graph. Only the public internet and the rules of
	// Policy.Allow are reachable. It is the zero value, so that a forgotten field is the strict one.
	User Trust = iota
	// Admin: an administrator typed the address of a model server. Loopback and the LAN are the normal case;
	// only the metadata services of clouds are refused.
	Admin
)

// Policy says where one client may go and how it speaks TLS. The zero value is the strict policy.
type Policy struct {
	Who   string // for the ledger: "model: qwen", "image link"
	Trust Trust
	Allow []Rule // beside those of the Door

	CA         string // PEM; trusted beside the system's own authorities
	SkipVerify bool
	HTTP1      bool // never HTTP/2
	NoRedirect bool // hand a redirect to the caller as it is
	AsGET      bool // a POST that is redirected as a GET goes on as one, as in browsers; without it that redirect is handed out

	ConnectTimeout time.Duration // name, TCP and TLS; 10 s
	HeaderTimeout  time.Duration // from the request's last byte to the answer's head; none for Admin, 30 s for User
	PingAfter      time.Duration // silence of an HTTP/2 connection before it is pinged; 15 s
}

func (p *Policy) connectTimeout() time.Duration {
	if p.ConnectTimeout > 0 {
		return p.ConnectTimeout
	}
	return 10 * time.Second
}

func (p *Policy) headerTimeout() time.Duration {
	if p.HeaderTimeout > 0 || p.Trust == Admin {
		return p.HeaderTimeout
	}
	return 30 * time.Second
}

func (p *Policy) pingAfter() time.Duration {
	if p.PingAfter > 0 {
		return p.PingAfter
	}
	return 15 * time.Second
}

// Check tells whether the policy by itself lets a connection go to this address: nil, or an egress_denied error.
func (p *Policy) Check(to netip.AddrPort) error { return p.check("", to, nil) }

// check is Check for an address that host was resolved to, with further rules.
func (p *Policy) check(host string, to netip.AddrPort, rules []Rule) error {
	a := to.Addr().Unmap()
	if Metadata(a) {
		return denied(to, "the metadata service of a cloud", "云平台的元数据服务")
	}
	if p.Trust == Admin || Public(to.Addr()) {
		return nil
	}
	if closed(a) {
		return denied(to, "this machine itself and link-local addresses are closed to apps whatever the settings say; who starts islet can open a port with --loopback",
			"本机地址和链路本地地址不对应用开放，也无法通过设置放行；启动 islet 的人可用 --loopback 放行本机端口")
	}
	for _, list := range [][]Rule{p.Allow, rules} {
		for i := range list {
			if list[i].opens(host, a, to.Port()) {
				return nil
			}
		}
	}
	return denied(to, "not a public address; an administrator can open it under Settings, Outgoing connections",
		"不是公网地址；管理员可在“设置 → 对外连接”中放行")
}

func denied(to netip.AddrPort, en, zh string) *app.Error {
	return app.Errorf(app.Refused, "egress_denied",
		"islet may not connect to %[1]s: %[2]s", "islet 不允许连接 %[1]s：%[3]s", to, en, zh)
}

// ParseURL reads a URL to be called. It refuses all but http and https, user names inside the URL, characters that
// parsers disagree on, and numbers that some resolvers take for an IPv4 address (2130706433, 0x7f.1, 127.1):
// those are Invalid, with the code invalid_url. Where the address then leads is for the policy to judge.
func ParseURL(raw string) (*url.URL, error) {
	if i := strings.IndexFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }); i >= 0 {
		return nil, badURL(fmt.Errorf("character %q at %d", raw[i], i))
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, badURL(err)
	}
	host := u.Hostname()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, badURL(fmt.Errorf("scheme %q", u.Scheme))
	case u.User != nil:
		return nil, badURL(fmt.Errorf("user name inside the URL"))
	case u.Opaque != "" || host == "":
		return nil, badURL(fmt.Errorf("no host"))
	}
	if _, err := strconv.ParseUint(u.Port(), 10, 16); err != nil && u.Port() != "" {
		return nil, badURL(fmt.Errorf("port %s", u.Port()))
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return u, nil
	}
	if err := checkName(host); err != nil {
		return nil, badURL(err)
	}
	return u, nil
}

// checkName refuses host names that could be read as an address: non-ASCII (full-width digits, ideographic dots; a
// name in Chinese characters is written in its xn-- form) and names whose last label starts with a digit.
func checkName(host string) error {
	if strings.ContainsFunc(host, func(r rune) bool { return r > 0x7e }) {
		return fmt.Errorf("host name is not ASCII")
	}
	name := strings.TrimSuffix(host, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" || last[0] >= '0' && last[0] <= '9' {
		return fmt.Errorf("host %q looks like an address but is none", host)
	}
	return nil
}

func badURL(cause error) *app.Error {
	return app.Errorf(app.Invalid, "invalid_url",
		"this is not an address islet can call; it must look like http://host:port/path",
		"地址无效；应类似 http://主机:端口/路径").Because(cause)
}
