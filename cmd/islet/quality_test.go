package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"islet/app"
)

// TestQuality_ofTheBuiltInModel measures retrieval as a new site has it: the English questions of app/knowledge/testdata/quality
// by words, by the vectors of the embedding model inside the binary, and by both, which must not be worse than the better of them
// by more than 0.02.
func TestQuality_ofTheBuiltInModel(t *testing.T) {
	if testing.Short() {
		t.Skip("asks a thousand questions")
	}
	_, proc := inProcess(t)
	owner := proc.client()
	owner.must("POST", "/console/api/setup", map[string]any{"code": proc.code, "name": "Ada", "email": ownerEmail, "password": ownerPassword, "workspace_name": "Test", "language": "en"}, nil)
	var d struct{ ID string }
	owner.must("POST", "/console/api/datasets", map[string]any{"name": "quality", "permission": "all_team_members", "embedding": builtInEmbedding(&runningSite{process: proc, owner: owner})}, &d)
	var docs []map[string]any
	for _, row := range tsv(t, "passages") {
		docs = append(docs, map[string]any{"name": row[0], "text": "# " + row[1] + "\n\n" + row[2]})
	}
	owner.must("POST", "/console/api/datasets/"+d.ID+"/documents", map[string]any{"documents": docs}, nil)
	var k struct{ Token string }
	owner.must("POST", "/console/api/dataset-keys", nil, &k)
	api := proc.client()
	api.key = k.Token
	waitIngested(t, api, d.ID)

	questions := tsv(t, "questions")
	measure := func(m app.SearchMethod) (mrr, recall float64) {
		for _, row := range questions {
			var found app.Found
			owner.must("POST", "/console/api/datasets/"+d.ID+"/search", map[string]any{"query": row[0], "settings": app.SearchSettings{Method: m, TopK: 10}}, &found)
			if i := slices.IndexFunc(found.Hits, func(h app.Hit) bool { return slices.Contains(row[1:], h.Document.Name) }); i >= 0 {
				mrr += 1 / float64(i+1)
				if i < 5 {
					recall++
				}
			}
		}
		n := float64(len(questions))
		return mrr / n, recall / n
	}
	wm, wr := measure(app.ByWords)
	vm, vr := measure(app.ByMeaning)
	hm, hr := measure(app.ByBoth)
	t.Logf("%d passages, %d questions: MRR@10 and recall@5 by words %.3f %.3f, by the built-in model %.3f %.3f, by both %.3f %.3f", len(docs), len(questions), wm, wr, vm, vr, hm, hr)
	if hm < max(wm, vm)-0.02 || hr < max(wr, vr)-0.02 {
		t.Error("both together are worse than the better way alone")
	}
}

func tsv(t *testing.T, name string) (rows [][]string) {
	t.Helper()
	b, err := os.ReadFile("../../app/knowledge/testdata/quality/en/" + name + ".tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		rows = append(rows, strings.Split(strings.TrimRight(line, "\n"), "\t"))
	}
	return rows
}
