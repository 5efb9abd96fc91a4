package route_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"islet/app"
	"islet/web/route"
)

type thing struct {
	ID    app.ID   `path:"id" json:"-"`
	Limit int      `query:"limit" json:"-"`
	Name  string   `json:"name"`
	Role  app.Role `json:"role"`
}

type answer struct {
	ID    app.ID `json:"id"`
	Name  string `json:"name"`
	Limit int    `json:"limit"`
	Note  *string
}

type upload struct {
	File *route.Upload `form:"file" json:"-"`
	User string        `form:"user" json:"-"`
}

type none struct{}

// server has one endpoint of each form; the header Who names the role of the caller.
func server(t *testing.T) (*httptest.Server, *route.Router) {
	t.Helper()
	r := &route.Router{Echo: echo.New()}
	auth := func(req *http.Request) (app.Scope, error) {
		who := app.Role(req.Header.Get("Who"))
		if !who.Valid() {
			return app.Scope{}, app.Errorf(app.Unauthorized, "unauthorized", "sign in", "请登录")
		}
		return app.Scope{Workspace: "w", Role: who}, nil
	}
	g := &route.Group{Router: r, Prefix: "/x", Auth: auth}
	route.Handle(g, "POST /things/{id}", func(_ context.Context, in *thing) (*answer, error) {
		return &answer{ID: in.ID, Name: in.Name, Limit: in.Limit}, nil
	}, route.Role(app.Editor), route.Limit(200))
	route.Handle(g, "GET /fail", func(context.Context, *none) (*none, error) {
		return nil, errors.New("secret cause")
	}, route.Public)
	route.Handle(g, "POST /files", func(_ context.Context, in *upload) (*answer, error) {
		if in.File == nil {
			return nil, app.Errorf(app.Invalid, "no_file", "no file", "没有文件")
		}
		f, err := in.File.Open()
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		b, err := io.ReadAll(f)
		return &answer{Name: in.File.Name + "=" + string(b) + " by " + in.User}, err
	}, route.Public, route.Limit(10_000))
	route.Stream(g, "GET /stream", func(context.Context, *none) (iter.Seq2[route.Frame, error], error) {
		return func(yield func(route.Frame, error) bool) {
			_ = yield(route.JSON(1, "delta", map[string]string{"text": "a\nb"}), nil) &&
				yield(route.Frame{}, app.Errorf(app.Upstream, "stream_cut_off", "it broke", "中断了"))
		}, nil
	}, route.Public, route.Events(map[string]any{"delta": answer{}}))
	s := httptest.NewServer(r.Echo)
	t.Cleanup(s.Close)
	return s, r
}

const someID = "0190a0a0-0000-7000-8000-000000000001"

