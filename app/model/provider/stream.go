package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"islet/app"
	"islet/app/model"
)

// state says how far an answer is.
type state uint8

const (
	more  state = iota // the answer goes on
	whole              // the protocol's sign of a complete answer was seen; usage may follow
	over               // nothing that matters follows
)

// decoder reads the events of one answer of one protocol.
type decoder interface {
	// decode fills out with what the event says. An error ends the answer and is ready for the caller.
	decode(ev event, out *model.Chunk) (state, error)
	// usage is what the server told, nil if it told nothing.
	usage() *app.Usage
}

// chat asks and decodes. An answer is complete when the decoder said whole or over, however the connection then ends;
// an answer whose connection ends before that is stream_cut_off, however politely it ended.
func (c *conn) chat(ctx context.Context, a *ask, d decoder) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) {
		r, err := c.do(ctx, a)
		if err != nil {
			yield(model.Chunk{}, err)
			return
		}
		defer r.close()
		s := streaming{conn: c, reply: r, events: newEvents(r), decoder: d, yield: yield}
		defer s.events.free()
		s.run()
	}
}

const mostCalls = 256 // in one answer; a model that wants more is in a loop

// streaming is an answer on its way.
type streaming struct {
	conn    *conn
	reply   *reply
	events  *events
	decoder decoder
	yield   func(model.Chunk, error) bool

	state  state
	said   bool // text, reasoning or a tool call came
	called bool // a tool call came
	finish string
	seen   int // events
}

func (s *streaming) run() {
	for s.state != over {
		ev, err := s.events.next()
		if err != nil || ev.cut {
			if s.state == whole {
				break
			}
			s.yield(model.Chunk{}, s.cutOff(err))
			return
		}
		s.seen++
		var c model.Chunk
		state, err := s.decoder.decode(ev, &c)
		if err != nil {
			s.yield(model.Chunk{}, err)
			return
		}
		if state > s.state {
			s.state = state
			if state == whole {
				s.reply.grace()
			}
		}
		if n := len(c.ToolCalls); n > 0 && c.ToolCalls[n-1].Index >= mostCalls {
			s.yield(model.Chunk{}, s.conn.fail(model.CodeTooLong, fmt.Errorf("more than %d tool calls", mostCalls)))
			return
		}
		if !s.pass(c) {
			return
		}
	}
	s.end()
}

// pass hands a chunk on; the finish waits for the end, because servers may say it before the last words.
func (s *streaming) pass(c model.Chunk) bool {
	s.called = s.called || len(c.ToolCalls) > 0
	s.said = s.said || s.called || c.Text != "" || c.Reasoning != ""
	if c.Finish != "" {
		s.finish, c.Finish = c.Finish, ""
	}
	return c.Empty() || s.yield(c, nil)
}

func (s *streaming) end() {
	if !s.said {
		code := model.CodeEmpty
		if s.finish == model.FinishFilter {
			code = model.CodeFiltered
		}
		s.yield(model.Chunk{}, s.conn.fail(code, nil))
		return
	}
	last := model.Chunk{Finish: s.finish, Usage: s.decoder.usage()}
	if last.Finish == "" {
		last.Finish = model.FinishStop
	}
	if s.called && last.Finish == model.FinishStop {
		last.Finish = model.FinishToolCalls
	}
	if s.yield(last, nil) && s.state == over {
		s.reply.drain()
	}
}

// cutOff names an end that came too early. err is nil when it came inside an event.
func (s *streaming) cutOff(err error) error {
	junk := s.events.junk
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		var e *app.Error
		if errors.As(err, &e) {
			return e
		}
		return s.reply.failed(err, true)
	case s.seen == 0 && junk != "":
		return s.conn.fail(model.CodeBadAnswer, fmt.Errorf("no event in the answer (%s); it begins with %q", s.reply.resp.Header.Get("Content-Type"), junk))
	case err == nil && s.seen == 0 && strings.Contains(s.reply.resp.Header.Get("Content-Type"), "html"):
		return s.conn.fail(model.CodeBadAnswer, errNotJSON)
	case err == nil:
		return s.conn.fail(model.CodeCutOff, errors.New("the stream ended inside an event"))
	}
	return s.conn.fail(model.CodeCutOff, errors.New("the stream ended without saying that the answer is complete"))
}

// badEvent is the error for an event that is not what the protocol says.
func (c *conn) badEvent(ev event, err error) error {
	return c.fail(model.CodeBadAnswer, fmt.Errorf("%w: %.200q", err, ev.data))
}

// failedEvent is the error that an event reports, nil if it reports none.
func (c *conn) failedEvent(ev event) error {
	if !ev.json {
		if ev.name != "error" {
			return nil
		}
		return c.classify(0, &problem{message: fmt.Sprintf("%.300s", ev.data)}, model.CodeStream)
	}
	p := problemIn(ev.data)
	if p == nil && ev.name == "error" {
		p = &problem{message: fmt.Sprintf("%.300s", ev.data)}
	}
	if p == nil {
		return nil
	}
	return c.classify(0, p, model.CodeStream)
}
