package store

import (
	"database/sql"
	"strings"
	"time"

	"islet/app"
)

// DocumentFilter narrows the documents of a dataset. The zero value lists all.
type DocumentFilter struct {
	Text    string // in the name
	Status  string // app.Document.Display
	Batch   string
	Sort    string // position, name, created_at, hit_count, word_count; a leading - reverses
	Limit   int    // 0 is 30
	Offset  int
	Seeking []app.ID // these only
}

const documentColumns = `id, dataset_id, number, name, source, file_id, url, batch, position, chunking, metadata, stage, paused, error, wait, attempts,
	total, done, enabled, archived, chunks, children, word_count, tokens, pages, hits, size, created_by, created_from, created_at, updated_at, started_at,
	parsed_at, split_at, completed_at, disabled_at, disabled_by, try_at, revision, first_ord, next_ord`

// Document is one document of a dataset of the workspace.
func (s *Snapshot) Document(dataset, id app.ID) (*app.Document, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	d, err := one(s, scanDocument, `SELECT `+documentColumns+` FROM documents WHERE workspace_id = ? AND dataset_id = ? AND id = ?`, ws, dataset, id)
	return d, found(err, "document", "文档")
}

// displays are the conditions of app.Document.Display.
var displays = map[string]string{
	"error":     "stage = 'error'",
	"paused":    "stage NOT IN ('completed', 'error') AND paused = 1",
	"queuing":   "stage = 'waiting' AND paused = 0",
	"indexing":  "stage NOT IN ('waiting', 'completed', 'error') AND paused = 0",
	"archived":  "stage = 'completed' AND archived = 1",
	"disabled":  "stage = 'completed' AND archived = 0 AND enabled = 0",
	"available": "stage = 'completed' AND archived = 0 AND enabled = 1",
}

// documentOrders are the columns that a list can be sorted by.
var documentOrders = map[string]string{"": "position DESC, id", "position": "position, id", "-position": "position DESC, id", "name": "name, id", "-name": "name DESC, id",
	"created_at": "created_at, id", "-created_at": "created_at DESC, id", "hit_count": "hits, id", "-hit_count": "hits DESC, id",
	"word_count": "word_count, id", "-word_count": "word_count DESC, id"}

// Documents lists documents, the newest first unless sorted otherwise, and counts all that match.
func (s *Snapshot) Documents(dataset app.ID, f DocumentFilter) ([]*app.Document, int, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, 0, err
	}
	where, args := []string{"workspace_id = ? AND dataset_id = ?"}, []any{ws, dataset}
	if f.Text != "" {
		where, args = append(where, `name LIKE ? ESCAPE '\'`), append(args, contains(f.Text))
	}
	if cond := displays[f.Status]; cond != "" {
		where = append(where, cond)
	}
	if f.Batch != "" {
		where, args = append(where, "batch = ?"), append(args, f.Batch)
	}
	if len(f.Seeking) > 0 {
		where = append(where, "id IN (?"+strings.Repeat(", ?", len(f.Seeking)-1)+")")
		for _, id := range f.Seeking {
			args = append(args, id)
		}
	}
	cond := strings.Join(where, " AND ")
	total, err := one(s, number, `SELECT COUNT(*) FROM documents WHERE `+cond, args...)
	if err != nil {
		return nil, 0, err
	}
	order, ok := documentOrders[f.Sort]
	if !ok {
		order = documentOrders[""]
	}
	list, err := many(s, scanDocument, `SELECT `+documentColumns+` FROM documents WHERE `+cond+` ORDER BY `+order+` LIMIT ? OFFSET ?`,
		append(args, page(f.Limit), f.Offset)...)
	return list, int(total), err
}

// Queued is a document that is not finished, with its workspace.
type Queued struct {
	Workspace app.ID
	*app.Document
}

// DocumentQueue are the documents of all workspaces that a worker can do something for now, in the order in which they came.
func (s *Snapshot) DocumentQueue(limit int) ([]Queued, error) {
	const q = `SELECT workspace_id, ` + documentColumns + ` FROM documents
		WHERE stage NOT IN ('completed', 'error') AND paused = 0 AND (try_at IS NULL OR try_at <= ?) ORDER BY created_at, number LIMIT ?`
	return many(s, func(r row) (Queued, error) {
		var qd Queued
		var err error
		qd.Document, err = scanDocument(front{r, &qd.Workspace})
		return qd, err
	}, q, ms(s.now), limit)
}

