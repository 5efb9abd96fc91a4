package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"islet/app"
	"islet/app/workflow"
	"islet/store"
)

// patience are the waits between attempts to store how a run ended: a full queue or disk often passes.
var patience = []time.Duration{50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// finish stores how a run ended, or that it pauses, and then tells its followers. It returns what it told, and whether the run
// is paused.
func (m *Manager) finish(ctx context.Context, l *live, last app.Event, cause error) (app.Event, bool) {
	if last.Kind != app.EvRunPaused {
		last.Kind = app.EvRunFinished
	}
	if l.screen != nil && l.screen.hit && !last.Status.Good() { // it was ended because all that it may say is said
		last.Status, last.Error, cause = app.Succeeded, nil, nil
	}
	var e *app.Error
	if last.Status == app.Stopped && errors.As(cause, &e) {
		last.Error = workflow.Failure(e)
		if e.Code != errShutdown.Code {
			last.Status = app.Failed
		}
	}
	out := outcome(l, &last)
	m.log(l, &last, cause)
	err := m.store(ctx, l, out)
	if err != nil {
		m.o.Logger.Error("run not saved", "run", l.run.ID, "app", l.run.App, "err", err)
		last.Kind, last.Status, last.Error = app.EvRunFinished, app.Failed, workflow.Failure(notSaved(err))
		m.salvage(ctx, l, out, last.Error)
	}
	if app.KindOf(err) != app.NotFound { // else it was deleted meanwhile, and its traces with it
		if err := m.o.DB.RecordNodeRuns(l.scope.Workspace, traces(l)); err != nil {
			m.o.Logger.Warn("node traces dropped", "run", l.run.ID, "err", err)
		}
	}
	l.append(last, m.o.Now())
	m.retire(l)
	return last, last.Kind == app.EvRunPaused
}

// afterPause lets a run go on at once that paused for a form which was closed in the meantime, and stops one that somebody
// stopped in the meantime.
func (m *Manager) afterPause(ctx context.Context, id app.ID, forms []*app.Form, cause error) {
	closed := errors.Is(cause, errStopped)
	var r *app.Run
	err := m.o.DB.View(ctx, func(s *store.Snapshot) (err error) {
		for _, f := range forms {
			now, err := s.Form(f.ID)
			if err != nil {
				return err
			}
			closed = closed || now.Status != app.FormWaiting
		}
		r, err = s.Run(id)
		return err
	})
	if err != nil || !closed || r.Status != app.Paused {
		return
	}
	if !errors.Is(cause, errStopped) {
		cause = nil
	}
	if err := m.resume(ctx, r, cause); err != nil {
		m.owe(ctx, id, err)
	}
}

func outcome(l *live, last *app.Event) Outcome {
	out := Outcome{Status: last.Status, Error: last.Error, Steps: last.Steps, Exceptions: last.Exceptions, Outputs: last.Outputs}
	out.Answer, out.Reasoning = l.said()
	out.told(l)
	if last.Usage != nil {
		out.Usage = *last.Usage
	}
	return out
}

// log writes why a run failed; its person only got the sentence.
func (m *Manager) log(l *live, last *app.Event, cause error) {
	if last.Status == app.Failed {
		m.o.Logger.Warn("run failed", "run", l.run.ID, "app", l.run.App, "code", last.Error.Code, "err", cause)
	}
}

// store writes the outcome in one change, again and again while that may help.
func (m *Manager) store(ctx context.Context, l *live, out Outcome) error {
	ctx = context.WithoutCancel(ctx) // a stopped run is stored like any other
	var left []workflow.Entry
	var first int
	if l.journal != nil {
		left, first = l.journal.close()
	}
	uses := modelUses(l)
	return m.patiently(func() error {
		return m.o.DB.Update(ctx, func(tx *store.Tx) error {
			if out.Status == app.Paused {
				return l.storePause(tx, &out, left, first)
			}
			if err := l.apply(tx, left); err != nil {
				return err
			}
			if l.finish != nil {
				if err := l.finish(tx, out); err != nil {
					return err
				}
			}
			if first > 0 { // something of the journal is on disk
				if err := tx.DropSteps(l.run.ID); err != nil {
					return err
				}
			}
			if l.journal != nil { // only such runs ask anybody
				if err := tx.CloseForms(l.run.ID); err != nil {
					return err
				}
			}
			if err := tx.SetModelUses(&l.run, uses); err != nil {
				return err
			}
			return tx.FinishRun(ended(l, tx, &out))
		})
	})
}

// storePause writes the rest of the journal and that the run waits.
func (l *live) storePause(tx *store.Tx, out *Outcome, left []workflow.Entry, first int) error {
	if err := l.apply(tx, left); err != nil {
		return err
	}
	if first == 0 {
		state, err := l.state.encode()
		if err != nil {
			return err
		}
		if err := tx.PutRunState(l.run.ID, state); err != nil {
			return err
		}
	}
	steps := make([][]byte, len(left))
	for i := range left {
		raw, err := json.Marshal(left[i])
		if err != nil {
			return err
		}
		steps[i] = raw
	}
	if err := tx.AppendSteps(l.run.ID, first, steps); err != nil {
		return err
	}
	if l.pause != nil {
		if err := l.pause(tx, *out); err != nil {
			return err
		}
	}
	return tx.PauseRun(ended(l, tx, out))
}

// final tells whether trying again is in vain: what the run was about is gone, or the store is closed.
func final(err error) bool {
	return errors.Is(err, &app.Error{Kind: app.NotFound}) || errors.Is(err, &app.Error{Code: "shutting_down"})
}

// salvage is for a run whose Finish cannot be stored: its row and message at least say that it is over, with the answer.
func (m *Manager) salvage(ctx context.Context, l *live, out Outcome, f *app.Failure) {
	out.Status, out.Error = app.Failed, f
	err := m.o.DB.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := tx.InterruptMessage(l.run.ID, out.Answer, out.Reasoning); err != nil {
			return err
		}
		if err := tx.DropSteps(l.run.ID); err != nil {
			return err
		}
		return tx.FinishRun(ended(l, tx, &out))
	})
	if err != nil && !errors.Is(err, &app.Error{Kind: app.NotFound}) { // deleted meanwhile: nothing is left open
		m.o.Logger.Error("run left open until the next start", "run", l.run.ID, "err", err)
		m.mu.Lock()
		m.unsaved++
		m.mu.Unlock()
	}
}

