package run

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"islet/app"
	"islet/app/workflow"
	"islet/store"
)

// live is a run in memory with its log.
type live struct {
	run      app.Run
	scope    app.Scope
	graph    *workflow.Graph
	input    workflow.Input
	finish   func(*store.Tx, Outcome) error
	pause    func(*store.Tx, Outcome) error
	remember func(*store.Tx, []workflow.Update) error
	cancel   context.CancelCauseFunc
	records  *recorder
	journal  *journal // nil: the run cannot go on after a crash
	state    State    // of a run with a journal
	before   *live    // the life before this one
	screen   *screen  // nil: everything may be said
	stop     error    // why the run ends as soon as it is where it was; nil: it goes on

	stored   chan struct{} // closed when it is known whether the run's rows are on disk
	storeErr error         // set before that

	mu       sync.Mutex // guards all below
	log      []line     // what is in it never changes, so a part of it may be read without mu
	gates    []gate     // lines that wait for the journal
	safe     int        // entries of the journal that are on disk
	lived    int        // lines before the run went on the last time
	over     bool       // the last event is in log
	wake     []chan struct{}
	dirty    bool // in the recorder's list
	recorded int  // lines that the recorder has taken
	writing  bool // it is writing them
	ended    time.Time
}

// line is one event of a log. Its number is its place, counted from one.
type line struct {
	at    int64 // unix nanoseconds
	delta string
	head  *app.Event // all the rest; the pieces of one stretch of text share it
}

func newLive(s *Spec, cancel context.CancelCauseFunc, records *recorder) *live {
	return &live{run: s.Run, scope: s.Scope, graph: s.Graph, input: s.Input, finish: s.Finish, pause: s.Pause, remember: s.Remember, cancel: cancel,
		records: records, screen: newScreen(s.Screen), stored: make(chan struct{}), log: make([]line, 0, 16)}
}

// gate keeps the lines from one on from being seen until so many entries of the journal are on disk.
type gate struct{ line, entries int }

// gate holds back what comes from now on until so many entries are on disk.
func (l *live) gate(entries int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gates = append(l.gates, gate{len(l.log), entries})
}

// open lets be seen what waited for entries that are on disk now.
func (l *live) open(safe int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.safe = safe
	n := 0
	for n < len(l.gates) && l.gates[n].entries <= safe {
		n++
	}
	l.gates = l.gates[n:]
	l.ring()
}

// ring wakes who waits for lines. l.mu is held.
func (l *live) ring() {
	for i, w := range l.wake {
		select {
		case w <- struct{}{}:
		default: // it was woken already
		}
		l.wake[i] = nil
	}
	l.wake = l.wake[:0]
}

// seen is how many lines may be seen. l.mu is held.
func (l *live) seen() int {
	if len(l.gates) > 0 {
		return l.gates[0].line
	}
	return len(l.log)
}

// acknowledge says that the run's rows are on disk, or why they are not.
func (l *live) acknowledge(err error) {
	l.storeErr = err
	close(l.stored)
}

// visible tells whether s may see the run.
func (l *live) visible(s app.Scope) bool {
	return s.Workspace == l.scope.Workspace && within(s, &l.run)
}

// within tells whether a run belongs to the app and end user that s is confined to.
func within(s app.Scope, r *app.Run) bool {
	return (s.App == "" || s.App == r.App) && (s.EndUser == "" || r.EndUser == "" || s.EndUser == r.EndUser)
}

// append adds an event and wakes who waits for it.
func (l *live) append(ev app.Event, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := line{at: now.UnixNano(), delta: ev.Delta}
	if len(l.log) > 0 {
		n.head = l.log[len(l.log)-1].head
	}
	if n.head == nil || ev.Delta == "" || !sameStretch(n.head, &ev) {
		head := ev
		head.Delta = ""
		n.head = &head
	}
	l.log = append(l.log, n)
	switch ev.Kind {
	case app.EvRunFinished, app.EvRunPaused:
		l.over, l.ended, l.gates = true, now, nil // how it ended is on disk, and with it all the rest
	case app.EvRunStarted:
		l.lived = len(l.log) - 1
	}
	l.ring()
	if !l.dirty {
		l.dirty = l.records.add(l)
	}
}

// sameStretch tells whether an event differs from another only in its text.
func sameStretch(a, b *app.Event) bool {
	return a.Kind == b.Kind && (a.Kind == app.EvDelta || a.Kind == app.EvReasoning) && a.Exec == b.Exec && a.Node == b.Node &&
		a.Final == b.Final && slices.Equal(a.Selector, b.Selector)
}

// event is line i as followers see it.
func event(n *line, seq uint64) app.Event {
	ev := *n.head
	ev.Seq, ev.At, ev.Delta = seq, time.Unix(0, n.at).UTC(), n.delta
	return ev
}

// follow yields the events after the one numbered after.
func (l *live) follow(ctx context.Context, after uint64, yield func(app.Event, error) bool) {
	wake := make(chan struct{}, 1)
	next := l.start(after)
	for {
		lines, over := l.read(next, wake)
		for i := range lines {
			ev := event(&lines[i], uint64(next+i+1))
			ev.More = i+1 < len(lines)
			if !yield(ev, nil) {
				return
			}
		}
		next += len(lines)
		if over {
			return
		}
		if len(lines) > 0 {
			continue
		}
		select {
		case <-wake:
		case <-ctx.Done():
			yield(app.Event{}, context.Cause(ctx))
			return
		}
	}
}

// start is the line at which to begin for a follower that has seen after events.
func (l *live) start(after uint64) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.log)
	if l.over {
		last--
	}
	return int(min(after, uint64(last)))
}

// read returns the lines from next on, and whether no more will come; if there are none yet, wake will tell.
func (l *live) read(next int, wake chan struct{}) ([]line, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := max(l.seen(), next)
	if next == seen && !l.over {
		l.wake = append(l.wake, wake)
	}
	return l.log[next:seen:seen], l.over
}

// unrecorded takes what the recorder has not seen: lines and the number of the first.
func (l *live) unrecorded() (lines []line, first uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines, first = l.log[l.recorded:len(l.log):len(l.log)], uint64(l.recorded+1)
	l.recorded, l.dirty, l.writing = len(l.log), false, true
	return lines, first
}

// written says that what unrecorded returned is in kv, as far as kv took it.
func (l *live) written() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = false
}

// forgettable tells whether all of the log is in kv.
func (l *live) forgettable() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.dirty && !l.writing
}

// ends tells whether the log has its last event: the run is over, or it waits.
func (l *live) ends() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// skip keeps what the recorder has not written yet from being written.
func (l *live) skip() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recorded = len(l.log)
}

// said is the answer and the reasoning so far.
func (l *live) said() (answer, reasoning string) {
	l.mu.Lock()
	log := l.log
	l.mu.Unlock()
	return said(log)
}

func said(log []line) (answer, reasoning string) {
	var text, thought strings.Builder
	n := 0
	for i := range log {
		if k := log[i].head.Kind; k == app.EvDelta || k == app.EvReplace {
			n += len(log[i].delta)
		}
	}
	text.Grow(n)
	for i := range log {
		switch log[i].head.Kind {
		case app.EvDelta:
			text.WriteString(log[i].delta)
		case app.EvReplace:
			text.Reset()
			text.WriteString(log[i].delta)
		case app.EvReasoning:
			thought.WriteString(log[i].delta)
		}
	}
	return text.String(), thought.String()
}
