package node_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/tool"
	"islet/app/value"
	"islet/app/workflow"
	"islet/app/workflow/node"
)

// turns is a model that plays one list of chunks per question, the last one again and again. It keeps what it was asked.
type turns struct {
	answers [][]model.Chunk
	fail    error // behind the last answer
	asked   []model.Request
}

func (m *turns) Chat(_ context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	q := *req
	q.Messages = append([]model.Message(nil), req.Messages...)
	m.asked = append(m.asked, q)
	i := min(len(m.asked), len(m.answers)) - 1
	last := len(m.asked) >= len(m.answers)
	return func(yield func(model.Chunk, error) bool) {
		for _, c := range m.answers[i] {
			if !yield(c, nil) {
				return
			}
		}
		if last && m.fail != nil {
			yield(model.Chunk{}, m.fail)
			return
		}
		yield(model.Chunk{Usage: &app.Usage{PromptTokens: 1, CompletionTokens: 2, TotalTokens: 3, Latency: 0.5}}, nil)
	}
}

// call is an answer that calls tools: name and arguments in turn.
func call(parts ...string) (cs []model.Chunk) {
	for i := 0; i < len(parts); i += 2 {
		cs = append(cs, model.Chunk{ToolCalls: []model.ToolCallDelta{{Index: i / 2, ID: fmt.Sprintf("c%d", i/2+1), Name: parts[i], Arguments: parts[i+1]}}})
	}
	return cs
}

// agentData is an agent node with some tools of the site.
func agentData(strategy, tools, more string) string {
	return `{"type":"agent","agent_strategy_name":"` + strategy + `","agent_parameters":{
		"model":{"type":"constant","value":{"provider":"ep","model":"echo","model_type":"llm","mode":"chat","completion_params":{"temperature":0.5}}},
		"tools":{"type":"constant","value":[` + tools + `]},
		"instruction":{"type":"mixed","value":"You help {{#start.name#}}."},
		"query":{"type":"mixed","value":"{{#sys.query#}}"},
		"maximum_iterations":{"type":"constant","value":3}}` + more + `}`
}

func siteTool(name string) string {
	return `{"enabled":true,"type":"builtin","provider_name":"site","tool_name":"` + name + `","parameters":{},"settings":{}}`
}

// withTurns lets the scripted turns answer instead of the server.
func (w *wire) withTurns(m *turns) *wire {
	w.deps.Chatter = func(context.Context, app.ModelRef) (model.Chatter, error) { return m, nil }
	return w
}

var weather = []tool.Param{{Name: "city", Type: "string", Required: true, Form: "llm", Description: "which city"}, {Name: "days", Type: "number", Form: "llm"}}

func sunny(args map[string]any) (tool.Result, error) {
	return tool.Result{Text: fmt.Sprintf("%v：晴", args["city"])}, nil
}

var canCall = &app.Model{ContextSize: 8000, Abilities: app.Abilities{Tools: true, Vision: true}}

