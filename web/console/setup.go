package console

import (
	"context"
	"net"
	"net/http"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/web/route"
)

// caller finds out who calls by the session cookie. It is the Auth of every row here.
func (a *API) caller(r *http.Request) (app.Scope, error) {
	l, err := a.Accounts.Session(r.Context(), cookie(r))
	if err != nil {
		return app.Scope{}, err
	}
	return account.ScopeOf(l), nil
}

// whileSignedIn is ctx until the caller's session ends: streams run in it, so that a suspended person's stop too. The caller
// calls release when done.
func (a *API) whileSignedIn(ctx context.Context) (bound context.Context, release func(), err error) {
	l, err := a.Accounts.Session(ctx, cookie(route.Request(ctx)))
	if err != nil {
		return nil, nil, err
	}
	return a.Accounts.Bind(ctx, l)
}

func cookie(r *http.Request) string {
	c, err := r.Cookie(account.SessionCookie)
	if err != nil { // there is none
		return ""
	}
	return c.Value
}

// client is where the request comes from. The address is the connection's: what headers claim changes nothing.
func client(r *http.Request) account.Client {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return account.Client{Address: host, Agent: r.UserAgent()}
}

// UserView is the answer that names one person.
type UserView struct {
	User *app.User `json:"user"`
}

// enter gives the browser the cookie of a person who has just signed in.
func (a *API) enter(ctx context.Context, s *account.Signed) *UserView {
	setCookie(ctx, s.Token, s.Expires)
	return &UserView{User: s.User}
}

func setCookie(ctx context.Context, token string, expires time.Time) {
	c := &http.Cookie{Name: account.SessionCookie, Value: token, Path: "/", Expires: expires, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: route.Request(ctx).TLS != nil}
	if token == "" {
		c.MaxAge = -1
	}
	route.Header(ctx).Add("Set-Cookie", c.String())
}

// SetupState is what anybody may know of the site before signing in.
type SetupState struct {
	Done          bool     `json:"done"`
	Version       string   `json:"version"`
	WorkspaceName string   `json:"workspace_name"`
	Lang          app.Lang `json:"language"` // the better one for this browser
}

func (a *API) setupState(ctx context.Context, _ *None) (*SetupState, error) {
	site, err := a.Accounts.Site(ctx)
	return &SetupState{Done: site.Done, Version: a.System.Version, WorkspaceName: site.WorkspaceName,
		Lang: route.Language(route.Request(ctx))}, err
}

type setupIn struct {
	Code          string   `json:"code"`
	Name          string   `json:"name"`
	Email         string   `json:"email"`
	Password      string   `json:"password"`
	WorkspaceName string   `json:"workspace_name"`
	Lang          app.Lang `json:"language"`
}

func (a *API) setup(ctx context.Context, in *setupIn) (*UserView, error) {
	signed, err := a.Accounts.SetUp(ctx, account.Setup(*in), client(route.Request(ctx)))
	if err != nil {
		return nil, err
	}
	return a.enter(ctx, signed), nil
}

type signInIn struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func (a *API) signIn(ctx context.Context, in *signInIn) (*UserView, error) {
	signed, err := a.Accounts.SignIn(ctx, in.Email, in.Password, client(route.Request(ctx)))
	if err != nil {
		return nil, err
	}
	return a.enter(ctx, signed), nil
}

func (a *API) signOut(ctx context.Context, _ *None) (*None, error) {
	if err := a.Accounts.SignOut(ctx, cookie(route.Request(ctx))); err != nil {
		return nil, err
	}
	setCookie(ctx, "", time.Unix(0, 0))
	return &None{}, nil
}
