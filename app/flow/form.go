package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"islet/app"
	"islet/store"
)

// longestWait bounds how long a run waits for a person, whatever its node says; Dify's default.
const longestWait = 7 * 24 * time.Hour

// Form is the form of one execution of a human-input node: what became of it, or a new one made from ask, of which Path,
// Node, Title, Content, Fields, Actions and ExpiresAt are used.
func (f *Flow) Form(ctx context.Context, run app.ID, ask app.Form) (form *app.Form, err error) {
	if err := f.Runs.Stored(ctx, run); err != nil {
		return nil, err
	}
	err = f.DB.View(ctx, func(s *store.Snapshot) error { form, err = s.FormAt(run, ask.Path); return err })
	if err == nil || app.KindOf(err) != app.NotFound {
		return form, err
	}
	now := f.DB.Now()
	if latest := now.Add(longestWait); ask.ExpiresAt.IsZero() || ask.ExpiresAt.After(latest) {
		ask.ExpiresAt = latest
	}
	ask.ID, ask.Run, ask.App, ask.Token = app.NewID(), run, app.ScopeOf(ctx).App, strings.ToLower(rand.Text())
	ask.Status, ask.CreatedAt = app.FormWaiting, now
	if err := f.DB.Update(ctx, func(tx *store.Tx) error { return tx.InsertForm(&ask) }); err != nil {
		return nil, err
	}
	return &ask, nil
}

// Ask is the form behind a token, for who was sent its link, and its workspace.
func (f *Flow) Ask(ctx context.Context, token string) (workspace app.ID, form *app.Form, err error) {
	err = f.DB.View(ctx, func(s *store.Snapshot) error { workspace, form, err = s.FormByToken(token); return err })
	if app.KindOf(err) == app.NotFound {
		err = app.Errorf(app.NotFound, "form_not_found", "there is no form at this address; ask whoever gave you the link", "此地址没有可填写的表单；请联系提供链接的人").Because(err)
	}
	return workspace, form, err
}

// Answer submits a form and lets its run go on. The action must be one of the form's and every field must be there; files are
// named as in inputs.
func (f *Flow) Answer(ctx context.Context, token, action string, given map[string]any) (*app.Form, error) {
	workspace, form, err := f.Ask(ctx, token)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(form.Actions, func(a app.FormAction) bool { return a.ID == action }) {
		return nil, app.Errorf(app.Invalid, "form_action_unknown", "the form has no action %q", "表单中没有操作“%s”", action)
	}
	ctx = app.WithScope(ctx, app.Scope{Workspace: workspace, App: form.App, Lang: app.ScopeOf(ctx).Lang})
	var of *app.Run
	if err := f.DB.View(ctx, func(s *store.Snapshot) (err error) { of, err = s.Run(form.Run); return err }); err != nil {
		return nil, err
	}
	own := app.ScopeOf(ctx)
	own.EndUser = of.EndUser // whose files the answer may name
	ctx = app.WithScope(ctx, own)
	values, err := f.Chat.Inputs(ctx, given)
	if err != nil {
		return nil, err
	}
	kept := make(map[string]any, len(form.Fields))
	for i := range form.Fields {
		v, ok := values[form.Fields[i].Name]
		if !ok {
			return nil, app.Errorf(app.Invalid, "form_field_missing", "the field %q is missing; send all fields of the form", "缺少字段“%s”；请提交表单的所有字段", form.Fields[i].Name)
		}
		if err := checkField(&form.Fields[i], v); err != nil {
			return nil, err
		}
		kept[form.Fields[i].Name] = v
	}
	err = f.DB.Update(ctx, func(tx *store.Tx) error { return tx.SubmitForm(form.ID, action, kept, tx.Now()) })
	if err != nil {
		return nil, err
	}
	f.Runs.GoOn(ctx, form.Run)
	err = f.DB.View(ctx, func(s *store.Snapshot) error { form, err = s.Form(form.ID); return err })
	return form, err
}

func checkField(field *app.FormField, v any) error {
	switch field.Kind {
	case "file":
		if _, ok := v.(app.Attachment); !ok {
			return app.Errorf(app.Invalid, "form_field_invalid", "the field %q takes a file", "字段“%s”需要文件", field.Name)
		}
	case "file-list":
		files, ok := v.([]app.Attachment)
		if list, empty := v.([]any); !ok && !(empty && len(list) == 0) || field.Limit > 0 && len(files) > field.Limit {
			return app.Errorf(app.Invalid, "form_field_invalid", "the field %q takes a list of at most %d files", "字段“%s”需要文件列表，最多 %d 个", field.Name, field.Limit)
		}
	default:
		s, ok := v.(string)
		if !ok || field.Kind == "select" && len(field.Options) > 0 && !slices.Contains(field.Options, s) {
			return app.Errorf(app.Invalid, "form_field_invalid", "the field %q takes a text, and of a selection one of: %s", "字段“%s”需要文本；选择项须为以下之一：%s", field.Name, strings.Join(field.Options, ", "))
		}
	}
	return nil
}

// Watch closes forms whose time is over and lets their runs go on, and starts what schedules say, until Close.
func (f *Flow) Watch() {
	f.work.Go(func() {
		t := time.NewTicker(watchEvery)
		defer t.Stop()
		for {
			if err := f.due(f.life); err != nil && f.life.Err() == nil {
				f.Log.Warn("forms that are over could not be closed", "err", err)
			}
			f.Runs.Owed()
			if err := f.fire(f.life); err != nil && f.life.Err() == nil {
				f.Log.Warn("schedules could not start their apps", "err", err)
			}
			select {
			case <-t.C:
			case <-f.life.Done():
				return
			}
		}
	})
}

const watchEvery = time.Second

// due closes the forms that are over by now.
func (f *Flow) due(ctx context.Context) error {
	var due []store.FormDue
	err := f.DB.View(ctx, func(s *store.Snapshot) (err error) { due, err = s.FormsDue(s.Now()); return err })
	if err != nil {
		return err
	}
	var all []error
	for i := range due {
		form := due[i].Form
		ctx := app.WithScope(ctx, app.Scope{Workspace: due[i].Workspace, App: form.App})
		err := f.DB.Update(ctx, func(tx *store.Tx) error { return tx.ExpireForm(form.ID) })
		if app.KindOf(err) == app.Conflict { // answered at the last moment
			continue
		}
		if err != nil {
			all = append(all, err)
			continue
		}
		f.Runs.GoOn(ctx, form.Run)
	}
	return errors.Join(all...)
}
