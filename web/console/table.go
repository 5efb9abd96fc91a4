package console

import (
	"encoding/csv"
	"mime"
	"net/http"
	"strings"

	"github.com/xuri/excelize/v2"

	"islet/app"
)

// table writes rows as a file for a table program.
type table struct {
	csv   *csv.Writer
	book  *excelize.File
	sheet *excelize.StreamWriter
	w     http.ResponseWriter
	rows  int
	err   error
}

const cellMax = 32_000 // characters; Excel's cells end at 32,767

// newTable begins a download. Of CSV the head goes out at once, with the mark by which Excel knows UTF-8.
func newTable(w http.ResponseWriter, format, name string) (*table, error) {
	t := &table{w: w}
	kind, ext := "text/csv; charset=utf-8", ".csv"
	switch format {
	case "", "csv":
	case "xlsx":
		kind, ext = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"
		t.book = excelize.NewFile()
		if t.sheet, t.err = t.book.NewStreamWriter("Sheet1"); t.err != nil {
			return nil, t.err
		}
	default:
		return nil, app.Errorf(app.Invalid, "invalid_param", "format must be csv or xlsx, not %q", "format 必须是 csv 或 xlsx，而不是 %q", format)
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(name) + ext}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if t.sheet == nil {
		_, t.err = w.Write([]byte("\xEF\xBB\xBF"))
		t.csv = csv.NewWriter(w)
		t.csv.UseCRLF = true
	}
	return t, nil
}

// row writes a row. What a table program would take for a formula is text in XLSX, and has a quote before it in CSV.
func (t *table) row(cells ...string) {
	if t.err != nil {
		return
	}
	t.rows++
	if t.csv != nil {
		for i, c := range cells {
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				cells[i] = "'" + c
			}
		}
		t.err = t.csv.Write(cells)
		return
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		if r := []rune(c); len(r) > cellMax {
			c = string(r[:cellMax])
		}
		values[i] = c
	}
	at, err := excelize.CoordinatesToCellName(1, t.rows)
	if err == nil {
		err = t.sheet.SetRow(at, values)
	}
	t.err = err
}

// close ends the file. A client that left is no error.
func (t *table) close() error {
	if t.csv != nil {
		t.csv.Flush()
		return nil
	}
	if t.err == nil {
		t.err = t.sheet.Flush()
	}
	if t.err != nil {
		return t.err
	}
	_ = t.book.Write(t.w) // the client may be gone
	return t.book.Close()
}
