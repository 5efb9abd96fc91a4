package site

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"islet/app"
	"islet/app/account"
	"islet/app/studio"
	"islet/web/frame"
	"islet/web/route"
)

// Who a visitor is. A public web app knows a browser by the cookie islet_visitor; a private one knows a guest by the session of
// that web app, or a member by the session of the studio. What the person is called as an end user follows from that and from
// nothing that the request claims beside it, so that the queries of the store, which all ask for the end user, keep people apart.
//
// A page in a frame of another site gets no cookies. There the same token comes in the header X-Islet-Visitor, or, for what a
// browser loads by itself, in the query parameter visitor.

const (
	visitorCookie = "islet_visitor"
	visitorFor    = 365 * 24 * time.Hour
	tokenLength   = 26 // of rand.Text

	visitorHeader = "X-Islet-Visitor"
	visitorQuery  = "visitor"
	userHeader    = "X-Islet-User" // what an embedding page calls its reader: see claimed
	maxClaim      = 128
)

// person is who stands at a web app.
type person struct {
	name   string // as an end user
	called string // what apps see as sys.user_id, where that is another name
	view   *Person
	bind   func(context.Context) (context.Context, func(), error) // nil: nothing ends before the request
}

// Person is a visitor who is signed in.
type Person struct {
	Login string `json:"login"`
	Name  string `json:"name"`
	Kind  string `json:"kind"` // guest or member
}

var errMembers = app.Errorf(app.Unauthorized, "site_members", "this app is for members of the workspace; sign in to the studio first", "此应用仅供工作区成员使用；请先登录工作台")

// who finds out who asks. Nobody who may not use the web app gets beyond it.
func (a *API) who(ctx context.Context, rel *studio.Release) (*person, error) {
	switch rel.App.Site.Open() {
	case app.AccessMembers:
		return a.member(ctx, rel, app.Member, errMembers)
	case app.AccessInvited:
		l, err := a.Accounts.GuestSession(ctx, rel.App.ID, guestToken(route.Request(ctx), rel.App.ID))
		if err == nil {
			return &person{name: "guest:" + string(l.Guest.ID), called: l.Guest.Login, view: &Person{Login: l.Guest.Login, Name: l.Guest.Name, Kind: "guest"},
				bind: func(ctx context.Context) (context.Context, func(), error) { return a.Accounts.BindGuest(ctx, l) }}, nil
		}
		if app.KindOf(err) != app.Unauthorized {
			return nil, err
		}
		return a.member(ctx, rel, app.Editor, account.ErrGuest)
	}
	return visitor(ctx), nil
}

// member is the member of the studio behind the request, if the role will do.
func (a *API) member(ctx context.Context, rel *studio.Release, least app.Role, otherwise error) (*person, error) {
	c, err := route.Request(ctx).Cookie(account.SessionCookie)
	if err != nil {
		return nil, otherwise
	}
	l, err := a.Accounts.Session(ctx, c.Value)
	if app.KindOf(err) == app.Unauthorized {
		return nil, otherwise
	}
	if err != nil {
		return nil, err
	}
	if l.Workspace != rel.Workspace || !l.User.Role.AtLeast(least) {
		return nil, otherwise
	}
	return &person{name: "member:" + string(l.User.ID), called: l.User.Email, view: &Person{Login: l.User.Email, Name: l.User.Name, Kind: "member"},
		bind: func(ctx context.Context) (context.Context, func(), error) { return a.Accounts.Bind(ctx, l) }}, nil
}

// visitor is the end user of the browser: named by a hash of its token, so that nobody who reads the name can be that visitor.
// A browser without a good token gets one.
func visitor(ctx context.Context) *person {
	r := route.Request(ctx)
	token := carried(r)
	if token == "" {
		if c, err := r.Cookie(visitorCookie); err == nil {
			token = c.Value
		}
	}
	if len(token) != tokenLength {
		token = rand.Text()
		fresh := &http.Cookie{Name: visitorCookie, Value: token, Path: "/", MaxAge: int(visitorFor / time.Second), HttpOnly: true,
			SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil}
		route.Header(ctx).Add("Set-Cookie", fresh.String())
		r.AddCookie(fresh) // who looks again within this request finds the same
	}
	if claim := claimed(r); claim != "" {
		sum := sha256.Sum256([]byte(token + "\x00" + claim))
		return &person{name: hex.EncodeToString(sum[:12]), called: claim}
	}
	sum := sha256.Sum256([]byte(token))
	return &person{name: hex.EncodeToString(sum[:12])}
}

// claimed is what the page around the web app calls its reader. Nobody vouches for it: it gives the reader a history of their own
// in this browser, and is what the app sees as sys.user_id, but opens nothing that another browser has.
func claimed(r *http.Request) string {
	claim, err := url.PathUnescape(strings.TrimSpace(r.Header.Get(userHeader)))
	if err != nil || claim == "" || len(claim) > maxClaim || strings.ContainsFunc(claim, func(c rune) bool { return c < ' ' }) {
		return ""
	}
	return claim
}

// carried is the token that a framed page sends along.
func carried(r *http.Request) string {
	if t := r.Header.Get(visitorHeader); t != "" {
		return t
	}
	if r.Method == http.MethodGet {
		return r.URL.Query().Get(visitorQuery)
	}
	return ""
}

// guestCookie is the name of the cookie with a guest's session: each web app has its own, whatever its address is today.
func guestCookie(appID app.ID) string {
	sum := sha256.Sum256([]byte(appID))
	return "islet_guest_" + hex.EncodeToString(sum[:6])
}

func guestToken(r *http.Request, appID app.ID) string {
	if t := carried(r); t != "" {
		return t
	}
	c, err := r.Cookie(guestCookie(appID))
	if err != nil {
		return ""
	}
	return c.Value
}

// enter is the context in which the visitor of a web app acts.
func (a *API) enter(ctx context.Context, code string) (context.Context, *studio.Release, error) {
	rel, who, err := a.at(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	ctx, _, err = a.Chat.Enter(ctx, rel, app.FromSite, who.name)
	return ctx, rel, err
}

// at is the web app of a code and who stands there.
func (a *API) at(ctx context.Context, code string) (*studio.Release, *person, error) {
	rel, err := a.Studio.BySite(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	who, err := a.who(ctx, rel)
	return rel, who, err
}

// whileHere streams for as long as the visitor may be here.
func (a *API) whileHere(ctx context.Context, rel *studio.Release, f *frame.Flow, after uint64) (frames, error) {
	who, err := a.who(ctx, rel)
	if err != nil {
		return nil, err
	}
	if who.bind == nil {
		return f.Frames(ctx, after), nil
	}
	ctx, release, err := who.bind(ctx)
	if err != nil {
		return nil, err
	}
	events := f.Frames(ctx, after)
	return func(yield func(route.Frame, error) bool) {
		defer release()
		events(yield)
	}, nil
}

// client is where the request comes from. The address is the connection's: what headers claim changes nothing.
func client(r *http.Request) account.Client {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return account.Client{Address: host, Agent: r.UserAgent()}
}
