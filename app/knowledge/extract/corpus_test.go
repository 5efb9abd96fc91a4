package extract_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/knowledge/extract"
)

// The files of testdata/corpus were made for this test: office files by LibreOffice out of text of our own, the others by hand.
// What each must give is said here: pieces of the text in their order, how many pages there are, and pieces that must not appear.
type known struct {
	of    string // files, all of which say the same
	want  []string
	pages int // 0 is not looked at
	never []string
}

var corpus = []known{
	{of: "pump.docx pump.odt pump.html", want: []string{"# Pump manual", "The pump CP-3200 moves clean water only.", "## Starting", "Open the suction valve fully.", "Start the motor and watch the gauge.", "## Faults", "| Code | Meaning | Remedy |", "| E-207 | Too hot | Check the cooling water |", "## Storage", "Turn the shaft by hand every month."}},
	{of: "leave.docx leave.odt leave.html", want: []string{"# 员工休假管理办法", "## 第一章 年休假", "满十年不满二十年的，年休假为十天。", "## 第二章 病假", "连续病假超过十五个工作日的", "| 假期天数 | 审批人 |", "| 十天以上 | 总经理 |", "## 第三章 附则", "由人力资源部负责解释。"}},
	{of: "mixed.docx mixed.odt mixed.html", want: []string{"# API 网关部署说明", "Linux 5.10 以上内核，监听端口 8443。", "## Rollback", "Run islet-gate rollback --to v2.3.9", "### 联系人", "分机 6021，wang@example.com"}},
	{of: "minutes.docx minutes.odt minutes.html", want: []string{"# Minutes of the safety committee", "Ada Lind, Omar Haddad, Chen Wei", "## Decisions", "Fire drills take place twice a year.", "## Next meeting", "Größe und Maß wie gehabt."}},
	{of: "pump.doc pump.txt pump.rtf pump.epub", want: []string{"Pump manual", "The pump CP-3200 moves clean water only.", "Open the suction valve fully.", "E-207", "Check the cooling water", "Storage", "Turn the shaft by hand every month."}},
	{of: "leave.doc leave.txt leave.rtf leave.epub", want: []string{"员工休假管理办法", "满十年不满二十年的，年休假为十天。", "须由部门负责人和人力资源部共同审批。", "十天以上", "总经理", "由人力资源部负责解释。"}},
	{of: "mixed.doc mixed.txt mixed.rtf mixed.epub", want: []string{"API 网关部署说明", "监听端口 8443", "islet-gate rollback --to v2.3.9", "分机 6021，wang@example.com"}},
	{of: "minutes.doc minutes.txt minutes.rtf minutes.epub", want: []string{"Minutes of the safety committee", "Fire drills take place twice a year.", "Größe und Maß wie gehabt."}},
	{of: "pump.pdf", pages: 2, want: []string{"Pump manual", "The pump CP-3200 moves clean water only.", "E-207", "Check the cooling water", "Storage", "Turn the shaft by hand every month."}},
	{of: "leave.pdf", pages: 2, want: []string{"员工休假管理办法", "第一章 年休假", "满十年不满二十年的，年休假为十天。", "须由部门负责人和人力资源部共同审批。", "十天以上", "第三章 附则", "由人力资源部负责解释。"}},
	{of: "mixed.pdf", pages: 1, want: []string{"API 网关部署说明", "监听端口 8443", "islet-gate rollback --to v2.3.9", "wang@example.com"}},
	{of: "minutes.pdf", pages: 1, want: []string{"Minutes of the safety committee", "Fire drills take place twice a year.", "Größe und Maß wie gehabt."}},
	{of: "parts.xlsx parts.xls parts.ods parts.html", want: []string{"| 料号 | 名称 | 数量 | 单价 |", "| MS-7741 | 机械密封 | 12 | 380.5", "| BR-6205 | 深沟球轴承 | 40 | 25 |", "| VF-0090 | 变频器 | 3 | 4200 |"}},
	{of: "rates.xlsx rates.xls rates.ods rates.html", want: []string{"| City | Hotel per night | Meals per day |", "| Shanghai | 500 | 100 |", "| Chengdu | 350 | 80 |", "| Munich |"}},
	{of: "kickoff.pptx kickoff.odp kickoff.ppt.gz", pages: 3, want: []string{"Project kickoff", "Goal: one binary for every site", "Budget 240 000 euro", "Milestones", "M2 in June: search", "Risks", "Scanned documents hold no text"}, never: []string{"Click to", "‹#›", "<number>"}},
	{of: "training.pptx training.odp training.ppt.gz", pages: 2, want: []string{"安全培训", "进入车间必须佩戴安全帽", "应急措施", "火警电话 119", "集合地点：东门停车场"}, never: []string{"Click to", "单击"}},
	{of: "kickoff.pdf", pages: 3, want: []string{"Project kickoff", "Goal: one binary for every site", "M1 in March: ingest", "Scanned documents hold no text"}},
	{of: "training.pdf", pages: 2, want: []string{"安全培训", "每年至少培训两次", "集合地点：东门停车场"}},
	{of: "store-utf8.txt store-bom.txt store-gbk.txt store-gb18030.txt store-utf16le.txt store-utf16be.txt", want: []string{"第一条 仓库温度应保持在五至二十五摄氏度之间。", "第二条 易燃品须单独存放，领用时登记。"}, never: []string{"\ufeff", "\ufffd"}},
	{of: "store-gb18030.txt", want: []string{"特殊字：㐀𠀀。"}},
	{of: "store-big5.txt", want: []string{"第一條 倉庫溫度應保持在五至二十五攝氏度之間。", "領用時登記。"}},
	{of: "store-sjis.txt store-eucjp.txt", want: []string{"倉庫の温度は五度から二十五度に保つこと。", "カタカナも正しく読むこと。"}},
	{of: "notes-latin1.txt", want: []string{"Die Prüfung der Maße dauert fünf Tage"}},
	{of: "readme.md", want: []string{"# Readme", "## 表格", "| 端口 | 8088 |", "# still code"}},
	{of: "page.html", want: []string{"# 保密制度", "涉密文件不得带离办公区。", "| 秘密 | 十年 |"}, never: []string{"alert", "color:red"}},
	{of: "page.xhtml", want: []string{"## Visitors", "Visitors sign in at the gate & wear a badge."}},
	{of: "data.json", want: []string{"AC-115", "E-207", "排气温度过高"}},
	{of: "data.jsonl", want: []string{"午餐几点？", "十一点半", "Hall B"}},
	{of: "conf.yaml", want: []string{"port: 8088", "一号机"}},
	{of: "feed.xml", want: []string{"每五百小时更换润滑油。"}},
	{of: "excel-gbk.csv", want: []string{"| 姓名 | 部门 | 工号 |", "| 王小明 | 设备部 | A1024 |", "| 李娜 | 质量,检验 | B2048 |"}},
	{of: "table.tsv", want: []string{"| part | stock |", "| MS-7741 | 12 |"}},
	{of: "sheet-utf16.csv", want: []string{"| 姓名 | 城市 |", "| 赵强 | 武汉 |"}},
	{of: "handbook.epub", pages: 2, want: []string{"# Welcome", "Lockers are on the ground floor.", "# 考勤", "上班时间为八点三十分。"}},
	{of: "log.log", want: []string{"disk 91 % full on node-3"}},
	{of: "meeting.eml", want: []string{"关于五月例会", "例会改到周五下午三点。", "议程.txt"}},
	{of: "order.eml", want: []string{"Valve order", "four valves DN50"}},
	{of: "ship.eml", want: []string{"发货通知", "单号 SF-8842"}},
}

