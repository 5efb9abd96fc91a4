package frame_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/workflow"
	"islet/web/frame"
)

// lives follows a run that is told anew in each life: the first call gives the first one.
func lives(each ...iter.Seq2[app.Event, error]) func(context.Context, uint64) iter.Seq2[app.Event, error] {
	n := 0
	return func(context.Context, uint64) iter.Seq2[app.Event, error] {
		n++
		return each[n-1]
	}
}

func newFlow(follow func(context.Context, uint64) iter.Seq2[app.Event, error], status ...app.Status) *frame.Flow {
	n := 0
	return &frame.Flow{Began: frame.RunState{Run: &app.Run{ID: "r"}}, Steps: frame.WholeSteps, Follow: follow, Look: time.Millisecond,
		Stored: func(context.Context) (any, app.Status, error) {
			s := status[min(n, len(status)-1)]
			n++
			return frame.RunState{Run: &app.Run{ID: "r", Status: s}}, s, nil
		}}
}

func TestFlow_tellsWhatNodesDo(t *testing.T) {
	events := play(nil, app.Event{Kind: app.EvRunStarted}, app.Event{Kind: app.EvNodeStarted, Node: "it"}, app.Event{Kind: app.EvContainerStarted, Node: "it", Length: 3},
		app.Event{Kind: app.EvContainerRound, Node: "it"}, app.Event{Kind: app.EvNodeRetry, Node: "a", Status: app.Retried, Retry: 1}, app.Event{Kind: app.EvDelta, Delta: "x"},
		app.Event{Kind: app.EvNodeFinished, Node: "it", Status: app.Succeeded, Outputs: map[string]any{"secret": 1}}, app.Event{Kind: app.EvVariable}, app.Event{Kind: app.EvRunFinished})
	f := newFlow(lives(events, events, events), app.Succeeded)
	if got := names(f.Frames(t.Context(), 0)); got != "started node round round node delta node finished" {
		t.Errorf("frames %s", got)
	}
	f.Steps = frame.StepTitles
	for fr := range f.Frames(t.Context(), 0) {
		if strings.Contains(string(fr.Data), "secret") {
			t.Errorf("the data of a node is told: %s", fr.Data)
		}
	}
	f.Steps = frame.NoSteps
	if got := names(f.Frames(t.Context(), 0)); got != "started delta finished" {
		t.Errorf("without steps %s", got)
	}
}

func TestFlow_goesOnAfterAPauseFromTheStart(t *testing.T) {
	form := &app.Form{ID: "f", Token: "t"}
	first := play(nil, app.Event{Kind: app.EvRunStarted}, app.Event{Kind: app.EvFormRequired, Form: form}, app.Event{Kind: app.EvRunPaused, Forms: []*app.Form{form}})
	second := play(nil, app.Event{Kind: app.EvRunStarted}, app.Event{Kind: app.EvRunStarted, Reason: workflow.Resumption}, app.Event{Kind: app.EvFormFilled, Form: form}, app.Event{Kind: app.EvRunFinished})
	f := newFlow(lives(first, second), app.Paused, app.Paused, app.Running, app.Succeeded)
	f.Form = func(x *app.Form) *app.Form { return &app.Form{ID: x.ID} }
	if got := names(f.Frames(t.Context(), 0)); got != "started form paused started resumed form finished" {
		t.Errorf("frames %s", got)
	}
	hidden := newFlow(lives(first), app.Succeeded)
	hidden.Form = f.Form
	for fr := range hidden.Frames(t.Context(), 0) {
		if strings.Contains(string(fr.Data), `"token":"t"`) {
			t.Errorf("a token went out: %s", fr.Data)
		}
		if fr.Event == "paused" {
			break
		}
	}
}

func TestFlow_ofALostLogIsToldAsItIsStored(t *testing.T) {
	lost := errors.New("log gone")
	if got := names(newFlow(lives(play(lost, app.Event{Kind: app.EvRunStarted})), app.Failed).Frames(t.Context(), 0)); got != "started finished" {
		t.Errorf("of a run that is over %s", got)
	}
	if got := names(newFlow(lives(play(lost)), app.Running).Frames(t.Context(), 0)); got != "!internal_server_error" {
		t.Errorf("of a running one %s", got)
	}
	if got := names(newFlow(lives(play(nil, app.Event{Kind: app.EvRunFinished})), app.Succeeded).Frames(t.Context(), 0)); got != "started finished" {
		t.Errorf("of one whose log is gone %s", got)
	}
}

func TestFlow_endsWithItsReader(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := newFlow(lives(play(nil, app.Event{Kind: app.EvRunStarted}, app.Event{Kind: app.EvRunPaused})), app.Paused)
	n := 0
	for range f.Frames(ctx, 0) {
		if n++; n == 2 {
			cancel()
		}
	}
	if n != 2 {
		t.Errorf("%d frames", n)
	}
}
