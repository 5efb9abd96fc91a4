package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/workflow"
)

// site is a web service that remembers the last request, and what http-request nodes need beside it.
type site struct {
	*httptest.Server
	mu     sync.Mutex
	hits   int
	method string
	uri    string
	header http.Header
	body   []byte
	saved  []string // name, type, bytes
}

func newSite(t *testing.T, answer http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.hits++
		s.method, s.uri, s.header, s.body = r.Method, r.RequestURI, r.Header.Clone(), body
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	return s
}

func (s *site) http(t *testing.T) *site { t.Helper(); s.Start(); return s }

// deps lets the node go anywhere but to metadata services, as an operator at the shell may.
func (s *site) deps(t *testing.T) Deps { return s.depsUnder(t, egress.Admin) }

func (s *site) depsUnder(t *testing.T, trust egress.Trust) Deps {
	t.Helper()
	door := egress.New(egress.Options{})
	clients := map[bool]*http.Client{}
	for _, verify := range []bool{true, false} {
		c, err := door.Client(HTTPPolicy(trust, verify))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.CloseIdleConnections)
		clients[verify] = c
	}
	return Deps{
		Client: func(verify bool) (*http.Client, error) { return clients[verify], nil },
		File: func(_ context.Context, id app.ID) ([]byte, string, error) {
			if id != "f1" {
				return nil, "", app.Missing("file", "文件")
			}
			return []byte("file one"), "text/plain", nil
		},
		Save: func(_ context.Context, name, kind string, data []byte) (app.Attachment, error) {
			s.saved = []string{name, kind, string(data)}
			return app.Attachment{ID: "saved", File: "saved", Method: "tool_file", Name: name, MIME: kind, Size: int64(len(data))}, nil
		},
	}
}

// fields are a node's data.
type fields map[string]any

// ask runs a node with these settings; URL in them is the site's.
func (s *site) ask(t *testing.T, d Deps, data fields, vars map[string]map[string]any) (*workflow.Result, error) {
	t.Helper()
	return s.askUnder(t, t.Context(), d, data, vars)
}

func (s *site) askUnder(t *testing.T, ctx context.Context, d Deps, data fields, vars map[string]map[string]any) (*workflow.Result, error) {
	t.Helper()
	if data["method"] == nil {
		data["method"] = "get"
	}
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.ReplaceAll(raw, []byte("URL"), []byte(s.URL))
	n, err := newHTTPRequest(d, raw)
	if err != nil {
		t.Fatal(err)
	}
	return n.Run(ctx, &workflow.Step{Node: "n", Vars: workflow.NewVars(vars)})
}

func (s *site) must(t *testing.T, data fields, vars map[string]map[string]any) *workflow.Result {
	t.Helper()
	res, err := s.ask(t, s.deps(t), data, vars)
	if err != nil {
		t.Fatalf("%v: %v", data, err)
	}
	return res
}

// variables are some of every kind.
func variables() map[string]map[string]any {
	local := app.Attachment{ID: "a1", Kind: "document", Method: "local_file", File: "f1", Name: "报告.txt", MIME: "text/plain", Size: 8}
	return map[string]map[string]any{
		"start": {"q": "天气 a&b", "id": int64(42), "inject": "x\r\nEvil: 1", "lf": "x\nEvil: 1", "nul": "x\x00y", "headers": "X-One: 1\n\nX-Two: 2\n",
			"json": `say "hi"`, "file": local, "files": []app.Attachment{local, local}, "host": "example.com", "empty": " ", "key": "top-secret-key"},
		"env": {"base": "http://base", "token": "env-token-1234", "pair": "user:pa55word"},
	}
}

