package knowledge

import (
	"context"
	"strings"

	"islet/app"
	"islet/app/knowledge/extract"
	"islet/app/knowledge/split"
	"islet/app/model"
)

type pairsKey struct{}

// withPairs bounds for how many pieces of a text a model writes questions.
func withPairs(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, pairsKey{}, n)
}

// passages cuts a text as the document's rules say. For questions and answers that no table gives, a model is asked.
func (k *Knowledge) passages(ctx context.Context, text extract.Document, doc *app.Document) ([]split.Passage, error) {
	rules, err := rulesOf(&doc.Chunking)
	if err != nil {
		return nil, err
	}
	pieces, err := split.Split(text, split.Form(doc.Chunking.Form), rules)
	if err != nil || doc.Chunking.Form != app.FormQA || len(pieces) == 0 || pieces[0].Answer != "" {
		return pieces, err
	}
	return k.questions(ctx, pieces, doc)
}

// questions are what a model writes about pieces of a text.
func (k *Knowledge) questions(ctx context.Context, pieces []split.Passage, doc *app.Document) ([]split.Passage, error) {
	m, err := k.o.Chatter(ctx, doc.Chunking.Model)
	if err != nil {
		return nil, err
	}
	if n, ok := ctx.Value(pairsKey{}).(int); ok {
		pieces = pieces[:min(len(pieces), n)]
	}
	var all []split.Passage
	for i := range pieces {
		p := &pieces[i]
		system, user := split.QAPrompt(p.Text, doc.Chunking.Lang)
		a, err := model.Collect(m.Chat(ctx, &model.Request{Messages: []model.Message{model.Say(model.System, system), model.Say(model.User, user)}, Aside: true}))
		if err != nil {
			return nil, err
		}
		for _, pair := range split.ParseQA(a.Text) {
			pair.Heading, pair.Page, pair.Start, pair.End = p.Heading, p.Page, p.Start, p.End
			all = append(all, pair)
		}
	}
	if len(all) == 0 {
		return nil, app.Errorf(app.Invalid, "questions_missing", "the model wrote no questions and answers about the document; choose another model, or cut it as general chunks",
			"模型没有为该文档生成任何问答；请更换模型，或改用通用分段")
	}
	return all, nil
}

// pieces cuts the text of one chunk into children by a document's rules.
func pieces(text string, rules split.Rules) []split.Child {
	rules.Rule.ParentMode = split.FullDoc
	got, err := split.Split(extract.Document{Text: text}, split.Parent, rules)
	if err != nil || len(got) == 0 {
		return nil
	}
	return got[0].Children
}

// cutText is at most n bytes of s, cut between runes.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
