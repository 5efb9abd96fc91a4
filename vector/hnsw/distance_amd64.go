package hnsw

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// What the processor offers; tests turn it off. AVX-512 is used from the generation on that also has VNNI, as older ones lower
// their clock for it.
var (
	avx2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	avx512 = avx2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512VNNI
)

// kernelName is what the distances are computed with.
func kernelName() string {
	switch {
	case avx512:
		return "AVX-512"
	case avx2:
		return "AVX2"
	}
	return "plain Go"
}

//go:noescape
func dotAVX512(q *float32, table *[]float32, ids *uint32, n, stride int, c float32, out *float32)

//go:noescape
func l2AVX512(q *float32, table *[]float32, ids *uint32, n, stride int, out *float32)

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
	switch {
	case avx512:
		dotAVX512(&q[0], &table[0], &ids[0], len(ids), len(q), c, &out[0])
	case avx2:
		dotAVX2(&q[0], &table[0], &ids[0], len(ids), len(q), c, &out[0])
	default:
		plainDot(q, table, ids, c, out)
	}
}

func rowsL2(q []float32, table [][]float32, ids []uint32, out []float32) {
	switch {
	case avx512:
		l2AVX512(&q[0], &table[0], &ids[0], len(ids), len(q), &out[0])
	case avx2:
		l2AVX2(&q[0], &table[0], &ids[0], len(ids), len(q), &out[0])
	default:
		plainL2(q, table, ids, out)
	}
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
