package account

import (
	"context"
	"errors"
	"time"

	"islet/app"
	"islet/store"
)

// SignIn checks e-mail address and password and opens a session. An unknown account and a wrong password are the same
// signin_failed after the same time; too many of either are rate_limited.
func (a *Accounts) SignIn(ctx context.Context, email, password string, c Client) (*Signed, error) {
	email = fold(email)
	account, address := accountBucket(email), addressBucket(c)
	if err := a.admit(ctx, maxFailures, account, address); err != nil {
		return nil, err
	}
	u, err := a.byEmail(ctx, email)
	if err != nil && app.KindOf(err) != app.NotFound {
		return nil, err
	}
	hash := ""
	if err == nil {
		hash = u.PasswordHash
	}
	ok, err := a.matches(ctx, password, hash)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, app.Errorf(app.Unauthorized, "signin_failed", "the e-mail address or the password is wrong", "邮箱或密码不正确")
	}
	if u.Disabled {
		return nil, errDisabled
	}
	var signed *Signed
	err = a.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.UserByEmail(email)
		if err != nil {
			return err
		}
		if now.PasswordHash != hash { // changed while we were hashing
			return app.Errorf(app.Unauthorized, "signin_failed", "the e-mail address or the password is wrong", "邮箱或密码不正确")
		}
		if now.Disabled {
			return errDisabled
		}
		if err := forgive(tx, account, address); err != nil {
			return err
		}
		signed, err = a.open(tx, now, c)
		return err
	})
	return signed, err
}

var errDisabled = app.Errorf(app.Forbidden, "account_disabled", "this account is disabled; ask an administrator", "此账号已停用；请联系管理员")

func (a *Accounts) byEmail(ctx context.Context, email string) (u *app.User, err error) {
	err = a.db.View(ctx, func(s *store.Snapshot) error { u, err = s.UserByEmail(email); return err })
	return u, err
}

// open starts a session for u inside tx: a new token each time, whatever cookie the browser had.
func (a *Accounts) open(tx *store.Tx, u *app.User, c Client) (*Signed, error) {
	token := sessionPrefix + a.o.Token()
	hash := hashToken(token)
	s := &app.Session{ID: app.NewID(), User: u.ID, TokenHash: hash[:], Address: clip(c.Address, 64), Agent: clip(c.Agent, 256),
		CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(sessionLife)}
	if err := errors.Join(tx.InsertSession(s), tx.TouchSession(s, s.ExpiresAt)); err != nil {
		return nil, err
	}
	seen := tx.Now()
	u.LastSeenAt = &seen
	return &Signed{User: u, Token: token, Expires: s.ExpiresAt}, nil
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// The life of a session: thirty days after it was last used, noted at most every five minutes so that reading costs no writes.
const (
	sessionPrefix = "sess-"
	sessionLife   = 30 * 24 * time.Hour
	touchEvery    = 5 * time.Minute
)
