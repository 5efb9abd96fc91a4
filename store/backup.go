package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"time"

	"islet/app"
)

// The states of a backup.
const (
	BackupRunning  = "running"
	BackupVerified = "verified"
	BackupFailed   = "failed"
)

const backupColumns = `id, name, origin, status, size, sha256, encrypted, members, row_count, seconds, drill_seconds, error, created_at, finished_at`

// Backups are all known backups, the newest first.
func (s *Snapshot) Backups() ([]*app.Backup, error) {
	return many(s, scanBackup, `SELECT `+backupColumns+` FROM backups ORDER BY created_at DESC, id DESC`)
}

// Backup is one backup.
func (s *Snapshot) Backup(id app.ID) (*app.Backup, error) {
	b, err := one(s, scanBackup, `SELECT `+backupColumns+` FROM backups WHERE id = ?`, id)
	return b, found(err, "backup", "备份")
}

// SetBackup writes a backup, new or known.
func (tx *Tx) SetBackup(b *app.Backup) error {
	const q = `INSERT INTO backups (id, name, origin, status, size, sha256, encrypted, members, row_count, seconds, drill_seconds, error, created_at, finished_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status, size = excluded.size, sha256 = excluded.sha256, encrypted = excluded.encrypted,
			members = excluded.members, row_count = excluded.row_count, seconds = excluded.seconds, drill_seconds = excluded.drill_seconds,
			error = excluded.error, finished_at = excluded.finished_at`
	return tx.q.exec(q, b.ID, b.Name, b.Trigger, b.Status, b.Size, b.SHA256, b.Encrypted, b.Members, b.Rows, b.Seconds, b.DrillSecs,
		textp(b.Error), ms(b.CreatedAt), msp(b.FinishedAt))
}

// DeleteBackup forgets a backup.
func (tx *Tx) DeleteBackup(id app.ID) error {
	n, err := tx.q.affected(`DELETE FROM backups WHERE id = ?`, id)
	return changed(n, err, "backup", "备份")
}

func scanBackup(r row) (*app.Backup, error) {
	var b app.Backup
	var created int64
	var finished sql.NullInt64
	var failure sql.NullString
	err := r.Scan(&b.ID, &b.Name, &b.Trigger, &b.Status, &b.Size, &b.SHA256, &b.Encrypted, &b.Members, &b.Rows, &b.Seconds, &b.DrillSecs,
		&failure, &created, &finished)
	if err != nil {
		return nil, err
	}
	b.CreatedAt, b.FinishedAt = at(created), atp(finished)
	b.Error, err = parsep[app.Failure](failure)
	return &b, err
}

// RecordBackup writes one row from outside the process that holds the data directory, if there is one. SQLite's own locks keep
// the two apart; it is one short change. The data is not migrated.
func RecordBackup(ctx context.Context, dir string, b *app.Backup) error {
	path := filepath.Join(dir, MainFile)
	if _, err := os.Stat(path); err != nil {
		return err
	}
	pool, err := sql.Open("sqlite", dsn(path, mainPragmas))
	if err != nil {
		return err
	}
	c, err := openConn(ctx, pool)
	if err != nil {
		return errors.Join(err, pool.Close())
	}
	err = (&Tx{Snapshot{q: c, now: time.Now()}}).SetBackup(b)
	return errors.Join(err, c.close(), pool.Close())
}
