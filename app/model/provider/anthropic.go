package provider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"islet/app"
	"islet/app/model"
)

// anthropic speaks the Messages API.
type anthropic struct{ *conn }

var _ model.Chatter = anthropic{}

func newAnthropic(c *conn) model.Lister { return anthropic{c} }

func anthropicBase(u *url.URL) string { return plainBase(u, "/messages", "/v1") }

func anthropicAuth(h http.Header, key string) {
	h.Set("Anthropic-Version", "2023-06-01")
	if key != "" {
		h.Set("X-Api-Key", key)
	}
}

const anthropicMax = 4096 // the API insists on a number

// What the API has no word for is left out.
var anthropicParams = map[string]string{"presence_penalty": "", "frequency_penalty": "", "seed": "", "max_completion_tokens": "max_tokens", "stop": "stop_sequences"}

func (a anthropic) Chat(ctx context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	body := params(req.Params, anthropicParams)
	if _, ok := body["max_tokens"]; !ok {
		body["max_tokens"] = anthropicMax
	}
	system, messages := anthropicMessages(req)
	body["model"], body["messages"], body["stream"] = req.Model, messages, !a.profile.Load().NoStream
	if system != "" {
		body["system"] = system
	}
	if len(req.Stop) > 0 {
		body["stop_sequences"] = req.Stop
	}
	if req.User != "" {
		body["metadata"] = map[string]string{"user_id": req.User}
	}
	anthropicTools(req, body)
	b, err := encode(body)
	if err != nil {
		return failing(a.fail(model.CodeRejected, err))
	}
	return a.chat(ctx, &ask{method: http.MethodPost, url: a.base + "/v1/messages", body: b, stream: true}, &anthropicDecoder{conn: a.conn})
}

func anthropicTools(req *model.Request, body map[string]any) {
	if len(req.Tools) == 0 {
		return
	}
	var tools []any
	for _, t := range req.Tools {
		schema := t.Parameters
		if schema == nil {
			schema = json.RawMessage(`{"type":"object"}`)
		}
		tools = append(tools, map[string]any{"name": t.Name, "description": t.Description, "input_schema": schema})
	}
	body["tools"] = tools
	switch c := req.ToolChoice; c {
	case "":
	case "auto", "none":
		body["tool_choice"] = map[string]string{"type": c}
	case "required":
		body["tool_choice"] = map[string]string{"type": "any"}
	default:
		body["tool_choice"] = map[string]string{"type": "tool", "name": c}
	}
}

// anthropicMessages takes the system messages out, turns tool answers into blocks of the user, and joins messages of
// one role that follow each other, which the API wants to alternate. A schema becomes an instruction.
func anthropicMessages(req *model.Request) (system string, out []map[string]any) {
	var sys []string
	for i := range req.Messages {
		m := &req.Messages[i]
		if m.Role == model.System {
			sys = append(sys, m.Text())
			continue
		}
		role := model.User
		if m.Role == model.Assistant {
			role = model.Assistant
		}
		blocks := anthropicBlocks(m)
		if n := len(out); n > 0 && out[n-1]["role"] == role {
			out[n-1]["content"] = append(out[n-1]["content"].([]any), blocks...)
			continue
		}
		out = append(out, map[string]any{"role": role, "content": blocks})
	}
	switch {
	case req.Schema != nil:
		sys = append(sys, "Answer only with JSON that fits this JSON schema:\n"+string(req.Schema.JSON))
	case req.JSON:
		sys = append(sys, "Answer only with one JSON object.")
	}
	return strings.Join(sys, "\n\n"), out
}

func anthropicBlocks(m *model.Message) []any {
	if m.Role == model.ToolRole {
		return []any{map[string]any{"type": "tool_result", "tool_use_id": m.ToolCallID, "content": m.Text()}}
	}
	blocks := []any{}
	for i := range m.Parts {
		p := &m.Parts[i]
		switch {
		case p.Kind == model.TextPart && p.Text != "":
			blocks = append(blocks, map[string]any{"type": "text", "text": p.Text})
		case p.Kind == model.ImagePart:
			blocks = append(blocks, map[string]any{"type": "image", "source": anthropicSource(p)})
		case p.Kind == model.FilePart:
			blocks = append(blocks, map[string]any{"type": "document", "source": anthropicSource(p)})
		}
	}
	for _, c := range m.ToolCalls {
		blocks = append(blocks, map[string]any{"type": "tool_use", "id": c.ID, "name": c.Name, "input": object(c.Arguments)})
	}
	return blocks
}

