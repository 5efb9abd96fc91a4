package hnsw_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"islet/vector/hnsw"
)

// TestGraph_concurrent has inserts, deletes, searches, snapshots and a compaction at the same time, and then looks whether
// everything is there.
func TestGraph_concurrent(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		all := clustered(20, 3050, 16, 20, 0.6)
		data, queries := all[:3000], all[3000:]
		g := newGraph(t, hnsw.Options{Dims: 16, Int8: int8, ExactBelow: 50, EfConstruction: 80})
		addAll(t, g, data[:500])
		var next atomic.Int64
		next.Store(500)
		var writers, readers sync.WaitGroup
		done := make(chan struct{})
		for range 3 {
			writers.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(data)); i = next.Add(1) - 1 {
					_ = g.Add(uint64(i), data[i])
					if i%3 == 0 {
						_ = g.Add(uint64(i-400), data[i-400]) // again
					}
				}
			})
		}
		writers.Go(func() {
			for range 3 {
				if err := g.Compact(t.Context()); err != nil {
					t.Error(err)
				}
				snapshot(t, g)
			}
		})
		for w := range 2 {
			readers.Go(func() {
				for i := w; ; i++ {
					select {
					case <-done:
						return
					default:
					}
					hits, err := g.Search(queries[i%len(queries)], 10, 0, nil)
					if err != nil || len(hits) != 10 {
						t.Errorf("%v, %v", hits, err)
						return
					}
					seen := map[uint64]bool{}
					for _, h := range hits {
						if seen[h.Key] {
							t.Errorf("key %d twice", h.Key)
						}
						seen[h.Key] = true
					}
				}
			})
		}
		writers.Wait()
		close(done)
		readers.Wait()
		if g.Len() != len(data) {
			t.Errorf("Len = %d, want %d", g.Len(), len(data))
		}
		if r := meanRecall(t, g, data, queries, 10, 0, nil); r < 0.95 {
			t.Errorf("recall %.3f, want 0.95", r)
		}
	})
}

// TestSoakGraph runs a million random operations from two goroutines, each on its own keys, and measures recall on the way.
func TestSoakGraph(t *testing.T) {
	if os.Getenv("ISLET_SOAK") == "" {
		t.Skip("set ISLET_SOAK=1")
	}
	everyKind(t, func(t *testing.T, int8 bool) {
		const keys, dims, workers, rounds = 6000, 12, 2, 10
		perRound := 500_000 / workers / rounds
		pool := clustered(21, 40_000, dims, 100, 0.6)
		queries := clustered(21, 40_200, dims, 100, 0.6)[40_000:]
		data := make([][]float32, keys)
		g := newGraph(t, hnsw.Options{Dims: dims, Int8: int8, ExactBelow: -1, EfConstruction: 40, M: 16})
		var adds, deletes, searches, compacts atomic.Int64
		start := time.Now()
		for round := range rounds {
			var wg sync.WaitGroup
			for w := range workers {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(uint64(round), uint64(w)))
					for range perRound {
						key := r.IntN(keys/workers)*workers + w
						switch x := r.IntN(100); {
						case x < 20:
							data[key] = pool[r.IntN(len(pool))]
							if err := g.Add(uint64(key), data[key]); err != nil {
								t.Error(err)
							}
							adds.Add(1)
						case x < 30:
							if got, want := g.Delete(uint64(key)), data[key] != nil; got != want {
								t.Errorf("Delete(%d) = %v, want %v", key, got, want)
							}
							data[key] = nil
							deletes.Add(1)
						default:
							var f hnsw.Filter
							if x > 95 {
								f = func(k uint64) bool { return k%10 == 0 }
							}
							if _, err := g.Search(queries[r.IntN(len(queries))], 10, 32, f); err != nil {
								t.Error(err)
							}
							searches.Add(1)
						}
					}
				})
			}
			stop := make(chan struct{})
			var compactor sync.WaitGroup
			compactor.Go(func() {
				for tick := time.NewTicker(time.Second); ; {
					select {
					case <-stop:
						tick.Stop()
						return
					case <-tick.C:
					}
					if g.Stats().NeedsCompact() {
						compacts.Add(1)
						if err := g.Compact(t.Context()); err != nil {
							t.Error(err)
						}
					}
				}
			})
			wg.Wait()
			close(stop)
			compactor.Wait()
			all, tenth := meanRecall(t, g, data, queries, 10, 0, nil), meanRecall(t, g, data, queries, 10, 0, func(k uint64) bool { return k%10 == 0 })
			s := g.Stats()
			fmt.Printf("int8=%v round %d, %.0f s: %d adds, %d deletes, %d searches, %d compactions; live %d, tombstones %d; recall %.4f, filtered %.4f\n",
				int8, round, time.Since(start).Seconds(), adds.Load(), deletes.Load(), searches.Load(), compacts.Load(), s.Live, s.Tombstones, all, tenth)
			if all < 0.95 || tenth < 0.95 {
				t.Errorf("recall %.4f, filtered %.4f, want 0.95", all, tenth)
			}
		}
	})
}
