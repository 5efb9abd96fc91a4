package store

import (
	"database/sql"
	"errors"
	"strings"
	"time"

	"islet/app"
)

const runColumns = `id, app_id, version_id, message_id, end_user_id, source, status, error, usage, steps, exceptions, inputs, outputs,
	started_at, finished_at, from_node, only_node`

// runColumnsOf are the same of runs r.
var runColumnsOf = "r." + strings.Join(strings.Fields(runColumns), " r.")

// Run is one run of the caller's workspace, or of the caller's app where the scope names one.
func (s *Snapshot) Run(id app.ID) (*app.Run, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + runColumns + ` FROM runs WHERE workspace_id = ? AND id = ?`
	r, err := one(s, scanRun, q, ws, id)
	if err == nil && s.scope.App != "" && s.scope.App != r.App {
		err = sql.ErrNoRows
	}
	return r, found(err, "run", "运行记录")
}

// RunAnswer is what the message of a run says so far; empty where the run has no message.
func (s *Snapshot) RunAnswer(run app.ID) (answer, reasoning string, err error) {
	ws, err := s.ws()
	if err != nil {
		return "", "", err
	}
	const q = `SELECT m.answer, m.reasoning FROM runs r JOIN messages m ON m.id = r.message_id WHERE r.workspace_id = ? AND r.id = ?`
	pair, err := one(s, scanPair, q, ws, run)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return pair[0], pair[1], err
}

func scanPair(r row) (p [2]string, err error) {
	err = r.Scan(&p[0], &p[1])
	return p, err
}

// RunLeft is a run that an earlier process began and did not finish.
type RunLeft struct {
	Workspace app.ID
	Run       *app.Run
}

// RunsLeft lists, for all workspaces, the runs whose status is running; paused ones are not left, they wait. At start, before
// any run begins, nobody works on them any more.
func (s *Snapshot) RunsLeft() ([]RunLeft, error) {
	const q = `SELECT workspace_id, ` + runColumns + ` FROM runs WHERE status = 'running' ORDER BY started_at`
	return many(s, func(r row) (RunLeft, error) {
		var l RunLeft
		var err error
		l.Run, err = scanRunWith(r, &l.Workspace)
		return l, err
	}, q)
}

// RunsAnswered lists, for all workspaces, the paused runs one of whose forms is closed. Most of them wait for another form;
// to let them go on does no harm.
func (s *Snapshot) RunsAnswered() ([]RunLeft, error) {
	const q = `SELECT workspace_id, ` + runColumns + ` FROM runs WHERE status = 'paused' AND id IN (SELECT run_id FROM forms WHERE status <> 'waiting') ORDER BY started_at`
	return many(s, func(r row) (RunLeft, error) {
		var l RunLeft
		var err error
		l.Run, err = scanRunWith(r, &l.Workspace)
		return l, err
	}, q)
}

// RunFilter narrows a list of runs. The zero value lists all of the scope's app.
type RunFilter struct {
	App     app.ID       // where the scope is not bound to one
	Status  []app.Status // any of these
	Text    string       // in the inputs, the outputs or the end user's name; or the run's id
	EndUser string       // by name; a member in the debug chat is named by the user's id
	Source  app.Source   // of one door only
	NoDebug bool         // leave the studio's own out
	Whole   bool         // leave out what tried one node only
	After   time.Time    // begun then or later
	Before  time.Time    // begun then or earlier
	Limit   int          // 0 is 30
	Offset  int

	Ascending bool // the oldest first
}

// RunEntry is a run as a line of an app's log.
type RunEntry struct {
	Run     *app.Run `json:"run"`
	EndUser string   `json:"end_user"` // by name; empty where a trigger began it
	Query   string   `json:"query"`    // the first 200 characters of what was asked, where a conversation began it
}

