package account

import (
	"context"

	"islet/app"
	"islet/store"
)

// Change is what an administrator may change of a member; nil leaves a field alone.
type Change struct {
	Role     *app.Role
	Disabled *bool
}

// Save changes a member. A new role or a disabled account ends the person's sessions and withdraws the links the person made.
func (a *Accounts) Save(ctx context.Context, id app.ID, c Change) (*app.User, error) {
	if c.Role != nil && !c.Role.Valid() {
		return nil, errRole
	}
	var u *app.User
	sharp := false // something changed that ends sessions
	err := a.db.Update(ctx, func(tx *store.Tx) (err error) {
		if u, err = manage(tx, id); err != nil {
			return err
		}
		if c.Role != nil && *c.Role != u.Role {
			if err := grant(tx, *c.Role); err != nil {
				return err
			}
			if err := tx.SetRole(id, *c.Role); err != nil {
				return err
			}
			u.Role, sharp = *c.Role, true
		}
		if c.Disabled != nil && *c.Disabled != u.Disabled {
			u.Disabled, sharp = *c.Disabled, true
			if err := tx.UpdateUser(u); err != nil {
				return err
			}
		}
		if !sharp {
			return nil
		}
		return strip(tx, id)
	})
	if err != nil {
		return nil, err
	}
	if sharp {
		a.end(id, allBut(""))
	}
	return u, nil
}

// Remove takes a member out of the site. What the person made stays.
func (a *Accounts) Remove(ctx context.Context, id app.ID) error {
	err := a.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := manage(tx, id); err != nil {
			return err
		}
		if err := tx.DeleteLinksBy(id); err != nil {
			return err
		}
		return tx.DeleteUser(id)
	})
	if err == nil {
		a.end(id, allBut(""))
	}
	return err
}

// HandOver makes another member the owner; the old owner becomes an administrator and stays signed in.
func (a *Accounts) HandOver(ctx context.Context, id app.ID) (*app.User, error) {
	var u *app.User
	var old app.ID
	err := a.db.Update(ctx, func(tx *store.Tx) error {
		by, err := acting(tx)
		if err != nil {
			return err
		}
		if by.role != app.Owner || by.id == "" {
			return app.Errorf(app.Forbidden, "owner_only", "only the owner can hand the site over", "只有所有者可以移交所有权")
		}
		if u, err = tx.Member(id); err != nil {
			return err
		}
		switch {
		case by.id == id:
			return app.Errorf(app.Conflict, "owner_already", "you are the owner already", "您已经是所有者")
		case u.Disabled:
			return app.Errorf(app.Conflict, "account_disabled", "%s is disabled; enable the account first", "%s 的账号已停用；请先启用", u.Name)
		}
		old, u.Role = by.id, app.Owner
		if err := tx.SetRole(old, app.Admin); err != nil { // first: there is never a second owner
			return err
		}
		if err := tx.SetRole(id, app.Owner); err != nil {
			return err
		}
		return strip(tx, id)
	})
	if err != nil {
		return nil, err
	}
	a.changed(old)
	a.end(id, allBut(""))
	return u, nil
}

// strip ends a person's sessions and withdraws the links for and by that person.
func strip(tx *store.Tx, id app.ID) error {
	if err := tx.DeleteSessions(id, ""); err != nil {
		return err
	}
	if err := tx.DeleteLinksOf(id); err != nil {
		return err
	}
	return tx.DeleteLinksBy(id)
}

var errRole = app.Errorf(app.Invalid, "role_invalid", "the role is admin, editor or member", "角色只能是 admin、editor 或 member")

// manage is the member id, if whoever acts may change that person.
func manage(tx *store.Tx, id app.ID) (*app.User, error) {
	by, err := acting(tx)
	if err != nil {
		return nil, err
	}
	if !by.role.AtLeast(app.Admin) {
		return nil, errForbidden
	}
	u, err := tx.Member(id)
	switch {
	case err != nil:
		return nil, err
	case by.id == id:
		return nil, app.Errorf(app.Forbidden, "own_account", "you cannot change your own account here; ask another administrator", "不能在此更改自己的账号；请联系其他管理员")
	case u.Role == app.Owner && by.id != "":
		return nil, app.Errorf(app.Forbidden, "owner_protected", "the owner's account cannot be changed by others", "所有者的账号不能由他人更改")
	case u.Role == app.Owner:
		return nil, errLastOwner
	case u.Role == app.Admin && by.role != app.Owner:
		return nil, app.Errorf(app.Forbidden, "owner_only", "only the owner can change an administrator", "只有所有者可以更改管理员")
	}
	return u, nil
}

var errLastOwner = app.Errorf(app.Conflict, "owner_protected", "the owner's account cannot be removed, disabled or demoted; hand the site over first", "所有者的账号不能删除、停用或降级；请先移交所有权")

// grant refuses a role that whoever acts may not give.
func grant(tx *store.Tx, role app.Role) error {
	by, err := acting(tx)
	switch {
	case err != nil:
		return err
	case role == app.Owner:
		return app.Errorf(app.Invalid, "role_invalid", "there is one owner; hand the site over instead", "所有者只有一位；请使用移交所有权")
	case !role.Valid():
		return errRole
	case !by.role.AtLeast(app.Admin):
		return errForbidden
	case role == app.Admin && by.role != app.Owner:
		return app.Errorf(app.Forbidden, "owner_only", "only the owner can make someone an administrator", "只有所有者可以任命管理员")
	}
	return nil
}

// Add makes an account at once, for the command line.
func (a *Accounts) Add(ctx context.Context, email, name, password string, role app.Role, lang app.Lang) (*app.User, error) {
	u, err := a.newUser(ctx, email, name, password, role, lang)
	if err != nil {
		return nil, err
	}
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if err := grant(tx, role); err != nil {
			return err
		}
		if err := tx.DeleteInvitesFor(u.Email); err != nil {
			return err
		}
		return tx.InsertUser(u)
	})
	return u, err
}

// SetPassword gives an account another password, for the command line: it works for the owner too, ends all sessions of the
// account, enables it and forgets its failed sign-ins.
func (a *Accounts) SetPassword(ctx context.Context, email, password string) (*app.User, error) {
	email = fold(email)
	if err := checkPassword(password, email); err != nil {
		return nil, err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	var u *app.User
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		if by, err := acting(tx); err != nil || by.id != "" {
			return errForbidden
		}
		if u, err = tx.UserByEmail(email); err != nil {
			return err
		}
		if err := tx.DeleteAttempt(accountBucket(email)); err != nil {
			return err
		}
		u.Disabled = false
		return setPassword(tx, u, hash, "")
	})
	if err != nil {
		return nil, err
	}
	a.end(u.ID, allBut(""))
	return u, nil
}
