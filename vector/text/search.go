package text

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"runtime/debug"
	"slices"

	index "github.com/blevesearch/bleve_index_api"
)

// How a document is scored. A term that a document holds n times in a text of average length is worth n(k1+1)/(n+k1) of its
// rarity (BM25), a term of the title titleWeight occurrences; what is longer than the average counts lengthShare of that less.
const (
	k1          = 1.2
	lengthShare = 0.6
	titleWeight = 0.8
	absent      = 0.5 // share that a term no document holds has in what a query can reach
)

// Query is a search.
type Query struct {
	Text  string
	K     int                   // hits at most
	Allow func(key uint64) bool // asked for each candidate, from the best on; nil allows all
}

// Hit is a document that a search found.
type Hit struct {
	Key   uint64
	Score float64  // 0 to 1: the share of the question's weight that the document holds; see Explanation
	Terms []string // of the query, as written there, that the document holds
}

// Explanation tells how a query sees one document. The weight of a term is its rarity; the score is tanh(x), with x the weights
// of the terms that the document holds, each by how often it holds it, over the weights of all terms of the query. A document
// of average length that holds all of them once has 0.76.
type Explanation struct {
	Found  bool     // the index has the document
	Score  float64  // 0: no term of the query is in it
	Rank   int      // among all documents, from 1; 0: no term of the query is in it, or not the phrase it demands
	Terms  []string // of the query, as written there, that the document holds
	Missed []string // and that it does not hold
}

// Search finds the K best documents that hold words of the query, best first; equal ones by key. Where the query has phrases
// in quotes, hits hold all of them; if no allowed document does, quotes mean nothing. A panic of Bleve is an error.
func (x *Index) Search(ctx context.Context, q Query) ([]Hit, error) {
	if q.K <= 0 {
		return nil, nil
	}
	var hits []Hit
	err := x.read(ctx, func(r *reader) (err error) {
		for _, phrases := range []bool{true, false} {
			if err = r.score(q.Text, phrases); err != nil {
				return err
			}
			if hits, err = r.best(q.K, q.Allow); err != nil || len(hits) > 0 || r.required == 0 {
				return err
			}
			r.reset()
		}
		return nil
	})
	return hits, err
}

// Explain tells how a query sees one document. Filters do not count.
func (x *Index) Explain(ctx context.Context, key uint64, text string) (Explanation, error) {
	var e Explanation
	err := x.read(ctx, func(r *reader) error {
		if err := r.score(text, true); err != nil {
			return err
		}
		id, err := r.in.InternalID(idOf(key))
		if err != nil || id == nil {
			e.Missed = r.written(0, true)
			return err
		}
		e.Found = true
		doc := uint32(id.Value())
		r.grow(doc)
		e.Terms, e.Missed = r.written(r.mask[doc], false), r.written(r.mask[doc], true)
		own := r.sum[doc]
		e.Score = r.scale(own)
		if own == 0 || r.mask[doc]&r.required != r.required {
			return nil
		}
		e.Rank = 1
		for _, d := range r.docs {
			if r.sum[d] > own && r.mask[d]&r.required == r.required {
				e.Rank++
			}
		}
		return nil
	})
	return e, err
}

// read runs fn over one state of the index. Damage that was not there when the index was opened shows as a panic, or a fault
// of mapped memory; both are errors here.
func (x *Index) read(ctx context.Context, fn func(*reader) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.life.RLock()
	defer x.life.RUnlock()
	if x.closed {
		return ErrClosed
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("text: a search failed inside the index: %v", p)
		}
	}()
	in, err := x.scorch.Reader()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	r := &reader{in: in, ctx: ctx}
	if r.state, err = stateOf(in); err != nil {
		return err
	}
	r.average = max(float64(r.state.Total)/float64(max(r.state.Live, 1)), 1)
	return fn(r)
}

// reader scores the documents of one state of the index, a group of the query after the other.
type reader struct {
	in      index.IndexReader
	ctx     context.Context // of the one search that the reader lives for
	state   state
	average float64 // terms of a text

	text     string // the query, as far as it is read
	groups   []group
	required uint64    // bits of groups
	reach    float64   // what all groups are worth together
	sum      []float64 // by document of the state
	mask     []uint64  // the groups that each document has
	docs     []uint32  // with a sum
	tf       []float64 // of the group at hand
	touched  []uint32  // with a tf
	n        int       // postings read
}

