package provider

import (
	"context"
	"encoding/base64"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"islet/app"
	"islet/app/model"
)

// gemini speaks Google's generateContent.
type gemini struct{ *conn }

var (
	_ model.Chatter  = gemini{}
	_ model.Embedder = gemini{}
)

func newGemini(c *conn) model.Lister { return gemini{c} }

func geminiBase(u *url.URL) string {
	base := plainBase(u, "/models", "/openai")
	if rest := base[strings.Index(base, "://")+3:]; !strings.Contains(rest, "/") {
		base += "/v1beta"
	}
	return base
}

func geminiAuth(h http.Header, key string) {
	if key != "" {
		h.Set("X-Goog-Api-Key", key)
	}
}

var geminiParams = map[string]string{"max_tokens": "maxOutputTokens", "max_completion_tokens": "maxOutputTokens", "top_p": "topP", "top_k": "topK",
	"presence_penalty": "presencePenalty", "frequency_penalty": "frequencyPenalty", "stop": "stopSequences"}

func (g gemini) Chat(ctx context.Context, req *model.Request) iter.Seq2[model.Chunk, error] {
	conf := params(req.Params, geminiParams)
	body := map[string]any{}
	if v, ok := conf["safetySettings"]; ok {
		body["safetySettings"] = v
		delete(conf, "safetySettings")
	}
	if len(req.Stop) > 0 {
		conf["stopSequences"] = req.Stop
	}
	switch {
	case req.Schema != nil:
		conf["responseMimeType"], conf["responseJsonSchema"] = "application/json", req.Schema.JSON
	case req.JSON:
		conf["responseMimeType"] = "application/json"
	}
	if len(conf) > 0 {
		body["generationConfig"] = conf
	}
	system, contents := geminiContents(req.Messages)
	body["contents"] = contents
	if system != "" {
		body["systemInstruction"] = map[string]any{"parts": []any{map[string]string{"text": system}}}
	}
	geminiTools(req, body)
	b, err := encode(body)
	if err != nil {
		return failing(g.fail(model.CodeRejected, err))
	}
	method := ":streamGenerateContent?alt=sse"
	if g.profile.Load().NoStream {
		method = ":generateContent"
	}
	return g.chat(ctx, &ask{method: http.MethodPost, url: g.model(req.Model) + method, body: b, stream: true}, &geminiDecoder{conn: g.conn})
}

func (g gemini) model(name string) string {
	return g.base + "/models/" + url.PathEscape(strings.TrimPrefix(name, "models/"))
}

func geminiTools(req *model.Request, body map[string]any) {
	if len(req.Tools) == 0 {
		return
	}
	var fs []any
	for _, t := range req.Tools {
		f := map[string]any{"name": t.Name, "description": t.Description}
		if t.Parameters != nil {
			f["parametersJsonSchema"] = t.Parameters
		}
		fs = append(fs, f)
	}
	body["tools"] = []any{map[string]any{"functionDeclarations": fs}}
	conf := map[string]any{}
	switch c := req.ToolChoice; c {
	case "", "auto":
		return
	case "none":
		conf["mode"] = "NONE"
	case "required":
		conf["mode"] = "ANY"
	default:
		conf["mode"], conf["allowedFunctionNames"] = "ANY", []string{c}
	}
	body["toolConfig"] = map[string]any{"functionCallingConfig": conf}
}

// geminiContents takes the system messages out and joins messages of one role, which the API wants to alternate.
func geminiContents(in []model.Message) (system string, out []map[string]any) {
	var sys []string
	for i := range in {
		m := &in[i]
		if m.Role == model.System {
			sys = append(sys, m.Text())
			continue
		}
		role := "user"
		if m.Role == model.Assistant {
			role = "model"
		}
		parts := geminiParts(m)
		if n := len(out); n > 0 && out[n-1]["role"] == role {
			out[n-1]["parts"] = append(out[n-1]["parts"].([]any), parts...)
			continue
		}
		out = append(out, map[string]any{"role": role, "parts": parts})
	}
	return strings.Join(sys, "\n\n"), out
}

func geminiParts(m *model.Message) []any {
	if m.Role == model.ToolRole {
		return []any{map[string]any{"functionResponse": map[string]any{"name": m.Name, "response": map[string]any{"result": m.Text()}}}}
	}
	parts := []any{}
	for i := range m.Parts {
		p := &m.Parts[i]
		switch {
		case p.Kind == model.TextPart:
			if p.Text != "" {
				parts = append(parts, map[string]any{"text": p.Text})
			}
		case len(p.Data) > 0:
			parts = append(parts, map[string]any{"inlineData": map[string]string{"mimeType": p.MIME, "data": base64.StdEncoding.EncodeToString(p.Data)}})
		default:
			parts = append(parts, map[string]any{"fileData": map[string]string{"mimeType": p.MIME, "fileUri": p.URL}})
		}
	}
	for _, c := range m.ToolCalls {
		parts = append(parts, map[string]any{"functionCall": map[string]any{"name": c.Name, "args": object(c.Arguments)}})
	}
	return parts
}

