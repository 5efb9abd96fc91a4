package store

import (
	"database/sql"

	"islet/app"
)

const batchColumns = `b.id, b.app_id, b.end_user_id, b.person, b.source, b.version_id, b.language, b.name, b.columns, b.status, b.error, b.parallel, b.created_at, b.updated_at,
	b.finished_at, (SELECT COUNT(*) FROM batch_rows r WHERE r.batch_id = b.id), ` +
	`(SELECT COUNT(*) FROM batch_rows r WHERE r.batch_id = b.id AND r.status = 'waiting'), (SELECT COUNT(*) FROM batch_rows r WHERE r.batch_id = b.id AND r.status = 'running'), ` +
	`(SELECT COUNT(*) FROM batch_rows r WHERE r.batch_id = b.id AND r.status = 'succeeded'), (SELECT COUNT(*) FROM batch_rows r WHERE r.batch_id = b.id AND r.status = 'failed'), ` +
	`(SELECT COUNT(*) FROM batch_rows r WHERE r.batch_id = b.id AND r.status = 'stopped')`

// Batch is one batch of the scope's app and end user.
func (s *Snapshot) Batch(id app.ID) (*app.Batch, error) {
	cond, args, err := s.owned("b.")
	if err != nil {
		return nil, err
	}
	b, err := one(s, scanBatch, `SELECT `+batchColumns+` FROM batches b WHERE `+cond+` AND b.id = ?`, append(args, id)...)
	return b, found(err, "batch", "批量任务")
}

// Batches lists batches of the scope's app and end user, the newest first, and counts them all.
func (s *Snapshot) Batches(limit, offset int) ([]*app.Batch, int, error) {
	cond, args, err := s.owned("b.")
	if err != nil {
		return nil, 0, err
	}
	total, err := one(s, number, `SELECT COUNT(*) FROM batches b WHERE `+cond, args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(s, scanBatch, `SELECT `+batchColumns+` FROM batches b WHERE `+cond+` ORDER BY b.created_at DESC, b.id DESC LIMIT ? OFFSET ?`, append(args, page(limit), offset)...)
	return list, int(total), err
}

// LiveBatch is a batch that shall go on, and its workspace.
type LiveBatch struct {
	Workspace app.ID
	ID, App   app.ID
}

// LiveBatches lists, for all workspaces, the batches that have work left: those that run, and those that paused or stopped while
// rows were under way.
func (s *Snapshot) LiveBatches() ([]LiveBatch, error) {
	const q = `SELECT workspace_id, id, app_id FROM batches b WHERE status = 'running' OR EXISTS (SELECT 1 FROM batch_rows r WHERE r.batch_id = b.id AND r.status = 'running') ORDER BY created_at, id`
	return many(s, func(r row) (l LiveBatch, err error) { return l, r.Scan(&l.Workspace, &l.ID, &l.App) }, q)
}

// InsertBatch adds a batch with its rows, all waiting.
func (tx *Tx) InsertBatch(b *app.Batch, rows []map[string]any) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO batches (id, workspace_id, app_id, end_user_id, person, source, version_id, language, name, columns, status, parallel, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, b.ID, ws, b.App, b.EndUser, b.Person, b.Source, b.Version, b.Lang, b.Name, text(b.Columns), b.Status, b.Parallel, ms(b.CreatedAt), ms(b.UpdatedAt))
	for i := 0; i < len(rows) && err == nil; i++ {
		err = tx.q.exec(`INSERT INTO batch_rows (batch_id, number, inputs, status) VALUES (?, ?, ?, 'waiting')`, b.ID, i+1, vars(rows[i]))
	}
	return err
}

// SetBatch writes the state of a batch of the scope.
func (tx *Tx) SetBatch(b *app.Batch) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	set := []any{b.Status, textp(b.Error), b.Parallel, ms(tx.now), msp(b.FinishedAt)}
	n, err := tx.q.affected(`UPDATE batches SET status = ?, error = ?, parallel = ?, updated_at = ?, finished_at = ? WHERE `+cond+` AND id = ?`, append(append(set, args...), b.ID)...)
	return changed(n, err, "batch", "批量任务")
}

