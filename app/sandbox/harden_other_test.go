//go:build !linux

package sandbox_test

// alive is not known here.
func alive(int) bool { return false }
