package annotation

import (
	"context"
	"errors"
	"time"

	"islet/app"
	"islet/app/workflow"
	"islet/store"
)

// DefaultThreshold is the least score that answers unless somebody says otherwise, as in Dify.
const DefaultThreshold = 0.9

// SetReply says whether and how the app answers from its annotations, from the next question on. With another embedding model all
// vectors are made anew: the job that is returned is done when they are there. Until then the same question is found at once, and
// the others as their vectors come.
func (b *Book) SetReply(ctx context.Context, enabled bool, threshold float64, embedding app.ModelRef) (*app.AnnotationReply, error) {
	if threshold == 0 {
		threshold = DefaultThreshold
	}
	if threshold < 0 || threshold > 1 {
		return nil, app.Errorf(app.Invalid, "invalid_param", "score_threshold must be between 0 and 1", "score_threshold 必须在 0 到 1 之间")
	}
	if embedding.Name == "" {
		embedding = app.ModelRef{}
	}
	if enabled && !embedding.Zero() {
		if b.o.Embedder == nil {
			return nil, app.Errorf(app.Invalid, "embedding_missing", "there is no embedding model here", "此处没有嵌入模型")
		}
		if _, err := b.o.Embedder(ctx, embedding); err != nil {
			return nil, err
		}
	}
	v := &app.AnnotationReply{Enabled: enabled, Threshold: threshold, Embedding: embedding, Job: app.AnnotationJob{ID: app.NewID(), Action: "enable"}}
	if !enabled {
		v.Job.Action, v.Job.Done = "disable", true
	}
	if embedding.Zero() {
		v.Job.Done = true
	}
	if err := b.o.DB.Update(ctx, func(tx *store.Tx) error { return tx.SetAnnotationReply(v) }); err != nil {
		return nil, err
	}
	b.changed(ctx)
	return v, nil
}

const (
	fillBatch = 32
	fillTries = 3
)

// fill makes the vectors that the app's annotations lack, beside everything else. One call at a time works for an app.
func (b *Book) fill(scope app.Scope) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.life.Err() != nil {
		return
	}
	if _, busy := b.filling[scope.App]; busy {
		b.filling[scope.App] = true
		return
	}
	b.filling[scope.App] = false
	scope.EndUser = ""
	ctx := app.WithScope(b.life, scope)
	b.work.Go(func() {
		for again := true; again; {
			err := b.fillOnce(ctx)
			if err != nil && ctx.Err() == nil && app.KindOf(err) != app.NotFound {
				b.o.Log.Warn("vectors of annotations could not be made", "app", scope.App, "err", err)
			}
			b.mu.Lock()
			if again = b.filling[scope.App] && ctx.Err() == nil; again {
				b.filling[scope.App] = false
			} else {
				delete(b.filling, scope.App)
			}
			b.mu.Unlock()
		}
	})
}

// fillOnce makes what vectors are missing now.
func (b *Book) fillOnce(ctx context.Context) error {
	var reply *app.AnnotationReply
	var lack []*app.Annotation
	err := b.o.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if reply, err = s.AnnotationReply(); err != nil || !reply.Enabled || reply.Embedding.Zero() {
			return err
		}
		list, err := s.AnnotationVectors(modelKey(reply.Embedding))
		for _, v := range list {
			if len(v.Vector) == 0 {
				lack = append(lack, v.Annotation)
			}
		}
		return err
	})
	if err != nil || !reply.Enabled || reply.Embedding.Zero() {
		return err
	}
	made := len(lack) > 0
	for len(lack) > 0 && err == nil {
		n := min(fillBatch, len(lack))
		err = b.fillBatch(ctx, reply.Embedding, lack[:n])
		lack = lack[n:]
	}
	if made {
		b.forget(app.ScopeOf(ctx).App)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return errors.Join(err, b.conclude(ctx, reply.Job, err))
}

func (b *Book) fillBatch(ctx context.Context, ref app.ModelRef, list []*app.Annotation) error {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.Question
	}
	vectors, err := b.embed(ctx, ref, texts)
	for try := 1; err != nil && try < fillTries && ctx.Err() == nil; try++ {
		select {
		case <-time.After(time.Duration(try) * time.Second):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		vectors, err = b.embed(ctx, ref, texts)
	}
	if err != nil {
		return err
	}
	return b.o.DB.Update(ctx, func(tx *store.Tx) error {
		for i, a := range list {
			if err := tx.PutAnnotationVector(a, modelKey(ref), pack(vectors[i])); err != nil {
				return err
			}
		}
		return nil
	})
}

// conclude writes how a job ended, if it still is the last.
func (b *Book) conclude(ctx context.Context, job app.AnnotationJob, cause error) error {
	if job.Done && job.Error == nil && cause == nil {
		return nil
	}
	return b.o.DB.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.AnnotationReply()
		if err != nil || now.Job.ID != job.ID {
			return err
		}
		now.Job.Done, now.Job.Error = true, nil
		if cause != nil {
			now.Job.Error = workflow.Failure(cause)
		}
		return tx.SetAnnotationReply(now)
	})
}
