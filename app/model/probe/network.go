package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/model"
	"islet/app/model/provider"
)

func (e *exam) url(context.Context) verdict {
	raw := strings.TrimSpace(e.Endpoint.BaseURL)
	u, err := egress.ParseURL(raw)
	if err != nil {
		return failed(Fail, err)
	}
	if e.server, err = e.open(nil); err != nil {
		return failed(Fail, err)
	}
	e.isAddress, e.isSecure = true, u.Scheme == "https"
	for _, end := range []string{"/chat/completions", "/embeddings", "/models", "/messages", "/api/chat"} {
		if strings.HasSuffix(strings.TrimRight(u.Path, "/"), end) {
			return say(Warn, "the base URL should stop before %[1]s; islet cuts it off by itself, but shorten it in the form", "基础地址不应包含 %[1]s；islet 会自动去掉，建议在表单中改短", end)
		}
	}
	if e.Endpoint.Protocol == "openai" && strings.Trim(u.Path, "/") == "" {
		return say(Warn, "the base URL has no path, so islet appends /v1; write it out to be sure", "基础地址没有路径，islet 会自动补上 /v1；建议直接写全")
	}
	if !e.isSecure && !private(u.Hostname()) {
		return say(Warn, "the address begins with http:// and leads outside, so keys and questions travel in clear; use https://", "地址为 http:// 且指向外网，密钥和内容将明文传输；请改用 https://")
	}
	return say(OK, "the address is well formed", "地址格式正确")
}

// private tells whether a host is on the site's own network, as far as its name says.
func private(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return !egress.Public(a)
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".lan") || strings.HasSuffix(host, ".internal")
}

func (e *exam) host() (host, port string) {
	u, err := url.Parse(strings.TrimSpace(e.Endpoint.BaseURL))
	if err != nil {
		return "", "" // url found it readable
	}
	port = u.Port()
	switch {
	case port != "":
	case e.isSecure:
		port = "443"
	default:
		port = "80"
	}
	return u.Hostname(), port
}

