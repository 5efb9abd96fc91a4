//go:build unix

package sandbox

import (
	"os"
	"unsafe"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// memory gives each interpreter address space for all that it may use, and pages only for what it does use. It grows
// without copying and goes back to the system at once.
func memory() experimental.MemoryAllocator {
	return experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		b, err := unix.Mmap(-1, 0, int(most), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			panic(err) // wazero makes an error of it
		}
		return mapped(b)
	})
}

type mapped []byte

// Reallocate is the memory with a new length, at the same place.
func (m mapped) Reallocate(size uint64) []byte {
	if size > uint64(cap(m)) {
		return nil
	}
	return m[:size]
}

// Free gives the memory back.
func (m mapped) Free() { _ = unix.Munmap(m[:cap(m)]) } // nothing to be done about it

// renew replaces whole pages by new ones, which are zero.
func renew(mem []byte) bool {
	if uintptr(unsafe.Pointer(&mem[0]))%uintptr(os.Getpagesize()) != 0 || len(mem)%os.Getpagesize() != 0 {
		return false
	}
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(&mem[0]), uintptr(len(mem)), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
	return err == nil
}
