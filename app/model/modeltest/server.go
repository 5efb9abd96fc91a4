package modeltest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Reply is one line of a script: the first whose Match is contained in the last user message answers.
type Reply struct {
	Match     string
	Text      string
	Reasoning string
}

// Options of a Server. The zero value answers at once, without faults.
type Options struct {
	FirstToken time.Duration // before the first piece of an answer
	PerToken   time.Duration // before each further piece
	Quirk      string        // a name from Quirks, for every request that names none itself
	Script     []Reply       // before the built-in replies
	Models     []string      // what the server lists; echo, embed and rerank
	Context    int           // context length it tells; 32768
	Key        string        // if set, requests without it get 401
	RetryAfter int           // seconds, of answers with status 429; 1, and -1 is none
	Drip       time.Duration // per byte, of the quirk drip; 1 s
	NoRecord   bool          // do not keep requests: for load tests

	// KeyFunc, if set, judges the key of a request by a status: 200, 401, 403, 429 …
	KeyFunc func(key string) int
}

// Request is one request as it was recorded.
type Request struct {
	At     time.Time
	Method string
	Path   string
	Header http.Header
	Body   []byte
	Proto  string // HTTP/1.1 or HTTP/2.0
	Remote string // the client's address: equal ones came over one connection
}

// Server is the scripted server. It is an http.Handler, safe for concurrent use.
type Server struct {
	o      Options
	quirks map[string]*Quirk
	active atomic.Int64
	count  atomic.Int64

	h2Reset bool // every HTTP/2 stream is aborted

	mu        sync.Mutex // guards all below
	requests  []Request
	cancelled []time.Time
	turns     map[string]int // how often a quirk of the kind "once" was met
	peak      int64
}

const keepRequests = 512

// New makes a Server. An unknown quirk is a programming error and panics.
func New(o Options) *Server {
	if o.Context == 0 {
		o.Context = 32768
	}
	if len(o.Models) == 0 {
		o.Models = []string{"echo", "embed", "rerank", "whisper", "tts"}
	}
	if o.RetryAfter == 0 {
		o.RetryAfter = 1
	}
	if o.Drip == 0 {
		o.Drip = time.Second
	}
	s := &Server{o: o, quirks: map[string]*Quirk{}, turns: map[string]int{}}
	for i := range Quirks {
		s.quirks[Quirks[i].Name] = &Quirks[i]
	}
	if o.Quirk != "" && s.quirks[o.Quirk] == nil {
		panic("modeltest: no quirk " + o.Quirk)
	}
	return s
}

// Requests returns the latest requests, at most 512, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Count is the number of requests so far.
func (s *Server) Count() int { return int(s.count.Load()) }

// Peak is the largest number of requests that were in progress together.
func (s *Server) Peak() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.peak)
}

// Active is the number of requests in progress.
func (s *Server) Active() int { return int(s.active.Load()) }

// Cancelled returns the times at which a client went away in the middle of an answer.
func (s *Server) Cancelled() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.cancelled...)
}

func (s *Server) gone() {
	s.mu.Lock()
	s.cancelled = append(s.cancelled, time.Now())
	s.mu.Unlock()
}

// odd tells whether this is the first, third, … call under that name.
func (s *Server) odd(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns[name]++
	return s.turns[name]%2 == 1
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// ServeHTTP answers in the protocol that the path belongs to.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.count.Add(1)
	n := s.active.Add(1)
	defer s.active.Add(-1)
	if s.h2Reset && r.ProtoMajor == 2 {
		panic(http.ErrAbortHandler)
	}
	b := bodies.Get().(*bytes.Buffer)
	b.Reset()
	defer bodies.Put(b)
	if _, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, 64<<20)); err != nil {
		return // the client left
	}
	if !s.o.NoRecord {
		s.record(r, b.Bytes(), n)
	}
	if !s.authorised(w, r) {
		return
	}
	s.route(w, r, b.Bytes())
}

func (s *Server) record(r *http.Request, body []byte, active int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peak = max(s.peak, active)
	if len(s.requests) >= keepRequests {
		s.requests = append(s.requests[:0], s.requests[1:]...)
	}
	s.requests = append(s.requests, Request{At: time.Now(), Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(),
		Body: bytes.Clone(body), Proto: r.Proto, Remote: r.RemoteAddr})
}

func (s *Server) authorised(w http.ResponseWriter, r *http.Request) bool {
	key := keyOf(r)
	status := http.StatusOK
	switch {
	case s.o.KeyFunc != nil:
		status = s.o.KeyFunc(key)
	case s.o.Key != "" && key != s.o.Key:
		status = http.StatusUnauthorized
	}
	if status == http.StatusOK {
		return true
	}
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", fmt.Sprint(max(s.o.RetryAfter, 0)))
	}
	fail(w, status, "refused by the script", "scripted")
	return false
}