// InsertDocument adds a document and gives it its number and position.
func (tx *Tx) InsertDocument(d *app.Document) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	n, err := tx.next("document")
	if err != nil {
		return err
	}
	d.Number = uint32(n) //nolint:gosec // four billion documents are more than a site sees
	last, err := one(&tx.Snapshot, number, `SELECT COALESCE(MAX(position), 0) FROM documents WHERE dataset_id = ?`, d.Dataset)
	if err != nil {
		return err
	}
	d.Position = int(last) + 1
	const q = `INSERT INTO documents (id, workspace_id, dataset_id, number, name, source, file_id, url, batch, position, chunking, metadata, stage, size,
		created_by, created_from, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, d.ID, ws, d.Dataset, d.Number, d.Name, d.Source, d.File, d.URL, d.Batch, d.Position, text(d.Chunking), meta(d.Metadata), d.Stage, d.Size,
		d.CreatedBy, d.CreatedFrom, ms(d.CreatedAt), ms(d.UpdatedAt))
}

func meta(m map[string]any) string {
	if m == nil {
		return "{}"
	}
	return text(m)
}

// SaveDocument writes all of a document that changes.
func (tx *Tx) SaveDocument(d *app.Document) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	d.UpdatedAt = tx.now
	const q = `UPDATE documents SET name = ?, source = ?, file_id = ?, url = ?, batch = ?, chunking = ?, metadata = ?, stage = ?, paused = ?, error = ?, wait = ?, attempts = ?,
		total = ?, done = ?, enabled = ?, archived = ?, chunks = ?, children = ?, word_count = ?, tokens = ?, pages = ?, size = ?, updated_at = ?,
		started_at = ?, parsed_at = ?, split_at = ?, completed_at = ?, disabled_at = ?, disabled_by = ?, try_at = ?, revision = ?, first_ord = ?, next_ord = ?
		WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, d.Name, d.Source, d.File, d.URL, d.Batch, text(d.Chunking), meta(d.Metadata), d.Stage, d.Paused, textp(d.Error), textp(d.Wait), d.Attempts,
		d.Total, d.Done, d.Enabled, d.Archived, d.Chunks, d.Children, d.WordCount, d.Tokens, d.Pages, d.Size, ms(tx.now),
		msp(d.StartedAt), msp(d.ParsedAt), msp(d.SplitAt), msp(d.CompletedAt), msp(d.DisabledAt), d.DisabledBy, msp(d.TryAt), d.Revision, d.FirstOrd, d.NextOrd,
		ws, d.ID)
	return changed(n, err, "document", "文档")
}

// Progress notes how many chunks of a document are indexed.
func (tx *Tx) Progress(id app.ID, done int) error {
	return tx.q.exec(`UPDATE documents SET done = ? WHERE id = ?`, done, id)
}

// DeleteDocument removes a document with its file row, chunks and vectors, and tells the indexes.
func (tx *Tx) DeleteDocument(d *app.Document) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	if err := tx.deleteFile(d.File); err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM documents WHERE workspace_id = ? AND dataset_id = ? AND id = ?`, ws, d.Dataset, d.ID)
	if err := changed(n, err, "document", "文档"); err != nil {
		return err
	}
	return tx.Changed(d.Dataset, d.Number, 0, d.NextOrd)
}

// DocumentText is what a document's file says, packed as it was stored; NotFound before it was parsed.
func (s *Snapshot) DocumentText(id app.ID) ([]byte, error) {
	b, err := one(s, func(r row) (b []byte, err error) { return b, r.Scan(&b) }, `SELECT data FROM document_texts WHERE document_id = ?`, id)
	return b, found(err, "text of the document", "文档文本")
}

// SetDocumentText stores what a document's file says.
func (tx *Tx) SetDocumentText(id app.ID, data []byte) error {
	return tx.q.exec(`INSERT INTO document_texts (document_id, data) VALUES (?, ?) ON CONFLICT (document_id) DO UPDATE SET data = excluded.data`, id, data)
}

// Described is what a metadata filter looks at of one document.
type Described struct {
	ID       app.ID
	Number   uint32
	Name     string
	Source   app.DocumentSource
	Uploader string // the person's name; "" where a key did it
	Created  time.Time
	Updated  time.Time
	Metadata map[string]any
}

// Describe lists the documents of a dataset that can be found, with their metadata.
func (s *Snapshot) Describe(dataset app.ID) ([]*Described, error) {
	const q = `SELECT d.id, d.number, d.name, d.source, COALESCE(u.name, ''), d.created_at, d.updated_at, d.metadata FROM documents d LEFT JOIN users u ON u.id = d.created_by
		WHERE d.dataset_id = ? AND d.enabled = 1 AND d.archived = 0 AND d.revision > 0`
	return many(s, func(r row) (*Described, error) {
		var d Described
		var created, updated int64
		var metadata string
		if err := r.Scan(&d.ID, &d.Number, &d.Name, &d.Source, &d.Uploader, &created, &updated, &metadata); err != nil {
			return nil, err
		}
		d.Created, d.Updated = at(created), at(updated)
		return &d, parse(metadata, &d.Metadata)
	}, q, dataset)
}

func scanDocument(r row) (*app.Document, error) {
	var d app.Document
	var chunking, metadata string
	var failure, wait sql.NullString
	var created, updated int64
	var started, parsed, split, completed, disabled, try sql.NullInt64
	err := r.Scan(&d.ID, &d.Dataset, &d.Number, &d.Name, &d.Source, &d.File, &d.URL, &d.Batch, &d.Position, &chunking, &metadata, &d.Stage, &d.Paused, &failure, &wait,
		&d.Attempts, &d.Total, &d.Done, &d.Enabled, &d.Archived, &d.Chunks, &d.Children, &d.WordCount, &d.Tokens, &d.Pages, &d.Hits, &d.Size, &d.CreatedBy,
		&d.CreatedFrom, &created, &updated, &started, &parsed, &split, &completed, &disabled, &d.DisabledBy, &try, &d.Revision, &d.FirstOrd, &d.NextOrd)
	if err != nil {
		return nil, err
	}
	d.CreatedAt, d.UpdatedAt = at(created), at(updated)
	d.StartedAt, d.ParsedAt, d.SplitAt, d.CompletedAt, d.DisabledAt, d.TryAt = atp(started), atp(parsed), atp(split), atp(completed), atp(disabled), atp(try)
	if d.Error, err = parsep[app.Failure](failure); err != nil {
		return nil, err
	}
	if d.Wait, err = parsep[app.Text](wait); err != nil {
		return nil, err
	}
	if err := parse(chunking, &d.Chunking); err != nil {
		return nil, err
	}
	return &d, parse(metadata, &d.Metadata)
}
