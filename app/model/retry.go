package model

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"islet/app"
)

const (
	defaultRetries = 2
	backoffFirst   = 250 * time.Millisecond
	backoffMost    = 4 * time.Second
	longestWait    = 10 * time.Second // a Retry-After above this is told to the person instead of waited for

	restRefused = 5 * time.Minute  // a key that was refused
	restQuota   = 10 * time.Minute // a key without quota
	restLimited = 10 * time.Second // a key that was limited and not told for how long
	restMost    = 10 * time.Minute
)

// try runs do with one key after another until it succeeds, may not be repeated or has been repeated enough.
// do reports whether anything of its outcome already reached the caller; then its error is final.
func (l *line) try(ctx context.Context, do func(*key) (begun bool, err error)) error {
	var tried []*key
	for attempt := 0; ; {
		if wait, gone := l.breaker.allow(time.Now()); gone != nil {
			return app.AsError(gone).After(seconds(wait))
		}
		k := l.pick(tried)
		begun, err := l.attempt(k, do)
		if err == nil || begun || ctx.Err() != nil || !repeatable(err) {
			return err
		}
		if keyTrouble(err) {
			if tried = append(tried, k); l.others(tried) {
				continue // another key, at once
			}
			if codeOf(err) != CodeRateLimited {
				return err
			}
			tried = nil
		}
		wait := pause(attempt, err)
		if attempt++; attempt > l.retries || wait > longestWait {
			return err
		}
		if !sleep(ctx, wait) {
			return Fail(CodeCanceled, l.endpoint.Name, context.Cause(ctx))
		}
	}
}

// attempt makes one call and books its outcome; a call that panics in its caller's hands leaves no trial open.
func (l *line) attempt(k *key, do func(*key) (bool, error)) (begun bool, err error) {
	settled := false
	defer func() {
		if !settled {
			l.breaker.release()
		}
	}()
	begun, err = do(k)
	l.settle(k, err)
	settled = true
	return begun, err
}

// settle books what a call says about its key and about the server.
func (l *line) settle(k *key, err error) {
	now := time.Now()
	switch code := codeOf(err); code {
	case CodeCanceled:
		l.breaker.release()
	case CodeUnreachable, CodeTLS, CodeTimeout:
		l.breaker.settle(now, err)
	default:
		l.breaker.settle(now, nil)
		l.rest(k, code, err, now)
	}
}

// rest sends a key that was refused or limited to rest, and wakes one that works.
func (l *line) rest(k *key, code string, err error, now time.Time) {
	var d time.Duration
	switch code {
	case CodeAuth:
		d = restRefused
	case CodeQuota:
		d = restQuota
	case CodeRateLimited:
		d = restLimited
	default:
		if err == nil && k.until.Load() != 0 {
			k.until.Store(0)
		}
		return
	}
	if s := app.AsError(err).Retry; s > 0 {
		d = min(time.Duration(s)*time.Second, restMost)
	}
	until := now.Add(d)
	k.until.Store(until.UnixNano())
	if l.rested != nil && k.secret.ID != "" {
		l.rested(k.secret.ID, until, code)
	}
}

// repeatable tells whether the same request may succeed a moment later or with another key.
func repeatable(err error) bool {
	switch codeOf(err) {
	case CodeUnreachable, CodeRateLimited, CodeServer, CodeAuth, CodeQuota:
		return true
	}
	return false
}

func keyTrouble(err error) bool {
	switch codeOf(err) {
	case CodeRateLimited, CodeAuth, CodeQuota:
		return true
	}
	return false
}

// pause is how long to wait before the next attempt: what the server asked for, else doubling with some jitter.
func pause(attempt int, err error) time.Duration {
	var e *app.Error
	if errors.As(err, &e) && e.Retry > 0 {
		return time.Duration(e.Retry) * time.Second
	}
	d := min(backoffFirst<<attempt, backoffMost)
	return d/2 + rand.N(d/2)
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// sleep waits, and returns false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// pick takes the next key in turn that is not resting and was not tried in this call. When all rest, the one that wakes
// first is used anyway: the server is a better judge than our clock.
func (l *line) pick(tried []*key) *key {
	if len(l.keys) == 1 {
		return l.keys[0]
	}
	now := time.Now().UnixNano()
	start := int(l.turn.Add(1) % uint32(len(l.keys)))
	var best *key
	for i := range l.keys {
		k := l.keys[(start+i)%len(l.keys)]
		if slices.Contains(tried, k) {
			continue
		}
		until := k.until.Load()
		if until <= now {
			return k
		}
		if best == nil || until < best.until.Load() {
			best = k
		}
	}
	return best
}

// others tells whether a key is left that was not tried and does not rest.
func (l *line) others(tried []*key) bool {
	now := time.Now().UnixNano()
	for _, k := range l.keys {
		if !slices.Contains(tried, k) && k.until.Load() <= now {
			return true
		}
	}
	return false
}
