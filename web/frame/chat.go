package frame

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"time"

	"islet/app"
	"islet/web/route"
)

// Chat writes the stream of one answer of a chat app as Dify's Service API does: message … message_end, or error.
type Chat struct {
	Task         app.ID // what /stop takes
	Message      app.ID
	Conversation app.ID
	Created      time.Time // of the message
	Lang         app.Lang  // of the sentence in an error

	buf []byte
}

// Ping is Dify's sign of life: an event without data.
const Ping = "event: ping\n\n"

// Frames translates events until the run has finished. Every stream ends with message_end or error. A frame's data is valid
// until the next one is asked for.
func (c *Chat) Frames(ctx context.Context, events iter.Seq2[app.Event, error]) iter.Seq2[route.Frame, error] {
	return func(yield func(route.Frame, error) bool) {
		for ev, err := range events {
			if err != nil {
				if !left(ctx) { // the client is still there and must not be left in silence
					yield(c.Error(app.AsError(err)), nil)
				}
				return
			}
			f, ok := c.Event(&ev)
			f.More = ev.More
			if (ok || !f.More) && !yield(f, nil) || ev.Kind == app.EvRunFinished {
				return
			}
		}
		if !left(ctx) {
			yield(c.Error(app.AsError(errNoEnd)), nil)
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

// Event is the frame for one event; most events of a chat app's graph have none.
func (c *Chat) Event(ev *app.Event) (route.Frame, bool) {
	switch ev.Kind {
	case app.EvDelta:
		return c.message(ev.Delta), true
	case app.EvRunFinished:
		if ev.Status == app.Succeeded || ev.Status == app.Stopped {
			return c.end(ev.Usage), true
		}
		return c.Error(Failed(ev.Error)), true
	}
	return route.Frame{}, false
}

// Failed is the error of a run that ended badly.
func Failed(f *app.Failure) *app.Error {
	if f == nil {
		return app.AsError(errNoEnd)
	}
	return &app.Error{Kind: f.Kind, Code: f.Code, Text: f.Text}
}

func (c *Chat) message(delta string) route.Frame {
	c.open("message", true)
	c.buf = append(c.buf, `,"id":"`...)
	c.buf = append(c.buf, c.Message...)
	c.buf = append(c.buf, `","answer":`...)
	c.buf = appendString(c.buf, delta)
	c.buf = append(c.buf, `,"from_variable_selector":null}`...)
	return route.Frame{Data: c.buf}
}

func (c *Chat) end(u *app.Usage) route.Frame {
	c.open("message_end", true)
	c.buf = append(c.buf, `,"id":"`...)
	c.buf = append(c.buf, c.Message...)
	c.buf = append(c.buf, `","metadata":`...)
	c.buf = appendJSON(c.buf, NewMetadata(u))
	c.buf = append(c.buf, `,"files":[]}`...)
	return route.Frame{Data: c.buf}
}

// Error is the event that ends a stream which failed, with Dify's code for it.
func (c *Chat) Error(e *app.Error) route.Frame {
	e = Dify(e)
	c.open("error", false)
	c.buf = append(c.buf, `,"code":`...)
	c.buf = appendString(c.buf, e.Code)
	c.buf = append(c.buf, `,"status":`...)
	c.buf = strconv.AppendInt(c.buf, int64(route.StatusOf(e.Kind)), 10)
	c.buf = append(c.buf, `,"message":`...)
	c.buf = appendString(c.buf, e.Text.In(c.Lang))
	c.buf = append(c.buf, '}')
	return route.Frame{Data: c.buf}
}

// open begins the object with what every event has. Dify's error alone has no task_id.
func (c *Chat) open(event string, task bool) {
	c.buf = append(c.buf[:0], `{"event":"`...)
	c.buf = append(c.buf, event...)
	c.buf = append(c.buf, `","conversation_id":"`...)
	c.buf = append(c.buf, c.Conversation...)
	c.buf = append(c.buf, `","message_id":"`...)
	c.buf = append(c.buf, c.Message...)
	c.buf = append(c.buf, `","created_at":`...)
	c.buf = strconv.AppendInt(c.buf, c.Created.Unix(), 10)
	if task {
		c.buf = append(c.buf, `,"task_id":"`...)
		c.buf = append(c.buf, c.Task...)
		c.buf = append(c.buf, '"')
	}
}

// Metadata is what Dify tells beside an answer.
type Metadata struct {
	Usage     Usage      `json:"usage"`
	Resources []struct{} `json:"retriever_resources"` // no knowledge yet, so always empty
}

// Usage is app.Usage in Dify's shape. islet knows no prices: they are "0".
type Usage struct {
	PromptTokens        int     `json:"prompt_tokens"`
	PromptUnitPrice     string  `json:"prompt_unit_price"`
	PromptPriceUnit     string  `json:"prompt_price_unit"`
	PromptPrice         string  `json:"prompt_price"`
	CompletionTokens    int     `json:"completion_tokens"`
	CompletionUnitPrice string  `json:"completion_unit_price"`
	CompletionPriceUnit string  `json:"completion_price_unit"`
	CompletionPrice     string  `json:"completion_price"`
	TotalTokens         int     `json:"total_tokens"`
	TotalPrice          string  `json:"total_price"`
	Currency            string  `json:"currency"`
	Latency             float64 `json:"latency"`
	FirstToken          float64 `json:"time_to_first_token"`
	Generate            float64 `json:"time_to_generate"`
}

// NewMetadata is the metadata of an answer; u may be nil.
func NewMetadata(u *app.Usage) Metadata {
	if u == nil {
		u = &app.Usage{}
	}
	return Metadata{Resources: []struct{}{}, Usage: Usage{
		PromptTokens: u.PromptTokens, CompletionTokens: u.CompletionTokens, TotalTokens: u.TotalTokens,
		PromptUnitPrice: "0", PromptPriceUnit: "0.001", PromptPrice: "0",
		CompletionUnitPrice: "0", CompletionPriceUnit: "0.001", CompletionPrice: "0",
		TotalPrice: "0", Currency: "USD",
		Latency: u.Latency, FirstToken: u.FirstToken, Generate: max(u.Latency-u.FirstToken, 0),
	}}
}

// appendJSON appends v, which must marshal.
func appendJSON(b []byte, v any) []byte {
	j, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return append(b, j...)
}
