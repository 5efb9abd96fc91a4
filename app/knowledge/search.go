package knowledge

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"islet/app"
	"islet/store"
	"islet/vector"
)

// Query is one search.
type Query struct {
	Text     string
	Datasets []app.ID
	Settings *app.SearchSettings // nil: those of the dataset, with several datasets those of the first
	Filter   *app.Filter
	Source   string // hit_testing, app, api: for the history; "" is neither written down nor counted
	App      app.ID
}

// maxQuery is how much of a question is searched for, in characters.
const maxQuery = 2000

// Search finds passages in datasets of the workspace, the best first. Without an embedding model, or while its server does not
// answer, a search by both ways goes by words and says so in a note.
func (k *Knowledge) Search(ctx context.Context, q Query) (*app.Found, error) {
	begin := time.Now()
	r, err := k.rank(ctx, &q, 0)
	if err != nil {
		return nil, err
	}
	found := &app.Found{Hits: []app.Hit{}, Method: r.method, Fusion: r.fusion, Notes: r.notes, Seen: len(r.list)}
	for _, c := range r.cut() {
		found.Hits = append(found.Hits, c.hit)
	}
	found.Millis = float64(time.Since(begin).Microseconds()) / 1000
	k.note(ctx, &q, found)
	return found, nil
}

// ranking is all candidates of a search in their order, with what cuts them.
type ranking struct {
	settings app.SearchSettings
	method   app.SearchMethod
	fusion   string
	notes    []app.Text
	list     []*candidate
	reranked bool
}

// candidate is a chunk that a search looked at.
type candidate struct {
	hit  app.Hit
	keys []vector.Key // its units that were found
	base int          // its rank before a rerank model
}

// cut are the candidates that a search gives: at or above the threshold, at most top-k.
func (r *ranking) cut() []*candidate {
	list := r.list
	if r.settings.ThresholdEnabled {
		list = slices.DeleteFunc(slices.Clone(list), func(c *candidate) bool { return c.hit.Score < r.settings.Threshold })
	}
	return list[:min(len(list), r.topK())]
}

func (r *ranking) topK() int {
	if r.settings.TopK <= 0 {
		return app.DefaultTopK
	}
	return min(r.settings.TopK, app.MaxTopK)
}

// How many units are looked at for top-k chunks.
const (
	fetchTimes = 8
	fetchLeast = 64
	rerankMost = 64 // candidates that a rerank model sees
)

