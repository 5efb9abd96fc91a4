package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"islet/app"
	"islet/app/flow"
	"islet/app/job"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/workflow"
	"islet/store"
)

func TestTiming_turnsAFormIntoACronLine(t *testing.T) {
	for _, c := range []struct{ data, want string }{ // ! begins what the sentence of a refusal holds
		{`{}`, "0 0 * * * UTC"},
		{`{"mode":"visual","frequency":"hourly"}`, "0 * * * * UTC"},
		{`{"mode":"visual","frequency":"hourly","visual_config":{"on_minute":59},"timezone":"Asia/Shanghai"}`, "59 * * * * Asia/Shanghai"},
		{`{"frequency":"daily","visual_config":{"time":"12:00 AM"},"timezone":"Europe/Berlin"}`, "0 0 * * * Europe/Berlin"},
		{`{"frequency":"daily","visual_config":{"time":"12:30 pm"}}`, "30 12 * * * UTC"},
		{`{"frequency":"daily","visual_config":{"time":"1:05PM"}}`, "5 13 * * * UTC"},
		{`{"frequency":"daily","visual_config":{"time":"23:15"}}`, "15 23 * * * UTC"},
		{`{"frequency":"weekly","visual_config":{"time":"09:30 AM","weekdays":["sat","mon","sun","mon"]}}`, "30 9 * * 0,1,6 UTC"},
		{`{"frequency":"monthly","visual_config":{"time":"11:59 PM","monthly_days":[31,"last",1,"15"]}}`, "59 23 1,15,31,L * * UTC"},
		{`{"frequency":"monthly","visual_config":{"monthly_days":["last"]}}`, "0 0 L * * UTC"},
		{`{"mode":"cron","frequency":"daily","cron_expression":" */5  8-18 * *   1-5 ","visual_config":null}`, "*/5 8-18 * * 1-5 UTC"},

		{`{"mode":"cron"}`, `!"" is no time that ever comes`},
		{`{"mode":"cron","cron_expression":"0 3 * * * *"}`, "!write five fields"},
		{`{"mode":"cron","cron_expression":"0 0 30 2 *"}`, `!"0 0 30 2 *" is no time that ever comes`},
		{`{"frequency":"hourly","visual_config":{"on_minute":60}}`, "!no minute 60"},
		{`{"frequency":"daily","visual_config":{"time":"25:00"}}`, `!"25:00" is no time of day`},
		{`{"frequency":"weekly","visual_config":{}}`, "!choose at least one day"},
		{`{"frequency":"weekly","visual_config":{"weekdays":["someday"]}}`, `!"someday" is no day of the week`},
		{`{"frequency":"monthly","visual_config":{"monthly_days":[0]}}`, `!"0" is no day of the month`},
		{`{"frequency":"monthly","visual_config":{"monthly_days":[]}}`, "!choose at least one day"},
		{`{"frequency":"yearly"}`, `!the frequency "yearly" does not exist`},
		{`{"timezone":"Mars/Base"}`, `!no time zone "Mars/Base"`},
		{`{"timezone":"Local"}`, `!no time zone "Local"`},
		{`{"timezone":"../etc/passwd"}`, `!no time zone`},
		{`{"visual_config":"x"}`, "!cannot be read"},
	} {
		data := strings.Replace(c.data, "{", `{"type":"trigger-schedule","title":"Morning",`, 1)
		data = strings.Replace(data, ",}", "}", 1)
		cron, zone, err := flow.Timing(studio.Triggers(graph(data))[0])
		if sentence, refused := strings.CutPrefix(c.want, "!"); refused {
			if !errors.Is(err, &app.Error{Code: "schedule_invalid"}) || !strings.Contains(err.Error(), sentence) || !strings.Contains(err.Error(), `"Morning"`) {
				t.Errorf("%s: %s %s, %v, want %q", c.data, cron, zone, err, sentence)
			}
			continue
		}
		if got := cron + " " + zone; err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.data, got, err, c.want)
		}
	}
}

