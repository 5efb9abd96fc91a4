package hnsw_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"islet/vector/hnsw"
)

// clustered makes vectors around centres, as embeddings of texts about the same things lie.
func clustered(seed uint64, n, dims, centres int, spread float64) [][]float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	cs := make([][]float32, centres)
	for i := range cs {
		cs[i] = make([]float32, dims)
		for j := range cs[i] {
			cs[i][j] = float32(r.NormFloat64())
		}
	}
	out := make([][]float32, n)
	for i := range out {
		centre := cs[r.IntN(centres)]
		out[i] = make([]float32, dims)
		for j := range out[i] {
			out[i][j] = centre[j] + float32(spread*r.NormFloat64())
		}
	}
	return out
}

// trueDistance is the plain definition of the metrics.
func trueDistance(m hnsw.Metric, a, b []float32) float64 {
	var dot, aa, bb, l2 float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb, l2 = dot+x*y, aa+x*x, bb+y*y, l2+(x-y)*(x-y)
	}
	switch m {
	case hnsw.Dot:
		return -dot
	case hnsw.L2:
		return l2
	default:
		return 1 - dot/math.Sqrt(aa*bb)
	}
}

// recall is the share of the k truly closest of data (nil: not there) that are among hits, by distance: of several equally
// far any is right.
func recall(m hnsw.Metric, data [][]float32, q []float32, k int, hits []hnsw.Hit, f hnsw.Filter) float64 {
	var all []float64
	for i, v := range data {
		if v != nil && (f == nil || f(uint64(i))) {
			all = append(all, trueDistance(m, q, v))
		}
	}
	slices.Sort(all)
	k = min(k, len(all))
	if k == 0 {
		return 1
	}
	bound := all[k-1]*(1+1e-5) + 1e-6
	if all[k-1] < 0 {
		bound = all[k-1]*(1-1e-5) + 1e-6
	}
	right := 0
	for _, h := range hits {
		if trueDistance(m, q, data[h.Key]) <= bound {
			right++
		}
	}
	return float64(right) / float64(k)
}

func newGraph(t testing.TB, o hnsw.Options) *hnsw.Graph {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	g, err := hnsw.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g
}

func addAll(t testing.TB, g *hnsw.Graph, data [][]float32) {
	t.Helper()
	for i, v := range data {
		if err := g.Add(uint64(i), v); err != nil {
			t.Fatal(err)
		}
	}
}

// meanRecall searches for every query.
func meanRecall(t testing.TB, g *hnsw.Graph, data, queries [][]float32, k, ef int, f hnsw.Filter) float64 {
	t.Helper()
	sum := 0.0
	for _, q := range queries {
		hits, err := g.Search(q, k, ef, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			if data[h.Key] == nil || f != nil && !f(h.Key) {
				t.Fatalf("key %d is deleted or not allowed", h.Key)
			}
		}
		sum += recall(g.Options().Metric, data, q, k, hits, f)
	}
	return sum / float64(len(queries))
}

// stream makes clustered vectors one by one, for sets that should not be in memory.
type stream struct {
	r       *rand.Rand
	centres [][]float32
	spread  float64
}

func newStream(seed uint64, dims, centres int, spread float64) *stream {
	return &stream{rand.New(rand.NewPCG(seed, 2)), clustered(seed, centres, dims, centres, 1), spread}
}

// next is valid until the next call only if the caller copies it.
func (s *stream) next() []float32 {
	v := append([]float32(nil), s.centres[s.r.IntN(len(s.centres))]...)
	for i := range v {
		v[i] += float32(s.spread * s.r.NormFloat64())
	}
	return v
}

func common(a, b []hnsw.Hit) int {
	n := 0
	for _, x := range a {
		if slices.ContainsFunc(b, func(y hnsw.Hit) bool { return x.Key == y.Key }) {
			n++
		}
	}
	return n
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// residentMiB is the memory of this process; 0 where the system does not tell.
func residentMiB() int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(b), "VmRSS:")
	var kib int
	_, _ = fmt.Sscan(after, &kib)
	return kib / 1024
}
