// Package job does durable work later: a queue in the store with a lease per job, and schedules that fill it.
//
// A job is enqueued in the transaction of the data it is about (store.Tx.Enqueue). It runs at least once: after a crash, a lost
// lease or a failure it runs again, so a handler must bear running twice. A failure is tried again with growing pauses, unless
// its kind says that it would only fail again.
package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"islet/app"
	"islet/store"
)

// Handler does the work of one kind of job. It may run twice for one job. An error of kind Invalid, NotFound or Refused is
// final; any other is tried again.
type Handler func(ctx context.Context, payload []byte) error

// Options tune a Worker. The zero value works.
type Options struct {
	Workers  int            // jobs at once; 0 is 2
	Lease    time.Duration  // how long a job is ours without a sign of life; 0 is a minute
	Poll     time.Duration  // how often the queue is looked at; 0 is a second
	Attempts int            // tries before a job has failed for good; 0 is 5
	Location *time.Location // of the schedules; nil is the machine's
	Log      *slog.Logger   // nil is slog.Default
}

const (
	firstPause   = 10 * time.Second // after the first failure; doubled with each
	longestPause = time.Hour
	keepFor      = 7 * 24 * time.Hour // of jobs that have ended
)

// Worker runs the jobs of one data directory. There is one, in the one process that holds the directory.
type Worker struct {
	db       *store.DB
	handlers map[string]Handler
	o        Options

	wake    chan struct{}
	stop    chan struct{}           // closed by Close: claim nothing more
	slots   chan struct{}           // one a running job
	loops   sync.WaitGroup          // the loop
	running sync.WaitGroup          // the jobs
	hurry   context.CancelCauseFunc // ends the handlers
	ctx     context.Context         // of the handlers: ended by hurry
	once    sync.Once
}

