package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
)

var chatters = map[string]string{"openai": "/v1", "ollama": "", "anthropic": "", "gemini": "/v1beta", "azure": ""}

// TestChat_everyProtocolSaysTheSame is the conformance suite: one request, and what must come out of every protocol.
func TestChat_everyProtocolSaysTheSame(t *testing.T) {
	for name, base := range chatters {
		t.Run(name, func(t *testing.T) {
			srv := modeltest.Start(modeltest.Options{Key: "k"})
			defer srv.Close()
			r := registry(t, app.Endpoint{Protocol: name, BaseURL: srv.URL + base}, quick, "k")
			conformance(t, srv, r)
		})
	}
}

func conformance(t *testing.T, srv *modeltest.Started, r *model.Registry) {
	ctx := context.Background()
	do := func(req *model.Request) *model.Answer {
		t.Helper()
		a, err := chat(ctx, t, r, "echo", req)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	req := ask("hello 你好")
	req.Messages = append([]model.Message{model.Say(model.System, "be kind"), model.Say(model.User, "one"), model.Say(model.Assistant, "two")}, req.Messages...)
	if a := do(req); a.Text != "echo: hello 你好" || a.Finish != model.FinishStop || a.Usage.Estimated || a.Usage.CompletionTokens == 0 || a.Usage.FirstToken <= 0 {
		t.Errorf("plain = %+v", a)
	}
	if a := do(ask("think: 42")); a.Text != "42" || a.Reasoning != "let me think about it" {
		t.Errorf("thinking = %+v", a)
	}
	req = ask("count to 50")
	req.Stop = []string{" 7"}
	if a := do(req); a.Text != "1 2 3 4 5 6" {
		t.Errorf("stop = %q", a.Text)
	}
	req = ask("count to 50")
	req.Params = map[string]any{"max_tokens": 3, "temperature": 0.5, "top_p": 0.9, "seed": 1}
	if a := do(req); a.Text != "1 2 3" || a.Finish != model.FinishLength {
		t.Errorf("max_tokens = %q, %s", a.Text, a.Finish)
	}
	req = ask("what is it?")
	req.Messages[0].Parts = append(req.Messages[0].Parts, model.Part{Kind: model.ImagePart, MIME: "image/png", Data: []byte("png")})
	if a := do(req); a.Text != "echo: what is it? [images: 1]" {
		t.Errorf("image = %q", a.Text)
	}
	tools(t, do)
	structured(t, srv, do)
}

func tools(t *testing.T, do func(*model.Request) *model.Answer) {
	t.Helper()
	req := ask("call get_weather please")
	req.Tools = []model.Tool{{Name: "get_weather", Description: "weather", Parameters: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}}}`)}}
	a := do(req)
	if len(a.ToolCalls) != 1 || a.ToolCalls[0].Name != "get_weather" || a.ToolCalls[0].Arguments != `{"city":"text"}` || a.ToolCalls[0].ID == "" || a.Finish != model.FinishToolCalls {
		t.Fatalf("tool call = %+v", a)
	}
	req.Messages = append(req.Messages, model.Message{Role: model.Assistant, ToolCalls: a.ToolCalls},
		model.Message{Role: model.ToolRole, ToolCallID: a.ToolCalls[0].ID, Name: "get_weather", Parts: []model.Part{{Text: "sunny"}}})
	if a := do(req); a.Text != "the tool said: sunny" {
		t.Errorf("after the tool = %+v", a)
	}
}

func structured(t *testing.T, srv *modeltest.Started, do func(*model.Request) *model.Answer) {
	t.Helper()
	req := ask("anything")
	req.Schema = &model.Schema{JSON: json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"}}}`)}
	a := do(req)
	last := srv.Requests()[len(srv.Requests())-1]
	if strings.HasSuffix(last.Path, "/v1/messages") { // that protocol has no schema: it is asked for in words
		if !bytes.Contains(last.Body, []byte("JSON schema")) {
			t.Errorf("the schema was not sent: %s", last.Body)
		}
		return
	}
	if a.Text != `{"n":1}` {
		t.Errorf("schema = %q", a.Text)
	}
	req.Schema, req.JSON = nil, true
	if a := do(req); a.Text != `{"echo":"anything"}` {
		t.Errorf("JSON = %q", a.Text)
	}
}

