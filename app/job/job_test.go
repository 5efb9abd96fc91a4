package job_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"islet/app"
	"islet/app/job"
	"islet/store"
)

// bench is a store and a worker on the bubble's clock.
type bench struct {
	t  *testing.T
	db *store.DB

	mu    sync.Mutex
	calls []call
	skew  time.Duration // what the wall clock is wrong by
}

type call struct {
	at      time.Time
	payload string
}

// inBubble runs fn with a fake clock; every goroutine must have ended when fn returns.
func inBubble(t *testing.T, fn func(t *testing.T, b *bench)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t}
		db, err := store.Open(context.Background(), dir, store.Options{Readers: 1, Now: b.now})
		if err != nil {
			t.Fatal(err)
		}
		b.db = db
		fn(t, b)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.skew)
}

func (b *bench) setClock(to time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.skew = time.Until(to)
}

func (b *bench) record(payload []byte) {
	at := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, call{at, string(payload)})
}

func (b *bench) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}

func (b *bench) enqueue(kind, payload string) app.ID {
	b.t.Helper()
	id := app.NewID()
	err := b.db.Update(context.Background(), func(tx *store.Tx) error {
		return tx.Enqueue(app.Job{ID: id, Kind: kind, Payload: []byte(payload)})
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bench) job(id app.ID) *app.Job {
	b.t.Helper()
	var j *app.Job
	err := b.db.View(context.Background(), func(s *store.Snapshot) (err error) { j, err = s.Job(id); return err })
	if err != nil {
		b.t.Fatal(err)
	}
	return j
}

func (b *bench) start(handlers map[string]job.Handler, o job.Options) *job.Worker {
	b.t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	w := job.New(b.db, handlers, o)
	if err := w.Start(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	return w
}

func stop(t *testing.T, w *job.Worker) {
	t.Helper()
	if err := w.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestWorker_runsWhatIsEnqueuedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		w := b.start(map[string]job.Handler{"note": func(_ context.Context, p []byte) error { b.record(p); return nil }}, job.Options{})
		ids := []app.ID{b.enqueue("note", "a"), b.enqueue("note", "b"), b.enqueue("note", "c")}
		time.Sleep(time.Minute)
		stop(t, w)
		if b.count() != 3 {
			t.Errorf("%d runs, want 3", b.count())
		}
		for _, id := range ids {
			if j := b.job(id); j.Status != store.JobDone || j.Attempts != 1 || j.DoneAt == nil || j.LeaseTill != nil {
				t.Errorf("job = %+v, want done at the first try", j)
			}
		}
	})
}

func TestWorker_triesAgainWithGrowingPauses(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		w := b.start(map[string]job.Handler{"note": func(_ context.Context, p []byte) error {
			b.record(p)
			if string(p) == "panic" {
				panic("defect")
			}
			return errors.New("not now")
		}}, job.Options{Attempts: 4})
		id := b.enqueue("note", "panic")
		other := b.enqueue("note", "fails")
		time.Sleep(time.Hour)
		stop(t, w)
		for _, id := range []app.ID{id, other} {
			if j := b.job(id); j.Status != store.JobFailed || j.Attempts != 4 || j.Error == "" {
				t.Errorf("job = %+v, want failed after 4 tries", j)
			}
		}
		var at []time.Time
		for _, c := range b.calls {
			if c.payload == "fails" {
				at = append(at, c.at)
			}
		}
		if len(at) != 4 {
			t.Fatalf("%d tries, want 4", len(at))
		}
		for i, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
			if got := at[i+1].Sub(at[i]); got < want || got > want+2*time.Second {
				t.Errorf("pause %d = %v, want %v", i+1, got, want)
			}
		}
	})
}

func TestWorker_givesUpAtOnceWhereTryingAgainIsUseless(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		w := b.start(map[string]job.Handler{"note": func(context.Context, []byte) error {
			return app.Missing("document", "文档")
		}}, job.Options{})
		gone, unknown := b.enqueue("note", ""), b.enqueue("from-the-future", "")
		time.Sleep(time.Minute)
		stop(t, w)
		for _, id := range []app.ID{gone, unknown} {
			if j := b.job(id); j.Status != store.JobFailed || j.Attempts != 1 {
				t.Errorf("job = %+v, want failed at the first try", j)
			}
		}
	})
}

