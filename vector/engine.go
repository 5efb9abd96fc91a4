package vector

import (
	"context"
	"fmt"

	"islet/vector/hnsw"
)

// The engines that find near vectors.
const (
	EngineOwn   = "hnsw"  // package hnsw; the default
	EngineCoder = "coder" // github.com/coder/hnsw, a baseline: it misses most of what it should find, and is not built on Windows
)

// engine finds near vectors. Its methods may be called from any goroutine, but changes come from one at a time.
type engine interface {
	// add puts a vector under a key, in place of the one that was there. The vector is copied.
	add(key uint64, vec []float32) error
	// remove takes a key out of all later searches.
	remove(key uint64)
	// search finds the k keys closest to q that allow says yes to, closest first; nil allows all.
	search(q []float32, k int, allow hnsw.Filter) ([]hnsw.Hit, error)
	// exact is search by looking at every vector.
	exact(q []float32, k int) ([]hnsw.Hit, error)
	// compact drops what is dead; searches and changes go on meanwhile.
	compact(ctx context.Context) error
	// save writes a snapshot to a file that did not exist, and syncs it.
	save(path string) error
	stats() engineStats
	close() error
}

type engineStats struct {
	live, dead  int
	memory      int64 // bytes
	int8        bool
	needCompact bool
}

// shape is what an engine is made for.
type shape struct {
	dims   int
	metric hnsw.Metric
	seed   uint64
	int8   bool
	dir    string // for files that the engine needs while it runs
}

// newEngine makes an empty engine, or one from a snapshot if path is not empty.
func newEngine(name string, s shape, path string) (engine, error) {
	switch name {
	case EngineOwn:
		return newOwn(s, path)
	case EngineCoder:
		return newCoder(s, path)
	}
	return nil, fmt.Errorf("vector: no engine %q", name)
}

// own is package hnsw as an engine.
type own struct{ g *hnsw.Graph }

var _ engine = (*own)(nil)

func newOwn(s shape, path string) (engine, error) {
	o := hnsw.Options{Dims: s.dims, Metric: s.metric, Seed: s.seed, Int8: s.int8, Dir: s.dir}
	var g *hnsw.Graph
	var err error
	if path == "" {
		g, err = hnsw.New(o)
	} else {
		g, err = hnsw.Load(path, o)
	}
	if err != nil {
		return nil, err
	}
	return &own{g: g}, nil
}

func (e *own) add(key uint64, vec []float32) error { return e.g.Add(key, vec) }
func (e *own) remove(key uint64)                   { e.g.Delete(key) }

func (e *own) search(q []float32, k int, allow hnsw.Filter) ([]hnsw.Hit, error) {
	return e.g.Search(q, k, max(breadth, 2*k), allow)
}

// breadth is how broad a search walks the graph at least.
const breadth = 96

func (e *own) exact(q []float32, k int) ([]hnsw.Hit, error) { return e.g.Exact(q, k, nil) }
func (e *own) compact(ctx context.Context) error            { return e.g.Compact(ctx) }
func (e *own) save(path string) error                       { return e.g.SaveFile(path) }
func (e *own) close() error                                 { return e.g.Close() }

func (e *own) stats() engineStats {
	s := e.g.Stats()
	return engineStats{live: s.Live, dead: s.Tombstones, memory: s.MemoryBytes(), int8: e.g.Options().Int8, needCompact: s.NeedsCompact()}
}
