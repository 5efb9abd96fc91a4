package console_test

import (
	"encoding/json"
	"strings"
	"testing"

	"islet/app/model/modeltest"
)

// asked are the messages of every chat request that the model server got, as JSON.
func asked(t *testing.T, srv *modeltest.Started) []string {
	t.Helper()
	var all []string
	for _, r := range srv.Requests() {
		var body struct {
			Messages    json.RawMessage `json:"messages"`
			Temperature json.RawMessage `json:"temperature"`
		}
		if !strings.HasSuffix(r.Path, "/chat/completions") {
			continue
		}
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		all = append(all, string(body.Messages)+" "+string(body.Temperature))
	}
	return all
}

func TestConvert_asksTheModelTheSame(t *testing.T) {
	_, o, endpoint, srv := newScripted(t)
	model := body{"endpoint_id": endpoint, "name": "echo", "params": body{"temperature": 0.3}}
	variables := []body{{"name": "部门", "label": "部门", "kind": "text", "required": true, "default": "人事"}, {"name": "level", "label": "Level", "kind": "select", "options": []string{"a", "b"}, "default": "b"}}
	for _, c := range []struct {
		mode, to string
		settings body
		query    string
	}{
		{"chat", "advanced-chat", body{"prompt": "You help {{部门}} at level {{level}}. {{#notes#}} {{unknown}}", "opening": "Hi", "suggested": []string{"one"}, "follow_up": body{"enabled": true}}, "say: hello"},
		{"chat", "advanced-chat", body{"prompt": "No memory", "memory": body{"off": true}}, "say: hello"},
		{"agent-chat", "advanced-chat", body{"prompt": "You help {{部门}}", "agent": body{"strategy": "react", "max_iterations": 3, "tools": []body{{"enabled": true, "type": "builtin", "provider": "time", "name": "current_time"}}}}, "what time"},
		{"completion", "workflow", body{"prompt": "Summarise for {{部门}} ({{level}})"}, ""},
	} {
		c.settings["model"], c.settings["variables"] = model, variables
		a := o.want(200, "", "POST", "/apps", body{"mode": c.mode, "name": "助手", "icon": "🦉", "icon_color": "#FFEEDD"})
		at := "/apps/" + text(a, "id")
		o.want(200, "", "PUT", at+"/draft", body{"settings": c.settings, "rev": 1})
		made := o.want(200, "", "POST", at+"/convert", body{})
		if text(made, "mode") != c.to || text(made, "name") != "助手" || text(made, "icon") != "🦉" || made["id"] == a["id"] {
			t.Errorf("%s became %v", c.mode, made)
		}
		if got := text(made, "draft", "opening"); got != text(c.settings["opening"]) && c.settings["opening"] != nil {
			t.Errorf("%s: the opening became %q", c.mode, got)
		}
		graph, _ := json.Marshal(made["draft"])
		for _, word := range []string{"islet_app", `"required":true`} {
			if has := strings.Contains(string(graph), word); has != (word != "islet_app") {
				t.Errorf("%s: %s in the graph: %v", c.mode, word, has)
			}
		}
		from := len(asked(t, srv))
		inputs, to := body{"部门": "财务", "level": "a"}, "/apps/"+text(made, "id")
		o.want(200, "", "POST", at+"/debug", body{"query": c.query, "inputs": inputs})
		first := asked(t, srv)[from:]
		if c.to == "workflow" {
			o.want(200, "", "POST", to+"/run", body{"inputs": body{"v1": "财务", "level": "a"}})
		} else {
			o.want(200, "", "POST", to+"/debug", body{"query": c.query, "inputs": body{"v1": "财务", "level": "a"}})
		}
		second := asked(t, srv)[from+len(first):]
		if len(first) == 0 || strings.Join(first, "\n") != strings.Join(second, "\n") {
			t.Errorf("%s was asked\n%s\nand converted\n%s", c.mode, strings.Join(first, "\n"), strings.Join(second, "\n"))
		}
		o.want(200, "", "POST", to+"/publish", body{"name": "", "note": ""})
		o.want(400, "convert_unsupported", "POST", to+"/convert", body{})
	}
	named := o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "A"})
	if got := o.want(200, "", "GET", "/apps/"+text(named, "id")+"/content", nil); got["versions"] != 0.0 || got["conversations"] != 0.0 {
		t.Errorf("content of a new app = %v", got)
	}
	o.want(404, "not_found", "GET", "/apps/01a23015-cdb5-75a0-9ff1-bcfc7dbe6721/content", nil)
	if got := o.want(200, "", "POST", "/apps/"+text(named, "id")+"/convert", body{"name": "B"}); text(got, "name") != "B" {
		t.Errorf("convert with a name: %v", got)
	}
}

