package provider_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
)

// quick are limits that a test can wait for, on a machine with other things to do.
var quick = provider.Limits{Silence: 1500 * time.Millisecond, Total: 4 * time.Second, Bytes: 2 << 20,
	HTTP2: 700 * time.Millisecond, Grace: 200 * time.Millisecond, Drain: 50 * time.Millisecond}

// registry is a Registry with one endpoint, "e".
func registry(t *testing.T, ep app.Endpoint, l provider.Limits, keys ...string) *model.Registry {
	t.Helper()
	ep.ID = "e"
	if ep.Name == "" {
		ep.Name = "scripted"
	}
	r := model.NewRegistry(model.Options{
		Endpoint:  func(context.Context, app.ID) (*app.Endpoint, error) { return &ep, nil },
		Endpoints: func(context.Context) ([]*app.Endpoint, error) { return []*app.Endpoint{&ep}, nil },
		Secrets: func(context.Context, app.ID) ([]model.Secret, error) {
			var ss []model.Secret
			for _, k := range keys {
				ss = append(ss, model.Secret{ID: app.ID(k), Name: k, Key: k})
			}
			return ss, nil
		},
		Open:    provider.Opener(door(), l),
		Learned: func(_ app.ID, p app.Profile) { ep.Profile = &p },
	})
	t.Cleanup(r.Close)
	return r
}

func chat(ctx context.Context, t *testing.T, r *model.Registry, name string, req *model.Request) (*model.Answer, error) {
	t.Helper()
	c, err := r.Chatter(ctx, app.ModelRef{Endpoint: "e", Name: name})
	if err != nil {
		t.Fatalf("Chatter: %v", err)
	}
	return model.Collect(c.Chat(ctx, req))
}

func ask(text string) *model.Request {
	return &model.Request{Messages: []model.Message{model.Say(model.User, text)}}
}

const question = "say: The answer has several words, 也有一些中文字符，以及 emoji 🙂 at the end."

var wantText = strings.TrimSpace(strings.TrimPrefix(question, "say:"))

// TestQuirks is the promise of the package: with every switch of the scripted server an answer is either whole or an
// error with the right name, and never a part that calls itself whole.
func TestQuirks_answerWholeOrNamedError(t *testing.T) {
	type row struct {
		protocol, base string
		quirk          modeltest.Quirk
		got, detail    string
		took           time.Duration
	}
	var rows []*row
	for name, base := range map[string]string{"openai": "/v1", "ollama": "", "anthropic": "", "gemini": "/v1beta"} {
		for _, q := range modeltest.Quirks {
			if name == "openai" || !openAIOnly(q) {
				rows = append(rows, &row{protocol: name, base: base, quirk: q})
			}
		}
	}
	var wg sync.WaitGroup
	gate := make(chan struct{}, 12) // most of them wait
	for _, r := range rows {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			start := time.Now()
			r.got, r.detail = tryQuirk(t, r.protocol, r.base, r.quirk)
			r.took = time.Since(start)
		})
	}
	wg.Wait()
	var table strings.Builder
	bad := 0
	for _, r := range rows {
		mark := "ok"
		if r.got != r.quirk.Wants {
			mark = "WRONG " + r.detail
			bad++
		}
		fmt.Fprintf(&table, "%-9s %-22s %-44s %-20s %5d ms %s\n", r.protocol, r.quirk.Name, r.quirk.Note, r.got, r.took.Milliseconds(), mark)
	}
	t.Logf("%d quirks, %d rows\n%s", len(modeltest.Quirks), len(rows), table.String())
	if bad > 0 {
		t.Errorf("%d rows end otherwise than wanted, see the table", bad)
	}
}

// openAIOnly are the quirks that only exist in how that protocol is written.
func openAIOnly(q modeltest.Quirk) bool {
	switch q.Name {
	case "no_stream_options", "max_completion_tokens", "done_only", "tools_finish_stop", "long_line", "json_body_as_sse":
		return true
	}
	return q.Shapes()
}

func tryQuirk(t *testing.T, protocol, base string, q modeltest.Quirk) (got, detail string) {
	o := modeltest.Options{Quirk: q.Name, Drip: time.Microsecond, RetryAfter: -1}
	ep := app.Endpoint{Protocol: protocol}
	var srv *modeltest.Started
	if q.TLS {
		srv = modeltest.StartTLS(o, time.Time{})
		ep.Options.CA = srv.CA
	} else {
		srv = modeltest.Start(o)
	}
	defer srv.Close()
	ep.BaseURL = srv.URL + base
	ep.Options.Retries = 1
	limits := quick
	switch q.Name {
	case "long_line":
		limits.Bytes = 12 << 20
	case "drip":
		limits.Total = 20 * time.Second
	}
	r := registry(t, ep, limits)
	defer r.Close()
	req := ask(question)
	req.Params = map[string]any{"max_tokens": 1000}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	start := time.Now()
	a, err := chat(ctx, t, r, "echo", req)
	if took := time.Since(start); took > limits.Total+2*time.Second {
		return "too slow", took.String()
	}
	if err != nil {
		var e *app.Error
		if !errors.As(err, &e) {
			return "unnamed error", err.Error()
		}
		return e.Code, err.Error()
	}
	return judge(q.Name, a)
}

// judge tells whether an answer that calls itself whole is whole.
func judge(quirk string, a *model.Answer) (got, detail string) {
	detail = fmt.Sprintf("%+v", *a)
	if strings.HasPrefix(quirk, "tools_") {
		want := []string{`weather {"city":"北京","days":2}`, `time {"zone":"Asia/Shanghai"}`}
		if quirk == "tools_function_call" {
			want = want[:1]
		}
		var calls []string
		for _, c := range a.ToolCalls {
			calls = append(calls, c.Name+" "+c.Arguments)
		}
		if strings.Join(calls, "\n") != strings.Join(want, "\n") || a.Finish != model.FinishToolCalls {
			return "wrong calls", detail
		}
		return "answer", ""
	}
	if a.Text != wantText {
		return "wrong text", detail
	}
	thinks := strings.HasPrefix(quirk, "think_") || strings.HasPrefix(quirk, "reasoning_")
	if thinks && strings.TrimSpace(a.Reasoning) != "let me think about it" {
		return "wrong reasoning", detail
	}
	if a.Usage.CompletionTokens == 0 || a.Usage.PromptTokens == 0 || a.Usage.Estimated != (quirk == "no_usage" || quirk == "no_stream_options") {
		return "wrong usage", detail
	}
	if a.Finish != model.FinishStop {
		return "wrong finish", detail
	}
	return "answer", ""
}

func door() *egress.Door { return egress.New(egress.Options{}) }
