package console

import (
	"context"

	"islet/app"
	"islet/app/account"
	"islet/web/route"
)

// MeView is the signed-in person and the workspace.
type MeView struct {
	User      *app.User      `json:"user"`
	Workspace *app.Workspace `json:"workspace"`
	Version   string         `json:"version"`
}

func (a *API) me(ctx context.Context, _ *None) (*MeView, error) {
	u, ws, err := a.Accounts.Me(ctx)
	return &MeView{User: u, Workspace: ws, Version: a.System.Version}, err
}

type updateMeIn struct {
	Name  *string   `json:"name,omitempty"`
	Lang  *app.Lang `json:"language,omitempty"`
	Theme *string   `json:"theme,omitempty"`
}

func (a *API) updateMe(ctx context.Context, in *updateMeIn) (*UserView, error) {
	u, err := a.Accounts.SaveProfile(ctx, account.Profile(*in))
	return &UserView{User: u}, err
}

type changePasswordIn struct {
	Current  string `json:"current"`
	Password string `json:"password"`
}

func (a *API) changePassword(ctx context.Context, in *changePasswordIn) (*None, error) {
	r := route.Request(ctx)
	return &None{}, a.Accounts.ChangePassword(ctx, cookie(r), in.Current, in.Password, client(r))
}

type renameIn struct {
	Name string `json:"name"`
}

func (a *API) renameWorkspace(ctx context.Context, in *renameIn) (*app.Workspace, error) {
	return a.Accounts.RenameWorkspace(ctx, in.Name)
}
