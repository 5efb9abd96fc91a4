package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"islet/app"
)

// Files keeps uploaded bytes by their SHA-256, in files/ab/abcdef…; equal bytes are stored once. All names are made here
// and all opens go through os.Root, so that no name from outside reaches the file system.
type Files struct{ root *os.Root }

func openFiles(dir string) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Files{root: root}, nil
}

// Put streams r to disk and returns the hash in hex and the size in bytes once they are durable. More than limit bytes is file_too_large and leaves nothing.
func (f *Files) Put(r io.Reader, limit int64) (hash string, size int64, err error) {
	tmp := "tmp-" + rand.Text()
	w, err := f.root.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.root.Remove(tmp) }() // gone after the rename; best effort otherwise, the sweeper takes what is left
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(w, sum), io.LimitReader(r, limit+1))
	if err == nil && size > limit {
		err = app.Errorf(app.TooLarge, "file_too_large", "the file is larger than %d MB", "文件超过 %d MB", limit>>20)
	}
	if err := errors.Join(err, w.Sync(), w.Close()); err != nil {
		return "", 0, err
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	if err := f.root.Mkdir(hash[:2], 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", 0, err
	}
	if err := f.root.Rename(tmp, filePath(hash)); err != nil {
		return "", 0, err
	}
	return hash, size, f.sync(hash[:2])
}

// Open opens the bytes with that hash for reading. The caller closes them. Unknown bytes are NotFound.
func (f *Files) Open(hash string) (*os.File, error) {
	if !validHash(hash) {
		return nil, app.Missing("file", "文件")
	}
	r, err := f.root.Open(filePath(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, app.Missing("file", "文件")
	}
	return r, err
}

// Remove deletes the bytes with that hash; absent ones are no error.
func (f *Files) Remove(hash string) error {
	if !validHash(hash) {
		return nil
	}
	if err := f.root.Remove(filePath(hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Close releases the directory.
func (f *Files) Close() error { return f.root.Close() }

func (f *Files) sync(dir string) error {
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(syncDir(d), d.Close())
}

func filePath(hash string) string { return filepath.Join(hash[:2], hash) }

func validHash(h string) bool {
	b, err := hex.DecodeString(h)
	return err == nil && len(b) == sha256.Size
}

// writeAtomic writes path by a temporary file beside it, synced and renamed, so that path is never half-written.
func writeAtomic(path string, mode fs.FileMode, write func(io.Writer) error) error {
	w, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if err := errors.Join(write(w), w.Sync(), w.Close()); err != nil {
		_ = os.Remove(path + ".tmp") // best effort
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(syncDir(d), d.Close())
}
