package site

import (
	"context"
	"errors"
	"time"

	"islet/app"
	"islet/store"
	"islet/web/route"
)

// FormView is a form as whoever has its link sees it. What was answered is for the run, not for them.
type FormView struct {
	App       AppView          `json:"app"`
	Language  app.Lang         `json:"language"` // of the app's site
	Title     string           `json:"node_title"`
	Content   string           `json:"form_content"`
	Fields    []app.FormField  `json:"inputs"`
	Actions   []app.FormAction `json:"actions"`
	Status    app.FormStatus   `json:"status"`
	Action    string           `json:"action_id"`
	ExpiresAt time.Time        `json:"expires_at"`
	DoneAt    *time.Time       `json:"done_at"`
}

type formIn struct {
	Token string `path:"token" json:"-"`
}

func (a *API) form(ctx context.Context, in *formIn) (*FormView, error) {
	workspace, f, err := a.Flow.Ask(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	return a.formView(ctx, workspace, f)
}

func (a *API) formView(ctx context.Context, workspace app.ID, f *app.Form) (*FormView, error) {
	ctx = app.WithScope(ctx, app.Scope{Workspace: workspace, App: f.App, Lang: app.ScopeOf(ctx).Lang})
	var p *app.App
	if err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { p, err = s.App(f.App); return err }); err != nil {
		return nil, err
	}
	v := appView(p)
	if p.Site.Title != "" {
		v.Name = p.Site.Title
	}
	out := &FormView{App: v, Language: p.Site.Lang, Title: f.Title, Content: f.Content, Fields: f.Fields, Actions: f.Actions, Status: f.Status, Action: f.Action,
		ExpiresAt: f.ExpiresAt, DoneAt: f.DoneAt}
	if out.Status == app.FormWaiting && !a.DB.Now().Before(f.ExpiresAt) { // nobody has closed it yet
		out.Status = app.FormExpired
	}
	return out, nil
}

type answerIn struct {
	Token  string         `path:"token" json:"-"`
	Action string         `json:"action"`
	Inputs map[string]any `json:"inputs"`
}

func (a *API) answer(ctx context.Context, in *answerIn) (*FormView, error) {
	workspace, _, err := a.Flow.Ask(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	f, err := a.Flow.Answer(ctx, in.Token, in.Action, in.Inputs)
	if err != nil {
		return nil, err
	}
	return a.formView(ctx, workspace, f)
}

type formFileIn struct {
	Token string        `path:"token" json:"-"`
	File  *route.Upload `form:"file" json:"-"`
}

// uploadForForm keeps a file for an answer. It belongs to whom the run is for, so that the run's nodes can read it.
func (a *API) uploadForForm(ctx context.Context, in *formFileIn) (*app.File, error) {
	workspace, f, err := a.Flow.Ask(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file", "表单中没有文件")
	}
	takes := false
	for i := range f.Fields {
		takes = takes || f.Fields[i].Kind == "file" || f.Fields[i].Kind == "file-list"
	}
	if !takes || f.Status != app.FormWaiting {
		return nil, app.Errorf(app.Invalid, "files_off", "this form takes no files", "此表单不接受文件")
	}
	scope := app.Scope{Workspace: workspace, App: f.App, Lang: app.ScopeOf(ctx).Lang}
	var r *app.Run
	err = a.DB.View(app.WithScope(ctx, scope), func(s *store.Snapshot) (err error) { r, err = s.Run(f.Run); return err })
	if err != nil {
		return nil, err
	}
	scope.EndUser = r.EndUser
	body, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	up, err := a.Chat.Upload(app.WithScope(ctx, scope), in.File.Name, body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return up, nil
}