// rank finds and orders the candidates of a search. fetch units are looked at in each dataset and way; 0 is what a search does.
func (k *Knowledge) rank(ctx context.Context, q *Query, fetch int) (*ranking, error) {
	q.Text = strings.TrimSpace(strings.ToValidUTF8(q.Text, "\uFFFD"))
	if utf8.RuneCountInString(q.Text) > maxQuery {
		q.Text = string([]rune(q.Text)[:maxQuery])
	}
	if q.Text == "" {
		return nil, app.Errorf(app.Invalid, "query_missing", "the question is empty; write something", "检索内容为空；请输入内容")
	}
	if err := checkFilter(q.Filter); err != nil {
		return nil, err
	}
	var sets []*app.Dataset
	err := k.db.View(ctx, func(s *store.Snapshot) error {
		for _, id := range q.Datasets {
			d, err := s.Dataset(id)
			if err != nil {
				return err
			}
			sets = append(sets, d)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := &ranking{notes: []app.Text{}}
	switch {
	case q.Settings != nil:
		r.settings = *q.Settings
	case len(sets) > 0:
		r.settings = sets[0].Search
	}
	if err := checkSearch(&r.settings); err != nil {
		return nil, err
	}
	if fetch == 0 {
		fetch = max(r.topK()*fetchTimes, fetchLeast)
	}
	asked := map[modelKey]embedded{}
	for _, d := range sets {
		if err := k.searchDataset(ctx, q, r, d, fetch, asked); err != nil {
			return nil, err
		}
	}
	order(r.list)
	return r, k.rerank(ctx, q, r)
}

func order(list []*candidate) {
	slices.SortStableFunc(list, func(a, b *candidate) int { return cmp.Compare(b.hit.Score, a.hit.Score) })
	for i, c := range list {
		c.base = i + 1
	}
}

// say adds a note once.
func (r *ranking) say(t app.Text) {
	if !slices.Contains(r.notes, t) {
		r.notes = append(r.notes, t)
	}
}

// searchDataset adds the candidates of one dataset.
func (k *Knowledge) searchDataset(ctx context.Context, q *Query, r *ranking, d *app.Dataset, fetch int, asked map[modelKey]embedded) error {
	if d.External != nil {
		return k.searchExternal(ctx, q, r, d)
	}
	allowed, by, err := k.allowed(ctx, q, d)
	if err != nil || allowed != nil && len(allowed) == 0 {
		return err
	}
	b, note, done, err := k.shelf.reading(ctx, d, d.Space)
	if err != nil {
		return err
	}
	defer done()
	if note != nil {
		r.say(*note)
	}
	vec, method, err := k.way(ctx, q, r, d, asked)
	if err != nil {
		return err
	}
	f := &finder{k: k, q: q, r: r, d: d, fetch: fetch, by: by, chunks: map[app.ID]*candidate{}}
	if allowed != nil {
		f.allow = func(key vector.Key) bool { return allowed[key.Doc()] }
	}
	return f.find(ctx, b, vec, method)
}

// embedded is a question as one model sees it.
type embedded struct {
	vector []float32
	err    error
}

// way decides how a dataset is searched, and embeds the question where that is needed.
func (k *Knowledge) way(ctx context.Context, q *Query, r *ranking, d *app.Dataset, asked map[modelKey]embedded) (vec []float32, m app.SearchMethod, err error) {
	m = r.settings.Method
	switch m {
	case "":
		m = app.ByBoth
	case app.ByKeywords:
		m = app.ByWords
	}
	defer func() { r.method = m }()
	if m == app.ByWords {
		return nil, m, nil
	}
	if d.Space == 0 {
		if d.NextSpace != 0 || !d.Embedding.Zero() {
			r.say(app.Textf("%q has no vectors yet and was searched by words", "“%s”还没有向量，已按关键词检索", d.Name))
		} else {
			r.say(app.Textf("%q has no embedding model and was searched by words", "“%s”未配置嵌入模型，已按全文检索", d.Name))
		}
		return nil, app.ByWords, nil
	}
	vec, err = k.embedQuery(ctx, q.Text, d, asked)
	switch {
	case err == nil:
		return vec, m, nil
	case m == app.ByMeaning && app.KindOf(err) != app.Canceled:
		e := app.AsError(err)
		return nil, m, app.Errorf(e.Kind, e.Code, "the question could not be embedded: %[1]s", "问题向量化失败：%[2]s", e.Text.En, e.Text.In(app.Chinese)).Because(err)
	case app.KindOf(err) == app.Canceled:
		return nil, m, err
	}
	e := app.AsError(err)
	r.say(app.Textf("the embedding model did not answer (%[1]s); %[3]q was searched by words only", "嵌入模型未响应（%[2]s）；“%[3]s”仅按关键词检索", e.Text.En, e.Text.In(app.Chinese), d.Name))
	return nil, app.ByWords, nil
}

func (k *Knowledge) embedQuery(ctx context.Context, query string, d *app.Dataset, asked map[modelKey]embedded) ([]float32, error) {
	var sp *app.Space
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { sp, err = s.Space(d.Space); return err }); err != nil {
		return nil, err
	}
	ref := modelKey{Endpoint: sp.Model.Endpoint, Name: sp.Model.Name}
	if e, ok := asked[ref]; ok {
		return e.vector, e.err
	}
	var e embedded
	m, err := k.o.Embedder(ctx, sp.Model)
	if err == nil {
		var packed [][]byte
		if packed, err = k.embed(ctx, m, sp.Model, []string{query}); err == nil {
			e.vector = unpackVector(packed[0])
			if sp.Dims != 0 && len(e.vector) != sp.Dims {
				err = badVectors("the embedding model now gives vectors of %[1]d numbers, the dataset has %[2]d", "嵌入模型现在返回 %[1]d 维向量，知识库为 %[2]d 维", len(e.vector), sp.Dims)
			}
		}
	}
	e.err = err
	asked[ref] = e
	return e.vector, e.err
}

// allowed are the documents that filter and rights let through; nil is all of them. by is what each met.
func (k *Knowledge) allowed(ctx context.Context, q *Query, d *app.Dataset) (set map[uint32]bool, by map[uint32][]string, err error) {
	var right func(*store.Described) bool
	if k.o.Rights != nil {
		right = k.o.Rights(ctx, d)
	}
	if right == nil && (q.Filter == nil || len(q.Filter.Conditions) == 0) {
		return nil, nil, nil
	}
	var docs []*store.Described
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { docs, err = s.Describe(d.ID); return err }); err != nil {
		return nil, nil, err
	}
	set, by = map[uint32]bool{}, map[uint32][]string{}
	for _, doc := range docs {
		if right != nil && !right(doc) {
			continue
		}
		if q.Filter != nil {
			ok, met := meets(doc, q.Filter, true)
			if !ok {
				continue
			}
			by[doc.Number] = met
		}
		set[doc.Number] = true
	}
	return set, by, nil
}

// finder looks in the two halves of one index and puts what it finds together by chunk.
type finder struct {
	k      *Knowledge
	q      *Query
	r      *ranking
	d      *app.Dataset
	fetch  int
	allow  func(vector.Key) bool
	by     map[uint32][]string
	chunks map[app.ID]*candidate
	docs   map[app.ID]*app.Document
}

func (f *finder) find(ctx context.Context, b *book, vec []float32, method app.SearchMethod) error {
	var near, words []vector.Hit
	var err error
	if vec != nil {
		if near, err = b.ix.Near(ctx, vec, f.fetch, f.allow); err != nil {
			return searchFailed(err)
		}
	}
	if method != app.ByMeaning {
		if words, err = b.ix.Words(ctx, f.q.Text, f.fetch, f.allow); err != nil {
			return searchFailed(err)
		}
	}
	if len(near)+len(words) == 0 {
		return nil
	}
	live, err := f.read(ctx, near, words)
	if err != nil {
		return err
	}
	vr := f.place(near, live, func(c *candidate) **app.Place { return &c.hit.Why.Vector })
	wr := f.place(words, live, func(c *candidate) **app.Place { return &c.hit.Why.Words })
	f.fuse(method, vr, wr)
	if err := f.terms(ctx, b); err != nil {
		return err
	}
	for _, c := range f.chunks {
		f.r.list = append(f.r.list, c)
	}
	slices.SortFunc(f.r.list, func(a, b *candidate) int { // the map's order must not show
		return cmp.Or(cmp.Compare(a.hit.Document.Number, b.hit.Document.Number), cmp.Compare(a.hit.Chunk.Position, b.hit.Chunk.Position))
	})
	return nil
}

func searchFailed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return app.Errorf(app.Canceled, "canceled", "the search was stopped", "检索已停止").Because(err)
	}
	return err
}

