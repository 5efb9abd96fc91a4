package store

import (
	"database/sql"
	"errors"

	"islet/app"
)

const runColumns = `id, app_id, version_id, message_id, end_user_id, source, status, error, usage, steps, started_at, finished_at`

// Run is one run of the caller's workspace, or of the caller's app where the scope names one.
func (s *Snapshot) Run(id app.ID) (*app.Run, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + runColumns + ` FROM runs WHERE workspace_id = ? AND id = ?`
	r, err := one(s, scanRun, q, ws, id)
	if err == nil && s.scope.App != "" && s.scope.App != r.App {
		err = sql.ErrNoRows
	}
	return r, found(err, "run", "运行记录")
}

// RunAnswer is what the message of a run says so far; empty where the run has no message.
func (s *Snapshot) RunAnswer(run app.ID) (answer, reasoning string, err error) {
	ws, err := s.ws()
	if err != nil {
		return "", "", err
	}
	const q = `SELECT m.answer, m.reasoning FROM runs r JOIN messages m ON m.id = r.message_id WHERE r.workspace_id = ? AND r.id = ?`
	pair, err := one(s, scanPair, q, ws, run)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return pair[0], pair[1], err
}

func scanPair(r row) (p [2]string, err error) {
	err = r.Scan(&p[0], &p[1])
	return p, err
}

// RunLeft is a run that an earlier process began and did not finish.
type RunLeft struct {
	Workspace app.ID
	Run       *app.Run
}

// RunsLeft lists, for all workspaces, the runs whose status is running. At start, before any run begins, nobody works on
// them any more.
func (s *Snapshot) RunsLeft() ([]RunLeft, error) {
	const q = `SELECT workspace_id, ` + runColumns + ` FROM runs WHERE status = 'running' ORDER BY started_at`
	return many(s, func(r row) (RunLeft, error) {
		var l RunLeft
		var err error
		l.Run, err = scanRunWith(r, &l.Workspace)
		return l, err
	}, q)
}

// InsertRun stores a run that begins.
func (tx *Tx) InsertRun(r *app.Run) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO runs (workspace_id, ` + runColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, ws, r.ID, r.App, r.Version, r.Message, r.EndUser, r.Source, r.Status, textp(r.Error), text(r.Usage), r.Steps,
		ms(r.StartedAt), msp(r.FinishedAt))
}

// FinishRun stores how a run ended.
func (tx *Tx) FinishRun(r *app.Run) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE runs SET status = ?, error = ?, usage = ?, steps = ?, finished_at = ? WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, r.Status, textp(r.Error), text(r.Usage), r.Steps, msp(r.FinishedAt), ws, r.ID)
	return changed(n, err, "run", "运行记录")
}

// InterruptMessage marks the message of a run that the server's end cut short and keeps what was said by then. A run
// without a message, or whose message was deleted, is no error.
func (tx *Tx) InterruptMessage(run app.ID, answer, reasoning string) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE messages SET status = 'interrupted', answer = ?, reasoning = ?, updated_at = ?
		WHERE workspace_id = ? AND status = 'running' AND id = (SELECT message_id FROM runs WHERE workspace_id = ? AND id = ?)`
	return tx.q.exec(q, answer, reasoning, ms(tx.now), ws, ws, run)
}

func scanRun(r row) (*app.Run, error) { return scanRunWith(r) }

// scanRunWith scans a run behind other columns.
func scanRunWith(r row, before ...any) (*app.Run, error) {
	var v app.Run
	var usage string
	var failure sql.NullString
	var started int64
	var finished sql.NullInt64
	err := r.Scan(append(before, &v.ID, &v.App, &v.Version, &v.Message, &v.EndUser, &v.Source, &v.Status, &failure, &usage, &v.Steps, &started, &finished)...)
	if err != nil {
		return &v, err
	}
	v.StartedAt, v.FinishedAt = at(started), atp(finished)
	if v.Error, err = parsep[app.Failure](failure); err != nil {
		return &v, err
	}
	return &v, parse(usage, &v.Usage)
}
