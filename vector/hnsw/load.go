package hnsw

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync/atomic"
)

// Load reads a snapshot. What the graph is comes from the file; Vectors, Dir and ExactBelow come from o. If o.Dims is set,
// Dims, Metric and Int8 must be those of the file, else the error is ErrOptions. A file that is not a whole snapshot is
// ErrDamaged: the caller builds the graph anew. Memory is asked for only as far as the file is long.
func Load(path string, o Options) (*Graph, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return load(f, info.Size(), o)
}

func load(r io.Reader, size int64, o Options) (*Graph, error) {
	b := make([]byte, headerSize)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, damaged("header: %v", err)
	}
	h, err := parseHeader(b)
	if err != nil {
		return nil, err
	}
	if err := h.accept(o); err != nil {
		return nil, err
	}
	c, err := newCore(h.opt)
	if err != nil {
		return nil, err
	}
	if want := h.size(c); size != want {
		_ = c.side.close()
		return nil, damaged("%d bytes instead of %d", size, want)
	}
	if err := c.read(r, h); err != nil {
		_ = c.side.close()
		return nil, err
	}
	g := &Graph{opt: h.opt}
	g.core.Store(c)
	return g, nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

func parseHeader(b []byte) (*header, error) {
	if string(b[:8]) != magic {
		return nil, damaged("not a snapshot of a graph")
	}
	if crc32.Checksum(b[:headerSize-4], castagnoli) != binary.LittleEndian.Uint32(b[headerSize-4:]) {
		return nil, damaged("checksum of the header")
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	if v := u32(8); v != version {
		return nil, damaged("version %d, not %d", v, version)
	}
	h := &header{
		opt: Options{
			Dims: int(u32(12)), Metric: Metric(b[16]), Int8: b[17]&1 != 0,
			M: int(u32(20)), EfConstruction: int(u32(24)), Seed: binary.LittleEndian.Uint64(b[28:]),
		},
		full: b[17]&2 != 0, slots: u32(36), blocks: u32(40), entry: binary.LittleEndian.Uint64(b[44:]),
	}
	if h.opt.M == 0 || h.opt.EfConstruction == 0 || h.slots > maxSlots || h.full && !h.opt.Int8 {
		return nil, damaged("header makes no sense")
	}
	if _, err := h.opt.withDefaults(); err != nil {
		return nil, damaged("%v", err)
	}
	return h, nil
}

// accept takes over from o what is not in the file.
func (h *header) accept(o Options) error {
	if o.Dims != 0 && (o.Dims != h.opt.Dims || o.Metric != h.opt.Metric || o.Int8 != h.opt.Int8) {
		return fmt.Errorf("%w: the file has other dimensions, metric or codes", ErrOptions)
	}
	if h.opt.Int8 && !h.full && o.Vectors == nil {
		return fmt.Errorf("%w: the file has no full vectors, so Vectors must be set", ErrOptions)
	}
	if h.opt.Int8 {
		h.opt.Vectors = o.Vectors
	}
	h.opt.Dir, h.opt.ExactBelow = o.Dir, o.ExactBelow
	var err error
	h.opt, err = h.opt.withDefaults()
	return err
}

// size is how long the file must be.
func (h *header) size(c *core) int64 {
	n := int(h.slots)
	size := headerSize + 5*frameSize + c.keys.bytes(n) + c.dead.bytes(n) + c.links0.bytes(n) + c.blocks.bytes(int(h.blocks))
	if !h.opt.Int8 {
		return size + c.vecs.bytes(n)
	}
	size += c.codes.bytes(n)
	if h.full {
		size += frameSize + int64(n)*int64(h.opt.Dims)*4
	}
	return size
}

// read fills an empty core from the sections and checks that no link leads out of it.
func (c *core) read(r io.Reader, h *header) error {
	n := int(h.slots)
	levels, blocks := c.levelsOf(h.slots)
	if blocks != h.blocks {
		return damaged("levels")
	}
	err := readSlab(r, tagKeys, c.keys, n)
	if err == nil {
		err = readSlab(r, tagDead, c.dead, n)
	}
	if err == nil {
		err = readSlab(r, tagLinks, c.links0, n)
	}
	if err == nil {
		err = readSlab(r, tagUpper, c.blocks, int(h.blocks))
	}
	if err == nil && c.opt.Int8 {
		err = readSlab(r, tagCodes, c.codes, n)
	} else if err == nil {
		err = readSlab(r, tagVectors, c.vecs, n)
	}
	if err == nil && h.full {
		err = c.readFull(r, n)
	}
	if err != nil {
		return err
	}
	c.count.Store(h.slots)
	c.blockN = h.blocks
	c.entry.Store(h.entry)
	return c.check(levels)
}

// levelsOf draws the levels of the first n slots, as newSlot did, and gives out the blocks.
func (c *core) levelsOf(n uint32) ([]uint8, uint32) {
	levels := make([]uint8, n)
	blocks := uint32(0)
	c.upper.grow(int(n))
	for slot := range n {
		l := c.levelOf(slot)
		levels[slot] = uint8(l)
		c.levels[l].Add(1)
		if l > 0 {
			*c.upper.at(slot) = blocks
			blocks += uint32(l)
		}
	}
	return levels, blocks
}

// check makes sure that a search cannot leave the graph, whatever was in the file, and fills the map of keys.
func (c *core) check(levels []uint8) error {
	slot, top, ok := c.top()
	if ok != (len(levels) > 0) || ok && (int(slot) >= len(levels) || int(levels[slot]) != top) {
		return damaged("entry point")
	}
	for slot := range uint32(len(levels)) {
		for l := range int(levels[slot]) + 1 {
			for _, id := range c.linksOf(slot, l) {
				if id != none && (int(id) >= len(levels) || int(levels[id]) < l) {
					return damaged("link of slot %d", slot)
				}
			}
		}
		switch atomic.LoadUint32(c.dead.at(slot)) {
		case 0:
			c.byKey.slots[*c.keys.at(slot)] = slot
			c.live.Add(1)
		case 1:
		default:
			return damaged("tombstone of slot %d", slot)
		}
	}
	if int(c.live.Load()) != len(c.byKey.slots) {
		return damaged("a key is there twice")
	}
	return nil
}

// section reads one frame around what payload reads.
func section(r io.Reader, tag uint32, length int64, payload func(io.Reader) error) error {
	b := make([]byte, 12)
	if _, err := io.ReadFull(r, b); err != nil {
		return damaged("section %d: %v", tag, err)
	}
	if binary.LittleEndian.Uint32(b) != tag || binary.LittleEndian.Uint64(b[4:]) != uint64(length) {
		return damaged("section %d: frame", tag)
	}
	sum := crc32.New(castagnoli)
	_, _ = sum.Write(b) // a hash does not fail
	if err := payload(io.TeeReader(r, sum)); err != nil {
		return damaged("section %d: %v", tag, err)
	}
	if _, err := io.ReadFull(r, b[:4]); err != nil {
		return damaged("section %d: %v", tag, err)
	}
	if binary.LittleEndian.Uint32(b) != sum.Sum32() {
		return damaged("section %d: checksum", tag)
	}
	return nil
}

func readSlab[T any](r io.Reader, tag uint32, s *slab[T], n int) error {
	s.grow(n)
	return section(r, tag, s.bytes(n), func(r io.Reader) error {
		for _, part := range s.parts(n) {
			if _, err := io.ReadFull(r, part); err != nil {
				return err
			}
		}
		return nil
	})
}

// readFull copies the full vectors into the side; with Vectors there is none and they are only checked.
func (c *core) readFull(r io.Reader, n int) error {
	size := int64(n) * int64(c.opt.Dims) * 4
	return section(r, tagFull, size, func(r io.Reader) error {
		w := io.Discard
		if c.side != nil {
			w = io.NewOffsetWriter(c.side.file, 0)
		}
		_, err := io.CopyN(w, r, size)
		return err
	})
}