func (r *reader) reset() {
	for _, d := range r.docs {
		r.sum[d], r.mask[d] = 0, 0
	}
	r.docs, r.groups, r.required, r.reach = r.docs[:0], nil, 0, 0
}

func (r *reader) grow(doc uint32) {
	if n := int(doc) + 1; n > len(r.sum) {
		n = max(n, 2*len(r.sum), int(r.state.Live)+16)
		r.sum = append(r.sum, make([]float64, n-len(r.sum))...)
		r.mask = append(r.mask, make([]uint64, n-len(r.mask))...)
		r.tf = append(r.tf, make([]float64, n-len(r.tf))...)
	}
}

// score adds up what each document has of the query.
func (r *reader) score(text string, phrases bool) error {
	r.text = clip(text, maxQuery)
	groups := parse(r.text, phrases)
	if len(groups) > maxGroups {
		var err error
		if groups, err = r.rarest(groups); err != nil {
			return err
		}
	}
	r.groups = groups
	for i, g := range groups {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := r.collect(g); err != nil {
			return err
		}
		bit := uint64(1) << i
		if g.required {
			r.required |= bit
		}
		n, df := float64(r.state.Live), float64(len(r.touched))
		worth := g.weight * math.Log(1+(n-df+0.5)/(df+0.5))
		if df == 0 {
			worth *= absent
		}
		r.reach += worth
		for _, d := range r.touched {
			if r.mask[d] == 0 {
				r.docs = append(r.docs, d)
			}
			r.mask[d] |= bit
			r.sum[d] += worth * r.tf[d] * (k1 + 1) / (r.tf[d] + k1)
			r.tf[d] = 0
		}
		r.touched = r.touched[:0]
	}
	return nil
}

// rarest keeps the groups that tell most, in their order.
func (r *reader) rarest(groups []group) ([]group, error) {
	type counted struct {
		i, df int
	}
	var all []counted
	for i, g := range groups {
		c := counted{i: i, df: -1}
		for _, term := range g.terms {
			t, err := r.in.TermFieldReader(r.ctx, []byte(term), fieldText, false, false, false)
			if err != nil {
				return nil, err
			}
			c.df += int(t.Count())
			_ = t.Close() // nothing was written
		}
		if c.df < 0 && g.terms != nil && g.phrase == nil {
			c.df = math.MaxInt // in no document
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b counted) int { return cmp.Compare(a.df, b.df) })
	all = all[:maxGroups]
	slices.SortFunc(all, func(a, b counted) int { return cmp.Compare(a.i, b.i) })
	out := make([]group, 0, maxGroups)
	for _, c := range all {
		out = append(out, groups[c.i])
	}
	return out, nil
}

// collect counts how often each document has a group, in tf and touched.
func (r *reader) collect(g group) error {
	terms := g.terms
	if g.prefix != "" {
		var err error
		if terms, err = r.beginWith(g.prefix); err != nil {
			return err
		}
	}
	for _, term := range terms {
		for _, field := range []string{fieldText, fieldTitle} {
			if err := r.postings(term, field); err != nil {
				return err
			}
		}
	}
	if g.phrase == nil {
		return nil
	}
	share := pieceShare
	if g.required {
		share = 1
	}
	for _, field := range []string{fieldText, fieldTitle} {
		found, err := r.phrase(g.phrase, field)
		if err != nil {
			return err
		}
		for _, p := range found {
			r.add(p.doc, share*p.tf, len(g.terms) > 0)
		}
	}
	return nil
}

// add counts a group for a document; once only where it may have been counted another way.
func (r *reader) add(doc uint32, tf float64, once bool) {
	r.grow(doc)
	switch {
	case r.tf[doc] == 0:
		r.touched = append(r.touched, doc)
		r.tf[doc] = tf
	case once:
		r.tf[doc] = max(r.tf[doc], tf)
	default:
		r.tf[doc] += tf
	}
}

