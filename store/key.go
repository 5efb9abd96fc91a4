package store

import (
	"database/sql"
	"time"

	"islet/app"
)

const keyColumns = `id, app_id, token_hash, hint, created_by, created_at, last_used_at`

// KeyByToken is the key whose token has that SHA-256, and its workspace: a caller of the Service API comes without a scope.
func (s *Snapshot) KeyByToken(hash []byte) (workspace app.ID, k *app.Key, err error) {
	const q = `SELECT workspace_id, ` + keyColumns + ` FROM keys WHERE token_hash = ?`
	k, err = one(s, func(r row) (*app.Key, error) { return scanKey(front{r, &workspace}) }, q, hash)
	return workspace, k, found(err, "key", "密钥")
}

// Keys lists the keys of an app, newest first.
func (s *Snapshot) Keys(appID app.ID) ([]*app.Key, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + keyColumns + ` FROM keys WHERE workspace_id = ? AND app_id = ? ORDER BY created_at DESC, id DESC`
	return many(s, scanKey, q, ws, appID)
}

// InsertKey adds a key.
func (tx *Tx) InsertKey(k *app.Key) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO keys (id, workspace_id, app_id, token_hash, hint, created_by, created_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, k.ID, ws, k.App, k.TokenHash, k.Hint, k.CreatedBy, ms(k.CreatedAt), msp(k.LastUsedAt))
}

// TouchKey notes that a key was used; a key that was revoked meanwhile is no error.
func (tx *Tx) TouchKey(id app.ID, when time.Time) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE keys SET last_used_at = ? WHERE workspace_id = ? AND id = ?`
	return tx.q.exec(q, ms(when), ws, id)
}

// DeleteKey revokes a key.
func (tx *Tx) DeleteKey(appID, id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `DELETE FROM keys WHERE workspace_id = ? AND app_id = ? AND id = ?`
	n, err := tx.q.affected(q, ws, appID, id)
	return changed(n, err, "key", "密钥")
}

func scanKey(r row) (*app.Key, error) {
	var k app.Key
	var created int64
	var used sql.NullInt64
	err := r.Scan(&k.ID, &k.App, &k.TokenHash, &k.Hint, &k.CreatedBy, &created, &used)
	k.CreatedAt, k.LastUsedAt = at(created), atp(used)
	return &k, err
}
