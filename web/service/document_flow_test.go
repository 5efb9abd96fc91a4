package service_test

import (
	"encoding/json"
	"path"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"islet/app"
	"islet/app/model/modeltest"
)

// fit checks the events of a stream against the schemas of a kind of stream, and adds their names to seen.
func fit(t *testing.T, doc *openapi3.T, kind string, evs []object, seen map[string]bool) {
	t.Helper()
	mapping := doc.Components.Schemas[kind].Value.Discriminator.Mapping
	for _, e := range evs {
		name := e["event"].(string)
		seen[name] = true
		schema := doc.Components.Schemas[path.Base(mapping[name].Ref)]
		if schema == nil {
			t.Fatalf("the document has no event %q in %s", name, kind)
		}
		if name == "error" {
			e["task_id"] = e["message_id"] // the prose says that errors have none, the schema lists it
		}
		conform(t, kind+" "+name, schema.Value, any(e))
	}
}

func want(t *testing.T, seen map[string]bool, names string) {
	t.Helper()
	for name := range strings.FieldsSeq(names) {
		if !seen[name] {
			t.Errorf("no %s came", name)
		}
	}
}

func TestDocument_everyEventOfAGraphFits(t *testing.T) {
	doc := document(t)
	r := newRig(t, modeltest.Options{})
	thinking := draw(t, field("items", "json_object"), field("n", "number")).node("llm", "llm", r.thinking()).node("answer", "answer", object{"answer": "{{#llm.text#}}"}).
		edge("start", "llm").edge("llm", "answer").settings()
	bad := draw(t).node("bad", "code", code("fail")).node("answer", "answer", object{"answer": "x"}).edge("start", "bad").edge("bad", "answer").settings()
	inputs := json.RawMessage(`{"items":{"list":["a","b"]},"n":5}`)

	seen := map[string]bool{}
	for _, set := range []app.Settings{r.everyKind(), r.withAgent("end"), asking(t, "end", object{"outputs": list{}})} {
		r.broken.Store(1)
		_, key := r.publishAs(app.ModeWorkflow, set)
		evs := events(t, r.do("POST", "/workflows/run", key, object{"inputs": inputs, "user": "u", "response_mode": "streaming"}).body)
		if last := evs[len(evs)-1]; last["event"] == "workflow_paused" {
			rest := r.open(t, "GET", "/workflow/"+evs[0]["workflow_run_id"].(string)+"/events?user=u", key, nil)
			r.answer(key, evs)
			evs = append(evs, rest.until("workflow_finished")...)
		}
		fit(t, doc, "ChunkWorkflowEvent", evs, seen)
	}
	want(t, seen, "workflow_started node_started node_finished node_retry text_chunk iteration_started iteration_next iteration_completed loop_started loop_next loop_completed "+
		"agent_log human_input_required workflow_paused human_input_form_filled workflow_finished")

	seen = map[string]bool{}
	for _, set := range []app.Settings{chatflow(t, r.everyKind()), thinking, r.withAgent("answer"), bad, asking(t, "answer", object{"answer": "x"})} {
		r.broken.Store(1)
		_, key := r.publishAs(app.ModeAdvancedChat, set)
		evs := events(t, r.do("POST", "/chat-messages", key, object{"query": "q", "inputs": inputs, "user": "u", "response_mode": "streaming"}).body)
		fit(t, doc, "ChunkChatEvent", evs, seen)
	}
	want(t, seen, "workflow_started node_started node_finished node_retry iteration_started iteration_next iteration_completed loop_started loop_next loop_completed agent_log "+
		"human_input_required workflow_paused message message_end workflow_finished error reasoning_chunk")

	seen = map[string]bool{}
	_, key := r.publishAs(app.ModeAgent, r.agent())
	fit(t, doc, "ChunkChatEvent", events(t, r.do("POST", "/chat-messages", key, object{"query": "call current_time", "inputs": object{}, "user": "u", "response_mode": "streaming"}).body), seen)
	want(t, seen, "agent_thought agent_message message_end")

	seen = map[string]bool{}
	_, key = r.publishAs(app.ModeCompletion, app.Settings{Model: app.ModelRef{Endpoint: r.endpoint, Name: "echo"}, Prompt: "say: hi"})
	fit(t, doc, "ChunkCompletionEvent", events(t, r.do("POST", "/completion-messages", key, object{"inputs": object{}, "user": "u", "response_mode": "streaming"}).body), seen)
	want(t, seen, "message message_end")
}

// answer fills in the form for which a stream paused.
func (r *rig) answer(key string, evs []object) {
	token := data(evs[len(evs)-2])["form_token"].(string)
	if got := r.do("POST", "/form/human_input/"+token, key, object{"inputs": object{"comment": "good"}, "action": "yes", "user": "u"}); got.status != 200 {
		r.t.Fatalf("%d %s", got.status, got.body)
	}
}

// chatflow is a workflow with an answer in place of its end.
func chatflow(t *testing.T, set app.Settings) app.Settings {
	t.Helper()
	var g map[string][]object
	if err := json.Unmarshal(set.Graph, &g); err != nil {
		t.Fatal(err)
	}
	for _, n := range g["nodes"] {
		if d := data(n); d["type"] == "end" {
			d["type"], d["answer"] = "answer", "{{#llm.text#}}"
		}
	}
	raw, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return app.Settings{Graph: raw}
}

