package store

import (
	"database/sql"
	"time"

	"islet/app"
)

// ExternalAPIs are the other systems of the workspace that answer searches.
func (s *Snapshot) ExternalAPIs() ([]*app.ExternalAPI, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	return many(s, scanExternal, `SELECT id, name, description, endpoint, hint, sealed, created_by, created_at FROM external_apis WHERE workspace_id = ? ORDER BY name, id`, ws)
}

// ExternalAPI is one of them.
func (s *Snapshot) ExternalAPI(id app.ID) (*app.ExternalAPI, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT id, name, description, endpoint, hint, sealed, created_by, created_at FROM external_apis WHERE workspace_id = ? AND id = ?`
	e, err := one(s, scanExternal, q, ws, id)
	return e, found(err, "external knowledge API", "外部知识库 API")
}

// InsertExternalAPI adds one.
func (tx *Tx) InsertExternalAPI(e *app.ExternalAPI) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO external_apis (id, workspace_id, name, description, endpoint, hint, sealed, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, e.ID, ws, e.Name, e.Description, e.Endpoint, e.Hint, e.Sealed, e.CreatedBy, ms(e.CreatedAt))
}

// UpdateExternalAPI writes all of one.
func (tx *Tx) UpdateExternalAPI(e *app.ExternalAPI) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE external_apis SET name = ?, description = ?, endpoint = ?, hint = ?, sealed = ? WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, e.Name, e.Description, e.Endpoint, e.Hint, e.Sealed, ws, e.ID)
	return changed(n, err, "external knowledge API", "外部知识库 API")
}

// DeleteExternalAPI removes one that no dataset uses.
func (tx *Tx) DeleteExternalAPI(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	used, err := one(&tx.Snapshot, number, `SELECT COUNT(*) FROM datasets WHERE external_api = ?`, id)
	if err != nil {
		return err
	}
	if used > 0 {
		return app.Errorf(app.Conflict, "external_api_used", "%d datasets use this connection; delete them first", "有 %d 个知识库正在使用此连接；请先删除它们", used)
	}
	n, err := tx.q.affected(`DELETE FROM external_apis WHERE workspace_id = ? AND id = ?`, ws, id)
	return changed(n, err, "external knowledge API", "外部知识库 API")
}

func scanExternal(r row) (*app.ExternalAPI, error) {
	var e app.ExternalAPI
	var created int64
	err := r.Scan(&e.ID, &e.Name, &e.Description, &e.Endpoint, &e.Hint, &e.Sealed, &e.CreatedBy, &created)
	e.CreatedAt = at(created)
	return &e, err
}

// DatasetKeyByToken is the dataset key whose token has that SHA-256, and its workspace.
func (s *Snapshot) DatasetKeyByToken(hash []byte) (workspace app.ID, k *app.DatasetKey, err error) {
	const q = `SELECT workspace_id, id, token_hash, hint, created_by, created_at, last_used_at FROM dataset_keys WHERE token_hash = ?`
	k, err = one(s, func(r row) (*app.DatasetKey, error) { return scanDatasetKey(front{r, &workspace}) }, q, hash)
	return workspace, k, found(err, "key", "密钥")
}

// DatasetKeys lists the dataset keys of the workspace, newest first.
func (s *Snapshot) DatasetKeys() ([]*app.DatasetKey, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT id, token_hash, hint, created_by, created_at, last_used_at FROM dataset_keys WHERE workspace_id = ? ORDER BY created_at DESC, id DESC`
	return many(s, scanDatasetKey, q, ws)
}

// InsertDatasetKey adds a key.
func (tx *Tx) InsertDatasetKey(k *app.DatasetKey) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO dataset_keys (id, workspace_id, token_hash, hint, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, k.ID, ws, k.TokenHash, k.Hint, k.CreatedBy, ms(k.CreatedAt))
}

// TouchDatasetKey notes that a key was used; a key that was revoked meanwhile is no error.
func (tx *Tx) TouchDatasetKey(id app.ID, when time.Time) error {
	return tx.q.exec(`UPDATE dataset_keys SET last_used_at = ? WHERE id = ?`, ms(when), id)
}

// DeleteDatasetKey revokes a key.
func (tx *Tx) DeleteDatasetKey(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM dataset_keys WHERE workspace_id = ? AND id = ?`, ws, id)
	return changed(n, err, "key", "密钥")
}

func scanDatasetKey(r row) (*app.DatasetKey, error) {
	var k app.DatasetKey
	var created int64
	var used sql.NullInt64
	err := r.Scan(&k.ID, &k.TokenHash, &k.Hint, &k.CreatedBy, &created, &used)
	k.CreatedAt, k.LastUsedAt = at(created), atp(used)
	return &k, err
}

// Asked lists the searches of a dataset, the newest first, and counts them.
func (s *Snapshot) Asked(dataset app.ID, limit, offset int) ([]*app.Asked, int, error) {
	total, err := one(s, number, `SELECT COUNT(*) FROM asked WHERE dataset_id = ?`, dataset)
	if err != nil {
		return nil, 0, err
	}
	const q = `SELECT a.id, a.dataset_id, a.query, a.source, a.app_id, COALESCE(p.name, ''), a.found, a.best, a.millis, a.user_id, a.created_at
		FROM asked a LEFT JOIN apps p ON p.id = a.app_id WHERE a.dataset_id = ? ORDER BY a.created_at DESC, a.id DESC LIMIT ? OFFSET ?`
	list, err := many(s, func(r row) (*app.Asked, error) {
		var a app.Asked
		var when int64
		err := r.Scan(&a.ID, &a.Dataset, &a.Query, &a.Source, &a.App, &a.AppName, &a.Found, &a.Best, &a.Millis, &a.User, &when)
		a.At = at(when)
		return &a, err
	}, q, dataset, page(limit), offset)
	return list, int(total), err
}

// keptAsked is how many searches a dataset's history keeps.
const keptAsked = 2000

// InsertAsked notes a search; the oldest beyond a bound go.
func (tx *Tx) InsertAsked(a *app.Asked) error {
	const q = `INSERT INTO asked (id, dataset_id, query, source, app_id, user_id, found, best, millis, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	if err := tx.q.exec(q, a.ID, a.Dataset, a.Query, a.Source, a.App, a.User, a.Found, a.Best, a.Millis, ms(a.At)); err != nil {
		return err
	}
	n, err := one(&tx.Snapshot, number, `SELECT COUNT(*) FROM asked WHERE dataset_id = ?`, a.Dataset)
	if err != nil || n < keptAsked+100 {
		return err
	}
	return tx.q.exec(`DELETE FROM asked WHERE dataset_id = ? AND id IN (SELECT id FROM asked WHERE dataset_id = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?)`,
		a.Dataset, a.Dataset, n, keptAsked)
}
