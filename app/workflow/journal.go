package workflow

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"islet/app"
	"islet/app/value"
)

// Entry is one step of a run, as its journal keeps it. Given the entries of a run in order, the coordinator comes to the same
// state again: it decides by nothing else. What nodes made is in the entries, so that no node that finished runs twice.
//
// A node with effects has an entry Begun before it works. If that is the last word about it, nobody knows whether the effect
// took place; the run then ends with the status interrupted instead of repeating it. A container has one for its Exec alone.
type Entry struct {
	Kind    EntryKind
	Path    string // Step.Path
	Exec    app.ID
	Attempt int

	// Of Done; of Ended only the error and what it used.
	Result  *Result
	Err     error
	Elapsed time.Duration
	Spoken  map[string]string // what it streamed, by output
	Told    []app.Event       // by Step.Emit
}

// EntryKind says what an Entry tells.
type EntryKind string

// The kinds of Entry.
const (
	Begun   EntryKind = "begun"   // a node with effects is about to work, or a container is open
	Done    EntryKind = "done"    // an attempt ended, well or badly
	Ended   EntryKind = "ended"   // an attempt ended that nobody waited for any more, because its round had failed
	Waiting EntryKind = "waiting" // a node waits for a person
)

// wireEntry is an Entry in JSON.
type wireEntry struct {
	Kind    EntryKind         `json:"kind"`
	Path    string            `json:"path"`
	Exec    app.ID            `json:"exec"`
	Attempt int               `json:"attempt,omitempty"`
	Outputs json.RawMessage   `json:"outputs,omitempty"`
	Inputs  json.RawMessage   `json:"inputs,omitempty"`
	Process json.RawMessage   `json:"process,omitempty"`
	Meta    json.RawMessage   `json:"meta,omitempty"`
	Usage   *app.Usage        `json:"usage,omitempty"`
	Handle  string            `json:"handle,omitempty"`
	Updates []wireUpdate      `json:"updates,omitempty"`
	Error   *app.Failure      `json:"error,omitempty"`
	ErrType string            `json:"error_type,omitempty"`
	Elapsed time.Duration     `json:"elapsed,omitempty"`
	Spoken  map[string]string `json:"spoken,omitempty"`
	Told    []app.Event       `json:"told,omitempty"`
}

type wireUpdate struct {
	Selector Selector        `json:"selector"`
	Value    json.RawMessage `json:"value"`
}