func TestChat_cancelReachesTheServer(t *testing.T) {
	for name, base := range chatters {
		t.Run(name, func(t *testing.T) {
			srv := modeltest.Start(modeltest.Options{PerToken: 5 * time.Millisecond})
			defer srv.Close()
			r := registry(t, app.Endpoint{Protocol: name, BaseURL: srv.URL + base}, quick)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			c, err := r.Chatter(ctx, app.ModelRef{Endpoint: "e", Name: "echo"})
			if err != nil {
				t.Fatal(err)
			}
			var at time.Time
			var last error
			for c, err := range c.Chat(ctx, ask("count to 1000")) {
				if last = err; c.Text != "" && at.IsZero() {
					at = time.Now()
					cancel()
				}
			}
			if !errors.Is(last, &app.Error{Code: model.CodeCanceled}) {
				t.Errorf("the chat ended with %v, want canceled", last)
			}
			waitCancelled(t, srv, at, 1)
			for range c.Chat(context.Background(), ask("count to 1000")) {
				break // leaving the loop is a cancel too
			}
			waitCancelled(t, srv, time.Now(), 2)
		})
	}
}

func waitCancelled(t *testing.T, srv *modeltest.Started, at time.Time, n int) {
	t.Helper()
	for end := at.Add(2 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if len(srv.Cancelled()) >= n {
			return
		}
	}
	t.Errorf("the server did not notice within 2 s")
}

func TestChat_canceledBeforeTheFirstByte(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{Quirk: "black_hole"})
	defer srv.Close()
	r := registry(t, app.Endpoint{Protocol: "openai", BaseURL: srv.URL}, quick)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := chat(ctx, t, r, "echo", ask("hi"))
	if !errors.Is(err, &app.Error{Code: model.CodeCanceled}) || time.Since(start) > time.Second {
		t.Errorf("= %v after %v, want canceled at once", err, time.Since(start))
	}
	waitCancelled(t, srv, time.Now(), 1)
}

func TestChat_textBeforeTheFailureIsKept(t *testing.T) {
	for _, quirk := range []string{"reset_mid", "early_end", "error_mid", "silence_mid", "broken_json", "chunked_cut"} {
		srv := modeltest.Start(modeltest.Options{})
		r := registry(t, app.Endpoint{Protocol: "openai", BaseURL: srv.URL}, quick)
		a, err := chat(context.Background(), t, r, "echo@"+quirk, ask("count to 50"))
		if err == nil || !strings.HasPrefix(a.Text, "1 2 3") || len(a.Text) >= len("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50") {
			t.Errorf("%s: %q, %v, want a part of the text and an error", quirk, a.Text, err)
		}
		if a.Usage.CompletionTokens == 0 || !a.Usage.Estimated {
			t.Errorf("%s: usage %+v, want an estimate of the part", quirk, a.Usage)
		}
		srv.Close()
	}
}

func TestChat_connectionsAreUsedAgain(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{})
	defer srv.Close()
	r := registry(t, app.Endpoint{Protocol: "openai", BaseURL: srv.URL}, quick)
	r.WarmOnce(context.Background())
	for range 20 {
		if _, err := chat(context.Background(), t, r, "echo", ask("hi")); err != nil {
			t.Fatal(err)
		}
	}
	conns := map[string]bool{}
	for _, q := range srv.Requests() {
		conns[q.Remote] = true
	}
	if len(conns) != 1 {
		t.Errorf("21 requests over %d connections, want 1, opened by the warm-up", len(conns))
	}
}

