package model

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"

	"islet/app"
)

// part is where a call is.
type part int

const (
	inQueue part = iota
	inDNS
	inConnect
	inTLS
	inWait
	inTokens
	partsCount
)

// stopwatch tells where the time of a call goes. It is always in one part, so the parts add up to the whole.
type stopwatch struct {
	now func() time.Time

	mu       sync.Mutex // guards all below: connections are made in goroutines of the transport
	began    time.Time
	last     time.Time
	in       part
	spent    [partsCount]time.Duration
	attempts int
	ended    bool
}

func newStopwatch(now time.Time) *stopwatch {
	return &stopwatch{now: time.Now, began: now, last: now}
}

// enter begins a part.
func (s *stopwatch) enter(p part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(p)
}

// turn is enter while mu is held.
func (s *stopwatch) turn(p part) {
	if s.ended {
		return
	}
	now := s.now()
	s.spent[s.in] += now.Sub(s.last)
	s.in, s.last = p, now
}

// attempt is the context of one attempt, whose connection it watches. A connection that the transport goes on making although
// another was free is not what the call waits for.
func (s *stopwatch) attempt(ctx context.Context) context.Context {
	s.mu.Lock()
	s.attempts++
	mine := s.attempts
	s.mu.Unlock()
	step := func(p part) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.attempts == mine && s.in < inWait {
			s.turn(p)
		}
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:           func(string) { step(inConnect) },
		DNSStart:          func(httptrace.DNSStartInfo) { step(inDNS) },
		DNSDone:           func(httptrace.DNSDoneInfo) { step(inConnect) },
		TLSHandshakeStart: func() { step(inTLS) },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { step(inConnect) },
		GotConn:           func(httptrace.GotConnInfo) { step(inWait) },
	})
}

// stop ends the watch, and returns the whole and its parts. Again, it returns the same.
func (s *stopwatch) stop() (time.Duration, *app.Parts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(s.in)
	s.ended = true
	sec := func(p part) float64 { return s.spent[p].Seconds() }
	return s.last.Sub(s.began), &app.Parts{Queue: sec(inQueue), DNS: sec(inDNS), Connect: sec(inConnect), TLS: sec(inTLS), Wait: sec(inWait), Tokens: sec(inTokens)}
}
