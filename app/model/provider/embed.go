package provider

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"islet/app"
	"islet/app/model"
)

const (
	defaultBatch = 32
	mostBatch    = 256
)

// batches calls one for at most as many texts as the server takes; a server that finds a batch too large is asked for
// half, and remembered.
func (c *conn) batches(ctx context.Context, texts []string, one func(context.Context, []string) ([][]float32, error)) ([][]float32, error) {
	size := c.profile.Load().EmbedBatch
	if size <= 0 {
		size = defaultBatch
	}
	size = min(size, mostBatch)
	out := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		n := min(size, len(texts))
		vs, err := one(ctx, texts[:n])
		if err != nil && n > 1 && tooManyTexts(err) {
			size = n / 2
			c.learn(func(p *app.Profile) bool { p.EmbedBatch = size; return true })
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := c.checkVectors(vs, n, out); err != nil {
			return nil, err
		}
		out, texts = append(out, vs...), texts[n:]
	}
	return out, nil
}

// tooManyTexts guesses whether an error is about the size of the batch.
func tooManyTexts(err error) bool {
	if !errors.Is(err, &app.Error{Code: model.CodeRejected}) {
		return false
	}
	said := strings.ToLower(model.Detail(err))
	return strings.Contains(said, "batch") || strings.Contains(said, "status 413") || strings.Contains(said, "too many inputs") ||
		strings.Contains(said, "input should") || strings.Contains(said, "array")
}

// checkVectors makes sure that there is a vector for every text, all of one length, without NaN.
func (c *conn) checkVectors(vs [][]float32, n int, before [][]float32) error {
	if len(vs) != n {
		return c.fail(model.CodeBadAnswer, fmt.Errorf("%d vectors for %d texts", len(vs), n))
	}
	dims := len(vs[0])
	if len(before) > 0 {
		dims = len(before[0])
	}
	for i, v := range vs {
		if len(v) != dims || dims == 0 {
			return c.fail(model.CodeBadAnswer, fmt.Errorf("vector %d has %d dimensions, want %d", i, len(v), dims))
		}
		for _, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return c.fail(model.CodeBadAnswer, fmt.Errorf("vector %d holds %v", i, x))
			}
		}
	}
	return nil
}

// vector reads a list of numbers, or base64 of little-endian float32.
func vector(b []byte) []float32 {
	if len(b) > 0 && b[0] == '"' {
		raw, err := base64.StdEncoding.DecodeString(str(b))
		if err != nil || len(raw)%4 != 0 {
			return nil
		}
		v := make([]float32, len(raw)/4)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		return v
	}
	var v []float32
	ok := true
	err := items(b, func(x []byte) bool {
		if ok = !isNull(x) && x[0] != '[' && x[0] != '{'; ok {
			v = append(v, float32(num(x)))
		}
		return ok
	})
	if err != nil || !ok {
		return nil
	}
	return v
}

// Embed asks /embeddings.
func (o *openAI) Embed(ctx context.Context, name string, texts []string) ([][]float32, error) {
	return o.batches(ctx, texts, func(ctx context.Context, texts []string) ([][]float32, error) {
		b, err := o.post(ctx, o.path("embeddings", name), map[string]any{"model": name, "input": texts, "encoding_format": "float"})
		if err != nil {
			return nil, err
		}
		out := make([][]float32, len(texts))
		at := 0
		err = items(field(b, "data"), func(d []byte) bool {
			i := at
			if v := field(d, "index"); !isNull(v) {
				i = integer(v)
			}
			if i >= 0 && i < len(out) {
				out[i] = vector(field(d, "embedding"))
			}
			at++
			return true
		})
		if err != nil || at != len(texts) {
			return nil, o.fail(model.CodeBadAnswer, fmt.Errorf("%d vectors for %d texts: %.200q", at, len(texts), b))
		}
		return out, nil
	})
}

// Rerank asks /rerank in the shape that Jina began and vLLM, Xinference, SiliconFlow, LocalAI and GPUStack follow.
func (o *openAI) Rerank(ctx context.Context, name, query string, docs []string) ([]float64, error) {
	path := o.profile.Load().RerankPath
	if path == "" {
		path = "/rerank"
	}
	b, err := o.post(ctx, o.base+path, map[string]any{"model": name, "query": query, "documents": docs, "top_n": len(docs), "return_documents": false})
	if err != nil {
		return nil, err
	}
	list := field(b, "results")
	if list == nil {
		list = field(b, "data")
	}
	if list == nil {
		list = inside(b, "output", "results") // DashScope
	}
	return o.scores(list, len(docs))
}

// scores reads [{index, relevance_score}] in any order; every document must have one.
func (c *conn) scores(list []byte, n int) ([]float64, error) {
	out := make([]float64, n)
	seen := make([]bool, n)
	count := 0
	err := items(list, func(r []byte) bool {
		i := integer(field(r, "index"))
		s := field(r, "relevance_score")
		if s == nil {
			s = field(r, "score")
		}
		if i >= 0 && i < n && !seen[i] && !isNull(s) {
			seen[i], out[i] = true, num(s)
			count++
		}
		return true
	})
	if err != nil || count != n {
		return nil, c.fail(model.CodeBadAnswer, fmt.Errorf("%d scores for %d documents: %.200q", count, n, list))
	}
	return out, nil
}

// Models asks /models.
func (o *openAI) Models(ctx context.Context) ([]app.Model, error) {
	b, err := o.get(ctx, o.base+"/models")
	if err != nil {
		return nil, err
	}
	list := field(b, "data")
	if list == nil {
		list = field(b, "models")
	}
	if list == nil {
		list = b
	}
	var ms []app.Model
	err = items(list, func(v []byte) bool {
		name := str(field(v, "id"))
		if name == "" {
			name = str(field(v, "name"))
		}
		if name != "" {
			ms = append(ms, o.describe(app.Model{Name: name, ContextSize: contextOf(v)}))
		}
		return true
	})
	if err != nil {
		return nil, o.fail(model.CodeBadAnswer, err)
	}
	return ms, nil
}

// contextOf is the context length in the words of vLLM, LM Studio, OpenRouter, llama.cpp and Moonshot.
func contextOf(v []byte) int {
	for _, name := range []string{"max_model_len", "context_length", "max_context_length", "context_window"} {
		if n := integer(field(v, name)); n > 0 {
			return n
		}
	}
	return integer(inside(v, "meta", "n_ctx"))
}
