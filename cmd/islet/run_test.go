package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"islet/app/studio"
	"islet/app/studio/dsl"
	"islet/app/value"
)

// runApp is `islet run` in this process: the frames, the last line and the exit code.
func runApp(t *testing.T, args ...string) (frames []map[string]any, last runResult, code int) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = start(append([]string{"run"}, args...), strings.NewReader(""), &out, &errOut)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatalf("the last line %q is no result: %v\n%s", lines[len(lines)-1], err, errOut.String())
	}
	for _, l := range lines[:len(lines)-1] {
		var f map[string]any
		if err := json.Unmarshal([]byte(l), &f); err != nil {
			t.Fatalf("frame %q: %v", l, err)
		}
		frames = append(frames, f)
	}
	return frames, last, code
}

func names(frames []map[string]any) (out []string) {
	for _, f := range frames {
		out = append(out, f["event"].(string))
	}
	return out
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// ordersApp is a workflow with a branch, a template and a model.
const ordersApp = `
kind: app
version: 0.6.0
app: {mode: workflow, name: orders, icon: 🤖}
workflow:
  features: {}
  environment_variables: [{id: e1, name: shop, value: 小店, value_type: string, selector: [env, shop]}]
  graph:
    nodes:
    - {id: start, type: custom, data: {type: start, title: Start, variables: [{variable: amount, label: Amount, type: number, required: true}]}}
    - {id: big, type: custom, data: {type: if-else, title: Big, cases: [{case_id: 'true', logical_operator: and, conditions: [{variable_selector: [start, amount], comparison_operator: '≥', value: '100'}]}]}}
    - {id: ask, type: custom, data: {type: llm, title: Ask, model: {provider: openai, name: gpt-4o, mode: chat, completion_params: {}}, prompt_template: [{role: user, text: 'is {{#start.amount#}} much?'}], context: {enabled: false}}}
    - {id: tell, type: custom, data: {type: template-transform, title: Tell, template: '{{ shop }}: {{ n }}', variables: [{variable: n, value_selector: [start, amount]}, {variable: shop, value_selector: [env, shop]}]}}
    - {id: end1, type: custom, data: {type: end, title: End, outputs: [{variable: text, value_selector: [ask, text]}]}}
    - {id: end2, type: custom, data: {type: end, title: End, outputs: [{variable: text, value_selector: [tell, output]}]}}
    edges:
    - {source: start, target: big}
    - {source: big, sourceHandle: 'true', target: ask}
    - {source: big, sourceHandle: 'false', target: tell}
    - {source: ask, target: end1}
    - {source: tell, target: end2}
`

func TestRun_printsEveryEventAndAResult(t *testing.T) {
	file := write(t, "orders.yml", ordersApp)
	frames, last, code := runApp(t, file, "--inputs", `{"amount": 7}`, "--events")
	if code != 0 || last.Status != "succeeded" || string(last.Outputs) != `{"text":"小店: 7"}` || last.Steps != 4 {
		t.Errorf("exit %d, %+v %s", code, last, last.Outputs)
	}
	want := "workflow_started node_started node_finished node_started node_finished node_started text_chunk node_finished node_started node_finished workflow_finished"
	if got := strings.Join(names(frames), " "); got != want {
		t.Errorf("events: %s\nwant:   %s", got, want)
	}
}

func TestRun_mocksStandInForNodes(t *testing.T) {
	file := write(t, "orders.yml", ordersApp)
	mocked := write(t, "mock.json", `{"default":{"llm":{"outputs":{"text":"very much indeed"}}}}`)
	frames, last, code := runApp(t, file, "--inputs", `{"amount": 700}`, "--mock", mocked, "--events")
	if code != 0 || string(last.Outputs) != `{"text":"very much indeed"}` {
		t.Errorf("exit %d, %+v %s", code, last, last.Outputs)
	}
	var chunks []string
	for _, f := range frames {
		if f["event"] == "text_chunk" {
			chunks = append(chunks, f["data"].(map[string]any)["text"].(string))
		}
	}
	if got := strings.Join(chunks, "|"); got != "very| much| indeed" {
		t.Errorf("chunks: %s", got)
	}
	failing := write(t, "fail.json", `{"nodes":{"ask":{"error":"the model is asleep"}}}`)
	if _, last, code := runApp(t, file, "--inputs", `{"amount": 700}`, "--mock", failing); code != 1 || last.Status != "failed" || last.Error != "the model is asleep" {
		t.Errorf("exit %d, %+v", code, last)
	}
	pieces := write(t, "pieces.json", `{"nodes":{"ask":{"outputs":{"text":"ab"},"chunks":["a","b"]}}}`)
	if _, last, code := runApp(t, file, "--inputs", `{"amount": 700}`, "--mock", pieces); code != 0 || string(last.Outputs) != `{"text":"ab"}` {
		t.Errorf("exit %d, %+v", code, last)
	}
}

func TestRun_saysWhatIsWrong(t *testing.T) {
	file := write(t, "orders.yml", ordersApp)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no such file":       {[]string{"nowhere.yml"}, 2, "cannot read nowhere.yml"},
		"no app file":        {[]string{write(t, "x.yml", "a: b")}, 2, "Missing app data in YAML content"},
		"inputs no JSON":     {[]string{file, "--inputs", "{"}, 2, "--inputs must be a JSON object"},
		"mock no JSON":       {[]string{file, "--mock", write(t, "m.json", "[]")}, 2, "must look like"},
		"unknown mock field": {[]string{file, "--mock", write(t, "m.json", `{"nodez":{}}`)}, 2, "must look like"},
		"missing input":      {[]string{file}, 1, `"Amount" is required`},
		"no model":           {[]string{file, "--inputs", `{"amount":100}`}, 1, `the app asks for the model "gpt-4o"`},
		"not a data folder":  {[]string{file, "--data", t.TempDir()}, 2, "there is no islet data"},
	} {
		if _, last, code := runApp(t, c.args...); code != c.code || last.Status != "failed" || !strings.Contains(last.Error, c.says) {
			t.Errorf("%s: exit %d, %+v, want %d and %q", name, code, last, c.code, c.says)
		}
	}
}

