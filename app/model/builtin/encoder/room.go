package encoder

import (
	"sync"

	"github.com/viterin/vek/vek32"
)

// room is the memory that one text needs on its way through the layers.
type room struct {
	x, y, z, qkv, inner, scores, turned []float32
	raw                                 []byte
}

var rooms = sync.Pool{New: func() any { return &room{} }}

// newRoom has place for n tokens; free gives it back.
func newRoom(n, width, inner int) *room {
	r := rooms.Get().(*room)
	for _, part := range []struct {
		to   *[]float32
		size int
	}{{&r.x, n * width}, {&r.y, n * width}, {&r.z, n * width}, {&r.turned, n * width}, {&r.qkv, 3 * n * width}, {&r.inner, n * inner}, {&r.scores, n * n}} {
		if cap(*part.to) < part.size {
			*part.to = make([]float32, part.size)
		}
		*part.to = (*part.to)[:part.size]
	}
	if len(r.raw) < 4*width {
		r.raw = make([]byte, 4*width)
	}
	return r
}

func (r *room) free() { rooms.Put(r) }

// sum adds the first n numbers of y to x.
func sum(x, y []float32, n int) { vek32.Add_Inplace(x[:n], y[:n]) }
