package frame_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/web/frame"
	"islet/web/route"
)

var update = flag.Bool("update", false, "write the golden files anew")

var about = frame.Options{Task: "0198c0de-0000-7000-8000-00000000000a", Message: "0198c0de-0000-7000-8000-00000000000b",
	Conversation: "0198c0de-0000-7000-8000-00000000000c", Created: time.Unix(1700000000, 0)}

// first are the frames of one event, the first of a stream.
func first(t *testing.T, mode app.Mode, o frame.Options, ev *app.Event) [][]byte {
	t.Helper()
	var out [][]byte
	tell := frame.ForMode(mode, o)
	for f, err := range tell(t.Context(), play(nil, *ev, app.Event{Kind: app.EvRunStarted})) {
		if err != nil || f.Event != "" || f.ID != 0 || f.Data != nil && !json.Valid(f.Data) || strings.ContainsAny(string(f.Data), "\n\r") {
			t.Errorf("%s: frame %s, %v", ev.Kind, f.Data, err)
		}
		if f.Data != nil {
			out = append(out, slices.Clone(f.Data))
		}
		if !f.More {
			return out
		}
	}
	return out
}

// TestChat_golden has one file per event of Dify's that a chat app sends.
func TestChat_golden(t *testing.T) {
	usage := &app.Usage{PromptTokens: 10, CompletionTokens: 5, TotalTokens: 15, Latency: 1.5, FirstToken: 0.5}
	gone := &app.Failure{Code: "model_unreachable", Kind: app.Upstream, Text: app.Text{En: "the server cannot be reached", Zh: "无法连接"}}
	for name, ev := range map[string]app.Event{
		"message":           {Kind: app.EvDelta, Delta: "你好 \"<b>\" \\ \u2028\n\x01"},
		"message_end":       {Kind: app.EvRunFinished, Status: app.Succeeded, Usage: usage},
		"message_end_stop":  {Kind: app.EvRunFinished, Status: app.Stopped},
		"error":             {Kind: app.EvRunFinished, Status: app.Failed, Error: gone},
		"error_internal":    {Kind: app.EvRunFinished, Status: app.Failed, Error: &app.Failure{Code: "boom", Text: app.Text{En: "secret of the house"}}},
		"error_interrupted": {Kind: app.EvRunFinished, Status: app.Interrupted},
	} {
		golden(t, name+".json", first(t, app.ModeChat, about, &ev)...)
	}
	completion := about
	completion.Conversation = ""
	for name, ev := range map[string]app.Event{
		"completion_message":     {Kind: app.EvDelta, Delta: "hi"},
		"completion_message_end": {Kind: app.EvRunFinished, Status: app.Succeeded, Usage: usage},
		"completion_error":       {Kind: app.EvRunFinished, Status: app.Failed, Error: gone},
	} {
		golden(t, name+".json", first(t, app.ModeCompletion, completion, &ev)...)
	}
	if frame.Ping != "event: ping\n\n" {
		t.Errorf("Ping = %q", frame.Ping)
	}
}

// golden compares frames, one a line, with a file.
func golden(t *testing.T, name string, frames ...[]byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	got := append(bytes.Join(frames, []byte("\n")), '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != string(got) {
		t.Errorf("%s (%v):\n%s", name, err, got)
	}
}

func TestChat_otherEventsOfTheGraphAreSilent(t *testing.T) {
	for _, k := range []app.EventKind{app.EvRunStarted, app.EvNodeStarted, app.EvReasoning, app.EvNodeRetry, app.EvNodeFinished, app.EvVariable} {
		if f := first(t, app.ModeChat, about, &app.Event{Kind: k, Delta: "x"}); len(f) > 0 {
			t.Errorf("%s became %s", k, f)
		}
	}
	if f := first(t, app.ModeChat, about, &app.Event{Kind: app.EvDelta, Final: true}); len(f) > 0 {
		t.Errorf("an end without text became %s", f)
	}
}

// play is a run's events, ended by an error if there is one.
func play(err error, evs ...app.Event) iter.Seq2[app.Event, error] {
	return func(yield func(app.Event, error) bool) {
		for i, ev := range evs {
			ev.Seq = uint64(i + 1)
			if !yield(ev, nil) {
				return
			}
		}
		if err != nil {
			yield(app.Event{}, err)
		}
	}
}

