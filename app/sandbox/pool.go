package sandbox

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// A Pool keeps workers for programs. It starts them when they are needed and ends them when they idle, so a pool that
// nobody uses costs nothing.
type Pool struct {
	options Options
	slots   chan struct{} // held by whoever uses a worker
	first   chan struct{} // held by whoever starts a Python worker: the first compiles for all

	mu     sync.Mutex // guards what follows
	live   map[*process]bool
	idle   []*process // the one that rested least is last
	closed bool

	reapers sync.WaitGroup // one for each process
}

// New makes a pool. Nothing is started before Run or Warm.
func New(o Options) *Pool {
	o = o.withDefaults()
	return &Pool{options: o, slots: make(chan struct{}, o.Workers), first: make(chan struct{}, 1), live: map[*process]bool{}}
}

// Close ends all workers, also those that are running a program, and waits for their end. Later runs are refused.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	for w := range p.live {
		w.stop()
	}
	p.mu.Unlock()
	p.reapers.Wait()
	return nil
}

// take waits for the right to use a worker.
func (p *Pool) take(ctx context.Context) error {
	if ctx.Err() != nil {
		return canceled(ctx)
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return canceled(ctx)
	}
}

func (p *Pool) free() { <-p.slots }

// worker is an idle worker of a language, or a new one.
func (p *Pool) worker(ctx context.Context, language string) (*process, error) {
	if w := p.rested(language); w != nil {
		return w, nil
	}
	return p.start(ctx, language)
}

// rested takes an idle worker of a language off the list; nil if there is none. As the caller holds a slot, there are then
// fewer workers of this language than slots.
func (p *Pool) rested(language string) *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, w := range slices.Backward(p.idle) {
		if w.language == language {
			p.idle = slices.Delete(p.idle, i, i+1)
			w.rest.Stop()
			return w
		}
	}
	return nil
}

// start starts a worker and waits until it can run a program.
func (p *Pool) start(ctx context.Context, language string) (*process, error) {
	if language == Python {
		select {
		case p.first <- struct{}{}:
			defer func() { <-p.first }()
		case <-ctx.Done():
			return nil, canceled(ctx)
		}
	}
	w, err := p.spawn(language)
	if err != nil {
		return nil, unavailable(err)
	}
	err = w.setUp(ctx, setup{Language: language, CacheDir: p.options.CacheDir, Memory: p.options.Limits.Memory, Output: p.options.Limits.Output})
	if err == nil {
		return w, nil
	}
	w.end()
	if ctx.Err() != nil {
		return nil, canceled(ctx)
	}
	p.options.Log.Warn("a sandbox worker does not start", "language", language, "error", err, "stderr", w.words())
	return nil, unavailable(err)
}

// spawn starts the process and whoever waits for its end.
func (p *Pool) spawn(language string) (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.New("the sandbox is closed")
	}
	w, err := newProcess(p.options.Command, language)
	if err != nil {
		return nil, err
	}
	p.live[w] = true
	p.reapers.Go(func() {
		w.wait()
		p.forget(w)
	})
	return w, nil
}

// forget takes an ended process off the lists.
func (p *Pool) forget(w *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.live, w)
	if i := slices.Index(p.idle, w); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
		w.rest.Stop()
	}
	close(w.done)
}

// giveBack puts a worker that has served to the idle ones, or ends it if it is worn.
func (p *Pool) giveBack(w *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || !p.live[w] || w.worn() {
		w.stop()
		return
	}
	w.rest = time.AfterFunc(p.options.IdleAfter, func() { p.expire(w) })
	p.idle = append(p.idle, w)
}

// expire ends a worker that has rested long enough, unless it was taken at this very moment.
func (p *Pool) expire(w *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.idle, w); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
		w.stop()
	}
}
