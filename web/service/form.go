package service

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/web/frame"
	"islet/web/route"
)

type formIn struct {
	Token string `path:"form_token" json:"-"`
}

type formOut struct {
	Content  string            `json:"form_content"`
	Inputs   []frame.FormInput `json:"inputs"`
	Defaults map[string]string `json:"resolved_default_values"`
	Actions  []app.FormAction  `json:"user_actions"`
	Expires  int64             `json:"expiration_time"`
}

// form shows the form behind a token of one of the app's runs.
func (a *API) form(ctx context.Context, w http.ResponseWriter, in *formIn) error {
	f, err := a.ask(ctx, in.Token)
	if err != nil {
		return err
	}
	if closed := closedForm(f, a.DB.Now()); closed != "" {
		a.refuse(ctx, w, f, closed)
		return nil
	}
	raw, err := json.Marshal(&formOut{f.Content, frame.NewFormInputs(f), frame.FormDefaults(f), frame.FormActions(f), f.ExpiresAt.Unix()})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, raw)
	return nil
}

func (a *API) ask(ctx context.Context, token string) (*app.Form, error) {
	rel, err := a.only(ctx, notWorkflow, graphs...)
	if err != nil {
		return nil, err
	}
	_, f, err := a.Flow.Ask(ctx, token)
	if err == nil && f.App != rel.App.ID {
		err = app.Missing("form", "表单")
	}
	if err != nil {
		return nil, missing(err, "Form not found", "表单不存在")
	}
	return f, nil
}

type fillIn struct {
	Token  string          `path:"form_token" json:"-"`
	Inputs json.RawMessage `json:"inputs"`
	Action string          `json:"action"`
	User   string          `json:"user"`
}

// fillForm answers a form; its run goes on.
func (a *API) fillForm(ctx context.Context, w http.ResponseWriter, in *fillIn) error {
	f, err := a.ask(ctx, in.Token)
	if err == nil {
		err = needUser(in.User)
	}
	if err != nil {
		return err
	}
	if strings.TrimSpace(in.Action) == "" {
		return app.Errorf(app.Invalid, "invalid_param", "action is missing: send the id of one of the form's actions", "缺少 action 参数：请提供表单操作的 id")
	}
	given, err := value.DecodeMap(in.Inputs)
	if len(in.Inputs) == 0 || err != nil {
		return app.Errorf(app.Invalid, "invalid_param", "inputs is missing, or not an object of values by field", "缺少 inputs 参数，或其不是由字段名和值组成的对象").Because(err)
	}
	if closed := closedForm(f, a.DB.Now()); closed != "" {
		a.refuse(ctx, w, f, closed)
		return nil
	}
	switch _, err = a.Flow.Answer(ctx, in.Token, in.Action, given); {
	case errors.Is(err, &app.Error{Code: "form_already_done"}): // somebody was faster
		a.refuse(ctx, w, f, formSubmitted)
		return nil
	case errors.Is(err, &app.Error{Code: "form_expired"}):
		a.refuse(ctx, w, f, formExpired)
		return nil
	case err != nil:
		return err
	}
	writeJSON(w, http.StatusOK, []byte("{}"))
	return nil
}

// Why a form takes no answer, in Dify's words.
const (
	formSubmitted = "human_input_form_submitted"
	formExpired   = "human_input_form_expired"
)

func closedForm(f *app.Form, now time.Time) string {
	switch {
	case f.Status == app.FormSubmitted:
		return formSubmitted
	case f.Status == app.FormExpired, !f.ExpiresAt.After(now):
		return formExpired
	}
	return ""
}

// refuse answers with the status that Dify has for forms alone.
func (a *API) refuse(ctx context.Context, w http.ResponseWriter, f *app.Form, code string) {
	text := app.Textf("This form has already been submitted by another user, form_id=%s", "该表单已被提交，form_id=%s", f.ID)
	if code == formExpired {
		text = app.Textf("This form has expired, form_id=%s", "该表单已过期，form_id=%s", f.ID)
	}
	raw, err := json.Marshal(route.Envelope{Code: code, Message: text.In(app.ScopeOf(ctx).Lang), Status: http.StatusPreconditionFailed})
	if err != nil {
		panic(err) // three strings and a number
	}
	writeJSON(w, http.StatusPreconditionFailed, raw)
}