// New makes a worker; Start starts it.
func New(db *store.DB, handlers map[string]Handler, o Options) *Worker {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Lease <= 0 {
		o.Lease = time.Minute
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Attempts <= 0 {
		o.Attempts = 5
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	w := &Worker{db: db, handlers: handlers, o: o, wake: make(chan struct{}, 1), stop: make(chan struct{}),
		slots: make(chan struct{}, o.Workers)}
	w.ctx, w.hurry = context.WithCancelCause(context.Background())
	return w
}

// Start takes back what a crash left running and begins to work. Close ends it.
func (w *Worker) Start(ctx context.Context) error {
	if err := w.db.Update(ctx, func(tx *store.Tx) error { return tx.ReleaseJobs() }); err != nil {
		return err
	}
	w.loops.Go(w.loop)
	return nil
}

// Wake makes the worker look at the queue now, for work that somebody waits for.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Close claims nothing more and waits for the jobs that run. When ctx ends it interrupts them; they are queued again.
// Nothing of the worker runs after Close. A second Close does nothing.
func (w *Worker) Close(ctx context.Context) error {
	w.once.Do(func() { close(w.stop) })
	w.loops.Wait()
	idle := make(chan struct{})
	go func() { w.running.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-ctx.Done():
		w.hurry(errClosing)
		<-idle
	}
	w.hurry(errClosing)
	return nil
}

var errClosing = errors.New("the worker is closing")

// loop looks at the schedules and the queue until Close.
func (w *Worker) loop() {
	tick := time.NewTicker(w.o.Poll)
	defer tick.Stop()
	for {
		if err := w.round(); err != nil {
			w.o.Log.Error("the job queue could not be read; it is tried again", "err", err)
		}
		select {
		case <-tick.C:
		case <-w.wake:
		case <-w.stop:
			return
		}
	}
}

// round fires what is due and starts as many jobs as there are free slots.
func (w *Worker) round() error {
	if err := w.fire(w.ctx); err != nil {
		return err
	}
	for {
		select {
		case <-w.stop:
			return nil
		case w.slots <- struct{}{}:
		default:
			return nil // all busy; the one that ends wakes us
		}
		j, err := w.claim()
		if j == nil || err != nil {
			<-w.slots
			return err
		}
		w.running.Go(func() {
			defer w.Wake()
			defer func() { <-w.slots }()
			w.run(j)
		})
	}
}

// claim takes the longest due job, or nil where none is. The read comes first, so that an idle queue costs no write.
func (w *Worker) claim() (claimed *app.Job, err error) {
	err = w.db.View(w.ctx, func(s *store.Snapshot) error {
		due, err := s.DueJobs(1)
		if len(due) > 0 {
			claimed = due[0]
		}
		return err
	})
	if err != nil || claimed == nil {
		return nil, err
	}
	return claimed, w.db.Update(w.ctx, func(tx *store.Tx) error { return tx.ClaimJob(claimed, tx.Now().Add(w.o.Lease)) })
}

// run does one claimed job and writes how it ended. A job during which the process has died too often is not begun again.
func (w *Worker) run(j *app.Job) {
	if j.Attempts > w.o.Attempts {
		w.fail(j, errors.New("given up: the process ended during every try"))
		w.write(j, func(tx *store.Tx) error { return tx.FinishJob(j) })
		return
	}
	ctx, cancel := context.WithCancelCause(w.ctx)
	beat := make(chan struct{})
	go func() { defer close(beat); w.heartbeat(ctx, cancel, *j) }()
	err := w.do(ctx, j)
	cancel(nil)
	<-beat
	write := func(tx *store.Tx) error { return tx.FinishJob(j) }
	switch closing := w.ctx.Err() != nil; {
	case err != nil && closing:
		write = func(tx *store.Tx) error { return tx.ReturnJob(j) }
	case err != nil:
		w.fail(j, err)
	default:
		now := w.db.Now()
		j.Status, j.Error, j.DoneAt = store.JobDone, "", &now
	}
	w.write(j, write)
}

// write stores how a job ended.
func (w *Worker) write(j *app.Job, fn func(*store.Tx) error) {
	err := w.db.Update(context.WithoutCancel(w.ctx), fn)
	if err != nil { // the lease ends by itself and the job runs again
		w.o.Log.Error("the end of a job could not be written; it will run again", "job", j.ID, "kind", j.Kind, "err", err)
	}
}

// do calls the handler; a panic is its error.
func (w *Worker) do(ctx context.Context, j *app.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in the handler of %s: %v\n%s", j.Kind, p, debug.Stack())
		}
	}()
	h := w.handlers[j.Kind]
	if h == nil {
		return app.Errorf(app.NotFound, "job_unknown", "this version of islet knows no job %q", "此版本的 islet 不支持任务 %q", j.Kind)
	}
	return h(ctx, j.Payload)
}

// fail decides whether a failed job is tried again.
func (w *Worker) fail(j *app.Job, err error) {
	now := w.db.Now()
	j.Error = err.Error()
	kind := app.KindOf(err)
	if j.Attempts >= w.o.Attempts || kind == app.Invalid || kind == app.NotFound || kind == app.Refused {
		j.Status, j.DoneAt = store.JobFailed, &now
		w.o.Log.Error("a job failed", "job", j.ID, "kind", j.Kind, "attempts", j.Attempts, "err", err)
		return
	}
	j.Status, j.RunAt = store.JobQueued, now.Add(min(firstPause<<min(j.Attempts-1, 16), longestPause))
	w.o.Log.Warn("a job failed and will be tried again", "job", j.ID, "kind", j.Kind, "attempts", j.Attempts, "at", j.RunAt, "err", err)
}

// heartbeat keeps the lease while the handler works; if it is lost, the handler's context ends.
func (w *Worker) heartbeat(ctx context.Context, lost context.CancelCauseFunc, j app.Job) {
	tick := time.NewTicker(w.o.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := w.db.Update(ctx, func(tx *store.Tx) error { return tx.ExtendJob(&j, tx.Now().Add(w.o.Lease)) })
		if app.KindOf(err) == app.NotFound && err != nil {
			lost(fmt.Errorf("the lease of job %s was lost: %w", j.ID, err))
			return
		}
	}
}
