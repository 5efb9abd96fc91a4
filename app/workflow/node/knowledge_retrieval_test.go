package node

import (
	"context"
	"strings"
	"testing"

	"islet/app"
	"islet/app/workflow"
)

func TestKnowledgeRetrieval_looksForWhatItIsAsked(t *testing.T) {
	const base = `"dataset_ids":["d1","d2"],"retrieval_mode":"multiple","multiple_retrieval_config":{"top_k":4}`
	const query = `"query_variable_selector":["n","q"],`
	var asked []Retrieval
	r := rig{files: fileVars, deps: Deps{Retrieve: func(_ context.Context, q Retrieval) (*app.Found, error) {
		asked = append(asked, q)
		if q.Query == "fail" {
			return nil, app.Errorf(app.Upstream, "search_failed", "no", "否")
		}
		return &app.Found{}, nil
	}}}
	r.check(t, "knowledge-retrieval", []claim{
		{`{` + query + base + `}`, `{"n":{"q":"why?"}}`, `{"result":[]}`},
		{`{"query_attachment_selector":["f","one"],` + base + `}`, ``, `{"result":[]}`},
		{`{"query_variable_selector":null,"query_attachment_selector":["f","many"],` + base + `}`, ``, `{"result":[]}`},
		{`{` + query + `"query_attachment_selector":["f","none"],"dataset_ids":["d"],"retrieval_mode":"single","single_retrieval_config":{"model":{"name":"m"}}}`, `{"n":{"q":""}}`, `{"result":[]}`},
	})
	if len(asked) != 4 || asked[0].Query != "why?" || len(asked[0].Datasets) != 2 || string(asked[0].Config) != `{"top_k":4}` || asked[0].Single || asked[0].Filter != nil ||
		len(asked[1].Files) != 1 || len(asked[2].Files) != 3 || !asked[3].Single || string(asked[3].Config) != `{"model":{"name":"m"}}` {
		t.Errorf("asked %+v", asked)
	}
	asked = nil
	r.check(t, "knowledge-retrieval", []claim{
		{`{` + base + `}`, ``, `{}`},
		{`{"query_variable_selector":"","query_attachment_selector":[],` + base + `}`, ``, `{}`},
		{`{` + query + base + `}`, `{"n":{"q":1}}`, `!query_not_text`},
		{`{` + query + base + `}`, `{"n":{"q":null}}`, `!query_not_text`},
		{`{` + query + base + `}`, ``, `!query_not_text`},
		{`{` + query + `"query_attachment_selector":["n","q"],` + base + `}`, `{"n":{"q":"x"}}`, `!attachments_not_files`},
		{`{` + query + `"query_attachment_selector":["n","l"],` + base + `}`, `{"n":{"q":"x","l":["a"]}}`, `!attachments_not_files`},
		{`{"query_attachment_selector":["f","gone"],` + base + `}`, ``, `!attachments_not_files`},
		{`{"query_attachment_selector":["f","one"],"dataset_ids":["d"],"retrieval_mode":"single"}`, ``, `!query_missing`},
		{`{"dataset_ids":["d"],"retrieval_mode":"many"}`, ``, `!retrieval_mode_unknown`},
		{`{"dataset_ids":["d"]}`, ``, `!retrieval_mode_unknown`},
		{`{"metadata_filtering_mode":"magic",` + base + `}`, ``, `!metadata_mode_unknown`},
	})
	if len(asked) != 0 {
		t.Errorf("asked %+v", asked)
	}
	r.check(t, "knowledge-retrieval", []claim{{`{` + query + base + `}`, `{"n":{"q":"fail"}}`, `!search_failed`}})
	(&rig{}).check(t, "knowledge-retrieval", []claim{
		{`{` + query + base + `}`, `{"n":{"q":"x"}}`, `!knowledge_unavailable`},
		{`{` + base + `}`, ``, `{}`},
	})
}

