package vector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"islet/vector/hnsw"
	"islet/vector/text"
)

// What can be wrong with an index; ask with errors.Is.
var (
	// ErrDamaged is an index that cannot be trusted or was made for other vectors: fill a new one in another directory. A lock,
	// a missing permission or a full disk is never ErrDamaged.
	ErrDamaged = errors.New("vector: the index is damaged")
	ErrLocked  = text.ErrLocked // another process has it open
	ErrClosed  = text.ErrClosed // a use after Close
	ErrDims    = hnsw.ErrDims   // a vector of another length than the others
)

// Key names an entry: a document's number and the place of the entry in it.
type Key uint64

// KeyOf makes a key.
func KeyOf(doc, ord uint32) Key { return Key(doc)<<32 | Key(ord) }

// Doc is the document's number.
func (k Key) Doc() uint32 { return uint32(k >> 32) }

// Ord is the place in the document.
func (k Key) Ord() uint32 { return uint32(k) }

// Options say where an index is and what it is for. Only Dir has to be set.
type Options struct {
	Dir    string
	Dims   int         // of the vectors; 0 takes those of the first vector, so an index of words only needs none
	Metric hnsw.Metric // zero is Cosine
	Seed   uint64      // of the graph: the same changes make the same graph
	Expect int         // entries that are coming, if that is known: a new graph for many takes a quarter of the memory (see Stats)
	Engine string      // EngineOwn or EngineCoder; "" is EngineOwn
	Log    *slog.Logger
}

// Entry is what the index knows of a chunk, or of a part of one.
type Entry struct {
	Key    Key
	Title  string    // what stands above the text: document, headings; counts a little
	Text   string    // "": not found by words
	Vector []float32 // nil: not found by meaning
}

// Hit is an entry that a search found. Score is 0 to 1: of words as text.Hit says; of vectors the cosine, negative ones 0 (for
// L2 1/(1+d), for Dot the product, cut to 0…1).
type Hit struct {
	Key   Key
	Score float64
	Terms []string // of the query, that the entry holds; of a search by words
}

// Stats is what an index holds and costs.
type Stats struct {
	Words      int    // entries found by words
	Vectors    int    // entries found by meaning
	Dead       int    // vectors that were deleted or replaced and still take room
	Dims       int    // 0: no vector yet
	Engine     string //
	Int8       bool   // the graph holds a byte per dimension in memory; full vectors stand on disk
	Outgrown   bool   // it does not, and should: building the index anew with Options.Expect takes less memory
	Memory     int64  // bytes of the graph
	Compacting bool
}

// int8Bytes is the size of full vectors from which a new graph keeps them on disk.
const int8Bytes = 256 << 20

// Index is the hybrid index of one dataset. Searches may run from many goroutines, also while a change is made.
type Index struct {
	o     Options
	log   *slog.Logger
	words *text.Index

	change sync.Mutex   // one Apply, Flush or Close at a time
	life   sync.RWMutex // guards closed and graph; held for reading by who uses the graph
	closed bool
	graph  engine // nil until the first vector

	mu         sync.Mutex // guards the rest
	dims       int
	applied    uint64 // changes that the graph has
	saved      uint64 // changes that its snapshot has
	everSaved  bool
	sample     sample
	compacting bool

	work sync.WaitGroup // the compaction
	ctx  context.Context
	stop context.CancelFunc
}