func TestAgent_callsToolsUntilItAnswers(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	w.offer("weather", weather, sunny)
	m := &turns{answers: [][]model.Chunk{
		append(text("我查", "一下"), call("weather", `{"city":"北京"}`, "weather", `{"city":"上海","days":"2"}`)...),
		text("都是", "晴天"),
	}}
	p := play(t, w.withTurns(m).deps, around(agentData("function_calling", siteTool("weather"), "")), input(map[string]any{"query": "天气？"}))
	if p.end.Status != app.Succeeded {
		t.Fatal(p.cause)
	}
	const want = "我查一下\n都是晴天"
	if p.said != want || p.node.Outputs["text"] != want {
		t.Errorf("said %q, text %q", p.said, p.node.Outputs["text"])
	}
	if got := strings.Join(w.called, " "); got != `weather{"city":"北京"} weather{"city":"上海","days":2}` {
		t.Errorf("called %s", got)
	}
	if got := sent(&m.asked[0]); got != "system: You help Ada. | user: 天气？" || m.asked[0].Params["temperature"] != 0.5 || len(m.asked[0].Tools) != 1 {
		t.Errorf("first asked %s, %+v", got, m.asked[0])
	}
	if got := string(m.asked[0].Tools[0].Parameters); got != `{"type":"object","properties":{"city":{"type":"string","description":"which city"},"days":{"type":"number"}},"required":["city"]}` {
		t.Errorf("schema %s", got)
	}
	if got := sent(&m.asked[1]); got != "system: You help Ada. | user: 天气？ | assistant: 我查一下 | tool: 北京：晴 | tool: 上海：晴" {
		t.Errorf("then asked %s", got)
	}
	if a := m.asked[1].Messages; a[2].ToolCalls[1].Arguments != `{"city":"上海","days":"2"}` || a[3].ToolCallID != "c1" || a[4].ToolCallID != "c2" || a[4].Name != "weather" {
		t.Errorf("calls %+v", a)
	}
	steps := p.last()
	if len(steps) != 2 || steps[0].Position != 1 || steps[1].Position != 2 || len(steps[0].Calls) != 2 {
		t.Fatalf("steps %+v", steps)
	}
	if c := steps[0].Calls[1]; c.Tool != "weather" || c.Label.Zh != "工具weather" || c.Input["city"] != "上海" || c.Observation != "上海：晴" || c.Error != nil {
		t.Errorf("call %+v", c)
	}
	if steps[0].Thought != "我查一下" || steps[0].Observation != `{"weather":"北京：晴","weather 2":"上海：晴"}` || steps[1].Answer != "都是晴天" || steps[0].Usage.TotalTokens != 3 {
		t.Errorf("steps %+v", steps)
	}
	first := p.thoughts[0]
	if first.Thought != "" || len(first.Calls) != 0 || first.ID != steps[0].ID || first.ID == "" {
		t.Errorf("the first event is not the empty step: %+v", first)
	}
	if p.end.Usage.TotalTokens != 6 || p.node.Outputs["usage"].(map[string]any)["total_tokens"] != 6 {
		t.Errorf("usage %+v", p.end.Usage)
	}
	log := p.node.Meta["agent_log"].([]any)
	if len(log) != 4 || !strings.Contains(asJSON(t, log[1]), `"parent_id":"`+string(steps[0].ID)+`"`) || !strings.Contains(asJSON(t, log[0]), `"node_id":"x"`) {
		t.Errorf("log %s", asJSON(t, log))
	}
	if list := p.node.Outputs["json"].([]any); len(list) != 5 || asJSON(t, list[4]) != `{"data":[]}` {
		t.Errorf("json %s", asJSON(t, list))
	}
}

func TestAgent_modelsSlipsAreObservations(t *testing.T) {
	for name, c := range map[string]struct{ args, want, code string }{
		"broken JSON":             {`{"city": `, "not valid JSON", "tool_args_invalid"},
		"no object":               {`["北京"]`, "write one JSON object", "tool_args_invalid"},
		"a missing parameter":     {`{}`, `"city" is required`, "tool_args_invalid"},
		"no arguments":            {``, `"city" is required`, "tool_args_invalid"},
		"null":                    {`{"city":null}`, `"city" is required`, "tool_args_invalid"},
		"a parameter that is not": {`{"city":"a","force":true}`, `there is no parameter "force"`, "tool_args_invalid"},
		"a fixed parameter":       {`{"city":"a","key":"mine"}`, `there is no parameter "key"`, "tool_args_invalid"},
		"a wrong type":            {`{"city":"a","days":"soon"}`, "number", "tool_args_invalid"},
		"no option":               {`{"city":"a","unit":"K"}`, "C, F", "tool_args_invalid"},
		"outside of the schema":   {`{"city":"a","count":99}`, "$", "tool_args_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, modeltest.Options{})
			w.known = canCall
			params := append([]tool.Param{{Name: "unit", Type: "select", Options: []string{"C", "F"}}, {Name: "key", Type: "string", Form: "form", Default: "site's"},
				{Name: "count", Type: "number", Schema: []byte(`{"type":"integer","maximum":5}`)}}, weather...)
			w.offer("weather", params, sunny)
			m := &turns{answers: [][]model.Chunk{call("weather", c.args), text("sorry")}}
			p := play(t, w.withTurns(m).deps, around(agentData("function_call", siteTool("weather"), "")), input(nil))
			if p.end.Status != app.Succeeded || p.said != "sorry" || len(w.called) != 0 {
				t.Fatalf("%s %v said %q, called %v", p.end.Status, p.cause, p.said, w.called)
			}
			got := p.last()[0].Calls[0]
			if !strings.HasPrefix(got.Observation, "tool invoke error: ") || !strings.Contains(got.Observation, c.want) || got.Error == nil || got.Error.Code != c.code {
				t.Errorf("observed %q, %+v", got.Observation, got.Error)
			}
			if seen := m.asked[1].Messages[3].Text(); seen != got.Observation {
				t.Errorf("the model sees %q", seen)
			}
			if back := m.asked[1].Messages[2].ToolCalls[0].Arguments; name == "broken JSON" && back != "{}" {
				t.Errorf("broken JSON is sent back: %s", back)
			}
		})
	}
}