func TestWorker_keepsTheLeaseOfALongJob(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		w := b.start(map[string]job.Handler{"note": func(ctx context.Context, p []byte) error {
			b.record(p)
			time.Sleep(10 * time.Minute)
			return ctx.Err()
		}}, job.Options{Lease: time.Minute, Workers: 3})
		id := b.enqueue("note", "")
		time.Sleep(11 * time.Minute)
		stop(t, w)
		if j := b.job(id); j.Status != store.JobDone || b.count() != 1 {
			t.Errorf("job = %+v after %d runs, want done after one", j, b.count())
		}
	})
}

func TestWorker_runsNoMoreAtOnceThanItsWorkers(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		now, most := 0, 0
		var mu sync.Mutex
		w := b.start(map[string]job.Handler{"note": func(context.Context, []byte) error {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(5 * time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return nil
		}}, job.Options{Workers: 2})
		for range 9 {
			b.enqueue("note", "")
		}
		time.Sleep(time.Minute)
		stop(t, w)
		if most != 2 {
			t.Errorf("%d at once, want 2", most)
		}
	})
}

func TestWorker_runsAgainWhatACrashLeftRunning(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		id := b.enqueue("note", "x")
		err := b.db.Update(context.Background(), func(tx *store.Tx) error { // a worker that died
			j, err := tx.Job(id)
			if err != nil {
				return err
			}
			return tx.ClaimJob(j, tx.Now().Add(time.Hour))
		})
		if err != nil {
			t.Fatal(err)
		}
		w := b.start(map[string]job.Handler{"note": func(_ context.Context, p []byte) error { b.record(p); return nil }}, job.Options{})
		time.Sleep(5 * time.Second)
		stop(t, w)
		if j := b.job(id); j.Status != store.JobDone || j.Attempts != 2 {
			t.Errorf("job = %+v, want done at the second try", j)
		}
	})
}

func TestWorker_doesNotBeginAgainWhatKillsTheProcess(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		id := b.enqueue("note", "x")
		for range 3 { // three processes died in the middle
			err := b.db.Update(context.Background(), func(tx *store.Tx) error {
				j, err := tx.Job(id)
				if err != nil {
					return err
				}
				if err := tx.ClaimJob(j, tx.Now()); err != nil {
					return err
				}
				return tx.ReleaseJobs()
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		w := b.start(map[string]job.Handler{"note": func(_ context.Context, p []byte) error { b.record(p); return nil }}, job.Options{Attempts: 3})
		time.Sleep(5 * time.Second)
		stop(t, w)
		if j := b.job(id); j.Status != store.JobFailed || b.count() != 0 {
			t.Errorf("job = %+v after %d runs, want failed without one", j, b.count())
		}
	})
}

func TestClose_waitsForWhatRunsAndQueuesAgainWhatWillNotEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		w := b.start(map[string]job.Handler{
			"short": func(context.Context, []byte) error { time.Sleep(2 * time.Second); return nil },
			"long":  func(ctx context.Context, _ []byte) error { <-ctx.Done(); return context.Cause(ctx) },
		}, job.Options{})
		short, long := b.enqueue("short", ""), b.enqueue("long", "")
		time.Sleep(1500 * time.Millisecond)
		late := b.enqueue("short", "")
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := w.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := w.Close(ctx); err != nil {
			t.Error(err)
		}
		if j := b.job(short); j.Status != store.JobDone {
			t.Errorf("short job = %+v, want done", j)
		}
		if j := b.job(long); j.Status != store.JobQueued || j.Attempts != 0 {
			t.Errorf("long job = %+v, want queued as if never begun", j)
		}
		if j := b.job(late); j.Status != store.JobQueued {
			t.Errorf("late job = %+v, want queued", j)
		}
	})
}

func TestSchedule_firesOncePerDueTime(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) { // the bubble begins at midnight UTC, 2000-01-01
		w := b.nightly(t)
		time.Sleep(5*24*time.Hour + time.Minute)
		stop(t, w)
		if b.count() != 5 {
			t.Errorf("%d runs in five days, want 5: %v", b.count(), b.calls)
		}
		for _, c := range b.calls {
			if c.at.Hour() != 3 || c.payload != "backup" {
				t.Errorf("run %+v, want at three with the schedule's name", c)
			}
		}
	})
}

