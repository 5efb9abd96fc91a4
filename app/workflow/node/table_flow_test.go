package node

import (
	"testing"

	"islet/app/workflow"
)

func TestFlowTypes_areDescribedInBothLanguages(t *testing.T) {
	for name, typ := range flowTypes(Deps{}) {
		if typ.Title.En == "" || typ.Title.Zh == "" || typ.New == nil {
			t.Errorf("%s: %+v", name, typ)
		}
		for _, p := range typ.Params {
			if p.Name == "" || p.Label.En == "" || p.Label.Zh == "" || p.Kind == "" {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

func TestFlowTypes_surviveWhatFilesMayHold(t *testing.T) {
	for _, typ := range flowTypes(Deps{}) {
		for _, data := range []string{`null`, `{}`, `[]`, `{"cases":[null],"conditions":[null]}`, `{"outputs":[null],"variables":[null],"items":[null]}`, `{"version":"2","items":[{}]}`,
			`{"variable":["a"],"filter_by":null,"filter":{}}`, `{"outputs":{"a":null},"code_language":"python3"}`, `{"advanced_settings":{"group_enabled":true,"groups":[null]}}`,
			`{"metadata_filtering_mode":"manual","metadata_filtering_conditions":{"conditions":[null,1]},"retrieval_mode":"single"}`, `{"headers":[null]}`} {
			n, err := typ.New([]byte(data))
			if err != nil {
				continue
			}
			if r, ok := n.(workflow.Reader); ok {
				r.Reads()
			}
			if _, err := n.Run(t.Context(), &workflow.Step{Node: "me"}); err != nil {
				failure(t, err)
			}
		}
	}
}
