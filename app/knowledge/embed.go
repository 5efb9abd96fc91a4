package knowledge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/store"
)

const (
	embedBatch = 64                  // units that are embedded and stored together
	cacheFor   = 30 * 24 * time.Hour // embeddings by content hash
)

// meaning is the text of a unit that is embedded: the headings above it say what it is about.
func meaning(u *store.Unit) string {
	if len(u.Heading) == 0 {
		return u.Meaning
	}
	return strings.Join(u.Heading, " > ") + "\n" + u.Meaning
}

// hashOf is the SHA-256 of what is indexed of a chunk, in hex.
func hashOf(c *app.Chunk) string {
	h := sha256.Sum256([]byte(strings.Join(c.Heading, "\x00") + "\x01" + c.Content + "\x01" + c.Answer))
	return hex.EncodeToString(h[:])
}

// embedRevision makes the vectors that one revision of a document lacks, batch by batch; each batch is on disk before the next.
func (k *Knowledge) embedRevision(ctx context.Context, d *app.Dataset, doc *app.Document, revision int) error {
	sp, e, err := k.space(ctx, d.Space)
	if err != nil {
		return err
	}
	var from uint32
	done := 0
	for {
		var units []*store.Unit
		err := k.db.View(ctx, func(s *store.Snapshot) error {
			var err error
			if units, err = s.UnitsWithout(doc, revision, sp.Number, from, embedBatch); err != nil || from > 0 {
				return err
			}
			all, err := s.UnitCount(doc, revision)
			if err != nil {
				return err
			}
			missing, err := s.MissingCount(doc, revision, sp.Number)
			done = all - missing
			return err
		})
		if err != nil || len(units) == 0 {
			return err
		}
		vectors, dims, err := k.vectorsOf(ctx, e, sp.Model, units)
		if err != nil {
			return err
		}
		done += len(units)
		err = k.db.Update(ctx, func(tx *store.Tx) error {
			if _, err := still(tx, doc, app.Indexing); err != nil {
				return err
			}
			if err := put(tx, sp.Number, dims, vectors); err != nil {
				return err
			}
			return tx.Progress(doc.ID, done)
		})
		if err != nil {
			return err
		}
		from = units[len(units)-1].Ord + 1
	}
}

func put(tx *store.Tx, space int64, dims int, vectors []store.Vector) error {
	if err := tx.SetDims(space, dims); err != nil {
		if app.KindOf(err) == app.NotFound { // the model was changed; its space is gone
			return errStopped
		}
		return err
	}
	return tx.PutVectors(space, vectors)
}

// space is a set of vectors with the model that makes them.
func (k *Knowledge) space(ctx context.Context, number int64) (*app.Space, model.Embedder, error) {
	var sp *app.Space
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { sp, err = s.Space(number); return err }); err != nil {
		if app.KindOf(err) == app.NotFound {
			return nil, nil, errStopped
		}
		return nil, nil, err
	}
	e, err := k.o.Embedder(ctx, sp.Model)
	return sp, e, err
}

// vectorsOf embeds units; what the cache has is not asked for again.
func (k *Knowledge) vectorsOf(ctx context.Context, e model.Embedder, ref app.ModelRef, units []*store.Unit) ([]store.Vector, int, error) {
	texts := make([]string, len(units))
	for i, u := range units {
		texts[i] = meaning(u)
	}
	packed, err := k.embed(ctx, e, ref, texts)
	if err != nil {
		return nil, 0, err
	}
	vectors := make([]store.Vector, len(units))
	for i, u := range units {
		vectors[i] = store.Vector{Number: u.Number, Ord: u.Ord, Data: packed[i]}
	}
	return vectors, len(packed[0]) / 4, nil
}

// embed turns texts into packed vectors, all of one length.
func (k *Knowledge) embed(ctx context.Context, e model.Embedder, ref app.ModelRef, texts []string) ([][]byte, error) {
	out := make([][]byte, len(texts))
	keys := make([]string, len(texts))
	var ask []string
	var at []int
	for i, t := range texts {
		h := sha256.Sum256([]byte(t))
		keys[i] = "embedding/" + string(ref.Endpoint) + "/" + ref.Name + "/" + string(h[:])
		if k.o.Cache != nil {
			if v, ok := k.o.Cache.Value(ctx, keys[i]); ok && len(v) > 0 && len(v)%4 == 0 {
				out[i] = v
				continue
			}
		}
		ask, at = append(ask, t), append(at, i)
	}
	if len(ask) > 0 {
		vectors, err := e.Embed(ctx, ref.Name, ask)
		if err != nil {
			return nil, err
		}
		if len(vectors) != len(ask) {
			return nil, badVectors("the embedding model answered %[1]d texts with %[2]d vectors", "嵌入模型对 %[1]d 段文本返回了 %[2]d 个向量", len(ask), len(vectors))
		}
		for j, v := range vectors {
			out[at[j]] = packVector(v)
			if k.o.Cache != nil {
				_ = k.o.Cache.SetValue(ctx, keys[at[j]], out[at[j]], cacheFor) // a cache
			}
		}
	}
	for i := range out {
		if len(out[i]) == 0 || len(out[i]) != len(out[0]) {
			return nil, badVectors("the embedding model gave vectors of different length (%[1]d and %[2]d numbers)", "嵌入模型返回的向量长度不一致（%[1]d 与 %[2]d）", len(out[0])/4, len(out[i])/4)
		}
	}
	return out, nil
}

