package dsl

import (
	"encoding/json"
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
)

// Here is what an import asks the site about. Its functions are called under the scope of who imports.
type Here struct {
	// Dataset tells whether the site has a dataset.
	Dataset func(id app.ID) bool
	// Rerank finds a rerank model of the site by the names that a file has for its provider and for itself. Optional: without it
	// rerank models stay in the file only.
	Rerank func(provider, name string) (app.ModelRef, bool)
	// Tool finds where tools come from on the site, by what a file has for its kind (api, mcp, workflow or app), id and name.
	// Optional: without it nobody says that one is missing.
	Tool func(kind, id, name string) (here string, ok bool)
}

// knowledgeOf reads the datasets of a chat, completion or agent app and how they are searched; nil if none of them is here. The
// texts say what is not. Where nobody can say what is here (nil), the file is believed, but for its rerank model.
func knowledgeOf(o *value.Object, here *Here) (*app.AppKnowledge, []app.Text) {
	ids, left := datasetsHere(datasets(o), here)
	if len(ids) == 0 {
		return nil, left
	}
	c := section(o, "dataset_configs")
	k := &app.AppKnowledge{Datasets: ids, QueryVariable: textOf(o, "dataset_query_variable"), Single: textOf(c, "retrieval_model") == "single"}
	k.Search.TopK = min(max(intOf(c, "top_k"), 0), app.MaxTopK)
	if k.Search.ThresholdEnabled = boolOf(c, "score_threshold_enabled"); k.Search.ThresholdEnabled {
		k.Search.Threshold = min(max(floatOf(c, "score_threshold"), 0), 1)
	}
	if w := section(c, "weights"); w != nil && textOf(c, "reranking_mode") == weightedScore {
		k.Search.Fusion = app.FusionWeights
		k.Search.VectorWeight = max(floatOf(section(w, "vector_setting"), "vector_weight"), 0)
		k.Search.KeywordWeight = max(floatOf(section(w, "keyword_setting"), "keyword_weight"), 0)
	}
	if lost := rerankOf(c, here, &k.Search); lost != (app.Text{}) && !k.Single {
		left = append(left, lost)
	}
	if m := textOf(c, "metadata_filtering_mode"); m == automaticFilter || m == manualFilter {
		k.FilterMode = m
	}
	if f := section(c, "metadata_filtering_conditions"); f != nil && k.FilterMode == manualFilter {
		k.Filter = filterOf(f)
	}
	if r := section(o, "retriever_resource"); r != nil {
		k.NoCitations = !boolOf(r, "enabled")
	}
	return k, left
}

// Dify's words for how passages are ordered, and for what proposes a metadata filter.
const (
	weightedScore   = "weighted_score"
	rerankModel     = "reranking_model"
	automaticFilter = "automatic"
	manualFilter    = "manual"
)

// datasets are the ids of the knowledge bases that an app of model_config searches: those of dataset_configs, and in old files
// those among the tools of agent_mode.
func datasets(o *value.Object) (ids []string) {
	list := listOf(section(section(o, "dataset_configs"), "datasets"), "datasets")
	if agent := section(o, "agent_mode"); boolOf(agent, "enabled") {
		list = append(list[:len(list):len(list)], listOf(agent, "tools")...)
	}
	for _, e := range list {
		if d := datasetEntry(e); boolOf(d, "enabled") && !slices.Contains(ids, textOf(d, "id")) {
			ids = append(ids, textOf(d, "id"))
		}
	}
	return ids
}

// datasetEntry is what an entry {dataset: {…}} says; nil for entries of another kind.
func datasetEntry(e any) *value.Object {
	o, _ := e.(*value.Object)
	if o == nil || o.Len() == 0 || o.Keys()[0] != "dataset" {
		return nil
	}
	return section(o, "dataset")
}

