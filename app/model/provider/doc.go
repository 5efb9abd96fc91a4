// Package provider speaks to model servers: one file per wire protocol, and Table to read them aloud. Vendors are rows
// of catalog/*.yaml, not code.
//
// All protocols share one connection (Server: silence timeouts, byte limits, HTTP/2 that falls back to HTTP/1.1), one
// lenient event reader (sse.go) and one lenient JSON walker (json.go). None of them trusts a server: an answer is whole
// only when the protocol's own end was seen.
package provider
