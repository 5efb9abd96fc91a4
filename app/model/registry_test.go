package model_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"islet/app"
	"islet/app/model"
)

// script is a server whose answers are written down: what each key is answered, call by call.
type script struct {
	mu      sync.Mutex
	calls   []string // the keys, in the order of the calls
	answer  func(key string, call int) ([]model.Chunk, error)
	opened  int
	closed  int
	pings   atomic.Int64
	request *model.Request
}

type scripted struct {
	*script
	key string
}

func (s *script) With(key string) model.Lister { return scripted{s, key} }
func (s *script) Ping(context.Context, string) error {
	s.pings.Add(1)
	return nil
}
func (s *script) Close()                                       { s.closed++ }
func (s scripted) Models(context.Context) ([]app.Model, error) { return []app.Model{{Name: "m"}}, nil }

func (s scripted) Chat(_ context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) {
		s.mu.Lock()
		s.calls = append(s.calls, s.key)
		s.request = req
		n := len(s.calls)
		s.mu.Unlock()
		chunks, err := s.answer(s.key, n)
		for _, c := range chunks {
			if !yield(c, nil) {
				return
			}
		}
		if err != nil {
			yield(model.Chunk{}, err)
		}
	}
}

var fine = []model.Chunk{{Text: "fine"}, {Finish: "stop"}}

type bench struct {
	*script
	reg    *model.Registry
	ep     app.Endpoint
	rested map[app.ID]time.Duration
}

func newBench(answer func(key string, call int) ([]model.Chunk, error), keys ...string) *bench {
	b := &bench{script: &script{answer: answer}, ep: app.Endpoint{ID: "e", Name: "box"}, rested: map[app.ID]time.Duration{}}
	b.reg = model.NewRegistry(model.Options{
		Endpoint: func(_ context.Context, id app.ID) (*app.Endpoint, error) {
			if id != "e" {
				return nil, app.Missing("endpoint", "服务")
			}
			ep := b.ep
			return &ep, nil
		},
		Endpoints: func(context.Context) ([]*app.Endpoint, error) { return []*app.Endpoint{&b.ep}, nil },
		Secrets: func(context.Context, app.ID) ([]model.Secret, error) {
			var ss []model.Secret
			for _, k := range keys {
				ss = append(ss, model.Secret{ID: app.ID(k), Key: k})
			}
			return ss, nil
		},
		Disabled: func(context.Context, app.ID) ([]string, error) { return []string{"off"}, nil },
		Open: func(*app.Endpoint, func(app.Profile)) (model.Server, error) {
			b.opened++
			return b.script, nil
		},
		Rested: func(id app.ID, until time.Time, _ string) { b.rested[id] = time.Until(until) },
	})
	return b
}

func (b *bench) chat(t *testing.T) (*model.Answer, error) {
	t.Helper()
	c, err := b.reg.Chatter(context.Background(), app.ModelRef{Endpoint: "e", Name: "m"})
	if err != nil {
		t.Fatalf("Chatter: %v", err)
	}
	return model.Collect(c.Chat(context.Background(), &model.Request{Messages: []model.Message{model.Say(model.User, "hi")}}))
}

