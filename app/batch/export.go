package batch

import (
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"islet/app"
	"islet/app/studio"
	"islet/app/value"
	"islet/store"
)

// Format is a kind of table file.
type Format string

// The formats of templates and results. CSV begins with a mark of UTF-8, so that Excel reads it in every country.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// MIME is the content type of a format.
func (f Format) MIME() string {
	if f == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/csv; charset=utf-8"
}

// Template writes an empty table for a release: a column for each input, and a row that shows what goes into it.
func Template(w io.Writer, f Format, rel *studio.Release, l app.Lang) error {
	var head, example []string
	shown := false
	for _, x := range fields(rel) {
		head, example = append(head, x.label), append(example, x.example(l))
		shown = shown || x.example(l) != ""
	}
	rows := [][]string{head}
	if shown {
		rows = append(rows, example)
	}
	return write(w, f, rows)
}

// Export writes a batch of the scope with its results: the inputs, what came of them, and what went wrong.
func (b *Batches) Export(ctx context.Context, w io.Writer, f Format, id app.ID) error {
	var it *app.Batch
	var rows []*app.BatchRow
	err := b.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if it, err = s.Batch(id); err != nil {
			return err
		}
		rows, _, err = s.BatchRows(id, "", MaxRows, 0)
		return err
	})
	if err != nil {
		return err
	}
	l := app.ScopeOf(ctx).Lang
	say := func(en, zh string) string { return app.Text{En: en, Zh: zh}.In(l) }
	names := outputs(rows)
	head := []string{"#"}
	for _, c := range it.Columns {
		head = append(head, c.Label)
	}
	for _, n := range names {
		if n == "answer" && len(names) == 1 {
			n = say("Result", "结果")
		}
		head = append(head, n)
	}
	table := [][]string{append(head, say("Status", "状态"), say("Error", "错误"), say("Seconds", "耗时（秒）"))}
	for _, r := range rows {
		line := []string{strconv.Itoa(r.Number)}
		for _, c := range it.Columns {
			line = append(line, cell(r.Inputs[c.Name]))
		}
		for _, n := range names {
			line = append(line, cell(r.Outputs[n]))
		}
		why, took := "", ""
		if r.Error != nil {
			why = r.Error.Text.In(l)
		}
		if r.StartedAt != nil && r.FinishedAt != nil {
			took = strconv.FormatFloat(r.FinishedAt.Sub(*r.StartedAt).Seconds(), 'f', 1, 64)
		}
		table = append(table, append(line, statusText(r.Status).In(l), why, took))
	}
	return write(w, f, table)
}

// outputs are the names of all outputs, in the order in which they first come.
func outputs(rows []*app.BatchRow) (names []string) {
	for _, r := range rows {
		own := make([]string, 0, len(r.Outputs))
		for n := range r.Outputs {
			if !slices.Contains(names, n) {
				own = append(own, n)
			}
		}
		slices.Sort(own)
		names = append(names, own...)
	}
	return names
}

func statusText(s app.Status) app.Text {
	if t, ok := statusTexts[s]; ok {
		return t
	}
	return app.Text{En: string(s), Zh: string(s)}
}

var statusTexts = map[app.Status]app.Text{
	app.RowWaiting: {En: "waiting", Zh: "等待中"}, app.Running: {En: "running", Zh: "运行中"}, app.Succeeded: {En: "succeeded", Zh: "成功"},
	app.Failed: {En: "failed", Zh: "失败"}, app.Stopped: {En: "stopped", Zh: "已停止"},
}

// cell is a value as text.
func cell(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool, int64:
		raw, _ := value.Encode(x) // a number or a truth always is JSON
		return string(raw)
	}
	raw, err := value.Encode(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

func write(w io.Writer, f Format, rows [][]string) error {
	if f == XLSX {
		return writeXLSX(w, rows)
	}
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, c := range row {
			safe[i] = harmless(c)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from running what a model wrote: text that begins like a formula gets an apostrophe before it.
func harmless(c string) string {
	if c == "" || !strings.ContainsRune("=+-@\t\r", rune(c[0])) {
		return c
	}
	if _, err := strconv.ParseFloat(c, 64); err == nil {
		return c
	}
	return "'" + c
}

// cellMax is what Excel takes in one cell.
const cellMax = 32767

func writeXLSX(w io.Writer, rows [][]string) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it has no files
	sheet, err := f.NewStreamWriter(f.GetSheetName(0))
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, row := range rows {
		line := make([]any, len(row))
		for j, c := range row {
			if runes := []rune(c); len(runes) > cellMax {
				c = string(runes[:cellMax-1]) + "…"
			}
			line[j] = c
			if i == 0 {
				line[j] = excelize.Cell{StyleID: bold, Value: c}
			}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = sheet.SetRow(at, line)
		}
		if err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}
