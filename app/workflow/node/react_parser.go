package node

import (
	"strings"

	"islet/app/value"
)

// reactParser reads what a model says under the ReAct prompt, in pieces that may be cut anywhere: thoughts, and then an action
// as a JSON object (bare or in a code fence) or as lines ("Action: name", "Action Input: …"), or the final answer. What stands
// behind an action is dropped: models like to invent what a tool would say.
type reactParser struct {
	tool func(name string) bool // is there a tool of that name

	buf   string // not decided yet
	state reactState
	prev  byte // the last byte of what is decided
	line  bool // nothing but decoration stands in the line before buf
	begun bool
	plain bool   // braces mean nothing any more
	skip  bool   // decoration behind a mark is to be dropped
	name  string // the tool of an "Action:" line, whose input is to come
}

type reactState uint8

const (
	atThought reactState = iota
	atObject
	atName   // behind "Action:"
	atInput  // behind "Action Input:"
	atAnswer // behind "Final Answer:"
	atEnd
)

// reactUnit is a piece of a thought or of the answer, an action, or an object that was meant to be one.
type reactUnit struct {
	kind   reactKind
	text   string // of a thought, an answer, or what is broken
	action string
	input  any
}

type reactKind uint8

const (
	aThought reactKind = iota
	anAnswer
	anAction
	aBrokenAction
)

// maxAction is how long an object may be that is taken for an action, in bytes: what is longer was never meant as one.
const maxAction = 256 << 10

// finalAnswer is the action that is none.
const finalAnswer = "final answer"

func isFinalAnswer(name string) bool {
	return strings.EqualFold(strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '_' || r == '-' }), ""), "finalanswer")
}

// reactMark is a word that divides what the model says.
type reactMark struct {
	text string
	then reactMarkKind
}

type reactMarkKind uint8

const (
	markThought reactMarkKind = iota
	markAction
	markInput
	markAnswer
	markObservation
)

var reactMarks = []reactMark{
	{"thought:", markThought}, {"thought：", markThought}, {"思考：", markThought}, {"思考:", markThought},
	{"action input:", markInput}, {"action input：", markInput}, {"action_input:", markInput}, {"行动输入：", markInput}, {"行动输入:", markInput},
	{"action:", markAction}, {"action：", markAction}, {"行动：", markAction}, {"行动:", markAction},
	{"final answer:", markAnswer}, {"final answer：", markAnswer}, {"最终答案：", markAnswer}, {"最终答案:", markAnswer},
	{"observation:", markObservation}, {"observation：", markObservation}, {"观察：", markObservation}, {"观察:", markObservation},
}

// feed takes the next piece and returns what is decided now.
func (p *reactParser) feed(piece string) []reactUnit {
	p.buf += piece
	return p.read(false)
}

// end returns what is left when the model has finished.
func (p *reactParser) end() []reactUnit {
	out := p.read(true)
	if p.name != "" && p.state == atThought { // an action without input
		out = append(out, p.act(p.name, &value.Object{}))
	}
	return out
}

func (p *reactParser) read(end bool) []reactUnit {
	if !p.begun {
		p.begun, p.line = true, true
	}
	var out []reactUnit
	for p.buf != "" {
		if p.skip {
			p.buf = strings.TrimLeft(p.buf, " *")
			if p.skip = p.buf == ""; p.skip {
				break
			}
		}
		before, state := len(p.buf), p.state
		switch p.state {
		case atThought:
			out = p.thought(out, end)
		case atObject:
			out = p.object(out, end)
		case atName:
			out = p.named(out, end)
		case atInput:
			out = p.given(out, end)
		case atAnswer:
			if p.prev == 0 {
				p.buf = strings.TrimLeft(p.buf, " \t\r\n*")
			}
			if p.buf != "" {
				out = append(out, reactUnit{kind: anAnswer, text: p.buf})
				p.prev, p.buf = 'a', ""
			}
		case atEnd:
			p.buf = ""
		}
		if len(p.buf) == before && p.state == state {
			break // the rest has to wait
		}
	}
	return out
}

