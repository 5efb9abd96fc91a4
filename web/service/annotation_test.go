package service_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"islet/app"
	"islet/app/model/modeltest"
	"islet/store"
)

type annotationJSON struct {
	ID       app.ID `json:"id"`
	Question string
	Answer   string
	Hits     int `json:"hit_count"`
}

// chatflowGraph asks a model that would say something else than an annotation.
const chatflowGraph = `{"nodes":[{"id":"s","data":{"type":"start","title":"Start","variables":[]}},{"id":"a","data":{"type":"answer","title":"Answer","answer":"from the graph"}}],
	"edges":[{"id":"e","source":"s","target":"a","sourceHandle":"source","targetHandle":"target"}]}`

func TestAnnotations_answerBeforeTheModelInEveryKindOfChat(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	for _, c := range []struct {
		mode app.Mode
		set  app.Settings
	}{
		{app.ModeChat, app.Settings{Model: app.ModelRef{Endpoint: r.endpoint, Name: "echo"}}},
		{app.ModeAgent, app.Settings{Model: app.ModelRef{Endpoint: r.endpoint, Name: "echo"}, Agent: &app.Agent{Strategy: "function_call"}}},
		{app.ModeAdvancedChat, app.Settings{Graph: json.RawMessage(chatflowGraph)}},
	} {
		_, key := r.publishAs(c.mode, c.set)
		r.do("POST", "/apps/annotations", key, object{"question": "When does the canteen open?", "answer": "At eleven, {{#sys.query#}}."})
		on := r.do("POST", "/apps/annotation-reply/enable", key, object{"score_threshold": 0.7, "embedding_provider_name": "", "embedding_model_name": ""})
		if on.status != 200 {
			t.Fatalf("%s: enable = %d %s", c.mode, on.status, on.body)
		}
		before := len(r.model.Requests())
		for query, hit := range map[string]bool{"when DOES the canteen open ？": true, "When does the canteen open today?": true, "Who cooks there?": false} {
			a := r.do("POST", "/chat-messages", key, object{"query": query, "inputs": object{}, "user": "u", "response_mode": "streaming"})
			text, reply := "", any(nil)
			for _, e := range events(t, a.body) {
				switch e["event"] {
				case "message", "agent_message":
					text += e["answer"].(string)
				case "message_end":
					reply = e["metadata"].(object)["annotation_reply"]
				case "workflow_started", "node_started":
					if hit {
						t.Errorf("%s: an annotated answer tells of %s", c.mode, e["event"])
					}
				}
			}
			if (text == "At eleven, {{#sys.query#}}.") != hit || (reply != nil) != hit {
				t.Errorf("%s: %q is answered %q with annotation_reply %v", c.mode, query, text, reply)
			}
		}
		if asked := len(r.model.Requests()) - before; asked > 1 {
			t.Errorf("%s: the model was asked %d times", c.mode, asked)
		}
		var list struct{ Data []annotationJSON }
		r.do("GET", "/apps/annotations", key, nil).into(t, &list)
		if len(list.Data) != 1 || list.Data[0].Hits != 2 {
			t.Errorf("%s: annotations %+v, want one with 2 hits", c.mode, list.Data)
		}
		r.do("POST", "/apps/annotation-reply/disable", key, object{"score_threshold": 0.7, "embedding_provider_name": "", "embedding_model_name": ""})
		if off := r.do("POST", "/chat-messages", key, object{"query": "When does the canteen open?", "inputs": object{}, "user": "u", "response_mode": "streaming"}); len(off.body) == 0 || bytes.Contains(off.body, []byte("annotation_reply")) {
			t.Errorf("%s: switched off, it answers %s", c.mode, off.body)
		}
	}
}

