package frame

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/web/route"
)

// Options say what a stream of Dify's is about. What a mode does not have stays empty: a workflow has no message, a
// completion app no conversation.
type Options struct {
	Task         app.ID // what /stop takes
	Run          app.ID
	Workflow     app.ID // the version that runs; of a draft the app
	Message      app.ID
	Conversation app.ID
	Created      time.Time // of the message, or of the run where there is none
	EndUser      app.ID
	User         string      // the end user's name
	Lang         app.Lang    // of the sentence in an error
	Simple       bool        // as strangers on a web page are told: not what nodes were given and made, nor what it cost
	NoResources  bool        // nor what an answer rests on
	Annotation   *Annotation // that gave the answer: then there was nothing else to tell

	// After is the last event that was told already. Those up to it are only taken note of; with Snapshot their nodes are
	// told again, and what a chatflow has said by then comes in one piece.
	After    uint64
	Snapshot bool
}

// Ping is Dify's sign of life: an event without data.
const Ping = "event: ping\n\n"

// ForMode makes what translates the events of one run of an app of that mode, from the first one on, until it has finished or
// pauses. A stream never ends in silence: what cannot be read any more becomes an error event. A frame's data is valid until
// the next one is asked for.
func ForMode(mode app.Mode, o Options) func(ctx context.Context, events iter.Seq2[app.Event, error]) iter.Seq2[route.Frame, error] {
	t := tellerOf(mode, o)
	return func(ctx context.Context, events iter.Seq2[app.Event, error]) iter.Seq2[route.Frame, error] {
		return frames(ctx, t, events)
	}
}

func tellerOf(mode app.Mode, o Options) teller {
	s := stream{Options: o}
	if o.Annotation != nil {
		return &chatTeller{stream: s}
	}
	switch mode {
	case app.ModeWorkflow:
		return &workflowTeller{graph{stream: s}}
	case app.ModeAdvancedChat:
		return &chatflowTeller{graph: graph{stream: s}}
	case app.ModeAgent:
		return &agentTeller{stream: s}
	}
	return &chatTeller{stream: s}
}

// teller tells the events of a run as frames of its stream.
type teller interface {
	base() *stream
	// tell adds the frames of an event to the stream.
	tell(ev *app.Event)
	// fail adds the frame that ends a stream whose events cannot be read.
	fail(e *app.Error)
}

func frames(ctx context.Context, t teller, events iter.Seq2[app.Event, error]) iter.Seq2[route.Frame, error] {
	return func(yield func(route.Frame, error) bool) {
		s := t.base()
		var ev app.Event // one for all: a teller looks at it and lets it go
		for next, err := range events {
			s.reset()
			if err != nil {
				if !left(ctx) { // the client is still there and must not be left in silence
					t.fail(app.AsError(err))
					s.send(false, yield)
				}
				return
			}
			ev = next
			t.tell(&ev)
			if s.After > 0 && ev.Seq <= s.After {
				s.past(&ev)
			}
			if last := ev.Kind == app.EvRunFinished || ev.Kind == app.EvRunPaused; !s.send(ev.More && !last, yield) || last {
				return
			}
		}
		if !left(ctx) {
			s.reset()
			t.fail(app.AsError(errNoEnd))
			s.send(false, yield)
		}
	}
}

// left tells that the client went away. A context that was ended with a reason of ours (the server stops, the person was signed
// out) still has a reader, who is told that reason.
func left(ctx context.Context) bool {
	var reason *app.Error
	return ctx.Err() != nil && !errors.As(context.Cause(ctx), &reason)
}

var errNoEnd = app.Errorf(app.Internal, "run_lost", "the run ended without a result", "运行没有返回结果")

// Failed is the error of a run that ended badly.
func Failed(f *app.Failure) *app.Error {
	if f == nil {
		return app.AsError(errNoEnd)
	}
	return &app.Error{Kind: f.Kind, Code: f.Code, Text: f.Text}
}

// stream writes frames. Those of one event stand one behind the other in buf.
type stream struct {
	Options
	buf  []byte
	ends []int
	head []byte // of every frame
	task int    // where task_id begins in it
	said []byte // what a chatflow said before what is told
}

func (s *stream) base() *stream { return s }

func (s *stream) reset() { s.buf, s.ends = s.buf[:0], s.ends[:0] }

