package hnsw

import (
	"context"
	"fmt"
)

// How Compact ends: with so many vectors left, or after so many rounds, it makes changes wait and takes the rest.
const (
	lastRound = 256
	maxRounds = 10
)

// Compact rebuilds the graph without its tombstones. It takes about as long as adding all vectors did, on one core, and until
// it ends memory holds both graphs; searches and changes go on meanwhile. Only the last step, the changes that came during
// the last moments, makes Add and Delete wait. If ctx ends first, the graph stays as it was and the cause is returned.
func (g *Graph) Compact(ctx context.Context) error {
	g.compacting.Lock()
	defer g.compacting.Unlock()
	old := g.core.Load()
	fresh, err := newCore(g.opt)
	if err != nil {
		return err
	}
	m := move{from: old, to: fresh, newSlot: map[uint32]uint32{}, v: make([]float32, g.opt.Dims)}
	// Vectors that were added during a round are left to the next, until a round has little to do. Several goroutines may add
	// faster than this one links, so the rounds are counted.
	done := uint32(0)
	for round := 0; round < maxRounds && (round == 0 || old.count.Load()-done > lastRound); round++ {
		end := old.count.Load()
		if err := m.take(ctx, done, end); err != nil {
			_ = fresh.side.close()
			return err
		}
		done = end
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	// Nothing changes any more. A slot that was not yet published when its round came is alive now.
	if err := m.take(ctx, 0, old.count.Load()); err != nil {
		_ = fresh.side.close()
		return err
	}
	for from, to := range m.newSlot {
		if old.isDead(from) && !fresh.isDead(to) {
			fresh.remove(*fresh.keys.at(to))
		}
	}
	g.core.Store(fresh) // searches may still read the old side: the garbage collector closes it
	return nil
}

// move is a compaction under way.
type move struct {
	from, to *core
	newSlot  map[uint32]uint32
	v        []float32
}

// take copies the live slots of a range that were not taken before.
func (m *move) take(ctx context.Context, start, end uint32) error {
	for slot := start; slot < end; slot++ {
		if m.from.isDead(slot) {
			continue
		}
		if _, done := m.newSlot[slot]; done {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		key := *m.from.keys.at(slot)
		to, err := m.copyRow(slot, key)
		if err != nil {
			return fmt.Errorf("compact: %w", err)
		}
		m.to.link(to)
		m.to.publish(key, to)
		m.newSlot[slot] = to
	}
	return nil
}

func (m *move) copyRow(slot uint32, key uint64) (uint32, error) {
	to, err := m.to.newSlot(key)
	if err != nil {
		return 0, err
	}
	if !m.from.opt.Int8 {
		copy(m.to.vecs.row(to), m.from.vecs.row(slot))
		return to, nil
	}
	copy(m.to.codes.row(to), m.from.codes.row(slot))
	if m.from.side == nil {
		return to, nil
	}
	if err := m.from.side.read(slot, m.v); err != nil {
		return 0, err
	}
	return to, m.to.side.write(to, m.v)
}
