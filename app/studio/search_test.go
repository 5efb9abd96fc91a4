package studio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"islet/app"
	"islet/app/studio"
	"islet/app/workflow"
	"islet/store"
)

// searching are kinds of node that a compiled app may have.
var searching = workflow.Types{
	"start": {Class: workflow.Root, New: newStill}, "llm": {New: newStill}, "agent": {New: newStill}, "knowledge-retrieval": {New: newStill},
	"answer": {Class: workflow.Response, New: newStill},
}

// TestCompile_knowledgeGolden writes down whole graphs of apps with datasets.
func TestCompile_knowledgeGolden(t *testing.T) {
	s := app.Settings{
		Model: app.ModelRef{Endpoint: "0198c0de-0000-7000-8000-000000000001", Name: "qwen3"}, Prompt: "Answer {{部门}} briefly, not {{#sys.query#}}.",
		Variables: []app.Variable{{Name: "部门", Kind: "text"}, {Name: "year", Kind: "number"}, {Name: "question", Kind: "paragraph"}},
		Knowledge: &app.AppKnowledge{Datasets: []app.ID{dataset, "0198c0de-0000-7000-8000-00000000000e"}, Search: app.SearchSettings{TopK: 5, Threshold: 0.2, ThresholdEnabled: true},
			FilterMode: "manual", Filter: &app.Filter{Logic: "or", Conditions: []app.Condition{{Name: "dept", Operator: "is", Value: "{{ 部门 }}"}, {Name: "year", Operator: "≥", Value: "{{year}}"},
				{Name: "tag", Operator: "in", Value: []any{"a", "{{部门}}"}}, {Name: "n", Operator: "=", Value: 3.0}, {Name: "q", Operator: "contains", Value: "{{#env.secret#}}"}}}},
	}
	quiet := s
	k := *s.Knowledge
	k.Single, k.NoCitations, k.FilterMode, k.Filter = true, true, "automatic", nil
	quiet.Knowledge, quiet.Prompt = &k, "Here: {{#context#}} — answer {{question}}"
	for name, c := range map[string]struct {
		mode app.Mode
		s    app.Settings
	}{"chat": {app.ModeChat, s}, "agent": {app.ModeAgent, s}, "completion": {app.ModeCompletion, quiet}} {
		raw, err := studio.Compile(c.mode, c.s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := workflow.Parse(raw, searching); err != nil {
			t.Fatalf("the engine refuses it: %v", err)
		}
		var b bytes.Buffer
		if err := json.Indent(&b, raw, "", "  "); err != nil {
			t.Fatal(err)
		}
		file := "testdata/" + name + "_knowledge.graph.json"
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s: Compile gave (%v):\n%s", name, err, b.Bytes())
		}
	}
}

