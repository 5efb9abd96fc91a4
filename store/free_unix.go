//go:build !windows

package store

import "golang.org/x/sys/unix"

// FreeBytes is the space that this user may still fill on the disk of dir; -1 where the system does not tell.
func FreeBytes(dir string) int64 {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return -1
	}
	return int64(st.Bavail) * int64(st.Bsize) //nolint:unconvert // the types differ between systems
}
