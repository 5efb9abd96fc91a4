package store

import (
	"time"

	"islet/app"
	"islet/app/value"
)

// ConversationVariable is the value that one conversation has of an app.ConvVariable. It is known by the id, whatever the app
// calls it today.
type ConversationVariable struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Type      string    `json:"value_type"`
	Value     any       `json:"value"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// ConversationVariables lists the variables of a conversation of the scope's app and end user, by name; none in one that is
// not theirs.
func (s *Snapshot) ConversationVariables(conversation app.ID) ([]ConversationVariable, error) {
	cond, args, err := s.owned("c.")
	if err != nil {
		return nil, err
	}
	q := `SELECT v.id, v.name, v.value_type, v.value, v.created_at, v.updated_at FROM conversations c JOIN conversation_variables v ON v.conversation_id = c.id
		WHERE ` + cond + ` AND c.id = ? ORDER BY v.name, v.id`
	return many(s, scanVariable, q, append(args, conversation)...)
}

// PutConversationVariables writes variables of a conversation of the scope's app and end user, new or known; others stay. The
// times are the store's.
func (tx *Tx) PutConversationVariables(conversation app.ID, list ...ConversationVariable) error {
	return tx.writeVariables(conversation, list, `DO UPDATE SET name = excluded.name, value_type = excluded.value_type, value = excluded.value, updated_at = excluded.updated_at`)
}

// AddConversationVariables is PutConversationVariables that leaves alone what is there already: a default never takes the place
// of a value.
func (tx *Tx) AddConversationVariables(conversation app.ID, list ...ConversationVariable) error {
	return tx.writeVariables(conversation, list, `DO UPDATE SET name = excluded.name`)
}

func (tx *Tx) writeVariables(conversation app.ID, list []ConversationVariable, conflict string) error {
	cond, args, err := tx.owned("c.")
	if err != nil {
		return err
	}
	q := `INSERT INTO conversation_variables (conversation_id, id, name, value_type, value, created_at, updated_at)
		SELECT c.id, ?, ?, ?, ?, ?, ? FROM conversations c WHERE ` + cond + ` AND c.id = ?
		ON CONFLICT (conversation_id, id) ` + conflict
	for i := range list {
		v := &list[i]
		set := []any{v.ID, v.Name, v.Type, encode(v.Value), ms(tx.now), ms(tx.now)}
		n, err := tx.q.affected(q, append(append(set, args...), conversation)...)
		if err := changed(n, err, "conversation", "对话"); err != nil {
			return err
		}
	}
	return nil
}

func scanVariable(r row) (v ConversationVariable, err error) {
	var raw string
	var created, updated int64
	if err := r.Scan(&v.ID, &v.Name, &v.Type, &raw, &created, &updated); err != nil {
		return v, err
	}
	v.CreatedAt, v.UpdatedAt = at(created), at(updated)
	v.Value, err = value.Decode([]byte(raw))
	return v, err
}
