package sandbox

import (
	"os"
	"runtime"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// harden takes from this process, as far as the kernel lets it, all that programs do not need: files, sockets, other
// processes, new programs, new executable memory, core dumps. It cannot be undone. The interpreters keep programs from
// these things anyway; this is for the day on which one of them has a hole. An old kernel that knows none of it stops
// nobody from working, so errors are not reported; TestWorker_isHardened looks at the outcome.
func harden() {
	closeInherited()
	for resource, most := range map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_FSIZE: 0, unix.RLIMIT_NOFILE: 32} {
		_ = unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most})
	}
	runtime.LockOSThread() // the two calls belong together; the second speaks for all threads
	defer runtime.UnlockOSThread()
	if unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != nil || auditArch == 0 {
		return
	}
	filter := seccompFilter()
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, _ = unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
}

// closeInherited closes files that the parent left open by mistake. What this process opened itself is marked to be closed
// on exec, what it inherited cannot be.
func closeInherited() {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, f := range files {
		fd, err := strconv.Atoi(f.Name())
		if err != nil || fd <= 2 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			_ = unix.Close(fd) // best effort
		}
	}
}

// Offsets in struct seccomp_data.
const (
	dataNumber = 0
	dataArch   = 4
	dataArg0   = 16
	dataArg2   = 32
)

// seccompFilter lets the system calls of the Go runtime through. All others fail with EPERM.
func seccompFilter() []unix.SockFilter {
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	equal := func(k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jt: yes, Jf: no}
	}
	bits := func(k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: k, Jt: yes, Jf: no}
	}
	give := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	allow, deny := give(unix.SECCOMP_RET_ALLOW), give(unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM))

	f := []unix.SockFilter{load(dataArch), equal(auditArch, 1, 0), deny, load(dataNumber)}
	for _, number := range allowedCalls {
		f = append(f, equal(number, 0, 1), allow)
	}
	// Threads, but no processes. A C library asks with clone3 first, whose flags a filter cannot see, and is told that there
	// is no such call.
	f = append(f, equal(unix.SYS_CLONE3, 0, 1), give(unix.SECCOMP_RET_ERRNO|uint32(unix.ENOSYS)))
	f = append(f, equal(unix.SYS_CLONE, 0, 4), load(dataArg0), bits(unix.CLONE_THREAD, 0, 1), allow, deny)
	// Signals to itself only, which the Go scheduler uses.
	f = append(f, equal(unix.SYS_TGKILL, 0, 4), load(dataArg0), equal(uint32(os.Getpid()), 0, 1), allow, deny)
	// Memory, but no code: all code is compiled by now.
	for _, number := range []uint32{unix.SYS_MMAP, unix.SYS_MPROTECT} {
		f = append(f, equal(number, 0, 4), load(dataArg2), bits(unix.PROT_EXEC, 0, 1), deny, allow)
	}
	return append(f, deny)
}

// commonCalls are what the Go runtime, and the C library of a build with cgo, use on every architecture.
var commonCalls = []uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_FCNTL, unix.SYS_PIPE2,
	unix.SYS_MUNMAP, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK,
	unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETRANDOM, unix.SYS_GETRUSAGE,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2,
	unix.SYS_SET_ROBUST_LIST, unix.SYS_SET_TID_ADDRESS, unix.SYS_RSEQ, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}
