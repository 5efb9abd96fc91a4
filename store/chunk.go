package store

import (
	"database/sql"
	"strings"

	"islet/app"
)

// ChunkFilter narrows the chunks of a document. The zero value lists those that can be found, enabled or not.
type ChunkFilter struct {
	Text    string
	Enabled *bool
	Limit   int // 0 is 30
	Offset  int
}

const chunkColumns = `id, dataset_id, document_id, number, ord, revision, position, content, answer, heading, page, word_count, tokens, keywords, enabled, disabled_at,
	disabled_by, hits, edited, hash, created_by, created_at, updated_at`

// Chunk is one chunk of a document, with its children.
func (s *Snapshot) Chunk(d *app.Document, id app.ID) (*app.Chunk, error) {
	c, err := one(s, scanChunk, `SELECT `+chunkColumns+` FROM chunks WHERE document_id = ? AND revision = ? AND id = ?`, d.ID, d.Revision, id)
	if err != nil {
		return nil, found(err, "chunk", "分段")
	}
	c.Children, err = s.Children(id)
	return c, err
}

// Chunks lists chunks of a document in their order, without their children, and counts all that match.
func (s *Snapshot) Chunks(d *app.Document, f ChunkFilter) ([]*app.Chunk, int, error) {
	where, args := []string{"document_id = ? AND revision = ?"}, []any{d.ID, d.Revision}
	if f.Text != "" {
		where = append(where, `(content LIKE ? ESCAPE '\' OR answer LIKE ? ESCAPE '\')`)
		args = append(args, contains(f.Text), contains(f.Text))
	}
	if f.Enabled != nil {
		where, args = append(where, "enabled = ?"), append(args, *f.Enabled)
	}
	cond := strings.Join(where, " AND ")
	total, err := one(s, number, `SELECT COUNT(*) FROM chunks WHERE `+cond, args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(s, scanChunk, `SELECT `+chunkColumns+` FROM chunks WHERE `+cond+` ORDER BY position LIMIT ? OFFSET ?`, append(args, page(f.Limit), f.Offset)...)
	return list, int(total), err
}

const childColumns = `id, chunk_id, ord, position, content, word_count, edited, created_at, updated_at`

// Children are the children of a chunk in their order.
func (s *Snapshot) Children(chunk app.ID) ([]app.Child, error) {
	return many(s, scanChild, `SELECT `+childColumns+` FROM children WHERE chunk_id = ? ORDER BY position`, chunk)
}

// DropRevision removes the chunks of a document that belong to one revision.
func (tx *Tx) DropRevision(d *app.Document, revision int) error {
	return tx.q.exec(`DELETE FROM chunks WHERE document_id = ? AND revision = ?`, d.ID, revision)
}

// DropOtherRevisions removes all chunks of a document but those of its revision.
func (tx *Tx) DropOtherRevisions(d *app.Document) error {
	return tx.q.exec(`DELETE FROM chunks WHERE document_id = ? AND revision <> ?`, d.ID, d.Revision)
}

// InsertChunks adds chunks with their children and makes their units. Number, ordinals and revision are set by the caller; the
// indexes are not told.
func (tx *Tx) InsertChunks(chunks []*app.Chunk) error {
	const q = `INSERT INTO chunks (` + chunkColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	for _, c := range chunks {
		err := tx.q.exec(q, c.ID, c.Dataset, c.Document, c.Number, c.Ord, c.Revision, c.Position, c.Content, c.Answer, text(c.Heading), c.Page, c.WordCount, c.Tokens,
			text(c.Keywords), c.Enabled, msp(c.DisabledAt), c.DisabledBy, c.Hits, c.Edited, c.Hash, c.CreatedBy, ms(c.CreatedAt), ms(c.UpdatedAt))
		if err != nil {
			return err
		}
		if len(c.Children) == 0 {
			if err := tx.insertUnit(c, c.Ord, nil); err != nil {
				return err
			}
		}
		for i := range c.Children {
			if err := tx.InsertChild(c, &c.Children[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// InsertChild adds a child to a chunk and makes its unit.
func (tx *Tx) InsertChild(c *app.Chunk, k *app.Child) error {
	k.Chunk = c.ID
	const q = `INSERT INTO children (id, chunk_id, number, ord, position, content, word_count, edited, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	if err := tx.q.exec(q, k.ID, c.ID, c.Number, k.Ord, k.Position, k.Content, k.WordCount, k.Edited, ms(k.CreatedAt), ms(k.UpdatedAt)); err != nil {
		return err
	}
	return tx.insertUnit(c, k.Ord, k.ID)
}

func (tx *Tx) insertUnit(c *app.Chunk, ord uint32, child any) error {
	return tx.q.exec(`INSERT INTO units (number, ord, chunk_id, child_id) VALUES (?, ?, ?, ?)`, c.Number, ord, c.ID, child)
}

// DeleteUnit takes a chunk without children out of the indexes' view: it got children, which are searched in its place.
func (tx *Tx) DeleteUnit(number, ord uint32) error {
	return tx.q.exec(`DELETE FROM units WHERE number = ? AND ord = ?`, number, ord)
}

// RestoreUnit puts a chunk whose last child went back into the indexes' view.
func (tx *Tx) RestoreUnit(c *app.Chunk) error { return tx.insertUnit(c, c.Ord, nil) }

// SaveChunk writes all of a chunk that changes. Where the text did, its vectors go.
func (tx *Tx) SaveChunk(c *app.Chunk, newText bool) error {
	c.UpdatedAt = tx.now
	const q = `UPDATE chunks SET position = ?, content = ?, answer = ?, word_count = ?, tokens = ?, keywords = ?, enabled = ?, disabled_at = ?, disabled_by = ?, edited = ?,
		hash = ?, updated_at = ? WHERE id = ?`
	n, err := tx.q.affected(q, c.Position, c.Content, c.Answer, c.WordCount, c.Tokens, text(c.Keywords), c.Enabled, msp(c.DisabledAt), c.DisabledBy, c.Edited, c.Hash,
		ms(tx.now), c.ID)
	if err := changed(n, err, "chunk", "分段"); err != nil || !newText {
		return err
	}
	return tx.dropVectors(c.Number, c.Ord)
}

// SaveChild writes the text and position of a child. Its vectors go.
func (tx *Tx) SaveChild(number uint32, k *app.Child) error {
	k.UpdatedAt = tx.now
	const q = `UPDATE children SET position = ?, content = ?, word_count = ?, edited = ?, updated_at = ? WHERE id = ?`
	n, err := tx.q.affected(q, k.Position, k.Content, k.WordCount, k.Edited, ms(tx.now), k.ID)
	if err := changed(n, err, "child chunk", "子分段"); err != nil {
		return err
	}
	return tx.dropVectors(number, k.Ord)
}

func (tx *Tx) dropVectors(number, ord uint32) error {
	return tx.q.exec(`DELETE FROM vectors WHERE number = ? AND ord = ?`, number, ord)
}

// DeleteChunk removes a chunk with its children.
func (tx *Tx) DeleteChunk(c *app.Chunk) error {
	n, err := tx.q.affected(`DELETE FROM chunks WHERE id = ?`, c.ID)
	return changed(n, err, "chunk", "分段")
}

// DeleteChild removes a child.
func (tx *Tx) DeleteChild(id app.ID) error {
	n, err := tx.q.affected(`DELETE FROM children WHERE id = ?`, id)
	return changed(n, err, "child chunk", "子分段")
}

// LastPosition is the position of a document's last chunk; 0 if it has none.
func (s *Snapshot) LastPosition(d *app.Document) (int, error) {
	n, err := one(s, number, `SELECT COALESCE(MAX(position), 0) FROM chunks WHERE document_id = ? AND revision = ?`, d.ID, d.Revision)
	return int(n), err
}

// Content counts what a document holds now: chunks, children, characters, tokens.
type Content struct{ Chunks, Children, WordCount, Tokens int }

// Content counts the chunks of one revision of a document.
func (s *Snapshot) Content(d *app.Document, revision int) (*Content, error) {
	const q = `SELECT COUNT(*), (SELECT COUNT(*) FROM children k JOIN chunks c ON c.id = k.chunk_id WHERE c.document_id = ? AND c.revision = ?),
		COALESCE(SUM(word_count), 0), COALESCE(SUM(tokens), 0) FROM chunks WHERE document_id = ? AND revision = ?`
	return one(s, func(r row) (*Content, error) {
		var c Content
		return &c, r.Scan(&c.Chunks, &c.Children, &c.WordCount, &c.Tokens)
	}, q, d.ID, revision, d.ID, revision)
}

func scanChunk(r row) (*app.Chunk, error) {
	var c app.Chunk
	var heading, keywords string
	var created, updated int64
	var disabled sql.NullInt64
	err := r.Scan(&c.ID, &c.Dataset, &c.Document, &c.Number, &c.Ord, &c.Revision, &c.Position, &c.Content, &c.Answer, &heading, &c.Page, &c.WordCount, &c.Tokens,
		&keywords, &c.Enabled, &disabled, &c.DisabledBy, &c.Hits, &c.Edited, &c.Hash, &c.CreatedBy, &created, &updated)
	if err != nil {
		return nil, err
	}
	c.CreatedAt, c.UpdatedAt, c.DisabledAt = at(created), at(updated), atp(disabled)
	if err := parse(heading, &c.Heading); err != nil {
		return nil, err
	}
	return &c, parse(keywords, &c.Keywords)
}

func scanChild(r row) (app.Child, error) {
	var k app.Child
	var created, updated int64
	err := r.Scan(&k.ID, &k.Chunk, &k.Ord, &k.Position, &k.Content, &k.WordCount, &k.Edited, &created, &updated)
	k.CreatedAt, k.UpdatedAt = at(created), at(updated)
	return k, err
}
