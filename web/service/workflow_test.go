package service_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/model/modeltest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// names are the events of a stream in order, repetitions once.
func names(evs []object) string {
	var out []string
	for _, e := range evs {
		if n := e["event"].(string); len(out) == 0 || out[len(out)-1] != n {
			out = append(out, n)
		}
	}
	return strings.Join(out, " ")
}

func data(e object) object { d, _ := e["data"].(object); return d }

var (
	uuids   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	times   = regexp.MustCompile(`"(created_at|finished_at|sys.timestamp|expiration_time)":\d+`)
	seconds = regexp.MustCompile(`"(elapsed_time|latency|time_to_first_token|time_to_generate|0|1|2)":[0-9.e+-]+`)
	tokens  = regexp.MustCompile(`"form_token":"[a-z0-9]+"`)
)

// settled is a stream without what is different each time: ids become #1, #2 … in the order in which they appear.
func settled(stream []byte) []byte {
	seen := map[string]string{}
	stream = uuids.ReplaceAllFunc(stream, func(id []byte) []byte {
		if seen[string(id)] == "" {
			seen[string(id)] = fmt.Sprintf("#%d", len(seen)+1)
		}
		return []byte(seen[string(id)])
	})
	stream = times.ReplaceAll(stream, []byte(`"$1":0`))
	stream = seconds.ReplaceAll(stream, []byte(`"$1":0.0`))
	return tokens.ReplaceAll(stream, []byte(`"form_token":"token"`))
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(want, got) {
		t.Errorf("%s (%v) is stale; run go test ./web/service -update and read the difference:\n%s", file, err, got)
	}
}

func TestWorkflow_theWholeStreamOfEveryKindOfNode(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	r.broken.Store(1)
	_, key := r.publishAs(app.ModeWorkflow, r.everyKind())
	a := r.do("POST", "/workflows/run", key, object{"inputs": json.RawMessage(`{"items":{"list":["a","b"]},"n":5}`), "user": "li", "response_mode": "streaming"})
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	events(t, a.body) // well framed
	golden(t, "testdata/workflow.sse", settled(a.body))
}

func TestWorkflow_blockingTellsOutputsAndFailures(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publishAs(app.ModeWorkflow, r.everyKind())
	var out struct {
		Task string `json:"task_id"`
		Run  string `json:"workflow_run_id"`
		Data struct {
			ID, Workflow, Status string
			Outputs              json.RawMessage
			Error                *string
			Steps                int    `json:"total_steps"`
			Tokens               int    `json:"total_tokens"`
			Finished             *int64 `json:"finished_at"`
		}
	}
	r.do("POST", "/workflows/run", key, object{"inputs": json.RawMessage(`{"items":{"list":["a","b"]},"n":5}`), "user": "li"}).into(t, &out)
	if d := out.Data; d.Status != "succeeded" || string(d.Outputs) != `{"n":5,"text":"many 5","upper":["A","B"],"who":"LI"}` || d.Error != nil || d.Steps != 11 || d.Tokens == 0 || d.Finished == nil || out.Run != d.ID {
		t.Errorf("%+v, outputs %s", out, out.Data.Outputs)
	}
	_, key = r.publishAs(app.ModeWorkflow, draw(t).node("bad", "code", code("fail")).node("end", "end", object{"outputs": list{}}).edge("start", "bad").edge("bad", "end").settings())
	a := r.do("POST", "/workflows/run", key, object{"inputs": object{}, "user": "li"})
	if a.into(t, &out); a.status != 200 || out.Data.Status != "failed" || out.Data.Error == nil || *out.Data.Error != "the program failed" {
		t.Errorf("failed: %d %s", a.status, a.body)
	}
	evs := events(t, r.do("POST", "/workflows/run", key, object{"inputs": object{}, "user": "li", "response_mode": "streaming"}).body)
	if names(evs) != "workflow_started node_started node_finished node_started node_finished workflow_finished" || data(evs[len(evs)-1])["status"] != "failed" {
		t.Errorf("failing stream: %s, %v", names(evs), evs[len(evs)-1])
	}
}

