package store

import (
	"strings"

	"islet/app"
)

// AppFilter narrows a list of apps. The zero value lists all.
type AppFilter struct {
	Text      string   // in the name or the description
	Mode      app.Mode // one mode only
	CreatedBy app.ID   // of one person only
	Tags      []app.ID // with all of these
	Limit     int      // 0 is 30
	Offset    int
}

const appColumns = `id, mode, name, description, icon, icon_color, tags, draft, draft_rev, published_id, site_code, site_enabled, site, api_enabled, created_by, created_at, updated_at`

// App is one app of the workspace. A scope that is bound to another app finds nothing.
func (s *Snapshot) App(id app.ID) (*app.App, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	if s.scope.App != "" && s.scope.App != id {
		return nil, app.Missing("app", "应用")
	}
	const q = `SELECT ` + appColumns + ` FROM apps WHERE workspace_id = ? AND id = ?`
	a, err := one(s, scanApp, q, ws, id)
	return a, found(err, "app", "应用")
}

// AppBySite is the app whose web app has that code, and its workspace: a visitor comes without a scope.
func (s *Snapshot) AppBySite(code string) (workspace app.ID, a *app.App, err error) {
	const q = `SELECT workspace_id, ` + appColumns + ` FROM apps WHERE site_code = ?`
	a, err = one(s, func(r row) (*app.App, error) { return scanApp(front{r, &workspace}) }, q, code)
	return workspace, a, found(err, "web app", "网页应用")
}

// Apps lists apps, the last edited first, and counts all that match.
func (s *Snapshot) Apps(f AppFilter) ([]*app.App, int, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, 0, err
	}
	where, args := []string{"workspace_id = ?"}, []any{ws}
	if f.Text != "" {
		where = append(where, `(name LIKE ? ESCAPE '\' OR description LIKE ? ESCAPE '\')`)
		args = append(args, contains(f.Text), contains(f.Text))
	}
	if f.Mode != "" {
		where, args = append(where, "mode = ?"), append(args, f.Mode)
	}
	if f.CreatedBy != "" {
		where, args = append(where, "created_by = ?"), append(args, f.CreatedBy)
	}
	for _, t := range f.Tags {
		where, args = append(where, "id IN (SELECT app_id FROM app_tags WHERE tag_id = ?)"), append(args, t)
	}
	cond := strings.Join(where, " AND ")
	total, err := one(s, number, `SELECT COUNT(*) FROM apps WHERE `+cond, args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(s, scanApp, `SELECT `+appColumns+` FROM apps WHERE `+cond+` ORDER BY updated_at DESC, id DESC LIMIT ? OFFSET ?`,
		append(args, page(f.Limit), f.Offset)...)
	return list, int(total), err
}

// InsertApp adds an app.
func (tx *Tx) InsertApp(a *app.App) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO apps (id, workspace_id, mode, name, description, icon, icon_color, tags, draft, draft_rev, published_id, site_code, site_enabled, site,
		api_enabled, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, a.ID, ws, a.Mode, a.Name, a.Description, a.Icon, a.IconColor, text(a.Tags), text(a.Draft), a.DraftRev, a.Published,
		a.Site.Code, a.Site.Enabled, text(a.Site), a.APIEnabled, a.CreatedBy, ms(a.CreatedAt), ms(a.UpdatedAt))
	if err != nil || len(a.Tags) == 0 {
		return err
	}
	return tx.tagApp(ws, a)
}

