package tool

import (
	"context"

	"islet/app"
	"islet/app/value"
)

func searchKnowledge(d Deps) *Tool {
	t := &Tool{Name: "search", Label: app.Text{En: "Search a knowledge base", Zh: "检索知识库"}, Description: "Searches a knowledge base and returns the passages that fit best, with their sources.",
		Params: []Param{
			{Name: "dataset", Label: app.Text{En: "Knowledge base", Zh: "知识库"}, Description: "which one is searched", Type: "dataset", Form: "form", Required: true},
			text("query", "Query", "检索内容", "what to look for, as a question or words", true, nil),
			{Name: "top_k", Label: app.Text{En: "Passages", Zh: "段落数"}, Description: "how many at most, 1 to 20", Type: "number", Form: "form", Default: int64(4)},
		}}
	t.Call = func(ctx context.Context, args map[string]any) (Result, error) {
		if d.Search == nil {
			return Result{}, app.Errorf(app.Unavailable, "search_unavailable", "knowledge cannot be searched here", "当前环境无法检索知识库")
		}
		k, ok := value.Float(args["top_k"])
		if !ok {
			k = 4
		}
		id, err := app.ParseID(str(args, "dataset", ""))
		if err != nil {
			return Result{}, app.Errorf(app.Invalid, "dataset_not_chosen", "no knowledge base is chosen; choose one in the tool's settings", "尚未选择知识库；请在工具设置中选择")
		}
		return d.Search(ctx, id, str(args, "query", ""), int(min(max(k, 1), 20)))
	}
	return t
}