// Runs lists runs of one app, of the scope's end user where it names one, the newest first, and counts all that match.
func (s *Snapshot) Runs(f RunFilter) ([]RunEntry, int, error) {
	cond, args, err := s.runsWhere(&f)
	if err != nil {
		return nil, 0, err
	}
	const from = ` FROM runs r LEFT JOIN end_users u ON u.id = r.end_user_id` + callers + ` WHERE `
	total, err := one(s, number, `SELECT COUNT(*)`+from+cond, args...)
	if err != nil {
		return nil, 0, err
	}
	dir := " DESC"
	if f.Ascending {
		dir = ""
	}
	const asked = `COALESCE((SELECT substr(m.query, 1, 200) FROM messages m WHERE m.id = r.message_id), ''), `
	q := `SELECT COALESCE(` + called + `, ''), ` + asked + runColumnsOf + from + cond + ` ORDER BY r.started_at` + dir + `, r.id` + dir + ` LIMIT ? OFFSET ?`
	list, err := many(s, func(r row) (RunEntry, error) {
		var e RunEntry
		var err error
		e.Run, err = scanRunWith(r, &e.EndUser, &e.Query)
		return e, err
	}, q, append(args, page(f.Limit), f.Offset)...)
	return list, int(total), err
}

func (s *Snapshot) runsWhere(f *RunFilter) (string, []any, error) {
	bound := *s
	if bound.scope.App == "" {
		bound.scope.App = f.App
	}
	cond, args, err := bound.owned("r.")
	if err != nil {
		return "", nil, err
	}
	where := []string{cond}
	and := func(cond string, vals ...any) { where, args = append(where, cond), append(args, vals...) }
	if f.App != "" && f.App != bound.scope.App {
		and("r.app_id = ?", f.App) // nothing: the scope is bound to another one
	}
	if len(f.Status) > 0 {
		vals := make([]any, len(f.Status))
		for i := range f.Status {
			vals[i] = f.Status[i]
		}
		and("r.status IN (?"+strings.Repeat(", ?", len(vals)-1)+")", vals...)
	}
	if f.Text != "" {
		quoted := encode(f.Text)
		inJSON := quoted[1 : len(quoted)-1] // as it stands within a JSON string
		and(`(r.inputs LIKE ? ESCAPE '\' OR r.outputs LIKE ? ESCAPE '\' OR `+called+` LIKE ? ESCAPE '\' OR r.id = ?)`,
			contains(inJSON), contains(inJSON), contains(f.Text), strings.ToLower(f.Text))
	}
	if f.EndUser != "" {
		and("u.name = ?", f.EndUser)
	}
	if f.Source != "" {
		and("r.source = ?", f.Source)
	}
	if f.NoDebug {
		and("r.source <> ?", app.FromDebug)
	}
	if f.Whole {
		and("r.only_node = ''")
	}
	if !f.After.IsZero() {
		and("r.started_at >= ?", ms(f.After))
	}
	if !f.Before.IsZero() {
		and("r.started_at <= ?", ms(f.Before))
	}
	return strings.Join(where, " AND "), args, nil
}

// InsertRun stores a run that begins.
func (tx *Tx) InsertRun(r *app.Run) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO runs (workspace_id, ` + runColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return tx.q.exec(q, ws, r.ID, r.App, r.Version, r.Message, r.EndUser, r.Source, r.Status, textp(r.Error), text(r.Usage), r.Steps, r.Exceptions,
		varsp(r.Inputs), varsp(r.Outputs), ms(r.StartedAt), msp(r.FinishedAt), r.From, r.Only)
}

// FinishRun stores how a run ended. What it leaves of a journal goes with DropSteps.
func (tx *Tx) FinishRun(r *app.Run) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE runs SET status = ?, error = ?, usage = ?, prompt_tokens = ?, completion_tokens = ?, speaking_ms = ?, steps = ?, exceptions = ?, outputs = ?,
		finished_at = ? WHERE workspace_id = ? AND id = ?`
	speaking := int64(max(r.Usage.Latency-r.Usage.FirstToken, 0) * 1000)
	n, err := tx.q.affected(q, r.Status, textp(r.Error), text(r.Usage), r.Usage.PromptTokens, r.Usage.CompletionTokens, speaking, r.Steps, r.Exceptions, varsp(r.Outputs), msp(r.FinishedAt), ws, r.ID)
	return changed(n, err, "run", "运行记录")
}