func TestHTTP_theRequest(t *testing.T) {
	type req struct {
		name string
		data fields
		uri  string
		want map[string]string // headers; "" is absent
		body string
	}
	for _, c := range []req{
		{name: "the address is a template", data: fields{"url": "URL/a/{{#start.id#}}?q={{#start.q#}}"}, uri: "/a/42?q=%E5%A4%A9%E6%B0%94%20a&b"},
		{name: "an unknown reference is its bare name", data: fields{"url": "URL/{{#nobody.name#}}"}, uri: "/nobody.name"},
		{name: "odd characters behind the host are written for the wire", data: fields{"url": `URL/a b/100%/<x>"\?y={"a":1}#frag`}, uri: `/a%20b/100%25/%3Cx%3E%22%5C?y=%7B%22a%22:1%7D`},
		{name: "a parameter is escaped, also a line break in it", data: fields{"url": "URL/?a=0", "params": "q:{{#start.q#}}\n\n a : b:c \n:none\nbare\n{{#start.id#}}:{{#start.lf#}}\na:2"},
			uri: "/?a=0&q=%E5%A4%A9%E6%B0%94+a%26b&a=b%3Ac&bare=&42=x%0AEvil%3A+1&a=2"},
		{name: "headers are lines, the last of a name wins", data: fields{"url": "URL", "headers": "X-A: {{#start.id#}}:b\n\n x-b :  v \nX-C\nX-A: last"}, uri: "/",
			want: map[string]string{"X-A": "last", "X-B": "v", "X-C": ""}},
		{name: "a line that is one reference may be several headers", data: fields{"url": "URL", "headers": "{{#start.headers#}}\nX-Three: 3"}, uri: "/",
			want: map[string]string{"X-One": "1", "X-Two": "2", "X-Three": "3"}},
		{name: "headers of the connection that browsers copy are left out", data: fields{"url": "URL", "headers": "Connection: keep-alive\nAccept-Encoding: gzip, br"}, uri: "/",
			want: map[string]string{"Accept-Encoding": "gzip, deflate", "Connection": ""}},
		{name: "bearer", data: fields{"url": "URL", "headers": "Authorization: mine", "authorization": fields{"type": "api-key", "config": fields{"type": "bearer", "api_key": "{{#env.token#}}\n"}}}, uri: "/",
			want: map[string]string{"Authorization": "Bearer env-token-1234"}},
		{name: "basic encodes a pair", data: fields{"url": "URL", "authorization": fields{"type": "api-key", "config": fields{"type": "basic", "api_key": "{{#env.pair#}}", "header": ""}}}, uri: "/",
			want: map[string]string{"Authorization": "Basic dXNlcjpwYTU1d29yZA=="}},
		{name: "basic takes what is encoded already", data: fields{"url": "URL", "authorization": fields{"type": "api-key", "config": fields{"type": "basic", "api_key": "dTpw"}}}, uri: "/",
			want: map[string]string{"Authorization": "Basic dTpw"}},
		{name: "custom", data: fields{"url": "URL", "authorization": fields{"type": "api-key", "config": fields{"type": "custom", "api_key": "k", "header": "X-Key"}}}, uri: "/",
			want: map[string]string{"X-Key": "k"}},
		{name: "no body has no type", data: fields{"url": "URL", "method": "POST", "body": fields{"type": "none", "data": []any{}}}, uri: "/", want: map[string]string{"Content-Type": "", "User-Agent": "islet", "Accept": "*/*"}},
		{name: "null is no body", data: fields{"url": "URL", "method": "POST", "body": nil, "authorization": nil, "timeout": nil, "ssl_verify": nil}, uri: "/"},
		{name: "raw text", data: fields{"url": "URL", "method": "post", "body": fields{"type": "raw-text", "data": []any{fields{"type": "text", "value": "q={{#start.q#}}"}}}}, uri: "/",
			want: map[string]string{"Content-Type": "text/plain"}, body: "q=天气 a&b"},
		{name: "the user's type of content wins", data: fields{"url": "URL", "method": "put", "headers": "content-type: text/markdown", "body": fields{"type": "raw-text", "data": []any{fields{"value": "x"}}}}, uri: "/",
			want: map[string]string{"Content-Type": "text/markdown"}, body: "x"},
		{name: "a body of one text, as old files have it", data: fields{"url": "URL", "method": "post", "body": fields{"type": "raw-text", "data": "old {{#start.id#}}"}}, uri: "/", body: "old 42"},
		{name: "JSON keeps order and numbers", data: fields{"url": "URL", "method": "patch", "body": fields{"type": "json", "data": []any{fields{"value": `{"b": {{#start.id#}}, "a": 1.0, "n": 12345678901234567890}`}}}}, uri: "/",
			want: map[string]string{"Content-Type": "application/json"}, body: `{"b":42,"a":1.0,"n":12345678901234567890}`},
		{name: "JSON is repaired", data: fields{"url": "URL", "method": "post", "body": fields{"type": "json", "data": []any{fields{"value": `{'q': "{{#start.json#}}", n: 1,}`}}}}, uri: "/", body: `{"q":"say \"hi\"","n":1}`},
		{name: "a form, where of equal names the last wins", data: fields{"url": "URL", "method": "post", "body": fields{"type": "x-www-form-urlencoded", "data": []any{fields{"key": "a", "value": "1"}, fields{"key": "b c", "value": "{{#start.q#}}"}, fields{"key": "a", "value": "2"}}}}, uri: "/",
			want: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: "a=2&b+c=%E5%A4%A9%E6%B0%94+a%26b"},
		{name: "an empty form", data: fields{"url": "URL", "method": "post", "body": fields{"type": "x-www-form-urlencoded", "data": []any{}}}, uri: "/", want: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}},
		{name: "a file as the body, without a type", data: fields{"url": "URL", "method": "post", "body": fields{"type": "binary", "data": []any{fields{"type": "file", "file": []string{"start", "file"}}}}}, uri: "/",
			want: map[string]string{"Content-Type": ""}, body: "file one"},
		{name: "a GET may carry a body", data: fields{"url": "URL", "body": fields{"type": "raw-text", "data": []any{fields{"value": "x"}}}}, uri: "/", body: "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, nil).http(t)
			method, _ := c.data["method"].(string)
			if method == "" {
				method = "get"
			}
			s.must(t, c.data, variables())
			if s.method != strings.ToUpper(method) || s.uri != c.uri || string(s.body) != c.body {
				t.Errorf("got %s %s %q, want %s %s %q", s.method, s.uri, s.body, strings.ToUpper(method), c.uri, c.body)
			}
			for k, v := range c.want {
				if got := s.header.Get(k); got != v {
					t.Errorf("header %s = %q, want %q", k, got, v)
				}
			}
		})
	}
}

