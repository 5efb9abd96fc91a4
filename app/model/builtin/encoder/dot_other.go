//go:build !amd64

package encoder

// hasDot2x4 is false: other processors take one dot product after another.
const hasDot2x4 = false

func dot2x4(_, _ *float32, _ int, _ *[8]float32) {}