func (e *exam) dns(ctx context.Context) verdict {
	host, _ := e.host()
	if _, err := netip.ParseAddr(host); err == nil {
		return say(Skip, "not needed: the address is a number", "无需检查：地址为 IP")
	}
	addrs, err := e.door.Resolve(ctx, host)
	if err != nil || len(addrs) == 0 {
		return say(Fail, "the name %q is unknown here; check it, or enter the IP address instead", "无法解析主机名 %q；请检查名称，或改填 IP 地址", host).because(errText(err))
	}
	return say(OK, "%[1]s is %[2]v", "%[1]s 解析为 %[2]v", host, addrs[0])
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (e *exam) tcp(ctx context.Context) verdict {
	host, port := e.host()
	start := time.Now()
	c, err := e.door.Dial(ctx, provider.Policy(e.Endpoint), net.JoinHostPort(host, port))
	var denied *app.Error
	if errors.As(err, &denied) {
		return failed(Fail, denied)
	}
	if err != nil {
		return say(Fail, "nothing answers on port %[1]s of %[2]s; check that the server runs, listens on 0.0.0.0 and not only on 127.0.0.1, and that no firewall is in between",
			"%[2]s 的 %[1]s 端口无响应；请确认服务已启动、监听 0.0.0.0 而非仅 127.0.0.1，且未被防火墙拦截", port, host).because(err.Error())
	}
	_ = c.Close() // it was only a try
	return say(OK, "port %[1]s answers in %[2]d ms", "端口 %[1]s 可连接，耗时 %[2]d 毫秒", port, time.Since(start).Milliseconds())
}

func (e *exam) tls(ctx context.Context) verdict {
	state, err := e.handshake(ctx, provider.Policy(e.Endpoint))
	if err != nil {
		return tlsFailed(err)
	}
	if len(state.PeerCertificates) == 0 {
		return say(Warn, "the server shows no certificate", "服务端没有出示证书")
	}
	end := state.PeerCertificates[0].NotAfter
	days := int(end.Sub(e.o.Now()).Hours() / 24)
	version := tls.VersionName(state.Version)
	switch {
	case days < 0:
		return say(Warn, "the certificate expired on %s; replace it on the server", "证书已于 %s 过期；请在服务端更换", end.Format(time.DateOnly))
	case days < 30:
		return say(Warn, "the certificate expires in %[1]d days (%[2]s); replace it on the server in time", "证书将在 %[1]d 天后（%[2]s）过期；请及时更换", days, end.Format(time.DateOnly))
	}
	return say(OK, "%[1]s, certificate good until %[2]s", "%[1]s，证书有效期至 %[2]s", version, end.Format(time.DateOnly))
}

func (e *exam) handshake(ctx context.Context, p egress.Policy) (tls.ConnectionState, error) {
	host, port := e.host()
	conf, err := egress.TLS(p)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	c, err := e.door.Dial(ctx, p, net.JoinHostPort(host, port))
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer func() { _ = c.Close() }() // only looked at
	conf.ServerName = host
	t := tls.Client(c, conf)
	err = t.HandshakeContext(ctx)
	return t.ConnectionState(), err
}

// tlsFailed says what is wrong with a certificate in words that lead somewhere.
func tlsFailed(err error) verdict {
	var expired x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	v := say(Fail, "the secure connection failed", "加密连接失败")
	switch {
	case errors.As(err, &expired) && expired.Reason == x509.Expired:
		v = say(Fail, "the server's certificate has expired or is not yet valid; replace it there, and compare the clocks of both machines", "服务端证书已过期或尚未生效；请更换证书，并核对两台机器的时间")
	case errors.As(err, &name):
		v = say(Fail, "the certificate is for another name; enter the address that the certificate names", "证书与地址不匹配；请填写证书中的主机名")
	case errors.As(err, &unknown):
		v = say(Fail, "the certificate comes from an authority that this machine does not know; paste the site's CA certificate into the endpoint's form", "证书由本机未知的机构签发；请把内部 CA 证书粘贴到该服务的表单中")
	case errors.As(err, &record):
		v = say(Fail, "the server does not speak TLS on this port; use http:// instead", "该端口不支持 TLS；请改用 http://")
	}
	return v.because(err.Error())
}

func (e *exam) privateCA(ctx context.Context) verdict {
	o := e.Endpoint.Options
	if o.SkipVerify {
		return say(Warn, "certificates are not verified for this endpoint, so anybody on the way can pose as it; paste the site's CA instead", "该服务未校验证书，存在被冒充的风险；建议改为填写内部 CA")
	}
	p := provider.Policy(e.Endpoint)
	p.CA = ""
	_, err := e.handshake(ctx, p)
	switch {
	case err == nil && o.CA == "":
		return say(OK, "the certificate is known to this machine; no private CA is needed", "本机信任该证书，无需内部 CA")
	case err == nil:
		return say(Info, "a private CA is entered but not needed", "已填写内部 CA，但并不需要")
	case o.CA != "":
		return say(OK, "the certificate is verified by the private CA entered", "证书已通过所填内部 CA 校验")
	}
	return say(Fail, "this server needs the site's own CA; paste its PEM text into the endpoint's form", "该服务需要内部 CA；请把 CA 的 PEM 文本粘贴到表单中").because(err.Error())
}

// http asks for anything at all: every answer counts, also a refusal.
func (e *exam) http(ctx context.Context) verdict {
	tap := &provider.Tap{}
	_, err := e.server.With(e.Key).Models(provider.WithTap(ctx, tap))
	status, proto, header := tap.Head()
	if status == 0 {
		return failed(Fail, err)
	}
	e.isReached, e.seen = true, time.Now()
	if d := header.Get("Date"); d != "" {
		e.date, _ = time.Parse(time.RFC1123, d) // a date that cannot be read is as good as none
	}
	if s := header.Get("Server"); s != "" {
		return say(OK, "the server answers (%[1]s, status %[2]d, %[3]s)", "服务有响应（%[1]s，状态 %[2]d，%[3]s）", proto, status, s)
	}
	return say(OK, "the server answers (%[1]s, status %[2]d)", "服务有响应（%[1]s，状态 %[2]d）", proto, status)
}

func (e *exam) http2(ctx context.Context) verdict {
	if e.server.Profile().HTTP1 {
		return say(Warn, "HTTP/2 of this server stalls or breaks; islet stays on HTTP/1.1, nothing to do", "该服务的 HTTP/2 会卡住或中断；islet 已自动改用 HTTP/1.1，无需处理")
	}
	if e.Endpoint.Options.HTTP1 {
		return say(Info, "HTTP/2 is switched off for this endpoint", "该服务已设为不使用 HTTP/2")
	}
	tap := &provider.Tap{}
	_, err := e.server.With(e.Key).Models(provider.WithTap(ctx, tap))
	status, proto, _ := tap.Head()
	switch {
	case status == 0:
		return failed(Fail, err)
	case e.server.Profile().HTTP1:
		return say(Warn, "HTTP/2 of this server stalls or breaks; islet stays on HTTP/1.1, nothing to do", "该服务的 HTTP/2 会卡住或中断；islet 已自动改用 HTTP/1.1，无需处理")
	case strings.HasPrefix(proto, "HTTP/2"):
		return say(OK, "HTTP/2 works", "HTTP/2 正常")
	}
	return say(Info, "the server speaks %s, which is just as good", "服务使用 %s，同样可用", proto)
}

func (e *exam) clock(context.Context) verdict {
	if e.date.IsZero() {
		return say(Skip, "not examined: the server tells no time", "未检查：服务未返回时间")
	}
	skew := e.date.Sub(e.seen).Round(time.Second)
	if skew > time.Minute || skew < -time.Minute {
		return say(Warn, "the clocks of both machines differ by %v; set them right, or logs and tokens will not fit together", "两台机器的时间相差 %v；请校准时间，否则日志和令牌会对不上", skew.Abs())
	}
	return say(OK, "the clocks agree", "两台机器时间一致")
}

func (e *exam) keepAlive(ctx context.Context) verdict {
	reused := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }})
	for range 2 {
		if _, err := e.server.With(e.Key).Models(ctx); err != nil && (errors.Is(err, &app.Error{Code: model.CodeUnreachable}) || ctx.Err() != nil) {
			return failed(Fail, err)
		}
	}
	if !reused {
		return say(Warn, "the server closes every connection after one answer, which costs some milliseconds each time; allow keep-alive there or in the proxy before it",
			"服务每次响应后都会断开连接，会增加几毫秒延迟；请在服务端或前置代理开启 keep-alive")
	}
	return say(OK, "connections are kept and used again", "连接可复用")
}
