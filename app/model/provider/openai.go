package provider

import (
	"context"
	"encoding/base64"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"islet/app"
	"islet/app/model"
)

// openAI speaks the protocol that nearly every server offers: chat completions, embeddings, and the rerank that
// gateways add to it.
type openAI struct {
	*conn
	// path builds the URL of an operation; Azure puts the deployment into it.
	path func(operation, model string) string
}

var (
	_ model.Chatter     = (*openAI)(nil)
	_ model.Embedder    = (*openAI)(nil)
	_ model.Reranker    = (*openAI)(nil)
	_ model.Transcriber = (*openAI)(nil)
	_ model.Speaker     = (*openAI)(nil)
	_ model.Lister      = (*openAI)(nil)
)

func newOpenAI(c *conn) model.Lister {
	return &openAI{conn: c, path: func(operation, _ string) string { return c.base + "/" + operation }}
}

// openAIBase accepts a base URL with or without /v1 and with a path copied too far.
func openAIBase(u *url.URL) string {
	base := plainBase(u, "/chat/completions", "/embeddings", "/audio/transcriptions", "/audio/speech", "/models", "/completions")
	if rest := base[strings.Index(base, "://")+3:]; !strings.Contains(rest, "/") {
		base += "/v1"
	}
	return base
}

// Chat streams an answer, or takes it whole from servers that cannot stream. What a server turns out not to accept
// (stream_options, max_tokens) is left out from then on.
func (o *openAI) Chat(ctx context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	return func(yield func(model.Chunk, error) bool) {
		for tries := 0; ; tries++ {
			a, err := o.ask(req)
			if err != nil {
				yield(model.Chunk{}, err)
				return
			}
			again := false
			for c, err := range o.chat(ctx, a, &openAIDecoder{conn: o.conn}) {
				if err != nil && tries < 2 && o.adapt(err) {
					again = true
					break
				}
				if !yield(c, err) {
					return
				}
			}
			if !again {
				return
			}
		}
	}
}

func (o *openAI) ask(req *model.Request) (*ask, error) {
	p := o.profile.Load()
	names := map[string]string(nil)
	if p.MaxTokensName != "" && p.MaxTokensName != "max_tokens" {
		names = map[string]string{"max_tokens": p.MaxTokensName}
	}
	body := params(req.Params, names)
	body["model"] = req.Model
	body["messages"] = openAIMessages(req.Messages)
	body["stream"] = !p.NoStream
	if !p.NoStream && !p.NoStreamUsage {
		body["stream_options"] = includeUsage
	}
	if len(req.Stop) > 0 {
		body["stop"] = req.Stop
	}
	if req.User != "" {
		body["user"] = req.User
	}
	if len(req.Tools) > 0 {
		body["tools"] = openAITools(req.Tools)
	}
	switch choice := req.ToolChoice; choice {
	case "":
	case "auto", "none", "required":
		body["tool_choice"] = choice
	default:
		body["tool_choice"] = map[string]any{"type": "function", "function": map[string]string{"name": choice}}
	}
	switch {
	case req.Schema != nil:
		name := req.Schema.Name
		if name == "" {
			name = "answer"
		}
		body["response_format"] = map[string]any{"type": "json_schema",
			"json_schema": map[string]any{"name": name, "schema": req.Schema.JSON, "strict": req.Schema.Strict}}
	case req.JSON:
		body["response_format"] = map[string]string{"type": "json_object"}
	}
	b, err := encode(body)
	if err != nil {
		return nil, o.fail(model.CodeRejected, err)
	}
	return &ask{method: http.MethodPost, url: o.path("chat/completions", req.Model), body: b, stream: true}, nil
}

var includeUsage = map[string]bool{"include_usage": true}

