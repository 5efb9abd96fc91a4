package knowledge

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"islet/app"
	"islet/store"
)

// flush puts indexes that changed on disk, forgets outbox lines that all indexes of a dataset have there, and closes idle ones.
func (s *shelf) flush(ctx context.Context) {
	durable := map[app.ID]uint64{}
	for _, b := range s.all() {
		seq, err := s.flushOne(b)
		if err != nil {
			s.log.Warn("an index could not be put on disk; it is tried again", "dataset", b.key.dataset, "err", err)
			seq = 0
		}
		if have, ok := durable[b.key.dataset]; !ok || seq < have {
			durable[b.key.dataset] = seq
		}
		if time.Since(time.Unix(0, b.lastUsed.Load())) > idleFor && b.rebuilt.Load() && err == nil {
			s.closeBook(b)
		}
	}
	for dataset, seq := range durable {
		if seq == 0 {
			continue
		}
		err := s.db.Update(ctx, func(tx *store.Tx) error { return tx.PruneChanges(dataset, seq) })
		if err != nil && ctx.Err() == nil {
			s.log.Warn("the outbox of a dataset could not be shortened", "dataset", dataset, "err", err)
		}
	}
}

// flushOne puts one index on disk and returns up to which change it is there; 0 while it is being built.
func (s *shelf) flushOne(b *book) (uint64, error) {
	b.use.RLock()
	defer b.use.RUnlock()
	if b.forgotten || !b.rebuilt.Load() {
		return 0, nil
	}
	b.mu.Lock()
	applied := b.applied
	b.mu.Unlock()
	if b.flushed.Load() != applied {
		if err := b.ix.Flush(); err != nil {
			return 0, err
		}
		b.flushed.Store(applied)
	}
	return b.ix.Seq(), nil
}

func (s *shelf) all() []*book {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*book, 0, len(s.books))
	for _, b := range s.books {
		list = append(list, b)
	}
	return list
}

// closeBook waits for who uses an index, then closes it.
func (s *shelf) closeBook(b *book) {
	s.mu.Lock()
	delete(s.books, b.key)
	s.mu.Unlock()
	b.use.Lock()
	defer b.use.Unlock()
	if b.forgotten {
		return
	}
	b.forgotten = true
	if err := b.ix.Close(); err != nil {
		s.log.Warn("an index was not closed cleanly; it is built anew if need be", "dataset", b.key.dataset, "err", err)
	}
}

// prepare has the index of a space complete before it answers.
func (s *shelf) prepare(ctx context.Context, d *app.Dataset, space int64) error {
	b, err := s.open(ctx, bookKey{d.ID, space})
	if err != nil {
		return err
	}
	for !b.rebuilt.Load() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return s.sync(ctx, b)
}

// retire closes the index of a space that answers no more and removes its files.
func (s *shelf) retire(dataset app.ID, space int64) {
	s.mu.Lock()
	b := s.books[bookKey{dataset, space}]
	s.mu.Unlock()
	if b == nil {
		b = &book{key: bookKey{dataset, space}, forgotten: true}
	}
	s.closeBook(b)
	s.remove(s.place(b.key))
}

// drop closes all indexes of a deleted dataset and removes their files.
func (s *shelf) drop(dataset app.ID) {
	for _, b := range s.all() {
		if b.key.dataset == dataset {
			s.closeBook(b)
		}
	}
	s.remove(filepath.Join(s.dir, string(dataset)))
}

func (s *shelf) remove(dir string) {
	if err := os.RemoveAll(dir); err != nil {
		s.log.Warn("the files of an index could not be removed; delete them by hand", "dir", dir, "err", err)
	}
}

// close ends rebuilds, puts every index on disk and closes it.
func (s *shelf) close() error {
	s.cancel()
	s.work.Wait()
	var errs []error
	for _, b := range s.all() {
		if _, err := s.flushOne(b); err != nil {
			errs = append(errs, err)
		}
		s.closeBook(b)
	}
	return errors.Join(errs...)
}

// Rebuild throws the indexes of a dataset away and builds them anew from the rows. It returns when that is done.
func (k *Knowledge) Rebuild(ctx context.Context, dataset app.ID) error {
	var d *app.Dataset
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { d, err = s.Dataset(dataset); return err }); err != nil {
		return err
	}
	k.shelf.drop(dataset)
	return k.shelf.prepare(ctx, d, d.Space)
}

// Progress is how far an index is on its way from the rows.
type Progress struct {
	Words     int   `json:"words"`   // units that are found by words
	Vectors   int   `json:"vectors"` // units that are found by meaning
	Units     int   `json:"units"`   // units that should be found
	Rebuilt   int64 `json:"rebuilt"` // documents, while the index is built anew
	Total     int64 `json:"total"`
	Building  bool  `json:"building"`
	Embedding bool  `json:"embedding"` // vectors are being made
	NewModel  bool  `json:"new_model"` // for a model that does not answer yet
	Embedded  int   `json:"embedded"`  // units with a vector of that model, or of the one that answers

	Error *app.Failure `json:"error,omitempty"` // that keeps vectors from being made
	TryAt *time.Time   `json:"try_at,omitempty"`
}

// Progress tells what the indexes of a dataset hold and what is still being made.
func (k *Knowledge) Progress(ctx context.Context, dataset app.ID) (*Progress, error) {
	var d *app.Dataset
	p := &Progress{}
	err := k.db.View(ctx, func(s *store.Snapshot) (err error) {
		if d, err = s.Dataset(dataset); err != nil {
			return err
		}
		space := d.Space
		if d.NextSpace != 0 {
			space, p.NewModel = d.NextSpace, true
		}
		p.Units, p.Embedded, err = s.VectorCounts(dataset, space)
		return err
	})
	if err != nil || d.External != nil {
		return p, err
	}
	p.Embedding = (d.Space != 0 || d.NextSpace != 0) && p.Embedded < p.Units
	b, _, done, err := k.shelf.reading(ctx, d, d.Space)
	if err != nil {
		return nil, err
	}
	defer done()
	p.Words, p.Vectors = b.ix.Len()
	p.Building, p.Rebuilt, p.Total = !b.rebuilt.Load(), b.progress.Load(), b.total.Load()
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.fills[dataset]; f != nil {
		at := f.TryAt
		p.Error, p.TryAt = &app.Failure{Code: f.Err.Code, Kind: f.Err.Kind, Text: f.Err.Text}, &at
	}
	return p, nil
}
