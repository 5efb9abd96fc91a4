package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"islet/app"
	"islet/store"
)

// The limit on wrong passwords: the tenth failure within a quarter of an hour closes the account to sign-ins and the address
// to all, for a minute, and every further one doubles the time. A short first lock keeps a typing mistake in an office behind
// one address from becoming a lost hour, and still leaves a guesser two hundred tries a day at most.
const (
	maxFailures   = 10
	failureWindow = 15 * time.Minute
	firstLock     = time.Minute
	longestLock   = time.Hour
)

func accountBucket(email string) string {
	sum := sha256.Sum256([]byte(email)) // of fixed length, whatever is typed
	return "account:" + hex.EncodeToString(sum[:])
}

func addressBucket(c Client) string { return "address:" + c.Address }

// admit counts a try in advance, so that parallel tries cannot outrun the count, and refuses it where a bucket is locked.
// A try that turns out right is taken back with forgive.
func (a *Accounts) admit(ctx context.Context, limit int, buckets ...string) error {
	return a.db.Update(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		if err := tx.PruneAttempts(now.Add(-failureWindow)); err != nil {
			return err
		}
		tries := make([]store.Attempt, len(buckets))
		for i, b := range buckets {
			try, err := tx.Attempt(b)
			if err != nil {
				return err
			}
			if try.LockedUntil.After(now) && try.LockedUntil.Before(now.Add(longestLock+failureWindow)) { // later than that: the clock was set back
				return tooMany(try.LockedUntil.Sub(now))
			}
			tries[i] = failed(try, now, limit)
		}
		for i, b := range buckets {
			if err := tx.SetAttempt(b, tries[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// failed is a bucket after one more failure.
func failed(t store.Attempt, now time.Time, limit int) store.Attempt {
	last := t.FirstAt
	if t.LockedUntil.After(last) {
		last = t.LockedUntil
	}
	if t.Failures == 0 || now.Sub(last) > failureWindow || now.Before(t.FirstAt) {
		t = store.Attempt{FirstAt: now, LockedUntil: time.UnixMilli(0)}
	}
	t.Failures++
	if over := t.Failures - limit; over >= 0 {
		t.LockedUntil = now.Add(min(firstLock<<min(over, 6), longestLock))
	}
	return t
}

// forgive takes back what admit counted: the account starts anew, the address loses one failure.
func forgive(tx *store.Tx, account, address string) error {
	if err := tx.DeleteAttempt(account); err != nil {
		return err
	}
	return forgiveAddress(tx, address)
}

// forgiveAddress takes back one failure of an address.
func forgiveAddress(tx *store.Tx, address string) error {
	try, err := tx.Attempt(address)
	if err != nil {
		return err
	}
	if try.Failures <= 1 {
		return tx.DeleteAttempt(address)
	}
	try.Failures--
	try.LockedUntil = time.UnixMilli(0)
	return tx.SetAttempt(address, try)
}

func tooMany(wait time.Duration) error {
	seconds := int((wait + time.Second - 1) / time.Second)
	return app.Errorf(app.RateLimited, "rate_limited", "too many failed attempts; try again in %d seconds", "失败次数过多；请在 %d 秒后重试", seconds).After(seconds)
}