func keyOf(r *http.Request) string {
	for _, h := range []string{"X-Api-Key", "Api-Key", "X-Goog-Api-Key"} {
		if k := r.Header.Get(h); k != "" {
			return k
		}
	}
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// route finds the protocol by the path's end, so that any prefix works as a base URL.
func (s *Server) route(w http.ResponseWriter, r *http.Request, body []byte) {
	p := strings.TrimSuffix(r.URL.Path, "/")
	if r.Method == http.MethodGet {
		s.lists(w, r, p)
		return
	}
	switch {
	case strings.HasSuffix(p, "/chat/completions"):
		s.openaiChat(w, r, body)
	case strings.HasSuffix(p, "/v1/messages"):
		s.anthropicChat(w, r, body)
	case strings.HasSuffix(p, "/api/chat"):
		s.ollamaChat(w, r, body)
	case strings.HasSuffix(p, ":streamGenerateContent"), strings.HasSuffix(p, ":generateContent"):
		s.geminiChat(w, r, body)
	case strings.HasSuffix(p, "/embeddings"):
		s.openaiEmbed(w, body)
	case strings.HasSuffix(p, "/audio/transcriptions"):
		s.transcribe(w, r, body)
	case strings.HasSuffix(p, "/audio/speech"):
		s.speak(w, body)
	case strings.HasSuffix(p, "/api/embed"):
		s.ollamaEmbed(w, body)
	case strings.HasSuffix(p, ":batchEmbedContents"):
		s.geminiEmbed(w, body)
	case strings.HasSuffix(p, "/embed"):
		s.teiEmbed(w, body)
	case strings.HasSuffix(p, "/rerank"):
		s.rerank(w, body)
	case strings.HasSuffix(p, "/api/show"):
		answer(w, map[string]any{"capabilities": []string{"completion", "tools"},
			"model_info": map[string]any{"general.architecture": "echo", "echo.context_length": s.o.Context}})
	default:
		fail(w, http.StatusNotFound, "no such path "+r.URL.Path, "")
	}
}

func (s *Server) lists(w http.ResponseWriter, _ *http.Request, p string) {
	var list []map[string]any
	switch {
	case strings.HasSuffix(p, "/api/tags"):
		for _, m := range s.unheard() {
			list = append(list, map[string]any{"name": m, "model": m, "details": map[string]any{"family": "echo"}})
		}
		answer(w, map[string]any{"models": list})
	case strings.HasSuffix(p, "/v1beta/models"):
		for _, m := range s.unheard() {
			method := "generateContent"
			if m == "embed" {
				method = "embedContent"
			}
			list = append(list, map[string]any{"name": "models/" + m, "inputTokenLimit": s.o.Context,
				"outputTokenLimit": 8192, "supportedGenerationMethods": []string{method}})
		}
		answer(w, map[string]any{"models": list})
	case strings.HasSuffix(p, "/audio/voices"):
		answer(w, map[string]any{"voices": Voices})
	case strings.HasSuffix(p, "/models"):
		for _, m := range s.o.Models {
			list = append(list, map[string]any{"id": m, "type": "model", "object": "model", "max_model_len": s.o.Context})
		}
		answer(w, map[string]any{"object": "list", "data": list})
	case strings.HasSuffix(p, "/api/version"):
		answer(w, map[string]any{"version": "0.0.0-script"})
	case strings.HasSuffix(p, "/info"):
		answer(w, map[string]any{"model_id": "embed", "max_client_batch_size": 32, "max_input_length": 512,
			"model_type": map[string]any{"embedding": map[string]any{"pooling": "cls"}}})
	default:
		fail(w, http.StatusNotFound, "no such path "+p, "")
	}
}

// unheard are the models of protocols that have neither ears nor a voice.
func (s *Server) unheard() []string {
	return slices.DeleteFunc(slices.Clone(s.o.Models), func(m string) bool { return strings.HasPrefix(m, "whisper") || strings.HasPrefix(m, "tts") })
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client may have left
}

// fail answers an error the way OpenAI does; clients of the other protocols understand it too.
func fail(w http.ResponseWriter, status int, message, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message, "type": "scripted", "code": code}})
}

// Serve listens on addr and serves until ctx ends; it says on out where it listens. An unknown quirk is an error.
func Serve(ctx context.Context, addr string, o Options, out io.Writer) error {
	if o.Quirk != "" && !slices.ContainsFunc(Quirks, func(q Quirk) bool { return q.Name == o.Quirk }) {
		return fmt.Errorf("model server: there is no quirk %q", o.Quirk)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("model server: %w", err)
	}
	fmt.Fprintf(out, "scripted model server on http://%s/v1 (also Ollama, Anthropic, Gemini, TEI); %d quirks by model@quirk\n", l.Addr(), len(Quirks))
	srv := &http.Server{Handler: New(o), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-ctx.Done()
		_ = srv.Close() // streams in progress are cut: this is a test server
	}()
	if err = srv.Serve(l); errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if ctx.Err() != nil {
		<-done
	}
	return err
}

// Started is a Server that listens on a port of its own.
type Started struct {
	*Server
	URL string // http://127.0.0.1:port
	CA  string // PEM of the certificate of a TLS server

	http   *http.Server
	served chan struct{}
}

// Start serves on a free port of the loopback. Close ends it.
func Start(o Options) *Started { return start(New(o), nil) }

func start(s *Server, wrap func(*http.Server, net.Listener) net.Listener) *Started {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("modeltest: %v", err))
	}
	st := &Started{Server: s, URL: "http://" + l.Addr().String(), served: make(chan struct{}),
		http: &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: quiet}}
	if wrap != nil {
		l = wrap(st.http, l)
		st.URL = "https" + strings.TrimPrefix(st.URL, "http")
	}
	go func() {
		defer close(st.served)
		_ = st.http.Serve(l) // ErrServerClosed
	}()
	return st
}

// Close stops listening and cuts what is in progress.
func (s *Started) Close() {
	_ = s.http.Close()
	<-s.served
}
