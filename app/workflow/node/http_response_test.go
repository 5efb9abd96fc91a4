package node

import (
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"islet/app"
	"islet/app/egress"
	"islet/app/value"
	"islet/app/workflow"
)

func TestHTTP_textOrFile(t *testing.T) {
	gbk := func(s string) string {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	pic := "\x89PNG\r\n\x1a\n\x00"
	for _, c := range []struct {
		name, kind, disposition, body string
		text                          string // of the output body
		file                          string // name and type
	}{
		{name: "JSON", kind: "application/json", body: `{"a":1}`, text: `{"a":1}`},
		{name: "JSON of a kind", kind: "application/problem+json; charset=utf-8", body: `{}`, text: `{}`},
		{name: "HTML", kind: "text/html", body: "<p>你好", text: "<p>你好"},
		{name: "YAML, GraphQL, forms and scripts are text", kind: "application/x-yaml", body: "a: 1", text: "a: 1"},
		{name: "CSV is text", kind: "text/csv", body: "a,b", text: "a,b"},
		{name: "CSV to be kept is a file", kind: "text/csv", disposition: `attachment; filename="t.csv"`, body: "a,b", file: "t.csv text/csv"},
		{name: "an attachment without a name", kind: "text/plain", disposition: "attachment", body: "x", file: "response text/plain"},
		{name: "a name makes a file of an inline answer", kind: "application/json", disposition: "inline; filename=a.json", body: "{}", file: "a.json application/json"},
		{name: "inline by itself does not", kind: "application/json", disposition: "inline", body: "{}", text: "{}"},
		{name: "a name in UTF-8", kind: "application/pdf", disposition: "attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf", body: "%PDF", file: "报告.pdf application/pdf"},
		{name: "a name in GBK bytes", kind: "application/pdf", disposition: "attachment; filename=" + gbk("报告.pdf"), body: "%PDF", file: "报告.pdf application/pdf"},
		{name: "a name with a path loses it", kind: "application/pdf", disposition: `attachment; filename="../../etc/x.pdf"`, body: "%PDF", file: "x.pdf application/pdf"},
		{name: "the name tells the type", kind: "application/octet-stream", disposition: `attachment; filename="a.png"`, body: pic, file: "a.png image/png"},
		{name: "pictures", kind: "image/png", body: pic, file: "response.png image/png"},
		{name: "sound and film", kind: "audio/mpeg", body: "ID3", file: "response.mp3 audio/mpeg"},
		{name: "PDF", kind: "application/pdf", body: "%PDF-1.7 \xff", file: "response.pdf application/pdf"},
		{name: "octets that look like code are text", kind: "application/octet-stream", body: "  {\"a\": \"你\"}", text: "  {\"a\": \"你\"}"},
		{name: "octets that do not", kind: "application/octet-stream", body: "plain words", file: "response.bin application/octet-stream"},
		{name: "octets that are not UTF-8", kind: "application/octet-stream", body: "{\xff\xfe", file: "response.bin application/octet-stream"},
		{name: "a character cut by the sample", kind: "application/x-log", body: "{" + strings.Repeat("你", 500), text: "{" + strings.Repeat("你", 500)},
		{name: "no type at all", kind: "-", body: "words", text: "words"},
		{name: "GBK by its header", kind: "text/html; charset=gb2312", body: gbk("中文€"), text: "中文€"},
		{name: "GBK by the page", kind: "text/html", body: `<meta charset="gbk">` + gbk("中文"), text: `<meta charset="gbk">中文`},
		{name: "GBK by XML", kind: "application/xml", body: `<?xml version="1.0" encoding="GBK"?>` + gbk("中"), text: `<?xml version="1.0" encoding="GBK"?>中`},
		{name: "GBK by nothing", kind: "text/plain", body: gbk("中文内容"), text: "中文内容"},
		{name: "Latin 1", kind: "text/plain; charset=ISO-8859-1", body: "caf\xe9", text: "café"},
		{name: "a set that nobody knows", kind: "text/plain; charset=klingon", body: "ok", text: "ok"},
		{name: "a mark at the beginning", kind: "text/plain; charset=utf-8", body: "\uFEFFx", text: "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				if c.kind == "-" {
					w.Header()["Content-Type"] = nil
				}
				if c.disposition != "" {
					w.Header()["Content-Disposition"] = []string{c.disposition}
				}
				_, _ = io.WriteString(w, c.body)
			}).http(t)
			out := s.must(t, fields{"url": "URL"}, nil).Outputs
			files := out["files"].([]app.Attachment)
			if c.file == "" {
				if out["body"] != c.text || len(files) != 0 || s.saved != nil {
					t.Errorf("body = %q, files %v, want the text %q", out["body"], files, c.text)
				}
				return
			}
			if len(files) != 1 || out["body"] != "" || s.saved[0]+" "+s.saved[1] != c.file || s.saved[2] != c.body {
				t.Errorf("files %v, saved %q, body %q, want %s", files, s.saved, out["body"], c.file)
			}
		})
	}
}

