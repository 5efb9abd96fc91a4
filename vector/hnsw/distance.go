package hnsw

import "unsafe"

// query is one side of many distances: a vector that was asked for, or a stored one, in the form the kernels want.
//
// Every kernel computes distances from the query to rows by id. The float kernels give c - q·v or |q-v|². The code kernel
// gives c + b·scale·(q·codes) + a·norm, which is the right distance for each metric with the right a, b, c.
type query struct {
	f       []float32 // width long; may be a row of the slab itself
	i16     []int16   // codes, zero beyond Dims
	sum     int32     // 128 times the sum of i16: what the offset of the stored codes adds to an inner product
	a, b, c float32
}

// setFloat makes q ask for a full vector, which must be width long and zero beyond Dims.
func (c *core) setFloat(q *query, v []float32) {
	q.f = v
	q.c = 0
	if c.opt.Metric == Cosine {
		q.c = 1
	}
}

// setSlot makes q ask for a stored vector.
func (c *core) setSlot(q *query, slot uint32) {
	if c.opt.Int8 {
		c.setCodes(q, c.codes.row(slot))
		return
	}
	c.setFloat(q, c.vecs.row(slot))
}

// setCodes makes q ask for a row of codes.
func (c *core) setCodes(q *query, row []uint8) {
	q.i16 = q.i16[:c.width]
	q.sum = 128 * widen(q.i16, row[:c.width], c.opt.Dims)
	scale, norm := *c.scaleOf(row), *c.normOf(row)
	switch c.opt.Metric {
	case L2:
		q.a, q.b, q.c = 1, -2*scale, norm
	case Dot:
		q.a, q.b, q.c = 0, -scale, 0
	default:
		q.a, q.b, q.c = 0, -scale, 1
	}
}

func (c *core) scaleOf(row []uint8) *float32 { return (*float32)(unsafe.Pointer(&row[c.meta])) }
func (c *core) normOf(row []uint8) *float32  { return (*float32)(unsafe.Pointer(&row[c.meta+4])) }

// distances writes the distance of q to each id into out.
func (c *core) distances(q *query, ids []uint32, out []float32) {
	if len(ids) == 0 {
		return
	}
	out = out[:len(ids)]
	switch {
	case c.opt.Int8:
		rowsInt8(q, c.codes.table(), ids, c.codes.stride, c.width, c.meta, out)
	case c.opt.Metric == L2:
		rowsL2(q.f[:c.width], c.vecs.table(), ids, out)
	default:
		rowsDot(q.f[:c.width], c.vecs.table(), ids, q.c, out)
	}
}

// The kernels in plain Go: what runs without a better one, and what the others are compared with.

func plainDot(q []float32, table [][]float32, ids []uint32, c float32, out []float32) {
	for i, id := range ids {
		v := plainRow(table, id, len(q))
		var s0, s1, s2, s3 float32
		for j := 0; j+4 <= len(q); j += 4 {
			a, b := q[j:j+4:j+4], v[j:j+4:j+4]
			s0 += a[0] * b[0]
			s1 += a[1] * b[1]
			s2 += a[2] * b[2]
			s3 += a[3] * b[3]
		}
		out[i] = c - ((s0 + s1) + (s2 + s3))
	}
}

func plainL2(q []float32, table [][]float32, ids []uint32, out []float32) {
	for i, id := range ids {
		v := plainRow(table, id, len(q))
		var s0, s1, s2, s3 float32
		for j := 0; j+4 <= len(q); j += 4 {
			a, b := q[j:j+4:j+4], v[j:j+4:j+4]
			d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
			s0 += d0 * d0
			s1 += d1 * d1
			s2 += d2 * d2
			s3 += d3 * d3
		}
		out[i] = (s0 + s1) + (s2 + s3)
	}
}

func plainInt8(q *query, table [][]uint8, ids []uint32, stride, width, meta int, out []float32) {
	for i, id := range ids {
		row := plainRow(table, id, stride)
		sum := -q.sum
		codes := row[:width]
		for j, x := range q.i16[:width] {
			sum += int32(x) * int32(codes[j])
		}
		scale := *(*float32)(unsafe.Pointer(&row[meta]))
		norm := *(*float32)(unsafe.Pointer(&row[meta+4]))
		out[i] = q.c + q.b*scale*float32(sum) + q.a*norm
	}
}

func plainRow[T any](table [][]T, id uint32, stride int) []T {
	i := int(id&chunkMask) * stride
	return table[id>>chunkShift][i : i+stride]
}

// widen takes the offset from the codes of a row, sets what is beyond dims to zero and gives the sum.
func widen(dst []int16, row []uint8, dims int) int32 {
	whole := dims &^ 15
	sum := widenRow(dst[:whole], row[:whole])
	clear(dst[whole:])
	for i, x := range row[whole:dims] {
		dst[whole+i] = int16(x) - 128
		sum += int32(x) - 128
	}
	return sum
}

// plainWiden takes a multiple of 16 codes.
func plainWiden(dst []int16, row []uint8) int32 {
	var sum int32
	for i, x := range row {
		dst[i] = int16(x) - 128
		sum += int32(x) - 128
	}
	return sum
}