func TestAgent_tooManyCallsAtOnceAreNotMade(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	w.offer("weather", weather, sunny)
	var parts []string
	for range 25 {
		parts = append(parts, "weather", `{"city":"a"}`)
	}
	m := &turns{answers: [][]model.Chunk{call(parts...), text("done")}}
	p := play(t, w.withTurns(m).deps, around(agentData("function_calling", siteTool("weather"), "")), input(nil))
	if calls := p.last()[0].Calls; len(w.called) != 20 || len(calls) != 25 || calls[20].Error.Code != "tool_args_invalid" || len(m.asked[1].Messages) != 28 {
		t.Errorf("%v called %d of %d", p.cause, len(w.called), len(calls))
	}
}

func TestAgent_toolsThatFailOrAreNotBoundAreObservations(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	w.offer("weather", weather, func(map[string]any) (tool.Result, error) {
		return tool.Result{Text: "half"}, app.Errorf(app.Upstream, "down", "the service is down", "服务不可用")
	})
	w.offer("secret", nil, sunny) // exists, but is not bound
	m := &turns{answers: [][]model.Chunk{call("weather", `{"city":"a"}`, "secret", `{}`), text("no")}}
	p := play(t, w.withTurns(m).deps, around(agentData("function_calling", siteTool("weather")+`,{"enabled":false,"provider_name":"site","tool_name":"secret"}`, "")), input(nil))
	calls := p.last()[0].Calls
	if p.end.Status != app.Succeeded || len(w.called) != 1 {
		t.Fatalf("%v, called %v", p.cause, w.called)
	}
	if calls[0].Observation != "tool invoke error: the service is down" || calls[0].Error.Code != "down" {
		t.Errorf("a failing tool: %+v", calls[0])
	}
	if calls[1].Observation != "there is not a tool named secret" || calls[1].Error.Code != "tool_not_allowed" {
		t.Errorf("a tool that is not bound: %+v", calls[1])
	}
}

func TestAgent_givesUpWhenItStillWantsToolsInTheLastStep(t *testing.T) {
	for _, strategy := range []string{"function_calling", "ReAct"} {
		w := newWire(t, modeltest.Options{})
		w.known = canCall
		w.offer("weather", weather, sunny)
		m := &turns{answers: [][]model.Chunk{call("weather", `{"city":"a"}`)}}
		if strategy == "ReAct" {
			m.answers[0] = text(`Thought: again {"action":"weather","action_input":{"city":"a"}}`)
		}
		p := play(t, w.withTurns(m).deps, around(agentData(strategy, siteTool("weather"), "")), input(nil))
		if p.end.Status != app.Failed || !isCode(p.cause, "agent_iterations_exceeded") || workflow.TypeName(p.cause) != "AgentMaxIterationError" ||
			!strings.Contains(p.end.Error.Text.En, "maximum iteration limit of 3") {
			t.Errorf("%s: %s %v", strategy, p.end.Status, p.cause)
		}
		if len(m.asked) != 4 || len(w.called) != 3 {
			t.Errorf("%s: asked %d times, called %d tools", strategy, len(m.asked), len(w.called))
		}
		last := &m.asked[len(m.asked)-1]
		if len(last.Tools) != 0 || strategy == "ReAct" && strings.Contains(last.Messages[0].Text(), "which city") {
			t.Errorf("%s: tools in the last step: %+v", strategy, last)
		}
		if p.node.Usage == nil || p.node.Usage.TotalTokens != 12 || len(p.last()) != 4 {
			t.Errorf("%s: usage %+v, %d steps", strategy, p.node.Usage, len(p.last()))
		}
	}
}

