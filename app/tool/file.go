package tool

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/tool/chart"
	"islet/app/tool/office"
)

// keep stores what a tool made and says so.
func (d Deps) keep(ctx context.Context, name, mime string, data []byte) (Result, error) {
	if d.Save == nil {
		return Result{}, app.Errorf(app.Unavailable, "files_unavailable", "files cannot be kept here", "当前环境无法保存文件")
	}
	f, err := d.Save(ctx, name, mime, data)
	if err != nil {
		return Result{}, err
	}
	return Result{Text: "The file " + f.Name + " was made and is shown to the person.", Files: []app.Attachment{f}}, nil
}

func drawChart(d Deps) *Tool {
	t := &Tool{Name: "draw", Label: app.Text{En: "Draw a chart", Zh: "绘制图表"}, Description: "Draws a bar, line, pie or scatter chart of a table and shows it to the person.",
		Params: []Param{
			{Name: "kind", Label: app.Text{En: "Kind", Zh: "类型"}, Description: "bar, line, pie or scatter", Type: "select", Form: "llm", Required: true, Default: "bar", Options: chart.Kinds,
				Labels: []app.Text{{En: "Bar", Zh: "柱状图"}, {En: "Line", Zh: "折线图"}, {En: "Pie", Zh: "饼图"}, {En: "Scatter", Zh: "散点图"}}},
			{Name: "data", Label: app.Text{En: "Data", Zh: "数据"}, Type: "text", Form: "llm", Required: true,
				Description: "a table in Markdown or CSV with a first row of names: the first column holds the labels, each other one the numbers of a series. For scatter the first column of numbers is x"},
			text("title", "Title", "标题", "above the chart", false, nil),
			text("x_axis", "X axis", "横轴名称", "what the x axis is called", false, nil),
			text("y_axis", "Y axis", "纵轴名称", "what the y axis is called, with the unit", false, nil),
		}}
	t.Call = func(ctx context.Context, args map[string]any) (Result, error) {
		sheets, err := office.Sheets(str(args, "data", ""))
		if err != nil {
			return Result{}, err
		}
		c := &chart.Chart{Kind: str(args, "kind", "bar"), Title: str(args, "title", ""), X: str(args, "x_axis", ""), Y: str(args, "y_axis", "")}
		if err := plot(c, sheets[0].Rows); err != nil {
			return Result{}, err
		}
		svg, err := c.SVG()
		if err != nil {
			return Result{}, err
		}
		name := fileName(c.Title, "chart")
		return d.keep(ctx, name+".svg", "image/svg+xml", svg)
	}
	return t
}

// plot takes labels and series from a table.
func plot(c *chart.Chart, rows [][]string) error {
	if len(rows) < 2 {
		return app.Errorf(app.Invalid, "chart_invalid", "the table needs a row of names and at least one row of numbers", "表格至少需要一行表头和一行数据")
	}
	first := 1
	if c.Kind == "scatter" && isNumber(rows[1][0]) {
		first = 0 // no labels
	}
	for i, row := range rows[1:] {
		label := strconv.Itoa(i + 1)
		if first == 1 {
			label = row[0]
		}
		c.Labels = append(c.Labels, label)
	}
	for col := first; col < len(rows[0]); col++ {
		s := chart.Series{Name: rows[0][col]}
		for _, row := range rows[1:] {
			v, err := strconv.ParseFloat(clean(row[col]), 64)
			if err != nil {
				return app.Errorf(app.Invalid, "chart_invalid", "%[1]q in the column %[2]q is no number", "列“%[2]s”中的 %[1]q 不是数字", row[col], s.Name)
			}
			s.Values = append(s.Values, v)
		}
		c.Series = append(c.Series, s)
	}
	return nil
}

func clean(s string) string {
	return strings.TrimSpace(strings.NewReplacer(",", "", "%", "", "％", "", "¥", "", "￥", "", "$", "", "*", "").Replace(s))
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(clean(s), 64)
	return err == nil
}

// fileName is a name for a file made of a title.
func fileName(title, otherwise string) string {
	s := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, strings.TrimSpace(title))
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60])
	}
	if s = strings.Trim(s, ". "); s == "" {
		return otherwise
	}
	return s
}

// The formats of documents, and what their bytes are.
var documentKinds = map[string]string{
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"md": "text/markdown", "csv": "text/csv",
}

func writeDocument(d Deps) *Tool {
	t := &Tool{Name: "write", Label: app.Text{En: "Write a document", Zh: "生成文档"}, Description: "Writes Markdown as a Word, Excel, Markdown or CSV file and gives it to the person. Excel and CSV take the tables of the text.",
		Params: []Param{
			{Name: "format", Label: app.Text{En: "Format", Zh: "格式"}, Description: "docx, xlsx, md or csv", Type: "select", Form: "llm", Required: true, Default: "docx", Options: []string{"docx", "xlsx", "md", "csv"},
				Labels: []app.Text{{En: "Word (docx)", Zh: "Word（docx）"}, {En: "Excel (xlsx)", Zh: "Excel（xlsx）"}, {En: "Markdown", Zh: "Markdown"}, {En: "CSV", Zh: "CSV"}}},
			{Name: "content", Label: app.Text{En: "Content", Zh: "内容"}, Type: "text", Form: "llm", Required: true,
				Description: "the whole text in Markdown: headings, lists, tables, bold, code. For xlsx and csv tables in Markdown or CSV, each under a heading that names its sheet"},
			text("title", "Title", "标题", "of the document and its file", false, nil),
		}}
	t.Call = func(ctx context.Context, args map[string]any) (Result, error) {
		format, content, title := str(args, "format", "docx"), str(args, "content", ""), str(args, "title", "")
		var data []byte
		var err error
		switch format {
		case "docx":
			data, err = office.DOCX(title, content)
		case "xlsx":
			data, err = office.XLSX(content)
		case "csv":
			data, err = office.CSV(content)
		case "md":
			data = []byte(content)
		default:
			err = app.Errorf(app.Invalid, "format_unknown", "%q is no format; use docx, xlsx, md or csv", "不支持格式 %q；请使用 docx、xlsx、md 或 csv", format)
		}
		if err != nil {
			return Result{}, err
		}
		if len(data) == 0 {
			return Result{}, app.Errorf(app.Invalid, "document_empty", "there is nothing to write", "没有可写入的内容")
		}
		return d.keep(ctx, fmt.Sprintf("%s.%s", fileName(title, "document"), format), documentKinds[format], data)
	}
	return t
}
