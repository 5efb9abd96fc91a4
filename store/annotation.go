package store

import (
	"database/sql"
	"strings"
	"time"

	"islet/app"
)

const annotationColumns = `id, app_id, message_id, question, answer, hits, created_by, created_at, updated_at`

// Annotation is one annotation of the scope's app.
func (s *Snapshot) Annotation(id app.ID) (*app.Annotation, error) {
	cond, args, err := s.ofApp()
	if err != nil {
		return nil, err
	}
	a, err := one(s, scanAnnotation, `SELECT `+annotationColumns+` FROM annotations WHERE `+cond+` AND id = ?`, append(args, id)...)
	return a, found(err, "annotation", "标注")
}

// ofApp is the condition for what belongs to the scope's app, whoever its end users are.
func (s *Snapshot) ofApp() (string, []any, error) {
	all := *s
	all.scope.EndUser = ""
	return all.owned("")
}

// Annotations lists annotations of the scope's app whose question or answer holds the text, the newest first, and counts them.
func (s *Snapshot) Annotations(text string, limit, offset int) ([]*app.Annotation, int, error) {
	cond, args, err := s.ofApp()
	if err != nil {
		return nil, 0, err
	}
	if text = strings.TrimSpace(text); text != "" {
		cond, args = cond+` AND (question LIKE ? ESCAPE '\' OR answer LIKE ? ESCAPE '\')`, append(args, contains(text), contains(text))
	}
	total, err := one(s, number, `SELECT COUNT(*) FROM annotations WHERE `+cond, args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := many(s, scanAnnotation, `SELECT `+annotationColumns+` FROM annotations WHERE `+cond+` ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`,
		append(args, page(limit), offset)...)
	return list, int(total), err
}

// CountAnnotations counts the annotations of the scope's app.
func (s *Snapshot) CountAnnotations() (int, error) {
	cond, args, err := s.ofApp()
	if err != nil {
		return 0, err
	}
	n, err := one(s, number, `SELECT COUNT(*) FROM annotations WHERE `+cond, args...)
	return int(n), err
}

// AnnotationsOf are the annotations that were made from messages of one conversation.
func (s *Snapshot) AnnotationsOf(conversation app.ID) ([]*app.Annotation, error) {
	cond, args, err := s.ofApp()
	if err != nil {
		return nil, err
	}
	return many(s, scanAnnotation, `SELECT `+annotationColumns+` FROM annotations WHERE `+cond+
		` AND message_id <> '' AND message_id IN (SELECT id FROM messages WHERE conversation_id = ?)`, append(args, conversation)...)
}

// AnnotationVector is an annotation with the vector of its question, if the model has made one.
type AnnotationVector struct {
	*app.Annotation
	Vector []byte // as Vector.Data; nil where there is none of this model
}

// AnnotationVectors are all annotations of the scope's app with the vectors of one model ("" is none).
func (s *Snapshot) AnnotationVectors(model string) ([]AnnotationVector, error) {
	cond, args, err := s.ofApp()
	if err != nil {
		return nil, err
	}
	q := `SELECT CASE WHEN model = ? THEN vector END, ` + annotationColumns + ` FROM annotations WHERE ` + cond + ` ORDER BY created_at, id`
	return many(s, func(r row) (v AnnotationVector, err error) {
		v.Annotation, err = scanAnnotation(front{r, &v.Vector})
		return v, err
	}, q, append([]any{model}, args...)...)
}

// InsertAnnotation adds an annotation.
func (tx *Tx) InsertAnnotation(a *app.Annotation) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO annotations (id, workspace_id, app_id, message_id, question, answer, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, a.ID, ws, a.App, a.Message, a.Question, a.Answer, a.CreatedBy, ms(a.CreatedAt), ms(a.UpdatedAt))
}

// UpdateAnnotation writes question and answer. The vector of another question is of no use and goes.
func (tx *Tx) UpdateAnnotation(a *app.Annotation) error {
	cond, args, err := tx.ofApp()
	if err != nil {
		return err
	}
	a.UpdatedAt = tx.now
	n, err := tx.q.affected(`UPDATE annotations SET vector = CASE WHEN question = ? THEN vector END, question = ?, answer = ?, updated_at = ? WHERE `+cond+` AND id = ?`,
		append(append([]any{a.Question, a.Question, a.Answer, ms(tx.now)}, args...), a.ID)...)
	return changed(n, err, "annotation", "标注")
}