func TestHTTP_outputs(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("X-Many", "1")
		w.Header().Add("X-Many", "2")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "hi")
	}).http(t)
	out := s.must(t, fields{"url": "URL/a.txt"}, nil).Outputs
	h := out["headers"].(map[string]any)
	if out["status_code"] != 201 || out["body"] != "hi" || h["x-many"] != "1, 2" || h["content-length"] != "2" {
		t.Errorf("outputs = %v", out)
	}
	if _, err := value.Encode(out); err != nil {
		t.Error(err)
	}
}

func TestHTTP_aFileIsNamedByItsAddress(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = io.WriteString(w, "\xff\xd8")
	}).http(t)
	s.must(t, fields{"url": "URL/pics/cat%20one.jpeg?x=1"}, nil)
	if s.saved[0] != "cat one.jpeg" || s.saved[1] != "image/jpeg" {
		t.Errorf("saved %q", s.saved[:2])
	}
}

func TestHTTP_statusFailsOnlyWhereSomebodyHandlesIt(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	}).http(t)
	out := s.must(t, fields{"url": "URL"}, nil).Outputs
	if out["status_code"] != 418 || out["body"] != "short and stout" {
		t.Errorf("outputs = %v", out)
	}
	s.must(t, fields{"url": "URL", "error_strategy": nil, "retry_config": fields{"retry_enabled": false, "max_retries": 3}}, nil)
	for _, data := range []fields{
		{"url": "URL", "error_strategy": "fail-branch"}, {"url": "URL", "error_strategy": "default-value"},
		{"url": "URL", "retry_config": fields{"retry_enabled": true, "max_retries": 0}},
	} {
		res, err := s.ask(t, s.deps(t), data, nil)
		if workflow.TypeName(err) != "HTTPResponseCodeError" || app.AsError(err).Text.En != "Request failed with status code 418" {
			t.Errorf("%v: %v", data, err)
		}
		if res.Outputs["status_code"] != 418 || res.Outputs["body"] != "short and stout" || res.Process["request"] == nil {
			t.Errorf("%v: outputs = %v", data, res.Outputs)
		}
	}
}

func TestHTTP_sizes(t *testing.T) {
	size := 0
	kind := "text/plain"
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(make([]byte, size))
	}).http(t)
	for _, c := range []struct {
		kind string
		size int
		ok   bool
	}{{"text/plain", textMax, true}, {"text/plain", textMax + 1, false}, {"image/png", textMax + 1, true}, {"image/png", fileMax, true}, {"image/png", fileMax + 1, false}} {
		size, kind = c.size, c.kind
		_, err := s.ask(t, s.deps(t), fields{"url": "URL"}, nil)
		if c.ok != (err == nil) {
			t.Errorf("%d bytes of %s: %v", c.size, c.kind, err)
		}
		if !c.ok && (workflow.TypeName(err) != "ResponseSizeError" || !errors.Is(err, &app.Error{Code: "response_too_large"})) {
			t.Errorf("%d bytes of %s: %v (%s)", c.size, c.kind, err, workflow.TypeName(err))
		}
	}
}

func TestHTTP_compressedAnswers(t *testing.T) {
	for name, pack := range map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	} {
		s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", name)
			w.Header().Set("Content-Type", "text/plain")
			z := pack(w)
			_, _ = io.WriteString(z, "unpacked")
			_ = z.Close()
		}).http(t)
		if out := s.must(t, fields{"url": "URL", "headers": "Accept-Encoding: gzip"}, nil).Outputs; out["body"] != "unpacked" {
			t.Errorf("%s: %q", name, out["body"])
		}
		s.must(t, fields{"url": "URL", "method": "head"}, nil)
	}
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = io.WriteString(w, "???")
	}).http(t)
	if _, err := s.ask(t, s.deps(t), fields{"url": "URL"}, nil); !errors.Is(err, &app.Error{Code: "http_encoding_unknown"}) {
		t.Errorf("br: %v", err)
	}
}

