package job

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/adhocore/gronx"

	"islet/app"
	"islet/store"
)

// SetSchedule writes a schedule that enqueues a job of s.Kind, with s.Name as its payload, at each time its cron line names
// in the site's time zone. Cron has five fields.
func (w *Worker) SetSchedule(tx *store.Tx, s app.Schedule) error {
	next, err := Next(s.Cron, tx.Now(), w.o.Location)
	if err != nil {
		return err
	}
	s.NextAt = next
	return tx.SetSchedule(&s)
}

// Next is the first time after a moment that a cron line names on the clock on the wall. A time that the wall clock skips in
// spring fires at the moment of the jump or an hour beside it; one that it shows twice in autumn fires once.
func Next(cron string, after time.Time, loc *time.Location) (time.Time, error) {
	if len(strings.Fields(cron)) != 5 || !gronx.IsValid(cron) {
		return time.Time{}, app.Errorf(app.Invalid, "cron_invalid", "%q is not a schedule of five fields, such as 0 3 * * *", "%q 不是有效的五段定时表达式，例如 0 3 * * *", cron)
	}
	// The search runs on the wall clock as if it never jumped: date and time without a zone, written as UTC.
	a := after.In(loc)
	wall := time.Date(a.Year(), a.Month(), a.Day(), a.Hour(), a.Minute(), a.Second(), 0, time.UTC)
	for range maxSteps {
		next, err := gronx.NextTickAfter(cron, wall, false)
		if err != nil || !next.After(wall) {
			break
		}
		wall = next
		t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, loc)
		if t.After(after) {
			return t.UTC(), nil
		}
	}
	return time.Time{}, app.Errorf(app.Invalid, "cron_invalid", "the schedule %q never comes", "定时表达式 %q 永远不会触发", cron)
}

// maxSteps bounds the search of Next: a line that names every minute walks through the hours that a clock is set back by.
const maxSteps = 1500

// tooFar is how far off a daily schedule's next time may be before it is doubted: the clock was wrong when it was computed.
const tooFar = 25 * time.Hour

// fire enqueues a job for each schedule that is due, once however often its time has passed, and computes its next time from now.
func (w *Worker) fire(ctx context.Context) error {
	var all []*app.Schedule
	var now time.Time
	err := w.db.View(ctx, func(s *store.Snapshot) (err error) {
		now = s.Now()
		all, err = s.Schedules()
		return err
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range all {
		if !s.Off && (!s.NextAt.After(now) || w.doubtful(s, now)) {
			errs = append(errs, w.fireOne(ctx, s.Name))
		}
	}
	return errors.Join(errs...)
}

// doubtful tells whether a schedule waits for a time later than its next one.
func (w *Worker) doubtful(s *app.Schedule, now time.Time) bool {
	if s.NextAt.Sub(now) <= tooFar {
		return false
	}
	next, err := Next(s.Cron, now, w.o.Location)
	return err == nil && s.NextAt.After(next)
}

func (w *Worker) fireOne(ctx context.Context, name string) error {
	return w.db.Update(ctx, func(tx *store.Tx) error {
		s, err := tx.Schedule(name)
		if err != nil {
			return err
		}
		now := tx.Now()
		next, err := Next(s.Cron, now, w.o.Location)
		if err != nil {
			w.o.Log.Error("a schedule cannot be read and is switched off", "schedule", s.Name, "cron", s.Cron, "err", err)
			s.Off = true
			return tx.SetSchedule(s)
		}
		if s.Off {
			return nil // changed meanwhile
		}
		due := !s.NextAt.After(now)
		s.NextAt = next
		if err := tx.SetSchedule(s); err != nil || !due {
			return err
		}
		if err := tx.PruneJobs(now.Add(-keepFor)); err != nil {
			return err
		}
		return tx.Enqueue(app.Job{Kind: s.Kind, Payload: []byte(s.Name)})
	})
}
