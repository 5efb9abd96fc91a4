package tool_test

import (
	"context"
	"testing"
	"time"

	"islet/app"
	"islet/app/tool"
)

func TestBuiltin_timeTools(t *testing.T) {
	table := tool.Table(tool.Deps{Now: func() time.Time { return time.Date(2026, 11, 25, 4, 5, 6, 0, time.UTC) }})
	for _, c := range []struct {
		ref  tool.Ref
		args map[string]any
		want string
		code string
	}{
		{ref: tool.Ref{Type: "builtin", Provider: "time", Name: "current_time"}, want: "2026-11-25 04:05:06"},
		{ref: tool.Ref{Type: "builtin", Provider: "langgenius/time/time", Name: "current_time"}, args: map[string]any{"timezone": "Asia/Shanghai", "format": "%Y年%m月%d日 %H:%M"}, want: "2026年11月25日 12:05"},
		{ref: tool.Ref{Provider: "time", Name: "current_time"}, args: map[string]any{"timezone": "Mars/Base"}, code: "timezone_unknown"},
		{ref: tool.Ref{Provider: "time", Name: "weekday"}, args: map[string]any{"year": int64(2026), "month": int64(11), "day": 25.0}, want: "2026-11-25 is a Wednesday."},
		{ref: tool.Ref{Provider: "time", Name: "weekday"}, args: map[string]any{"year": int64(2026), "month": int64(2), "day": int64(30)}, code: "date_invalid"},
		{ref: tool.Ref{Provider: "time", Name: "localtime_to_timestamp"}, args: map[string]any{"localtime": "2026-11-25 12:05:06", "timezone": "Asia/Shanghai"}, want: "1795579506"},
		{ref: tool.Ref{Provider: "time", Name: "timestamp_to_localtime"}, args: map[string]any{"timestamp": int64(1795579506), "timezone": "Asia/Shanghai"}, want: "2026-11-25 12:05:06"},
		{ref: tool.Ref{Provider: "time", Name: "timezone_conversion"}, args: map[string]any{"current_time": "2026-11-25 12:05:06", "current_timezone": "Asia/Shanghai", "target_timezone": "Europe/Berlin"}, want: "2026-11-25 05:05:06"},
		{ref: tool.Ref{Provider: "time", Name: "localtime_to_timestamp"}, args: map[string]any{"localtime": "yesterday"}, code: "date_invalid"},
		{ref: tool.Ref{Provider: "langgenius/tavily/tavily", Name: "tavily_search"}, code: "tool_missing"},
	} {
		it, err := tool.Find(table, c.ref)
		var got tool.Result
		if err == nil {
			got, err = it.Call(context.Background(), c.args)
		}
		if c.code != "" {
			if app.AsError(err).Code != c.code {
				t.Errorf("%v(%v) = %v, want %s", c.ref, c.args, err, c.code)
			}
			continue
		}
		if err != nil || got.Text != c.want {
			t.Errorf("%v(%v) = %q, %v, want %q", c.ref, c.args, got.Text, err, c.want)
		}
	}
}
