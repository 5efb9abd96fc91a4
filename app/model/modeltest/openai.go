package modeltest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// style is how chunks of the OpenAI protocol are written.
type style struct {
	usage     string // asked (default), always, never, each
	reasoning string // the field that thinking goes into
	tools     string // the shape of tool calls
	strings   bool
	nulls     bool
	legacy    bool
	parts     bool
	message   bool
	noFinish  bool
	cutRunes  bool
}

type openaiRequest struct {
	Model    string
	Stream   bool
	Messages []struct {
		Role    string
		Content json.RawMessage
	}
	Tools         []struct{ Function tool }
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	ResponseFormat struct {
		Type       string
		JSONSchema struct{ Schema json.RawMessage } `json:"json_schema"`
	} `json:"response_format"`
	Stop      json.RawMessage
	MaxTokens int `json:"max_tokens"`
	MaxNew    int `json:"max_completion_tokens"`
}

func (s *Server) openaiChat(w http.ResponseWriter, r *http.Request, body []byte) {
	var in openaiRequest
	if err := json.Unmarshal(body, &in); err != nil || len(in.Messages) == 0 {
		fail(w, http.StatusBadRequest, "not a chat request", "")
		return
	}
	t := &turn{model: in.Model, stream: in.Stream, usage: in.StreamOptions.IncludeUsage, max: max(in.MaxTokens, in.MaxNew),
		schema: in.ResponseFormat.JSONSchema.Schema, json: in.ResponseFormat.Type == "json_object", prompt: len(body) / 4}
	for i, m := range in.Messages {
		text, images := content(m.Content)
		switch {
		case m.Role == "system" || m.Role == "developer":
			t.system = text
		case m.Role == "user":
			t.user, t.images = text, images
		case m.Role == "tool" && i == len(in.Messages)-1:
			t.result = text
		}
	}
	for _, o := range in.Tools {
		t.tools = append(t.tools, o.Function)
	}
	if json.Unmarshal(in.Stop, &t.stop) != nil && len(in.Stop) > 2 {
		t.stop = []string{strings.Trim(string(in.Stop), `"`)}
	}
	s.split(t)
	if s.early(w, r, t, body) {
		return
	}
	rep := s.compose(t)
	var st style
	if t.quirk != nil && t.quirk.style != nil {
		t.quirk.style(&st)
	}
	if !t.stream {
		s.openaiWhole(w, t, rep, &st)
		return
	}
	f := newFrames(t.quirk, framing{prefix: "data: ", eol: "\n", done: "[DONE]", contentType: "text/event-stream",
		err: `{"error":{"message":"the engine died","type":"server_error","code":500}}`})
	o := openaiWriter{f: f, t: t, st: &st, r: rep}
	o.write()
	s.send(w, r, t.quirk, f)
}

// content is the text of a message and its number of images; the content is a string or a list of parts.
func content(raw json.RawMessage) (text string, images int) {
	if len(raw) == 0 {
		return "", 0
	}
	if raw[0] == '"' {
		_ = json.Unmarshal(raw, &text) // valid: it came out of a decoder
		return text, 0
	}
	var parts []struct{ Type, Text string }
	_ = json.Unmarshal(raw, &parts) // anything else has no text
	for _, p := range parts {
		if strings.Contains(p.Type, "image") {
			images++
		}
		text += p.Text
	}
	return text, images
}

// openaiWriter writes the chunks of one answer.
type openaiWriter struct {
	f  *frames
	t  *turn
	st *style
	r  *reply
}

func (o *openaiWriter) write() {
	o.delta(`"role":"assistant","content":""`, "")
	field := o.st.reasoning
	if field == "" {
		field = "reasoning_content"
	}
	for _, s := range o.r.reasoning {
		o.text(field, s)
	}
	pieces := o.r.tokens
	if o.st.cutRunes {
		pieces = cutRunes(pieces)
	}
	for _, s := range pieces {
		o.text("content", s)
	}
	o.calls()
	if !o.st.noFinish {
		o.delta("", o.r.finish)
	}
	if o.st.usage == "always" || o.st.usage == "" && o.t.usage {
		o.head()
		o.f.scratch = append(o.f.scratch, `"choices":[]`...)
		o.usage()
		o.f.scratch = append(o.f.scratch, '}')
		o.f.event("")
	}
	o.f.end()
}

func (o *openaiWriter) head() {
	b := o.f.scratch
	if o.st.strings {
		b = append(b, `{"id":7,"object":"chat.completion.chunk","created":"1700000000","model":`...)
	} else {
		b = append(b, `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":`...)
	}
	o.f.scratch = append(quote(b, o.t.model), ',')
}

func (o *openaiWriter) text(field, s string) {
	b := append([]byte(nil), '"')
	b = append(append(b, field...), '"', ':')
	if o.st.parts && field == "content" {
		b = append(quote(append(b, `[{"type":"text","text":`...), s), '}', ']')
	} else {
		b = quote(b, s)
	}
	if o.st.nulls {
		b = append(b, `,"tool_calls":null,"function_call":null,"refusal":null`...)
		if field != "content" {
			b = append(b, `,"content":null`...)
		}
	}
	o.delta(string(b), "")
}

