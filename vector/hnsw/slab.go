package hnsw

import (
	"sync/atomic"
	"unsafe"
)

// A chunk has 1,024 rows: the kernels in distance_amd64.s know this number. At 384 float32 a chunk is 1.5 MB.
const (
	chunkShift = 10
	chunkRows  = 1 << chunkShift
	chunkMask  = chunkRows - 1
)

// hugeFrom is the size from which a chunk asks for huge pages; the first chunk never does, so that small graphs stay small.
const hugeFrom = 64 << 10

// slab is a table of equal rows that grows by chunks, so that no row ever moves: whoever holds a row may go on reading it
// while the table grows. One goroutine grows it at a time; any number read rows that were there when they learnt their id.
type slab[T any] struct {
	stride int // elements of a row
	chunks atomic.Pointer[[][]T]
}

func newSlab[T any](stride int) *slab[T] {
	s := &slab[T]{stride: stride}
	s.chunks.Store(new([][]T))
	return s
}

// grow makes room for n rows. New rows are zero.
func (s *slab[T]) grow(n int) {
	old := *s.chunks.Load()
	if n <= len(old)*chunkRows {
		return
	}
	chunks := append(make([][]T, 0, len(old)+1), old...)
	for len(chunks)*chunkRows < n {
		c := make([]T, s.stride*chunkRows)
		if size := uintptr(len(c)) * unsafe.Sizeof(c[0]); len(chunks) > 0 && size >= hugeFrom {
			adviseHuge(unsafe.Pointer(unsafe.SliceData(c)), size)
		}
		chunks = append(chunks, c)
	}
	s.chunks.Store(&chunks)
}

func (s *slab[T]) row(id uint32) []T {
	c := (*s.chunks.Load())[id>>chunkShift]
	i := int(id&chunkMask) * s.stride
	return c[i : i+s.stride : i+s.stride]
}

// at is the first element of a row, for slabs with one element a row.
func (s *slab[T]) at(id uint32) *T {
	return &(*s.chunks.Load())[id>>chunkShift][int(id&chunkMask)*s.stride]
}

// table is what the kernels walk: the slice headers of the chunks.
func (s *slab[T]) table() [][]T { return *s.chunks.Load() }

// bytes is the memory of n rows.
func (s *slab[T]) bytes(n int) int64 {
	var t T
	return int64(n) * int64(s.stride) * int64(unsafe.Sizeof(t))
}
