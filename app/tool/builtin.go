package tool

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ncruces/go-strftime"

	"islet/app"
	"islet/app/value"
)

// Deps are what built-in tools need of the world.
type Deps struct {
	// Code runs a program in the child process: see app/sandbox.
	Code func(ctx context.Context, language, source string, inputs map[string]any) (result any, err error)
	Now  func() time.Time // nil is time.Now
	// Save keeps a file that a tool made.
	Save func(ctx context.Context, name, mime string, data []byte) (app.Attachment, error)
	// Page reads what is at an address, as Markdown, under the rules for addresses that people write.
	Page func(ctx context.Context, url string) (title, markdown string, err error)
	// Search searches a dataset of the workspace.
	Search func(ctx context.Context, dataset app.ID, query string, most int) (Result, error)
}

// Table is every built-in tool, by provider and name as Dify's files write them: "time/current_time".
func Table(d Deps) map[string]*Tool {
	if d.Now == nil {
		d.Now = time.Now
	}
	return map[string]*Tool{
		"time/current_time":           currentTime(d),
		"time/weekday":                weekday(),
		"time/localtime_to_timestamp": toTimestamp(),
		"time/timestamp_to_localtime": fromTimestamp(),
		"time/timezone_conversion":    convertZone(),
		"time/date_add":               addDate(d),
		"time/date_diff":              diffDates(d),
		"calculator/calculate":        calculator(),
		"code/simple_code":            simpleCode(d),
		"webscraper/webscraper":       readPage(d),
		"knowledge/search":            searchKnowledge(d),
		"chart/draw":                  drawChart(d),
		"document/write":              writeDocument(d),
	}
}

// Find is the built-in tool that a reference names. Providers of plug-ins ("langgenius/time/time") are known by their last word.
// One that is not there is tool_missing, and the sentence says what to use instead.
func Find(table map[string]*Tool, ref Ref) (*Tool, error) {
	provider := ref.Provider[strings.LastIndexByte(ref.Provider, '/')+1:]
	if t := table[provider+"/"+ref.Name]; t != nil {
		return t, nil
	}
	return nil, app.Errorf(app.Invalid, "tool_missing",
		"this site has no tool %[1]q of %[2]q: plug-ins from Dify's marketplace are not part of islet; use an HTTP request, a code node, or a workflow published as a tool instead",
		"此站点没有“%[2]s”的工具“%[1]s”：islet 不包含 Dify 市场中的插件；请改用 HTTP 请求、代码节点或已发布为工具的工作流", ref.Name, provider)
}

// The formats of times, where a caller says none.
const (
	defaultFormat = "%Y-%m-%d %H:%M:%S"
	defaultZone   = "UTC"
)

func text(name, en, zh, about string, required bool, def any) Param {
	return Param{Name: name, Label: app.Text{En: en, Zh: zh}, Description: about, Type: "string", Form: "llm", Required: required, Default: def}
}

func currentTime(d Deps) *Tool {
	t := &Tool{Name: "current_time", Description: "Tells the current date and time.", Label: app.Text{En: "Current time", Zh: "当前时间"},
		Params: []Param{
			text("format", "Format", "格式", "strftime format, such as %Y-%m-%d %H:%M:%S", false, defaultFormat),
			text("timezone", "Time zone", "时区", "IANA time zone, such as Asia/Shanghai", false, defaultZone),
		}}
	t.Call = func(_ context.Context, args map[string]any) (Result, error) {
		loc, err := zone(args, "timezone")
		if err != nil {
			return Result{}, err
		}
		return say(strftime.Format(str(args, "format", defaultFormat), d.Now().In(loc))), nil
	}
	return t
}

func weekday() *Tool {
	number := func(name, en, zh string) Param {
		return Param{Name: name, Label: app.Text{En: en, Zh: zh}, Description: "the " + name, Type: "number", Form: "llm", Required: true}
	}
	t := &Tool{Name: "weekday", Description: "Tells on which day of the week a date falls.", Label: app.Text{En: "Day of the week", Zh: "星期几"},
		Params: []Param{number("year", "Year", "年"), number("month", "Month", "月"), number("day", "Day", "日")}}
	t.Call = func(_ context.Context, args map[string]any) (Result, error) {
		var n [3]int
		for i, name := range []string{"year", "month", "day"} {
			f, ok := value.Float(args[name])
			if !ok || f < 1 || f > 9999 {
				return Result{}, badDate(name)
			}
			n[i] = int(f)
		}
		day := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
		if day.Day() != n[2] || int(day.Month()) != n[1] {
			return Result{}, badDate(fmt.Sprintf("%d-%d-%d", n[0], n[1], n[2]))
		}
		return say(fmt.Sprintf("%s is a %s.", day.Format("2006-01-02"), day.Weekday())), nil
	}
	return t
}

func badDate(what string) error {
	return app.Errorf(app.Invalid, "date_invalid", "%q is no date", "“%s”不是有效的日期", what)
}

