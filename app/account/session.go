package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"islet/app"
	"islet/store"
)

// staleFor is how long a session is believed without asking the store. What this process changes it forgets at once; the
// seconds are for what it cannot see.
const staleFor = 5 * time.Second

// SessionCookie carries a member's session; scripts of a page cannot read it.
const SessionCookie = "islet_session"

// knownMax bounds the memory of sessions.
const knownMax = 10_000

// known is a session as it was found in the store.
type known struct {
	login *store.Login
	at    time.Time
}

// Session is the person behind a cookie's token. A token that is unknown, ended or expired, or whose person is disabled, is
// unauthorized. The Login is shared: do not change it.
func (a *Accounts) Session(ctx context.Context, token string) (*store.Login, error) {
	if !strings.HasPrefix(token, sessionPrefix) || len(token) > 128 {
		return nil, errSignIn
	}
	hash, now := hashToken(token), a.db.Now()
	a.mu.Lock()
	k, ok := a.known[hash]
	gen := a.gen
	a.mu.Unlock()
	if age := now.Sub(k.at); ok && age >= 0 && age < staleFor && k.login.Session.ExpiresAt.After(now) {
		return k.login, nil
	}
	var l *store.Login
	err := a.db.View(ctx, func(s *store.Snapshot) (err error) { l, err = s.Login(hash[:]); return err })
	if app.KindOf(err) == app.NotFound {
		return nil, errSignIn
	}
	if err != nil {
		return nil, err
	}
	if l.User.Disabled || !l.Session.ExpiresAt.After(now) {
		return nil, errSignIn
	}
	a.touch(ctx, l, now)
	a.remember(hash, known{login: l, at: now}, gen)
	return l, nil
}

var errSignIn = app.Errorf(app.Unauthorized, "unauthorized", "please sign in", "请先登录")

// ScopeOf is the scope with which the person of a session acts.
func ScopeOf(l *store.Login) app.Scope {
	return app.Scope{Workspace: l.Workspace, User: l.User.ID, Role: l.User.Role, Lang: l.User.Lang}
}

// touch notes every few minutes that the session lives. A disk that is full must not sign anybody out, so its error only goes to the log.
func (a *Accounts) touch(ctx context.Context, l *store.Login, now time.Time) {
	if seen := l.User.LastSeenAt; seen != nil && now.Sub(*seen) < touchEvery && l.Session.ExpiresAt.Sub(now) > sessionLife-touchEvery {
		return
	}
	expires := now.Add(sessionLife)
	if err := a.db.Update(ctx, func(tx *store.Tx) error { return tx.TouchSession(&l.Session, expires) }); err != nil {
		a.o.Log(err)
		return
	}
	l.Session.ExpiresAt, l.User.LastSeenAt = expires, &now
}

func (a *Accounts) remember(hash [sha256.Size]byte, k known, gen uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if gen != a.gen {
		return // something ended meanwhile; the next request looks again
	}
	if len(a.known) >= knownMax {
		clear(a.known)
	}
	a.known[hash] = k
}

// SignOut ends the session of a token; an unknown one is no error.
func (a *Accounts) SignOut(ctx context.Context, token string) error {
	l, err := a.Session(ctx, token)
	if errors.Is(err, errSignIn) {
		return nil
	}
	if err != nil {
		return err
	}
	err = a.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteSession(l.Session.ID) })
	if err == nil {
		a.end(l.User.ID, func(id app.ID) bool { return id == l.Session.ID })
	}
	return err
}

// binding is a request that must not outlive its session.
type binding struct {
	session app.ID
	cancel  context.CancelCauseFunc
}

// Bind returns a context that is cancelled when the session ends by sign-out, or by a change of the person's password, role
// or account. Streams run in it. The caller calls release when done.
func (a *Accounts) Bind(ctx context.Context, l *store.Login) (bound context.Context, release func(), err error) {
	bound, release = a.bind(ctx, l.User.ID, l.Session.ID)
	// It may have ended between the caller's look and ours; from here on end would find b.
	err = a.db.View(ctx, func(s *store.Snapshot) error { _, err := s.Login(l.Session.TokenHash); return err })
	if err == nil {
		return bound, release, nil
	}
	release()
	if app.KindOf(err) == app.NotFound {
		err = errSignIn
	}
	return nil, nil, err
}

// bind returns a context that end cancels.
func (a *Accounts) bind(ctx context.Context, who, session app.ID) (bound context.Context, release func()) {
	bound, cancel := context.WithCancelCause(ctx)
	b := &binding{session: session, cancel: cancel}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.live[who] == nil {
		a.live[who] = map[*binding]struct{}{}
	}
	a.live[who][b] = struct{}{}
	return bound, func() {
		cancel(nil)
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.live[who], b)
		if len(a.live[who]) == 0 {
			delete(a.live, who)
		}
	}
}

// changed forgets what is remembered of a person whose row changed; sessions go on.
func (a *Accounts) changed(user app.ID) { a.end(user, func(app.ID) bool { return false }) }

// end forgets what is remembered of a person and cancels what is bound to the sessions that over names.
func (a *Accounts) end(user app.ID, over func(session app.ID) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gen++
	for h, k := range a.known {
		if k.login.User.ID == user {
			delete(a.known, h)
		}
	}
	for b := range a.live[user] {
		if over(b.session) {
			b.cancel(errSignIn)
		}
	}
}

// allBut names all sessions but one.
func allBut(keep app.ID) func(app.ID) bool { return func(id app.ID) bool { return id != keep } }
