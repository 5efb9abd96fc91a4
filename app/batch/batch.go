// Package batch runs an app once for every row of a table: reading the table, running the rows a few at a time, pausing, stopping,
// trying again, and writing what came of it as a table.
//
// A batch lives in the store, so it goes on when whoever started it has left, and after a restart. The change that stores the run of a
// row also links the row to it: after a crash a row is followed where its run goes on, and run again only if its run was lost.
package batch

import (
	"context"
	"log/slog"
	"sync"

	"islet/app"
	"islet/app/chat"
	"islet/app/flow"
	"islet/app/run"
	"islet/app/studio"
	"islet/store"
)

// The bounds of a batch.
const (
	MaxRows     = 1000
	MaxFile     = 10 << 20 // bytes of a table
	MaxParallel = 10

	defaultParallel = 3
	allParallel     = 16 // rows at once, of all batches: chats must not wait for them
	maxTries        = 3  // of a row whose run was lost
)

// Options wire Batches. All but Log are required.
type Options struct {
	DB     *store.DB
	Studio *studio.Studio
	Chat   *chat.Chat
	Flow   *flow.Flow
	Runs   *run.Manager
	Rows   func(ctx context.Context, data []byte) ([][]string, error) // reads a table in a process of its own
	Log    *slog.Logger                                               // nil is slog.Default
}

// Batches is safe for concurrent use. Whoever made it calls Close, before the run.Manager's.
type Batches struct {
	Options

	slots chan struct{} // a place for each row that runs
	life  context.Context
	end   context.CancelFunc
	work  sync.WaitGroup

	mu   sync.Mutex // guards live
	live map[app.ID]*worker
}

// worker is a batch that somebody works on.
type worker struct {
	again bool // something changed: look once more before leaving
}

// New makes Batches; Start takes up what an earlier process left.
func New(o Options) *Batches {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	life, end := context.WithCancel(context.Background())
	return &Batches{Options: o, slots: make(chan struct{}, allParallel), life: life, end: end, live: map[app.ID]*worker{}}
}

// Start goes on with the batches of an earlier process. Call it after run.Manager.Recover.
func (b *Batches) Start(ctx context.Context) error {
	var list []store.LiveBatch
	if err := b.DB.View(ctx, func(s *store.Snapshot) (err error) { list, err = s.LiveBatches(); return err }); err != nil {
		return err
	}
	for _, l := range list {
		b.begin(app.WithScope(b.life, app.Scope{Workspace: l.Workspace, App: l.App}), l.ID)
	}
	return nil
}

// Close begins no more rows and waits for nothing that runs: the rows are taken up again by the next Start.
func (b *Batches) Close() {
	b.end()
	b.work.Wait()
}

// New starts a batch for the end user called person of a release. The caller has checked the plan: see Read.
func (b *Batches) New(ctx context.Context, rel *studio.Release, source app.Source, person string, p *Plan, parallel int) (*app.Batch, error) {
	if err := p.ready(); err != nil {
		return nil, err
	}
	inner, err := b.Chat.Settle(ctx, rel, source, person)
	if err != nil {
		return nil, err
	}
	if parallel <= 0 {
		parallel = defaultParallel
	}
	now := b.DB.Now()
	it := &app.Batch{ID: app.NewID(), App: rel.App.ID, EndUser: app.ScopeOf(inner).EndUser, Person: person, Source: source, Version: rel.Version, Lang: app.ScopeOf(ctx).Lang,
		Name: p.Name, Columns: p.Columns, Status: app.BatchRunning, Parallel: min(parallel, MaxParallel), CreatedAt: now, UpdatedAt: now}
	if err := b.DB.Update(inner, func(tx *store.Tx) error { return tx.InsertBatch(it, p.Rows) }); err != nil {
		return nil, err
	}
	it.Counts = app.BatchCounts{Total: len(p.Rows), Waiting: len(p.Rows)}
	b.begin(inner, it.ID)
	return it, nil
}

