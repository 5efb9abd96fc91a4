package workflow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"islet/app"
	values "islet/app/value" // a test kind has the name
	"islet/app/workflow"
)

// conditionVars are the variables that tests of conditions read, all under the node n.
func conditionVars(t *testing.T) workflow.Vars {
	t.Helper()
	vars, err := values.DecodeMap([]byte(`{"text":"Hello","empty":"","word":"ell","zero":0,"one":1,"two":2,"half":1.5,"float0":0.0,"yes":true,"no":false,"null":null,
		"obj":{"a":{"b":"deep"}},"none":{},"texts":["a","b"],"numbers":[1,2.5],"flags":[true,false],"list":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	pdf := app.Attachment{Kind: "document", Method: "local_file", Name: "a.pdf", MIME: "application/pdf", Size: 10}
	png := app.Attachment{Kind: "image", Method: "remote_url", Name: "b.png", MIME: "image/png", Size: 2000, URL: "http://x/b.png"}
	vars["file"], vars["files"], vars["nofiles"] = pdf, []app.Attachment{pdf, png}, []app.Attachment{}
	return workflow.NewVars(map[string]map[string]any{"n": vars})
}

// evaluate reads "variable operator value", value being JSON or nothing.
func evaluate(t *testing.T, vars workflow.Vars, claim string) (bool, error) {
	t.Helper()
	variable, rest, _ := strings.Cut(claim, "|")
	operator, want, _ := strings.Cut(rest, "|")
	raw := fmt.Sprintf(`[{"variable_selector":["n","%s"],"comparison_operator":"%s"`, strings.ReplaceAll(variable, ".", `","`), operator)
	if want != "" {
		raw += `,"value":` + want
	}
	c, err := workflow.ParseConditions([]byte(raw+"}]"), "and")
	if err != nil {
		t.Fatalf("%s: %v", claim, err)
	}
	ok, _, err := c.Eval(vars)
	return ok, err
}

func TestConditions_compareAsPythonDoes(t *testing.T) {
	vars := conditionVars(t)
	for want, claims := range map[string][]string{
		"true": {
			`text|contains|"ell"`, `text|contains|""`, `text|contains|"{{#n.word#}}"`, `texts|contains|"a"`, `flags|contains|"true"`, `flags|contains|1`,
			`empty|not contains|"x"`, `zero|not contains|"x"`, `null|not contains|"x"`, `text|not contains|"ELL"`, `texts|not contains|"c"`,
			`text|start with|"He"`, `text|end with|"lo"`, `text|start with|"{{#n.empty#}}"`,
			`text|is|"Hello"`, `yes|is|"true"`, `yes|is|true`, `no|is|"0"`, `yes|is|7`, `text|is not|"hello"`, `yes|is not|"false"`, `empty|is|""`,
			`obj.a.b|is|"deep"`, `text|is not|"{{#n.gone#}}"`,
			`empty|empty`, `list|empty`, `none|empty`, `zero|empty`, `float0|empty`, `no|empty`, `null|empty`, `nofiles|empty`,
			`text|not empty`, `one|not empty`, `yes|not empty`, `texts|not empty`, `file|not empty`,
			`one|=|"1"`, `one|=|" 1 "`, `one|=|1.9`, `one|=|true`, `half|=|"1.5"`, `half|=|1.5`, `yes|=|"1"`, `no|=|"false"`, `one|≠|"2"`, `half|≠|"1"`,
			`two|>|"1.5"`, `two|>|"1"`, `one|<|1.5`, `one|≥|"1.0"`, `one|≤|"1"`, `half|>|1`, `two|≥|"{{#n.two#}}"`, `half|<|"inf"`,
			`null|null`, `empty|not null`, `empty|exists`, `zero|exists`, `null|not exists`, `flags|not null`,
			`text|in|["Hello","x"]`, `one|in|[1,2]`, `zero|not in|[0]`, `empty|not in|[""]`, `null|not in|"no list"`, `text|not in|["x"]`, `yes|in|["true"]`,
			`texts|all of|["a"]`, `texts|all of|["b","a"]`, `flags|all of|["true","false"]`, `text|all of|["He","lo"]`, `texts|all of|[]`,
			`file.type|is|"document"`, `file.extension|is|".pdf"`, `file.size|≥|"10"`, `file.name.more|contains|"a"`,
		},
		"false": {
			`text|contains|"ELL"`, `empty|contains|""`, `zero|contains|"0"`, `null|contains|"x"`, `none|contains|"x"`, `list|contains|"x"`, `numbers|contains|"1"`,
			`text|not contains|"l"`, `texts|not contains|"a"`, `flags|not contains|"false"`,
			`empty|start with|""`, `null|end with|"x"`, `zero|start with|"0"`, `text|end with|"LO"`,
			`null|is|""`, `null|is not|"x"`, `text|is|"hello"`, `yes|is not|"true"`,
			`text|empty`, `one|empty`, `zero|not empty`, `no|not empty`, `null|not empty`,
			`null|=|"0"`, `null|≠|"0"`, `one|=|"2"`, `one|≠|1.9`, `yes|=|"0"`,
			`null|>|"1"`, `null|≤|"no number"`, `one|>|"1"`, `two|<|"nan"`, `two|≥|"nan"`,
			`empty|null`, `null|not null`, `null|exists`, `text|not exists`,
			`zero|in|[0]`, `empty|in|"no list"`, `text|in|["hello"]`, `text|not in|["Hello"]`,
			`texts|all of|["a","c"]`, `list|all of|["a"]`, `empty|all of|["a"]`, `text|all of|["He","x"]`,
		},
		"condition_unfit": {
			`one|contains|"1"`, `obj|contains|"a"`, `file|contains|"a"`, `one|start with|"1"`, `texts|end with|"a"`, `one|is|"1"`, `half|is not|"1"`, `texts|is|"a"`,
			`text|=|"1"`, `texts|≠|"1"`, `text|>|"1"`, `yes|<|"1"`, `one|all of|["1"]`, `text|all of|[true]`,
		},
		"condition_value_invalid": {
			`one|=|"1.5"`, `one|=|""`, `one|≠|"x"`, `one|=|null`, `one|=`, `zero|=|"{{#n.float0#}}"`, `half|=|"x"`, `half|=|["1"]`, `one|>|"x"`, `one|<|null`, `one|≥|[1]`,
			`text|in|"Hello"`, `text|not in|"Hello"`, `text|start with|1`, `texts|all of|"a"`, `texts|all of|[1]`, `texts|all of|["a",true]`, `list|all of|[1]`,
			`yes|is|"True"`, `yes|is|"yes"`, `yes|is|"1.0"`, `yes|is|null`, `flags|contains|"x"`, `flags|contains|["x"]`, `yes|=|"{{#n.yes#}}"`,
		},
		"variable_missing": {
			`gone|contains|"x"`, `gone|empty`, `gone|null`, `gone|not exists`, `obj.b|is|"x"`, `texts.0|is|"a"`, `file.color|is|"red"`,
		},
		"condition_without_key": {`files|contains|"a"`, `files|not contains|"a"`, `nofiles|all of|["a"]`},
	} {
		for _, claim := range claims {
			ok, err := evaluate(t, vars, claim)
			got := fmt.Sprint(ok)
			var e *app.Error
			if errors.As(err, &e) {
				got = e.Code
				if e.Kind != app.Invalid || e.Text.Zh == "" || strings.Contains(e.Text.En+e.Text.Zh, "%!") {
					t.Errorf("%s: %+v", claim, e)
				}
			}
			if got != want {
				t.Errorf("%s is %s (%v), want %s", claim, got, err, want)
			}
		}
	}
}

func TestConditions_lookAtTheFilesOfAList(t *testing.T) {
	vars := conditionVars(t)
	for _, c := range []struct{ variable, operator, logic, sub, want string }{
		{"files", "contains", "and", `{"key":"type","comparison_operator":"in","value":["image"]}`, "true"},
		{"files", "not contains", "and", `{"key":"type","comparison_operator":"in","value":["image"]}`, "true"},
		{"files", "contains", "and", `{"key":"type","comparison_operator":"not in","value":["image"]}`, "false"},
		{"files", "all of", "and", `{"key":"type","comparison_operator":"not in","value":["audio"]}`, "true"},
		{"files", "contains", "and", `{"key":"name","comparison_operator":"end with","value":".pdf"},{"key":"size","comparison_operator":">","value":"1000"}`, "true"},
		{"files", "contains", "and", `{"key":"name","comparison_operator":"is","value":"a.pdf"},{"key":"size","comparison_operator":">","value":"9000"}`, "false"},
		{"files", "contains", "or", `{"key":"name","comparison_operator":"is","value":"c"},{"key":"size","comparison_operator":"≤","value":"10"}`, "true"},
		{"files", "contains", "and", `{"key":"extension","comparison_operator":"is","value":"pdf"}`, "true"},
		{"files", "contains", "and", `{"key":"extension","comparison_operator":"is","value":".png"}`, "true"},
		{"files", "contains", "and", `{"key":"extension","comparison_operator":"is","value":["pdf"]}`, "condition_value_invalid"},
		{"files", "contains", "and", `{"key":"extension","comparison_operator":"not empty"}`, "true"},
		{"files", "contains", "and", `{"key":"name","comparison_operator":"is","value":"{{#n.text#}}"}`, "false"},
		{"files", "contains", "and", `{"key":"mime_type","comparison_operator":">","value":"1"}`, "condition_unfit"},
		{"files", "contains", "", ``, "true"},
		{"files", "contains", "or", ``, "false"},
		{"nofiles", "contains", "and", `{"key":"name","comparison_operator":"is","value":"x"}`, "false"},
		{"nofiles", "contains", "and", `{"key":"name","comparison_operator":"is not","value":"x"}`, "true"},
		{"list", "contains", "and", `{"key":"name","comparison_operator":"is not","value":"x"}`, "true"},
		{"files", "not empty", "and", `{"key":"name","comparison_operator":"is","value":"x"}`, "true"},
	} {
		raw := `[{"variable_selector":["n","` + c.variable + `"],"comparison_operator":"` + c.operator + `","sub_variable_condition":{"logical_operator":"` + c.logic + `","conditions":[` + c.sub + `]}}]`
		p, err := workflow.ParseConditions([]byte(raw), "")
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		ok, _, err := p.Eval(vars)
		got := fmt.Sprint(ok)
		var e *app.Error
		if errors.As(err, &e) {
			got = e.Code
		}
		if got != c.want {
			t.Errorf("%s is %s (%v), want %s", raw, got, err, c.want)
		}
	}
}

func TestConditions_stopAtTheFirstThatDecides(t *testing.T) {
	const holds, fails, missing = `{"variable_selector":["n","one"],"comparison_operator":"=","value":"1"}`,
		`{"variable_selector":["n","one"],"comparison_operator":"=","value":"2"}`, `{"variable_selector":["n","gone"],"comparison_operator":"empty"}`
	vars := conditionVars(t)
	for _, c := range []struct {
		logic, list string
		want        bool
		results     []bool
		fails       bool
	}{
		{"and", ``, true, []bool{}, false},
		{"", ``, true, []bool{}, false},
		{"or", ``, false, []bool{}, false},
		{"and", holds + "," + holds, true, []bool{true, true}, false},
		{"and", holds + "," + fails + "," + missing, false, []bool{true, false}, false},
		{"or", fails + "," + holds + "," + missing, true, []bool{false, true}, false},
		{"or", fails + "," + fails, false, []bool{false, false}, false},
		{"and", holds + "," + missing, false, []bool{true}, true},
		{"or", fails + "," + missing, false, []bool{false}, true},
	} {
		p, err := workflow.ParseConditions([]byte("["+c.list+"]"), c.logic)
		if err != nil {
			t.Fatal(err)
		}
		ok, results, err := p.Eval(vars)
		if ok != c.want || !reflect.DeepEqual(results, c.results) || (err != nil) != c.fails {
			t.Errorf("%s of %s = %v, %v, %v", c.logic, c.list, ok, results, err)
		}
	}
	if p, err := workflow.ParseConditions(nil, "or"); err != nil || p.Len() != 0 {
		t.Errorf("no conditions: %v, %v", p, err)
	}
}

func TestConditions_nameWhatTheyRead(t *testing.T) {
	p, err := workflow.ParseConditions([]byte(`[{"variable_selector":["a","b","c"],"comparison_operator":"is","value":"{{#x.y#}} {{#sys.query#}}"},{"variable_selector":["d","e"],"comparison_operator":"empty","value":null}]`), "and")
	if err != nil {
		t.Fatal(err)
	}
	want := []workflow.Selector{{"a", "b", "c"}, {"x", "y"}, {"sys", "query"}, {"d", "e"}}
	if got := p.Selectors(); !reflect.DeepEqual(got, want) || p.Len() != 2 {
		t.Errorf("Selectors = %v, want %v", got, want)
	}
}

func TestParseConditions_refuses(t *testing.T) {
	for _, c := range []struct{ logic, raw, code string }{
		{"xor", `[]`, "condition_logic_unknown"},
		{"and", `[{"variable_selector":["a"],"comparison_operator":"is"}]`, "condition_without_variable"},
		{"and", `[{"comparison_operator":"is"}]`, "condition_without_variable"},
		{"and", `[{"variable_selector":["a","b"],"comparison_operator":"=="}]`, "condition_operator_unknown"},
		{"and", `[{"variable_selector":["a","b"],"comparison_operator":"contains","sub_variable_condition":{"conditions":[{"key":"color","comparison_operator":"is"}]}}]`, "condition_key_unknown"},
		{"and", `[{"variable_selector":["a","b"],"comparison_operator":"contains","sub_variable_condition":{"conditions":[{"key":"name","comparison_operator":"like"}]}}]`, "condition_operator_unknown"},
		{"and", `[{"variable_selector":["a","b"],"comparison_operator":"contains","sub_variable_condition":{"logical_operator":"xor"}}]`, "condition_logic_unknown"},
	} {
		_, err := workflow.ParseConditions(json.RawMessage(c.raw), c.logic)
		if !errors.Is(err, &app.Error{Kind: app.Invalid, Code: c.code}) {
			t.Errorf("ParseConditions(%s, %s) = %v, want %s", c.raw, c.logic, err, c.code)
		}
	}
	if _, err := workflow.ParseConditions([]byte(`{}`), ""); err == nil {
		t.Error("an object was taken for a list")
	}
}
