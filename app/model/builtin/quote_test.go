package builtin_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/builtin"
)

func ask(t *testing.T, req *model.Request) (string, error) {
	t.Helper()
	s := builtin.New(builtin.Options{})
	defer s.Close()
	req.Model = builtin.Quote
	a, err := model.Collect(server(s).(model.Chatter).Chat(t.Context(), req))
	if err == nil && a.Finish != model.FinishStop {
		t.Errorf("finish %q, want stop", a.Finish)
	}
	return a.Text, err
}

func question(text string, passages ...app.Resource) *model.Request {
	return &model.Request{Messages: []model.Message{model.Say(model.System, "You are kind."), model.Say(model.User, text)}, Passages: passages}
}

var (
	refunds = app.Resource{Position: 1, DocumentName: "terms_of_sale.pdf", Page: 3, Title: "Returns", Content: "# Returns\nGoods may be sent back within 30 days. The box must be whole. " +
		"Refunds are paid within 14 days after the goods came back. Questions go to the shop."}
	shipping = app.Resource{Position: 2, DocumentName: "shipping.md", Content: "Parcels leave the house on weekdays. Express costs 9.90 euros."}
	leave    = app.Resource{Position: 1, DocumentName: "员工手册.docx", Page: 12, Title: "请假制度", Content: "员工每年享有15天年假。年假需提前三天申请，由部门主管批准。病假需提供医院证明。公司提供免费午餐。"}
)

func TestQuote_answers(t *testing.T) {
	const closingEn = "\n\n*This is quoted from the documents; no language model is connected, so nothing is summed up. For answers in full sentences, connect one under Models.*"
	const closingZh = "\n\n*以上为文档原文摘录；当前未连接语言模型，因此没有归纳总结。如需完整回答，请在“模型”中连接语言模型。*"
	for name, c := range map[string]struct {
		question string
		passages []app.Resource
		want     string
	}{
		"the fitting sentence of the fitting passage": {"When are refunds paid?", []app.Resource{shipping, refunds},
			"> Refunds are paid within 14 days after the goods came back.\n>\n> — [1] terms\\_of\\_sale.pdf, page 3, “Returns”" + closingEn},
		"a number stays in its sentence": {"How much is express?", []app.Resource{refunds, shipping},
			"> Express costs 9.90 euros.\n>\n> — [2] shipping.md" + closingEn},
		"Chinese": {"年假怎么申请？", []app.Resource{leave},
			"> 年假需提前三天申请，由部门主管批准。\n>\n> — [1] 员工手册.docx，第 12 页，“请假制度”" + closingZh},
		"Chinese with a foreign word": {"express 多少钱？", []app.Resource{shipping},
			"> Express costs 9.90 euros.\n>\n> — [2] shipping.md" + closingZh},
		"found by meaning only": {"年假有几天", []app.Resource{shipping},
			"> Parcels leave the house on weekdays. Express costs 9.90 euros.\n>\n> — [2] shipping.md" + closingZh},
		"sentences apart keep their order": {"goods sent back and refunds for goods", []app.Resource{refunds},
			"> Goods may be sent back within 30 days. …\n> Refunds are paid within 14 days after the goods came back.\n>\n> — [1] terms\\_of\\_sale.pdf, page 3, “Returns”" + closingEn},
	} {
		got, err := ask(t, question(c.question, c.passages...))
		if err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestQuote_saysSoWithoutPassages(t *testing.T) {
	for _, c := range []struct {
		question string
		passages []app.Resource
		want     string
	}{
		{"Hello there", nil, "No language model is connected, and this app has no documents to quote from."},
		{"Hello there", []app.Resource{}, "Nothing that fits the question was found in the documents."},
		{"Hello there", []app.Resource{{Content: "  \n"}}, "Nothing that fits the question was found in the documents."},
		{"你好", nil, "当前未连接语言模型，此应用也没有可供摘录的文档。"},
		{"你好", []app.Resource{}, "在文档中没有找到与问题相符的内容。"},
	} {
		req := question(c.question)
		req.Passages = c.passages
		got, err := ask(t, req)
		if err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("%q with %v: %q, %v; want %q", c.question, c.passages, got, err, c.want)
		}
	}
}

func TestQuote_refusesWhatOnlyALanguageModelCan(t *testing.T) {
	for name, change := range map[string]func(*model.Request){
		"JSON":        func(r *model.Request) { r.JSON = true },
		"a schema":    func(r *model.Request) { r.Schema = &model.Schema{} },
		"an aside":    func(r *model.Request) { r.Aside = true },
		"a tool":      func(r *model.Request) { r.ToolChoice = "search" },
		"a tool, any": func(r *model.Request) { r.ToolChoice = "required" },
	} {
		req := question("When are refunds paid?", refunds)
		change(req)
		if _, err := ask(t, req); !errors.Is(err, &app.Error{Code: builtin.CodeQuoteCannot}) {
			t.Errorf("%s: %v, want %s", name, err, builtin.CodeQuoteCannot)
		}
	}
	req := question("When are refunds paid?", refunds)
	req.Tools, req.ToolChoice = []model.Tool{{Name: "search"}}, "auto"
	if got, err := ask(t, req); err != nil || !strings.Contains(got, "14 days") {
		t.Errorf("with tools that need not be called: %q, %v", got, err)
	}
}

func TestQuote_longAndOddPassagesStayQuotations(t *testing.T) {
	odd := app.Resource{DocumentName: "a](http://x) <b>\n# c", Content: "```\nrefund line\n> nested refund\n```\nrefund code\n```\n" + strings.Repeat("refund refund refund ", 500)}
	got, err := ask(t, question("refund", odd, odd, odd, odd, odd))
	if err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(got, "\n\n*This is")
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '>' {
			t.Errorf("line %q stands outside the quotation", line)
		}
	}
	if n := strings.Count(got, "> — ["); n != 3 || len(got) > 4000 {
		t.Errorf("%d passages in %d bytes, want 3 and fewer than 4000", n, len(got))
	}
	if !strings.Contains(got, `— [1] a\](http://x) \<b\> \# c`) {
		t.Errorf("the name of a document became Markdown: %s", got)
	}
}

func TestQuote_streamsAndStops(t *testing.T) {
	s := builtin.New(builtin.Options{})
	defer s.Close()
	req := question("When are refunds paid?", refunds)
	req.Model = builtin.Quote
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pieces := 0
	var last error
	for c, err := range server(s).(model.Chatter).Chat(ctx, req) {
		if last = err; err != nil {
			break
		}
		if len([]rune(c.Text)) > 40 {
			t.Errorf("a piece of %d characters", len([]rune(c.Text)))
		}
		if pieces++; pieces == 3 {
			cancel()
		}
	}
	if pieces != 3 || !errors.Is(last, &app.Error{Code: model.CodeCanceled}) {
		t.Errorf("%d pieces, then %v; want 3 and canceled", pieces, last)
	}
}