// DeleteBatch removes a batch of the scope; the runs of its rows stay.
func (tx *Tx) DeleteBatch(id app.ID) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM batches WHERE `+cond+` AND id = ?`, append(args, id)...)
	return changed(n, err, "batch", "批量任务")
}

const rowColumns = `number, inputs, status, tries, run_id, message_id, outputs, error, started_at, finished_at`

// BatchRows lists rows of a batch that the caller has looked up, in their order; status "" is any.
func (s *Snapshot) BatchRows(batch app.ID, status app.Status, limit, offset int) ([]*app.BatchRow, int, error) {
	total, err := one(s, number, `SELECT COUNT(*) FROM batch_rows WHERE batch_id = ? AND (? = '' OR status = ?)`, batch, status, status)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(s, scanBatchRow, `SELECT `+rowColumns+` FROM batch_rows WHERE batch_id = ? AND (? = '' OR status = ?) ORDER BY number LIMIT ? OFFSET ?`,
		batch, status, status, page(limit), offset)
	return list, int(total), err
}

// NextBatchRow takes the first waiting row of a batch; nil where there is none.
func (tx *Tx) NextBatchRow(batch app.ID) (*app.BatchRow, error) {
	list, _, err := tx.BatchRows(batch, app.RowWaiting, 1, 0)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	r := list[0]
	r.Status, r.Tries, r.Run, r.Message, r.Outputs, r.Error = app.Running, r.Tries+1, "", "", nil, nil
	const q = `UPDATE batch_rows SET status = 'running', tries = ?, run_id = '', message_id = '', outputs = NULL, error = NULL, started_at = ?, finished_at = NULL WHERE batch_id = ? AND number = ?`
	return r, tx.q.exec(q, r.Tries, ms(tx.now), batch, r.Number)
}

// LinkBatchRow notes which run works on a row. It is part of the change that stores the run, so that a crash cannot come between.
func (tx *Tx) LinkBatchRow(batch app.ID, number int, run, message app.ID) error {
	return tx.q.exec(`UPDATE batch_rows SET run_id = ?, message_id = ? WHERE batch_id = ? AND number = ?`, run, message, batch, number)
}

// EndBatchRow writes what came of a row. A row that is to wait again keeps nothing.
func (tx *Tx) EndBatchRow(batch app.ID, r *app.BatchRow) error {
	if r.Status == app.RowWaiting {
		return tx.q.exec(`UPDATE batch_rows SET status = 'waiting' WHERE batch_id = ? AND number = ?`, batch, r.Number)
	}
	return tx.q.exec(`UPDATE batch_rows SET status = ?, outputs = ?, error = ?, finished_at = ? WHERE batch_id = ? AND number = ?`,
		r.Status, varsp(r.Outputs), textp(r.Error), ms(tx.now), batch, r.Number)
}

// RequeueBatchRows makes rows of one state wait: those that failed, to be tried again.
func (tx *Tx) RequeueBatchRows(batch app.ID, states ...app.Status) error {
	for _, st := range states {
		if err := tx.q.exec(`UPDATE batch_rows SET status = 'waiting', error = NULL, finished_at = NULL, tries = 0 WHERE batch_id = ? AND status = ?`, batch, st); err != nil {
			return err
		}
	}
	return nil
}

// StopBatchRows gives up the rows that wait.
func (tx *Tx) StopBatchRows(batch app.ID) error {
	return tx.q.exec(`UPDATE batch_rows SET status = 'stopped' WHERE batch_id = ? AND status = 'waiting'`, batch)
}

func scanBatch(r row) (*app.Batch, error) {
	var b app.Batch
	var columns string
	var failure sql.NullString
	var created, updated int64
	var finished sql.NullInt64
	c := &b.Counts
	err := r.Scan(&b.ID, &b.App, &b.EndUser, &b.Person, &b.Source, &b.Version, &b.Lang, &b.Name, &columns, &b.Status, &failure, &b.Parallel, &created, &updated, &finished,
		&c.Total, &c.Waiting, &c.Running, &c.Succeeded, &c.Failed, &c.Stopped)
	if err != nil {
		return nil, err
	}
	b.CreatedAt, b.UpdatedAt, b.FinishedAt = at(created), at(updated), atp(finished)
	if b.Error, err = parsep[app.Failure](failure); err != nil {
		return nil, err
	}
	return &b, parse(columns, &b.Columns)
}

func scanBatchRow(r row) (*app.BatchRow, error) {
	var b app.BatchRow
	var inputs, outputs, failure sql.NullString
	var started, finished sql.NullInt64
	err := r.Scan(&b.Number, &inputs, &b.Status, &b.Tries, &b.Run, &b.Message, &outputs, &failure, &started, &finished)
	if err != nil {
		return nil, err
	}
	b.StartedAt, b.FinishedAt = atp(started), atp(finished)
	if b.Inputs, err = parseVars(inputs); err != nil {
		return nil, err
	}
	if b.Outputs, err = parseVars(outputs); err != nil {
		return nil, err
	}
	b.Error, err = parsep[app.Failure](failure)
	return &b, err
}
