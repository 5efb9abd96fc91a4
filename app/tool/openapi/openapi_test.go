package openapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/tool"
	"islet/app/tool/openapi"
	"islet/app/value"
)

const shop = `
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "/v2/{region}", variables: {region: {default: cn}}}, {url: "ftp://x"}]
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Token}}
  parameters:
    Page: {name: page, in: query, schema: {type: integer, minimum: 1}}
  schemas:
    Node: {type: object, properties: {name: {type: string}, child: {$ref: '#/components/schemas/Node'}}}
    Order:
      allOf:
        - {type: object, required: [item], properties: {item: {type: string, description: what}, count: {type: integer, default: 1}}}
        - {type: object, properties: {id: {type: string, readOnly: true}, tags: {type: array, items: {type: string}}, node: {$ref: '#/components/schemas/Node'}, when: {type: [string, "null"]}}}
    Alien: {$ref: 'http://evil.example/schema.json'}
    Local: {$ref: 'file:///etc/passwd'}
paths:
  /orders:
    parameters: [{$ref: '#/components/parameters/Page'}]
    get: {summary: List orders, parameters: [{name: ids, in: query, schema: {type: array, items: {type: string}}}, {name: Accept, in: header, schema: {type: string}}]}
    post: {operationId: order.create, requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
  /orders/{id}/file:
    put: {operationId: upload, requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {note: {type: string}, file: {type: string, format: binary}}}}}}}
  /odd:
    post: {operationId: odd, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Alien'}}}}}
    get: {operationId: odd, parameters: [{name: x, in: query, schema: {$ref: '#/components/schemas/Local'}}, {name: y, in: nowhere}]}
`

