package run

import (
	"context"
	"slices"
	"strings"

	"islet/app"
	"islet/store"
)

// replay yields the events of a run that is not in memory.
func (m *Manager) replay(ctx context.Context, run app.ID, after uint64, yield func(app.Event, error) bool) {
	last, err := m.recall(ctx, run)
	if err != nil {
		yield(app.Event{}, err)
		return
	}
	events := m.kept(ctx, run)
	whole := len(events) > 0 && events[len(events)-1].Kind == last.Kind
	if !whole {
		last.Seq = max(after, uint64(len(events))) + 1
		events = append(events, last)
	}
	for i := range events {
		if (events[i].Seq > after || i == len(events)-1) && !yield(events[i], nil) {
			return
		}
	}
}

// recall makes the last event of a run from its row and message.
func (m *Manager) recall(ctx context.Context, run app.ID) (ev app.Event, err error) {
	err = m.o.DB.View(ctx, func(s *store.Snapshot) error {
		r, err := visibleRun(s, run)
		if err != nil {
			return err
		}
		ev = app.Event{Kind: app.EvRunFinished, At: r.StartedAt, Status: r.Status, Error: r.Error, Usage: &r.Usage, Steps: r.Steps, Exceptions: r.Exceptions,
			Outputs: r.Outputs}
		if r.Status == app.Paused {
			ev.Kind = app.EvRunPaused
			if ev.Forms, err = waitingForms(s, run); err != nil {
				return err
			}
		}
		if r.Message != "" {
			answer, _, err := s.RunAnswer(run)
			if err != nil {
				return err
			}
			ev.Outputs = map[string]any{"answer": answer}
		}
		if r.FinishedAt != nil {
			ev.At, ev.Elapsed = *r.FinishedAt, r.FinishedAt.Sub(r.StartedAt).Seconds()
		}
		if r.Status == app.Running { // nobody works on it: it is from before the server's last start
			ev.Status = app.Interrupted
		}
		return nil
	})
	return ev, err
}

// visibleRun is the row of a run that the scope reaches.
func visibleRun(s *store.Snapshot, run app.ID) (*app.Run, error) {
	r, err := s.Run(run)
	if err != nil {
		return nil, err
	}
	if !within(s.Scope(), r) {
		return nil, app.Missing("run", "运行记录")
	}
	return r, nil
}

// waitingForms are the forms that a paused run waits for.
func waitingForms(s *store.Snapshot, run app.ID) ([]*app.Form, error) {
	all, err := s.FormsOf(run)
	return slices.DeleteFunc(all, func(f *app.Form) bool { return f.Status != app.FormWaiting }), err
}

// maxLives is how often a run goes on after a crash. One that brings the server down each time must not do so for ever.
const maxLives = 3

// Recover takes up what an earlier process left open: durable runs go on from their last finished node, the others become
// interrupted, and their messages too, with as much of the answer as kv has. It returns how many there were of each. Call it
// before the first Start.
func (m *Manager) Recover(ctx context.Context) (resumed, interrupted int, err error) {
	var left []store.RunLeft
	err = m.o.DB.View(ctx, func(s *store.Snapshot) (err error) {
		left, err = s.RunsLeft()
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	for _, l := range left {
		ctx := app.WithScope(ctx, app.Scope{Workspace: l.Workspace})
		if m.o.Rebuild != nil {
			if err := m.resume(ctx, l.Run, nil); err == nil {
				resumed++
				continue
			} else if app.KindOf(err) != app.NotFound {
				m.o.Logger.Warn("run cannot go on", "run", l.Run.ID, "app", l.Run.App, "err", err)
			}
		}
		if err := m.interrupt(ctx, l); err != nil {
			return resumed, interrupted, err
		}
		interrupted++
	}
	n, err := m.recoverPaused(ctx)
	return resumed + n, interrupted, err
}

// recoverPaused lets runs go on whose form was closed just before the end of the last process.
func (m *Manager) recoverPaused(ctx context.Context) (n int, err error) {
	if m.o.Rebuild == nil {
		return 0, nil
	}
	var left []store.RunLeft
	err = m.o.DB.View(ctx, func(s *store.Snapshot) (err error) {
		left, err = s.RunsAnswered()
		return err
	})
	for _, l := range left {
		if err := m.resume(app.WithScope(ctx, app.Scope{Workspace: l.Workspace}), l.Run, nil); err != nil {
			m.owe(app.WithScope(context.Background(), app.Scope{Workspace: l.Workspace}), l.Run.ID, err)
			continue
		}
		n++
	}
	return n, err
}

func (m *Manager) interrupt(ctx context.Context, l store.RunLeft) error {
	var answer, reasoning strings.Builder
	for _, ev := range m.kept(ctx, l.Run.ID) {
		switch ev.Kind {
		case app.EvDelta:
			answer.WriteString(ev.Delta)
		case app.EvReplace:
			answer.Reset()
			answer.WriteString(ev.Delta)
		case app.EvReasoning:
			reasoning.WriteString(ev.Delta)
		}
	}
	r := *l.Run
	r.Status = app.Interrupted
	r.Error = &app.Failure{Code: "run_interrupted", Kind: app.Unavailable, Text: app.Textf(
		"the server ended before the answer was complete; what arrived is kept, ask again", "回答完成前服务器已退出；已生成的内容已保留，请重新提问")}
	ctx = app.WithScope(ctx, app.Scope{Workspace: l.Workspace})
	return m.o.DB.Update(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		r.FinishedAt = &now
		if err := tx.InterruptMessage(r.ID, answer.String(), reasoning.String()); err != nil {
			return err
		}
		if err := tx.DropSteps(r.ID); err != nil {
			return err
		}
		return tx.FinishRun(&r)
	})
}
