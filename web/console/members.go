package console

import (
	"context"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/store"
)

func (a *API) members(ctx context.Context, in *Page) (*List[*app.User], error) {
	offset, limit := in.bounds()
	out := &List[*app.User]{}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		out.Data, out.Total, err = s.Members(limit, offset)
		return err
	})
	return out, err
}

type updateMemberIn struct {
	ID       app.ID    `path:"id" json:"-"`
	Role     *app.Role `json:"role,omitempty"`
	Disabled *bool     `json:"disabled,omitempty"`
}

func (a *API) updateMember(ctx context.Context, in *updateMemberIn) (*app.User, error) {
	return a.Accounts.Save(ctx, in.ID, account.Change{Role: in.Role, Disabled: in.Disabled})
}

func (a *API) removeMember(ctx context.Context, in *ByID) (*None, error) {
	return &None{}, a.Accounts.Remove(ctx, in.ID)
}

func (a *API) handOver(ctx context.Context, in *ByID) (*app.User, error) {
	return a.Accounts.HandOver(ctx, in.ID)
}

// LinkView is a one-time link, shown once. Link is a path on this site: the browser knows under which name it reached it.
type LinkView struct {
	Link      string    `json:"link"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (a *API) resetLink(ctx context.Context, in *ByID) (*LinkView, error) {
	l, err := a.Accounts.ResetLink(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &LinkView{Link: linkPath(l), ExpiresAt: l.Invite.ExpiresAt}, nil
}

// linkPath is the page of the UI that a link opens.
func linkPath(l *account.Link) string { return "/invite/" + l.Token }
