package console

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"islet/store"
)

// Sizes are the bytes that each part of the data directory takes.
type Sizes struct {
	Main    int64 `json:"islet_db"`
	Trace   int64 `json:"trace_db"`
	KV      int64 `json:"kv"`
	Files   int64 `json:"files"`
	Backups int64 `json:"backups"`
	Free    int64 `json:"free"` // on that disk; -1 where the system does not tell
}

// SystemView is the about page.
type SystemView struct {
	System
	Sizes Sizes `json:"sizes"`
}

func (a *API) system(context.Context, *None) (*SystemView, error) {
	dir := a.System.DataDir
	return &SystemView{System: a.System, Sizes: Sizes{
		Main:    size(filepath.Join(dir, store.MainFile)),
		Trace:   size(filepath.Join(dir, store.TraceFile)),
		KV:      size(filepath.Join(dir, "kv")),
		Files:   size(filepath.Join(dir, "files")),
		Backups: size(filepath.Join(dir, "backups")),
		Free:    store.FreeBytes(dir),
	}}, nil
}

// size is what a file, or everything below a directory, takes; what cannot be read counts nothing.
func size(path string) (n int64) {
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // files come and go while we count
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	if info, err := os.Stat(path + "-wal"); err == nil {
		n += info.Size()
	}
	return n
}
