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

// ollama speaks Ollama's own protocol, which tells context lengths and abilities and whose stream is lines of JSON.
type ollama struct{ *conn }

var (
	_ model.Chatter  = ollama{}
	_ model.Embedder = ollama{}
)

func newOllama(c *conn) model.Lister { return ollama{c} }

func ollamaBase(u *url.URL) string { return plainBase(u, "/chat", "/api", "/v1") }

// Ollama's words inside "options".
var ollamaOptions = map[string]string{"max_tokens": "num_predict", "max_completion_tokens": "num_predict"}

// These parameters belong beside "options", not inside.
var ollamaTop = []string{"keep_alive", "think", "format", "raw", "template"}

func (o ollama) Chat(ctx context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	if !ollamaTakes(req.Messages) {
		return failing(o.fail(model.CodeAttachment, nil))
	}
	options := params(req.Params, ollamaOptions)
	body := map[string]any{"model": req.Model, "messages": ollamaMessages(req.Messages), "stream": !o.profile.Load().NoStream}
	for _, name := range ollamaTop {
		if v, ok := options[name]; ok {
			body[name] = v
			delete(options, name)
		}
	}
	if len(req.Stop) > 0 {
		options["stop"] = req.Stop
	}
	if len(options) > 0 {
		body["options"] = options
	}
	if len(req.Tools) > 0 && req.ToolChoice != "none" {
		body["tools"] = openAITools(req.Tools)
	}
	switch {
	case req.Schema != nil:
		body["format"] = req.Schema.JSON
	case req.JSON:
		body["format"] = "json"
	}
	b, err := encode(body)
	if err != nil {
		return failing(o.fail(model.CodeRejected, err))
	}
	return o.chat(ctx, &ask{method: http.MethodPost, url: o.base + "/api/chat", body: b, stream: true}, &ollamaDecoder{conn: o.conn})
}

// failing is a sequence of one error.
func failing(err error) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) { yield(model.Chunk{}, err) }
}

// ollamaTakes tells whether all attachments are pictures in bytes: Ollama opens no links and reads no files.
func ollamaTakes(in []model.Message) bool {
	for i := range in {
		for j := range in[i].Parts {
			if p := &in[i].Parts[j]; p.Kind == model.FilePart || p.Kind == model.ImagePart && len(p.Data) == 0 {
				return false
			}
		}
	}
	return true
}

func ollamaMessages(in []model.Message) []any {
	out := make([]any, len(in))
	for i := range in {
		m := &in[i]
		w := map[string]any{"role": m.Role, "content": m.Text()}
		var images []string
		for j := range m.Parts {
			if p := &m.Parts[j]; p.Kind == model.ImagePart && len(p.Data) > 0 {
				images = append(images, base64.StdEncoding.EncodeToString(p.Data))
			}
		}
		if images != nil {
			w["images"] = images
		}
		if m.Role == model.ToolRole && m.Name != "" {
			w["tool_name"] = m.Name
		}
		var calls []any
		for _, c := range m.ToolCalls {
			calls = append(calls, map[string]any{"function": map[string]any{"name": c.Name, "arguments": object(c.Arguments)}})
		}
		if calls != nil {
			w["tool_calls"] = calls
		}
		out[i] = w
	}
	return out
}

// object is a tool call's arguments as JSON, {} if a model wrote something else.
func object(arguments string) json.RawMessage {
	if b := []byte(arguments); isObject(b) && json.Valid(b) {
		return b
	}
	return json.RawMessage("{}")
}

type ollamaDecoder struct {
	conn   *conn
	calls  toolCalls
	carry  carry
	counts *app.Usage
}

func (d *ollamaDecoder) usage() *app.Usage { return d.counts }