// DeleteAnnotation removes an annotation with its hits.
func (tx *Tx) DeleteAnnotation(id app.ID) error {
	cond, args, err := tx.ofApp()
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM annotations WHERE `+cond+` AND id = ?`, append(args, id)...)
	return changed(n, err, "annotation", "标注")
}

// DeleteAnnotations removes all annotations of the scope's app.
func (tx *Tx) DeleteAnnotations() error {
	cond, args, err := tx.ofApp()
	if err != nil {
		return err
	}
	return tx.q.exec(`DELETE FROM annotations WHERE `+cond, args...)
}

// PutAnnotationVector writes the vector of an annotation as long as it asks that question.
func (tx *Tx) PutAnnotationVector(a *app.Annotation, model string, vector []byte) error {
	cond, args, err := tx.ofApp()
	if err != nil {
		return err
	}
	return tx.q.exec(`UPDATE annotations SET model = ?, vector = ? WHERE `+cond+` AND id = ? AND question = ?`,
		append(append([]any{model, vector}, args...), a.ID, a.Question)...)
}

// AddAnnotationHit notes that an annotation answered. One that was deleted meanwhile is no error.
func (tx *Tx) AddAnnotationHit(h *app.AnnotationHit) error {
	cond, args, err := tx.ofApp()
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`UPDATE annotations SET hits = hits + 1 WHERE `+cond+` AND id = ?`, append(args, h.Annotation)...)
	if err != nil || n == 0 {
		return err
	}
	const q = `INSERT INTO annotation_hits (id, app_id, annotation_id, message_id, source, question, score, way, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, h.ID, tx.scope.App, h.Annotation, h.Message, h.Source, h.Question, h.Score, h.Way, ms(h.CreatedAt))
}

// AnnotationHits are the questions that one annotation answered, the latest first, and how many there are.
func (s *Snapshot) AnnotationHits(annotation app.ID, limit, offset int) ([]*app.AnnotationHit, int, error) {
	if _, err := s.Annotation(annotation); err != nil {
		return nil, 0, err
	}
	total, err := one(s, number, `SELECT COUNT(*) FROM annotation_hits WHERE annotation_id = ?`, annotation)
	if err != nil {
		return nil, 0, err
	}
	const q = `SELECT id, annotation_id, message_id, source, question, score, way, created_at FROM annotation_hits WHERE annotation_id = ?
		ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`
	list, err := many(s, func(r row) (*app.AnnotationHit, error) {
		var h app.AnnotationHit
		var created int64
		err := r.Scan(&h.ID, &h.Annotation, &h.Message, &h.Source, &h.Question, &h.Score, &h.Way, &created)
		h.CreatedAt = at(created)
		return &h, err
	}, q, annotation, page(limit), offset)
	return list, int(total), err
}

// AnnotationReply is how the scope's app answers from its annotations; the zero value where nobody has said.
func (s *Snapshot) AnnotationReply() (*app.AnnotationReply, error) {
	if _, _, err := s.ofApp(); err != nil {
		return nil, err
	}
	list, err := many(s, func(r row) (*app.AnnotationReply, error) {
		var v app.AnnotationReply
		var embedding, job string
		if err := r.Scan(&v.Enabled, &v.Threshold, &embedding, &job); err != nil {
			return nil, err
		}
		if err := parse(job, &v.Job); err != nil {
			return nil, err
		}
		return &v, parse(embedding, &v.Embedding)
	}, `SELECT r.enabled, r.threshold, r.embedding, r.job FROM annotation_replies r JOIN apps a ON a.id = r.app_id WHERE a.workspace_id = ? AND r.app_id = ?`,
		s.scope.Workspace, s.scope.App)
	if err != nil || len(list) == 0 {
		return &app.AnnotationReply{}, err
	}
	return list[0], nil
}

