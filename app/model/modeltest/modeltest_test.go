package modeltest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"islet/app/model/modeltest"
)

func post(t testing.TB, url, body string) string {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func content(system, user string) string {
	return `{"model":"echo","messages":[{"role":"system","content":"` + system + `"},{"role":"user","content":"` + user + `"}]}`
}

func TestServer_answersByItsScript(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{Script: []modeltest.Reply{{Match: "capital", Text: "Paris"}}})
	defer srv.Close()
	for _, tt := range []struct{ system, user, want string }{
		{"", "hello", "echo: hello"},
		{"", "say: 你好", `"content": "你好"`},
		{"", "the capital?", "Paris"},
		{"", "count to 3", `"1 2 3"`},
		{"", "Write three follow-up questions as a JSON array", "Can you give an example?"},
		{"", "请以 JSON 数组给出三个后续问题", "可以举个例子吗？"},
		{"Reply with a JSON array of 3 questions", "什么是向量数据库", "可以举个例子吗？"},
	} {
		if got := post(t, srv.URL+"/v1/chat/completions", content(tt.system, tt.user)); !strings.Contains(got, tt.want) {
			t.Errorf("%q, %q: %s, want %q in it", tt.system, tt.user, got, tt.want)
		}
	}
	if n := len(srv.Requests()); n != 7 || srv.Count() != 7 {
		t.Errorf("%d requests recorded, want 7", n)
	}
}

func TestServer_quirkByModelName(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{})
	defer srv.Close()
	body := `{"model":"echo@no_done","stream":true,"messages":[{"role":"user","content":"hi"}]}`
	if got := post(t, srv.URL+"/v1/chat/completions", body); strings.Contains(got, "[DONE]") || !strings.Contains(got, `"model":"echo"`) {
		t.Errorf("= %s, want no [DONE]", got)
	}
	if got := post(t, srv.URL+"/v1/chat/completions", strings.Replace(body, "@no_done", "@unknown", 1)); !strings.Contains(got, "[DONE]") {
		t.Errorf("= %s, want a plain answer", got)
	}
}

func TestQuirks_areNamedOnce(t *testing.T) {
	if len(modeltest.Quirks) < 35 {
		t.Errorf("%d quirks, want at least 35", len(modeltest.Quirks))
	}
	seen := map[string]bool{}
	for _, q := range modeltest.Quirks {
		if q.Name == "" || q.Note == "" || q.Wants == "" || seen[q.Name] || strings.ContainsAny(q.Name, "@ ") {
			t.Errorf("quirk %+v", q)
		}
		seen[q.Name] = true
	}
}

func TestServe_endsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	out := &bytes.Buffer{}
	done := make(chan error)
	go func() { done <- modeltest.Serve(ctx, "127.0.0.1:0", modeltest.Options{}, out) }()
	time.Sleep(20 * time.Millisecond)
	cancel()
	if err := <-done; err != nil || !strings.Contains(out.String(), "http://127.0.0.1:") {
		t.Errorf("Serve = %v, said %q", err, out)
	}
}

func TestVector_isDeterministicAndCloseForAlikeTexts(t *testing.T) {
	dot := func(a, b []float32) (s float32) {
		for i := range a {
			s += a[i] * b[i]
		}
		return s
	}
	a, b, c := modeltest.Vector("向量数据库的索引"), modeltest.Vector("数据库的索引"), modeltest.Vector("天气很好")
	if len(a) != modeltest.Dims || dot(a, a) < 0.999 || dot(a, b) <= dot(a, c) {
		t.Errorf("dims %d, self %v, alike %v, other %v", len(a), dot(a, a), dot(a, b), dot(a, c))
	}
}

// BenchmarkServer is what the reference server can do by itself: no network, one stream of ten tokens.
func BenchmarkServer(b *testing.B) {
	s := modeltest.New(modeltest.Options{NoRecord: true})
	body := []byte(`{"model":"echo","stream":true,"messages":[{"role":"user","content":"count to 10"}]}`)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, _ := http.NewRequest(http.MethodPost, "/v1/chat/completions", bytes.NewReader(body))
			s.ServeHTTP(discard{http.Header{}}, r)
		}
	})
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
