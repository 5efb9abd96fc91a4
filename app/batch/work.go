package batch

import (
	"context"
	"sync"
	"time"

	"islet/app"
	"islet/app/chat"
	"islet/app/flow"
	"islet/app/studio"
	"islet/store"
)

// begin has a batch worked on. If somebody does already, that one looks once more.
func (b *Batches) begin(ctx context.Context, id app.ID) {
	sc := app.ScopeOf(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.live[id]; w != nil {
		w.again = true
		return
	}
	if b.life.Err() != nil {
		return // the next Start takes it up
	}
	w := &worker{}
	b.live[id] = w
	ctx = app.WithScope(b.life, app.Scope{Workspace: sc.Workspace, App: sc.App})
	b.work.Go(func() {
		for b.round(ctx, id); b.stays(id, w); {
			b.round(ctx, id)
		}
	})
}

// stays tells whether a worker has to look once more.
func (b *Batches) stays(id app.ID, w *worker) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.again && b.life.Err() == nil {
		w.again = false
		return true
	}
	delete(b.live, id)
	return false
}

// round works on a batch until nothing waits or it may not go on.
func (b *Batches) round(ctx context.Context, id app.ID) {
	it, rel, err := b.open(ctx, id)
	if err != nil {
		b.giveUp(ctx, id, err)
		return
	}
	ctx = app.WithScope(ctx, rel.Scope(it.Lang))
	var lanes sync.WaitGroup
	var left []*app.BatchRow
	if err := b.DB.View(ctx, func(s *store.Snapshot) (err error) {
		left, _, err = s.BatchRows(id, app.Running, MaxRows, 0)
		return err
	}); err != nil {
		b.giveUp(ctx, id, err)
		return
	}
	for _, r := range left { // of an earlier process
		lanes.Go(func() { b.row(ctx, it, rel, r) })
	}
	for range it.Parallel {
		lanes.Go(func() { b.lane(ctx, it, rel) })
	}
	lanes.Wait()
	if ctx.Err() == nil {
		b.settle(ctx, id)
	}
}

// open reads a batch and what it runs: the version with which it began, or the newest where that one was deleted.
func (b *Batches) open(ctx context.Context, id app.ID) (it *app.Batch, rel *studio.Release, err error) {
	if err = b.DB.View(ctx, func(s *store.Snapshot) error { it, err = s.Batch(id); return err }); err != nil {
		return nil, nil, err
	}
	rel, err = b.Studio.Version(ctx, it.App, it.Version)
	if app.KindOf(err) == app.NotFound && err != nil {
		rel, err = b.Studio.Latest(ctx, it.App)
	}
	if err == nil {
		err = rel.Ready()
	}
	return it, rel, err
}

// giveUp pauses a batch that cannot go on by itself, and says why.
func (b *Batches) giveUp(ctx context.Context, id app.ID, cause error) {
	if ctx.Err() != nil || app.KindOf(cause) == app.NotFound { // closing, or the batch or its app is gone
		return
	}
	b.Log.Error("a batch cannot go on", "batch", id, "err", cause)
	e := app.AsError(cause)
	err := b.DB.Update(ctx, func(tx *store.Tx) error {
		it, err := tx.Batch(id)
		if err != nil || it.Status != app.BatchRunning {
			return err
		}
		it.Status, it.Error = app.BatchPaused, &app.Failure{Code: e.Code, Kind: e.Kind, Text: e.Text}
		return tx.SetBatch(it)
	})
	if err != nil {
		b.Log.Error("a batch could not be paused", "batch", id, "err", err)
	}
}

// settle marks a batch as finished when nothing is left.
func (b *Batches) settle(ctx context.Context, id app.ID) {
	err := b.DB.Update(ctx, func(tx *store.Tx) error {
		it, err := tx.Batch(id)
		if err != nil || it.Status != app.BatchRunning || it.Counts.Waiting+it.Counts.Running > 0 {
			return err
		}
		now := tx.Now()
		it.Status, it.FinishedAt = app.BatchFinished, &now
		return tx.SetBatch(it)
	})
	if err != nil && app.KindOf(err) != app.NotFound {
		b.Log.Error("the end of a batch could not be written", "batch", id, "err", err)
	}
}

