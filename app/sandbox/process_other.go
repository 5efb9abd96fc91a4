//go:build !linux

package sandbox

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }

// resident is not known here; the interpreters' own limits stand alone.
func resident(int) int64 { return 0 }
