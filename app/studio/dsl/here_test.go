package dsl_test

import (
	"strings"
	"testing"

	"islet/app"
	"islet/app/studio/dsl"
	"islet/app/workflow"
)

const (
	ours    = app.ID("0198c0de-0000-7000-8000-00000000000d")
	foreign = app.ID("8c9a2e2e-6d6f-4a3e-9a4e-1c5a2b3c4d5e")
	local   = app.ID("0198c0de-0000-7000-8000-0000000000ee")
)

// here is a site with one dataset and one rerank model.
var here = &dsl.Here{
	Dataset: func(id app.ID) bool { return id == ours },
	Rerank: func(provider, name string) (app.ModelRef, bool) {
		return app.ModelRef{Endpoint: local, Name: name}, name == "bge-reranker" && provider == "langgenius/xinference/xinference"
	},
}

// bring is what an import on the site makes of a file, and what it says.
func bring(t *testing.T, raw string, site *dsl.Here) (*app.App, string) {
	t.Helper()
	f, err := dsl.Read([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	f.Here = site
	a, _, err := dsl.Settings(f, seal)
	if err != nil {
		t.Fatal(err)
	}
	return stored(t, &a), strings.Join(dsl.Examine(f, workflow.Types{}).In(app.English).Warnings, "\n")
}

// config is a file of a chat app with this model_config beside its model.
func config(more string) string {
	return "app: {mode: chat, name: a, icon: 🦉}\nkind: app\nversion: 0.6.0\nmodel_config:\n  model: {provider: p, name: m, mode: chat, completion_params: {}}\n" + more
}

const searching = `  retriever_resource: {enabled: false}
  dataset_configs:
    retrieval_model: multiple
    datasets: {strategy: router, datasets: [{dataset: {enabled: true, id: ` + string(ours) + `}}, {dataset: {enabled: false, id: ` + string(local) + `}}, {dataset: {enabled: true, id: ` + string(foreign) + `}}, {dataset: {enabled: true, id: ` + string(ours) + `}}]}
    top_k: 6
    score_threshold: 0.3
    score_threshold_enabled: true
    reranking_enable: true
    reranking_mode: reranking_model
    reranking_model: {reranking_provider_name: langgenius/xinference/xinference, reranking_model_name: bge-reranker}
    metadata_filtering_mode: manual
    metadata_filtering_conditions: {logical_operator: or, conditions: [{id: x, name: year, comparison_operator: ≥, value: 2024}, {name: dept, comparison_operator: in, value: [hr, '{{who}}']}, {name: seen, comparison_operator: empty}]}
    unknown_of_search: kept
`

func TestSettings_knowledgeIsWhatTheSiteHas(t *testing.T) {
	a, said := bring(t, config(searching), here)
	want := &app.AppKnowledge{Datasets: []app.ID{ours}, FilterMode: "manual", NoCitations: true,
		Search: app.SearchSettings{TopK: 6, Threshold: 0.3, ThresholdEnabled: true, Rerank: true, RerankModel: app.ModelRef{Endpoint: local, Name: "bge-reranker"}},
		Filter: &app.Filter{Logic: "or", Conditions: []app.Condition{{Name: "year", Operator: "≥", Value: 2024.0}, {Name: "dept", Operator: "in", Value: []any{"hr", "{{who}}"}}, {Name: "seen", Operator: "empty"}}}}
	if got := a.Draft.Knowledge; canonical(t, got) != canonical(t, want) {
		t.Errorf("knowledge %s\n want %s", canonical(t, got), canonical(t, want))
	}
	if !strings.Contains(said, "no knowledge base "+string(foreign)) || strings.Contains(said, string(ours)) || strings.Contains(said, "rerank") || strings.Contains(said, "choose yours where") {
		t.Errorf("said\n%s", said)
	}

	out := string(write(t, a))
	again, said := bring(t, out, here)
	if canonical(t, again.Draft.Knowledge) != canonical(t, want) || strings.Contains(said, "knowledge") {
		t.Errorf("came back as %s\n%s\n%s", canonical(t, again.Draft.Knowledge), said, out)
	}
	for _, kept := range []string{"unknown_of_search: kept", "reranking_provider_name: langgenius/xinference/xinference"} {
		if !strings.Contains(out, kept) {
			t.Errorf("the export lost %q:\n%s", kept, out)
		}
	}

	// Where nobody can say, the file is believed.
	b, said := bring(t, config(searching), nil)
	if k := b.Draft.Knowledge; len(k.Datasets) != 2 || k.Search.Rerank || !strings.Contains(said, "choose yours where") {
		t.Errorf("knowledge %s\n%s", canonical(t, k), said)
	}
	if c, said := bring(t, config(strings.ReplaceAll(searching, string(ours), string(foreign))), here); c.Draft.Knowledge != nil || !strings.Contains(said, string(foreign)) {
		t.Errorf("without any dataset: %s\n%s", canonical(t, c.Draft.Knowledge), said)
	}
}

func TestSettings_rerankModelsOfAFile(t *testing.T) {
	for name, c := range map[string]struct {
		change []string
		rerank bool
		said   string
	}{
		"on where nothing is said": {[]string{"    reranking_enable: true\n", ""}, true, ""},
		"off":                      {[]string{"reranking_enable: true", "reranking_enable: false"}, false, ""},
		"off by the older word":    {[]string{"reranking_enable: true", "reranking_enabled: false"}, false, ""},
		"named as nodes do":        {[]string{"reranking_provider_name:", "provider:", "reranking_model_name:", "model:"}, true, ""},
		"none":                     {[]string{"bge-reranker", "''"}, false, ""},
		"one of another site":      {[]string{"bge-reranker", "rerank-v3"}, false, `the rerank model "rerank-v3" of "langgenius/xinference/xinference" is not here`},
		"weights instead":          {[]string{"reranking_mode: reranking_model", "reranking_mode: weighted_score"}, false, ""},
	} {
		a, said := bring(t, config(strings.NewReplacer(c.change...).Replace(searching)), here)
		if a.Draft.Knowledge.Search.Rerank != c.rerank || (c.said == "") == strings.Contains(said, "rerank model") || !strings.Contains(said, c.said) {
			t.Errorf("%s: %+v\n%s", name, a.Draft.Knowledge.Search, said)
		}
	}
}

// TestSettings_datasetsAmongTheToolsOfOldFiles: they are read from there, and written where newer files have them.
func TestSettings_datasetsAmongTheToolsOfOldFiles(t *testing.T) {
	raw := strings.Replace(string(sample(t, "agent")), string(foreign), string(ours), 1)
	a, _ := bring(t, raw, here)
	if k := a.Draft.Knowledge; k == nil || len(k.Datasets) != 1 || k.Datasets[0] != ours {
		t.Fatalf("knowledge %+v", k)
	}
	if out := string(write(t, a)); !strings.Contains(out, "- dataset:") {
		t.Errorf("an app that did not change lost its old place:\n%s", out)
	}
	a.Draft.Knowledge.Search.TopK = 9
	out := string(write(t, a))
	b, _ := bring(t, out, here)
	if canonical(t, b.Draft.Knowledge) != canonical(t, a.Draft.Knowledge) || strings.Count(out, string(ours)) != 1 || len(b.Draft.Agent.Tools) != 3 {
		t.Errorf("came back as %s\n%s", canonical(t, b.Draft.Knowledge), out)
	}
	a.Draft.Knowledge = nil
	out = string(write(t, a))
	if c, _ := bring(t, out, here); c.Draft.Knowledge != nil || strings.Contains(out, string(ours)) {
		t.Errorf("what was removed came back:\n%s", out)
	}
	off, _ := bring(t, strings.Replace(raw, "    enabled: true\n    max_iteration", "    enabled: false\n    max_iteration", 1), here)
	if off.Draft.Knowledge != nil {
		t.Errorf("tools that are off: %+v", off.Draft.Knowledge)
	}
}

func TestWrite_everySearchComesBack(t *testing.T) {
	for name, s := range map[string]app.SearchSettings{
		"plain":              {},
		"by words":           {Method: app.ByWords, TopK: 3},
		"ranks":              {Method: app.ByBoth, Fusion: app.FusionRRF},
		"weights":            {Fusion: app.FusionWeights, VectorWeight: 0.25, KeywordWeight: 0.75},
		"weights and rerank": {Method: app.ByBoth, Fusion: app.FusionWeights, VectorWeight: 1, Rerank: true, RerankModel: app.ModelRef{Endpoint: local, Name: "bge-reranker"}},
	} {
		a, _ := bring(t, config(strings.Replace(searching, "langgenius/xinference/xinference", "langgenius/cohere/cohere", 1)), here)
		a.Draft.Knowledge.Search = s
		site := *here
		site.Rerank = func(_, model string) (app.ModelRef, bool) {
			return app.ModelRef{Endpoint: local, Name: model}, true
		}
		b, _ := bring(t, string(write(t, a)), &site)
		if x, y := canonical(t, s), canonical(t, b.Draft.Knowledge.Search); x != y {
			t.Errorf("%s: came back as %s, was %s", name, y, x)
		}
	}
	for name, change := range map[string]func(*app.AppKnowledge){
		"no filter":           func(k *app.AppKnowledge) { k.FilterMode, k.Filter = "", nil },
		"a model's filter":    func(k *app.AppKnowledge) { k.FilterMode, k.Filter = "automatic", nil },
		"one of no condition": func(k *app.AppKnowledge) { k.Filter = &app.Filter{Logic: "and", Conditions: []app.Condition{}} },
		"a question variable": func(k *app.AppKnowledge) { k.QueryVariable = "topic" },
		"one dataset":         func(k *app.AppKnowledge) { k.Single = true },
		"citations":           func(k *app.AppKnowledge) { k.NoCitations = false },
	} {
		a, _ := bring(t, config(searching), here)
		change(a.Draft.Knowledge)
		out := string(write(t, a))
		b, _ := bring(t, out, here)
		if x, y := canonical(t, a.Draft.Knowledge), canonical(t, b.Draft.Knowledge); x != y {
			t.Errorf("%s: came back as %s, was %s", name, y, x)
		}
		if name == "a model's filter" && !strings.Contains(out, "metadata_model_config:") {
			t.Errorf("Dify wants a model for the filter:\n%s", out)
		}
	}
}

// TestWrite_rerankingIsWhatTheAppDoes: what a file said of it under Dify's older word does not outlive a change here.
func TestWrite_rerankingIsWhatTheAppDoes(t *testing.T) {
	a, _ := bring(t, config(strings.Replace(searching, "reranking_enable: true", "reranking_enabled: false", 1)), here)
	a.Draft.Knowledge.Search.Rerank, a.Draft.Knowledge.Search.RerankModel = true, app.ModelRef{Endpoint: local, Name: "bge-reranker"}
	on, _ := bring(t, string(write(t, a)), here)
	if !on.Draft.Knowledge.Search.Rerank {
		t.Errorf("switched on: %+v", on.Draft.Knowledge.Search)
	}
	on.Draft.Knowledge.Search.Rerank, on.Draft.Knowledge.Search.RerankModel, on.Draft.Knowledge.Search.TopK = false, app.ModelRef{}, 5
	if off, _ := bring(t, string(write(t, on)), here); off.Draft.Knowledge.Search.Rerank {
		t.Errorf("switched off: %+v", off.Draft.Knowledge.Search)
	}
}

// TestExamine_knowledgeBasesOfNodes: ids that Dify encrypted are left out, others stay; each that is not here is named.
func TestExamine_knowledgeBasesOfNodes(t *testing.T) {
	raw := "app: {mode: workflow, name: a, icon: 🦉}\nkind: app\nversion: 0.6.0\nworkflow:\n  graph:\n    edges: []\n    nodes:\n" +
		"    - {id: k, type: custom, data: {type: knowledge-retrieval, title: Find, retrieval_mode: multiple, dataset_ids: [" + string(ours) + ", 'r3Kq0Vd4bq+abc==', " + string(foreign) + "]}}\n" +
		"    - {id: l, type: custom, data: {type: llm, title: Say, dataset_ids: [untouched]}}\n"
	a, said := bring(t, raw, here)
	if g := string(a.Draft.Graph); strings.Contains(g, "r3Kq0") || !strings.Contains(g, `"dataset_ids":["`+string(ours)+`","`+string(foreign)+`"]`) || !strings.Contains(g, "untouched") {
		t.Errorf("graph %s", g)
	}
	for _, say := range []string{`the node "Find" searches 1 knowledge bases whose ids only the site`, "no knowledge base " + string(foreign) + `, which the node "Find" searches`} {
		if !strings.Contains(said, say) {
			t.Errorf("said nothing of %q:\n%s", say, said)
		}
	}
	if strings.Contains(said, string(ours)) || strings.Contains(said, "choose yours where") {
		t.Errorf("said\n%s", said)
	}
	if _, said := bring(t, raw, nil); !strings.Contains(said, `the knowledge bases of the node "Find" are those of the site`) || strings.Contains(said, string(foreign)) {
		t.Errorf("said\n%s", said)
	}
	roundTrip(t, write(t, a))
}

// TestModeration_isReadAndWrittenAsDifyDoes holds for word lists; other types are kept as they are.
func TestModeration_isReadAndWrittenAsDifyDoes(t *testing.T) {
	file := `app: {mode: chat, name: A}
kind: app
version: 0.6.0
model_config:
  pre_prompt: hi
  sensitive_word_avoidance:
    enabled: true
    type: keywords
    config: {keywords: "one\ntwo words", inputs_config: {enabled: true, preset_response: "no"}, outputs_config: {enabled: false, preset_response: ""}}
`
	a := load(t, []byte(file))
	m := a.Draft.Moderation
	if m == nil || len(m.Keywords) != 2 || !m.Input || m.InputReply != "no" || m.Output {
		t.Fatalf("moderation = %+v", m)
	}
	roundTrip(t, []byte(file))
	m.Output, m.OutputReply, m.Keywords = true, "hidden", []string{"three"}
	if back := load(t, write(t, a)).Draft.Moderation; back == nil || !back.Output || back.OutputReply != "hidden" || len(back.Keywords) != 1 || !back.Input {
		t.Errorf("after a change and a trip: %+v", back)
	}
	a.Draft.Moderation = nil
	if back := load(t, write(t, a)).Draft.Moderation; back != nil {
		t.Errorf("switched off and back: %+v", back)
	}
	other := strings.Replace(file, "type: keywords", "type: openai_moderation", 1)
	if b := load(t, []byte(other)); b.Draft.Moderation != nil {
		t.Errorf("another type became %+v", b.Draft.Moderation)
	}
	roundTrip(t, []byte(other))
}