// TestHTTP_hostileAnswersEnd has servers that send without end or without measure. None of them may cost memory.
func TestHTTP_hostileAnswersEnd(t *testing.T) {
	endless := func(w http.ResponseWriter) {
		junk := make([]byte, 64<<10)
		for {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   string
	}{
		"endless text": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/plain"); endless(w) }, "response_too_large"},
		"endless file": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "video/mp4"); endless(w) }, "response_too_large"},
		"a bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			junk := make([]byte, 1<<20)
			for range 1024 {
				if _, err := z.Write(junk); err != nil {
					return
				}
			}
			_ = z.Close()
		}, "response_too_large"},
		"100,000 headers": {func(w http.ResponseWriter, _ *http.Request) {
			for i := range 100_000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), "1")
			}
		}, "response_too_large"},
		"a lie about the length": {func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := w.(http.Hijacker).Hijack()
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabc")
			_ = c.Close()
		}, "http_unreachable"},
		"no HTTP": {func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := w.(http.Hijacker).Hijack()
			_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n\r\n")
			_ = c.Close()
		}, "http_unreachable"},
		"broken gzip": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "this is not gzip")
		}, "http_unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.answer).http(t)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			_, err := s.ask(t, s.deps(t), fields{"url": "URL"}, nil)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, &app.Error{Code: c.code}) {
				t.Errorf("= %v, want %s", err, c.code)
			}
			if got := int64(after.HeapSys) - int64(before.HeapSys); got > 64<<20 {
				t.Errorf("the heap grew by %d MiB", got>>20)
			}
		})
	}
}

func TestHTTP_certificates(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "safe") })
	s.StartTLS()
	for _, verify := range []any{nil, true} {
		if _, err := s.ask(t, s.deps(t), fields{"url": "URL", "ssl_verify": verify}, nil); !errors.Is(err, &app.Error{Code: "http_tls_failed"}) || workflow.TypeName(err) != "HttpRequestNodeError" {
			t.Errorf("ssl_verify %v: %v", verify, err)
		}
	}
	if s.hits != 0 {
		t.Error("a request was sent over a connection that is not trusted")
	}
	if out := s.must(t, fields{"url": "URL", "ssl_verify": false}, nil).Outputs; out["body"] != "safe" {
		t.Errorf("outputs = %v", out)
	}
}

func TestHTTP_redirects(t *testing.T) {
	other := newSite(t, nil).http(t)
	s := newSite(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/found":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/keep":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		case "/end":
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %s", r.Method, body, r.Header.Get("Authorization"))
		}
	})
	s.http(t)
	post := func(path string) fields {
		return fields{"url": "URL" + path, "method": "post", "body": fields{"type": "raw-text", "data": []any{fields{"value": "x"}}},
			"authorization": fields{"type": "api-key", "config": fields{"type": "bearer", "api_key": "k"}}}
	}
	for path, want := range map[string]string{"/found": "GET  Bearer k", "/keep": "POST x Bearer k"} {
		if got := s.must(t, post(path), nil).Outputs["body"]; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	s.must(t, post("/away"), nil)
	if other.header.Get("Authorization") != "" || string(other.body) != "x" {
		t.Errorf("another host got %v %q", other.header, other.body)
	}
	for _, path := range []string{"/loop", "/metadata"} {
		if _, err := s.ask(t, s.deps(t), post(path), nil); !errors.Is(err, &app.Error{Code: "egress_denied"}) {
			t.Errorf("%s: %v, want egress_denied", path, err)
		}
	}
}

func TestHTTP_waits(t *testing.T) {
	gone := make(chan struct{})
	defer close(gone)
	s := newSite(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent":
		case "/half":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, strings.Repeat("x", 2000))
			w.(http.Flusher).Flush()
		case "/steady": // slower in all than the time to read, but never silent that long
			w.Header().Set("Content-Type", "text/plain")
			for range 6 {
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(60 * time.Millisecond)
			}
			return
		case "/deaf": // does not read what it is sent
		}
		select {
		case <-gone:
		case <-r.Context().Done():
		}
	})
	s.http(t)
	for _, path := range []string{"/silent", "/half"} {
		began := time.Now()
		_, err := s.ask(t, s.deps(t), fields{"url": "URL" + path, "timeout": fields{"read": 0.2}}, nil)
		if !errors.Is(err, &app.Error{Kind: app.Timeout, Code: "timeout"}) || workflow.TypeName(err) != "HttpRequestNodeError" || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v after %v, want timeout", path, err, time.Since(began))
		}
	}
	if out := s.must(t, fields{"url": "URL/steady", "timeout": fields{"read": 0.3}}, nil).Outputs; out["body"] != "xxxxxx" {
		t.Errorf("steady: %v", out)
	}
	huge := map[string]map[string]any{"start": {"t": strings.Repeat("x", 30<<20)}}
	_, err := s.ask(t, s.deps(t), fields{"url": "URL/deaf", "method": "post", "timeout": fields{"write": 0.2, "read": 30}, "body": fields{"type": "raw-text", "data": []any{fields{"value": "{{#start.t#}}"}}}}, huge)
	if !errors.Is(err, &app.Error{Code: "timeout"}) {
		t.Errorf("deaf: %v, want timeout", err)
	}
}

