package node

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/value"
	"islet/app/workflow"
)

// httpRequest calls a web service. Dify's executor, written in Python, is what it follows.
type httpRequest struct {
	deps    Deps
	method  string // upper case
	source  string // of url
	url     *workflow.Template
	headers []headerLine
	params  []fieldTemplate
	auth    *httpAuth // nil: none
	body    *httpBody // nil: none
	wait    waits
	verify  bool
	strict  bool // a status other than 2xx is a failure
}

var _ workflow.Reader = (*httpRequest)(nil)

// headerLine is one line of the headers. A line that is nothing but a reference may become several headers.
type headerLine struct {
	text *workflow.Template
	lone bool
}

// fieldTemplate is a name and a value with references.
type fieldTemplate struct{ key, value *workflow.Template }

// httpAuth is the header that proves who calls.
type httpAuth struct {
	kind   string // basic, bearer or custom; "" fails at run
	header string
	key    *workflow.Template
}

// The names that Dify has for what can go wrong; handlers of errors in a graph read them.
const (
	errHTTP       = "HttpRequestNodeError"
	errStatus     = "HTTPResponseCodeError"
	errAuthConfig = "AuthorizationConfigError"
	errBody       = "RequestBodyError"
	errFile       = "FileFetchError"
	errSize       = "ResponseSizeError"
	errURL        = "InvalidURLError"
	errMethod     = "InvalidHttpMethodError"
)

// wireHTTP is an http-request node's data.
type wireHTTP struct {
	Method  string `json:"method"`
	URL     string `json:"url"`
	Headers string `json:"headers"`
	Params  string `json:"params"`
	Auth    struct {
		Type   string `json:"type"`
		Config *struct {
			Type   string `json:"type"`
			Key    string `json:"api_key"`
			Header string `json:"header"`
		} `json:"config"`
	} `json:"authorization"`
	Body    *wireBody `json:"body"`
	Timeout struct {
		Connect seconds `json:"connect"`
		Read    seconds `json:"read"`
		Write   seconds `json:"write"`
	} `json:"timeout"`
	Verify   *bool  `json:"ssl_verify"`
	Strategy string `json:"error_strategy"`
	Retry    struct {
		Enabled bool `json:"retry_enabled"`
	} `json:"retry_config"`
}

// seconds is a time as Dify's UI stores it: a number, its text, or nothing.
type seconds float64

func (s *seconds) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `" `)
	if text == "" || text == "null" {
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	*s = seconds(f)
	return err
}

// or is s as a duration, or the default where nothing was chosen.
func (s seconds) or(d time.Duration) time.Duration {
	if !(s > 0) {
		return d
	}
	return time.Duration(min(float64(s), maxSeconds) * float64(time.Second))
}

// maxSeconds bounds what a node may ask for: a day.
const maxSeconds = 24 * 60 * 60

// The times that Dify allows where a node does not say.
const (
	connectWait = 10 * time.Second
	readWait    = 600 * time.Second
	writeWait   = 600 * time.Second
)

// HTTPPolicy is what a client of http-request nodes is made with. Such a node keeps its times itself, so the client has none that
// could be shorter; and it follows redirects as Python's clients do.
func HTTPPolicy(trust egress.Trust, verifyTLS bool) egress.Policy {
	return egress.Policy{Who: "http request", Trust: trust, SkipVerify: !verifyTLS, HTTP1: true, AsGET: true,
		ConnectTimeout: maxSeconds * time.Second, HeaderTimeout: maxSeconds * time.Second}
}

func newHTTPRequest(d Deps, data json.RawMessage) (workflow.Node, error) {
	var w wireHTTP
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	if bad := w.problems(); len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	source := strings.TrimSpace(w.URL)
	n := &httpRequest{deps: d, method: strings.ToUpper(w.Method), source: source, url: workflow.ParseTemplate(source),
		headers: headerLines(w.Headers), params: paramLines(w.Params), body: w.Body.parse(),
		wait:   waits{connect: w.Timeout.Connect.or(connectWait), read: w.Timeout.Read.or(readWait), write: w.Timeout.Write.or(writeWait)},
		verify: w.Verify == nil || *w.Verify,
		strict: w.Retry.Enabled || w.Strategy == "fail-branch" || w.Strategy == "default-value",
	}
	if w.Auth.Type == "api-key" {
		n.auth = &httpAuth{}
		if c := w.Auth.Config; c != nil {
			n.auth = &httpAuth{kind: c.Type, header: strings.TrimSpace(c.Header), key: workflow.ParseTemplate(c.Key)}
		}
	}
	return n, nil
}

var (
	httpMethods = []string{"get", "post", "put", "patch", "delete", "head", "options"}
	bodyTypes   = []string{"none", "form-data", "x-www-form-urlencoded", "raw-text", "json", "binary"}
)

