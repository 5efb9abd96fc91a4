//go:build !windows

package vector

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"slices"
	"sync"

	coderhnsw "github.com/coder/hnsw"

	"islet/vector/hnsw"
)

// coder is github.com/coder/hnsw v0.6.1 as an engine. That release panics after deletes and when a key comes twice, so each
// vector gets a number of its own and what was deleted or replaced is left out of the hits; it finds a fraction of the nearest
// vectors only (its recall is printed by the tests). It is here as a baseline, and to be taken up again by a switch once a
// release has the repairs.
type coder struct {
	mu    sync.RWMutex // guards all; the library is not safe for concurrent use
	shape shape
	g     *coderhnsw.Graph[uint64]
	keys  map[uint64]uint64 // by number
	now   map[uint64]uint64 // number by key
	last  uint64
}

var _ engine = (*coder)(nil)

func newCoder(s shape, path string) (e engine, err error) {
	c := &coder{shape: s}
	if s.metric == hnsw.Dot {
		return nil, errors.New("vector: engine coder knows no inner product")
	}
	c.clear()
	if path == "" {
		return c, nil
	}
	return c, guarded(func() error { return c.load(path) })
}

// guarded makes a panic of the library an error.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("vector: engine coder failed: %v", p)
		}
	}()
	return fn()
}

func (c *coder) clear() {
	c.g = coderhnsw.NewGraph[uint64]()
	c.g.Rng = rand.New(rand.NewSource(int64(c.shape.seed)))
	c.g.EfSearch = breadth
	if c.shape.metric == hnsw.L2 {
		c.g.Distance = coderhnsw.EuclideanDistance
	}
	c.keys, c.now, c.last = map[uint64]uint64{}, map[uint64]uint64{}, 0
}

func (c *coder) add(key uint64, vec []float32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return guarded(func() error { return c.put(key, vec) })
}

func (c *coder) put(key uint64, vec []float32) error {
	if len(vec) != c.shape.dims {
		return hnsw.ErrDims
	}
	c.last++
	c.g.Add(coderhnsw.MakeNode(c.last, slices.Clone(vec)))
	if old, ok := c.now[key]; ok {
		delete(c.keys, old)
	}
	c.now[key], c.keys[c.last] = c.last, key
	return nil
}

func (c *coder) remove(key uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, ok := c.now[key]; ok {
		delete(c.keys, n)
		delete(c.now, key)
	}
}

// search asks for more than k, as dead and refused vectors are among the answers; where that is not enough it looks at all.
func (c *coder) search(q []float32, k int, allow hnsw.Filter) (hits []hnsw.Hit, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if len(q) != c.shape.dims {
		return nil, hnsw.ErrDims
	}
	err = guarded(func() error {
		want := min(4*k+len(c.now)/8, c.g.Len())
		if want == 0 {
			return nil
		}
		for _, n := range c.g.Search(q, want) {
			if key, ok := c.keys[n.Key]; ok && (allow == nil || allow(key)) {
				hits = append(hits, hnsw.Hit{Key: key, Distance: c.distance(q, n.Value)})
			}
		}
		if len(hits) < min(k, len(c.now)) {
			hits = c.scan(q, allow)
		}
		return nil
	})
	return closest(hits, k), err
}

func (c *coder) exact(q []float32, k int) (hits []hnsw.Hit, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	err = guarded(func() error { hits = c.scan(q, nil); return nil })
	return closest(hits, k), err
}

func (c *coder) scan(q []float32, allow hnsw.Filter) (hits []hnsw.Hit) {
	for key, n := range c.now {
		if v, ok := c.g.Lookup(n); ok && (allow == nil || allow(key)) {
			hits = append(hits, hnsw.Hit{Key: key, Distance: c.distance(q, v)})
		}
	}
	return hits
}

// distance is that of package hnsw, which squares Euclid's.
func (c *coder) distance(a, b []float32) float32 {
	d := c.g.Distance(a, b)
	if c.shape.metric == hnsw.L2 {
		d *= d
	}
	return d
}

func closest(hits []hnsw.Hit, k int) []hnsw.Hit {
	slices.SortFunc(hits, func(a, b hnsw.Hit) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Key, b.Key))
	})
	return hits[:min(k, len(hits))]
}

// compact builds the graph anew from what is live.
func (c *coder) compact(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, live := c.g, c.now
	numbers := make([]uint64, 0, len(live))
	byNumber := map[uint64]uint64{}
	for key, n := range live {
		numbers = append(numbers, n)
		byNumber[n] = key
	}
	slices.Sort(numbers)
	fresh := &coder{shape: c.shape}
	fresh.clear()
	err := guarded(func() error {
		for _, n := range numbers {
			if err := ctx.Err(); err != nil {
				return err
			}
			v, _ := old.Lookup(n)
			if err := fresh.put(byNumber[n], v); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		c.g, c.keys, c.now, c.last = fresh.g, fresh.keys, fresh.now, fresh.last
	}
	return err
}

// saved stands as one line before the library's own bytes.
type saved struct {
	Last uint64            `json:"last"`
	Now  map[uint64]uint64 `json:"now"`
}

func (c *coder) save(path string) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return writeFile(path, func(w io.Writer) error {
		if err := json.NewEncoder(w).Encode(saved{Last: c.last, Now: c.now}); err != nil {
			return err
		}
		return guarded(func() error { return c.g.Export(w) })
	})
}

// load trusts the file: its checksum is the index's business.
func (c *coder) load(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	r := bufio.NewReader(f)
	line, err := r.ReadBytes('\n')
	if err != nil {
		return err
	}
	var s saved
	if err := json.Unmarshal(line, &s); err != nil {
		return err
	}
	if err := c.g.Import(r); err != nil {
		return err
	}
	c.last, c.now = s.Last, s.Now
	for key, n := range s.Now {
		c.keys[n] = key
	}
	return nil
}

func (c *coder) stats() engineStats {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n := c.g.Len()
	return engineStats{live: len(c.now), dead: n - len(c.now), memory: int64(n) * int64(4*c.shape.dims+64*c.g.M),
		needCompact: n > 256 && 2*len(c.now) < n}
}

func (c *coder) close() error { return nil }
