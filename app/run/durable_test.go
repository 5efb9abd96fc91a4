package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"islet/app"
	"islet/app/run"
	"islet/app/workflow"
	"islet/store"
)

// chain is a graph of nodes in a row, each of its own type, between start and an answer that says what all of them made.
func chain(t testing.TB, nodes map[string]workflow.Type, order ...string) *workflow.Graph {
	t.Helper()
	text := ""
	for _, id := range order {
		text += "{{#" + id + ".text#}}"
	}
	types := workflow.Types{
		"start":  {Class: workflow.Root, New: fixed(play(func(context.Context, *workflow.Step) (*workflow.Result, error) { return &workflow.Result{}, nil }))},
		"answer": {Class: workflow.Response, New: fixed(answer{workflow.ParseTemplate(text)})},
	}
	type object = map[string]any
	list := []any{object{"id": "start", "data": object{"type": "start"}}}
	var edges []any
	last := "start"
	for _, id := range append(order, "answer") {
		if n, ok := nodes[id]; ok {
			types[id] = n
		}
		list = append(list, object{"id": id, "data": object{"type": id}})
		edges = append(edges, object{"source": last, "target": id, "sourceHandle": "source"})
		last = id
	}
	raw, err := json.Marshal(object{"nodes": list, "edges": edges})
	if err != nil {
		t.Fatal(err)
	}
	g, err := workflow.Parse(raw, types)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// counted is a node that says its text and counts how often it ran.
func counted(n *atomic.Int32, text string) workflow.Type {
	return workflow.Type{New: fixed(play(func(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
		n.Add(1)
		return says(text)(ctx, s)
	}))}
}

// hangs is a node that says a piece and then works until its run ends.
func hangs(begun chan<- struct{}) workflow.Type {
	return workflow.Type{New: fixed(play(func(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
		s.Text("half")
		begun <- struct{}{}
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}))}
}

func (s *site) durable(g *workflow.Graph) run.Spec {
	spec := s.spec(g)
	spec.Durable = true
	spec.Pause = spec.Finish
	return spec
}

// crashed is the manager of the next process. The first one goes on, as if its machine had vanished for the second.
func (s *site) crashed(rebuild func(context.Context, *app.Run, run.State) (run.Spec, error)) *run.Manager {
	return run.New(run.Options{DB: s.db, Log: s.kv, Logger: quiet, Grace: time.Millisecond, Rebuild: rebuild})
}

// again rebuilds the run of spec with another graph.
func again(spec run.Spec, g *workflow.Graph) func(context.Context, *app.Run, run.State) (run.Spec, error) {
	return func(context.Context, *app.Run, run.State) (run.Spec, error) {
		next := spec
		next.Graph, next.Insert = g, nil
		next.Input = workflow.Input{}
		return next, nil
	}
}

func collect(t testing.TB, m *run.Manager, ctx context.Context, id app.ID) []app.Event { //nolint:revive // t first, as everywhere here
	t.Helper()
	var evs []app.Event
	for ev, err := range m.Follow(ctx, id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		evs = append(evs, ev)
	}
	return evs
}

func TestDurable_aStepIsOnDiskBeforeItIsSeen(t *testing.T) {
	s := newSite(t, run.Options{Grace: time.Millisecond})
	begun := make(chan struct{}, 1)
	var n atomic.Int32
	spec := s.durable(chain(t, map[string]workflow.Type{"one": counted(&n, "1"), "two": hangs(begun)}, "one", "two"))
	id := s.start(t, spec)
	for ev, err := range s.runs.Follow(s.ctx(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind == app.EvNodeFinished && ev.Node == "one" {
			if steps := s.steps(t, id); len(steps) != 2 || !strings.Contains(steps[1], `"path":"one"`) {
				t.Errorf("a follower sees that one is done, and the journal holds %v", steps)
			}
			break
		}
	}
}

// steps is the journal of a run on disk.
func (s *site) steps(t testing.TB, id app.ID) (out []string) {
	t.Helper()
	err := s.db.View(s.ctx(), func(sn *store.Snapshot) error {
		raw, err := sn.Steps(id)
		for _, r := range raw {
			out = append(out, string(r))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDurable_leavesNoJournalWhenItEnds(t *testing.T) {
	s := newSite(t, run.Options{})
	var n atomic.Int32
	id := s.start(t, s.durable(chain(t, map[string]workflow.Type{"one": counted(&n, "1")}, "one")))
	checkLog(t, s.all(t, id, 0), 0)
	if steps := s.steps(t, id); len(steps) != 0 {
		t.Errorf("left: %v", steps)
	}
}

func TestRecover_goesOnFromTheLastFinishedNode(t *testing.T) {
	s := newSite(t, run.Options{Grace: time.Millisecond})
	begun := make(chan struct{}, 1)
	var one, two, three atomic.Int32
	spec := s.durable(chain(t, map[string]workflow.Type{"one": counted(&one, "1"), "two": hangs(begun), "three": counted(&three, "3")}, "one", "two", "three"))
	id := s.start(t, spec)
	<-begun
	s.waitSteps(t, id, 2)
	next := chain(t, map[string]workflow.Type{"one": counted(&one, "wrong"), "two": counted(&two, "2"), "three": counted(&three, "3")}, "one", "two", "three")
	m := s.crashed(again(spec, next))
	defer func() { _ = m.Close(context.Background()) }()
	if resumed, interrupted, err := m.Recover(context.Background()); resumed != 1 || interrupted != 0 || err != nil {
		t.Fatalf("Recover = %d, %d, %v", resumed, interrupted, err)
	}
	evs := collect(t, m, s.ctx(), id)
	checkLog(t, evs, 0)
	if got := said(evs); got != "123" {
		t.Errorf("it says %q", got)
	}
	if one.Load() != 1 || two.Load() != 1 || three.Load() != 1 {
		t.Errorf("ran %d, %d, %d times", one.Load(), two.Load(), three.Load())
	}
	if msg, row := s.message(t, spec.Run.Message), s.row(t, id); msg.Answer != "123" || msg.Status != app.Succeeded || row.Status != app.Succeeded || row.Usage.TotalTokens != 6 {
		t.Errorf("on disk: %+v, %+v", msg, row)
	}
	if since := m.Since(s.ctx(), id); since == 0 || evs[since].Reason != workflow.Resumption {
		t.Errorf("Since = %d of %d events", since, len(evs))
	}
}

// waitSteps waits until the journal of a run has so many entries.
func (s *site) waitSteps(t testing.TB, id app.ID, n int) {
	t.Helper()
	for range 500 {
		if len(s.steps(t, id)) >= n {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatalf("the journal stays at %v", s.steps(t, id))
}

func TestRecover_neverRepeatsAnEffect(t *testing.T) {
	s := newSite(t, run.Options{Grace: time.Millisecond})
	begun := make(chan struct{}, 1)
	post := hangs(begun)
	post.Effects = true
	spec := s.durable(chain(t, map[string]workflow.Type{"post": post}, "post"))
	id := s.start(t, spec)
	<-begun // the effect may have taken place
	var repeated atomic.Int32
	again2 := counted(&repeated, "x")
	again2.Effects = true
	m := s.crashed(again(spec, chain(t, map[string]workflow.Type{"post": again2}, "post")))
	defer func() { _ = m.Close(context.Background()) }()
	if resumed, _, err := m.Recover(context.Background()); resumed != 1 || err != nil {
		t.Fatalf("Recover = %d, %v", resumed, err)
	}
	evs := collect(t, m, s.ctx(), id)
	end := evs[len(evs)-1]
	if end.Status != app.Interrupted || end.Error == nil || end.Error.Code != "node_interrupted" || repeated.Load() != 0 {
		t.Errorf("it ends with %+v, and the effect was repeated %d times", end, repeated.Load())
	}
	if row := s.row(t, id); row.Status != app.Interrupted {
		t.Errorf("on disk: %+v", row)
	}
}

func TestRecover_givesUpARunThatEndsTheServerEachTime(t *testing.T) {
	s := newSite(t, run.Options{Grace: time.Millisecond})
	begun := make(chan struct{}, 8)
	g := chain(t, map[string]workflow.Type{"two": hangs(begun)}, "two")
	spec := s.durable(g)
	id := s.start(t, spec)
	<-begun
	s.waitSteps(t, id, 1)
	for life := 1; ; life++ {
		m := s.crashed(again(spec, g))
		t.Cleanup(func() { _ = m.Close(context.Background()) })
		resumed, interrupted, err := m.Recover(context.Background())
		if err != nil || resumed+interrupted != 1 {
			t.Fatalf("life %d: Recover = %d, %d, %v", life, resumed, interrupted, err)
		}
		if interrupted == 1 {
			if life != 4 {
				t.Errorf("given up in life %d", life)
			}
			break
		}
		<-begun
	}
	if row := s.row(t, id); row.Status != app.Interrupted || len(s.steps(t, id)) != 0 {
		t.Errorf("on disk: %+v, %v", row, s.steps(t, id))
	}
}

// asks is a node that waits for a form the first time and says what was chosen when the run goes on.
func asks(s *site, form *app.Form) workflow.Type {
	return workflow.Type{Class: workflow.Branch, New: fixed(play(func(ctx context.Context, st *workflow.Step) (*workflow.Result, error) {
		var now *app.Form
		err := s.db.View(ctx, func(sn *store.Snapshot) (err error) { now, err = sn.FormAt(st.Run, st.Path); return err })
		if app.KindOf(err) == app.NotFound {
			*form = app.Form{ID: app.NewID(), Run: st.Run, App: s.app, Path: st.Path, Node: st.Node, Token: string(app.NewID()), Status: app.FormWaiting,
				Fields: []app.FormField{}, Actions: []app.FormAction{{ID: "source"}}, ExpiresAt: s.db.Now().Add(time.Hour), CreatedAt: s.db.Now()}
			err = s.db.Update(ctx, func(tx *store.Tx) error { return tx.InsertForm(form) })
			now = form
		}
		if err != nil {
			return nil, err
		}
		if now.Status == app.FormWaiting {
			return &workflow.Result{Pause: now}, nil
		}
		return &workflow.Result{Outputs: map[string]any{"text": "chose " + now.Action}, Handle: now.Action}, nil
	}))}
}

func TestPause_waitsForAFormAndGoesOn(t *testing.T) {
	var s *site
	var spec run.Spec
	s = newSite(t, run.Options{Rebuild: func(ctx context.Context, r *app.Run, st run.State) (run.Spec, error) {
		return again(spec, spec.Graph)(ctx, r, st)
	}})
	var one, three atomic.Int32
	var form app.Form
	spec = s.durable(chain(t, map[string]workflow.Type{"one": counted(&one, "one, "), "ask": asks(s, &form), "three": counted(&three, "!")}, "one", "ask", "three"))
	id := s.start(t, spec)
	evs := s.all(t, id, 0)
	if end := evs[len(evs)-1]; end.Kind != app.EvRunPaused || len(end.Forms) != 1 || end.Forms[0].ID != form.ID {
		t.Fatalf("it ends with %+v", end)
	}
	if msg, row := s.message(t, spec.Run.Message), s.row(t, id); msg.Status != app.Paused || row.Status != app.Paused {
		t.Errorf("on disk: %+v, %+v", msg, row)
	}
	if err := s.runs.Resume(s.ctx(), id); err != nil { // nobody has answered: it waits again
		t.Fatal(err)
	}
	if evs = s.all(t, id, 0); evs[len(evs)-1].Kind != app.EvRunPaused {
		t.Fatalf("it goes on without an answer: %+v", evs[len(evs)-1])
	}
	err := s.db.Update(s.ctx(), func(tx *store.Tx) error { return tx.SubmitForm(form.ID, "source", map[string]any{}, tx.Now()) })
	if err := errors.Join(err, s.runs.Resume(s.ctx(), id)); err != nil {
		t.Fatal(err)
	}
	evs = s.all(t, id, 0)
	checkLog(t, evs, 0)
	if got := said(evs); got != "one, chose source!" || one.Load() != 1 || three.Load() != 1 {
		t.Errorf("it says %q; ran %d and %d times", got, one.Load(), three.Load())
	}
	if msg, row := s.message(t, spec.Run.Message), s.row(t, id); msg.Status != app.Succeeded || msg.Answer != "one, chose source!" || row.Status != app.Succeeded {
		t.Errorf("on disk: %+v, %+v", msg, row)
	}
	execs := map[string]app.ID{}
	for _, ev := range evs {
		if ev.Node == "" {
			continue
		}
		if before, seen := execs[ev.Node]; seen && before != ev.Exec {
			t.Errorf("node %s has two executions", ev.Node)
		}
		execs[ev.Node] = ev.Exec
	}
}

func TestStop_endsAPausedRunAndKeepsWhatItSaid(t *testing.T) {
	var s *site
	var spec run.Spec
	s = newSite(t, run.Options{Rebuild: func(ctx context.Context, r *app.Run, st run.State) (run.Spec, error) {
		return again(spec, spec.Graph)(ctx, r, st)
	}})
	var one atomic.Int32
	var form app.Form
	first := workflow.Type{Class: workflow.Response, New: fixed(spoken{answer{workflow.ParseTemplate("said")}, &one})}
	spec = s.durable(chain(t, map[string]workflow.Type{"first": first, "ask": asks(s, &form)}, "first", "ask"))
	id := s.start(t, spec)
	s.all(t, id, 0)
	if err := s.runs.Stop(s.ctx(), id); err != nil {
		t.Fatal(err)
	}
	evs := s.all(t, id, 0)
	if end := evs[len(evs)-1]; end.Status != app.Stopped || said(evs) != "said" || one.Load() != 1 {
		t.Errorf("it ends with %+v after %q", end, said(evs))
	}
	if msg := s.message(t, spec.Run.Message); msg.Status != app.Stopped || msg.Answer != "said" {
		t.Errorf("message: %+v", msg)
	}
}

// spoken is an answer that counts how often it ran.
type spoken struct {
	answer
	n *atomic.Int32
}

func (a spoken) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	a.n.Add(1)
	return a.answer.Run(ctx, s)
}

func TestRecover_takesUpAPausedRunWhoseFormWasAnsweredLast(t *testing.T) {
	s := newSite(t, run.Options{})
	var form app.Form
	spec := s.durable(chain(t, map[string]workflow.Type{"ask": asks(s, &form)}, "ask"))
	id := s.start(t, spec)
	s.all(t, id, 0)
	if err := s.db.Update(s.ctx(), func(tx *store.Tx) error { return tx.SubmitForm(form.ID, "source", map[string]any{}, tx.Now()) }); err != nil {
		t.Fatal(err)
	}
	m := s.crashed(again(spec, spec.Graph)) // before the run was told
	defer func() { _ = m.Close(context.Background()) }()
	if resumed, _, err := m.Recover(context.Background()); resumed != 1 || err != nil {
		t.Fatalf("Recover = %d, %v", resumed, err)
	}
	if got := said(collect(t, m, s.ctx(), id)); got != "chose source" {
		t.Errorf("it says %q", got)
	}
}

func TestRemember_isStoredWithTheStepThatWrote(t *testing.T) {
	s := newSite(t, run.Options{Grace: time.Millisecond})
	begun := make(chan struct{}, 1)
	writes := workflow.Type{New: fixed(play(func(context.Context, *workflow.Step) (*workflow.Result, error) {
		return &workflow.Result{Updates: []workflow.Update{{Selector: workflow.Selector{"conversation", "n"}, Value: int64(7)}}}, nil
	}))}
	spec := s.durable(chain(t, map[string]workflow.Type{"write": writes, "two": hangs(begun)}, "write", "two"))
	spec.Remember = func(tx *store.Tx, updates []workflow.Update) error {
		return tx.PutConversationVariables(s.conv, store.ConversationVariable{ID: "1", Name: updates[0].Selector[1], Type: "number", Value: updates[0].Value})
	}
	id := s.start(t, spec)
	<-begun
	s.waitSteps(t, id, 2)
	var vars []store.ConversationVariable
	if err := s.db.View(s.ctx(), func(sn *store.Snapshot) (err error) { vars, err = sn.ConversationVariables(s.conv); return err }); err != nil {
		t.Fatal(err)
	}
	if len(vars) != 1 || vars[0].Value != int64(7) {
		t.Errorf("remembered: %+v", vars)
	}
}