// take is n bytes as decided.
func (p *reactParser) take(n int) string {
	s := p.buf[:n]
	p.buf = p.buf[n:]
	for i := range len(s) {
		p.prev = s[i]
		switch s[i] {
		case '\n':
			p.line = true
		case ' ', '\t', '\r', '*', '#', '>', '-':
		default:
			p.line = false
		}
	}
	return s
}

func (p *reactParser) think(out []reactUnit, n int) []reactUnit {
	if n == 0 {
		return out
	}
	return append(out, reactUnit{kind: aThought, text: p.take(n)})
}

// thought looks for the end of a thought.
func (p *reactParser) thought(out []reactUnit, end bool) []reactUnit {
	prev, line := p.prev, p.line
	for i := 0; i < len(p.buf); i++ {
		c := p.buf[i]
		switch {
		case c == '{' && !p.plain:
			out = p.think(out, i)
			p.state = atObject
			return out
		case c == '`':
			n, object, wait := fence(p.buf[i:])
			if wait && !end {
				return p.think(out, i)
			}
			if object && !p.plain {
				out = p.think(out, i)
				p.take(n)
				p.state = atObject
				return out
			}
			if i += n - 1; i >= len(p.buf) {
				i = len(p.buf) - 1
			}
			prev, line = '`', false
			continue
		case prev == 0 || prev == ' ' || prev == '\n' || prev == '\t' || prev == '\r' || prev == '*':
			stars := len(p.buf[i:]) - len(strings.TrimLeft(p.buf[i:], "*"))
			m, wait := markAt(p.buf[i+stars:])
			if wait && !end {
				return p.think(out, i)
			}
			if m != nil && p.obeys(m, line) {
				out = p.think(out, i)
				p.take(stars)
				p.pass(m, line)
				if m.then == markObservation {
					out = append(out, p.act(p.name, &value.Object{}))
				}
				return out
			}
		}
		prev = c
		switch c {
		case '\n':
			line = true
		case ' ', '\t', '\r', '*', '#', '>', '-':
		default:
			line = false
		}
	}
	return p.think(out, len(p.buf))
}

// obeys tells whether a mark means something here. An observation and an input belong to an action line before them.
func (p *reactParser) obeys(m *reactMark, line bool) bool {
	switch m.then {
	case markInput:
		return p.name != ""
	case markObservation:
		return line && p.name != ""
	}
	return true
}

// pass steps over a mark.
func (p *reactParser) pass(m *reactMark, line bool) {
	p.take(len(m.text))
	p.line, p.prev, p.skip = line, ' ', true
	switch m.then {
	case markAction:
		if line {
			p.state = atName
		}
	case markInput:
		p.state = atInput
	case markAnswer:
		p.state, p.prev = atAnswer, 0
	}
}

// markAt is the mark at the start of s; wait says that more has to be seen.
func markAt(s string) (m *reactMark, wait bool) {
	for i := range reactMarks {
		t := reactMarks[i].text
		if len(s) >= len(t) {
			if strings.EqualFold(s[:len(t)], t) {
				return &reactMarks[i], false
			}
			continue
		}
		wait = wait || strings.EqualFold(s, t[:len(s)])
	}
	return nil, wait
}

