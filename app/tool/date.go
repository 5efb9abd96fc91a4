package tool

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"islet/app"
	"islet/app/value"
)

// Units of date arithmetic.
var dateUnits = []string{"days", "workdays", "weeks", "months", "years", "hours", "minutes"}

func addDate(d Deps) *Tool {
	t := &Tool{Name: "date_add", Label: app.Text{En: "Add to a date", Zh: "日期加减"}, Description: "Adds days, working days, weeks, months, years, hours or minutes to a date, or subtracts them.",
		Params: []Param{
			text("date", "Date", "日期", "such as 2026-11-25 or 2026-11-25 12:00:00; today or now for the current one", true, "today"),
			{Name: "amount", Label: app.Text{En: "Amount", Zh: "数量"}, Description: "how many units; negative to go back", Type: "number", Form: "llm", Required: true},
			{Name: "unit", Label: app.Text{En: "Unit", Zh: "单位"}, Description: "workdays are Monday to Friday without the holidays", Type: "select", Form: "llm", Required: true, Default: "days", Options: dateUnits,
				Labels: []app.Text{{En: "days", Zh: "天"}, {En: "working days", Zh: "工作日"}, {En: "weeks", Zh: "周"}, {En: "months", Zh: "月"}, {En: "years", Zh: "年"}, {En: "hours", Zh: "小时"}, {En: "minutes", Zh: "分钟"}}},
			holidays(), workOn(), text("timezone", "Time zone", "时区", "IANA time zone of today and now", false, "Asia/Shanghai"),
		}}
	t.Call = func(_ context.Context, args map[string]any) (Result, error) {
		from, hasTime, err := d.date(args, "date")
		if err != nil {
			return Result{}, err
		}
		f, ok := value.Float(args["amount"])
		if !ok || f != float64(int64(f)) || f > 1e6 || f < -1e6 {
			return Result{}, badDate("amount")
		}
		n, unit := int(f), str(args, "unit", "days")
		var to time.Time
		switch unit {
		case "days":
			to = from.AddDate(0, 0, n)
		case "weeks":
			to = from.AddDate(0, 0, 7*n)
		case "months":
			to = addMonths(from, n)
		case "years":
			to = addMonths(from, 12*n)
		case "hours", "minutes":
			to, hasTime = from.Add(time.Duration(n)*map[string]time.Duration{"hours": time.Hour, "minutes": time.Minute}[unit]), true
		case "workdays":
			if n > 10_000 || n < -10_000 {
				return Result{}, badDate("amount")
			}
			to = calendarOf(args).add(from, n)
		default:
			return Result{}, badDate(unit)
		}
		return say(dateText(to, hasTime)), nil
	}
	return t
}

func diffDates(d Deps) *Tool {
	t := &Tool{Name: "date_diff", Label: app.Text{En: "Time between two dates", Zh: "日期间隔"}, Description: "Tells how long it is from one date to another: days, working days, weeks, and years with months and days.",
		Params: []Param{
			text("start", "From", "开始日期", "such as 2026-11-25; today for the current one", true, nil),
			text("end", "To", "结束日期", "such as 2026-12-31", true, nil),
			holidays(), workOn(), text("timezone", "Time zone", "时区", "IANA time zone of today", false, "Asia/Shanghai"),
		}}
	t.Call = func(_ context.Context, args map[string]any) (Result, error) {
		from, t1, err := d.date(args, "start")
		if err != nil {
			return Result{}, err
		}
		to, t2, err := d.date(args, "end")
		if err != nil {
			return Result{}, err
		}
		days := int(day(to).Sub(day(from)).Hours() / 24)
		if days > 100_000 || days < -100_000 {
			return Result{}, badDate(dateText(to, false))
		}
		y, m, rest := between(day(from), day(to))
		work := calendarOf(args).count(from, to)
		out := value.NewObject("days", int64(days), "workdays", int64(work), "weeks", float64(days)/7, "years", int64(y), "months", int64(m), "remaining_days", int64(rest))
		say := fmt.Sprintf("%d days from %s to %s: %d years, %d months and %d days; %d working days, the first day not counted.", days, dateText(from, t1), dateText(to, t2), y, m, rest, work)
		if t1 || t2 {
			out.Set("hours", to.Sub(from).Hours())
			say = fmt.Sprintf("%s In hours: %s.", say, value.FloatText(to.Sub(from).Hours()))
		}
		return Result{Text: say, JSON: []any{out}}, nil
	}
	return t
}

func holidays() Param {
	return text("holidays", "Holidays", "节假日", "dates on which nobody works, with commas between", false, nil)
}

func workOn() Param {
	return text("extra_workdays", "Working weekends", "调休上班日", "Saturdays and Sundays on which people work, with commas between", false, nil)
}

// date reads a date, or a date and a time.
func (d Deps) date(args map[string]any, name string) (t time.Time, hasTime bool, err error) {
	loc, err := zone(args, "timezone")
	if err != nil {
		return t, false, err
	}
	s := strings.TrimSpace(str(args, name, ""))
	switch strings.ToLower(s) {
	case "today", "今天":
		return day(d.Now().In(loc)), false, nil
	case "now", "现在":
		return d.Now().In(loc).Truncate(time.Second), true, nil
	}
	s = strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-").Replace(s)
	for _, layout := range []string{"2006-1-2", time.DateTime, "2006-1-2 15:04:05", "2006-1-2 15:04", time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil {
			return t, layout != "2006-1-2", nil
		}
	}
	return t, false, badDate(s)
}

func day(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func dateText(t time.Time, hasTime bool) string {
	if hasTime {
		return t.Format(time.DateTime)
	}
	return t.Format(time.DateOnly)
}

// addMonths keeps to the month: a month after the 31st of January is the last day of February.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), 0, t.Location()).AddDate(0, n, 0)
	return first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1)
}

// between is the time between two days as people say it.
func between(from, to time.Time) (years, months, days int) {
	sign := 1
	if to.Before(from) {
		from, to, sign = to, from, -1
	}
	n := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	if addMonths(from, n).After(to) {
		n--
	}
	days = int(to.Sub(addMonths(from, n)).Hours() / 24)
	return sign * (n / 12), sign * (n % 12), sign * days
}

// calendar says who works when.
type calendar struct{ free, work map[string]bool }

var dateIn = regexp.MustCompile(`\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}`)

func calendarOf(args map[string]any) calendar {
	read := func(name string) map[string]bool {
		all := map[string]bool{}
		for _, s := range dateIn.FindAllString(str(args, name, ""), 2000) {
			s = strings.NewReplacer("年", "-", "月", "-", "/", "-", ".", "-").Replace(s)
			if t, err := time.Parse("2006-1-2", s); err == nil {
				all[t.Format(time.DateOnly)] = true
			}
		}
		return all
	}
	return calendar{free: read("holidays"), work: read("extra_workdays")}
}

func (c calendar) works(t time.Time) bool {
	key := t.Format(time.DateOnly)
	if c.work[key] {
		return true
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && !c.free[key]
}

// add goes n working days on, or back.
func (c calendar) add(t time.Time, n int) time.Time {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for i := 0; n > 0 && i < 40_000; i++ {
		if t = t.AddDate(0, 0, step); c.works(t) {
			n--
		}
	}
	return t
}

// count is how many working days come after from, up to and with to.
func (c calendar) count(from, to time.Time) int {
	sign := 1
	if to.Before(from) {
		from, to, sign = to, from, -1
	}
	n := 0
	for t := day(from).AddDate(0, 0, 1); !t.After(day(to)); t = t.AddDate(0, 0, 1) {
		if c.works(t) {
			n++
		}
	}
	return sign * n
}
