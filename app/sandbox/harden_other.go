//go:build !linux

package sandbox

// harden does nothing where the system has no simple way: the interpreters' own walls stand alone.
func harden() {}
