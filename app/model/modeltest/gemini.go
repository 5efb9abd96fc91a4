package modeltest

import (
	"encoding/json"
	"net/http"
	"strings"
)

type geminiPart struct {
	Text         string
	InlineData   *struct{ MimeType string }
	FileData     *struct{ FileURI string }
	FunctionResp *struct {
		Response struct{ Result json.RawMessage }
	} `json:"functionResponse"`
}

type geminiContent struct {
	Role  string
	Parts []geminiPart
}

func (s *Server) geminiChat(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		Contents []geminiContent
		System   geminiContent `json:"systemInstruction"`
		Tools    []struct {
			Functions []struct {
				Name       string
				Parameters json.RawMessage
				JSONSchema json.RawMessage `json:"parametersJsonSchema"`
			} `json:"functionDeclarations"`
		}
		Config struct {
			Stop   []string        `json:"stopSequences"`
			Max    int             `json:"maxOutputTokens"`
			MIME   string          `json:"responseMimeType"`
			Schema json.RawMessage `json:"responseJsonSchema"`
		} `json:"generationConfig"`
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Contents) == 0 {
		fail(w, http.StatusBadRequest, "contents are required", "")
		return
	}
	path := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	name, method, _ := strings.Cut(path, ":")
	t := &turn{model: name, stream: strings.HasPrefix(method, "stream"), stop: in.Config.Stop, max: in.Config.Max,
		schema: in.Config.Schema, json: in.Config.MIME == "application/json", prompt: len(body) / 4}
	for _, p := range in.System.Parts {
		t.system += p.Text
	}
	for _, c := range in.Contents {
		t.geminiTurn(c)
	}
	for _, x := range in.Tools {
		for _, d := range x.Functions {
			schema := d.JSONSchema
			if schema == nil {
				schema = d.Parameters
			}
			t.tools = append(t.tools, tool{Name: d.Name, Parameters: schema})
		}
	}
	s.split(t)
	if s.early(w, r, t, body) {
		return
	}
	s.geminiSend(w, r, t, s.compose(t))
}

func (t *turn) geminiTurn(c geminiContent) {
	if c.Role == "model" {
		return
	}
	text, images, result := "", 0, ""
	for _, p := range c.Parts {
		text += p.Text
		if p.InlineData != nil || p.FileData != nil {
			images++
		}
		if p.FunctionResp != nil {
			result, _ = content(p.FunctionResp.Response.Result)
		}
	}
	t.result = result
	if result == "" {
		t.user, t.images = text, images
	}
}

func (s *Server) geminiSend(w http.ResponseWriter, r *http.Request, t *turn, rep *reply) {
	finish := map[string]string{"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}[rep.finish]
	usage := map[string]int{"promptTokenCount": t.prompt, "candidatesTokenCount": rep.total, "totalTokenCount": t.prompt + rep.total}
	chunk := func(parts []any, finish string) map[string]any {
		c := map[string]any{"index": 0, "content": map[string]any{"role": "model", "parts": parts}}
		v := map[string]any{"candidates": []any{c}, "modelVersion": t.model}
		if finish != "" {
			c["finishReason"] = finish
			v["usageMetadata"] = usage
		}
		return v
	}
	var calls []any
	for _, c := range rep.calls {
		calls = append(calls, map[string]any{"functionCall": map[string]any{"name": c.name, "args": json.RawMessage(c.args)}})
	}
	if !t.stream {
		parts := calls
		if len(rep.reasoning) > 0 {
			parts = append(parts, map[string]any{"text": strings.Join(rep.reasoning, ""), "thought": true})
		}
		if len(rep.tokens) > 0 {
			parts = append(parts, map[string]any{"text": strings.Join(rep.tokens, "")})
		}
		b, _ := json.Marshal(chunk(parts, finish))
		s.whole(w, t, b)
		return
	}
	f := newFrames(nil, framing{prefix: "data: ", eol: "\r\n", contentType: "text/event-stream",
		err: `{"error":{"code":500,"message":"the engine died","status":"INTERNAL"}}`})
	put := func(v map[string]any) {
		f.scratch, _ = json.Marshal(v)
		f.event("")
	}
	for _, x := range rep.reasoning {
		put(chunk([]any{map[string]any{"text": x, "thought": true}}, ""))
	}
	for _, x := range rep.tokens {
		put(chunk([]any{map[string]any{"text": x}}, ""))
	}
	if calls != nil {
		put(chunk(calls, ""))
	}
	put(chunk([]any{map[string]any{"text": ""}}, finish))
	s.send(w, r, t.quirk, f)
}

func (s *Server) geminiEmbed(w http.ResponseWriter, body []byte) {
	var in struct {
		Requests []struct{ Content geminiContent }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		fail(w, http.StatusBadRequest, "no requests", "")
		return
	}
	var out []any
	for _, q := range in.Requests {
		text := ""
		for _, p := range q.Content.Parts {
			text += p.Text
		}
		out = append(out, map[string]any{"values": Vector(text)})
	}
	answer(w, map[string]any{"embeddings": out})
}
