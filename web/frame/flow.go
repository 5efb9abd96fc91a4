package frame

import (
	"context"
	"iter"
	"time"

	"islet/app"
	"islet/app/workflow"
	"islet/web/route"
)

// Flow writes the stream of a run for our own UI: of a workflow, or of all that happens for one answer. It begins with started
// and ends with finished or error. A run that waits for a person says paused and keeps the stream open; when it goes on, it is
// told again from started, because a run's events have other numbers in each of its lives.
type Flow struct {
	Began any // the payload of started
	Steps Steps
	// Thoughts tells of an agent's calls of tools also what went in and came out; WholeSteps does so too.
	Thoughts bool
	// Form is what the reader may see of a form; nil: all of it.
	Form func(*app.Form) *app.Form
	// Follow is run.Manager.Follow for this run.
	Follow func(ctx context.Context, after uint64) iter.Seq2[app.Event, error]
	// Stored reads what finished says, and where the run stands.
	Stored func(ctx context.Context) (payload any, status app.Status, err error)
	// Since is run.Manager.Since of the run: it grows with each life, so that a run which goes on and pauses again between
	// two looks is noticed. Optional.
	Since func(ctx context.Context) uint64
	// Look is how often a paused run is looked at; 0 is 700 ms.
	Look time.Duration
}

// Steps is how much a stream tells of what nodes do.
type Steps uint8

// The amounts.
const (
	NoSteps    Steps = iota
	StepTitles       // which node works, and how it ended
	WholeSteps       // its inputs, outputs and process data too: for who builds the app
)

// RunState is the payload of started and finished for a workflow.
type RunState struct {
	Run *app.Run `json:"run"`
}

// Step is the payload of node: one execution of one node has begun, has failed and will be tried again, or has ended.
type Step struct {
	NodeState
	At      time.Time      `json:"at"`
	Within  *app.Within    `json:"within,omitempty"`
	Retry   int            `json:"retry,omitempty"` // of the status retry: 1 is the first repetition
	Inputs  map[string]any `json:"inputs,omitempty"`
	Process map[string]any `json:"process,omitempty"`
	Outputs map[string]any `json:"outputs,omitempty"`
	Meta    map[string]any `json:"meta,omitempty"`
	Usage   *app.Usage     `json:"usage,omitempty"`
}

// Round is the payload of round: an iteration or loop goes on to its next item or round.
type Round struct {
	ID     app.ID `json:"id"` // of the container's execution
	Node   string `json:"node"`
	Round  int    `json:"round"`            // the item's index, or the number of the round; -1 before the first
	Length int    `json:"length,omitempty"` // before the first: how many items, or the most rounds
}

// Found is the payload of resources and file.
type Found struct {
	Resources []app.Resource   `json:"resources,omitempty"`
	Files     []app.Attachment `json:"files,omitempty"`
}

// Waiting is the payload of paused.
type Waiting struct {
	Forms []*app.Form `json:"forms"`
}

// FlowEvents and AnswerEvents name the events of the two kinds of stream with an example of each payload, for route.Events.
var (
	FlowEvents   = flowEvents(RunState{})
	AnswerEvents = flowEvents(State{})
)

func flowEvents(state any) map[string]any {
	return map[string]any{
		"started": state, "delta": Piece{}, "replace": Piece{}, "reasoning": Piece{}, "node": Step{}, "round": Round{}, "thought": app.Thought{}, "resources": Found{}, "file": Found{},
		"form": app.Form{}, "paused": Waiting{}, "resumed": struct{}{}, "finished": state, "error": route.Envelope{},
	}
}

const lookEvery = 700 * time.Millisecond // a person who answers a form elsewhere is seen about as soon

// Frames translates the run's events after the one numbered after, until the run has finished.
func (f *Flow) Frames(ctx context.Context, after uint64) iter.Seq2[route.Frame, error] {
	return func(yield func(route.Frame, error) bool) {
		for {
			life := f.since(ctx)
			if !f.life(ctx, after, yield) {
				return
			}
			if err := f.wait(ctx, life); err != nil {
				if !left(ctx) {
					yield(route.Frame{}, err)
				}
				return
			}
			after = 0
		}
	}
}

// life tells what happens until the run finishes or pauses; it is true after a pause.
func (f *Flow) life(ctx context.Context, after uint64, yield func(route.Frame, error) bool) (paused bool) {
	var buf []byte
	last, begun := after, after > 0
	for ev, err := range f.Follow(ctx, after) {
		if err != nil {
			f.lost(ctx, last, err, yield)
			return false
		}
		if !begun && ev.Kind != app.EvRunStarted && !yield(route.JSON(0, "started", f.Began), nil) { // its log is gone
			return false
		}
		begun, last = true, ev.Seq
		if ev.Kind == app.EvRunFinished {
			yield(f.finished(ctx, ev.Seq))
			return false
		}
		out := f.frame(&ev, buf)
		if out.Event != "" {
			buf = out.Data
		}
		if (out.Event != "" || !out.More) && !yield(out, nil) {
			return false
		}
		if ev.Kind == app.EvRunPaused {
			return true
		}
	}
	f.lost(ctx, last, errNoEnd, yield)
	return false
}

