package hnsw

import (
	"math"
	"slices"
)

// How searches choose their way. The figures behind them are in doc.go.
const (
	// defaultExactBelow is where the scan of all vectors takes about as long as the graph with the default ef.
	defaultExactBelow = 2000
	// hopShare is the share of allowed vectors below which the walk goes over vectors that are not allowed instead of through
	// them: above it most links lead to allowed ones anyway.
	hopShare = 0.4
	// scanShare is the share below which what is allowed is too thinly spread for the links: with 300 groups of 100 vectors the
	// walk over the rest found 0.78 of the neighbours at a share of 0.01 and 0.94 at 0.04. Asking the filter about a million
	// keys takes some milliseconds.
	scanShare = 0.05
	// The costs of a scan, for each vector and each allowed one, and of the two walks, for each candidate of the beam, in
	// nanoseconds, measured on 100,000 words and on 50,000 vectors of 384 dimensions; only their relation counts.
	scanAsk, scanLook     = 6, 50
	throughCost, overCost = 3500, 30_000
	// shareSample is how many vectors are asked to estimate that share.
	shareSample = 256
	// rankFactor and rankLeast say how many hits of a search on codes are ranked again with full vectors.
	rankFactor = 2
	rankLeast  = 16
	// maxMore ends the search for places that moving keys have taken.
	maxMore = 100
)

// Search finds the k keys that are closest to q among those that f allows, closest first; fewer if there are fewer. ef is the
// breadth of the search, raised to k (with Int8 to 2k) if it is less: more is slower and finds more of the true neighbours; 0
// is 64. The filter works inside the search, so k hits are found however few keys it allows.
//
// Searches run beside each other and beside changes. A key whose Add returned before Search was called can be found; one that
// is added or deleted meanwhile may be a hit or not.
func (g *Graph) Search(q []float32, k, ef int, f Filter) ([]Hit, error) {
	return g.search(q, k, func(c *core, s *scratch, k int) {
		if ef <= 0 {
			ef = defaultEf
		}
		ef = max(ef, c.wanted(k))
		live := int(c.live.Load())
		if live <= g.opt.ExactBelow || ef >= live || !c.approximate(s, ef, f, g.opt.ExactBelow) {
			c.scan(s, c.wanted(k), f)
		}
	})
}

// Exact is Search that looks at every vector. With Int8 it looks at every code, and ranks the best again as Search does.
func (g *Graph) Exact(q []float32, k int, f Filter) ([]Hit, error) {
	return g.search(q, k, func(c *core, s *scratch, k int) { c.scan(s, c.wanted(k), f) })
}

// search does what is the same for both: the query in, the hits out. find leaves what it found in the beam.
func (g *Graph) search(q []float32, k int, find func(*core, *scratch, int)) ([]Hit, error) {
	v, err := g.prepare(q)
	if err != nil {
		return nil, err
	}
	c := g.core.Load()
	k = min(k, int(c.live.Load()))
	if k <= 0 {
		return nil, nil
	}
	s := c.borrow()
	defer c.giveBack(s)
	copy(s.float, v)
	if c.opt.Int8 {
		quantise(c.opt.Metric, v, s.codes, c.meta)
		c.setCodes(&s.q, s.codes)
	} else {
		c.setFloat(&s.q, s.float)
	}
	// A key that moved during the search takes two places among the candidates: then more of them are asked for.
	for more := 0; ; more = 2*more + 8 {
		moves := c.moves.Load()
		find(c, s, min(k+more, int(c.count.Load())))
		found := slices.DeleteFunc(s.beam.items, func(it cand) bool { return it.id&allowed == 0 })
		if c.opt.Int8 {
			found = c.rank(s, found[:min(len(found), c.wanted(k+more))])
		}
		moved := c.moves.Load() != moves
		if hits := c.hits(found, k, moved); len(hits) == k || !moved || more > maxMore {
			return hits, nil
		}
	}
}

// wanted is how many hits a scan must find for k: with Int8 some more, as they are ranked again.
func (c *core) wanted(k int) int {
	if c.opt.Int8 {
		return max(rankFactor*k, rankLeast)
	}
	return k
}

