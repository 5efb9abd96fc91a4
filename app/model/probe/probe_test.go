package probe_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"

	"islet/app"
	"islet/app/egress"
	"islet/app/model/modeltest"
	"islet/app/model/probe"
)

type result struct {
	profile  *app.Profile
	models   []app.Model
	findings map[string]app.Finding
	emitted  int
}

func examine(t *testing.T, target probe.Target, o probe.Options) result {
	t.Helper()
	r := result{findings: map[string]app.Finding{}}
	if o.Each == 0 {
		o.Each = 3 * time.Second
	}
	if target.Endpoint.Name == "" {
		target.Endpoint.Name = "scripted"
	}
	var err error
	r.profile, r.models, err = probe.Run(context.Background(), egress.New(egress.Options{}), target, o, func(f app.Finding) {
		r.emitted++
		r.findings[f.Check] = f
	})
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	if r.emitted != len(probe.Checks) || len(r.profile.Findings) != r.emitted {
		t.Errorf("%d findings emitted, %d in the profile, want %d", r.emitted, len(r.profile.Findings), len(probe.Checks))
	}
	for _, f := range r.profile.Findings {
		if err := wellFormed(f); err != nil {
			t.Errorf("%s: %v", f.Check, err)
		}
	}
	return r
}

// wellFormed is what every finding must be: one sentence in each language, without formatting accidents.
func wellFormed(f app.Finding) error {
	han := strings.ContainsFunc(f.Text.Zh, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	switch {
	case !strings.Contains("ok warn fail skip info", f.Status) || f.Status == "":
		return fmt.Errorf("status %q", f.Status)
	case f.Text.En == "" || !han:
		return fmt.Errorf("texts %q, %q", f.Text.En, f.Text.Zh)
	case strings.Contains(f.Text.En+f.Text.Zh, "%!"):
		return fmt.Errorf("badly formatted: %q, %q", f.Text.En, f.Text.Zh)
	case strings.HasSuffix(f.Text.En, ".") || strings.HasSuffix(f.Text.Zh, "。"):
		return fmt.Errorf("ends in a full stop: %q", f.Text.En)
	case len(f.Raw) > 2<<10:
		return fmt.Errorf("%d bytes raw", len(f.Raw))
	}
	return nil
}

func (r result) report() string {
	var b strings.Builder
	for _, f := range r.profile.Findings {
		fmt.Fprintf(&b, "%-16s %-5s %4d ms  %s | %s\n", f.Check, f.Status, f.Millis, f.Text.En, f.Text.Zh)
	}
	return b.String()
}

func TestRun_everyProtocolIsHealthy(t *testing.T) {
	for name, base := range map[string]string{"openai": "/v1", "ollama": "", "anthropic": "", "gemini": "/v1beta", "tei": ""} {
		t.Run(name, func(t *testing.T) {
			srv := modeltest.Start(modeltest.Options{Key: "secret", PerToken: 200 * time.Microsecond})
			defer srv.Close()
			r := examine(t, probe.Target{Endpoint: &app.Endpoint{Protocol: name, BaseURL: srv.URL + base}, Key: "secret"}, probe.Options{})
			t.Log("\n" + r.report())
			if r.profile.Failed > 0 {
				t.Errorf("%d checks failed on a healthy server", r.profile.Failed)
			}
			done := 0
			for _, f := range r.profile.Findings {
				if f.Status != probe.Skip {
					done++
				}
			}
			if want := map[string]int{"openai": 25, "tei": 10}[name]; done < want {
				t.Errorf("%d checks were made, want at least %d", done, want)
			}
			if len(r.models) == 0 {
				t.Error("no models")
			}
		})
	}
}

// TestRun_namesWhatIsWrong: one switch of the scripted server, and the finding that must notice it.
func TestRun_namesWhatIsWrong(t *testing.T) {
	tests := []struct {
		quirk, check, status, says string
	}{
		{"no_space", "stream_framing", "info", "no space after data:"},
		{"crlf", "stream_framing", "ok", "CRLF"},
		{"cr", "stream_framing", "info", "line ends CR"},
		{"single_newline", "stream_framing", "info", "one newline"},
		{"bom", "stream_framing", "info", "byte order mark"},
		{"comments", "stream_framing", "ok", "comment lines"},
		{"fields", "stream_framing", "ok", "event, id or retry"},
		{"bare_json", "stream_framing", "ok", "lines of JSON"},
		{"no_done", "stream_end", "info", "no [DONE]"},
		{"no_finish", "stream_end", "info", "no finish reason"},
		{"json_body", "stream", "warn", "whole answer at once"},
		{"no_usage", "usage", "warn", "estimates"},
		{"no_stream_options", "stream_options", "warn", "refuses stream_options"},
		{"max_completion_tokens", "max_tokens", "ok", "max_completion_tokens"},
		{"think_tags", "reasoning", "ok", "<think>"},
		{"reasoning_content", "reasoning", "ok", "reasoning_content"},
		{"500_forever", "chat", "fail", "error of its own"},
		{"404_model", "chat", "fail", "does not have this model"},
		{"black_hole", "chat", "fail", "went silent"},
		{"reset_mid", "stream", "fail", "broke before the answer was complete"},
		{"early_end", "stream", "fail", "broke before the answer was complete"},
		{"html", "stream", "fail", "not an answer in its protocol"},
	}
	for _, tt := range tests {
		t.Run(tt.quirk, func(t *testing.T) {
			t.Parallel()
			srv := modeltest.Start(modeltest.Options{Quirk: tt.quirk})
			defer srv.Close()
			o := probe.Options{Each: 3 * time.Second}
			if tt.quirk == "black_hole" {
				o.Each = 500 * time.Millisecond
			}
			r := examine(t, probe.Target{Endpoint: &app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}}, o)
			f := r.findings[tt.check]
			if f.Status != tt.status || !strings.Contains(f.Text.En, tt.says) {
				t.Errorf("%s = %s %q, want %s %q\n%s", tt.check, f.Status, f.Text.En, tt.status, tt.says, r.report())
			}
		})
	}
}

