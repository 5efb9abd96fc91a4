package store

import (
	"database/sql"
	"time"

	"islet/app"
)

const formColumns = `id, run_id, app_id, path, node_id, title, token, content, fields, actions, status, action_id, answers, expires_at, created_at, done_at`

// Form is one form of the caller's workspace, or of the caller's app where the scope names one.
func (s *Snapshot) Form(id app.ID) (*app.Form, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + formColumns + ` FROM forms WHERE workspace_id = ? AND id = ? AND (? = '' OR app_id = ?)`
	f, err := one(s, scanForm, q, ws, id, s.scope.App, s.scope.App)
	return f, found(err, "form", "表单")
}

// FormByToken is the form with that token, and its workspace: who was sent the link comes without a scope.
func (s *Snapshot) FormByToken(token string) (workspace app.ID, f *app.Form, err error) {
	const q = `SELECT workspace_id, ` + formColumns + ` FROM forms WHERE token = ?`
	f, err = one(s, func(r row) (*app.Form, error) { return scanForm(front{r, &workspace}) }, q, token)
	return workspace, f, found(err, "form", "表单")
}

// FormAt is the form for which one execution in a run waits; NotFound before it was made.
func (s *Snapshot) FormAt(run app.ID, path string) (*app.Form, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + formColumns + ` FROM forms WHERE workspace_id = ? AND run_id = ? AND path = ? AND (? = '' OR app_id = ?)`
	f, err := one(s, scanForm, q, ws, run, path, s.scope.App, s.scope.App)
	return f, found(err, "form", "表单")
}

// FormsOf lists the forms of a run, whatever became of them, in the order they were made.
func (s *Snapshot) FormsOf(run app.ID) ([]*app.Form, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + formColumns + ` FROM forms WHERE workspace_id = ? AND run_id = ? AND (? = '' OR app_id = ?) ORDER BY created_at, id`
	return many(s, scanForm, q, ws, run, s.scope.App, s.scope.App)
}

// FormDue is a form whose time is over although nobody has answered.
type FormDue struct {
	Workspace app.ID
	Form      *app.Form
}

// FormsDue lists, for all workspaces, the waiting forms that have expired by now, the longest due first.
func (s *Snapshot) FormsDue(now time.Time) ([]FormDue, error) {
	const q = `SELECT workspace_id, ` + formColumns + ` FROM forms WHERE status = 'waiting' AND expires_at <= ? ORDER BY expires_at, id`
	return many(s, func(r row) (FormDue, error) {
		var d FormDue
		var err error
		d.Form, err = scanForm(front{r, &d.Workspace})
		return d, err
	}, q, ms(now))
}

// InsertForm adds a form that waits from now on. If the run has one at that path already, it is form_exists (Conflict).
func (tx *Tx) InsertForm(f *app.Form) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	f.Status = app.FormWaiting
	const q = `INSERT INTO forms (id, workspace_id, run_id, app_id, path, node_id, title, token, content, fields, actions, status, expires_at, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, f.ID, ws, f.Run, f.App, f.Path, f.Node, f.Title, f.Token, f.Content, text(f.Fields), text(f.Actions), f.Status, ms(f.ExpiresAt), ms(f.CreatedAt))
	if isUnique(err) {
		return app.Errorf(app.Conflict, "form_exists", "the run has asked this already", "该运行已创建过此表单").Because(err)
	}
	return err
}

// SubmitForm stores the answer to a form that waits. Of several who answer one succeeds; the others get form_already_done,
// and after its time it is form_expired (both Conflict).
func (tx *Tx) SubmitForm(id app.ID, action string, values map[string]any, now time.Time) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE forms SET status = 'submitted', action_id = ?, answers = ?, done_at = ?
		WHERE workspace_id = ? AND id = ? AND (? = '' OR app_id = ?) AND status = 'waiting' AND expires_at > ?`
	n, err := tx.q.affected(q, action, vars(values), ms(now), ws, id, tx.scope.App, tx.scope.App, ms(now))
	if err == nil && n == 0 {
		return tx.formClosed(id)
	}
	return err
}

// ExpireForm closes a form that waits, because its time is over or its run was given up. One that was answered in between is
// form_already_done, one that was closed already form_expired (both Conflict).
func (tx *Tx) ExpireForm(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE forms SET status = 'expired', done_at = ? WHERE workspace_id = ? AND id = ? AND (? = '' OR app_id = ?) AND status = 'waiting'`
	n, err := tx.q.affected(q, ms(tx.now), ws, id, tx.scope.App, tx.scope.App)
	if err == nil && n == 0 {
		return tx.formClosed(id)
	}
	return err
}

// CloseForms closes the forms of a run that ends: whoever still has their link is told so. None is no error.
func (tx *Tx) CloseForms(run app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE forms SET status = 'expired', done_at = ? WHERE workspace_id = ? AND run_id = ? AND status = 'waiting'`
	return tx.q.exec(q, ms(tx.now), ws, run)
}

// formClosed says why a form takes no answer.
func (s *Snapshot) formClosed(id app.ID) error {
	f, err := s.Form(id)
	if err != nil {
		return err
	}
	if f.Status == app.FormSubmitted {
		return app.Errorf(app.Conflict, "form_already_done", "this form was answered already; nothing was changed", "该表单已提交过，未作任何更改")
	}
	return app.Errorf(app.Conflict, "form_expired", "the time to answer this form is over", "该表单已过期，无法再提交")
}

func scanForm(r row) (*app.Form, error) {
	var f app.Form
	var fields, actions string
	var answers sql.NullString
	var expires, created int64
	var done sql.NullInt64
	err := r.Scan(&f.ID, &f.Run, &f.App, &f.Path, &f.Node, &f.Title, &f.Token, &f.Content, &fields, &actions, &f.Status, &f.Action, &answers,
		&expires, &created, &done)
	if err != nil {
		return nil, err
	}
	f.ExpiresAt, f.CreatedAt, f.DoneAt = at(expires), at(created), atp(done)
	if f.Values, err = parseVars(answers); err != nil {
		return nil, err
	}
	if err := parse(fields, &f.Fields); err != nil {
		return nil, err
	}
	return &f, parse(actions, &f.Actions)
}
