package hnsw_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"islet/vector/hnsw"
)

// everyKind runs a test for float32 and int8.
func everyKind(t *testing.T, test func(t *testing.T, int8 bool)) {
	for _, int8 := range []bool{false, true} {
		t.Run(fmt.Sprintf("int8=%v", int8), func(t *testing.T) { test(t, int8) })
	}
}

func TestSearch_findsWhatAScanFinds(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		for _, m := range []hnsw.Metric{hnsw.Cosine, hnsw.Dot, hnsw.L2} {
			for _, dims := range []int{1, 2, 3, 7, 8, 9, 16, 31, 33, 64, 100, 130} {
				all := clustered(uint64(dims), 1020, dims, 20, 0.6)
				data, queries := all[:1000], all[1000:]
				g := newGraph(t, hnsw.Options{Dims: dims, Metric: m, Int8: int8, ExactBelow: -1, EfConstruction: 100})
				addAll(t, g, data)
				// Codes of one or two dimensions have a handful of directions: the hits are ranked right but drawn from many ties.
				if r := meanRecall(t, g, data, queries, 10, 100, nil); r < 0.95 && (!int8 || dims > 2) {
					t.Errorf("metric %d, %d dimensions: recall %.3f, want 0.95", m, dims, r)
				}
			}
		}
	})
}

func TestSearch_distancesAreTheMetric(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		for _, m := range []hnsw.Metric{hnsw.Cosine, hnsw.Dot, hnsw.L2} {
			data := clustered(3, 2200, 37, 30, 0.5)
			g := newGraph(t, hnsw.Options{Dims: 37, Metric: m, Int8: int8})
			addAll(t, g, data)
			hits, err := g.Search(data[5], 10, 0, nil)
			if err != nil || len(hits) != 10 {
				t.Fatal(hits, err)
			}
			for i, h := range hits {
				want := trueDistance(m, data[5], data[h.Key])
				if math.Abs(float64(h.Distance)-want) > 1e-3*(1+math.Abs(want)) {
					t.Errorf("metric %d: distance of %d is %v, want %v", m, h.Key, h.Distance, want)
				}
				if i > 0 && h.Distance < hits[i-1].Distance {
					t.Errorf("metric %d: hits are not sorted: %v", m, hits)
				}
			}
		}
	})
}

func TestSearch_filters(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		all := clustered(4, 5030, 48, 40, 0.6)
		data, queries := all[:5000], all[5000:]
		g := newGraph(t, hnsw.Options{Dims: 48, Int8: int8, ExactBelow: -1}) // so that filters meet the graph, too
		addAll(t, g, data)
		for _, mod := range []uint64{2, 10, 30, 100, 2000} {
			f := func(key uint64) bool { return key%mod == 0 }
			if r := meanRecall(t, g, data, queries, 10, 0, f); r < 0.95 {
				t.Errorf("1 of %d allowed: recall %.3f, want 0.95", mod, r)
			}
		}
		if hits, err := g.Search(queries[0], 10, 0, func(uint64) bool { return false }); err != nil || len(hits) != 0 {
			t.Errorf("nothing allowed: %v, %v", hits, err)
		}
	})
}

// TestSearch_filterFarFromTheQuery is the hard case: what is allowed lies where the query is not.
func TestSearch_filterFarFromTheQuery(t *testing.T) {
	data := clustered(5, 6000, 24, 1, 0.3)
	for i := range 2000 {
		for j := range data[i] {
			data[i][j] += 10
		}
	}
	g := newGraph(t, hnsw.Options{Dims: 24, Metric: hnsw.L2, ExactBelow: -1})
	addAll(t, g, data)
	for _, n := range []uint64{300, 500, 2000} {
		f := func(key uint64) bool { return key < n }
		if r := meanRecall(t, g, data, data[5900:], 10, 0, f); r < 0.95 {
			t.Errorf("%d allowed: recall %.3f, want 0.95", n, r)
		}
	}
}

