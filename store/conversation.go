package store

import (
	"database/sql"

	"strings"

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
		where, args = append(where, alias+`name LIKE ? ESCAPE '\'`), append(args, contains(f.Text))
	}
	if f.Source != "" {
		where, args = append(where, alias+"source = ?"), append(args, f.Source)
	}
	if f.NoDebug {
		where, args = append(where, alias+"source <> ?"), append(args, app.FromDebug)
	}
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
	cond, args, err := s.conversationsWhere(&f, "")
	if err != nil {
		return nil, err
	}
	return many(s, scanConversation, `SELECT `+conversationColumns+` FROM conversations WHERE `+cond+f.order("")+` LIMIT ? OFFSET ?`,
		append(args, page(f.Limit), f.Offset)...)
}

// CountConversations counts what the filter matches, on all pages.
func (s *Snapshot) CountConversations(f ConversationFilter) (int, error) {
	cond, args, err := s.conversationsWhere(&f, "")
	if err != nil {
		return 0, err
	}
	n, err := one(s, number, `SELECT COUNT(*) FROM conversations WHERE `+cond, args...)
	return int(n), err
}

// ConversationEntry is a conversation as a line of an app's log.
type ConversationEntry struct {
	Conversation *app.Conversation `json:"conversation"`
	Messages     int               `json:"messages"`
	EndUser      string            `json:"end_user"` // by name
}

// ConversationLog lists conversations with what a log shows of them.
func (s *Snapshot) ConversationLog(f ConversationFilter) ([]ConversationEntry, error) {
	cond, args, err := s.conversationsWhere(&f, "c.")
	if err != nil {
		return nil, err
	}
	q := `SELECT (SELECT COUNT(*) FROM messages m WHERE m.conversation_id = c.id), ` + called + `, c.` + strings.ReplaceAll(conversationColumns, ", ", ", c.") +
		` FROM conversations c JOIN end_users u ON u.id = c.end_user_id` + callers + ` WHERE ` + cond + f.order("c.") + ` LIMIT ? OFFSET ?`
	return many(s, func(r row) (ConversationEntry, error) {
		var e ConversationEntry
		var err error
		e.Conversation, err = scanConversation(front{front{r, &e.Messages}, &e.EndUser})
		return e, err
	}, q, append(args, page(f.Limit), f.Offset)...)
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
