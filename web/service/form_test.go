package service_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/model/modeltest"
)

// open is a stream whose events are read one by one.
type open struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Scanner
}

func (r *rig) open(t *testing.T, method, path, key string, body any) *open {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodGet {
		req.Body, req.ContentLength = nil, 0
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	in := bufio.NewScanner(resp.Body)
	in.Buffer(nil, 1<<20)
	return &open{t, resp, in}
}

// next is the next event; nil at the end of the stream.
func (o *open) next() object {
	for o.in.Scan() {
		if raw, ok := bytes.CutPrefix(o.in.Bytes(), []byte("data: ")); ok {
			var e object
			if err := json.Unmarshal(raw, &e); err != nil {
				o.t.Fatal(err)
			}
			return e
		}
	}
	return nil
}

// until reads up to an event, or to the end.
func (o *open) until(name string) (evs []object) {
	for e := o.next(); e != nil; e = o.next() {
		if evs = append(evs, e); e["event"] == name {
			return evs
		}
	}
	return evs
}

func TestForm_pausesAndTheRunIsTakenUpAgain(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	for mode, set := range map[app.Mode]app.Settings{
		app.ModeWorkflow:     asking(t, "end", object{"outputs": list{output("comment", "ask", "comment"), output("how", "ask", "__action_id")}}),
		app.ModeAdvancedChat: asking(t, "answer", object{"answer": "You said {{#ask.comment#}}"}),
	} {
		_, key := r.publishAs(mode, set)
		path, body := "/workflows/run", object{"inputs": object{"text": "it"}, "user": "u", "response_mode": "streaming"}
		if mode == app.ModeAdvancedChat {
			path, body["query"] = "/chat-messages", "q"
		}
		evs := events(t, r.do("POST", path, key, body).body)
		if names(evs) != "workflow_started node_started node_finished node_started human_input_required workflow_paused" {
			t.Fatalf("%s: %s", mode, names(evs))
		}
		asked, run := data(evs[len(evs)-2]), evs[0]["workflow_run_id"].(string)
		token := asked["form_token"].(string)
		resume := "/workflow/" + run + "/events?user=u"

		snapshot := events(t, r.do("GET", resume+"&include_state_snapshot=true", key, nil).body)
		if names(snapshot) != names(evs) {
			t.Errorf("%s, snapshot of the pause: %s", mode, names(snapshot))
		}
		early := r.open(t, "GET", resume, key, nil) // before anybody answers: it waits
		form := r.do("GET", "/form/human_input/"+token, key, nil)
		if !strings.Contains(string(form.body), `"form_content":"Is it right?`) || !strings.Contains(string(form.body), `"resolved_default_values":{"comment":"fine"}`) {
			t.Errorf("%s: the form is %s", mode, form.body)
		}
		answer := object{"inputs": object{"comment": "good"}, "action": "yes", "user": "u"}
		for what, wrong := range map[string]object{"no field": {"inputs": object{}, "action": "yes", "user": "u"}, "no such action": {"inputs": object{"comment": "x"}, "action": "maybe", "user": "u"}} {
			if got := r.do("POST", "/form/human_input/"+token, key, wrong); got.status != 400 || got.code() != "invalid_form_data" {
				t.Errorf("%s, %s: %d %s", mode, what, got.status, got.body)
			}
		}
		if got := r.do("POST", "/form/human_input/"+token, key, answer); got.status != 200 || string(got.body) != "{}" {
			t.Fatalf("%s: %d %s", mode, got.status, got.body)
		}
		for _, method := range []string{"GET", "POST"} {
			if got := r.do(method, "/form/human_input/"+token, key, answer); got.status != 412 || got.code() != "human_input_form_submitted" {
				t.Errorf("%s again: %d %s", method, got.status, got.body)
			}
		}
		rest := early.until("workflow_finished")
		want := "workflow_started human_input_form_filled text_chunk node_finished node_started node_finished workflow_finished"
		if mode == app.ModeAdvancedChat {
			want = "workflow_started human_input_form_filled message node_finished node_started node_finished message_end workflow_finished"
		}
		if got := names(rest); got != want {
			t.Errorf("%s, after the answer: %s\nwant %s", mode, got, want)
		}
		if data(rest[0])["reason"] != "resumption" {
			t.Errorf("%s: %v", mode, rest[0])
		}
		over := events(t, r.do("GET", resume, key, nil).body)
		if names(over) != "workflow_finished" || len(over) != 1 || data(over[0])["status"] != "succeeded" {
			t.Errorf("%s, when it was over: %v", mode, over)
		}
		if got := r.do("GET", "/workflow/"+run+"/events?user=stranger", key, nil); got.status != 404 {
			t.Errorf("%s, a stranger: %d", mode, got.status)
		}
		if mode == app.ModeAdvancedChat {
			var l struct{ Data []object }
			r.do("GET", "/messages?user=u&conversation_id="+evs[0]["conversation_id"].(string), key, nil).into(t, &l)
			said := l.Data[0]["extra_contents"].(list)[0].(object)["form_submission_data"].(object)
			if l.Data[0]["answer"] != "You said good" || said["rendered_content"] != "Is it right? good" || said["action_text"] != "Yes" {
				t.Errorf("the message says %v", l.Data[0])
			}
		}
	}
}

func TestForm_ofAnotherAppIsNotThere(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publishAs(app.ModeWorkflow, asking(t, "end", object{"outputs": list{}}))
	_, other := r.publishAs(app.ModeWorkflow, asking(t, "end", object{"outputs": list{}}))
	evs := events(t, r.do("POST", "/workflows/run", key, object{"inputs": object{}, "user": "u", "response_mode": "streaming"}).body)
	token := data(evs[len(evs)-2])["form_token"].(string)
	for _, path := range []string{"/form/human_input/" + token, "/form/human_input/nothing"} {
		for _, method := range []string{"GET", "POST"} {
			if got := r.do(method, path, other, object{"inputs": object{"comment": ""}, "action": "yes", "user": "u"}); got.status != 404 || got.code() != "not_found" {
				t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
			}
		}
	}
}

func TestWorkflow_staysOpenOverPausesWhereAsked(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	set := draw(t).
		node("one", "human-input", object{"form_content": "1", "inputs": list{}, "user_actions": list{object{"id": "ok", "title": "OK"}}}).
		node("two", "human-input", object{"form_content": "2", "inputs": list{}, "user_actions": list{object{"id": "ok", "title": "OK"}}}).
		node("end", "end", object{"outputs": list{}}).edge("start", "one").edge("one", "two", "ok").edge("two", "end", "ok").settings()
	_, key := r.publishAs(app.ModeWorkflow, set)
	evs := events(t, r.do("POST", "/workflows/run", key, object{"inputs": object{}, "user": "u", "response_mode": "streaming"}).body)
	run := evs[0]["workflow_run_id"].(string)
	s := r.open(t, "GET", "/workflow/"+run+"/events?user=u&continue_on_pause=true&include_state_snapshot=true", key, nil)
	for i := range 2 {
		part := s.until("workflow_paused")
		if len(part) < 2 || part[len(part)-1]["event"] != "workflow_paused" {
			t.Fatalf("pause %d: %s", i, names(part))
		}
		token := data(part[len(part)-2])["form_token"].(string)
		if got := r.do("POST", "/form/human_input/"+token, key, object{"inputs": object{}, "action": "ok", "user": "u"}); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if last := s.until("workflow_finished"); names(last) != "workflow_started human_input_form_filled node_finished node_started node_finished workflow_finished" {
		t.Errorf("the end: %s", names(last))
	}
}

func TestBlocking_aPauseIsABody(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, flow := r.publishAs(app.ModeWorkflow, asking(t, "end", object{"outputs": list{}}))
	_, chat := r.publishAs(app.ModeAdvancedChat, asking(t, "answer", object{"answer": "x"}))
	var out object
	r.do("POST", "/workflows/run", flow, object{"inputs": object{}, "user": "u"}).into(t, &out)
	if d := data(out); d["status"] != "paused" || len(d["paused_nodes"].(list)) != 1 || len(d["reasons"].(list)) != 1 || d["finished_at"] != nil {
		t.Errorf("workflow %v", out)
	}
	var msg object
	r.do("POST", "/chat-messages", chat, object{"query": "q", "inputs": object{}, "user": "u"}).into(t, &msg)
	if msg["event"] != "workflow_paused" || data(msg)["status"] != "paused" || msg["workflow_run_id"] == "" {
		t.Errorf("chatflow %v", msg)
	}
	var l struct{ Data []object }
	r.do("GET", "/messages?user=u&conversation_id="+msg["conversation_id"].(string), chat, nil).into(t, &l)
	if m := l.Data[0]; m["status"] != "paused" || m["extra_contents"].(list)[0].(object)["form_definition"].(object)["form_token"] == nil {
		t.Errorf("message %v", m)
	}
	if got := r.do("POST", "/workflows/tasks/"+out["task_id"].(string)+"/stop", flow, object{"user": "somebody"}); got.status != 200 {
		t.Errorf("stop: %s", got.body)
	}
	r.until(t, func() bool {
		var run object
		r.do("GET", "/workflows/run/"+out["workflow_run_id"].(string), flow, nil).into(t, &run)
		return run["status"] == "stopped" && run["error"] == "Stopped by user."
	})
}

// until waits for something that happens soon.
func (r *rig) until(t *testing.T, done func() bool) {
	t.Helper()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Error("it did not happen")
}