func TestHTTP_methodsInEitherCase(t *testing.T) {
	s := newSite(t, nil).http(t)
	for _, m := range []string{"get", "POST", "Put", "patch", "DELETE", "head"} {
		s.must(t, fields{"url": "URL", "method": m}, nil)
		if s.method != strings.ToUpper(m) {
			t.Errorf("%s arrived as %s", m, s.method)
		}
	}
}

// form reads a multipart request: field or field/file, type, bytes.
func (s *site) form(t *testing.T) (parts [][3]string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(s.header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Fatalf("Content-Type = %q", s.header.Get("Content-Type"))
	}
	r := multipart.NewReader(bytes.NewReader(s.body), params["boundary"])
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(p)
		name := p.FormName()
		if p.FileName() != "" {
			name += "/" + p.FileName()
		}
		parts = append(parts, [3]string{name, p.Header.Get("Content-Type"), string(data)})
	}
}

func TestHTTP_formWithFiles(t *testing.T) {
	s := newSite(t, nil).http(t)
	res := s.must(t, fields{"url": "URL", "method": "post", "headers": "Content-Type: application/json", "body": fields{"type": "form-data", "data": []any{
		fields{"key": "a", "type": "text", "value": "1"}, fields{"key": "f{{#start.id#}}", "type": "file", "file": []string{"start", "file"}},
		fields{"key": "a", "type": "text", "value": "{{#start.q#}}"}, fields{"key": "all", "type": "file", "file": []string{"start", "files"}},
		fields{"key": "none", "type": "file", "file": []string{"start", "q"}}, fields{"key": "unset", "type": "file", "file": ""}}}}, variables())
	want := [][3]string{{"a", "", "天气 a&b"}, {"f42/报告.txt", "text/plain", "file one"}, {"all/报告.txt", "text/plain", "file one"}, {"all/报告.txt", "text/plain", "file one"}}
	if got := s.form(t); !reflect.DeepEqual(got, want) {
		t.Errorf("form = %q, want %q", got, want)
	}
	if log := res.Process["request"].(string); strings.Contains(log, "file one") || !strings.Contains(log, "<file_content_binary: '报告.txt', type='text/plain', size=8 bytes>") {
		t.Errorf("request = %s", log)
	}
}

func TestHTTP_formWithoutFilesIsMultipartAllTheSame(t *testing.T) {
	s := newSite(t, nil).http(t)
	res := s.must(t, fields{"url": "URL", "method": "post", "body": fields{"type": "form-data", "data": []any{fields{"key": "a", "type": "text", "value": "1"}}}}, nil)
	if got, want := s.form(t), [][3]string{{"a", "", "1"}, {"__multipart_placeholder__", "application/octet-stream", ""}}; !reflect.DeepEqual(got, want) {
		t.Errorf("form = %q, want %q", got, want)
	}
	if log := res.Process["request"].(string); strings.Contains(log, placeholder) {
		t.Errorf("request = %s", log)
	}
}

