package node

import (
	"testing"

	"islet/app/workflow"
)

func TestIfElse_takesTheFirstCaseThatHolds(t *testing.T) {
	const one = `{"variable_selector":["n","x"],"comparison_operator":"=","value":"1"}`
	const two = `{"variable_selector":["n","x"],"comparison_operator":"=","value":"2"}`
	const gone = `{"variable_selector":["n","gone"],"comparison_operator":"empty"}`
	cases := func(list string) string { return `{"cases":[` + list + `]}` }
	when := func(id, logic, list string) string {
		return `{"case_id":"` + id + `","logical_operator":"` + logic + `","conditions":[` + list + `]}`
	}
	(&rig{}).check(t, "if-else", []claim{
		{cases(when("true", "and", one) + "," + when("c2", "and", two)), `{"n":{"x":1}}`, `{"result":true,"selected_case_id":"true"}`},
		{cases(when("true", "and", one) + "," + when("c2", "and", two)), `{"n":{"x":2}}`, `{"result":true,"selected_case_id":"c2"}`},
		{cases(when("true", "and", one) + "," + when("c2", "and", two)), `{"n":{"x":3}}`, `{"result":false,"selected_case_id":"false"}`},
		{cases(when("true", "and", one) + "," + when("c2", "and", gone)), `{"n":{"x":1}}`, `{"result":true,"selected_case_id":"true"}`},
		{cases(when("true", "and", one) + "," + when("c2", "and", gone)), `{"n":{"x":2}}`, `!variable_missing`},
		{cases(when("a", "or", "") + "," + when("b", "and", "")), `{}`, `{"result":true,"selected_case_id":"b"}`},
		{`{"cases":[{"id":"only","conditions":[` + one + `]}]}`, `{"n":{"x":1}}`, `{"result":true,"selected_case_id":"only"}`},
		{`{"logical_operator":"or","conditions":[` + two + `,` + one + `]}`, `{"n":{"x":1}}`, `{"result":true,"selected_case_id":"true"}`},
		{`{"conditions":[` + one + `]}`, `{"n":{"x":0}}`, `{"result":false,"selected_case_id":"false"}`},
		{`{"cases":[]}`, `{}`, `{"result":true,"selected_case_id":"true"}`},
		{`{"cases":[{"conditions":[]}]}`, `{}`, `!case_without_id`},
		{cases(when("true", "nor", one)), `{}`, `!condition_logic_unknown`},
	})
}

func TestIfElse_tellsHowItDecided(t *testing.T) {
	r := rig{}
	res, err := r.run(t, "if-else", `{"cases":[{"case_id":"a","logical_operator":"or","conditions":[{"variable_selector":["n","x"],"comparison_operator":"is","value":"no"}]},
		{"case_id":"b","logical_operator":"and","conditions":[{"variable_selector":["n","x"],"comparison_operator":"is","value":"yes"},{"variable_selector":["n","x"],"comparison_operator":"not empty"}]}]}`, `{"n":{"x":"yes"}}`)
	if err != nil || res.Handle != "b" {
		t.Fatalf("handle %q, %v", res.Handle, err)
	}
	got := written(t, res.Process)
	if want := `{"condition_results":[{"group":{"case_id":"a","logical_operator":"or","conditions":[{"variable_selector":["n","x"],"comparison_operator":"is","value":"no"}]},"results":[false],"final_result":false},` +
		`{"group":{"case_id":"b","logical_operator":"and","conditions":[{"variable_selector":["n","x"],"comparison_operator":"is","value":"yes"},{"variable_selector":["n","x"],"comparison_operator":"not empty"}]},"results":[true,true],"final_result":true}]}`; got != want {
		t.Errorf("process %s, want %s", got, want)
	}
	if written(t, res.Inputs) != `{"n.x":"yes"}` {
		t.Errorf("inputs %v", res.Inputs)
	}
	n, _ := r.node("if-else", `{"conditions":[{"variable_selector":["n","x"],"comparison_operator":"is","value":"{{#m.y#}}"}]}`)
	if reads := n.(workflow.Reader).Reads(); len(reads) != 2 || reads[1].String() != "m.y" {
		t.Errorf("reads %v", reads)
	}
}