func names(seq iter.Seq2[route.Frame, error]) string {
	var out []string
	for f, err := range seq {
		var o struct{ Event, Code string }
		_ = json.Unmarshal(f.Data, &o) // a frame without JSON has no event
		if f.Event != "" {
			o.Event = f.Event
		}
		if err == nil && f.Data == nil && f.Event == "" {
			continue // it only lets go what was held back
		}
		if err != nil {
			o.Event = "!" + app.AsError(err).Code
		}
		if o.Code != "" {
			o.Event += ":" + o.Code
		}
		out = append(out, o.Event)
	}
	return strings.Join(out, " ")
}

func TestChat_streamNeverEndsInSilence(t *testing.T) {
	delta, end := app.Event{Kind: app.EvDelta, Delta: "a"}, app.Event{Kind: app.EvRunFinished, Status: app.Succeeded}
	left, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		seq  iter.Seq2[app.Event, error]
		want string
	}{
		"whole":           {context.Background(), play(nil, delta, delta, end), "message message message_end"},
		"nothing":         {context.Background(), play(nil), "error:internal_server_error"},
		"no end":          {context.Background(), play(nil, delta), "message error:internal_server_error"},
		"log unreadable":  {context.Background(), play(errors.New("disk"), delta), "message error:internal_server_error"},
		"client has left": {left, play(context.Canceled, delta), "message"},
	} {
		if got := names(frame.ForMode(app.ModeChat, about)(c.ctx, c.seq)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func FuzzMessage_isTheJSONThatGoWrites(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f\x7f", "你好🙂", "\xff\xfe a \xc3", "\u2028\u2029", "</script>&", "\xe2\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return // not sent
		}
		data := first(t, app.ModeChat, about, &app.Event{Kind: app.EvDelta, Delta: s})[0]
		var got, want struct{ Answer string }
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%q: %v in %s", s, err, data)
		}
		b, err := json.Marshal(map[string]string{"answer": s})
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &want); err != nil || got != want {
			t.Errorf("%q came through as %q, want %q (%v)", s, got.Answer, want.Answer, err)
		}
	})
}

func TestDify_codesAndStatuses(t *testing.T) {
	for _, c := range []struct {
		kind app.Kind
		code string
		want string
		stat int
	}{
		{app.Invalid, "input_missing", "invalid_param", 400},
		{app.Invalid, "app_unavailable", "app_unavailable", 400},
		{app.Invalid, "follow_up_off", "bad_request", 400},
		{app.Conflict, "draft_conflict", "invalid_param", 400},
		{app.Conflict, "model_endpoint_missing", "provider_not_initialize", 400},
		{app.Invalid, "model_not_chosen", "provider_not_initialize", 400},
		{app.Upstream, "model_unreachable", "completion_request_error", 400},
		{app.Upstream, "model_auth_failed", "completion_request_error", 400},
		{app.Timeout, "model_timeout", "completion_request_error", 400},
		{app.Upstream, "stream_cut_off", "completion_request_error", 400},
		{app.Upstream, "model_quota_used_up", "provider_quota_exceeded", 400},
		{app.Upstream, "model_not_found", "model_currently_not_support", 400},
		{app.RateLimited, "model_rate_limited", "rate_limit_error", 429},
		{app.RateLimited, "app_busy", "too_many_requests", 429},
		{app.Unauthorized, "anything", "unauthorized", 401},
		{app.Forbidden, "forbidden", "forbidden", 403},
		{app.NotFound, "not_found", "not_found", 404},
		{app.NotFound, "end_user_not_found", "end_user_not_found", 404},
		{app.TooLarge, "file_too_large", "file_too_large", 413},
		{app.Unsupported, "unsupported_file_type", "unsupported_file_type", 415},
		{app.Unavailable, "busy", "busy", 503},
		{app.Internal, "anything", "internal_server_error", 500},
	} {
		e := frame.Dify(&app.Error{Kind: c.kind, Code: c.code, Text: app.Text{En: "text"}})
		if e.Code != c.want || route.StatusOf(e.Kind) != c.stat {
			t.Errorf("Dify(%s) = %s %d, want %s %d", c.code, e.Code, route.StatusOf(e.Kind), c.want, c.stat)
		}
		if c.kind == app.Internal && e.Text.En == "text" {
			t.Error("the sentence of an internal error went out")
		}
	}
}