// thinking is an llm node whose model thinks first.
func (r *rig) thinking() object {
	n := r.llm("think: deep")
	n["reasoning_format"] = "separated"
	return n
}

func (r *rig) agent() app.Settings {
	return app.Settings{Model: app.ModelRef{Endpoint: r.endpoint, Name: "echo"}, Prompt: "You tell the time.",
		Agent: &app.Agent{MaxIterations: 3, Tools: []app.AgentTool{{Enabled: true, Type: "builtin", Provider: "time", Name: "current_time"}}}}
}

// withAgent has an agent node that calls a tool.
func (r *rig) withAgent(last string) app.Settings {
	constant := func(v any) object { return object{"type": "constant", "value": v} }
	data := object{"answer": "{{#agent.text#}}"}
	if last == "end" {
		data = object{"outputs": list{output("text", "agent", "text")}}
	}
	return draw(r.t, field("items", "json_object"), field("n", "number")).
		node("agent", "agent", object{"agent_strategy_name": "function_calling", "agent_strategy_provider_name": "islet", "agent_parameters": object{
			"model":       constant(object{"provider": r.endpoint, "model": "echo", "model_type": "llm", "mode": "chat", "completion_params": object{}}),
			"tools":       constant(list{object{"enabled": true, "type": "builtin", "provider_name": "time", "tool_name": "current_time", "parameters": object{}, "settings": object{}}}),
			"instruction": constant("tell the time"), "query": constant("call current_time"), "maximum_iterations": constant(3)}}).
		node(last, last, data).edge("start", "agent").edge("agent", last).settings()
}

func TestDocument_everyAnswerOfAGraphFits(t *testing.T) {
	doc := document(t)
	r := newRig(t, modeltest.Options{})
	var key string
	check := func(method, path, real string, body any) object {
		t.Helper()
		got := r.do(method, real, key, body)
		if got.status != 200 {
			t.Fatalf("%s %s = %d %s", method, real, got.status, got.body)
		}
		var v object
		got.into(t, &v)
		conform(t, method+" "+path, response(t, doc, method, path, "200"), any(v))
		return v
	}
	inputs := json.RawMessage(`{"items":{"list":["a","b"]},"n":5}`)
	body := object{"inputs": inputs, "user": "u"}
	everyKind := r.everyKind()
	everyKind.Files = app.FileInput{Enabled: true, Kinds: []string{"image"}}
	var a *app.App
	a, key = r.publishAs(app.ModeWorkflow, everyKind)
	run := check("POST", "/workflows/run", "/workflows/run", body)
	check("POST", "/workflows/{workflow_id}/run", "/workflows/"+string(r.published(a))+"/run", body)
	check("GET", "/workflows/run/{workflow_run_id}", "/workflows/run/"+run["workflow_run_id"].(string), nil)
	check("GET", "/workflows/logs", "/workflows/logs", nil)
	check("POST", "/workflows/tasks/{task_id}/stop", "/workflows/tasks/"+run["task_id"].(string)+"/stop", object{"user": "u"})
	for _, path := range []string{"/info", "/meta", "/site"} {
		check("GET", path, path, nil)
	}

	set := asking(t, "answer", object{"answer": "x"})
	set.Conversation = []app.ConvVariable{{ID: string(app.NewID()), Name: "mood", Type: "string", Value: "calm"}}
	_, key = r.publishAs(app.ModeAdvancedChat, set)
	check("GET", "/parameters", "/parameters", nil)
	evs := events(t, r.do("POST", "/chat-messages", key, object{"query": "q", "inputs": object{"text": "t"}, "user": "u", "response_mode": "streaming"}).body)
	token, conversation := data(evs[len(evs)-2])["form_token"].(string), evs[0]["conversation_id"].(string)
	check("GET", "/form/human_input/{form_token}", "/form/human_input/"+token, nil)
	check("GET", "/messages", "/messages?user=u&conversation_id="+conversation, nil)
	check("POST", "/form/human_input/{form_token}", "/form/human_input/"+token, object{"inputs": object{"comment": "x"}, "action": "yes", "user": "u"})
	check("GET", "/messages", "/messages?user=u&conversation_id="+conversation, nil)
	p := check("GET", "/conversations/{conversation_id}/variables", "/conversations/"+conversation+"/variables?user=u", nil)
	id := p["data"].(list)[0].(object)["id"].(string)
	check("PUT", "/conversations/{conversation_id}/variables/{variable_id}", "/conversations/"+conversation+"/variables/"+id, object{"value": "glad", "user": "u"})

	_, key = r.publishAs(app.ModeAgent, r.agent())
	evs = events(t, r.do("POST", "/chat-messages", key, object{"query": "call current_time", "inputs": object{}, "user": "u", "response_mode": "streaming"}).body)
	check("GET", "/messages", "/messages?user=u&conversation_id="+evs[0]["conversation_id"].(string), nil)

	_, key = r.publishAs(app.ModeCompletion, app.Settings{Model: app.ModelRef{Endpoint: r.endpoint, Name: "echo"}, Prompt: "say: hi"})
	m := check("POST", "/completion-messages", "/completion-messages", object{"inputs": object{}, "user": "u"})
	check("POST", "/completion-messages/{task_id}/stop", "/completion-messages/"+m["task_id"].(string)+"/stop", object{"user": "u"})
}
