package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"islet/app"
	"islet/store"
)

// SignedGuest is a guest who has just signed in to one web app.
type SignedGuest struct {
	Guest   *app.Guest
	Token   string // for the browser, and nowhere else
	Expires time.Time
}

var (
	errGuestSignIn   = app.Errorf(app.Unauthorized, "signin_failed", "the login or the password is wrong", "登录名或密码不正确")
	errGuestDisabled = app.Errorf(app.Forbidden, "account_disabled", "this account is disabled; ask whoever gave you the link", "此账号已停用；请联系提供链接的人")
	// ErrGuest is what a web app says to somebody who is not signed in to it.
	ErrGuest = app.Errorf(app.Unauthorized, "site_signin", "please sign in to use this app", "请先登录再使用此应用")
)

func guestBucket(workspace app.ID, login string) string {
	return accountBucket("guest " + string(workspace) + " " + login)
}

// SignInGuest checks login and password and opens a session of one web app. An unknown login, a wrong password and a guest who
// was not let in to the app are the same signin_failed after the same time.
func (a *Accounts) SignInGuest(ctx context.Context, d Door, login, password string) (*SignedGuest, error) {
	return a.proven(ctx, d, fold(login), password, func(tx *store.Tx, g *app.Guest) error {
		in, err := tx.LetIn(d.App, g.ID)
		if err == nil && !in {
			err = errGuestSignIn
		}
		return err
	})
}

// proven opens a session for who knows the password of login, once let has agreed. Tries are counted per account and address.
func (a *Accounts) proven(ctx context.Context, d Door, login, password string, let func(*store.Tx, *app.Guest) error) (*SignedGuest, error) {
	account, address := guestBucket(app.ScopeOf(ctx).Workspace, login), addressBucket(d.Client)
	if err := a.admit(ctx, maxFailures, account, address); err != nil {
		return nil, err
	}
	hash := ""
	err := a.db.View(ctx, func(s *store.Snapshot) error {
		g, err := s.GuestByLogin(login)
		if err == nil {
			hash = g.PasswordHash
		}
		return err
	})
	if err != nil && app.KindOf(err) != app.NotFound {
		return nil, err
	}
	ok, err := a.matches(ctx, password, hash)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errGuestSignIn
	}
	var signed *SignedGuest
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		g, err := tx.GuestByLogin(login)
		if err != nil {
			return err
		}
		if g.PasswordHash != hash { // changed while we were hashing
			return errGuestSignIn
		}
		if g.Disabled {
			return errGuestDisabled
		}
		if err := let(tx, g); err != nil {
			return err
		}
		if err := forgive(tx, account, address); err != nil {
			return err
		}
		signed, err = a.openGuest(tx, d, g)
		return err
	})
	return signed, err
}

// openGuest starts a session inside tx: a new token each time.
func (a *Accounts) openGuest(tx *store.Tx, d Door, g *app.Guest) (*SignedGuest, error) {
	token := guestPrefix + a.o.Token()
	hash := hashToken(token)
	s := &app.GuestSession{ID: app.NewID(), App: d.App, Guest: g.ID, TokenHash: hash[:], Address: clip(d.Client.Address, 64), Agent: clip(d.Client.Agent, 256),
		CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(sessionLife)}
	if err := errors.Join(tx.InsertGuestSession(s), tx.TouchGuestSession(s, s.ExpiresAt)); err != nil {
		return nil, err
	}
	return &SignedGuest{Guest: g, Token: token, Expires: s.ExpiresAt}, nil
}

