package modeltest

import (
	"encoding/json"
	"net/http"
	"strings"
)

func (s *Server) ollamaChat(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		Model    string
		Stream   *bool
		Messages []struct {
			Role, Content string
			Images        []string
		}
		Tools   []struct{ Function tool }
		Format  json.RawMessage
		Options struct {
			NumPredict int `json:"num_predict"`
			Stop       []string
		}
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Messages) == 0 {
		fail(w, http.StatusBadRequest, "not a chat request", "")
		return
	}
	t := &turn{model: in.Model, stream: in.Stream == nil || *in.Stream, max: in.Options.NumPredict, stop: in.Options.Stop, prompt: len(body) / 4}
	for i, m := range in.Messages {
		switch {
		case m.Role == "system":
			t.system = m.Content
		case m.Role == "user":
			t.user, t.images = m.Content, len(m.Images)
		case m.Role == "tool" && i == len(in.Messages)-1:
			t.result = m.Content
		}
	}
	for _, o := range in.Tools {
		t.tools = append(t.tools, o.Function)
	}
	if len(in.Format) > 0 && in.Format[0] == '{' {
		t.schema = in.Format
	}
	t.json = string(in.Format) == `"json"`
	s.split(t)
	if s.early(w, r, t, body) {
		return
	}
	rep := s.compose(t)
	finish := rep.finish
	if finish == "tool_calls" {
		finish = "stop"
	}
	last := map[string]any{"model": t.model, "done": true, "done_reason": finish, "message": map[string]any{"role": "assistant", "content": ""},
		"prompt_eval_count": t.prompt, "eval_count": rep.total}
	if !t.stream {
		m := ollamaMessage(rep, strings.Join(rep.tokens, ""), strings.Join(rep.reasoning, ""))
		last["message"] = m
		b, _ := json.Marshal(last)
		s.whole(w, t, b)
		return
	}
	f := newFrames(nil, framing{eol: "\n", single: true, contentType: "application/x-ndjson", err: `{"error":"the engine died"}`})
	put := func(m map[string]any) {
		f.scratch, _ = json.Marshal(map[string]any{"model": t.model, "created_at": "2026-01-01T00:00:00Z", "message": m, "done": false})
		f.event("")
	}
	for _, x := range rep.reasoning {
		put(map[string]any{"role": "assistant", "content": "", "thinking": x})
	}
	for _, x := range rep.tokens {
		put(map[string]any{"role": "assistant", "content": x})
	}
	if len(rep.calls) > 0 {
		put(ollamaMessage(rep, "", ""))
	}
	f.scratch, _ = json.Marshal(last)
	f.event("")
	s.send(w, r, t.quirk, f)
}

func ollamaMessage(r *reply, text, thinking string) map[string]any {
	m := map[string]any{"role": "assistant", "content": text}
	if thinking != "" {
		m["thinking"] = thinking
	}
	var calls []any
	for _, c := range r.calls {
		calls = append(calls, map[string]any{"function": map[string]any{"name": c.name, "arguments": json.RawMessage(c.args)}})
	}
	if calls != nil {
		m["tool_calls"] = calls
	}
	return m
}

func (s *Server) ollamaEmbed(w http.ResponseWriter, body []byte) {
	texts, ok := inputs(body, "input")
	if !ok {
		fail(w, http.StatusBadRequest, "no input", "")
		return
	}
	answer(w, map[string]any{"model": "embed", "embeddings": vectors(texts), "prompt_eval_count": len(body) / 4})
}
