package hnsw

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"unsafe"
)

// The parts of a snapshot; doc.go has the layout.
const (
	magic      = "islhnsw\n"
	version    = 1
	headerSize = 72
	frameSize  = 4 + 8 + 4 // of a section: tag, length, and after the payload its checksum

	tagKeys    = 1
	tagDead    = 2
	tagLinks   = 3
	tagUpper   = 4
	tagCodes   = 5
	tagVectors = 6
	tagFull    = 7
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the first part of a snapshot. Everything that says how long the others are is in it.
type header struct {
	opt    Options
	full   bool // the full vectors of an Int8 graph follow
	slots  uint32
	blocks uint32
	entry  uint64
}

func (h *header) bytes() []byte {
	flags := byte(0)
	if h.opt.Int8 {
		flags |= 1
	}
	if h.full {
		flags |= 2
	}
	b := append(make([]byte, 0, headerSize), magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.opt.Dims))
	b = append(b, byte(h.opt.Metric), flags, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.opt.M))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.opt.EfConstruction))
	b = binary.LittleEndian.AppendUint64(b, h.opt.Seed)
	b = binary.LittleEndian.AppendUint32(b, h.slots)
	b = binary.LittleEndian.AppendUint32(b, h.blocks)
	b = binary.LittleEndian.AppendUint64(b, h.entry)
	b = append(b, make([]byte, headerSize-4-len(b))...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// Save writes a snapshot. Changes wait until it is written; searches go on.
func (g *Graph) Save(w io.Writer) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.core.Load()
	h := header{opt: g.opt, full: c.side != nil, slots: c.count.Load(), blocks: c.blockN, entry: c.entry.Load()}
	if _, err := w.Write(h.bytes()); err != nil {
		return err
	}
	n, blocks := int(h.slots), int(h.blocks)
	err := errors.Join(
		saveSlab(w, tagKeys, c.keys, n),
		saveSlab(w, tagDead, c.dead, n),
		saveSlab(w, tagLinks, c.links0, n),
		saveSlab(w, tagUpper, c.blocks, blocks))
	if err != nil {
		return err
	}
	if !c.opt.Int8 {
		return saveSlab(w, tagVectors, c.vecs, n)
	}
	if err := saveSlab(w, tagCodes, c.codes, n); err != nil || c.side == nil {
		return err
	}
	return saveSection(w, tagFull, int64(n)*c.side.size, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(c.side.file, 0, int64(n)*c.side.size))
		return err
	})
}

// saveSection writes a payload between its frame.
func saveSection(w io.Writer, tag uint32, length int64, payload func(io.Writer) error) error {
	b := binary.LittleEndian.AppendUint32(nil, tag)
	b = binary.LittleEndian.AppendUint64(b, uint64(length))
	sum := crc32.New(castagnoli)
	if _, err := io.MultiWriter(w, sum).Write(b); err != nil {
		return err
	}
	if err := payload(io.MultiWriter(w, sum)); err != nil {
		return err
	}
	_, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

func saveSlab[T any](w io.Writer, tag uint32, s *slab[T], n int) error {
	return saveSection(w, tag, s.bytes(n), func(w io.Writer) error {
		for _, part := range s.parts(n) {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
}

// parts is the memory of the first n rows, chunk by chunk.
func (s *slab[T]) parts(n int) [][]byte {
	var parts [][]byte
	for _, chunk := range s.table() {
		rows := min(n, chunkRows)
		if rows <= 0 {
			break
		}
		size := rows * s.stride * int(unsafe.Sizeof(chunk[0]))
		parts = append(parts, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(chunk))), size))
		n -= rows
	}
	return parts
}

// SaveFile writes a snapshot to a temporary name beside path, syncs it and renames it, so that path is always a whole one.
func (g *Graph) SaveFile(path string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+"-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name()) // best effort; the error says more
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err = g.Save(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	if d, derr := os.Open(dir); derr == nil { // Windows cannot sync a folder, and need not
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