// send hands on the frames of an event. An event without any lets go what was held back, unless more is to come.
func (s *stream) send(more bool, yield func(route.Frame, error) bool) bool {
	from := 0
	for i, to := range s.ends {
		if !yield(route.Frame{Data: s.buf[from:to:to], More: more || i+1 < len(s.ends)}, nil) {
			return false
		}
		from = to
	}
	return len(s.ends) > 0 || more || yield(route.Frame{}, nil)
}

// past leaves of the frames of an old event those that a snapshot has.
func (s *stream) past(ev *app.Event) {
	speech := ev.Kind == app.EvDelta || ev.Kind == app.EvReplace || ev.Kind == app.EvReasoning
	if ev.Kind == app.EvDelta && s.Snapshot {
		s.said = append(s.said, ev.Delta...)
	}
	if ev.Kind == app.EvReplace && s.Snapshot {
		s.said = append(s.said[:0], ev.Delta...)
	}
	if speech || !s.Snapshot {
		s.reset()
	}
	if ev.Seq == s.After && len(s.said) > 0 && s.Message != "" {
		s.open("message_replace")
		s.text("answer", string(s.said))
		s.text("reason", "")
		s.close()
	}
}

// replaced tells that the whole answer is another one now: a word was in it that the app keeps out.
func (s *stream) replaced(ev *app.Event) {
	s.open("message_replace")
	s.text("answer", ev.Delta)
	s.text("reason", "output_moderation")
	s.close()
}

// open begins a frame with what every event of its mode has. Dify's error alone has no task_id.
func (s *stream) open(event string) {
	if s.head == nil {
		s.head = s.heading()
	}
	s.buf = append(s.buf, `{"event":"`...)
	s.buf = append(s.buf, event...)
	if event == "error" {
		s.buf = append(s.buf, s.head[:s.task]...)
		return
	}
	s.buf = append(s.buf, s.head...)
}

// heading is what follows the name of an event in all frames of the stream.
func (s *stream) heading() []byte {
	h := stream{buf: []byte{'"'}}
	if s.Conversation != "" {
		h.text("conversation_id", string(s.Conversation))
	}
	if s.Message != "" {
		h.text("message_id", string(s.Message))
		h.number("created_at", s.Created.Unix())
	}
	s.task = len(h.buf)
	h.text("task_id", string(s.Task))
	return h.buf
}

// close ends a frame.
func (s *stream) close() {
	s.buf = append(s.buf, '}')
	s.ends = append(s.ends, len(s.buf))
}

// error is the event that ends a stream which failed, with Dify's code for it.
func (s *stream) error(e *app.Error) {
	e = Dify(e)
	s.text("code", e.Code)
	s.number("status", int64(route.StatusOf(e.Kind)))
	s.text("message", e.Text.In(s.Lang))
}

// key begins a field of the object that is being written.
func (s *stream) key(name string) {
	if c := s.buf[len(s.buf)-1]; c != '{' && c != '[' {
		s.buf = append(s.buf, ',')
	}
	s.buf = append(s.buf, '"')
	s.buf = append(s.buf, name...)
	s.buf = append(s.buf, `":`...)
}

func (s *stream) text(name, v string) {
	s.key(name)
	s.buf = appendString(s.buf, v)
}

// texts writes a list, and null for one that is nil.
func (s *stream) texts(name string, list []string) {
	if list == nil {
		s.bare(name, "null")
		return
	}
	s.key(name)
	s.buf = append(s.buf, '[')
	for i, t := range list {
		if i > 0 {
			s.buf = append(s.buf, ',')
		}
		s.buf = appendString(s.buf, t)
	}
	s.buf = append(s.buf, ']')
}

func (s *stream) number(name string, n int64) {
	s.key(name)
	s.buf = strconv.AppendInt(s.buf, n, 10)
}

func (s *stream) seconds(name string, f float64) {
	s.key(name)
	s.buf = strconv.AppendFloat(s.buf, f, 'f', -1, 64)
}

func (s *stream) flag(name string, b bool) {
	s.key(name)
	s.buf = strconv.AppendBool(s.buf, b)
}

// bare writes JSON as it is.
func (s *stream) bare(name, json string) {
	s.key(name)
	s.buf = append(s.buf, json...)
}

// value writes a value of a variable; one that cannot be written is null.
func (s *stream) value(name string, v any) {
	s.key(name)
	raw, err := value.Encode(v)
	if err != nil {
		raw = []byte("null")
	}
	s.buf = append(s.buf, raw...)
}

// json writes something that must marshal.
func (s *stream) json(name string, v any) {
	s.key(name)
	s.buf = appendJSON(s.buf, v)
}
