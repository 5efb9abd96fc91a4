package tool

import "islet/app"

// About is a description in both languages, for people. Models read the English one.
func About(description string) app.Text {
	zh, ok := inChinese[description]
	if !ok {
		zh = description // a document or server says it in its own language
	}
	return app.Text{En: description, Zh: zh}
}

// inChinese are the descriptions of built-in tools and their parameters.
var inChinese = map[string]string{
	"Tells the current date and time.":             "返回当前日期和时间。",
	"strftime format, such as %Y-%m-%d %H:%M:%S":   "strftime 格式，例如 %Y-%m-%d %H:%M:%S",
	"IANA time zone, such as Asia/Shanghai":        "IANA 时区，例如 Asia/Shanghai",
	"Tells on which day of the week a date falls.": "返回某一天是星期几。",
	"the year":  "年份",
	"the month": "月份",
	"the day":   "日期",
	"Converts a local date and time to a Unix timestamp in seconds.": "将本地日期时间转换为 Unix 时间戳（秒）。",
	"such as 2026-11-25 12:00:00":                                    "例如 2026-11-25 12:00:00",
	"IANA time zone of the local time":                               "本地时间所在的 IANA 时区",
	"Converts a Unix timestamp in seconds to a local date and time.": "将 Unix 时间戳（秒）转换为本地日期时间。",
	"Unix seconds":                 "Unix 时间戳（秒）",
	"IANA time zone of the result": "结果所在的 IANA 时区",
	"Converts a date and time from one time zone to another.":                                                   "在不同时区之间转换日期时间。",
	"IANA time zone of the time":                                                                                "该时间所在的 IANA 时区",
	"Adds days, working days, weeks, months, years, hours or minutes to a date, or subtracts them.":             "对日期加减天、工作日、周、月、年、小时或分钟。",
	"such as 2026-11-25 or 2026-11-25 12:00:00; today or now for the current one":                               "例如 2026-11-25 或 2026-11-25 12:00:00；today 表示今天，now 表示现在",
	"how many units; negative to go back":                                                                       "数量，负数表示往前推",
	"workdays are Monday to Friday without the holidays":                                                        "工作日指周一至周五，不含节假日",
	"IANA time zone of today and now":                                                                           "today 和 now 所在的 IANA 时区",
	"IANA time zone of today":                                                                                   "today 所在的 IANA 时区",
	"Tells how long it is from one date to another: days, working days, weeks, and years with months and days.": "计算两个日期的间隔：天数、工作日数、周数，以及年、月、日。",
	"such as 2026-11-25; today for the current one":                                                             "例如 2026-11-25；today 表示今天",
	"such as 2026-12-31":                                                                                        "例如 2026-12-31",
	"dates on which nobody works, with commas between":                                                          "放假的日期，以逗号分隔",
	"Saturdays and Sundays on which people work, with commas between":                                           "需要上班的周末日期，以逗号分隔",
	"Calculates an arithmetic expression exactly. Use it for every calculation instead of doing it yourself.":   "精确计算算式，避免模型自行口算。",
	"numbers with + - * / // mod ^ ! % ( ) and functions such as sqrt, round(x, places), abs, floor, ceil, log, ln, sin, sum, avg, median, min, max; such as (1200 * 3 - 50%) / 7": "支持 + - * / // mod ^ ! % ( ) 以及 sqrt、round(x, 位数)、abs、floor、ceil、log、ln、sin、sum、avg、median、min、max 等函数，例如 (1200 * 3 - 50%) / 7",
	"Runs a Python or JavaScript program in a sandbox without files or network and returns what its function main() returns.":                                                      "在没有文件和网络的沙箱中运行 Python 或 JavaScript 程序，返回 main() 函数的结果。",
	"python3 or javascript": "python3 或 javascript",
	"a program with a function main() without parameters that returns an object":            "包含无参数 main() 函数的程序，函数返回一个对象",
	"Reads a web page or a document at an address and returns its text as Markdown.":        "读取网址上的网页或文档，以 Markdown 返回内容。",
	"of the page, with http:// or https://":                                                 "网页地址，以 http:// 或 https:// 开头",
	"Searches a knowledge base and returns the passages that fit best, with their sources.": "检索知识库，返回最相关的段落及来源。",
	"which one is searched":                    "要检索的知识库",
	"what to look for, as a question or words": "检索内容，可以是问题或关键词",
	"how many at most, 1 to 20":                "最多返回的段落数，1 到 20",
	"Draws a bar, line, pie or scatter chart of a table and shows it to the person.": "根据表格绘制柱状图、折线图、饼图或散点图，并展示给用户。",
	"bar, line, pie or scatter": "柱状图、折线图、饼图或散点图",
	"a table in Markdown or CSV with a first row of names: the first column holds the labels, each other one the numbers of a series. For scatter the first column of numbers is x": "Markdown 或 CSV 表格，首行为列名：第一列是标签，其余每列是一个系列的数值。散点图以第一个数值列为横坐标",
	"above the chart":                          "显示在图表上方",
	"what the x axis is called":                "横轴的名称",
	"what the y axis is called, with the unit": "纵轴的名称，可包含单位",
	"Writes Markdown as a Word, Excel, Markdown or CSV file and gives it to the person. Excel and CSV take the tables of the text.": "将 Markdown 生成为 Word、Excel、Markdown 或 CSV 文件并交给用户。Excel 和 CSV 使用其中的表格。",
	"docx, xlsx, md or csv": "docx、xlsx、md 或 csv",
	"the whole text in Markdown: headings, lists, tables, bold, code. For xlsx and csv tables in Markdown or CSV, each under a heading that names its sheet": "完整的 Markdown 内容：标题、列表、表格、加粗、代码。xlsx 和 csv 请提供 Markdown 或 CSV 表格，每个表格前的标题作为工作表名称",
	"of the document and its file": "文档标题，同时用作文件名",
}
