package store

import (
	"database/sql"
	"slices"
	"strings"
	"time"

	"islet/app"
)

const conversationColumns = `id, app_id, end_user_id, source, name, inputs, opening, pinned, created_at, updated_at`

// owned is the condition of every query of conversations and messages: the workspace and the app of the scope and, where an
// end user acts, that end user. What belongs to others is not found.
func (s *Snapshot) owned(alias string) (string, []any, error) {
	ws, err := s.ws()
	if err != nil {
		return "", nil, err
	}
	if s.scope.App == "" {
		return "", nil, app.Errorf(app.Internal, "no_scope", "a query ran without an app", "查询缺少应用").Because(errNoScope)
	}
	cond, args := alias+`workspace_id = ? AND `+alias+`app_id = ?`, []any{ws, s.scope.App}
	if s.scope.EndUser != "" {
		cond, args = cond+` AND `+alias+`end_user_id = ?`, append(args, s.scope.EndUser)
	}
	return cond, args, nil
}

// Conversation is one conversation of the scope's app and end user.
func (s *Snapshot) Conversation(id app.ID) (*app.Conversation, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	c, err := one(s, scanConversation, `SELECT `+conversationColumns+` FROM conversations WHERE `+cond+` AND id = ?`, append(args, id)...)
	return c, found(err, "conversation", "对话")
}

// ConversationFilter narrows and sorts a list of conversations. The zero value lists all, the last active first.
type ConversationFilter struct {
	Text        string     // in the name
	Deep        bool       // Text may stand in a question or answer too
	Since       time.Time  // last active at this time or later
	Until       time.Time  // and before this one
	Status      app.Status // of one of its answers
	Rated       string     // one of its answers was rated so: like or dislike, by anybody
	Annotated   string     // yes: annotations were made of it or answered in it; no: none
	Source      app.Source // of one door only
	NoDebug     bool       // leave the studio's own out
	PinnedFirst bool
	ByCreated   bool              // sort by when it was made, not by when it was last active
	Ascending   bool              // oldest first
	After       *app.Conversation // begin behind this one
	Limit       int               // 0 is 30
	Offset      int
}

func (s *Snapshot) conversationsWhere(f *ConversationFilter, alias string) (string, []any, error) {
	cond, args, err := s.owned(alias)
	if err != nil {
		return "", nil, err
	}
	where := []string{cond}
	if f.Text != "" {
		cond := alias + `name LIKE ? ESCAPE '\'`
		args = append(args, contains(f.Text))
		if f.Deep {
			cond = `(` + cond + ` OR ` + alias + `id = ? OR EXISTS (SELECT 1 FROM messages x WHERE x.conversation_id = ` + alias + `id AND (x.query LIKE ? ESCAPE '\' OR x.answer LIKE ? ESCAPE '\')))`
			args = append(args, strings.ToLower(f.Text), contains(f.Text), contains(f.Text))
		}
		where = append(where, cond)
	}
	if f.Source != "" {
		where, args = append(where, alias+"source = ?"), append(args, f.Source)
	}
	if f.NoDebug {
		where, args = append(where, alias+"source <> ?"), append(args, app.FromDebug)
	}
	where, args = f.work(alias, where, args)
	if f.After != nil {
		column, moment := "updated_at", f.After.UpdatedAt
		if f.ByCreated {
			column, moment = "created_at", f.After.CreatedAt
		}
		op := " < "
		if f.Ascending {
			op = " > "
		}
		where = append(where, "("+alias+column+op+"? OR "+alias+column+" = ? AND "+alias+"id"+op+"?)")
		args = append(args, ms(moment), ms(moment), f.After.ID)
	}
	return strings.Join(where, " AND "), args, nil
}

