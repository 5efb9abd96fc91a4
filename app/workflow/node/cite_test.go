package node_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/tool"
	"islet/app/value"
	"islet/app/workflow/node"
)

// found is a passage of a knowledge-retrieval node.
func found(document, name string, page int, content string) *value.Object {
	m := value.NewObject("_source", "knowledge", "dataset_id", "ds", "dataset_name", "制度", "document_id", document, "document_name", name, "segment_id", content)
	if page > 0 {
		m.Set("page", int64(page))
	}
	return value.NewObject("metadata", m, "title", name, "content", content)
}

// TestLLM_numbersDocuments: a passage that the answer may cite stands under the number that its document has among the sources.
func TestLLM_numbersDocuments(t *testing.T) {
	list := []any{found("d1", "请假.md", 0, "三天"), found("d2", "travel.pdf", 7, "500"), found("d1", "请假.md", 0, "五天"), value.NewObject("content", "from the web")}
	data := func(numbered, uncited string) string {
		return `{"type":"llm",` + llmModel + `,"prompt_template":[{"role":"user","text":"{{#context#}}"}],"islet_uncited":` + uncited + `,
			"context":{"enabled":true,"variable_selector":["sys","found"],"islet_numbered":` + numbered + `}}`
	}
	for _, c := range []struct {
		numbered, uncited, want string
		cites                   int
	}{
		{"true", "false", "user: [1] 请假.md\n三天\n\n[2] travel.pdf, page 7\n500\n\n[1] 请假.md\n五天\nfrom the web", 3},
		{"false", "false", "user: 三天\n500\n五天\nfrom the web", 3},
		{"false", "true", "user: 三天\n500\n五天\nfrom the web", 0},
	} {
		w := &world{chunks: text("ok")}
		p := play(t, w.deps(), around(data(c.numbered, c.uncited)), input(map[string]any{"found": list}))
		if p.end.Status != app.Succeeded {
			t.Fatal(p.cause)
		}
		if got := sent(w.requests[0]); got != c.want {
			t.Errorf("sent %q\n want %q", got, c.want)
		}
		if len(p.resources) != c.cites {
			t.Errorf("cites %+v", p.resources)
		}
		if got := numbers(w.requests[0].Passages); got != "1:d1 2:d2 1:d1" {
			t.Errorf("models that quote are given %s", got)
		}
	}
}

func numbers(list []app.Resource) string {
	var all []string
	for i := range list {
		all = append(all, fmt.Sprintf("%d:%s", list[i].Position, list[i].Document))
	}
	return strings.Join(all, " ")
}

// TestLLM_tellsModelsThatQuote: no context, an empty one and one of passages are three things to a model that quotes.
func TestLLM_tellsModelsThatQuote(t *testing.T) {
	for context, want := range map[string]string{
		``: "none", `,"context":{"enabled":true,"variable_selector":["sys","nothing"]}`: "0", `,"context":{"enabled":true,"variable_selector":["sys","found"]}`: "1",
	} {
		w := &world{chunks: text("ok")}
		p := play(t, w.deps(), around(`{"type":"llm",`+llmModel+`,"prompt_template":[{"role":"user","text":"q"}]`+context+`}`), input(map[string]any{"nothing": []any{}, "found": []any{found("d", "n", 0, "c")}}))
		if p.end.Status != app.Succeeded {
			t.Fatal(p.cause)
		}
		got := "none"
		if l := w.requests[0].Passages; l != nil {
			got = fmt.Sprint(len(l))
		}
		if got != want {
			t.Errorf("with %s: %s passages, want %s", context, got, want)
		}
	}
}

// datasets gives a wire two datasets as tools: one finds two documents, the other one of them again.
func (w *wire) datasets() *wire {
	resource := func(document, content string) app.Resource {
		return app.Resource{Position: 1, Dataset: "ds", DatasetName: "制度", Document: app.ID(document), DocumentName: document + ".md", Segment: app.ID(content), Content: content}
	}
	for name, list := range map[string][]app.Resource{
		"rules": {resource("d1", "三天"), resource("d2", "500")}, "more": {resource("d3", "new"), resource("d2", "350")}, "empty": nil,
	} {
		f := &tool.Tool{Name: "dataset_" + name, Description: "useful for " + name, Label: app.Text{En: name, Zh: name},
			Params: []tool.Param{{Name: "query", Type: "string", Form: "llm", Required: true}},
			Call: func(context.Context, map[string]any) (tool.Result, error) {
				if list == nil {
					return tool.Result{Text: "Nothing was found."}, nil
				}
				return tool.Result{Text: "as the tool numbers them", Sources: list}, nil
			}}
		w.tools["dataset/"+name] = f
	}
	return w
}

func datasetTools(names ...string) string {
	for i, n := range names {
		names[i] = `{"enabled":true,"type":"dataset","provider_name":"dataset","tool_name":"` + n + `","parameters":{},"settings":{}}`
	}
	return strings.Join(names, ",")
}