func TestKnowledgeRetrieval_fillsTheFilterIn(t *testing.T) {
	const vars = `{"n":{"q":"why?","year":2024,"text":"T","list":["a","b"],"null":null}}`
	filter := func(mode, rest string) string {
		return `{"query_variable_selector":["n","q"],"dataset_ids":["d"],"retrieval_mode":"multiple","metadata_filtering_mode":"` + mode + `"` + rest + `}`
	}
	conditions := func(logic string, values ...string) string {
		s := `,"metadata_filtering_conditions":{"logical_operator":"` + logic + `","conditions":[`
		for i, v := range values {
			if i > 0 {
				s += ","
			}
			s += `{"name":"m","comparison_operator":"is","value":` + v + `}`
		}
		return s + "]}"
	}
	want := func(logic, values string) string {
		return `{"metadata_filtering_mode":"manual","metadata_filtering_conditions":{"logical_operator":"` + logic + `","conditions":[` + values + `]}}`
	}
	one := func(v string) string { return `{"name":"m","comparison_operator":"is","value":` + v + `}` }
	for _, c := range []struct{ data, want string }{
		{filter("disabled", conditions("and", `"x"`)), ``},
		{filter("manual", ``), ``},
		{filter("manual", conditions("or", `"x"`, `5`, `null`)), want("or", one(`"x"`)+","+one(`5`)+","+one(`null`))},
		{filter("manual", conditions("and", `"{{#n.year#}}"`)), want("and", one(`2024`))},
		{filter("manual", conditions("", `"{{#n.text#}}"`)), want("and", one(`"T"`))},
		{filter("manual", conditions("and", `"in {{#n.year#}}"`)), want("and", one(`"in 2024"`))},
		{filter("manual", conditions("and", `"{{#n.list#}}"`)), want("and", one(`"[\"a\", \"b\"]"`))},
		{filter("manual", conditions("and", `"{{#n.null#}}"`)), want("and", one(`null`))},
		{filter("manual", conditions("and", `"{{#n.gone#}}"`)), want("and", one(`"n.gone"`))},
		{filter("manual", conditions("and", `["{{#n.year#}}","x"]`)), want("and", one(`[2024,"x"]`))},
		{filter("automatic", `,"metadata_model_config":{"name":"m"}`), `{"metadata_filtering_mode":"automatic","metadata_model_config":{"name":"m"}}`},
	} {
		var got Retrieval
		r := rig{deps: Deps{Retrieve: func(_ context.Context, q Retrieval) (*app.Found, error) { got = q; return &app.Found{}, nil }}}
		if _, err := r.run(t, "knowledge-retrieval", c.data, vars); err != nil || string(got.Filter) != c.want {
			t.Errorf("%s\n filters by %s (%v)\n want %s", c.data, got.Filter, err, c.want)
		}
	}
	n, err := (&rig{}).node("knowledge-retrieval", filter("manual", conditions("and", `"{{#n.year#}}"`, `["{{#n.text#}}"]`)))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(n.(workflow.Reader).Reads()); got != 3 {
		t.Errorf("reads %v", n.(workflow.Reader).Reads())
	}
}

func TestKnowledgeRetrieval_ordersWhatItFinds(t *testing.T) {
	r := rig{deps: Deps{Retrieve: func(context.Context, Retrieval) (*app.Found, error) {
		return &app.Found{Hits: []app.Hit{{Chunk: &app.Chunk{Content: "none"}, Document: &app.Document{}}, {Chunk: &app.Chunk{Content: "low"}, Document: &app.Document{}, Score: 0.25}, {
			Dataset: "ds", Name: "Rules", Document: &app.Document{ID: "doc", Name: "leave.pdf", Source: app.FromText, Metadata: map[string]any{"year": 2024}}, Score: 1,
			Chunk: &app.Chunk{ID: "seg", Content: "high", Answer: "yes", Hits: 2, WordCount: 3, Position: 4, Hash: "h"},
		}}}, nil
	}}}
	res, err := r.run(t, "knowledge-retrieval", `{"query_variable_selector":["n","q"],"dataset_ids":["ds"],"retrieval_mode":"multiple"}`, `{"n":{"q":"x"}}`)
	if err != nil {
		t.Fatal(err)
	}
	list := res.Outputs["result"].([]any)
	if got, want := written(t, list[0]), `{"metadata":{"_source":"knowledge","dataset_id":"ds","dataset_name":"Rules","document_id":"doc","document_name":"leave.pdf","data_source_type":"upload_file","segment_id":"seg","retriever_from":"workflow","score":1.0,"child_chunks":[],"segment_hit_count":2,"segment_word_count":3,"segment_position":4,"segment_index_node_hash":"h","doc_metadata":{"year":2024},"position":1},"title":"leave.pdf","files":[],"content":"question:high answer:yes","summary":null}`; got != want {
		t.Errorf("the best is %s\n want %s", got, want)
	}
	vars := workflow.NewVars(map[string]map[string]any{"a": {"x": list[1]}, "b": {"x": list[2]}})
	for sel, want := range map[string]any{"a.x.content": "low", "a.x.metadata.position": 2, "b.x.content": "none", "b.x.metadata.score": 0.0, "b.x.summary": nil} {
		if got := workflow.ParseTemplate("{{#" + sel + "#}}").Selectors(); len(got) == 1 {
			if v, ok := vars.Get(got[0]); !ok || v != want {
				t.Errorf("%s = %v, %v, want %v", sel, v, ok, want)
			}
		}
	}
}

