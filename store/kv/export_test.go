package kv

import (
	"context"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// The limits that tests wait for on a fake clock.
const (
	CallLimit = callLimit
	Callers   = callers
)

// NewStalling is a store that looks open, for calls that never reach Badger.
func NewStalling() *Store {
	s := &Store{opened: make(chan struct{}), db: new(badger.DB), places: make(chan struct{}, callers), now: time.Now}
	close(s.opened)
	return s
}

// NewOpening is a store that never finishes opening.
func NewOpening() *Store {
	return &Store{opened: make(chan struct{}), places: make(chan struct{}, callers), now: time.Now}
}

// Call makes a call of the store's into fn.
func (s *Store) Call(ctx context.Context, fn func() error) error {
	return s.call(ctx, func(*badger.DB) error { return fn() })
}

// Opened ends the opening of a NewOpening store without a database.
func (s *Store) Opened() { close(s.opened) }