// work adds the conditions of a log: when, and what came of the answers.
func (f *ConversationFilter) work(alias string, where []string, args []any) ([]string, []any) {
	and := func(cond string, vals ...any) { where, args = append(where, cond), append(args, vals...) }
	if !f.Since.IsZero() {
		and(alias+"updated_at >= ?", ms(f.Since))
	}
	if !f.Until.IsZero() {
		and(alias+"updated_at < ?", ms(f.Until))
	}
	of := ` FROM messages x WHERE x.conversation_id = ` + alias + `id`
	if f.Status != "" {
		and(`EXISTS (SELECT 1`+of+` AND x.status = ?)`, f.Status)
	}
	if f.Rated != "" {
		and(`(EXISTS (SELECT 1`+of+` AND x.rating = ?) OR EXISTS (SELECT 1 FROM admin_ratings r WHERE r.conversation_id = `+alias+`id AND r.rating = ?))`, f.Rated, f.Rated)
	}
	const notes = ` AND (EXISTS (SELECT 1 FROM annotations n WHERE n.message_id = x.id AND n.message_id <> '') OR x.extra LIKE '%"annotation":{%')`
	switch f.Annotated {
	case "yes":
		and(`EXISTS (SELECT 1` + of + notes + `)`)
	case "no":
		and(`NOT EXISTS (SELECT 1` + of + notes + `)`)
	}
	return where, args
}

func (f *ConversationFilter) order(alias string) string {
	column, dir := "updated_at", " DESC"
	if f.ByCreated {
		column = "created_at"
	}
	if f.Ascending {
		dir = ""
	}
	o := ` ORDER BY `
	if f.PinnedFirst {
		o += alias + `pinned DESC, `
	}
	return o + alias + column + dir + `, ` + alias + `id` + dir
}

// Conversations lists conversations of the scope's app and end user.
func (s *Snapshot) Conversations(f ConversationFilter) ([]*app.Conversation, error) {
	cond, args, err := s.conversationsWhere(&f, "c.")
	if err != nil {
		return nil, err
	}
	return many(s, scanConversation, `SELECT `+conversationColumns+` FROM conversations c WHERE `+cond+f.order("c.")+` LIMIT ? OFFSET ?`,
		append(args, page(f.Limit), f.Offset)...)
}

// CountConversations counts what the filter matches, on all pages.
func (s *Snapshot) CountConversations(f ConversationFilter) (int, error) {
	cond, args, err := s.conversationsWhere(&f, "c.")
	if err != nil {
		return 0, err
	}
	n, err := one(s, number, `SELECT COUNT(*) FROM conversations c WHERE `+cond, args...)
	return int(n), err
}

// ConversationEntry is a conversation as a line of an app's log.
type ConversationEntry struct {
	Conversation *app.Conversation `json:"conversation"`
	Messages     int               `json:"messages"`
	EndUser      string            `json:"end_user"` // by name
	Likes        int               `json:"likes"`    // of people and members
	Dislikes     int               `json:"dislikes"`
	Annotated    int               `json:"annotated"` // answers that annotations were made of, or gave
	Failed       int               `json:"failed"`    // answers that failed
}

// ConversationLog lists conversations with what a log shows of them.
func (s *Snapshot) ConversationLog(f ConversationFilter) ([]ConversationEntry, error) {
	cond, args, err := s.conversationsWhere(&f, "c.")
	if err != nil {
		return nil, err
	}
	const of = `FROM messages m WHERE m.conversation_id = c.id`
	const rated = `(SELECT COUNT(*) FROM admin_ratings r WHERE r.conversation_id = c.id AND r.rating = `
	q := `SELECT (SELECT COUNT(*) ` + of + `), (SELECT COUNT(*) ` + of + ` AND m.rating = 'like') + ` + rated + `'like'), (SELECT COUNT(*) ` + of + ` AND m.rating = 'dislike') + ` + rated + `'dislike'),
		(SELECT COUNT(*) ` + of + ` AND (EXISTS (SELECT 1 FROM annotations n WHERE n.message_id = m.id AND n.message_id <> '') OR m.extra LIKE '%"annotation":{%')),
		(SELECT COUNT(*) ` + of + ` AND m.status = 'failed'), ` + called + `, c.` + strings.ReplaceAll(conversationColumns, ", ", ", c.") +
		` FROM conversations c JOIN end_users u ON u.id = c.end_user_id` + callers + ` WHERE ` + cond + f.order("c.") + ` LIMIT ? OFFSET ?`
	return many(s, func(r row) (ConversationEntry, error) {
		var e ConversationEntry
		var err error
		e.Conversation, err = scanConversation(several{r, []any{&e.Messages, &e.Likes, &e.Dislikes, &e.Annotated, &e.Failed, &e.EndUser}})
		return e, err
	}, q, append(args, page(f.Limit), f.Offset)...)
}