// fence reads backticks at the start of s. object says that they open a code fence with an object in it, which begins at n;
// else n is how many backticks there are.
func fence(s string) (n int, object, wait bool) {
	ticks := len(s) - len(strings.TrimLeft(s, "`"))
	if ticks < 3 {
		return ticks, false, ticks == len(s)
	}
	rest := strings.TrimLeft(s[ticks:], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-")
	rest = strings.TrimLeft(rest, " \t\r\n")
	if rest == "" {
		return ticks, false, true
	}
	if rest[0] == '{' {
		return len(s) - len(rest), true, false
	}
	return ticks, false, false
}

// object waits for the end of an object and looks at what it says.
func (p *reactParser) object(out []reactUnit, end bool) []reactUnit {
	n := balanced(p.buf)
	if n == 0 && !end && len(p.buf) <= maxAction {
		return out
	}
	if n == 0 && !end {
		p.plain, p.state = true, atThought
		return p.think(out, 1)
	}
	raw := p.buf
	if n > 0 {
		raw = p.buf[:n]
	}
	v, err := value.Decode([]byte(raw))
	meant := err != nil && strings.Contains(strings.ToLower(raw), `"action`)
	if meant {
		v, err = repairJSON(raw)
	}
	if o, ok := value.Fields(v); ok && err == nil {
		if name, input, ok := p.actionIn(o); ok {
			p.take(len(raw))
			return append(out, p.act(name, input))
		}
	}
	if meant {
		p.take(len(raw))
		p.state = atEnd
		return append(out, reactUnit{kind: aBrokenAction, text: raw})
	}
	p.state = atThought
	if n == 0 {
		n = 1 // the brace was nothing
	}
	return p.think(out, n)
}

// actionIn reads an object as an action: a key with "input" in it holds the input, the other one the name.
func (p *reactParser) actionIn(o *value.Object) (name string, input any, ok bool) {
	given := false
	for k, v := range o.All() {
		if strings.Contains(strings.ToLower(k), "input") {
			input, given = v, true
			continue
		}
		if s, is := v.(string); is && (name == "" || strings.EqualFold(k, "action")) {
			name = s
		}
	}
	if !given {
		if action, is := o.Get("action"); !is || action != name || !p.tool(name) {
			return "", nil, false
		}
		input = &value.Object{}
	}
	return name, input, name != ""
}

func (p *reactParser) act(name string, input any) reactUnit {
	p.state, p.name = atEnd, ""
	if !isFinalAnswer(name) {
		return reactUnit{kind: anAction, action: strings.TrimSpace(name), input: input}
	}
	return reactUnit{kind: anAnswer, text: strings.TrimSpace(argText(orEmpty(input)))}
}

// named reads the name behind "Action:", unless an object follows.
func (p *reactParser) named(out []reactUnit, end bool) []reactUnit {
	blank := len(p.buf) - len(strings.TrimLeft(p.buf, " \t\r\n*"))
	rest := p.buf[blank:]
	if rest == "" && !end {
		return out
	}
	if rest == "" || rest[0] == '{' || rest[0] == '`' {
		p.take(blank)
		p.state, p.prev = atThought, ' '
		return out
	}
	n := strings.IndexByte(rest, '\n')
	if n < 0 && !end {
		return out
	}
	if n < 0 {
		n = len(rest)
	}
	name := strings.Trim(rest[:n], " \t\r*`\"'[]")
	p.state = atThought
	switch {
	case isFinalAnswer(name):
		p.name = finalAnswer
	case p.tool(name):
		p.name = name
	default:
		return p.think(out, blank+n) // words, no name
	}
	p.take(blank + n)
	return out
}

// given reads the input behind "Action Input:": an object, or the text up to an observation.
func (p *reactParser) given(out []reactUnit, end bool) []reactUnit {
	if isFinalAnswer(p.name) {
		p.state, p.prev = atAnswer, 0
		return out
	}
	text := strings.TrimLeft(p.buf, " \t\r\n")
	if n, object, wait := fence(text); object {
		text = text[n:]
	} else if wait && !end && text != "" && text[0] == '`' {
		return out
	}
	if text == "" && !end {
		return out
	}
	if text != "" && text[0] == '{' {
		n := balanced(text)
		if n == 0 && !end {
			return out
		}
		if n > 0 {
			text = text[:n]
		}
	} else if i := observationIn(text); i >= 0 {
		text = text[:i]
	} else if !end {
		return out
	}
	p.take(len(p.buf))
	return append(out, p.act(p.name, strings.TrimSpace(text)))
}

// observationIn is where a line begins with an observation, -1 if none does.
func observationIn(s string) int {
	low := strings.ToLower(s)
	for _, m := range reactMarks {
		if m.then != markObservation {
			continue
		}
		if i := strings.Index(low, "\n"+m.text); i >= 0 {
			return i
		}
	}
	return -1
}