// TestTiming_acrossTheChangeOfClocks follows schedules through the nights in which Berlin's clocks jump; Shanghai's never do.
func TestTiming_acrossTheChangeOfClocks(t *testing.T) {
	for _, c := range []struct{ data, from, want string }{
		{`{"frequency":"daily","visual_config":{"time":"9:00 AM"},"timezone":"Europe/Berlin"}`, "2026-03-28T00:00:00Z", "03-28T08:00 03-29T07:00 03-30T07:00"}, // spring
		{`{"frequency":"daily","visual_config":{"time":"9:00 AM"},"timezone":"Europe/Berlin"}`, "2026-10-24T00:00:00Z", "10-24T07:00 10-25T08:00 10-26T08:00"}, // autumn
		{`{"frequency":"daily","visual_config":{"time":"9:00 AM"},"timezone":"Asia/Shanghai"}`, "2026-03-28T00:00:00Z", "03-28T01:00 03-29T01:00 03-30T01:00"},
		{`{"frequency":"daily","visual_config":{"time":"2:30 AM"},"timezone":"Europe/Berlin"}`, "2026-03-28T00:00:00Z", "03-28T01:30 03-29T01:30 03-30T00:30"}, // 2:30 is not there: 3:30
		{`{"frequency":"daily","visual_config":{"time":"2:30 AM"},"timezone":"Europe/Berlin"}`, "2026-10-24T12:00:00Z", "10-25T01:30 10-26T01:30 10-27T01:30"}, // 2:30 comes twice: once
		{`{"frequency":"hourly","visual_config":{"on_minute":15},"timezone":"Europe/Berlin"}`, "2026-03-29T00:00:00Z", "03-29T00:15 03-29T01:15 03-29T02:15"},
		{`{"frequency":"monthly","visual_config":{"time":"12:00 AM","monthly_days":["last"]},"timezone":"Asia/Shanghai"}`, "2028-02-01T00:00:00Z", "02-28T16:00 03-30T16:00 04-29T16:00"},
		{`{"frequency":"weekly","visual_config":{"time":"7:00 AM","weekdays":["mon","fri"]},"timezone":"Asia/Shanghai"}`, "2026-01-01T00:00:00Z", "01-01T23:00 01-04T23:00 01-08T23:00"},
	} {
		cron, zone, err := flow.Timing(studio.Triggers(graph(strings.Replace(c.data, "{", `{"type":"trigger-schedule",`, 1)))[0])
		if err != nil {
			t.Fatal(err)
		}
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := time.Parse(time.RFC3339, c.from)
		var got []string
		for range 3 {
			if at, err = job.Next(cron, at, loc); err != nil {
				t.Fatal(err)
			}
			got = append(got, at.UTC().Format("01-02T15:04"))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s from %s: %s, want %s", c.data, c.from, s, c.want)
		}
	}
}

const everyMinute = `{"type":"trigger-schedule","title":"Often","mode":"cron","cron_expression":"* * * * *"}`

// inBubble runs fn on a clock that stands at midnight of 2000-01-01, UTC, and moves when all sleep.
func inBubble(t *testing.T, fn func(t *testing.T, p *plant), tune ...func(*run.Options)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		p := newPlant(t, dir, tune...)
		fn(t, p)
		p.close()
	})
}

func (p *plant) inForce(a *app.App) []app.AppSchedule {
	p.t.Helper()
	var list []app.AppSchedule
	if err := p.db.View(p.ctx, func(s *store.Snapshot) (err error) { list, err = s.AppSchedules(a.ID); return err }); err != nil {
		p.t.Fatal(err)
	}
	return list
}

func TestSchedule_firesOncePerTimeAcrossRestarts(t *testing.T) {
	inBubble(t, func(t *testing.T, p *plant) {
		a := p.app(graph(everyMinute))
		if err := p.publish(a, a.Draft.Graph); err != nil {
			t.Fatal(err)
		}
		p.flow.Watch()
		for range 3 { // each life ends a moment after a time has come
			time.Sleep(time.Minute + 1500*time.Millisecond)
			synctest.Wait()
			p.close()
			p.open()
			p.flow.Watch()
			time.Sleep(1100 * time.Millisecond)
			synctest.Wait()
		}
		runs := p.list(a)
		if len(runs) != 3 {
			t.Fatalf("%d runs in three minutes", len(runs))
		}
		for i, r := range runs {
			if want := time.Date(2000, 1, 1, 0, i+1, 0, 0, time.UTC); r.StartedAt.Truncate(time.Minute) != want || r.Source != app.FromSchedule || r.EndUser != "" || r.Version == "" || r.Status != app.Succeeded {
				t.Errorf("run %d is %+v, want one of %s", i, r, want)
			}
		}
	})
}

