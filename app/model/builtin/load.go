package builtin

import (
	"context"
	"embed"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"islet/app"
	"islet/app/model"
	"islet/app/model/builtin/encoder"
)

// dist is what pack made; in a fresh clone it is empty.
//
//go:embed all:dist
var dist embed.FS

const (
	liteFile   = "dist/use-lite.safetensors.zst"
	liteTokens = 128
)

var errLiteMissing = app.Errorf(app.Conflict, "model_missing", "this build of islet carries no weights of use-lite; build it with make, or choose another embedding model",
	"当前构建的 islet 不含 use-lite 的权重；请用 make 构建，或选用其他嵌入模型")

// HasLite tells whether this build carries the weights of use-lite.
func HasLite() bool {
	f, err := dist.Open(liteFile)
	if err != nil {
		return false
	}
	_ = f.Close() // in memory
	return true
}

func loadLite() (*encoder.Encoder, error) {
	packed, err := dist.ReadFile(liteFile)
	if err != nil {
		return nil, errLiteMissing
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	raw, err := d.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	return encoder.LoadLite(raw)
}

// loaded is a model in memory, or on its way there.
type loaded struct {
	stamp string
	ready chan struct{} // closed when enc or err is set
	enc   *encoder.Encoder
	err   error

	// Guarded by Shelf.mu.
	users int
	idle  *time.Timer
	gone  bool // no longer on the shelf: the last user closes it
}

// use is the model of that name, loaded if need be. release must be called once when the caller is done with it.
func (s *Shelf) use(ctx context.Context, name string) (enc *encoder.Encoder, release func(), err error) {
	now := ""
	if name != Lite {
		if !isName(name) || s.o.Dir == "" {
			return nil, nil, errNoModel(name)
		}
		if now = stamp(filepath.Join(s.o.Dir, name)); now == "" {
			return nil, nil, errNoModel(name)
		}
	}
	l, err := s.take(name, now)
	if err != nil {
		return nil, nil, err
	}
	release = sync.OnceFunc(func() { s.giveBack(name, l) })
	select {
	case <-l.ready:
	case <-ctx.Done():
		release()
		return nil, nil, ctx.Err()
	}
	if l.err != nil {
		release()
		return nil, nil, l.err
	}
	return l.enc, release, nil
}

func errNoModel(name string) error {
	return app.Errorf(app.NotFound, model.CodeNotFound, "there is no built-in model and no folder %q in data/models; choose another model, or copy the folder there again",
		"没有名为 %q 的内置模型，data/models 中也没有该文件夹；请另选模型，或重新复制该文件夹", name)
}

// take finds or begins a model. One whose folder has changed is replaced.
func (s *Shelf) take(name, stamp string) (*loaded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, model.Fail(model.CodeCanceled, "", nil)
	}
	l := s.loaded[name]
	if l != nil && l.stamp != stamp {
		s.drop(name, l)
		l = nil
	}
	if l == nil {
		l = &loaded{stamp: stamp, ready: make(chan struct{})}
		s.loaded[name] = l
		s.calls.Go(func() { l.load(s.o.Dir, name) })
	}
	if l.idle != nil {
		l.idle.Stop()
	}
	l.users++
	s.calls.Add(1)
	return l, nil
}

func (l *loaded) load(dir, name string) {
	defer close(l.ready)
	if name == Lite {
		l.enc, l.err = loadLite()
		return
	}
	l.enc, l.err = encoder.Load(filepath.Join(dir, name))
}

// giveBack ends a use. The last one starts the clock; a model that could not be loaded is forgotten, so that the next call
// tries again.
func (s *Shelf) giveBack(name string, l *loaded) {
	defer s.calls.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	l.users--
	if l.users > 0 {
		return
	}
	if l.gone {
		s.calls.Go(l.close)
		return
	}
	select {
	case <-l.ready:
		if l.err != nil {
			s.drop(name, l)
			return
		}
	default: // its last caller left while it loads: the next one finds it
	}
	l.idle = time.AfterFunc(s.o.Idle, func() { s.expire(name, l) })
}

// expire drops a model that nobody has used for a while, and gives its memory back to the system.
func (s *Shelf) expire(name string, l *loaded) {
	s.mu.Lock()
	if l.gone || l.users > 0 || s.closed {
		s.mu.Unlock()
		return
	}
	delete(s.loaded, name)
	l.gone = true
	s.calls.Add(1)
	s.mu.Unlock()
	defer s.calls.Done()
	l.close() // before the collection
	debug.FreeOSMemory()
}

// drop takes a model off the shelf; s.mu is held. Who uses it goes on doing so.
func (s *Shelf) drop(name string, l *loaded) {
	delete(s.loaded, name)
	l.gone = true
	if l.idle != nil {
		l.idle.Stop()
	}
	if l.users == 0 {
		s.calls.Go(l.close)
	}
}

// close lets go of the weights, once they are there. Nobody uses them any more.
func (l *loaded) close() {
	<-l.ready
	if l.enc != nil {
		_ = l.enc.Close() // only read
		l.enc = nil
	}
}