func TestChat_manyAtOnceAndNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	srv := modeltest.Start(modeltest.Options{NoRecord: true})
	r := registry(t, app.Endpoint{Protocol: "openai", BaseURL: srv.URL}, provider.Limits{})
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for j := range 4 {
				text := fmt.Sprintf("say: %d-%d and some words around it", i, j)
				a, err := chat(context.Background(), t, r, "echo", ask(text))
				if err != nil || a.Text != text[5:] {
					t.Errorf("= %q, %v, want %q", a.Text, err, text[5:])
				}
			}
		})
	}
	wg.Wait()
	r.Close()
	srv.Close()
	for range 200 {
		if runtime.NumGoroutine() <= before+3 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestChat_HTTP2IsUsedAndGivenUpForGood(t *testing.T) {
	for quirk, proto := range map[string]string{"": "HTTP/2.0", "h2_stall": "HTTP/1.1", "h2_break": "HTTP/1.1", "h2_reset": "HTTP/1.1"} {
		srv := modeltest.StartTLS(modeltest.Options{Quirk: quirk}, time.Time{})
		ep := app.Endpoint{Protocol: "openai", BaseURL: srv.URL, Options: app.EndpointOptions{CA: srv.CA}}
		var learnt app.Profile
		s, err := provider.Open(door(), &ep, quick, func(p app.Profile) { learnt = p })
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			start := time.Now()
			a, err := model.Collect(s.With("").(model.Chatter).Chat(context.Background(), ask("hi")))
			if err != nil || a.Text != "echo: hi" {
				t.Errorf("%s: %+v, %v", quirk, a, err)
			}
			if i > 0 && time.Since(start) > quick.HTTP2 {
				t.Errorf("%s: chat %d took %v: HTTP/2 was tried again", quirk, i, time.Since(start))
			}
		}
		qs := srv.Requests()
		if got := qs[len(qs)-1].Proto; got != proto || learnt.HTTP1 != (quirk != "") {
			t.Errorf("%q: %s, profile %v, want %s", quirk, got, learnt.HTTP1, proto)
		}
		s.Close()
		srv.Close()
	}
}

func TestChat_learntOnceAndObeyed(t *testing.T) {
	for quirk, field := range map[string]string{"no_stream_options": "stream_options", "max_completion_tokens": `"max_tokens"`} {
		srv := modeltest.Start(modeltest.Options{Quirk: quirk})
		r := registry(t, app.Endpoint{Protocol: "openai", BaseURL: srv.URL}, quick)
		for range 2 {
			req := ask("hi")
			req.Params = map[string]any{"max_tokens": 50}
			if _, err := chat(context.Background(), t, r, "echo", req); err != nil {
				t.Errorf("%s: %v", quirk, err)
			}
		}
		qs := srv.Requests()
		if len(qs) != 3 || bytes.Contains(qs[2].Body, []byte(field)) {
			t.Errorf("%s: %d requests, want 3, the last without %s", quirk, len(qs), field)
		}
		srv.Close()
	}
}

func TestChat_keysGoWhereTheProtocolWantsThem(t *testing.T) {
	for name, header := range map[string]string{"openai": "Authorization", "ollama": "Authorization", "anthropic": "X-Api-Key", "gemini": "X-Goog-Api-Key", "azure": "Api-Key"} {
		srv := modeltest.Start(modeltest.Options{})
		ep := app.Endpoint{Protocol: name, BaseURL: srv.URL + chatters[name], Options: app.EndpointOptions{Headers: map[string]string{"X-Team": "blue", "Host": "evil", "Bad\r\nName": "x"}}}
		r := registry(t, ep, quick, "secret")
		if _, err := chat(context.Background(), t, r, "echo", ask("hi")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		q := srv.Requests()[0]
		if strings.TrimPrefix(q.Header.Get(header), "Bearer ") != "secret" || q.Header.Get("X-Team") != "blue" {
			t.Errorf("%s: header %v", name, q.Header)
		}
		srv.Close()
	}
}

func TestChat_paramsUnderTheProtocolsOwnNames(t *testing.T) {
	for name, want := range map[string]string{
		"openai": `"max_tokens":9`, "ollama": `"num_predict":9`, "anthropic": `"stop_sequences":["x"]`, "gemini": `"maxOutputTokens":9`,
	} {
		srv := modeltest.Start(modeltest.Options{})
		r := registry(t, app.Endpoint{Protocol: name, BaseURL: srv.URL + chatters[name]}, quick)
		req := ask("hi")
		req.Params = map[string]any{"max_tokens": 9, "top_p": 0.5, "stop": "x"}
		if _, err := chat(context.Background(), t, r, "echo", req); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if body := srv.Requests()[0].Body; !bytes.Contains(body, []byte(want)) {
			t.Errorf("%s: %s, want %s in it", name, body, want)
		}
		srv.Close()
	}
}

func TestChat_attachmentsAreNeverDroppedSilently(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{})
	defer srv.Close()
	r := registry(t, app.Endpoint{Protocol: "ollama", BaseURL: srv.URL}, quick)
	req := ask("what is it?")
	req.Messages[0].Parts = append(req.Messages[0].Parts, model.Part{Kind: model.ImagePart, URL: "http://h/x.png"})
	if _, err := chat(context.Background(), t, r, "echo", req); !errors.Is(err, &app.Error{Code: model.CodeAttachment}) {
		t.Errorf("= %v, want %s", err, model.CodeAttachment)
	}
}