func TestDelete_keepsRecall(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		all := clustered(6, 4030, 40, 30, 0.6)
		data, queries := all[:4000], all[4000:]
		fresh := clustered(7, 4000, 40, 30, 0.6)
		g := newGraph(t, hnsw.Options{Dims: 40, Int8: int8, ExactBelow: -1})
		addAll(t, g, data)
		for i := range data {
			switch i % 10 {
			case 0, 1, 2:
				if !g.Delete(uint64(i)) {
					t.Fatalf("key %d was not there", i)
				}
				data[i] = nil
			case 3, 4, 5:
				data[i] = fresh[i]
				if err := g.Add(uint64(i), data[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if s := g.Stats(); s.Live != 2800 || s.Tombstones != 2400 || !s.NeedsCompact() {
			t.Errorf("stats %+v", s)
		}
		if r := meanRecall(t, g, data, queries, 10, 0, nil); r < 0.95 {
			t.Errorf("recall %.3f after deletes and updates, want 0.95", r)
		}
		if err := g.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := g.Stats(); s.Live != 2800 || s.Tombstones != 0 {
			t.Errorf("stats after Compact %+v", s)
		}
		if r := meanRecall(t, g, data, queries, 10, 0, nil); r < 0.95 {
			t.Errorf("recall %.3f after Compact, want 0.95", r)
		}
	})
}

// TestDelete_wholeRegion deletes all that is near the query: the hits are elsewhere.
func TestDelete_wholeRegion(t *testing.T) {
	data := clustered(8, 4000, 24, 2, 0.2)
	g := newGraph(t, hnsw.Options{Dims: 24, ExactBelow: -1})
	addAll(t, g, data)
	q := data[0]
	for i, v := range data {
		if trueDistance(hnsw.Cosine, q, v) < 0.5 {
			g.Delete(uint64(i))
			data[i] = nil
		}
	}
	if r := meanRecall(t, g, data, [][]float32{q}, 10, 0, nil); r < 0.95 {
		t.Errorf("recall %.3f, want 0.95", r)
	}
}

func TestAdd_twinsDoNotHideOthers(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		data := clustered(9, 4000, 32, 20, 0.6)
		for i := 500; i < 2000; i++ {
			data[i] = data[500] // a page footer
		}
		g := newGraph(t, hnsw.Options{Dims: 32, Int8: int8, ExactBelow: -1})
		addAll(t, g, data)
		if r := meanRecall(t, g, data, data[1990:2040], 10, 0, nil); r < 0.95 {
			t.Errorf("recall %.3f, want 0.95", r)
		}
	})
}

func TestAdd_refuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name string
		m    hnsw.Metric
		v    []float32
		want error
	}{
		{"short", hnsw.Cosine, []float32{1}, hnsw.ErrDims},
		{"none", hnsw.Dot, nil, hnsw.ErrDims},
		{"nan", hnsw.L2, []float32{1, nan}, hnsw.ErrNotFinite},
		{"infinity", hnsw.Cosine, []float32{inf, 1}, hnsw.ErrNotFinite},
		{"too large", hnsw.Dot, []float32{3e38, 3e38}, hnsw.ErrNotFinite},
		{"zero", hnsw.Cosine, []float32{0, 0}, hnsw.ErrZero},
		{"zero without cosine", hnsw.L2, []float32{0, 0}, nil},
		{"large with cosine", hnsw.Cosine, []float32{3e38, 3e38}, nil},
		{"small", hnsw.Cosine, []float32{1e-44, 1e-44}, nil},
	} {
		for _, int8 := range []bool{false, true} {
			g := newGraph(t, hnsw.Options{Dims: 2, Metric: c.m, Int8: int8})
			if err := g.Add(1, c.v); !errors.Is(err, c.want) {
				t.Errorf("%s: Add: %v, want %v", c.name, err, c.want)
			}
			if _, err := g.Search(c.v, 1, 0, nil); !errors.Is(err, c.want) {
				t.Errorf("%s: Search: %v, want %v", c.name, err, c.want)
			}
		}
	}
	for _, o := range []hnsw.Options{{}, {Dims: -1}, {Dims: 1 << 20}, {Dims: 2, M: 1}, {Dims: 2, M: 1000}, {Dims: 2, Metric: 9}, {Dims: 2, EfConstruction: -1}} {
		if _, err := hnsw.New(o); !errors.Is(err, hnsw.ErrOptions) {
			t.Errorf("New(%+v): %v, want ErrOptions", o, err)
		}
	}
}

