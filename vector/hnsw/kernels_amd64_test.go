package hnsw

// LesserKernels runs f with every set of kernels below the best one of this processor.
func LesserKernels(f func(name string)) {
	wide, narrow := avx512, avx2
	defer func() { avx512, avx2 = wide, narrow }()
	if avx512 = false; wide {
		f(kernelName())
	}
	if avx2 = false; narrow {
		f(kernelName())
	}
}