// Open opens the index in Dir, and creates it if there is none: then Seq is 0.
func Open(o Options) (*Index, error) {
	if o.Engine == "" {
		o.Engine = EngineOwn
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	words, err := text.Open(filepath.Join(o.Dir, "words"), text.Options{})
	if err != nil {
		if errors.Is(err, text.ErrDamaged) {
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, err
	}
	x := &Index{o: o, log: o.Log, words: words, dims: o.Dims}
	x.ctx, x.stop = context.WithCancel(context.Background())
	if err := x.load(); err != nil {
		x.stop()
		return nil, errors.Join(err, words.Close())
	}
	return x, nil
}

// Apply makes one change: entries are put in place of those with their key, keys are deleted; what is in both is put. When it
// returns nil searches see the change, and Flush puts it on disk. A vector without a direction or with a NaN is left out with
// a warning; one of another length is ErrDims, and nothing is changed. A change that failed is to be applied again.
func (x *Index) Apply(ctx context.Context, seq uint64, put []Entry, del []Key) error {
	x.change.Lock()
	defer x.change.Unlock()
	if err := x.measure(put); err != nil {
		return err
	}
	var docs []text.Doc
	gone := make([]uint64, 0, len(del))
	for _, k := range del {
		gone = append(gone, uint64(k))
	}
	for _, e := range put {
		if e.Text == "" {
			gone = append(gone, uint64(e.Key))
			continue
		}
		docs = append(docs, text.Doc{Key: uint64(e.Key), Title: e.Title, Text: e.Text})
	}
	if err := x.words.Apply(ctx, seq, docs, gone); err != nil {
		return err
	}
	if err := x.applyVectors(ctx, put, del); err != nil {
		return err
	}
	x.mu.Lock()
	x.applied = seq
	x.mu.Unlock()
	x.compactLater()
	return nil
}

// measure compares the lengths of vectors, and makes the graph before the first one.
func (x *Index) measure(put []Entry) error {
	x.mu.Lock()
	dims := x.dims
	x.mu.Unlock()
	some := false
	for _, e := range put {
		if len(e.Vector) == 0 {
			continue
		}
		some = true
		if dims == 0 {
			dims = len(e.Vector)
		}
		if len(e.Vector) != dims {
			return fmt.Errorf("%w: %d numbers, the others have %d", ErrDims, len(e.Vector), dims)
		}
	}
	x.life.RLock()
	closed, there := x.closed, x.graph != nil
	x.life.RUnlock()
	if closed {
		return ErrClosed
	}
	if !some || there { // no lock for writing here: a compaction holds the other one for long
		return nil
	}
	s := x.shape(dims)
	s.int8 = int64(x.o.Expect)*int64(dims)*4 > int8Bytes
	g, err := newEngine(x.o.Engine, s, "")
	if err != nil {
		return err
	}
	x.life.Lock()
	x.graph = g
	x.life.Unlock()
	x.mu.Lock()
	x.dims = dims
	x.mu.Unlock()
	return nil
}

func (x *Index) shape(dims int) shape {
	return shape{dims: dims, metric: x.o.Metric, seed: x.o.Seed, dir: x.o.Dir}
}

func (x *Index) applyVectors(ctx context.Context, put []Entry, del []Key) error {
	x.life.RLock()
	defer x.life.RUnlock()
	if x.graph == nil {
		return nil
	}
	for _, k := range del {
		x.graph.remove(uint64(k))
	}
	for i, e := range put {
		if len(e.Vector) == 0 {
			x.graph.remove(uint64(e.Key))
			continue
		}
		if i&31 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		err := x.graph.add(uint64(e.Key), e.Vector)
		if errors.Is(err, hnsw.ErrFull) {
			if err = x.graph.compact(ctx); err == nil {
				err = x.graph.add(uint64(e.Key), e.Vector)
			}
		}
		if errors.Is(err, hnsw.ErrZero) || errors.Is(err, hnsw.ErrNotFinite) {
			x.log.Warn("a vector cannot be used; its passage is found by words only", "document", e.Key.Doc(), "ord", e.Key.Ord(), "err", err)
			x.graph.remove(uint64(e.Key))
			continue
		}
		if err != nil {
			return err
		}
		x.mu.Lock()
		x.sample.take(e.Key, e.Vector)
		x.mu.Unlock()
	}
	return nil
}

// compactLater drops dead vectors in the background, if there are many.
func (x *Index) compactLater() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.graph == nil || x.compacting || x.ctx.Err() != nil || !x.graph.stats().needCompact {
		return
	}
	x.compacting = true
	x.work.Go(func() {
		x.life.RLock()
		defer x.life.RUnlock()
		if err := x.graph.compact(x.ctx); err != nil && x.ctx.Err() == nil {
			x.log.Warn("a graph could not be compacted; it is tried again after the next change", "dir", x.o.Dir, "err", err)
		}
		x.mu.Lock()
		x.compacting = false
		x.mu.Unlock()
	})
}

// Words finds the k best entries by words; allow is asked for candidates, nil allows all. See text.Index.Search.
func (x *Index) Words(ctx context.Context, query string, k int, allow func(Key) bool) ([]Hit, error) {
	q := text.Query{Text: query, K: k}
	if allow != nil {
		q.Allow = func(key uint64) bool { return allow(Key(key)) }
	}
	found, err := x.words.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, len(found))
	for i, h := range found {
		hits[i] = Hit{Key: Key(h.Key), Score: h.Score, Terms: h.Terms}
	}
	return hits, nil
}