// change reads, changes and writes a batch of the scope in one transaction, and has it worked on.
func (b *Batches) change(ctx context.Context, id app.ID, do func(*store.Tx, *app.Batch) error) (it *app.Batch, err error) {
	err = b.DB.Update(ctx, func(tx *store.Tx) error {
		if it, err = tx.Batch(id); err != nil {
			return err
		}
		if err := do(tx, it); err != nil {
			return err
		}
		if err := tx.SetBatch(it); err != nil {
			return err
		}
		it, err = tx.Batch(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if it.Status == app.BatchRunning {
		b.begin(ctx, id)
	}
	return it, nil
}

// Do pauses, resumes, stops or retries a batch, by the word.
func (b *Batches) Do(ctx context.Context, id app.ID, what string) (*app.Batch, error) {
	switch what {
	case "pause":
		return b.Pause(ctx, id)
	case "resume":
		return b.Resume(ctx, id)
	case "stop":
		return b.Stop(ctx, id)
	case "retry":
		return b.Retry(ctx, id)
	}
	return nil, app.Errorf(app.Invalid, "invalid_param", "a batch can pause, resume, stop or retry, not %q", "批量任务支持 pause、resume、stop、retry，不支持 %q", what)
}

// Pause begins no more rows; those that run end.
func (b *Batches) Pause(ctx context.Context, id app.ID) (*app.Batch, error) {
	return b.change(ctx, id, func(_ *store.Tx, it *app.Batch) error {
		if it.Status != app.BatchRunning {
			return errState(it)
		}
		it.Status = app.BatchPaused
		return nil
	})
}

// Resume goes on with a paused batch.
func (b *Batches) Resume(ctx context.Context, id app.ID) (*app.Batch, error) {
	return b.change(ctx, id, func(_ *store.Tx, it *app.Batch) error {
		if it.Status != app.BatchPaused {
			return errState(it)
		}
		it.Status, it.Error = app.BatchRunning, nil
		return nil
	})
}

// Stop gives up the rows that wait and stops those that run.
func (b *Batches) Stop(ctx context.Context, id app.ID) (*app.Batch, error) {
	var running []*app.BatchRow
	it, err := b.change(ctx, id, func(tx *store.Tx, it *app.Batch) (err error) {
		if it.Status != app.BatchRunning && it.Status != app.BatchPaused {
			return errState(it)
		}
		now := tx.Now()
		it.Status, it.FinishedAt = app.BatchStopped, &now
		if running, _, err = tx.BatchRows(id, app.Running, MaxRows, 0); err != nil {
			return err
		}
		return tx.StopBatchRows(id)
	})
	if err != nil {
		return nil, err
	}
	for _, r := range running {
		if r.Run == "" {
			continue
		}
		if err := b.Runs.Stop(ctx, r.Run); err != nil && app.KindOf(err) != app.NotFound {
			b.Log.Warn("the run of a stopped batch goes on", "run", r.Run, "err", err)
		}
	}
	return it, nil
}

// Retry runs the rows again that failed or were stopped.
func (b *Batches) Retry(ctx context.Context, id app.ID) (*app.Batch, error) {
	return b.change(ctx, id, func(tx *store.Tx, it *app.Batch) error {
		if it.Counts.Failed+it.Counts.Stopped == 0 {
			return app.Errorf(app.Conflict, "nothing_to_retry", "no row failed or was stopped", "没有失败或已停止的行")
		}
		it.Status, it.Error, it.FinishedAt = app.BatchRunning, nil, nil
		return tx.RequeueBatchRows(id, app.Failed, app.Stopped)
	})
}

// Delete removes a batch that does not run, with its rows.
func (b *Batches) Delete(ctx context.Context, id app.ID) error {
	return b.DB.Update(ctx, func(tx *store.Tx) error {
		it, err := tx.Batch(id)
		if err != nil {
			return err
		}
		if it.Status == app.BatchRunning || it.Counts.Running > 0 {
			return app.Errorf(app.Conflict, "batch_running", "the batch still runs; stop it first", "批量任务仍在运行；请先停止")
		}
		return tx.DeleteBatch(id)
	})
}

func errState(it *app.Batch) error {
	return app.Errorf(app.Conflict, "batch_state", "the batch is %s; reload to see where it stands", "批量任务当前状态为 %s；请刷新查看", it.Status)
}
