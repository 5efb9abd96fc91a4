package node

import (
	"testing"

	"islet/app/value"
	"islet/app/workflow"
)

// writes runs an assigner and writes its updates as "selector=value", one to a line, or its error.
func (r *rig) writes(t *testing.T, data, vars string) string {
	t.Helper()
	res, err := r.run(t, "assigner", data, vars)
	if err != nil {
		if len(res.Updates) > 0 {
			t.Errorf("%s fails and writes", data)
		}
		return failure(t, err)
	}
	text := ""
	for i, u := range res.Updates {
		if i > 0 {
			text += " "
		}
		text += u.Selector.String() + "=" + value.Literal(u.Value)
	}
	if len(res.Outputs) > 0 {
		t.Errorf("%s has outputs %v", data, res.Outputs)
	}
	return text
}

func TestAssigner_writesOneVariable(t *testing.T) {
	v1 := func(mode string) string {
		return `{"assigned_variable_selector":["conversation","v"],"write_mode":"` + mode + `","input_variable_selector":["n","x"]}`
	}
	with := func(v, x string) string { return `{"conversation":{"v":` + v + `},"n":{"x":` + x + `}}` }
	r := rig{files: fileVars}
	for _, c := range []claim{
		{v1("over-write"), with(`"old"`, `"new"`), `conversation.v='new'`},
		{v1("over-write"), with(`"old"`, `[1]`), `conversation.v=[1]`},
		{v1("over-write"), with(`"old"`, `null`), `conversation.v=None`},
		{v1("append"), with(`["a"]`, `"b"`), `conversation.v=['a', 'b']`},
		{v1("append"), with(`[]`, `{"k":1}`), `conversation.v=[{'k': 1}]`},
		{v1("append"), with(`"a"`, `"b"`), `!operation_unsupported`},
		{v1("clear"), with(`"a"`, `1`), `conversation.v=''`},
		{v1("clear"), `{"conversation":{"v":7}}`, `conversation.v=0`},
		{v1("clear"), `{"conversation":{"v":7.5}}`, `conversation.v=0.0`},
		{v1("clear"), `{"conversation":{"v":true}}`, `conversation.v=False`},
		{v1("clear"), `{"conversation":{"v":{"a":1}}}`, `conversation.v={}`},
		{v1("clear"), `{"conversation":{"v":["a"]}}`, `conversation.v=[]`},
		{`{"version":"1","assigned_variable_selector":["f","many"],"write_mode":"clear"}`, ``, `!operation_unsupported`},
		{v1("over-write"), `{"conversation":{"v":1}}`, `!variable_missing`},
		{v1("over-write"), `{"n":{"x":1}}`, `!variable_missing`},
		{`{"assigned_variable_selector":["conversation","v"],"write_mode":"over-write","input_variable_selector":["n","x","k"]}`, with(`1`, `{"k":2}`), `conversation.v=2`},
		{`{"assigned_variable_selector":[],"write_mode":"clear"}`, ``, `!assign_without_target`},
		{`{"assigned_variable_selector":["a","b","c"],"write_mode":"clear"}`, ``, `!assign_without_target`},
		{`{"assigned_variable_selector":["a","b"],"write_mode":"set"}`, ``, `!write_mode_unknown`},
		{`{"assigned_variable_selector":["a","b"],"write_mode":"append","input_variable_selector":[]}`, ``, `!assign_without_input`},
	} {
		if got := r.writes(t, c.data, c.vars); got != c.want {
			t.Errorf("%s with %s writes %s, want %s", c.data, c.vars, got, c.want)
		}
	}
	res, err := r.run(t, "assigner", v1("append"), with(`["a"]`, `"b"`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := written(t, res.Process), `{"__updated_variables":[{"name":"v","selector":["conversation","v"],"value_type":"array[string]","new_value":["a","b"]}]}`; got != want {
		t.Errorf("process %s, want %s", got, want)
	}
}

func TestAssigner2_followsTheRulesOfItsOperations(t *testing.T) {
	item := func(operation, inputType, value string) string {
		return `{"version":"2","items":[{"variable_selector":["conversation","v"],"operation":"` + operation + `","input_type":"` + inputType + `","value":` + value + `}]}`
	}
	variable := func(operation string) string { return item(operation, "variable", `["n","x"]`) }
	constant := func(operation, value string) string { return item(operation, "constant", value) }
	with := func(v, x string) string { return `{"conversation":{"v":` + v + `},"n":{"x":` + x + `}}` }
	r := rig{}
	for _, c := range []claim{
		// over-write
		{variable("over-write"), with(`"a"`, `"b"`), `conversation.v='b'`},
		{variable("over-write"), with(`"a"`, `1`), `!assign_value_invalid`},
		{variable("over-write"), with(`1`, `2.5`), `conversation.v=2.5`},
		{variable("over-write"), with(`1.5`, `2`), `conversation.v=2`},
		{variable("over-write"), with(`1`, `true`), `!assign_value_invalid`},
		{variable("over-write"), with(`true`, `false`), `conversation.v=False`},
		{variable("over-write"), with(`true`, `1`), `!assign_value_invalid`},
		{variable("over-write"), with(`{"a":1}`, `{"b":2}`), `conversation.v={'b': 2}`},
		{variable("over-write"), with(`{"a":1}`, `"{}"`), `!assign_value_invalid`},
		{variable("over-write"), with(`["a"]`, `["b","c"]`), `conversation.v=['b', 'c']`},
		{variable("over-write"), with(`["a"]`, `[]`), `conversation.v=[]`},
		{variable("over-write"), with(`["a"]`, `[1]`), `!assign_value_invalid`},
		{variable("over-write"), with(`["a"]`, `"b"`), `!assign_value_invalid`},
		{variable("over-write"), with(`[1]`, `[1.5,2]`), `conversation.v=[1.5, 2]`},
		{variable("over-write"), with(`[]`, `[{"a":1}]`), `conversation.v=[{'a': 1}]`},
		{variable("over-write"), with(`null`, `"x"`), `conversation.v='x'`},
		{constant("over-write", `"c"`), with(`"a"`, `1`), `conversation.v='c'`},
		{constant("over-write", `"{{#n.x#}}"`), with(`"a"`, `1`), `conversation.v='{{#n.x#}}'`},
		{constant("over-write", `5`), with(`1`, `1`), `conversation.v=5`},
		{constant("over-write", `"5"`), with(`1`, `1`), `!assign_value_invalid`},
		{constant("over-write", `["b"]`), with(`["a"]`, `1`), `!input_type_unsupported`},
		// clear
		{variable("clear"), with(`"a"`, `1`), `conversation.v=''`},
		{item("clear", "variable", `null`), `{"conversation":{"v":3}}`, `conversation.v=0`},
		{item("clear", "variable", `""`), `{"conversation":{"v":3.5}}`, `conversation.v=0.0`},
		{variable("clear"), `{"conversation":{"v":["a"]}}`, `conversation.v=[]`},
		{variable("clear"), `{"conversation":{"v":{"a":1}}}`, `conversation.v={}`},
		{variable("clear"), `{"conversation":{"v":true}}`, `conversation.v=False`},
		{constant("clear", `null`), `{"conversation":{"v":["a"]}}`, `!input_type_unsupported`},
		// set
		{constant("set", `"b"`), with(`"a"`, `1`), `conversation.v='b'`},
		{constant("set", `2`), with(`1`, `1`), `conversation.v=2`},
		{constant("set", `false`), with(`true`, `1`), `conversation.v=False`},
		{constant("set", `{"b":[1]}`), with(`{}`, `1`), `conversation.v={'b': [1]}`},
		{constant("set", `"{\"b\": 1.0}"`), with(`{}`, `1`), `conversation.v={'b': 1.0}`},
		{constant("set", `"not JSON"`), with(`{}`, `1`), `!assign_value_invalid`},
		{constant("set", `"[1]"`), with(`{}`, `1`), `!assign_value_invalid`},
		{constant("set", `null`), with(`"a"`, `1`), `!assign_value_invalid`},
		{constant("set", `["b"]`), with(`["a"]`, `1`), `!operation_unsupported`},
		{variable("set"), with(`"a"`, `"b"`), `!input_type_unsupported`},
		// arithmetic
		{constant("+=", `2`), with(`1`, `1`), `conversation.v=3`},
		{constant("-=", `2`), with(`1`, `1`), `conversation.v=-1`},
		{constant("*=", `2.0`), with(`3`, `1`), `conversation.v=6.0`},
		{constant("/=", `2`), with(`4`, `1`), `conversation.v=2.0`},
		{constant("/=", `0`), with(`4`, `1`), `!assign_value_invalid`},
		{constant("+=", `1`), with(`9223372036854775807`, `1`), `conversation.v=9223372036854775808`},
		{constant("+=", `0.5`), with(`1.5`, `1`), `conversation.v=2.0`},
		{constant("+=", `true`), with(`1`, `1`), `!assign_value_invalid`},
		{constant("+=", `"1"`), with(`1`, `1`), `!assign_value_invalid`},
		{constant("+=", `"b"`), with(`"a"`, `1`), `!operation_unsupported`},
		{variable("+="), with(`1`, `1`), `!input_type_unsupported`},
		// append, extend
		{variable("append"), with(`["a"]`, `"b"`), `conversation.v=['a', 'b']`},
		{variable("append"), with(`["a"]`, `1`), `!assign_value_invalid`},
		{variable("append"), with(`[1]`, `2.5`), `conversation.v=[1, 2.5]`},
		{variable("append"), with(`[1]`, `true`), `!assign_value_invalid`},
		{variable("append"), with(`[true]`, `false`), `conversation.v=[True, False]`},
		{variable("append"), with(`[{}]`, `{"a":1}`), `conversation.v=[{}, {'a': 1}]`},
		{variable("append"), with(`[]`, `{"a":1}`), `conversation.v=[{'a': 1}]`},
		{variable("append"), with(`[1,"a"]`, `2`), `conversation.v=[1, 'a', 2]`},
		{variable("append"), with(`[]`, `["a"]`), `!assign_value_invalid`},
		{variable("append"), with(`"a"`, `"b"`), `!operation_unsupported`},
		{constant("append", `"b"`), with(`["a"]`, `1`), `!input_type_unsupported`},
		{variable("extend"), with(`["a"]`, `["b","c"]`), `conversation.v=['a', 'b', 'c']`},
		{variable("extend"), with(`["a"]`, `[]`), `conversation.v=['a']`},
		{variable("extend"), with(`[]`, `["b"]`), `conversation.v=['b']`},
		{variable("extend"), with(`["a"]`, `["b",1]`), `!assign_value_invalid`},
		{variable("extend"), with(`["a"]`, `"b"`), `!assign_value_invalid`},
		{constant("extend", `["b"]`), with(`["a"]`, `1`), `!input_type_unsupported`},
		// remove
		{variable("remove-first"), with(`["a","b"]`, `1`), `conversation.v=['b']`},
		{item("remove-last", "variable", `null`), with(`["a","b"]`, `1`), `conversation.v=['a']`},
		{variable("remove-first"), with(`[]`, `1`), `conversation.v=[]`},
		{variable("remove-last"), with(`[]`, `1`), `conversation.v=[]`},
		{variable("remove-last"), with(`"a"`, `1`), `!operation_unsupported`},
		{constant("remove-last", `null`), with(`["a"]`, `1`), `!input_type_unsupported`},
		// inputs
		{variable("over-write"), with(`"a"`, `null`), ``},
		{variable("append"), with(`["a"]`, `null`), ``},
		{variable("over-write"), `{"conversation":{"v":"a"}}`, `!variable_missing`},
		{variable("over-write"), `{"n":{"x":"a"}}`, `!variable_missing`},
		// settings
		{`{"version":"2","items":[{"variable_selector":[],"operation":"clear"}]}`, ``, `!assign_without_target`},
		{variable("double"), ``, `!operation_unknown`},
		{item("over-write", "guess", `1`), ``, `!input_type_unknown`},
		{item("over-write", "variable", `null`), ``, `!assign_without_input`},
		{`{"version":"2","items":[]}`, ``, ``},
	} {
		if got := r.writes(t, c.data, c.vars); got != c.want {
			t.Errorf("%s with %s writes %s, want %s", c.data, c.vars, got, c.want)
		}
	}
}

func TestAssigner2_laterItemsSeeEarlierOnes(t *testing.T) {
	const items = `{"version":"2","items":[
		{"variable_selector":["conversation","n"],"operation":"+=","input_type":"constant","value":1},
		{"variable_selector":["loop","copy"],"operation":"over-write","input_type":"variable","value":["conversation","n"]},
		{"variable_selector":["conversation","n"],"operation":"*=","input_type":"constant","value":10}`
	r := rig{files: fileVars}
	if got, want := r.writes(t, items+"]}", `{"conversation":{"n":1},"loop":{"copy":0}}`), "conversation.n=20 loop.copy=2"; got != want {
		t.Errorf("writes %s, want %s", got, want)
	}
	fails := items + `,{"variable_selector":["conversation","gone"],"operation":"clear","input_type":"variable"}]}`
	if got := r.writes(t, fails, `{"conversation":{"n":1},"loop":{"copy":0}}`); got != "!variable_missing" {
		t.Errorf("writes %s", got)
	}
	files := `{"version":"2","items":[{"variable_selector":["f","none"],"operation":"append","input_type":"variable","value":["f","one"]}]}`
	res, err := r.run(t, "assigner", files, "")
	if err != nil || value.Type(res.Updates[0].Value) != "array[file]" {
		t.Errorf("appending a file: %v, %v", res.Updates, err)
	}
	n, err := r.node("assigner", items+"]}")
	if err != nil {
		t.Fatal(err)
	}
	if w := n.(workflow.Writer).Writes(); len(w) != 3 || w[1].String() != "loop.copy" {
		t.Errorf("writes %v", w)
	}
	if reads := n.(workflow.Reader).Reads(); len(reads) != 4 {
		t.Errorf("reads %v", reads)
	}
}