func TestRun_profileIsWhatProvidersObey(t *testing.T) {
	for quirk, obeys := range map[string]func(*app.Profile) bool{
		"json_body":             func(p *app.Profile) bool { return p.NoStream },
		"no_stream_options":     func(p *app.Profile) bool { return p.NoStreamUsage },
		"max_completion_tokens": func(p *app.Profile) bool { return p.MaxTokensName == "max_completion_tokens" },
		"crlf":                  func(p *app.Profile) bool { return p.EmbedDims == modeltest.Dims && p.EmbedBatch == 64 },
	} {
		srv := modeltest.Start(modeltest.Options{Quirk: quirk})
		r := examine(t, probe.Target{Endpoint: &app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}}, probe.Options{})
		srv.Close()
		if !obeys(r.profile) {
			p := *r.profile
			p.Findings = nil
			t.Errorf("%s: profile %+v", quirk, p)
		}
	}
}

func TestRun_TLS(t *testing.T) {
	run := func(o modeltest.Options, end time.Time, change func(*app.Endpoint, *modeltest.Started)) result {
		srv := modeltest.StartTLS(o, end)
		defer srv.Close()
		ep := &app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}
		change(ep, srv)
		return examine(t, probe.Target{Endpoint: ep}, probe.Options{Each: 1500 * time.Millisecond})
	}
	withCA := func(ep *app.Endpoint, s *modeltest.Started) { ep.Options.CA = s.CA }
	want := func(r result, check, status, says string) {
		t.Helper()
		if f := r.findings[check]; f.Status != status || !strings.Contains(f.Text.En, says) {
			t.Errorf("%s = %s %q, want %s %q", check, f.Status, f.Text.En, status, says)
		}
	}
	r := run(modeltest.Options{}, time.Time{}, withCA)
	want(r, "tls", "ok", "good until")
	want(r, "private_ca", "ok", "private CA entered")
	want(r, "http2", "ok", "HTTP/2 works")
	r = run(modeltest.Options{}, time.Time{}, func(*app.Endpoint, *modeltest.Started) {})
	want(r, "tls", "fail", "paste the site's CA")
	want(r, "private_ca", "fail", "paste its PEM")
	want(r, "chat", "skip", "did not answer")
	r = run(modeltest.Options{}, time.Now().Add(10*24*time.Hour), withCA)
	want(r, "tls", "warn", "expires in")
	r = run(modeltest.Options{}, time.Now().Add(-time.Hour), withCA)
	want(r, "tls", "fail", "expired")
	r = run(modeltest.Options{}, time.Time{}, func(ep *app.Endpoint, _ *modeltest.Started) { ep.Options.SkipVerify = true })
	want(r, "private_ca", "warn", "not verified")
	for _, q := range []string{"h2_stall", "h2_break", "h2_reset"} {
		r = run(modeltest.Options{Quirk: q}, time.Time{}, withCA)
		want(r, "http2", "warn", "HTTP/1.1")
		want(r, "stream", "ok", "streams")
		if !r.profile.HTTP1 {
			t.Errorf("%s: the profile does not say HTTP/1.1", q)
		}
	}
}

