package run_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/run"
	"islet/app/workflow"
)

// model50 answers with fifty pieces at once.
func model50(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	for range 50 {
		s.Text("piece ")
	}
	return &workflow.Result{Outputs: map[string]any{"text": strings.Repeat("piece ", 50)}, Usage: &app.Usage{TotalTokens: 50},
		Process: map[string]any{"prompts": []any{map[string]any{"role": "user", "text": "a question of some length"}}}}, nil
}

// BenchmarkChat is a chat without HTTP: start, follow to the end, everything stored. 64 clients at once.
func BenchmarkChat(b *testing.B) {
	s := newSite(b, run.Options{})
	g := graph(b, model50)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.ResetTimer()
	begin := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := 0
			for ev, err := range s.runs.Follow(s.ctx(), s.start(b, s.spec(g)), 0) {
				if n += len(ev.Delta); err != nil {
					b.Error(err)
				}
			}
			if n != 300 {
				b.Errorf("%d bytes", n)
			}
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(begin).Seconds(), "chats/s")
}

// BenchmarkFirstToken is the time from Start to the first piece in a follower's hands, one client.
func BenchmarkFirstToken(b *testing.B) {
	s := newSite(b, run.Options{})
	g := graph(b, model50)
	b.ReportAllocs()
	var first time.Duration
	for b.Loop() {
		begin := time.Now()
		id := s.start(b, s.spec(g))
		for ev := range s.runs.Follow(s.ctx(), id, 0) {
			if ev.Kind == app.EvDelta && !begin.IsZero() {
				first += time.Since(begin)
				begin = time.Time{}
			}
		}
	}
	b.ReportMetric(float64(first.Microseconds())/float64(b.N), "µs-to-first")
}
