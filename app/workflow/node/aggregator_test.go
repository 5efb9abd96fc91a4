package node

import (
	"testing"

	"islet/app/workflow"
)

func TestAggregator_takesTheFirstThatExists(t *testing.T) {
	const groups = `{"variables":[["a","x"]],"advanced_settings":{"group_enabled":true,"groups":[{"group_name":"Group1","output_type":"string","variables":[["a","x"],["b","x"]]},{"group_name":"Group2","variables":[["c","x"]]}]}}`
	for _, typ := range []string{"variable-aggregator", "variable-assigner"} {
		(&rig{}).check(t, typ, []claim{
			{`{"output_type":"string","variables":[["a","x"],["b","x"]]}`, `{"b":{"x":"B"}}`, `{"output":"B"}`},
			{`{"variables":[["a","x"],["b","x"]],"advanced_settings":null}`, `{"a":{"x":null},"b":{"x":"B"}}`, `{"output":null}`},
			{`{"variables":[["a","x","k"],["b","x"]]}`, `{"a":{"x":{"k":[1]}},"b":{"x":"B"}}`, `{"output":[1]}`},
			{`{"variables":[["a","x"]]}`, `{"b":{"x":"B"}}`, `{}`},
			{`{"variables":[]}`, `{}`, `{}`},
			{groups, `{"a":{"x":1},"b":{"x":2},"c":{"x":3}}`, `{"Group1":{"output":1},"Group2":{"output":3}}`},
			{groups, `{"b":{"x":2}}`, `{"Group1":{"output":2}}`},
			{groups, `{}`, `{}`},
			{`{"variables":[["a","x"]],"advanced_settings":{"group_enabled":false,"groups":[{"group_name":"G","variables":[]}]}}`, `{"a":{"x":1}}`, `{"output":1}`},
			{`{"advanced_settings":{"group_enabled":true,"groups":[{"variables":[]}]}}`, `{}`, `!group_without_name`},
			{`{"advanced_settings":{"group_enabled":true,"groups":[{"group_name":"a"},{"group_name":"a"}]}}`, `{}`, `!group_twice`},
		})
	}
	r := rig{}
	res, err := r.run(t, "variable-aggregator", groups, `{"b":{"x":"B"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := workflow.NewVars(map[string]map[string]any{"me": res.Outputs}).Get(workflow.Selector{"me", "Group1", "output"}); !ok || v != "B" {
		t.Errorf("me.Group1.output = %v, %v", v, ok)
	}
	n, _ := r.node("variable-aggregator", groups)
	if got := len(n.(workflow.Reader).Reads()); got != 3 {
		t.Errorf("it reads %d variables", got)
	}
}
