package office

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"islet/app"
)

func tooLong() *app.Error {
	return app.Errorf(app.TooLarge, "document_too_long", "the text is larger than %d MB", "文本超过 %d MB", maxBytes>>20)
}

// Sheet is a table under a name.
type Sheet struct {
	Name string
	Rows [][]string
}

// The bounds of a table.
const (
	maxRows  = 50_000
	maxCells = 1_000_000
)

// Sheets are the tables in a text: those of Markdown, each under the heading before it, else the text as JSON (a list of objects or of
// lists), CSV or TSV. No table at all is table_missing.
func Sheets(text string) ([]Sheet, error) {
	if len(text) > maxBytes {
		return nil, tooLong()
	}
	var out []Sheet
	name := ""
	for _, b := range parse(text) {
		switch b.kind {
		case "heading":
			name = plain(b.text)
		case "table":
			out = append(out, Sheet{Name: name, Rows: b.rows})
			name = ""
		}
	}
	if len(out) == 0 {
		rows := fromJSON(text)
		if rows == nil {
			rows = fromCSV(text)
		}
		if len(rows) == 0 {
			return nil, app.Errorf(app.Invalid, "table_missing", "there is no table in the text; write one in Markdown, CSV, or as a JSON list of objects", "文本中没有表格；请使用 Markdown 表格、CSV 或 JSON 对象列表")
		}
		out = []Sheet{{Rows: even(rows)}}
	}
	n := 0
	for _, s := range out {
		if n += len(s.Rows) * len(s.Rows[0]); len(s.Rows) > maxRows || n > maxCells || len(out) > 50 {
			return nil, app.Errorf(app.TooLarge, "table_too_large", "the table has more than %d rows or %d cells", "表格超过 %d 行或 %d 个单元格", maxRows, maxCells)
		}
	}
	return out, nil
}

func fromJSON(text string) [][]string {
	var list []json.RawMessage
	if json.Unmarshal([]byte(strings.TrimSpace(text)), &list) != nil || len(list) == 0 {
		return nil
	}
	var rows [][]string
	var head []string
	for _, raw := range list {
		var cells []any
		if json.Unmarshal(raw, &cells) == nil {
			rows = append(rows, texts(cells))
			continue
		}
		var o map[string]any
		if json.Unmarshal(raw, &o) != nil {
			return nil
		}
		if head == nil {
			head = keysInOrder(raw)
			rows = append(rows, head)
		}
		for _, k := range slices.Sorted(maps.Keys(o)) {
			if !slices.Contains(head, k) {
				head = append(head, k)
				rows[0] = head
			}
		}
		row := make([]any, len(head))
		for i, k := range head {
			row[i] = o[k]
		}
		rows = append(rows, texts(row))
	}
	return rows
}

// keysInOrder are the keys of an object as they are written.
func keysInOrder(raw []byte) (keys []string) {
	d := json.NewDecoder(bytes.NewReader(raw))
	_, _ = d.Token() // it was read before
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return keys
		}
		s, _ := k.(string)
		keys = append(keys, s)
		var v json.RawMessage
		if d.Decode(&v) != nil {
			return keys
		}
	}
	return keys
}

func texts(cells []any) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		switch x := c.(type) {
		case nil:
		case string:
			out[i] = x
		case float64:
			out[i] = strconv.FormatFloat(x, 'f', -1, 64)
		case bool:
			out[i] = fmt.Sprint(x)
		default:
			raw, _ := json.Marshal(x) // of values that came as JSON
			out[i] = string(raw)
		}
	}
	return out
}

func fromCSV(text string) [][]string {
	text = strings.Trim(text, "\r\n \ufeff")
	first, _, more := strings.Cut(text, "\n")
	comma := ','
	for _, c := range []rune{'\t', ';', '；', '，'} {
		if strings.ContainsRune(first, c) && !strings.ContainsRune(first, ',') {
			comma = c
			break
		}
	}
	if !more && !strings.ContainsRune(first, comma) {
		return nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = comma, -1, true, true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 || len(rows[0]) < 2 && len(rows) < 2 {
		return nil
	}
	return rows
}

// CSV is the first table of a text, with a mark by which Excel knows that it is UTF-8. Cells that a spreadsheet would run as formulas
// are written as text.
func CSV(text string) ([]byte, error) {
	sheets, err := Sheets(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	for _, row := range sheets[0].Rows {
		line := make([]string, len(row))
		for i, c := range row {
			if line[i] = plain(c); formula.MatchString(line[i]) && !number.MatchString(line[i]) {
				line[i] = "'" + line[i]
			}
		}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

var (
	formula   = regexp.MustCompile(`^[=+\-@\t\r]`)
	number    = regexp.MustCompile(`^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$`)
	longDigit = regexp.MustCompile(`^[+-]?0\d|\d{16,}`) // codes and card numbers are no amounts
	notInName = strings.NewReplacer(":", " ", `\`, " ", "/", " ", "?", " ", "*", " ", "[", "(", "]", ")", "'", " ")
)

// XLSX is a workbook with a sheet for each table of a text. Numbers are numbers, except those that look like codes.
func XLSX(text string) ([]byte, error) {
	sheets, err := Sheets(text)
	if err != nil {
		return nil, err
	}
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // only in memory
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EEF0F1"}}})
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for i, s := range sheets {
		name := sheetName(s.Name, i, taken)
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err == nil {
			err = fill(f, name, s.Rows, bold)
		}
		if err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func sheetName(name string, i int, taken map[string]bool) string {
	name = strings.TrimSpace(notInName.Replace(name))
	if r := []rune(name); len(r) > 28 {
		name = string(r[:28])
	}
	if name == "" || taken[strings.ToLower(name)] {
		name = strings.TrimSpace(fmt.Sprintf("%s Sheet%d", name, i+1))
		if r := []rune(name); len(r) > 31 {
			name = fmt.Sprintf("Sheet%d", i+1)
		}
	}
	taken[strings.ToLower(name)] = true
	return name
}

func fill(f *excelize.File, sheet string, rows [][]string, bold int) error {
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	for i := range rows[0] {
		widest := 8
		for _, row := range rows[:min(len(rows), 200)] {
			n := 0
			for _, r := range plain(row[i]) {
				n += min(utf8.RuneLen(r), 2)
			}
			widest = max(widest, n)
		}
		if err := w.SetColWidth(i+1, i+1, float64(min(widest+2, 60))); err != nil {
			return err
		}
	}
	for j, row := range rows {
		line := make([]any, len(row))
		for i, c := range row {
			line[i] = cell(plain(c))
			if j == 0 {
				line[i] = excelize.Cell{StyleID: bold, Value: plain(c)}
			}
		}
		at, err := excelize.CoordinatesToCellName(1, j+1)
		if err != nil {
			return err
		}
		if err := w.SetRow(at, line); err != nil {
			return err
		}
	}
	return w.Flush()
}

func cell(s string) any {
	if number.MatchString(s) && !longDigit.MatchString(s) {
		if f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64); err == nil {
			return f
		}
	}
	return s
}
