package node_test

import (
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/workflow"
)

func classifierData(model, more string) string {
	return `{"type":"question-classifier","query_variable_selector":["sys","query"],"model":{"provider":"ep","name":"` + model + `","mode":"chat"},
		"classes":[{"id":"1","name":"退款 {{#start.name#}}"},{"id":"2","name":"发货","label":"物流"}]` + more + `}`
}

// sorted is a graph with an answer behind each class.
func sorted(data string) string {
	return `{"nodes":[
		{"id":"start","data":{"type":"start","variables":[{"variable":"name","type":"text-input"}]}},
		{"id":"x","data":` + data + `},
		{"id":"a","data":{"type":"answer","answer":"one: {{#x.class_name#}}"}},
		{"id":"b","data":{"type":"answer","answer":"two: {{#x.class_label#}}"}}],
		"edges":[{"source":"start","target":"x"},{"source":"x","target":"a","sourceHandle":"1"},{"source":"x","target":"b","sourceHandle":"2"}]}`
}

func TestClassifier_takesTheWayThatTheModelNames(t *testing.T) {
	for name, c := range map[string]struct{ said, want string }{
		"in a fence":          {"```json\n{\"keywords\": [\"x\"], \"category_id\": \"2\", \"category_name\": \"发货\"}\n```", "two: 物流"},
		"bare":                {`{"category_id":"1","category_name":"x"}`, "one: 退款 Ada"},
		"an id as a number":   {`{"category_id":2,"category_name":"发货"}`, "two: 物流"},
		"behind thinking":     {`<think>{"category_id":"1","category_name":"x"}</think>It is {"category_id":"2","category_name":"发货"}`, "two: 物流"},
		"badly written":       {`{'category_id': '2', 'category_name': '发货',}`, "two: 物流"},
		"a list of one":       {`[{"category_id":"2","category_name":"发货"}]`, "two: 物流"},
		"a class that is not": {`{"category_id":"9","category_name":"发货"}`, "one: 退款 Ada"},
		"no id":               {`{"category_name":"发货"}`, "one: 退款 Ada"},
		"no name":             {`{"category_id":"2"}`, "one: 退款 Ada"},
	} {
		w := &world{chunks: append(text(c.said), model.Chunk{Usage: &app.Usage{TotalTokens: 5}}, model.Chunk{Finish: "stop"})}
		p := play(t, w.deps(), sorted(classifierData("qwen", "")), input(nil))
		if p.end.Status != app.Succeeded || p.said != c.want || p.end.Usage.TotalTokens != 5 {
			t.Errorf("%s: %s %v said %q, want %q", name, p.end.Status, p.cause, p.said, c.want)
		}
	}
}

func TestClassifier_records(t *testing.T) {
	w := &world{chunks: text(`{"category_id":"1","category_name":"x"}`)}
	p := play(t, w.deps(), sorted(classifierData("qwen", "")), input(nil))
	out := p.node.Outputs
	if out["class_name"] != "退款 Ada" || out["class_label"] != "CLASS 1" || out["class_id"] != "1" || out["usage"].(map[string]any)["currency"] != "USD" {
		t.Errorf("outputs %v", out)
	}
	if got := asJSON(t, p.node.Inputs); got != `{"model_name":"qwen","model_provider":"ep","query":"second?"}` {
		t.Errorf("inputs %s", got)
	}
	if p.node.Process["model_mode"] != "chat" || len(p.node.Process["prompts"].([]any)) != 6 {
		t.Errorf("process %v", p.node.Process)
	}
}

func TestClassifier_prompt(t *testing.T) {
	image := app.Attachment{Kind: "image", URL: "http://x/y.png", MIME: "image/png"}
	thread := []*app.Message{{Query: "first?", Answer: "first!"}}
	for name, c := range map[string]struct {
		more, query string
		has, lacks  []string
		messages    int
	}{
		"classes and question": {query: `say "{{#start.name#}}"`, messages: 6,
			has:   []string{`{"input_text":"say \"{{#start.name#}}\"", "categories": [{"category_id":"1","category_name":"退款 Ada"},{"category_id":"2","category_name":"发货"}]}`},
			lacks: []string{"classification_instructions\": \"\"", "<histories>"}},
		"instruction": {more: `,"instruction":"Mind {{#start.name#}}."`, messages: 6, has: []string{`"classification_instructions": "Mind Ada."}`}},
		"history stands once, in the system message": {more: `,"memory":{"role_prefix":{"user":"用户","assistant":""}}`, messages: 6, has: []string{"<histories>\n用户: first?\nAssistant: first!\n</histories>"}},
		"pictures":    {more: `,"vision":{"enabled":true}`, messages: 6, has: []string{"<http://x/y.png image/png high>{\"input_text\""}},
		"no question": {query: "-", messages: 6, has: []string{`{"input_text":""`}},
	} {
		w := &world{chunks: text(`{"category_id":"1","category_name":"x"}`), past: thread}
		in := map[string]any{"files": []app.Attachment{image}}
		if c.query != "" {
			in["query"] = c.query
		}
		data := classifierData("qwen", c.more)
		if c.query == "-" {
			data = strings.Replace(data, `["sys","query"]`, `["sys","nope"]`, 1)
		}
		p := play(t, w.deps(), sorted(data), input(in))
		if p.end.Status != app.Succeeded {
			t.Fatalf("%s: %v", name, p.cause)
		}
		got := sent(w.requests[0])
		for _, s := range c.has {
			if strings.Count(got, s) != 1 {
				t.Errorf("%s: %q is not in it once: %s", name, s, got)
			}
		}
		for _, s := range c.lacks {
			if strings.Contains(got, s) {
				t.Errorf("%s: %q is in it: %s", name, s, got)
			}
		}
		if len(w.requests[0].Messages) != c.messages || w.requests[0].Messages[0].Role != model.System {
			t.Errorf("%s: %d messages", name, len(w.requests[0].Messages))
		}
	}
	w := &world{chunks: text(`{"category_id":"1","category_name":"x"}`)}
	play(t, w.deps(), sorted(strings.Replace(classifierData("qwen", ""), `"mode":"chat"`, `"mode":"completion"`, 1)), input(nil))
	if m := w.requests[0].Messages; len(m) != 1 || m[0].Role != model.User || !strings.HasSuffix(m[0].Text(), "Assistant:") {
		t.Errorf("a completion model gets %+v", m)
	}
}