func toTimestamp() *Tool {
	t := &Tool{Name: "localtime_to_timestamp", Description: "Converts a local date and time to a Unix timestamp in seconds.",
		Label: app.Text{En: "Local time to timestamp", Zh: "本地时间转时间戳"},
		Params: []Param{
			text("localtime", "Local time", "本地时间", "such as 2026-11-25 12:00:00", true, nil),
			text("timezone", "Time zone", "时区", "IANA time zone of the local time", false, "Asia/Shanghai"),
		}}
	t.Call = func(_ context.Context, args map[string]any) (Result, error) {
		when, err := parseLocal(args, "localtime", "timezone")
		if err != nil {
			return Result{}, err
		}
		return say(fmt.Sprint(when.Unix())), nil
	}
	return t
}

func fromTimestamp() *Tool {
	t := &Tool{Name: "timestamp_to_localtime", Description: "Converts a Unix timestamp in seconds to a local date and time.",
		Label: app.Text{En: "Timestamp to local time", Zh: "时间戳转本地时间"},
		Params: []Param{
			{Name: "timestamp", Label: app.Text{En: "Timestamp", Zh: "时间戳"}, Description: "Unix seconds", Type: "number", Form: "llm", Required: true},
			text("timezone", "Time zone", "时区", "IANA time zone of the result", false, "Asia/Shanghai"),
		}}
	t.Call = func(_ context.Context, args map[string]any) (Result, error) {
		loc, err := zone(args, "timezone")
		if err != nil {
			return Result{}, err
		}
		f, ok := value.Float(args["timestamp"])
		if !ok {
			return Result{}, badDate("timestamp")
		}
		return say(time.Unix(int64(f), 0).In(loc).Format(time.DateTime)), nil
	}
	return t
}

func convertZone() *Tool {
	t := &Tool{Name: "timezone_conversion", Description: "Converts a date and time from one time zone to another.",
		Label: app.Text{En: "Convert time zone", Zh: "时区转换"},
		Params: []Param{
			text("current_time", "Time", "时间", "such as 2026-11-25 12:00:00", true, nil),
			text("current_timezone", "From", "当前时区", "IANA time zone of the time", true, "Asia/Shanghai"),
			text("target_timezone", "To", "目标时区", "IANA time zone of the result", true, defaultZone),
		}}
	t.Call = func(_ context.Context, args map[string]any) (Result, error) {
		when, err := parseLocal(args, "current_time", "current_timezone")
		if err != nil {
			return Result{}, err
		}
		to, err := zone(args, "target_timezone")
		if err != nil {
			return Result{}, err
		}
		return say(when.In(to).Format(time.DateTime)), nil
	}
	return t
}

func simpleCode(d Deps) *Tool {
	t := &Tool{Name: "simple_code", Description: "Runs a Python or JavaScript program in a sandbox without files or network and returns what its function main() returns.",
		Label: app.Text{En: "Code interpreter", Zh: "代码解释器"},
		Params: []Param{
			{Name: "language", Label: app.Text{En: "Language", Zh: "语言"}, Description: "python3 or javascript", Type: "select", Form: "llm", Required: true,
				Default: "python3", Options: []string{"python3", "javascript"}},
			{Name: "code", Label: app.Text{En: "Code", Zh: "代码"}, Description: "a program with a function main() without parameters that returns an object", Type: "text", Form: "llm", Required: true},
		}}
	t.Call = func(ctx context.Context, args map[string]any) (Result, error) {
		if d.Code == nil {
			return Result{}, app.Errorf(app.Unavailable, "sandbox_unavailable", "programs cannot be run here", "当前环境无法运行代码")
		}
		v, err := d.Code(ctx, str(args, "language", "python3"), str(args, "code", ""), map[string]any{})
		if err != nil {
			return Result{}, err
		}
		return Result{Text: value.Text(v), JSON: []any{v}}, nil
	}
	return t
}

// say is a result that is only text.
func say(s string) Result { return Result{Text: s} }

func str(args map[string]any, name, otherwise string) string {
	if s, ok := args[name].(string); ok && s != "" {
		return s
	}
	return otherwise
}

func zone(args map[string]any, name string) (*time.Location, error) {
	s := str(args, name, defaultZone)
	loc, err := time.LoadLocation(s)
	if err != nil {
		return nil, app.Errorf(app.Invalid, "timezone_unknown", "%q is no time zone; use a name such as Asia/Shanghai", "“%s”不是有效的时区；请使用 Asia/Shanghai 这样的名称", s).Because(err)
	}
	return loc, nil
}

func parseLocal(args map[string]any, name, zoneName string) (time.Time, error) {
	loc, err := zone(args, zoneName)
	if err != nil {
		return time.Time{}, err
	}
	s := strings.TrimSpace(str(args, name, ""))
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil {
			return t, nil
		}
	}
	return time.Time{}, badDate(s)
}
