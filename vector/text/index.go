package text

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	bolterrors "go.etcd.io/bbolt/errors"
)

// What can be wrong with an index.
var (
	// ErrDamaged is an index that cannot be trusted, or was made by another version of islet: build a new one in another
	// directory. A lock, a missing permission or a full disk is never ErrDamaged.
	ErrDamaged = errors.New("text: the index is damaged")
	// ErrLocked is an index that another process has open.
	ErrLocked = errors.New("text: the index is open in another process")
	// ErrClosed is a use after Close.
	ErrClosed = errors.New("text: the index is closed")
)

// Options tune an index. The zero value works.
type Options struct {
	Wait time.Duration // for another process that holds the index; 0 is two seconds
}

// Doc is what the index knows of a chunk.
type Doc struct {
	Key   uint64
	Title string // the names above it: headings, document; counts a little
	Text  string
}

const (
	fieldText    = "t"
	fieldTitle   = "h"
	stateKey     = "islet"
	version      = 1    // of the terms and of the state: another one cannot be read
	maxBatch     = 1000 // documents that are written at once
	maxBatchSize = 16 << 20
)

// Index is a full-text index. It may be used by many goroutines; changes are made one after the other.
type Index struct {
	dir    string
	scorch index.Index
	queue  *index.AnalysisQueue

	life   sync.RWMutex // guards closed; held for reading while the index is used
	closed bool

	writer chan struct{} // holds one token: who has it may write
	mu     sync.Mutex    // guards state
	state  state
}

// Open opens the index in a directory, and creates it if there is none.
func Open(dir string, o Options) (*Index, error) {
	if o.Wait <= 0 {
		o.Wait = 2 * time.Second
	}
	if err := inspect(dir); err != nil {
		return nil, err
	}
	x := &Index{dir: dir, queue: index.NewAnalysisQueue(2), writer: make(chan struct{}, 1)}
	if err := x.open(dir, o); err != nil {
		x.queue.Close()
		return nil, judge(err)
	}
	x.writer <- struct{}{}
	return x, nil
}

