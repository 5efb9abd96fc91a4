//go:build !race

package sandbox

import "golang.org/x/sys/unix"

// limitMemory sets a bound on the memory of this process that also holds between two looks of the parent. It comes before
// harden, which takes the right to set it; a system that refuses it has the parent's looks.
func limitMemory(most uint64) {
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
}