// read are the chunks behind units, as they are now: what was deleted or switched off meanwhile is not among them.
func (f *finder) read(ctx context.Context, lists ...[]vector.Hit) (map[vector.Key]*store.Live, error) {
	var places []store.Place
	seen := map[vector.Key]bool{}
	for _, list := range lists {
		for _, h := range list {
			if !seen[h.Key] {
				seen[h.Key] = true
				places = append(places, store.Place{Number: h.Key.Doc(), Ord: h.Key.Ord()})
			}
		}
	}
	live := map[vector.Key]*store.Live{}
	f.docs = map[app.ID]*app.Document{}
	err := f.k.db.View(ctx, func(s *store.Snapshot) error {
		list, err := s.Resolve(f.d.ID, places)
		for _, l := range list {
			live[vector.KeyOf(l.Number, l.Ord)] = l
			if f.docs[l.Chunk.Document] == nil && err == nil {
				f.docs[l.Chunk.Document], err = s.DocumentByID(f.d.ID, l.Chunk.Document)
			}
		}
		return err
	})
	return live, err
}

// place turns hits on units into a list of chunks: a chunk has the rank of its best unit.
func (f *finder) place(hits []vector.Hit, live map[vector.Key]*store.Live, at func(*candidate) **app.Place) (ranked []vector.Ranked) {
	for _, h := range hits {
		l := live[h.Key]
		if l == nil {
			continue
		}
		c := f.chunk(l)
		if l.Child != nil {
			c.child(l.Child, h.Score)
		}
		if !slices.Contains(c.keys, h.Key) {
			c.keys = append(c.keys, h.Key)
		}
		for _, t := range h.Terms {
			if !slices.Contains(c.hit.Why.Terms, t) {
				c.hit.Why.Terms = append(c.hit.Why.Terms, t)
			}
		}
		p := at(c)
		if *p != nil {
			continue
		}
		*p = &app.Place{Rank: len(ranked) + 1, Score: h.Score}
		ranked = append(ranked, vector.Ranked{Key: c.keys[0], Score: h.Score})
	}
	return ranked
}

