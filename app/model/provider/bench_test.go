package provider_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
)

// BenchmarkChat is one short chat over loopback, client and server together.
func BenchmarkChat(b *testing.B) {
	for name, base := range map[string]string{"openai": "/v1", "ollama": "", "anthropic": "", "gemini": "/v1beta"} {
		b.Run(name, func(b *testing.B) {
			srv := modeltest.Start(modeltest.Options{NoRecord: true})
			defer srv.Close()
			r := benchRegistry(app.Endpoint{Protocol: name, BaseURL: srv.URL + base})
			defer r.Close()
			req := ask("count to 50")
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				c, err := r.Chatter(context.Background(), app.ModelRef{Endpoint: "e", Name: "echo"})
				for pb.Next() {
					if err == nil {
						_, err = model.Collect(c.Chat(context.Background(), req))
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func benchRegistry(ep app.Endpoint) *model.Registry {
	ep.ID = "e"
	return model.NewRegistry(model.Options{
		Endpoint: func(context.Context, app.ID) (*app.Endpoint, error) { return &ep, nil },
		Open:     provider.Opener(door(), provider.Limits{}),
	})
}

// BenchmarkShortChat is one short chat after the other; raw is the same request by hand, so
// that the difference is what the model layer adds.
func BenchmarkShortChat(b *testing.B) {
	srv := modeltest.Start(modeltest.Options{NoRecord: true})
	defer srv.Close()
	r := benchRegistry(app.Endpoint{Protocol: "openai", BaseURL: srv.URL})
	defer r.Close()
	b.Run("raw", func(b *testing.B) {
		body := `{"model":"echo","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}`
		for b.Loop() {
			resp, err := http.Post(srv.URL+"/v1/chat/completions", "application/json", strings.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
	b.Run("registry", func(b *testing.B) {
		for b.Loop() {
			c, err := r.Chatter(context.Background(), app.ModelRef{Endpoint: "e", Name: "echo"})
			if err == nil {
				_, err = model.Collect(c.Chat(context.Background(), ask("hi")))
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
