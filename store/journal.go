package store

import "islet/app"

// AppendSteps adds entries to the journal of a run, numbered from first on. The entries are JSON that the store does not
// read. A number that is taken is steps_taken (Conflict): somebody else works on the run.
func (tx *Tx) AppendSteps(run app.ID, first int, steps [][]byte) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO run_steps (run_id, seq, data) SELECT id, ?, ? FROM runs WHERE workspace_id = ? AND id = ?`
	for i, data := range steps {
		n, err := tx.q.affected(q, first+i, string(data), ws, run)
		if isUnique(err) {
			return app.Errorf(app.Conflict, "steps_taken", "somebody else works on this run", "该运行正由其他进程处理").Because(err)
		}
		if err := changed(n, err, "run", "运行记录"); err != nil {
			return err
		}
	}
	return nil
}

// Steps are the entries of a run's journal in their order; none once the run has ended.
func (s *Snapshot) Steps(run app.ID) ([][]byte, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT j.data FROM runs r JOIN run_steps j ON j.run_id = r.id WHERE r.workspace_id = ? AND r.id = ? AND (? = '' OR r.app_id = ?) ORDER BY j.seq`
	return many(s, scanBytes, q, ws, run, s.scope.App, s.scope.App)
}

// PutRunState stores what a run needs beside its journal to go on, in place of what was stored before. It is JSON that the
// store does not read.
func (tx *Tx) PutRunState(run app.ID, data []byte) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO run_states (run_id, data) SELECT id, ? FROM runs WHERE workspace_id = ? AND id = ?
		ON CONFLICT (run_id) DO UPDATE SET data = excluded.data`
	n, err := tx.q.affected(q, string(data), ws, run)
	return changed(n, err, "run", "运行记录")
}

// RunState is what PutRunState stored; NotFound for a run without one, or that has ended.
func (s *Snapshot) RunState(run app.ID) ([]byte, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT t.data FROM runs r JOIN run_states t ON t.run_id = r.id WHERE r.workspace_id = ? AND r.id = ? AND (? = '' OR r.app_id = ?)`
	data, err := one(s, scanBytes, q, ws, run, s.scope.App, s.scope.App)
	return data, found(err, "run", "运行记录")
}

// DropSteps removes the journal of a run that ends, and its state. A run without them is no error.
func (tx *Tx) DropSteps(run app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const steps = `DELETE FROM run_steps WHERE run_id = (SELECT id FROM runs WHERE workspace_id = ? AND id = ?)`
	if err := tx.q.exec(steps, ws, run); err != nil {
		return err
	}
	const state = `DELETE FROM run_states WHERE run_id = (SELECT id FROM runs WHERE workspace_id = ? AND id = ?)`
	return tx.q.exec(state, ws, run)
}

func scanBytes(r row) (b []byte, err error) {
	err = r.Scan(&b)
	return b, err
}
