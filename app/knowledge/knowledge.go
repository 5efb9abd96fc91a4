package knowledge

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"islet/app"
	"islet/app/knowledge/extract"
	"islet/app/model"
	"islet/store"
	"islet/store/kv"
)

// Options wire a Knowledge.
type Options struct {
	DB  *store.DB
	Dir string // of the indexes; it may be deleted while nothing runs

	// The models of the site: model.Registry, with model.Keeper for the default ones. Chatter is asked with the zero ref for
	// the default chat model.
	Embedder func(ctx context.Context, ref app.ModelRef) (model.Embedder, error)
	Reranker func(ctx context.Context, ref app.ModelRef) (model.Reranker, error)
	Chatter  func(ctx context.Context, ref app.ModelRef) (model.Chatter, error)

	// Read parses a file in the child process: sandbox.Pool.Document.
	Read func(ctx context.Context, name, mime string, data []byte) (*extract.Document, error)
	// Fetch reads a page or file of the network through egress, and tells its MIME type. Optional.
	Fetch func(ctx context.Context, url string) (data []byte, mime string, err error)
	// Client calls external knowledge APIs; egress decides where it may go. Optional.
	Client func() (*http.Client, error)
	// Rights is asked once per search and dataset and says which of its documents the caller may see; nil lets all through.
	Rights func(ctx context.Context, d *app.Dataset) func(*store.Described) bool

	Cache *kv.Store // of embeddings; optional
	Log   *slog.Logger

	Workers int           // documents that are worked on at once; 0 is 2
	Poll    time.Duration // how often the queue is looked at unasked; 0 is 2 s
}

// Knowledge is the datasets of a site. Its verbs may be called before Start, which begins the background work, and are safe
// for concurrent use.
type Knowledge struct {
	o     Options
	db    *store.DB
	log   *slog.Logger
	shelf *shelf

	ctx    context.Context // of the background work
	cancel context.CancelFunc
	work   sync.WaitGroup
	wake   chan struct{} // the queue has something new
	notes  chan asked    // searches to write down

	mu    sync.Mutex             // guards busy and stale
	busy  map[app.ID]bool        // documents in work
	stale map[app.ID]app.ID      // datasets, with their workspaces, that may lack vectors
	fills map[app.ID]*fillStatus // what stands in the way of vectors, by dataset
}

// New makes a Knowledge; Start begins its work, Close ends it.
func New(o Options) *Knowledge {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	k := &Knowledge{o: o, db: o.DB, log: o.Log, wake: make(chan struct{}, 1), notes: make(chan asked, 256),
		busy: map[app.ID]bool{}, stale: map[app.ID]app.ID{}, fills: map[app.ID]*fillStatus{}}
	k.shelf = newShelf(o.DB, o.Dir, o.Log)
	k.ctx, k.cancel = context.WithCancel(context.Background())
	return k
}

// Start begins to work off the queue, to keep the indexes and to fill in missing vectors.
func (k *Knowledge) Start() {
	k.work.Go(k.ingest)
	k.work.Go(k.keepVectors)
	k.work.Go(func() { k.shelf.keep(k.ctx) })
	k.work.Go(k.writeNotes)
}

// Close stops the work at the next batch, puts the indexes on disk and closes them. Nothing is lost: what was not finished goes
// on after the next Start.
func (k *Knowledge) Close() error {
	k.cancel()
	k.work.Wait()
	return k.shelf.close()
}

// Wake makes the workers look at the queue now.
func (k *Knowledge) Wake() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// touched says that a dataset's rows changed: its indexes have to follow.
func (k *Knowledge) touched(dataset app.ID) { k.shelf.touch(dataset) }

// system is the context in which background work acts for a workspace.
func system(ctx context.Context, workspace app.ID) context.Context {
	return app.WithScope(ctx, app.Scope{Workspace: workspace})
}