// frame is the frame for one event; an empty one, which lets go what More held back, where there is nothing to tell.
func (f *Flow) frame(ev *app.Event, buf []byte) route.Frame {
	out := route.Frame{ID: ev.Seq, More: ev.More}
	put := func(name string, v any) { out.Event, out.Data = name, appendJSON(buf[:0], v) }
	switch ev.Kind {
	case app.EvRunStarted:
		if ev.Reason == workflow.Resumption {
			put("resumed", struct{}{})
		} else {
			put("started", f.Began)
		}
	case app.EvDelta:
		out.Event, out.Data = "delta", appendPiece(buf[:0], ev.Delta)
	case app.EvReplace:
		out.Event, out.Data = "replace", appendPiece(buf[:0], ev.Delta)
	case app.EvReasoning:
		out.Event, out.Data = "reasoning", appendPiece(buf[:0], ev.Delta)
	case app.EvThought:
		if f.Thoughts || f.Steps == WholeSteps {
			put("thought", ev.Thought)
		} else {
			put("thought", Outline(*ev.Thought))
		}
	case app.EvResources:
		put("resources", Found{Resources: ev.Resources})
	case app.EvFile:
		put("file", Found{Files: ev.Files})
	case app.EvFormRequired, app.EvFormFilled, app.EvFormExpired:
		put("form", f.form(ev.Form))
	case app.EvRunPaused:
		w := Waiting{Forms: make([]*app.Form, len(ev.Forms))}
		for i := range ev.Forms {
			w.Forms[i] = f.form(ev.Forms[i])
		}
		put("paused", w)
	case app.EvNodeStarted, app.EvNodeFinished, app.EvNodeRetry:
		if f.Steps > NoSteps {
			put("node", f.step(ev))
		}
	case app.EvContainerStarted, app.EvContainerRound:
		if f.Steps > NoSteps {
			put("round", round(ev))
		}
	}
	if out.Event == "" {
		return route.Frame{More: ev.More}
	}
	return out
}

// Outline is a thought as strangers see it: which tools were called, but neither with what nor what they said.
func Outline(t app.Thought) *app.Thought {
	calls := make([]app.Call, len(t.Calls))
	for i, c := range t.Calls {
		calls[i] = app.Call{Tool: c.Tool, Label: c.Label, Input: map[string]any{}, Elapsed: c.Elapsed}
	}
	t.Calls, t.Observation = calls, ""
	return &t
}

func (f *Flow) form(form *app.Form) *app.Form {
	if f.Form == nil || form == nil {
		return form
	}
	return f.Form(form)
}

func (f *Flow) step(ev *app.Event) Step {
	s := Step{NodeState: nodeState(ev), At: ev.At, Within: ev.Within, Retry: ev.Retry, Usage: ev.Usage}
	if f.Steps == WholeSteps {
		s.Inputs, s.Process, s.Outputs, s.Meta = ev.Inputs, ev.Process, ev.Outputs, ev.Meta
	}
	return s
}

func round(ev *app.Event) Round {
	r := Round{ID: ev.Exec, Node: ev.Node, Round: ev.Round, Length: ev.Length}
	if ev.Kind == app.EvContainerStarted {
		r.Round = -1
	}
	return r
}

func (f *Flow) finished(ctx context.Context, seq uint64) (route.Frame, error) {
	payload, _, err := f.Stored(ctx)
	if err != nil {
		return route.Frame{}, err
	}
	return route.JSON(seq, "finished", payload), nil
}

func (f *Flow) since(ctx context.Context) uint64 {
	if f.Since == nil {
		return 0
	}
	return f.Since(ctx)
}

// wait returns when a paused run goes on, has gone on since, or has ended.
func (f *Flow) wait(ctx context.Context, life uint64) error {
	every := f.Look
	if every == 0 {
		every = lookEvery
	}
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		_, status, err := f.Stored(ctx)
		if err != nil || status != app.Paused || f.since(ctx) > life {
			return err
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// lost ends a stream whose events cannot be read any more: a run that is over is told as it is stored.
func (f *Flow) lost(ctx context.Context, last uint64, err error, yield func(route.Frame, error) bool) {
	if left(ctx) {
		return
	}
	payload, status, stored := f.Stored(context.WithoutCancel(ctx))
	if stored != nil || !status.Final() {
		yield(route.Frame{}, err)
		return
	}
	yield(route.JSON(last+1, "finished", payload), nil)
}
