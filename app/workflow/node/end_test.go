package node

import (
	"testing"

	"islet/app/workflow"
)

func TestEnd_collectsOutputs(t *testing.T) {
	(&rig{files: fileVars}).check(t, "end", []claim{
		{`{"outputs":[{"variable":"a","value_selector":["n","x"],"value_type":"number"},{"variable":"b","value_selector":["n","y"]}]}`, `{"n":{"x":"text","y":{"k":1.0}}}`, `{"a":"text","b":{"k":1.0}}`},
		{`{"outputs":[{"variable":"a","value_selector":["n","y","k"]},{"variable":"gone","value_selector":["n","z"]},{"variable":"none","value_selector":[]},{"variable":"empty","value_selector":""}]}`,
			`{"n":{"y":{"k":1}}}`, `{"a":1,"empty":null,"gone":null,"none":null}`},
		{`{"outputs":[{"variable":"n","value_selector":["f","one","size"]}]}`, ``, `{"n":10}`},
		{`{"outputs":[]}`, ``, `{}`},
		{`{}`, ``, `{}`},
		{`{"outputs":[{"variable":"","value_selector":["n","x"]}]}`, ``, `!output_without_name`},
	})
}

func TestEnd_streamsItsVariablesInLines(t *testing.T) {
	vars := pool(t, `{"n":{"x":"X","y":"Y"}}`, nil)
	const x, y, none = `{"variable":"a","value_selector":["n","x"]}`, `{"variable":"b","value_selector":["n","y"]}`, `{"variable":"c","value_selector":[]}`
	for list, want := range map[string]string{
		"":                          "",
		x:                           "X",
		x + "," + y:                 "X\nY",
		none + "," + x:              "\nX",
		x + "," + none:              "X",
		x + "," + none + "," + y:    "X\n\nY",
		x + "," + none + "," + none: "X\n",
		none:                        "",
		`{"variable":"a","value_selector":["n"]},` + y: "\nY",
	} {
		n, err := (&rig{}).node("end", `{"outputs":[`+list+`]}`)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.(workflow.Responder).Template().Markdown(vars); got != want {
			t.Errorf("outputs %s stream %q, want %q", list, got, want)
		}
	}
}
