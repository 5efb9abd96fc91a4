package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"islet/app"
	"islet/app/run"
	"islet/app/workflow"
	"islet/store"
)

func TestRun_isOnDiskBeforeItsEndIsSeen(t *testing.T) {
	s := newSite(t, run.Options{})
	spec := s.spec(graph(t, says("Hi", " there")))
	id := s.start(t, spec)
	if r := s.row(t, id); r.Message != spec.Run.Message {
		t.Errorf("after Start the row is %+v", r)
	}
	var evs []app.Event
	for ev, err := range s.runs.Follow(s.ctx(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		evs = append(evs, ev)
		if ev.Kind == app.EvRunFinished {
			m, r := s.message(t, spec.Run.Message), s.row(t, id)
			if m.Answer != "Hi there" || m.Status != app.Succeeded || m.Usage.TotalTokens != 3 {
				t.Errorf("message at the end: %+v", m)
			}
			if r.Status != app.Succeeded || r.Steps != 3 || r.FinishedAt == nil || r.Usage.TotalTokens != 3 {
				t.Errorf("run at the end: %+v", r)
			}
			nodes, err := s.db.NodeRuns(s.ctx(), id)
			if err != nil || len(nodes) != 3 || nodes[1].Node != "ask" || nodes[1].Process["prompts"] == nil || nodes[1].Index != 2 {
				t.Errorf("traces at the end: %+v, %v", nodes, err)
			}
		}
	}
	if said(evs) != "Hi there" {
		t.Errorf("followers read %q", said(evs))
	}
	checkLog(t, evs, 0)
}

// checkLog checks that events are numbered without gaps, timed, and end with the end.
func checkLog(t testing.TB, evs []app.Event, after uint64) {
	t.Helper()
	for i := range evs {
		if evs[i].Seq != after+uint64(i)+1 || evs[i].At.IsZero() {
			t.Fatalf("event %d after %d has the number %d and the time %v", i, after, evs[i].Seq, evs[i].At)
		}
	}
	if n := len(evs); n == 0 || evs[n-1].Kind != app.EvRunFinished {
		t.Fatalf("the log does not end with the end: %+v", evs)
	}
}

func TestFollow_resumesAfterAnyEvent(t *testing.T) {
	s := newSite(t, run.Options{})
	id := s.start(t, s.spec(graph(t, says("a", "b", "c", "d"))))
	whole := s.all(t, id, 0)
	for after := range whole[:len(whole)-1] {
		evs := s.all(t, id, uint64(after))
		checkLog(t, evs, uint64(after))
		if len(evs) != len(whole)-after {
			t.Errorf("after %d come %d events of %d", after, len(evs), len(whole))
		}
	}
	for _, after := range []uint64{uint64(len(whole)), 1 << 40} {
		if evs := s.all(t, id, after); len(evs) != 1 || evs[0].Kind != app.EvRunFinished {
			t.Errorf("after %d, past the end, come %v", after, evs)
		}
	}
}

func TestFollow_hundredFollowersReadTheSame(t *testing.T) {
	s := newSite(t, run.Options{})
	more := make(chan string)
	id := s.start(t, s.spec(graph(t, waits(more))))
	var wg sync.WaitGroup
	texts := make([]string, 100)
	for i := range texts {
		wg.Go(func() {
			var evs []app.Event
			after := uint64(0)
			for rounds := 0; ; rounds++ { // each leaves and comes back now and then
				n := 0
				for ev, err := range s.runs.Follow(s.ctx(), id, after) {
					if err != nil {
						t.Error(err)
						return
					}
					evs = append(evs, ev)
					after = ev.Seq
					if n++; n == i%7+3 && ev.Kind != app.EvRunFinished {
						break
					}
				}
				if evs[len(evs)-1].Kind == app.EvRunFinished {
					break
				}
			}
			checkLog(t, evs, 0)
			texts[i] = said(evs)
		})
	}
	want := "one "
	for i := range 200 {
		p := fmt.Sprint(i, " ")
		want += p
		more <- p
	}
	close(more)
	wg.Wait()
	for i := range texts {
		if texts[i] != want {
			t.Fatalf("follower %d read %q", i, texts[i])
		}
	}
}

func TestFollow_aSlowFollowerCostsTheRunNothing(t *testing.T) {
	s := newSite(t, run.Options{})
	more := make(chan string)
	spec := s.spec(graph(t, waits(more)))
	id := s.start(t, spec)
	seen, goOn, done := make(chan bool), make(chan bool), make(chan []app.Event)
	go func() {
		var evs []app.Event
		for ev, err := range s.runs.Follow(s.ctx(), id, 0) {
			if err != nil {
				t.Error(err)
			}
			evs = append(evs, ev)
			if len(evs) == 1 {
				close(seen)
				<-goOn
			}
		}
		done <- evs
	}()
	<-seen
	for range 5000 {
		more <- "x"
	}
	close(more)
	s.all(t, id, 0) // the run is over while the slow one has read one event
	if m := s.message(t, spec.Run.Message); m.Status != app.Succeeded {
		t.Errorf("message is %s", m.Status)
	}
	close(goOn)
	evs := <-done
	checkLog(t, evs, 0)
	if n := len(said(evs)); n != 5004 {
		t.Errorf("the slow follower read %d bytes", n)
	}
}

func TestFollow_endsWithItsContextAndLeavesTheRunAlone(t *testing.T) {
	s := newSite(t, run.Options{})
	more := make(chan string)
	spec := s.spec(graph(t, waits(more)))
	request, hangUp := context.WithCancel(s.ctx())
	defer hangUp()
	id, err := s.runs.Start(request, spec)
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for ev, err := range s.runs.Follow(request, id, 0) {
		if last = err; ev.Kind == app.EvDelta {
			hangUp()
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("Follow ended with %v", last)
	}
	more <- "two"
	close(more)
	if got := said(s.all(t, id, 0)); got != "one two" {
		t.Errorf("after the client left the run said %q", got)
	}
	if m := s.message(t, spec.Run.Message); m.Answer != "one two" || m.Status != app.Succeeded {
		t.Errorf("message: %+v", m)
	}
}

func TestFollow_knowsWhoMaySee(t *testing.T) {
	s := newSite(t, run.Options{})
	more := make(chan string)
	defer close(more)
	id := s.start(t, s.spec(graph(t, waits(more))))
	s.all(t, s.start(t, s.spec(graph(t, says("x")))), 0)
	old := s.start(t, s.spec(graph(t, says("x"))))
	s.all(t, old, 0)
	for name, scope := range map[string]app.Scope{
		"nobody":            {},
		"another workspace": {Workspace: app.NewID()},
		"another app":       {Workspace: s.scope.Workspace, App: app.NewID()},
		"another person":    {Workspace: s.scope.Workspace, App: s.app, EndUser: app.NewID()},
	} {
		ctx := app.WithScope(context.Background(), scope)
		for _, run := range []app.ID{id, old, app.NewID()} {
			n := 0
			for _, err := range s.runs.Follow(ctx, run, 0) {
				if n++; err == nil {
					t.Errorf("%s sees a run", name)
				}
			}
			if n != 1 {
				t.Errorf("%s gets %d pairs", name, n)
			}
			if err := s.runs.Stop(ctx, run); err == nil {
				t.Errorf("%s stops a run", name)
			}
		}
	}
	for _, err := range s.runs.Follow(s.ctx(), app.NewID(), 0) {
		if app.KindOf(err) != app.NotFound {
			t.Errorf("an unknown run: %v", err)
		}
	}
}

func TestStop_keepsWhatWasSaid(t *testing.T) {
	s := newSite(t, run.Options{})
	spec := s.spec(graph(t, waits(nil)))
	id := s.start(t, spec)
	var evs []app.Event
	for ev, err := range s.runs.Follow(s.ctx(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if evs = append(evs, ev); ev.Kind == app.EvDelta {
			if err := s.runs.Stop(s.ctx(), id); err != nil {
				t.Error(err)
			}
		}
	}
	checkLog(t, evs, 0)
	if end := evs[len(evs)-1]; end.Status != app.Stopped || end.Error != nil {
		t.Errorf("the end is %+v", end)
	}
	if m := s.message(t, spec.Run.Message); m.Answer != "one " || m.Status != app.Stopped || m.Error != nil {
		t.Errorf("message: %+v", m)
	}
	nodes, err := s.db.NodeRuns(s.ctx(), id)
	if err != nil || len(nodes) != 2 || nodes[1].Status != app.Stopped || nodes[1].Process["prompts"] != "kept" {
		t.Errorf("traces: %+v, %v", nodes, err)
	}
	if err := s.runs.Stop(s.ctx(), id); err != nil {
		t.Errorf("stopping a run that is over: %v", err)
	}
}

func TestFail_keepsWhatWasSaidAndWhy(t *testing.T) {
	s := newSite(t, run.Options{})
	spec := s.spec(graph(t, func(_ context.Context, st *workflow.Step) (*workflow.Result, error) {
		st.Text("half")
		return nil, app.Errorf(app.Upstream, "stream_cut_off", "it broke", "断了").Because(errors.New("secret detail"))
	}))
	id := s.start(t, spec)
	evs := s.all(t, id, 0)
	checkLog(t, evs, 0)
	end := evs[len(evs)-1]
	if end.Status != app.Failed || end.Error == nil || end.Error.Code != "stream_cut_off" || end.Error.Text.Zh != "断了" {
		t.Errorf("the end is %+v", end)
	}
	m, r := s.message(t, spec.Run.Message), s.row(t, id)
	if m.Answer != "half" || m.Status != app.Failed || m.Error == nil || r.Status != app.Failed || r.Error == nil || r.Error.Code != "stream_cut_off" {
		t.Errorf("on disk: %+v %+v", m, r)
	}
	if raw, _ := json.Marshal(evs); strings.Contains(string(raw), "secret") {
		t.Error("the cause left the process")
	}
}

func TestStart_givesUpTheRunWhenStoringFails(t *testing.T) {
	s := newSite(t, run.Options{})
	ended := make(chan error, 1)
	spec := s.spec(graph(t, func(ctx context.Context, _ *workflow.Step) (*workflow.Result, error) {
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return nil, ctx.Err()
	}))
	broken := errors.New("no room")
	spec.Insert = func(*store.Tx) error { return broken }
	spec.Finish = func(*store.Tx, run.Outcome) error { t.Error("finished what was never stored"); return nil }
	if id, err := s.runs.Start(s.ctx(), spec); !errors.Is(err, broken) || id != "" {
		t.Errorf("Start = %q, %v", id, err)
	}
	select {
	case cause := <-ended:
		if !errors.Is(cause, broken) {
			t.Errorf("the run was cancelled because of %v", cause)
		}
	case <-time.After(100 * time.Millisecond): // it was cancelled before the node began
	}
	for _, err := range s.runs.Follow(s.ctx(), spec.Run.ID, 0) {
		if app.KindOf(err) != app.NotFound {
			t.Errorf("Follow = %v", err)
		}
	}
	gone, cancel := context.WithCancel(s.ctx())
	cancel()
	if _, err := s.runs.Start(gone, s.spec(graph(t, says("x")))); !errors.Is(err, context.Canceled) {
		t.Errorf("Start for a client that left = %v", err)
	}
}

func TestFollow_seesNothingBeforeTheRunIsOnDisk(t *testing.T) {
	s := newSite(t, run.Options{})
	for _, outcome := range []error{nil, errors.New("no room")} {
		worked, release := make(chan bool), make(chan bool)
		spec := s.spec(graph(t, func(context.Context, *workflow.Step) (*workflow.Result, error) {
			close(worked)
			return &workflow.Result{Outputs: map[string]any{"text": "x"}}, nil
		}))
		insert := spec.Insert
		spec.Insert = func(tx *store.Tx) error {
			<-release
			return errors.Join(insert(tx), outcome)
		}
		started := make(chan error)
		go func() { _, err := s.runs.Start(s.ctx(), spec); started <- err }()
		<-worked // the graph works although nothing is stored
		short, cancel := context.WithTimeout(s.ctx(), 10*time.Millisecond)
		for ev, err := range s.runs.Follow(short, spec.Run.ID, 0) {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("before the commit a follower sees %+v, %v", ev, err)
			}
		}
		cancel()
		close(release)
		if err := <-started; !errors.Is(err, outcome) {
			t.Errorf("Start = %v, want %v", err, outcome)
		}
		if outcome == nil {
			checkLog(t, s.all(t, spec.Run.ID, 0), 0)
		}
	}
}

func TestFinish_ofAnAppDeletedMeanwhile(t *testing.T) {
	s := newSite(t, run.Options{})
	more := make(chan string)
	id := s.start(t, s.spec(graph(t, waits(more))))
	if err := s.db.Update(s.ctx(), func(tx *store.Tx) error { return tx.DeleteApp(s.app) }); err != nil {
		t.Fatal(err)
	}
	close(more)
	evs := s.all(t, id, 0)
	if end := evs[len(evs)-1]; end.Status != app.Failed || end.Error == nil || end.Error.Kind != app.NotFound {
		t.Errorf("the end is %+v", end)
	}
	if err := s.runs.Close(context.Background()); err != nil {
		t.Errorf("Close = %v", err)
	}
}

func TestFinish_isTriedAgain(t *testing.T) {
	s := newSite(t, run.Options{})
	spec := s.spec(graph(t, says("x")))
	finish, tries := spec.Finish, 0
	spec.Finish = func(tx *store.Tx, o run.Outcome) error {
		if tries++; tries == 1 {
			return errors.New("passing trouble")
		}
		return finish(tx, o)
	}
	evs := s.all(t, s.start(t, spec), 0)
	if end := evs[len(evs)-1]; end.Status != app.Succeeded || tries != 2 {
		t.Errorf("after %d tries the end is %+v", tries, end)
	}
	if m := s.message(t, spec.Run.Message); m.Answer != "x" {
		t.Errorf("message: %+v", m)
	}
}

func TestFinish_thatCannotBeStoredIsSaid(t *testing.T) {
	s := newSite(t, run.Options{})
	spec := s.spec(graph(t, says("lost?")))
	spec.Finish = func(*store.Tx, run.Outcome) error { return app.Missing("message", "消息") } // in vain, so it is tried once
	id := s.start(t, spec)
	evs := s.all(t, id, 0)
	if end := evs[len(evs)-1]; end.Status != app.Failed || end.Error == nil {
		t.Errorf("the end is %+v", end)
	}
	m, r := s.message(t, spec.Run.Message), s.row(t, id)
	if m.Answer != "lost?" || m.Status != app.Interrupted || r.Status != app.Failed {
		t.Errorf("on disk: %+v, %+v", m, r)
	}
}

func TestStart_refusesTooManyRuns(t *testing.T) {
	s := newSite(t, run.Options{Limit: 3, PerApp: 2})
	more := make(chan string)
	g := graph(t, waits(more))
	a, b := s.start(t, s.spec(g)), s.start(t, s.spec(g))
	if _, err := s.runs.Start(s.ctx(), s.spec(g)); !errors.Is(err, &app.Error{Code: "app_busy"}) {
		t.Errorf("the third run of an app: %v", err)
	}
	close(more)
	s.all(t, a, 0)
	s.all(t, b, 0)
	for i := 0; ; i++ { // the place is free a moment after the end is seen
		id, err := s.runs.Start(s.ctx(), s.spec(graph(t, says("x"))))
		if err == nil {
			s.all(t, id, 0)
			break
		}
		if i == 100 {
			t.Fatalf("after two runs ended: %v", err)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestClose_drainsThenStops(t *testing.T) {
	s := newSite(t, run.Options{Grace: 30 * time.Millisecond})
	more := make(chan string)
	quick := s.spec(graph(t, waits(more)))
	s.start(t, quick)
	stuck := s.spec(graph(t, waits(nil)))
	id := s.start(t, stuck)
	follower := make(chan []app.Event)
	go func() { follower <- s.all(t, id, 0) }()
	close(more)
	if err := s.runs.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if m := s.message(t, quick.Run.Message); m.Status != app.Succeeded {
		t.Errorf("a run that ends in time is %s", m.Status)
	}
	m := s.message(t, stuck.Run.Message)
	if m.Status != app.Stopped || m.Answer != "one " || m.Error == nil || m.Error.Code != "server_shutdown" {
		t.Errorf("a run that does not end in time: %+v", m)
	}
	evs := <-follower
	if end := evs[len(evs)-1]; end.Status != app.Stopped || end.Error == nil {
		t.Errorf("its follower saw %+v", end)
	}
	if _, err := s.runs.Start(s.ctx(), s.spec(graph(t, says("x")))); !errors.Is(err, &app.Error{Code: "shutting_down"}) {
		t.Errorf("Start after Close = %v", err)
	}
}

func TestRun_manyAtOnce(t *testing.T) {
	s := newSite(t, run.Options{})
	var wg sync.WaitGroup
	var wrong atomic.Int32
	for i := range 100 {
		wg.Go(func() {
			spec := s.spec(graph(t, says(fmt.Sprint(i), "!")))
			id, err := s.runs.Start(s.ctx(), spec)
			if err != nil {
				t.Error(err)
				return
			}
			if got := said(s.all(t, id, 0)); got != fmt.Sprint(i, "!") {
				wrong.Add(1)
			}
			if m := s.message(t, spec.Run.Message); m.Answer != fmt.Sprint(i, "!") {
				wrong.Add(1)
			}
		})
	}
	wg.Wait()
	if n := wrong.Load(); n != 0 {
		t.Errorf("%d answers are wrong", n)
	}
}
