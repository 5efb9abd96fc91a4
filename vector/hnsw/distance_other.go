//go:build !amd64 && !arm64

package hnsw

import "unsafe"

// kernelName is what the distances are computed with.
func kernelName() string { return "plain Go" }

func prefetchLines(unsafe.Pointer) {}

func rowsDot(q []float32, table [][]float32, ids []uint32, c float32, out []float32) {
	plainDot(q, table, ids, c, out)
}

func rowsL2(q []float32, table [][]float32, ids []uint32, out []float32) {
	plainL2(q, table, ids, out)
}

func rowsInt8(q *query, table [][]uint8, ids []uint32, stride, width, meta int, out []float32) {
	plainInt8(q, table, ids, stride, width, meta, out)
}

func widenRow(dst []int16, row []uint8) int32 { return plainWiden(dst, row) }
