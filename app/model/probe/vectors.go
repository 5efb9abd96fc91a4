package probe

import (
	"context"
	"fmt"
	"math"

	"islet/app"
	"islet/app/model"
	"islet/app/model/provider"
)

func (e *exam) vectorsOf(ctx context.Context, texts []string) ([][]float32, verdict, bool) {
	tap := &provider.Tap{}
	em, ok := e.server.With(e.Key).(model.Embedder)
	if !ok {
		return nil, say(Skip, "not needed: this protocol has no embeddings", "该协议不支持向量"), false
	}
	vs, err := em.Embed(provider.WithTap(ctx, tap), e.embedModel, texts)
	if err != nil {
		return nil, failed(Fail, err).because(rawOr(tap, err)), false
	}
	return vs, verdict{}, true
}

func (e *exam) embed(ctx context.Context) verdict {
	vs, v, ok := e.vectorsOf(ctx, []string{"the quick brown fox", "敏捷的棕色狐狸"})
	if !ok {
		return v
	}
	e.vectors = vs
	e.profile.EmbedDims = len(vs[0])
	if n := norm(vs[0]); math.Abs(n-1) > 0.01 {
		return say(Info, "vectors have %[1]d dimensions and are not normalised (length %.2[2]f), which is fine for comparing by angle", "向量维度 %[1]d，未归一化（长度 %.2[2]f），不影响按夹角比较", len(vs[0]), n)
	}
	return say(OK, "vectors have %d dimensions and are normalised", "向量维度 %d，已归一化", len(vs[0]))
}

func norm(v []float32) float64 {
	var n float64
	for _, x := range v {
		n += float64(x) * float64(x)
	}
	return math.Sqrt(n)
}

func cosine(a, b []float32) float64 {
	var dot float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
	}
	return dot / (norm(a)*norm(b) + 1e-12)
}

// embedSame asks for the same text again, alone: servers that mix up batches are found here.
func (e *exam) embedSame(ctx context.Context) verdict {
	if e.vectors == nil {
		return say(Skip, "not examined: there is no first vector", "未检查：尚无向量结果")
	}
	vs, v, ok := e.vectorsOf(ctx, []string{"敏捷的棕色狐狸"})
	if !ok {
		return v
	}
	if len(vs[0]) != len(e.vectors[1]) || cosine(vs[0], e.vectors[1]) < 0.99 {
		return say(Fail, "the same text gets another vector when it is asked for alone; do not use this model for knowledge until that is mended",
			"同一文本单独请求时得到不同向量；修复之前请勿用于知识库")
	}
	if cosine(e.vectors[0], e.vectors[1]) > 0.9999 {
		return say(Fail, "different texts get the same vector; the model is broken or not an embedding model", "不同文本得到相同向量；模型异常或并非向量模型")
	}
	return say(OK, "the same text gets the same vector", "同一文本的向量一致")
}

func (e *exam) embedBatch(ctx context.Context) verdict {
	const most = 64
	texts := make([]string, most)
	for i := range texts {
		texts[i] = fmt.Sprintf("text number %d", i)
	}
	s, err := e.open(func(ep *app.Endpoint) {
		p := e.server.Profile()
		p.EmbedBatch = most
		ep.Profile = &p
	})
	if err != nil {
		return failed(Fail, err)
	}
	defer s.Close()
	em, ok := s.With(e.Key).(model.Embedder)
	if !ok {
		return say(Skip, "not needed: this protocol has no embeddings", "该协议不支持向量")
	}
	if _, err := em.Embed(ctx, e.embedModel, texts); err != nil {
		return failed(Warn, err)
	}
	e.profile.EmbedBatch = s.Profile().EmbedBatch
	if e.profile.EmbedBatch < most {
		return say(Info, "the server takes %d texts at once; islet keeps to that", "服务每批最多接受 %d 条文本；islet 会遵守", e.profile.EmbedBatch)
	}
	return say(OK, "the server takes at least %d texts at once", "服务每批至少可接受 %d 条文本", most)
}

func (e *exam) rerank(ctx context.Context) verdict {
	docs := []string{"Bananas are yellow.", "Paris is the capital of France.", "北京是中国的首都。"}
	var last error
	for _, path := range []string{"", "/reranks"} {
		s, err := e.open(func(ep *app.Endpoint) {
			p := e.server.Profile()
			p.RerankPath = path
			ep.Profile = &p
		})
		if err != nil {
			return failed(Fail, err)
		}
		r, ok := s.With(e.Key).(model.Reranker)
		if !ok {
			s.Close()
			return say(Skip, "not needed: this protocol has no rerank", "该协议不支持重排")
		}
		scores, err := r.Rerank(ctx, e.rerankModel, "What is the capital of France?", docs)
		s.Close()
		if last = err; err != nil {
			continue
		}
		e.rerankPath = path
		if scores[1] <= scores[0] || scores[1] <= scores[2] {
			return say(Warn, "the rerank model answers, but does not put the right passage first; check that it is a rerank model", "重排模型有响应，但未把正确段落排在最前；请确认它是重排模型")
		}
		return say(OK, "rerank works and puts the right passage first", "重排正常，正确段落排在最前")
	}
	return failed(Fail, last)
}