func TestHandle_requestsAndWhatTheyGet(t *testing.T) {
	s, _ := server(t)
	tests := []struct {
		name, method, path, who, lang, ctype, body string
		status                                     int
		want                                       string
	}{
		{"all three sources", "POST", "/x/things/" + someID + "?limit=7", "editor", "", "application/json", `{"name":"n"}`, 200, `"name":"n","limit":7`},
		{"an empty body is {}", "POST", "/x/things/" + someID, "owner", "", "", "", 200, `"name":""`},
		{"nobody", "POST", "/x/things/" + someID, "", "", "application/json", `{}`, 401, `"unauthorized"`},
		{"in the reader's language", "POST", "/x/things/" + someID, "", "zh-CN,zh;q=0.9", "application/json", `{}`, 401, "请登录"},
		{"too small a role", "POST", "/x/things/" + someID, "member", "", "application/json", `{}`, 403, `"forbidden"`},
		{"an id that is none", "POST", "/x/things/..%2F1", "editor", "", "application/json", `{}`, 404, `"not_found"`},
		{"an unknown field", "POST", "/x/things/" + someID, "editor", "", "application/json", `{"nam":1}`, 400, `"unknown_field"`},
		{"a wrong type", "POST", "/x/things/" + someID, "editor", "", "application/json", `{"name":1}`, 400, `"invalid_param"`},
		{"broken JSON", "POST", "/x/things/" + someID, "editor", "", "application/json", `{"name":`, 400, `"invalid_json"`},
		{"two values", "POST", "/x/things/" + someID, "editor", "", "application/json", `{} {}`, 400, `"invalid_json"`},
		{"a form where JSON belongs", "POST", "/x/things/" + someID, "editor", "", "text/plain", `{}`, 415, `"unsupported_media_type"`},
		{"too large", "POST", "/x/things/" + someID, "editor", "", "application/json", `{"name":"` + strings.Repeat("x", 300) + `"}`, 413, `"too_large"`},
		{"a number that is none", "POST", "/x/things/" + someID + "?limit=many", "editor", "", "", "", 400, `"invalid_param"`},
		{"an unclassified error leaks nothing", "GET", "/x/fail", "", "", "", "", 500, `"internal_server_error"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, s.URL+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range map[string]string{"Who": tt.who, "Accept-Language": tt.lang, "Content-Type": tt.ctype} {
				if v != "" {
					req.Header.Set(k, v)
				}
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			b, _ := io.ReadAll(res.Body)
			if res.StatusCode != tt.status || !bytes.Contains(b, []byte(tt.want)) {
				t.Errorf("got %d %s, want %d with %s", res.StatusCode, b, tt.status, tt.want)
			}
			if bytes.Contains(b, []byte("secret cause")) {
				t.Errorf("the cause left the process: %s", b)
			}
		})
	}
}

func TestUpload_readsTheFileAndTheFieldsAroundIt(t *testing.T) {
	s, _ := server(t)
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, _ := m.CreateFormFile("file", "报告.txt")
	_, _ = f.Write([]byte("bytes"))
	_ = m.WriteField("user", "u1")
	_ = m.Close()
	res, err := http.Post(s.URL+"/x/files", m.FormDataContentType(), &b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, _ := io.ReadAll(res.Body)
	if !bytes.Contains(got, []byte("报告.txt=bytes by u1")) {
		t.Errorf("upload answered %d %s", res.StatusCode, got)
	}
}

func TestUpload_tooLargeIsSaidInMegabytes(t *testing.T) {
	s, _ := server(t)
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, _ := m.CreateFormFile("file", "big")
	_, _ = f.Write(make([]byte, 20_000))
	_ = m.Close()
	res, err := http.Post(s.URL+"/x/files", m.FormDataContentType(), &b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status = %d, want 413", res.StatusCode)
	}
}

func TestStream_anErrorInsideIsAnEventAndTheLast(t *testing.T) {
	s, _ := server(t)
	res, err := http.Get(s.URL + "/x/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	want := "id: 1\nevent: delta\ndata: {\"text\":\"a\\nb\"}\n\nevent: error\ndata: {\"code\":\"stream_cut_off\",\"message\":\"it broke\",\"status\":502}\n\n"
	if string(b) != want {
		t.Errorf("stream = %q\nwant %q", b, want)
	}
	if ct := res.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") {
		t.Errorf("Content-Type = %q", ct)
	}
}

func TestOpenAPI_describesTheTypes(t *testing.T) {
	_, r := server(t)
	b, err := json.Marshal(r.OpenAPI("t", "1", "/x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"/x/things/{id}"`, `"enum":["owner","admin","editor","member"]`, `"name":"limit"`, `"multipart/form-data"`,
		`"text/event-stream"`, `"$ref":"#/components/schemas/Answer"`, `"format":"binary"`, `"operationId":"post_things_id"`,
	} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("the document lacks %s\n%s", want, b)
		}
	}
	again, _ := json.Marshal(r.OpenAPI("t", "1", "/x"))
	if !bytes.Equal(b, again) {
		t.Error("the same table printed two documents")
	}
}

// Page is a type whose field has its name: where it is embedded, the field is hidden.
type Page struct {
	Page int `query:"page" json:"-"`
}

func TestHandle_aHiddenParameterIsAMistakeOfOurs(t *testing.T) {
	defer func() {
		if said, _ := recover().(string); !strings.Contains(said, "hides the parameter") {
			t.Errorf("a parameter that nobody could read was taken: %q", said)
		}
	}()
	g := &route.Group{Router: &route.Router{Echo: echo.New()}}
	route.Handle(g, "GET /list", func(context.Context, *struct{ Page }) (*answer, error) { return &answer{}, nil })
}