func TestAgent_iterationsAreBounded(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	w.offer("weather", weather, sunny)
	m := &turns{answers: [][]model.Chunk{call("weather", `{"city":"a"}`)}}
	data := strings.Replace(agentData("function_calling", siteTool("weather"), ""), `"value":3`, `"value":1000`, 1)
	p := play(t, w.withTurns(m).deps, around(data), input(nil))
	if len(m.asked) != 100 || !strings.Contains(p.end.Error.Text.En, "of 99") {
		t.Errorf("asked %d times: %v", len(m.asked), p.cause)
	}
}

func TestAgent_toolSettings(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	params := []tool.Param{{Name: "open", Type: "string", Form: "llm"}, {Name: "closed", Type: "string", Form: "llm", Required: true}, {Name: "ref", Type: "string", Form: "llm"}, {Name: "empty", Type: "string", Form: "llm"},
		{Name: "setting", Type: "number", Form: "form"}, {Name: "default", Type: "string", Form: "form", Default: "d", Required: true}, {Name: "file", Type: "file", Form: "llm"}}
	w.offer("many", params, func(map[string]any) (tool.Result, error) { return tool.Result{Text: "ok"}, nil })
	m := &turns{answers: [][]model.Chunk{call("many", `{"open":"o"}`), text("done")}}
	entry := `{"enabled":true,"type":"builtin","provider_name":"site","tool_name":"many","extra":{"description":"用它"},
		"parameters":{"open":{"auto":1,"value":null},"closed":{"auto":0,"value":{"type":"mixed","value":"for {{#start.name#}}"}},"ref":{"auto":0,"value":{"type":"variable","value":["sys","query"]}},"empty":{"auto":false,"value":""}},
		"settings":{"setting":{"value":{"type":"constant","value":"5"}}}}`
	p := play(t, w.withTurns(m).deps, around(agentData("function_calling", entry, "")), input(nil))
	if p.end.Status != app.Succeeded || len(w.called) != 1 || w.called[0] != `many{"closed":"for Ada","default":"d","empty":"","open":"o","ref":"second?","setting":5}` {
		t.Errorf("%v called %v", p.cause, w.called)
	}
	if f := m.asked[0].Tools[0]; f.Description != "用它" || string(f.Parameters) != `{"type":"object","properties":{"open":{"type":"string"}}}` {
		t.Errorf("the model is told %+v", f)
	}
}

func TestAgent_twoToolsOfOneNameStayApart(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	w.offer("find", nil, func(map[string]any) (tool.Result, error) { return tool.Result{Text: "first"}, nil })
	w.tools["other/find"] = &tool.Tool{Name: "find", Call: func(context.Context, map[string]any) (tool.Result, error) { return tool.Result{Text: "second"}, nil }}
	m := &turns{answers: [][]model.Chunk{call("find_2", ``), text("done")}}
	p := play(t, w.withTurns(m).deps, around(agentData("function_calling", siteTool("find")+`,{"provider_name":"other","tool_name":"find"}`, "")), input(nil))
	if p.last()[0].Observation != "second" {
		t.Errorf("%v %+v", p.cause, p.last())
	}
}