func TestRun_stopsWhenTheTimeIsOver(t *testing.T) {
	file := write(t, "slow.yml", `
kind: app
version: 0.6.0
app: {mode: workflow, name: slow}
workflow:
  features: {}
  graph:
    nodes:
    - {id: start, type: custom, data: {type: start, title: Start, variables: []}}
    - {id: code, type: custom, data: {type: code, title: Code, code_language: javascript, code: 'function main() { while (true) {} }', variables: [], outputs: {}}}
    edges: [{source: start, target: code}]
`)
	_, last, code := runApp(t, file, "--timeout", "1s")
	if code != 1 || last.Status != "stopped" || last.Error == "" {
		t.Errorf("exit %d, %+v", code, last)
	}
}

func TestRun_aChatflowKeepsVariablesAndPausesForAPerson(t *testing.T) {
	file := write(t, "approve.yml", `
kind: app
version: 0.6.0
app: {mode: advanced-chat, name: approve}
workflow:
  features: {}
  conversation_variables: [{id: c1, name: who, value: nobody, value_type: string, selector: [conversation, who]}]
  graph:
    nodes:
    - {id: start, type: custom, data: {type: start, title: Start, variables: []}}
    - {id: first, type: custom, data: {type: answer, title: First, answer: '{{#conversation.who#}} asks: {{#sys.query#}}'}}
    - {id: boss, type: custom, data: {type: human-input, title: Boss, form_content: 'Allow {{#sys.query#}}?', inputs: [], user_actions: [{id: yes_, title: 'Yes', button_style: primary}]}}
    edges: [{source: start, target: first}, {source: first, target: boss}]
`)
	frames, last, code := runApp(t, file, "--query", "a holiday", "--conversation", `{"who":"Li"}`, "--events")
	if code != 1 || last.Status != "paused" || last.Answer != "Li asks: a holiday" {
		t.Errorf("exit %d, %+v %v", code, last, frames)
	}
	got := strings.Join(names(frames), " ")
	if !strings.Contains(got, "human_input_required workflow_paused") {
		t.Errorf("events: %s", got)
	}
}

// TestRun_communityApps runs the apps that people published, with everything mocked that needs a model, a tool or a network.
func TestRun_communityApps(t *testing.T) {
	files, err := filepath.Glob("../../../shared/dify/community/*.yml")
	if err != nil || len(files) == 0 {
		t.Skip("skipped: ../shared is absent")
	}
	mocked := write(t, "mock.json", `{"default":{
		"llm":{"outputs":{"text":"mocked llm response"}}, "agent":{"outputs":{"text":"agent says","files":[],"json":[]}},
		"tool":{"outputs":{"text":"{\"results\":[]}","files":[],"json":[{"data":[]}]}},
		"http-request":{"outputs":{"status_code":200,"body":"{\"results\":[]}","headers":{},"files":[]}},
		"knowledge-retrieval":{"outputs":{"result":[]}}, "document-extractor":{"outputs":{"text":"text"}},
		"question-classifier":{"outputs":{"class_name":"x","class_id":"1"}}, "parameter-extractor":{"outputs":{"__is_success":1,"__reason":null,"steps":["a","b"],"sentences":["a","b"]}}}}`)
	good := 0
	for _, file := range files {
		_, last, code := runApp(t, file, "--query", "你好", "--inputs", inputsFor(t, file), "--mock", mocked)
		t.Logf("%-48s exit %d  %-18s steps %2d  %s", filepath.Base(file), code, last.Status, last.Steps, last.Error)
		if last.Status.Good() || last.Error != "" && code == 1 {
			good++
		}
	}
	if good < len(files)-2 {
		t.Errorf("%d of %d end well or say why not", good, len(files))
	}
}

// inputsFor makes inputs that a start node accepts.
func inputsFor(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := dsl.Read(raw)
	if err != nil {
		return "{}"
	}
	graph, err := value.Encode(f.Graph)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]any{}
	for _, o := range studio.StartFields(graph) {
		name, _ := o.Get("variable")
		kind, _ := o.Get("type")
		options, _ := o.Get("options")
		list, _ := value.List(options)
		switch {
		case kind == "number":
			in[value.Str(name)] = 1
		case len(list) > 0:
			in[value.Str(name)] = list[0]
		case kind == "text-input" || kind == "paragraph":
			in[value.Str(name)] = "测试"
		}
	}
	out, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
