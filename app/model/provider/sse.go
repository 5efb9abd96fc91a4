package provider

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// event is one server-sent event. data is only good until the next event is read.
type event struct {
	name string // of an "event:" line, "" if there was none
	data []byte
	json bool // data is one whole object or array
	cut  bool // the stream ended in the middle of it
}

const maxEvent = 32 << 20

var errEventTooLong = errors.New("an event of more than 32 MB")

// events reads server-sent events as servers really write them. Beyond the standard (comments, any line ending, data
// over several lines, a byte order mark) it takes:
//   - events separated by a single newline: a data line that is one whole JSON object is an event, and so is [DONE];
//   - JSON without "data:", as lines or spread over lines, alone or inside an array;
//   - a last event without newline.
//
// A line may be as long as maxEvent. The zero value is not ready: use newEvents.
type events struct {
	r    io.Reader
	buf  []byte
	from int // unread bytes are buf[from:to]
	to   int
	seen int  // bytes after from that hold no line end
	skip bool // the line before ended in CR: a LF that follows belongs to it
	err  error

	name  string
	data  []byte
	bare  []byte // JSON outside of data lines, so far
	first bool   // no line was read yet
	lines int    // data lines in data
	level balance
	junk  string // the first line that is neither an event nor JSON
}

// balance follows brackets over several lines, so that no byte is looked at twice.
type balance struct {
	depth  int
	quoted bool
	escape bool
}

// add takes more text and tells whether every bracket is closed after it.
func (l *balance) add(b []byte) bool {
	for _, c := range b {
		switch {
		case l.escape:
			l.escape = false
		case l.quoted && c == '\\':
			l.escape = true
		case c == '"':
			l.quoted = !l.quoted
		case l.quoted:
		case c == '{' || c == '[':
			l.depth++
		case c == '}' || c == ']':
			l.depth--
		}
	}
	return l.depth <= 0 && !l.quoted
}

var eventBuffers = sync.Pool{New: func() any { b := make([]byte, 8<<10); return &b }}

func newEvents(r io.Reader) *events {
	return &events{r: r, buf: *eventBuffers.Get().(*[]byte), first: true}
}

// free gives the buffer back; the events must not be used any more.
func (e *events) free() {
	if cap(e.buf) <= 64<<10 {
		b := e.buf[:cap(e.buf)]
		eventBuffers.Put(&b)
	}
	e.buf = nil
}

// next returns the next event. At the end it is io.EOF, or the error of the reader; half an event before a failure is
// dropped, half an event before a clean end is returned with json false.
func (e *events) next() (event, error) {
	for {
		line, err := e.line()
		if err != nil {
			if errors.Is(err, io.EOF) {
				if ev, ok := e.last(); ok {
					return ev, nil
				}
			}
			return event{}, err
		}
		if ev, ok := e.take(line); ok {
			return ev, nil
		}
		if len(e.data) > maxEvent || len(e.bare) > maxEvent {
			return event{}, errEventTooLong
		}
	}
}