// Explain tells how a query sees the words of one entry.
func (x *Index) Explain(ctx context.Context, key Key, query string) (text.Explanation, error) {
	return x.words.Explain(ctx, uint64(key), query)
}

// Near finds the k entries whose vectors are closest to vec, equal ones by key. The filter works inside the search: k entries
// are found however few allow says yes to. It must be quick and must not call the index.
func (x *Index) Near(ctx context.Context, vec []float32, k int, allow func(Key) bool) ([]Hit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x.life.RLock()
	defer x.life.RUnlock()
	if x.closed {
		return nil, ErrClosed
	}
	if x.graph == nil || k <= 0 {
		return nil, nil
	}
	var filter hnsw.Filter
	if allow != nil {
		filter = func(key uint64) bool { return allow(Key(key)) }
	}
	found, err := x.graph.search(vec, k, filter)
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, len(found))
	for i, h := range found {
		s := float64(hnsw.Similarity(x.o.Metric, h.Distance))
		hits[i] = Hit{Key: Key(h.Key), Score: min(max(s, 0), 1)}
		if math.IsNaN(s) {
			hits[i].Score = 0
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Key, b.Key)) })
	return hits, nil
}

// Seq is the last change that both halves have on disk. After Open, the changes behind it are to be applied again.
func (x *Index) Seq() uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return min(x.words.Seq(), x.saved)
}

// Len is the number of entries that are found by words, and by meaning.
func (x *Index) Len() (words, vectors int) {
	s := x.Stats()
	return s.Words, s.Vectors
}

// Stats counts; it is cheap.
func (x *Index) Stats() Stats {
	s := Stats{Words: x.words.Len(), Engine: x.o.Engine}
	x.life.RLock()
	defer x.life.RUnlock()
	x.mu.Lock()
	s.Dims, s.Compacting = x.dims, x.compacting
	x.mu.Unlock()
	if x.graph != nil && !x.closed {
		e := x.graph.stats()
		s.Vectors, s.Dead, s.Memory, s.Int8 = e.live, e.dead, e.memory, e.int8
		s.Outgrown = !e.int8 && x.o.Engine == EngineOwn && int64(e.live)*int64(s.Dims)*4 > int8Bytes
	}
	return s
}

// Close puts the index on disk and ends it. A second Close does nothing.
func (x *Index) Close() error {
	x.change.Lock()
	defer x.change.Unlock()
	x.stop()
	x.work.Wait()
	x.life.RLock()
	closed := x.closed
	x.life.RUnlock()
	if closed {
		return nil
	}
	err := x.flush()
	x.life.Lock()
	defer x.life.Unlock()
	x.closed = true
	if x.graph != nil {
		err = errors.Join(err, x.graph.close())
	}
	return errors.Join(err, x.words.Close())
}
