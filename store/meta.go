package store

import (
	"database/sql"
	"encoding/json"
	"errors"

	"islet/app"
)

// Meta is one fact about the whole data directory; "" where it was never set.
func (s *Snapshot) Meta(key string) (string, error) {
	const q = `SELECT value FROM meta WHERE key = ?`
	v, err := one(s, scanText, q, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// SetMeta writes one fact about the whole data directory.
func (tx *Tx) SetMeta(key, value string) error {
	const q = `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`
	return tx.q.exec(q, key, value)
}

// Setting reads the workspace's setting key into v; v keeps what it holds where the setting was never made.
func (s *Snapshot) Setting(key string, v any) error {
	ws, err := s.ws()
	if err != nil {
		return err
	}
	const q = `SELECT value FROM settings WHERE workspace_id = ? AND key = ?`
	raw, err := one(s, scanText, q, ws, key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(raw), v)
}

// SetSetting writes one setting of the workspace as JSON.
func (tx *Tx) SetSetting(key string, v any) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO settings (workspace_id, key, value, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (workspace_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`
	return tx.q.exec(q, ws, key, text(v), ms(tx.now))
}

// Workspace is the site. There is one; NotFound before set-up.
func (s *Snapshot) Workspace() (*app.Workspace, error) {
	const q = `SELECT id, name, created_at FROM workspaces ORDER BY created_at LIMIT 1`
	w, err := one(s, scanWorkspace, q)
	return w, found(err, "workspace", "工作区")
}

// InsertWorkspace adds the site at set-up.
func (tx *Tx) InsertWorkspace(w *app.Workspace) error {
	const q = `INSERT INTO workspaces (id, name, created_at) VALUES (?, ?, ?)`
	return tx.q.exec(q, w.ID, w.Name, ms(w.CreatedAt))
}

// RenameWorkspace renames the caller's workspace.
func (tx *Tx) RenameWorkspace(name string) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE workspaces SET name = ? WHERE id = ?`
	n, err := tx.q.affected(q, name, ws)
	return changed(n, err, "workspace", "工作区")
}

func scanWorkspace(r row) (*app.Workspace, error) {
	var w app.Workspace
	var created int64
	err := r.Scan(&w.ID, &w.Name, &created)
	w.CreatedAt = at(created)
	return &w, err
}

func scanText(r row) (string, error) {
	var s string
	err := r.Scan(&s)
	return s, err
}
