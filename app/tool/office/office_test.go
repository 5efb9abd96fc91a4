package office_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"islet/app"
	"islet/app/knowledge/extract"
	"islet/app/tool/office"
)

const report = "# 月度报告\n\n第一段有**粗体**、*斜体*、`代码`和[链接](http://10.0.0.5/a?b=1&c=2)。\n第二行。\n\n## 数据\n\n| 厂区 | 产量 | 编号 |\n| --- | ---: | --- |\n| 北厂 | 1,200 | 0012 |\n| 南厂 | -3.5 | =1+1 |\n\n" +
	"1. 先做这个\n2. 再做那个\n   - 细节\n\n> 引用\n\n```go\nfmt.Println(\"<hi> & bye\")\n```\n\n---\n\n1. 另一个列表\n\x01"

func TestDOCX_isReadAgain(t *testing.T) {
	b, err := office.DOCX("报告", report)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := office.DOCX("报告", report)
	if !bytes.Equal(b, again) {
		t.Error("the same text gives other bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(raw)
		for d := xml.NewDecoder(bytes.NewReader(raw)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is no XML: %v", f.Name, err)
			}
		}
	}
	doc := parts["word/document.xml"]
	for _, want := range []string{`w:val="Heading1"`, `w:val="Heading2"`, "<w:b/>", "<w:i/>", `w:val="CodeChar"`, "<w:tbl>", `<w:numId w:val="1"/>`, `<w:numId w:val="2"/>`, `<w:numId w:val="3"/>`, `w:val="Quote"`, "&lt;hi&gt; &amp; bye"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the document lacks %s", want)
		}
	}
	if !strings.Contains(parts["word/styles.xml"], `w:eastAsia="宋体"`) || !strings.Contains(parts["word/_rels/document.xml.rels"], "http://10.0.0.5/a?b=1&amp;c=2") {
		t.Error("the fonts for Chinese or the link are missing")
	}
	got, err := extract.Text("report.docx", "", b)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"月度报告", "第一段有粗体、斜体、代码和链接。", "北厂", "先做这个", "细节"} {
		if !strings.Contains(got, want) {
			t.Errorf("the text %q lacks %q", got, want)
		}
	}
}

func TestXLSX_numbersAreNumbersAndCodesAreText(t *testing.T) {
	b, err := office.XLSX(report + "\n\n## 数据\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if got := f.GetSheetList(); len(got) != 2 || got[0] != "数据" {
		t.Errorf("sheets = %v", got)
	}
	for at, want := range map[string]struct {
		text string
		kind excelize.CellType
	}{"A1": {"厂区", excelize.CellTypeInlineString}, "B2": {"1200", excelize.CellTypeNumber}, "C2": {"0012", excelize.CellTypeInlineString}, "B3": {"-3.5", excelize.CellTypeNumber}, "C3": {"=1+1", excelize.CellTypeInlineString}} {
		v, err := f.GetCellValue("数据", at)
		kind, _ := f.GetCellType("数据", at)
		if err != nil || v != want.text || kind != want.kind && kind != excelize.CellTypeUnset {
			t.Errorf("%s = %q of type %v, %v, want %q of type %v", at, v, kind, err, want.text, want.kind)
		}
		if formula, _ := f.GetCellFormula("数据", at); formula != "" {
			t.Errorf("%s is the formula %q", at, formula)
		}
	}
}

func TestCSV_isUTF8AndNoFormulas(t *testing.T) {
	for in, want := range map[string][][]string{
		report: {{"厂区", "产量", "编号"}, {"北厂", "1,200", "0012"}, {"南厂", "-3.5", "'=1+1"}},
		`[{"name":"泵","n":2},{"name":"阀","n":3.5,"x":null}]`: {{"name", "n", "x"}, {"泵", "2", ""}, {"阀", "3.5", ""}},
		"a;b\n1;2":                           {{"a", "b"}, {"1", "2"}},
		"a,b\n\"x, y\",+cmd|' /C calc'!A0\n": {{"a", "b"}, {"x, y", "'+cmd|' /C calc'!A0"}},
	} {
		b, err := office.CSV(in)
		if err != nil {
			t.Errorf("CSV(%.20q): %v", in, err)
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != len(want) {
			t.Errorf("CSV(%.20q) = %q, %v", in, rows, err)
			continue
		}
		for i := range want {
			if strings.Join(rows[i], "|") != strings.Join(want[i], "|") {
				t.Errorf("CSV(%.20q)[%d] = %q, want %q", in, i, rows[i], want[i])
			}
		}
	}
}

func TestSheets_saysThatThereIsNone(t *testing.T) {
	for _, in := range []string{"", "just words", "# only a heading", "{}", "[]", `["a"]`} {
		if _, err := office.Sheets(in); app.AsError(err) == nil || app.AsError(err).Code != "table_missing" {
			t.Errorf("Sheets(%q) = %v, want table_missing", in, err)
		}
	}
}