func TestAgent_resultsOfTools(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	file := app.Attachment{ID: "1", Kind: "image", Name: "图.png"}
	results := []tool.Result{{JSON: []any{value.NewObject("a", 1)}, Files: []app.Attachment{file}, Usage: &app.Usage{TotalTokens: 7}}, {}, {Text: strings.Repeat("字", 60_000)}}
	w.offer("make", nil, func(map[string]any) (tool.Result, error) { r := results[0]; results = results[1:]; return r, nil })
	m := &turns{answers: [][]model.Chunk{call("make", `{}`, "make", `{}`, "make", `{}`), text("done")}}
	p := play(t, w.withTurns(m).deps, around(agentData("function_calling", siteTool("make"), "")), input(nil))
	c := p.last()[0].Calls
	if c[0].Observation != "{\"a\":1}\n(the person was given the file 图.png)" || c[1].Observation != "(the tool said nothing)" || len([]rune(c[2].Observation)) > 50_010 {
		t.Errorf("observed %q %q %d", c[0].Observation, c[1].Observation, len(c[2].Observation))
	}
	if len(p.files) != 1 || p.files[0] != file || len(p.node.Outputs["files"].([]app.Attachment)) != 1 || p.end.Usage.TotalTokens != 13 {
		t.Errorf("files %v, usage %+v", p.files, p.end.Usage)
	}
	if list := p.node.Outputs["json"].([]any); asJSON(t, list[len(list)-1]) != `{"a":1}` {
		t.Errorf("json %s", asJSON(t, list))
	}
}

func TestAgent_memoryVisionAndContext(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	w.offer("weather", weather, sunny)
	w.past = []*app.Message{
		{Query: "q1", Answer: "a1", Extra: &app.MessageExtra{Thoughts: []app.Thought{
			{ID: "t1", Thought: "hm", Calls: []app.Call{{Tool: "weather", Input: map[string]any{"city": "a"}, Observation: "晴"}}}, {ID: "t2", Answer: "a1"}}}},
		{Query: "q2", Answer: "a2"},
	}
	image := app.Attachment{Kind: "image", URL: "http://x/y.png", MIME: "image/png"}
	m := &turns{answers: [][]model.Chunk{call("weather", `{"city":"a"}`), text("done")}}
	data := agentData("function_calling", siteTool("weather"), `,"memory":{"window":{"enabled":false}},"vision":{"enabled":true,"configs":{"detail":"low"}}`)
	data = strings.Replace(data, `"query":`, `"context":{"type":"variable","value":["sys","found"]},"query":`, 1)
	p := play(t, w.withTurns(m).deps, around(data), input(map[string]any{"found": passages(), "files": []app.Attachment{image}}))
	if p.end.Status != app.Succeeded {
		t.Fatal(p.cause)
	}
	first := sent(&m.asked[0])
	if !strings.HasPrefix(first, "system: You help Ada.\n\n") || !strings.Contains(first, "<context>\n请假须提前三天\nno citation\n</context>") ||
		!strings.HasSuffix(first, " | user: q1 | assistant: hm | tool: 晴 | assistant: a1 | user: q2 | assistant: a2 | user: <http://x/y.png image/png low>second?") {
		t.Errorf("first asked %s", first)
	}
	if then := sent(&m.asked[1]); !strings.Contains(then, " | user: [image]\nsecond? | assistant:  | tool: a：晴") {
		t.Errorf("then asked %s", then)
	}
	if len(p.resources) != 1 {
		t.Errorf("cites %v", p.resources)
	}
}

func TestAgent_historyNeverBeginsWithTheAnswerOfATool(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = &app.Model{ContextSize: 300, Abilities: app.Abilities{Tools: true}}
	w.offer("weather", weather, sunny)
	w.past = []*app.Message{{Query: strings.Repeat("问", 300), Answer: "a1", Extra: &app.MessageExtra{Thoughts: []app.Thought{
		{ID: "t1", Thought: strings.Repeat("想", 300), Calls: []app.Call{{Tool: "weather", Observation: "晴"}}}}}}}
	m := &turns{answers: [][]model.Chunk{text("done")}}
	play(t, w.withTurns(m).deps, around(agentData("function_calling", siteTool("weather"), `,"memory":{}`)), input(nil))
	if got := sent(&m.asked[0]); got != "system: You help Ada. | assistant: a1 | user: second?" {
		t.Errorf("asked %s", got)
	}
}

