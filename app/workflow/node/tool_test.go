package node_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model/modeltest"
	"islet/app/tool"
	"islet/app/value"
	"islet/app/workflow"
	"islet/app/workflow/node"
)

func toolData(fields string) string {
	return `{"type":"tool","provider_id":"site","provider_type":"builtin","provider_name":"site","tool_name":"all",` + fields + `}`
}

// everyType is a tool with a parameter of every type.
func everyType() []tool.Param {
	return []tool.Param{
		{Name: "s", Type: "string"}, {Name: "n", Type: "number"}, {Name: "b", Type: "boolean"}, {Name: "o", Type: "object"}, {Name: "a", Type: "array"},
		{Name: "c", Type: "select", Options: []string{"red", "绿"}}, {Name: "f", Type: "file"}, {Name: "fs", Type: "files"},
	}
}

func TestTool_resolvesAndCastsItsParameters(t *testing.T) {
	file := app.Attachment{ID: "1", Kind: "document", Method: "local_file", File: "f1", Name: "a.txt"}
	sys := map[string]any{"num": int64(7), "list": []any{"a", int64(1)}, "obj": value.NewObject("k", "v"), "yes": true, "file": file, "files": []app.Attachment{file, file}, "null": nil}
	for name, c := range map[string]struct{ fields, want string }{
		"variables as they are":                {`"tool_parameters":{"n":{"type":"variable","value":["sys","num"]},"a":{"type":"variable","value":["sys","list"]},"o":{"type":"variable","value":["sys","obj"]},"b":{"type":"variable","value":["sys","yes"]}}`, `{"a":["a",1],"b":true,"n":7,"o":{"k":"v"}}`},
		"texts with references":                {`"tool_parameters":{"s":{"type":"mixed","value":"问 {{#sys.query#}} {{#sys.num#}} {{#sys.yes#}}"},"n":{"type":"mixed","value":"{{#sys.num#}}.5"}}`, `{"n":7.5,"s":"问 second? 7 True"}`},
		"constants":                            {`"tool_parameters":{"s":{"type":"constant","value":5},"n":{"type":"constant","value":"12"},"b":{"type":"constant","value":"no"},"c":{"type":"constant","value":"绿"},"o":{"type":"constant","value":"{\"x\": [1]}"},"a":{"type":"constant","value":[1,"{{#sys.num#}}"]}}`, `{"a":[1,"7"],"b":false,"c":"绿","n":12,"o":{"x":[1]},"s":"5"}`},
		"an object for a text":                 {`"tool_parameters":{"s":{"type":"constant","value":{"q":"{{#sys.query#}}"}}}`, `{"s":"{\"q\":\"second?\"}"}`},
		"a value never breaks out of its text": {`"tool_parameters":{"o":{"type":"constant","value":{"q":"{{#sys.evil#}}"}}}`, `{"o":{"q":"\",\"admin\":true,\""}}`},
		"one value for a list":                 {`"tool_parameters":{"a":{"type":"mixed","value":"x"}}`, `{"a":["x"]}`},
		"a list in a text":                     {`"tool_parameters":{"a":{"type":"mixed","value":"[1, 2]"}}`, `{"a":[1,2]}`},
		"null is left out":                     {`"tool_parameters":{"s":{"type":"mixed","value":null},"n":null,"o":{"type":"variable","value":["sys","null"]}}`, `{}`},
		"empty is no number":                   {`"tool_parameters":{"n":{"type":"mixed","value":" "},"c":{"type":"mixed","value":""},"o":{"type":"mixed","value":""}}`, `{}`},
		"a missing variable":                   {`"tool_parameters":{"s":{"type":"variable","value":["sys","nope"]}}`, `{}`},
		"a missing reference":                  {`"tool_parameters":{"s":{"type":"mixed","value":"a {{#sys.nope#}}"}}`, `{"s":"a sys.nope"}`},
		"what the tool lacks":                  {`"tool_parameters":{"zzz":{"type":"mixed","value":"x"}}`, `{}`},
		"old form":                             {`"tool_configurations":{"s":{"type":"mixed","value":"{{#sys.query#}}"},"n":3,"b":true,"o":{"provider":"x","model":"y"},"c":null}`, `{"b":true,"n":3,"o":{"model":"y","provider":"x"},"s":"second?"}`},
		"parameters win":                       {`"tool_configurations":{"s":"old"},"tool_parameters":{"s":{"type":"mixed","value":"new"}}`, `{"s":"new"}`},
		"true words":                           {`"tool_parameters":{"b":{"type":"mixed","value":"Yes"}}`, `{"b":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, modeltest.Options{})
			w.offer("all", everyType(), func(map[string]any) (tool.Result, error) { return tool.Result{Text: "ok"}, nil })
			sys["evil"] = `","admin":true,"`
			p := play(t, w.deps, around(toolData(c.fields)), input(sys))
			if p.end.Status != app.Succeeded {
				t.Fatal(p.cause)
			}
			got := strings.TrimPrefix(w.called[0], "all")
			v, err := value.DecodeMap([]byte(got))
			if err != nil {
				t.Fatal(err)
			}
			if o, ok := v["o"].(*value.Object); ok {
				v["o"] = o.Map()
			}
			if got := asJSON(t, v); got != c.want {
				t.Errorf("called with %s, want %s", got, c.want)
			}
		})
	}
	w := newWire(t, modeltest.Options{})
	var got map[string]any
	w.offer("all", everyType(), func(args map[string]any) (tool.Result, error) { got = args; return tool.Result{}, nil })
	play(t, w.deps, around(toolData(`"tool_parameters":{"f":{"type":"variable","value":["sys","file"]},"fs":{"type":"variable","value":["sys","files"]}}`)), input(sys))
	if got["f"] != file || len(got["fs"].([]app.Attachment)) != 2 {
		t.Errorf("files %+v", got)
	}
}

func TestTool_defaultsFillInForWhatIsNotGiven(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.offer("all", []tool.Param{{Name: "unit", Type: "select", Options: []string{"C", "F"}, Default: "C", Required: true}, {Name: "n", Type: "number", Default: "3"}},
		func(map[string]any) (tool.Result, error) { return tool.Result{}, nil })
	p := play(t, w.deps, around(toolData(`"tool_parameters":{}`)), input(nil))
	if p.end.Status != app.Succeeded || w.called[0] != `all{"n":3,"unit":"C"}` {
		t.Errorf("%v %v", p.cause, w.called)
	}
}

func TestTool_outputs(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	file := app.Attachment{ID: "1", Kind: "image", Name: "a.png"}
	usage := &app.Usage{TotalTokens: 9}
	var res tool.Result
	w.offer("all", nil, func(map[string]any) (tool.Result, error) { return res, nil })
	p := play(t, w.deps, around(toolData(`"x":1`)), input(nil))
	if got := asJSON(t, p.node.Outputs); got != `{"files":[],"json":[{"data":[]}],"text":""}` {
		t.Errorf("nothing: %s", got)
	}
	res = tool.Result{Text: "晴 20°", JSON: []any{value.NewObject("t", 20)}, Files: []app.Attachment{file}, Vars: map[string]any{"city": "北京", "text": "no"}, Usage: usage}
	p = play(t, w.deps, around(toolData(`"x":1`)), input(nil))
	if p.said != "晴 20°" || p.node.Outputs["city"] != "北京" || p.node.Outputs["text"] != "晴 20°" || asJSON(t, p.node.Outputs["json"]) != `[{"t":20}]` ||
		len(p.node.Outputs["files"].([]app.Attachment)) != 1 || p.end.Usage.TotalTokens != 9 {
		t.Errorf("said %q, outputs %v", p.said, p.node.Outputs)
	}
	if info := asJSON(t, p.node.Meta["tool_info"]); info != `{"provider_id":"site","provider_type":"builtin","tool_name":"all"}` {
		t.Errorf("tool_info %s", info)
	}
}

func TestTool_failures(t *testing.T) {
	for name, c := range map[string]struct {
		fields    string
		fail      error
		typ, code string
		en, zh    string
	}{
		"unknown tool": {`"tool_name":"google_search"`, nil, "ToolRuntimeResolutionError", "tool_missing",
			`tool "google_search" of provider "site" does not exist on this site`, "本站没有“site”提供的工具“google_search”"},
		"required and not given": {`"x":1`, nil, "ToolParameterError", "tool_parameter_missing", `"must" is required`, "必填"},
		"required and missing":   {`"tool_parameters":{"must":{"type":"variable","value":["sys","nope"]}}`, nil, "ToolParameterError", "variable_missing", "sys.nope", "sys.nope"},
		"a wrong number":         {`"tool_parameters":{"must":{"type":"mixed","value":"x"},"n":{"type":"mixed","value":"many"}}`, nil, "ToolParameterError", "tool_parameter_invalid", "number", "number"},
		"no option":              {`"tool_parameters":{"must":{"type":"mixed","value":"x"},"c":{"type":"mixed","value":"blue"}}`, nil, "ToolParameterError", "tool_parameter_invalid", "red, 绿", "red, 绿"},
		"no object":              {`"tool_parameters":{"must":{"type":"mixed","value":"x"},"o":{"type":"mixed","value":"[1]"}}`, nil, "ToolParameterError", "tool_parameter_invalid", "object", "object"},
		"the tool fails": {`"tool_parameters":{"must":{"type":"mixed","value":"x"}}`, app.Errorf(app.Upstream, "x", "the weather service is down", "天气服务不可用"),
			"ToolInvokeError", "tool_failed", "Failed to invoke tool: the weather service is down", "调用工具失败：天气服务不可用"},
		"the tool breaks": {`"tool_parameters":{"must":{"type":"mixed","value":"x"}}`, errors.New("secret detail"), "ToolInvokeError", "tool_failed", "Failed to invoke tool: ", "调用工具失败："},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, modeltest.Options{})
			w.offer("all", append(everyType(), tool.Param{Name: "must", Type: "string", Required: true}),
				func(map[string]any) (tool.Result, error) { return tool.Result{Text: "so far"}, c.fail })
			p := play(t, w.deps, around(toolData(c.fields)), input(nil))
			if p.end.Status != app.Failed || !isCode(p.cause, c.code) || workflow.TypeName(p.cause) != c.typ {
				t.Fatalf("%s %s %v, want %s %s", p.end.Status, workflow.TypeName(p.cause), p.cause, c.typ, c.code)
			}
			say := p.end.Error.Text
			if !strings.Contains(say.En, c.en) || !strings.Contains(say.Zh, c.zh) || strings.Contains(say.En, "secret") {
				t.Errorf("it says %q, %q", say.En, say.Zh)
			}
			if c.typ == "ToolInvokeError" && p.node.Outputs["text"] != "so far" {
				t.Errorf("what came before is lost: %v", p.node.Outputs)
			}
		})
	}
}

func TestTool_thatIsStoppedEndsWithTheRun(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	f := w.offer("all", nil, nil)
	f.Call = func(ctx context.Context, _ map[string]any) (tool.Result, error) {
		cancel()
		<-ctx.Done()
		return tool.Result{}, ctx.Err()
	}
	g, err := workflow.Parse([]byte(around(toolData(`"x":1`))), node.Table(w.deps))
	if err != nil {
		t.Fatal(err)
	}
	for ev := range g.Run(ctx, input(nil)) {
		if ev.Kind == app.EvRunFinished && ev.Status != app.Stopped {
			t.Errorf("%s %+v", ev.Status, ev.Error)
		}
	}
}

func TestTool_refusesWhatIsNotWellFormed(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	for fields, code := range map[string]string{
		toolData(`"tool_parameters":{"s":"bare"}`):                                  "tool_parameter_invalid",
		toolData(`"tool_parameters":{"s":{"type":"mixed","value":5}}`):              "tool_parameter_invalid",
		toolData(`"tool_parameters":{"s":{"type":"variable","value":"a.b"}}`):       "tool_parameter_invalid",
		toolData(`"tool_parameters":{"s":{"type":"variable","value":["a",1]}}`):     "tool_parameter_invalid",
		toolData(`"tool_parameters":{"s":{"type":"strange","value":"x"}}`):          "tool_parameter_invalid",
		`{"type":"tool","provider_id":"site","tool_name":""}`:                       "tool_not_chosen",
		toolData(`"tool_parameters":{"s":{"type":"mixed","value":"{{#gone.x#}}"}}`): "reference_unknown",
	} {
		if got := refusal(w.deps, fields); got != code {
			t.Errorf("%s: %q, want %s", fields, got, code)
		}
	}
}
