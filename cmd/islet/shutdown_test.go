package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"islet/app/model/modeltest"
)

// TestShutdown_tellsTheStreamsAndKeepsTheAnswers stops a server in the middle of twenty answers: every stream is told why it
// ends, the answers are finished meanwhile, and the next start finds them whole.
func TestShutdown_tellsTheStreamsAndKeepsTheAnswers(t *testing.T) {
	model := httptest.NewServer(modeltest.New(modeltest.Options{PerToken: 60 * time.Millisecond}))
	defer model.Close()
	p := serve(t, "", t.TempDir())
	s := setUp(p, model.URL+"/v1", "test-model")

	const streams = 20
	question := strings.Repeat("word ", 20)
	var begun, told atomic.Int32
	var mu sync.Mutex
	conversations := map[string]bool{}
	var wg sync.WaitGroup
	for range streams {
		wg.Go(func() {
			_ = s.api.events("POST", "/v1/chat-messages", map[string]any{"query": question, "inputs": map[string]any{}, "user": "u", "response_mode": "streaming"}, func(_, data string) bool {
				var ev struct {
					Event, Code  string
					Conversation string `json:"conversation_id"`
				}
				_ = json.Unmarshal([]byte(data), &ev) // a line that is no JSON has no event
				mu.Lock()
				if ev.Conversation != "" && !conversations[ev.Conversation] {
					conversations[ev.Conversation] = true
					begun.Add(1)
				}
				mu.Unlock()
				if ev.Event == "error" && ev.Code == "server_shutdown" {
					told.Add(1)
				}
				return true
			})
		})
	}
	for begun.Load() < streams {
		time.Sleep(5 * time.Millisecond)
	}
	start := time.Now()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	wg.Wait()
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the streams ended %s after the signal", took)
	}
	if told.Load() != streams {
		t.Errorf("%d of %d streams were told server_shutdown", told.Load(), streams)
	}
	if err := <-p.done; err != nil {
		t.Fatalf("islet ended with %v\n%s", err, p.out.String())
	}

	again := serve(t, "", p.data)
	api := again.client()
	api.key = s.api.key
	for id := range conversations {
		var l struct {
			Data []struct{ Answer, Status string }
		}
		api.must("GET", "/v1/messages?user=u&conversation_id="+id, nil, &l)
		if len(l.Data) != 1 || !strings.Contains(l.Data[0].Answer, strings.TrimSpace(question)) {
			t.Errorf("conversation %s after the restart: %+v", id, l.Data)
		}
	}
	if err := again.stop(); err != nil {
		t.Error(err)
	}
}