func TestEmbed_everyProtocolBatchesAndKeepsOrder(t *testing.T) {
	texts := make([]string, 150)
	for i := range texts {
		texts[i] = fmt.Sprintf("text number %d 文本", i)
	}
	for name, base := range map[string]string{"openai": "/v1", "ollama": "", "gemini": "/v1beta", "azure": "", "tei": "", "jina": "/v1"} {
		for _, batch := range []int{0, 100} { // more than the server takes
			srv := modeltest.Start(modeltest.Options{})
			r := registry(t, app.Endpoint{Protocol: name, BaseURL: srv.URL + base, Profile: &app.Profile{EmbedBatch: batch}}, quick)
			e, err := r.Embedder(context.Background(), app.ModelRef{Endpoint: "e", Name: "embed"})
			if err != nil {
				t.Fatal(err)
			}
			vs, err := e.Embed(context.Background(), "", texts)
			if err != nil || len(vs) != len(texts) {
				t.Fatalf("%s: %d vectors, %v", name, len(vs), err)
			}
			for i, v := range vs {
				for j, x := range modeltest.Vector(texts[i]) {
					if math.Abs(float64(x-v[j])) > 1e-6 {
						t.Fatalf("%s: vector %d is another text's", name, i)
					}
				}
			}
			srv.Close()
		}
	}
}

func TestRerank_everyProtocolKeepsOrder(t *testing.T) {
	docs := []string{"bananas are yellow", "the capital of France is Paris", "the capital"}
	for name, base := range map[string]string{"openai": "/v1", "tei": "", "jina": "/v1"} {
		srv := modeltest.Start(modeltest.Options{})
		r := registry(t, app.Endpoint{Protocol: name, BaseURL: srv.URL + base}, quick)
		rr, err := r.Reranker(context.Background(), app.ModelRef{Endpoint: "e", Name: "rerank"})
		if err != nil {
			t.Fatal(err)
		}
		scores, err := rr.Rerank(context.Background(), "", "capital of France", docs)
		if err != nil || len(scores) != 3 || !(scores[1] > scores[2] && scores[2] > scores[0]) {
			t.Errorf("%s: %v, %v", name, scores, err)
		}
		srv.Close()
	}
}

func TestModels_everyProtocolLists(t *testing.T) {
	for name, base := range map[string]string{"openai": "/v1", "ollama": "", "anthropic": "", "gemini": "/v1beta", "azure": "", "tei": "", "jina": "/v1"} {
		srv := modeltest.Start(modeltest.Options{})
		r := registry(t, app.Endpoint{Protocol: name, BaseURL: srv.URL + base}, quick)
		ms, err := r.Models(context.Background(), "e")
		if err != nil || len(ms) == 0 || ms[0].Name == "" || ms[0].Kind == "" || ms[0].Endpoint != "e" {
			t.Errorf("%s: %+v, %v", name, ms, err)
		}
		srv.Close()
	}
}