// several is a row with more columns in front of those that a scan function knows.
type several struct {
	row
	first []any
}

func (f several) Scan(dest ...any) error {
	return f.row.Scan(append(slices.Clone(f.first), dest...)...)
}

// InsertConversation adds a conversation.
func (tx *Tx) InsertConversation(c *app.Conversation) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO conversations (id, workspace_id, app_id, end_user_id, source, name, inputs, opening, pinned, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, c.ID, ws, c.App, c.EndUser, c.Source, c.Name, vars(c.Inputs), c.Opening, c.Pinned, ms(c.CreatedAt), ms(c.UpdatedAt))
}

// UpdateConversation writes a conversation's name and pin.
func (tx *Tx) UpdateConversation(c *app.Conversation) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`UPDATE conversations SET name = ?, pinned = ? WHERE `+cond+` AND id = ?`,
		append(append([]any{c.Name, c.Pinned}, args...), c.ID)...)
	return changed(n, err, "conversation", "对话")
}

// NameConversation names a conversation unless it was renamed since it was called old, or is gone.
func (tx *Tx) NameConversation(id app.ID, old, name string) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	return tx.q.exec(`UPDATE conversations SET name = ? WHERE `+cond+` AND id = ? AND name = ?`, append(append([]any{name}, args...), id, old)...)
}

// TouchConversation notes activity; NotFound if the conversation is gone or somebody else's.
func (tx *Tx) TouchConversation(id app.ID) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`UPDATE conversations SET updated_at = ? WHERE `+cond+` AND id = ?`, append(append([]any{ms(tx.now)}, args...), id)...)
	return changed(n, err, "conversation", "对话")
}

// DeleteConversation removes a conversation with its messages, its variables, the files that were attached to the messages, and
// what its runs know of it. The runs stay, to be counted.
func (tx *Tx) DeleteConversation(id app.ID) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	attached, err := many(&tx.Snapshot, scanText, `SELECT files FROM messages WHERE `+cond+` AND conversation_id = ? AND files <> '[]'`, append(args, id)...)
	if err != nil {
		return err
	}
	if err := tx.forgetRuns(id); err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM conversations WHERE `+cond+` AND id = ?`, append(args, id)...)
	if err := changed(n, err, "conversation", "对话"); err != nil {
		return err
	}
	for _, raw := range attached {
		var files []app.Attachment
		if err := parse(raw, &files); err != nil {
			return err
		}
		for _, f := range files {
			if err := tx.deleteFile(f.File); err != nil {
				return err
			}
		}
	}
	return nil
}

func scanConversation(r row) (*app.Conversation, error) {
	var c app.Conversation
	var inputs string
	var created, updated int64
	if err := r.Scan(&c.ID, &c.App, &c.EndUser, &c.Source, &c.Name, &inputs, &c.Opening, &c.Pinned, &created, &updated); err != nil {
		return nil, err
	}
	c.CreatedAt, c.UpdatedAt = at(created), at(updated)
	var err error
	c.Inputs, err = parseVars(sql.NullString{String: inputs, Valid: true})
	return &c, err
}