// TestHTTP_waitsForAConnection has a listener that accepts TCP and says nothing: TLS is part of connecting.
func TestHTTP_waitsForAConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s := newSite(t, nil).http(t) // never asked
	_, err = s.ask(t, s.deps(t), fields{"url": "https://" + l.Addr().String(), "timeout": fields{"connect": 0.2}}, nil)
	if !errors.Is(err, &app.Error{Code: "timeout"}) {
		t.Errorf("= %v, want timeout", err)
	}
}

// dripping is a server that sends a byte a second, for ever.
type dripping struct{ ctx context.Context }

func (d dripping) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}}, Request: r, Body: io.NopCloser(dripping{r.Context()})}, nil
}

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = 'x'
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func TestHTTP_aByteASecondDoesNotKeepItBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := Deps{Client: func(bool) (*http.Client, error) { return &http.Client{Transport: dripping{}}, nil }}
		n, err := newHTTPRequest(d, []byte(`{"method":"get","url":"http://h","timeout":{"read":5,"write":5}}`))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = n.Run(t.Context(), &workflow.Step{})
		if d := time.Since(began); !errors.Is(err, &app.Error{Code: "timeout"}) || d != callMin {
			t.Errorf("= %v after %v, want timeout after %v", err, d, callMin)
		}
	})
}

