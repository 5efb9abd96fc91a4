package run

import (
	"strings"
	"unicode/utf8"

	"islet/app"
)

// Screen keeps words out of what a run says. As soon as one of them would be said, in whatever case, everything that was said is
// replaced by Reply (EvReplace) and the run ends well: nobody is shown the word, not even half of it. The zero value keeps
// nothing out.
type Screen struct {
	Words []string
	Reply string
}

// Hit tells whether a text holds one of the words.
func (s Screen) Hit(text string) bool {
	low := strings.ToLower(text)
	for _, w := range s.Words {
		if w = strings.ToLower(strings.TrimSpace(w)); w != "" && strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// screen is a Screen at work on one run. It belongs to the run's goroutine.
type screen struct {
	words []string // lower case
	reply string
	held  []app.Event // said, but may be the beginning of a word
	tail  string      // the text of held, in lower case
	hit   bool
}

func newScreen(s Screen) *screen {
	c := &screen{reply: s.Reply}
	for _, w := range s.Words {
		if w = strings.ToLower(strings.TrimSpace(w)); w != "" {
			c.words = append(c.words, w)
		}
	}
	if len(c.words) == 0 {
		return nil
	}
	return c
}

// pass returns what may be told now that ev has happened, in order.
func (c *screen) pass(ev app.Event) []app.Event {
	if c == nil {
		return []app.Event{ev}
	}
	switch ev.Kind {
	case app.EvReasoning, app.EvThought: // what is thought is no answer; but nothing of it is told any more after a word was found
		if c.hit || ev.Thought != nil && c.holds(strings.ToLower(ev.Thought.Thought+"\n"+ev.Thought.Answer)) {
			return nil
		}
		return []app.Event{ev}
	case app.EvDelta:
	default:
		return []app.Event{ev}
	}
	if c.hit {
		return nil
	}
	c.held, c.tail = append(c.held, ev), c.tail+strings.ToLower(ev.Delta)
	if c.holds(c.tail) {
		c.hit, c.held = true, nil
		ev.Kind, ev.Delta, ev.Final = app.EvReplace, c.reply, false
		return []app.Event{ev}
	}
	return c.let(c.open())
}

// end returns what was held back and is no word after all.
func (c *screen) end() []app.Event {
	if c == nil {
		return nil
	}
	return c.let(0)
}

func (c *screen) holds(text string) bool {
	for _, w := range c.words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// open is how many bytes at the end of the tail may be the beginning of a word.
func (c *screen) open() (n int) {
	for _, w := range c.words {
		for k := min(len(w)-1, len(c.tail)); k > n; k-- {
			if strings.HasSuffix(c.tail, w[:k]) {
				n = k
			}
		}
	}
	return n
}

// let lets go what is held but the last keep bytes of the tail. The piece in which they begin is cut in two. Where lower case has
// other lengths than what was written, the whole piece waits.
func (c *screen) let(keep int) (out []app.Event) {
	c.tail = c.tail[len(c.tail)-keep:]
	rest := keep
	first := len(c.held)
	for first > 0 && rest > 0 {
		first--
		rest -= len(c.held[first].Delta)
	}
	out = append(out, c.held[:first]...)
	c.held = c.held[first:]
	if rest < 0 && len(c.held) > 0 {
		ev := c.held[0]
		cut := -rest
		for cut > 0 && !utf8.RuneStart(ev.Delta[cut]) {
			cut--
		}
		if cut > 0 {
			front := ev
			front.Delta, front.Final = ev.Delta[:cut], false
			out = append(out, front)
			c.held[0].Delta = ev.Delta[cut:]
		}
	}
	if len(c.held) == 0 {
		c.held = nil
	}
	return out
}