// judge says what an error of opening means. Only what is surely about the content is damage.
func judge(err error) error {
	var errno syscall.Errno
	switch {
	case errors.Is(err, ErrDamaged):
		return err
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%w: %w", ErrLocked, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open text index: %w", err)
	case errors.As(err, &errno) && !errors.Is(err, fs.ErrNotExist) && errno != syscall.EINVAL:
		return fmt.Errorf("open text index: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// open looks at an index without writing, and opens it only if it is whole: Bleve deletes what a broken root does not name.
func (x *Index) open(dir string, o Options) error {
	there, err := exists(filepath.Join(dir, "root.bolt"))
	if err != nil {
		return err
	}
	if there {
		whole, err := openBleve(dir, o, x.queue, true)
		if err != nil {
			return err
		}
		if err := whole.Close(); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(dir, sumName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	x.scorch, err = openBleve(dir, o, x.queue, false)
	if err != nil {
		return err
	}
	r, err := x.scorch.Reader()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	x.state, err = stateOf(r)
	return err
}

// openBleve opens the files; a look counts the documents and writes nothing.
func openBleve(dir string, o Options, queue *index.AnalysisQueue, look bool) (_ index.Index, err error) {
	config := map[string]any{"path": dir, "bolt_timeout": o.Wait.String(), "read_only": look}
	s, err := scorch.NewScorch(scorch.Name, config, queue)
	if err != nil {
		return nil, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	opened := false
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
		if err != nil && opened {
			closeQuietly(s)
		}
	}()
	if err := s.Open(); err != nil {
		return nil, err
	}
	opened = true
	if !look {
		return s, nil
	}
	r, err := s.Reader()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	st, err := stateOf(r)
	if err != nil {
		return nil, err
	}
	return s, st.check(r)
}

// closeQuietly closes an index that has failed to open, so that its lock goes; a second failure changes nothing.
func closeQuietly(s index.Index) {
	defer func() { _ = recover() }()
	_ = s.Close()
}

// Close ends the index. What Apply has confirmed is on disk. A second Close does nothing.
func (x *Index) Close() error {
	select {
	case <-x.writer:
		defer func() { x.writer <- struct{}{} }()
	case <-time.After(closeWithin):
		return errors.New("text: the index does not close: a change is still being written")
	}
	x.life.Lock()
	defer x.life.Unlock()
	if x.closed {
		return nil
	}
	x.closed = true
	done := make(chan error, 1)
	go func() {
		err := x.scorch.Close()
		x.queue.Close()
		if err == nil {
			err = writeSum(x.dir)
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(closeWithin):
		return errors.New("text: the index does not close; its files stay locked until the process ends")
	}
}

// closeWithin bounds Close: Bleve's writer may have ended without giving back its lock.
const closeWithin = 20 * time.Second

// Seq is the number of the last change that is on disk; 0 in a new index.
func (x *Index) Seq() uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state.Seq
}

// Len is the number of documents.
func (x *Index) Len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return int(x.state.Live)
}

// Apply puts and deletes documents: a put document replaces the one with its key, a deleted one need not exist; what is in both
// is put. When it returns nil, all is on disk with seq, and searches see it. Large changes are written in several batches, the
// last of which carries seq; so a change that fails is to be applied again. Where the disk is full, Apply waits for space until
// ctx ends.
func (x *Index) Apply(ctx context.Context, seq uint64, put []Doc, del []uint64) error {
	put = last(put)
	for first := true; first || len(put) > 0; first = false {
		n, size := 0, 0
		for n < len(put) && n < maxBatch && size < maxBatchSize {
			size += len(put[n].Text) + len(put[n].Title)
			n++
		}
		at := x.Seq()
		if n == len(put) {
			at = seq
		}
		if err := x.write(ctx, at, put[:n], del); err != nil {
			return err
		}
		put, del = put[n:], nil
	}
	return nil
}

// last keeps the last document of each key.
func last(put []Doc) []Doc {
	at := make(map[uint64]int, len(put))
	for i, d := range put {
		at[d.Key] = i
	}
	if len(at) == len(put) {
		return put
	}
	out := make([]Doc, 0, len(at))
	for i, d := range put {
		if at[d.Key] == i {
			out = append(out, d)
		}
	}
	return out
}

// write makes one batch. Bleve has no context: if ctx ends first, the batch goes on and the next one waits for it.
func (x *Index) write(ctx context.Context, seq uint64, put []Doc, del []uint64) error {
	select {
	case <-x.writer:
	case <-ctx.Done():
		return ctx.Err()
	}
	done := make(chan error, 1)
	go func() {
		defer func() { x.writer <- struct{}{} }()
		done <- x.batch(seq, put, del)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("text: the index could not write the change in time: %w", context.Cause(ctx))
	}
}

func (x *Index) batch(seq uint64, put []Doc, del []uint64) (err error) {
	x.life.RLock()
	defer x.life.RUnlock()
	if x.closed {
		return ErrClosed
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("text: a change failed inside the index: %v", p)
		}
	}()
	r, err := x.scorch.Reader()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	st, err := stateOf(r)
	if err != nil {
		return err
	}
	b := index.NewBatch()
	gone := map[uint64]bool{}
	for _, key := range del {
		gone[key] = true
		b.Delete(idOf(key))
	}
	for _, d := range put {
		gone[d.Key] = true
		doc := document.NewDocument(idOf(d.Key))
		body := document.NewTextFieldCustom(fieldText, nil, []byte(d.Text), index.IndexField|index.IncludeTermVectors, analyzer{mark: true})
		doc.AddField(body)
		if d.Title != "" {
			doc.AddField(document.NewTextFieldCustom(fieldTitle, nil, []byte(d.Title), index.IndexField|index.IncludeTermVectors, analyzer{}))
		}
		b.Update(doc)
		st.add(d.Key, uint64(len(analyzer{mark: true}.Analyze([]byte(d.Text)))))
	}
	for key := range gone {
		id, err := r.InternalID(idOf(key))
		if err != nil {
			return err
		}
		if id == nil {
			continue
		}
		n, err := textLength(r, id)
		if err != nil {
			return err
		}
		st.remove(key, n)
	}
	st.Seq = seq
	b.SetInternal([]byte(stateKey), st.encode())
	if err := x.scorch.Batch(b); err != nil {
		return err
	}
	x.mu.Lock()
	x.state = st
	x.mu.Unlock()
	return nil
}

// textLength is the number of terms of a document's text.
func textLength(r index.IndexReader, id index.IndexInternalID) (uint64, error) {
	t, err := r.TermFieldReader(context.Background(), []byte(everyDoc), fieldText, true, true, false)
	if err != nil {
		return 0, err
	}
	defer func() { _ = t.Close() }()
	p, err := t.Advance(id, nil)
	if err != nil {
		return 0, err
	}
	if p == nil || !p.ID.Equals(id) {
		return 0, fmt.Errorf("%w: a document without a text", ErrDamaged)
	}
	return uint64(lengthOf(p)), nil
}

// state is what the index says of itself, written with each batch: by it a reader knows that no document is lost or too many.
type state struct {
	Version uint64
	Seq     uint64
	Live    uint64 // documents
	Keys    uint64 // sum of their scattered keys
	Total   uint64 // terms of their texts
}

func (s *state) add(key, terms uint64) {
	s.Live, s.Keys, s.Total = s.Live+1, s.Keys+scatter(key), s.Total+terms
}
func (s *state) remove(key, terms uint64) {
	s.Live, s.Keys, s.Total = s.Live-1, s.Keys-scatter(key), s.Total-terms
}

// scatter spreads the bits of a key (the finaliser of splitmix64), so that sums of few keys do not meet.
func scatter(k uint64) uint64 {
	k += 0x9e3779b97f4a7c15
	k = (k ^ k>>30) * 0xbf58476d1ce4e5b9
	k = (k ^ k>>27) * 0x94d049bb133111eb
	return k ^ k>>31
}

func (s *state) encode() []byte {
	var out []byte
	for _, v := range []uint64{s.Version, s.Seq, s.Live, s.Keys, s.Total} {
		out = binary.BigEndian.AppendUint64(out, v)
	}
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

// stateOf reads the state; an empty index has none.
func stateOf(r index.IndexReader) (state, error) {
	s := state{Version: version}
	raw, err := r.GetInternal([]byte(stateKey))
	if err != nil || raw == nil {
		if n, cerr := r.DocCount(); err == nil && (cerr != nil || n > 0) {
			return s, fmt.Errorf("%w: documents without a state", ErrDamaged)
		}
		return s, err
	}
	if len(raw) != 44 || crc32.ChecksumIEEE(raw[:40]) != binary.BigEndian.Uint32(raw[40:]) {
		return s, fmt.Errorf("%w: its state cannot be read", ErrDamaged)
	}
	for i, v := range []*uint64{&s.Version, &s.Seq, &s.Live, &s.Keys, &s.Total} {
		*v = binary.BigEndian.Uint64(raw[8*i:])
	}
	if s.Version != version {
		return s, fmt.Errorf("%w: it was made by another version", ErrDamaged)
	}
	return s, nil
}

// check counts the documents anew.
func (s *state) check(r index.IndexReader) error {
	found := state{Version: s.Version, Seq: s.Seq}
	t, err := r.TermFieldReader(context.Background(), []byte(everyDoc), fieldText, true, true, false)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	var p index.TermFieldDoc
	for {
		next, err := t.Next(&p)
		if err != nil {
			return err
		}
		if next == nil {
			break
		}
		id, err := r.ExternalID(next.ID)
		if err != nil {
			return err
		}
		found.add(keyOf(id), uint64(lengthOf(next)))
	}
	if found != *s {
		return fmt.Errorf("%w: it holds %d documents and should hold %d", ErrDamaged, found.Live, s.Live)
	}
	return nil
}

// isSegment reports whether a file of the index holds postings.
func isSegment(name string) bool { return strings.HasSuffix(name, ".zap") }

// exists reports whether there is a file.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
