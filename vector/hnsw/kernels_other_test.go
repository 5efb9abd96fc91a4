//go:build !amd64

package hnsw

// LesserKernels has nothing to run where there is one set of kernels.
func LesserKernels(func(name string)) {}
