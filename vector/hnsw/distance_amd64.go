package hnsw

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// avx2 is whether the kernels in assembly can run; a test turns it off. Kernels with AVX-512 were tried: at 100 and 384
// dimensions they were no faster, as both wait for memory.
var avx2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// kernelName is what the distances are computed with.
func kernelName() string {
	if avx2 {
		return "AVX2"
	}
	return "plain Go"
}

//go:noescape
func dotAVX2(q *float32, table *[]float32, ids *uint32, n, stride int, c float32, out *float32)

//go:noescape
func l2AVX2(q *float32, table *[]float32, ids *uint32, n, stride int, out *float32)

//go:noescape
func int8AVX2(q *int16, table *[]uint8, ids *uint32, n, stride, width, meta int, sum int32, a, b, c float32, out *float32)

//go:noescape
func widenAVX2(dst *int16, src *uint8, n int) int32

// prefetchLines asks for the two cache lines at p.
//
//go:noescape
func prefetchLines(p unsafe.Pointer)

func rowsDot(q []float32, table [][]float32, ids []uint32, c float32, out []float32) {
	if !avx2 {
		plainDot(q, table, ids, c, out)
		return
	}
	dotAVX2(&q[0], &table[0], &ids[0], len(ids), len(q), c, &out[0])
}

func rowsL2(q []float32, table [][]float32, ids []uint32, out []float32) {
	if !avx2 {
		plainL2(q, table, ids, out)
		return
	}
	l2AVX2(&q[0], &table[0], &ids[0], len(ids), len(q), &out[0])
}

func rowsInt8(q *query, table [][]uint8, ids []uint32, stride, width, meta int, out []float32) {
	if !avx2 {
		plainInt8(q, table, ids, stride, width, meta, out)
		return
	}
	int8AVX2(&q.i16[0], &table[0], &ids[0], len(ids), stride, width, meta, q.sum, q.a, q.b, q.c, &out[0])
}

func widenRow(dst []int16, row []uint8) int32 {
	if !avx2 || len(row) == 0 {
		return plainWiden(dst, row)
	}
	return widenAVX2(&dst[0], &row[0], len(row))
}
