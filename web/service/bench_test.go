package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"

	"islet/app"
	"islet/app/model/modeltest"
)

// BenchmarkChatMessages is a streamed chat of twenty tokens, a new conversation of its own each time, from many clients at
// once; the clients and the model server share the machine.
func BenchmarkChatMessages(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			r := newRig(b, modeltest.Options{NoRecord: true})
			_, key := r.publish(app.Settings{Prompt: "Be brief."})
			c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
			body, err := json.Marshal(object{"query": "count to 20", "inputs": object{}, "user": "bench", "response_mode": "streaming"})
			if err != nil {
				b.Fatal(err)
			}
			var failed atomic.Int64
			b.SetParallelism(max(clients/runtime.GOMAXPROCS(0), 1))
			b.ResetTimer()
			run := func() {
				req, _ := http.NewRequest(http.MethodPost, r.url+"/chat-messages", bytes.NewReader(body))
				req.Header.Set("Authorization", "Bearer "+key)
				req.Header.Set("Content-Type", "application/json")
				resp, err := c.Do(req)
				if err != nil {
					failed.Add(1)
					return
				}
				got, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || !bytes.Contains(got, []byte("message_end")) {
					failed.Add(1)
				}
			}
			if clients == 1 {
				for range b.N {
					run()
				}
			} else {
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						run()
					}
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "chats/s")
			if n := failed.Load(); n > 0 {
				b.Fatalf("%d of %d chats failed", n, b.N)
			}
		})
	}
}