// worth is what occurrences of a term count in a document.
func (r *reader) worth(field string, p *index.TermFieldDoc, freq float64) float64 {
	if field == fieldTitle {
		return titleWeight
	}
	return freq / (1 - lengthShare + lengthShare*lengthOf(p)/r.average)
}

// lengthOf is the number of terms in a text, which Bleve keeps as 1/sqrt.
func lengthOf(p *index.TermFieldDoc) float64 {
	if p.Norm <= 0 {
		return 1
	}
	return math.Round(1 / (p.Norm * p.Norm))
}

func (r *reader) postings(term, field string) error {
	t, err := r.in.TermFieldReader(r.ctx, []byte(term), field, true, true, false)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	var p index.TermFieldDoc
	for {
		next, err := t.Next(&p)
		if err != nil || next == nil {
			return err
		}
		if err := r.tick(); err != nil {
			return err
		}
		r.add(uint32(next.ID.Value()), r.worth(field, next, float64(next.Freq)), false)
	}
}

// tick looks from time to time whether the caller has gone.
func (r *reader) tick() error {
	if r.n++; r.n&4095 == 0 {
		return r.ctx.Err()
	}
	return nil
}

// beginWith are the terms that a single character stands for.
func (r *reader) beginWith(prefix string) ([]string, error) {
	var out []string
	for _, field := range []string{fieldText, fieldTitle} {
		d, err := r.in.FieldDictPrefix(field, []byte(prefix))
		if err != nil {
			return nil, err
		}
		for len(out) < maxPrefix {
			e, err := d.Next()
			if err != nil {
				_ = d.Close() // the first error tells more
				return nil, err
			}
			if e == nil {
				break
			}
			if !slices.Contains(out, e.Term) {
				out = append(out, e.Term)
			}
		}
		if err := d.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r *reader) scale(sum float64) float64 {
	if r.reach == 0 {
		return 0
	}
	return math.Tanh(sum / r.reach)
}

// written are the terms of the query that the groups in mask stand for, or, missed, those that none of them stands for:
// as written in the query, what touches as one.
func (r *reader) written(mask uint64, missed bool) []string {
	return spans(r.groups, r.text, func(i int) bool { return mask>>i&1 == 1 }, missed)
}

// best are the k documents with the highest sums that have all required groups and are allowed.
func (r *reader) best(k int, allow func(uint64) bool) ([]Hit, error) {
	h := &queue{}
	for _, d := range r.docs {
		if r.mask[d]&r.required == r.required {
			h.items = append(h.items, ranked{sum: r.sum[d], doc: d})
		}
	}
	heap.Init(h)
	var hits []Hit
	var sums []float64
	for len(h.items) > 0 && (len(hits) < k || h.items[0].sum == sums[k-1]) {
		it := heap.Pop(h).(ranked)
		if err := r.tick(); err != nil {
			return nil, err
		}
		id, err := r.in.ExternalID(index.NewIndexInternalID(nil, uint64(it.doc)))
		if err != nil {
			return nil, err
		}
		key := keyOf(id)
		if allow != nil && !allow(key) {
			continue
		}
		hits = append(hits, Hit{Key: key, Score: r.scale(it.sum), Terms: r.written(r.mask[it.doc], false)})
		sums = append(sums, it.sum)
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Key, b.Key))
	})
	return hits[:min(k, len(hits))], nil
}

// ranked is a document with its sum; queue gives the highest first.
type ranked struct {
	sum float64
	doc uint32
}

type queue struct{ items []ranked }

func (q *queue) Len() int           { return len(q.items) }
func (q *queue) Less(i, j int) bool { return q.items[i].sum > q.items[j].sum }
func (q *queue) Swap(i, j int)      { q.items[i], q.items[j] = q.items[j], q.items[i] }
func (q *queue) Push(x any)         { q.items = append(q.items, x.(ranked)) }
func (q *queue) Pop() any {
	n := len(q.items) - 1
	it := q.items[n]
	q.items = q.items[:n]
	return it
}

func idOf(key uint64) string { return string(binary.BigEndian.AppendUint64(nil, key)) }

func keyOf(id string) uint64 {
	if len(id) != 8 {
		return math.MaxUint64
	}
	return binary.BigEndian.Uint64([]byte(id))
}