func TestCorpus_givesItsKnownText(t *testing.T) {
	var (
		seen  = map[string]bool{}
		kinds = map[string]int{}
		table strings.Builder
	)
	for _, k := range corpus {
		for _, file := range strings.Fields(k.of) {
			t.Run(file, func(t *testing.T) {
				name, data := corpusFile(t, file)
				d, err := new(extract.Reader).Document(name, "", data)
				if err != nil {
					t.Fatal(err)
				}
				for at, rest := 0, d.Text; at < len(k.want); at++ {
					_, after, ok := strings.Cut(rest, k.want[at])
					if !ok {
						t.Fatalf("%q is not there, or not after what stands before it, in\n%s", k.want[at], cut(d.Text))
					}
					rest = after
				}
				for _, n := range k.never {
					if strings.Contains(d.Text, n) {
						t.Errorf("%q is there, in\n%s", n, cut(d.Text))
					}
				}
				if k.pages > 0 && len(d.Pages) != k.pages {
					t.Errorf("%d pages, want %d", len(d.Pages), k.pages)
				}
				if !seen[file] {
					kinds[filepath.Ext(name)]++
					fmt.Fprintf(&table, "%-20s %7d B  %3d pages  %5d characters  %2d of %2d pieces\n", file, len(data), len(d.Pages), len([]rune(d.Text)), len(k.want), len(k.want))
				}
				seen[file] = true
			})
		}
	}
	files, err := os.ReadDir("testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f.Name()] && !t.Failed() {
			t.Errorf("%s is in no row", f.Name())
		}
	}
	t.Logf("%d files in %d formats\n%s", len(seen), len(kinds), table.String())
}

func corpusFile(t *testing.T, file string) (name string, data []byte) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/corpus", file))
	if err != nil {
		t.Fatal(err)
	}
	if name = strings.TrimSuffix(file, ".gz"); name != file { // of mostly empty files
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err == nil {
			data, err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return name, data
}

// TestDocument_ofSpoiledFiles: whatever is broken in a file, it is read as far as it goes or refused with a code, and soon.
func TestDocument_ofSpoiledFiles(t *testing.T) {
	files, err := os.ReadDir("testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	read, refused := 0, 0
	for _, f := range files {
		name, data := corpusFile(t, f.Name())
		if filepath.Ext(name) == ".pdf" {
			continue // pdf_test.go spoils them; each costs a new pdfium
		}
		rnd := rand.New(rand.NewPCG(7, uint64(len(data))))
		for range 12 {
			bad := bytes.Clone(data)
			for range 1 + rnd.IntN(20) {
				bad[rnd.IntN(len(bad))] ^= byte(1 + rnd.IntN(255))
			}
			if rnd.IntN(2) == 0 {
				bad = bad[:rnd.IntN(len(bad))+1]
			}
			start := time.Now()
			_, err := new(extract.Reader).Document(name, "", bad)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%s took %v", f.Name(), took)
			}
			if err == nil {
				read++
			} else if refused++; app.AsError(err).Code == "" || app.KindOf(err) == app.Internal {
				t.Errorf("%s: %v has no code of its own", f.Name(), err)
			}
		}
	}
	t.Logf("%d spoiled files: %d read as far as they go, %d refused", read+refused, read, refused)
}
