package chat

import (
	"context"

	"islet/app"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/workflow"
	"islet/store"
)

// annotated makes the run of a turn say the annotation that answers its question, if there is one, and returns what is to be noted
// of that. A question with files is about them, one that is asked again has its answer: both are for the app.
func (c *Chat) annotated(ctx context.Context, t *Turn, m *app.Message, spec *run.Spec) (*app.AnnotationHit, error) {
	rel := t.Release
	if c.Annotations == nil || rel.Said == nil || !studio.Talks(rel.App.Mode) || t.stand != nil || t.again || len(m.Files) > 0 {
		return nil, nil //nolint:nilnil // the app answers
	}
	found, err := c.Annotations.Answer(ctx, m.Query)
	if err != nil || found == nil {
		return nil, err
	}
	a := found.Annotation
	by := &app.AnsweredBy{ID: a.ID, Question: a.Question, Score: found.Score, Way: found.Way, Author: a.CreatedBy}
	if a.CreatedBy != "" {
		err = c.DB.View(ctx, func(s *store.Snapshot) error {
			u, err := s.Member(a.CreatedBy)
			if err == nil {
				by.AuthorName = u.Name
			}
			return err
		})
		if err != nil && app.KindOf(err) != app.NotFound {
			return nil, err
		}
	}
	m.Extra = &app.MessageExtra{Annotation: by}
	spec.Graph, spec.Durable, spec.Pause, spec.Remember = rel.Said, false, nil, nil
	spec.Input.Inputs, spec.Input.Secrets = map[string]any{studio.SaidInput: a.Answer}, nil
	delete(spec.Input.Vars, workflow.Environment)
	return &app.AnnotationHit{ID: app.NewID(), Annotation: a.ID, Message: m.ID, Source: m.Source, Question: m.Query, Score: found.Score, Way: found.Way,
		CreatedAt: m.CreatedAt}, nil
}

// RateAs writes what a member thinks of an answer to somebody else; an empty rating takes it back.
func (c *Chat) RateAs(ctx context.Context, message app.ID, rating, note string) error {
	if err := checkRating(rating, note); err != nil {
		return err
	}
	return c.DB.Update(ctx, func(tx *store.Tx) error {
		return tx.SetAdminRating(&app.AdminRating{ID: app.NewID(), Message: message, Rating: rating, Note: note, User: app.ScopeOf(ctx).User, CreatedAt: tx.Now()})
	})
}
