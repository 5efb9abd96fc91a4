package hnsw

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
)

// none ends a row of links.
const none = math.MaxUint32

// maxLevel bounds the levels: with M = 2 a level 30 would need a billion vectors.
const maxLevel = 30

// core is the graph itself. Compact makes a new one and switches.
//
// A vector has a slot, given in the order of insertion and never used again. Rows of links are written under a lock of their
// slot, one link at a time with an atomic store, and read without a lock: a reader may see a row half old, half new, and every
// link it sees leads to a vector that was complete before the link was written.
type core struct {
	opt   Options
	ml    float64 // 1/ln(M)
	width int     // elements of a row that the kernels read: Dims, rounded up
	meta  int     // with Int8: where scale and norm stand in a row of codes

	vecs   *slab[float32] // without Int8: rows of width, zero beyond Dims
	codes  *slab[uint8]   // with Int8: rows of codes + 128, then scale and squared norm as float32
	side   *side          // with Int8 and without Vectors
	keys   *slab[uint64]
	dead   *slab[uint32] // 1: deleted, replaced or not published yet
	links0 *slab[uint32] // the lowest level: 2M slots, ended by none
	upper  *slab[uint32] // the first block of a slot in blocks, if its level is not 0
	blocks *slab[uint32] // rows of M slots, one for each level above the lowest

	count  atomic.Uint32 // slots
	live   atomic.Int64
	moves  atomic.Uint64 // counts replaced and deleted slots, so that a search can see that a key may have moved meanwhile
	entry  atomic.Uint64 // level<<32 | slot of the entry point, plus 1; 0 while the graph is empty
	locks  [1024]sync.Mutex
	levels [maxLevel + 1]atomic.Int64

	growing sync.Mutex // guards the growth of slabs and blockCount
	blockN  uint32
	rising  sync.Mutex // held while the entry point may change

	byKey struct {
		sync.RWMutex
		slots map[uint64]uint32
	}
	scratch sync.Pool
}

