package vector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"islet/vector/hnsw"
)

// manifest says which file is the graph, and what it must hold.
type manifest struct {
	Version int         `json:"version"`
	Seq     uint64      `json:"seq"`
	File    string      `json:"file"` // "": no vector yet
	Size    int64       `json:"size"`
	Sum     uint32      `json:"crc32c"`
	Dims    int         `json:"dims"`
	Metric  hnsw.Metric `json:"metric"`
	Engine  string      `json:"engine"`
	Int8    bool        `json:"int8"`
	Sample  sample      `json:"sample"`
}

const (
	manifestName    = "graph.json"
	manifestVersion = 1
	snapshotPrefix  = "graph-"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Flush puts on disk what was applied before it was called: a snapshot of the graph. It costs the time of writing all vectors.
// Searches go on, changes wait.
func (x *Index) Flush() error {
	x.change.Lock()
	defer x.change.Unlock()
	return x.flush()
}

// flush writes the snapshot under a new name, then the manifest that names it, then removes what no manifest names.
func (x *Index) flush() error {
	x.life.RLock()
	defer x.life.RUnlock()
	if x.closed {
		return ErrClosed
	}
	x.mu.Lock()
	m := manifest{Version: manifestVersion, Seq: x.applied, Dims: x.dims, Metric: x.o.Metric, Engine: x.o.Engine, Sample: x.sample.copy()}
	clean := x.everSaved && x.applied == x.saved
	x.mu.Unlock()
	if clean {
		return nil
	}
	if x.graph != nil {
		m.File, m.Int8 = snapshotPrefix+strconv.FormatUint(m.Seq, 10), x.graph.stats().int8
		path := filepath.Join(x.o.Dir, m.File)
		err := x.graph.save(path)
		if err == nil {
			m.Size, m.Sum, err = sumOf(path)
		}
		if err != nil {
			return fmt.Errorf("write the graph: %w", err)
		}
	}
	if err := m.write(filepath.Join(x.o.Dir, manifestName)); err != nil {
		return fmt.Errorf("write the graph: %w", err)
	}
	x.mu.Lock()
	x.saved, x.everSaved = m.Seq, true
	x.mu.Unlock()
	x.sweep(m.File)
	return nil
}

// sweep removes the snapshots before the one that counts.
func (x *Index) sweep(keep string) {
	entries, err := os.ReadDir(x.o.Dir)
	if err != nil {
		return // the next flush tries again
	}
	for _, e := range entries {
		if n := e.Name(); strings.HasPrefix(n, snapshotPrefix) && n != keep && !e.IsDir() {
			_ = os.Remove(filepath.Join(x.o.Dir, n)) // best effort; the next flush tries again
		}
	}
}

// load reads the manifest and the graph it names. Without one the graph is empty and at change 0.
func (x *Index) load() error {
	raw, err := os.ReadFile(filepath.Join(x.o.Dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return judge(err)
	}
	m, err := readManifest(raw)
	if err != nil {
		return err
	}
	if m.Metric != x.o.Metric || m.Engine != x.o.Engine || x.o.Dims != 0 && m.Dims != 0 && m.Dims != x.o.Dims {
		return fmt.Errorf("%w: it was made for other vectors or another engine", ErrDamaged)
	}
	x.applied, x.saved, x.everSaved, x.sample = m.Seq, m.Seq, true, m.Sample
	if m.Dims != 0 {
		x.dims = m.Dims
	}
	if m.File == "" {
		return nil
	}
	path := filepath.Join(x.o.Dir, filepath.Base(m.File))
	size, sum, err := sumOf(path)
	if err != nil {
		return judge(err)
	}
	if size != m.Size || sum != m.Sum {
		return fmt.Errorf("%w: %s is not as it was written", ErrDamaged, m.File)
	}
	s := x.shape(m.Dims)
	s.int8 = m.Int8
	if x.graph, err = newEngine(x.o.Engine, s, path); err != nil {
		return judge(err)
	}
	return nil
}

// judge says what an error of reading means: what the system refused for another reason than that it is not there is no damage.
func judge(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) && !errors.Is(err, fs.ErrNotExist) && errno != syscall.EINVAL {
		return fmt.Errorf("open index: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// write writes the manifest: a line of JSON, and one with its checksum.
func (m *manifest) write(path string) error {
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	tmp := path + ".new"
	err = writeFile(tmp, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s%08x\n", line, crc32.Checksum(line, castagnoli))
		return err
	})
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func readManifest(raw []byte) (*manifest, error) {
	line, sum, _ := bytes.Cut(raw, []byte("\n"))
	line = raw[:min(len(line)+1, len(raw))]
	if fmt.Sprintf("%08x\n", crc32.Checksum(line, castagnoli)) != string(sum) {
		return nil, fmt.Errorf("%w: %s is not as it was written", ErrDamaged, manifestName)
	}
	m := &manifest{}
	if err := json.Unmarshal(line, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if m.Version != manifestVersion {
		return nil, fmt.Errorf("%w: it was made by another version", ErrDamaged)
	}
	return m, nil
}

// writeFile writes and syncs a file.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// syncDir makes a rename last. Where directories cannot be synced (Windows) that is the system's business.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

// sumOf is the size and the checksum of a file.
func sumOf(path string) (int64, uint32, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = f.Close() }()
	h := crc32.New(castagnoli)
	n, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, 1<<20))
	return n, h.Sum32(), err
}

// sample is some of the vectors, spread evenly, for Check.
type sample struct {
	Keys    []Key       `json:"keys"`
	Vectors [][]float32 `json:"vectors"`
}

const sampleSize = 50

// take keeps the vectors with the smallest scattered keys, so that each vector is as likely in it.
func (s *sample) take(k Key, v []float32) {
	if i := slices.Index(s.Keys, k); i >= 0 {
		s.Vectors[i] = slices.Clone(v)
		return
	}
	if len(s.Keys) < sampleSize {
		s.Keys, s.Vectors = append(s.Keys, k), append(s.Vectors, slices.Clone(v))
		return
	}
	worst := 0
	for i, have := range s.Keys {
		if scatter(have) > scatter(s.Keys[worst]) {
			worst = i
		}
	}
	if scatter(k) < scatter(s.Keys[worst]) {
		s.Keys[worst], s.Vectors[worst] = k, slices.Clone(v)
	}
}

func (s *sample) copy() sample {
	return sample{Keys: slices.Clone(s.Keys), Vectors: slices.Clone(s.Vectors)}
}

// scatter spreads the bits of a key (the finaliser of splitmix64).
func scatter(k Key) uint64 {
	z := uint64(k) + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Check measures recall@10: the share of the ten truly nearest vectors that Near finds, over 50 vectors spread over the index.
// 1 where there are none. Below 0.95 the index should be built anew.
func (x *Index) Check(ctx context.Context) (recall float64, err error) {
	const k = 10
	x.mu.Lock()
	s := x.sample.copy()
	x.mu.Unlock()
	x.life.RLock()
	defer x.life.RUnlock()
	if x.closed {
		return 0, ErrClosed
	}
	if x.graph == nil || len(s.Vectors) == 0 {
		return 1, nil
	}
	found, want := 0, 0
	for _, v := range s.Vectors {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		truth, err := x.graph.exact(v, k)
		if err != nil {
			return 0, err
		}
		hits, err := x.graph.search(v, k, nil)
		if err != nil {
			return 0, err
		}
		if len(truth) == 0 {
			continue
		}
		limit := truth[len(truth)-1].Distance // one as near as the last is as good
		limit += float32(math.Abs(float64(limit)))*1e-5 + 1e-6
		want += len(truth)
		for _, h := range hits {
			if h.Distance <= limit {
				found++
			}
		}
	}
	if want == 0 {
		return 1, nil
	}
	return float64(min(found, want)) / float64(want), nil
}
