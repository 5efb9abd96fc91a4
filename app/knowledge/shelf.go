package knowledge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"islet/app"
	"islet/store"
	"islet/vector"
)

// shelf keeps the open indexes, one for each space of a dataset and one (space 0) for a dataset of words only.
type shelf struct {
	db  *store.DB
	dir string
	log *slog.Logger

	mu      sync.Mutex // guards books and dirty
	books   map[bookKey]*book
	dirty   map[app.ID]bool // datasets with changes that nobody applied yet
	waken   chan struct{}
	opening sync.Mutex // one index is opened at a time
	work    sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc
}

type bookKey struct {
	dataset app.ID
	space   int64
}

// book is one open index with how far it follows the outbox.
type book struct {
	key bookKey
	dir string

	use sync.RWMutex // held for reading while the index is used, for writing while it is closed
	ix  *vector.Index

	mu      sync.Mutex // one at a time applies changes; guards applied
	applied uint64     // changes up to it can be seen

	rebuilt   atomic.Bool // false while the index is being built anew
	progress  atomic.Int64
	total     atomic.Int64
	flushed   atomic.Uint64 // what Flush was last called at
	lastUsed  atomic.Int64
	forgotten bool // with use held: closed
}

func newShelf(db *store.DB, dir string, log *slog.Logger) *shelf {
	s := &shelf{db: db, dir: dir, log: log, books: map[bookKey]*book{}, dirty: map[app.ID]bool{}, waken: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// touch says that a dataset has changes.
func (s *shelf) touch(dataset app.ID) {
	s.mu.Lock()
	s.dirty[dataset] = true
	s.mu.Unlock()
	select {
	case s.waken <- struct{}{}:
	default:
	}
}

const (
	flushEvery = 20 * time.Second // an index that changed is put on disk
	idleFor    = 20 * time.Minute // an index that nobody used is closed
)

// keep applies changes as they come, puts the indexes on disk and closes idle ones, until ctx ends.
func (s *shelf) keep(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.waken:
			s.follow(ctx)
		case <-tick.C:
			s.follow(ctx)
			s.flush(ctx)
		}
	}
}

// follow brings the open indexes of the datasets with changes up to date.
func (s *shelf) follow(ctx context.Context) {
	s.mu.Lock()
	var open []*book
	for _, b := range s.books {
		if s.dirty[b.key.dataset] {
			open = append(open, b)
		}
	}
	clear(s.dirty)
	s.mu.Unlock()
	for _, b := range open {
		if err := s.sync(ctx, b); err != nil && ctx.Err() == nil {
			s.log.Warn("an index could not follow its dataset; it is tried again with the next search", "dataset", b.key.dataset, "err", err)
			s.touchLater(b.key.dataset)
		}
	}
}

func (s *shelf) touchLater(dataset app.ID) {
	s.mu.Lock()
	s.dirty[dataset] = true
	s.mu.Unlock()
}

// reading is an index that is open, up to date and cannot be closed until done is called. Where it is being built anew, note
// says how far that is.
func (s *shelf) reading(ctx context.Context, d *app.Dataset, space int64) (b *book, note *app.Text, done func(), err error) {
	for {
		if b, err = s.open(ctx, bookKey{d.ID, space}); err != nil {
			return nil, nil, nil, err
		}
		b.use.RLock()
		if !b.forgotten {
			break
		}
		b.use.RUnlock()
	}
	b.lastUsed.Store(time.Now().UnixNano())
	if b.rebuilt.Load() {
		err = s.sync(ctx, b)
	} else {
		s.await(ctx, b)
	}
	if err != nil {
		b.use.RUnlock()
		return nil, nil, nil, err
	}
	if !b.rebuilt.Load() {
		t := app.Textf("the index is being built anew (%d of %d documents); some passages cannot be found yet",
			"索引正在重建（%d / %d 个文档），部分内容暂时检索不到", b.progress.Load(), b.total.Load())
		note = &t
	}
	return b, note, b.use.RUnlock, nil
}

// patience is how long a search waits for an index that is being built anew: small ones are ready by then.
const patience = 2 * time.Second

func (s *shelf) await(ctx context.Context, b *book) {
	for end := time.Now().Add(patience); !b.rebuilt.Load() && time.Now().Before(end) && ctx.Err() == nil; {
		time.Sleep(5 * time.Millisecond)
	}
}

