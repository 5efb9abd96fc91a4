package encoder

import (
	"context"
	"math"

	"github.com/viterin/vek/vek32"
)

// linear is a layer y = Wx + b. Its weights lie row by row, one row per output, so that each output is one dot product.
type linear struct {
	in, out int
	w, b    []float32
}

// rowBlock is how many rows of weights are used for all tokens before the next: they stay in the first-level cache.
const rowBlock = 8

// apply computes n tokens: dst has n*out numbers, x n*in. It ends early, with garbage in dst, when ctx ends.
func (l *linear) apply(ctx context.Context, dst, x []float32, n int) {
	for o := 0; o < l.out; o += rowBlock {
		if ctx.Err() != nil {
			return
		}
		end := min(o+rowBlock, l.out)
		t := 0
		if hasDot2x4 && l.in%8 == 0 && (end-o)%2 == 0 {
			for ; t+4 <= n; t += 4 {
				l.fourTokens(dst[t*l.out:], x[t*l.in:(t+4)*l.in], o, end)
			}
		}
		for ; t < n; t++ {
			in, out := x[t*l.in:(t+1)*l.in], dst[t*l.out:(t+1)*l.out]
			for i := o; i < end; i++ {
				out[i] = vek32.Dot(l.w[i*l.in:(i+1)*l.in], in) + l.b[i]
			}
		}
	}
}

// fourTokens computes the outputs from o to end of four tokens.
func (l *linear) fourTokens(dst, x []float32, o, end int) {
	var sums [8]float32
	for i := o; i < end; i += 2 {
		w := l.w[i*l.in : (i+2)*l.in]
		dot2x4(&w[0], &x[0], l.in, &sums)
		for t := range 4 {
			dst[t*l.out+i], dst[t*l.out+i+1] = sums[2*t]+l.b[i], sums[2*t+1]+l.b[i+1]
		}
	}
}

// norm is a layer normalisation.
type norm struct {
	scale, shift []float32
	eps          float64
}

// apply normalises n tokens of x into dst; the two may be the same.
func (l *norm) apply(dst, x []float32, n int) {
	width := len(l.scale)
	for t := range n {
		in, out := x[t*width:(t+1)*width], dst[t*width:(t+1)*width]
		var sum, square float64
		for _, v := range in {
			sum += float64(v)
		}
		mean := sum / float64(width)
		for _, v := range in {
			d := float64(v) - mean
			square += d * d
		}
		inv := 1 / math.Sqrt(square/float64(width)+l.eps)
		for i, v := range in {
			out[i] = float32((float64(v)-mean)*inv)*l.scale[i] + l.shift[i]
		}
	}
}

// attention lets every token of a text look at all others. qkv holds, for each token, its query, key and value of width
// numbers each; the result goes to dst. scores and turned are room for n*n and width*n numbers.
func attention(ctx context.Context, dst, qkv, scores, turned []float32, n, width, heads int) {
	size := width / heads
	scale := float32(1 / math.Sqrt(float64(size)))
	for t := range n { // values with the tokens inside, so that the sum over tokens is a dot product too
		for i, v := range qkv[t*3*width+2*width : (t+1)*3*width] {
			turned[i*n+t] = v
		}
	}
	for h := range heads {
		if ctx.Err() != nil {
			return
		}
		for t := range n {
			row := scores[t*n : (t+1)*n]
			q := qkv[t*3*width+h*size:][:size]
			for u := range n {
				row[u] = vek32.Dot(q, qkv[u*3*width+width+h*size:][:size])
			}
			softmax(row, scale)
			out := dst[t*width+h*size:][:size]
			for i := range out {
				out[i] = vek32.Dot(row, turned[(h*size+i)*n:][:n])
			}
		}
	}
}

// softmax makes scores, times scale, add up to 1.
func softmax(x []float32, scale float32) {
	top := vek32.Max(x)
	for i, v := range x {
		x[i] = (v - top) * scale
	}
	vek32.Exp_Inplace(x)
	vek32.MulNumber_Inplace(x, 1/vek32.Sum(x))
}

// activation changes numbers one by one.
type activation func(x []float32)

func relu(x []float32) {
	for i, v := range x {
		x[i] = max(v, 0)
	}
}

// gelu is x/2·(1+erf(x/√2)), with the error function by the rational approximation 7.1.26 of Abramowitz and Stegun, which
// is right to 1.5e-7; math.Erf takes as long as a fifth of a layer.
func gelu(x []float32) {
	const p, a1, a2, a3, a4, a5 = 0.3275911, 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429
	var tail [256]float32
	for len(x) > 0 {
		n := min(len(x), len(tail))
		for i, v := range x[:n] {
			tail[i] = -v * v / 2
		}
		vek32.Exp_Inplace(tail[:n])
		for i, v := range x[:n] {
			z := v * (1 / math.Sqrt2)
			if z < 0 {
				z = -z
			}
			t := 1 / (1 + p*z)
			half := t * (a1 + t*(a2+t*(a3+t*(a4+t*a5)))) * tail[i] / 2 // half of what the error function lacks to 1
			if v < 0 {
				x[i] = v * half
			} else {
				x[i] = v - v*half
			}
		}
		x = x[n:]
	}
}

// geluTanh is the approximation of gelu that some models were trained with.
func geluTanh(x []float32) {
	for i, v := range x {
		f := float64(v)
		x[i] = float32(0.5 * f * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(f+0.044715*f*f*f))))
	}
}

// activations are those of config.json, by its names.
var activations = map[string]activation{
	"gelu": gelu, "gelu_python": gelu, "gelu_new": geluTanh, "gelu_fast": geluTanh, "gelu_pytorch_tanh": geluTanh, "relu": relu,
}

// unit gives a vector the length 1; one of zeros stays.
func unit(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum < 1e-24 {
		return
	}
	inv := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= inv
	}
}
