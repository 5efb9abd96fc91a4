package openapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"islet/app"
	"islet/app/egress"
	"islet/app/tool"
	"islet/app/value"
)

// Site is where operations are called, and how it is told who calls.
type Site struct {
	Client  *http.Client // of app/egress; it takes the credentials off redirects to other hosts
	URL     string
	Auth    app.ToolAuth
	Secret  string
	Headers [][2]string // further headers, as secret as Secret
	Timeout time.Duration
	// Save keeps a file that an operation answered with, File reads one that it is called with.
	Save func(ctx context.Context, name, mime string, data []byte) (app.Attachment, error)
	File func(ctx context.Context, f app.Attachment) (data []byte, mime string, err error)
}

// The bounds of an answer.
const (
	maxAnswer = 20 << 20
	maxText   = 2 << 20  // of an answer that is text
	maxShown  = 64 << 10 // of a body in an Exchange
)

// Tool is an operation as a tool.
func (op *Operation) Tool(s *Site) *tool.Tool {
	t := &tool.Tool{Name: op.Name, Description: op.Description, Label: app.Text{En: op.Summary, Zh: op.Summary}, Effects: op.Method != http.MethodGet && op.Method != http.MethodHead}
	if t.Description == "" {
		t.Description = op.Summary
	}
	if op.Summary == "" {
		t.Label = app.Text{En: op.Name, Zh: op.Name}
	}
	for i := range op.Params {
		t.Params = append(t.Params, op.Params[i].Param)
	}
	t.Call = func(ctx context.Context, args map[string]any) (tool.Result, error) { return op.call(ctx, s, args) }
	return t
}

