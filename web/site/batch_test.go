package site_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"islet/app"
	"islet/app/batch"
	"islet/app/model/modeltest"
)

// generator is a rig whose app writes a text about a topic.
func generator(t *testing.T, o modeltest.Options) *rig {
	t.Helper()
	r := newRig(t, o, app.Settings{})
	a := &app.App{Mode: app.ModeCompletion, Name: "写作", Draft: app.Settings{Model: r.app.Draft.Model, Prompt: "say: {{topic}} {{n}}",
		Variables: []app.Variable{{Name: "topic", Label: "主题", Kind: "text", Required: true}, {Name: "n", Label: "Number", Kind: "number"}, {Name: "loud", Label: "大声", Kind: "checkbox"}}}}
	if err := r.studio.Create(r.ctx, a); err != nil {
		t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, a.ID, "", ""); err != nil {
		t.Fatal(err)
	}
	r.app = a
	return r
}

// until polls a batch.
func (b *tab) until(id app.ID, done func(*app.Batch) bool) *app.Batch {
	b.r.t.Helper()
	var it app.Batch
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		it = into[app.Batch](b.r.t, b.want(200, "", "GET", "/batches/"+string(id), nil))
		if done(&it) {
			return &it
		}
	}
	b.r.t.Fatalf("the batch stays %+v", it)
	return nil
}

func finished(it *app.Batch) bool { return it.Status == app.BatchFinished }

func TestBatch_runsEveryRowAndSaysWhichFailed(t *testing.T) {
	r := generator(t, modeltest.Options{})
	b := r.tab()
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("主题;NUMBER;备注\n茶;3;x\n;4;\n=1+1;;\n")
	if err != nil {
		t.Fatal(err)
	}
	p := into[batch.Plan](t, b.want(200, "", "POST", "/batches/check", newForm(t, "题目.csv", []byte(gbk))))
	if p.Total != 3 || p.Wrong != 1 || p.Problems[0].Row != 2 || len(p.Columns) != 2 || len(p.Ignored) != 1 || p.Sample[0]["topic"] != "茶" {
		t.Errorf("%+v", p)
	}
	b.want(400, "columns_missing", "POST", "/batches", newForm(t, "x.csv", []byte("Number\n1\n")))
	b.want(400, "table_empty", "POST", "/batches/check", newForm(t, "x.csv", []byte("主题\n")))
	b.want(413, "too_many_rows", "POST", "/batches/check", newForm(t, "x.csv", []byte("主题\n"+strings.Repeat("a\n", 1001))))

	it := into[app.Batch](t, b.want(200, "", "POST", "/batches", newForm(t, "题目.csv", []byte(gbk))))
	got := b.until(it.ID, finished)
	if got.Counts != (app.BatchCounts{Total: 3, Succeeded: 2, Failed: 1}) || got.FinishedAt == nil {
		t.Errorf("%+v", got)
	}
	rows := into[list[app.BatchRow]](t, b.want(200, "", "GET", "/batches/"+string(it.ID)+"/rows", nil))
	if rows.Data[0].Outputs["answer"] != "茶 3" || rows.Data[1].Error == nil || rows.Data[1].Error.Code != "input_missing" {
		t.Errorf("%+v", rows.Data)
	}
	b.header.Set("Accept-Language", "zh-CN")
	text := b.want(200, "", "GET", "/batches/"+string(it.ID)+"/export?format=csv", nil)
	if !bytes.HasPrefix(text, []byte("\xEF\xBB\xBF")) {
		t.Errorf("no mark of UTF-8: %q", text)
	}
	table, err := csv.NewReader(bytes.NewReader(text[3:])).ReadAll()
	if err != nil || fmt.Sprint(table[0]) != "[# 主题 Number 结果 状态 错误 耗时（秒）]" || table[1][3] != "茶 3" || table[2][4] != "失败" || table[2][5] != "请填写“主题”" || table[3][1] != "'=1+1" {
		t.Errorf("%q, %v", table, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.want(200, "", "GET", "/batches/"+string(it.ID)+"/export?format=xlsx", nil)))
	if err != nil {
		t.Fatal(err)
	}
	if cells, err := f.GetRows("Sheet1"); err != nil || cells[1][3] != "茶 3" || cells[3][1] != "=1+1" {
		t.Errorf("%q, %v", cells, err)
	}
	b.want(200, "", "POST", "/batches/"+string(it.ID)+"/do", object{"do": "retry"})
	if got := b.until(it.ID, finished); got.Counts.Failed != 1 || got.Counts.Succeeded != 2 {
		t.Errorf("after another try %+v", got.Counts)
	}
	b.want(200, "", "DELETE", "/batches/"+string(it.ID), nil)
	b.want(404, "", "GET", "/batches/"+string(it.ID), nil)
}

func TestBatch_pausesGoesOnAndStops(t *testing.T) {
	r := generator(t, modeltest.Options{PerToken: 10 * time.Millisecond})
	b := r.tab()
	it := into[app.Batch](t, b.want(200, "", "POST", "/batches", newForm(t, "x.csv", []byte("topic\n"+strings.Repeat("one two three four five six\n", 30)))))
	path := "/batches/" + string(it.ID) + "/do"
	b.until(it.ID, func(it *app.Batch) bool { return it.Counts.Succeeded > 1 })
	b.want(409, "batch_running", "DELETE", "/batches/"+string(it.ID), nil)
	b.want(200, "", "POST", path, object{"do": "pause"})
	paused := b.until(it.ID, func(it *app.Batch) bool { return it.Counts.Running == 0 })
	if paused.Status != app.BatchPaused || paused.Counts.Waiting == 0 {
		t.Errorf("%+v", paused)
	}
	b.want(409, "batch_state", "POST", path, object{"do": "pause"})
	b.want(200, "", "POST", path, object{"do": "resume"})
	b.until(it.ID, func(it *app.Batch) bool { return it.Counts.Succeeded > paused.Counts.Succeeded })
	b.want(200, "", "POST", path, object{"do": "stop"})
	stopped := b.until(it.ID, func(it *app.Batch) bool { return it.Counts.Running == 0 })
	if c := stopped.Counts; stopped.Status != app.BatchStopped || c.Stopped == 0 || c.Waiting != 0 || c.Stopped+c.Succeeded+c.Failed != 30 {
		t.Errorf("%+v", stopped)
	}
	b.want(200, "", "POST", path, object{"do": "retry"})
	if c := b.until(it.ID, finished).Counts; c.Succeeded != 30 {
		t.Errorf("after another try %+v", c)
	}
}

func TestBatch_templateHasAColumnForEveryInput(t *testing.T) {
	r := generator(t, modeltest.Options{})
	b := r.tab()
	b.header.Set("Accept-Language", "zh-CN")
	if got := string(b.want(200, "", "GET", "/batches/template?format=csv", nil)); got != "\uFEFF主题,Number,大声\r\n,1,是\r\n" {
		t.Errorf("%q", got)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.want(200, "", "GET", "/batches/template?format=xlsx", nil)))
	if err != nil {
		t.Fatal(err)
	}
	if cells, err := f.GetRows("Sheet1"); err != nil || cells[0][0] != "主题" {
		t.Errorf("%q, %v", cells, err)
	}
}

func TestBatch_ofAWorkflowThatAsksAPersonIsRefused(t *testing.T) {
	r := flowRig(t, nil)
	r.tab().want(400, "batch_needs_people", "POST", "/batches/check", newForm(t, "x.csv", []byte("a\n1\n")))
}