// take adds a line and returns an event if that makes one.
func (e *events) take(line []byte) (event, bool) {
	if len(e.bare) > 0 {
		return e.takeBare(line)
	}
	if len(line) == 0 {
		return e.flush()
	}
	switch line[0] {
	case ':':
		return event{}, false
	case '{', '[':
		return e.takeBare(line)
	case ' ', '\t', ']', ',', '}': // JSON spread over lines, or an array's end
		return event{}, false
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(name) {
	case "event":
		e.name = string(value)
	case "data":
		return e.takeData(value)
	case "id", "retry":
	default:
		if e.junk == "" {
			e.junk = string(line[:min(len(line), 200)])
		}
	}
	return event{}, false
}

// takeData adds a data line. A whole JSON object is an event of its own, without waiting for the empty line.
func (e *events) takeData(value []byte) (event, bool) {
	if len(e.data) == 0 {
		if complete(value) || string(bytes.TrimSpace(value)) == "[DONE]" {
			e.lines = 0
			return e.emit(value, true), true
		}
		e.level = balance{}
	}
	if e.lines > 0 {
		e.data = append(e.data, '\n')
	}
	e.data = append(e.data, value...)
	e.lines++
	if closed := e.level.add(value); closed && e.lines > 1 && complete(e.data) {
		return e.flush()
	}
	return event{}, false
}

// takeBare adds a line of JSON that stands without "data:". The array around objects is not needed and left out.
func (e *events) takeBare(line []byte) (event, bool) {
	if len(e.bare) == 0 {
		line = bytes.TrimLeft(line, "[, \t")
		if len(line) == 0 || line[0] != '{' {
			return event{}, false
		}
		e.level = balance{}
	} else {
		e.bare = append(e.bare, '\n')
	}
	e.bare = append(e.bare, line...)
	if !e.level.add(line) {
		return event{}, false
	}
	text := bytes.TrimRight(e.bare, ", \t\r\n")
	if e.level.depth < 0 { // the array's end follows its last object
		text = bytes.TrimRight(bytes.TrimSuffix(text, []byte("]")), " \t\r\n")
	}
	e.data, e.bare = append(e.data[:0], text...), e.bare[:0]
	return e.flushAs(complete(e.data))
}

// flush ends the event that was collected, if any.
func (e *events) flush() (event, bool) {
	if e.lines == 0 {
		e.name = ""
		return event{}, false
	}
	return e.flushAs(complete(e.data))
}

func (e *events) flushAs(json bool) (event, bool) {
	data := e.data
	e.data, e.lines = e.data[:0], 0
	if len(bytes.TrimSpace(data)) == 0 {
		e.name = ""
		return event{}, false
	}
	return e.emit(data, json), true
}

func (e *events) emit(data []byte, json bool) event {
	ev := event{name: e.name, data: bytes.TrimSpace(data), json: json}
	e.name = ""
	return ev
}

// last is what was not ended by an empty line when the stream ended.
func (e *events) last() (event, bool) {
	if len(e.bare) > 0 {
		e.data, e.bare, e.lines = append(e.data[:0], e.bare...), e.bare[:0], 1
	}
	ev, ok := e.flush()
	ev.cut = !ev.json
	return ev, ok
}

// line returns the next line without its end; the last one may lack it.
func (e *events) line() ([]byte, error) {
	for {
		b := e.buf[e.from:e.to]
		if e.skip && len(b) > 0 {
			e.skip = false
			if b[0] == '\n' {
				e.from++
				continue
			}
		}
		if e.first && len(b) >= 3 || e.first && e.err != nil {
			e.first = false
			if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
				e.from += 3
				continue
			}
		}
		if !e.first {
			if i := lineEnd(b, e.seen); i >= 0 {
				e.skip = b[i] == '\r'
				e.from += i + 1
				e.seen = 0
				return b[:i], nil
			}
			e.seen = len(b)
		}
		if e.err != nil {
			if errors.Is(e.err, io.EOF) && len(b) > 0 {
				e.from, e.seen = e.to, 0
				return b, nil
			}
			return nil, e.err
		}
		e.fill()
	}
}

func lineEnd(b []byte, from int) int {
	i := bytes.IndexByte(b[from:], '\n')
	rest := b[from:]
	if i >= 0 {
		rest = rest[:i]
	}
	if j := bytes.IndexByte(rest, '\r'); j >= 0 {
		return from + j
	}
	if i < 0 {
		return -1
	}
	return from + i
}

func (e *events) fill() {
	if e.from > 0 {
		copy(e.buf, e.buf[e.from:e.to])
		e.to -= e.from
		e.from = 0
	}
	if e.to == len(e.buf) {
		if len(e.buf) > maxEvent {
			e.err = errEventTooLong
			return
		}
		e.buf = append(e.buf, make([]byte, len(e.buf))...)
	}
	n, err := e.r.Read(e.buf[e.to:])
	e.to += n
	e.err = err
}
