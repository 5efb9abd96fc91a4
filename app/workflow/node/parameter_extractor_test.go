package node_test

import (
	"encoding/json"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/workflow"
)

func extractorData(params, more string) string {
	return `{"type":"parameter-extractor","query":["sys","query"],"model":{"provider":"ep","name":"qwen","mode":"chat"},"parameters":[` + params + `]` + more + `}`
}

const trip = `{"name":"city","type":"string","required":true,"description":"去哪里"},{"name":"nights","type":"number"},{"name":"class","type":"select","options":["eco","biz"]}`

func TestExtractor_results(t *testing.T) {
	const failed = "Failed to extract result from function call or text response, using default values"
	for name, c := range map[string]struct {
		params, said string
		args         string // of a tool call
		want, reason string
	}{
		"all there":                {trip, `{"city":"杭州","nights":3,"class":"eco"}`, "", `{"city":"杭州","class":"eco","nights":3}`, ""},
		"between words":            {trip, "Here it is: {\"city\": \"杭州\", \"nights\": 3, \"class\": \"eco\"}. Anything else?", "", `{"city":"杭州","class":"eco","nights":3}`, ""},
		"behind thinking":          {trip, `<think>{"city":"x"}</think>{"city":"杭州","nights":3,"class":"eco"}`, "", `{"city":"杭州","class":"eco","nights":3}`, ""},
		"by a call":                {trip, "ignored {}", `{"city":"杭州","nights":3,"class":"eco"}`, `{"city":"杭州","class":"eco","nights":3}`, ""},
		"a broken call, good text": {trip, `{"city":"杭州","nights":3,"class":"eco"}`, `nonsense`, `{"city":"杭州","class":"eco","nights":3}`, ""},
		"nothing":                  {trip, "I cannot.", "", `{"city":"","class":"","nights":0}`, failed},
		"too few":                  {trip, `{"city":"杭州"}`, "", `{"city":"杭州","class":"","nights":0}`, "Invalid number of parameters"},
		"too many":                 {trip, `{"city":"杭州","nights":3,"class":"eco","x":1}`, "", `{"city":"杭州","class":"eco","nights":3}`, "Invalid number of parameters"},
		"the required one lacks":   {trip, `{"nights":3,"class":"eco","x":1}`, "", `{"city":"","class":"eco","nights":3}`, "Parameter city is required"},
		"a wrong type":             {trip, `{"city":5,"nights":"3","class":"eco"}`, "", `{"city":"","class":"eco","nights":3}`, "Invalid string value for parameter city"},
		"no option":                {trip, `{"city":"杭州","nights":3,"class":"first"}`, "", `{"city":"杭州","class":"first","nights":3}`, "Invalid `select` value for parameter class"},
		"numbers": {`{"name":"a","type":"number"},{"name":"b","type":"number"},{"name":"c","type":"number"},{"name":"d","type":"number"},{"name":"e","type":"number"}`,
			`{"a":1.5,"b":true,"c":"2.5","d":"x","e":null}`, "", `{"a":1.5,"b":1,"c":2.5,"d":0,"e":0}`, "Invalid number value for parameter b"},
		"booleans": {`{"name":"a","type":"bool"},{"name":"b","type":"boolean"},{"name":"c","type":"boolean"}`,
			`{"a":true,"b":1,"c":"true"}`, "", `{"a":true,"b":true,"c":false}`, "Invalid boolean value for parameter b"},
		"arrays": {`{"name":"s","type":"array[string]"},{"name":"n","type":"array[number]"},{"name":"o","type":"array[object]"},{"name":"b","type":"array[boolean]"}`,
			`{"s":["a","b"],"n":[1,2.5],"o":[{"k":1}],"b":[true,false]}`, "", `{"b":[true,false],"n":[1,2.5],"o":[{"k":1}],"s":["a","b"]}`, ""},
		"arrays with bad elements": {`{"name":"s","type":"array[string]"},{"name":"n","type":"array[number]"},{"name":"o","type":"array[object]"},{"name":"b","type":"array[boolean]"}`,
			`{"s":["a",1],"n":[1,"2","x"],"o":[1,{}],"b":"no list"}`, "", `{"b":[],"n":[1,2],"o":[{}],"s":["a"]}`, "Invalid array value for parameter s"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{chunks: text(c.said), known: &app.Model{Abilities: app.Abilities{Tools: true}}}
			if c.args != "" {
				w.chunks = append(w.chunks, model.Chunk{ToolCalls: []model.ToolCallDelta{{ID: "1", Name: "extract_parameters", Arguments: c.args}}})
			}
			w.chunks = append(w.chunks, model.Chunk{Usage: &app.Usage{TotalTokens: 4}})
			p := play(t, w.deps(), around(extractorData(c.params, "")), input(nil))
			if p.end.Status != app.Succeeded {
				t.Fatal(p.cause)
			}
			out := p.node.Outputs
			reason, _ := out["__reason"].(string)
			ok := 1
			if c.reason != "" {
				ok = 0
			}
			if reason != c.reason || out["__is_success"] != ok || out["__usage"].(map[string]any)["total_tokens"] != 4 || c.reason == "" && out["__reason"] != nil {
				t.Errorf("reason %v, success %v", out["__reason"], out["__is_success"])
			}
			got := map[string]any{}
			for k, v := range out {
				if !strings.HasPrefix(k, "__") {
					got[k] = v
				}
			}
			if s := asJSON(t, got); s != c.want {
				t.Errorf("outputs %s, want %s", s, c.want)
			}
		})
	}
}