// MarshalJSON writes an entry so that values keep their kinds.
func (e Entry) MarshalJSON() ([]byte, error) {
	w := wireEntry{Kind: e.Kind, Path: e.Path, Exec: e.Exec, Attempt: e.Attempt, Elapsed: e.Elapsed, Spoken: e.Spoken, Told: e.Told}
	if e.Err != nil {
		w.Error, w.ErrType = Failure(e.Err), TypeName(e.Err)
	}
	if r := e.Result; r != nil {
		w.Usage, w.Handle = r.Usage, r.Handle
		var err error
		for _, f := range []struct {
			from map[string]any
			to   *json.RawMessage
		}{{r.Outputs, &w.Outputs}, {r.Inputs, &w.Inputs}, {r.Process, &w.Process}, {r.Meta, &w.Meta}} {
			if f.from == nil {
				continue
			}
			if *f.to, err = value.Encode(f.from); err != nil {
				return nil, err
			}
		}
		for _, u := range r.Updates {
			raw, err := value.Encode(u.Value)
			if err != nil {
				return nil, err
			}
			w.Updates = append(w.Updates, wireUpdate{u.Selector, raw})
		}
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Entry) UnmarshalJSON(raw []byte) error {
	var w wireEntry
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*e = Entry{Kind: w.Kind, Path: w.Path, Exec: w.Exec, Attempt: w.Attempt, Elapsed: w.Elapsed, Spoken: w.Spoken, Told: w.Told}
	if w.Error != nil {
		e.Err = Typed(w.ErrType, &app.Error{Kind: w.Error.Kind, Code: w.Error.Code, Text: w.Error.Text})
	}
	if w.Kind != Done && w.Kind != Ended {
		return nil
	}
	r := &Result{Usage: w.Usage, Handle: w.Handle}
	for _, f := range []struct {
		from json.RawMessage
		to   *map[string]any
	}{{w.Outputs, &r.Outputs}, {w.Inputs, &r.Inputs}, {w.Process, &r.Process}, {w.Meta, &r.Meta}} {
		if len(f.from) == 0 {
			continue
		}
		m, err := value.DecodeMap(f.from)
		if err != nil {
			return err
		}
		*f.to = m
	}
	for _, u := range w.Updates {
		v, err := value.Decode(u.Value)
		if err != nil {
			return err
		}
		r.Updates = append(r.Updates, Update{u.Selector, v})
	}
	e.Result = r
	return nil
}

// record hands a finished attempt to the journal.
func (r *run) record(m *message) {
	if r.in.Record == nil {
		return
	}
	p := m.place
	v, pr := p.vertex(), p.progress()
	e := Entry{Kind: Done, Path: p.path(), Exec: pr.exec, Attempt: pr.attempt, Result: m.result, Err: m.err, Told: pr.told,
		Elapsed: r.in.Now().Sub(pr.started)}
	for i := range pr.spoken {
		if pr.spoken[i].Len() > 0 {
			if e.Spoken == nil {
				e.Spoken = map[string]string{}
			}
			e.Spoken[v.streams[i].output] = pr.spoken[i].String()
		}
	}
	pr.told, pr.spoken = nil, nil
	if r.hidden.r != nil && m.result != nil {
		kept := *m.result
		kept.Inputs, kept.Process, kept.Meta = r.hidden.hide(kept.Inputs), r.hidden.hide(kept.Process), r.hidden.hide(kept.Meta)
		e.Result = &kept
	}
	r.in.Record(e)
}

func newSpoken(n int) []strings.Builder { return make([]strings.Builder, n) }

// replay is a run's way back through its journal. While it is not alive, nodes that the journal knows are launched but nothing
// works: what they come to is in the entries. The others stay ready until the run lives again.
type replay struct {
	alive    bool
	entries  []Entry
	execs    map[string]app.ID // by path
	begun    map[string]int    // by path: the attempt, plus one, that has begun and has no end yet
	launched map[string]place  // by path
}

func newReplay(in *Input) replay {
	if !in.Resumed {
		return replay{alive: true}
	}
	p := replay{entries: in.Replay, execs: map[string]app.ID{}, begun: map[string]int{}, launched: map[string]place{}}
	for i := range p.entries {
		p.execs[p.entries[i].Path] = p.entries[i].Exec
	}
	return p
}

// exec is the id of an execution: a new one, or that of its earlier life.
func (r *run) exec(p place) app.ID {
	if !r.alive {
		if id := r.execs[p.path()]; id != "" {
			return id
		}
	}
	return r.in.NewID()
}

// errReplay is a journal that does not fit the graph.
var errReplay = app.Errorf(app.Conflict, "run_not_resumable", "the run cannot go on: its record does not fit the app's graph", "无法继续运行：运行记录与应用的流程图不符")

// errInterrupted ends a run whose node may have had its effect.
var errInterrupted = app.Errorf(app.Unavailable, "node_interrupted", "the server ended while this node was working; whether it had its effect is not known, so it is not repeated",
	"节点执行期间服务器退出；无法确定其操作是否已生效，因此不会重复执行")

func errInterruptedBy(err error) bool { return app.AsError(err).Code == errInterrupted.Code }

// replayNext books the next entry, or lets the run live when there is none.
func (r *run) replayNext() {
	if len(r.entries) == 0 {
		r.revive()
		return
	}
	e := r.entries[0]
	r.entries = r.entries[1:]
	switch e.Kind {
	case Begun:
		r.begun[e.Path] = e.Attempt + 1
		r.reopen(e.Path)
	case Waiting:
		delete(r.begun, e.Path)
	case Done, Ended:
		p, ok := r.launched[e.Path]
		if !ok {
			r.fail(r.top, errReplay)
			return
		}
		delete(r.launched, e.Path)
		delete(r.begun, e.Path)
		r.busy--
		r.repeat(p, &e)
	}
}

// relaunch starts what had started in the earlier life; a container only when its entry comes.
func (r *run) relaunch() {
	for i := 0; i < len(r.ready) && !r.over(); {
		p := r.ready[i]
		if c := p.vertex().class; !r.takesOver(p) && (c == Container || c != Entrance && r.execs[p.path()] == "") {
			i++
			continue
		}
		r.ready = slices.Delete(r.ready, i, i+1)
		r.start(p)
	}
}

// reopen opens a container where it was opened in the earlier life.
func (r *run) reopen(path string) {
	for i, p := range r.ready {
		if p.vertex().class == Container && p.path() == path {
			r.ready = slices.Delete(r.ready, i, i+1)
			r.start(p)
			return
		}
	}
}

// repeat books an attempt as it went.
func (r *run) repeat(p place, e *Entry) {
	v, pr := p.vertex(), p.progress()
	pr.took = max(e.Elapsed, 1)
	for i := range v.streams {
		if text := e.Spoken[v.streams[i].output]; text != "" {
			p.frame.streamed(p.vertex0, i, text)
		}
	}
	for i := range e.Told {
		r.told(p, &e.Told[i])
	}
	pr.told, pr.spoken = nil, nil
	if e.Result == nil {
		e.Result = &Result{}
	}
	m := &message{place: p, result: e.Result, err: e.Err}
	if p.frame.over() {
		r.stopped(p, m)
		return
	}
	p.frame.count(e.Result.Usage)
	r.conclude(m)
}

// revive ends the way back: what was launched and has no end works again, but for nodes that may have had their effect.
func (r *run) revive() {
	r.alive = true
	r.began = r.in.Now()
	ev := app.Event{Kind: app.EvRunStarted, Reason: Resumption, Inputs: r.given()}
	r.emit(ev)
	waiting := make([]place, 0, len(r.launched))
	for _, p := range r.launched {
		waiting = append(waiting, p)
	}
	slices.SortFunc(waiting, func(a, b place) int { return a.progress().step - b.progress().step })
	for _, p := range waiting {
		if r.over() {
			return
		}
		delete(r.launched, p.path())
		switch {
		case p.frame.over():
			r.busy--
			r.stopped(p, &message{result: &Result{}, err: context.Canceled})
		case r.begun[p.path()] == p.progress().attempt+1:
			r.busy--
			r.finished(p, &Result{}, app.Interrupted, errInterrupted)
			r.fail(p.frame, errInterrupted)
		default:
			r.work(p)
		}
	}
}
