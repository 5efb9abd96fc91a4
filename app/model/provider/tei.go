package provider

import (
	"context"
	"fmt"
	"net/url"

	"islet/app"
	"islet/app/model"
)

// tei speaks to Hugging Face Text Embeddings Inference, which serves one model per server.
type tei struct{ *conn }

var (
	_ model.Embedder = tei{}
	_ model.Reranker = tei{}
)

func newTEI(c *conn) model.Lister { return tei{c} }

func teiBase(u *url.URL) string { return plainBase(u, "/embed", "/rerank", "/v1") }

// Embed asks /embed. The model's name is not sent: the server has but one.
func (t tei) Embed(ctx context.Context, _ string, texts []string) ([][]float32, error) {
	return t.batches(ctx, texts, func(ctx context.Context, texts []string) ([][]float32, error) {
		b, err := t.post(ctx, t.base+"/embed", map[string]any{"inputs": texts, "normalize": true, "truncate": true})
		if err != nil {
			return nil, err
		}
		var out [][]float32
		if err := items(b, func(v []byte) bool { out = append(out, vector(v)); return true }); err != nil {
			return nil, t.fail(model.CodeBadAnswer, err)
		}
		return out, nil
	})
}

// Rerank asks /rerank, in batches as small as those for embedding.
func (t tei) Rerank(ctx context.Context, _, query string, docs []string) ([]float64, error) {
	size := t.profile.Load().EmbedBatch
	if size <= 0 {
		size = defaultBatch
	}
	var out []float64
	for len(docs) > 0 {
		n := min(size, len(docs))
		b, err := t.post(ctx, t.base+"/rerank", map[string]any{"query": query, "texts": docs[:n], "truncate": true, "raw_scores": false})
		if err != nil {
			return nil, err
		}
		scores, err := t.scores(b, n)
		if err != nil {
			return nil, err
		}
		out, docs = append(out, scores...), docs[n:]
	}
	return out, nil
}

// Models asks /info for the one model.
func (t tei) Models(ctx context.Context) ([]app.Model, error) {
	b, err := t.get(ctx, t.base+"/info")
	if err != nil {
		return nil, err
	}
	name := str(field(b, "model_id"))
	if name == "" {
		return nil, t.fail(model.CodeBadAnswer, fmt.Errorf("/info names no model: %.200q", b))
	}
	if n := integer(field(b, "max_client_batch_size")); n > 0 {
		t.learn(func(p *app.Profile) bool {
			known := p.EmbedBatch > 0
			if !known {
				p.EmbedBatch = n
			}
			return !known
		})
	}
	m := app.Model{Name: name, Kind: app.EmbedModel, ContextSize: integer(field(b, "max_input_length"))}
	if kind := field(b, "model_type"); field(kind, "reranker") != nil || field(kind, "classifier") != nil {
		m.Kind = app.RerankModel
	}
	return []app.Model{m}, nil
}
