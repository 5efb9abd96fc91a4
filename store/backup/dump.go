package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"islet/store"
)

// Dump prints what a data directory holds in a form that is equal, byte for byte, for equal content: each table with its rows
// and their SHA-256, each uploaded file with its size. The table of backups is left out: it tells of files beside the data. A
// server may be using the directory.
func Dump(ctx context.Context, data string, out io.Writer) (err error) {
	tmp, err := os.MkdirTemp("", "islet-dump-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	path := filepath.Join(tmp, store.MainFile)
	if err := copyDatabase(ctx, filepath.Join(data, store.MainFile), path); err != nil {
		return err
	}
	c, err := openCopy(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	m := &Manifest{}
	if err := c.about(ctx, m); err != nil {
		return err
	}
	hashes, err := c.hashes(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "installation %s\nschema %d\n", m.Installation, m.Schema)
	for _, t := range m.Tables {
		if t.Name != "backups" {
			fmt.Fprintf(out, "table %s rows %d sha256 %s\n", t.Name, t.Rows, t.SHA256)
		}
	}
	for _, h := range hashes {
		name := filesDir + "/" + h[:min(2, len(h))] + "/" + h
		if !fileName.MatchString(name) {
			return fmt.Errorf("%q is not the hash of a file", h)
		}
		f, err := measure(ctx, filepath.Join(data, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, os.ErrNotExist):
			fmt.Fprintf(out, "file %s missing\n", h)
		case err != nil:
			return err
		default:
			fmt.Fprintf(out, "file %s size %d sha256 %s\n", h, f.Size, f.SHA256)
		}
	}
	return nil
}
