package model

import (
	"sync"
	"time"
)

const (
	breakAfter = 5 // calls in a row that found nobody
	breakFirst = 2 * time.Second
	breakMost  = 30 * time.Second
)

// breaker spares callers the wait for a server that is gone: after breakAfter failures in a row it is open, and calls
// fail at once. After a while it lets one call through; that one decides.
type breaker struct {
	mu    sync.Mutex // guards all below
	fails int
	until time.Time
	wait  time.Duration
	trial bool // one call is finding out
	last  error
}

// allow returns nil, or how long to wait and the error to answer with.
func (b *breaker) allow(now time.Time) (time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails < breakAfter {
		return 0, nil
	}
	if now.Before(b.until) || b.trial {
		return max(b.until.Sub(now), time.Second), b.last
	}
	b.trial = true
	return 0, nil
}

// settle books the outcome of a call that was allowed: gone is the error of a server that could not be talked to.
func (b *breaker) settle(now time.Time, gone error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
	if gone == nil {
		b.fails, b.wait, b.last = 0, 0, nil
		return
	}
	b.fails++
	b.last = gone
	if b.fails >= breakAfter {
		b.wait = min(max(2*b.wait, breakFirst), breakMost)
		b.until = now.Add(b.wait)
	}
}

// release gives a trial back whose outcome says nothing, because the caller stopped it.
func (b *breaker) release() {
	b.mu.Lock()
	b.trial = false
	b.mu.Unlock()
}
