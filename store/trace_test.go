package store_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/store"
)

func scoped() (context.Context, app.Scope) {
	s := app.Scope{Workspace: app.NewID()}
	return app.WithScope(context.Background(), s), s
}

func TestNodeRuns_areReadRightAfterTheyWereRecorded(t *testing.T) {
	db := open(t)
	ctx, scope := scoped()
	for i := range 50 {
		run := app.NewID()
		nodes := []app.NodeRun{
			{ID: app.NewID(), Run: run, App: "a", Node: "n1", Index: 1, Status: app.Succeeded, Inputs: map[string]any{"x": "y"}, StartedAt: db.Now()},
			{ID: app.NewID(), Run: run, App: "a", Node: "n2", Index: 2, Status: app.Failed, Error: &app.Failure{Code: "c", Text: app.Text{En: "e", Zh: "中"}},
				Process: map[string]any{"prompts": []any{"p"}}, Usage: &app.Usage{TotalTokens: i}, Elapsed: 0.5, StartedAt: db.Now()},
		}
		if err := db.RecordNodeRuns(scope.Workspace, nodes); err != nil {
			t.Fatal(err)
		}
		got, err := db.NodeRuns(ctx, run)
		if err != nil || len(got) != 2 {
			t.Fatalf("NodeRuns = %v, %v", got, err)
		}
		if n := got[1]; n.Node != "n2" || n.Error.Text.Zh != "中" || n.Usage.TotalTokens != i || n.Elapsed != 0.5 || !n.StartedAt.Equal(nodes[1].StartedAt) || n.Process["prompts"] == nil {
			t.Errorf("NodeRuns = %+v", n)
		}
		other, _ := scoped()
		if got, err := db.NodeRuns(other, run); err != nil || len(got) != 0 {
			t.Errorf("another workspace sees %v, %v", got, err)
		}
		if got, err := db.NodeRuns(app.WithScope(ctx, app.Scope{Workspace: scope.Workspace, App: "b"}), run); err != nil || len(got) != 0 {
			t.Errorf("another app sees %v, %v", got, err)
		}
	}
	if _, err := db.NodeRuns(context.Background(), "x"); err == nil {
		t.Error("traces were read without a workspace")
	}
}

func TestNodeRuns_sayHowANodeOfAGraphRan(t *testing.T) {
	db := open(t)
	ctx, scope := scoped()
	within := &app.Within{Type: "loop", Node: "l", Round: 2}
	n := app.NodeRun{ID: app.NewID(), Run: app.NewID(), Node: "n", Status: app.Retried, Outputs: map[string]any{"n": int64(1), "f": 1.0},
		Meta: map[string]any{"total_tokens": int64(3)}, Within: within, Retry: 1, StartedAt: db.Now()}
	if err := db.RecordNodeRuns(scope.Workspace, []app.NodeRun{n}); err != nil {
		t.Fatal(err)
	}
	got, err := db.NodeRuns(ctx, n.Run)
	if err != nil || !reflect.DeepEqual(got, []app.NodeRun{n}) {
		t.Errorf("NodeRuns = %+v, %v; want %+v", got, err, n)
	}
}

func TestPruneTraces_byAgeAndSize(t *testing.T) {
	db := open(t)
	ctx, scope := scoped()
	now := db.Now()
	runs := make([]app.ID, 40)
	for i := range runs { // one an hour, the newest last, of some 10 kB each
		runs[i] = app.NewID()
		err := db.RecordNodeRuns(scope.Workspace, []app.NodeRun{{ID: app.NewID(), Run: runs[i], Node: fmt.Sprint(i), Outputs: map[string]any{"text": strings.Repeat("x", 10_000)},
			StartedAt: now.Add(time.Duration(i-len(runs)) * time.Hour)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	left := func() (n int) {
		for i, run := range runs {
			got, err := db.NodeRuns(ctx, run)
			if err != nil {
				t.Fatal(err)
			}
			if n += len(got); len(got) == 0 && n > 0 {
				t.Errorf("run %d was deleted before older ones", i)
			}
		}
		return n
	}
	if n, err := db.PruneTraces(ctx, now.Add(-30*time.Hour-time.Minute), 1<<30); err != nil || n != 10 || left() != 30 {
		t.Errorf("by age %d went and %d are left, %v", n, left(), err)
	}
	if n, err := db.PruneTraces(ctx, now.Add(-30*time.Hour-time.Minute), 1<<30); err != nil || n != 0 {
		t.Errorf("again by age: %d, %v", n, err)
	}
	if n, err := db.PruneTraces(ctx, now.Add(-1000*time.Hour), 200_000); err != nil || n < 10 || n > 25 || left() != 30-int(n) {
		t.Errorf("by size %d went and %d are left, %v", n, left(), err)
	}
}

func TestRuns_areReadWithinTheirScope(t *testing.T) {
	db := open(t)
	ctx, scope := scoped()
	r := &app.Run{ID: app.NewID(), App: app.NewID(), Message: app.NewID(), Source: app.FromAPI, Status: app.Running, StartedAt: db.Now()}
	err := db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.InsertWorkspace(&app.Workspace{ID: scope.Workspace}); err != nil {
			return err
		}
		if err := tx.InsertApp(&app.App{ID: r.App}); err != nil {
			return err
		}
		return tx.InsertRun(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	view := func(s app.Scope) (got *app.Run, err error) {
		err = db.View(app.WithScope(ctx, s), func(s *store.Snapshot) error { got, err = s.Run(r.ID); return err })
		return got, err
	}
	if got, err := view(scope); err != nil || got.Message != r.Message || got.FinishedAt != nil || !got.StartedAt.Equal(r.StartedAt) {
		t.Errorf("Run = %+v, %v", got, err)
	}
	for _, s := range []app.Scope{{Workspace: app.NewID()}, {Workspace: scope.Workspace, App: app.NewID()}} {
		if _, err := view(s); app.KindOf(err) != app.NotFound {
			t.Errorf("Run within %+v = %v", s, err)
		}
	}
	now := db.Now()
	end := *r
	end.Status, end.Error, end.Steps, end.Usage, end.FinishedAt = app.Failed, &app.Failure{Code: "c"}, 3, app.Usage{TotalTokens: 9}, &now
	unknown := end
	unknown.ID = app.NewID()
	err = db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.FinishRun(&unknown); app.KindOf(err) != app.NotFound {
			t.Errorf("FinishRun of an unknown run = %v", err)
		}
		left, err := tx.RunsLeft()
		if err != nil || len(left) != 1 || left[0].Workspace != scope.Workspace || left[0].Run.ID != r.ID {
			t.Errorf("RunsLeft = %v, %v", left, err)
		}
		return tx.FinishRun(&end)
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := view(scope)
	if err != nil || got.Status != app.Failed || got.Error.Code != "c" || got.Steps != 3 || got.Usage.TotalTokens != 9 || !got.FinishedAt.Equal(now) {
		t.Errorf("Run = %+v, %v", got, err)
	}
}
