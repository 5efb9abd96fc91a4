package workflow_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"islet/app"
	"islet/app/workflow"
)

// TestRun_goesOnBehindEveryPrefixOfItsJournal crashes runs of random graphs behind every entry, or many of them, and lets them go
// on: see crashes.
func TestRun_goesOnBehindEveryPrefixOfItsJournal(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) { crashes(t, seed, 25) })
	}
}

// TestRun_pausesAndGoesOn fills in the forms of random graphs in a random order, a few at a time.
func TestRun_pausesAndGoesOn(t *testing.T) {
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) { pauses(t, seed) })
	}
}

// journal is what a run recorded.
type journal []workflow.Entry

func (j *journal) into(in *workflow.Input) {
	in.Record = func(e workflow.Entry) { *j = append(*j, e) }
	in.Sync = func(context.Context) error { return nil }
}

// resumed is the input of the next life, whose ids are not those of the first.
func (r *random) resumed(t *testing.T, j *journal, life int) workflow.Input {
	in := r.input()
	ids := counter()
	in.NewID = func() app.ID { return app.ID(fmt.Sprint("life", life)) + ids() }
	in.Replay, in.Resumed = viaJSON(t, *j), true
	j.into(&in)
	return in
}

// crashes runs a graph to its end, and then again from each of at most most prefixes of its journal, which crashes once more on
// its way. No node that had finished may run again, executions stay, an effect is not repeated, and in the end all is as if
// nothing had happened.
func crashes(t *testing.T, seed uint64, most int) {
	r := newRandom(t, seed)
	var whole journal
	in := r.input()
	whole.into(&in)
	first := &life{}
	r.live(t, t.Context(), in, first)
	base := maps.Clone(r.results)
	rng := rand.New(rand.NewPCG(seed, 2))
	for k := range len(whole) + 1 {
		if len(whole) > most && rng.IntN(len(whole)) >= most {
			continue
		}
		j := slices.Clone(whole[:k])
		second := r.again(t, first, base, &j, 2)
		if len(j) > k && second.last.Status != app.Interrupted { // and once more, in the second life
			j = j[:k+rng.IntN(len(j)-k)]
			r.again(t, first, base, &j, 3)
		}
		if rng.IntN(10) == 0 {
			r.stopped(t, slices.Clone(whole[:k]), rng)
		}
		if t.Failed() {
			return
		}
	}
}

// again lets the run go on behind a journal and judges that life by the first one.
func (r *random) again(t *testing.T, first *life, base map[string]string, j *journal, n int) *life {
	t.Helper()
	done, open := map[string]workflow.Entry{}, ""
	for _, e := range *j {
		id := e.Path[strings.LastIndexByte(e.Path, '/')+1:]
		switch {
		case e.Kind == workflow.Done && (e.Err == nil || e.Attempt >= r.retries[id]):
			done[e.Path] = e
		case e.Kind == workflow.Begun && r.effects[id]:
			done[e.Path] = e
		case e.Kind == workflow.Done:
			delete(done, e.Path) // it is tried again
		}
	}
	begun := map[string]bool{}
	for _, e := range *j {
		id := e.Path[strings.LastIndexByte(e.Path, '/')+1:]
		if r.effects[id] {
			begun[e.Path] = e.Kind == workflow.Begun
		}
	}
	for path, is := range begun {
		if is {
			open = path
		}
	}
	wrong := func(l *life, format string, args ...any) {
		t.Helper()
		t.Errorf("seed %d, life %d behind %d entries: %s\nfirst life:\n%s\nthis life:\n%s", r.seed, n, len(*j), fmt.Sprintf(format, args...), first.trace.String(), l.trace.String())
	}
	l := &life{}
	in := r.resumed(t, j, n)
	prefix := slices.Clone(*j)
	r.live(t, t.Context(), in, l)
	for path, e := range done {
		if r.ran[path] > 0 {
			wrong(l, "%s ran again", path)
		}
		if l.execs[e.Exec] == "" {
			wrong(l, "%s is not %s any more", path, e.Exec)
		}
	}
	if open != "" && l.last.Status != app.Interrupted && l.last.Status != app.Failed && !overIn(l, prefix, open) {
		wrong(l, "%s had begun, and the run ended %s", open, l.last.Status)
	}
	if open == "" && l.last.Status == app.Interrupted {
		wrong(l, "interrupted for nothing")
	}
	if r.failures == anyFailures || l.last.Status == app.Interrupted || !clean(first) {
		return l
	}
	for path, was := range base {
		if got := r.results[path]; got != was {
			wrong(l, "%s came to %s, was %s", path, got, was)
		}
	}
	a, b := &first.last, &l.last
	if a.Status != b.Status || a.Exceptions != b.Exceptions || a.Steps != b.Steps || a.Usage.TotalTokens != b.Usage.TotalTokens {
		wrong(l, "the run ended otherwise")
	}
	if parts(a.Outputs["answer"]) != parts(b.Outputs["answer"]) {
		wrong(l, "the answer is otherwise")
	}
	if r.failures == noFailures && words(first.read.String()) != words(l.read.String()) {
		wrong(l, "a person reads something else:\n%s\n%s", first.read.String(), l.read.String())
	}
	return l
}

