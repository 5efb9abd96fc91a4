package store

import (
	"database/sql"
	"strings"

	"islet/app"
)

// DatasetFilter narrows a list of datasets. The zero value lists all of the workspace.
type DatasetFilter struct {
	Text   string   // in the name or the description
	Tags   []app.ID // with all of these
	Seer   app.ID   // only those that this member may see; "" is everybody's
	Limit  int      // 0 is 30
	Offset int
}

const datasetColumns = `id, name, description, icon, icon_color, permission, members, embedding, search, chunking, external, built_in, api_enabled,
	space, next_space, created_by, created_at, updated_by, updated_at`

// Dataset is one dataset of the workspace.
func (s *Snapshot) Dataset(id app.ID) (*app.Dataset, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	d, err := one(s, scanDataset, `SELECT `+datasetColumns+` FROM datasets WHERE workspace_id = ? AND id = ?`, ws, id)
	return d, found(err, "dataset", "知识库")
}

// DatasetByName is the dataset of that name.
func (s *Snapshot) DatasetByName(name string) (*app.Dataset, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	d, err := one(s, scanDataset, `SELECT `+datasetColumns+` FROM datasets WHERE workspace_id = ? AND name = ?`, ws, name)
	return d, found(err, "dataset", "知识库")
}

// Datasets lists datasets, the last changed first, and counts all that match.
func (s *Snapshot) Datasets(f DatasetFilter) ([]*app.Dataset, int, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, 0, err
	}
	where, args := []string{"workspace_id = ?"}, []any{ws}
	if f.Text != "" {
		where = append(where, `(name LIKE ? ESCAPE '\' OR description LIKE ? ESCAPE '\')`)
		args = append(args, contains(f.Text), contains(f.Text))
	}
	for _, t := range f.Tags {
		where, args = append(where, "id IN (SELECT dataset_id FROM dataset_tags WHERE tag_id = ?)"), append(args, t)
	}
	if f.Seer != "" {
		where = append(where, `(permission = 'all_team_members' OR created_by = ? OR permission = 'partial_members' AND members LIKE ? ESCAPE '\')`)
		args = append(args, f.Seer, contains(`"`+string(f.Seer)+`"`))
	}
	cond := strings.Join(where, " AND ")
	total, err := one(s, number, `SELECT COUNT(*) FROM datasets WHERE `+cond, args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(s, scanDataset, `SELECT `+datasetColumns+` FROM datasets WHERE `+cond+` ORDER BY updated_at DESC, id DESC LIMIT ? OFFSET ?`,
		append(args, page(f.Limit), f.Offset)...)
	return list, int(total), err
}

// InsertDataset adds a dataset. A name that exists is dataset_name_duplicate.
func (tx *Tx) InsertDataset(d *app.Dataset) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	if err := tx.freeName(ws, d); err != nil {
		return err
	}
	const q = `INSERT INTO datasets (id, workspace_id, name, description, icon, icon_color, permission, members, embedding, search, chunking, external,
		external_api, built_in, api_enabled, space, next_space, created_by, created_at, updated_by, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, d.ID, ws, d.Name, d.Description, d.Icon, d.IconColor, d.Permission, text(d.Members), text(d.Embedding), text(d.Search),
		text(d.Chunking), textp(d.External), externalAPI(d), d.BuiltIn, d.APIEnabled, d.Space, d.NextSpace, d.CreatedBy, ms(d.CreatedAt), d.UpdatedBy, ms(d.UpdatedAt))
}

// UpdateDataset writes what a dataset is called and how it is searched, and its model. Spaces have verbs of their own.
func (tx *Tx) UpdateDataset(d *app.Dataset) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	if err := tx.freeName(ws, d); err != nil {
		return err
	}
	d.UpdatedAt, d.UpdatedBy = tx.now, tx.scope.User
	const q = `UPDATE datasets SET name = ?, description = ?, icon = ?, icon_color = ?, permission = ?, members = ?, embedding = ?, search = ?, chunking = ?,
		external = ?, external_api = ?, built_in = ?, api_enabled = ?, updated_by = ?, updated_at = ? WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, d.Name, d.Description, d.Icon, d.IconColor, d.Permission, text(d.Members), text(d.Embedding), text(d.Search), text(d.Chunking),
		textp(d.External), externalAPI(d), d.BuiltIn, d.APIEnabled, d.UpdatedBy, ms(tx.now), ws, d.ID)
	return changed(n, err, "dataset", "知识库")
}

func externalAPI(d *app.Dataset) any {
	if d.External == nil {
		return nil
	}
	return d.External.API
}

func (tx *Tx) freeName(ws app.ID, d *app.Dataset) error {
	n, err := one(&tx.Snapshot, number, `SELECT COUNT(*) FROM datasets WHERE workspace_id = ? AND name = ? AND id <> ?`, ws, d.Name, d.ID)
	if err == nil && n > 0 {
		return app.Errorf(app.Conflict, "dataset_name_duplicate", "a dataset called %q exists already; choose another name", "名为“%s”的知识库已存在；请换一个名称", d.Name)
	}
	return err
}

