package service_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model/modeltest"
)

type blocking struct {
	Event, Answer, Mode string
	Task                string `json:"task_id"`
	ID                  string
	Message             string `json:"message_id"`
	Conversation        string `json:"conversation_id"`
	Metadata            struct {
		Usage struct {
			Total int    `json:"total_tokens"`
			Price string `json:"total_price"`
		}
		Resources []any `json:"retriever_resources"`
	}
	Created int64 `json:"created_at"`
}

// events splits a stream into its data objects and checks the framing.
func events(t *testing.T, stream []byte) []object {
	t.Helper()
	var out []object
	for _, block := range bytes.Split(bytes.TrimSuffix(stream, []byte("\n\n")), []byte("\n\n")) {
		if string(block) == "event: ping" {
			continue
		}
		data, ok := bytes.CutPrefix(block, []byte("data: "))
		if !ok || bytes.ContainsRune(data, '\n') {
			t.Fatalf("block %q is not one data line", block)
		}
		var o object
		if err := json.Unmarshal(data, &o); err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		out = append(out, o)
	}
	return out
}

func TestChatMessages_streamIsMessagesThenMessageEnd(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{Prompt: "Be kind to {{name}}.", Variables: []app.Variable{{Name: "name", Kind: "text"}}})
	a := r.do("POST", "/chat-messages", key, object{"query": "say: one two three", "inputs": object{"name": "Li"}, "user": "u1", "response_mode": "streaming"})
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("status %d, %v: %s", a.status, a.header, a.body)
	}
	evs := events(t, a.body)
	text, last := "", evs[len(evs)-1]
	for _, e := range evs[:len(evs)-1] {
		if e["event"] != "message" || e["id"] != last["message_id"] || e["task_id"] == "" || e["conversation_id"] != last["conversation_id"] {
			t.Errorf("event %v", e)
		}
		text += e["answer"].(string)
	}
	if text != "one two three" || last["event"] != "message_end" {
		t.Errorf("answer %q, last %v", text, last)
	}
	usage := last["metadata"].(object)["usage"].(object)
	if usage["completion_tokens"].(float64) == 0 || usage["total_price"] != "0" {
		t.Errorf("usage %v", usage)
	}
	body := string(r.model.Requests()[0].Body)
	if !strings.Contains(body, "Be kind to Li.") {
		t.Errorf("the model was sent %s", body)
	}
}

func TestChatMessages_blockingContinuesAConversation(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	var first, second blocking
	r.ask(key, "u1", "say: one", nil).into(t, &first)
	if first.Event != "message" || first.Answer != "one" || first.Mode != "chat" || first.ID != first.Message || first.Metadata.Usage.Total == 0 || first.Metadata.Resources == nil {
		t.Errorf("first = %+v", first)
	}
	r.ask(key, "u1", "say: two", object{"conversation_id": first.Conversation}).into(t, &second)
	if second.Conversation != first.Conversation || second.Answer != "two" {
		t.Errorf("second = %+v", second)
	}
	reqs := r.model.Requests()
	if body := string(reqs[len(reqs)-1].Body); !strings.Contains(body, `"say: one"`) || !strings.Contains(body, `"one"`) {
		t.Errorf("the model did not see the first turn: %s", body)
	}
}
