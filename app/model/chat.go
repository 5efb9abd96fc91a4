package model

import (
	"context"
	"iter"
	"time"

	"islet/app"
)

// chatter is a resolved reference.
type chatter struct {
	line *line
	ref  app.ModelRef
}

var _ Chatter = (*chatter)(nil)

// Chat adds to the provider's chat: keys in turn and retries before the first chunk, reasoning split off the text, and
// usage as the last chunk (also before an error, when text had come).
func (c *chatter) Chat(ctx context.Context, req *Request) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		r := *req
		if r.Model == "" {
			r.Model = c.ref.Name
		}
		r.Params = merged(c.ref.Params, req.Params)
		now := time.Now()
		t := talk{req: &r, start: now, yield: yield, clock: newStopwatch(now)}
		err := c.line.try(ctx, func(k *key) (bool, error) { return t.once(ctx, k) })
		c.line.used.Store(time.Now().UnixNano())
		if t.left {
			return
		}
		if (err == nil || t.begun) && !yield(Chunk{Usage: t.total()}, nil) {
			return
		}
		if err != nil {
			yield(Chunk{}, err)
		}
	}
}

// talk is one chat as it passes through the registry.
type talk struct {
	req   *Request
	yield func(Chunk, error) bool
	start time.Time
	first time.Duration
	clock *stopwatch

	thinking Thinking
	tally    tally
	usage    *app.Usage
	begun    bool // something reached the caller
	left     bool // the caller broke off
}

// once is one attempt with one key.
func (t *talk) once(ctx context.Context, k *key) (begun bool, err error) {
	ctx = t.clock.attempt(ctx)
	defer t.clock.enter(inQueue) // until the next attempt, if there is one
	for c, err := range k.provider.(Chatter).Chat(ctx, t.req) {
		if err != nil {
			t.flush()
			return t.begun || t.left, err
		}
		if c.Usage != nil {
			t.usage, c.Usage = c.Usage, nil
		}
		t.thinking.Pass(&c)
		if c.Empty() {
			continue
		}
		if !t.pass(c) {
			return true, nil
		}
	}
	t.flush()
	return true, nil
}

func (t *talk) pass(c Chunk) bool {
	if t.first == 0 {
		t.first = time.Since(t.start)
		t.clock.enter(inTokens)
	}
	t.begun = true
	t.tally.add(&c)
	if !t.yield(c, nil) {
		t.left = true
		return false
	}
	return true
}

// flush passes on what looked like the start of a tag and was none.
func (t *talk) flush() {
	var held Chunk
	if held.Text, held.Reasoning = t.thinking.End(); !held.Empty() {
		t.pass(held)
	}
}

// total is the usage: the server's word, or an estimate for what it did not say.
func (t *talk) total() *app.Usage {
	u := app.Usage{}
	if t.usage != nil {
		u = *t.usage
	}
	if u.PromptTokens == 0 && u.CompletionTokens == 0 {
		u = t.tally.estimate(t.req)
	}
	if u.TotalTokens == 0 {
		u.TotalTokens = u.PromptTokens + u.CompletionTokens
	}
	whole, parts := t.clock.stop()
	u.Latency, u.Parts = whole.Seconds(), parts
	u.FirstToken = t.first.Seconds()
	return &u
}
