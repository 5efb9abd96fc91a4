package hnsw

// WithoutAssembly runs f with the kernels in plain Go.
func WithoutAssembly(f func()) {
	had := avx2
	defer func() { avx2 = had }()
	avx2 = false
	f()
}