func TestHTTP_stopEndsTheCall(t *testing.T) {
	arrived := make(chan struct{})
	s := newSite(t, nil)
	s.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { close(arrived); <-r.Context().Done() })
	s.http(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := s.askUnder(t, ctx, s.deps(t), fields{"url": "URL"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("= %v, want canceled", err)
	}
}

func TestHTTP_theTraceHoldsNoSecret(t *testing.T) {
	secret := "CANARY_\"é&/=秘密"
	vars := map[string]map[string]any{"env": {"key": secret, "base": "http://x", "short": "Q"}, "start": {"k": "visitor-secret-9", "copy": "it is " + secret + "!"}, "conversation": {"k": "conv-secret-9"}}
	s := newSite(t, nil).http(t)
	item := func(v string) []any { return []any{fields{"key": "k{{#env.key#}}", "type": "text", "value": v}} }
	bearer := func(k string) fields {
		return fields{"type": "api-key", "config": fields{"type": "bearer", "api_key": k, "header": "X-Mine"}}
	}
	vars["env"]["url"] = s.URL
	for name, data := range map[string]fields{
		"bearer":                  {"url": "URL", "authorization": bearer("{{#env.key#}}")},
		"basic":                   {"url": "URL", "authorization": fields{"type": "api-key", "config": fields{"type": "basic", "api_key": "user:{{#env.key#}}"}}},
		"custom":                  {"url": "URL", "authorization": fields{"type": "api-key", "config": fields{"type": "custom", "header": "X-Key", "api_key": "{{#env.key#}}"}}},
		"the same in the address": {"url": "URL/{{#env.key#}}/x?y={{#env.key#}}", "authorization": bearer("{{#env.key#}}")},
		"only in the address":     {"url": "{{#env.url#}}/bot{{#env.key#}}"},
		"in a parameter":          {"url": "URL", "params": "k:{{#env.key#}}"},
		"in a header":             {"url": "URL", "headers": "X-Other: {{#env.key#}}"},
		"in JSON":                 {"url": "URL", "method": "post", "body": fields{"type": "json", "data": []any{fields{"value": `{"a": "x", "k": '{{#env.key#}}'}`}}}},
		"in broken JSON":          {"url": "URL", "method": "post", "body": fields{"type": "json", "data": []any{fields{"value": "{{#env.key#}}"}}}},
		"in a form":               {"url": "URL", "method": "post", "body": fields{"type": "x-www-form-urlencoded", "data": item("{{#env.key#}}")}},
		"in a multipart form":     {"url": "URL", "method": "post", "body": fields{"type": "form-data", "data": item("{{#env.key#}}")}},
		"in raw text":             {"url": "URL", "method": "post", "body": fields{"type": "raw-text", "data": item("<{{#env.key#}}>")}},
		"by another variable":     {"url": "URL", "method": "post", "authorization": bearer("{{#env.key#}}"), "body": fields{"type": "raw-text", "data": item("{{#start.copy#}}")}},
		"a visitor's key":         {"url": "URL", "authorization": bearer("{{#start.k#}}"), "params": "k:{{#start.k#}}"},
		"a conversation's key":    {"url": "URL", "authorization": bearer("p-{{#conversation.k#}}"), "params": "k:{{#conversation.k#}}"},
		"a header that tells":     {"url": "URL", "headers": "Authorization: Bearer visitor-secret-9\ncookie: s={{#start.k#}}"},
		"a failing address":       {"url": "http://127.0.0.1:1/?k={{#env.key#}}"},
		"a bad address":           {"url": "http://bad host/?k={{#env.key#}}"},
		"a bad header":            {"url": "URL", "headers": "{{#env.key#}}"},
	} {
		res, err := s.ask(t, s.deps(t), data, vars)
		log := fmt.Sprint(res.Process["request"])
		if err != nil {
			f := app.AsError(err)
			log += f.Text.En + f.Text.Zh + err.Error()
		}
		for _, leak := range []string{"CANARY", "Q0FOQVJZ", "秘密", "visitor-secret-9", "conv-secret-9"} {
			if strings.Contains(log, leak) {
				t.Errorf("%s: %q is in %s", name, leak, log)
			}
		}
		if err == nil && !strings.Contains(log, "***") {
			t.Errorf("%s: nothing is starred in %s", name, log)
		}
	}
}

func TestHTTP_theTraceReadsLikeARequest(t *testing.T) {
	s := newSite(t, nil).http(t)
	res := s.must(t, fields{"url": "URL/a?b=1", "method": "post", "params": "c:2", "headers": "X-A: 1", "authorization": fields{"type": "api-key", "config": fields{"type": "bearer", "api_key": "k"}},
		"body": fields{"type": "json", "data": []any{fields{"value": `{"a": 1}`}}}}, nil)
	want := "POST /a?b=1&c=2 HTTP/1.1\r\nHost: " + strings.TrimPrefix(s.URL, "http://") + "\r\nX-A: 1\r\nAuthorization: " + stars + "\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
	if got := res.Process["request"]; got != want {
		t.Errorf("request = %q, want %q", got, want)
	}
}

// TestHTTP_noSpellingReachesThisMachine sends the node, as apps run it, to every spelling of an address that is not public.
func TestHTTP_noSpellingReachesThisMachine(t *testing.T) {
	var hits atomic.Int64
	s := newSite(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) }).http(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	d := s.depsUnder(t, egress.User)
	for _, host := range []string{
		"127.0.0.1", "127.1", "127.0.1", "127.0.0.2", "localhost", "LOCALHOST", "localhost.", "a.localhost", "0.0.0.0", "0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]",
		"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25eth0]", "[::1%25lo]",
		"2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "１２７.0.0.1", "127。0。0。1", "127%2e0%2e0%2e1", "ⓛocalhost",
		"u@127.0.0.1", "u:p@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1\\@example.com", "example.com\\@127.0.0.1", "127.0.0.1\t", "127.0.0.1\n", "127.0.0.1 ", "\t127.0.0.1",
		"10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "198.18.0.1", "240.0.0.1", "[ff02::1]", "[fc00::1]",
	} {
		for _, raw := range []string{"http://" + host + ":" + port + "/", "https://" + host + ":" + port + "/"} {
			for _, data := range []fields{
				{"url": "{{#v.u#}}"},
				{"url": s.URL, "method": "post", "body": fields{"type": "form-data", "data": []any{fields{"key": "f", "type": "file", "file": []string{"v", "f"}}}}},
			} {
				vars := map[string]map[string]any{"v": {"u": raw, "f": app.Attachment{Method: "remote_url", URL: raw}}}
				_, err := s.ask(t, d, data, vars)
				if !errors.Is(err, &app.Error{Code: "egress_denied"}) && !errors.Is(err, &app.Error{Code: "invalid_url"}) && !errors.Is(err, &app.Error{Code: "http_unreachable"}) {
					t.Errorf("%q: %v", raw, err)
				}
			}
		}
	}
	for _, raw := range []string{"file:///etc/passwd", "gopher://127.0.0.1:" + port + "/", "data:text/plain,x", "HTTP://127.0.0.1:" + port, "//127.0.0.1:" + port, "http:127.0.0.1", "http:///127.0.0.1:" + port} {
		if _, err := s.ask(t, d, fields{"url": raw}, nil); !errors.Is(err, &app.Error{Code: "invalid_url"}) {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("%d hits, want 0", n)
	}
}