// ended is the run's row at its end.
func ended(l *live, tx *store.Tx, out *Outcome) *app.Run {
	r, now := l.run, tx.Now()
	r.Status, r.Error, r.Usage, r.Steps, r.Exceptions, r.FinishedAt = out.Status, out.Error, out.Usage, out.Steps, out.Exceptions, &now
	if r.Inputs != nil {
		r.Outputs = out.Outputs
	}
	return &r
}

func notSaved(err error) *app.Error {
	if e := app.AsError(err); e.Kind != app.Internal {
		return e
	}
	return app.Errorf(app.Unavailable, "answer_not_saved", "the answer could not be saved; copy what you need and tell the administrator, the server log has the details",
		"回答未能保存；请先复制需要的内容并联系管理员，详情见服务器日志").Because(err)
}

// traces are the nodes of a run that finished, and attempts that were repeated, from its log.
func traces(l *live) []app.NodeRun {
	l.mu.Lock()
	log := l.log
	l.mu.Unlock()
	var nodes []app.NodeRun
	for i := range log {
		ev := log[i].head
		if ev.Kind != app.EvNodeFinished && ev.Kind != app.EvNodeRetry {
			continue
		}
		n := app.NodeRun{ID: ev.Exec, Run: l.run.ID, App: l.run.App, Node: ev.Node, Type: ev.Type, Title: ev.Title,
			Index: len(nodes) + 1, Status: ev.Status, Error: ev.Error, Inputs: ev.Inputs, Process: ev.Process, Outputs: ev.Outputs,
			Usage: ev.Usage, Meta: ev.Meta, Within: ev.Within, Retry: ev.Retry, Elapsed: ev.Elapsed,
			StartedAt: time.Unix(0, log[i].at).Add(-time.Duration(ev.Elapsed * float64(time.Second)))}
		if ev.Kind == app.EvNodeRetry {
			n.ID = attemptID(ev.Exec, ev.Retry) // the execution's own id is for how it ended
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// attemptID is the id of an attempt that was repeated: the same in every life of its run.
func attemptID(exec app.ID, retry int) app.ID {
	return app.ID(uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "%s retry %d", exec, retry)).String())
}

// How much of finished runs stays in memory at most, for followers that come right after the end. Others are in kv.
const (
	keepRuns  = 128
	keepLines = 100_000
)

// retire keeps a finished run for a while and forgets older ones.
func (m *Manager) retire(l *live) {
	l.graph, l.input, l.finish, l.pause, l.remember, l.journal = nil, workflow.Input{}, nil, nil, nil, nil
	m.mu.Lock()
	defer m.mu.Unlock()
	m.finished = append(m.finished, l)
	m.lines += len(l.log)
	m.forget()
}

// forget drops finished runs that are too old or too many. m.mu is held.
func (m *Manager) forget() {
	old := m.o.Now().Add(-m.o.Keep)
	n := 0
	for _, l := range m.finished {
		if !l.forgettable() || len(m.finished)-n <= keepRuns && m.lines <= keepLines && l.ended.After(old) {
			break
		}
		m.lines -= len(l.log)
		if m.live[l.run.ID] == l { // it may be in its next life
			delete(m.live, l.run.ID)
		}
		n++
	}
	m.finished = append(m.finished[:0], m.finished[n:]...)
}
