package frame_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"islet/app"
	"islet/web/frame"
)

func newTurn(status app.Status) *frame.Turn {
	m, c := &app.Message{ID: "m", Answer: "so far"}, &app.Conversation{ID: "c"}
	return &frame.Turn{Message: m, Conversation: c, Steps: true, Stored: func(context.Context) (*app.Message, *app.Conversation, error) {
		return &app.Message{ID: "m", Answer: "whole", Status: status}, c, nil
	}}
}

var turnEvents = []app.Event{
	{Kind: app.EvRunStarted}, {Kind: app.EvNodeStarted, Node: "llm"}, {Kind: app.EvReasoning, Delta: "hm"}, {Kind: app.EvDelta, Delta: "whole"},
	{Kind: app.EvNodeFinished, Node: "llm", Status: app.Succeeded}, {Kind: app.EvRunFinished, Status: app.Succeeded},
}

func TestTurn_tellsATurnFromStartedToFinished(t *testing.T) {
	ctx := context.Background()
	if got := names(newTurn(app.Succeeded).Frames(ctx, play(nil, turnEvents...))); got != "started node reasoning delta node finished" {
		t.Errorf("frames %s", got)
	}
	plain := newTurn(app.Succeeded)
	plain.Steps = false
	if got := names(plain.Frames(ctx, play(nil, turnEvents...))); got != "started reasoning delta finished" {
		t.Errorf("without steps %s", got)
	}
	var seq uint64
	for f, err := range newTurn(app.Succeeded).Frames(ctx, play(nil, turnEvents...)) {
		if seq++; err != nil || f.ID != seq {
			t.Errorf("frame %s has the number %d, want %d (%v)", f.Event, f.ID, seq, err)
		}
		if f.Event == "finished" {
			var s frame.State
			if err := json.Unmarshal(f.Data, &s); err != nil || s.Message.Answer != "whole" || s.Conversation.ID != "c" {
				t.Errorf("finished says %s (%v)", f.Data, err)
			}
		}
	}
}

func TestTurn_ofALostLogIsToldFromTheMessage(t *testing.T) {
	lost := errors.New("log gone")
	if got := names(newTurn(app.Succeeded).Frames(context.Background(), play(lost, turnEvents[0]))); got != "started finished" {
		t.Errorf("of a finished message %s", got)
	}
	if got := names(newTurn(app.Running).Frames(context.Background(), play(lost, turnEvents[0]))); got != "started !internal_server_error" {
		t.Errorf("of a running message %s", got)
	}
}
