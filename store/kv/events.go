package kv

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"

	"islet/app"
)

// Block is a stretch of a run's log as the run encoded it. First is the number of its first event.
type Block struct {
	Run   app.ID
	First uint64
	Data  []byte
}

// blockKey sorts a run's blocks by their first event.
func blockKey(run app.ID, first uint64) []byte {
	return binary.BigEndian.AppendUint64(blocksOf(run), first)
}

func blocksOf(run app.ID) []byte {
	k := make([]byte, 0, 2+len(run)+1+8)
	k = append(k, "r/"...)
	k = append(k, run...)
	return append(k, '/')
}

// Append keeps blocks for as long as Options.Keep says. All of them go into one batch, so callers collect. A block that was
// appended before is replaced.
func (s *Store) Append(blocks []Block) error {
	return s.call(context.Background(), func(db *badger.DB) error {
		w := db.NewWriteBatch()
		defer w.Cancel()
		for i := range blocks {
			b := &blocks[i]
			if err := w.SetEntry(badger.NewEntry(blockKey(b.Run, b.First), b.Data).WithTTL(s.keep)); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// Blocks is what is left of a run's log, in order. After any failure it is empty.
func (s *Store) Blocks(ctx context.Context, run app.ID) []Block {
	found := make(chan []Block, 1)
	err := s.call(ctx, func(db *badger.DB) error {
		return db.View(func(txn *badger.Txn) error {
			var blocks []Block
			prefix := blocksOf(run)
			it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, PrefetchValues: true, PrefetchSize: 16})
			defer it.Close()
			for it.Seek(prefix); it.ValidForPrefix(prefix); it.Next() {
				key := it.Item().Key()
				data, err := it.Item().ValueCopy(nil)
				if err != nil {
					return err
				}
				blocks = append(blocks, Block{Run: run, First: binary.BigEndian.Uint64(key[len(prefix):]), Data: data})
			}
			found <- blocks
			return nil
		})
	})
	if err != nil {
		return nil
	}
	return <-found
}

// Forget drops a run's log. What is left of it after a failure ends by itself.
func (s *Store) Forget(ctx context.Context, run app.ID) {
	blocks := s.Blocks(ctx, run)
	if len(blocks) == 0 {
		return
	}
	_ = s.call(ctx, func(db *badger.DB) error { // best effort: readers see a gap and stop there
		w := db.NewWriteBatch()
		defer w.Cancel()
		for _, b := range blocks {
			if err := w.Delete(blockKey(run, b.First)); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// Value is a cached value, and whether there is one. Any failure is a miss.
func (s *Store) Value(ctx context.Context, key string) ([]byte, bool) {
	found := make(chan []byte, 1)
	err := s.call(ctx, func(db *badger.DB) error {
		return db.View(func(txn *badger.Txn) error {
			item, err := txn.Get([]byte("c/" + key))
			if err != nil {
				return err
			}
			v, err := item.ValueCopy(nil)
			found <- v
			return err
		})
	})
	if err != nil {
		return nil, false
	}
	return <-found, true
}

// maxValue is the largest cached value; beyond it Badger would move values to a log that never shrinks.
const maxValue = 512 << 10

var errTooLarge = errors.New("kv: value too large")

// SetValue caches a value for a while. An error says that it is not cached, which is no harm.
func (s *Store) SetValue(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if len(value) > maxValue {
		return errTooLarge
	}
	return s.call(ctx, func(db *badger.DB) error {
		return db.Update(func(txn *badger.Txn) error {
			return txn.SetEntry(badger.NewEntry([]byte("c/"+key), value).WithTTL(ttl))
		})
	})
}
