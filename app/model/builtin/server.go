package builtin

import (
	"context"
	"errors"
	"iter"
	"sync"

	"islet/app"
	"islet/app/model"
)

// server is the Shelf under the name that its endpoint has.
type server struct {
	shelf *Shelf
	name  string
}

var (
	_ model.Server   = (*server)(nil)
	_ model.Lister   = (*server)(nil)
	_ model.Embedder = (*server)(nil)
	_ model.Chatter  = (*server)(nil)
)

// With is the server itself: there are no keys.
func (s *server) With(string) model.Lister { return s }

// Ping does nothing: there is no connection to keep warm, and weights need not be.
func (s *server) Ping(context.Context, string) error { return nil }

// Close does nothing: the Shelf lets go of weights by itself.
func (s *server) Close() {}

// Models are those of the Shelf.
func (s *server) Models(ctx context.Context) ([]app.Model, error) { return s.shelf.Models(ctx) }

// Chat answers as quote does.
func (s *server) Chat(ctx context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) {
		if req.Model != Quote {
			yield(model.Chunk{}, model.Fail(model.CodeUnsupported, s.name, nil))
			return
		}
		quote(ctx, req, s.name, yield)
	}
}

// Embed computes the vectors of texts, each cut where the model ends. All calls together use as many cores as the Shelf
// has workers; one that waits for a core takes turns with the others, text by text.
func (s *server) Embed(ctx context.Context, name string, texts []string) ([][]float32, error) {
	if name == Quote {
		return nil, model.Fail(model.CodeUnsupported, s.name, nil)
	}
	out, err := s.shelf.embed(ctx, name, texts)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, model.Fail(model.CodeCanceled, s.name, context.Cause(ctx))
	}
	return out, err
}

func (s *Shelf) embed(ctx context.Context, name string, texts []string) ([][]float32, error) {
	enc, release, err := s.use(ctx, name)
	if err != nil {
		return nil, err
	}
	defer release()
	within, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := make([][]float32, len(texts))
	work := make(chan int)
	var wg sync.WaitGroup
	for range min(s.o.Workers, len(texts)) {
		wg.Go(func() {
			for i := range work {
				if err := s.turn(within, func() (err error) { out[i], _, err = enc.Embed(within, texts[i]); return err }); err != nil {
					stop(err)
				}
			}
		})
	}
	for i := range texts {
		if within.Err() != nil {
			break
		}
		work <- i
	}
	close(work)
	wg.Wait()
	if within.Err() != nil {
		return nil, context.Cause(within)
	}
	return out, nil
}

// turn does work when a core is free.
func (s *Shelf) turn(ctx context.Context, work func() error) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.slots }()
	return work()
}
