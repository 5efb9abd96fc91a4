package run

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"islet/app"
	"islet/app/workflow"
	"islet/store"
	"islet/store/kv"
)

// Options wire a Manager. Only DB is required.
type Options struct {
	DB     *store.DB
	Log    *kv.Store        // keeps events after a run left memory; nil: nothing does
	Logger *slog.Logger     // nil: slog.Default
	Limit  int              // runs at once; 0 is 1,000
	PerApp int              // of them for one app; 0 is no other limit than Limit
	Grace  time.Duration    // for runs when closing; 0 is 20 s
	Keep   time.Duration    // how long a finished run stays in memory; 0 is 60 s
	Now    func() time.Time // nil is time.Now

	// Rebuild makes the Spec of a durable run of an earlier life again, from its row and what it started with; the manager
	// fills in the rest. The scope of ctx is the run's workspace. Without it no run goes on.
	Rebuild func(ctx context.Context, r *app.Run, s State) (Spec, error)
}

const (
	defaultLimit = 1000
	defaultGrace = 20 * time.Second
	defaultKeep  = 60 * time.Second
)

// Spec is a run to start.
type Spec struct {
	Run   app.Run   // ID, App, Version, Message, EndUser and Source; an empty ID is made here, the rest is filled in
	Scope app.Scope // under which the run works, also after its request is gone
	Graph *workflow.Graph
	Input workflow.Input

	// Insert stores what the run is about (conversation, message); the manager adds the run's own row in the same change.
	// It runs while the graph already works. Optional.
	Insert func(*store.Tx) error
	// Finish stores what came of it; the manager updates the run's row in the same change. After a failure it is called
	// again. Optional.
	Finish func(*store.Tx, Outcome) error

	// Screen keeps words out of the answer. Optional.
	Screen Screen

	// Depth is how many runs are around this one, each a tool of the other: see DepthOf.
	Depth int

	// Durable keeps a journal of the run, with which it goes on after a pause or a crash: see Options.Rebuild.
	Durable bool
	// Pause stores that the run waits for a person. Optional.
	Pause func(*store.Tx, Outcome) error
	// Remember stores what nodes wrote beyond their run: variables of the conversation. It is called for a durable run as
	// soon as a node is done. Optional.
	Remember func(*store.Tx, []workflow.Update) error
}

// Outcome is how a run ended. Answer, Reasoning and what was told on the way are what followers saw, so they are there also
// when it failed.
type Outcome struct {
	Status     app.Status
	Error      *app.Failure
	Answer     string
	Reasoning  string
	Thoughts   []app.Thought // of an agent, as they ended
	Resources  []app.Resource
	Files      []app.Attachment // that nodes made
	Usage      app.Usage
	Steps      int
	Exceptions int
	Outputs    map[string]any
}

// Manager owns all live runs of the process. It is safe for concurrent use; Close ends it.
type Manager struct {
	o       Options
	runs    sync.WaitGroup // of run goroutines
	records *recorder

	mu       sync.Mutex // guards all below
	closed   bool
	live     map[app.ID]*live // running and lately finished
	running  int
	perApp   map[app.ID]int
	finished []*live              // in the order they finished, to be forgotten from the front
	lines    int                  // in the logs of finished
	unsaved  int                  // runs that ended and are still running on disk
	owed     map[app.ID]app.Scope // paused runs that shall go on and could not yet
}

// New makes a Manager. Nothing runs yet; call Recover before the first Start.
func New(o Options) *Manager {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	if o.PerApp <= 0 {
		o.PerApp = o.Limit
	}
	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Manager{o: o, live: map[app.ID]*live{}, perApp: map[app.ID]int{}, owed: map[app.ID]app.Scope{}}
	m.records = newRecorder(m)
	return m
}

// The reasons for which a run is stopped from outside.
var (
	errScreened = errors.New("the answer held a word that the app keeps out")
	errStopped  = errors.New("stopped by a person")
	errShutdown = app.Errorf(app.Unavailable, "server_shutdown", "islet was shut down before the answer was complete; what arrived is kept, ask again", "回答完成前 islet 已关闭；已生成的内容已保留，请重新提问")
)

