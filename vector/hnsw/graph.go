package hnsw

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// What can be wrong with a call or a file. They come wrapped; ask with errors.Is.
var (
	ErrOptions   = errors.New("hnsw: options out of range")
	ErrDims      = errors.New("hnsw: vector has the wrong number of dimensions")
	ErrNotFinite = errors.New("hnsw: vector holds NaN, an infinity or a number too large")
	ErrZero      = errors.New("hnsw: vector has no direction, so it has no cosine")
	ErrFull      = errors.New("hnsw: graph is full; compact it")
	ErrDamaged   = errors.New("hnsw: file is damaged")
)

// Metric says what close means.
type Metric uint8

// Distances are smaller for closer vectors, whatever the metric.
const (
	Cosine Metric = iota // 1 - cos, 0 to 2; vectors are normalised when they are added
	Dot                  // -(a·b), any number
	L2                   // the square of the Euclidean distance, 0 and up
)

// Similarity turns a distance into a number that is larger for closer vectors: the cosine for Cosine, the inner product for
// Dot and 1/(1+d) of the (not squared) distance d for L2, which is 1 for equal vectors and falls towards 0.
func Similarity(m Metric, distance float32) float32 {
	switch m {
	case Dot:
		return -distance
	case L2:
		return 1 / (1 + float32(math.Sqrt(float64(max(distance, 0)))))
	default:
		return 1 - distance
	}
}

// The defaults of Options.
const (
	defaultM              = 16  // the usual choice; 8 loses recall on 1,000 dimensions, 32 doubles build time
	defaultEfConstruction = 200 // as hnswlib; recall grows little beyond
	defaultEf             = 64  // recall@10 was 0.96 or more on every set of doc.go
	maxDims               = 1 << 16
	maxM                  = 128
	maxSlots              = 1 << 30 // the two upper bits of an id are flags in a beam
)

// Options say how a graph is made. Only Dims has to be set.
type Options struct {
	Dims           int    // of every vector, 1 to 65,536
	Metric         Metric // zero is Cosine
	M              int    // links of a vector on the upper levels, twice as many on the lowest; 0 is 16
	EfConstruction int    // breadth of the search for neighbours of a new vector; 0 is 200
	Seed           uint64 // of the levels; the same seed and the same calls from one goroutine make the same graph

	// Int8 walks the graph on codes of one byte per dimension and ranks the best hits again with the full vectors. These are
	// not held in memory: they stand in an unlinked temporary file in Dir, or come from Vectors.
	Int8 bool
	// Vectors fills dst with the full vector of a key, for graphs with Int8 whose caller keeps the vectors anyway; no file is
	// made then. False means that it has none now: the hit keeps the distance of its code. It is called from many goroutines.
	Vectors func(key uint64, dst []float32) bool
	// Dir is where the file of full vectors is made; empty is os.TempDir. It should not be a RAM disk.
	Dir string

	// ExactBelow is the number of allowed vectors up to which a search looks at all of them, which is right and as fast; 0 is the
	// measured default. Negative is for tests: only what the graph cannot answer is scanned.
	ExactBelow int
}

func (o Options) withDefaults() (Options, error) {
	if o.M == 0 {
		o.M = defaultM
	}
	if o.EfConstruction == 0 {
		o.EfConstruction = defaultEfConstruction
	}
	if o.ExactBelow == 0 {
		o.ExactBelow = defaultExactBelow
	}
	switch {
	case o.Dims < 1 || o.Dims > maxDims:
		return o, fmt.Errorf("%w: %d dimensions, not 1 to %d", ErrOptions, o.Dims, maxDims)
	case o.M < 2 || o.M > maxM:
		return o, fmt.Errorf("%w: M is %d, not 2 to %d", ErrOptions, o.M, maxM)
	case o.EfConstruction < 1 || o.EfConstruction > 1<<16:
		return o, fmt.Errorf("%w: EfConstruction is %d, not 1 to %d", ErrOptions, o.EfConstruction, 1<<16)
	case o.Metric > L2:
		return o, fmt.Errorf("%w: metric %d", ErrOptions, o.Metric)
	case o.Vectors != nil && !o.Int8:
		return o, fmt.Errorf("%w: Vectors without Int8", ErrOptions)
	}
	return o, nil
}