func TestWorkflow_aVersionOfTheAppRunsByItsID(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	says := func(text string) app.Settings {
		return draw(t).node("say", "template-transform", object{"template": text, "variables": list{}}).
			node("end", "end", object{"outputs": list{output("said", "say", "output")}}).edge("start", "say").edge("say", "end").settings()
	}
	a, key := r.publishAs(app.ModeWorkflow, says("old"))
	other, _ := r.publishAs(app.ModeWorkflow, says("theirs"))
	old := r.published(a)
	if _, _, err := r.studio.SaveDraft(r.ctx, a.ID, a.DraftRev, says("new")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, a.ID, "", ""); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/workflows/run": `"said":"new"`, "/workflows/" + string(old) + "/run": `"said":"old"`,
		"/workflows/" + string(app.NewID()) + "/run": `"not_found"`, "/workflows/" + string(r.published(other)) + "/run": `"not_found"`, "/workflows/x/run": `"bad_request"`} {
		if got := r.do("POST", path, key, object{"inputs": object{}, "user": "u"}); !strings.Contains(string(got.body), want) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// published is the version of an app that its key runs.
func (r *rig) published(a *app.App) app.ID {
	rel, err := r.studio.Latest(r.ctx, a.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return rel.Version
}

func TestStop_ofAWorkflowAndAChatflow(t *testing.T) {
	r := newRig(t, modeltest.Options{PerToken: 20 * time.Millisecond})
	flow := draw(t).node("llm", "llm", r.llm("count to 2000")).node("end", "end", object{"outputs": list{output("text", "llm", "text")}}).edge("start", "llm").edge("llm", "end").settings()
	chat := draw(t).node("llm", "llm", r.llm("count to 2000")).node("answer", "answer", object{"answer": "{{#llm.text#}}"}).edge("start", "llm").edge("llm", "answer").settings()
	for _, c := range []struct {
		mode                    app.Mode
		set                     app.Settings
		path, stop, piece, ends string
		user                    string
	}{
		{app.ModeWorkflow, flow, "/workflows/run", "/workflows/tasks/", "text_chunk", "node_finished workflow_finished", "anybody"},
		{app.ModeAdvancedChat, chat, "/chat-messages", "/chat-messages/", "message", "node_finished workflow_finished message_end", "u"},
	} {
		_, key := r.publishAs(c.mode, c.set)
		s := r.open(t, "POST", c.path, key, object{"query": "q", "inputs": object{}, "user": "u", "response_mode": "streaming"})
		first := s.until(c.piece)
		if got := r.do("POST", c.stop+first[0]["task_id"].(string)+"/stop", key, object{"user": c.user}); got.status != 200 {
			t.Fatalf("%s: %s", c.mode, got.body)
		}
		rest := s.until("nothing")
		if !strings.HasSuffix(names(rest), c.ends) {
			t.Errorf("%s: %s", c.mode, names(rest))
		}
		for _, e := range rest {
			if e["event"] == "workflow_finished" && (data(e)["status"] != "stopped" || data(e)["error"] != "Stopped by user.") {
				t.Errorf("%s: %v", c.mode, e)
			}
		}
	}
}

func TestChatflow_orderOfSuccessAndFailure(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	good := draw(t).node("llm", "llm", r.llm("say: {{#sys.query#}}")).node("answer", "answer", object{"answer": "{{#llm.text#}}!"}).edge("start", "llm").edge("llm", "answer").settings()
	bad := draw(t).node("bad", "code", code("fail")).node("answer", "answer", object{"answer": "{{#bad.result#}}"}).edge("start", "bad").edge("bad", "answer").settings()
	_, key := r.publishAs(app.ModeAdvancedChat, good)
	ask := object{"query": "hi", "inputs": object{}, "user": "u", "response_mode": "streaming"}
	evs := events(t, r.do("POST", "/chat-messages", key, ask).body)
	text := ""
	for _, e := range evs {
		if e["event"] == "message" {
			text += e["answer"].(string)
		}
	}
	if !strings.HasSuffix(names(evs), "message_end workflow_finished") || text != "hi!" {
		t.Errorf("%s, %q", names(evs), text)
	}
	var m blocking
	r.ask(key, "u", "hi", object{"conversation_id": evs[0]["conversation_id"]}).into(t, &m)
	if m.Mode != "advanced-chat" || m.Answer != "hi!" || m.Event != "message" {
		t.Errorf("blocking %+v", m)
	}
	var run object
	r.do("GET", "/workflows/run/"+evs[0]["workflow_run_id"].(string), key, nil).into(t, &run)
	if run["outputs"].(object)["answer"] != "hi!" || !strings.Contains(run["inputs"].(string), `"sys.query":"hi"`) {
		t.Errorf("the run %v", run)
	}
	_, key = r.publishAs(app.ModeAdvancedChat, bad)
	evs = events(t, r.do("POST", "/chat-messages", key, ask).body)
	last := evs[len(evs)-1]
	if !strings.HasSuffix(names(evs), "workflow_finished error") || last["code"] != "invalid_param" || last["message"] != "Run failed: the program failed" {
		t.Errorf("%s, %v", names(evs), last)
	}
	if got := r.ask(key, "u", "hi", nil); got.status != 400 || got.code() != "invalid_param" {
		t.Errorf("blocking: %d %s", got.status, got.body)
	}
}

func TestChatflow_variablesAreListedAndSet(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	set := draw(t).node("answer", "answer", object{"answer": "{{#conversation.mood#}} {{#conversation.tags#}}"}).edge("start", "answer").settings()
	set.Conversation = []app.ConvVariable{{ID: string(app.NewID()), Name: "mood", Description: "how it goes", Type: "string", Value: "calm"},
		{ID: string(app.NewID()), Name: "tags", Type: "array[number]", Value: list{int64(1)}}}
	_, key := r.publishAs(app.ModeAdvancedChat, set)
	var m blocking
	r.ask(key, "u", "hi", nil).into(t, &m)
	base := "/conversations/" + m.Conversation + "/variables"
	var p struct {
		More bool `json:"has_more"`
		Data []struct {
			ID, Name, Value, Description string
			Type                         string `json:"value_type"`
		}
	}
	r.do("GET", base+"?user=u&limit=1", key, nil).into(t, &p)
	if len(p.Data) != 1 || !p.More || p.Data[0].Name != "mood" || p.Data[0].Value != "calm" || p.Data[0].Description != "how it goes" {
		t.Fatalf("first page %+v", p)
	}
	mood := p.Data[0].ID
	r.do("GET", base+"?user=u&last_id="+mood, key, nil).into(t, &p)
	if len(p.Data) != 1 || p.More || p.Data[0].Value != "[1]" || p.Data[0].Type != "array[number]" {
		t.Errorf("second page %+v", p)
	}
	tags := p.Data[0].ID
	for _, c := range []struct {
		id     string
		value  any
		user   string
		status int
		code   string
	}{
		{mood, "glad", "u", 200, ""}, {mood, 5, "u", 400, "bad_request"}, {tags, list{1, 2.5}, "u", 200, ""}, {tags, list{"x"}, "u", 400, "bad_request"},
		{tags, "x", "u", 400, "bad_request"}, {string(app.NewID()), "x", "u", 404, "not_found"}, {mood, "x", "stranger", 404, "not_found"},
	} {
		if got := r.do("PUT", base+"/"+c.id, key, object{"value": c.value, "user": c.user}); got.status != c.status || got.code() != c.code {
			t.Errorf("set %v by %s: %d %s", c.value, c.user, got.status, got.body)
		}
	}
	if got := r.do("PUT", base+"/"+mood, key, object{"user": "u"}); got.code() != "invalid_param" {
		t.Errorf("no value: %s", got.body)
	}
	r.do("GET", base+"?user=u&variable_name=mood", key, nil).into(t, &p)
	if len(p.Data) != 1 || p.Data[0].Value != "glad" {
		t.Errorf("by name %+v", p)
	}
	r.ask(key, "u", "hi", object{"conversation_id": m.Conversation}).into(t, &m)
	if !strings.HasPrefix(m.Answer, "glad") || !strings.Contains(m.Answer, "2.5") {
		t.Errorf("the graph sees %q", m.Answer)
	}
}

func TestWorkflow_filesInInputsAndBesides(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	set := draw(t, field("pic", "file", "allowed_file_types", list{"image"}, "allowed_file_upload_methods", list{"local_file"})).
		node("end", "end", object{"outputs": list{output("pic", "start", "pic"), output("all", "sys", "files")}}).edge("start", "end").settings()
	set.Files = app.FileInput{Enabled: true, Kinds: []string{"image"}, Max: 1}
	_, key := r.publishAs(app.ModeWorkflow, set)
	var up object
	r.upload(key, "u", "p.png", "image/png", png).into(t, &up)
	ref := object{"type": "image", "transfer_method": "local_file", "upload_file_id": up["id"]}
	var out object
	r.do("POST", "/workflows/run", key, object{"inputs": object{"pic": ref}, "files": list{ref}, "user": "u"}).into(t, &out)
	o, _ := data(out)["outputs"].(object)
	for _, f := range []any{o["pic"], o["all"].(list)[0]} {
		if f := f.(object); f["dify_model_identity"] != "__dify__file__" || f["related_id"] != up["id"] || f["filename"] != "p.png" || f["size"] != float64(len(png)) {
			t.Errorf("file %v", f)
		}
	}
	for what, body := range map[string]object{"a stranger's": {"inputs": object{"pic": ref}, "user": "stranger"}, "too many": {"inputs": object{}, "files": list{ref, ref}, "user": "u"},
		"no file": {"inputs": object{"pic": "text"}, "user": "u"}} {
		if got := r.do("POST", "/workflows/run", key, body); got.status != 400 && got.status != 404 {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
}

func TestWorkflow_logsAreFilteredAndPaged(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publishAs(app.ModeWorkflow, draw(t, field("text", "text-input"), field("n", "number")).
		node("pick", "if-else", object{"cases": list{object{"case_id": "ok", "logical_operator": "and", "conditions": list{
			object{"variable_selector": selector("start", "text"), "comparison_operator": "is not", "value": "bad", "varType": "string"}}}}}).
		node("bad", "code", code("fail")).node("end", "end", object{"outputs": list{output("text", "start", "text")}}).
		edge("start", "pick").edge("pick", "end", "ok").edge("pick", "bad", "false").edge("bad", "end").settings())
	for _, c := range []struct{ user, text string }{{"ann", "apple"}, {"ben", "苹果"}, {"ann", "bad"}} {
		if got := r.do("POST", "/workflows/run", key, object{"inputs": object{"text": c.text}, "user": c.user}); got.status != 200 {
			t.Fatalf("%s", got.body)
		}
	}
	for query, want := range map[string]int{"": 3, "keyword=苹果": 1, "keyword=nothing": 0, "status=failed": 1, "status=succeeded": 2, "status=stopped": 0,
		"created_by_end_user_session_id=ann": 2, "created_at__after=2000-01-01T00:00:00Z": 3, "created_at__before=2000-01-01T00:00:00": 0, "limit=2": 3, "created_by_account=a@b.c": 0} {
		var l struct {
			Total, Page, Limit int
			More               bool `json:"has_more"`
			Data               []object
		}
		r.do("GET", "/workflows/logs?"+query, key, nil).into(t, &l)
		if l.Total != want || len(l.Data) != min(want, l.Limit) || l.More != (want > l.Limit) {
			t.Errorf("%s: %d of %d, %t", query, len(l.Data), l.Total, l.More)
		}
	}
	for _, query := range []string{"status=great", "limit=101", "limit=0", "page=0", "page=x", "created_at__after=yesterday", "created_by_account=no@b.c"} {
		if got := r.do("GET", "/workflows/logs?"+query, key, nil); got.status != 400 || got.code() != "invalid_param" {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

func TestCompletion_bothModesAndStop(t *testing.T) {
	r := newRig(t, modeltest.Options{PerToken: 5 * time.Millisecond})
	set := app.Settings{Model: app.ModelRef{Endpoint: r.endpoint, Name: "echo"}, Prompt: "say: about {{topic}}", Variables: []app.Variable{{Name: "topic", Kind: "text", Required: true}}}
	_, key := r.publishAs(app.ModeCompletion, set)
	body := object{"inputs": object{"topic": "sea"}, "user": "u"}
	var m blocking
	r.do("POST", "/completion-messages", key, body).into(t, &m)
	if m.Answer != "about sea" || m.Mode != "completion" || m.Conversation != "" || m.Event != "message" {
		t.Errorf("blocking %+v", m)
	}
	if got := r.do("POST", "/messages/"+m.Message+"/feedbacks", key, object{"rating": "like", "user": "u"}); got.status != 200 {
		t.Errorf("feedback: %s", got.body)
	}
	body["response_mode"] = "streaming"
	evs := events(t, r.do("POST", "/completion-messages", key, body).body)
	if names(evs) != "message message_end" || evs[0]["conversation_id"] != nil {
		t.Errorf("stream %s, %v", names(evs), evs[0])
	}
	body["inputs"] = object{"topic": strings.Repeat("word ", 50)}
	s := r.open(t, "POST", "/completion-messages", key, body)
	first := s.until("message")
	if got := r.do("POST", "/completion-messages/"+first[0]["task_id"].(string)+"/stop", key, object{"user": "u"}); got.status != 200 {
		t.Errorf("stop: %s", got.body)
	}
	if rest := s.until("nothing"); rest[len(rest)-1]["event"] != "message_end" || len(rest) > 45 {
		t.Errorf("after the stop %d events, %s", len(rest), names(rest))
	}
	for want, b := range map[string]object{"invalid_param": {"inputs": object{}, "user": "u"}} {
		if got := r.do("POST", "/completion-messages", key, b); got.status != 400 || got.code() != want {
			t.Errorf("%v: %d %s", b, got.status, got.body)
		}
	}
}

func TestAgent_thinksCallsAndAnswers(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	set := app.Settings{Model: app.ModelRef{Endpoint: r.endpoint, Name: "echo"}, Prompt: "You tell the time.",
		Agent: &app.Agent{MaxIterations: 3, Tools: []app.AgentTool{{Enabled: true, Type: "builtin", Provider: "time", Name: "current_time"}}}}
	_, key := r.publishAs(app.ModeAgent, set)
	ask := object{"query": "please call current_time", "inputs": object{}, "user": "u", "response_mode": "streaming"}
	evs := events(t, r.do("POST", "/chat-messages", key, ask).body)
	if !strings.HasPrefix(names(evs), "agent_thought agent_message") || !strings.HasSuffix(names(evs), "message_end") {
		t.Fatalf("%s", names(evs))
	}
	var called object
	for _, e := range evs {
		if e["event"] == "agent_thought" && e["observation"] != "" {
			called = e
		}
	}
	if called == nil || called["tool"] != "current_time" || called["position"] != 1.0 || !strings.Contains(called["tool_input"].(string), `"current_time"`) {
		t.Fatalf("the call %v", called)
	}
	var l struct{ Data []object }
	r.do("GET", "/messages?user=u&conversation_id="+evs[0]["conversation_id"].(string), key, nil).into(t, &l)
	thoughts := l.Data[0]["agent_thoughts"].(list)
	if len(thoughts) != 2 || thoughts[0].(object)["observation"] != called["observation"] || thoughts[0].(object)["message_id"] != l.Data[0]["id"] {
		t.Errorf("the message has %v", thoughts)
	}
	for _, mode := range []string{"blocking", ""} {
		ask["response_mode"] = mode
		if got := r.do("POST", "/chat-messages", key, ask); got.status != 400 || got.code() != "invalid_param" || !strings.Contains(string(got.body), "Agent Chat App does not support blocking mode") {
			t.Errorf("%q: %d %s", mode, got.status, got.body)
		}
	}
}

func TestModes_eachAddressIsForItsApps(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	model := app.ModelRef{Endpoint: r.endpoint, Name: "echo"}
	keys := map[app.Mode]string{}
	_, keys[app.ModeChat] = r.publish(app.Settings{})
	_, keys[app.ModeCompletion] = r.publishAs(app.ModeCompletion, app.Settings{Model: model, Prompt: "{{x}}", Variables: []app.Variable{{Name: "x", Kind: "text"}}})
	_, keys[app.ModeWorkflow] = r.publishAs(app.ModeWorkflow, draw(t).node("end", "end", object{"outputs": list{}}).edge("start", "end").settings())
	_, keys[app.ModeAdvancedChat] = r.publishAs(app.ModeAdvancedChat, draw(t).node("answer", "answer", object{"answer": "x"}).edge("start", "answer").settings())
	none := string(app.NewID())
	for _, c := range []struct {
		method, path string
		code         string
		allowed      string // first letters of the modes for which it is there
	}{
		{"POST", "/chat-messages", "not_chat_app", "chat advanced-chat"},
		{"POST", "/chat-messages/" + none + "/stop", "not_chat_app", "chat advanced-chat"},
		{"GET", "/conversations", "not_chat_app", "chat advanced-chat"},
		{"GET", "/messages/" + none + "/suggested?user=u", "not_chat_app", "chat advanced-chat"},
		{"POST", "/messages/" + none + "/feedbacks", "not_chat_app", "chat advanced-chat completion"},
		{"POST", "/completion-messages", "app_unavailable", "completion"},
		{"POST", "/completion-messages/" + none + "/stop", "app_unavailable", "completion"},
		{"POST", "/workflows/run", "not_workflow_app", "workflow"},
		{"POST", "/workflows/" + none + "/run", "not_workflow_app", "workflow"},
		{"POST", "/workflows/tasks/" + none + "/stop", "not_workflow_app", "workflow"},
		{"GET", "/workflows/run/" + none, "not_workflow_app", "workflow advanced-chat"},
		{"GET", "/workflows/logs", "not_workflow_app", "workflow advanced-chat"},
		{"GET", "/workflow/" + none + "/events?user=u", "not_workflow_app", "workflow advanced-chat"},
		{"GET", "/form/human_input/x", "not_workflow_app", "workflow advanced-chat"},
		{"POST", "/form/human_input/x", "not_workflow_app", "workflow advanced-chat"},
	} {
		for mode, key := range keys {
			got := r.do(c.method, c.path, key, object{"query": "q", "inputs": object{}, "user": "u", "action": "a", "rating": "like"})
			wrong := got.status == 400 && got.code() == c.code
			allowed := false
			for m := range strings.FieldsSeq(c.allowed) {
				allowed = allowed || m == string(mode)
			}
			if wrong == allowed {
				t.Errorf("%s %s of %s: %d %s", c.method, c.path, mode, got.status, got.body)
			}
		}
	}
	for mode, key := range keys {
		for _, path := range []string{"/info", "/parameters", "/meta", "/site"} {
			if got := r.do("GET", path, key, nil); got.status != 200 {
				t.Errorf("%s of %s: %d %s", path, mode, got.status, got.body)
			}
		}
	}
	key := keys[app.ModeWorkflow]
	for _, c := range []struct {
		body   object
		status int
		code   string
	}{
		{object{"inputs": object{}}, 400, "invalid_param"}, {object{"user": "u"}, 400, "invalid_param"}, {object{"inputs": list{}, "user": "u"}, 400, "invalid_param"},
		{object{"inputs": object{}, "user": "u", "response_mode": "x"}, 400, "invalid_param"}, {object{"inputs": object{}, "user": "u", "files": list{object{"upload_file_id": "x"}}}, 200, ""},
	} {
		if got := r.do("POST", "/workflows/run", key, c.body); got.status != c.status || got.code() != c.code {
			t.Errorf("%v: %d %s", c.body, got.status, got.body)
		}
	}
	bare := &app.App{Mode: app.ModeWorkflow, Name: "unpublished"}
	if err := r.studio.Create(r.ctx, bare); err != nil {
		t.Fatal(err)
	}
	_, unpublished, err := r.studio.NewKey(r.ctx, bare.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.do("POST", "/workflows/run", unpublished, object{"inputs": object{}, "user": "u"}); got.status != 400 || got.code() != "invalid_param" {
		t.Errorf("unpublished: %d %s", got.status, got.body)
	}
	for _, path := range []string{"/workflows/run/" + none, "/workflow/" + none + "/events?user=u", "/workflows/run/x"} {
		if got := r.do("GET", path, key, nil); got.status != 404 || got.code() != "not_found" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := r.do("GET", "/workflow/"+none+"/events", key, nil); got.code() != "invalid_param" {
		t.Errorf("without user: %d %s", got.status, got.body)
	}
}
