package console

import (
	"context"
	"time"

	"islet/app"
	"islet/store"
	"islet/web/route"
)

func (a *API) invites(ctx context.Context, in *Page) (*List[*app.Invite], error) {
	offset, limit := in.bounds()
	out := &List[*app.Invite]{}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		out.Data, out.Total, err = s.Invites(limit, offset)
		return err
	})
	return out, err
}

type inviteIn struct {
	Email string   `json:"email"`
	Role  app.Role `json:"role"`
}

// InviteView is an invitation with its link, which is shown once.
type InviteView struct {
	Invite *app.Invite `json:"invite"`
	Link   string      `json:"link"`
}

func (a *API) invite(ctx context.Context, in *inviteIn) (*InviteView, error) {
	l, err := a.Accounts.Invite(ctx, in.Email, in.Role)
	if err != nil {
		return nil, err
	}
	return &InviteView{Invite: l.Invite, Link: linkPath(l)}, nil
}

func (a *API) revokeInvite(ctx context.Context, in *ByID) (*None, error) {
	return &None{}, a.Accounts.Withdraw(ctx, in.ID)
}

// ByToken is a request that carries a link's token in its path.
type ByToken struct {
	Token string `path:"token" json:"-"`
}

// OpenInvite is what the person holding a link sees before using it.
type OpenInvite struct {
	Purpose       string    `json:"purpose"`
	Email         string    `json:"email"`
	Role          app.Role  `json:"role"`
	WorkspaceName string    `json:"workspace_name"`
	InvitedBy     string    `json:"invited_by"`
	ExpiresAt     time.Time `json:"expires_at"`
}

func (a *API) openInvite(ctx context.Context, in *ByToken) (*OpenInvite, error) {
	l, err := a.Accounts.Link(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	i := l.Invite
	return &OpenInvite{Purpose: i.Purpose, Email: i.Email, Role: i.Role, WorkspaceName: l.WorkspaceName, InvitedBy: l.InvitedBy, ExpiresAt: i.ExpiresAt}, nil
}

type acceptIn struct {
	Token    string   `path:"token" json:"-"`
	Name     string   `json:"name,omitempty"`
	Password string   `json:"password"`
	Lang     app.Lang `json:"language,omitempty"`
}

func (a *API) acceptInvite(ctx context.Context, in *acceptIn) (*UserView, error) {
	signed, err := a.Accounts.Accept(ctx, in.Token, in.Name, in.Password, in.Lang, client(route.Request(ctx)))
	if err != nil {
		return nil, err
	}
	return a.enter(ctx, signed), nil
}
