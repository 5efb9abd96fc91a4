package frame

import (
	"iter"
	"strings"

	"islet/app"
	"islet/web/route"
)

// Finished is the one frame that is told of a run which was over before anybody asked.
func Finished(o Options, ev *app.Event) route.Frame {
	g := graph{stream: stream{Options: o}}
	g.ended(ev)
	return route.Frame{Data: g.buf}
}

// Body is the answer to a caller that waits for the end of a run instead of its events. A chat app's run that failed is an
// error; that of a workflow is a body that says so.
func Body(mode app.Mode, o Options, events iter.Seq2[app.Event, error]) ([]byte, error) {
	var answer strings.Builder
	var last app.Event
	var b basis
	for ev, err := range events {
		if err != nil {
			return nil, err
		}
		switch ev.Kind {
		case app.EvReplace:
			answer.Reset()
			fallthrough
		case app.EvDelta:
			answer.WriteString(ev.Delta)
		}
		b.take(&ev)
		last = ev
	}
	g := graph{stream: stream{Options: o}}
	paused := last.Kind == app.EvRunPaused
	g.buf = append(g.buf, '{')
	switch {
	case last.Kind != app.EvRunFinished && !paused:
		return nil, errNoEnd
	case mode == app.ModeWorkflow:
		g.workflowBody(&last)
	case !paused && !last.Status.Good() && last.Status != app.Stopped:
		if mode == app.ModeAdvancedChat {
			return nil, runFailed(&last)
		}
		return nil, Failed(last.Error)
	case paused:
		g.text("event", "workflow_paused")
		g.text("task_id", string(g.Task))
		g.answer(mode, answer.String(), &b, &last)
		g.text("workflow_run_id", string(g.Run))
		g.data()
		g.answer(mode, answer.String(), &b, &last)
		g.text("workflow_run_id", string(g.Run))
		g.waits(&last)
		g.text("status", string(app.Paused))
		g.spent(&last)
		g.buf = append(g.buf, '}')
	default:
		g.text("event", "message")
		g.text("task_id", string(g.Task))
		g.answer(mode, answer.String(), &b, &last)
	}
	return append(g.buf, '}'), nil
}

func (g *graph) workflowBody(last *app.Event) {
	g.text("task_id", string(g.Task))
	g.text("workflow_run_id", string(g.Run))
	g.data()
	g.outcome(last)
	g.number("created_at", g.Created.Unix())
	if last.Kind == app.EvRunPaused {
		g.bare("finished_at", "null")
		g.waits(last)
	} else {
		g.number("finished_at", last.At.Unix())
	}
	g.buf = append(g.buf, '}')
}

// answer writes a message as those see it who wait for all of it.
func (g *graph) answer(mode app.Mode, text string, b *basis, last *app.Event) {
	g.text("id", string(g.Message))
	g.text("message_id", string(g.Message))
	if g.Conversation != "" {
		g.text("conversation_id", string(g.Conversation))
	}
	g.text("mode", string(mode))
	g.text("answer", text)
	g.json("metadata", g.metadata(b, last.Usage))
	g.number("created_at", g.Created.Unix())
}
