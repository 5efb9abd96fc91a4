package hnsw

import (
	"slices"
	"sync/atomic"
)

// link connects a placed slot with its neighbours on all its levels. Several goroutines may link at the same time.
func (c *core) link(slot uint32) {
	level := c.levelOf(slot)
	if _, top, ok := c.top(); !ok || level > top {
		c.rising.Lock()
		defer c.rising.Unlock()
	}
	s := c.borrow()
	defer c.giveBack(s)
	c.setSlot(&s.q, slot)
	at, top, ok := c.descend(s, &s.q, level)
	if !ok {
		c.setTop(slot, level)
		return
	}
	for l := min(level, top); l >= 0; l-- {
		c.walk(s, &s.q, at, l, c.opt.EfConstruction)
		found := s.beam.items
		for i := range found {
			found[i].id &= slotMask
		}
		found = slices.DeleteFunc(found, func(f cand) bool { return f.id == slot })
		if len(found) == 0 {
			continue
		}
		at = found[0]
		s.chosen = append(s.chosen[:0], c.choose(s, found, c.opt.M)...)
		c.connect(s, slot, l, s.chosen)
	}
	if level > top {
		c.setTop(slot, level)
	}
}

// choose is the heuristic of the paper (algorithm 4): going outwards, it takes a candidate only if it is closer to the base
// than to every one taken before, so that links lead in different directions. found is sorted by distance from the base.
//
// Vectors that are equal to the base are all closest to it and to each other; at most half of the links go to such twins, or a
// page footer that occurs a thousand times would be an island. The result lives until the next call.
func (c *core) choose(s *scratch, found []cand, m int) []cand {
	if len(found) <= m && (len(found) == 0 || found[len(found)-1].d > found[0].d) {
		s.picked = append(s.picked[:0], found...)
		return s.picked
	}
	picked, ids := s.picked[:0], s.pickIDs[:0]
	for _, f := range found {
		if len(picked) >= m {
			break
		}
		c.setSlot(&s.pair, f.id)
		if c.diverse(s, f, ids) {
			picked, ids = append(picked, f), append(ids, f.id)
		}
	}
	s.picked, s.pickIDs = picked, ids
	return picked
}

// diverse reports whether a candidate, which is in s.pair, is closer to the base than to any of the slots taken.
func (c *core) diverse(s *scratch, f cand, taken []uint32) bool {
	twins := 0
	for len(taken) > 0 {
		n := min(len(taken), 4)
		c.distances(&s.pair, taken[:n], s.dist)
		for _, d := range s.dist[:n] {
			if d < f.d {
				return false
			}
			if d == f.d {
				twins++
			}
		}
		taken = taken[n:]
	}
	return twins <= c.opt.M/2
}

// connect writes the links of a new slot and the links back.
func (c *core) connect(s *scratch, slot uint32, level int, chosen []cand) {
	own := c.linksOf(slot, level)
	mu := c.lock(slot)
	mu.Lock()
	// Somebody may have found the slot on a level above and linked to it already: those links stay.
	n := countLinks(own)
	for _, f := range chosen {
		if n < len(own) && !slices.Contains(own[:n], f.id) {
			atomic.StoreUint32(&own[n], f.id)
			n++
		}
	}
	mu.Unlock()
	for _, f := range chosen {
		c.linkBack(s, f, slot, level)
	}
}

func countLinks(row []uint32) int {
	if n := slices.Index(row, none); n >= 0 {
		return n
	}
	return len(row)
}

// linkBack adds a link from f to slot; a full row is chosen anew.
func (c *core) linkBack(s *scratch, f cand, slot uint32, level int) {
	mu := c.lock(f.id)
	mu.Lock()
	defer mu.Unlock()
	row := c.linksOf(f.id, level)
	n := countLinks(row)
	if slices.Contains(row[:n], slot) {
		return
	}
	if n < len(row) {
		atomic.StoreUint32(&row[n], slot)
		return
	}
	c.setSlot(&s.pair, f.id)
	c.distances(&s.pair, row, s.dist)
	around := s.around[:0]
	for i, id := range row {
		around = append(around, cand{s.dist[i], id})
	}
	around = append(around, cand{f.d, slot})
	slices.SortStableFunc(around, byDistance)
	s.around = around
	kept := c.choose(s, around, len(row))
	for i := range row {
		id := uint32(none)
		if i < len(kept) {
			id = kept[i].id
		}
		atomic.StoreUint32(&row[i], id)
	}
}

func byDistance(a, b cand) int {
	switch {
	case a.d < b.d:
		return -1
	case a.d > b.d:
		return 1
	}
	return 0
}