// problems are the settings that mean nothing.
func (w *wireHTTP) problems() (bad []error) {
	if !slices.Contains(httpMethods, strings.ToLower(w.Method)) {
		bad = append(bad, app.Errorf(app.Invalid, "http_method_unknown", "%q is no HTTP method; use GET, POST, PUT, PATCH, DELETE or HEAD", "“%s”不是 HTTP 方法；请使用 GET、POST、PUT、PATCH、DELETE 或 HEAD", w.Method))
	}
	if t := w.Auth.Type; t != "" && t != "no-auth" && t != "api-key" {
		bad = append(bad, app.Errorf(app.Invalid, "http_auth_unknown", "the authorization is %q; use no-auth or api-key", "鉴权方式“%s”未知；请使用 no-auth 或 api-key", t))
	}
	if c := w.Auth.Config; w.Auth.Type == "api-key" && c != nil && !slices.Contains([]string{"basic", "bearer", "custom"}, c.Type) {
		bad = append(bad, app.Errorf(app.Invalid, "http_auth_unknown", "the authorization is of the type %q; use basic, bearer or custom", "鉴权类型“%s”未知；请使用 basic、bearer 或 custom", c.Type))
	}
	if b := w.Body; b != nil && b.Type != "" && !slices.Contains(bodyTypes, b.Type) {
		bad = append(bad, app.Errorf(app.Invalid, "http_body_unknown", "the body is of the type %q; use one of: %s", "请求体类型“%s”未知；可用：%s", b.Type, strings.Join(bodyTypes, ", ")))
	}
	return bad
}

// headerLines splits before the references are filled in, so that a line break within a variable cannot begin a header unseen.
func headerLines(text string) []headerLine {
	var lines []headerLine
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		t := workflow.ParseTemplate(line)
		sels := t.Selectors()
		lines = append(lines, headerLine{t, len(sels) == 1 && line == "{{#"+sels[0].String()+"#}}"})
	}
	return lines
}

// paramLines splits lines at the first colon. A line without a name is left out.
func paramLines(text string) []fieldTemplate {
	var fields []fieldTemplate
	for line := range strings.Lines(text) {
		key, val, _ := strings.Cut(line, ":")
		if key = strings.TrimSpace(key); key != "" {
			fields = append(fields, fieldTemplate{workflow.ParseTemplate(key), workflow.ParseTemplate(strings.TrimSpace(val))})
		}
	}
	return fields
}

// Reads names the variables of the request.
func (n *httpRequest) Reads() []workflow.Selector {
	all := n.url.Selectors()
	for _, t := range n.inner() {
		all = append(all, t.Selectors()...)
	}
	if n.body != nil {
		for i := range n.body.items {
			if f := n.body.items[i].file; len(f) > 0 {
				all = append(all, f)
			}
		}
	}
	return all
}

// inner is every template but the address.
func (n *httpRequest) inner() (all []*workflow.Template) {
	for i := range n.headers {
		all = append(all, n.headers[i].text)
	}
	for i := range n.params {
		all = append(all, n.params[i].key, n.params[i].value)
	}
	if n.auth != nil && n.auth.key != nil {
		all = append(all, n.auth.key)
	}
	if n.body != nil {
		for i := range n.body.items {
			all = append(all, n.body.items[i].key, n.body.items[i].value)
		}
	}
	return all
}

// Run sends the request and reads the answer.
func (n *httpRequest) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{}
	err := n.run(ctx, s, res)
	if err != nil && ctx.Err() == nil && workflow.TypeName(err) == "WorkflowNodeError" {
		err = workflow.Typed(errHTTP, err)
	}
	return res, err
}

func (n *httpRequest) run(ctx context.Context, s *workflow.Step, res *workflow.Result) error {
	client, err := n.deps.Client(n.verify)
	if err != nil {
		return err
	}
	ctx, w := newWatch(ctx, n.wait)
	defer w.stop()
	l := &line{client, w}
	call := &httpCall{method: n.method, secrets: n.secrets(s.Vars)}
	err = n.fill(ctx, l, call, s.Vars)
	res.Process = map[string]any{"request": call.shown()}
	if err != nil {
		return err
	}
	if n.method == http.MethodOptions {
		return workflow.Typed(errMethod, app.Errorf(app.Invalid, "http_method_unknown", "Invalid http method %s", "HTTP 方法 %s 无效", n.method))
	}
	resp, err := l.send(ctx, call)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end or given up
	a, err := readAnswer(ctx, w, resp)
	if err != nil {
		return err
	}
	if res.Outputs, err = a.outputs(ctx, n.deps, call.url); err != nil {
		return err
	}
	if n.strict && (resp.StatusCode < 200 || resp.StatusCode > 299) {
		return workflow.Typed(errStatus, app.Errorf(app.Upstream, "http_status", "Request failed with status code %d", "请求失败，状态码 %d", resp.StatusCode))
	}
	return nil
}