func TestAgent_reasonsInWords(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = &app.Model{ContextSize: 8000}
	w.offer("weather", weather, sunny)
	w.past = []*app.Message{{Query: "q1", Answer: "a1"}}
	m := &turns{answers: [][]model.Chunk{
		text("Thought: 需要", "天气\nAct", "ion:\n```js", "on\n{\"action\": \"weather\", \"action_", "input\": {\"city\": \"北京\"}}\n```\nObserv", "ation: made up"),
		text("Thought: 知道了\n", "Final Answer: 北京", "是晴天"),
	}}
	p := play(t, w.withTurns(m).deps, around(agentData("ReAct", siteTool("weather"), `,"memory":{}`)), input(map[string]any{"query": "北京天气？"}))
	if p.end.Status != app.Succeeded || p.said != "北京是晴天" || p.node.Outputs["text"] != "北京是晴天" {
		t.Fatalf("%v said %q", p.cause, p.said)
	}
	if len(w.called) != 1 || w.called[0] != `weather{"city":"北京"}` {
		t.Errorf("called %v", w.called)
	}
	q := m.asked[0]
	system := q.Messages[0].Text()
	for _, part := range []string{"You help Ada.", `"name":"weather"`, `"city":{"type":"string","description":"which city"}`, "NAME is one of: weather, Final Answer"} {
		if !strings.Contains(system, part) {
			t.Errorf("the prompt lacks %q: %s", part, system)
		}
	}
	if len(q.Tools) != 0 || len(q.Stop) != 1 || q.Stop[0] != "Observation" {
		t.Errorf("tools %v, stop %v", q.Tools, q.Stop)
	}
	if got := sent(&q); !strings.HasSuffix(got, "| user: q1 | assistant: a1 | user: 北京天气？") {
		t.Errorf("first asked %s", got)
	}
	const trail = " | assistant: Thought: 需要天气\nAction: {\"action\":\"weather\",\"action_input\":{\"city\":\"北京\"}}\nObservation: 北京：晴 | user: continue"
	if got := sent(&m.asked[1]); !strings.HasSuffix(got, trail) {
		t.Errorf("then asked %s", got)
	}
	steps := p.last()
	if len(steps) != 2 || steps[0].Thought != "需要天气" || steps[0].Observation != "北京：晴" || steps[1].Thought != "知道了" || steps[1].Answer != "北京是晴天" {
		t.Errorf("steps %+v", steps)
	}
}

func TestAgent_reactSlips(t *testing.T) {
	one := []tool.Param{{Name: "city", Type: "string", Required: true}}
	for name, c := range map[string]struct {
		params       []tool.Param
		said, called string
		observed     string
	}{
		"a text for the only parameter": {one, `{"action":"weather","action_input":"北京"}`, `weather{"city":"北京"}`, "北京：晴"},
		"JSON in a text":                {weather, `{"action":"weather","action_input":"{\"city\":\"北京\",}"}`, `weather{"city":"北京"}`, "北京：晴"},
		"a text for several":            {weather, `{"action":"weather","action_input":"北京"}`, "", "not valid JSON"},
		"a missing parameter":           {weather, `{"action":"weather","action_input":{}}`, "", "is required"},
		"an unknown tool":               {weather, `{"action":"rm","action_input":"x"}`, "", "there is not a tool named rm"},
		"a broken action":               {weather, `{"action": [1, "x" : }`, "", "the action is not valid JSON"},
	} {
		w := newWire(t, modeltest.Options{})
		w.offer("weather", c.params, sunny)
		m := &turns{answers: [][]model.Chunk{text(c.said), text(`{"action":"Final Answer","action_input":"好"}`)}}
		p := play(t, w.withTurns(m).deps, around(agentData("cot", siteTool("weather"), "")), input(nil))
		if p.end.Status != app.Succeeded || p.said != "好" || strings.Join(w.called, "") != c.called || !strings.Contains(p.last()[0].Observation, c.observed) {
			t.Errorf("%s: %v said %q, called %v, observed %q", name, p.cause, p.said, w.called, p.last()[0].Observation)
		}
	}
}

