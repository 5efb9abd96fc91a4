package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"islet/app"
	"islet/app/knowledge"
	"islet/app/knowledge/extract"
	"islet/app/model"
	"islet/store"
)

// rig is a site with datasets: a real store, real indexes, and an embedder that hashes pairs of letters.
type rig struct {
	t     testing.TB
	db    *store.DB
	claim *store.Claim
	k     *knowledge.Knowledge
	ctx   context.Context
	user  app.ID
	embed *pairs
	rank  *reverse
	opts  knowledge.Options
}

// fixed ids of the rig's models.
var (
	small = app.ModelRef{Endpoint: "00000000-0000-7000-8000-000000000001", Name: "small"}
	large = app.ModelRef{Endpoint: "00000000-0000-7000-8000-000000000001", Name: "large"}
	order = app.ModelRef{Endpoint: "00000000-0000-7000-8000-000000000001", Name: "order"}
)

func newRig(t testing.TB, tune ...func(*knowledge.Options)) *rig {
	t.Helper()
	claim, err := store.Take(filepath.Join(t.TempDir(), "data"), "test")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), claim.Dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, db: db, claim: claim, embed: &pairs{}, rank: &reverse{}, user: app.NewID()}
	ws := app.NewID()
	r.ctx = app.WithScope(t.Context(), app.Scope{Workspace: ws, User: r.user, Role: app.Owner})
	err = db.Update(context.Background(), func(tx *store.Tx) error {
		return tx.InsertWorkspace(&app.Workspace{ID: ws, Name: "w", CreatedAt: tx.Now()})
	})
	if err == nil {
		err = db.Update(r.ctx, func(tx *store.Tx) error {
			return tx.InsertUser(&app.User{ID: r.user, Email: "a@b.c", Name: "Li", Role: app.Owner, CreatedAt: tx.Now()})
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	r.opts = knowledge.Options{DB: db, Dir: filepath.Join(claim.Dir, "index"), Poll: 20 * time.Millisecond,
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
		Embedder: func(context.Context, app.ModelRef) (model.Embedder, error) { return r.embed, nil },
		Reranker: func(context.Context, app.ModelRef) (model.Reranker, error) { return r.rank, nil },
		Read: func(_ context.Context, name, mime string, data []byte) (*extract.Document, error) {
			return new(extract.Reader).Document(name, mime, data)
		}}
	for _, f := range tune {
		f(&r.opts)
	}
	r.k = knowledge.New(r.opts)
	r.k.Start()
	t.Cleanup(func() {
		if err := errors.Join(r.k.Close(), db.Close(), claim.Release()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// restart closes the knowledge, lets fn change what lies on disk, and opens it again.
func (r *rig) restart(fn func(dir string)) {
	r.t.Helper()
	if err := r.k.Close(); err != nil {
		r.t.Fatal(err)
	}
	if fn != nil {
		fn(r.opts.Dir)
	}
	r.k = knowledge.New(r.opts)
	r.k.Start()
}

// dataset makes a dataset; with a model or by words only.
func (r *rig) dataset(ref app.ModelRef) *app.Dataset {
	r.t.Helper()
	d := &app.Dataset{Name: "d-" + string(app.NewID()[24:]), Embedding: ref, BuiltIn: true}
	if err := r.k.Create(r.ctx, d); err != nil {
		r.t.Fatal(err)
	}
	return d
}

// add adds texts and waits until they are finished.
func (r *rig) add(d *app.Dataset, texts ...string) []*app.Document {
	r.t.Helper()
	var adds []knowledge.Addition
	for i, text := range texts {
		adds = append(adds, knowledge.Addition{Name: fmt.Sprintf("doc %d.md", i+1), Text: text})
	}
	_, docs, err := r.k.Add(r.ctx, d.ID, adds)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range docs {
		docs[i] = r.finished(d.ID, docs[i].ID)
	}
	return docs
}

// document reads a document as it is now.
func (r *rig) document(dataset, id app.ID) *app.Document {
	r.t.Helper()
	doc, err := r.k.Document(r.ctx, dataset, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return doc
}

// finished waits until a document is completed; an error of it fails the test.
func (r *rig) finished(dataset, id app.ID) *app.Document {
	r.t.Helper()
	var doc *app.Document
	r.until("the document is finished", func() bool {
		doc = r.document(dataset, id)
		if doc.Stage == app.Erred {
			r.t.Fatalf("document %q: %s", doc.Name, doc.Error.Text.En)
		}
		return doc.Stage == app.Completed
	})
	return doc
}

// until waits for something that happens in the background.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			r.t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (r *rig) search(d *app.Dataset, query string, s app.SearchSettings) *app.Found {
	r.t.Helper()
	f, err := r.k.Search(r.ctx, knowledge.Query{Text: query, Datasets: []app.ID{d.ID}, Settings: &s})
	if err != nil {
		r.t.Fatalf("search %q: %v", query, err)
	}
	return f
}

// contents are the texts of hits, shortened.
func contents(f *app.Found) (list []string) {
	for i := range f.Hits {
		c := f.Hits[i].Chunk.Content
		list = append(list, c[:min(len(c), 60)])
	}
	return list
}

func (r *rig) chunks(doc *app.Document) (list []*app.Chunk) {
	r.t.Helper()
	err := r.db.View(r.ctx, func(s *store.Snapshot) (err error) {
		list, _, err = s.Chunks(doc, store.ChunkFilter{Limit: 100_000})
		for _, c := range list {
			if c.Children, err = s.Children(c.ID); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// pairs is an embedder whose vectors count pairs of letters, hashed: texts with common words are near. The model "large" has
// twice the dimensions of "small".
type pairs struct {
	calls atomic.Int64
	texts atomic.Int64
	fail  atomic.Pointer[app.Error]
	mu    sync.Mutex
	gate  chan struct{} // nil: open
}

// hold makes calls wait until the function that it returns is called.
func (p *pairs) hold() (release func()) {
	gate := make(chan struct{})
	p.mu.Lock()
	p.gate = gate
	p.mu.Unlock()
	return sync.OnceFunc(func() {
		p.mu.Lock()
		p.gate = nil
		p.mu.Unlock()
		close(gate)
	})
}

func (p *pairs) Embed(ctx context.Context, name string, texts []string) ([][]float32, error) {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if e := p.fail.Load(); e != nil {
		return nil, e
	}
	p.calls.Add(1)
	p.texts.Add(int64(len(texts)))
	dims := 64
	if name == "large" {
		dims = 128
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = pairVector(t, dims)
	}
	return out, nil
}

func pairVector(text string, dims int) []float32 {
	v := make([]float32, dims)
	var prev rune
	for _, c := range strings.ToLower(text) {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			prev = 0
			continue
		}
		if prev != 0 {
			h := fnv.New32a()
			_, _ = fmt.Fprintf(h, "%c%c", prev, c)
			s := h.Sum32()
			v[s%uint32(dims)] += 1 - 2*float32(s>>31) //nolint:gosec // small
		}
		prev = c
	}
	var sum float64
	for _, f := range v {
		sum += float64(f) * float64(f)
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// reverse is a rerank model that likes short texts.
type reverse struct{ fail atomic.Pointer[app.Error] }

func (r *reverse) Rerank(_ context.Context, _, _ string, docs []string) ([]float64, error) {
	if e := r.fail.Load(); e != nil {
		return nil, e
	}
	out := make([]float64, len(docs))
	for i, d := range docs {
		out[i] = 1 / float64(1+len(d))
	}
	return out, nil
}

func rightsOf(open *[]string) func(context.Context, *app.Dataset) func(*store.Described) bool {
	return func(context.Context, *app.Dataset) func(*store.Described) bool {
		return func(d *store.Described) bool { return len(*open) == 0 || slices.Contains(*open, d.Name) }
	}
}