// GuestSession is the guest behind a token at one web app. A token of another web app, unknown, ended or expired, or whose guest
// is disabled or turned away, is site_signin.
func (a *Accounts) GuestSession(ctx context.Context, appID app.ID, token string) (*store.GuestLogin, error) {
	if !strings.HasPrefix(token, guestPrefix) || len(token) > 128 {
		return nil, ErrGuest
	}
	hash, now := hashToken(token), a.db.Now()
	var l *store.GuestLogin
	err := a.db.View(ctx, func(s *store.Snapshot) (err error) { l, err = s.GuestLogin(hash[:]); return err })
	if app.KindOf(err) == app.NotFound && err != nil {
		return nil, ErrGuest
	}
	if err != nil {
		return nil, err
	}
	if l.Session.App != appID || l.Guest.Disabled || !l.Session.ExpiresAt.After(now) {
		return nil, ErrGuest
	}
	if seen := l.Guest.LastSeenAt; seen == nil || now.Sub(*seen) >= touchEvery || l.Session.ExpiresAt.Sub(now) <= sessionLife-24*time.Hour {
		expires := now.Add(sessionLife)
		if err := a.db.Update(ctx, func(tx *store.Tx) error { return tx.TouchGuestSession(&l.Session, expires) }); err != nil {
			a.o.Log(err) // a full disk signs nobody out
		}
	}
	return l, nil
}

// BindGuest is Bind for a guest: the context ends with the guest's session.
func (a *Accounts) BindGuest(ctx context.Context, l *store.GuestLogin) (bound context.Context, release func(), err error) {
	bound, release = a.bind(ctx, l.Guest.ID, l.Session.ID)
	err = a.db.View(ctx, func(s *store.Snapshot) error { _, err := s.GuestLogin(l.Session.TokenHash); return err })
	if err == nil {
		return bound, release, nil
	}
	release()
	if app.KindOf(err) == app.NotFound {
		err = ErrGuest
	}
	return nil, nil, err
}

// SignOutGuest ends the session of a token; an unknown one is no error.
func (a *Accounts) SignOutGuest(ctx context.Context, appID app.ID, token string) error {
	l, err := a.GuestSession(ctx, appID, token)
	if errors.Is(err, ErrGuest) {
		return nil
	}
	if err != nil {
		return err
	}
	err = a.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteGuestSession(l.Session.ID) })
	if err == nil {
		a.end(l.Guest.ID, func(id app.ID) bool { return id == l.Session.ID })
	}
	return err
}

// ChangeGuestPassword gives the guest of a token another password, if the current one is right. Every other session ends.
func (a *Accounts) ChangeGuestPassword(ctx context.Context, d Door, token, current, password string) error {
	l, err := a.GuestSession(ctx, d.App, token)
	if err != nil {
		return err
	}
	account, address := guestBucket(app.ScopeOf(ctx).Workspace, l.Guest.Login), addressBucket(d.Client)
	if err := a.admit(ctx, maxFailures, account, address); err != nil {
		return err
	}
	ok, err := a.matches(ctx, current, l.Guest.PasswordHash)
	if err != nil {
		return err
	}
	if !ok {
		return app.Errorf(app.Invalid, "password_wrong", "the current password is wrong", "当前密码不正确")
	}
	if err := checkPassword(password, l.Guest.Login); err != nil {
		return err
	}
	hash, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		g, err := tx.Guest(l.Guest.ID)
		if err != nil {
			return err
		}
		if g.PasswordHash != l.Guest.PasswordHash {
			return app.Errorf(app.Conflict, "password_changed", "the password was changed a moment ago; sign in with the new one", "密码刚刚已被修改；请用新密码登录")
		}
		if err := forgive(tx, account, address); err != nil {
			return err
		}
		return setGuestPassword(tx, g, hash, l.Session.ID)
	})
	if err == nil {
		a.end(l.Guest.ID, allBut(l.Session.ID))
	}
	return err
}

// setGuestPassword stores a new hash and ends what the old password had opened, but the session to keep.
func setGuestPassword(tx *store.Tx, g *app.Guest, hash string, keep app.ID) error {
	g.PasswordHash, g.Ready = hash, true
	if err := tx.UpdateGuest(g); err != nil {
		return err
	}
	return errors.Join(tx.DeleteGuestSessions(g.ID, keep), tx.DeleteGuestLinksOf(g.ID))
}