// adapt learns from a refusal which field the server does not know; true means that another attempt makes sense.
func (o *openAI) adapt(err error) bool {
	if !errors.Is(err, &app.Error{Code: model.CodeRejected}) {
		return false
	}
	said := strings.ToLower(model.Detail(err))
	learnt := false
	o.learn(func(p *app.Profile) bool {
		switch {
		case strings.Contains(said, "stream_options") && !p.NoStreamUsage:
			p.NoStreamUsage, learnt = true, true
		case strings.Contains(said, "max_completion_tokens") && p.MaxTokensName == "":
			p.MaxTokensName, learnt = "max_completion_tokens", true
		}
		return learnt
	})
	return learnt
}

type openAIMessage struct {
	Role       string       `json:"role"`
	Content    any          `json:"content"`
	Name       string       `json:"name,omitempty"`
	ToolCalls  []openAICall `json:"tool_calls,omitempty"`
	ToolCallID string       `json:"tool_call_id,omitempty"`
}

type openAICall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

func openAIMessages(in []model.Message) []openAIMessage {
	out := make([]openAIMessage, len(in))
	for i := range in {
		m := &in[i]
		out[i] = openAIMessage{Role: m.Role, Content: openAIContent(m), ToolCallID: m.ToolCallID, Name: m.Name}
		for _, c := range m.ToolCalls {
			w := openAICall{ID: c.ID, Type: "function"}
			w.Function.Name, w.Function.Arguments = c.Name, c.Arguments
			out[i].ToolCalls = append(out[i].ToolCalls, w)
		}
	}
	return out
}

// openAIContent is a plain string wherever possible: many servers know no parts.
func openAIContent(m *model.Message) any {
	plain := true
	for i := range m.Parts {
		plain = plain && m.Parts[i].Kind == model.TextPart
	}
	if plain {
		return m.Text()
	}
	var parts []any
	for i := range m.Parts {
		switch p := &m.Parts[i]; p.Kind {
		case model.TextPart:
			parts = append(parts, map[string]any{"type": "text", "text": p.Text})
		case model.ImagePart:
			image := map[string]any{"url": link(p)}
			if p.Detail != "" {
				image["detail"] = p.Detail
			}
			parts = append(parts, map[string]any{"type": "image_url", "image_url": image})
		case model.FilePart:
			parts = append(parts, map[string]any{"type": "file", "file": map[string]any{"filename": p.Name, "file_data": link(p)}})
		}
	}
	return parts
}

// link is the URL of a part: its own, or its bytes as a data URL.
func link(p *model.Part) string {
	if len(p.Data) == 0 {
		return p.URL
	}
	return "data:" + p.MIME + ";base64," + base64.StdEncoding.EncodeToString(p.Data)
}

func openAITools(in []model.Tool) []any {
	out := make([]any, len(in))
	for i := range in {
		out[i] = map[string]any{"type": "function", "function": &in[i]}
	}
	return out
}

// openAIDecoder reads chat.completion.chunk objects, whole chat.completion bodies and old completions alike.
type openAIDecoder struct {
	conn   *conn
	calls  toolCalls
	carry  carry
	counts *app.Usage
}

func (d *openAIDecoder) usage() *app.Usage { return d.counts }