func badVectors(en, zh string, args ...any) error {
	return app.Errorf(app.Invalid, "embedding_invalid", en+"; check the model under Models", zh+"；请在“模型”中检查该模型", args...)
}

// fillStatus tells why vectors of a dataset are missing.
type fillStatus struct {
	Err   *app.Error
	TryAt time.Time
	tries int
}

// fill says that a dataset may lack vectors: its model changed, or chunks were edited.
func (k *Knowledge) fill(workspace, dataset app.ID) {
	k.mu.Lock()
	k.stale[dataset] = workspace
	delete(k.fills, dataset)
	k.mu.Unlock()
	k.Wake()
}

// fillEvery is how often datasets that lack vectors are looked at.
const fillEvery = time.Second

// keepVectors makes the vectors that finished documents lack, until Close. It begins by looking at every dataset.
func (k *Knowledge) keepVectors() {
	_ = k.db.View(k.ctx, func(s *store.Snapshot) error { // what a read misses now, the next change finds
		list, workspaces, err := s.EveryDataset()
		k.mu.Lock()
		defer k.mu.Unlock()
		for i, d := range list {
			if d.Space != 0 || d.NextSpace != 0 {
				k.stale[d.ID] = workspaces[i]
			}
		}
		return err
	})
	tick := time.NewTicker(fillEvery)
	defer tick.Stop()
	for {
		for dataset, workspace := range k.due() {
			k.settle(dataset, k.fillDataset(system(k.ctx, workspace), dataset))
		}
		select {
		case <-tick.C:
		case <-k.ctx.Done():
			return
		}
	}
}

// due are the datasets that may lack vectors and are not waiting.
func (k *Knowledge) due() map[app.ID]app.ID {
	k.mu.Lock()
	defer k.mu.Unlock()
	due := map[app.ID]app.ID{}
	for d, ws := range k.stale {
		if f := k.fills[d]; f == nil || !f.TryAt.After(time.Now()) {
			due[d] = ws
		}
	}
	return due
}

// settle notes how the filling of a dataset ended.
func (k *Knowledge) settle(dataset app.ID, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err == nil || errors.Is(err, errStopped) || app.KindOf(err) == app.NotFound:
		delete(k.stale, dataset)
		delete(k.fills, dataset)
	case k.ctx.Err() != nil:
	default:
		f := k.fills[dataset]
		if f == nil {
			f = &fillStatus{}
			k.fills[dataset] = f
		}
		f.Err, f.TryAt = app.AsError(err), time.Now().Add(backoff(f.tries))
		f.tries++
		k.log.Warn("the vectors of a dataset could not be made; it is tried again", "dataset", dataset, "err", err)
	}
}

// fillDataset makes what is missing in both spaces of a dataset. When the next space is complete it becomes the one that answers.
func (k *Knowledge) fillDataset(ctx context.Context, id app.ID) error {
	var d *app.Dataset
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { d, err = s.Dataset(id); return err }); err != nil {
		return err
	}
	if d.Space != 0 && d.NextSpace == 0 {
		return k.fillSpace(ctx, d, d.Space)
	}
	if d.NextSpace == 0 {
		return nil
	}
	if err := k.fillSpace(ctx, d, d.NextSpace); err != nil {
		return err
	}
	if err := k.shelf.prepare(ctx, d, d.NextSpace); err != nil {
		return err
	}
	old := d.Space
	err := k.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Dataset(id)
		if err != nil {
			return err
		}
		if now.NextSpace != d.NextSpace {
			return errStopped
		}
		return tx.TakeSpace(now)
	})
	if err != nil {
		return err
	}
	k.shelf.retire(id, old)
	return k.fillSpace(ctx, d, d.NextSpace) // what was finished between the last look and the change
}

// fillSpace embeds the units of finished documents that have no vector in a space.
func (k *Knowledge) fillSpace(ctx context.Context, d *app.Dataset, space int64) error {
	sp, e, err := k.space(ctx, space)
	if err != nil {
		return err
	}
	for after := uint32(0); ; {
		var docs []*app.Document
		if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { docs, err = s.DatasetDocuments(d.ID, after, 100); return err }); err != nil || len(docs) == 0 {
			return err
		}
		for _, doc := range docs {
			after = doc.Number
			if err := k.fillDocument(ctx, sp, e, doc); err != nil {
				return err
			}
		}
	}
}

func (k *Knowledge) fillDocument(ctx context.Context, sp *app.Space, e model.Embedder, doc *app.Document) error {
	for from := uint32(0); ; {
		var units []*store.Unit
		err := k.db.View(ctx, func(s *store.Snapshot) (err error) {
			units, err = s.UnitsWithout(doc, doc.Revision, sp.Number, from, embedBatch)
			return err
		})
		if err != nil || len(units) == 0 {
			return err
		}
		vectors, dims, err := k.vectorsOf(ctx, e, sp.Model, units)
		if err != nil {
			return err
		}
		from = units[len(units)-1].Ord + 1
		err = k.db.Update(ctx, func(tx *store.Tx) error {
			if err := put(tx, sp.Number, dims, vectors); err != nil {
				return err
			}
			return tx.Changed(doc.Dataset, doc.Number, units[0].Ord, from)
		})
		if err != nil {
			return err
		}
		k.touched(doc.Dataset)
	}
}
