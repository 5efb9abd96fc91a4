package encoder_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"islet/app/model/builtin/encoder"
)

// TestLinear_equalsThePlainSum covers every way a layer is computed: four tokens at a time, the rest one by one, and widths
// that the faster way cannot take.
func TestLinear_equalsThePlainSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(r.NormFloat64())
		}
		return out
	}
	for _, size := range [][2]int{{8, 2}, {8, 16}, {16, 7}, {24, 24}, {40, 9}, {12, 8}, {7, 5}, {64, 32}, {1, 1}} {
		in, out := size[0], size[1]
		w, b := random(in*out), random(out)
		for n := range 10 {
			x := random(n * in)
			got := encoder.Layer(in, out, w, b, x, n)
			for k := range n {
				for o := range out {
					want := float64(b[o])
					for i := range in {
						want += float64(w[o*in+i]) * float64(x[k*in+i])
					}
					if d := math.Abs(want - float64(got[k*out+o])); d > 1e-4 {
						t.Fatalf("%d to %d, %d tokens: output %d of token %d is %v, want %v", in, out, n, o, k, got[k*out+o], want)
					}
				}
			}
		}
	}
}

func TestGelu_isRightToSixDigits(t *testing.T) {
	for v := float32(-12); v < 12; v += 0.01 {
		x := []float32{v}
		encoder.Gelu(x)
		f := float64(v)
		if want := f / 2 * (1 + math.Erf(f/math.Sqrt2)); math.Abs(float64(x[0])-want) > 1e-6 {
			t.Errorf("gelu(%v) = %v, want %v", v, x[0], want)
		}
	}
}

func TestHalf_readsEveryNumberOfSixteenBits(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0x0000: 0, 0x8000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: math.Pow(2, -14), 0x0001: math.Pow(2, -24), 0x83ff: -1023 * math.Pow(2, -24),
		0x7c00: math.Inf(1), 0xfc00: math.Inf(-1), 0x3555: 0.333251953125,
	} {
		if got := float64(encoder.Half(bits)); got != want {
			t.Errorf("half(%#04x) = %v, want %v", bits, got, want)
		}
	}
	if !math.IsNaN(float64(encoder.Half(0x7e00))) {
		t.Error("half(0x7e00) is a number")
	}
}
