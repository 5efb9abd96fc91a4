package encoder

import "context"

// Layer computes n tokens of x with a layer of these weights.
func Layer(in, out int, w, b, x []float32, n int) []float32 {
	dst := make([]float32, n*out)
	(&linear{in: in, out: out, w: w, b: b}).apply(context.Background(), dst, x, n)
	return dst
}

// What is tested by itself.
var (
	Gelu = gelu
	Half = half
)
