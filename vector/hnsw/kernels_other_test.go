//go:build !amd64

package hnsw

// WithoutAssembly runs f: there is no switch.
func WithoutAssembly(f func()) { f() }
