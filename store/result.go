package store

import (
	"database/sql"
	"time"

	"islet/app"
)

// resultFrom finds a result k.result_id of the end user k.end_user_id: a message, or a run that has none.
const (
	resultColumns = `COALESCE(m.inputs, r.inputs), COALESCE(m.answer, ''), r.outputs, COALESCE(m.created_at, r.started_at), COALESCE(s.token, '')`
	resultFrom    = ` LEFT JOIN messages m ON m.id = k.result_id AND m.app_id = k.app_id AND m.end_user_id = k.end_user_id
		LEFT JOIN runs r ON r.id = k.result_id AND r.app_id = k.app_id AND r.end_user_id = k.end_user_id
		LEFT JOIN shared_results s ON s.result_id = k.result_id AND s.app_id = k.app_id WHERE (m.id IS NOT NULL OR r.id IS NOT NULL)`
)

// HasResult tells whether a message or run is the scope's end user's and has come to its end.
func (s *Snapshot) HasResult(id app.ID) error {
	cond, args, err := s.owned("")
	if err != nil {
		return err
	}
	over := ` AND id = ? AND status IN ('succeeded', 'partial-succeeded', 'stopped')`
	n, err := one(s, number, `SELECT (SELECT COUNT(*) FROM messages WHERE `+cond+over+`) + (SELECT COUNT(*) FROM runs WHERE `+cond+over+`)`,
		append(append(append([]any{}, args...), id), append(append([]any{}, args...), id)...)...)
	if err == nil && n == 0 {
		return app.Missing("result", "结果")
	}
	return err
}

// KeptResults lists what the scope's end user keeps, the newest first.
func (s *Snapshot) KeptResults() ([]*app.Result, error) {
	if _, _, err := s.owned(""); err != nil {
		return nil, err
	}
	const q = `SELECT k.result_id, k.kept_at, ` + resultColumns + ` FROM kept_results k` + resultFrom + ` AND k.app_id = ? AND k.end_user_id = ? ORDER BY k.kept_at DESC, k.result_id LIMIT 200`
	return many(s, scanResult, q, s.scope.App, s.scope.EndUser)
}

// SharedResult is the result of the scope's app that a token shows.
func (s *Snapshot) SharedResult(token string) (*app.Result, error) {
	if _, _, err := s.owned(""); err != nil {
		return nil, err
	}
	const q = `SELECT k.result_id, k.created_at, ` + resultColumns + ` FROM shared_results k` + resultFrom + ` AND k.token = ? AND k.app_id = ?`
	r, err := one(s, scanResult, q, token, s.scope.App)
	return r, found(err, "result", "结果")
}

// KeepResult notes that the scope's end user keeps a result; twice is once.
func (tx *Tx) KeepResult(id app.ID) error {
	return tx.q.exec(`INSERT INTO kept_results (app_id, end_user_id, result_id, kept_at) VALUES (?, ?, ?, ?) ON CONFLICT (app_id, end_user_id, result_id) DO NOTHING`,
		tx.scope.App, tx.scope.EndUser, id, ms(tx.now))
}

// DropResult forgets that the scope's end user keeps a result.
func (tx *Tx) DropResult(id app.ID) error {
	return tx.q.exec(`DELETE FROM kept_results WHERE app_id = ? AND end_user_id = ? AND result_id = ?`, tx.scope.App, tx.scope.EndUser, id)
}

// ShareResult gives a result of the scope's end user the token of a link, or returns the one that it has.
func (tx *Tx) ShareResult(id app.ID, token string) (string, error) {
	const q = `INSERT INTO shared_results (token, app_id, end_user_id, result_id, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (result_id) DO NOTHING`
	if err := tx.q.exec(q, token, tx.scope.App, tx.scope.EndUser, id, ms(tx.now)); err != nil {
		return "", err
	}
	return one(&tx.Snapshot, scanText, `SELECT token FROM shared_results WHERE result_id = ?`, id)
}

// UnshareResult makes the link of a result of the scope's end user useless.
func (tx *Tx) UnshareResult(id app.ID) error {
	return tx.q.exec(`DELETE FROM shared_results WHERE app_id = ? AND end_user_id = ? AND result_id = ?`, tx.scope.App, tx.scope.EndUser, id)
}

func scanResult(r row) (*app.Result, error) {
	var out app.Result
	var kept int64
	var made sql.NullInt64
	var inputs, outputs sql.NullString
	err := r.Scan(&out.ID, &kept, &inputs, &out.Answer, &outputs, &made, &out.Token)
	if err != nil {
		return nil, err
	}
	out.KeptAt = at(kept)
	if made.Valid {
		out.MadeAt = time.UnixMilli(made.Int64).UTC()
	}
	if out.Inputs, err = parseVars(inputs); err != nil {
		return nil, err
	}
	out.Outputs, err = parseVars(outputs)
	return &out, err
}
