package store

import (
	"database/sql"
	"time"

	"islet/app"
)

// The states of a job.
const (
	JobQueued  = "queued"
	JobRunning = "running"
	JobDone    = "done"
	JobFailed  = "failed"
)

// Enqueue adds a job in the same transaction as the data it is about. Zero fields are filled: the id, and "now" as the time to run.
func (tx *Tx) Enqueue(j app.Job) error {
	if j.ID == "" {
		j.ID = app.NewID()
	}
	if j.RunAt.IsZero() {
		j.RunAt = tx.now
	}
	if j.Payload == nil {
		j.Payload = []byte{}
	}
	const q = `INSERT INTO jobs (id, kind, payload, status, run_at, created_at) VALUES (?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, j.ID, j.Kind, j.Payload, JobQueued, ms(j.RunAt), ms(tx.now))
}

const jobColumns = `id, kind, payload, status, attempts, run_at, lease_until, error, created_at, done_at`

// Job is one job, whatever its state.
func (s *Snapshot) Job(id app.ID) (*app.Job, error) {
	const q = `SELECT ` + jobColumns + ` FROM jobs WHERE id = ?`
	j, err := one(s, scanJob, q, id)
	return j, found(err, "job", "任务")
}

// DueJobs are the jobs that can run now: queued ones whose time has come, and running ones whose lease has ended because
// their worker is gone. The longest due comes first.
func (s *Snapshot) DueJobs(limit int) ([]*app.Job, error) {
	const q = `SELECT ` + jobColumns + ` FROM jobs
		WHERE status = 'queued' AND run_at <= ? OR status = 'running' AND lease_until <= ? ORDER BY run_at, id LIMIT ?`
	return many(s, scanJob, q, ms(s.now), ms(s.now), limit)
}

// ClaimJob gives a job to a worker until the lease ends. It fails with NotFound if another worker was faster.
func (tx *Tx) ClaimJob(j *app.Job, until time.Time) error {
	const q = `UPDATE jobs SET status = 'running', attempts = ?, lease_until = ? WHERE id = ? AND status = ? AND attempts = ?`
	n, err := tx.q.affected(q, j.Attempts+1, ms(until), j.ID, j.Status, j.Attempts)
	if err := changed(n, err, "job", "任务"); err != nil {
		return err
	}
	j.Status, j.Attempts, j.LeaseTill = JobRunning, j.Attempts+1, &until
	return nil
}

// ExtendJob keeps a job that its worker still holds. It fails with NotFound if the lease was lost.
func (tx *Tx) ExtendJob(j *app.Job, until time.Time) error {
	const q = `UPDATE jobs SET lease_until = ? WHERE id = ? AND status = 'running' AND attempts = ?`
	n, err := tx.q.affected(q, ms(until), j.ID, j.Attempts)
	return changed(n, err, "job", "任务")
}

// FinishJob writes how a held job ended: done, failed for good, or queued again for RunAt. A lease that was lost is NotFound.
func (tx *Tx) FinishJob(j *app.Job) error {
	const q = `UPDATE jobs SET status = ?, run_at = ?, lease_until = NULL, error = ?, done_at = ? WHERE id = ? AND status = 'running' AND attempts = ?`
	n, err := tx.q.affected(q, j.Status, ms(j.RunAt), j.Error, msp(j.DoneAt), j.ID, j.Attempts)
	return changed(n, err, "job", "任务")
}

// ReturnJob puts a held job back as if it had not been claimed: its worker is shutting down.
func (tx *Tx) ReturnJob(j *app.Job) error {
	const q = `UPDATE jobs SET status = 'queued', attempts = ?, lease_until = NULL WHERE id = ? AND status = 'running' AND attempts = ?`
	n, err := tx.q.affected(q, j.Attempts-1, j.ID, j.Attempts)
	return changed(n, err, "job", "任务")
}

// ReleaseJobs makes every running job due again. Only the one process that holds the data directory calls it, at its start.
func (tx *Tx) ReleaseJobs() error {
	return tx.q.exec(`UPDATE jobs SET status = 'queued', lease_until = NULL WHERE status = 'running'`)
}

// PruneJobs forgets jobs that ended before the moment given.
func (tx *Tx) PruneJobs(before time.Time) error {
	return tx.q.exec(`DELETE FROM jobs WHERE status IN ('done', 'failed') AND done_at < ?`, ms(before))
}

// Schedules are all schedules, switched off or not.
func (s *Snapshot) Schedules() ([]*app.Schedule, error) {
	return many(s, scanSchedule, `SELECT name, cron, kind, next_at, off FROM schedules ORDER BY name`)
}

// Schedule is one schedule.
func (s *Snapshot) Schedule(name string) (*app.Schedule, error) {
	sc, err := one(s, scanSchedule, `SELECT name, cron, kind, next_at, off FROM schedules WHERE name = ?`, name)
	return sc, found(err, "schedule", "定时任务")
}

// SetSchedule writes a schedule. Package job computes NextAt.
func (tx *Tx) SetSchedule(sc *app.Schedule) error {
	const q = `INSERT INTO schedules (name, cron, kind, next_at, off) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, kind = excluded.kind, next_at = excluded.next_at, off = excluded.off`
	return tx.q.exec(q, sc.Name, sc.Cron, sc.Kind, ms(sc.NextAt), sc.Off)
}

func scanJob(r row) (*app.Job, error) {
	var j app.Job
	var runAt, created int64
	var lease, done sql.NullInt64
	err := r.Scan(&j.ID, &j.Kind, &j.Payload, &j.Status, &j.Attempts, &runAt, &lease, &j.Error, &created, &done)
	j.RunAt, j.CreatedAt, j.LeaseTill, j.DoneAt = at(runAt), at(created), atp(lease), atp(done)
	return &j, err
}

func scanSchedule(r row) (*app.Schedule, error) {
	var s app.Schedule
	var next int64
	err := r.Scan(&s.Name, &s.Cron, &s.Kind, &next, &s.Off)
	s.NextAt = at(next)
	return &s, err
}
