package run

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store"
)

// journal writes a run's steps to SQLite, one change for as many as have come together. The run does not wait for it, but
// what follows from a step is not seen before the step is on disk: see live.gate. A run that ends before its first step
// was written leaves no journal at all.
type journal struct {
	m *Manager
	l *live

	mu       sync.Mutex // guards all below
	pending  []workflow.Entry
	recorded int // entries so far
	safe     int // of them on disk
	writing  bool
	quiet    *sync.Cond // nothing is being written
	over     bool       // the run has ended: what is pending goes with its end
	err      error      // why nothing more is written
	waiting  []waiter
}

// waiter waits until so many entries are on disk.
type waiter struct {
	until int
	done  chan struct{}
}

// newJournal is the journal of a run that has written so many entries in earlier lives.
func newJournal(m *Manager, l *live, written int) *journal {
	j := &journal{m: m, l: l, recorded: written, safe: written}
	j.quiet = sync.NewCond(&j.mu)
	return j
}

// record takes an entry. It returns at once.
func (j *journal) record(e workflow.Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending = append(j.pending, e)
	j.recorded++
	j.l.gate(j.recorded)
	if !j.writing && !j.over && j.err == nil {
		j.writing = true
		go j.write()
	}
}

// sync returns when all that was recorded is on disk.
func (j *journal) sync(ctx context.Context) error {
	j.mu.Lock()
	if j.err != nil || j.safe >= j.recorded {
		defer j.mu.Unlock()
		return j.err
	}
	w := waiter{j.recorded, make(chan struct{})}
	j.waiting = append(j.waiting, w)
	j.mu.Unlock()
	select {
	case <-w.done:
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write writes until nothing is left. It is the goroutine of its journal while writing is set.
func (j *journal) write() {
	<-j.l.stored
	for {
		j.mu.Lock()
		if j.l.storeErr != nil {
			j.err = j.l.storeErr
		}
		batch, first := j.pending, j.recorded-len(j.pending)
		if len(batch) == 0 || j.over || j.err != nil {
			j.writing = false
			j.release()
			j.quiet.Broadcast()
			j.mu.Unlock()
			return
		}
		j.pending = nil
		j.mu.Unlock()
		err := j.m.patiently(func() error { return j.store(first, batch) })
		j.mu.Lock()
		if err != nil {
			j.err = notSaved(err)
			j.pending = append(batch, j.pending...) // they go with the run's end, if that can be stored
			j.l.cancel(j.err)
		} else {
			j.safe += len(batch)
			j.l.open(j.safe)
		}
		j.release()
		j.mu.Unlock()
	}
}

// release wakes who waits for what is on disk now. j.mu is held.
func (j *journal) release() {
	kept := j.waiting[:0]
	for _, w := range j.waiting {
		if w.until <= j.safe || j.err != nil || j.over {
			close(w.done)
		} else {
			kept = append(kept, w)
		}
	}
	j.waiting = kept
}

// store writes entries, and with the first of them what the run needs to go on.
func (j *journal) store(first int, batch []workflow.Entry) error {
	steps := make([][]byte, len(batch))
	for i := range batch {
		raw, err := json.Marshal(batch[i])
		if err != nil {
			return err
		}
		steps[i] = raw
	}
	ctx := app.WithScope(context.Background(), j.l.scope)
	return j.m.o.DB.Update(ctx, func(tx *store.Tx) error {
		if first == 0 {
			state, err := j.l.state.encode()
			if err != nil {
				return err
			}
			if err := tx.PutRunState(j.l.run.ID, state); err != nil {
				return err
			}
		}
		if err := j.l.apply(tx, batch); err != nil {
			return err
		}
		return tx.AppendSteps(j.l.run.ID, first, steps)
	})
}

// close says that the run has ended or pauses, waits for what is being written, and returns what was not: entries first,
// first+1, … of the journal.
func (j *journal) close() (left []workflow.Entry, first int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.over = true
	for j.writing {
		j.quiet.Wait()
	}
	return j.pending, j.recorded - len(j.pending)
}

// apply stores what nodes wrote beyond their run.
func (l *live) apply(tx *store.Tx, batch []workflow.Entry) error {
	if l.remember == nil {
		return nil
	}
	var updates []workflow.Update
	for i := range batch {
		if batch[i].Result != nil {
			updates = append(updates, batch[i].Result.Updates...)
		}
	}
	if len(updates) == 0 {
		return nil
	}
	return l.remember(tx, updates)
}

// State is what a run that goes on starts from, beside its journal.
type State struct {
	Inputs map[string]any
	Vars   map[string]map[string]any // without the environment, which may hold secrets
	Lang   app.Lang
	User   app.ID   // the member for whom the run works
	Role   app.Role // of that member
	Depth  int      // see DepthOf
	Lives  int      // how often it has gone on after a crash

	Held *workflow.Held // outcomes that it took over
}

func stateOf(in *workflow.Input, scope app.Scope, depth int) State {
	s := State{Held: in.Held, Inputs: in.Inputs, Lang: in.Lang, User: scope.User, Role: scope.Role, Depth: depth, Vars: map[string]map[string]any{}}
	for k, v := range in.Vars {
		if k != workflow.Environment {
			s.Vars[k] = v
		}
	}
	return s
}

func (s *State) encode() ([]byte, error) {
	vars := make(map[string]any, len(s.Vars))
	for k, v := range s.Vars {
		vars[k] = v
	}
	m := map[string]any{"inputs": s.Inputs, "vars": vars, "lives": s.Lives, "lang": string(s.Lang), "user": string(s.User), "role": string(s.Role), "depth": s.Depth}
	if s.Held != nil {
		outcomes := make(map[string]any, len(s.Held.Outcomes))
		for id, o := range s.Held.Outcomes {
			outcomes[id] = map[string]any{"handle": o.Handle, "outputs": o.Outputs}
		}
		m["held"] = map[string]any{"from": s.Held.From, "outcomes": outcomes}
	}
	return value.Encode(m)
}

// held reads the outcomes that encode wrote.
func held(v any) *workflow.Held {
	o, ok := value.Fields(v)
	if !ok {
		return nil
	}
	from, _ := o.Get("from")
	h := &workflow.Held{From: value.Text(from), Outcomes: map[string]workflow.Outcome{}}
	all, _ := o.Get("outcomes")
	outcomes, _ := value.Fields(all)
	for id, v := range outcomes.All() {
		one, ok := value.Fields(v)
		if !ok {
			continue
		}
		handle, _ := one.Get("handle")
		made, _ := one.Get("outputs")
		outputs := map[string]any{}
		if f, ok := value.Fields(made); ok {
			outputs = f.Map()
		}
		h.Outcomes[id] = workflow.Outcome{Handle: value.Text(handle), Outputs: outputs}
	}
	return h
}

func (s *State) decode(raw []byte) error {
	m, err := value.DecodeMap(raw)
	if err != nil {
		return err
	}
	s.Inputs, s.Vars = map[string]any{}, map[string]map[string]any{}
	if o, ok := value.Fields(m["inputs"]); ok {
		s.Inputs = o.Map()
	}
	if o, ok := value.Fields(m["vars"]); ok {
		for k, v := range o.All() {
			if vars, ok := value.Fields(v); ok {
				s.Vars[k] = vars.Map()
			}
		}
	}
	s.Held = held(m["held"])
	lives, _ := value.Int(m["lives"])
	depth, _ := value.Int(m["depth"])
	text := func(k string) string { v, _ := m[k].(string); return v }
	s.Lives, s.Depth, s.Lang, s.User, s.Role = int(lives), int(depth), app.Lang(text("lang")), app.ID(text("user")), app.Role(text("role"))
	return nil
}

// patiently tries a change again and again while that may help.
func (m *Manager) patiently(try func() error) error {
	for i := 0; ; i++ {
		err := try()
		if err == nil || i == len(patience) || final(err) {
			return err
		}
		time.Sleep(patience[i])
	}
}