func (o *openaiWriter) delta(inner, finish string) {
	o.head()
	b := append(o.f.scratch, `"choices":[{"index":`...)
	if o.st.strings {
		b = append(b, `"0"`...)
	} else {
		b = append(b, '0')
	}
	switch {
	case o.st.legacy:
		b = append(b, `,"text":`...)
		if i := strings.LastIndex(inner, `"content":`); i >= 0 {
			b = append(b, inner[i+len(`"content":`):]...)
		} else {
			b = append(b, `""`...)
		}
	case o.st.message:
		b = append(append(append(b, `,"message":{`...), inner...), '}')
	default:
		b = append(append(append(b, `,"delta":{`...), inner...), '}')
	}
	b = append(b, `,"logprobs":null,"finish_reason":`...)
	if finish == "" {
		b = append(b, `null}]`...)
	} else {
		b = append(quote(b, finish), '}', ']')
	}
	o.f.scratch = b
	if o.st.nulls {
		o.f.scratch = append(o.f.scratch, `,"usage":null,"error":null`...)
	}
	if o.st.usage == "each" {
		o.usage()
	}
	o.f.scratch = append(o.f.scratch, '}')
	o.f.event("")
}

func (o *openaiWriter) usage() {
	b, q := append(o.f.scratch, `,"usage":{"prompt_tokens":`...), ""
	if o.st.strings {
		q = `"`
	}
	num := func(n int) { b = append(strconv.AppendInt(append(b, q...), int64(n), 10), q...) }
	num(o.t.prompt)
	b = append(b, `,"completion_tokens":`...)
	num(o.r.total)
	b = append(b, `,"total_tokens":`...)
	num(o.t.prompt + o.r.total)
	o.f.scratch = append(b, '}')
}

func (o *openaiWriter) calls() {
	for i, c := range o.r.calls {
		name := string(quote(nil, c.name))
		id := string(quote(nil, c.id))
		index := `"index":` + strconv.Itoa(i) + `,`
		switch o.st.tools {
		case "legacy":
			o.delta(`"function_call":{"name":`+name+`}`, "")
			for _, p := range pieces(c.args) {
				o.delta(`"function_call":{"arguments":`+string(quote(nil, p))+`}`, "")
			}
		case "whole":
			o.delta(`"tool_calls":[{`+index+`"id":`+id+`,"type":"function","function":{"name":`+name+`,"arguments":`+string(quote(nil, c.args))+`}}]`, "")
		case "object":
			o.delta(`"tool_calls":[{"id":`+id+`,"function":{"name":`+name+`,"arguments":`+c.args+`}}]`, "")
		default:
			o.pieces(i, c, id, name, index)
		}
	}
}

func (o *openaiWriter) pieces(_ int, c call, id, name, index string) {
	switch o.st.tools {
	case "no_index":
		index = ""
	case "same_index":
		index = `"index":0,`
	}
	o.delta(`"tool_calls":[{`+index+`"id":`+id+`,"type":"function","function":{"name":`+name+`,"arguments":""}}]`, "")
	for _, p := range pieces(c.args) {
		arg := string(quote(nil, p))
		if o.st.tools == "repeat" {
			o.delta(`"tool_calls":[{`+index+`"id":`+id+`,"type":"function","function":{"name":`+name+`,"arguments":`+arg+`}}]`, "")
			continue
		}
		o.delta(`"tool_calls":[{`+index+`"function":{"arguments":`+arg+`}}]`, "")
	}
}

func pieces(s string) []string {
	var out []string
	for len(s) > 0 {
		n := min(6, len(s))
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n++
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

// cutRunes moves the first byte of a character to the chunk before it.
func cutRunes(in []string) []string {
	out := append([]string(nil), in...)
	for i := 1; i < len(out); i++ {
		if len(out[i]) > 1 && out[i][0] >= utf8.RuneSelf {
			out[i-1], out[i] = out[i-1]+out[i][:1], out[i][1:]
		}
	}
	return out
}

func (s *Server) openaiWhole(w http.ResponseWriter, t *turn, r *reply, st *style) {
	message := map[string]any{"role": "assistant", "content": strings.Join(r.tokens, "")}
	if len(r.reasoning) > 0 {
		message["reasoning_content"] = strings.Join(r.reasoning, "")
	}
	var calls []any
	for i, c := range r.calls {
		calls = append(calls, map[string]any{"id": c.id, "type": "function", "index": i,
			"function": map[string]any{"name": c.name, "arguments": c.args}})
	}
	if calls != nil {
		message["tool_calls"] = calls
	}
	out := map[string]any{"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": t.model,
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": r.finish}}}
	if st.usage != "never" {
		out["usage"] = map[string]int{"prompt_tokens": t.prompt, "completion_tokens": r.total, "total_tokens": t.prompt + r.total}
	}
	b, _ := json.MarshalIndent(out, "", "  ")
	s.whole(w, t, b)
}

// whole writes a body at once, with the faults that make sense for one.
func (s *Server) whole(w http.ResponseWriter, t *turn, b []byte) {
	ct := t.bodyType
	if ct == "" {
		ct = "application/json"
	}
	w.Header().Set("Content-Type", ct)
	if t.quirk != nil {
		switch t.quirk.fault {
		case faultReset, faultCut, faultEOF, faultHalf, faultShort, faultTLSClose:
			w.Header().Set("Content-Length", strconv.Itoa(len(b)))
			b = b[:len(b)/2]
		}
	}
	_, _ = w.Write(b) // the client may have left
}

const hex = "0123456789abcdef"

// quote appends s as a JSON string. Bytes that are no UTF-8 pass unchanged, as some servers let them.
func quote(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[start:]...), '"')
}