func TestHTTP_linkedFilesAreFetched(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/图 1.png":
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.WriteString(w, "picture")
		case "/gone":
			w.WriteHeader(http.StatusNotFound)
		}
	}).http(t)
	link := func(p string) map[string]map[string]any {
		return map[string]map[string]any{"start": {"f": app.Attachment{Method: "remote_url", URL: s.URL + p}}}
	}
	form := fields{"url": "URL/in", "method": "post", "body": fields{"type": "form-data", "data": []any{fields{"key": "f", "type": "file", "file": []string{"start", "f"}}}}}
	s.must(t, form, link("/图 1.png"))
	if got := s.form(t); len(got) != 1 || got[0] != [3]string{"f/图 1.png", "image/png", "picture"} {
		t.Errorf("form = %q", got)
	}
	for _, p := range []string{"/gone", "\\@x", "x\n"} {
		if _, err := s.ask(t, s.deps(t), form, link(p)); workflow.TypeName(err) != "FileFetchError" {
			t.Errorf("link to %q: %v, want FileFetchError", p, err)
		}
	}
}

func TestHTTP_whatFails(t *testing.T) {
	s := newSite(t, nil).http(t)
	body := func(kind string, items ...any) fields { return fields{"type": kind, "data": items} }
	key := func(k string) fields {
		return fields{"type": "api-key", "config": fields{"type": "bearer", "api_key": k}}
	}
	for _, c := range []struct {
		name string
		data fields
		typ  string
		code string
	}{
		{"options, although it may be chosen", fields{"url": "URL", "method": "options"}, "InvalidHttpMethodError", "http_method_unknown"},
		{"no address", fields{"url": "{{#start.none#}}"}, "InvalidURLError", "invalid_url"},
		{"an empty address", fields{"url": "{{#start.empty#}}"}, "InvalidURLError", "invalid_url"},
		{"no protocol", fields{"url": "example.com/a"}, "InvalidURLError", "invalid_url"},
		{"another protocol", fields{"url": "ftp://example.com"}, "InvalidURLError", "invalid_url"},
		{"a protocol in capitals", fields{"url": "HTTP://example.com"}, "InvalidURLError", "invalid_url"},
		{"authorization without its settings", fields{"url": "URL", "authorization": fields{"type": "api-key"}}, "AuthorizationConfigError", "http_auth_missing"},
		{"an empty key", fields{"url": "URL", "authorization": key("")}, "AuthorizationConfigError", "http_auth_missing"},
		{"a key that is blank when filled in", fields{"url": "URL", "authorization": key("{{#start.empty#}}")}, "AuthorizationConfigError", "http_auth_missing"},
		{"JSON that is none", fields{"url": "URL", "body": body("json", fields{"value": "just words"})}, "RequestBodyError", "http_body_invalid"},
		{"two items of JSON", fields{"url": "URL", "body": body("json", fields{"value": "1"}, fields{"value": "2"})}, "RequestBodyError", "http_body_invalid"},
		{"no item of text", fields{"url": "URL", "body": body("raw-text")}, "RequestBodyError", "http_body_invalid"},
		{"a body that is no file", fields{"url": "URL", "body": body("binary", fields{"file": []string{"start", "q"}})}, "FileFetchError", "http_file_missing"},
		{"a body that is many files", fields{"url": "URL", "body": body("binary", fields{"file": []string{"start", "files"}})}, "FileFetchError", "http_file_missing"},
		{"a line break in a path", fields{"url": "URL/{{#start.inject#}}"}, "InvalidURLError", "invalid_url"},
		{"a line break in a query", fields{"url": "URL/?a={{#start.lf#}}"}, "InvalidURLError", "invalid_url"},
		{"a NUL in a path", fields{"url": "URL/{{#start.nul#}}"}, "InvalidURLError", "invalid_url"},
		{"a line break in a header", fields{"url": "URL", "headers": "X-A: {{#start.inject#}}"}, "HttpRequestNodeError", "invalid_header"},
		{"a line break before a header's value", fields{"url": "URL", "headers": "X-A: {{#start.lf#}}b"}, "HttpRequestNodeError", "invalid_header"},
		{"a NUL in a header", fields{"url": "URL", "headers": "X-A: {{#start.nul#}}"}, "HttpRequestNodeError", "invalid_header"},
		{"a line break in a header's name", fields{"url": "URL", "headers": "{{#start.inject#}}-B: 1"}, "HttpRequestNodeError", "invalid_header"},
		{"a line break in a key", fields{"url": "URL", "authorization": key("{{#start.inject#}}")}, "HttpRequestNodeError", "invalid_header"},
		{"a line break in a field's name", fields{"url": "URL", "body": body("form-data", fields{"key": "{{#start.inject#}}", "type": "text", "value": "1"})}, "HttpRequestNodeError", "invalid_header"},
		{"a line break in a file field's name", fields{"url": "URL", "body": body("form-data", fields{"key": "{{#start.lf#}}", "type": "file", "file": []string{"start", "file"}})}, "HttpRequestNodeError", "invalid_header"},
		{"a header without a name", fields{"url": "URL", "headers": ": 1"}, "HttpRequestNodeError", "invalid_header"},
		{"Host", fields{"url": "URL", "headers": "Host: internal"}, "HttpRequestNodeError", "invalid_header"},
		{"Host by a variable", fields{"url": "URL", "headers": "Ho{{#start.st#}}: internal\nhost: {{#start.host#}}"}, "HttpRequestNodeError", "invalid_header"},
		{"Content-Length", fields{"url": "URL", "headers": "content-length: 5"}, "HttpRequestNodeError", "invalid_header"},
		{"Transfer-Encoding", fields{"url": "URL", "headers": "TRANSFER-ENCODING: chunked"}, "HttpRequestNodeError", "invalid_header"},
		{"Host as the header of the key", fields{"url": "URL", "authorization": fields{"type": "api-key", "config": fields{"type": "custom", "api_key": "k", "header": "Host"}}}, "HttpRequestNodeError", "invalid_header"},
		{"nobody there", fields{"url": "http://127.0.0.1:1/"}, "HttpRequestNodeError", "http_unreachable"},
		{"a name that nobody has", fields{"url": "http://nobody.invalid/"}, "HttpRequestNodeError", "http_unreachable"},
		{"TLS where there is none", fields{"url": strings.Replace(s.URL, "http", "https", 1)}, "HttpRequestNodeError", "http_tls_failed"},
		{"a metadata service", fields{"url": "http://169.254.169.254/latest"}, "HttpRequestNodeError", "egress_denied"},
		{"a user name in the address", fields{"url": "http://u:p@127.0.0.1/"}, "InvalidURLError", "invalid_url"},
	} {
		res, err := s.ask(t, s.deps(t), c.data, variables())
		var e *app.Error
		if !errors.As(err, &e) || e.Code != c.code || workflow.TypeName(err) != c.typ {
			t.Errorf("%s: %v (%s), want %s %s", c.name, err, workflow.TypeName(err), c.typ, c.code)
			continue
		}
		if e.Text.Zh == "" || e.Text.Zh == e.Text.En || strings.Contains(e.Text.En, "%!") || strings.Contains(e.Text.Zh, "%!") {
			t.Errorf("%s: %+v", c.name, e.Text)
		}
		if res == nil || res.Outputs != nil {
			t.Errorf("%s: result %+v", c.name, res)
		}
	}
	if s.hits != 0 {
		t.Errorf("%d requests arrived", s.hits)
	}
}

