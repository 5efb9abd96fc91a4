package run

import (
	"context"
	"encoding/json"

	"islet/app"
	"islet/app/workflow"
	"islet/store"
)

// keep gives a run its journal.
func (l *live) keep(m *Manager, s State, written int) {
	l.state = s
	l.journal = newJournal(m, l, written)
	l.input.Record, l.input.Sync = l.journal.record, l.journal.sync
}

// Resume lets a paused run go on: a form of it was answered or has expired. A run that is not paused is left alone.
func (m *Manager) Resume(ctx context.Context, run app.ID) error {
	var r *app.Run
	err := m.o.DB.View(ctx, func(s *store.Snapshot) (err error) { r, err = visibleRun(s, run); return err })
	if err != nil || r.Status != app.Paused {
		return err
	}
	err = m.resume(ctx, r, nil)
	if app.KindOf(err) == app.NotFound { // its journal is gone: perhaps because somebody else was quicker, and it is over already
		if now := m.o.DB.View(ctx, func(s *store.Snapshot) (err error) { r, err = visibleRun(s, run); return err }); now == nil && r.Status != app.Paused {
			return errGoesOn
		}
	}
	return err
}

// resume begins the next life of a run. It replays its journal and goes on behind it; with a cause it is stopped there. A run
// without a journal is NotFound.
func (m *Manager) resume(ctx context.Context, r *app.Run, stop error) error {
	spec, state, entries, err := m.rebuild(ctx, r)
	if err != nil {
		return err
	}
	paused := r.Status == app.Paused
	if !paused {
		if state.Lives++; state.Lives > maxLives {
			return app.Errorf(app.Conflict, "run_not_resumable", "the server ended %d times while this run was going on; it is not tried again", "该运行执行期间服务器已退出 %d 次，不再重试", state.Lives)
		}
	}
	spec.Depth = state.Depth
	runCtx, cancel := contextOf(&spec)
	l := newLive(&spec, cancel, m.records)
	l.keep(m, state, len(entries))
	if err := m.admit(l); err != nil {
		cancel(err)
		return err
	}
	err = m.o.DB.Update(app.WithScope(ctx, spec.Scope), func(tx *store.Tx) error {
		if paused {
			return tx.ResumeRun(r.ID)
		}
		raw, err := state.encode()
		if err != nil {
			return err
		}
		return tx.PutRunState(r.ID, raw)
	})
	if err != nil {
		m.remove(l)
		m.settle(l)
		cancel(err)
		l.acknowledge(err)
		m.runs.Done()
		return err
	}
	if m.o.Log != nil {
		m.o.Log.Forget(ctx, r.ID) // what it said before is said again, by other numbers
	}
	l.before = nil
	l.acknowledge(nil)
	l.stop = stop
	go m.run(runCtx, l)
	return nil
}

// owe remembers a run that shall go on and could not: too many went on, or the store was busy. A run that is gone, or goes on
// already, is owed nothing.
func (m *Manager) owe(ctx context.Context, id app.ID, err error) {
	if kind := app.KindOf(err); kind == app.NotFound || kind == app.Conflict {
		return
	}
	m.o.Logger.Info("a paused run cannot go on yet", "run", id, "err", err)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owed[id] = app.ScopeOf(ctx)
}

// GoOn lets a run go on whose form was closed: at once, or as soon as it pauses, or when there is room for it again, see Owed.
// The caller's leaving changes nothing.
func (m *Manager) GoOn(ctx context.Context, run app.ID) {
	ctx = context.WithoutCancel(ctx)
	if err := m.Resume(ctx, run); err != nil {
		m.owe(ctx, run, err)
	}
}

// Owed tries again to let runs go on that could not. Somebody calls it now and then; what is owed when the process ends is
// found again by Recover.
func (m *Manager) Owed() {
	m.mu.Lock()
	runs := m.owed
	m.owed = map[app.ID]app.Scope{}
	m.mu.Unlock()
	for id, scope := range runs {
		m.GoOn(app.WithScope(context.Background(), scope), id)
	}
}

// rebuild reads what a run needs to go on.
func (m *Manager) rebuild(ctx context.Context, r *app.Run) (spec Spec, state State, entries []workflow.Entry, err error) {
	if m.o.Rebuild == nil {
		return spec, state, nil, app.Missing("run", "运行记录")
	}
	var raw []byte
	var steps [][]byte
	err = m.o.DB.View(ctx, func(s *store.Snapshot) error {
		if raw, err = s.RunState(r.ID); err != nil {
			return err
		}
		steps, err = s.Steps(r.ID)
		return err
	})
	if err != nil {
		return spec, state, nil, err
	}
	if err := state.decode(raw); err != nil {
		return spec, state, nil, err
	}
	entries = make([]workflow.Entry, len(steps))
	for i := range steps {
		if err := json.Unmarshal(steps[i], &entries[i]); err != nil {
			return spec, state, nil, err
		}
	}
	if spec, err = m.o.Rebuild(ctx, r, state); err != nil {
		return spec, state, nil, err
	}
	spec.Scope.User, spec.Scope.Role = state.User, state.Role
	spec.Run = *r
	spec.Run.Status = app.Running
	in := &spec.Input
	in.Run, in.Lang, in.Inputs = r.ID, spec.Scope.Lang, state.Inputs
	vars := map[string]map[string]any{}
	for k, v := range in.Vars { // what Rebuild knows: the environment
		vars[k] = v
	}
	for k, v := range state.Vars {
		vars[k] = v
	}
	in.Vars, in.Held, in.Replay, in.Resumed = vars, state.Held, entries, true
	return spec, state, entries, nil
}

// Since is the number of the last event before a run went on, from which a follower sees only what is new; 0 for a run that
// never paused or that is not in memory.
func (m *Manager) Since(ctx context.Context, run app.ID) uint64 {
	l, err := m.find(ctx, run)
	if err != nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(max(l.lived, 0))
}

// told collects what a run told on its way: thoughts as they ended, resources without repetitions, files.
func (o *Outcome) told(l *live) {
	l.mu.Lock()
	log := l.log
	l.mu.Unlock()
	at := map[app.ID]int{}
	seen := map[[2]app.ID]bool{}
	for i := range log {
		switch ev := log[i].head; ev.Kind {
		case app.EvThought:
			if n, known := at[ev.Thought.ID]; known {
				o.Thoughts[n] = *ev.Thought
				continue
			}
			at[ev.Thought.ID] = len(o.Thoughts)
			o.Thoughts = append(o.Thoughts, *ev.Thought)
		case app.EvResources:
			o.Resources = mergeResources(o.Resources, ev.Resources, seen)
		case app.EvFile:
			o.Files = append(o.Files, ev.Files...)
		}
	}
}

// mergeResources adds the passages of documents that are not there yet, and numbers them through.
func mergeResources(all, more []app.Resource, seen map[[2]app.ID]bool) []app.Resource {
	for _, r := range more {
		key := [2]app.ID{r.Dataset, r.Document}
		if seen[key] {
			continue
		}
		seen[key] = true
		r.Position = len(all) + 1
		all = append(all, r)
	}
	return all
}
