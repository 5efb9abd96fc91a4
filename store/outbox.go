package store

import "islet/app"

// Change is one line of the outbox: the units of a document from First to below Next may differ from what the indexes hold.
// To make an index equal to what is stored for that range is to have applied the line, however often that is done.
type Change struct {
	Seq         uint64
	Number      uint32
	First, Next uint32
}

// Changed tells the indexes of a dataset to look at units of a document again, in the same transaction as what changed.
func (tx *Tx) Changed(dataset app.ID, number, first, next uint32) error {
	if first >= next {
		return nil
	}
	seq, err := tx.next("outbox")
	if err != nil {
		return err
	}
	return tx.q.exec(`INSERT INTO outbox (seq, dataset_id, number, first, next) VALUES (?, ?, ?, ?, ?)`, seq, dataset, number, first, next)
}

// Changes are the lines of a dataset's outbox after a number, in order.
func (s *Snapshot) Changes(dataset app.ID, after uint64, limit int) ([]Change, error) {
	const q = `SELECT seq, number, first, next FROM outbox WHERE dataset_id = ? AND seq > ? ORDER BY seq LIMIT ?`
	return many(s, func(r row) (c Change, err error) { return c, r.Scan(&c.Seq, &c.Number, &c.First, &c.Next) }, q, dataset, int64(after), limit) //nolint:gosec // a counter
}

// LastChange is the number of a dataset's last line that is still there, or the floor.
func (s *Snapshot) LastChange(dataset app.ID) (last, floor uint64, err error) {
	f, err := one(s, number, `SELECT outbox_floor FROM datasets WHERE id = ?`, dataset)
	if err != nil {
		return 0, 0, found(err, "dataset", "知识库")
	}
	n, err := one(s, number, `SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE dataset_id = ?`, dataset)
	return uint64(max(n, f)), uint64(f), err //nolint:gosec // counters
}

// PruneChanges drops the lines up to a number, which every index has on disk, and remembers that in the dataset's floor.
func (tx *Tx) PruneChanges(dataset app.ID, upTo uint64) error {
	n, err := tx.q.affected(`DELETE FROM outbox WHERE dataset_id = ? AND seq <= ?`, dataset, int64(upTo)) //nolint:gosec // a counter
	if err != nil || n == 0 {
		return err
	}
	return tx.q.exec(`UPDATE datasets SET outbox_floor = ? WHERE id = ? AND outbox_floor < ?`, int64(upTo), dataset, int64(upTo)) //nolint:gosec // a counter
}