func TestClassifier_idsMayBeNumbers(t *testing.T) {
	w := &world{chunks: text(`{"category_id":2,"category_name":"x"}`)}
	data := strings.NewReplacer(`"id":"1"`, `"id":1`, `"id":"2"`, `"id":2`).Replace(classifierData("qwen", ""))
	if p := play(t, w.deps(), sorted(data), input(nil)); p.said != "two: 物流" {
		t.Errorf("%v said %q", p.cause, p.said)
	}
}

func TestClassifier_failures(t *testing.T) {
	for name, c := range map[string]struct {
		said, typ, code string
		fail            error
	}{
		"no JSON":         {said: "It is about refunds.", typ: "OutputParserError", code: "classification_unreadable"},
		"no object":       {said: "[1, 2]", typ: "OutputParserError", code: "classification_unreadable"},
		"only thinking":   {said: `<think>{"category_id":"1","category_name":"x"}`, typ: "OutputParserError", code: "classification_unreadable"},
		"nothing":         {said: "", typ: "OutputParserError", code: "classification_unreadable"},
		"the model fails": {said: `{"category_id"`, fail: model.Fail(model.CodeCutOff, "box", nil), typ: "InvokeConnectionError", code: model.CodeCutOff},
	} {
		w := &world{chunks: text(c.said), fail: c.fail}
		p := play(t, w.deps(), sorted(classifierData("qwen", "")), input(nil))
		if p.end.Status != app.Failed || !isCode(p.cause, c.code) || workflow.TypeName(p.cause) != c.typ || p.end.Error.Text.Zh == "" {
			t.Errorf("%s: %s %s %v", name, p.end.Status, workflow.TypeName(p.cause), p.cause)
		}
	}
}

func TestClassifier_refusesWhatCannotRun(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	good := classifierData("qwen", "")
	for data, code := range map[string]string{
		strings.Replace(good, `"name":"qwen"`, `"name":""`, 1):          model.CodeNotChosen,
		strings.Replace(good, `"id":"2"`, `"id":"1"`, 1):                "class_id_invalid",
		strings.Replace(good, `"id":"2"`, `"id":""`, 1):                 "class_id_invalid",
		good[:strings.Index(good, `"classes"`)] + `"classes":[]}`:       "classes_missing",
		strings.Replace(good, `{{#start.name#}}`, `{{#gone.name#}}`, 1): "reference_unknown",
	} {
		if got := refusal(w.deps, data); got != code {
			t.Errorf("%s: %q, want %s", data, got, code)
		}
	}
}

func TestClassifier_overTheWire(t *testing.T) {
	w := newWire(t, modeltest.Options{Script: []modeltest.Reply{{Match: "什么时候到", Text: "```json\n{\"category_id\": \"2\", \"category_name\": \"发货\"}\n```"}}})
	for _, quirk := range []string{"", "@think_tags", "@json_body", "@split_runes"} {
		p := play(t, w.deps, sorted(classifierData("echo"+quirk, "")), input(map[string]any{"query": "什么时候到？"}))
		if p.end.Status != app.Succeeded || p.said != "two: 物流" || p.end.Usage.TotalTokens == 0 {
			t.Errorf("%s: %v said %q", quirk, p.cause, p.said)
		}
	}
	p := play(t, w.deps, sorted(classifierData("echo@chunked_cut", "")), input(map[string]any{"query": "什么时候到？"}))
	if p.end.Status != app.Failed || !isCode(p.cause, model.CodeCutOff) {
		t.Errorf("cut off: %s %v", p.end.Status, p.cause)
	}
}
