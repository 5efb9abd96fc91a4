package hnsw

// cand is a vector met by a search.
type cand struct {
	d  float32
	id uint32 // a slot, with the two flags below
}

const (
	expanded = 1 << 31 // its links have been followed
	allowed  = 1 << 30 // it may be a hit
	slotMask = allowed - 1
)

func (c cand) slot() uint32 { return c.id & slotMask }

// beam is the frontier and the result of a search on one level in one: all candidates worth keeping, closest first. It does
// what the two heaps of the paper do, with less work for the breadths of practice, as a move of a few hundred bytes is cheap.
//
// Without a filter it keeps the ef closest. With one it keeps everything up to the ef-th closest allowed candidate: those that
// are not allowed are on the way only.
type beam struct {
	items   []cand
	ef      int
	allowed int // of items
	next    int // no item before it is unexpanded
}

func (b *beam) reset(ef int) {
	b.items, b.ef, b.allowed, b.next = b.items[:0], ef, 0, 0
}

// full reports whether ef allowed candidates were found.
func (b *beam) full() bool { return b.allowed >= b.ef }

// push takes a candidate and reports whether it was worth keeping.
func (b *beam) push(c cand) bool {
	n := len(b.items)
	full := b.full()
	if full && c.d >= b.items[n-1].d {
		return false
	}
	lo, hi := 0, n
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if b.items[m].d <= c.d {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if full && c.id&allowed != 0 {
		// One allowed item goes, and with it what stands between it and the one before.
		n--
		for n > 0 && b.items[n-1].id&allowed == 0 && n > lo {
			n--
		}
		b.items = b.items[:n]
	} else {
		b.allowed += int(c.id >> 30 & 1)
	}
	b.items = append(b.items, cand{})
	copy(b.items[lo+1:], b.items[lo:])
	b.items[lo] = c
	b.next = min(b.next, lo)
	if !full && b.full() {
		for n = len(b.items); b.items[n-1].id&allowed == 0; n-- {
		}
		b.items = b.items[:n]
	}
	return true
}

// pop is the closest item whose links have not been followed.
func (b *beam) pop() (uint32, bool) {
	for b.next < len(b.items) {
		it := &b.items[b.next]
		b.next++
		if it.id&expanded == 0 {
			it.id |= expanded
			return it.slot(), true
		}
	}
	return 0, false
}

// scratch is the memory of one search or insertion, used again by the next.
type scratch struct {
	beam    beam
	visited []uint64 // a bit for each slot
	hopped  []uint64 // the same: its links were looked through
	limit   uint32   // slots that visited has room for; later ones are not looked at
	ids     []uint32
	hop     []uint32 // links of one slot, in walkOver
	dist    []float32

	q     query     // what the search or insertion is about
	float []float32 // its vector, zero beyond Dims
	codes []uint8   // the same as a row of codes
	full  []float32 // a vector to rank again, zero beyond Dims

	pair    query // the candidate that choose looks at
	picked  []cand
	pickIDs []uint32
	chosen  []cand
	around  []cand
}

func newScratch(c *core) *scratch {
	s := &scratch{ids: make([]uint32, 0, batch), hop: make([]uint32, 0, batch), dist: make([]float32, batch)}
	s.float = make([]float32, roundUp(c.opt.Dims, 8))
	if c.opt.Int8 {
		s.q.i16, s.pair.i16 = make([]int16, c.width), make([]int16, c.width)
		s.codes = make([]uint8, c.codes.stride)
		s.full = make([]float32, len(s.float))
	}
	return s
}

// batch is how many distances are computed at once at most: twice the links of a vector with the largest M.
const batch = 4 * maxM

func (c *core) borrow() *scratch {
	s := c.scratch.Get().(*scratch)
	s.limit = c.count.Load()
	return s
}

func (c *core) giveBack(s *scratch) { c.scratch.Put(s) }

// forget clears visited for a walk on another level or from the start.
func (s *scratch) forget() { s.visited = cleared(s.visited, s.limit) }

func cleared(set []uint64, limit uint32) []uint64 {
	words := int(limit+63) / 64
	if cap(set) < words {
		return make([]uint64, words, words+words/4)
	}
	set = set[:words]
	clear(set)
	return set
}

// visit marks a slot and reports whether it was new; slots that came after the search began count as seen.
func (s *scratch) visit(slot uint32) bool { return slot < s.limit && mark(s.visited, slot) }

func mark(set []uint64, slot uint32) bool {
	w, bit := &set[slot>>6], uint64(1)<<(slot&63)
	if *w&bit != 0 {
		return false
	}
	*w |= bit
	return true
}