// PauseRun stores that a running run waits for a person from now on, and how far it came. One that is not running is
// run_not_running (Conflict). The message says what FinishMessage is given.
func (tx *Tx) PauseRun(r *app.Run) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE runs SET status = 'paused', usage = ?, steps = ?, exceptions = ?, outputs = ? WHERE workspace_id = ? AND id = ? AND status = 'running'`
	n, err := tx.q.affected(q, text(r.Usage), r.Steps, r.Exceptions, varsp(r.Outputs), ws, r.ID)
	if err == nil && n == 0 {
		return tx.elsewhere(r.ID, app.Errorf(app.Conflict, "run_not_running", "the run is not going on any more; reload to see how it ended", "该运行已不在进行中；请刷新查看结果"))
	}
	if err == nil {
		r.Status = app.Paused
	}
	return err
}

// ResumeRun stores that a paused run, and with it its message, goes on. Of several who try one succeeds; for the others, and
// for a run that ended, it is run_not_paused (Conflict).
func (tx *Tx) ResumeRun(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE runs SET status = 'running' WHERE workspace_id = ? AND id = ? AND status = 'paused'`
	n, err := tx.q.affected(q, ws, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return tx.elsewhere(id, app.Errorf(app.Conflict, "run_not_paused", "the run does not wait for anybody; reload to see where it stands", "该运行并未在等待处理；请刷新查看当前状态"))
	}
	const message = `UPDATE messages SET status = 'running', updated_at = ?
		WHERE workspace_id = ? AND status = 'paused' AND id = (SELECT message_id FROM runs WHERE workspace_id = ? AND id = ?)`
	return tx.q.exec(message, ms(tx.now), ws, ws, id)
}

// elsewhere is wrong for a run that is there, and NotFound for one that is not.
func (s *Snapshot) elsewhere(run app.ID, wrong *app.Error) error {
	if _, err := s.Run(run); err != nil {
		return err
	}
	return wrong
}

// forgetRuns takes what a conversation's runs know of it, before the conversation is deleted: variables, forms and, unless
// somebody still works on the run, the journal. A paused run is stopped; nobody could make it go on.
func (tx *Tx) forgetRuns(conversation app.ID) error {
	cond, args, err := tx.owned("")
	if err != nil {
		return err
	}
	runs, args := `(SELECT run_id FROM messages WHERE `+cond+` AND conversation_id = ?)`, append(args, conversation)
	idle := `(SELECT id FROM runs WHERE status <> 'running' AND id IN ` + runs + `)`
	return errors.Join(
		tx.q.exec(`UPDATE runs SET status = 'stopped', finished_at = ? WHERE status = 'paused' AND id IN `+runs, append([]any{ms(tx.now)}, args...)...),
		tx.q.exec(`UPDATE runs SET inputs = NULL, outputs = NULL WHERE id IN `+runs, args...),
		tx.q.exec(`DELETE FROM forms WHERE run_id IN `+runs, args...),
		tx.q.exec(`DELETE FROM run_steps WHERE run_id IN `+idle, args...),
		tx.q.exec(`DELETE FROM run_states WHERE run_id IN `+idle, args...),
	)
}

// InterruptMessage marks the message of a run that the server's end cut short and keeps what was said by then. A run
// without a message, or whose message was deleted, is no error.
func (tx *Tx) InterruptMessage(run app.ID, answer, reasoning string) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE messages SET status = 'interrupted', answer = ?, reasoning = ?, updated_at = ?
		WHERE workspace_id = ? AND status = 'running' AND id = (SELECT message_id FROM runs WHERE workspace_id = ? AND id = ?)`
	return tx.q.exec(q, answer, reasoning, ms(tx.now), ws, ws, run)
}

func scanRun(r row) (*app.Run, error) { return scanRunWith(r) }

// scanRunWith scans a run behind other columns.
func scanRunWith(r row, before ...any) (*app.Run, error) {
	var v app.Run
	var usage string
	var failure, inputs, outputs sql.NullString
	var started int64
	var finished sql.NullInt64
	err := r.Scan(append(before, &v.ID, &v.App, &v.Version, &v.Message, &v.EndUser, &v.Source, &v.Status, &failure, &usage, &v.Steps, &v.Exceptions,
		&inputs, &outputs, &started, &finished, &v.From, &v.Only)...)
	if err != nil {
		return &v, err
	}
	v.StartedAt, v.FinishedAt = at(started), atp(finished)
	if v.Error, err = parsep[app.Failure](failure); err != nil {
		return &v, err
	}
	if v.Inputs, err = parseVars(inputs); err != nil {
		return &v, err
	}
	if v.Outputs, err = parseVars(outputs); err != nil {
		return &v, err
	}
	return &v, parse(usage, &v.Usage)
}
