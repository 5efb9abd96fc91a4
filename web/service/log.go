package service

import (
	"context"
	"time"

	"islet/app"
	"islet/store"
	"islet/web/frame"
)

type workflowLogsIn struct {
	Keyword string `query:"keyword" json:"-"`
	Status  string `query:"status" json:"-"`
	Before  string `query:"created_at__before" json:"-"`
	After   string `query:"created_at__after" json:"-"`
	EndUser string `query:"created_by_end_user_session_id" json:"-"`
	Account string `query:"created_by_account" json:"-"`
	Page    string `query:"page" json:"-"`
	Limit   string `query:"limit" json:"-"`
}

type workflowLogs struct {
	Page    int           `json:"page"`
	Limit   int           `json:"limit"`
	Total   int           `json:"total"`
	HasMore bool          `json:"has_more"`
	Data    []workflowLog `json:"data"`
}

type workflowLog struct {
	ID        app.ID      `json:"id"`
	Run       runSummary  `json:"workflow_run"`
	From      string      `json:"created_from"`
	Role      string      `json:"created_by_role"`
	Account   *struct{}   `json:"created_by_account"` // what members try in the studio is not in the log
	EndUser   *logEndUser `json:"created_by_end_user"`
	CreatedAt int64       `json:"created_at"`
	Details   *struct{}   `json:"details"`
}

type runSummary struct {
	ID         app.ID  `json:"id"`
	Version    string  `json:"version"`
	Status     string  `json:"status"`
	Error      *string `json:"error"`
	Elapsed    float64 `json:"elapsed_time"`
	Tokens     int     `json:"total_tokens"`
	Steps      int     `json:"total_steps"`
	Created    int64   `json:"created_at"`
	Finished   *int64  `json:"finished_at"`
	Exceptions int     `json:"exceptions_count"`
	From       string  `json:"triggered_from"`
}

type logEndUser struct {
	ID        app.ID `json:"id"`
	Type      string `json:"type"`
	Anonymous bool   `json:"is_anonymous"`
	Session   string `json:"session_id"`
}

const maxPage = 99_999 // as in Dify

// workflowLogs lists runs, the newest first.
func (a *API) workflowLogs(ctx context.Context, in *workflowLogsIn) (*workflowLogs, error) {
	if _, err := a.only(ctx, notWorkflow, graphs...); err != nil {
		return nil, err
	}
	out := &workflowLogs{Data: []workflowLog{}}
	var err error
	if out.Page, err = within("page", in.Page, 1, maxPage); err != nil {
		return nil, err
	}
	if out.Limit, err = within("limit", in.Limit, 20, 100); err != nil {
		return nil, err
	}
	f := store.RunFilter{Text: in.Keyword, EndUser: in.EndUser, NoDebug: true, Limit: out.Limit, Offset: (out.Page - 1) * out.Limit}
	if f.Status, err = statuses(in.Status); err != nil {
		return nil, err
	}
	if f.After, err = moment("created_at__after", in.After); err != nil {
		return nil, err
	}
	if f.Before, err = moment("created_at__before", in.Before); err != nil {
		return nil, err
	}
	versions := map[app.ID]string{}
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		if in.Account != "" {
			if _, err := s.UserByEmail(in.Account); err != nil {
				return noAccount(in.Account, err)
			}
			return nil // members run things in the studio only
		}
		list, total, err := s.Runs(f)
		if err != nil {
			return err
		}
		out.Total, out.HasMore = total, out.Page*out.Limit < total
		for _, e := range list {
			version, err := versionName(s, e.Run, versions)
			if err != nil {
				return err
			}
			out.Data = append(out.Data, newWorkflowLog(ctx, &e, version))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func noAccount(email string, err error) error {
	if app.KindOf(err) != app.NotFound {
		return err
	}
	return app.Errorf(app.Invalid, "invalid_param", "Account not found: %s", "未找到账号：%s", email).Because(err)
}

func newWorkflowLog(ctx context.Context, e *store.RunEntry, version string) workflowLog {
	r := e.Run
	l := workflowLog{ID: r.ID, From: string(r.Source), Role: "account", CreatedAt: r.StartedAt.Unix(),
		Run: runSummary{ID: r.ID, Version: version, Status: frame.StatusOf(r.Status), Error: reason(ctx, r), Tokens: r.Usage.TotalTokens, Steps: r.Steps,
			Created: r.StartedAt.Unix(), Exceptions: r.Exceptions, From: "app-run"}}
	if r.FinishedAt != nil {
		at := r.FinishedAt.Unix()
		l.Run.Finished, l.Run.Elapsed = &at, r.FinishedAt.Sub(r.StartedAt).Seconds()
	}
	kind := "service-api"
	switch r.Source {
	case app.FromAPI:
		l.From = "service-api"
	case app.FromSite:
		l.From, kind = "web-app", "browser"
	case app.FromWebhook, app.FromSchedule:
		l.Run.From = string(r.Source)
	}
	if r.EndUser != "" {
		l.Role = "end_user"
		l.EndUser = &logEndUser{ID: r.EndUser, Type: kind, Anonymous: e.EndUser == nobody, Session: e.EndUser}
	}
	return l
}

// versionName is a version as Dify names one: by when it was published. A version that was deleted is named by its id.
func versionName(s *store.Snapshot, r *app.Run, known map[app.ID]string) (string, error) {
	name, ok := known[r.Version]
	if ok {
		return name, nil
	}
	v, err := s.Version(r.App, r.Version)
	switch {
	case err == nil:
		name = v.CreatedAt.UTC().Format("2006-01-02 15:04:05.000000")
	case app.KindOf(err) == app.NotFound:
		name = string(r.Version)
	default:
		return "", err
	}
	known[r.Version] = name
	return name, nil
}

// statuses are ours for one of Dify's.
func statuses(s string) ([]app.Status, error) {
	switch st := app.Status(s); st {
	case "":
		return nil, nil
	case app.Failed:
		return []app.Status{app.Failed, app.Interrupted}, nil
	case app.Running, app.Succeeded, app.Stopped, app.Partial, app.Paused:
		return []app.Status{st}, nil
	}
	return nil, app.Errorf(app.Invalid, "invalid_param", "status must be succeeded, failed or stopped, not %q", "status 必须是 succeeded、failed 或 stopped，而不是 %q", s)
}

// moment reads an ISO 8601 time; one without a zone is UTC.
func moment(name, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, app.Errorf(app.Invalid, "invalid_param", "%[1]s must be an ISO 8601 time, not %[2]q", "%[1]s 必须是 ISO 8601 时间，而不是 %[2]q", name, s)
}
