package hnsw_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"islet/vector/hnsw"
)

// small is a graph with everything in it: levels, tombstones, replaced keys.
func small(t testing.TB, n int, o hnsw.Options) *hnsw.Graph {
	t.Helper()
	g := newGraph(t, o)
	for i, v := range clustered(1, n, o.Dims, 5, 0.5) {
		if err := g.Add(uint64(i%(n*9/10)), v); err != nil {
			t.Fatal(err)
		}
	}
	g.Delete(3)
	return g
}

func snapshot(t testing.TB, g *hnsw.Graph) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := g.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func loadBytes(t testing.TB, b []byte, o hnsw.Options) (*hnsw.Graph, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "graph")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if o.Dir == "" {
		o.Dir = filepath.Dir(path)
	}
	g, err := hnsw.Load(path, o)
	if err == nil {
		t.Cleanup(func() { _ = g.Close() })
	}
	return g, err
}

func TestSave_sameInsertsSameBytes(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		o := hnsw.Options{Dims: 20, Seed: 5, Int8: int8}
		a, b := snapshot(t, small(t, 1500, o)), snapshot(t, small(t, 1500, o))
		if !bytes.Equal(a, b) {
			t.Error("two snapshots of the same inserts differ")
		}
		o.Seed = 6
		if bytes.Equal(a, snapshot(t, small(t, 1500, o))) {
			t.Error("another seed made the same graph")
		}
	})
}

func TestLoad_goesOnAsBefore(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		for _, m := range []hnsw.Metric{hnsw.Cosine, hnsw.L2} {
			g := small(t, 2500, hnsw.Options{Dims: 19, Metric: m, Seed: 5, Int8: int8, ExactBelow: -1, M: 8, EfConstruction: 60})
			path := filepath.Join(t.TempDir(), "graph")
			for range 2 { // the second replaces the first
				if err := g.SaveFile(path); err != nil {
					t.Fatal(err)
				}
			}
			h, err := hnsw.Load(path, hnsw.Options{ExactBelow: -1, Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = h.Close() })
			if g.Stats().Live != h.Stats().Live || !reflect.DeepEqual(g.Stats().Levels, h.Stats().Levels) {
				t.Errorf("stats %+v, want %+v", h.Stats(), g.Stats())
			}
			more := clustered(2, 200, 19, 5, 0.5)
			for i, v := range more {
				for _, x := range []*hnsw.Graph{g, h} {
					if err := x.Add(uint64(5000+i), v); err != nil {
						t.Fatal(err)
					}
					x.Delete(uint64(10 + i))
				}
			}
			for _, q := range more[:20] {
				want, _ := g.Search(q, 10, 0, nil)
				if got, err := h.Search(q, 10, 0, nil); err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("%v, %v, want %v", got, err, want)
				}
			}
			if !bytes.Equal(snapshot(t, g), snapshot(t, h)) {
				t.Error("the loaded graph went another way")
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.tmp")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		}
	})
}

func TestLoad_empty(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		g, err := loadBytes(t, snapshot(t, newGraph(t, hnsw.Options{Dims: 3, Int8: int8})), hnsw.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Add(1, []float32{1, 2, 3}); err != nil || g.Len() != 1 {
			t.Error(err)
		}
	})
}

func TestLoad_otherOptions(t *testing.T) {
	has := func(uint64, []float32) bool { return true }
	b := snapshot(t, small(t, 100, hnsw.Options{Dims: 4, Int8: true, Vectors: has}))
	for _, o := range []hnsw.Options{{}, {Dims: 5, Int8: true, Vectors: has}, {Dims: 4, Vectors: has}, {Dims: 4, Int8: true, Metric: hnsw.L2, Vectors: has}} {
		if _, err := loadBytes(t, b, o); !errors.Is(err, hnsw.ErrOptions) {
			t.Errorf("%+v: %v, want ErrOptions", o, err)
		}
	}
	if _, err := loadBytes(t, b, hnsw.Options{Dims: 4, Int8: true, Vectors: has}); err != nil {
		t.Error(err)
	}
	if _, err := hnsw.Load(filepath.Join(t.TempDir(), "none"), hnsw.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want ErrNotExist", err)
	}
}

// TestLoad_damage flips every byte of the header and frames and many of the rest, and cuts and lengthens the file.
func TestLoad_damage(t *testing.T) {
	everyKind(t, func(t *testing.T, int8 bool) {
		whole := snapshot(t, small(t, 30, hnsw.Options{Dims: 3, Int8: int8, M: 2}))
		path := filepath.Join(t.TempDir(), "graph")
		damaged := func(b []byte, what string, at int) {
			t.Helper()
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := hnsw.Load(path, hnsw.Options{}); !errors.Is(err, hnsw.ErrDamaged) {
				t.Fatalf("%s at %d: %v, want ErrDamaged", what, at, err)
			}
		}
		r := rand.New(rand.NewPCG(1, 1))
		for at := range whole {
			b := bytes.Clone(whole)
			b[at] ^= byte(1 + r.IntN(255))
			damaged(b, "flip", at)
		}
		for cut := 0; cut < len(whole); cut += 1 + r.IntN(20) {
			damaged(whole[:cut], "cut", cut)
		}
		damaged(append(bytes.Clone(whole), 0), "one more byte", len(whole))
		damaged([]byte("PK\x03\x04 something else, but long enough to be read as a header of the right size, is it not?"), "foreign", 0)
	})
}

// TestLoad_forged damages with right checksums: nothing may panic, hang or take memory that the file does not justify.
func TestLoad_forged(t *testing.T) {
	whole := snapshot(t, small(t, 60, hnsw.Options{Dims: 4, M: 2, ExactBelow: -1}))
	r := rand.New(rand.NewPCG(2, 1))
	refused := 0
	for range 1500 {
		b := bytes.Clone(whole)
		for range 1 + r.IntN(3) {
			at := 8 + r.IntN(len(b)-8)
			switch r.IntN(3) {
			case 0:
				b[at] = byte(r.Uint32())
			case 1:
				b[at] ^= 1 << r.IntN(8)
			default:
				b[at] = 0xff
			}
		}
		seal(b)
		if !survives(t, b) {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no forged file was refused")
	}
}

// seal puts right checksums on the header and every section that is still where its frame says.
func seal(b []byte) {
	hnsw.SealHeader(b)
	for at := hnsw.HeaderSize; at+16 <= len(b); {
		length := binary.LittleEndian.Uint64(b[at+4:])
		if length > uint64(len(b)-at-16) {
			return
		}
		hnsw.SealSection(b, at, int(length))
		at += 16 + int(length)
	}
}

// survives loads and uses a file and reports whether it was taken.
func survives(t testing.TB, b []byte) bool {
	g, err := loadBytes(t, b, hnsw.Options{ExactBelow: -1})
	if err != nil {
		return false
	}
	q := make([]float32, g.Options().Dims)
	q[0] = 1
	for i := range 5 {
		_, _ = g.Search(q, 5, 10, nil)
		_, _ = g.Search(q, 5, 10, func(k uint64) bool { return k%3 == 0 })
		_ = g.Add(uint64(i), q)
		g.Delete(uint64(i + 2))
	}
	_ = g.Compact(t.Context())
	return true
}

func FuzzLoad(f *testing.F) {
	f.Add(snapshot(f, small(f, 30, hnsw.Options{Dims: 3, M: 2})))
	f.Add(snapshot(f, small(f, 30, hnsw.Options{Dims: 3, M: 2, Int8: true})))
	f.Add([]byte("islhnsw\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= hnsw.HeaderSize {
			seal(b)
		}
		survives(t, b)
	})
}
