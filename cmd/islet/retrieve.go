package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"islet/app"
	"islet/app/knowledge"
	"islet/app/model"
	"islet/app/model/builtin"
	"islet/app/studio"
	"islet/app/tool"
	"islet/app/workflow/node"
	"islet/store"
)

// wireSearch is a knowledge-retrieval node's configuration: Dify's fields, and ours whole.
type wireSearch struct {
	TopK      int                 `json:"top_k"`
	Threshold *float64            `json:"score_threshold"`
	Mode      string              `json:"reranking_mode"`
	Enabled   *bool               `json:"reranking_enable"`
	Rerank    *wireModel          `json:"reranking_model"`
	Weights   *wireWeights        `json:"weights"`
	Ours      *app.SearchSettings `json:"islet_search"`
	Model     *wireModel          `json:"model"` // of single_retrieval_config
}

type wireWeights struct {
	Vector struct {
		Weight float64 `json:"vector_weight"`
	} `json:"vector_setting"`
	Keyword struct {
		Weight float64 `json:"keyword_weight"`
	} `json:"keyword_setting"`
}

type wireModel struct {
	Provider    string         `json:"provider"`
	Model       string         `json:"model"`
	Name        string         `json:"name"`
	OldProvider string         `json:"reranking_provider_name"`
	OldModel    string         `json:"reranking_model_name"`
	Params      map[string]any `json:"completion_params"`
}

// wireFilter is a node's metadata filter with its values filled in.
type wireFilter struct {
	Mode       string      `json:"metadata_filtering_mode"`
	Conditions *app.Filter `json:"metadata_filtering_conditions"`
	Model      *wireModel  `json:"metadata_model_config"`
}

