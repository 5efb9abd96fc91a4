package store

import "golang.org/x/sys/windows"

// FreeBytes is the space that this user may still fill on the disk of dir; -1 where the system does not tell.
func FreeBytes(dir string) int64 {
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return -1
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(p, &free, nil, nil) != nil {
		return -1
	}
	return int64(free)
}
