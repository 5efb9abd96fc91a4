package builtin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"islet/app"
	"islet/app/model"
)

// CodeQuoteCannot is the code of what only a language model can do: JSON, a call of a tool, a name for a conversation.
const CodeQuoteCannot = "quote_cannot"

var errQuoteCannot = app.Errorf(app.Invalid, CodeQuoteCannot,
	"quote only repeats passages from the knowledge and cannot do what is asked here; connect a language model under Models and choose it",
	"quote 只能摘录知识库原文，无法完成此请求；请在“模型”中连接语言模型并选用它")

// pieceRunes is how much of the answer comes at once.
const pieceRunes = 24

// quote answers with the passages of a request that fit its last question best. Tools are left alone unless one must be
// called.
func quote(ctx context.Context, req *model.Request, endpoint string, yield func(model.Chunk, error) bool) {
	if req.JSON || req.Schema != nil || req.Aside || mustCall(req.ToolChoice) {
		yield(model.Chunk{}, errQuoteCannot)
		return
	}
	answer := []rune(reply(lastQuestion(req), req.Passages))
	for len(answer) > 0 {
		if ctx.Err() != nil {
			yield(model.Chunk{}, model.Fail(model.CodeCanceled, endpoint, context.Cause(ctx)))
			return
		}
		n := min(pieceRunes, len(answer))
		if !yield(model.Chunk{Text: string(answer[:n])}, nil) {
			return
		}
		answer = answer[n:]
	}
	yield(model.Chunk{Finish: model.FinishStop}, nil) // the registry counts the tokens
}

// mustCall tells whether a tool has to be called.
func mustCall(choice string) bool { return choice != "" && choice != "auto" && choice != "none" }

func lastQuestion(req *model.Request) string {
	for i := len(req.Messages) - 1; i >= 0; i-- {
		if m := &req.Messages[i]; m.Role == model.User {
			return m.Text()
		}
	}
	return ""
}

// sayings are the sentences around quotations in one language.
type sayings struct {
	title, page, heading     string // formats of a source's parts
	join                     string
	quoted, nothing, without string
}

var (
	inEnglish = sayings{
		title: "[%d] %s", page: "page %d", heading: "“%s”", join: ", ",
		quoted:  "*This is quoted from the documents; no language model is connected, so nothing is summed up. For answers in full sentences, connect one under Models.*",
		nothing: "Nothing that fits the question was found in the documents.\n\n*No language model is connected: only passages can be quoted. Ask with other words, or connect a language model under Models.*",
		without: "No language model is connected, and this app has no documents to quote from.\n\n*Connect a language model under Models, or add knowledge to the app.*",
	}
	inChinese = sayings{
		title: "[%d] %s", page: "第 %d 页", heading: "“%s”", join: "，",
		quoted:  "*以上为文档原文摘录；当前未连接语言模型，因此没有归纳总结。如需完整回答，请在“模型”中连接语言模型。*",
		nothing: "在文档中没有找到与问题相符的内容。\n\n*当前未连接语言模型，只能摘录原文。请换一种问法，或在“模型”中连接语言模型。*",
		without: "当前未连接语言模型，此应用也没有可供摘录的文档。\n\n*请在“模型”中连接语言模型，或为应用添加知识库。*",
	}
)

// chineseShare is how many Latin letters there may be for one Chinese character in a Chinese question.
const chineseShare = 5

func language(question string) *sayings {
	han, latin := 0, 0
	for _, r := range question {
		switch {
		case isHan(r):
			han++
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			latin++
		}
	}
	if han > 0 && han*chineseShare >= latin {
		return &inChinese
	}
	return &inEnglish
}

// passagesMost is how many passages an answer quotes.
const passagesMost = 3

// reply is the whole answer in Markdown.
func reply(question string, passages []app.Resource) string {
	say := language(question)
	if passages == nil {
		return say.without
	}
	found := choose(question, passages)
	if len(found) == 0 {
		return say.nothing
	}
	var b strings.Builder
	for _, f := range found {
		for line := range strings.Lines(f.text) {
			b.WriteString(strings.TrimRight("> "+strings.TrimRight(line, "\r\n"), " ") + "\n")
		}
		b.WriteString(">\n> — " + say.source(f.number, &passages[f.index]) + "\n\n")
	}
	b.WriteString(say.quoted)
	return b.String()
}

// source names where a passage stands.
func (s *sayings) source(number int, r *app.Resource) string {
	parts := []string{fmt.Sprintf(s.title, number, plain(r.DocumentName))}
	if r.Page > 0 {
		parts = append(parts, fmt.Sprintf(s.page, r.Page))
	}
	if h := plain(r.Title); h != "" && h != plain(r.DocumentName) {
		parts = append(parts, fmt.Sprintf(s.heading, h))
	}
	return strings.Join(parts, s.join)
}

// plain takes the meaning of signs in Markdown away, and line breaks.
func plain(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if strings.ContainsRune("\\`*_{}[]<>#|~!", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// chosen is a passage that is quoted.
type chosen struct {
	index  int // among the passages
	number int // as the answer's resources are numbered
	text   string
	score  float64
}

// enough is the part of the best score that a passage or sentence needs to be quoted beside the best.
const enough = 0.6

// choose picks the passages and, within each, the sentences. Where no word of the question occurs in any passage (it was
// found by meaning, or in another language), the passage that the search put first is quoted from its beginning.
func choose(question string, passages []app.Resource) []chosen {
	var all []chosen
	w := weigh(question, passages)
	for i := range passages {
		text, score := w.best(passages[i].Content)
		if text == "" {
			continue
		}
		number := passages[i].Position
		if number <= 0 {
			number = i + 1
		}
		all = append(all, chosen{i, number, text, score / (1 + rankWeight*float64(i))})
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b chosen) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	n := 1
	for n < len(all) && n < passagesMost && all[n].score > 0 && all[n].score >= enough*all[0].score {
		n++
	}
	return all[:n]
}

// rankWeight is how much a place further down in the search's order counts against a passage.
const rankWeight = 0.05