func (op *Operation) call(ctx context.Context, s *Site, args map[string]any) (tool.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	req, wire, err := op.request(ctx, s, args)
	res := tool.Result{Wire: wire}
	if err != nil {
		return res, err
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		return res, s.unanswered(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end or given up
	wire.Status, wire.Answered = resp.StatusCode, shownHeaders(resp.Header, nil)
	body, err := readBody(resp)
	if err != nil {
		return res, s.unanswered(ctx, err)
	}
	return res, s.answer(ctx, &res, resp, body)
}

// unanswered is the failure of a call that got no whole answer.
func (s *Site) unanswered(ctx context.Context, err error) error {
	var known *app.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return app.Errorf(app.Timeout, "tool_timeout", "%s did not answer within %d seconds", "%s 在 %d 秒内没有响应", s.URL, int(s.Timeout.Seconds())).Because(err)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return app.Errorf(app.Upstream, "tool_unreachable", "%s cannot be reached; check that the server runs and that its address is right", "无法连接 %s；请确认服务正在运行且地址正确", s.URL).Because(err)
}

func readBody(resp *http.Response) ([]byte, error) {
	r := egress.Limit(resp.Body, maxAnswer)
	if e := resp.Header.Get("Content-Encoding"); e == "gzip" || e == "x-gzip" {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = egress.Limit(z, maxAnswer)
	}
	return io.ReadAll(r)
}

// answer reads what came back.
func (s *Site) answer(ctx context.Context, res *tool.Result, resp *http.Response, body []byte) error {
	media, ps, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media == "" && len(body) > 0 {
		media, ps, _ = mime.ParseMediaType(http.DetectContentType(body))
	}
	text, isText := textOf(body, media, ps["charset"])
	if isText {
		res.Wire.Answer = cutText(text)
	} else {
		res.Wire.Answer = "(" + media + ", " + value.Str(int64(len(body))) + " B)"
	}
	if resp.StatusCode >= 400 {
		say := clip(text, 500)
		if !isText {
			say = ""
		}
		return app.Errorf(app.Upstream, "tool_status", "the server answered %s: %s", "服务器返回 %s：%s", resp.Status, say)
	}
	if !isText {
		return s.keep(ctx, res, resp, media, body)
	}
	if len(text) > maxText {
		return app.Errorf(app.TooLarge, "response_too_large", "the answer is larger than the %d bytes allowed", "返回内容超过上限 %d 字节", maxText)
	}
	res.Text = text
	if strings.TrimSpace(text) == "" {
		res.Text = resp.Status
	}
	if isJSON(media) || strings.HasPrefix(strings.TrimSpace(text), "{") || strings.HasPrefix(strings.TrimSpace(text), "[") {
		if v, err := value.Decode([]byte(text)); err == nil {
			if o, ok := value.Fields(v); ok {
				res.JSON = []any{o}
			} else if l, ok := value.List(v); ok {
				res.JSON = []any{value.NewObject("data", l)}
			}
		}
	}
	return nil
}

func (s *Site) keep(ctx context.Context, res *tool.Result, resp *http.Response, media string, body []byte) error {
	if s.Save == nil {
		return app.Errorf(app.Unavailable, "tool_no_files", "the answer is a file, which cannot be kept here", "返回内容是文件，此处无法保存")
	}
	name := ""
	if _, ps, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil {
		name = path.Base(strings.ReplaceAll(ps["filename"], `\`, "/"))
	}
	if name == "" || name == "." || name == "/" {
		if name = path.Base(resp.Request.URL.Path); name == "/" || name == "." {
			name = "file"
		}
		if ext, err := mime.ExtensionsByType(media); err == nil && len(ext) > 0 && path.Ext(name) == "" {
			name += ext[0]
		}
	}
	f, err := s.Save(ctx, name, media, body)
	if err != nil {
		return err
	}
	res.Files = []app.Attachment{f}
	return nil
}

func isJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json") || media == "text/json"
}

// textOf is an answer as text, in the character set that it names.
func textOf(body []byte, media, charset string) (string, bool) {
	known := strings.HasPrefix(media, "text/") || isJSON(media) || strings.HasSuffix(media, "+xml") || media == "application/xml" || media == "application/javascript" ||
		media == "application/yaml" || media == "application/x-yaml" || media == "application/x-ndjson" || media == "application/x-www-form-urlencoded" || len(body) == 0
	if !known {
		return "", false
	}
	if charset != "" && !strings.EqualFold(charset, "utf-8") {
		if e, err := htmlindex.Get(charset); err == nil {
			if out, err := e.NewDecoder().Bytes(body); err == nil {
				return string(out), true
			}
		}
	}
	return strings.ToValidUTF8(string(body), "\uFFFD"), true
}

func cutText(s string) string {
	if len(s) <= maxShown {
		return s
	}
	s = s[:maxShown]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// shownHeaders are headers for people; those in hidden are masked.
func shownHeaders(h http.Header, hidden map[string]bool) [][2]string {
	out := [][2]string{}
	for _, name := range sorted(h) {
		for _, v := range h[name] {
			if hidden[name] {
				v = tool.Masked
			}
			out = append(out, [2]string{name, v})
		}
	}
	return out
}

// sign adds the credentials and says which headers and query parameters they are.
func (s *Site) sign(req *http.Request, query url.Values) (hidden map[string]bool, err error) {
	hidden = map[string]bool{}
	set := func(name, v string) error {
		if v == "" {
			return nil
		}
		if !validHeader(name, v) {
			return invalidHeader(name)
		}
		req.Header.Set(name, v)
		hidden[http.CanonicalHeaderKey(name)] = true
		return nil
	}
	for _, h := range s.Headers {
		if err := set(h[0], h[1]); err != nil {
			return nil, err
		}
	}
	switch s.Auth.Kind {
	case app.HeaderAuth:
		return hidden, set(s.Auth.Name, s.Secret)
	case app.BearerAuth, app.OAuth:
		if s.Secret != "" {
			return hidden, set("Authorization", "Bearer "+s.Secret)
		}
	case app.BasicAuth:
		return hidden, set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s.Auth.User+":"+s.Secret)))
	case app.QueryAuth:
		query.Set(s.Auth.Name, s.Secret)
	}
	return hidden, nil
}

func invalidHeader(name string) error {
	return app.Errorf(app.Refused, "invalid_header", "the header %q holds characters that a header cannot hold", "请求头 %q 包含不允许的字符", clip(name, 60))
}

func (op *Operation) request(ctx context.Context, s *Site, args map[string]any) (*http.Request, *tool.Exchange, error) {
	b := &builder{op: op, site: s, args: args, query: url.Values{}, header: http.Header{}}
	target, err := b.address()
	if err != nil {
		return nil, nil, err
	}
	body, shown, err := b.body(ctx)
	if err != nil {
		return nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, op.Method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if b.media == "" {
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	} else {
		b.header.Set("Content-Type", b.media)
	}
	req.Header = b.header
	req.Header.Set("Accept", "application/json, text/*;q=0.9, */*;q=0.8")
	req.Header.Set("User-Agent", "islet")
	if len(b.cookies) > 0 {
		req.Header.Set("Cookie", strings.Join(b.cookies, "; "))
	}
	hidden, err := s.sign(req, b.query)
	if err != nil {
		return nil, nil, err
	}
	if len(b.query) > 0 {
		join := ""
		if target.RawQuery != "" {
			join = "&"
		}
		req.URL.RawQuery = target.RawQuery + join + b.query.Encode()
	}
	return req, &tool.Exchange{Method: op.Method, URL: s.shownURL(req.URL), Headers: shownHeaders(req.Header, hidden), Body: cutText(shown), Answered: [][2]string{}}, nil
}

// shownURL is an address with its key masked.
func (s *Site) shownURL(u *url.URL) string {
	if s.Auth.Kind != app.QueryAuth {
		return u.String()
	}
	c := *u
	q := c.Query()
	q.Set(s.Auth.Name, tool.Masked)
	c.RawQuery = strings.ReplaceAll(q.Encode(), url.QueryEscape(tool.Masked), tool.Masked)
	return c.String()
}
