//go:build !linux || race

package sandbox

// limitMemory does nothing where the system has no simple way, nor beside the race detector, which maps far more.
func limitMemory(uint64) {}
