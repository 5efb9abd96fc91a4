package run_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"islet/app"
	"islet/app/run"
	"islet/app/workflow"
	"islet/store"
)

// paused is a site with a run that waits for a form.
func paused(t *testing.T) (s *site, spec run.Spec, id app.ID, form *app.Form) {
	t.Helper()
	s = newSite(t, run.Options{Rebuild: func(ctx context.Context, r *app.Run, st run.State) (run.Spec, error) {
		return again(spec, spec.Graph)(ctx, r, st)
	}})
	form = &app.Form{}
	var n atomic.Int32
	spec = s.durable(chain(t, map[string]workflow.Type{"ask": asks(s, form), "three": counted(&n, "!")}, "ask", "three"))
	id = s.start(t, spec)
	s.all(t, id, 0)
	return s, spec, id, form
}

func (s *site) submit(t *testing.T, form *app.Form) {
	t.Helper()
	if err := s.db.Update(s.ctx(), func(tx *store.Tx) error { return tx.SubmitForm(form.ID, "source", map[string]any{}, tx.Now()) }); err != nil {
		t.Fatal(err)
	}
}

func TestResume_ofManyAtOnceOneWinsAndNobodyWaitsForEver(t *testing.T) {
	for range 30 {
		s, spec, id, form := paused(t)
		s.submit(t, form)
		var wg sync.WaitGroup
		var resumed atomic.Int32
		for range 4 {
			wg.Go(func() {
				if err := s.runs.Resume(s.ctx(), id); err == nil {
					resumed.Add(1)
				} else if app.KindOf(err) != app.Conflict {
					t.Error(err)
				}
			})
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(s.ctx(), 10*time.Second)
				defer cancel()
				for _, err := range s.runs.Follow(ctx, id, 0) {
					if err != nil {
						t.Errorf("a follower: %v", err)
					}
				}
			})
		}
		wg.Wait()
		evs := s.all(t, id, 0)
		if end := evs[len(evs)-1]; end.Status != app.Succeeded || said(evs) != "chose source!" {
			t.Fatalf("it ends with %s after %q (%d resumed)", end.Status, said(evs), resumed.Load())
		}
		if m := s.message(t, spec.Run.Message); m.Status != app.Succeeded {
			t.Fatalf("message: %+v", m)
		}
	}
}

func TestStop_atTheMomentOfAPauseIsNotLost(t *testing.T) {
	for i := range 40 {
		var s *site
		var spec run.Spec
		s = newSite(t, run.Options{Rebuild: func(ctx context.Context, r *app.Run, st run.State) (run.Spec, error) {
			return again(spec, spec.Graph)(ctx, r, st)
		}})
		var form app.Form
		spec = s.durable(chain(t, map[string]workflow.Type{"ask": asks(s, &form)}, "ask"))
		id := s.start(t, spec)
		time.Sleep(time.Duration(i) * 200 * time.Microsecond)
		if err := s.runs.Stop(s.ctx(), id); err != nil && app.KindOf(err) != app.Conflict {
			t.Fatal(err)
		}
		for range 200 {
			if s.row(t, id).Status.Final() {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		if r := s.row(t, id); r.Status != app.Stopped {
			t.Fatalf("round %d: the run is %s", i, r.Status)
		}
		if form.ID == "" {
			continue
		}
		err := s.db.Update(s.ctx(), func(tx *store.Tx) error { return tx.SubmitForm(form.ID, "source", map[string]any{}, tx.Now()) })
		if app.KindOf(err) != app.Conflict && app.KindOf(err) != app.NotFound {
			t.Fatalf("round %d: the form of a stopped run takes an answer: %v", i, err)
		}
	}
}

func TestGoOn_isOwedWhatThereWasNoRoomFor(t *testing.T) {
	var s *site
	var spec run.Spec
	s = newSite(t, run.Options{Limit: 1, Rebuild: func(ctx context.Context, r *app.Run, st run.State) (run.Spec, error) {
		return again(spec, spec.Graph)(ctx, r, st)
	}})
	var form app.Form
	spec = s.durable(chain(t, map[string]workflow.Type{"ask": asks(s, &form)}, "ask"))
	id := s.start(t, spec)
	s.all(t, id, 0)
	more := make(chan string)
	other := s.start(t, s.spec(graph(t, waits(more)))) // takes the only place
	s.submit(t, &form)
	ctx, cancel := context.WithCancel(s.ctx())
	cancel() // whoever answered has left
	s.runs.GoOn(ctx, id)
	if r := s.row(t, id); r.Status != app.Paused {
		t.Fatalf("without room the run is %s", r.Status)
	}
	close(more)
	s.all(t, other, 0)
	for range 100 {
		s.runs.Owed()
		if s.row(t, id).Status.Final() {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if got := said(s.all(t, id, 0)); got != "chose source" {
		t.Errorf("it says %q", got)
	}
}

func TestDurable_whatTheJournalCouldNotWriteIsNotLost(t *testing.T) {
	s := newSite(t, run.Options{Grace: time.Millisecond})
	var broken atomic.Bool
	broken.Store(true)
	wrote := make(chan struct{}, 1)
	writes := workflow.Type{New: fixed(play(func(context.Context, *workflow.Step) (*workflow.Result, error) {
		return &workflow.Result{Outputs: map[string]any{"text": "w"}, Updates: []workflow.Update{{Selector: workflow.Selector{"conversation", "n"}, Value: int64(7)}}}, nil
	}))}
	slow := workflow.Type{New: fixed(play(func(ctx context.Context, st *workflow.Step) (*workflow.Result, error) {
		select {
		case <-wrote: // the batch was refused, for a reason that passes
		case <-ctx.Done():
		}
		broken.Store(false)
		return says("s")(ctx, st)
	}))}
	spec := s.durable(chain(t, map[string]workflow.Type{"write": writes, "slow": slow}, "write", "slow"))
	kept := 0
	spec.Remember = func(_ *store.Tx, updates []workflow.Update) error {
		if broken.Load() {
			select {
			case wrote <- struct{}{}:
			default:
			}
			return errors.New("no room for the moment")
		}
		kept += len(updates)
		return nil
	}
	id := s.start(t, spec)
	s.all(t, id, 0)
	if r := s.row(t, id); r.Status != app.Succeeded && r.Status != app.Failed {
		t.Errorf("the run is %s", r.Status)
	}
	if kept != 1 {
		t.Errorf("%d writes were kept: %s", kept, fmt.Sprint(s.row(t, id).Status))
	}
}
