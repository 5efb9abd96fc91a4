package model

import (
	"iter"
	"strings"
)

// Thinking splits a stream of text into the answer and what stands between <think> and </think>. Pieces may be cut
// anywhere, also inside a tag. Tags are case-insensitive and the opening one may carry up to 512 characters of
// attributes. A block that is never closed is reasoning to the end. The zero value is ready; it is not safe for
// concurrent use.
type Thinking struct {
	inside bool
	trim   bool   // just after a block: drop the blank lines that models put there
	held   string // the beginning of what may become a tag
}

const maxTagAttrs = 512

// Split takes the next piece and returns what of it (and of pieces held back before) is answer and what is reasoning.
func (t *Thinking) Split(piece string) (text, reasoning string) {
	if t.held == "" && !t.inside && !t.trim && strings.IndexByte(piece, '<') < 0 {
		return piece, ""
	}
	var out, thought strings.Builder
	s := t.held + piece
	t.held = ""
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			t.put(&out, &thought, s)
			break
		}
		t.put(&out, &thought, s[:i])
		s = s[i:]
		n, whole := t.tag(s)
		if n == 0 && !whole { // could still become a tag
			t.held = s
			break
		}
		if n == 0 {
			t.put(&out, &thought, s[:1])
			s = s[1:]
			continue
		}
		t.trim = t.inside
		t.inside = !t.inside
		s = s[n:]
	}
	return out.String(), thought.String()
}

// End returns what was held back: a tag that never became one.
func (t *Thinking) End() (text, reasoning string) {
	s := t.held
	t.held = ""
	if t.inside {
		return "", s
	}
	return s, ""
}

func (t *Thinking) put(out, thought *strings.Builder, s string) {
	if t.inside {
		thought.WriteString(s)
		return
	}
	if t.trim {
		s = strings.TrimLeft(s, " \t\r\n")
		t.trim = s == ""
	}
	out.WriteString(s)
}

// tag looks for the tag that is due at the start of s, which begins with '<'. It returns the tag's length, or 0 and
// whether that is certain.
func (t *Thinking) tag(s string) (n int, certain bool) {
	name := "<think"
	if t.inside {
		name = "</think"
	}
	if len(s) < len(name) {
		return 0, !strings.EqualFold(s, name[:len(s)])
	}
	if !strings.EqualFold(s[:len(name)], name) {
		return 0, true
	}
	rest := s[len(name):]
	rest = rest[:min(len(rest), maxTagAttrs+1)] // no need to look further
	end := strings.IndexByte(rest, '>')
	attrs := rest
	if end >= 0 {
		attrs = rest[:end]
	}
	if attrs != "" && !isSpace(attrs[0]) || len(attrs) > maxTagAttrs || t.inside && strings.TrimSpace(attrs) != "" ||
		strings.IndexByte(attrs, '<') >= 0 {
		return 0, true
	}
	if end < 0 {
		return 0, false
	}
	return len(name) + end + 1, true
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// Pass splits a chunk in place. At the finish, and before a tool call, nothing is held back any more.
func (t *Thinking) Pass(c *Chunk) {
	if c.Text != "" {
		text, thought := t.Split(c.Text)
		c.Text = text
		if thought != "" {
			c.Reasoning += thought
		}
	}
	if t.held != "" && (c.Finish != "" || len(c.ToolCalls) > 0) {
		text, thought := t.End()
		c.Text += text
		c.Reasoning += thought
	}
}

// SplitThink moves the text between <think> tags of a sequence to Chunk.Reasoning. The Registry does it to every chat;
// it is for callers that hold a provider themselves.
func SplitThink(seq iter.Seq2[Chunk, error]) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		var t Thinking
		var failed error
		for c, err := range seq {
			if err != nil {
				failed = err
				break
			}
			if t.Pass(&c); !c.Empty() && !yield(c, nil) {
				return
			}
		}
		var held Chunk
		if held.Text, held.Reasoning = t.End(); !held.Empty() && !yield(held, nil) {
			return
		}
		if failed != nil {
			yield(Chunk{}, failed)
		}
	}
}