func code(err error) string {
	var e *app.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

func fail(c string) error { return model.Fail(c, "box", errors.New("scripted")) }

func TestRegistry_keysTakeTurns(t *testing.T) {
	b := newBench(func(string, int) ([]model.Chunk, error) { return fine, nil }, "a", "b", "c")
	for range 6 {
		if _, err := b.chat(t); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(b.calls, ""); got != "bcabca" {
		t.Errorf("keys used = %s, want bcabca", got)
	}
	if b.opened != 1 {
		t.Errorf("opened %d times, want once", b.opened)
	}
}

func TestRegistry_refusedKeyRestsAndAnotherAnswers(t *testing.T) {
	for _, tt := range []struct {
		code string
		rest time.Duration
	}{{model.CodeAuth, 5 * time.Minute}, {model.CodeRateLimited, 10 * time.Second}, {model.CodeQuota, 10 * time.Minute}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(func(key string, _ int) ([]model.Chunk, error) {
				if key == "b" {
					return nil, fail(tt.code)
				}
				return fine, nil
			}, "a", "b")
			start := time.Now()
			for range 4 {
				if _, err := b.chat(t); err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.Join(b.calls, ""); got != "baaaa" {
				t.Errorf("%s: keys used = %s, want baaaa", tt.code, got)
			}
			if b.rested["b"] != tt.rest || time.Since(start) != 0 {
				t.Errorf("%s: b rests %v, waited %v, want %v and no wait", tt.code, b.rested["b"], time.Since(start), tt.rest)
			}
			time.Sleep(tt.rest + time.Second)
			b.calls = nil
			_, _ = b.chat(t)
			_, _ = b.chat(t)
			if !slices.Contains(b.calls, "b") {
				t.Errorf("%s: b is not used again after its rest", tt.code)
			}
		})
	}
}

func TestRegistry_retriesBeforeTheFirstTokenOnly(t *testing.T) {
	tests := []struct {
		name    string
		before  []model.Chunk
		code    string
		retries int
		calls   int
		want    string
	}{
		{"server error twice", nil, model.CodeServer, 0, 3, "<nil>"},
		{"unreachable twice", nil, model.CodeUnreachable, 0, 3, "<nil>"},
		{"limited twice", nil, model.CodeRateLimited, 0, 3, "<nil>"},
		{"not more often than allowed", nil, model.CodeServer, 1, 2, model.CodeServer},
		{"switched off", nil, model.CodeServer, -1, 1, model.CodeServer},
		{"bad request", nil, model.CodeRejected, 0, 1, model.CodeRejected},
		{"silence", nil, model.CodeTimeout, 0, 1, model.CodeTimeout},
		{"one key refused", nil, model.CodeAuth, 0, 1, model.CodeAuth},
		{"after text", []model.Chunk{{Text: "half"}}, model.CodeServer, 0, 1, model.CodeServer},
		{"after reasoning", []model.Chunk{{Reasoning: "hm"}}, model.CodeUnreachable, 0, 1, model.CodeUnreachable},
		{"cut off", []model.Chunk{{Text: "half"}}, model.CodeCutOff, 0, 1, model.CodeCutOff},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(func(_ string, call int) ([]model.Chunk, error) {
				if call < 3 {
					return tt.before, fail(tt.code)
				}
				return fine, nil
			})
			b.ep.Options.Retries = tt.retries
			a, err := b.chat(t)
			if len(b.calls) != tt.calls || code(err) != tt.want {
				t.Errorf("%s: %d calls, %v, want %d, %s", tt.name, len(b.calls), err, tt.calls, tt.want)
			}
			if err != nil && len(tt.before) > 0 && a.Usage.CompletionTokens == 0 {
				t.Errorf("%s: the part that came is not counted: %+v", tt.name, a.Usage)
			}
		})
	}
}

func TestRegistry_honoursRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		after int
		want  string
		waits time.Duration
	}{{3, "<nil>", 3 * time.Second}, {60, model.CodeRateLimited, 0}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(func(_ string, call int) ([]model.Chunk, error) {
				if call == 1 {
					return nil, model.Fail(model.CodeRateLimited, "box", nil).After(tt.after)
				}
				return fine, nil
			})
			start := time.Now()
			_, err := b.chat(t)
			if code(err) != tt.want || time.Since(start) != tt.waits {
				t.Errorf("Retry-After %d: %v after %v, want %s after %v", tt.after, err, time.Since(start), tt.want, tt.waits)
			}
			if err != nil && app.AsError(err).Retry != tt.after {
				t.Errorf("Retry = %d, want %d", app.AsError(err).Retry, tt.after)
			}
		})
	}
}

func TestRegistry_breakerOpensAndHalfOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := false
		b := newBench(func(string, int) ([]model.Chunk, error) {
			if !up {
				return nil, fail(model.CodeUnreachable)
			}
			return fine, nil
		})
		b.ep.Options.Retries = -1
		for range 5 {
			_, _ = b.chat(t)
		}
		if _, err := b.chat(t); code(err) != model.CodeUnreachable || len(b.calls) != 5 || app.AsError(err).Retry == 0 {
			t.Errorf("sixth chat: %v, %d calls, want a refusal without a call", err, len(b.calls))
		}
		time.Sleep(3 * time.Second)
		if _, _ = b.chat(t); len(b.calls) != 6 {
			t.Errorf("after a while %d calls, want one trial", len(b.calls))
		}
		if _, _ = b.chat(t); len(b.calls) != 6 {
			t.Error("a failed trial does not close the breaker")
		}
		up = true
		time.Sleep(10 * time.Second)
		for range 2 {
			if _, err := b.chat(t); err != nil {
				t.Errorf("the server is back: %v", err)
			}
		}
	})
}

func TestRegistry_countsWhatTheServerDoesNot(t *testing.T) {
	told := &app.Usage{PromptTokens: 7, CompletionTokens: 3}
	b := newBench(func(_ string, call int) ([]model.Chunk, error) {
		if call == 1 {
			return append(slices.Clone(fine), model.Chunk{Usage: told}), nil
		}
		return fine, nil
	})
	a, _ := b.chat(t)
	if a.Usage.PromptTokens != 7 || a.Usage.TotalTokens != 10 || a.Usage.Estimated || a.Usage.Latency <= 0 {
		t.Errorf("told usage = %+v", a.Usage)
	}
	a, _ = b.chat(t)
	if !a.Usage.Estimated || a.Usage.CompletionTokens != 1 || a.Usage.PromptTokens == 0 {
		t.Errorf("estimated usage = %+v", a.Usage)
	}
}

