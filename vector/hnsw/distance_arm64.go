package hnsw

import "unsafe"

// kernelName is what the distances are computed with: every arm64 processor has NEON.
func kernelName() string { return "NEON" }

//go:noescape
func dotNEON(q *float32, table *[]float32, ids *uint32, n, stride int, c float32, out *float32)

//go:noescape
func l2NEON(q *float32, table *[]float32, ids *uint32, n, stride int, out *float32)

//go:noescape
func int8NEON(q *int16, table *[]uint8, ids *uint32, n, stride, width, meta int, sum int32, a, b, c float32, out *float32)

func prefetchLines(unsafe.Pointer) {}

func rowsDot(q []float32, table [][]float32, ids []uint32, c float32, out []float32) {
	dotNEON(&q[0], &table[0], &ids[0], len(ids), len(q), c, &out[0])
}

func rowsL2(q []float32, table [][]float32, ids []uint32, out []float32) {
	l2NEON(&q[0], &table[0], &ids[0], len(ids), len(q), &out[0])
}

func rowsInt8(q *query, table [][]uint8, ids []uint32, stride, width, meta int, out []float32) {
	int8NEON(&q.i16[0], &table[0], &ids[0], len(ids), stride, width, meta, q.sum, q.a, q.b, q.c, &out[0])
}

func widenRow(dst []int16, row []uint8) int32 { return plainWiden(dst, row) }
