package extract_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"islet/app/knowledge/extract"
)

func base64GB(t *testing.T, s string) string {
	return base64.StdEncoding.EncodeToString(encoded(t, simplifiedchinese.GB18030, s))
}

func xlsx(t testing.TB, fill func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestXLSX_showsWhatExcelShows(t *testing.T) {
	one := xlsx(t, func(f *excelize.File) {
		date, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
		percent, _ := f.NewStyle(&excelize.Style{NumFmt: 10})
		for cell, v := range map[string]any{"B2": "名称", "C2": "数量", "D2": "日期", "E2": "比例", "B3": "苹果\n红", "C3": 12, "D3": time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC), "E3": 0.256, "B6": "a|b", "C6": 1.5, "D6": true} {
			_ = f.SetCellValue("Sheet1", cell, v)
		}
		_ = f.SetCellStyle("Sheet1", "D3", "D3", date)
		_ = f.SetCellStyle("Sheet1", "E3", "E3", percent)
	})
	two := xlsx(t, func(f *excelize.File) {
		_, _ = f.NewSheet("空表")
		_, _ = f.NewSheet("明细")
		_ = f.SetCellValue("Sheet1", "A1", "甲")
		_ = f.SetCellValue("明细", "A1", "乙")
	})
	table := "|  | 名称 | 数量 | 日期 | 比例 |\n| --- | -- | -- | -- | -- |\n|  | 苹果 红 | 12 | 2026-11-05 | 25.60% |\n|  | a\\|b | 1.5 | TRUE |  |"
	for _, c := range []claim{
		{"a.xlsx", one, table},
		{"a.xlsm", one, table},
		{"renamed.xls", one, table},
		{"two.xlsx", two, "## Sheet1\n\n| 甲 |\n| - |\n\n## 明细\n\n| 乙 |\n| - |"},
		{"none.xlsx", xlsx(t, func(*excelize.File) {}), ""},
	} {
		c.check(t)
	}
}

// sheetOf is a workbook whose sheet is written by hand.
func sheetOf(t testing.TB, strs, rows string) []byte {
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	return zipped(t, "[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels", relationsHead+relation("rId1", "officeDocument", "xl/workbook.xml")+`</Relationships>`,
		"xl/workbook.xml", `<workbook `+main+`><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", relationsHead+relation("rId1", "worksheet", "worksheets/sheet1.xml")+relation("rId2", "sharedStrings", "sharedStrings.xml")+`</Relationships>`,
		"xl/sharedStrings.xml", `<sst `+main+`>`+strs+`</sst>`,
		"xl/worksheets/sheet1.xml", `<worksheet `+main+`><sheetData>`+rows+`</sheetData></worksheet>`)
}

func TestXLSX_hasBounds(t *testing.T) {
	claim{"hand.xlsx", sheetOf(t, "<si><t>共</t></si>", `<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="1000000"><c r="B1000000"><v>7</v></c></row>`), "| 共 |  |\n| - | --- |\n|  | 7 |"}.check(t)
	many := func(row string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, row, i+1, i+1)
		}
		return b.String()
	}
	for _, x := range []struct {
		name string
		data []byte
		code string
	}{
		{"1e9 rows", sheetOf(t, "", `<row r="1000000000"><c r="A1000000000"><v>1</v></c></row>`), "document_unreadable"},
		{"far column", sheetOf(t, "", `<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>`), "document_unreadable"},
		{"wide rows", sheetOf(t, "", many(`<row r="%d"><c r="XFD%d"><v>1</v></c></row>`, 400)), "document_too_large"},
		{"one string, often", sheetOf(t, "<si><t>"+strings.Repeat("x", 30_000)+"</t></si>", many(`<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>`, 100_000)), "document_too_large"},
		{"no such string", sheetOf(t, "", `<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>`), ""},
	} {
		start := time.Now()
		_, err := extract.Text("a.xlsx", "", x.data)
		if got := code(err); got != x.code {
			t.Errorf("%s: got %q, want %q: %v", x.name, got, x.code, err)
		}
		t.Logf("%s took %v", x.name, time.Since(start))
	}
}