func (d *ollamaDecoder) decode(ev event, out *model.Chunk) (state, error) {
	if !ev.json {
		return more, d.conn.badEvent(ev, errNotJSON)
	}
	var u app.Usage
	done, trouble := false, false
	err := each(ev.data, func(k, v []byte) bool {
		switch string(k) {
		case "message":
			d.message(v, out)
		case "done":
			done = truth(v)
		case "done_reason":
			out.Finish = str(v)
		case "prompt_eval_count":
			u.PromptTokens = integer(v)
		case "eval_count":
			u.CompletionTokens = integer(v)
		case "error":
			trouble = !isNull(v)
		}
		return true
	})
	if err != nil {
		return more, d.conn.badEvent(ev, err)
	}
	if trouble {
		if err := d.conn.failedEvent(ev); err != nil {
			return more, err
		}
	}
	if u.CompletionTokens > 0 || u.PromptTokens > 0 {
		u.TotalTokens = u.PromptTokens + u.CompletionTokens
		d.counts = &u
	}
	if !done {
		return more, nil
	}
	out.Text += d.carry.rest()
	return over, nil
}

func (d *ollamaDecoder) message(b []byte, out *model.Chunk) {
	_ = each(b, func(k, v []byte) bool { // what is no object says nothing
		switch string(k) {
		case "content":
			out.Text = d.carry.join(str(v))
		case "thinking":
			out.Reasoning = str(v)
		case "tool_calls":
			_ = items(v, func(c []byte) bool { // a list, or nothing
				f := field(c, "function")
				out.ToolCalls = append(out.ToolCalls, d.calls.add(len(d.calls.list), str(field(c, "id")), str(field(f, "name")), arguments(field(f, "arguments"))))
				return true
			})
		}
		return true
	})
}

// Embed asks /api/embed.
func (o ollama) Embed(ctx context.Context, name string, texts []string) ([][]float32, error) {
	return o.batches(ctx, texts, func(ctx context.Context, texts []string) ([][]float32, error) {
		b, err := o.post(ctx, o.base+"/api/embed", map[string]any{"model": name, "input": texts, "truncate": true})
		if err != nil {
			return nil, err
		}
		var out [][]float32
		if err := items(field(b, "embeddings"), func(v []byte) bool { out = append(out, vector(v)); return true }); err != nil {
			return nil, o.fail(model.CodeBadAnswer, err)
		}
		return out, nil
	})
}

// Models asks /api/tags. Context lengths are told by Show, one model at a time.
func (o ollama) Models(ctx context.Context) ([]app.Model, error) {
	b, err := o.get(ctx, o.base+"/api/tags")
	if err != nil {
		return nil, err
	}
	var ms []app.Model
	err = items(field(b, "models"), func(v []byte) bool {
		if name := str(field(v, "name")); name != "" {
			m := app.Model{Name: name}
			if strings.Contains(str(inside(v, "details", "family")), "bert") {
				m.Kind = app.EmbedModel
			}
			ms = append(ms, o.describe(m))
		}
		return true
	})
	if err != nil {
		return nil, o.fail(model.CodeBadAnswer, err)
	}
	return ms, nil
}

// Show completes a model with what /api/show tells: context length and abilities.
func (o ollama) Show(ctx context.Context, m app.Model) (app.Model, error) {
	b, err := o.post(ctx, o.base+"/api/show", map[string]string{"model": m.Name})
	if err != nil {
		return m, err
	}
	_ = each(field(b, "model_info"), func(k, v []byte) bool { // absent in old versions
		if strings.HasSuffix(string(k), ".context_length") {
			m.ContextSize = integer(v)
		}
		return true
	})
	_ = items(field(b, "capabilities"), func(v []byte) bool { // absent in old versions
		switch str(v) {
		case "vision":
			m.Abilities.Vision = true
		case "tools":
			m.Abilities.Tools = true
		case "thinking":
			m.Abilities.Reasoning = true
		case "embedding":
			m.Kind = app.EmbedModel
		}
		return true
	})
	return m, nil
}

// Shower is a protocol that can tell more of one model than its list does.
type Shower interface {
	Show(ctx context.Context, m app.Model) (app.Model, error)
}

var _ Shower = ollama{}