func TestParse(t *testing.T) {
	d, err := openapi.Parse([]byte(shop), "http://10.0.0.5:8000/docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if d.Spec != "OpenAPI 3.0.3" || strings.Join(d.Servers, " ") != "http://10.0.0.5:8000/v2/cn" || d.Auth.Kind != app.HeaderAuth || d.Auth.Name != "X-Token" {
		t.Errorf("document = %+v", d)
	}
	var got []string
	for _, op := range d.Operations {
		line := op.Name + ":"
		for _, p := range op.Params {
			line += fmt.Sprintf(" %s/%s/%s", p.In, p.Name, p.Type)
			if p.Required {
				line += "!"
			}
		}
		got = append(got, line)
	}
	want := []string{"orders_get: query/ids/array query/page/number", "order_create: query/page/number body/item/string! body/count/number body/tags/array body/node/object body/when/string",
		"upload: body/note/string body/file/file path/id/string!", "odd: query/x/string", "odd_2: body/body/string"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("operations:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	said := fmt.Sprint(d.Problems)
	for _, want := range []string{"http://evil.example/schema.json", "file:///etc/passwd", "nowhere"} {
		if !strings.Contains(said, want) {
			t.Errorf("problems = %s, want one of %s", said, want)
		}
	}
}

func TestParse_swagger2(t *testing.T) {
	d, err := openapi.Parse([]byte(`{"swagger":"2.0","info":{"title":"Old"},"host":"10.0.0.5","basePath":"/api","schemes":["https"],"securityDefinitions":{"b":{"type":"basic"}},
		"definitions":{"Pet":{"type":"object","properties":{"name":{"type":"string"}}}},
		"paths":{"/pets":{"post":{"parameters":[{"in":"body","name":"pet","schema":{"$ref":"#/definitions/Pet"}}]},"put":{"consumes":["multipart/form-data"],"parameters":[{"in":"formData","name":"f","type":"file"},{"in":"query","name":"ids","type":"array","items":{"type":"string"},"collectionFormat":"multi"}]}}}}`), "")
	if err != nil {
		t.Fatal(err)
	}
	if d.Servers[0] != "https://10.0.0.5/api" || d.Auth.Kind != app.BasicAuth || len(d.Operations) != 2 || d.Operations[0].Params[0].Name != "name" || d.Operations[1].Params[0].Type != "file" {
		t.Errorf("document = %+v %+v", d, d.Operations)
	}
}

func TestParse_hostile(t *testing.T) {
	deep := strings.Repeat(`{"properties":{"a":`, 400) + `{}` + strings.Repeat(`}}`, 400)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	wide := `{"openapi":"3.1.0","info":{"title":"w"},"components":{"schemas":{"S0":{"type":"object"}`
	for i := 1; i < 40; i++ { // each holds the one before ten times: 10^39 values
		wide += fmt.Sprintf(`,"S%d":{"type":"object","properties":{`, i)
		for j := range 10 {
			wide += fmt.Sprintf(`"p%d":{"$ref":"#/components/schemas/S%d"},`, j, i-1)
		}
		wide = strings.TrimSuffix(wide, ",") + "}}"
	}
	wide += `}},"paths":{"/x":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S39"}}}}}}}}`
	circle := `{"openapi":"3.0.0","paths":{"/x":{"$ref":"#/paths/~1y"},"/y":{"$ref":"#/paths/~1x"},"/z":{"get":{}}}}`
	for name, c := range map[string]struct {
		doc string
		ok  bool
	}{
		"empty": {"", false}, "words": {"hello", false}, "a list": {"[1]", false}, "another thing": {`{"a":1}`, false}, "OpenAPI 4": {`{"openapi":"4.0.0"}`, false},
		"no paths": {`{"openapi":"3.0.0"}`, false}, "deep": {`{"openapi":"3.0.0","x":` + deep + `}`, false}, "aliases": {"openapi: 3.0.0\n" + bomb, false},
		"an alias of itself": {"openapi: 3.0.0\na: &a [*a]\n", false}, "large": {strings.Repeat(" x", openapi.MaxBytes), false}, "not UTF-8": {"openapi: 3.0.0\n\xff", false},
		"references that grow": {wide, true}, "references in a circle": {circle, true},
		"paths that are no objects": {`{"openapi":"3.0.0","paths":{"/a":[],"/b":{"get":"x","post":{"parameters":"y","requestBody":3}},"c":{"get":{}}}}`, true},
	} {
		d, err := openapi.Parse([]byte(c.doc), "")
		if c.ok != (err == nil) || err != nil && app.AsError(err).Code != "openapi_invalid" {
			t.Errorf("%s: %v", name, err)
		}
		if d == nil {
			continue
		}
		for _, op := range d.Operations {
			for i := range op.Params {
				if n := len(op.Params[i].Schema); n > 1<<20 {
					t.Errorf("%s: %s tells models %d bytes of one parameter", name, op.Name, n)
				}
			}
		}
	}
}

// echo is a server that says what it was asked.
func echo(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "uri": r.RequestURI, "type": r.Header.Get("Content-Type"), "auth": r.Header.Get("Authorization"), "key": r.Header.Get("X-Key"), "body": string(body)})
	})
	mux.HandleFunc("/png", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Disposition", `attachment; filename="../../p.png"`)
		_, _ = io.WriteString(w, "\x89PNG\r\n\x1a\n")
	})
	mux.HandleFunc("/sad", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such part", http.StatusNotFound) })
	mux.HandleFunc("/big", func(w http.ResponseWriter, _ *http.Request) {
		for range 3 << 10 {
			if _, err := io.WriteString(w, strings.Repeat("x", 1<<10)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/gbk", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=gbk")
		_, _ = io.WriteString(w, "\xc4\xe3\xba\xc3")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func site(t *testing.T, url string) *openapi.Site {
	t.Helper()
	c, err := egress.New(egress.Options{}).Client(egress.Policy{Trust: egress.Admin})
	if err != nil {
		t.Fatal(err)
	}
	return &openapi.Site{Client: c, URL: url, Timeout: 10 * time.Second,
		Save: func(_ context.Context, name, mime string, data []byte) (app.Attachment, error) {
			return app.Attachment{Name: name, MIME: mime, Size: int64(len(data))}, nil
		},
		File: func(context.Context, app.Attachment) ([]byte, string, error) {
			return []byte("bytes"), "text/plain", nil
		}}
}

const calls = `{"openapi":"3.1.0","info":{"title":"x"},"paths":{
	"/a/{id}":{"get":{"operationId":"get","parameters":[{"in":"path","name":"id","required":true},{"in":"query","name":"l","schema":{"type":"array"}},{"in":"query","name":"c","explode":false,"schema":{"type":"array"}},
		{"in":"query","name":"o","style":"deepObject","schema":{"type":"object"}},{"in":"header","name":"X-H"},{"in":"cookie","name":"k"}]}},
	"/json":{"post":{"operationId":"json","requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"n":{"type":"integer"},"o":{"type":"object"}}}}}}}},
	"/form":{"post":{"operationId":"form","requestBody":{"content":{"application/x-www-form-urlencoded":{"schema":{"properties":{"a":{},"b":{}}}}}}}},
	"/up":{"post":{"operationId":"up","requestBody":{"content":{"multipart/form-data":{"schema":{"properties":{"f":{"type":"string","format":"binary"},"n":{}}}}}}}},
	"/png":{"get":{"operationId":"png"}},"/sad":{"get":{"operationId":"sad"}},"/big":{"get":{"operationId":"big"}},"/gbk":{"get":{"operationId":"gbk"}}}}`

func TestTool_calls(t *testing.T) {
	s := echo(t)
	d, err := openapi.Parse([]byte(calls), "")
	if err != nil {
		t.Fatal(err)
	}
	call := func(at *openapi.Site, name string, args map[string]any) (tool.Result, error) {
		return d.Find(name).Tool(at).Call(t.Context(), args)
	}
	at := site(t, s.URL+"/api")
	for name, c := range map[string]struct {
		op   string
		args map[string]any
		want []string
	}{
		"places":    {"get", map[string]any{"id": "a/../b?c#d", "l": []any{"1", "2"}, "c": []any{"3", "4"}, "o": value.NewObject("k", "v"), "X-H": "h"}, []string{`"uri":"/api/a/a%2F..%2Fb%3Fc%23d?c=3%2C4\u0026l=1\u0026l=2\u0026o%5Bk%5D=v"`}},
		"JSON":      {"json", map[string]any{"n": int64(3), "o": value.NewObject("b", int64(1), "a", "泵")}, []string{`"type":"application/json"`, `{\"n\":3,\"o\":{\"b\":1,\"a\":\"泵\"}}`}},
		"no body":   {"json", map[string]any{}, []string{`"body":"{}"`}},
		"a form":    {"form", map[string]any{"a": "1 2", "b": "&"}, []string{`a=1+2\u0026b=%26`}},
		"multipart": {"up", map[string]any{"f": app.Attachment{Name: "f.txt"}, "n": "x"}, []string{`multipart/form-data`, `filename=\"f.txt\"`, `bytes`}},
	} {
		res, err := call(at, c.op, c.args)
		for _, want := range c.want {
			if err != nil || !strings.Contains(res.Text, want) {
				t.Errorf("%s = %s, %v, want %s", name, res.Text, err, want)
			}
		}
	}
	root := site(t, s.URL)
	if res, err := call(root, "png", nil); err != nil || len(res.Files) != 1 || res.Files[0].Name != "p.png" {
		t.Errorf("a file = %+v, %v", res, err)
	}
	if res, err := call(root, "gbk", nil); err != nil || res.Text != "你好" {
		t.Errorf("GBK = %q, %v", res.Text, err)
	}
	for name, c := range map[string]struct {
		op   string
		args map[string]any
		code string
	}{
		"an error":            {"sad", nil, "tool_status"},
		"too much":            {"big", nil, "response_too_large"},
		"up the path":         {"get", map[string]any{"id": ".."}, "tool_args_invalid"},
		"an empty path":       {"get", map[string]any{"id": ""}, "tool_args_invalid"},
		"a line in a header":  {"get", map[string]any{"id": "1", "X-H": "a\r\nHost: evil"}, "invalid_header"},
		"a server that hangs": {"get", map[string]any{"id": "1"}, "tool_unreachable"},
	} {
		where := root
		if c.code == "tool_unreachable" {
			where = site(t, "http://127.0.0.1:1")
		}
		if _, err := call(where, c.op, c.args); app.AsError(err) == nil || app.AsError(err).Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestTool_credentialsStayWithTheirHost(t *testing.T) {
	var stranger http.Header
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stranger = r.Header.Clone() }))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}))
	defer first.Close()
	d, err := openapi.Parse([]byte(calls), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, auth := range []app.ToolAuth{{Kind: app.BearerAuth}, {Kind: app.HeaderAuth, Name: "X-Key"}, {Kind: app.BasicAuth, User: "u"}, {Kind: app.QueryAuth, Name: "api_key"}} {
		at := site(t, first.URL)
		at.Auth, at.Secret, at.Headers = auth, "the-secret", [][2]string{{"X-Extra", "the-secret"}}
		stranger = nil
		res, err := d.Find("get").Tool(at).Call(t.Context(), map[string]any{"id": "1", "k": "crumb"})
		if err != nil || stranger == nil {
			t.Fatalf("%s: %v", auth.Kind, err)
		}
		if raw := fmt.Sprint(stranger); strings.Contains(raw, "the-secret") || strings.Contains(raw, "dTp0") || strings.Contains(raw, "crumb") {
			t.Errorf("%s: the other host saw %s", auth.Kind, raw)
		}
		if raw, _ := json.Marshal(res.Wire); strings.Contains(string(raw), "the-secret") {
			t.Errorf("%s: people see %s", auth.Kind, raw)
		}
	}
}

func TestTool_endsWithItsCaller(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(release)
	d, err := openapi.Parse([]byte(calls), "")
	if err != nil {
		t.Fatal(err)
	}
	at := site(t, s.URL)
	at.Timeout = 50 * time.Millisecond
	if _, err := d.Find("png").Tool(at).Call(t.Context(), nil); !errors.Is(err, &app.Error{Code: "tool_timeout"}) {
		t.Errorf("a slow server: %v, want tool_timeout", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Find("png").Tool(site(t, s.URL)).Call(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(shop)
	f.Add(calls)
	f.Fuzz(func(_ *testing.T, doc string) {
		if d, err := openapi.Parse([]byte(doc), "http://10.0.0.5/"); err == nil {
			for _, op := range d.Operations {
				op.Tool(&openapi.Site{})
			}
		}
	})
}