// Filter says whether a key may be a hit; nil allows all. It is called often and from many goroutines, so it should be a look
// into a bitmap or a map, and it must not call the graph.
type Filter func(key uint64) bool

// Hit is one result of a search. A smaller Distance is closer; Similarity turns it round.
type Hit struct {
	Key      uint64
	Distance float32
}

// Graph is the index. All methods may be called from any goroutine at any time.
type Graph struct {
	opt Options

	// mu is held for reading by whoever changes the graph and for writing by whoever needs it still: Save, and Compact when
	// it switches to the new core. Searches do not take it.
	mu   sync.RWMutex
	core atomic.Pointer[core]

	compacting sync.Mutex // held by Compact: one at a time
}

// New makes an empty graph.
func New(o Options) (*Graph, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	g := &Graph{opt: o}
	c, err := newCore(o)
	if err != nil {
		return nil, err
	}
	g.core.Store(c)
	return g, nil
}

// Options are those the graph was made with, defaults filled in.
func (g *Graph) Options() Options { return g.opt }

// Close gives back the file of full vectors, if there is one. The graph must not be used any more.
func (g *Graph) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.core.Load().side.close()
}

// Add puts a vector under a key; the vector that was there before is deleted once the new one can be found. The vector is
// copied. A search sees the old or the new vector, never both. Adds from several goroutines run side by side.
func (g *Graph) Add(key uint64, vec []float32) error {
	v, err := g.prepare(vec)
	if err != nil {
		return err
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	c := g.core.Load()
	slot, err := c.place(key, v)
	if err != nil {
		return err
	}
	c.link(slot)
	c.publish(key, slot)
	return nil
}

// prepare checks a vector and copies it into the form that is stored: normalised for Cosine.
func (g *Graph) prepare(vec []float32) ([]float32, error) {
	if len(vec) != g.opt.Dims {
		return nil, fmt.Errorf("%w: %d instead of %d", ErrDims, len(vec), g.opt.Dims)
	}
	v := make([]float32, len(vec))
	return v, normalise(g.opt.Metric, vec, v)
}

// Delete takes a key out of all later searches and reports whether it was there. Its place stays in the graph as a waypoint
// until Compact.
func (g *Graph) Delete(key uint64) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.core.Load().remove(key)
}

// Has reports whether a key can be found.
func (g *Graph) Has(key uint64) bool {
	_, ok := g.core.Load().slotOf(key)
	return ok
}

// Len is the number of keys.
func (g *Graph) Len() int { return int(g.core.Load().live.Load()) }

// Stats says what a graph holds and what it costs.
type Stats struct {
	Live        int
	Tombstones  int   // deleted and replaced vectors that Compact would drop
	VectorBytes int64 // memory of float32 vectors; 0 with Int8
	CodeBytes   int64 // memory of int8 codes
	LinkBytes   int64 // memory of links on all levels
	OtherBytes  int64 // memory of keys, their map and tombstones, about
	FileBytes   int64 // full vectors on disk, with Int8 and without Vectors
	Levels      []int // vectors, tombstones included, that are on each level and not above
}

// MemoryBytes is what the graph takes in memory.
func (s Stats) MemoryBytes() int64 { return s.VectorBytes + s.CodeBytes + s.LinkBytes + s.OtherBytes }

// NeedsCompact is the rule of thumb for calling Compact: a fifth of the places are dead, and enough to be worth it.
func (s Stats) NeedsCompact() bool {
	return s.Tombstones > 1000 && s.Tombstones*4 > s.Live
}

// Stats counts; it is cheap enough to ask after every batch.
func (g *Graph) Stats() Stats { return g.core.Load().stats() }
