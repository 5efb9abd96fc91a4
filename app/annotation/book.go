package annotation

import (
	"context"
	"encoding/binary"
	"log/slog"
	"math"
	"sync"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/store"
)

// Options wire a Book. DB is required.
type Options struct {
	DB *store.DB
	// Embedder opens the model that makes vectors. Nil: questions are compared by their words only.
	Embedder func(context.Context, app.ModelRef) (model.Embedder, error)
	Log      *slog.Logger // nil is slog.Default
}

// Book is safe for concurrent use. Every change of annotations goes through it. The app is that of the scope of the context.
type Book struct {
	o    Options
	life context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex // guards all below
	shelves map[app.ID]*shelf
	turn    uint64          // grows with every change, so that what was read before it is not kept
	filling map[app.ID]bool // true: once more when it is done
}

// New makes a Book. Who made it calls Close, before the store's.
func New(o Options) *Book {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	life, end := context.WithCancel(context.Background())
	return &Book{o: o, life: life, end: end, shelves: map[app.ID]*shelf{}, filling: map[app.ID]bool{}}
}

// Close gives up the making of vectors and waits for it.
func (b *Book) Close() {
	b.end()
	b.work.Wait()
}

// Found is the annotation that answers a question.
type Found struct {
	Annotation *app.Annotation
	Score      float64
	Way        string
}

const (
	shelvesMax = 256              // apps whose annotations are in memory at once
	askMax     = 10 * time.Second // for the vector of a question; after that the app's model is asked
	askRunes   = 2000             // of a question that are compared
)

// Answer finds the annotation that answers a question; nil where none does, or the app does not answer from annotations. A model
// that cannot be asked is no reason to answer nobody: then only the same question is found.
func (b *Book) Answer(ctx context.Context, question string) (*Found, error) {
	s, err := b.shelf(ctx)
	if err != nil || len(s.items) == 0 {
		return nil, err
	}
	found, err := b.nearest(ctx, s, question)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		b.o.Log.Warn("a question could not be compared with annotations", "app", app.ScopeOf(ctx).App, "err", err)
		return nil, nil //nolint:nilnil // nothing was found
	}
	if found == nil || found.Score < s.reply.Threshold {
		return nil, nil //nolint:nilnil // nothing was found
	}
	return found, nil
}

// Nearest finds the annotation that is nearest to a question, and tells whether it would answer it. It also looks where the app
// does not answer from annotations.
func (b *Book) Nearest(ctx context.Context, question string) (found *Found, answers bool, err error) {
	s, err := b.shelf(ctx)
	if err != nil {
		return nil, false, err
	}
	on := s.reply.Enabled
	if !on {
		next := &shelf{reply: s.reply}
		var list []store.AnnotationVector
		err := b.o.DB.View(ctx, func(sn *store.Snapshot) (err error) {
			list, err = sn.AnnotationVectors(modelKey(s.reply.Embedding))
			return err
		})
		if err != nil {
			return nil, false, err
		}
		next.fill(list)
		s = next
	}
	if len(s.items) == 0 {
		return nil, false, nil
	}
	found, err = b.nearest(ctx, s, question)
	return found, err == nil && found != nil && on && found.Score >= s.reply.Threshold, err
}

func (b *Book) nearest(ctx context.Context, s *shelf, question string) (*Found, error) {
	if runes := []rune(question); len(runes) > askRunes {
		question = string(runes[:askRunes])
	}
	if i, ok := s.same[normal(question)]; ok {
		return &Found{s.items[i].Annotation, 1, app.AnsweredSame}, nil
	}
	var best int
	var score float64
	way := app.AnsweredWords
	if s.reply.Embedding.Zero() {
		best, score = s.byWords(question)
	} else {
		way = app.AnsweredMeaning
		v, err := b.embed(ctx, s.reply.Embedding, []string{question})
		if err != nil {
			return nil, err
		}
		best, score = s.byMeaning(v[0])
	}
	if best < 0 {
		return nil, nil //nolint:nilnil // nothing is near
	}
	return &Found{s.items[best].Annotation, score, way}, nil
}

// embed makes unit vectors.
func (b *Book) embed(ctx context.Context, ref app.ModelRef, texts []string) ([][]float32, error) {
	if b.o.Embedder == nil {
		return nil, app.Errorf(app.Invalid, "embedding_missing", "there is no embedding model here", "此处没有嵌入模型")
	}
	ctx, cancel := context.WithTimeout(ctx, askMax*time.Duration(1+len(texts)/8))
	defer cancel()
	e, err := b.o.Embedder(ctx, ref)
	if err != nil {
		return nil, err
	}
	vectors, err := e.Embed(ctx, ref.Name, texts)
	if err != nil {
		return nil, err
	}
	if len(vectors) != len(texts) {
		return nil, app.Errorf(app.Invalid, "embedding_invalid", "the embedding model answered %[1]d texts with %[2]d vectors; check the model under Models",
			"嵌入模型对 %[1]d 段文本返回了 %[2]d 个向量；请在“模型”中检查该模型", len(texts), len(vectors))
	}
	for _, v := range vectors {
		unit(v)
	}
	return vectors, nil
}

func unit(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	by := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= by
	}
}

func pack(v []float32) []byte {
	out := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(x))
	}
	return out
}

func unpack(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

// modelKey names the model that made a vector.
func modelKey(ref app.ModelRef) string {
	if ref.Zero() {
		return ""
	}
	return string(ref.Endpoint) + "/" + ref.Name
}

// shelf is what is known of the scope's app.
func (b *Book) shelf(ctx context.Context) (*shelf, error) {
	scope := app.ScopeOf(ctx)
	b.mu.Lock()
	s, turn := b.shelves[scope.App], b.turn
	b.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s = &shelf{}
	var list []store.AnnotationVector
	err := b.o.DB.View(ctx, func(sn *store.Snapshot) error {
		reply, err := sn.AnnotationReply()
		if err != nil {
			return err
		}
		s.reply = *reply
		if s.reply.Enabled {
			list, err = sn.AnnotationVectors(modelKey(reply.Embedding))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	missing := s.fill(list)
	b.mu.Lock()
	if len(b.shelves) >= shelvesMax {
		clear(b.shelves)
	}
	if b.turn == turn {
		b.shelves[scope.App] = s
	}
	b.mu.Unlock()
	if missing {
		b.fill(scope)
	}
	return s, nil
}

// forget makes the next question read the app's annotations again.
func (b *Book) forget(id app.ID) {
	b.mu.Lock()
	delete(b.shelves, id)
	b.turn++
	b.mu.Unlock()
}
