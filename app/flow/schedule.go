package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"islet/app"
	"islet/app/job"
	"islet/app/studio"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store"
)

// clock is the data of a trigger-schedule node.
type clock struct {
	Mode      string `json:"mode"`
	Frequency string `json:"frequency"`
	Cron      string `json:"cron_expression"`
	Zone      string `json:"timezone"`
	Visual    struct {
		Time     string   `json:"time"` // 12:00 AM
		Minute   int      `json:"on_minute"`
		Weekdays []string `json:"weekdays"`     // sun to sat
		Days     []any    `json:"monthly_days"` // 1 to 31, or last
	} `json:"visual_config"`
}

// Timing is when a schedule node starts its app: a cron line of five fields, and the time zone in which it is read. A node that
// says it in a way that has no meaning is schedule_invalid.
func Timing(n studio.TriggerNode) (cron, zone string, err error) {
	c := clock{}
	if err := settingsOf(n, &c); err != nil {
		return "", "", wrongTime(n, "its settings cannot be read; set the time again", "设置无法读取；请重新设置时间").Because(err)
	}
	zone = cmp.Or(c.Zone, "UTC")
	loc, err := location(zone)
	if err != nil {
		return "", "", wrongTime(n, "there is no time zone %[2]q; choose one such as Asia/Shanghai", "没有时区“%[2]s”；请选择例如 Asia/Shanghai 的时区", zone).Because(err)
	}
	if cron, err = c.line(n); err != nil {
		return "", "", err
	}
	if _, err := job.Next(cron, time.Unix(0, 0), loc); err != nil {
		return "", "", wrongTime(n, "%[2]q is no time that ever comes; write five fields, such as 0 3 * * *", "%[2]q 不是会到来的时间；请填写五段表达式，例如 0 3 * * *", cron).Because(err)
	}
	return cron, zone, nil
}

// location is a time zone by its IANA name. The machine's own has no name.
func location(zone string) (*time.Location, error) {
	if zone == "Local" {
		return nil, errors.New("not a name")
	}
	return time.LoadLocation(zone)
}

// wrongTime is the error of a schedule that has no meaning; its title is the first argument.
func wrongTime(n studio.TriggerNode, en, zh string, args ...any) *app.Error {
	return app.Errorf(app.Invalid, "schedule_invalid", "the schedule %[1]q cannot be used: "+en, "定时触发器“%[1]s”无法使用："+zh, append([]any{titleOf(n)}, args...)...)
}

// line is the cron line of a schedule.
func (c *clock) line(n studio.TriggerNode) (string, error) {
	if c.Mode == "cron" {
		return strings.Join(strings.Fields(c.Cron), " "), nil
	}
	if c.Frequency == "hourly" {
		if c.Visual.Minute < 0 || c.Visual.Minute > 59 {
			return "", wrongTime(n, "an hour has no minute %[2]d; choose 0 to 59", "一小时没有第 %[2]d 分钟；请选择 0 到 59", c.Visual.Minute)
		}
		return fmt.Sprintf("%d * * * *", c.Visual.Minute), nil
	}
	at, err := timeOfDay(c.Visual.Time)
	if err != nil {
		return "", wrongTime(n, "%[2]q is no time of day; write it as 09:30 AM", "%[2]q 不是有效的时间；请按 09:30 AM 的格式填写", c.Visual.Time).Because(err)
	}
	line := fmt.Sprintf("%d %d", at.Minute(), at.Hour())
	switch c.Frequency {
	case "", "daily":
		return line + " * * *", nil
	case "weekly":
		days, err := c.weekdays(n)
		return line + " * * " + days, err
	case "monthly":
		days, err := c.monthDays(n)
		return line + " " + days + " * *", err
	}
	return "", wrongTime(n, "the frequency %[2]q does not exist; choose hourly, daily, weekly or monthly", "没有频率“%[2]s”；请选择每小时、每天、每周或每月", c.Frequency)
}

