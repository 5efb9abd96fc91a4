package model

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"islet/app"
)

// Secret is an opened credential: the key in clear, and until when it rests. Disabled ones are left out by who lists them.
type Secret struct {
	ID    app.ID
	Name  string
	Key   string
	Until time.Time
}

// Server is an opened endpoint: one pool of connections for any number of keys. model/provider makes it.
type Server interface {
	// With is the endpoint under one key ("" for none). Its result also is a Chatter, an Embedder, a Reranker, a Transcriber or
	// a Speaker as far as the protocol can; it is cheap and safe for concurrent use.
	With(key string) Lister
	// Ping opens a connection if none is idle, by the cheapest request the protocol has.
	Ping(ctx context.Context, key string) error
	// Close drops the idle connections; calls under way end by themselves.
	Close()
}

// Options wire a Registry. The functions are called without a workspace scope in their context, rarely (when an endpoint
// is first used or was forgotten), never per chat.
type Options struct {
	// Endpoint reads one endpoint; NotFound when it is gone. Required.
	Endpoint func(ctx context.Context, id app.ID) (*app.Endpoint, error)
	// Endpoints lists those to keep warm. Optional.
	Endpoints func(ctx context.Context) ([]*app.Endpoint, error)
	// Secrets lists the enabled credentials, opened; none means the endpoint is called without a key. Where credentials
	// exist and all are switched off, it returns Fail(CodeNoCredentials, …). Optional.
	Secrets func(ctx context.Context, endpoint app.ID) ([]Secret, error)
	// Disabled names the models of an endpoint that are switched off. Optional.
	Disabled func(ctx context.Context, endpoint app.ID) ([]string, error)
	// Open connects an endpoint; learned is called, at most a few times in its life, when it finds out something that the
	// profile does not say yet. Required: provider.Opener.
	Open func(ep *app.Endpoint, learned func(app.Profile)) (Server, error)
	// Learned saves a profile that grew in use. It must not call Forget. Optional.
	Learned func(endpoint app.ID, p app.Profile)
	// Rested saves until when a credential rests; why is the code of its failure. Optional.
	Rested func(credential app.ID, until time.Time, why string)
}

// Registry resolves an app's ModelRef to something callable and keeps one opened Server per endpoint. Safe for
// concurrent use.
type Registry struct {
	o Options

	opening sync.Mutex // held while an endpoint is read and opened

	mu    sync.RWMutex // guards lines and epoch
	lines map[app.ID]*line
	epoch int // grows with every Forget
}

// line is one opened endpoint.
type line struct {
	endpoint *app.Endpoint
	server   Server
	keys     []*key
	off      map[string]bool // models switched off
	retries  int
	rested   func(app.ID, time.Time, string)

	turn    atomic.Uint32
	used    atomic.Int64 // unix nanoseconds of the last call
	breaker breaker
}

type key struct {
	secret   Secret
	provider Lister
	until    atomic.Int64 // rests until, unix nanoseconds
}

// NewRegistry makes a Registry that has opened nothing yet.
func NewRegistry(o Options) *Registry { return &Registry{o: o, lines: map[app.ID]*line{}} }

// Forget drops what is known of an endpoint, after it, a credential or one of its models was changed or deleted.
// Calls under way go on.
func (r *Registry) Forget(endpoint app.ID) {
	r.mu.Lock()
	l := r.lines[endpoint]
	delete(r.lines, endpoint)
	r.epoch++
	r.mu.Unlock()
	if l != nil {
		l.server.Close()
	}
}

// Close forgets all endpoints.
func (r *Registry) Close() {
	r.mu.Lock()
	lines := r.lines
	r.lines = map[app.ID]*line{}
	r.epoch++
	r.mu.Unlock()
	for _, l := range lines {
		l.server.Close()
	}
}

// line is the opened endpoint, from the cache or freshly opened.
func (r *Registry) line(ctx context.Context, id app.ID) (*line, error) {
	r.mu.RLock()
	l := r.lines[id]
	r.mu.RUnlock()
	if l != nil {
		return l, nil
	}
	if id == "" {
		return nil, Fail(CodeNotChosen, "", nil)
	}
	r.opening.Lock()
	defer r.opening.Unlock()
	for {
		r.mu.RLock()
		l, epoch := r.lines[id], r.epoch
		r.mu.RUnlock()
		if l != nil {
			return l, nil
		}
		l, err := r.open(ctx, id)
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		fresh := epoch == r.epoch
		if fresh {
			r.lines[id] = l
		}
		r.mu.Unlock()
		if fresh {
			return l, nil
		}
		l.server.Close() // changed while it was read: read again
	}
}