func TestAgent_wordsWithoutAnActionAreTheAnswer(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	m := &turns{answers: [][]model.Chunk{text("<think>easy</think>", "你好，", "Ada")}}
	p := play(t, w.withTurns(m).deps, around(agentData("react", "", "")), input(nil))
	if p.end.Status != app.Succeeded || p.said != "你好，Ada" || p.reasoned != "easy" {
		t.Errorf("%v said %q, reasoned %q", p.cause, p.said, p.reasoned)
	}
}

func TestAgent_completionModelsGetOneText(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.offer("weather", weather, sunny)
	w.past = []*app.Message{{Query: "q1", Answer: "a1"}}
	m := &turns{answers: [][]model.Chunk{text(`{"action":"weather","action_input":{"city":"a"}}`), text("Final Answer: ok")}}
	data := strings.Replace(agentData("ReAct", siteTool("weather"), `,"memory":{},"prompt":{"first_prompt":"MINE {{instruction}} [{{tool_names}}]"}`), `"mode":"chat"`, `"mode":"completion"`, 1)
	p := play(t, w.withTurns(m).deps, around(data), input(nil))
	if p.said != "ok" || len(m.asked) != 2 {
		t.Fatalf("%v %q", p.cause, p.said)
	}
	const want = "user: MINE You help Ada. [weather]\n\nHuman: q1\nAssistant: a1\nQuestion: second?\n\nThought: \nAction: {\"action\":\"weather\",\"action_input\":{\"city\":\"a\"}}\nObservation: a：晴\n\nThought:"
	if got := sent(&m.asked[1]); got != want {
		t.Errorf("asked %q\nwant %q", got, want)
	}
}

func TestAgent_whichStrategy(t *testing.T) {
	for name, c := range map[string]struct {
		strategy, more string
		known          *app.Model
		calls          bool
	}{
		"asked and able":              {"function_calling", "", canCall, true},
		"asked and unknown":           {"FunctionCalling", "", nil, true},
		"asked and unable":            {"function_call", "", &app.Model{}, false},
		"words asked":                 {"ReAct", "", canCall, false},
		"app whose model can":         {"ReAct", `,"islet_app":true`, canCall, true},
		"app whose model cannot":      {"function_calling", `,"islet_app":true`, &app.Model{}, false},
		"app whose model is unknown":  {"function_calling", `,"islet_app":true`, nil, false},
		"app that asks and whose can": {"function_call", `,"islet_app":true`, canCall, true},
	} {
		w := newWire(t, modeltest.Options{})
		w.known = c.known
		w.offer("weather", weather, sunny)
		m := &turns{answers: [][]model.Chunk{text("Final Answer: x")}}
		p := play(t, w.withTurns(m).deps, around(agentData(c.strategy, siteTool("weather"), c.more)), input(nil))
		if got := len(m.asked) == 1 && len(m.asked[0].Tools) == 1; got != c.calls {
			t.Errorf("%s: calls tools %v (%v)", name, got, p.cause)
		}
	}
}

