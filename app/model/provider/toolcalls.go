package provider

import (
	"encoding/json"
	"unicode/utf8"

	"islet/app"
	"islet/app/model"
)

// toolCalls puts the pieces of tool calls in order. Servers number them, or repeat ids, or do neither; some give every
// call the number 0; some send a call at once, with the arguments as an object.
type toolCalls struct{ list []toolCall }

type toolCall struct {
	wire int // the server's number, -1 if it gave none
	id   string
	name string
	args []byte
}

// add takes a piece as it came and returns the delta for it.
func (t *toolCalls) add(wire int, id, name, args string) model.ToolCallDelta {
	i := t.find(wire, id, name)
	d := model.ToolCallDelta{Index: i, Arguments: args}
	if i == len(t.list) {
		t.list = append(t.list, toolCall{wire: wire, id: id, name: name})
		d.ID, d.Name = id, name
		if id == "" {
			d.ID = "call_" + string(app.NewID())
		}
	}
	c := &t.list[i]
	if c.name == "" && name != "" {
		c.name, d.Name = name, name
	}
	if c.id == "" && id != "" {
		c.id, d.ID = id, id
	}
	c.args = append(c.args, args...)
	return d
}

// find is the position of the call that a piece belongs to, len(list) for a new one.
func (t *toolCalls) find(wire int, id, name string) int {
	last := len(t.list) - 1
	if last < 0 {
		return 0
	}
	if id != "" {
		for i := last; i >= 0; i-- {
			if t.list[i].id == id {
				return i
			}
		}
	}
	if wire >= 0 {
		for i := last; i >= 0; i-- {
			if t.list[i].wire == wire {
				if id != "" && t.list[i].id != "" {
					return last + 1 // another id under the same number is another call
				}
				return i
			}
		}
		return last + 1
	}
	switch c := &t.list[last]; {
	case id != "" && (c.id != "" || c.name != "" && name != ""):
		return last + 1
	case id == "" && name != "" && c.name != "" && json.Valid(c.args):
		return last + 1
	}
	return last
}

// carry holds back the first bytes of a character that was cut between two chunks.
type carry struct{ held []byte }

func (c *carry) join(s string) string {
	if len(c.held) == 0 && (s == "" || s[len(s)-1] < utf8.RuneSelf) {
		return s
	}
	if len(c.held) > 0 {
		s = string(c.held) + s
		c.held = c.held[:0]
	}
	for i := len(s) - 1; i >= 0 && i >= len(s)-utf8.UTFMax; i-- {
		if !utf8.RuneStart(s[i]) {
			continue
		}
		if !utf8.FullRuneInString(s[i:]) {
			c.held = append(c.held, s[i:]...)
			return s[:i]
		}
		break
	}
	return s
}

// rest is what never became a character.
func (c *carry) rest() string {
	if len(c.held) == 0 {
		return ""
	}
	c.held = c.held[:0]
	return "�"
}