// httpCall is a request, filled in.
type httpCall struct {
	method  string
	url     *url.URL
	header  []headerField
	body    payload
	secrets []string // what the trace must not show
}

type headerField struct {
	name, value string
	hidden      bool // starred in the trace
}

// fill makes a request of the node's settings and the variables. Beside an error, c shows how far it got.
func (n *httpRequest) fill(ctx context.Context, l *line, c *httpCall, vars workflow.Vars) error {
	auth, err := n.authField(vars)
	if err != nil {
		return err
	}
	if c.url, err = n.address(vars); err != nil {
		return err
	}
	if err := n.fillHeaders(c, vars); err != nil {
		return err
	}
	if auth != nil {
		if err := c.set(auth.name, auth.value, true); err != nil {
			return err
		}
	}
	if n.body != nil {
		if c.body, err = n.body.fill(ctx, l, n.deps, vars); err != nil {
			return err
		}
	}
	c.typeOfBody()
	return nil
}

// address is where the call goes, with the parameters behind those that the address has itself.
func (n *httpRequest) address(vars workflow.Vars) (*url.URL, error) {
	raw := n.url.Text(vars)
	if raw == "" {
		return nil, workflow.Typed(errURL, app.Errorf(app.Invalid, "invalid_url", "url is required", "请填写 URL"))
	}
	if !strings.HasPrefix(raw, "http://") && !strings.HasPrefix(raw, "https://") {
		return nil, workflow.Typed(errURL, app.Errorf(app.Invalid, "invalid_url", "url should start with http:// or https://", "URL 应以 http:// 或 https:// 开头"))
	}
	u, err := egress.ParseURL(escapeURL(raw))
	if err != nil {
		return nil, workflow.Typed(errURL, err)
	}
	var b strings.Builder
	b.WriteString(u.RawQuery)
	for i := range n.params {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(n.params[i].key.Text(vars)) + "=" + url.QueryEscape(n.params[i].value.Text(vars)))
	}
	u.RawQuery, u.Fragment, u.RawFragment = b.String(), "", ""
	return u, nil
}