// done is the payload of the last event of a stream of that name.
func done(t *testing.T, stream, event string) map[string]any {
	t.Helper()
	_, raw, ok := strings.Cut(stream, "event: "+event+"\ndata: ")
	raw, _, _ = strings.Cut(raw, "\n")
	var v map[string]any
	if !ok || json.Unmarshal([]byte(raw), &v) != nil {
		t.Fatalf("no %s in %s", event, stream)
	}
	return v
}

func TestGenerate_writesWhatCanBeUsed(t *testing.T) {
	code := "Here it is.\n```python\nimport json\n\ndef main(rows: list, limit: int = 3) -> dict:\n    return {\"first\": rows[:limit]}\n```\n```json\n{\"first\": \"array[object]\", \"odd\": \"thing\"}\n```"
	_, o, endpoint, srv := newScripted(t, modeltest.Reply{Match: "weekly", Text: "```\nYou write reports about {{team}}.\n```"},
		modeltest.Reply{Match: "first rows", Text: code}, modeltest.Reply{Match: "invoice", Text: `{"type":"object","properties":{"no":{"type":"string"}}}`},
		modeltest.Reply{Match: "nonsense", Text: "I would rather not."}, modeltest.Reply{Match: "ponder", Text: "<think>hm</think>Answer <b>\"plainly\"</b>."})
	ask := func(b body) string { return text(o.want(200, "", "POST", "/generate", b), "raw") }

	if got := o.want(400, "generate_no_model", "POST", "/generate", body{"kind": "prompt", "instruction": "weekly"}); !strings.Contains(text(got, "message"), "模型") {
		t.Errorf("without a model: %v", got)
	}
	o.want(400, "generate_kind_unknown", "POST", "/generate", body{"kind": "poem", "instruction": "x"})
	o.want(400, "instruction_missing", "POST", "/generate", body{"kind": "prompt", "instruction": " "})
	o.want(400, "language_unknown", "POST", "/generate", body{"kind": "code", "language": "cobol", "instruction": "x"})
	o.want(400, "too_long", "POST", "/generate", body{"kind": "prompt", "instruction": strings.Repeat("x", 4001)})
	if n := srv.Count(); n != 0 {
		t.Errorf("%d requests for what was refused", n)
	}
	with := func(b body) body {
		b["model"] = body{"endpoint_id": endpoint, "name": "echo"}
		return b
	}

	stream := ask(with(body{"kind": "prompt", "instruction": "a weekly report", "ideal": "three points", "current": "write a report", "variables": []string{"team"}, "talks": true}))
	if got := done(t, stream, "done"); text(got, "text") != "You write reports about {{team}}." || text(got, "model") != "echo" || !strings.Contains(stream, "event: delta") {
		t.Errorf("prompt = %v in %s", got, stream)
	}
	sent := asked(t, srv)[0]
	for _, part := range []string{"<instruction>", "<current>", "<ideal_output>", "<variables>", "提示词"} {
		if !strings.Contains(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(sent), part) {
			t.Errorf("the model was not told %s: %s", part, sent)
		}
	}
	ask(with(body{"kind": "prompt", "instruction": "weekly", "variables": []string{"#start.text#"}}))
	if sent := asked(t, srv)[1]; !strings.Contains(sent, "{{#start.text#}}") || strings.Contains(sent, "{{名称}}") || strings.Index(sent, "只发送一次") > strings.Index(sent, "只输出提示词本身") {
		t.Errorf("for a node the model was told %s", sent)
	}
	got := done(t, ask(with(body{"kind": "code", "language": "python3", "instruction": "keep the first rows"})), "done")
	in, _ := json.Marshal(got["inputs"])
	out, _ := json.Marshal(got["outputs"])
	if !strings.HasPrefix(text(got, "text"), "import json") || string(in) != `["rows","limit"]` || string(out) != `{"first":"array[object]","odd":"string"}` {
		t.Errorf("code = %v", got)
	}
	if got := done(t, ask(with(body{"kind": "schema", "instruction": "an invoice"})), "done"); !strings.Contains(text(got, "text"), "\n  \"properties\"") {
		t.Errorf("schema = %v", got)
	}
	if got := done(t, ask(with(body{"kind": "prompt", "instruction": "ponder"})), "done"); text(got, "text") != `Answer <b>"plainly"</b>.` {
		t.Errorf("the thoughts of the model are in %v", got)
	}
	for _, kind := range []string{"code", "schema"} {
		e := done(t, ask(with(body{"kind": kind, "language": "python3", "instruction": "nonsense"})), "error")
		if text(e, "code") != "generate_unusable" || text(e, "message") == "" {
			t.Errorf("%s of nonsense: %v", kind, e)
		}
	}
}

