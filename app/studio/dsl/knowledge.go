package dsl

import (
	"islet/app"
	"islet/app/value"
)

// knowledgeOf reads the datasets of a chat, completion or agent app and how they are searched; nil if it has none. Rerank models are
// those of another site and stay in the file only.
func knowledgeOf(o *value.Object) *app.AppKnowledge {
	k := &app.AppKnowledge{QueryVariable: textOf(o, "dataset_query_variable")}
	for _, e := range datasets(o) {
		entry, _ := e.(*value.Object)
		d := section(entry, "dataset")
		if id, err := app.ParseID(textOf(d, "id")); err == nil {
			k.Datasets = append(k.Datasets, id)
		}
	}
	if len(k.Datasets) == 0 {
		return nil
	}
	c := section(o, "dataset_configs")
	k.Single = textOf(c, "retrieval_model") == "single"
	k.Search.TopK = min(max(intOf(c, "top_k"), 0), app.MaxTopK)
	if k.Search.ThresholdEnabled = boolOf(c, "score_threshold_enabled"); k.Search.ThresholdEnabled {
		k.Search.Threshold = min(max(floatOf(c, "score_threshold"), 0), 1)
	}
	if w := section(c, "weights"); w != nil && textOf(c, "reranking_mode") == "weighted_score" {
		k.Search.Fusion = app.FusionWeights
		k.Search.VectorWeight = floatOf(section(w, "vector_setting"), "vector_weight")
		k.Search.KeywordWeight = floatOf(section(w, "keyword_setting"), "keyword_weight")
	}
	if r := section(o, "retriever_resource"); r != nil {
		k.NoCitations = !boolOf(r, "enabled")
	}
	return k
}

func floatOf(o *value.Object, key string) float64 {
	v, _ := get(o, key)
	f, _ := value.Float(v)
	return f
}

// writeKnowledge writes an app's knowledge as Dify does.
func writeKnowledge(o *value.Object, k *app.AppKnowledge) {
	c := child(o, "dataset_configs")
	if k == nil {
		drop(c, "datasets")
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
	if k.Search.TopK > 0 {
		c.Set("top_k", int64(k.Search.TopK))
	}
	c.Set("score_threshold_enabled", k.Search.ThresholdEnabled)
	if k.Search.ThresholdEnabled {
		c.Set("score_threshold", k.Search.Threshold)
	}
	if k.Search.Fusion == app.FusionWeights {
		c.Set("reranking_mode", "weighted_score")
		c.Set("weights", value.NewObject("vector_setting", value.NewObject("vector_weight", k.Search.VectorWeight),
			"keyword_setting", value.NewObject("keyword_weight", k.Search.KeywordWeight)))
	}
	if k.QueryVariable != "" {
		o.Set("dataset_query_variable", k.QueryVariable)
	}
	child(o, "retriever_resource").Set("enabled", !k.NoCitations)
}