// DeleteDataset removes a dataset with its documents, their file rows, chunks, vectors and history.
// The bytes of the files go with the next SweepFiles; the index directory is the caller's.
func (tx *Tx) DeleteDataset(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const files = `DELETE FROM files WHERE workspace_id = ? AND id IN (SELECT file_id FROM documents WHERE dataset_id = ? AND file_id <> '')`
	if err := tx.q.exec(files, ws, id); err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM datasets WHERE workspace_id = ? AND id = ?`, ws, id)
	return changed(n, err, "dataset", "知识库")
}

// DatasetCounts is what a dataset holds.
type DatasetCounts struct {
	Documents int   `json:"documents"`
	Available int   `json:"available"` // documents that can be found
	Busy      int   `json:"busy"`      // documents that are not finished
	Failed    int   `json:"failed"`
	Chunks    int   `json:"chunks"`
	WordCount int64 `json:"word_count"`
	Hits      int64 `json:"hit_count"`
}

// DatasetCounts counts what a dataset holds.
func (s *Snapshot) DatasetCounts(id app.ID) (*DatasetCounts, error) {
	const q = `SELECT COUNT(*), COALESCE(SUM(revision > 0 AND enabled = 1 AND archived = 0), 0), COALESCE(SUM(stage NOT IN ('completed', 'error')), 0),
		COALESCE(SUM(stage = 'error'), 0), COALESCE(SUM(chunks), 0), COALESCE(SUM(word_count), 0), COALESCE(SUM(hits), 0) FROM documents WHERE dataset_id = ?`
	return one(s, func(r row) (*DatasetCounts, error) {
		var c DatasetCounts
		return &c, r.Scan(&c.Documents, &c.Available, &c.Busy, &c.Failed, &c.Chunks, &c.WordCount, &c.Hits)
	}, q, id)
}

// EveryDataset lists the datasets of all workspaces with the workspace of each, for who keeps the indexes.
func (s *Snapshot) EveryDataset() (list []*app.Dataset, workspaces []app.ID, err error) {
	list, err = many(s, func(r row) (*app.Dataset, error) {
		var ws app.ID
		d, err := scanDataset(front{r, &ws})
		workspaces = append(workspaces, ws)
		return d, err
	}, `SELECT workspace_id, `+datasetColumns+` FROM datasets ORDER BY id`)
	return list, workspaces, err
}

func scanDataset(r row) (*app.Dataset, error) {
	var d app.Dataset
	var members, embedding, search, chunking string
	var external sql.NullString
	var created, updated int64
	err := r.Scan(&d.ID, &d.Name, &d.Description, &d.Icon, &d.IconColor, &d.Permission, &members, &embedding, &search, &chunking, &external, &d.BuiltIn,
		&d.APIEnabled, &d.Space, &d.NextSpace, &d.CreatedBy, &created, &d.UpdatedBy, &updated)
	if err != nil {
		return nil, err
	}
	d.CreatedAt, d.UpdatedAt = at(created), at(updated)
	if d.External, err = parsep[app.ExternalDataset](external); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		from string
		to   any
	}{{members, &d.Members}, {embedding, &d.Embedding}, {search, &d.Search}, {chunking, &d.Chunking}} {
		if err := parse(c.from, c.to); err != nil {
			return nil, err
		}
	}
	return &d, nil
}

// next gives the next number of a counter, beginning with 1. A number is never given twice.
func (tx *Tx) next(counter string) (int64, error) {
	const q = `INSERT INTO counters (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1`
	if err := tx.q.exec(q, counter); err != nil {
		return 0, err
	}
	return one(&tx.Snapshot, number, `SELECT value FROM counters WHERE name = ?`, counter)
}

// UsingApp is an app that uses a dataset.
type UsingApp struct {
	ID        app.ID   `json:"id"`
	Name      string   `json:"name"`
	Mode      app.Mode `json:"mode"`
	Icon      string   `json:"icon"`
	IconColor string   `json:"icon_color"`
}

// AppsUsing are the apps whose draft or published version names a dataset.
func (s *Snapshot) AppsUsing(dataset app.ID) ([]*UsingApp, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT a.id, a.name, a.mode, a.icon, a.icon_color FROM apps a LEFT JOIN versions v ON v.id = a.published_id
		WHERE a.workspace_id = ? AND (a.draft LIKE ? OR v.settings LIKE ?) ORDER BY a.updated_at DESC, a.id`
	like := "%" + string(dataset) + "%"
	return many(s, func(r row) (*UsingApp, error) {
		var u UsingApp
		return &u, r.Scan(&u.ID, &u.Name, &u.Mode, &u.Icon, &u.IconColor)
	}, q, ws, like, like)
}
