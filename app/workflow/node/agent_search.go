package node

import (
	"context"

	"islet/app/tool"
	"islet/app/value"
)

// datasetTool is the type of tools that search a dataset: studio.DatasetTool.
const datasetTool = "dataset"

// searching is a dataset's tool that searches as the settings of an agent app say, which its entry holds in the words of a
// knowledge-retrieval node. A tool without them searches as its dataset does.
func (w *work) searching(t *tool.Tool, entry *value.Object) (*tool.Tool, error) {
	settings, ok := value.Fields(fieldAt(entry, "islet_search"))
	if !ok || w.deps.Retrieve == nil {
		return t, nil
	}
	raw, err := value.Encode(settings)
	if err != nil {
		return nil, err
	}
	n, err := readRetrieval(w.deps, raw)
	if err != nil {
		return nil, err
	}
	q := Retrieval{Datasets: n.datasets, Single: n.single, Config: n.config}
	if q.Filter, err = n.filter(w.step.Vars); err != nil {
		return nil, err
	}
	mine := *t // the tool is shared
	mine.Call = func(ctx context.Context, args map[string]any) (tool.Result, error) {
		q := q
		q.Query, _ = args["query"].(string)
		found, err := w.deps.Retrieve(ctx, q)
		if err != nil {
			return tool.Result{}, err
		}
		if len(found.Hits) == 0 {
			return tool.Result{Text: "Nothing was found."}, nil
		}
		return tool.Result{Sources: found.Resources()}, nil
	}
	return &mine, nil
}