func (f *finder) chunk(l *store.Live) *candidate {
	if c := f.chunks[l.Chunk.ID]; c != nil {
		return c
	}
	c := &candidate{hit: app.Hit{Chunk: l.Chunk, Document: f.docs[l.Chunk.Document], Dataset: f.d.ID, Name: f.d.Name, Children: []app.ChildHit{},
		Why: app.Explanation{Terms: []string{}, Missed: []string{}, Filter: f.by[l.Number]}}, keys: []vector.Key{vector.KeyOf(l.Number, l.Ord)}}
	f.chunks[l.Chunk.ID] = c
	return c
}

// child notes by which child a chunk was found.
func (c *candidate) child(k *app.Child, score float64) {
	for i := range c.hit.Children {
		if h := &c.hit.Children[i]; h.ID == k.ID {
			h.Score = max(h.Score, score)
			return
		}
	}
	c.hit.Children = append(c.hit.Children, app.ChildHit{Child: *k, Score: score})
}

// fuse gives every chunk its score.
func (f *finder) fuse(method app.SearchMethod, vr, wr []vector.Ranked) {
	if method != app.ByBoth {
		for _, c := range f.chunks {
			p := c.hit.Why.Words
			if method == app.ByMeaning {
				p = c.hit.Why.Vector
			}
			c.hit.Score = p.Score
		}
		return
	}
	s := &f.r.settings
	var fused []vector.Fused
	switch {
	case s.Fusion == app.FusionRRF:
		f.r.fusion, fused = app.FusionRRF, vector.RRF(vr, wr, 0)
	case s.Fusion == app.FusionWeights && s.VectorWeight+s.KeywordWeight > 0:
		f.r.fusion, fused = app.FusionWeights, vector.Weighted(vr, wr, s.VectorWeight, s.KeywordWeight)
	default:
		f.r.fusion, fused = "islet", vector.Fuse(vr, wr)
	}
	of := make(map[vector.Key]*candidate, len(f.chunks))
	for _, c := range f.chunks {
		of[c.keys[0]] = c
	}
	for i := range fused {
		u := &fused[i]
		c := of[u.Key]
		c.hit.Score = u.Score
		c.hit.Why.Fused = &app.Place{Rank: i + 1, Score: u.Score}
		if u.Vector != nil && c.hit.Why.Vector != nil {
			c.hit.Why.Vector.Part = u.Vector.Part
		}
		if u.Words != nil && c.hit.Why.Words != nil {
			c.hit.Why.Words.Part = u.Words.Part
		}
	}
}

// terms notes which words of the question each chunk holds. Those that were found by meaning only are looked at if they are near
// the top, because that costs a search each.
func (f *finder) terms(ctx context.Context, b *book) error {
	none, err := b.ix.Explain(ctx, vector.KeyOf(math.MaxUint32, math.MaxUint32), f.q.Text)
	if err != nil {
		return searchFailed(err)
	}
	top := slices.SortedFunc(maps.Values(f.chunks), func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b.hit.Score, a.hit.Score), cmp.Compare(a.keys[0], b.keys[0]))
	})
	for i, c := range top {
		why := &c.hit.Why
		if why.Words == nil && i < f.r.topK() {
			e, err := b.ix.Explain(ctx, c.keys[0], f.q.Text)
			if err != nil {
				return searchFailed(err)
			}
			why.Terms = append(why.Terms, e.Terms...)
		}
		for _, t := range none.Missed {
			if !slices.Contains(why.Terms, t) {
				why.Missed = append(why.Missed, t)
			}
		}
	}
	return nil
}

// modelKey names a model.
type modelKey struct {
	Endpoint app.ID
	Name     string
}
