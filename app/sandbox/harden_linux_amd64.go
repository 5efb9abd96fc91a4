package sandbox

import "golang.org/x/sys/unix"

const auditArch uint32 = unix.AUDIT_ARCH_X86_64

var allowedCalls = append(commonCalls, unix.SYS_ARCH_PRCTL, unix.SYS_EPOLL_WAIT)