func newCore(o Options) (*core, error) {
	c := &core{
		opt: o, ml: 1 / math.Log(float64(o.M)),
		keys: newSlab[uint64](1), dead: newSlab[uint32](1),
		links0: newSlab[uint32](2 * o.M), upper: newSlab[uint32](1), blocks: newSlab[uint32](o.M),
	}
	c.byKey.slots = map[uint64]uint32{}
	c.scratch.New = func() any { return newScratch(c) }
	if !o.Int8 {
		c.width = roundUp(o.Dims, 8)
		c.vecs = newSlab[float32](c.width)
		return c, nil
	}
	c.width = roundUp(o.Dims, 16)
	c.meta = roundUp(o.Dims, 4)
	c.codes = newSlab[uint8](max(roundUp(c.meta+8, 16), c.width))
	if o.Vectors == nil {
		var err error
		if c.side, err = newSide(o.Dir, o.Dims); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// place gives a slot to a vector and writes everything but links. The slot cannot be found yet and is dead until publish.
func (c *core) place(key uint64, v []float32) (uint32, error) {
	slot, err := c.newSlot(key)
	if err != nil {
		return 0, err
	}
	if !c.opt.Int8 {
		copy(c.vecs.row(slot), v)
		return slot, nil
	}
	quantise(c.opt.Metric, v, c.codes.row(slot), c.meta)
	if c.side != nil {
		return slot, c.side.write(slot, v)
	}
	return slot, nil
}

// newSlot grows the slabs and sets what does not depend on the vector.
func (c *core) newSlot(key uint64) (uint32, error) {
	c.growing.Lock()
	defer c.growing.Unlock()
	slot := c.count.Load()
	if slot >= maxSlots {
		return 0, ErrFull
	}
	n := int(slot) + 1
	if c.opt.Int8 {
		c.codes.grow(n)
	} else {
		c.vecs.grow(n)
	}
	c.keys.grow(n)
	c.dead.grow(n)
	c.links0.grow(n)
	c.upper.grow(n)
	*c.keys.at(slot) = key
	*c.dead.at(slot) = 1
	fillNone(c.links0.row(slot))
	level := c.levelOf(slot)
	c.levels[level].Add(1)
	if level > 0 {
		*c.upper.at(slot) = c.blockN
		c.blocks.grow(int(c.blockN) + level)
		for range level {
			fillNone(c.blocks.row(c.blockN))
			c.blockN++
		}
	}
	c.count.Store(slot + 1)
	return slot, nil
}

func fillNone(row []uint32) {
	for i := range row {
		row[i] = none
	}
}

// levelOf draws the level of a slot: geometric, and a function of seed and slot alone, so that a loaded graph goes on exactly
// as the saved one would have.
func (c *core) levelOf(slot uint32) int {
	x := c.opt.Seed + (uint64(slot)+1)*0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	u := (float64(x>>11) + 0.5) / (1 << 53)
	return min(int(-math.Log(u)*c.ml), maxLevel)
}

// publish makes a linked slot a possible hit and kills the slot that had the key before.
func (c *core) publish(key uint64, slot uint32) {
	c.byKey.Lock()
	defer c.byKey.Unlock()
	old, had := c.byKey.slots[key]
	c.byKey.slots[key] = slot
	if had {
		c.moves.Add(1)
		atomic.StoreUint32(c.dead.at(slot), 0)
		atomic.StoreUint32(c.dead.at(old), 1)
		return
	}
	c.live.Add(1)
	atomic.StoreUint32(c.dead.at(slot), 0)
}

func (c *core) remove(key uint64) bool {
	c.byKey.Lock()
	defer c.byKey.Unlock()
	slot, ok := c.byKey.slots[key]
	if !ok {
		return false
	}
	delete(c.byKey.slots, key)
	c.moves.Add(1)
	atomic.StoreUint32(c.dead.at(slot), 1)
	c.live.Add(-1)
	return true
}

func (c *core) slotOf(key uint64) (uint32, bool) {
	c.byKey.RLock()
	defer c.byKey.RUnlock()
	slot, ok := c.byKey.slots[key]
	return slot, ok
}

func (c *core) isDead(slot uint32) bool { return atomic.LoadUint32(c.dead.at(slot)) != 0 }

// row is the links of a slot on a level.
func (c *core) linksOf(slot uint32, level int) []uint32 {
	if level == 0 {
		return c.links0.row(slot)
	}
	return c.blocks.row(*c.upper.at(slot) + uint32(level) - 1)
}

func (c *core) lock(slot uint32) *sync.Mutex { return &c.locks[slot%uint32(len(c.locks))] }

// top is the entry point and its level; ok is false for an empty graph.
func (c *core) top() (slot uint32, level int, ok bool) {
	e := c.entry.Load()
	if e == 0 {
		return 0, 0, false
	}
	e--
	return uint32(e), int(e >> 32), true
}

func (c *core) setTop(slot uint32, level int) { c.entry.Store(uint64(level)<<32 | uint64(slot) + 1) }

func (c *core) stats() Stats {
	n := int(c.count.Load())
	s := Stats{Live: int(c.live.Load())}
	s.Tombstones = max(n-s.Live, 0)
	if c.opt.Int8 {
		s.CodeBytes = c.codes.bytes(n)
	} else {
		s.VectorBytes = c.vecs.bytes(n)
	}
	if c.side != nil {
		s.FileBytes = int64(n) * int64(c.opt.Dims) * 4
	}
	blocks := 0
	for l := range c.levels {
		here := int(c.levels[l].Load())
		blocks += l * here
		s.Levels = append(s.Levels, here)
	}
	for len(s.Levels) > 1 && s.Levels[len(s.Levels)-1] == 0 {
		s.Levels = s.Levels[:len(s.Levels)-1]
	}
	s.LinkBytes = c.links0.bytes(n) + c.blocks.bytes(blocks)
	s.OtherBytes = c.keys.bytes(n) + c.dead.bytes(n) + c.upper.bytes(n) + mapBytes(s.Live)
	return s
}

// mapBytes is about what a map from key to slot takes: groups of 8 entries of 16 bytes with 8 control bytes, at most 7/8 full,
// in tables that double.
func mapBytes(n int) int64 {
	if n == 0 {
		return 0
	}
	return int64(17) << bits.Len(uint(n*8/7))
}
