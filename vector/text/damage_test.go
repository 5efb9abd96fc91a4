package text_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"islet/vector/text"
)

// grown makes an index in several changes, with replaced and deleted documents, and closes it.
func grown(t *testing.T, dir string, seq uint64) {
	t.Helper()
	x, err := text.Open(dir, text.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := x.Seq() + 1; i <= seq; i++ {
		var put []text.Doc
		for k := range uint64(8) {
			put = append(put, text.Doc{Key: i*6 + k, Title: "title", Text: fmt.Sprintf("text %d of change %d 年假", k, i)})
		}
		apply(t, x, i, put, []uint64{i * 3})
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

// answer is what an index says to a fixed question.
func answer(x *text.Index) string {
	hits, err := x.Search(context.Background(), text.Query{Text: "change 3 text 年假", K: 100})
	return fmt.Sprint(x.Seq(), x.Len(), hits, err)
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestOpen_damageIsSeenOrHarmless breaks files in many ways. Whatever was done, an index that opens answers as before.
func TestOpen_damageIsSeenOrHarmless(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x")
	grown(t, dir, 6)
	whole := open(t, dir)
	want := answer(whole)
	whole.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	rounds := 120
	if testing.Short() {
		rounds = 30
	}
	for i := range rounds {
		broken := filepath.Join(t.TempDir(), "x")
		copyDir(t, dir, broken)
		file := filepath.Join(broken, filepath.Base(files[i%len(files)]))
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := []string{"flip", "delete", "truncate", "flip", "zero", "flip", "empty"}[i%7]
		switch at := random.IntN(len(raw)); kind {
		case "flip":
			raw[at] ^= 1 << random.IntN(8)
		case "truncate":
			raw = raw[:at]
		case "zero":
			clear(raw[at:min(at+512, len(raw))])
		case "empty":
			raw = nil
		}
		if err = os.WriteFile(file, raw, 0o600); kind == "delete" {
			err = os.Remove(file)
		}
		if err != nil {
			t.Fatal(err)
		}
		before := listing(t, broken)
		x, err := text.Open(broken, text.Options{})
		if err != nil {
			if !errors.Is(err, text.ErrDamaged) {
				t.Errorf("%s of %s: %v, want ErrDamaged", kind, filepath.Base(file), err)
			}
			if after := listing(t, broken); after != before {
				t.Errorf("a damaged index was changed:\n%s\n%s", before, after)
			}
			seen["damaged"]++
			continue
		}
		if got := answer(x); got != want {
			t.Errorf("%s of %s went unseen: %s, want %s", kind, filepath.Base(file), got, want)
		}
		seen["harmless"]++
		x.Close()
	}
	t.Log(seen)
	if seen["damaged"] < rounds/3 {
		t.Errorf("only %d of %d were seen", seen["damaged"], rounds)
	}
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		info, ierr := d.Info()
		fmt.Fprintln(&b, path, info.Size())
		return errors.Join(err, ierr)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestOpen_anOlderGenerationSaysSo(t *testing.T) {
	tmp := t.TempDir()
	dir, old := filepath.Join(tmp, "x"), filepath.Join(tmp, "old")
	grown(t, dir, 3)
	copyDir(t, dir, old)
	grown(t, dir, 6)
	x, err := text.Open(dir, text.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := answer(x)
	x.Close()
	grown(t, old, 6) // replays from its own Seq
	x = open(t, old)
	if got := answer(x); got != want {
		t.Errorf("after the replay: %s, want %s", got, want)
	}
	// The root of one generation with the segments of another.
	mixed := filepath.Join(tmp, "mixed")
	copyDir(t, dir, mixed)
	raw, err := os.ReadFile(filepath.Join(tmp, "old", "root.bolt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mixed, "root.bolt"), raw[:len(raw)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := text.Open(mixed, text.Options{}); !errors.Is(err, text.ErrDamaged) {
		t.Errorf("Open with a foreign root = %v, want ErrDamaged", err)
	}
}

func TestOpen_aLockedIndexIsNotDamaged(t *testing.T) {
	dir := t.TempDir()
	x := open(t, dir)
	apply(t, x, 1, docs("a"), nil)
	_, err := text.Open(dir, text.Options{Wait: 50 * time.Millisecond})
	if !errors.Is(err, text.ErrLocked) || errors.Is(err, text.ErrDamaged) {
		t.Errorf("second Open = %v, want ErrLocked", err)
	}
	x.Close()
	if again := open(t, dir); again.Seq() != 1 {
		t.Errorf("Seq = %d, want 1", again.Seq())
	}
}
