package run

import (
	"context"
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
	whole := len(events) > 0 && events[len(events)-1].Kind == app.EvRunFinished
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
		answer, _, err := s.RunAnswer(run)
		if err != nil {
			return err
		}
		ev = app.Event{Kind: app.EvRunFinished, At: r.StartedAt, Status: r.Status, Error: r.Error, Usage: &r.Usage, Steps: r.Steps,
			Outputs: map[string]any{"answer": answer}}
		if r.FinishedAt != nil {
			ev.At, ev.Elapsed = *r.FinishedAt, r.FinishedAt.Sub(r.StartedAt).Seconds()
		}
		if !r.Status.Final() { // nobody works on it: it is from before the server's last start
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

// Recover closes what an earlier process left open: its running runs become interrupted, and their messages too, with as
// much of the answer as kv has. It returns how many there were. Call it before the first Start.
func (m *Manager) Recover(ctx context.Context) (int, error) {
	var left []store.RunLeft
	err := m.o.DB.View(ctx, func(s *store.Snapshot) (err error) {
		left, err = s.RunsLeft()
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, l := range left {
		if err := m.interrupt(ctx, l); err != nil {
			return 0, err
		}
	}
	return len(left), nil
}

func (m *Manager) interrupt(ctx context.Context, l store.RunLeft) error {
	var answer, reasoning strings.Builder
	for _, ev := range m.kept(ctx, l.Run.ID) {
		switch ev.Kind {
		case app.EvDelta:
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
		return tx.FinishRun(&r)
	})
}
