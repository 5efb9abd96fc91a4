package node

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// returning is a program that returns what is written here as JSON.
func returning(t *testing.T, result string) Deps {
	t.Helper()
	v, err := value.Decode([]byte(result))
	if err != nil {
		t.Fatalf("%.80s: %v", result, err)
	}
	return Deps{Code: func(context.Context, string, string, map[string]any) (any, error) { return v, nil }}
}

func declares(outputs string) string {
	return `{"code_language":"python3","code":"x","variables":[],"outputs":` + outputs + `}`
}

func listOf(element string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

func TestCode_checksWhatComesBack(t *testing.T) {
	one := func(typ string) string { return `{"x":{"type":"` + typ + `","children":null}}` }
	const invalid, deep, undeclared = "!OutputValidationError ", "!DepthLimitError code_output_too_deep", "!CodeNodeError code_output_undeclared"
	long := `"` + strings.Repeat("字", maxText) + `"`
	for _, c := range []struct{ outputs, result, want string }{
		// what is there
		{`{}`, `{}`, `{}`},
		{`null`, `{}`, `{}`},
		{`{}`, `{"x":1}`, undeclared},
		{one("string"), `{"x":"a","y":1}`, undeclared},
		{one("string"), `{"y":"a"}`, invalid + "code_output_missing"},
		{one("string"), `[1]`, "!CodeNodeError code_result_invalid"},
		{one("string"), `"text"`, "!CodeNodeError code_result_invalid"},
		{one("string"), `null`, "!CodeNodeError code_result_invalid"},
		// text
		{one("string"), `{"x":"a\u0000b"}`, `{"x":"ab"}`},
		{one("string"), `{"x":null}`, `{"x":null}`},
		{one("string"), `{"x":1}`, invalid + "code_output_type"},
		{one("string"), `{"x":` + long + `}`, `{"x":` + long + `}`},
		{one("string"), `{"x":` + long[:len(long)-1] + `字"}`, invalid + "code_output_too_long"},
		// numbers
		{one("number"), `{"x":5}`, `{"x":5}`},
		{one("number"), `{"x":5.0}`, `{"x":5.0}`},
		{one("number"), `{"x":true}`, `{"x":1}`},
		{one("number"), `{"x":false}`, `{"x":0}`},
		{one("number"), `{"x":null}`, `{"x":null}`},
		{one("number"), `{"x":"5"}`, invalid + "code_output_type"},
		{one("number"), `{"x":9223372036854775807}`, `{"x":9223372036854775807}`},
		{one("number"), `{"x":9223372036854775808}`, invalid + "code_output_range"},
		{one("number"), `{"x":-9223372036854775808}`, invalid + "code_output_range"},
		{one("number"), `{"x":1e19}`, invalid + "code_output_range"},
		{one("number"), `{"x":1.5e18}`, `{"x":1.5e+18}`},
		{one("number"), `{"x":0.12345678901234568}`, `{"x":0.12345678901234568}`},
		{one("number"), `{"x":1e-20}`, `{"x":1e-20}`},
		{one("number"), `{"x":1e-21}`, invalid + "code_output_precision"},
		{one("number"), `{"x":1.5e-20}`, invalid + "code_output_precision"},
		// texts that look like a number that a program wrote
		{one("number"), `{"x":"1e-05"}`, `{"x":1e-05}`},
		{one("number"), `{"x":"-1.5E+3"}`, `{"x":-1500.0}`},
		{one("string"), `{"x":"1e-05"}`, invalid + "code_output_type"},
		{one("string"), `{"x":"1e5"}`, `{"x":"1e5"}`},
		{one("string"), `{"x":"v1e-05"}`, `{"x":"v1e-05"}`},
		{one("array[number]"), `{"x":["1e+2"]}`, `{"x":[100.0]}`},
		{one("object"), `{"x":{"a":{"b":["2e+0"]}}}`, `{"x":{"a":{"b":[2.0]}}}`},
		// booleans are not looked at
		{one("boolean"), `{"x":true}`, `{"x":true}`},
		{one("boolean"), `{"x":"yes"}`, `{"x":"yes"}`},
		{one("boolean"), `{"x":null}`, `{"x":null}`},
		// lists
		{one("array[number]"), `{"x":[1,2.5,true]}`, `{"x":[1,2.5,1]}`},
		{one("array[number]"), `{"x":null}`, `{"x":null}`},
		{one("array[number]"), `{"x":[1,null]}`, invalid + "code_output_type"},
		{one("array[number]"), `{"x":[1e19]}`, invalid + "code_output_range"},
		{one("array[number]"), `{"x":1}`, invalid + "code_output_type"},
		{one("array[number]"), `{"x":` + listOf("1", 1000) + `}`, `{"x":` + listOf("1", 1000) + `}`},
		{one("array[number]"), `{"x":` + listOf("1", 1001) + `}`, invalid + "code_output_too_long"},
		{one("array[string]"), `{"x":["a",null,"b\u0000"]}`, `{"x":["a",null,"b"]}`},
		{one("array[string]"), `{"x":["a",1]}`, invalid + "code_output_type"},
		{one("array[string]"), `{"x":` + listOf(`"a"`, 30) + `}`, `{"x":` + listOf(`"a"`, 30) + `}`},
		{one("array[string]"), `{"x":` + listOf(`"a"`, 31) + `}`, invalid + "code_output_too_long"},
		{one("array[object]"), `{"x":[{"a":1},null]}`, `{"x":[{"a":1},null]}`},
		{one("array[object]"), `{"x":[1]}`, invalid + "code_output_type"},
		{one("array[object]"), `{"x":` + listOf(`{}`, 31) + `}`, invalid + "code_output_too_long"},
		{one("array[boolean]"), `{"x":[true,null]}`, `{"x":[true,null]}`},
		{one("array[boolean]"), `{"x":` + listOf(`true`, 2000) + `}`, `{"x":` + listOf(`true`, 2000) + `}`},
		{one("array[boolean]"), `{"x":true}`, invalid + "code_output_type"},
		// objects whose fields are declared
		{`{"x":{"type":"object","children":{"b":{"type":"number"},"a":{"type":"string"}}}}`, `{"x":{"a":"A","b":true}}`, `{"x":{"b":1,"a":"A"}}`},
		{`{"x":{"type":"object","children":{"a":{"type":"string"}}}}`, `{"x":{}}`, invalid + "code_output_missing"},
		{`{"x":{"type":"object","children":{"a":{"type":"string"}}}}`, `{"x":{"a":"A","b":1}}`, undeclared},
		{`{"x":{"type":"array[object]","children":{"a":{"type":"string"}}}}`, `{"x":[{"a":"A"},{"a":1}]}`, invalid + "code_output_type"},
		// objects whose fields are not
		{one("object"), `{"x":{"s":"t","n":1,"b":true,"z":null,"l":[1,true,null,2.5],"m":["a",null],"e":[],"o":{"k":[{"a":1},null]}}}`, `{"x":{"s":"t","n":1,"b":true,"z":null,"l":[1,true,null,2.5],"m":["a",null],"e":[],"o":{"k":[{"a":1},null]}}}`},
		{one("object"), `{"x":[1]}`, invalid + "code_output_type"},
		{one("object"), `{"x":{"a":[1,"b"]}}`, invalid + "code_output_mixed"},
		{one("object"), `{"x":{"a":[null,1,"b"]}}`, `{"x":{"a":[null,1,"b"]}}`},
		{one("object"), `{"x":{"a":1e19}}`, invalid + "code_output_range"},
		{one("object"), `{"x":{"a":[[1],[2]]}}`, `{"x":{"a":[[1],[2]]}}`},
		{one("object"), `{"x":{"a":[[1],["b",2]]}}`, invalid + "code_output_mixed"},
		// depth
		{one("object"), `{"x":{"a":{"b":{"c":1}}}}`, `{"x":{"a":{"b":{"c":1}}}}`},
		{one("object"), `{"x":{"a":{"b":{"c":{}}}}}`, `{"x":{"a":{"b":{"c":{}}}}}`},
		{one("object"), `{"x":{"a":{"b":{"c":{"d":{}}}}}}`, deep},
		{one("object"), `{"x":{"a":{"b":[{"c":{}}]}}}`, `{"x":{"a":{"b":[{"c":{}}]}}}`},
		{one("object"), `{"x":{"a":{"b":[{"c":[{"d":{}}]}]}}}`, deep},
		{one("object"), `{"x":{"a":[[[[[1]]]]]}}`, deep},
		// settings
		{one("file"), `{}`, "!output_type_unknown"},
		{`{"x":"string"}`, `{}`, "!output_type_unknown"},
		{`{"x":{"type":"object","children":{"y":{"type":"any"}}}}`, `{}`, "!output_type_unknown"},
	} {
		(&rig{deps: returning(t, c.result)}).check(t, "code", []claim{{declares(c.outputs), "", c.want}})
	}
}

func TestCode_givesTheProgramItsInputs(t *testing.T) {
	var got []string
	r := rig{files: fileVars}
	r.deps.Code = func(_ context.Context, language, source string, in map[string]any) (any, error) {
		got = append(got, language, source, written(t, in))
		return value.NewObject("ok", true), nil
	}
	res, err := r.run(t, "code", `{"code_language":"javascript","code":"main","outputs":{"ok":{"type":"boolean"}},"variables":[
		{"variable":"a","value_selector":["n","x"]},{"variable":"gone","value_selector":["n","z"]},{"variable":"none","value_selector":["f","none"]},
		{"variable":"name","value_selector":["f","one","name"]}]}`, `{"n":{"x":{"k":[1,2.0]}}}`)
	if err != nil || res.Outputs["ok"] != true {
		t.Fatalf("%v, %v", res, err)
	}
	if want := `javascript main {"a":{"k":[1,2.0]},"gone":null,"name":"a.pdf","none":null}`; strings.Join(got, " ") != want {
		t.Errorf("the program got %s, want %s", got, want)
	}
	got = nil
	if _, err = r.run(t, "code", `{"code_language":"python3","code":"","outputs":{"ok":{"type":"boolean"}},"variables":[{"variable":"f","value_selector":["f","one"]},{"variable":"l","value_selector":["f","many"]}]}`, ``); err != nil {
		t.Fatal(err)
	}
	var in struct {
		F map[string]any
		L []map[string]any
	}
	if err := json.Unmarshal([]byte(got[2]), &in); err != nil || in.F["filename"] != "a.pdf" || len(in.L) != 3 || in.L[1]["extension"] != ".png" {
		t.Errorf("the program got %s (%v)", got[2], err)
	}
}

func TestCode_handsFilesBackAsObjects(t *testing.T) {
	r := rig{deps: Deps{Code: func(_ context.Context, _, _ string, in map[string]any) (any, error) {
		return map[string]any{"f": pdf, "l": []app.Attachment{pdf}}, nil
	}}}
	res, err := r.run(t, "code", declares(`{"f":{"type":"object"},"l":{"type":"array[object]"}}`), "")
	if err != nil || typeName(res.Outputs["f"]) != "object" || typeName(res.Outputs["l"]) != "array[object]" {
		t.Errorf("%v, %v", res.Outputs, err)
	}
}

func TestCode_failsAsDifyNamesIt(t *testing.T) {
	boom := Deps{Code: func(context.Context, string, string, map[string]any) (any, error) {
		return nil, app.Errorf(app.Refused, "code_failed", "NameError", "NameError")
	}}
	(&rig{deps: boom}).check(t, "code", []claim{{declares(`{}`), "", "!CodeExecutionError code_failed"}})
	(&rig{}).check(t, "code", []claim{
		{declares(`{}`), "", "!CodeExecutionError code_unavailable"},
		{`{"code_language":"ruby","outputs":{}}`, "", "!code_language_unknown"},
		{`{"outputs":{}}`, "", "!code_language_unknown"},
	})
	_, err := (&rig{deps: returning(t, `{"x":{}}`)}).run(t, "code", declares(`{"x":{"type":"object","children":{"a":{"type":"string"}}}}`), "")
	if e := app.AsError(err); e.Text.En != "Output x.a is missing." {
		t.Errorf("%v", err)
	}
	_, err = (&rig{deps: returning(t, `{"x":1}`)}).run(t, "code", declares(`{}`), "")
	if e := app.AsError(err); e.Text.En != "Not all output parameters are validated." {
		t.Errorf("%v", err)
	}
	n, err := (&rig{}).node("code", `{"code_language":"python3","outputs":{},"variables":[{"variable":"a","value_selector":["n","x"]},{"variable":"b","value_selector":[]}]}`)
	if err != nil || len(n.(workflow.Reader).Reads()) != 1 {
		t.Errorf("reads %v, %v", n, err)
	}
}
