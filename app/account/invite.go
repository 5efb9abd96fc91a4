package account

import (
	"context"
	"strings"
	"time"

	"islet/app"
	"islet/store"
)

// linkLife is how long an invitation or a reset link can be used.
const linkLife = 72 * time.Hour

const linkPrefix = "link-"

// The purposes of a link.
const (
	PurposeInvite = "invite"
	PurposeReset  = "reset"
)

// Link is a one-time link as it is shown, once, to the person who made it. Token goes into its address.
type Link struct {
	Invite *app.Invite
	Token  string
}

// Invite makes a link that lets a new person in with the role given. An older open invitation for the address is withdrawn.
func (a *Accounts) Invite(ctx context.Context, email string, role app.Role) (*Link, error) {
	email, err := checkEmail(email)
	if err != nil {
		return nil, err
	}
	link := a.newLink(PurposeInvite, email, role)
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if err := grant(tx, role); err != nil {
			return err
		}
		_, err := tx.UserByEmail(email)
		if err == nil {
			return app.Errorf(app.Conflict, "email_taken", "%s already has an account; choose another e-mail address", "%s 已有账号；请使用其他邮箱", email)
		}
		if app.KindOf(err) != app.NotFound {
			return err
		}
		if err := tx.DeleteInvitesFor(email); err != nil {
			return err
		}
		link.Invite.CreatedBy = tx.Scope().User
		return tx.InsertInvite(link.Invite)
	})
	if err != nil {
		return nil, err
	}
	return link, nil
}

// ResetLink makes a link with which a member chooses a new password. Older ones for the person are withdrawn.
func (a *Accounts) ResetLink(ctx context.Context, id app.ID) (*Link, error) {
	link := a.newLink(PurposeReset, "", "")
	err := a.db.Update(ctx, func(tx *store.Tx) error {
		u, err := manage(tx, id)
		if err != nil {
			return err
		}
		if u.Disabled {
			return app.Errorf(app.Conflict, "account_disabled", "%s is disabled; enable the account first", "%s 的账号已停用；请先启用", u.Name)
		}
		if err := tx.DeleteLinksOf(id); err != nil {
			return err
		}
		i := link.Invite
		i.Email, i.Role, i.User, i.CreatedBy = u.Email, u.Role, u.ID, tx.Scope().User
		return tx.InsertInvite(i)
	})
	if err != nil {
		return nil, err
	}
	return link, nil
}

func (a *Accounts) newLink(purpose, email string, role app.Role) *Link {
	token := linkPrefix + a.o.Token()
	hash, now := hashToken(token), a.db.Now()
	return &Link{Token: token, Invite: &app.Invite{ID: app.NewID(), Purpose: purpose, Email: email, Role: role,
		CreatedAt: now, ExpiresAt: now.Add(linkLife), TokenHash: hash[:]}}
}

// Withdraw makes an open invitation useless.
func (a *Accounts) Withdraw(ctx context.Context, id app.ID) error {
	return a.db.Update(ctx, func(tx *store.Tx) error {
		i, err := tx.Invite(id)
		if err != nil {
			return err
		}
		by, err := acting(tx)
		if err != nil {
			return err
		}
		if !by.role.AtLeast(app.Admin) || i.Role == app.Admin && by.role != app.Owner {
			return errForbidden
		}
		return tx.DeleteInvite(id)
	})
}

// OpenLink is what the person holding a link sees before using it.
type OpenLink struct {
	Invite        *app.Invite
	WorkspaceName string
	InvitedBy     string // a name; empty where the person is gone
}

// Link looks a link up by its token. One that is used, expired, withdrawn or none at all is link_invalid.
func (a *Accounts) Link(ctx context.Context, token string) (*OpenLink, error) {
	out := &OpenLink{}
	var ws app.ID
	err := a.db.View(ctx, func(s *store.Snapshot) (err error) { out.Invite, ws, err = usable(s, token); return err })
	if err != nil {
		return nil, err
	}
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws})
	err = a.db.View(ctx, func(s *store.Snapshot) error {
		site, err := s.Workspace()
		if err != nil {
			return err
		}
		out.WorkspaceName = site.Name
		by, err := s.Member(out.Invite.CreatedBy)
		if app.KindOf(err) == app.NotFound {
			return nil
		}
		if err == nil {
			out.InvitedBy = by.Name
		}
		return err
	})
	return out, err
}

var errLink = app.Errorf(app.Invalid, "link_invalid", "this link is not valid any more: it was used, withdrawn or is older than three days; ask for a new one",
	"此链接已失效：可能已被使用、撤销或超过三天；请索取新的链接")

// usable is the link of a token and its workspace, while it can be used.
func usable(s *store.Snapshot, token string) (*app.Invite, app.ID, error) {
	if !strings.HasPrefix(token, linkPrefix) || len(token) > 128 {
		return nil, "", errLink
	}
	hash := hashToken(token)
	i, ws, err := s.InviteByToken(hash[:])
	if app.KindOf(err) == app.NotFound || err == nil && (i.UsedAt != nil || !i.ExpiresAt.After(s.Now())) {
		return nil, "", errLink
	}
	return i, ws, err
}

// Accept uses a link: an invitation becomes an account, a reset gives the account a new password and ends its sessions. The
// person is signed in. Name is for an invitation only.
func (a *Accounts) Accept(ctx context.Context, token, name, password string, lang app.Lang, c Client) (*Signed, error) {
	var i *app.Invite
	var ws app.ID
	err := a.db.View(ctx, func(s *store.Snapshot) (err error) { i, ws, err = usable(s, token); return err })
	if err != nil {
		return nil, err
	}
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws, Lang: lang})
	if i.Purpose == PurposeReset {
		return a.acceptReset(ctx, i, token, password, c)
	}
	u, err := a.newUser(ctx, i.Email, name, password, i.Role, lang)
	if err != nil {
		return nil, err
	}
	var signed *Signed
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := usable(&tx.Snapshot, token); err != nil {
			return err
		}
		if err := tx.UseInvite(i.ID); err != nil {
			return err
		}
		if err := tx.InsertUser(u); err != nil {
			return err
		}
		signed, err = a.open(tx, u, c)
		return err
	})
	return signed, err
}

func (a *Accounts) acceptReset(ctx context.Context, i *app.Invite, token, password string, c Client) (*Signed, error) {
	if err := checkPassword(password, i.Email); err != nil {
		return nil, err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	var signed *Signed
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := usable(&tx.Snapshot, token); err != nil {
			return err
		}
		u, err := tx.Member(i.User)
		if err != nil {
			return err
		}
		if u.Disabled {
			return errLink
		}
		if err := tx.UseInvite(i.ID); err != nil {
			return err
		}
		if err := setPassword(tx, u, hash, ""); err != nil {
			return err
		}
		if err := tx.DeleteAttempt(accountBucket(u.Email)); err != nil {
			return err
		}
		signed, err = a.open(tx, u, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.end(i.User, allBut(""))
	return signed, nil
}