func TestExtractor_callsATool(t *testing.T) {
	able := &app.Model{Abilities: app.Abilities{Tools: true}}
	for name, c := range map[string]struct {
		mode  string
		known *app.Model
		calls bool
	}{
		"asked and able":    {`,"reasoning_mode":"function_call"`, able, true},
		"not said and able": {`,"reasoning_mode":null`, able, true},
		"words asked":       {`,"reasoning_mode":"prompt"`, able, false},
		"unable":            {`,"reasoning_mode":"function_call"`, &app.Model{}, false},
		"unknown":           {`,"reasoning_mode":"function_call"`, nil, false},
	} {
		w := &world{chunks: text(`{}`), known: c.known}
		p := play(t, w.deps(), around(extractorData(trip, c.mode)), input(nil))
		if p.end.Status != app.Succeeded {
			t.Fatal(p.cause)
		}
		req := w.requests[0]
		if got := len(req.Tools) == 1; got != c.calls {
			t.Errorf("%s: tools %+v", name, req.Tools)
		}
		if !c.calls {
			if len(req.Messages) != 4 || p.node.Process["function"] != nil {
				t.Errorf("%s: %d messages", name, len(req.Messages))
			}
			continue
		}
		const want = `{"type":"object","properties":{"city":{"type":"string","description":"去哪里"},"nights":{"type":"number"},"class":{"type":"string","enum":["eco","biz"]}},"required":["city"]}`
		if f := req.Tools[0]; f.Name != "extract_parameters" || string(f.Parameters) != want {
			t.Errorf("%s: tool %+v", name, f)
		}
	}
}