// datasetsHere are the knowledge bases that the site has, and a sentence for each that it has not.
func datasetsHere(names []string, here *Here) (ids []app.ID, left []app.Text) {
	for _, s := range names {
		id, err := app.ParseID(s)
		if err != nil || here != nil && !here.Dataset(id) {
			left = append(left, app.Textf("this site has no knowledge base %s; choose one of its own in the app", "本站没有知识库 %s；请在应用中重新选择", clip(s)))
			continue
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if here == nil && len(ids) > 0 {
		left = append(left, app.Text{
			En: "the knowledge bases of the app are those of the site that the file comes from; choose yours where it is another one",
			Zh: "此应用引用的是文件来源站点的知识库；若来自其他站点，请重新选择"})
	}
	return ids, left
}

// rerankOf fills in the rerank model of a search, and says so where the site has not what the file asks for.
func rerankOf(c *value.Object, here *Here, s *app.SearchSettings) (lost app.Text) {
	provider, name := rerankNames(section(c, "reranking_model"))
	if here == nil || here.Rerank == nil || name == "" || textOf(c, "reranking_mode") == weightedScore {
		return lost
	}
	for _, key := range []string{"reranking_enable", "reranking_enabled"} { // absent is on
		if v, said := get(c, key); said && !value.Truth(v) {
			return lost
		}
	}
	ref, ok := here.Rerank(provider, name)
	if !ok {
		return app.Textf("the rerank model %[1]q of %[2]q is not here; the knowledge is searched without one until you choose yours", "本站没有重排序模型“%[1]s”（%[2]s）；重新选择之前，知识库检索不做重排序", clip(name), clip(provider))
	}
	s.Rerank, s.RerankModel = true, ref
	return lost
}

// rerankNames are the provider and the name of a rerank model, under the keys of apps or those of nodes.
func rerankNames(o *value.Object) (provider, name string) {
	if provider = textOf(o, "reranking_provider_name"); provider == "" {
		provider = textOf(o, "provider")
	}
	if name = textOf(o, "reranking_model_name"); name == "" {
		name = textOf(o, "model")
	}
	return provider, name
}

// filterOf reads the conditions of a metadata filter.
func filterOf(o *value.Object) *app.Filter {
	f := &app.Filter{Logic: textOf(o, "logical_operator"), Conditions: []app.Condition{}}
	for _, e := range listOf(o, "conditions") {
		c, _ := e.(*value.Object)
		if c == nil {
			continue
		}
		v, _ := get(c, "value")
		f.Conditions = append(f.Conditions, app.Condition{Name: textOf(c, "name"), Operator: textOf(c, "comparison_operator"), Value: plainOf(v)})
	}
	return f
}

// plainOf is a value of a file as JSON has it: it must look the same after it was stored.
func plainOf(v any) (plain any) {
	raw, err := value.Encode(v)
	if err != nil || json.Unmarshal(raw, &plain) != nil {
		return nil
	}
	return plain
}

func floatOf(o *value.Object, key string) float64 {
	v, _ := get(o, key)
	f, _ := value.Float(v)
	return f
}

// writeKnowledge writes an app's knowledge as Dify does. Knowledge bases among the tools of an agent, as old files have them,
// move to where newer ones have them.
func writeKnowledge(o *value.Object, now *app.Settings) {
	k := now.Knowledge
	c := child(o, "dataset_configs")
	if agent := section(o, "agent_mode"); agent != nil {
		if tools := listOf(agent, "tools"); slices.ContainsFunc(tools, isDatasetEntry) {
			agent.Set("tools", slices.DeleteFunc(slices.Clone(tools), isDatasetEntry))
		}
	}
	if k == nil {
		c.Set("datasets", value.NewObject("datasets", []any{}, "strategy", "router"))
		return
	}
	list := make([]any, len(k.Datasets))
	for i, id := range k.Datasets {
		list[i] = value.NewObject("dataset", value.NewObject("enabled", true, "id", string(id)))
	}
	mode := "multiple"
	if k.Single {
		mode = "single"
	}
	c.Set("retrieval_model", mode)
	c.Set("datasets", value.NewObject("datasets", list, "strategy", "router"))
	writeSearch(c, &k.Search)
	writeFilter(c, k, now.Model)
	if was := textOf(o, "dataset_query_variable"); was != k.QueryVariable {
		o.Set("dataset_query_variable", k.QueryVariable)
	}
	child(o, "retriever_resource").Set("enabled", !k.NoCitations)
}

func isDatasetEntry(e any) bool { return datasetEntry(e) != nil }

func writeSearch(c *value.Object, s *app.SearchSettings) {
	if drop(c, "top_k"); s.TopK > 0 {
		c.Set("top_k", int64(s.TopK))
	}
	c.Set("score_threshold_enabled", s.ThresholdEnabled)
	if s.ThresholdEnabled {
		c.Set("score_threshold", s.Threshold)
	}
	drop(c, "reranking_enabled") // an older word
	c.Set("reranking_enable", s.Rerank || s.Fusion == app.FusionWeights)
	switch {
	case s.Rerank:
		c.Set("reranking_mode", rerankModel)
		m := child(c, "reranking_model")
		if _, name := rerankNames(m); !strings.EqualFold(name, s.RerankModel.Name) {
			c.Set("reranking_model", value.NewObject("reranking_provider_name", string(s.RerankModel.Endpoint), "reranking_model_name", s.RerankModel.Name))
		}
	case s.Fusion == app.FusionWeights:
		c.Set("reranking_mode", weightedScore)
		w := child(c, "weights")
		child(w, "vector_setting").Set("vector_weight", s.VectorWeight)
		child(w, "keyword_setting").Set("keyword_weight", s.KeywordWeight)
	case textOf(c, "reranking_mode") == weightedScore:
		c.Set("reranking_mode", rerankModel)
	}
}

// writeFilter writes the metadata filter. Dify needs a model for an automatic one: the file's own, or else the app's.
func writeFilter(c *value.Object, k *app.AppKnowledge, m app.ModelRef) {
	if _, said := get(c, "metadata_filtering_mode"); k.FilterMode == "" && !said {
		return
	}
	mode := k.FilterMode
	if mode == "" {
		mode = "disabled"
	}
	c.Set("metadata_filtering_mode", mode)
	if mode == automaticFilter && section(c, "metadata_model_config") == nil {
		writeModel(child(c, "metadata_model_config"), app.ModelRef{Endpoint: m.Endpoint, Name: m.Name})
	}
	if k.Filter == nil || mode != manualFilter {
		return
	}
	list := make([]any, len(k.Filter.Conditions))
	for i, q := range k.Filter.Conditions {
		list[i] = value.NewObject("name", q.Name, "comparison_operator", q.Operator, "value", treeOf(q.Value))
	}
	logic := k.Filter.Logic
	if logic == "" {
		logic = "and"
	}
	c.Set("metadata_filtering_conditions", value.NewObject("logical_operator", logic, "conditions", list))
}

// searchExtension is what Dify has no word for in the settings of a search; nil where there is nothing of the kind.
func searchExtension(k *app.AppKnowledge) *value.Object {
	if k == nil {
		return nil
	}
	s := &k.Search
	if s.Method == "" && (s.Fusion == "" || s.Fusion == app.FusionWeights && !s.Rerank) {
		return nil
	}
	return value.NewObject("method", string(s.Method), "fusion", s.Fusion, "vector_weight", s.VectorWeight, "keyword_weight", s.KeywordWeight)
}

// readSearchExtension fills in what searchExtension wrote.
func readSearchExtension(o *value.Object, k *app.AppKnowledge) {
	if o == nil || k == nil {
		return
	}
	k.Search.Method, k.Search.Fusion = app.SearchMethod(textOf(o, "method")), textOf(o, "fusion")
	k.Search.VectorWeight, k.Search.KeywordWeight = max(floatOf(o, "vector_weight"), 0), max(floatOf(o, "keyword_weight"), 0)
}