// overIn tells whether the execution that had begun was stopped with its round, so that its end does not matter any more.
func overIn(l *life, prefix journal, path string) bool {
	for _, e := range prefix {
		if e.Path == path {
			s := l.finished[e.Exec]
			return s == app.Stopped || s == app.Succeeded
		}
	}
	return false
}

// clean tells whether nothing in a run was cut off, so that it comes to the same whoever is faster.
func clean(l *life) bool {
	for _, s := range l.finished {
		if s == app.Stopped || s == app.Failed {
			return false
		}
	}
	return l.last.Status == app.Succeeded || l.last.Status == app.Partial
}

// parts are the answers in an answer, in no order.
func parts(answer any) string {
	s, _ := answer.(string)
	all := strings.Split(s, ";")
	slices.Sort(all)
	return strings.Join(all, ";")
}

// words are what a person reads, in no order: of two answers that read the same variable the first to speak says it.
func words(read string) string {
	all := strings.FieldsFunc(read, func(c rune) bool { return strings.ContainsRune(":,;", c) })
	slices.Sort(all)
	return strings.Join(all, " ")
}

// stopped lets the run go on and stops it at some moment.
func (r *random) stopped(t *testing.T, j journal, rng *rand.Rand) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(time.Duration(rng.Int64N(int64(10*longest))), cancel)
	r.live(t, ctx, r.resumed(t, &j, 4), &life{})
}

// pauses runs a graph whose forms are filled in only when the run waits for them, and demands that it comes to the same as if
// they had been from the beginning.
func pauses(t *testing.T, seed uint64) {
	r := newRandom(t, seed)
	first := &life{}
	r.live(t, t.Context(), r.input(), first)
	base := maps.Clone(r.results)
	rng := rand.New(rand.NewPCG(seed, 3))
	r.answers, r.results = map[string]bool{}, map[string]string{}
	var j journal
	in := r.input()
	j.into(&in)
	l := &life{}
	r.live(t, t.Context(), in, l)
	for n := 2; l.last.Kind == app.EvRunPaused; n++ {
		asked := map[string]app.ID{}
		for _, f := range l.last.Forms {
			asked[f.Path] = ""
		}
		for _, e := range j {
			if _, is := asked[e.Path]; is {
				asked[e.Path] = e.Exec
			}
		}
		r.answers[l.last.Forms[0].Path] = true
		for _, f := range l.last.Forms[1:] {
			if rng.IntN(2) == 0 {
				r.answers[f.Path] = true
			}
		}
		in := r.resumed(t, &j, n)
		l = &life{}
		r.live(t, t.Context(), in, l)
		for path, exec := range asked {
			if l.execs[exec] == "" {
				t.Errorf("seed %d: the form %s is not of the execution %s any more", seed, path, exec)
			}
		}
		if n > 200 {
			t.Fatalf("seed %d: the run does not end", seed)
		}
	}
	if r.failures == anyFailures || !clean(first) {
		return
	}
	if !maps.Equal(base, r.results) {
		t.Errorf("seed %d: results = %v\nwant %v", seed, r.results, base)
	}
	if a, b := &first.last, &l.last; a.Status != b.Status || a.Exceptions != b.Exceptions || a.Steps != b.Steps || parts(a.Outputs["answer"]) != parts(b.Outputs["answer"]) {
		t.Errorf("seed %d: ended as\n%swant\n%s", seed, describe(b, nil), describe(a, nil))
	}
}
