package text

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
)

// inspect looks at the files of an index before Bleve maps them: a broken page of the root or a short segment would be a fault
// of the whole process there. It reads all segments that the root names, once.
func inspect(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open text index: %w", err)
	}
	segments := 0
	for _, e := range entries {
		if isSegment(e.Name()) {
			segments++
		}
	}
	path := filepath.Join(dir, "root.bolt")
	ok, err := exists(path)
	if err != nil {
		return fmt.Errorf("open text index: %w", err)
	}
	if !ok {
		if segments > 0 {
			return fmt.Errorf("%w: root.bolt is missing", ErrDamaged)
		}
		return nil
	}
	return inspectFiles(dir, path)
}

// inspectFiles compares the root and the segments it names with their checksums.
func inspectFiles(dir, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return judge(err)
	}
	if err := compareSum(dir, raw); err != nil {
		return err
	}
	w := walker{raw: raw}
	if err := w.walk(); err != nil {
		return fmt.Errorf("%w: root.bolt: %w", ErrDamaged, err)
	}
	for _, name := range w.segments {
		if err := inspectSegment(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// sumName is a file with the checksum of the root, from Close to the next Open. After a crash there is none, and what the
// walker sees has to do.
const sumName = "root.sum"

func sumOf(root []byte) string { return fmt.Sprintf("%d %08x\n", len(root), crc32.ChecksumIEEE(root)) }

func writeSum(dir string) error {
	root, err := os.ReadFile(filepath.Join(dir, "root.bolt"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, sumName), []byte(sumOf(root)), 0o600)
}

func compareSum(dir string, root []byte) error {
	sum, err := os.ReadFile(filepath.Join(dir, sumName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return judge(err)
	case string(sum) != sumOf(root):
		return fmt.Errorf("%w: root.bolt is not as it was written", ErrDamaged)
	}
	return nil
}

// inspectSegment compares a segment with the checksum at its end.
func inspectSegment(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return judge(err)
	}
	n := len(raw) - 4
	if n < 0 || crc32.ChecksumIEEE(raw[:n]) != binary.BigEndian.Uint32(raw[n:]) {
		return fmt.Errorf("%w: %s is not as it was written", ErrDamaged, filepath.Base(path))
	}
	return nil
}

// walker goes over the pages of a bolt file in memory, with each length and place looked at before it is used. Bolt itself
// trusts its file.
type walker struct {
	raw      []byte
	page     int
	use      []bool   // by page
	segments []string // that are named in it
}

// The layout of a bolt file.
const (
	pageHeader  = 16
	elementSize = 16
	bucketSize  = 16
	branchPage  = 0x01
	leafPage    = 0x02
	listPage    = 0x10
	isBucket    = 0x01
	noList      = ^uint64(0)
	boltMagic   = 0xED0CDAED
)

// le is the byte order of the machines that islet runs on, in which bolt writes.
var le = binary.LittleEndian

var errBounds = errors.New("a page reaches beyond its end")

func (w *walker) walk() error {
	root, list, high, ok := w.meta()
	if !ok {
		return errors.New("no head is readable")
	}
	if high < 2 || high > uint64(len(w.raw)/w.page) {
		return errors.New("it is too short")
	}
	w.use = make([]bool, high)
	if err := w.claim(0, 2); err != nil {
		return err
	}
	if err := w.tree(root, nil, nil); err != nil || list == noList {
		return err
	}
	if err := w.free(list); err != nil {
		return err
	}
	for id, used := range w.use {
		if !used {
			return fmt.Errorf("page %d is neither in use nor free", id)
		}
	}
	return nil
}

// claim notes the use of n pages. One that is used twice would be overwritten by the next change.
func (w *walker) claim(id, n uint64) error {
	for i := id; i < id+n; i++ {
		if i >= uint64(len(w.use)) || w.use[i] {
			return fmt.Errorf("page %d is used twice", i)
		}
		w.use[i] = true
	}
	return nil
}

// free goes over the list of free pages.
func (w *walker) free(id uint64) error {
	p, err := w.pageAt(id, listPage)
	if err != nil {
		return err
	}
	n, ids := uint64(le.Uint16(p[10:])), p[pageHeader:]
	if n == 0xFFFF { // more than the field holds: the first place counts
		n, ids = le.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return errBounds
	}
	for i := range n {
		if err := w.claim(le.Uint64(ids[8*i:]), 1); err != nil {
			return err
		}
	}
	return nil
}

// meta reads the newer one of the two heads that is whole.
func (w *walker) meta() (root, list, high uint64, ok bool) {
	var newest uint64
	for _, size := range []int{4096, 16384, 65536, 8192, 32768} {
		for i := range 2 {
			at := i*size + pageHeader
			if len(w.raw) < at+64 {
				continue
			}
			m := w.raw[at : at+64]
			h := fnv.New64a()
			h.Write(m[:56])
			if le.Uint32(m) != boltMagic || h.Sum64() != le.Uint64(m[56:]) || int(le.Uint32(m[8:])) != size {
				continue
			}
			if tx := le.Uint64(m[48:]); !ok || tx > newest {
				newest, w.page, ok = tx, size, true
				root, list, high = le.Uint64(m[16:]), le.Uint64(m[32:]), le.Uint64(m[40:])
			}
		}
		if ok {
			return root, list, high, true
		}
	}
	return 0, 0, 0, false
}

// pageAt is a page with those it runs over into, if it says that it is that page, and of that kind. They are in use then.
func (w *walker) pageAt(id uint64, kinds uint16) ([]byte, error) {
	at := id * uint64(w.page)
	if id > uint64(len(w.raw)/w.page) || at+uint64(w.page) > uint64(len(w.raw)) {
		return nil, errBounds
	}
	p := w.raw[at:]
	if le.Uint64(p) != id || le.Uint16(p[8:])&kinds == 0 || le.Uint16(p[8:])&^kinds != 0 {
		return nil, fmt.Errorf("page %d is not what it should be", id)
	}
	n := uint64(le.Uint32(p[12:])) + 1
	if n*uint64(w.page) > uint64(len(p)) {
		return nil, errBounds
	}
	return p[:n*uint64(w.page)], w.claim(id, n)
}

// tree goes over the pages of one bucket, whose keys are from low on and before high; nil is no bound.
func (w *walker) tree(id uint64, low, high []byte) error {
	p, err := w.pageAt(id, branchPage|leafPage)
	if err != nil {
		return err
	}
	return w.elements(p, low, high)
}

// elements goes over the keys of a page, or of a bucket that is small enough to stand in its parent.
func (w *walker) elements(p, low, high []byte) error {
	kind, count := le.Uint16(p[8:]), int(le.Uint16(p[10:]))
	if pageHeader+count*elementSize > len(p) {
		return errBounds
	}
	keys := make([][]byte, count)
	for i := range count {
		at := pageHeader + i*elementSize
		pos, size := le.Uint32(p[at:]), le.Uint32(p[at+4:])
		if kind == leafPage {
			pos, size = le.Uint32(p[at+4:]), le.Uint32(p[at+8:])
		}
		var err error
		if keys[i], err = slice(p, at, pos, size); err != nil {
			return err
		}
		if i > 0 && bytes.Compare(keys[i-1], keys[i]) >= 0 || high != nil && bytes.Compare(keys[i], high) >= 0 || i == 0 && bytes.Compare(keys[i], low) < 0 {
			return errors.New("its keys are not in order")
		}
	}
	for i := range count {
		at := pageHeader + i*elementSize
		var err error
		if kind == branchPage {
			next := high
			if i+1 < count {
				next = keys[i+1]
			}
			err = w.tree(le.Uint64(p[at+8:]), keys[i], next)
		} else {
			err = w.value(p, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// value looks at the value of a key of a leaf.
func (w *walker) value(p []byte, at int) error {
	v, err := slice(p, at, le.Uint32(p[at+4:])+le.Uint32(p[at+8:]), le.Uint32(p[at+12:]))
	switch flags := le.Uint32(p[at:]); {
	case err != nil:
		return err
	case flags == isBucket:
		return w.bucket(v)
	case flags != 0:
		return errors.New("a key of unknown kind")
	case bytes.HasSuffix(v, []byte(".zap")):
		w.segments = append(w.segments, filepath.Base(string(v)))
	}
	return nil
}

func (w *walker) bucket(v []byte) error {
	if len(v) < bucketSize {
		return errBounds
	}
	if root := le.Uint64(v); root != 0 {
		return w.tree(root, nil, nil)
	}
	if len(v) < bucketSize+pageHeader || le.Uint16(v[bucketSize+8:]) != leafPage {
		return errBounds
	}
	return w.elements(v[bucketSize:], nil, nil)
}

// slice is what lies n bytes long at pos behind at.
func slice(p []byte, at int, pos, n uint32) ([]byte, error) {
	from := uint64(at) + uint64(pos)
	if from+uint64(n) > uint64(len(p)) || pos < elementSize && n > 0 {
		return nil, errBounds
	}
	return p[from : from+uint64(n)], nil
}