// SetAnnotationReply writes how the scope's app answers from its annotations.
func (tx *Tx) SetAnnotationReply(v *app.AnnotationReply) error {
	if _, err := tx.App(tx.scope.App); err != nil {
		return err
	}
	const q = `INSERT INTO annotation_replies (app_id, enabled, threshold, embedding, job, updated_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (app_id) DO UPDATE SET enabled = excluded.enabled, threshold = excluded.threshold, embedding = excluded.embedding, job = excluded.job,
			updated_at = excluded.updated_at`
	return tx.q.exec(q, tx.scope.App, v.Enabled, v.Threshold, text(v.Embedding), text(v.Job), ms(tx.now))
}

func scanAnnotation(r row) (*app.Annotation, error) {
	var a app.Annotation
	var created, updated int64
	err := r.Scan(&a.ID, &a.App, &a.Message, &a.Question, &a.Answer, &a.Hits, &a.CreatedBy, &created, &updated)
	a.CreatedAt, a.UpdatedAt = at(created), at(updated)
	return &a, err
}

// AdminRatings are what members think of the answers of one conversation.
func (s *Snapshot) AdminRatings(conversation app.ID) ([]*app.AdminRating, error) {
	_, _, err := s.ofApp()
	if err != nil {
		return nil, err
	}
	return many(s, scanAdminRating, `SELECT `+ratingColumns+` FROM admin_ratings WHERE app_id = ? AND conversation_id = ?`, s.scope.App, conversation)
}

const ratingColumns = `id, message_id, conversation_id, rating, note, user_id, created_at, updated_at`

func scanAdminRating(r row) (*app.AdminRating, error) {
	var v app.AdminRating
	var created, updated int64
	err := r.Scan(&v.ID, &v.Message, &v.Conversation, &v.Rating, &v.Note, &v.User, &created, &updated)
	v.CreatedAt, v.UpdatedAt = at(created), at(updated)
	return &v, err
}

// SetAdminRating writes what a member thinks of an answer; an empty rating takes it back.
func (tx *Tx) SetAdminRating(v *app.AdminRating) error {
	m, err := tx.Message(v.Message)
	if err != nil {
		return err
	}
	if v.Rating == "" {
		return tx.q.exec(`DELETE FROM admin_ratings WHERE message_id = ?`, m.ID)
	}
	v.Conversation = m.Conversation
	const q = `INSERT INTO admin_ratings (id, app_id, message_id, conversation_id, rating, note, user_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (message_id) DO UPDATE SET rating = excluded.rating, note = excluded.note, user_id = excluded.user_id, updated_at = excluded.updated_at`
	return tx.q.exec(q, v.ID, m.App, m.ID, m.Conversation, v.Rating, v.Note, v.User, ms(v.CreatedAt), ms(tx.now))
}

// FeedbackEntry is one rating in the list of all that people gave: by an end user, or by a member.
type FeedbackEntry struct {
	ID           app.ID
	Conversation app.ID
	Message      app.ID
	Rating       string
	Content      string
	EndUser      app.ID // of an end user
	User         app.ID // of a member
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Feedbacks lists what end users and members think of answers, the latest first. The studio's own chats are left out.
func (s *Snapshot) Feedbacks(limit, offset int) ([]FeedbackEntry, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	q := `SELECT rating_id, conversation_id, id, rating, rating_note, end_user_id, '', rated_at AS created, rating_changed_at AS changed FROM messages
			WHERE ` + cond + ` AND rated_at IS NOT NULL AND source <> ?
		UNION ALL SELECT id, conversation_id, message_id, rating, note, '', user_id, created_at, updated_at FROM admin_ratings WHERE app_id = ?
		ORDER BY created DESC, 1 DESC LIMIT ? OFFSET ?`
	return many(s, func(r row) (FeedbackEntry, error) {
		var f FeedbackEntry
		var created, updated sql.NullInt64
		err := r.Scan(&f.ID, &f.Conversation, &f.Message, &f.Rating, &f.Content, &f.EndUser, &f.User, &created, &updated)
		f.CreatedAt, f.UpdatedAt = at(created.Int64), at(updated.Int64)
		return f, err
	}, q, append(args, app.FromDebug, s.scope.App, page(limit), offset)...)
}
