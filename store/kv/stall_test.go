package kv_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"islet/store/kv"
)

func TestCall_isBoundedWhenBadgerStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kv.NewStalling()
		release := make(chan struct{})
		stall := func() error { <-release; return nil }
		for range kv.Callers {
			begin := time.Now()
			if err := s.Call(ctx, stall); err == nil || time.Since(begin) != kv.CallLimit {
				t.Fatalf("a stalled call ends with %v after %v", err, time.Since(begin))
			}
		}
		begin := time.Now()
		if err := s.Call(ctx, func() error { t.Error("ran beside eight stalled calls"); return nil }); err == nil || time.Since(begin) != kv.CallLimit {
			t.Errorf("a call without a place ends with %v after %v", err, time.Since(begin))
		}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := s.Call(short, stall); err == nil || time.Since(begin) != kv.CallLimit+time.Second {
			t.Errorf("a call with a shorter context ends with %v", err)
		}
		close(release)
		synctest.Wait()
		if err := s.Call(ctx, func() error { return nil }); err != nil {
			t.Errorf("after the stall: %v", err)
		}
		if err := s.Call(ctx, func() error { panic("rot") }); err == nil {
			t.Error("a panic inside is no error")
		}
	})
}

func TestCall_isBoundedWhileOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kv.NewOpening()
		begin := time.Now()
		if _, ok := s.Value(ctx, "k"); ok {
			t.Error("a value from a store that is not open")
		}
		if d := time.Since(begin); d == 0 || d > 10*time.Second {
			t.Errorf("waited %v", d)
		}
		if err := s.Close(); err == nil {
			t.Error("Close of a store that never opened says it is fine")
		}
		s.Opened() // ends the goroutine that Close left waiting
	})
}
