package hnsw_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"islet/vector/hnsw"
)

// TestKernels_agreeWithPlainGo runs whatever the processor offers on every width a graph can have up to 300, with several
// chunks, one id and many.
func TestKernels_agreeWithPlainGo(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for width := 8; width <= 304; width += 8 {
		table := make([][]float32, 3)
		for i := range table {
			table[i] = make([]float32, 1024*width)
			for j := range table[i] {
				table[i][j] = float32(r.NormFloat64())
			}
		}
		q := table[1][:width]
		ids := manyIDs(r, 3*1024)
		got, want := make([]float32, len(ids)), make([]float32, len(ids))
		hnsw.RowsDot(q, table, ids, 1, got)
		hnsw.PlainDot(q, table, ids, 1, want)
		near(t, "dot", width, got, want)
		hnsw.RowsL2(q, table, ids, got)
		hnsw.PlainL2(q, table, ids, want)
		near(t, "l2", width, got, want)
	}
}

func TestKernels_codesAgreeWithPlainGo(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for width := 16; width <= 528; width += 16 {
		stride, meta := width+16, width
		table := make([][]uint8, 2)
		for i := range table {
			table[i] = make([]uint8, 1024*stride)
			for j := range table[i] {
				table[i][j] = uint8(r.Uint32())
			}
			for row := range 1024 {
				at := table[i][row*stride+meta:]
				binary.LittleEndian.PutUint32(at, math.Float32bits(r.Float32()))
				binary.LittleEndian.PutUint32(at[4:], math.Float32bits(r.Float32()))
			}
		}
		extremes(table[0][:width])
		q, plain := make([]int16, width), make([]int16, width)
		if got, want := hnsw.WidenRow(q, table[0][:width]), hnsw.PlainWiden(plain, table[0][:width]); got != want || !slices.Equal(q, plain) {
			t.Fatalf("widen %d: %v sum %d, want %v sum %d", width, q, got, plain, want)
		}
		ids := manyIDs(r, 2*1024)
		got, want := make([]float32, len(ids)), make([]float32, len(ids))
		hnsw.RowsCodes(q, table, ids, stride, meta, 1, -0.5, 3, got)
		hnsw.PlainCodes(q, table, ids, stride, meta, 1, -0.5, 3, want)
		near(t, "codes", width, got, want)
	}
}

// extremes puts the largest codes into a row: no sum may overflow.
func extremes(row []uint8) {
	for i := range row {
		row[i] = uint8(1 + 254*(i%2))
	}
}

func manyIDs(r *rand.Rand, slots int) []uint32 {
	ids := make([]uint32, 1+r.IntN(40))
	for i := range ids {
		ids[i] = uint32(r.IntN(slots))
	}
	ids[0] = uint32(slots - 1)
	return ids
}

func near(t *testing.T, what string, width int, got, want []float32) {
	t.Helper()
	for i := range got {
		if math.Abs(float64(got[i]-want[i])) > 1e-4*(float64(width)+math.Abs(float64(want[i]))) {
			t.Fatalf("%s, width %d, row %d: %v, want %v", what, width, i, got[i], want[i])
		}
	}
}

func TestSimilarity_isLargerForCloser(t *testing.T) {
	for _, c := range []struct {
		m    hnsw.Metric
		d    float32
		want float32
	}{{hnsw.Cosine, 0, 1}, {hnsw.Cosine, 1.25, -0.25}, {hnsw.Dot, -3, 3}, {hnsw.L2, 0, 1}, {hnsw.L2, 9, 0.25}} {
		if got := hnsw.Similarity(c.m, c.d); got != c.want {
			t.Errorf("Similarity(%d, %v) = %v, want %v", c.m, c.d, got, c.want)
		}
	}
}
