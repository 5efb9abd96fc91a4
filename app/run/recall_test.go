package run_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"islet/app"
	"islet/app/run"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store/kv"
)

// restarted is a manager that finds the site as an earlier process left it.
func (s *site) restarted(t *testing.T, log *kv.Store) *run.Manager {
	t.Helper()
	m := run.New(run.Options{DB: s.db, Log: log, Logger: quiet})
	t.Cleanup(func() {
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return m
}

// recorded waits until kv has n events of a run.
func (s *site) recorded(t *testing.T, id app.ID) {
	t.Helper()
	for range 100 {
		if len(s.kv.Blocks(s.ctx(), id)) > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("kv has nothing of the run")
}

func TestFollow_aRunOfAnEarlierProcess(t *testing.T) {
	s := newSite(t, run.Options{})
	id := s.start(t, s.spec(graph(t, says("a", "b", "c"))))
	want := s.all(t, id, 0)
	s.recorded(t, id)
	m := s.restarted(t, s.kv)
	for after := range want {
		var got []app.Event
		for ev, err := range m.Follow(s.ctx(), id, uint64(after)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ev)
		}
		if len(got) != len(want)-after || said(got) != said(want[after:]) {
			t.Fatalf("after %d: %d events say %q, want %d and %q", after, len(got), said(got), len(want)-after, said(want[after:]))
		}
		for i := range got {
			w := want[after+i]
			if got[i].Seq != w.Seq || got[i].Kind != w.Kind || got[i].Node != w.Node || got[i].Delta != w.Delta || !reflect.DeepEqual(got[i].Selector, w.Selector) {
				t.Errorf("after %d: event %d is %+v, want %+v", after, i, got[i], w)
			}
		}
	}
}

func TestFollow_withoutKvYieldsTheEndWithTheAnswer(t *testing.T) {
	s := newSite(t, run.Options{})
	id := s.start(t, s.spec(graph(t, says("a", "b"))))
	s.all(t, id, 0)
	empty := kv.Open(t.TempDir()+"/kv", kv.Options{Logger: quiet})
	defer func() { _ = empty.Close() }()
	for name, log := range map[string]*kv.Store{"no kv": nil, "an empty kv": empty} {
		n := 0
		for ev, err := range s.restarted(t, log).Follow(s.ctx(), id, 2) {
			if n++; err != nil || ev.Kind != app.EvRunFinished || ev.Status != app.Succeeded || ev.Seq != 3 || ev.Outputs["answer"] != "ab" || ev.Usage.TotalTokens != 3 {
				t.Errorf("%s: %+v, %v", name, ev, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d events", name, n)
		}
	}
}

func TestRecover_marksWhatACrashCutOff(t *testing.T) {
	for name, kept := range map[string]bool{"with kv": true, "without kv": false} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, run.Options{Grace: time.Millisecond})
			spec := s.spec(graph(t, waits(nil)))
			id := s.start(t, spec)
			for ev := range s.runs.Follow(s.ctx(), id, 0) {
				if ev.Kind == app.EvDelta {
					break
				}
			}
			log, want := s.kv, "one "
			if s.recorded(t, id); !kept {
				log, want = nil, ""
			}
			m := s.restarted(t, log)
			for _, err := range m.Follow(s.ctx(), id, 0) { // before Recover: it never hangs
				if err != nil {
					t.Error(err)
				}
			}
			if _, n, err := m.Recover(context.Background()); n != 1 || err != nil {
				t.Fatalf("Recover = %d, %v", n, err)
			}
			msg, row := s.message(t, spec.Run.Message), s.row(t, id)
			if msg.Status != app.Interrupted || msg.Answer != want || row.Status != app.Interrupted || row.FinishedAt == nil || row.Error == nil {
				t.Errorf("on disk: %+v, %+v", msg, row)
			}
			var last app.Event
			for ev, err := range m.Follow(s.ctx(), id, 0) {
				if last = ev; err != nil {
					t.Error(err)
				}
			}
			if last.Kind != app.EvRunFinished || last.Status != app.Interrupted || last.Error == nil {
				t.Errorf("its follower sees %+v", last)
			}
			if _, n, err := m.Recover(context.Background()); n != 0 || err != nil {
				t.Errorf("a second Recover = %d, %v", n, err)
			}
		})
	}
}

func TestManager_forgetsFinishedRunsAndReadsThemFromKv(t *testing.T) {
	s := newSite(t, run.Options{Keep: 10 * time.Millisecond})
	first := s.start(t, s.spec(graph(t, says("x", "y"))))
	s.all(t, first, 0)
	for range 200 { // more than stay in memory
		s.all(t, s.start(t, s.spec(graph(t, says("z")))), 0)
	}
	evs := s.all(t, first, 0)
	checkLog(t, evs, 0)
	if said(evs) != "xy" {
		t.Errorf("the first run says %q", said(evs))
	}
	if n := s.runs.InMemory(); n > 150 {
		t.Errorf("%d runs in memory", n)
	}
}

func TestFollow_fromKvKeepsTheKindsOfValues(t *testing.T) {
	s := newSite(t, run.Options{})
	file := app.Attachment{ID: app.NewID(), Kind: "image", Method: "tool_file", File: app.NewID(), Name: "猫.png", Size: 3, MIME: "image/png", URL: "/x"}
	id := s.start(t, s.spec(graph(t, func(context.Context, *workflow.Step) (*workflow.Result, error) {
		return &workflow.Result{Outputs: map[string]any{"text": "t", "n": int64(7), "f": 1.0, "file": file, "o": value.NewObject("z", int64(1), "a", 2.0)}}, nil
	})))
	s.all(t, id, 0)
	s.recorded(t, id)
	for ev, err := range s.restarted(t, s.kv).Follow(s.ctx(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind != app.EvNodeFinished || ev.Node != "ask" {
			continue
		}
		if ev.Outputs["n"] != int64(7) || ev.Outputs["f"] != 1.0 || ev.Outputs["file"] != file || value.Literal(ev.Outputs["o"]) != "{'z': 1, 'a': 2.0}" {
			t.Errorf("outputs from kv: %#v", ev.Outputs)
		}
		return
	}
	t.Error("the node is not in kv")
}
