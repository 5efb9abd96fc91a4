package dsl_test

import (
	"testing"

	"islet/app"
)

// TestFile_keepsWhatAnAppKnows: datasets and how they are searched go into a Dify file and come back.
func TestFile_keepsWhatAnAppKnows(t *testing.T) {
	const id = app.ID("0198c0de-0000-7000-8000-00000000000d")
	for name, k := range map[string]*app.AppKnowledge{
		"all of several": {Datasets: []app.ID{id, "0198c0de-0000-7000-8000-00000000000e"}, Search: app.SearchSettings{TopK: 7}},
		"one is chosen":  {Datasets: []app.ID{id}, Single: true, Search: app.SearchSettings{TopK: 3}, NoCitations: true},
		"a threshold":    {Datasets: []app.ID{id}, Search: app.SearchSettings{TopK: 4, ThresholdEnabled: true, Threshold: 0.4}},
		"weights":        {Datasets: []app.ID{id}, Search: app.SearchSettings{TopK: 4, Fusion: app.FusionWeights, VectorWeight: 0.7, KeywordWeight: 0.3}},
	} {
		a := load(t, sample(t, "chat"))
		a.Draft.Knowledge = k
		got := load(t, write(t, a)).Draft.Knowledge
		if canonical(t, got) != canonical(t, k) {
			t.Errorf("%s: came back as %s, was %s", name, canonical(t, got), canonical(t, k))
		}
	}
	a := load(t, sample(t, "chat"))
	a.Draft.Knowledge = nil
	if got := load(t, write(t, a)).Draft.Knowledge; got != nil {
		t.Errorf("an app that lost its datasets has %s", canonical(t, got))
	}
}