// hits turns candidates into keys. If a key was replaced, or deleted and added, meanwhile, both its slots may be among them: the later one counts.
func (c *core) hits(found []cand, k int, moved bool) []Hit {
	if moved {
		last := map[uint64]uint32{}
		for _, it := range found {
			key := *c.keys.at(it.slot())
			last[key] = max(last[key], it.slot())
		}
		found = slices.DeleteFunc(found, func(it cand) bool { return last[*c.keys.at(it.slot())] != it.slot() })
	}
	out := make([]Hit, 0, min(k, len(found)))
	for _, it := range found[:min(k, len(found))] {
		out = append(out, Hit{Key: *c.keys.at(it.slot()), Distance: it.d})
	}
	return out
}

// rank orders candidates by their full vectors. One that cannot be read keeps the distance of its code.
func (c *core) rank(s *scratch, found []cand) []cand {
	table, ids := [][]float32{s.full}, []uint32{0}
	v := s.full[:c.opt.Dims]
	for i := range found {
		slot := found[i].slot()
		if !c.fullVector(slot, v) {
			continue
		}
		if c.opt.Metric == L2 {
			rowsL2(s.float, table, ids, s.dist[:1])
		} else {
			one := float32(0)
			if c.opt.Metric == Cosine {
				one = 1
			}
			rowsDot(s.float, table, ids, one, s.dist[:1])
		}
		found[i].d = s.dist[0]
	}
	slices.SortStableFunc(found, byDistance)
	return found
}

// fullVector reads the vector of a slot as it was given, normalised for Cosine.
func (c *core) fullVector(slot uint32, v []float32) bool {
	if c.side != nil {
		return c.side.read(slot, v) == nil
	}
	return c.opt.Vectors(*c.keys.at(slot), v) && normalise(c.opt.Metric, v, v) == nil
}

// approximate walks the graph. It reports false if a scan is the better way: hardly anything is allowed, or what is allowed is
// not where the query is.
func (c *core) approximate(s *scratch, ef int, f Filter, exactBelow int) bool {
	n := int(c.count.Load())
	dead := n - int(c.live.Load())
	if f == nil && dead == 0 {
		start, _, ok := c.descend(s, &s.q, 0)
		if ok {
			c.walk(s, &s.q, start, 0, ef)
		}
		return ok && s.beam.full()
	}
	ok := c.may(f)
	share := float64(n-dead) / float64(n)
	if f != nil {
		share = sampleShare(n, ok)
	}
	if scanIsBetter(float64(n), share, ef, exactBelow) {
		return false
	}
	start, _, found := c.descend(s, &s.q, 0)
	if !found {
		return false
	}
	if share < hopShare {
		return c.walkOver(s, start, 2*ef, ok)
	}
	return c.walkThrough(s, start, ef, ok)
}

// scanIsBetter compares what a scan costs with what a walk would, and knows where walks miss too much.
func scanIsBetter(n, share float64, ef, exactBelow int) bool {
	hits := n * share
	switch {
	case share < scanShare || hits <= float64(2*ef):
		return true
	case exactBelow < 0:
		return false
	case hits <= float64(exactBelow):
		return true
	}
	scan := n*scanAsk + hits*scanLook
	if share < hopShare {
		return scan < float64(ef)*overCost
	}
	return scan < float64(ef)*throughCost/share
}

// may is a filter on slots: alive, and allowed by f.
func (c *core) may(f Filter) func(uint32) bool {
	if f == nil {
		return func(slot uint32) bool { return !c.isDead(slot) }
	}
	return func(slot uint32) bool { return !c.isDead(slot) && f(*c.keys.at(slot)) }
}

// sampleShare asks evenly spread slots.
func sampleShare(n int, ok func(uint32) bool) float64 {
	step := max(float64(n)/shareSample, 1)
	asked, yes := 0, 0
	for at := step / 2; at < float64(n); at += step {
		asked++
		if ok(uint32(math.Min(at, float64(n-1)))) {
			yes++
		}
	}
	return float64(yes) / float64(max(asked, 1))
}

// scan looks at all slots that are allowed.
func (c *core) scan(s *scratch, want int, f Filter) {
	ok := c.may(f)
	s.beam.reset(want)
	ids := s.ids[:0]
	for slot := range s.limit {
		if !ok(slot) {
			continue
		}
		if ids = append(ids, slot); len(ids) == batch {
			c.offer(s, ids)
			ids = ids[:0]
		}
	}
	c.offer(s, ids)
}

// offer pushes allowed slots into the beam.
func (c *core) offer(s *scratch, ids []uint32) {
	c.distances(&s.q, ids, s.dist)
	for i, id := range ids {
		s.beam.push(cand{s.dist[i], id | allowed})
	}
}