func anthropicSource(p *model.Part) map[string]string {
	if len(p.Data) == 0 {
		return map[string]string{"type": "url", "url": p.URL}
	}
	return map[string]string{"type": "base64", "media_type": p.MIME, "data": base64.StdEncoding.EncodeToString(p.Data)}
}

type anthropicDecoder struct {
	conn   *conn
	calls  toolCalls
	carry  carry
	counts app.Usage
}

func (d *anthropicDecoder) usage() *app.Usage {
	if d.counts.PromptTokens == 0 && d.counts.CompletionTokens == 0 {
		return nil
	}
	u := d.counts
	u.TotalTokens = u.PromptTokens + u.CompletionTokens
	return &u
}

func (d *anthropicDecoder) decode(ev event, out *model.Chunk) (state, error) {
	if !ev.json || ev.name == "error" {
		if err := d.conn.failedEvent(ev); err != nil {
			return more, err
		}
		return more, d.conn.badEvent(ev, errNotJSON)
	}
	switch str(field(ev.data, "type")) {
	case "message_start":
		d.count(inside(ev.data, "message", "usage"))
	case "content_block_start":
		d.block(integer(field(ev.data, "index")), field(ev.data, "content_block"), out)
	case "content_block_delta":
		d.delta(integer(field(ev.data, "index")), field(ev.data, "delta"), out)
	case "message_delta":
		out.Finish = anthropicFinish(str(inside(ev.data, "delta", "stop_reason")))
		d.count(field(ev.data, "usage"))
	case "message_stop":
		out.Text = d.carry.rest()
		return over, nil
	case "message":
		return d.message(ev.data, out)
	case "error":
		return more, d.conn.failedEvent(ev)
	case "":
		if err := d.conn.failedEvent(ev); err != nil {
			return more, err
		}
		if len(ev.data) > 2 { // {} is a ping
			return more, d.conn.badEvent(ev, errNotJSON)
		}
	}
	return more, nil
}

// message is a whole answer in one body.
func (d *anthropicDecoder) message(b []byte, out *model.Chunk) (state, error) {
	i := 0
	err := items(field(b, "content"), func(v []byte) bool {
		d.block(i, v, out)
		i++
		return true
	})
	if err != nil {
		return more, d.conn.badEvent(event{data: b}, err)
	}
	d.count(field(b, "usage"))
	out.Finish = anthropicFinish(str(field(b, "stop_reason")))
	return over, nil
}

func (d *anthropicDecoder) block(index int, b []byte, out *model.Chunk) {
	switch str(field(b, "type")) {
	case "text":
		out.Text += d.carry.join(str(field(b, "text")))
	case "thinking":
		out.Reasoning += str(field(b, "thinking"))
	case "tool_use":
		args := arguments(field(b, "input"))
		if args == "{}" { // the pieces follow
			args = ""
		}
		out.ToolCalls = append(out.ToolCalls, d.calls.add(index, str(field(b, "id")), str(field(b, "name")), args))
	}
}

func (d *anthropicDecoder) delta(index int, b []byte, out *model.Chunk) {
	switch str(field(b, "type")) {
	case "text_delta":
		out.Text = d.carry.join(str(field(b, "text")))
	case "thinking_delta":
		out.Reasoning = str(field(b, "thinking"))
	case "input_json_delta":
		out.ToolCalls = append(out.ToolCalls, d.calls.add(index, "", "", str(field(b, "partial_json"))))
	}
}

func (d *anthropicDecoder) count(u []byte) {
	if n := integer(field(u, "input_tokens")) + integer(field(u, "cache_read_input_tokens")) + integer(field(u, "cache_creation_input_tokens")); n > 0 {
		d.counts.PromptTokens = n
	}
	if n := integer(field(u, "output_tokens")); n > 0 {
		d.counts.CompletionTokens = n
	}
}

func anthropicFinish(s string) string {
	switch s {
	case "end_turn", "stop_sequence", "pause_turn":
		return model.FinishStop
	case "max_tokens", "model_context_window_exceeded":
		return model.FinishLength
	case "tool_use":
		return model.FinishToolCalls
	case "refusal":
		return model.FinishFilter
	}
	return s
}

// Models asks /v1/models.
func (a anthropic) Models(ctx context.Context) ([]app.Model, error) {
	b, err := a.get(ctx, a.base+"/v1/models?limit=1000")
	if err != nil {
		return nil, err
	}
	var ms []app.Model
	err = items(field(b, "data"), func(v []byte) bool {
		ms = append(ms, a.describe(app.Model{Name: str(field(v, "id")), Kind: app.ChatModel}))
		return true
	})
	if err != nil {
		return nil, a.fail(model.CodeBadAnswer, err)
	}
	return ms, nil
}