// UpdateApp writes what an app is called and who may reach it; draft and published version have verbs of their own.
func (tx *Tx) UpdateApp(a *app.App) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	a.UpdatedAt = tx.now
	const q = `UPDATE apps SET name = ?, description = ?, icon = ?, icon_color = ?, tags = ?, site_code = ?, site_enabled = ?, site = ?, api_enabled = ?, updated_at = ?
		WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, a.Name, a.Description, a.Icon, a.IconColor, text(a.Tags), a.Site.Code, a.Site.Enabled, text(a.Site), a.APIEnabled, ms(tx.now), ws, a.ID)
	if err := changed(n, err, "app", "应用"); err != nil {
		return err
	}
	return tx.tagApp(ws, a)
}

// SaveDraft replaces the draft if it still is at revision rev, and returns the new revision. A draft that moved on is draft_conflict.
func (tx *Tx) SaveDraft(id app.ID, rev int64, draft *app.Settings) (int64, error) {
	ws, err := tx.ws()
	if err != nil {
		return 0, err
	}
	const q = `UPDATE apps SET draft = ?, draft_rev = draft_rev + 1, updated_at = ? WHERE workspace_id = ? AND id = ? AND draft_rev = ?`
	n, err := tx.q.affected(q, text(draft), ms(tx.now), ws, id, rev)
	if err != nil || n > 0 {
		return rev + 1, err
	}
	if _, err := tx.App(id); err != nil {
		return 0, err
	}
	return 0, app.Errorf(app.Conflict, "draft_conflict",
		"someone else saved this app in the meantime; reload it, then make your change again",
		"其他人刚刚保存了此应用；请重新加载后再修改")
}

// SetPublished makes a version the one that the web app and the Service API run.
func (tx *Tx) SetPublished(id, version app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE apps SET published_id = ?, updated_at = ? WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, version, ms(tx.now), ws, id)
	return changed(n, err, "app", "应用")
}

// AppContent counts what goes when an app is deleted.
type AppContent struct {
	Versions      int `json:"versions"`
	Keys          int `json:"keys"`
	Conversations int `json:"conversations"`
	Messages      int `json:"messages"`
	Files         int `json:"files"`
}

// AppContent counts what an app holds.
func (s *Snapshot) AppContent(id app.ID) (*AppContent, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT (SELECT COUNT(*) FROM versions WHERE workspace_id = ? AND app_id = ?), (SELECT COUNT(*) FROM keys WHERE workspace_id = ? AND app_id = ?),
		(SELECT COUNT(*) FROM conversations WHERE workspace_id = ? AND app_id = ?), (SELECT COUNT(*) FROM messages WHERE workspace_id = ? AND app_id = ?),
		(SELECT COUNT(*) FROM files WHERE workspace_id = ? AND app_id = ?)`
	return one(s, func(r row) (*AppContent, error) {
		var c AppContent
		return &c, r.Scan(&c.Versions, &c.Keys, &c.Conversations, &c.Messages, &c.Files)
	}, q, ws, id, ws, id, ws, id, ws, id, ws, id)
}

// DeleteApp removes an app with its versions, keys, end users, conversations, messages, runs, forms, triggers and file rows.
// The bytes of the files go with the next SweepFiles.
func (tx *Tx) DeleteApp(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	if err := tx.q.exec(`DELETE FROM files WHERE workspace_id = ? AND app_id = ?`, ws, id); err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM apps WHERE workspace_id = ? AND id = ?`, ws, id)
	return changed(n, err, "app", "应用")
}

func scanApp(r row) (*app.App, error) {
	var a app.App
	var tags, draft, site string
	var created, updated int64
	err := r.Scan(&a.ID, &a.Mode, &a.Name, &a.Description, &a.Icon, &a.IconColor, &tags, &draft, &a.DraftRev, &a.Published,
		&a.Site.Code, &a.Site.Enabled, &site, &a.APIEnabled, &a.CreatedBy, &created, &updated)
	if err != nil {
		return nil, err
	}
	code, enabled := a.Site.Code, a.Site.Enabled // the columns are the truth; the JSON holds the rest
	if err := parse(site, &a.Site); err != nil {
		return nil, err
	}
	a.Site.Code, a.Site.Enabled = code, enabled
	if err := parse(tags, &a.Tags); err != nil {
		return nil, err
	}
	a.CreatedAt, a.UpdatedAt = at(created), at(updated)
	return &a, parse(draft, &a.Draft)
}

// front is a row with one more column in front of those that a scan function knows.
type front struct {
	row
	first any
}

func (f front) Scan(dest ...any) error { return f.row.Scan(append([]any{f.first}, dest...)...) }

// contains is a LIKE pattern for text anywhere; the query says ESCAPE '\'.
func contains(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// page is the size of one page of a list.
func page(limit int) int {
	if limit <= 0 {
		return 30
	}
	return limit
}