func (b *bench) nightly(t *testing.T) *job.Worker {
	w := b.start(map[string]job.Handler{"backup": func(_ context.Context, p []byte) error { b.record(p); return nil }},
		job.Options{Location: time.UTC, Poll: time.Minute})
	err := b.db.Update(context.Background(), func(tx *store.Tx) error {
		return w.SetSchedule(tx, app.Schedule{Name: "backup", Cron: "0 3 * * *", Kind: "backup"})
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSchedule_survivesAClockThatJumps(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		w := b.nightly(t)
		time.Sleep(4 * time.Hour) // 04:00: one run
		steps := []struct {
			to   time.Time
			want int // runs in all after it
		}{
			{time.Date(2001, 1, 1, 4, 0, 0, 0, time.UTC), 2},   // a year ahead: once, not 365 times
			{time.Date(2001, 1, 1, 2, 30, 0, 0, time.UTC), 2},  // back before three: not again
			{time.Date(1999, 6, 1, 12, 0, 0, 0, time.UTC), 2},  // years back: the next night it fires
			{time.Date(1999, 6, 2, 2, 59, 0, 0, time.UTC), 3},  // … here
			{time.Date(2010, 1, 1, 12, 0, 0, 0, time.UTC), 4},  // ten years ahead
			{time.Date(2010, 1, 2, 2, 59, 0, 0, time.UTC), 5},  // and on as usual
			{time.Date(2010, 1, 2, 12, 0, 0, 0, time.UTC), 5},  // nothing by day
			{time.Date(2010, 1, 2, 12, 30, 0, 0, time.UTC), 5}, // nothing by day
		}
		for _, s := range steps {
			b.setClock(s.to)
			time.Sleep(5 * time.Minute)
			if b.count() != s.want {
				t.Errorf("after the clock went to %v: %d runs, want %d", s.to, b.count(), s.want)
			}
		}
		stop(t, w)
	})
}

func TestSchedule_switchedOffDoesNotFire(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		w := b.nightly(t)
		err := b.db.Update(context.Background(), func(tx *store.Tx) error {
			return w.SetSchedule(tx, app.Schedule{Name: "backup", Cron: "0 3 * * *", Kind: "backup", Off: true})
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Hour)
		stop(t, w)
		if b.count() != 0 {
			t.Errorf("%d runs, want none", b.count())
		}
	})
}

func TestNext_onTheWallClock(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone data here")
	}
	in := func(s string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct{ name, cron, after, want string }{
		{"today", "0 3 * * *", "2026-11-23 01:00", "2026-11-23 03:00"},
		{"tomorrow", "0 3 * * *", "2026-11-23 03:00", "2026-11-24 03:00"},
		{"over the spring jump", "0 3 * * *", "2026-03-28 12:00", "2026-03-29 03:00"},
		{"over the autumn jump", "0 3 * * *", "2026-10-24 12:00", "2026-10-25 03:00"},
		{"leap day", "0 0 29 2 *", "2026-01-01 00:00", "2028-02-29 00:00"},
		{"weekday", "30 6 * * 1", "2026-11-23 06:30", "2026-11-30 06:30"},
		{"year's end", "59 23 31 12 *", "2026-12-31 23:59", "2027-12-31 23:59"},
	}
	for _, tt := range tests {
		got, err := job.Next(tt.cron, in(tt.after), berlin)
		if err != nil || !got.Equal(in(tt.want)) {
			t.Errorf("%s: Next(%q, %s) = %v, %v, want %s", tt.name, tt.cron, tt.after, got.In(berlin), err, tt.want)
		}
	}
	for _, bad := range []string{"", "x", "60 * * * *", "0 3 * *", "0 0 3 * * *", "@daily", "0 0 30 2 *"} {
		if got, err := job.Next(bad, in("2026-01-01 00:00"), berlin); !errors.Is(err, &app.Error{Code: "cron_invalid"}) {
			t.Errorf("Next(%q) = %v, %v, want cron_invalid", bad, got, err)
		}
	}
}

func TestNext_overAYearEachWallTimeComesOnce(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "America/Santiago"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Skip("no time zone data here")
		}
		for _, cron := range []string{"30 2 * * *", "0 0 * * *", "15 1 * * *"} {
			at := time.Date(2026, 1, 1, 12, 0, 0, 0, loc)
			end := at.AddDate(1, 0, 0)
			fired := 0
			for {
				next, err := job.Next(cron, at, loc)
				if err != nil {
					t.Fatal(err)
				}
				if gap := next.Sub(at); fired > 0 && (gap < 22*time.Hour || gap > 26*time.Hour) {
					t.Errorf("%s %q: Next(%v) = %v, not a day later", zone, cron, at, next.In(loc))
				}
				if next.After(end) {
					break
				}
				at = next
				fired++
			}
			if fired != 365 {
				t.Errorf("%s %q fired %d times in a year, want 365", zone, cron, fired)
			}
		}
	}
}