func (r *Registry) open(ctx context.Context, id app.ID) (*line, error) {
	ep, err := r.o.Endpoint(ctx, id)
	if errors.Is(err, &app.Error{Kind: app.NotFound}) {
		return nil, Fail(CodeNoEndpoint, "", err)
	}
	if err != nil {
		return nil, err
	}
	l := &line{endpoint: ep, retries: defaultRetries, rested: r.o.Rested}
	switch n := ep.Options.Retries; {
	case n > 0:
		l.retries = n
	case n < 0:
		l.retries = 0
	}
	secrets := []Secret{{}}
	if r.o.Secrets != nil {
		found, err := r.o.Secrets(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			secrets = found
		}
	}
	if r.o.Disabled != nil {
		names, err := r.o.Disabled(ctx, id)
		if err != nil {
			return nil, err
		}
		l.off = map[string]bool{}
		for _, n := range names {
			l.off[n] = true
		}
	}
	l.server, err = r.o.Open(ep, func(p app.Profile) {
		if r.o.Learned != nil {
			r.o.Learned(id, p)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, s := range secrets {
		k := &key{secret: s, provider: l.server.With(s.Key)}
		if !s.Until.IsZero() {
			k.until.Store(s.Until.UnixNano())
		}
		l.keys = append(l.keys, k)
	}
	return l, nil
}

// use is the line of a reference, ready to be called: neither it nor the model is switched off.
func (r *Registry) use(ctx context.Context, ref app.ModelRef) (*line, error) {
	if ref.Name == "" {
		return nil, Fail(CodeNotChosen, "", nil)
	}
	l, err := r.line(ctx, ref.Endpoint)
	if err != nil {
		return nil, err
	}
	if l.endpoint.Disabled || l.off[ref.Name] {
		return nil, Fail(CodeDisabled, l.endpoint.Name, nil)
	}
	l.used.Store(time.Now().UnixNano())
	return l, nil
}

// able is the line of a reference whose protocol can do T.
func able[T any](ctx context.Context, r *Registry, ref app.ModelRef) (*line, error) {
	l, err := r.use(ctx, ref)
	if err != nil {
		return nil, err
	}
	if _, ok := l.keys[0].provider.(T); !ok {
		return nil, Fail(CodeUnsupported, l.endpoint.Name, nil)
	}
	return l, nil
}

// Chatter resolves ref. The model's name fills an empty Request.Model; ref.Params lie under Request.Params.
func (r *Registry) Chatter(ctx context.Context, ref app.ModelRef) (Chatter, error) {
	l, err := able[Chatter](ctx, r, ref)
	if err != nil {
		return nil, err
	}
	return &chatter{line: l, ref: ref}, nil
}

// Embedder resolves ref. An empty model name in its calls means ref's.
func (r *Registry) Embedder(ctx context.Context, ref app.ModelRef) (Embedder, error) {
	l, err := able[Embedder](ctx, r, ref)
	if err != nil {
		return nil, err
	}
	return &embedder{l, ref.Name}, nil
}

// Reranker resolves ref. An empty model name in its calls means ref's.
func (r *Registry) Reranker(ctx context.Context, ref app.ModelRef) (Reranker, error) {
	l, err := able[Reranker](ctx, r, ref)
	if err != nil {
		return nil, err
	}
	return &reranker{l, ref.Name}, nil
}

// Transcriber resolves ref. An empty model name in its calls means ref's.
func (r *Registry) Transcriber(ctx context.Context, ref app.ModelRef) (Transcriber, error) {
	l, err := able[Transcriber](ctx, r, ref)
	if err != nil {
		return nil, err
	}
	return &voice{l, ref.Name}, nil
}

// Speaker resolves ref. An empty model name in its calls means ref's.
func (r *Registry) Speaker(ctx context.Context, ref app.ModelRef) (Speaker, error) {
	l, err := able[Speaker](ctx, r, ref)
	if err != nil {
		return nil, err
	}
	return &voice{l, ref.Name}, nil
}

// Models asks an endpoint which models it serves. They are not saved.
func (r *Registry) Models(ctx context.Context, endpoint app.ID) (ms []app.Model, err error) {
	l, err := r.line(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	err = l.try(ctx, func(k *key) (bool, error) {
		ms, err = k.provider.Models(ctx)
		return false, err
	})
	for i := range ms {
		ms[i].Endpoint = endpoint
	}
	return ms, err
}

type embedder struct {
	line *line
	name string
}

func (e *embedder) Embed(ctx context.Context, model string, texts []string) (vs [][]float32, err error) {
	if len(texts) == 0 {
		return nil, nil
	}
	if model == "" {
		model = e.name
	}
	err = e.line.try(ctx, func(k *key) (bool, error) {
		vs, err = k.provider.(Embedder).Embed(ctx, model, texts)
		return false, err
	})
	return vs, err
}

type reranker struct {
	line *line
	name string
}

func (e *reranker) Rerank(ctx context.Context, model, query string, docs []string) (scores []float64, err error) {
	if len(docs) == 0 {
		return nil, nil
	}
	if model == "" {
		model = e.name
	}
	err = e.line.try(ctx, func(k *key) (bool, error) {
		scores, err = k.provider.(Reranker).Rerank(ctx, model, query, docs)
		return false, err
	})
	return scores, err
}

// voice hears and speaks, as far as its endpoint can.
type voice struct {
	line *line
	name string
}

func (v *voice) Transcribe(ctx context.Context, model string, a *Audio) (text string, err error) {
	err = v.line.try(ctx, func(k *key) (bool, error) {
		text, err = k.provider.(Transcriber).Transcribe(ctx, cmp.Or(model, v.name), a)
		return false, err
	})
	return text, err
}

func (v *voice) Speak(ctx context.Context, model, voice, text string) (s *Sound, err error) {
	err = v.line.try(ctx, func(k *key) (bool, error) {
		s, err = k.provider.(Speaker).Speak(ctx, cmp.Or(model, v.name), voice, text)
		return false, err
	})
	return s, err
}

func (v *voice) Voices(ctx context.Context, model string) (vs []NamedVoice, err error) {
	err = v.line.try(ctx, func(k *key) (bool, error) {
		vs, err = k.provider.(Speaker).Voices(ctx, cmp.Or(model, v.name))
		return false, err
	})
	return vs, err
}

// merged lays the request's parameters over the reference's.
func merged(under, over map[string]any) map[string]any {
	if len(under) == 0 {
		return over
	}
	if len(over) == 0 {
		return under
	}
	m := maps.Clone(under)
	maps.Copy(m, over)
	return m
}