func TestGraph_edges(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		g := newGraph(t, hnsw.Options{Dims: 2, Int8: int8, ExactBelow: -1})
		want := func(k int, keys ...uint64) {
			t.Helper()
			hits, err := g.Search([]float32{1, 0}, k, 0, nil)
			if err != nil || len(hits) != len(keys) {
				t.Fatalf("%v, %v, want %v", hits, err, keys)
			}
			for i, h := range hits {
				if h.Key != keys[i] {
					t.Fatalf("%v, want %v", hits, keys)
				}
			}
		}
		add := func(key uint64, x, y float32) {
			t.Helper()
			if err := g.Add(key, []float32{x, y}); err != nil {
				t.Fatal(err)
			}
		}
		want(5)
		if err := g.Compact(t.Context()); err != nil || g.Delete(1) {
			t.Fatal(err)
		}
		add(7, 1, 0.1)
		want(5, 7)
		want(0)
		add(8, 0, 1)
		want(5, 7, 8)
		want(1, 7)
		add(7, -1, 0) // the same key, elsewhere: the entry point becomes a tombstone
		want(5, 8, 7)
		for range 50 {
			add(7, 1, 0)
		}
		want(5, 7, 8)
		if g.Len() != 2 || !g.Has(7) || g.Has(9) {
			t.Errorf("Len %d", g.Len())
		}
		g.Delete(7)
		g.Delete(8)
		want(5)
		if g.Delete(7) || g.Len() != 0 {
			t.Error("deleted twice")
		}
		add(1<<63|5, 1, 1)
		want(5, 1<<63|5)
		if err := g.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(5, 1<<63|5)
	})
}

// TestGraph_random compares random operations with a map.
func TestGraph_random(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		r := rand.New(rand.NewPCG(10, 1))
		pool := clustered(11, 4000, 12, 30, 0.7)
		data := make([][]float32, 600)
		g := newGraph(t, hnsw.Options{Dims: 12, Metric: hnsw.L2, Int8: int8, ExactBelow: 50})
		live, sum, searches := 0, 0.0, 0
		for i := range 8_000 {
			key := r.IntN(len(data))
			switch r.IntN(6) {
			case 0, 1:
				if data[key] == nil {
					live++
				}
				data[key] = pool[r.IntN(len(pool))]
				if err := g.Add(uint64(key), data[key]); err != nil {
					t.Fatal(err)
				}
			case 2, 3:
				if got, want := g.Delete(uint64(key)), data[key] != nil; got != want {
					t.Fatalf("Delete = %v, want %v", got, want)
				}
				if data[key] != nil {
					live--
				}
				data[key] = nil
			default:
				var f hnsw.Filter
				if mod := uint64(1 + r.IntN(20)); mod < 10 {
					f = func(k uint64) bool { return k%mod == 0 }
				}
				sum += meanRecall(t, g, data, pool[i%len(pool):][:1], 5, 0, f)
				searches++
			}
			if i%2000 == 1999 {
				if err := g.Compact(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if g.Len() != live {
				t.Fatalf("Len = %d, want %d", g.Len(), live)
			}
		}
		if sum/float64(searches) < 0.98 {
			t.Errorf("recall %.3f, want 0.98", sum/float64(searches))
		}
	})
}

func TestVectors_areAskedForInsteadOfAFile(t *testing.T) {
	all := clustered(12, 3050, 64, 30, 0.6)
	data, queries := all[:3000], all[3000:]
	g := newGraph(t, hnsw.Options{Dims: 64, Int8: true, Vectors: func(key uint64, dst []float32) bool {
		copy(dst, data[key])
		return key%7 != 0 // the rest keeps the distance of its code
	}})
	addAll(t, g, data)
	if r := meanRecall(t, g, data, queries, 10, 0, nil); r < 0.95 {
		t.Errorf("recall %.3f, want 0.95", r)
	}
	if s := g.Stats(); s.FileBytes != 0 || s.VectorBytes != 0 || s.CodeBytes == 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestCompact_stopsWithItsContext(t *testing.T) {
	data := clustered(13, 500, 8, 5, 0.5)
	g := newGraph(t, hnsw.Options{Dims: 8})
	addAll(t, g, data)
	g.Delete(3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Compact(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Compact: %v, want Canceled", err)
	}
	if s := g.Stats(); s.Live != 499 || s.Tombstones != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestSearch_withoutAssembly is what other processors do.
func TestSearch_withoutAssembly(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		hnsw.WithoutAssembly(func() {
			all := clustered(14, 1030, 37, 10, 0.6)
			g := newGraph(t, hnsw.Options{Dims: 37, Int8: int8, ExactBelow: -1})
			addAll(t, g, all[:1000])
			if r := meanRecall(t, g, all[:1000], all[1000:], 10, 0, nil); r < 0.95 {
				t.Errorf("recall %.3f, want 0.95", r)
			}
		})
	})
}
