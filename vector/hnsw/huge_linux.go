package hnsw

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for huge pages under a chunk: a walk jumps through all of the memory, and with pages of 4 kB the processor
// spends a good part of its time on translating addresses. The range is rounded outwards, as chunks lie beside each other; it
// is advice about memory that is ours, whatever lies there.
func adviseHuge(p unsafe.Pointer, size uintptr) {
	const huge = 2 << 20
	first := uintptr(p) &^ (huge - 1)
	last := (uintptr(p) + size + huge - 1) &^ (huge - 1)
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, first, last-first, unix.MADV_HUGEPAGE) // advice: refusal changes nothing
}