// escapeURL writes spaces, characters beyond ASCII and the like behind the host as browsers and Python do. Control characters
// stay, for egress to refuse, and so does all of the host.
func escapeURL(raw string) string {
	const unsafe = ` "<>\^` + "`{|}"
	start := strings.Index(raw, "://") + len("://")
	path := strings.IndexAny(raw[start:], "/?#")
	if path < 0 {
		return raw
	}
	var b strings.Builder
	b.WriteString(raw[:start+path])
	for i := start + path; i < len(raw); i++ {
		c := raw[i]
		if c >= 0x80 || strings.IndexByte(unsafe, c) >= 0 || c == '%' && !isHex(raw[i+1:]) {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isHex(s string) bool {
	if len(s) < 2 {
		return false
	}
	_, err := strconv.ParseUint(s[:2], 16, 8)
	return err == nil
}

// authField is the header that proves who calls; nil where nobody has to.
func (n *httpRequest) authField(vars workflow.Vars) (*headerField, error) {
	if n.auth == nil {
		return nil, nil //nolint:nilnil // no authorization is a choice
	}
	if n.auth.kind == "" {
		return nil, workflow.Typed(errAuthConfig, app.Errorf(app.Invalid, "http_auth_missing", "authorization config is required", "缺少鉴权配置"))
	}
	key := strings.TrimSpace(n.auth.key.Text(vars))
	if key == "" {
		return nil, workflow.Typed(errAuthConfig, app.Errorf(app.Invalid, "http_auth_missing",
			"API key is required for authorization but was empty. Please provide a valid API key.", "鉴权需要 API Key，但其值为空，请填写有效的 API Key"))
	}
	f := &headerField{name: n.auth.header, value: key}
	if f.name == "" {
		f.name = "Authorization"
	}
	switch n.auth.kind {
	case "bearer":
		f.value = "Bearer " + key
	case "basic":
		if strings.Contains(key, ":") {
			key = base64.StdEncoding.EncodeToString([]byte(key))
		}
		f.value = "Basic " + key
	}
	return f, nil
}

func (n *httpRequest) fillHeaders(c *httpCall, vars workflow.Vars) error {
	for i := range n.headers {
		lines := []string{n.headers[i].text.Text(vars)}
		if n.headers[i].lone {
			lines = strings.FieldsFunc(lines[0], func(r rune) bool { return r == '\n' || r == '\r' })
		}
		for _, line := range lines {
			name, val, _ := strings.Cut(strings.TrimRight(line, " \t\r\n"), ":")
			if strings.TrimSpace(line) == "" {
				continue
			}
			if err := c.set(strings.Trim(name, " \t"), strings.Trim(val, " \t"), false); err != nil {
				return err
			}
		}
	}
	return nil
}

// ours are the headers that belong to the connection. Those in dropped do no harm, because requests pasted from a browser have
// them; the others would change where a request goes or where it ends.
var (
	ours    = []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer", "Te", "Upgrade"}
	dropped = []string{"Connection", "Keep-Alive", "Proxy-Connection"}
)

// telling are the headers that the trace stars even if their value is no variable.
var telling = []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Api-Key", "X-Auth-Token", "X-Access-Token"}

// set adds a header, or replaces the one of this name.
func (c *httpCall) set(name, val string, hidden bool) error {
	if !isToken(name) {
		return app.Errorf(app.Refused, "invalid_header", "a header has the name %q; names are letters, digits and hyphens", "请求头名称“%s”无效；名称只能包含字母、数字和连字符", clip(c.mask(name)))
	}
	name = http.CanonicalHeaderKey(name)
	if strings.ContainsFunc(val, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return app.Errorf(app.Refused, "invalid_header", "the value of the header %q holds a line break or another control character", "请求头“%s”的值中含有换行或其他控制字符", name)
	}
	if slices.Contains(ours, name) {
		return app.Errorf(app.Refused, "invalid_header", "the header %q is set by islet itself; take it out", "请求头“%s”由 islet 自动设置，请将其删除", name)
	}
	if slices.Contains(dropped, name) {
		return nil
	}
	if name == "Accept-Encoding" && val != "identity" {
		val = "gzip, deflate" // what we can unpack
	}
	f := headerField{name, val, hidden || slices.Contains(telling, name)}
	if i := slices.IndexFunc(c.header, func(h headerField) bool { return h.name == name }); i >= 0 {
		c.header[i] = f
		return nil
	}
	c.header = append(c.header, f)
	return nil
}

// typeOfBody says what the body is, unless the user did. A form with files is always named by us, because of its boundary.
func (c *httpCall) typeOfBody() {
	i := slices.IndexFunc(c.header, func(h headerField) bool { return h.name == "Content-Type" })
	switch {
	case c.body.contentType == "":
	case i < 0:
		c.header = append(c.header, headerField{name: "Content-Type", value: c.body.contentType})
	case c.body.form:
		c.header[i].value = c.body.contentType
	}
}

func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// clip shortens what a sentence quotes.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// secrets are the values that the trace must not show: all that the key of the authorization was made of, and every
// environment variable but the one that the address begins with. Not even short ones of the former are shown.
func (n *httpRequest) secrets(vars workflow.Vars) []string {
	var all []string
	add := func(s string, least int) {
		if s = strings.TrimSpace(s); len(s) >= least {
			all = append(all, s)
		}
	}
	if n.auth != nil && n.auth.key != nil {
		key := strings.TrimSpace(n.auth.key.Text(vars))
		add(key, 1)
		add(base64.StdEncoding.EncodeToString([]byte(key)), 5)
		for _, s := range n.auth.key.Selectors() {
			v, _ := vars.Get(s)
			add(value.Text(v), 1)
		}
	}
	env := n.url.Selectors()
	if len(env) > 0 && strings.HasPrefix(n.source, "{{#"+env[0].String()+"#}}") {
		env = env[1:]
	}
	for _, t := range n.inner() {
		env = append(env, t.Selectors()...)
	}
	for _, s := range env {
		if s[0] == workflow.Environment {
			v, _ := vars.Get(s)
			add(value.Text(v), 4)
		}
	}
	return all
}

// line is a client, watched.
type line struct {
	client *http.Client
	*watch
}

// request makes the call for the client.
func (c *httpCall) request(ctx context.Context, w *watch) (*http.Request, error) {
	req, err := http.NewRequestWithContext(w.traced(ctx), c.method, c.url.String(), nil)
	if err != nil {
		return nil, workflow.Typed(errURL, app.Errorf(app.Invalid, "invalid_url", "the address cannot be called", "该地址无法访问").Because(err))
	}
	req.Header.Set("User-Agent", "islet")
	req.Header.Set("Accept", "*/*")
	for _, h := range c.header {
		req.Header.Set(h.name, h.value)
	}
	if len(c.body.bytes) > 0 {
		req.GetBody = func() (io.ReadCloser, error) { return w.sending(bytes.NewReader(c.body.bytes)), nil }
		req.Body, _ = req.GetBody() // never fails
		req.ContentLength = int64(len(c.body.bytes))
	}
	return req, nil
}

// send sends the call and waits for the head of the answer.
func (l *line) send(ctx context.Context, c *httpCall) (*http.Response, error) {
	req, err := c.request(ctx, l.watch)
	if err != nil {
		return nil, err
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return nil, httpFailure(ctx, c.url.Hostname(), err)
	}
	return resp, nil
}