// Start begins a run and returns its id when its rows are on disk. The graph works meanwhile, in a context that outlives
// ctx; if storing fails, or ctx ends before it begins, the run is given up and the error returned. Too many runs are
// app_busy.
func (m *Manager) Start(ctx context.Context, s Spec) (app.ID, error) {
	if s.Run.ID == "" {
		s.Run.ID = app.NewID()
	}
	s.Run.Status = app.Running
	if s.Run.StartedAt.IsZero() {
		s.Run.StartedAt = m.o.DB.Now()
	}
	s.Input.Run, s.Input.Lang = s.Run.ID, s.Scope.Lang
	runCtx, cancel := contextOf(&s)
	l := newLive(&s, cancel, m.records)
	if s.Durable {
		l.keep(m, stateOf(&s.Input, s.Scope, s.Depth), 0)
	}
	if err := m.admit(l); err != nil {
		cancel(err)
		return "", err
	}
	go m.run(runCtx, l)
	row := s.Run
	err := m.o.DB.Update(app.WithScope(ctx, s.Scope), func(tx *store.Tx) error {
		if s.Insert != nil {
			if err := s.Insert(tx); err != nil {
				return err
			}
		}
		return tx.InsertRun(&row)
	})
	if err != nil {
		m.remove(l)
		cancel(err)
	}
	l.acknowledge(err)
	if err != nil {
		return "", err
	}
	return s.Run.ID, nil
}

// contextOf is the context in which a run works.
func contextOf(s *Spec) (context.Context, context.CancelCauseFunc) {
	ctx := app.WithScope(context.Background(), s.Scope)
	return context.WithCancelCause(context.WithValue(ctx, depthKey{}, s.Depth))
}

type depthKey struct{}

// DepthOf is the Spec.Depth of the run whose node ctx belongs to. Who starts a run from within a run adds one, so that apps
// that call each other come to an end.
func DepthOf(ctx context.Context) int {
	n, _ := ctx.Value(depthKey{}).(int)
	return n
}

// admit counts a run in, or says why not.
func (m *Manager) admit(l *live) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return app.Errorf(app.Unavailable, "shutting_down", "islet is shutting down", "islet 正在关闭").After(10)
	case m.running >= m.o.Limit || m.perApp[l.run.App] >= m.o.PerApp:
		return app.Errorf(app.RateLimited, "app_busy", "too many answers are being generated at the moment; try again shortly", "当前同时生成的回答过多，请稍后再试").After(2)
	}
	if old := m.live[l.run.ID]; old != nil {
		if !old.ends() {
			return errGoesOn
		}
		old.skip() // what it said before is said again, by other numbers
		l.before = old
	}
	m.live[l.run.ID] = l
	m.running++
	m.perApp[l.run.App]++
	m.runs.Add(1)
	return nil
}

// settle counts a run out.
func (m *Manager) settle(l *live) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running--
	if m.perApp[l.run.App]--; m.perApp[l.run.App] == 0 {
		delete(m.perApp, l.run.App)
	}
}

// remove takes back admit: who looks for the run finds its earlier life again, if there was one.
func (m *Manager) remove(l *live) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.live[l.run.ID] != l:
	case l.before != nil:
		m.live[l.run.ID] = l.before
	default:
		delete(m.live, l.run.ID)
	}
}

// errGoesOn is what the second of two who resume a run is told.
var errGoesOn = app.Errorf(app.Conflict, "run_not_paused", "the run does not wait for anybody; reload to see where it stands", "该运行并未在等待处理；请刷新查看当前状态")

// run is a run's goroutine.
func (m *Manager) run(ctx context.Context, l *live) {
	defer m.runs.Done()
	defer l.cancel(nil)
	last, cause := m.work(ctx, l)
	<-l.stored
	paused := false
	if l.storeErr == nil {
		last, paused = m.finish(ctx, l, last, cause)
	}
	m.settle(l)
	if paused {
		m.afterPause(app.WithScope(context.WithoutCancel(ctx), l.scope), l.run.ID, last.Forms, context.Cause(ctx))
	}
}