// TestKnowledgeRetrieval_traceSaysWhereItSearches: the trace has the filter as it was applied, also where the search failed.
func TestKnowledgeRetrieval_traceSaysWhereItSearches(t *testing.T) {
	fail := false
	r := rig{deps: Deps{Retrieve: func(context.Context, Retrieval) (*app.Found, error) {
		if fail {
			return nil, app.Errorf(app.Upstream, "search_failed", "no", "否")
		}
		hit := app.Hit{Chunk: &app.Chunk{}, Document: &app.Document{}}
		return &app.Found{Hits: []app.Hit{hit, hit}, Seen: 9, Method: app.ByWords, Notes: []app.Text{{En: "by words", Zh: "按关键词"}}}, nil
	}}}
	const data = `{"query_variable_selector":["n","q"],"dataset_ids":["d1","d2"],"retrieval_mode":"multiple","metadata_filtering_mode":"manual",
		"metadata_filtering_conditions":{"logical_operator":"or","conditions":[{"name":"year","comparison_operator":"=","value":"{{#n.year#}}"}]}}`
	const filter = `"metadata_filter":{"metadata_filtering_mode":"manual","metadata_filtering_conditions":{"logical_operator":"or","conditions":[{"name":"year","comparison_operator":"=","value":2024}]}}`
	for _, c := range []struct {
		fail bool
		want string
	}{
		{false, `{"candidates":9,"dataset_ids":["d1","d2"],"found":2,` + filter + `,"method":"full_text_search","notes":["by words"],"retrieval_mode":"multiple"}`},
		{true, `{"dataset_ids":["d1","d2"],` + filter + `,"retrieval_mode":"multiple"}`},
	} {
		fail = c.fail
		res, err := r.run(t, "knowledge-retrieval", data, `{"n":{"q":"why?","year":2024}}`)
		if (err != nil) != c.fail || written(t, res.Process) != c.want {
			t.Errorf("the trace says %s (%v)\n want %s", written(t, res.Process), err, c.want)
		}
	}
}

// TestKnowledgeRetrieval_headingsComeBack: a passage under headings is titled by its document, as graphs from Dify expect, and a
// context made of it still knows the headings, the page and the children's parent.
func TestKnowledgeRetrieval_headingsComeBack(t *testing.T) {
	r := rig{deps: Deps{Retrieve: func(context.Context, Retrieval) (*app.Found, error) {
		return &app.Found{Hits: []app.Hit{{Document: &app.Document{Name: "leave.pdf"}, Chunk: &app.Chunk{Content: "three days", Heading: []string{"Leave", "Sick"}, Page: 3},
			Children: []app.ChildHit{{Child: app.Child{ID: "c1", Content: "three", Position: 2}, Score: 0.5}}}}}, nil
	}}}
	res, err := r.run(t, "knowledge-retrieval", `{"query_variable_selector":["n","q"],"dataset_ids":["d"],"retrieval_mode":"multiple"}`, `{"n":{"q":"x"}}`)
	if err != nil {
		t.Fatal(err)
	}
	got := written(t, res.Outputs["result"])
	for _, want := range []string{`"title":"leave.pdf"`, `"heading":"Leave > Sick"`, `"page":3`, `"child_chunks":[{"id":"c1","content":"three","position":2,"score":0.5}]`} {
		if !strings.Contains(got, want) {
			t.Errorf("the result lacks %s: %s", want, got)
		}
	}
	k, err := knowledgeOf(res.Outputs["result"], true)
	if err != nil || len(k.resources) != 1 || k.text != "[1] leave.pdf, page 3\nthree days" {
		t.Fatalf("the context is %+v, %v", k, err)
	}
	if c := k.resources[0]; c.Title != "Leave > Sick" || c.Page != 3 || c.DocumentName != "leave.pdf" {
		t.Errorf("the source is %+v", c)
	}
}
