package kv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Options tune a Store. The zero value works.
type Options struct {
	Logger *slog.Logger     // nil is slog.Default
	Keep   time.Duration    // how long events stay; 0 is 24 hours
	Now    func() time.Time // names what is moved aside; nil is time.Now
}

const (
	defaultKeep = 24 * time.Hour
	openWait    = 5 * time.Second // for a call while the store is still opening
	callLimit   = 3 * time.Second // for one call; Badger has been seen to stall in compaction
	closeLimit  = 10 * time.Second
	callers     = 8 // calls inside Badger at once; one that stalls keeps its place
)

// Store is an open or opening Badger. It is safe for concurrent use. Whoever opened it closes it.
type Store struct {
	dir    string
	keep   time.Duration
	logger *slog.Logger
	now    func() time.Time

	opened chan struct{} // closed when db is decided
	db     *badger.DB    // nil if it could not be opened
	places chan struct{} // of callers
	calls  sync.WaitGroup

	mu     sync.Mutex // guards closed
	closed bool
}

var (
	errClosed  = errors.New("kv: closed")
	errAbsent  = errors.New("kv: not open")
	errStalled = errors.New("kv: no answer in time")
)

// Open begins to open or create the store in dir and returns at once. It cannot fail: a store that does not open misses
// everything and says so in the log.
func Open(dir string, o Options) *Store {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{dir: dir, keep: o.Keep, logger: o.Logger, now: o.Now, opened: make(chan struct{}), places: make(chan struct{}, callers)}
	go func() {
		defer close(s.opened)
		s.db = s.open()
	}()
	return s
}

// open opens the directory, or an empty one in its place.
func (s *Store) open() *badger.DB {
	db, err := s.try()
	if err == nil {
		return db
	}
	aside := s.dir + ".broken-" + s.now().UTC().Format("20060102T150405.000")
	s.logger.Error("event cache cannot be opened; it is moved aside and starts empty, no conversation is lost", "dir", s.dir, "to", aside, "err", err)
	s.sweep()
	if err := os.Rename(s.dir, aside); err != nil {
		s.logger.Error("event cache cannot be moved aside; running without it", "dir", s.dir, "err", err)
		return nil
	}
	if db, err = s.try(); err != nil {
		s.logger.Error("event cache cannot be created; running without it", "dir", s.dir, "err", err)
		return nil
	}
	return db
}

// sweep removes what was moved aside before: one broken copy is enough to look at.
func (s *Store) sweep() {
	old, _ := filepath.Glob(s.dir + ".broken-*") // the pattern is ours
	for _, d := range old {
		_ = os.RemoveAll(d) // best effort: it is only space
	}
}

// try opens Badger with settings for a small store beside bigger things: see the failure table of the design.
func (s *Store) try() (db *badger.DB, err error) {
	defer func() {
		if p := recover(); p != nil { // a damaged manifest or table has made it panic
			db, err = nil, fmt.Errorf("badger: panic: %v", p)
		}
	}()
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	o := badger.DefaultOptions(s.dir).
		WithLogger(nil).
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithBypassLockGuard(true). // the data directory is claimed by a lock of our own
		WithSyncWrites(false).     // rebuildable: losing the last second is fine
		WithCompression(options.None).
		WithMemTableSize(8 << 20).
		WithNumMemtables(2).
		WithNumCompactors(2).
		WithBlockCacheSize(16 << 20).
		WithIndexCacheSize(16 << 20).
		WithValueLogFileSize(32 << 20)
	return badger.Open(o)
}

// Close waits for calls under way and closes Badger; if that stalls it gives up, and what was not flushed is lost.
func (s *Store) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	done := make(chan error, 1)
	go func() {
		<-s.opened
		s.calls.Wait()
		if s.db == nil {
			done <- nil
			return
		}
		done <- s.db.Close()
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(closeLimit):
		return errStalled
	}
}

// enter counts a call in, unless the store is closed.
func (s *Store) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.calls.Add(1)
	return true
}

// call runs fn on Badger in a goroutine of its own and waits for it as long as a call may take. Close waits for those that
// took longer.
func (s *Store) call(ctx context.Context, fn func(*badger.DB) error) error {
	if !s.enter() {
		return errClosed
	}
	if err := s.ready(ctx); err != nil {
		s.calls.Done()
		return err
	}
	done := make(chan error, 1)
	go func() {
		defer s.calls.Done()
		defer func() { <-s.places }()
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("badger: panic: %v", p)
			}
		}()
		done <- fn(s.db)
	}()
	limit := time.NewTimer(callLimit)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-limit.C:
		return errStalled
	}
}

// ready waits until the store is open and takes a place.
func (s *Store) ready(ctx context.Context) error {
	select {
	case <-s.opened:
	default:
		wait := time.NewTimer(openWait)
		defer wait.Stop()
		select {
		case <-s.opened:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-wait.C:
			return errAbsent
		}
	}
	if s.db == nil {
		return errAbsent
	}
	select {
	case s.places <- struct{}{}:
		return nil
	default:
	}
	wait := time.NewTimer(callLimit)
	defer wait.Stop()
	select {
	case s.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-wait.C:
		return errStalled
	}
}
