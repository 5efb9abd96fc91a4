package hnsw

import (
	"sync/atomic"
	"unsafe"
)

// descend goes greedily from the entry point down to the level above the given one and gives the closest slot it met.
func (c *core) descend(s *scratch, q *query, to int) (cand, int, bool) {
	slot, level, ok := c.top()
	if !ok {
		return cand{}, 0, false
	}
	ids := append(s.ids[:0], slot)
	c.distances(q, ids, s.dist)
	at := cand{s.dist[0], slot}
	top := level
	for ; level > to; level-- {
		for moved := true; moved; {
			moved = false
			ids = ids[:0]
			row := c.linksOf(at.id, level)
			for i := range row {
				id := atomic.LoadUint32(&row[i])
				if id == none {
					break
				}
				ids = append(ids, id)
			}
			c.distances(q, ids, s.dist)
			for i, id := range ids {
				if s.dist[i] < at.d {
					at, moved = cand{s.dist[i], id}, true
				}
			}
		}
	}
	return at, top, true
}

// walk is the search of the paper on one level: from a start, follow the links of the closest candidate until none is left
// that could bring something closer. All candidates are allowed. The result is in s.beam.
func (c *core) walk(s *scratch, q *query, start cand, level, ef int) {
	s.forget()
	b := &s.beam
	b.reset(ef)
	s.visit(start.id)
	b.push(cand{start.d, start.id | allowed})
	for {
		slot, ok := b.pop()
		if !ok {
			return
		}
		ids := s.unseen(c.linksOf(slot, level), s.ids[:0])
		c.distances(q, ids, s.dist)
		for i, id := range ids {
			if d := s.dist[i]; b.push(cand{d, id | allowed}) && level == 0 {
				prefetchLines(unsafe.Pointer(&c.links0.row(id)[0]))
			}
		}
	}
}

// unseen appends the links of a row that were not visited yet, and marks them.
func (s *scratch) unseen(row, ids []uint32) []uint32 {
	for i := range row {
		id := atomic.LoadUint32(&row[i])
		if id == none {
			break
		}
		if s.visit(id) {
			ids = append(ids, id)
		}
	}
	return ids
}