func TestTable_isWhole(t *testing.T) {
	for name, p := range provider.Table {
		if p.Title.En == "" || p.Title.Zh == "" || p.Base == nil || p.New == nil || len(p.Kinds) == 0 || len(p.Fields) < 2 {
			t.Errorf("%s: %+v", name, p)
		}
		for _, f := range p.Fields {
			if f.Label.En == "" || f.Label.Zh == "" {
				t.Errorf("%s.%s has no label", name, f.Name)
			}
		}
	}
}

func TestTable_basesForgiveWhatPeoplePaste(t *testing.T) {
	for _, tt := range []struct{ protocol, in, want string }{
		{"openai", "http://h:8000", "http://h:8000/v1"},
		{"openai", "http://h:8000/", "http://h:8000/v1"},
		{"openai", "http://h:8000/v1/", "http://h:8000/v1"},
		{"openai", "http://h:8000/v1/chat/completions", "http://h:8000/v1"},
		{"openai", "https://h/api/paas/v4", "https://h/api/paas/v4"},
		{"openai", "http://[::1]:8000", "http://[::1]:8000/v1"},
		{"ollama", "http://h:11434/v1", "http://h:11434"},
		{"ollama", "http://h:11434/api/chat", "http://h:11434"},
		{"anthropic", "https://h/v1/messages", "https://h"},
		{"anthropic", "https://h/v1", "https://h"},
		{"gemini", "https://h", "https://h/v1beta"},
		{"gemini", "https://h/v1beta/models", "https://h/v1beta"},
		{"azure", "https://h", "https://h/openai"},
		{"azure", "https://h/openai/deployments/d/chat/completions?api-version=1", "https://h/openai"},
		{"tei", "http://h/embed", "http://h"},
	} {
		u, err := url.Parse(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := provider.Table[tt.protocol].Base(u); got != tt.want {
			t.Errorf("%s: Base(%s) = %s, want %s", tt.protocol, tt.in, got, tt.want)
		}
	}
}

func TestCatalog_isWhole(t *testing.T) {
	ids := map[string]bool{}
	for _, v := range provider.Catalog() {
		p, ok := provider.Table[v.Protocol]
		if !ok || v.ID == "" || ids[v.ID] || v.Name.En == "" || v.Name.Zh == "" || v.Hint.En == "" || v.Hint.Zh == "" {
			t.Errorf("vendor %+v", v)
		}
		ids[v.ID] = true
		if u, err := url.Parse(v.BaseURL); err != nil || u.Host == "" || v.Local == (u.Scheme == "https") {
			t.Errorf("%s: base URL %q", v.ID, v.BaseURL)
		}
		for _, m := range v.Models {
			if m.Name == "" || m.ContextSize == 0 || !strings.Contains(fmt.Sprint(p.Kinds), string(m.Kind)) {
				t.Errorf("%s: %+v", v.ID, m)
			}
		}
	}
	for _, id := range []string{"openai", "deepseek", "dashscope", "zhipu", "moonshot", "siliconflow", "sglang", "vllm", "llamacpp", "xinference",
		"lmstudio", "ollama", "anthropic", "gemini", "azure", "tei", "localai", "gpustack", "gateway", "custom", "jina"} {
		if !ids[id] {
			t.Errorf("no vendor %s", id)
		}
	}
}

func TestDescribe_guessesFromNames(t *testing.T) {
	for name, want := range map[string]app.ModelKind{"bge-m3": app.EmbedModel, "BAAI/bge-reranker-v2-m3": app.RerankModel, "Qwen3-Embedding-8B": app.EmbedModel,
		"nomic-embed-text": app.EmbedModel, "qwen2.5:7b": app.ChatModel, "gte-rerank-v2": app.RerankModel} {
		if got := provider.Describe(provider.Vendor{}, app.Model{Name: name}).Kind; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	v, _ := provider.VendorOf("deepseek")
	if m := provider.Describe(v, app.Model{Name: "deepseek-reasoner"}); m.ContextSize == 0 || !m.Abilities.Reasoning || m.Abilities.Vision {
		t.Errorf("deepseek-reasoner = %+v", m)
	}
}