// retrieve searches datasets for a knowledge-retrieval node.
func (p *parts) retrieve(ctx context.Context, q node.Retrieval) (*app.Found, error) {
	ids := make([]app.ID, 0, len(q.Datasets))
	for _, s := range q.Datasets {
		id, err := app.ParseID(s)
		if err != nil {
			return nil, app.Errorf(app.Invalid, "dataset_unknown", "the node names the dataset %q, which is not of this site; choose one of its own", "节点引用的知识库“%s”不属于本站；请重新选择", s)
		}
		ids = append(ids, id)
	}
	ids, err := p.here(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 || strings.TrimSpace(q.Query) == "" {
		return &app.Found{}, nil
	}
	var w wireSearch
	if len(q.Config) > 0 {
		if err := json.Unmarshal(q.Config, &w); err != nil {
			return nil, app.Errorf(app.Invalid, "retrieval_invalid", "the search settings of the node cannot be read", "节点的检索设置无法解析").Because(err)
		}
	}
	ask := knowledge.Query{Text: q.Query, Datasets: ids, Source: "app", App: app.ScopeOf(ctx).App}
	if !q.Single {
		s, err := p.searchOf(ctx, &w)
		if err != nil {
			return nil, err
		}
		ask.Settings = s
	} else {
		m, err := p.routerOf(ctx, w.Model)
		if err != nil {
			return nil, err
		}
		chosen, err := p.knowledge.Choose(ctx, m, q.Query, ids)
		switch {
		case err != nil && app.AsError(err).Code == builtin.CodeQuoteCannot: // no language model is connected: all of them are searched
		case err != nil:
			return nil, err
		case chosen == "":
			return &app.Found{Notes: []app.Text{{En: "the model found no knowledge base that fits the question", Zh: "模型认为没有适合该问题的知识库"}}}, nil
		default:
			ask.Datasets = []app.ID{chosen}
		}
	}
	filter, note, err := p.filterOf(ctx, q, ask.Datasets)
	if err != nil {
		return nil, err
	}
	ask.Filter = filter
	found, err := p.knowledge.Search(ctx, ask)
	if err == nil && note != (app.Text{}) {
		found.Notes = append(found.Notes, note)
	}
	return found, err
}

// here are the datasets of a list that the site still has. None being left is an error; one that is gone is left out, as in Dify.
func (p *parts) here(ctx context.Context, ids []app.ID) (left []app.ID, err error) {
	err = p.db.View(ctx, func(s *store.Snapshot) error {
		for _, id := range ids {
			_, err := s.Dataset(id)
			switch {
			case err == nil:
				left = append(left, id)
			case app.KindOf(err) != app.NotFound:
				return err
			}
		}
		return nil
	})
	if err == nil && len(ids) > 0 && len(left) == 0 {
		err = app.Errorf(app.NotFound, "dataset_gone", "the knowledge that the app uses was deleted; choose another one in the app", "应用使用的知识库已被删除；请在应用中重新选择")
	}
	return left, err
}

// searchOf maps Dify's settings of a search to ours.
func (p *parts) searchOf(ctx context.Context, w *wireSearch) (*app.SearchSettings, error) {
	if w.Ours != nil {
		return w.Ours, nil
	}
	s := &app.SearchSettings{TopK: w.TopK}
	if w.Threshold != nil && *w.Threshold > 0 {
		s.Threshold, s.ThresholdEnabled = *w.Threshold, true
	}
	if w.Weights != nil && w.Mode == "weighted_score" {
		s.Fusion, s.VectorWeight, s.KeywordWeight = app.FusionWeights, w.Weights.Vector.Weight, w.Weights.Keyword.Weight
		return s, nil
	}
	if w.Rerank == nil || w.Mode == "weighted_score" || w.Enabled != nil && !*w.Enabled {
		return s, nil
	}
	provider, name := w.Rerank.Provider+w.Rerank.OldProvider, w.Rerank.Model+w.Rerank.OldModel
	if name == "" {
		return s, nil
	}
	ref, err := p.endpoints.Find(ctx, app.RerankModel, provider, name)
	if err != nil {
		return nil, err
	}
	s.Rerank, s.RerankModel = true, ref
	return s, nil
}

// routerOf is the model that chooses, or writes conditions; the site's default where none is named.
func (p *parts) routerOf(ctx context.Context, w *wireModel) (model.Chatter, error) {
	var ref app.ModelRef
	if w != nil && w.Name+w.Model != "" {
		ref = app.ModelRef{Endpoint: app.ID(w.Provider), Name: w.Name + w.Model, Params: w.Params}
	}
	return p.chatter(ctx, ref)
}

// chatter is a chat model; the site's default for the zero ref.
func (p *parts) chatter(ctx context.Context, ref app.ModelRef) (model.Chatter, error) {
	if ref.Zero() {
		def, err := p.endpoints.Preferred(ctx)
		if err != nil {
			return nil, err
		}
		ref = def
	}
	ref, err := p.endpoints.Resolve(ctx, ref)
	if err != nil {
		return nil, err
	}
	return p.models.Chatter(ctx, ref)
}

// filterOf is a node's metadata filter. Where a model shall write it and fails, there is none, and the note says so; else it says
// what the model wrote.
func (p *parts) filterOf(ctx context.Context, q node.Retrieval, ids []app.ID) (f *app.Filter, note app.Text, err error) {
	if len(q.Filter) == 0 || string(q.Filter) == "null" {
		return nil, note, nil
	}
	var w wireFilter
	if err := json.Unmarshal(q.Filter, &w); err != nil {
		return nil, note, app.Errorf(app.Invalid, "filter_invalid", "the metadata filter of the node cannot be read", "节点的元数据过滤条件无法解析").Because(err)
	}
	if w.Mode != "automatic" {
		return w.Conditions, note, nil
	}
	m, err := p.routerOf(ctx, w.Model)
	if err != nil {
		return nil, note, err
	}
	f, why, err := p.knowledge.Propose(ctx, m, q.Query, ids)
	switch {
	case err != nil:
	case why != nil:
		e := app.AsError(why)
		note = app.Textf("the model wrote no metadata filter (%[1]s); the search went without one", "模型未能给出元数据过滤条件（%[2]s）；检索未使用过滤", e.Text.En, e.Text.In(app.Chinese))
	case f == nil:
		note = app.Text{En: "the model saw no condition in the question; the search went without a metadata filter", Zh: "模型未从问题中识别出过滤条件；检索未使用过滤"}
	default:
		all := conditionsText(f)
		note = app.Textf("the model filtered documents by: %[1]s", "模型给出的过滤条件：%[1]s", all)
	}
	return f, note, err
}

func conditionsText(f *app.Filter) string {
	list := make([]string, len(f.Conditions))
	for i, c := range f.Conditions {
		list[i] = fmt.Sprintf("%s %s %v", c.Name, c.Operator, c.Value)
	}
	return strings.Join(list, " "+f.Logic+" ")
}

// datasetTool is a dataset as a tool that an agent may call.
func (p *parts) datasetTool(ctx context.Context, id app.ID) (*tool.Tool, error) {
	var d *app.Dataset
	if err := p.db.View(ctx, func(s *store.Snapshot) (err error) { d, err = s.Dataset(id); return err }); err != nil {
		return nil, err
	}
	about := d.Description
	if about == "" {
		about = "useful for when you want to answer queries about " + d.Name
	}
	return &tool.Tool{
		Name: "dataset_" + string(id), Description: about, Label: app.Text{En: d.Name, Zh: d.Name},
		Params: []tool.Param{{Name: "query", Type: "string", Form: "llm", Required: true, Description: "What to look for, as a question or words"}},
		Call: func(ctx context.Context, args map[string]any) (tool.Result, error) {
			query, _ := args["query"].(string)
			return p.searchTool(ctx, id, query, 0)
		},
	}, nil
}

// searchTool searches a dataset for a tool. most bounds the passages; 0 leaves it to the dataset.
func (p *parts) searchTool(ctx context.Context, id app.ID, query string, most int) (tool.Result, error) {
	found, err := p.knowledge.Search(ctx, knowledge.Query{Text: query, Datasets: []app.ID{id}, Source: "app", App: app.ScopeOf(ctx).App})
	if err != nil {
		return tool.Result{}, err
	}
	sources := found.Resources()
	if most > 0 {
		sources = sources[:min(most, len(sources))]
	}
	var b strings.Builder
	for i := range sources {
		fmt.Fprintf(&b, "[%d] %s\n%s\n\n", i+1, sources[i].DocumentName, sources[i].Content)
	}
	if len(sources) == 0 {
		b.WriteString("Nothing was found.")
	}
	return tool.Result{Text: strings.TrimSpace(b.String()), Sources: sources}, nil
}

// isDataset tells whether a tool of an app is a dataset.
func isDataset(ref tool.Ref) bool { return ref.Type == studio.DatasetTool }