func TestCompile_contextIsWrittenOnlyWhereAppsSearch(t *testing.T) {
	with := func(mode app.Mode, k *app.AppKnowledge, a *app.Agent) string {
		raw, err := studio.Compile(mode, app.Settings{Prompt: "See {{#context#}}.", Knowledge: k, Agent: a})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	one := &app.AppKnowledge{Datasets: []app.ID{dataset}}
	for name, c := range map[string]struct {
		raw  string
		open bool
	}{
		"no knowledge":                 {with(app.ModeChat, nil, nil), false},
		"knowledge without a dataset":  {with(app.ModeChat, &app.AppKnowledge{}, nil), false},
		"an agent":                     {with(app.ModeAgent, one, nil), false},
		"a chat app":                   {with(app.ModeChat, one, nil), true},
		"a chat app that was an agent": {with(app.ModeChat, one, &app.Agent{}), true},
	} {
		if got := strings.Contains(c.raw, "See {{#context#}}."); got != c.open {
			t.Errorf("%s: the place stays open: %v, want %v", name, got, c.open)
		}
		if got := strings.Contains(c.raw, `"variable_selector":["knowledge","result"]`); got != c.open {
			t.Errorf("%s: the model has a context: %v, want %v", name, got, c.open)
		}
	}
}

func TestProblems_ofKnowledge(t *testing.T) {
	with := func(change func(*app.AppKnowledge)) app.Settings {
		s := good
		s.Knowledge = &app.AppKnowledge{Datasets: []app.ID{dataset}}
		change(s.Knowledge)
		return s
	}
	condition := func(name, op string) func(*app.AppKnowledge) {
		return func(k *app.AppKnowledge) {
			k.FilterMode, k.Filter = "manual", &app.Filter{Conditions: []app.Condition{{Name: name, Operator: op}}}
		}
	}
	for _, c := range []struct {
		want   string // field code
		mode   app.Mode
		change func(*app.AppKnowledge)
	}{
		{"", app.ModeChat, func(*app.AppKnowledge) {}},
		{"knowledge.datasets[1] duplicate", app.ModeAgent, func(k *app.AppKnowledge) { k.Datasets = append(k.Datasets, dataset) }},
		{"knowledge.search.method unknown", app.ModeChat, func(k *app.AppKnowledge) { k.Search.Method = "magic" }},
		{"knowledge.search.top_k out_of_range", app.ModeChat, func(k *app.AppKnowledge) { k.Search.TopK = 101 }},
		{"knowledge.search.threshold out_of_range", app.ModeChat, func(k *app.AppKnowledge) { k.Search.Threshold = 1.5 }},
		{"knowledge.search.fusion unknown", app.ModeChat, func(k *app.AppKnowledge) { k.Search.Fusion = "sum" }},
		{"knowledge.search.vector_weight out_of_range", app.ModeChat, func(k *app.AppKnowledge) { k.Search.KeywordWeight = -1 }},
		{"knowledge.search.rerank_model rerank_missing", app.ModeChat, func(k *app.AppKnowledge) { k.Search.Rerank = true }},
		{"", app.ModeChat, func(k *app.AppKnowledge) { k.Search.Rerank, k.Single = true, true }},
		{"knowledge.search.rerank_model rerank_missing", app.ModeAgent, func(k *app.AppKnowledge) { k.Search.Rerank = true }},
		{"knowledge.query_variable query_variable_missing", app.ModeCompletion, func(*app.AppKnowledge) {}},
		{"knowledge.filter_mode unknown", app.ModeChat, func(k *app.AppKnowledge) { k.FilterMode = "magic" }},
		{"", app.ModeChat, func(k *app.AppKnowledge) { k.FilterMode = "automatic" }},
		{"", app.ModeChat, func(k *app.AppKnowledge) { k.FilterMode = "manual" }},
		{"knowledge.filter.logical_operator unknown", app.ModeChat, func(k *app.AppKnowledge) { k.FilterMode, k.Filter = "manual", &app.Filter{Logic: "xor"} }},
		{"knowledge.filter.conditions[0].name empty", app.ModeChat, condition("", "is")},
		{"knowledge.filter.conditions[0].comparison_operator unknown", app.ModeChat, condition("year", "like")},
		{"", app.ModeChat, condition("year", "≥")},
	} {
		got := []string{}
		for _, p := range studio.ProblemsOf(c.mode, with(c.change)) {
			got = append(got, p.Field+" "+p.Code)
			if p.Text.En == "" || p.Text.Zh == "" || strings.Contains(p.Text.En+p.Text.Zh, "%!") {
				t.Errorf("%s %s: %+v", p.Field, p.Code, p.Text)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("Problems = %v, want %q", got, c.want)
		}
	}
}

// dataset stores a dataset under an id.
func (b *bench) dataset(id app.ID) {
	b.t.Helper()
	d := &app.Dataset{ID: id, Name: string(id), Permission: app.AllMembers, CreatedAt: b.now, UpdatedAt: b.now}
	if err := b.db.Update(b.ctx, func(tx *store.Tx) error { return tx.InsertDataset(d) }); err != nil {
		b.t.Fatal(err)
	}
}

func TestPublish_needsTheDatasetsOfTheApp(t *testing.T) {
	b := newBench(t)
	b.s.Types = searching
	b.dataset(dataset)
	a := b.app()
	const other = app.ID("0198c0de-0000-7000-8000-00000000000e")
	set := good
	set.Knowledge = &app.AppKnowledge{Datasets: []app.ID{dataset, other}}
	rev, problems, err := b.s.SaveDraft(b.ctx, a.ID, a.DraftRev, set)
	if err != nil || len(problems) != 1 || problems[0].Field != "knowledge.datasets[1]" || problems[0].Code != "dataset_unknown" || problems[0].Text.Zh == "" {
		t.Errorf("SaveDraft = %v, %v", problems, err)
	}
	if _, err := b.s.Publish(b.ctx, a.ID, "v", ""); code(err) != "draft_incomplete" || !strings.Contains(err.Error(), "choose another") {
		t.Errorf("Publish with a dataset that is not here: %v", err)
	}
	set.Knowledge.Datasets = []app.ID{dataset}
	if _, problems, err = b.s.SaveDraft(b.ctx, a.ID, rev, set); err != nil || len(problems) > 0 {
		t.Errorf("SaveDraft = %v, %v", problems, err)
	}
	b.publish(a)

	// Datasets of another workspace are not of this one.
	ws := &app.Workspace{ID: app.NewID(), Name: "w2", CreatedAt: b.db.Now()}
	strange := app.WithScope(context.Background(), app.Scope{Workspace: ws.ID, User: app.NewID(), Role: app.Editor})
	if err := b.db.Update(strange, func(tx *store.Tx) error { return tx.InsertWorkspace(ws) }); err != nil {
		t.Fatal(err)
	}
	b.ctx = strange
	c := b.app()
	if _, problems, err := b.s.SaveDraft(b.ctx, c.ID, c.DraftRev, set); err != nil || len(problems) != 1 || problems[0].Code != "dataset_unknown" {
		t.Errorf("SaveDraft with a dataset of another workspace = %v, %v", problems, err)
	}
}

func TestImport_keepsTheDatasetsOfTheSite(t *testing.T) {
	b := newBench(t)
	b.dataset(dataset)
	b.s.Rerank = func(_ context.Context, _, name string) (app.ModelRef, error) {
		if name != "bge" {
			return app.ModelRef{}, app.Missing("model", "模型")
		}
		return app.ModelRef{Endpoint: "e", Name: name}, nil
	}
	const gone = "8c9a2e2e-6d6f-4a3e-9a4e-1c5a2b3c4d5e"
	file := func(rerank string) []byte {
		return []byte("app: {mode: chat, name: a}\nkind: app\nversion: 0.6.0\nmodel_config:\n  model: {provider: p, name: m, mode: chat, completion_params: {}}\n" +
			"  dataset_configs: {retrieval_model: multiple, reranking_model: {reranking_provider_name: p, reranking_model_name: " + rerank + "}, datasets: {datasets: [{dataset: {enabled: true, id: " +
			string(dataset) + "}}, {dataset: {enabled: true, id: " + gone + "}}]}}\n")
	}
	for rerank, said := range map[string]string{"bge": "", "other": `rerank model "other"`} {
		res := b.bring(studio.ImportRequest{YAML: file(rerank)})
		k := b.stored(res.App).Draft.Knowledge
		if k == nil || len(k.Datasets) != 1 || k.Datasets[0] != dataset || k.Search.Rerank != (said == "") {
			t.Errorf("%s: knowledge %+v", rerank, k)
		}
		warned := strings.Join(res.Report.In(app.English).Warnings, "\n")
		if !strings.Contains(warned, gone) || !strings.Contains(warned, said) || strings.Contains(warned, string(dataset)) {
			t.Errorf("%s: warned\n%s", rerank, warned)
		}
	}
}
