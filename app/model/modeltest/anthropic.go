package modeltest

import (
	"encoding/json"
	"net/http"
	"strings"
)

func (s *Server) anthropicChat(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		Model     string
		Stream    bool
		System    json.RawMessage
		Messages  []struct{ Role, Content json.RawMessage }
		Tools     []tool
		Stop      []string `json:"stop_sequences"`
		MaxTokens int      `json:"max_tokens"`
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Messages) == 0 || in.MaxTokens == 0 {
		fail(w, http.StatusBadRequest, "messages and max_tokens are required", "")
		return
	}
	t := &turn{model: in.Model, stream: in.Stream, tools: in.Tools, stop: in.Stop, max: in.MaxTokens, prompt: len(body) / 4}
	t.system, _ = content(in.System)
	for _, m := range in.Messages {
		if string(m.Role) != `"user"` {
			continue
		}
		if text, images := content(m.Content); text != "" || images > 0 {
			t.user, t.images, t.result = text, images, ""
		} else {
			t.result = toolResult(m.Content)
		}
	}
	s.split(t)
	if s.early(w, r, t, body) {
		return
	}
	rep := s.compose(t)
	finish := map[string]string{"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}[rep.finish]
	if !t.stream {
		var blocks []any
		if len(rep.reasoning) > 0 {
			blocks = append(blocks, map[string]any{"type": "thinking", "thinking": strings.Join(rep.reasoning, "")})
		}
		if len(rep.tokens) > 0 {
			blocks = append(blocks, map[string]any{"type": "text", "text": strings.Join(rep.tokens, "")})
		}
		for _, c := range rep.calls {
			blocks = append(blocks, map[string]any{"type": "tool_use", "id": c.id, "name": c.name, "input": json.RawMessage(c.args)})
		}
		b, _ := json.Marshal(map[string]any{"type": "message", "role": "assistant", "model": t.model, "content": blocks,
			"stop_reason": finish, "usage": map[string]int{"input_tokens": t.prompt, "output_tokens": rep.total}})
		s.whole(w, t, b)
		return
	}
	f := newFrames(nil, framing{prefix: "data: ", eol: "\n", contentType: "text/event-stream", errEvent: true,
		err: `{"type":"error","error":{"type":"api_error","message":"the engine died"}}`})
	a := anthropicWriter{f: f}
	a.put("message_start", map[string]any{"message": map[string]any{"type": "message", "role": "assistant", "model": t.model,
		"content": []any{}, "usage": map[string]int{"input_tokens": t.prompt, "output_tokens": 1}}})
	a.block("thinking", map[string]any{"type": "thinking", "thinking": ""}, "thinking_delta", "thinking", rep.reasoning)
	a.put("ping", map[string]any{})
	a.block("text", map[string]any{"type": "text", "text": ""}, "text_delta", "text", rep.tokens)
	for _, c := range rep.calls {
		a.block("tool_use", map[string]any{"type": "tool_use", "id": c.id, "name": c.name, "input": map[string]any{}},
			"input_json_delta", "partial_json", pieces(c.args))
	}
	a.put("message_delta", map[string]any{"delta": map[string]any{"stop_reason": finish}, "usage": map[string]int{"output_tokens": rep.total}})
	a.put("message_stop", map[string]any{})
	s.send(w, r, t.quirk, f)
}

type anthropicWriter struct {
	f     *frames
	index int
}

func (a *anthropicWriter) put(kind string, v map[string]any) {
	v["type"] = kind
	a.f.scratch, _ = json.Marshal(v)
	a.f.event(kind)
}

func (a *anthropicWriter) block(_ string, start map[string]any, delta, field string, pieces []string) {
	if len(pieces) == 0 {
		return
	}
	a.put("content_block_start", map[string]any{"index": a.index, "content_block": start})
	for _, p := range pieces {
		a.put("content_block_delta", map[string]any{"index": a.index, "delta": map[string]any{"type": delta, field: p}})
	}
	a.put("content_block_stop", map[string]any{"index": a.index})
	a.index++
}

// toolResult is the text of the first tool_result block.
func toolResult(raw json.RawMessage) string {
	var blocks []struct {
		Type    string
		Content json.RawMessage
	}
	_ = json.Unmarshal(raw, &blocks) // a string has none
	for _, b := range blocks {
		if b.Type == "tool_result" {
			text, _ := content(b.Content)
			return text
		}
	}
	return ""
}
