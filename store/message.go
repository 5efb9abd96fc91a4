package store

import (
	"database/sql"

	"islet/app"
)

const messageColumns = `id, app_id, conversation_id, parent_id, run_id, source, end_user_id, inputs, query, answer, reasoning, status, error, usage, files,
	rating_id, rating, rating_note, rated_at, rating_changed_at, extra, created_at, updated_at`

// Message is one message of the scope's app and end user.
func (s *Snapshot) Message(id app.ID) (*app.Message, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	m, err := one(s, scanMessage, `SELECT `+messageColumns+` FROM messages WHERE `+cond+` AND id = ?`, append(args, id)...)
	return m, found(err, "message", "消息")
}

// Messages lists a conversation's messages, oldest first, siblings of a regeneration included.
func (s *Snapshot) Messages(conversation app.ID) ([]*app.Message, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	return many(s, scanMessage, `SELECT `+messageColumns+` FROM messages WHERE `+cond+` AND conversation_id = ? ORDER BY created_at, id`, append(args, conversation)...)
}

// MessagesBefore lists at most limit messages of a conversation that are older than before (nil: the newest), newest first.
func (s *Snapshot) MessagesBefore(conversation app.ID, before *app.Message, limit int) ([]*app.Message, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	cond, args = cond+` AND conversation_id = ?`, append(args, conversation)
	if before != nil {
		moment := ms(before.CreatedAt)
		cond, args = cond+` AND (created_at < ? OR created_at = ? AND id < ?)`, append(args, moment, moment, before.ID)
	}
	return many(s, scanMessage, `SELECT `+messageColumns+` FROM messages WHERE `+cond+` ORDER BY created_at DESC, id DESC LIMIT ?`, append(args, page(limit))...)
}

// LastMessage is the newest message of a conversation; NotFound where it has none.
func (s *Snapshot) LastMessage(conversation app.ID) (*app.Message, error) {
	list, err := s.MessagesBefore(conversation, nil, 1)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, app.Missing("message", "消息")
	}
	return list[0], nil
}

// Thread follows the parents from the message leaf, which comes first, and returns at most limit messages: the branch of the
// conversation that leads to leaf, newest first. Siblings of a regeneration are not on it.
func (s *Snapshot) Thread(leaf app.ID, limit int) ([]*app.Message, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	q := `WITH RECURSIVE thread (next, depth) AS (
			SELECT id, 1 FROM messages WHERE ` + cond + ` AND id = ?
			UNION ALL SELECT m.parent_id, t.depth + 1 FROM thread t JOIN messages m ON m.id = t.next WHERE m.parent_id <> '' AND t.depth < ?)
		SELECT ` + messageColumns + ` FROM thread t JOIN messages m ON m.id = t.next ORDER BY t.depth`
	return many(s, scanMessage, q, append(args, leaf, limit)...)
}

// InsertMessage adds a message.
func (tx *Tx) InsertMessage(m *app.Message) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO messages (id, workspace_id, app_id, conversation_id, parent_id, run_id, end_user_id, source, inputs, query, answer, reasoning, status,
		files, usage, extra, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, m.ID, ws, m.App, m.Conversation, m.Parent, m.Run, m.EndUser, m.Source, vars(m.Inputs), m.Query, m.Answer, m.Reasoning, m.Status,
		text(m.Files), text(m.Usage), textp(m.Extra), ms(m.CreatedAt), ms(m.UpdatedAt))
}

// FinishMessage writes what came of a message. One that was deleted while its answer was made is no error.
func (tx *Tx) FinishMessage(m *app.Message) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	m.UpdatedAt = tx.now
	const q = `UPDATE messages SET answer = ?, reasoning = ?, status = ?, error = ?, usage = ?, prompt_tokens = ?, completion_tokens = ?, extra = ?, updated_at = ?
		WHERE workspace_id = ? AND app_id = ? AND id = ?`
	return tx.q.exec(q, m.Answer, m.Reasoning, m.Status, textp(m.Error), text(m.Usage), m.Usage.PromptTokens, m.Usage.CompletionTokens, textp(m.Extra), ms(tx.now), ws, m.App, m.ID)
}

// RateMessage writes an end user's feedback; nil takes it back.
func (tx *Tx) RateMessage(id app.ID, f *app.Feedback) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	set := []any{"", "", "", nil, nil}
	if f != nil {
		set = []any{f.ID, f.Rating, f.Content, ms(f.CreatedAt), ms(f.UpdatedAt)}
	}
	n, err := tx.q.affected(`UPDATE messages SET rating_id = ?, rating = ?, rating_note = ?, rated_at = ?, rating_changed_at = ? WHERE `+cond+` AND id = ?`,
		append(append(set, args...), id)...)
	return changed(n, err, "message", "消息")
}

func scanMessage(r row) (*app.Message, error) {
	var m app.Message
	var inputs, usage, files string
	var failure, extra sql.NullString
	var f app.Feedback
	var rated, rerated sql.NullInt64
	var created, updated int64
	err := r.Scan(&m.ID, &m.App, &m.Conversation, &m.Parent, &m.Run, &m.Source, &m.EndUser, &inputs, &m.Query, &m.Answer, &m.Reasoning, &m.Status, &failure, &usage, &files,
		&f.ID, &f.Rating, &f.Content, &rated, &rerated, &extra, &created, &updated)
	if err != nil {
		return nil, err
	}
	m.CreatedAt, m.UpdatedAt = at(created), at(updated)
	if rated.Valid {
		f.Message, f.CreatedAt, f.UpdatedAt = m.ID, at(rated.Int64), at(rerated.Int64)
		m.Feedback = &f
	}
	if m.Error, err = parsep[app.Failure](failure); err != nil {
		return nil, err
	}
	if m.Extra, err = parsep[app.MessageExtra](extra); err != nil {
		return nil, err
	}
	if m.Inputs, err = parseVars(sql.NullString{String: inputs, Valid: true}); err != nil {
		return nil, err
	}
	if err := parse(usage, &m.Usage); err != nil {
		return nil, err
	}
	return &m, parse(files, &m.Files)
}
