package run

import (
	"context"
	"errors"
	"time"

	"islet/app"
	"islet/app/workflow"
	"islet/store"
)

// patience are the waits between attempts to store how a run ended: a full queue or disk often passes.
var patience = []time.Duration{50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// finish stores how a run ended and then tells its followers.
func (m *Manager) finish(ctx context.Context, l *live, last app.Event, cause error) {
	last.Kind = app.EvRunFinished
	if last.Status == app.Stopped && errors.Is(cause, errShutdown) {
		last.Error = workflow.Failure(errShutdown)
	}
	out := outcome(l, &last)
	m.log(l, &last, cause)
	if err := m.o.DB.RecordNodeRuns(l.workspace, traces(l)); err != nil {
		m.o.Logger.Warn("node traces dropped", "run", l.run.ID, "err", err)
	}
	if err := m.store(ctx, l, out); err != nil {
		m.o.Logger.Error("run not saved", "run", l.run.ID, "app", l.run.App, "err", err)
		last.Status, last.Error = app.Failed, workflow.Failure(notSaved(err))
		m.salvage(ctx, l, out, last.Error)
	}
	l.append(last, m.o.Now())
	m.retire(l)
}

func outcome(l *live, last *app.Event) Outcome {
	out := Outcome{Status: last.Status, Error: last.Error, Steps: last.Steps, Outputs: last.Outputs}
	out.Answer, out.Reasoning = l.said()
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
	for i := 0; ; i++ {
		err := m.o.DB.Update(ctx, func(tx *store.Tx) error {
			if l.finish != nil {
				if err := l.finish(tx, out); err != nil {
					return err
				}
			}
			return tx.FinishRun(ended(l, tx, &out))
		})
		if err == nil || i == len(patience) || final(err) {
			return err
		}
		time.Sleep(patience[i])
	}
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
	r.Status, r.Error, r.Usage, r.Steps, r.FinishedAt = out.Status, out.Error, out.Usage, out.Steps, &now
	return &r
}

func notSaved(err error) *app.Error {
	if e := app.AsError(err); e.Kind != app.Internal {
		return e
	}
	return app.Errorf(app.Unavailable, "answer_not_saved", "the answer could not be saved; copy what you need and tell the administrator, the server log has the details",
		"回答未能保存；请先复制需要的内容并联系管理员，详情见服务器日志").Because(err)
}

// traces are the nodes of a run that finished, from its log.
func traces(l *live) []app.NodeRun {
	l.mu.Lock()
	log := l.log
	l.mu.Unlock()
	var nodes []app.NodeRun
	for i := range log {
		ev := log[i].head
		if ev.Kind != app.EvNodeFinished {
			continue
		}
		nodes = append(nodes, app.NodeRun{ID: ev.Exec, Run: l.run.ID, App: l.run.App, Node: ev.Node, Type: ev.Type, Title: ev.Title,
			Index: len(nodes) + 1, Status: ev.Status, Error: ev.Error, Inputs: ev.Inputs, Process: ev.Process, Outputs: ev.Outputs,
			Usage: ev.Usage, Elapsed: ev.Elapsed, StartedAt: time.Unix(0, log[i].at).Add(-time.Duration(ev.Elapsed * float64(time.Second)))})
	}
	return nodes
}

// How much of finished runs stays in memory at most, for followers that come right after the end. Others are in kv.
const (
	keepRuns  = 128
	keepLines = 100_000
)

// retire keeps a finished run for a while and forgets older ones.
func (m *Manager) retire(l *live) {
	l.graph, l.input, l.finish = nil, workflow.Input{}, nil
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
		delete(m.live, l.run.ID)
		n++
	}
	m.finished = append(m.finished[:0], m.finished[n:]...)
}