func TestRun_wrongAddresses(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{Key: "secret"})
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	_, port, _ := net.SplitHostPort(host)
	closed := modeltest.Start(modeltest.Options{})
	closed.Close()
	tests := []struct {
		name, protocol, url, key, check, status, says string
	}{
		{"no URL", "openai", "model server", "", "url", "fail", "http://host:port"},
		{"scheme", "openai", "ftp://" + host, "", "url", "fail", "http://host:port"},
		{"copied too far", "openai", srv.URL + "/v1/chat/completions", "secret", "url", "warn", "should stop before"},
		{"no path", "openai", srv.URL, "secret", "url", "warn", "appends /v1"},
		{"unknown name", "openai", "http://no-such-host.invalid/v1", "", "dns", "fail", "unknown here"},
		{"closed port", "openai", closed.URL + "/v1", "", "tcp", "fail", "nothing answers on port"},
		{"metadata", "openai", "http://169.254.169.254/v1", "", "tcp", "fail", "may not connect"},
		{"https on http", "openai", "https://127.0.0.1:" + port + "/v1", "", "tls", "fail", "use http://"},
		{"no key", "openai", srv.URL + "/v1", "", "auth", "fail", "none is entered"},
		{"wrong key", "openai", srv.URL + "/v1", "other", "auth", "fail", "refused the key"},
		{"wrong protocol", "openai", only(t, "/api/").URL + "/v1", "", "protocol", "fail", "speaks Ollama"},
		{"no such path", "tei", only(t, "/v1/").URL, "", "protocol", "fail", "speaks OpenAI compatible; choose that protocol, with the base URL http://127.0.0.1:"},
		{"protocol unknown", "smtp", srv.URL, "secret", "url", "fail", "protocol"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := examine(t, probe.Target{Endpoint: &app.Endpoint{Protocol: tt.protocol, BaseURL: tt.url}, Key: tt.key}, probe.Options{})
			f := r.findings[tt.check]
			if f.Status != tt.status || !strings.Contains(f.Text.En, tt.says) {
				t.Errorf("%s = %s %q, want %s %q\n%s", tt.check, f.Status, f.Text.En, tt.status, tt.says, r.report())
			}
		})
	}
}

// only is the scripted server reduced to paths of one prefix.
func only(t *testing.T, prefix string) *httptest.Server {
	inner := modeltest.New(modeltest.Options{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, prefix) {
			http.NotFound(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestRun_stopsWithItsContext(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{})
	defer srv.Close()
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	_, _, err := probe.Run(ctx, egress.New(egress.Options{}), probe.Target{Endpoint: &app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}}, probe.Options{},
		func(app.Finding) {
			if n++; n == 5 {
				cancel()
			}
		})
	if err == nil || n > 6 {
		t.Errorf("Run = %v after %d findings, want the error of the context after 5", err, n)
	}
}

func TestRun_staysWithinItsTime(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{Quirk: "black_hole"})
	defer srv.Close()
	start := time.Now()
	r := examine(t, probe.Target{Endpoint: &app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}}, probe.Options{Total: 300 * time.Millisecond, Each: 200 * time.Millisecond})
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("took %v, want 300 ms", took)
	}
	if f := r.findings["rerank"]; f.Status != probe.Skip || !strings.Contains(f.Text.En, "time") {
		t.Errorf("last check = %s %q, want a skip because time is up", f.Status, f.Text.En)
	}
}
