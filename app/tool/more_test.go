package tool_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/tool"
)

func TestBuiltin_datesNumbersAndFiles(t *testing.T) {
	saved := map[string]string{}
	table := tool.Table(tool.Deps{
		Now: func() time.Time { return time.Date(2026, 11, 25, 20, 5, 6, 0, time.UTC) }, // the 26th in Shanghai
		Save: func(_ context.Context, name, mime string, data []byte) (app.Attachment, error) {
			saved[name] = mime
			return app.Attachment{ID: app.NewID(), Name: name, MIME: mime, Size: int64(len(data))}, nil
		},
		Page: func(_ context.Context, url string) (string, string, error) {
			return "Handbook", "# Leave\n\n" + url, nil
		},
	})
	const csv = "月份,产量\n一月,10\n二月,\"1,200\"\n"
	for _, c := range []struct {
		key  string
		args map[string]any
		want string
		code string
		file string
	}{
		{key: "time/date_add", args: map[string]any{"date": "today", "amount": int64(1), "timezone": "Asia/Shanghai"}, want: "2026-11-27"},
		{key: "time/date_add", args: map[string]any{"date": "2026-01-31", "amount": int64(1), "unit": "months"}, want: "2026-02-28"},
		{key: "time/date_add", args: map[string]any{"date": "2024年2月29日", "amount": int64(1), "unit": "years"}, want: "2025-02-28"},
		{key: "time/date_add", args: map[string]any{"date": "2026-11-27", "amount": int64(1), "unit": "workdays"}, want: "2026-11-30"},
		{key: "time/date_add", args: map[string]any{"date": "2026-09-30", "amount": int64(1), "unit": "workdays", "holidays": "2026-10-01, 2026-10-02，2026/10/5 2026-10-06 2026-10-07", "extra_workdays": "2026-10-10"}, want: "2026-10-08"},
		{key: "time/date_add", args: map[string]any{"date": "2026-11-25 23:30", "amount": int64(90), "unit": "minutes"}, want: "2026-11-26 01:00:00"},
		{key: "time/date_add", args: map[string]any{"date": "2026-11-25", "amount": 1.5}, code: "date_invalid"},
		{key: "time/date_add", args: map[string]any{"date": "soon", "amount": int64(1)}, code: "date_invalid"},
		{key: "time/date_diff", args: map[string]any{"start": "2026-11-25", "end": "2027-01-01"}, want: "37 days from 2026-11-25 to 2027-01-01: 0 years, 1 months and 7 days; 27 working days, the first day not counted."},
		{key: "time/date_diff", args: map[string]any{"start": "2026-12-01", "end": "2026-11-27"}, want: "-4 days from 2026-12-01 to 2026-11-27: 0 years, 0 months and -4 days; -2 working days, the first day not counted."},
		{key: "calculator/calculate", args: map[string]any{"expression": "0.1 + 0.2"}, want: "0.3"},
		{key: "calculator/calculate", args: map[string]any{"expression": "exit()"}, code: "calc_invalid"},
		{key: "webscraper/webscraper", args: map[string]any{"url": " http://10.0.0.5/a "}, want: "# Handbook\n\n# Leave\n\nhttp://10.0.0.5/a"},
		{key: "knowledge/search", args: map[string]any{"query": "x"}, code: "search_unavailable"},
		{key: "chart/draw", args: map[string]any{"kind": "bar", "data": csv, "title": "产量/月"}, file: "产量_月.svg"},
		{key: "chart/draw", args: map[string]any{"kind": "scatter", "data": "x,y\n1,2\n3,4"}, file: "chart.svg"},
		{key: "chart/draw", args: map[string]any{"kind": "bar", "data": "a,b\nc,many"}, code: "chart_invalid"},
		{key: "chart/draw", args: map[string]any{"kind": "bar", "data": "no table"}, code: "table_missing"},
		{key: "document/write", args: map[string]any{"format": "docx", "content": "# 你好", "title": "周报"}, file: "周报.docx"},
		{key: "document/write", args: map[string]any{"format": "xlsx", "content": csv}, file: "document.xlsx"},
		{key: "document/write", args: map[string]any{"format": "csv", "content": csv}, file: "document.csv"},
		{key: "document/write", args: map[string]any{"format": "md", "content": "x", "title": "../../etc/passwd"}, file: "_.._etc_passwd.md"},
		{key: "document/write", args: map[string]any{"format": "xlsx", "content": "no table"}, code: "table_missing"},
		{key: "document/write", args: map[string]any{"format": "exe", "content": "x"}, code: "format_unknown"},
	} {
		it := table[c.key]
		if it == nil {
			t.Fatalf("there is no %s", c.key)
		}
		clear(saved)
		got, err := it.Call(t.Context(), c.args)
		switch {
		case c.code != "":
			if app.AsError(err) == nil || app.AsError(err).Code != c.code {
				t.Errorf("%s(%v) = %q, %v, want %s", c.key, c.args, got.Text, err, c.code)
			}
		case err != nil:
			t.Errorf("%s(%v): %v", c.key, c.args, err)
		case c.file != "":
			if saved[c.file] == "" || len(got.Files) != 1 {
				t.Errorf("%s(%v) kept %v, want %s", c.key, c.args, saved, c.file)
			}
		case got.Text != c.want:
			t.Errorf("%s(%v) = %q, want %q", c.key, c.args, got.Text, c.want)
		}
	}
}

// TestTable_isInAGroupAndSpeaksBothLanguages keeps a new tool from being nowhere.
func TestTable_isInAGroupAndSpeaksBothLanguages(t *testing.T) {
	table := tool.Table(tool.Deps{})
	if got := tool.Entries(table); len(got) != len(table) {
		t.Errorf("%d of %d tools are in a group", len(got), len(table))
	}
	for key, it := range table {
		if it.Description == "" || it.Label.En == "" || it.Label.Zh == "" || !strings.HasSuffix(key, "/"+it.Name) {
			t.Errorf("%s is not described", key)
		}
		if about := tool.About(it.Description); about.Zh == about.En {
			t.Errorf("%s is not described in Chinese", key)
		}
		for _, p := range it.Params {
			if p.Label.En == "" || p.Label.Zh == "" || p.Description == "" || len(p.Labels) > 0 && len(p.Labels) != len(p.Options) {
				t.Errorf("the parameter %q of %s is not described", p.Name, key)
			}
			if about := tool.About(p.Description); about.Zh == about.En {
				t.Errorf("the parameter %q of %s is not described in Chinese: %s", p.Name, key, p.Description)
			}
		}
	}
}
