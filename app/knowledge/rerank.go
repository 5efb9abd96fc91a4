package knowledge

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"islet/app"
	"islet/store"
)

// rerank lets a model order the best candidates; those that it did not see come after them. One that does not answer is said in a
// note, and the order before it counts.
func (k *Knowledge) rerank(ctx context.Context, q *Query, r *ranking) error {
	if !r.settings.Rerank || len(r.list) == 0 {
		return nil
	}
	m, err := k.o.Reranker(ctx, r.settings.RerankModel)
	if err != nil {
		return err
	}
	seen := r.list[:min(len(r.list), rerankMost)]
	docs := make([]string, len(seen))
	for i, c := range seen {
		docs[i] = strings.TrimSpace(strings.Join(c.hit.Chunk.Heading, " > ") + "\n" + c.hit.Chunk.Content + "\n" + c.hit.Chunk.Answer)
	}
	scores, err := m.Rerank(ctx, r.settings.RerankModel.Name, q.Text, docs)
	if app.KindOf(err) == app.Canceled && err != nil {
		return err
	}
	if err == nil && len(scores) != len(docs) {
		err = app.Errorf(app.Upstream, "rerank_invalid", "the rerank model answered %[1]d passages with %[2]d scores", "重排序模型对 %[1]d 个片段返回了 %[2]d 个分数", len(docs), len(scores))
	}
	if err != nil {
		e := app.AsError(err)
		r.say(app.Textf("the rerank model did not answer (%[1]s); the order is the one before it", "重排序模型未响应（%[2]s）；结果为重排序之前的顺序", e.Text.En, e.Text.In(app.Chinese)))
		return nil
	}
	for i, c := range seen {
		c.hit.Why.Rerank = &app.Place{Score: scores[i]}
		c.hit.Score = scores[i]
	}
	slices.SortStableFunc(seen, func(a, b *candidate) int { return cmp.Compare(b.hit.Score, a.hit.Score) })
	for i, c := range seen {
		c.hit.Why.Rerank.Rank = i + 1
	}
	r.list, r.reranked = seen, true
	return nil
}

// asked is a search to write down.
type asked struct {
	ctx  context.Context
	rows []*app.Asked
	hits []app.ID
}

// note writes a search down, after it was answered. While the disk is slow, history may miss some.
func (k *Knowledge) note(ctx context.Context, q *Query, f *app.Found) {
	if q.Source == "" {
		return
	}
	a := asked{ctx: context.WithoutCancel(ctx)}
	for _, d := range q.Datasets {
		row := &app.Asked{ID: app.NewID(), Dataset: d, Query: q.Text, Source: q.Source, App: q.App, User: app.ScopeOf(ctx).User, Millis: f.Millis, At: k.db.Now()}
		for i := range f.Hits {
			if f.Hits[i].Dataset == d {
				row.Found++
				row.Best = max(row.Best, f.Hits[i].Score)
			}
		}
		a.rows = append(a.rows, row)
	}
	for i := range f.Hits {
		if f.Hits[i].Chunk.ID != "" {
			a.hits = append(a.hits, f.Hits[i].Chunk.ID)
		}
	}
	select {
	case k.notes <- a:
	default:
	}
}

// writeNotes writes searches down until Close.
func (k *Knowledge) writeNotes() {
	for {
		select {
		case <-k.ctx.Done():
			return
		case a := <-k.notes:
			err := k.db.Update(a.ctx, func(tx *store.Tx) error {
				for _, row := range a.rows {
					if _, err := tx.Dataset(row.Dataset); err != nil {
						return err
					}
					if err := tx.InsertAsked(row); err != nil {
						return err
					}
				}
				return tx.CountHits(a.hits)
			})
			if err != nil && app.KindOf(err) != app.NotFound {
				k.log.Warn("a search could not be written to the history", "err", err)
			}
		}
	}
}