func TestRegistry_forgetReadsAgain(t *testing.T) {
	b := newBench(func(string, int) ([]model.Chunk, error) { return fine, nil })
	_, _ = b.chat(t)
	b.ep.Disabled = true
	if _, err := b.chat(t); err != nil {
		t.Errorf("before Forget: %v", err)
	}
	b.reg.Forget("e")
	if _, err := b.reg.Chatter(context.Background(), app.ModelRef{Endpoint: "e", Name: "m"}); code(err) != model.CodeDisabled {
		t.Errorf("after Forget: %v, want %s", err, model.CodeDisabled)
	}
	if b.opened != 2 || b.closed != 1 {
		t.Errorf("opened %d, closed %d, want 2, 1", b.opened, b.closed)
	}
}

func TestRegistry_namesWhatCannotBeResolved(t *testing.T) {
	b := newBench(func(string, int) ([]model.Chunk, error) { return fine, nil })
	for _, tt := range []struct {
		ref  app.ModelRef
		want string
	}{
		{app.ModelRef{}, model.CodeNotChosen},
		{app.ModelRef{Endpoint: "e"}, model.CodeNotChosen},
		{app.ModelRef{Endpoint: "gone", Name: "m"}, model.CodeNoEndpoint},
		{app.ModelRef{Endpoint: "e", Name: "off"}, model.CodeDisabled},
	} {
		if _, err := b.reg.Chatter(context.Background(), tt.ref); code(err) != tt.want {
			t.Errorf("Chatter(%+v) = %v, want %s", tt.ref, err, tt.want)
		}
	}
	if _, err := b.reg.Embedder(context.Background(), app.ModelRef{Endpoint: "e", Name: "m"}); code(err) != model.CodeUnsupported {
		t.Errorf("Embedder = %v, want %s", err, model.CodeUnsupported)
	}
}

func TestRegistry_mergesParams(t *testing.T) {
	b := newBench(func(string, int) ([]model.Chunk, error) { return fine, nil })
	c, err := b.reg.Chatter(context.Background(), app.ModelRef{Endpoint: "e", Name: "m", Params: map[string]any{"temperature": 0.1, "top_p": 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	req := &model.Request{Params: map[string]any{"temperature": 0.9}}
	_, _ = model.Collect(c.Chat(context.Background(), req))
	if want := map[string]any{"temperature": 0.9, "top_p": 0.5}; !reflect.DeepEqual(b.request.Params, want) || b.request.Model != "m" {
		t.Errorf("request = %q %v, want m %v", b.request.Model, b.request.Params, want)
	}
	if len(req.Params) != 1 || req.Model != "" {
		t.Errorf("the caller's request was changed: %+v", req)
	}
}

func TestWarm_pingsIdleEndpointsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(func(string, int) ([]model.Chunk, error) { return fine, nil })
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); b.reg.Warm(ctx) }()
		synctest.Wait()
		if b.pings.Load() != 1 || b.opened != 1 {
			t.Errorf("at start %d pings, want 1", b.pings.Load())
		}
		time.Sleep(91 * time.Second)
		synctest.Wait()
		if b.pings.Load() != 3 {
			t.Errorf("after 91 s %d pings, want 3", b.pings.Load())
		}
		time.Sleep(40 * time.Second)
		_, _ = b.chat(t) // just before the next round: no ping is needed
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if b.pings.Load() != 3 {
			t.Errorf("a busy endpoint was pinged")
		}
		cancel()
		<-done
	})
}

func TestFail_everyCodeSpeaksBothLanguages(t *testing.T) {
	for _, c := range model.Codes() {
		e := model.Fail(c, "my box", errors.New("CANARY upstream words"))
		han := strings.ContainsFunc(e.Text.Zh, func(r rune) bool { return unicode.Is(unicode.Han, r) })
		if e.Kind == app.Internal || !han || strings.Contains(e.Text.En+e.Text.Zh, "%!") || strings.Contains(e.Text.En+e.Text.Zh, "CANARY") {
			t.Errorf("%s = %+v", c, e)
		}
		if strings.HasSuffix(e.Text.En, ".") || strings.HasSuffix(e.Text.Zh, "。") {
			t.Errorf("%s ends in a full stop", c)
		}
		if !strings.Contains(model.Detail(e), "CANARY") {
			t.Errorf("Detail(%s) hides the cause", c)
		}
	}
}
