package tool

import (
	"maps"
	"slices"
	"strings"

	"islet/app"
)

// Provider names a group of built-in tools.
type Provider struct {
	Name  string
	Label app.Text
	About app.Text
}

// Providers are the groups of built-in tools, in the order in which they are shown.
var Providers = []Provider{
	{"time", app.Text{En: "Time", Zh: "时间"}, app.Text{En: "The current time, date arithmetic, working days and time zones", Zh: "当前时间、日期计算、工作日与时区转换"}},
	{"calculator", app.Text{En: "Calculator", Zh: "计算器"}, app.Text{En: "Exact arithmetic, which models do not do well by themselves", Zh: "精确计算，避免模型口算出错"}},
	{"code", app.Text{En: "Code interpreter", Zh: "代码解释器"}, app.Text{En: "Runs Python or JavaScript in a sandbox", Zh: "在沙箱中运行 Python 或 JavaScript"}},
	{"webscraper", app.Text{En: "Web pages", Zh: "网页读取"}, app.Text{En: "Reads pages of your network as Markdown", Zh: "读取内网网页并转换为 Markdown"}},
	{"knowledge", app.Text{En: "Knowledge", Zh: "知识库"}, app.Text{En: "Searches a knowledge base", Zh: "检索指定的知识库"}},
	{"chart", app.Text{En: "Charts", Zh: "图表"}, app.Text{En: "Draws bar, line, pie and scatter charts", Zh: "绘制柱状图、折线图、饼图和散点图"}},
	{"document", app.Text{En: "Documents", Zh: "文档生成"}, app.Text{En: "Writes Word, Excel, Markdown and CSV files", Zh: "生成 Word、Excel、Markdown 和 CSV 文件"}},
}

// Entries lists built-in tools by their providers.
func Entries(table map[string]*Tool) []Entry {
	var all []Entry
	for _, p := range Providers {
		for _, key := range slices.Sorted(maps.Keys(table)) {
			if name, ok := strings.CutPrefix(key, p.Name+"/"); ok {
				all = append(all, Entry{Ref: Ref{Type: app.ToolBuiltin, Provider: p.Name, Name: name}, ProviderLabel: p.Label, Tool: table[key]})
			}
		}
	}
	return all
}