func TestAgent_failures(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(string) string
		typ, code string
	}{
		"a tool that is gone": {func(s string) string { return strings.ReplaceAll(s, `"tool_name":"weather"`, `"tool_name":"gone"`) }, "ToolRuntimeResolutionError", "tool_missing"},
		"a variable that is not there": {func(s string) string {
			return strings.Replace(s, `{"type":"mixed","value":"{{#sys.query#}}"}`, `{"type":"variable","value":["sys","nope"]}`, 1)
		}, "AgentVariableNotFoundError", "variable_missing"},
		"a model that is nobody's": {func(s string) string {
			return strings.Replace(s, `"provider":"ep"`, `"provider":"langgenius/openai/openai"`, 1)
		}, "ModelNotExistError", model.CodeNoEndpoint},
		"nothing to say": {func(s string) string {
			return strings.NewReplacer("{{#sys.query#}}", "", "You help {{#start.name#}}.", "").Replace(s)
		}, "NoPromptFoundError", "prompt_empty"},
	} {
		w := newWire(t, modeltest.Options{})
		w.known = canCall
		w.offer("weather", weather, sunny)
		p := play(t, w.deps, around(c.change(agentData("function_calling", siteTool("weather"), ""))), input(nil))
		if p.end.Status != app.Failed || !isCode(p.cause, c.code) || workflow.TypeName(p.cause) != c.typ || p.end.Error.Text.Zh == "" {
			t.Errorf("%s: %s %s %v", name, p.end.Status, workflow.TypeName(p.cause), p.cause)
		}
	}
}

func TestAgent_aModelThatIsCutOffFailsAndKeepsItsText(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	w.offer("weather", weather, sunny)
	m := &turns{answers: [][]model.Chunk{append(text("let me see"), call("weather", `{"city":"a"}`)...), text("it is")}, fail: model.Fail(model.CodeCutOff, "box", nil)}
	p := play(t, w.withTurns(m).deps, around(agentData("function_calling", siteTool("weather"), "")), input(nil))
	if p.end.Status != app.Failed || !isCode(p.cause, model.CodeCutOff) || workflow.TypeName(p.cause) != "InvokeConnectionError" {
		t.Errorf("%s %v", p.end.Status, p.cause)
	}
	if p.said != "let me see\nit is" || p.node.Outputs["text"] != p.said || len(p.last()) != 2 || p.last()[1].Thought != "it is" {
		t.Errorf("said %q, outputs %v, steps %+v", p.said, p.node.Outputs, p.last())
	}
}

func TestAgent_thatIsStoppedEndsInTheMiddleOfATool(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	ctx, cancel := context.WithCancel(t.Context())
	f := w.offer("weather", weather, nil)
	f.Call = func(ctx context.Context, _ map[string]any) (tool.Result, error) {
		cancel()
		<-ctx.Done()
		return tool.Result{}, errors.New("interrupted")
	}
	m := &turns{answers: [][]model.Chunk{call("weather", `{"city":"a"}`)}}
	g, err := workflow.Parse([]byte(around(agentData("function_calling", siteTool("weather"), ""))), node.Table(w.withTurns(m).deps))
	if err != nil {
		t.Fatal(err)
	}
	for ev := range g.Run(ctx, input(nil)) {
		if ev.Kind == app.EvRunFinished && ev.Status != app.Stopped {
			t.Errorf("%s %+v", ev.Status, ev.Error)
		}
	}
	if len(m.asked) != 1 {
		t.Errorf("asked %d times", len(m.asked))
	}
}

func TestAgent_refusesWhatCannotRun(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	for data, code := range map[string]string{
		`{"type":"agent","version":"2","agent_node_kind":"dify_agent"}`:                                        "agent_bound",
		agentData("router", "", ""):                                                                            "agent_strategy_unknown",
		strings.Replace(agentData("ReAct", "", ""), `"model":"echo"`, `"model":""`, 1):                         model.CodeNotChosen,
		strings.Replace(agentData("ReAct", "", ""), `"mode":"chat"`, `"mode":"strange"`, 1):                    "model_mode_unsupported",
		`{"type":"agent","agent_strategy_name":"ReAct"}`:                                                       model.CodeNotChosen,
		strings.Replace(agentData("ReAct", "", ""), `{"type":"mixed","value":"{{#sys.query#}}"}`, `"bare"`, 1): "agent_parameter_invalid",
		strings.Replace(agentData("ReAct", "", ""), "{{#start.name#}}", "{{#gone.name#}}", 1):                  "reference_unknown",
	} {
		if got := refusal(w.deps, data); got != code {
			t.Errorf("%s: %q, want %s", data, got, code)
		}
	}
}
