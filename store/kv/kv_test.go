package kv_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"islet/app"
	"islet/store/kv"
)

var ctx = context.Background()

func open(t testing.TB, dir string, o kv.Options) *kv.Store {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := kv.Open(dir, o)
	t.Cleanup(func() { _ = s.Close() }) // most tests close it themselves
	return s
}

func blocks(run app.ID, texts ...string) []kv.Block {
	var bs []kv.Block
	for i, text := range texts {
		bs = append(bs, kv.Block{Run: run, First: uint64(i*10 + 1), Data: []byte(text)})
	}
	return bs
}

func texts(bs []kv.Block) string {
	var parts []string
	for _, b := range bs {
		parts = append(parts, fmt.Sprint(b.First, string(b.Data)))
	}
	return strings.Join(parts, " ")
}

func TestBlocks_comeBackInOrderAlsoAfterAReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kv")
	s := open(t, dir, kv.Options{})
	a, b := app.NewID(), app.NewID()
	if err := s.Append(blocks(b, "x")); err != nil {
		t.Fatal(err)
	}
	many := make([]string, 300)
	var want []string
	for i := range many {
		many[i] = "t"
		want = append(want, fmt.Sprint(i*10+1, "t"))
	}
	if err := s.Append(blocks(a, many...)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := texts(s.Blocks(ctx, a)); got != strings.Join(want, " ") {
			t.Errorf("Blocks = %q", got)
		}
		if got := texts(s.Blocks(ctx, b)); got != "1x" {
			t.Errorf("Blocks = %q, want 1x", got)
		}
		if got := s.Blocks(ctx, app.NewID()); len(got) != 0 {
			t.Errorf("Blocks of nothing = %v", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir, kv.Options{})
	}
}

func TestValue_livesAsLongAsItWasToldTo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "kv"), kv.Options{Keep: time.Second})
	if _, ok := s.Value(ctx, "k"); ok {
		t.Error("a value that was never set")
	}
	run := app.NewID()
	if err := errors.Join(s.SetValue(ctx, "k", []byte("v"), time.Hour), s.SetValue(ctx, "short", []byte("v"), time.Second), s.Append(blocks(run, "x"))); err != nil {
		t.Fatal(err)
	}
	if v, ok := s.Value(ctx, "k"); !ok || string(v) != "v" {
		t.Errorf("Value = %q, %v", v, ok)
	}
	if err := s.SetValue(ctx, "big", make([]byte, 1<<20), time.Hour); err == nil {
		t.Error("a megabyte was taken")
	}
	for range 300 { // Badger counts in whole seconds of the real clock
		if _, ok := s.Value(ctx, "short"); !ok {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, ok := s.Value(ctx, "short"); ok || len(s.Blocks(ctx, run)) != 0 {
		t.Error("a value or block outlived its time")
	}
	if _, ok := s.Value(ctx, "k"); !ok {
		t.Error("the other went too")
	}
}

func TestOpen_movesABrokenStoreAside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kv")
	s := open(t, dir, kv.Options{})
	if err := errors.Join(s.SetValue(ctx, "k", []byte("v"), time.Hour), s.Close()); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		if err := os.WriteFile(filepath.Join(dir, "MANIFEST"), []byte("not a manifest at all"), 0o600); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		s = open(t, dir, kv.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err := s.SetValue(ctx, "k2", []byte("v"), time.Hour); err != nil {
			t.Errorf("round %d: the new store does not take values: %v", round, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log.String(), "moved aside") {
			t.Errorf("the log says %q", log.String())
		}
		aside, err := filepath.Glob(dir + ".broken-*")
		if err != nil || len(aside) != 1 {
			t.Errorf("round %d: moved aside: %v, want one", round, aside)
		}
	}
}

func TestOpen_whereNothingCanBeWrittenMissesEverything(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, filepath.Join(file, "kv"), kv.Options{})
	if err := s.Append(blocks(app.NewID(), "x")); err == nil {
		t.Error("Append says that it kept something")
	}
	if got := s.Blocks(ctx, app.NewID()); len(got) != 0 {
		t.Errorf("Blocks = %v", got)
	}
	if _, ok := s.Value(ctx, "k"); ok {
		t.Error("Value found something")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestClose_endsCallsAndIsSafeTwice(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "kv"), kv.Options{})
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			_ = s.Append(blocks(app.NewID(), "x")) // closed is a fine answer
			_ = s.Blocks(ctx, app.NewID())
			if i == 25 {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.SetValue(ctx, "k", nil, time.Hour); err == nil {
		t.Error("SetValue after Close")
	}
}

func TestCall_endsWithItsContext(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "kv"), kv.Options{})
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, ok := s.Value(gone, "k"); ok {
		t.Error("a value for a caller that left")
	}
}

// BenchmarkOpen is what a start would wait for if it waited.
func BenchmarkOpen(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "kv")
	for b.Loop() {
		s := open(b, dir, kv.Options{})
		if err := s.SetValue(ctx, "k", []byte("v"), time.Hour); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkAppend keeps a block of each of 64 runs, as the recorder does twenty times a second.
func BenchmarkAppend(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "kv"), kv.Options{})
	data := bytes.Repeat([]byte("x"), 700)
	for b.Loop() {
		batch := make([]kv.Block, 64)
		for i := range batch {
			batch[i] = kv.Block{Run: app.NewID(), First: 1, Data: data}
		}
		if err := s.Append(batch); err != nil {
			b.Fatal(err)
		}
	}
}