func TestAnnotations_areComparedByMeaningOnceTheirVectorsAreMade(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	err := r.db.Update(r.ctx, func(tx *store.Tx) error {
		return tx.InsertModel(&app.Model{ID: app.NewID(), Endpoint: r.endpoint, Name: "embed", Kind: app.EmbedModel, CreatedAt: tx.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, key := r.publish(app.Settings{})
	r.do("POST", "/apps/annotations", key, object{"question": "When does the canteen open?", "answer": "At eleven."})
	var job struct {
		ID     app.ID `json:"job_id"`
		Status string `json:"job_status"`
		Error  string `json:"error_msg"`
	}
	a := r.do("POST", "/apps/annotation-reply/enable", key, object{"score_threshold": 0.99, "embedding_provider_name": "openai", "embedding_model_name": "embed"})
	if a.into(t, &job); a.status != 200 || job.Status != "waiting" {
		t.Fatalf("enable = %d %s", a.status, a.body)
	}
	for end := time.Now().Add(20 * time.Second); job.Status != "completed"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the job is %+v", job)
		}
		r.do("GET", "/apps/annotation-reply/enable/status/"+string(job.ID), key, nil).into(t, &job)
	}
	if got := r.ask(key, "u", "When does the canteen open?", nil); !bytes.Contains(got.body, []byte("At eleven.")) {
		t.Errorf("the same question is answered %s", got.body)
	}
	if got := r.ask(key, "u", "say: something else", nil); bytes.Contains(got.body, []byte("At eleven.")) {
		t.Errorf("another question is answered %s", got.body)
	}
	if got := r.do("GET", "/apps/annotation-reply/enable/status/"+string(app.NewID()), key, nil); got.status != 400 {
		t.Errorf("an unknown job = %d %s", got.status, got.body)
	}
}

func TestAnnotations_keepToTheirAppAndConformToTheDocument(t *testing.T) {
	doc := document(t)
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	_, other := r.publish(app.Settings{})
	check := func(method, pattern, path string, body any, status int) *answer {
		t.Helper()
		got := r.do(method, path, key, body)
		if got.status != status {
			t.Fatalf("%s %s = %d %s", method, path, got.status, got.body)
		}
		op := doc.Paths.Value(pattern).GetOperation(method)
		if resp := op.Responses.Status(status); resp != nil && len(resp.Value.Content) > 0 {
			var v any
			got.into(t, &v)
			conform(t, method+" "+pattern, resp.Value.Content.Get("application/json").Schema.Value, v)
		}
		return got
	}
	var v annotationJSON
	check("POST", "/apps/annotations", "/apps/annotations", object{"question": "q", "answer": "a"}, 201).into(t, &v)
	check("GET", "/apps/annotations", "/apps/annotations?page=1&limit=5&keyword=q", nil, 200)
	check("PUT", "/apps/annotations/{annotation_id}", "/apps/annotations/"+string(v.ID), object{"question": "q", "answer": "b"}, 200)
	for _, method := range []string{"PUT", "DELETE"} {
		if got := r.do(method, "/apps/annotations/"+string(v.ID), other, object{"question": "q", "answer": "stolen"}); got.status != 404 {
			t.Errorf("%s with the key of another app = %d %s", method, got.status, got.body)
		}
	}
	check("DELETE", "/apps/annotations/{annotation_id}", "/apps/annotations/"+string(v.ID), nil, 204)
	for path, body := range map[string]object{"/apps/annotations": {"question": " ", "answer": "a"}, "/apps/annotation-reply/maybe": {"score_threshold": 1},
		"/apps/annotation-reply/enable": {"score_threshold": 2, "embedding_provider_name": "", "embedding_model_name": ""}} {
		if got := r.do("POST", path, key, body); got.status != 400 || got.code() != "invalid_param" {
			t.Errorf("POST %s %v = %d %s", path, body, got.status, got.body)
		}
	}
	check("POST", "/apps/annotation-reply/{action}", "/apps/annotation-reply/enable", object{"score_threshold": 0.9, "embedding_provider_name": "", "embedding_model_name": ""}, 200)
}
