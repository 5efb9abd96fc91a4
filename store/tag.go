package store

import "islet/app"

// tagApp makes the rows of app_tags what the app says: a tag of that name exists afterwards for each.
func (tx *Tx) tagApp(ws app.ID, a *app.App) error {
	if err := tx.q.exec(`DELETE FROM app_tags WHERE app_id = ?`, a.ID); err != nil {
		return err
	}
	for _, name := range a.Tags {
		const add = `INSERT INTO tags (id, workspace_id, name, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (workspace_id, name) DO NOTHING`
		if err := tx.q.exec(add, app.NewID(), ws, name, ms(tx.now)); err != nil {
			return err
		}
		const bind = `INSERT INTO app_tags (app_id, tag_id) SELECT ?, id FROM tags WHERE workspace_id = ? AND name = ? ON CONFLICT (app_id, tag_id) DO NOTHING`
		if err := tx.q.exec(bind, a.ID, ws, name); err != nil {
			return err
		}
	}
	return nil
}

// retagApps changes one tag in the rows of the apps that carry it; "" takes it away.
func (tx *Tx) retagApps(ws, tag app.ID, name string) error {
	type tagged struct {
		id   app.ID
		tags []string
	}
	const q = `SELECT a.id, a.tags, t.name FROM app_tags b JOIN apps a ON a.id = b.app_id JOIN tags t ON t.id = b.tag_id WHERE t.workspace_id = ? AND t.id = ?`
	list, err := many(&tx.Snapshot, func(r row) (tagged, error) {
		var t tagged
		var raw, old string
		var names []string
		if err := r.Scan(&t.id, &raw, &old); err != nil {
			return t, err
		}
		err := parse(raw, &names)
		t.tags = []string{}
		for _, n := range names {
			if n == old {
				n = name
			}
			if n != "" {
				t.tags = append(t.tags, n)
			}
		}
		return t, err
	}, q, ws, tag)
	for _, t := range list {
		if err == nil {
			err = tx.q.exec(`UPDATE apps SET tags = ? WHERE id = ?`, text(t.tags), t.id)
		}
	}
	return err
}