func TestHTTP_settingsThatMeanNothing(t *testing.T) {
	for want, data := range map[string]string{
		"http_method_unknown": `{"method":"TRACE","url":"http://h"}`,
		"http_auth_unknown":   `{"method":"get","url":"http://h","authorization":{"type":"oauth"}}`,
		"http_body_unknown":   `{"method":"get","url":"http://h","body":{"type":"xml","data":[]}}`,
	} {
		if _, err := newHTTPRequest(Deps{}, []byte(data)); !errors.Is(err, &app.Error{Code: want}) {
			t.Errorf("%s: %v, want %s", data, err, want)
		}
	}
	n, err := newHTTPRequest(Deps{}, []byte(`{"method":"get","url":"http://h","timeout":{"connect":0,"read":null,"write":"5","max_read_timeout":9},"retry_config":null,"unknown":[1]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := n.(*httpRequest).wait, (waits{10 * time.Second, 600 * time.Second, 5 * time.Second}); got != want {
		t.Errorf("waits = %v, want %v", got, want)
	}
}

func TestHTTP_readsItsVariables(t *testing.T) {
	n, err := newHTTPRequest(Deps{}, []byte(`{"method":"get","url":"http://{{#a.u#}}","headers":"x:{{#b.h#}}","params":"{{#c.k#}}:{{#c.v#}}",
		"authorization":{"type":"api-key","config":{"type":"bearer","api_key":"{{#env.k#}}"}},
		"body":{"type":"form-data","data":[{"key":"{{#d.k#}}","type":"text","value":"{{#d.v#}}"},{"key":"f","type":"file","file":["e","f"]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range n.(workflow.Reader).Reads() {
		got = append(got, s.String())
	}
	slices.Sort(got)
	if want := []string{"a.u", "b.h", "c.k", "c.v", "d.k", "d.v", "e.f", "env.k"}; !slices.Equal(got, want) {
		t.Errorf("reads %v, want %v", got, want)
	}
}