func TestAgent_datasetsAreToolsWhosePassagesItCites(t *testing.T) {
	for _, c := range []struct {
		more, first, second, cites string
	}{
		{"", "[1] d1.md\n三天\n\n[2] d2.md\n500", "[3] d3.md\nnew\n\n[2] d2.md\n350", "1:d1 2:d2 3:d3 2:d2"},
		{`,"islet_uncited":true`, "三天\n\n500", "new\n\n350", ""},
	} {
		w := newWire(t, modeltest.Options{}).datasets()
		w.known = canCall
		m := &turns{answers: [][]model.Chunk{call("dataset_rules", `{"query":"假期"}`), call("dataset_more", `{"query":"more"}`, "dataset_empty", `{"query":"x"}`), text("三天[1]")}}
		p := play(t, w.withTurns(m).deps, around(agentData("function_calling", datasetTools("rules", "gone", "more", "empty"), c.more)), input(map[string]any{"query": "几天？"}))
		if p.end.Status != app.Succeeded || p.said != "三天[1]" {
			t.Fatal(p.cause, p.said)
		}
		if got := len(m.asked[0].Tools); got != 3 || m.asked[0].Tools[0].Description != "useful for rules" {
			t.Errorf("offered %+v", m.asked[0].Tools)
		}
		seen := m.asked[2].Messages
		if a, b, e := seen[3].Text(), seen[5].Text(), seen[6].Text(); a != c.first || b != c.second || e != "Nothing was found." {
			t.Errorf("observed %q, %q and %q\n want %q and %q", a, b, e, c.first, c.second)
		}
		if got := numbers(p.resources); got != c.cites {
			t.Errorf("cites %s, want %s", got, c.cites)
		}
	}
}

// TestAgent_searchesAsItsAppSays: settings and filter of an agent app go with the question of the model; variables are filled in.
func TestAgent_searchesAsItsAppSays(t *testing.T) {
	w := newWire(t, modeltest.Options{}).datasets()
	w.known = canCall
	var asked []node.Retrieval
	w.deps.Retrieve = func(_ context.Context, q node.Retrieval) (*app.Found, error) {
		asked = append(asked, q)
		switch q.Query {
		case "none":
			return &app.Found{}, nil
		case "broken":
			return nil, app.Errorf(app.Upstream, "search_failed", "the index is gone", "索引不存在")
		}
		return &app.Found{Hits: []app.Hit{{Dataset: "ds", Document: &app.Document{ID: "d9", Name: "d9.md"}, Chunk: &app.Chunk{Content: "nine"}}}}, nil
	}
	entry := strings.TrimSuffix(datasetTools("rules"), "}") + `,"islet_search":{"dataset_ids":["ds"],"retrieval_mode":"multiple","multiple_retrieval_config":{"top_k":2},
		"metadata_filtering_mode":"manual","metadata_filtering_conditions":{"conditions":[{"name":"who","comparison_operator":"is","value":"{{#start.name#}}"}]}}}`
	m := &turns{answers: [][]model.Chunk{call("dataset_rules", `{"query":"nine?"}`, "dataset_rules", `{"query":"none"}`, "dataset_rules", `{"query":"broken"}`), text("nine[1]")}}
	p := play(t, w.withTurns(m).deps, around(agentData("function_calling", entry, "")), input(map[string]any{"query": "q"}))
	if p.end.Status != app.Succeeded || numbers(p.resources) != "1:d9" {
		t.Fatal(p.cause, numbers(p.resources))
	}
	const filter = `{"metadata_filtering_mode":"manual","metadata_filtering_conditions":{"logical_operator":"and","conditions":[{"name":"who","comparison_operator":"is","value":"Ada"}]}}`
	if q := asked[0]; len(asked) != 3 || q.Query != "nine?" || q.Single || fmt.Sprint(q.Datasets) != "[ds]" || string(q.Config) != `{"top_k":2}` || string(q.Filter) != filter {
		t.Errorf("asked %+v", asked)
	}
	seen := m.asked[1].Messages
	for i, want := range []string{"[1] d9.md\nnine", "Nothing was found.", "tool invoke error: the index is gone"} {
		if got := seen[len(seen)-3+i].Text(); got != want {
			t.Errorf("observed %q, want %q", got, want)
		}
	}
	wrong := strings.Replace(entry, "multiple", "magic", 1)
	if p := play(t, w.withTurns(m).deps, around(agentData("function_calling", wrong, "")), input(map[string]any{"query": "q"})); p.end.Status != app.Failed || app.AsError(p.cause).Code != "retrieval_mode_unknown" {
		t.Errorf("a search that nobody knows: %s, %v", p.end.Status, p.cause)
	}
}

func TestAgent_reactCitesAsWell(t *testing.T) {
	w := newWire(t, modeltest.Options{}).datasets()
	m := &turns{answers: [][]model.Chunk{text("Thought: look\nAction:\n```json\n{\"action\": \"dataset_rules\", \"action_input\": {\"query\": \"假期\"}}\n```"),
		text("Thought: done\nAction:\n```json\n{\"action\": \"Final Answer\", \"action_input\": \"三天[1]\"}\n```")}}
	p := play(t, w.withTurns(m).deps, around(agentData("ReAct", datasetTools("rules"), "")), input(map[string]any{"query": "几天？"}))
	if p.end.Status != app.Succeeded || p.said != "三天[1]" || numbers(p.resources) != "1:d1 2:d2" {
		t.Errorf("%v said %q, cites %s", p.cause, p.said, numbers(p.resources))
	}
	last := m.asked[1].Messages
	if !strings.Contains(sent(&m.asked[1]), "Observation: [1] d1.md\n三天\n\n[2] d2.md\n500") {
		t.Errorf("observed %s", last[len(last)-2].Text())
	}
}

func TestAgent_missingToolsOfOtherKindsStillFail(t *testing.T) {
	w := newWire(t, modeltest.Options{}).withTurns(&turns{answers: [][]model.Chunk{text("x")}})
	p := play(t, w.deps, around(agentData("function_calling", siteTool("gone"), "")), input(map[string]any{"query": "q"}))
	if p.end.Status != app.Failed || app.AsError(p.cause).Code != "tool_missing" {
		t.Errorf("%s, %v", p.end.Status, p.cause)
	}
}