// lane runs one row after the other.
func (b *Batches) lane(ctx context.Context, it *app.Batch, rel *studio.Release) {
	for {
		select {
		case b.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		r, err := b.next(ctx, it.ID)
		if r != nil && err == nil {
			b.row(ctx, it, rel, r)
		}
		<-b.slots
		if r == nil || err != nil {
			if err != nil {
				b.giveUp(ctx, it.ID, err)
			}
			return
		}
	}
}

// next takes a row, if the batch still runs; nil where there is none.
func (b *Batches) next(ctx context.Context, id app.ID) (r *app.BatchRow, err error) {
	err = b.DB.Update(ctx, func(tx *store.Tx) error {
		it, err := tx.Batch(id)
		if app.KindOf(err) == app.NotFound || err == nil && it.Status != app.BatchRunning {
			return nil
		}
		if err != nil {
			return err
		}
		r, err = tx.NextBatchRow(id)
		return err
	})
	return r, err
}

// row runs a row, or follows the run that it has, and writes what came of it.
func (b *Batches) row(ctx context.Context, it *app.Batch, rel *studio.Release, r *app.BatchRow) {
	err := b.try(ctx, it, rel, r)
	if ctx.Err() != nil {
		return // the row stays as it is, for the next process
	}
	if err != nil {
		e := app.AsError(err)
		r.Status, r.Error = app.Failed, &app.Failure{Code: e.Code, Kind: e.Kind, Text: e.Text}
		if e.Kind == app.Internal {
			b.Log.Error("a row of a batch failed", "batch", it.ID, "row", r.Number, "err", err)
		}
	}
	if err := b.DB.Update(ctx, func(tx *store.Tx) error { return tx.EndBatchRow(it.ID, r) }); err != nil {
		b.Log.Error("the result of a row could not be written", "batch", it.ID, "row", r.Number, "err", err)
	}
	if r.Status == app.RowWaiting {
		b.begin(ctx, it.ID) // the other lanes may have left
	}
}

// busyPause is how long a row waits when the site is too busy to begin it.
const busyPause = 2 * time.Second

func (b *Batches) try(ctx context.Context, it *app.Batch, rel *studio.Release, r *app.BatchRow) error {
	for r.Run == "" {
		err := b.start(ctx, it, rel, r)
		if k := app.KindOf(err); err != nil && k != app.RateLimited && k != app.Unavailable {
			return err
		}
		if err != nil && !wait(ctx, busyPause) {
			return ctx.Err()
		}
	}
	for {
		done, err := b.await(ctx, r)
		if err != nil || done {
			return err
		}
		if !wait(ctx, busyPause) { // it waits for a person
			return ctx.Err()
		}
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// start begins the run of a row.
func (b *Batches) start(ctx context.Context, it *app.Batch, rel *studio.Release, r *app.BatchRow) error {
	link := func(run, message app.ID) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.LinkBatchRow(it.ID, r.Number, run, message) }
	}
	if rel.App.Mode == app.ModeWorkflow {
		started, err := b.Flow.Start(ctx, flow.Start{Release: rel, Source: it.Source, User: it.Person, Inputs: r.Inputs,
			Insert: func(tx *store.Tx, run *app.Run) error { return link(run.ID, "")(tx) }})
		if err == nil {
			r.Run = started.Run.ID
		}
		return err
	}
	sent, err := b.Chat.Send(ctx, chat.Turn{Release: rel, Source: it.Source, User: it.Person, Inputs: r.Inputs,
		Insert: func(tx *store.Tx, m *app.Message) error { return link(m.Run, m.ID)(tx) }})
	if err == nil {
		r.Run, r.Message = sent.Run, sent.Message.ID
	}
	return err
}

// await follows a row's run to its end and reads what came of it; false where the run is not over.
func (b *Batches) await(ctx context.Context, r *app.BatchRow) (done bool, err error) {
	for _, err := range b.Runs.Follow(ctx, r.Run, 0) {
		if err != nil && app.KindOf(err) != app.NotFound {
			return false, err
		}
	}
	var run *app.Run
	answer := ""
	err = b.DB.View(ctx, func(s *store.Snapshot) error {
		if run, err = s.Run(r.Run); err != nil || r.Message == "" {
			return err
		}
		answer, _, err = s.RunAnswer(r.Run)
		return err
	})
	if err != nil {
		return false, err
	}
	r.Outputs, r.Error, r.Status = run.Outputs, run.Error, run.Status
	if r.Message != "" {
		r.Outputs = map[string]any{"answer": answer}
	}
	// What a workflow had begun to do elsewhere is not done twice unasked; the answer of a model is.
	lost := r.Message != "" && (run.Status == app.Interrupted || run.Error != nil && run.Error.Code == "server_shutdown")
	switch {
	case !run.Status.Final():
		return false, nil
	case lost && r.Tries < maxTries:
		r.Status = app.RowWaiting
	case run.Status.Good():
		r.Status, r.Error = app.Succeeded, nil
	case run.Status == app.Stopped:
	default:
		r.Status = app.Failed
		if r.Error == nil {
			r.Error = lostRow
		}
	}
	return true, nil
}

var lostRow = func() *app.Failure {
	e := app.Errorf(app.Unavailable, "interrupted", "the server went away while this row ran; try it again", "该行运行期间服务器中断；请重试")
	return &app.Failure{Code: e.Code, Kind: e.Kind, Text: e.Text}
}()
