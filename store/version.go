package store

import "islet/app"

const versionColumns = `id, app_id, number, name, note, settings, created_by, created_at`

// Version is one version of an app.
func (s *Snapshot) Version(appID, id app.ID) (*app.Version, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + versionColumns + ` FROM versions WHERE workspace_id = ? AND app_id = ? AND id = ?`
	v, err := one(s, scanVersion, q, ws, appID, id)
	return v, found(err, "version", "版本")
}

// VersionFilter narrows a list of versions. The zero value lists all.
type VersionFilter struct {
	By     app.ID // published by this member
	Named  bool   // that somebody gave a name
	Text   string // in the name or the note
	Limit  int    // 0 is 30
	Offset int
}

// Versions lists the versions of an app, newest first, and counts all that match.
func (s *Snapshot) Versions(appID app.ID, f VersionFilter) ([]*app.Version, int, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, 0, err
	}
	where, args := `workspace_id = ? AND app_id = ?`, []any{ws, appID}
	if f.By != "" {
		where, args = where+` AND created_by = ?`, append(args, f.By)
	}
	if f.Named {
		where += ` AND name <> ''`
	}
	if f.Text != "" {
		where, args = where+` AND (name LIKE ? ESCAPE '\' OR note LIKE ? ESCAPE '\')`, append(args, contains(f.Text), contains(f.Text))
	}
	total, err := one(s, number, `SELECT COUNT(*) FROM versions WHERE `+where, args...)
	if err != nil {
		return nil, 0, err
	}
	q := `SELECT ` + versionColumns + ` FROM versions WHERE ` + where + ` ORDER BY number DESC LIMIT ? OFFSET ?`
	list, err := many(s, scanVersion, q, append(args, page(f.Limit), f.Offset)...)
	return list, int(total), err
}

// InsertVersion adds a version and gives it the next number of its app.
func (tx *Tx) InsertVersion(v *app.Version) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	last, err := one(&tx.Snapshot, number, `SELECT MAX(number) FROM versions WHERE workspace_id = ? AND app_id = ?`, ws, v.App)
	if err != nil {
		return err
	}
	v.Number = int(last) + 1
	const q = `INSERT INTO versions (id, workspace_id, app_id, number, name, note, settings, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, v.ID, ws, v.App, v.Number, v.Name, v.Note, text(v.Settings), v.CreatedBy, ms(v.CreatedAt))
}

// UpdateVersion writes a version's name and note; what it does never changes.
func (tx *Tx) UpdateVersion(v *app.Version) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE versions SET name = ?, note = ? WHERE workspace_id = ? AND app_id = ? AND id = ?`
	n, err := tx.q.affected(q, v.Name, v.Note, ws, v.App, v.ID)
	return changed(n, err, "version", "版本")
}

// DeleteVersion removes a version. That it is not the published one is the caller's to check, in the same transaction.
func (tx *Tx) DeleteVersion(appID, id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `DELETE FROM versions WHERE workspace_id = ? AND app_id = ? AND id = ?`
	n, err := tx.q.affected(q, ws, appID, id)
	return changed(n, err, "version", "版本")
}

func scanVersion(r row) (*app.Version, error) {
	var v app.Version
	var settings string
	var created int64
	if err := r.Scan(&v.ID, &v.App, &v.Number, &v.Name, &v.Note, &settings, &v.CreatedBy, &created); err != nil {
		return nil, err
	}
	v.CreatedAt = at(created)
	return &v, parse(settings, &v.Settings)
}
