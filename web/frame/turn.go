package frame

import (
	"context"
	"iter"

	"islet/app"
	"islet/web/route"
)

// Turn writes the stream of one answer for our own UI: started, delta, reasoning, node, and finished at the end. The id of
// every frame is the event's number, from which a cut stream is taken up again.
type Turn struct {
	Message      *app.Message
	Conversation *app.Conversation
	Steps        bool // tell what the nodes do
	// Stored reads message and conversation again, when the run has finished.
	Stored func(ctx context.Context) (*app.Message, *app.Conversation, error)
}

// Ask is the body with which our own UI asks a question.
type Ask struct {
	Query        string         `json:"query"`
	Inputs       map[string]any `json:"inputs"`
	Conversation app.ID         `json:"conversation_id"`
	Parent       *app.ID        `json:"parent_id"`
	Files        []FileRef      `json:"files"`
}

// FileRef is a file attached to a question: one that was uploaded, or a link.
type FileRef struct {
	Kind   string `json:"kind"`
	Method string `json:"method"`
	File   app.ID `json:"file_id,omitempty"`
	URL    string `json:"url,omitempty"`
}

// Attachments are the files of the question as the chat takes them.
func (a *Ask) Attachments() []app.Attachment {
	out := make([]app.Attachment, len(a.Files))
	for i, f := range a.Files {
		out[i] = app.Attachment{Kind: f.Kind, Method: f.Method, File: f.File, URL: f.URL}
	}
	return out
}

// State is the payload of started and finished.
type State struct {
	Message      *app.Message      `json:"message"`
	Conversation *app.Conversation `json:"conversation"`
}

// Piece is the payload of delta and reasoning.
type Piece struct {
	Text string `json:"text"`
}

// NodeState is the payload of node: one execution of one node has begun or ended.
type NodeState struct {
	ID      app.ID       `json:"id"` // of the execution
	Node    string       `json:"node"`
	Type    string       `json:"type"`
	Title   string       `json:"title"`
	Status  app.Status   `json:"status"`
	Elapsed float64      `json:"elapsed"`
	Error   *app.Failure `json:"error,omitempty"`
}

// TurnEvents names the events of the stream with an example of each payload, for route.Events.
var TurnEvents = map[string]any{
	"started": State{}, "delta": Piece{}, "reasoning": Piece{}, "node": NodeState{}, "finished": State{}, "error": route.Envelope{},
}

// Frames translates events until the run has finished. Where the run's log is gone, a message that is finished is told as it
// is stored; else the error ends the stream.
func (t *Turn) Frames(ctx context.Context, events iter.Seq2[app.Event, error]) iter.Seq2[route.Frame, error] {
	return func(yield func(route.Frame, error) bool) {
		var buf []byte
		var last uint64
		for ev, err := range events {
			if err != nil {
				t.lost(ctx, last, err, yield)
				return
			}
			last = ev.Seq
			if ev.Kind == app.EvRunFinished {
				yield(t.finished(ctx, ev.Seq))
				return
			}
			f := route.Frame{ID: ev.Seq, More: ev.More}
			switch ev.Kind {
			case app.EvRunStarted:
				f.Event, f.Data = "started", appendJSON(buf[:0], State{t.Message, t.Conversation})
			case app.EvDelta:
				f.Event, f.Data = "delta", appendPiece(buf[:0], ev.Delta)
			case app.EvReasoning:
				f.Event, f.Data = "reasoning", appendPiece(buf[:0], ev.Delta)
			case app.EvNodeStarted, app.EvNodeFinished:
				if t.Steps {
					f.Event, f.Data = "node", appendJSON(buf[:0], nodeState(&ev))
				}
			}
			if f.Event == "" {
				f = route.Frame{More: ev.More} // nothing to send, but perhaps the last of a batch
			} else {
				buf = f.Data
			}
			if (f.Event != "" || !f.More) && !yield(f, nil) {
				return
			}
		}
		if !left(ctx) {
			t.lost(ctx, last, errNoEnd, yield)
		}
	}
}

func appendPiece(b []byte, text string) []byte {
	b = append(b, `{"text":`...)
	return append(appendString(b, text), '}')
}

func nodeState(ev *app.Event) NodeState {
	n := NodeState{ID: ev.Exec, Node: ev.Node, Type: ev.Type, Title: ev.Title, Status: ev.Status, Elapsed: ev.Elapsed, Error: ev.Error}
	if ev.Kind == app.EvNodeStarted {
		n.Status = app.Running
	}
	return n
}

func (t *Turn) finished(ctx context.Context, seq uint64) (route.Frame, error) {
	m, c, err := t.Stored(ctx)
	if err != nil {
		return route.Frame{}, err
	}
	return route.JSON(seq, "finished", State{m, c}), nil
}

// lost ends a stream whose events cannot be read any more.
func (t *Turn) lost(ctx context.Context, last uint64, err error, yield func(route.Frame, error) bool) {
	if left(ctx) {
		return
	}
	m, c, stored := t.Stored(context.WithoutCancel(ctx))
	if stored != nil || !m.Status.Final() {
		yield(route.Frame{}, err)
		return
	}
	yield(route.JSON(last+1, "finished", State{m, c}), nil)
}