func TestSchedule_timesMissedWhileOff(t *testing.T) {
	for _, c := range []struct {
		off  time.Duration
		want int
	}{{time.Hour, 1}, {23 * time.Hour, 1}, {25 * time.Hour, 0}, {100 * 24 * time.Hour, 0}} {
		inBubble(t, func(t *testing.T, p *plant) {
			a := p.app(graph(everyMinute))
			if err := p.publish(a, a.Draft.Graph); err != nil {
				t.Fatal(err)
			}
			time.Sleep(c.off) // nobody watches
			p.close()
			p.open()
			p.flow.Watch()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if got := len(p.list(a)); got != c.want {
				t.Errorf("after %s: %d runs, want %d", c.off, got, c.want)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := len(p.list(a)); got != c.want+1 {
				t.Errorf("a minute later: %d runs, want %d", got, c.want+1)
			}
		})
	}
}

func TestSchedule_waitsForABusyApp(t *testing.T) {
	inBubble(t, func(t *testing.T, p *plant) {
		hold := make(chan struct{}) // of the bubble
		p.studio.Types["hold"] = workflow.Type{New: func(json.RawMessage) (workflow.Node, error) { return holder(hold), nil }}
		a := p.app(json.RawMessage(`{"nodes":[{"id":"t","data":` + everyMinute + `},{"id":"h","data":{"type":"hold"}}],"edges":[{"source":"t","target":"h"}]}`))
		if err := p.publish(a, a.Draft.Graph); err != nil {
			t.Fatal(err)
		}
		p.flow.Watch()
		time.Sleep(3*time.Minute + 30*time.Second)
		synctest.Wait()
		if got := len(p.list(a)); got != 1 {
			t.Fatalf("%d runs of an app that takes one", got)
		}
		close(hold)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := len(p.list(a)); got != 2 { // one for all that it missed
			t.Errorf("%d runs when it was free again", got)
		}
	}, func(o *run.Options) { o.PerApp = 1 })
}

func TestPublish_replacesSchedules(t *testing.T) {
	inBubble(t, func(t *testing.T, p *plant) {
		const daily = `{"type":"trigger-schedule","title":"Daily","frequency":"daily","visual_config":{"time":"9:00 AM"},"timezone":"Asia/Shanghai"}`
		a := p.app(graph(everyMinute, daily))
		if list, err := p.flow.Schedules(p.ctx, a.ID); err != nil || len(list) != 2 || list[0].Live || !list[0].Draft || len(list[1].Next) != 5 || list[1].Cron != "0 9 * * *" || list[1].Title != "Daily" {
			t.Fatalf("of a draft: %+v, %v", list, err)
		}
		if len(p.inForce(a)) != 0 {
			t.Error("a draft is in force")
		}
		if err := p.publish(a, graph(everyMinute, daily)); err != nil {
			t.Fatal(err)
		}
		first := p.inForce(a)
		if len(first) != 2 || !first[1].NextAt.Equal(time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC)) {
			t.Fatalf("in force: %+v", first)
		}
		time.Sleep(30 * time.Second)
		if sh, err := p.flow.SwitchSchedule(p.ctx, a.ID, "t0", true); err != nil || !sh.Off || !sh.Live {
			t.Fatalf("SwitchSchedule = %+v, %v", sh, err)
		}
		if err := p.publish(a, graph(everyMinute, daily)); err != nil {
			t.Fatal(err)
		}
		if again := p.inForce(a); !again[0].Off || again[1].Off || again[1].NextAt != first[1].NextAt {
			t.Errorf("published again: %+v", again)
		}
		p.flow.Watch()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := len(p.list(a)); got != 0 {
			t.Errorf("%d runs of a schedule that is off", got)
		}
		sh, err := p.flow.SwitchSchedule(p.ctx, a.ID, "t0", false)
		if err != nil || sh.Off || !sh.NextAt.After(p.db.Now()) {
			t.Fatalf("on again: %+v, %v", sh, err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := len(p.list(a)); got != 1 {
			t.Errorf("%d runs in the minute after", got)
		}
		if err := p.publish(a, graph(daily)); err != nil { // t0 is now the daily one
			t.Fatal(err)
		}
		if list := p.inForce(a); len(list) != 1 || list[0].Cron != "0 9 * * *" || list[0].Off {
			t.Errorf("without the first: %+v", list)
		}
		if _, err := p.flow.SwitchSchedule(p.ctx, a.ID, "t1", true); !errors.Is(err, &app.Error{Code: "schedule_not_live"}) {
			t.Errorf("switching what is gone: %v", err)
		}
		if _, err := p.flow.SwitchSchedule(app.WithScope(context.Background(), app.Scope{Workspace: app.NewID()}), a.ID, "t0", true); app.KindOf(err) != app.NotFound {
			t.Errorf("switching as a stranger: %v", err)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := len(p.list(a)); got != 1 {
			t.Errorf("%d runs after the schedule went", got)
		}
	})
}

func TestSchedules_showWhatIsWrongWithADraft(t *testing.T) {
	p := newPlant(t, t.TempDir())
	defer p.close()
	a := p.app(graph(`{"type":"trigger-schedule","title":"A","timezone":"Mars/Base"}`))
	list, err := p.flow.Schedules(p.ctx, a.ID)
	if err != nil || len(list) != 1 || list[0].Wrong == nil || len(list[0].Next) != 0 {
		t.Errorf("Schedules = %+v, %v", list, err)
	}
}