// work runs the graph and returns its last event, which nobody sees before it is on disk, with its cause.
func (m *Manager) work(ctx context.Context, l *live) (last app.Event, cause error) {
	defer func() {
		if p := recover(); p != nil {
			cause = fmt.Errorf("engine: panic: %v\n%s", p, debug.Stack())
			last = app.Event{Kind: app.EvRunFinished, Status: app.Failed, Error: workflow.Failure(cause)}
		}
	}()
	for ev, err := range l.graph.Run(ctx, l.input) {
		if ev.Kind == app.EvRunFinished || ev.Kind == app.EvRunPaused {
			for _, ev := range l.screen.end() {
				l.append(ev, m.o.Now())
			}
			last, cause = ev, err
			continue
		}
		for _, ev := range l.screen.pass(ev) {
			l.append(ev, m.o.Now())
			if ev.Kind == app.EvReplace {
				l.cancel(errScreened)
			}
		}
		if ev.Kind == app.EvRunStarted && l.stop != nil && ev.Reason == workflow.Resumption {
			l.cancel(l.stop)
		}
	}
	return last, cause
}

// Follow yields the events of a run after the one numbered after, waiting for those to come, and ends with EvRunFinished,
// EvRunPaused or with an error: NotFound for a run that the scope of ctx does not reach, the cause of ctx when that ends. Breaking off
// leaves the run alone. A run that is no longer in memory is read from kv; what is gone from there too is replaced by an
// EvRunFinished made from SQLite, with the answer in its outputs. Who has seen the last event already gets it again. The
// maps in events are shared by all followers and not to be changed.
func (m *Manager) Follow(ctx context.Context, run app.ID, after uint64) iter.Seq2[app.Event, error] {
	return func(yield func(app.Event, error) bool) {
		l, err := m.find(ctx, run)
		if errors.Is(err, &app.Error{Kind: app.NotFound}) {
			m.replay(ctx, run, after, yield)
			return
		}
		if err != nil {
			yield(app.Event{}, err)
			return
		}
		l.follow(ctx, after, yield)
	}
}

// find is a run in memory whose rows are on disk, if ctx may see it.
func (m *Manager) find(ctx context.Context, run app.ID) (*live, error) {
	m.mu.Lock()
	l := m.live[run]
	m.mu.Unlock()
	if l == nil || !l.visible(app.ScopeOf(ctx)) {
		return nil, app.Missing("run", "运行记录")
	}
	select {
	case <-l.stored:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	switch {
	case l.storeErr == nil:
		return l, nil
	case l.before != nil: // it could not go on: it is where it was
		return l.before, nil
	}
	return nil, app.Missing("run", "运行记录")
}

// Stored waits until the rows of a run under way are on disk: its graph works before that. A node that stores something of its
// run's calls it first.
func (m *Manager) Stored(ctx context.Context, run app.ID) error {
	_, err := m.find(ctx, run)
	return err
}

// Stop ends a run with the status stopped and keeps what it said. It returns at once; followers see the end. Stopping a
// run that is over is no error.
func (m *Manager) Stop(ctx context.Context, run app.ID) error {
	l, err := m.find(ctx, run)
	if err == nil && !l.ends() {
		l.cancel(errStopped)
		return nil
	}
	if err != nil && !errors.Is(err, &app.Error{Kind: app.NotFound}) {
		return err
	}
	var r *app.Run
	err = m.o.DB.View(ctx, func(s *store.Snapshot) (err error) { r, err = visibleRun(s, run); return err })
	if err != nil || r.Status != app.Paused {
		return err
	}
	return m.resume(ctx, r, errStopped)
}

// Close accepts no more runs, gives those under way Options.Grace (or until ctx ends), stops what is left and returns when
// all are stored, or with an error that counts those that could not be.
func (m *Manager) Close(ctx context.Context) error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	done := make(chan struct{})
	go func() {
		m.runs.Wait()
		close(done)
	}()
	grace := time.NewTimer(m.o.Grace)
	defer grace.Stop()
	select {
	case <-done:
	case <-grace.C:
	case <-ctx.Done():
	}
	m.stopAll()
	<-done
	m.records.close()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unsaved > 0 {
		return fmt.Errorf("%d runs could not be saved; the next start marks them interrupted", m.unsaved)
	}
	return nil
}

func (m *Manager) stopAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.live {
		l.cancel(errShutdown)
	}
}
