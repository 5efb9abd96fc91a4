package store

import (
	"time"

	"islet/app"
)

const webhookColumns = `app_id, node_id, token, debug_token, created_at`

// WebhookByToken is the webhook that has the token, live or debug, and its workspace: who calls it comes without a scope.
func (s *Snapshot) WebhookByToken(token string) (workspace app.ID, w *app.Webhook, err error) {
	const q = `SELECT workspace_id, ` + webhookColumns + ` FROM webhooks WHERE token = ? OR debug_token = ?`
	w, err = one(s, func(r row) (*app.Webhook, error) { return scanWebhook(front{r, &workspace}) }, q, token, token)
	return workspace, w, found(err, "webhook", "Webhook ")
}

// Webhooks lists the webhooks of an app, the oldest first.
func (s *Snapshot) Webhooks(appID app.ID) ([]*app.Webhook, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + webhookColumns + ` FROM webhooks WHERE workspace_id = ? AND app_id = ? AND (? = '' OR app_id = ?) ORDER BY created_at, node_id`
	return many(s, scanWebhook, q, ws, appID, s.scope.App, s.scope.App)
}

// PutWebhook adds the webhook of a node, or gives it new tokens.
func (tx *Tx) PutWebhook(w *app.Webhook) error {
	ws, err := tx.ownApp(w.App)
	if err != nil {
		return err
	}
	const q = `INSERT INTO webhooks (workspace_id, ` + webhookColumns + `) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (app_id, node_id) DO UPDATE SET token = excluded.token, debug_token = excluded.debug_token`
	return tx.q.exec(q, ws, w.App, w.Node, w.Token, w.Debug, ms(w.CreatedAt))
}

// ownApp is the workspace of the scope; NotFound if the app is not one of it.
func (s *Snapshot) ownApp(id app.ID) (app.ID, error) {
	ws, err := s.ws()
	if err != nil {
		return "", err
	}
	n, err := one(s, number, `SELECT COUNT(*) FROM apps WHERE workspace_id = ? AND id = ? AND (? = '' OR id = ?)`, ws, id, s.scope.App, s.scope.App)
	return ws, changed(n, err, "app", "应用")
}

const appScheduleColumns = `app_id, node_id, cron, timezone, next_at, off`

// AppSchedules lists the schedules of an app, switched off or not.
func (s *Snapshot) AppSchedules(appID app.ID) ([]app.AppSchedule, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + appScheduleColumns + ` FROM app_schedules WHERE workspace_id = ? AND app_id = ? AND (? = '' OR app_id = ?) ORDER BY node_id`
	return many(s, scanAppSchedule, q, ws, appID, s.scope.App, s.scope.App)
}

// AppScheduleDue is an app that has to be started.
type AppScheduleDue struct {
	Workspace app.ID
	Schedule  app.AppSchedule
}

// AppSchedulesDue lists, for all workspaces, the schedules whose time has come and that are not off, the longest due first.
func (s *Snapshot) AppSchedulesDue(now time.Time) ([]AppScheduleDue, error) {
	const q = `SELECT workspace_id, ` + appScheduleColumns + ` FROM app_schedules WHERE off = 0 AND next_at <= ? ORDER BY next_at, app_id, node_id`
	return many(s, func(r row) (d AppScheduleDue, err error) {
		d.Schedule, err = scanAppSchedule(front{r, &d.Workspace})
		return d, err
	}, q, ms(now))
}

// SetAppSchedules makes these the schedules of an app, in place of all that it had. NextAt is the caller's to compute, App is
// the app.
func (tx *Tx) SetAppSchedules(appID app.ID, list []app.AppSchedule) error {
	ws, err := tx.ownApp(appID)
	if err != nil {
		return err
	}
	if err := tx.q.exec(`DELETE FROM app_schedules WHERE workspace_id = ? AND app_id = ?`, ws, appID); err != nil {
		return err
	}
	const q = `INSERT INTO app_schedules (workspace_id, ` + appScheduleColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?)`
	for i := range list {
		sc := &list[i]
		if err := tx.q.exec(q, ws, appID, sc.Node, sc.Cron, sc.Zone, ms(sc.NextAt), sc.Off); err != nil {
			return err
		}
	}
	return nil
}

// AdvanceAppSchedule moves a schedule on to its next time. One that is there already, or is gone, is NotFound: somebody else
// was faster, or the app was published without it.
func (tx *Tx) AdvanceAppSchedule(appID app.ID, node string, next time.Time) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE app_schedules SET next_at = ? WHERE workspace_id = ? AND app_id = ? AND node_id = ? AND next_at < ?`
	n, err := tx.q.affected(q, ms(next), ws, appID, node, ms(next))
	return changed(n, err, "schedule", "定时任务")
}

func scanWebhook(r row) (*app.Webhook, error) {
	var w app.Webhook
	var created int64
	err := r.Scan(&w.App, &w.Node, &w.Token, &w.Debug, &created)
	w.CreatedAt = at(created)
	return &w, err
}

func scanAppSchedule(r row) (sc app.AppSchedule, err error) {
	var next int64
	err = r.Scan(&sc.App, &sc.Node, &sc.Cron, &sc.Zone, &next, &sc.Off)
	sc.NextAt = at(next)
	return sc, err
}
