package store

import (
	"encoding/json"
	"strings"

	"islet/app"
)

// Unit is what the indexes hold of a chunk, or of a child in its place.
type Unit struct {
	Number, Ord uint32
	Name        string // of the document
	Heading     []string
	Text        string // a question with its answer, for words
	Meaning     string // what is embedded: of a question and answer, the question
	Vector      []byte // nil: none
}

// live says which units can be found.
const live = `c.revision = d.revision AND c.enabled = 1 AND d.enabled = 1 AND d.archived = 0`

// LiveUnits are the units of a document that can be found, from first to below next, with their vectors in a space.
func (s *Snapshot) LiveUnits(number, first, next uint32, space int64) ([]*Unit, error) {
	const q = `SELECT u.number, u.ord, d.name, c.heading, c.content, c.answer, k.content, v.data FROM units u JOIN chunks c ON c.id = u.chunk_id JOIN documents d ON d.id = c.document_id
		LEFT JOIN children k ON k.id = u.child_id LEFT JOIN vectors v ON v.number = u.number AND v.ord = u.ord AND v.space = ?
		WHERE u.number = ? AND u.ord >= ? AND u.ord < ? AND ` + live + ` ORDER BY u.ord`
	return many(s, scanUnit, q, space, number, first, next)
}

// UnitsWithout are units of one revision of a document, from an ordinal on, that have no vector in a space.
func (s *Snapshot) UnitsWithout(d *app.Document, revision int, space int64, from uint32, limit int) ([]*Unit, error) {
	const q = `SELECT u.number, u.ord, '', c.heading, c.content, c.answer, k.content, NULL FROM units u JOIN chunks c ON c.id = u.chunk_id
		LEFT JOIN children k ON k.id = u.child_id LEFT JOIN vectors v ON v.number = u.number AND v.ord = u.ord AND v.space = ?
		WHERE u.number = ? AND c.revision = ? AND u.ord >= ? AND v.data IS NULL ORDER BY u.ord LIMIT ?`
	return many(s, scanUnit, q, space, d.Number, revision, from, limit)
}

// UnitCount is how many units one revision of a document has.
func (s *Snapshot) UnitCount(d *app.Document, revision int) (int, error) {
	n, err := one(s, number, `SELECT COUNT(*) FROM units u JOIN chunks c ON c.id = u.chunk_id WHERE u.number = ? AND c.revision = ?`, d.Number, revision)
	return int(n), err
}

// MissingCount is how many of them have no vector in a space.
func (s *Snapshot) MissingCount(d *app.Document, revision int, space int64) (int, error) {
	const q = `SELECT COUNT(*) FROM units u JOIN chunks c ON c.id = u.chunk_id LEFT JOIN vectors v ON v.number = u.number AND v.ord = u.ord AND v.space = ?
		WHERE u.number = ? AND c.revision = ? AND v.number IS NULL`
	n, err := one(s, number, q, space, d.Number, revision)
	return int(n), err
}

// DatasetDocuments lists the documents of a dataset that have chunks, by number, for building an index or new vectors.
func (s *Snapshot) DatasetDocuments(dataset app.ID, after uint32, limit int) ([]*app.Document, error) {
	return many(s, scanDocument, `SELECT `+documentColumns+` FROM documents WHERE dataset_id = ? AND number > ? AND revision > 0 ORDER BY number LIMIT ?`, dataset, after, limit)
}

// Place is a unit's key: the number of its document and its ordinal.
type Place struct{ Number, Ord uint32 }

// Live is a unit that was found and still can be: chunk and document as they are now.
type Live struct {
	Place
	Chunk *app.Chunk
	Child *app.Child // nil: the chunk itself is the unit
}

// Resolve reads the chunks of units back. Units that are gone, disabled or of another dataset are left out.
func (s *Snapshot) Resolve(dataset app.ID, places []Place) ([]*Live, error) {
	var list []*Live
	for len(places) > 0 {
		n := min(len(places), 400)
		part, err := s.resolve(dataset, places[:n])
		if err != nil {
			return nil, err
		}
		list, places = append(list, part...), places[n:]
	}
	return list, nil
}

func (s *Snapshot) resolve(dataset app.ID, places []Place) ([]*Live, error) {
	args := []any{dataset}
	for _, p := range places {
		args = append(args, p.Number, p.Ord)
	}
	q := `SELECT u.number, u.ord, u.child_id, c.id FROM units u JOIN chunks c ON c.id = u.chunk_id JOIN documents d ON d.id = c.document_id
		WHERE d.dataset_id = ? AND ` + live + ` AND (u.number, u.ord) IN (VALUES (?, ?)` + strings.Repeat(", (?, ?)", len(places)-1) + `)`
	type pair struct {
		Place
		child *app.ID
		chunk app.ID
	}
	pairs, err := many(s, func(r row) (pair, error) {
		var p pair
		return p, r.Scan(&p.Number, &p.Ord, &p.child, &p.chunk)
	}, q, args...)
	if err != nil {
		return nil, err
	}
	list := make([]*Live, 0, len(pairs))
	chunks := map[app.ID]*app.Chunk{}
	for _, p := range pairs {
		c := chunks[p.chunk]
		if c == nil {
			if c, err = one(s, scanChunk, `SELECT `+chunkColumns+` FROM chunks WHERE id = ?`, p.chunk); err != nil {
				return nil, err
			}
			chunks[p.chunk] = c
		}
		l := &Live{Place: p.Place, Chunk: c}
		if p.child != nil {
			k, err := one(s, scanChild, `SELECT `+childColumns+` FROM children WHERE id = ?`, *p.child)
			if err != nil {
				return nil, err
			}
			l.Child = &k
		}
		list = append(list, l)
	}
	return list, nil
}

// ChunkUnits are the places of a chunk's units.
func (s *Snapshot) ChunkUnits(chunk app.ID) ([]Place, error) {
	return many(s, func(r row) (p Place, err error) { return p, r.Scan(&p.Number, &p.Ord) }, `SELECT number, ord FROM units WHERE chunk_id = ? ORDER BY ord`, chunk)
}

// DocumentByID is a document of a dataset, also for who works without a scope.
func (s *Snapshot) DocumentByID(dataset, id app.ID) (*app.Document, error) {
	d, err := one(s, scanDocument, `SELECT `+documentColumns+` FROM documents WHERE dataset_id = ? AND id = ?`, dataset, id)
	return d, found(err, "document", "文档")
}

// CountHits adds one to the hits of chunks and of their documents.
func (tx *Tx) CountHits(chunks []app.ID) error {
	for _, id := range chunks {
		if err := tx.q.exec(`UPDATE chunks SET hits = hits + 1 WHERE id = ?`, id); err != nil {
			return err
		}
		if err := tx.q.exec(`UPDATE documents SET hits = hits + 1 WHERE id = (SELECT document_id FROM chunks WHERE id = ?)`, id); err != nil {
			return err
		}
	}
	return nil
}

func scanUnit(r row) (*Unit, error) {
	var u Unit
	var heading, content, answer string
	var child *string
	if err := r.Scan(&u.Number, &u.Ord, &u.Name, &heading, &content, &answer, &child, &u.Vector); err != nil {
		return nil, err
	}
	u.Text, u.Meaning = content, content
	switch {
	case child != nil:
		u.Text, u.Meaning = *child, *child
	case answer != "":
		u.Text = content + "\n" + answer
	}
	return &u, json.Unmarshal([]byte(heading), &u.Heading)
}
