package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"islet/app"
)

const fileColumns = `id, app_id, end_user_id, user_id, name, extension, mime, size, hash, created_at`

// File is one uploaded file that the scope may see: in the studio all of the workspace; of an app those that came in through
// it, where an end user acts only that person's, and what the acting member uploaded.
func (s *Snapshot) File(id app.ID) (*app.File, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	q, args := `SELECT `+fileColumns+` FROM files WHERE workspace_id = ? AND id = ?`, []any{ws, id}
	if s.scope.App != "" {
		q += ` AND (app_id = ? AND (? = '' OR end_user_id = ?) OR user_id <> '' AND user_id = ?)`
		args = append(args, s.scope.App, s.scope.EndUser, s.scope.EndUser, s.scope.User)
	}
	f, err := one(s, scanFile, q, args...)
	return f, found(err, "file", "文件")
}

// InsertFile adds a file whose bytes lie in DB.Files.
func (tx *Tx) InsertFile(f *app.File) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO files (id, workspace_id, app_id, end_user_id, user_id, name, extension, mime, size, hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, f.ID, ws, f.App, f.EndUser, f.User, f.Name, f.Ext, f.MIME, f.Size, f.Hash, ms(f.CreatedAt))
}

// deleteFile removes a file's row; the bytes go with the next SweepFiles.
func (tx *Tx) deleteFile(id app.ID) error {
	ws, err := tx.ws()
	if err != nil || id == "" {
		return err
	}
	return tx.q.exec(`DELETE FROM files WHERE workspace_id = ? AND id = ?`, ws, id)
}

func scanFile(r row) (*app.File, error) {
	var f app.File
	var created int64
	err := r.Scan(&f.ID, &f.App, &f.EndUser, &f.User, &f.Name, &f.Ext, &f.MIME, &f.Size, &f.Hash, &created)
	f.CreatedAt = at(created)
	return &f, err
}

// SweepFiles deletes bytes that no row names, of deleted files and of uploads that were cut off, and returns how many. Only
// those untouched for at least age are looked at, because an upload stores the bytes before the row; an hour is ample.
func (db *DB) SweepFiles(ctx context.Context, age time.Duration) (int, error) {
	before := db.Now().Add(-age)
	var old []string
	err := fs.WalkDir(db.Files.root.FS(), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed while we walked
		}
		if err == nil && info.ModTime().Before(before) {
			old = append(old, d.Name())
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	swept := 0
	for _, name := range old {
		gone, err := db.sweep(ctx, name, before)
		if err != nil {
			return swept, err
		}
		if gone {
			swept++
		}
	}
	return swept, nil
}

// sweep looks again inside the writer, so that a row cannot appear between the look and the removal.
func (db *DB) sweep(ctx context.Context, name string, before time.Time) (gone bool, err error) {
	if strings.HasPrefix(name, "tmp-") {
		return true, db.Files.root.Remove(name)
	}
	err = db.Update(ctx, func(tx *Tx) error {
		const q = `SELECT COUNT(*) FROM files WHERE hash = ?`
		n, err := one(&tx.Snapshot, number, q, name)
		if err != nil || n > 0 || !validHash(name) {
			return err
		}
		info, err := db.Files.root.Stat(filepath.FromSlash(filePath(name)))
		if err != nil || !info.ModTime().Before(before) {
			return ignoreMissing(err) // uploaded again just now
		}
		gone = true
		return db.Files.Remove(name)
	})
	return gone, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