// open is an open index, opened if need be. One that is damaged, or too old to follow the outbox, is built anew in the
// background beside the old files, which go when that is done.
func (s *shelf) open(ctx context.Context, key bookKey) (*book, error) {
	s.mu.Lock()
	b := s.books[key]
	s.mu.Unlock()
	if b != nil {
		return b, nil
	}
	s.opening.Lock()
	defer s.opening.Unlock()
	s.mu.Lock()
	b = s.books[key]
	s.mu.Unlock()
	if b != nil {
		return b, nil
	}
	b, err := s.load(ctx, key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.books[key] = b
	s.mu.Unlock()
	return b, nil
}

func (s *shelf) load(ctx context.Context, key bookKey) (*book, error) {
	b := &book{key: key, dir: s.place(key)}
	var floor, last uint64
	dims, units := 0, 0
	err := s.db.View(ctx, func(sn *store.Snapshot) (err error) {
		if last, floor, err = sn.LastChange(key.dataset); err != nil || key.space == 0 {
			return err
		}
		sp, err := sn.Space(key.space)
		if err != nil {
			return err
		}
		dims = sp.Dims
		units, _, err = sn.VectorCounts(key.dataset, key.space)
		return err
	})
	if err != nil {
		return nil, err
	}
	open := func() (*vector.Index, error) {
		return vector.Open(vector.Options{Dir: b.dir, Dims: dims, Expect: units, Log: s.log})
	}
	if b.ix, err = open(); errors.Is(err, vector.ErrDamaged) {
		s.log.Warn("an index is damaged and is built anew", "dataset", key.dataset, "err", err)
		if err = setAside(b.dir); err == nil {
			b.ix, err = open()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open the index of dataset %s: %w", key.dataset, err)
	}
	if b.ix.Seq() >= floor && (b.ix.Seq() > 0 || last == 0) {
		b.applied = b.ix.Seq()
		b.rebuilt.Store(true)
		return b, nil
	}
	if words, vectors := b.ix.Len(); words+vectors > 0 { // changes that it has not seen are gone from the outbox
		if err := errors.Join(b.ix.Close(), setAside(b.dir)); err != nil {
			return nil, err
		}
		if b.ix, err = open(); err != nil {
			return nil, err
		}
	}
	s.work.Go(func() { s.rebuild(b) })
	return b, nil
}

// place is the directory of an index.
func (s *shelf) place(key bookKey) string {
	return filepath.Join(s.dir, string(key.dataset), strconv.FormatInt(key.space, 10))
}

// setAside moves an index out of the way; what was set aside before goes.
func setAside(dir string) error {
	aside := dir + ".old"
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	return os.Rename(dir, aside)
}

// buildBatch is how many units go into an index at once.
const buildBatch = 500

// rebuild fills an empty index from the rows, then lets it follow the outbox.
func (s *shelf) rebuild(b *book) {
	begin := time.Now()
	for tries := 0; s.ctx.Err() == nil; tries++ {
		err := s.fillBook(b)
		if err == nil {
			s.log.Info("an index was built anew", "dataset", b.key.dataset, "documents", b.total.Load(), "seconds", time.Since(begin).Seconds())
			_ = os.RemoveAll(b.dir + ".old") // best effort; the next rebuild removes it
			return
		}
		if s.ctx.Err() != nil || app.KindOf(err) == app.NotFound {
			return
		}
		s.log.Warn("an index could not be built; it is tried again", "dataset", b.key.dataset, "err", err)
		select {
		case <-time.After(backoff(tries)):
		case <-s.ctx.Done():
		}
	}
}

func (s *shelf) fillBook(b *book) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var last uint64
	err := s.db.View(s.ctx, func(sn *store.Snapshot) (err error) {
		if last, _, err = sn.LastChange(b.key.dataset); err != nil {
			return err
		}
		c, err := sn.DatasetCounts(b.key.dataset)
		if err == nil {
			b.total.Store(int64(c.Documents))
		}
		return err
	})
	if err != nil {
		return err
	}
	b.progress.Store(0)
	for after := uint32(0); ; {
		var docs []*app.Document
		if err := s.db.View(s.ctx, func(sn *store.Snapshot) (err error) {
			docs, err = sn.DatasetDocuments(b.key.dataset, after, 100)
			return err
		}); err != nil {
			return err
		}
		if len(docs) == 0 {
			break
		}
		for _, doc := range docs {
			after = doc.Number
			if err := s.apply(s.ctx, b, 0, store.Change{Number: doc.Number, First: doc.FirstOrd, Next: doc.NextOrd}, true); err != nil {
				return err
			}
			b.progress.Add(1)
		}
	}
	if err := b.ix.Apply(s.ctx, last, nil, nil); err != nil {
		return err
	}
	if err := b.ix.Flush(); err != nil {
		return err
	}
	b.applied = last
	b.rebuilt.Store(true)
	return nil
}

// sync applies the outbox lines that an index has not seen.
func (s *shelf) sync(ctx context.Context, b *book) error {
	if !b.rebuilt.Load() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		var changes []store.Change
		err := s.db.View(ctx, func(sn *store.Snapshot) (err error) {
			changes, err = sn.Changes(b.key.dataset, b.applied, 200)
			return err
		})
		if err != nil || len(changes) == 0 {
			return err
		}
		for _, c := range changes {
			if err := s.apply(ctx, b, b.applied, c, false); err != nil {
				return err
			}
			b.applied = c.Seq
		}
	}
}

// apply makes an index equal to the rows for one range of units. before is the number that the index says it is at until the
// whole range is done. In an empty index nothing has to be deleted.
func (s *shelf) apply(ctx context.Context, b *book, before uint64, c store.Change, empty bool) error {
	for first := c.First; first < c.Next; {
		next := min(first+buildBatch, c.Next)
		var units []*store.Unit
		err := s.db.View(ctx, func(sn *store.Snapshot) (err error) {
			units, err = sn.LiveUnits(c.Number, first, next, b.key.space)
			return err
		})
		if err != nil {
			return err
		}
		put := make([]vector.Entry, len(units))
		live := make(map[uint32]bool, len(units))
		for i, u := range units {
			live[u.Ord] = true
			put[i] = vector.Entry{Key: vector.KeyOf(u.Number, u.Ord), Title: titleOf(u), Text: u.Text}
			if len(u.Vector) > 0 {
				put[i].Vector = unpackVector(u.Vector)
			}
		}
		var del []vector.Key
		for ord := first; ord < next && !empty; ord++ {
			if !live[ord] {
				del = append(del, vector.KeyOf(c.Number, ord))
			}
		}
		seq := before
		if next == c.Next && c.Seq > 0 {
			seq = c.Seq
		}
		if len(put)+len(del) > 0 || seq != before {
			if err := b.ix.Apply(ctx, seq, put, del); err != nil {
				return err
			}
		}
		first = next
	}
	return nil
}

// titleOf is what the words index knows of a unit beside its text: its document and the headings above it.
func titleOf(u *store.Unit) string {
	t := u.Name
	for _, h := range u.Heading {
		t += "\n" + h
	}
	return t
}
