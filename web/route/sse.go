package route

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Frame is one server-sent event. Data is one line; More says that the next frame is ready, so that both leave in one write.
// The zero Frame sends nothing; it lets go what More held back.
type Frame struct {
	ID    uint64 // 0 leaves the id line out
	Event string // "" leaves the event line out
	Data  []byte
	More  bool
}

// JSON makes a frame of v, which must marshal.
func JSON(id uint64, event string, v any) Frame {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return Frame{ID: id, Event: event, Data: b}
}

const (
	pingEvery    = 10 * time.Second // Dify clients expect a sign of life about this often
	writeTimeout = 10 * time.Second // a reader that takes nothing for so long is dropped; the run goes on
)

// WriteStream answers with frames until they end, the client goes away, or ctx is done.
func (g *Group) WriteStream(ctx context.Context, w http.ResponseWriter, frames iter.Seq2[Frame, error]) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold the stream back
	w.WriteHeader(http.StatusOK)

	s := &sse{rc: http.NewResponseController(w), w: w, ping: g.Ping}
	if s.ping == "" {
		s.ping = ": ping\n\n"
	}
	s.timer = time.AfterFunc(pingEvery, s.keepAlive)
	defer s.stop()
	for f, err := range frames {
		if err != nil {
			f = g.errorFrame(ctx, err)
		}
		if s.write(f) != nil || err != nil {
			return
		}
	}
}

func (g *Group) errorFrame(ctx context.Context, err error) Frame {
	if g.ErrorFrame != nil {
		return g.ErrorFrame(ctx, err)
	}
	env, _ := g.envelope(ctx, err)
	return JSON(0, "error", env)
}

// sse writes frames, and pings from a timer while none come.
type sse struct {
	mu    sync.Mutex // guards w, buf and done: the timer writes too
	w     http.ResponseWriter
	rc    *http.ResponseController
	ping  string
	buf   []byte
	done  bool
	timer *time.Timer
}

func (s *sse) write(f Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.ID > 0 || f.Event != "" || f.Data != nil {
		s.buf = f.append(s.buf)
	}
	if len(s.buf) == 0 || f.More && len(s.buf) < 16<<10 {
		return nil
	}
	return s.flush()
}

func (s *sse) flush() error {
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every writer has one
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	if err == nil {
		err = s.rc.Flush()
	}
	s.timer.Reset(pingEvery)
	return err
}

func (s *sse) keepAlive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done {
		s.buf = append(s.buf, s.ping...)
		_ = s.flush() // the next frame meets the same error and ends the stream
	}
}

func (s *sse) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	s.timer.Stop()
	if len(s.buf) > 0 {
		_ = s.flush() // the client is gone: nobody to tell
		s.timer.Stop()
	}
	_ = s.rc.SetWriteDeadline(time.Time{}) // the connection is used again
}

func (f Frame) append(b []byte) []byte {
	if f.ID > 0 {
		b = append(b, "id: "...)
		b = strconv.AppendUint(b, f.ID, 10)
		b = append(b, '\n')
	}
	if f.Event != "" {
		b = append(b, "event: "...)
		b = append(b, f.Event...)
		b = append(b, '\n')
	}
	if f.Data != nil {
		b = append(b, "data: "...)
		b = append(b, f.Data...)
		b = append(b, '\n')
	}
	return append(b, '\n')
}
