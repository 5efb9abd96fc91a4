package store

import (
	"islet/app"
)

const spaceColumns = `number, dataset_id, model, dims, created_at`

// Space is one set of vectors.
func (s *Snapshot) Space(number int64) (*app.Space, error) {
	sp, err := one(s, scanSpace, `SELECT `+spaceColumns+` FROM spaces WHERE number = ?`, number)
	return sp, found(err, "set of vectors", "向量集")
}

// InsertSpace adds a set of vectors to a dataset as the one that is being made, and gives it its number. One that was being
// made is dropped. In a dataset without vectors and documents the new one answers at once.
func (tx *Tx) InsertSpace(d *app.Dataset, model app.ModelRef) (*app.Space, error) {
	n, err := tx.next("space")
	if err != nil {
		return nil, err
	}
	sp := &app.Space{Dataset: d.ID, Number: n, Model: model, CreatedAt: tx.now}
	const q = `INSERT INTO spaces (number, dataset_id, model, dims, created_at) VALUES (?, ?, ?, 0, ?)`
	if err := tx.q.exec(q, sp.Number, sp.Dataset, text(model), ms(tx.now)); err != nil {
		return nil, err
	}
	dropped := d.NextSpace
	d.NextSpace = n
	if d.Space == 0 {
		docs, err := one(&tx.Snapshot, number, `SELECT COUNT(*) FROM documents WHERE dataset_id = ?`, d.ID)
		if err != nil {
			return nil, err
		}
		if docs == 0 {
			d.Space, d.NextSpace = n, 0
		}
	}
	return sp, tx.setSpaces(d, dropped)
}

// TakeSpace makes the space that was being made the one that answers, and drops the old one's vectors.
func (tx *Tx) TakeSpace(d *app.Dataset) error {
	dropped := d.Space
	d.Space, d.NextSpace = d.NextSpace, 0
	return tx.setSpaces(d, dropped)
}

// DropSpaces makes a dataset one of words only.
func (tx *Tx) DropSpaces(d *app.Dataset) error {
	a, b := d.Space, d.NextSpace
	d.Space, d.NextSpace = 0, 0
	if err := tx.setSpaces(d, a); err != nil {
		return err
	}
	return tx.setSpaces(d, b)
}

func (tx *Tx) setSpaces(d *app.Dataset, dropped int64) error {
	n, err := tx.q.affected(`UPDATE datasets SET space = ?, next_space = ? WHERE id = ?`, d.Space, d.NextSpace, d.ID)
	if err := changed(n, err, "dataset", "知识库"); err != nil || dropped == 0 {
		return err
	}
	return tx.q.exec(`DELETE FROM spaces WHERE number = ?`, dropped)
}

// SetDims notes how long the vectors of a space are, once the first is there. Another length than before is dims_changed.
func (tx *Tx) SetDims(space int64, dims int) error {
	n, err := tx.q.affected(`UPDATE spaces SET dims = ? WHERE number = ? AND dims IN (0, ?)`, dims, space, dims)
	if err != nil || n > 0 {
		return err
	}
	sp, err := tx.Space(space)
	if err != nil {
		return err
	}
	return app.Errorf(app.Upstream, "dims_changed", "the embedding model gave vectors of %[1]d numbers, and earlier ones of %[2]d; choose the model again under Settings to embed everything anew",
		"嵌入模型返回了 %[1]d 维向量，之前为 %[2]d 维；请在设置中重新选择模型以重新生成全部向量", dims, sp.Dims)
}

// Vector is one vector of a unit.
type Vector struct {
	Number, Ord uint32
	Data        []byte // float32, little endian
}

// PutVectors writes vectors of a space; units that are gone are skipped.
func (tx *Tx) PutVectors(space int64, vectors []Vector) error {
	const q = `INSERT INTO vectors (number, ord, space, data) SELECT number, ord, ?, ? FROM units WHERE number = ? AND ord = ?
		ON CONFLICT (number, ord, space) DO UPDATE SET data = excluded.data`
	for i := range vectors {
		v := &vectors[i]
		if err := tx.q.exec(q, space, v.Data, v.Number, v.Ord); err != nil {
			return err
		}
	}
	return nil
}

// VectorCounts is how many units of a dataset can be found, and how many of them have a vector in a space.
func (s *Snapshot) VectorCounts(dataset app.ID, space int64) (units, vectors int, err error) {
	u, err := one(s, number, `SELECT COUNT(*) FROM documents d JOIN units u ON u.number = d.number JOIN chunks c ON c.id = u.chunk_id AND c.revision = d.revision
		WHERE d.dataset_id = ?`, dataset)
	if err != nil {
		return 0, 0, err
	}
	v, err := one(s, number, `SELECT COUNT(*) FROM documents d JOIN vectors v ON v.number = d.number WHERE d.dataset_id = ? AND v.space = ?`, dataset, space)
	return int(u), int(v), err
}

func scanSpace(r row) (*app.Space, error) {
	var sp app.Space
	var model string
	var created int64
	if err := r.Scan(&sp.Number, &sp.Dataset, &model, &sp.Dims, &created); err != nil {
		return nil, err
	}
	sp.CreatedAt = at(created)
	return &sp, parse(model, &sp.Model)
}