func TestExtractor_prompt(t *testing.T) {
	image := app.Attachment{Kind: "image", URL: "http://x/y.png", MIME: "image/png"}
	w := &world{chunks: text(`{}`), past: []*app.Message{{Query: "first?", Answer: "first!"}}}
	p := play(t, w.deps(), around(extractorData(trip, `,"instruction":"Mind {{#start.name#}}.","memory":{},"vision":{"enabled":true}`)), input(map[string]any{"files": []app.Attachment{image}}))
	got := sent(w.requests[0])
	for _, s := range []string{"<instructions>\nMind Ada.\n</instructions>", "<histories>\nHuman: first?\nAssistant: first!\n</histories>", "<http://x/y.png image/png high>JSON schema", "<text>\nsecond?\n</text>"} {
		if strings.Count(got, s) != 1 {
			t.Errorf("%q is not in it once: %s", s, got)
		}
	}
	if in := p.node.Inputs; in["query"] != "second?" || in["instruction"] != "Mind Ada." || len(in["parameters"].([]any)) != 3 {
		t.Errorf("inputs %v", in)
	}
	data := strings.Replace(extractorData(trip, ""), `"mode":"chat"`, `"mode":"completion"`, 1)
	play(t, w.deps(), around(data), input(nil))
	if m := w.requests[1].Messages; len(m) != 1 || m[0].Role != model.User {
		t.Errorf("a completion model gets %+v", m)
	}
}

func TestExtractor_aModelThatFailsFailsTheNode(t *testing.T) {
	w := &world{fail: model.Fail(model.CodeServer, "box", nil)}
	p := play(t, w.deps(), around(extractorData(trip, "")), input(nil))
	if p.end.Status != app.Failed || workflow.TypeName(p.cause) != "InvokeServerUnavailableError" {
		t.Fatalf("%s %v", p.end.Status, p.cause)
	}
	if out := p.node.Outputs; out["__is_success"] != 0 || !strings.Contains(out["__reason"].(string), "box") {
		t.Errorf("outputs %v", out)
	}
}

func TestExtractor_refusesWhatCannotRun(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	for data, code := range map[string]string{
		extractorData(`{"name":"__reason","type":"string"}`, ""):                  "parameter_name_reserved",
		extractorData(`{"name":"__is_success","type":"string"}`, ""):              "parameter_name_reserved",
		extractorData(`{"name":"","type":"string"}`, ""):                          "parameter_without_name",
		extractorData(`{"name":"a","type":"date"}`, ""):                           "parameter_type_unknown",
		strings.Replace(extractorData(trip, ""), `"name":"qwen"`, `"name":""`, 1): model.CodeNotChosen,
	} {
		if got := refusal(w.deps, data); got != code {
			t.Errorf("%s: %q, want %s", data, got, code)
		}
	}
}

func TestExtractor_overTheWire(t *testing.T) {
	w := newWire(t, modeltest.Options{Script: []modeltest.Reply{{Match: "杭州", Text: "好的：{\"city\": \"杭州\", \"nights\": 3, \"class\": \"eco\""}}})
	data := func(name string) string {
		return around(strings.Replace(extractorData(trip, ""), `"name":"qwen"`, `"name":"`+name+`"`, 1))
	}
	p := play(t, w.deps, data("echo"), input(map[string]any{"query": "去杭州三晚"}))
	if out := p.node.Outputs; p.end.Status != app.Succeeded || out["city"] != "杭州" || out["__is_success"] != 1 {
		t.Errorf("in words, cut off: %v %v", p.cause, out)
	}
	w.known = &app.Model{Abilities: app.Abilities{Tools: true}}
	p = play(t, w.deps, data("echo"), input(map[string]any{"query": "use the tool"}))
	if out := p.node.Outputs; p.end.Status != app.Succeeded || out["city"] != "text" || out["nights"] != int64(1) || out["class"] != "eco" || out["__is_success"] != 1 {
		t.Errorf("by a call: %v %v", p.cause, out)
	}
	if tools := w.asked(t)[1].Tools; len(tools) != 1 || !json.Valid(tools[0].Function.Parameters) {
		t.Errorf("tools %+v", tools)
	}
	p = play(t, w.deps, data("echo@chunked_cut"), input(map[string]any{"query": "count to 40"}))
	if p.end.Status != app.Failed || !isCode(p.cause, model.CodeCutOff) || p.node.Outputs["__is_success"] != 0 {
		t.Errorf("cut off: %s %v %v", p.end.Status, p.cause, p.node.Outputs)
	}
}
