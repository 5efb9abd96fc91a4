package hnsw

import "sync/atomic"

// walkThrough is walk on the lowest level with a filter that allows much: the beam also holds what is not allowed, as a way
// to the rest, and is full with ef allowed ones. It gives up, with false, when the allowed ones are elsewhere.
func (c *core) walkThrough(s *scratch, start cand, ef int, ok func(uint32) bool) bool {
	s.forget()
	b := &s.beam
	b.reset(ef)
	s.visit(start.id)
	b.push(marked(start, ok))
	for {
		slot, more := b.pop()
		if !more {
			return b.full()
		}
		if len(b.items) > 16*ef+1024 {
			return false
		}
		ids := s.unseen(c.linksOf(slot, 0), s.ids[:0])
		c.distances(&s.q, ids, s.dist)
		for i, id := range ids {
			if d := s.dist[i]; !b.full() || d < b.items[len(b.items)-1].d {
				b.push(marked(cand{d, id}, ok))
			}
		}
	}
}

func marked(c cand, ok func(uint32) bool) cand {
	if ok(c.id) {
		c.id |= allowed
	}
	return c
}

// walkOver is the walk for filters that allow little: a link to a vector that is not allowed is replaced by the links of that
// vector (as in ACORN, arXiv 2403.04871), so that distances are computed to allowed vectors only. It reports false if it got
// stuck before it had ef of them.
func (c *core) walkOver(s *scratch, start cand, ef int, ok func(uint32) bool) bool {
	s.forget()
	s.hopped = cleared(s.hopped, s.limit)
	b := &s.beam
	b.reset(ef)
	s.visit(start.id)
	b.push(marked(start, ok))
	for {
		slot, more := b.pop()
		if !more {
			return b.full()
		}
		ids := c.unseenOver(s, slot, ok)
		c.distances(&s.q, ids, s.dist)
		for i, id := range ids {
			b.push(cand{s.dist[i], id | allowed})
		}
	}
}

// unseenOver collects new allowed slots one or two links away from slot, at most about as many as a slot has links.
func (c *core) unseenOver(s *scratch, slot uint32, ok func(uint32) bool) []uint32 {
	row := c.linksOf(slot, 0)
	ids := s.ids[:0]
	for i := range row {
		id := atomic.LoadUint32(&row[i])
		if id == none {
			break
		}
		if id < s.limit && ok(id) && s.visit(id) {
			ids = append(ids, id)
		}
	}
	for i := range row {
		id := atomic.LoadUint32(&row[i])
		if id == none || len(ids) >= len(row) {
			break
		}
		if id < s.limit && !ok(id) && mark(s.hopped, id) {
			for _, far := range s.unseen(c.linksOf(id, 0), s.hop[:0]) {
				if ok(far) {
					ids = append(ids, far)
				}
			}
		}
	}
	return ids
}
