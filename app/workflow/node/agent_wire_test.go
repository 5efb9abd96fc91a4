package node_test

import (
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/tool"
	"islet/app/value"
)

func TestAgent_overTheWire(t *testing.T) {
	for _, quirk := range []string{"", "@tools_finish_stop", "@split_bytes"} {
		w := newWire(t, modeltest.Options{})
		w.known = canCall
		w.offer("weather", weather, func(args map[string]any) (tool.Result, error) {
			return tool.Result{Text: "晴 " + value.Text(args["city"])}, nil
		})
		w.offer("time", []tool.Param{{Name: "zone", Type: "string"}}, func(map[string]any) (tool.Result, error) { return tool.Result{Text: "noon"}, nil })
		data := strings.Replace(agentData("function_calling", siteTool("weather")+","+siteTool("time"), ""), `"model":"echo"`, `"model":"echo`+quirk+`"`, 1)
		p := play(t, w.deps, around(data), input(map[string]any{"query": "请调用 weather"}))
		asked := w.asked(t)
		if quirk == "@tools_finish_stop" { // it calls two tools, always
			if p.end.Status != app.Failed || !isCode(p.cause, "agent_iterations_exceeded") || len(w.called) != 6 || len(asked) != 4 || len(asked[3].Tools) != 0 {
				t.Errorf("%s: %v, called %v, asked %d times", quirk, p.cause, w.called, len(asked))
			}
			if got := asked[1].line(); !strings.HasSuffix(got, `<weather{"city":"北京","days":2}><time{"zone":"Asia/Shanghai"}> | tool: 晴 北京 | tool: noon`) {
				t.Errorf("%s: asked %s", quirk, got)
			}
			continue
		}
		if p.end.Status != app.Succeeded || p.said != "the tool said: 晴 text" || len(asked) != 2 || p.end.Usage.TotalTokens == 0 {
			t.Errorf("%s: %v said %q, asked %d times", quirk, p.cause, p.said, len(asked))
		}
		if m := asked[1].Messages; m[2].ToolCalls[0].ID != m[3].ToolCallID {
			t.Errorf("%s: %+v", quirk, m)
		}
	}
}

func TestAgent_reasonsOverTheWire(t *testing.T) {
	w := newWire(t, modeltest.Options{Script: []modeltest.Reply{
		{Match: "continue", Text: "Thought: 好\nAction:\n```json\n{\"action\": \"Final Answer\", \"action_input\": \"北京：晴\"}\n```"},
		{Match: "天气", Text: "Thought: 查\nAction: {\"action\": \"weather\", \"action_input\": {\"city\": \"北京\"}}\nObservation: 编造的\nThought: 编造的"},
	}})
	w.known = &app.Model{}
	w.offer("weather", weather, sunny)
	p := play(t, w.deps, around(agentData("ReAct", siteTool("weather"), "")), input(map[string]any{"query": "北京天气"}))
	if p.end.Status != app.Succeeded || p.said != "北京：晴" || len(w.called) != 1 {
		t.Fatalf("%v said %q, called %v", p.cause, p.said, w.called)
	}
	if asked := w.asked(t); len(asked) != 2 || asked[0].Stop[0] != "Observation" || strings.Contains(asked[1].raw, "编造的") {
		t.Errorf("asked %+v", asked)
	}
}

func TestAgent_streamsThatBreakOverTheWire(t *testing.T) {
	w := newWire(t, modeltest.Options{})
	w.known = canCall
	for quirk, code := range map[string]string{"chunked_cut": model.CodeCutOff, "filtered": model.CodeFiltered, "400": model.CodeRejected} {
		data := strings.Replace(agentData("function_calling", "", ""), `"model":"echo"`, `"model":"echo@`+quirk+`"`, 1)
		p := play(t, w.deps, around(data), input(map[string]any{"query": "count to 40"}))
		if p.end.Status != app.Failed || !isCode(p.cause, code) {
			t.Errorf("%s: %s %v", quirk, p.end.Status, p.cause)
		}
		if text, _ := p.node.Outputs["text"].(string); quirk == "chunked_cut" && (!strings.HasPrefix(text, "1 2 3") || p.said != text) {
			t.Errorf("%s: text %q", quirk, text)
		}
	}
}