// timeOfDay reads a time as Dify's form writes it; nothing is midnight.
func timeOfDay(s string) (t time.Time, err error) {
	s = strings.ToUpper(strings.TrimSpace(cmp.Or(s, "12:00 AM")))
	for _, layout := range []string{"3:04 PM", "3:04PM", "15:04"} {
		if t, err = time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return t, err
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (c *clock) weekdays(n studio.TriggerNode) (string, error) {
	seen := map[int]bool{}
	for _, d := range c.Visual.Weekdays {
		i := slices.Index(weekdays, strings.ToLower(d))
		if i < 0 {
			return "", wrongTime(n, "%[2]q is no day of the week; use sun, mon, tue, wed, thu, fri or sat", "%[2]q 不是星期；请使用 sun、mon、tue、wed、thu、fri 或 sat", d)
		}
		seen[i] = true
	}
	return days(n, seen, "")
}

func (c *clock) monthDays(n studio.TriggerNode) (string, error) {
	seen, last := map[int]bool{}, ""
	for _, d := range c.Visual.Days {
		s := value.Text(value.Loose(d))
		i, err := strconv.Atoi(s)
		switch {
		case s == "last":
			last = "L"
		case err != nil || i < 1 || i > 31:
			return "", wrongTime(n, "%[2]q is no day of the month; use 1 to 31 or last", "%[2]q 不是每月的日期；请使用 1 到 31 或 last", s)
		default:
			seen[i] = true
		}
	}
	return days(n, seen, last)
}

// days writes the days of a week or a month, at least one.
func days(n studio.TriggerNode, set map[int]bool, last string) (string, error) {
	list := make([]string, 0, len(set)+1)
	for _, d := range slices.Sorted(maps.Keys(set)) {
		list = append(list, strconv.Itoa(d))
	}
	if last != "" {
		list = append(list, last)
	}
	if len(list) == 0 {
		return "", wrongTime(n, "choose at least one day", "请至少选择一天")
	}
	return strings.Join(list, ","), nil
}

// plan makes the schedules of a published graph those of its app. One that means what it meant keeps its next time, so that
// publishing neither skips nor repeats it.
func (f *Flow) plan(tx *store.Tx, id app.ID, nodes []studio.TriggerNode) error {
	known, err := tx.AppSchedules(id)
	if err != nil {
		return err
	}
	list := make([]app.AppSchedule, 0, len(nodes))
	for _, n := range nodes {
		cron, zone, err := Timing(n)
		if err != nil {
			return err
		}
		sc := app.AppSchedule{App: id, Node: n.ID, Cron: cron, Zone: zone}
		if at := slices.IndexFunc(known, func(k app.AppSchedule) bool { return k.Node == n.ID }); at >= 0 {
			sc.Off = known[at].Off
			if known[at].Cron == cron && known[at].Zone == zone {
				sc.NextAt = known[at].NextAt
			}
		}
		if sc.NextAt.IsZero() {
			if sc.NextAt, err = next(&sc, tx.Now()); err != nil {
				return err
			}
		}
		list = append(list, sc)
	}
	return tx.SetAppSchedules(id, list)
}

// next is when a schedule starts its app for the first time after a moment.
func next(sc *app.AppSchedule, after time.Time) (time.Time, error) {
	loc, err := location(sc.Zone)
	if err != nil {
		return time.Time{}, err
	}
	return job.Next(sc.Cron, after, loc)
}

// missedFor is how late a schedule may start its app: what is older, because the server was off, is left out.
const missedFor = 24 * time.Hour

// fire starts the apps whose time has come. A time starts its app exactly once, however often the process restarts: the schedule
// moves on in the change that stores the run, and a stored run goes on after a crash. Times that passed while the server was off
// start one run if the earliest of them is less than a day old, none otherwise; after that it goes on from now. An app that
// cannot take a run at the moment is tried again with the next tick, one that cannot run at all misses this time.
func (f *Flow) fire(ctx context.Context) error {
	var due []store.AppScheduleDue
	var now time.Time
	err := f.DB.View(ctx, func(s *store.Snapshot) (err error) {
		now = s.Now()
		due, err = s.AppSchedulesDue(now)
		return err
	})
	if err != nil {
		return err
	}
	var all []error
	for i := range due {
		sc := &due[i].Schedule
		ctx := app.WithScope(ctx, app.Scope{Workspace: due[i].Workspace})
		if err := f.fireOne(ctx, sc, now); err != nil {
			all = append(all, fmt.Errorf("schedule %s of app %s: %w", sc.Node, sc.App, err))
		}
	}
	return errors.Join(all...)
}

func (f *Flow) fireOne(ctx context.Context, sc *app.AppSchedule, now time.Time) error {
	following, err := next(sc, now)
	if err != nil {
		f.Log.Error("a schedule cannot be read and is switched off", "app", sc.App, "node", sc.Node, "cron", sc.Cron, "timezone", sc.Zone, "err", err)
		_, err = f.SwitchSchedule(ctx, sc.App, sc.Node, true)
		return err
	}
	moveOn := func(tx *store.Tx) error { return tx.AdvanceAppSchedule(sc.App, sc.Node, following) }
	if now.Sub(sc.NextAt) < missedFor {
		err := f.startScheduled(ctx, sc, moveOn)
		switch app.KindOf(err) {
		case app.RateLimited, app.Unavailable:
			return nil // it is due still
		case app.Internal:
			return err // nil, or worth another try
		}
		f.Log.Warn("a schedule could not start its app", "app", sc.App, "node", sc.Node, "due", sc.NextAt, "err", err)
	}
	if err := f.DB.Update(ctx, moveOn); app.KindOf(err) != app.NotFound { // not found: published anew meanwhile
		return err
	}
	return nil
}

// startScheduled starts the published version at the node of a schedule, with nobody behind it. moveOn is part of the change
// that stores the run.
func (f *Flow) startScheduled(ctx context.Context, sc *app.AppSchedule, moveOn func(*store.Tx) error) error {
	rel, err := f.Studio.Latest(ctx, sc.App)
	if err != nil {
		return err
	}
	if err := rel.Ready(); err != nil {
		return err
	}
	graph, ok := rel.Graph.From(sc.Node)
	if !ok {
		return app.Errorf(app.NotFound, "trigger_gone", "the published version has no trigger %q any more; publish the app again", "已发布的版本中没有触发器“%s”；请重新发布应用", sc.Node)
	}
	inputs, err := graph.Check(nil)
	if err != nil {
		return err
	}
	r := app.Run{ID: app.NewID(), App: rel.App.ID, Version: rel.Version, Source: app.FromSchedule, Inputs: inputs, StartedAt: f.DB.Now()}
	spec := f.spec(rel, graph)
	spec.Run, spec.Scope, spec.Insert = r, rel.Scope(""), moveOn
	spec.Input.Inputs = inputs
	sys := system(rel, &r, "", nil)
	sys[triggerNode] = sc.Node
	spec.Input.Vars[workflow.System] = sys
	_, err = f.Runs.Start(app.WithScope(ctx, spec.Scope), spec)
	return err
}

// Schedule is a schedule of an app as the studio shows it.
type Schedule struct {
	app.AppSchedule
	Title string
	Next  []time.Time // the next five times that its line names
	Draft bool        // the draft has its node
	Live  bool        // it is in force: the published version has it
	Wrong error       // of a draft: why it cannot be published; Cron and Next are empty
}

// shownTimes is how many times of a schedule the studio shows.
const shownTimes = 5

// Schedules are the schedules of an app: those in force as they are in force, those that only the draft has as they would be.
func (f *Flow) Schedules(ctx context.Context, id app.ID) (out []Schedule, err error) {
	err = f.DB.View(ctx, func(s *store.Snapshot) error {
		nodes, err := nodesOf(s, id, scheduleType)
		if err != nil {
			return err
		}
		known, err := s.AppSchedules(id)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			out = append(out, show(&n, known, s.Now()))
		}
		return nil
	})
	return out, err
}

// show is a schedule as the studio shows it.
func show(n *node, known []app.AppSchedule, now time.Time) Schedule {
	sh := Schedule{AppSchedule: app.AppSchedule{Node: n.ID}, Title: titleOf(n.TriggerNode), Next: []time.Time{}, Draft: n.draft}
	if at := slices.IndexFunc(known, func(k app.AppSchedule) bool { return k.Node == n.ID }); at >= 0 {
		sh.AppSchedule, sh.Live = known[at], true
	} else if sh.Cron, sh.Zone, sh.Wrong = Timing(n.TriggerNode); sh.Wrong != nil {
		return sh
	}
	sh.Next = following(&sh.AppSchedule, now)
	return sh
}

// following are the next times that a schedule names after a moment, as many as the studio shows.
func following(sc *app.AppSchedule, now time.Time) []time.Time {
	times := []time.Time{}
	for t := now; len(times) < shownTimes; {
		following, err := next(sc, t)
		if err != nil {
			break // it names fewer
		}
		t = following
		times = append(times, t)
	}
	return times
}

// Preview tells what the data of a schedule node means: its cron line, its time zone and the next times that it names after now.
// What has no meaning is schedule_invalid.
func Preview(data json.RawMessage, now time.Time) (cron, zone string, times []time.Time, err error) {
	v, err := value.Decode(data)
	settings, ok := v.(*value.Object)
	if err != nil || !ok {
		settings = value.NewObject()
	}
	if cron, zone, err = Timing(studio.TriggerNode{Type: scheduleType, Data: settings}); err != nil {
		return "", "", nil, err
	}
	return cron, zone, following(&app.AppSchedule{Cron: cron, Zone: zone}, now), nil
}

// SwitchSchedule switches a schedule that is in force off or on. Switched on, it goes on from now: what it missed is gone.
func (f *Flow) SwitchSchedule(ctx context.Context, id app.ID, nodeID string, off bool) (*Schedule, error) {
	var sh Schedule
	err := f.DB.Update(ctx, func(tx *store.Tx) error {
		list, err := tx.AppSchedules(id)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list, func(k app.AppSchedule) bool { return k.Node == nodeID })
		if at < 0 {
			return app.Errorf(app.NotFound, "schedule_not_live", "there is no such schedule in force; publish the app first", "没有生效中的此定时触发器；请先发布应用")
		}
		if sc := &list[at]; sc.Off && !off {
			if sc.NextAt, err = next(sc, tx.Now()); err != nil {
				return err
			}
		}
		list[at].Off = off
		if err := tx.SetAppSchedules(id, list); err != nil {
			return err
		}
		nodes, err := nodesOf(&tx.Snapshot, id, scheduleType)
		if err != nil {
			return err
		}
		if n := slices.IndexFunc(nodes, func(n node) bool { return n.ID == nodeID }); n >= 0 {
			sh = show(&nodes[n], list, tx.Now())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &sh, nil
}
