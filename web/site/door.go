package site

import (
	"context"
	"net/http"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/app/studio"
	"islet/web/route"
)

// Look is how a web app looks, for the page that asks a stranger to sign in.
type Look struct {
	Name        string   `json:"name"`
	Description string   `json:"description"` // empty where the visitor is not let in
	Icon        string   `json:"icon"`
	IconColor   string   `json:"icon_color"`
	Mode        app.Mode `json:"mode"`
	Language    app.Lang `json:"language"`
	Color       string   `json:"color"`
	Inverted    bool     `json:"inverted"`
	Privacy     string   `json:"privacy_url"`
	Copyright   string   `json:"copyright"`
}

// DoorView is what anybody with the address may know: what is behind the door, who may pass, and whether they are in.
type DoorView struct {
	Look   Look       `json:"look"`
	Access app.Access `json:"access"`
	Inside bool       `json:"inside"`
	Person *Person    `json:"person,omitempty"`
}

func (a *API) door(ctx context.Context, in *siteIn) (*DoorView, error) {
	rel, err := a.Studio.BySite(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &DoorView{Look: lookOf(rel), Access: rel.App.Site.Open()}
	who, err := a.who(ctx, rel)
	switch {
	case err == nil:
		out.Inside, out.Person = true, who.view
	case app.KindOf(err) == app.Unauthorized:
		out.Look.Description = ""
	default:
		return nil, err
	}
	return out, nil
}

func lookOf(rel *studio.Release) Look {
	p, s := rel.App, &rel.App.Site
	l := Look{Name: s.Title, Description: s.Description, Icon: p.Icon, IconColor: p.IconColor, Mode: p.Mode, Language: s.Lang, Color: s.Color, Inverted: s.Inverted,
		Privacy: s.Privacy, Copyright: s.Copyright}
	if l.Name == "" {
		l.Name = p.Name
	}
	if l.Description == "" {
		l.Description = p.Description
	}
	return l
}

// atDoor is the door of a web app for guests, and the context of its workspace. A web app that has no guests has none.
func (a *API) atDoor(ctx context.Context, code string) (context.Context, account.Door, error) {
	rel, err := a.Studio.BySite(ctx, code)
	if err != nil {
		return nil, account.Door{}, err
	}
	if rel.App.Site.Open() != app.AccessInvited {
		return nil, account.Door{}, app.Errorf(app.Conflict, "no_guests", "this app has no accounts of its own", "此应用没有独立账号")
	}
	return app.WithScope(ctx, rel.Scope(app.ScopeOf(ctx).Lang)), account.Door{App: rel.App.ID, Client: client(route.Request(ctx))}, nil
}

type guestSignInIn struct {
	Code     string `path:"code" json:"-"`
	Login    string `json:"login"`
	Password string `json:"password"`
	Framed   bool   `json:"framed"` // the page is in a frame and keeps the token itself
}

// SignedIn is a guest who has just signed in. Token is there for framed pages only; others have a cookie.
type SignedIn struct {
	Person Person `json:"person"`
	Token  string `json:"token,omitempty"`
}

func (a *API) signIn(ctx context.Context, in *guestSignInIn) (*SignedIn, error) {
	inner, door, err := a.atDoor(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	s, err := a.Accounts.SignInGuest(inner, door, in.Login, in.Password)
	if err != nil {
		return nil, err
	}
	return signedIn(ctx, door.App, s, in.Framed), nil
}

func signedIn(ctx context.Context, appID app.ID, s *account.SignedGuest, framed bool) *SignedIn {
	out := &SignedIn{Person: Person{Login: s.Guest.Login, Name: s.Guest.Name, Kind: "guest"}}
	if framed {
		out.Token = s.Token
		return out
	}
	setGuestCookie(ctx, appID, s.Token, s.Expires)
	return out
}

func setGuestCookie(ctx context.Context, appID app.ID, token string, expires time.Time) {
	c := &http.Cookie{Name: guestCookie(appID), Value: token, Path: "/", Expires: expires, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: route.Request(ctx).TLS != nil}
	if token == "" {
		c.MaxAge = -1
	}
	route.Header(ctx).Add("Set-Cookie", c.String())
}

func (a *API) signOut(ctx context.Context, in *siteIn) (*none, error) {
	inner, door, err := a.atDoor(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if err := a.Accounts.SignOutGuest(inner, door.App, guestToken(route.Request(ctx), door.App)); err != nil {
		return nil, err
	}
	setGuestCookie(ctx, door.App, "", time.Unix(0, 0))
	return nil, nil //nolint:nilnil // answered with {}
}

type guestPasswordIn struct {
	Code     string `path:"code" json:"-"`
	Current  string `json:"current"`
	Password string `json:"password"`
}

func (a *API) changePassword(ctx context.Context, in *guestPasswordIn) (*none, error) {
	inner, door, err := a.atDoor(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return nil, a.Accounts.ChangeGuestPassword(inner, door, guestToken(route.Request(ctx), door.App), in.Current, in.Password)
}

type codeIn struct {
	Code  string `path:"code" json:"-"`
	Token string `json:"token"`
}

// OpenedCode is what an invitation or a link for a new password is for.
type OpenedCode struct {
	Person  *Person   `json:"person,omitempty"` // whose password it sets; of an invitation nobody
	Expires time.Time `json:"expires_at"`
}

func (a *API) openCode(ctx context.Context, in *codeIn) (*OpenedCode, error) {
	inner, door, err := a.atDoor(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	l, g, err := a.Accounts.OpenCode(inner, door, in.Token)
	if err != nil {
		return nil, err
	}
	out := &OpenedCode{Expires: l.ExpiresAt}
	if g != nil {
		out.Person = &Person{Login: g.Login, Name: g.Name, Kind: "guest"}
	}
	return out, nil
}

type joinIn struct {
	Code  string `path:"code" json:"-"`
	Token string `json:"token"`
	account.NewGuest
	Framed bool `json:"framed"`
}

func (a *API) join(ctx context.Context, in *joinIn) (*SignedIn, error) {
	inner, door, err := a.atDoor(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	s, err := a.Accounts.Join(inner, door, in.Token, in.NewGuest)
	if err != nil {
		return nil, err
	}
	return signedIn(ctx, door.App, s, in.Framed), nil
}
