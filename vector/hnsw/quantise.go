package hnsw

import (
	"math"
	"unsafe"
)

// normalise checks vec and copies it into dst, with length 1 for Cosine.
func normalise(m Metric, vec, dst []float32) error {
	var sum float64
	for _, x := range vec {
		sum += float64(x) * float64(x)
	}
	// The square of a finite float32 fits a float64; what does not fit a float32 would make distances infinite.
	if math.IsNaN(sum) || sum > math.MaxFloat32/4 {
		if m != Cosine || math.IsNaN(sum) || math.IsInf(sum, 0) {
			return ErrNotFinite
		}
	}
	if m != Cosine {
		copy(dst, vec)
		return nil
	}
	if sum == 0 {
		return ErrZero
	}
	f := 1 / math.Sqrt(sum)
	for i, x := range vec {
		dst[i] = float32(float64(x) * f)
	}
	return nil
}

// quantise writes v as codes: row[i] = round(v[i]/scale) + 128 with the scale that takes the largest element to 127, and after
// them, at meta, the scale and the squared norm of what the codes say. For Cosine the scale is then set so that the norm is 1
// again: that takes out the part of the error that has the direction of v.
//
// The scale is one for each vector. One for each dimension or for all would have to see the data first, and there is little
// to win: on the sets of doc.go recall after the ranking differs from that of float32 by at most 0.003 at the same ef.
func quantise(m Metric, v []float32, row []uint8, meta int) {
	var largest float32
	for _, x := range v {
		largest = max(largest, float32(math.Abs(float64(x))))
	}
	scale := largest / 127
	var inverse float32
	if scale > 0 {
		inverse = 1 / scale
	}
	if math.IsInf(float64(inverse), 0) { // numbers next to zero: not worth a code
		scale, inverse = 0, 0
	}
	var sum int64
	for i, x := range v {
		f := x * inverse
		code := int64(math.Floor(float64(f) + 0.5))
		code = min(max(code, -127), 127)
		sum += code * code
		row[i] = uint8(code + 128)
	}
	norm := scale * scale * float32(sum)
	if m == Cosine && sum > 0 {
		scale, norm = float32(1/math.Sqrt(float64(sum))), 1
	}
	*(*float32)(unsafe.Pointer(&row[meta])) = scale
	*(*float32)(unsafe.Pointer(&row[meta+4])) = norm
}
