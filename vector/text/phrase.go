package text

import (
	"cmp"
	"slices"
	"strings"

	index "github.com/blevesearch/bleve_index_api"
)

// place is a document with the places at which a phrase may begin in it.
type place struct {
	doc    uint32
	starts []int
	length float64
	tf     float64
}

// phrase finds the documents that hold the steps at neighbouring places, by the rarest step first.
func (r *reader) phrase(steps []step, field string) ([]place, error) {
	type counted struct {
		step
		df uint64
	}
	all := make([]counted, 0, len(steps))
	for _, s := range steps {
		if s.prefix != "" {
			var err error
			if s.terms, err = r.beginWith(s.prefix); err != nil {
				return nil, err
			}
		}
		c := counted{step: s}
		for _, term := range s.terms {
			t, err := r.in.TermFieldReader(r.ctx, []byte(term), field, false, false, false)
			if err != nil {
				return nil, err
			}
			c.df += t.Count()
			_ = t.Close() // nothing was written
		}
		if c.df == 0 {
			return nil, nil
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b counted) int { return cmp.Compare(a.df, b.df) })
	var found []place
	for i, s := range all {
		here, err := r.places(s.step, field, found, i == 0)
		if err != nil || len(here) == 0 {
			return nil, err
		}
		found = here
	}
	for i := range found {
		p := &found[i]
		p.tf = float64(len(p.starts)) / (1 - lengthShare + lengthShare*p.length/r.average)
		if field == fieldTitle {
			p.tf = titleWeight
		}
	}
	return found, nil
}

// places are where a step lets a phrase begin: anywhere at first, then only where the steps before it do.
func (r *reader) places(s step, field string, within []place, first bool) ([]place, error) {
	at := map[uint32]*place{}
	for _, term := range s.terms {
		t, err := r.in.TermFieldReader(r.ctx, []byte(term), field, true, true, true)
		if err != nil {
			return nil, err
		}
		if first {
			err = r.everyPlace(t, s.offset, at)
		} else {
			err = r.placesIn(t, s.offset, within, at)
		}
		if cerr := t.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
	}
	out := make([]place, 0, len(at))
	for _, p := range at {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b place) int { return cmp.Compare(a.doc, b.doc) })
	return out, nil
}

func (r *reader) everyPlace(t index.TermFieldReader, offset int, at map[uint32]*place) error {
	for {
		p, err := t.Next(nil)
		if err != nil || p == nil {
			return err
		}
		if err := r.tick(); err != nil {
			return err
		}
		note(at, p, offset, nil)
	}
}

// placesIn looks only at documents that are still possible; both sides are in the order of documents.
func (r *reader) placesIn(t index.TermFieldReader, offset int, within []place, at map[uint32]*place) error {
	var p *index.TermFieldDoc
	for _, w := range within {
		if p == nil || p.ID.Value() < uint64(w.doc) {
			var err error
			if p, err = t.Advance(index.NewIndexInternalID(nil, uint64(w.doc)), nil); err != nil || p == nil {
				return err
			}
			if err := r.tick(); err != nil {
				return err
			}
		}
		if p.ID.Value() == uint64(w.doc) {
			note(at, p, offset, w.starts)
		}
	}
	return nil
}

// note keeps the places of a posting, as places at which the phrase begins; those only that are in among, unless it is nil.
func note(at map[uint32]*place, p *index.TermFieldDoc, offset int, among []int) {
	doc := uint32(p.ID.Value())
	for _, v := range p.Vectors {
		start := int(v.Pos) - offset
		if among != nil && !slices.Contains(among, start) {
			continue
		}
		pl := at[doc]
		if pl == nil {
			pl = &place{doc: doc, length: lengthOf(p)}
			at[doc] = pl
		}
		pl.starts = append(pl.starts, start)
	}
}

// spans writes the groups of a query that has are true of, or, missed, what of the query they do not cover. Groups that
// overlap are written as one. Pairs across a function character are no words that could be missed.
func spans(groups []group, text string, has func(int) bool, missed bool) []string {
	covered := make([]bool, len(text))
	for i, g := range groups {
		if has(i) {
			for j := g.start; j < g.end && j < len(text); j++ {
				covered[j] = true
			}
		}
	}
	type span struct{ start, end int }
	var list []span
	for i, g := range groups {
		if has(i) == missed || missed && g.weight == pairShare {
			continue
		}
		s := span{g.start, min(g.end, len(text))}
		if missed {
			for s.start < s.end && covered[s.start] {
				s.start++
			}
			for s.end > s.start && covered[s.end-1] {
				s.end--
			}
			if s.start == s.end || strings.Contains(functionChars, text[s.start:s.end]) {
				continue
			}
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	var out []string
	for i := 0; i < len(list); {
		s := list[i]
		for i++; i < len(list) && list[i].start < s.end; i++ {
			s.end = max(s.end, list[i].end)
		}
		if w := text[s.start:s.end]; !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
