package store

import (
	"database/sql"
	"time"

	"islet/app"
)

// DraftNode is the last execution of a node in what a member tried of a draft.
type DraftNode struct {
	Node   string
	Run    app.ID
	Exec   app.ID
	Handle string // of a branch: the way that it took
	Failed bool
	MadeAt time.Time
}

// DraftVariable is one variable that such an execution left. Value, Sealed and Original are JSON as app/value writes it.
type DraftVariable struct {
	Node      string // or sys, conversation
	Name      string
	Type      string
	Size      int    // bytes of the JSON
	Value     []byte // nil if it is sealed or was not kept
	Sealed    []byte
	Original  []byte // of a value that a person changed: a list whose only element is what the node made
	UpdatedAt time.Time
}

// DraftNodes lists what nodes came to that the scope's end user tried.
func (s *Snapshot) DraftNodes() ([]DraftNode, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	return many(s, scanDraftNode, `SELECT node_id, run_id, exec_id, handle, failed, made_at FROM draft_nodes WHERE `+cond+` ORDER BY node_id`, args...)
}

func scanDraftNode(r row) (n DraftNode, err error) {
	var made int64
	err = r.Scan(&n.Node, &n.Run, &n.Exec, &n.Handle, &n.Failed, &made)
	n.MadeAt = at(made)
	return n, err
}

const draftVariableColumns = `node_id, name, value_type, size, value, sealed, original, updated_at`

// DraftVariables lists all variables that the scope's end user's tries left.
func (s *Snapshot) DraftVariables() ([]DraftVariable, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	return many(s, scanDraftVariable, `SELECT `+draftVariableColumns+` FROM draft_variables WHERE `+cond+` ORDER BY node_id, name`, args...)
}

// DraftVariable is one of DraftVariables.
func (s *Snapshot) DraftVariable(node, name string) (*DraftVariable, error) {
	cond, args, err := s.owned("")
	if err != nil {
		return nil, err
	}
	v, err := one(s, scanDraftVariable, `SELECT `+draftVariableColumns+` FROM draft_variables WHERE `+cond+` AND node_id = ? AND name = ?`, append(args, node, name)...)
	return &v, found(err, "variable", "变量")
}

func scanDraftVariable(r row) (v DraftVariable, err error) {
	var val, original sql.NullString
	var updated int64
	err = r.Scan(&v.Node, &v.Name, &v.Type, &v.Size, &val, &v.Sealed, &original, &updated)
	v.UpdatedAt = at(updated)
	if val.Valid {
		v.Value = []byte(val.String)
	}
	if original.Valid {
		v.Original = []byte(original.String)
	}
	return v, err
}

// PutDraftNode stores an execution in place of the node's last one. Its variables are ReplaceDraftVariables' affair.
func (tx *Tx) PutDraftNode(n *DraftNode) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO draft_nodes (workspace_id, end_user_id, app_id, node_id, run_id, exec_id, handle, failed, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (end_user_id, node_id) DO UPDATE SET run_id = excluded.run_id, exec_id = excluded.exec_id, handle = excluded.handle, failed = excluded.failed,
		made_at = excluded.made_at`
	return tx.q.exec(q, ws, tx.scope.EndUser, tx.scope.App, n.Node, n.Run, n.Exec, n.Handle, n.Failed, ms(tx.now))
}

// ReplaceDraftVariables stores the variables of one node, or group, in place of those that it had.
func (tx *Tx) ReplaceDraftVariables(node string, list []DraftVariable) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	if err := tx.q.exec(`DELETE FROM draft_variables WHERE `+cond+` AND node_id = ?`, append(args, node)...); err != nil {
		return err
	}
	for i := range list {
		if err := tx.PutDraftVariable(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

// PutDraftVariable stores a variable, new or known.
func (tx *Tx) PutDraftVariable(v *DraftVariable) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO draft_variables (workspace_id, end_user_id, app_id, ` + draftVariableColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (end_user_id, node_id, name) DO UPDATE SET value_type = excluded.value_type, size = excluded.size, value = excluded.value,
		sealed = excluded.sealed, original = excluded.original, updated_at = excluded.updated_at`
	return tx.q.exec(q, ws, tx.scope.EndUser, tx.scope.App, v.Node, v.Name, v.Type, v.Size, optional(v.Value), v.Sealed, optional(v.Original), ms(tx.now))
}

func optional(raw []byte) any {
	if raw == nil {
		return nil
	}
	return string(raw)
}

// ForgetDraft deletes what the scope's end user's tries left of a node; of all nodes and groups where node is empty.
func (tx *Tx) ForgetDraft(node string) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	if node != "" {
		cond, args = cond+` AND node_id = ?`, append(args, node)
	}
	if err := tx.q.exec(`DELETE FROM draft_nodes WHERE `+cond, args...); err != nil {
		return err
	}
	return tx.q.exec(`DELETE FROM draft_variables WHERE `+cond, args...)
}
