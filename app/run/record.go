package run

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/store/kv"
)

// recordEvery is how far kv is behind the runs; a crash loses no more than this of a partial answer.
const recordEvery = 50 * time.Millisecond

// recorder writes the logs of runs to kv, many at a time, and makes the manager forget old runs. It has one goroutine.
type recorder struct {
	m    *Manager
	work chan struct{} // something became dirty
	quit chan struct{}
	done chan struct{}

	mu     sync.Mutex // guards dirty and closed
	dirty  []*live
	closed bool
}

func newRecorder(m *Manager) *recorder {
	r := &recorder{m: m, work: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go r.loop()
	return r
}

// add puts a run on the list and tells whether it is on it.
func (r *recorder) add(l *live) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.dirty = append(r.dirty, l)
	if len(r.dirty) == 1 {
		select {
		case r.work <- struct{}{}:
		default:
		}
	}
	return true
}

func (r *recorder) loop() {
	defer close(r.done)
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-r.work:
		case <-pause.C: // nothing happened for as long as a run is kept
			r.forget()
			pause.Reset(r.m.o.Keep)
			continue
		case <-r.quit:
			r.flush()
			return
		}
		pause.Reset(recordEvery)
		select {
		case <-pause.C:
		case <-r.quit:
			r.flush()
			return
		}
		r.flush()
		r.forget()
		pause.Reset(r.m.o.Keep)
	}
}

func (r *recorder) forget() {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	r.m.forget()
}

// flush writes what the runs on the list have said since the last time. What kv does not take is lost to it: runs in memory
// and SQLite do not need it.
func (r *recorder) flush() {
	r.mu.Lock()
	dirty := r.dirty
	r.dirty = nil
	r.mu.Unlock()
	blocks := make([]kv.Block, 0, len(dirty))
	for _, l := range dirty {
		lines, first := l.unrecorded()
		if r.m.o.Log != nil {
			blocks = appendBlocks(blocks, l.run.ID, first, lines)
		}
	}
	if len(blocks) > 0 {
		if err := r.m.o.Log.Append(blocks); err != nil {
			r.m.o.Logger.Debug("run events not kept", "runs", len(dirty), "err", err)
		}
	}
	for _, l := range dirty {
		l.written()
	}
}

// close flushes what is left and ends the goroutine.
func (r *recorder) close() {
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	r.mu.Unlock()
	if first {
		close(r.quit)
	}
	<-r.done
}

// blockLines bounds a block, so that it stays far below what kv takes as one value.
const blockLines = 2000

// record is how lines are kept: an event, or a stretch of text in pieces.
type record struct {
	Event  keptEvent `json:"e"`
	Pieces []string  `json:"p,omitempty"` // the event is the first of as many; each is the Delta of one
}

// keptEvent is an event whose values come back as they were: whole numbers, files, the order of keys.
type keptEvent struct{ app.Event }

// wireEvent has the values of an event in a form of their own.
type wireEvent struct {
	app.Event
	Inputs  json.RawMessage `json:"inputs,omitempty"`
	Process json.RawMessage `json:"process,omitempty"`
	Outputs json.RawMessage `json:"outputs,omitempty"`
	Meta    json.RawMessage `json:"meta,omitempty"`
}

func (w *wireEvent) values(ev *app.Event) [4]struct {
	raw *json.RawMessage
	m   *map[string]any
} {
	return [4]struct {
		raw *json.RawMessage
		m   *map[string]any
	}{{&w.Inputs, &ev.Inputs}, {&w.Process, &ev.Process}, {&w.Outputs, &ev.Outputs}, {&w.Meta, &ev.Meta}}
}

// MarshalJSON writes the values as package value does.
func (k keptEvent) MarshalJSON() ([]byte, error) {
	w := wireEvent{Event: k.Event}
	for _, v := range w.values(&k.Event) {
		if *v.m == nil {
			continue
		}
		raw, err := value.Encode(*v.m)
		if err != nil {
			return nil, err
		}
		*v.raw = raw
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (k *keptEvent) UnmarshalJSON(raw []byte) error {
	var w wireEvent
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	k.Event = w.Event
	for _, v := range w.values(&k.Event) {
		if len(*v.raw) == 0 {
			continue
		}
		m, err := value.DecodeMap(*v.raw)
		if err != nil {
			return err
		}
		*v.m = m
	}
	return nil
}

// appendBlocks encodes lines of a run. Those of one stretch share a record; they come back with the time of its first.
func appendBlocks(blocks []kv.Block, run app.ID, first uint64, lines []line) []kv.Block {
	for len(lines) > 0 {
		n := min(len(lines), blockLines)
		records := make([]record, 0, stretches(lines[:n]))
		for i := range lines[:n] {
			l := &lines[i]
			if i > 0 && lines[i-1].head == l.head {
				last := &records[len(records)-1]
				last.Pieces = append(last.Pieces, l.delta)
				continue
			}
			rec := record{Event: keptEvent{event(l, first+uint64(i))}}
			rec.Event.Delta = ""
			if l.delta != "" {
				rec.Pieces = append(rec.Pieces, l.delta)
			}
			records = append(records, rec)
		}
		data, err := json.Marshal(records)
		if err == nil { // outputs that are no JSON cannot be kept; the trace says so too
			blocks = append(blocks, kv.Block{Run: run, First: first, Data: data})
		}
		lines, first = lines[n:], first+uint64(n)
	}
	return blocks
}

// stretches counts the records that lines become.
func stretches(lines []line) (n int) {
	for i := range lines {
		if i == 0 || lines[i-1].head != lines[i].head {
			n++
		}
	}
	return n
}

// kept reads a run's events from kv, as far as they follow each other without a gap. A miss is none.
func (m *Manager) kept(ctx context.Context, run app.ID) []app.Event {
	if m.o.Log == nil {
		return nil
	}
	var events []app.Event
	for _, b := range m.o.Log.Blocks(ctx, run) {
		var records []record
		if b.First != uint64(len(events)+1) || json.Unmarshal(b.Data, &records) != nil {
			break
		}
		for _, rec := range records {
			if len(rec.Pieces) == 0 {
				events = append(events, rec.Event.Event)
			}
			for i, piece := range rec.Pieces {
				ev := rec.Event.Event
				ev.Seq, ev.Delta = rec.Event.Seq+uint64(i), piece
				events = append(events, ev)
			}
		}
	}
	return events
}
