//go:build linux && !amd64 && !arm64

package sandbox

// There is no filter for this architecture.
const auditArch uint32 = 0

var allowedCalls = commonCalls