func (d *openAIDecoder) decode(ev event, out *model.Chunk) (state, error) {
	if string(ev.data) == "[DONE]" {
		out.Text = d.carry.rest()
		return over, nil
	}
	if !ev.json || ev.name == "error" {
		if err := d.conn.failedEvent(ev); err != nil {
			return more, err
		}
		return more, d.conn.badEvent(ev, errNotJSON)
	}
	var choice []byte
	trouble, full := false, false
	err := each(ev.data, func(k, v []byte) bool {
		switch string(k) {
		case "choices":
			_ = items(v, func(c []byte) bool { choice = c; return false }) // checked by each
		case "usage":
			d.count(v)
		case "error":
			trouble = !isNull(v)
		case "object":
			s := str(v)
			trouble = trouble || s == "error"
			full = s == "chat.completion" || s == "text_completion"
		case "detail", "error_code", "message":
			trouble = trouble || choice == nil && !isNull(v)
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
	if choice == nil {
		return more, nil
	}
	st, err := d.choice(choice, out, full)
	if err != nil {
		return more, d.conn.badEvent(ev, err)
	}
	return st, nil
}

// choice reads the first choice: its delta or message, and whether it is finished. full marks a body that is an answer
// in itself.
func (d *openAIDecoder) choice(b []byte, out *model.Chunk, full bool) (state, error) {
	message := false
	var broken error
	err := each(b, func(k, v []byte) bool {
		switch string(k) {
		case "delta":
			broken = d.delta(v, out)
		case "message":
			message = isObject(v)
			broken = d.delta(v, out)
		case "text":
			out.Text += d.carry.join(str(v))
		case "finish_reason":
			out.Finish = openAIFinish(str(v))
		}
		return broken == nil
	})
	if err == nil {
		err = broken
	}
	if out.Finish != "" {
		out.Text += d.carry.rest()
	}
	if out.Finish != "" || message && full {
		return whole, err
	}
	return more, err
}

func openAIFinish(s string) string {
	switch s {
	case "function_call":
		return model.FinishToolCalls
	case "eos", "eos_token", "end_turn", "stop_sequence":
		return model.FinishStop
	case "max_tokens":
		return model.FinishLength
	}
	return s
}

func (d *openAIDecoder) delta(b []byte, out *model.Chunk) error {
	if isNull(b) {
		return nil
	}
	return each(b, func(k, v []byte) bool {
		switch string(k) {
		case "content":
			out.Text += d.carry.join(contentText(v))
		case "reasoning_content", "reasoning":
			if s := str(v); s != "" && out.Reasoning != s { // some send both fields
				out.Reasoning += s
			}
		case "tool_calls":
			_ = items(v, func(c []byte) bool { // a list, or nothing
				d.call(c, out)
				return true
			})
		case "function_call":
			if isObject(v) {
				out.ToolCalls = append(out.ToolCalls, d.calls.add(0, "", str(field(v, "name")), arguments(field(v, "arguments"))))
			}
		case "refusal":
			out.Text += str(v)
		}
		return true
	})
}

// contentText is the text of "content": a string, or a list of parts with a text each.
func contentText(v []byte) string {
	if len(v) == 0 || v[0] != '[' {
		return str(v)
	}
	var text strings.Builder
	_ = items(v, func(p []byte) bool { // checked above
		text.WriteString(str(field(p, "text")))
		return true
	})
	return text.String()
}

func (d *openAIDecoder) call(b []byte, out *model.Chunk) {
	index, id, name, args := -1, "", "", ""
	_ = each(b, func(k, v []byte) bool { // what is no object is no call
		switch string(k) {
		case "index":
			if !isNull(v) {
				index = integer(v)
			}
		case "id":
			id = str(v)
		case "function":
			name, args = str(field(v, "name")), arguments(field(v, "arguments"))
		}
		return true
	})
	out.ToolCalls = append(out.ToolCalls, d.calls.add(index, id, name, args))
}

// arguments are JSON text: a string holds it, an object is it.
func arguments(v []byte) string {
	if isObject(v) {
		return string(v)
	}
	return str(v)
}

func (d *openAIDecoder) count(v []byte) {
	if !isObject(v) {
		return
	}
	u := app.Usage{}
	_ = each(v, func(k, v []byte) bool { // an object
		switch string(k) {
		case "prompt_tokens", "input_tokens":
			u.PromptTokens = integer(v)
		case "completion_tokens", "output_tokens":
			u.CompletionTokens = integer(v)
		case "total_tokens":
			u.TotalTokens = integer(v)
		}
		return true
	})
	if u.PromptTokens > 0 || u.CompletionTokens > 0 {
		d.counts = &u
	}
}