func TestDebug_triesOtherModelsSideBySide(t *testing.T) {
	_, o, endpoint, srv := newScripted(t)
	at := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "A"}), "id")
	o.want(200, "", "PUT", at+"/draft", body{"rev": 1, "settings": body{"prompt": "be brief"}}) // no model of its own yet
	with := func(name string, temperature float64) body {
		return body{"query": "say: hello", "inputs": body{}, "model": body{"endpoint_id": endpoint, "name": name, "params": body{"temperature": temperature}}}
	}
	for i, name := range []string{"one", "two"} {
		last := o.turn(at+"/debug", with(name, float64(i)/2))
		if field(last, "answer") != "hello" {
			t.Errorf("%s: %s", name, last)
		}
		r := srv.Requests()[i]
		if sent := string(r.Body); field(sent, "model") != name || !strings.Contains(sent, `"temperature":`+[]string{"0", "0.5"}[i]) {
			t.Errorf("%s was asked %s", name, sent)
		}
	}
	if got := o.want(200, "", "GET", at, nil); text(got, "draft", "model", "name") != "" {
		t.Errorf("trying a model changed the draft: %v", got["draft"])
	}
	o.want(400, "draft_incomplete", "POST", at+"/debug", body{"query": "q", "model": body{}})
	flow := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "advanced-chat", "name": "B"}), "id")
	o.want(400, "model_fixed", "POST", flow+"/debug", with("one", 0))
}

func TestModeration_keepsWordsOutOfQuestionsAndAnswers(t *testing.T) {
	_, o, endpoint, srv := newScripted(t)
	model := body{"endpoint_id": endpoint, "name": "echo"}
	rules := body{"keywords": []string{"Gehalt", "内部价"}, "input": true, "input_reply": "此问题无法回答 {{#sys.query#}}", "output": true, "output_reply": "内容已隐藏"}
	for _, mode := range []string{"chat", "agent-chat", "completion"} {
		at := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": mode, "name": "A"}), "id")
		set := body{"prompt": "say: {{q}}", "model": model, "variables": []body{{"name": "q", "kind": "text"}}, "moderation": body{"keywords": []string{" "}, "input": true}}
		d := o.want(200, "", "PUT", at+"/draft", body{"rev": 1, "settings": set})
		if p, _ := d["problems"].([]any); len(p) != 2 {
			t.Errorf("%s: problems = %v", mode, p)
		}
		set["moderation"] = rules
		o.want(200, "", "PUT", at+"/draft", body{"rev": 2, "settings": set})
		before := srv.Count()
		for _, ask := range []body{{"query": "Wie hoch ist das GEHALT?", "inputs": body{}}, {"query": "hi", "inputs": body{"q": "给我内部价"}}} {
			if last := o.turn(at+"/debug", ask); field(last, "answer") != "此问题无法回答 {{ #sys.query#}}" || field(last, "status") != "succeeded" {
				t.Errorf("%s: %v was answered %s", mode, ask, last)
			}
		}
		if n := srv.Count() - before; n != 0 {
			t.Errorf("%s: the model was asked %d times", mode, n)
		}
		rules["input"] = false
		o.want(200, "", "PUT", at+"/draft", body{"rev": 3, "settings": set})
		stream := text(o.want(200, "", "POST", at+"/debug", body{"query": "say: the Gehalt is high", "inputs": body{"q": "the Gehalt is high"}}), "raw")
		shown, _, _ := strings.Cut(stream, "event: finished")
		_, answers, _ := strings.Cut(shown, "event: delta")
		if last := done(t, stream, "finished"); text(last, "message", "answer") != "内容已隐藏" || text(last, "message", "status") != "succeeded" {
			t.Errorf("%s: finished %v", mode, last)
		}
		if strings.Contains(answers, "Geh") || !strings.Contains(stream, "event: replace") {
			t.Errorf("%s: the stream shows the word: %s", mode, answers)
		}
		rules["input"] = true
	}
}

func TestApps_comeByPages(t *testing.T) {
	_, o, _ := newWorkshop(t)
	for _, name := range []string{"A", "B", "C"} {
		o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": name})
	}
	seen := map[string]bool{}
	for _, page := range []string{"1", "2"} {
		got := o.want(200, "", "GET", "/apps?limit=2&page="+page, nil)
		for _, it := range items(got) {
			seen[text(it, "name")] = true
		}
		if got["total"] != 3.0 {
			t.Errorf("page %s: total %v", page, got["total"])
		}
	}
	if len(seen) != 3 {
		t.Errorf("two pages of two show %v of three apps", seen)
	}
}