type geminiDecoder struct {
	conn   *conn
	calls  toolCalls
	carry  carry
	counts *app.Usage
}

func (d *geminiDecoder) usage() *app.Usage { return d.counts }

func (d *geminiDecoder) decode(ev event, out *model.Chunk) (state, error) {
	if !ev.json {
		return more, d.conn.badEvent(ev, errNotJSON)
	}
	var candidate []byte
	blocked, trouble := "", false
	err := each(ev.data, func(k, v []byte) bool {
		switch string(k) {
		case "candidates":
			_ = items(v, func(c []byte) bool { candidate = c; return false }) // checked by each
		case "usageMetadata":
			d.count(v)
		case "promptFeedback":
			blocked = str(field(v, "blockReason"))
		case "error":
			trouble = true
		}
		return true
	})
	switch {
	case err != nil:
		return more, d.conn.badEvent(ev, err)
	case trouble:
		if err := d.conn.failedEvent(ev); err != nil {
			return more, err
		}
	case blocked != "":
		out.Finish = model.FinishFilter
		return over, nil
	case candidate == nil:
		return more, nil
	}
	_ = items(inside(candidate, "content", "parts"), func(p []byte) bool { // none in the last chunk
		d.part(p, out)
		return true
	})
	out.Finish = geminiFinish(str(field(candidate, "finishReason")))
	if out.Finish == "" {
		return more, nil
	}
	out.Text += d.carry.rest()
	return whole, nil
}

func (d *geminiDecoder) part(p []byte, out *model.Chunk) {
	thought := truth(field(p, "thought"))
	_ = each(p, func(k, v []byte) bool { // what is no object says nothing
		switch string(k) {
		case "text":
			if thought {
				out.Reasoning += str(v)
			} else {
				out.Text += d.carry.join(str(v))
			}
		case "functionCall":
			out.ToolCalls = append(out.ToolCalls, d.calls.add(len(d.calls.list), str(field(v, "id")), str(field(v, "name")), arguments(field(v, "args"))))
		}
		return true
	})
}

func (d *geminiDecoder) count(v []byte) {
	u := app.Usage{PromptTokens: integer(field(v, "promptTokenCount")), TotalTokens: integer(field(v, "totalTokenCount")),
		CompletionTokens: integer(field(v, "candidatesTokenCount")) + integer(field(v, "thoughtsTokenCount"))}
	if u.PromptTokens > 0 || u.CompletionTokens > 0 {
		d.counts = &u
	}
}

func geminiFinish(s string) string {
	switch s {
	case "STOP":
		return model.FinishStop
	case "MAX_TOKENS":
		return model.FinishLength
	case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII":
		return model.FinishFilter
	case "FINISH_REASON_UNSPECIFIED":
		return ""
	}
	return strings.ToLower(s)
}

// Embed asks batchEmbedContents.
func (g gemini) Embed(ctx context.Context, name string, texts []string) ([][]float32, error) {
	return g.batches(ctx, texts, func(ctx context.Context, texts []string) ([][]float32, error) {
		var reqs []any
		for _, t := range texts {
			reqs = append(reqs, map[string]any{"model": "models/" + strings.TrimPrefix(name, "models/"),
				"content": map[string]any{"parts": []any{map[string]string{"text": t}}}})
		}
		b, err := g.post(ctx, g.model(name)+":batchEmbedContents", map[string]any{"requests": reqs})
		if err != nil {
			return nil, err
		}
		var out [][]float32
		if err := items(field(b, "embeddings"), func(v []byte) bool { out = append(out, vector(field(v, "values"))); return true }); err != nil {
			return nil, g.fail(model.CodeBadAnswer, err)
		}
		return out, nil
	})
}

// Models asks /models.
func (g gemini) Models(ctx context.Context) ([]app.Model, error) {
	b, err := g.get(ctx, g.base+"/models?pageSize=1000")
	if err != nil {
		return nil, err
	}
	var ms []app.Model
	err = items(field(b, "models"), func(v []byte) bool {
		m := app.Model{Name: strings.TrimPrefix(str(field(v, "name")), "models/"),
			ContextSize: integer(field(v, "inputTokenLimit")), MaxOutput: integer(field(v, "outputTokenLimit"))}
		_ = items(field(v, "supportedGenerationMethods"), func(s []byte) bool { // a list
			switch str(s) {
			case "generateContent":
				m.Kind = app.ChatModel
			case "embedContent":
				m.Kind = app.EmbedModel
			}
			return true
		})
		ms = append(ms, g.describe(m))
		return true
	})
	if err != nil {
		return nil, g.fail(model.CodeBadAnswer, err)
	}
	return ms, nil
}
