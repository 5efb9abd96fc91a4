// Package site is the API of published web apps, /api: what a visitor's browser calls. A visitor is whoever holds the cookie
// islet_visitor and sees their own conversations only. web/console/README.md has the table of routes.
package site

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"islet/app"
	"islet/app/chat"
	"islet/app/flow"
	"islet/app/run"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// API holds what the handlers call. All fields are required.
type API struct {
	DB     *store.DB
	Studio *studio.Studio
	Chat   *chat.Chat
	Flow   *flow.Flow
	Runs   *run.Manager
}

const fileLimit = 64 << 20 // of the whole form; app/chat has finer limits by kind

// Routes is the whole table of this API.
func (a *API) Routes(r *route.Router) {
	g := &route.Group{Router: r, Prefix: "/api", Auth: anybody}

	route.Handle(g, "GET /sites/{code}", a.site)
	route.Handle(g, "GET /sites/{code}/conversations", a.conversations)
	route.Handle(g, "PATCH /sites/{code}/conversations/{cid}", a.editConversation)
	route.Handle(g, "DELETE /sites/{code}/conversations/{cid}", a.deleteConversation)
	route.Handle(g, "GET /sites/{code}/conversations/{cid}/messages", a.messages)

	route.Stream(g, "POST /sites/{code}/messages", a.send, route.Events(frame.AnswerEvents))
	route.Stream(g, "POST /sites/{code}/messages/{mid}/regenerate", a.regenerate, route.Events(frame.AnswerEvents))
	route.Stream(g, "GET /sites/{code}/messages/{mid}/events", a.followMessage, route.Events(frame.AnswerEvents))
	route.Handle(g, "POST /sites/{code}/messages/{mid}/stop", a.stop)
	route.Handle(g, "POST /sites/{code}/messages/{mid}/feedback", a.feedback)
	route.Handle(g, "GET /sites/{code}/messages/{mid}/suggested", a.suggested)

	route.Stream(g, "POST /sites/{code}/runs", a.run, route.Events(frame.FlowEvents))
	route.Handle(g, "GET /sites/{code}/runs/{run}", a.runOf)
	route.Stream(g, "GET /sites/{code}/runs/{run}/events", a.followRun, route.Events(frame.FlowEvents))
	route.Handle(g, "POST /sites/{code}/runs/{run}/stop", a.stopRun)

	route.Handle(g, "GET /forms/{token}", a.form)
	route.Handle(g, "POST /forms/{token}", a.answer)
	route.Handle(g, "POST /forms/{token}/files", a.uploadForForm, route.Limit(fileLimit))

	route.Handle(g, "POST /sites/{code}/files", a.upload, route.Limit(fileLimit))
	route.Raw(g, "GET /sites/{code}/files/{id}", a.file)
}

// anybody may call: the site's code opens the app, the cookie says who the visitor is.
func anybody(*http.Request) (app.Scope, error) { return app.Scope{}, nil }

const (
	visitorCookie = "islet_visitor"
	visitorFor    = 365 * 24 * time.Hour
	tokenLength   = 26 // of rand.Text
)

// visitor is the name of the browser's end user: a hash of its cookie, so that nobody who reads the name can be that visitor.
// A browser without a good cookie gets one.
func visitor(ctx context.Context) string {
	r := route.Request(ctx)
	token := ""
	if c, err := r.Cookie(visitorCookie); err == nil && len(c.Value) == tokenLength {
		token = c.Value
	} else {
		token = rand.Text()
		fresh := &http.Cookie{Name: visitorCookie, Value: token, Path: "/", MaxAge: int(visitorFor / time.Second), HttpOnly: true,
			SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil}
		route.Header(ctx).Add("Set-Cookie", fresh.String())
	}
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:12])
}

// enter is the context in which the visitor of a web app acts.
func (a *API) enter(ctx context.Context, code string) (context.Context, *studio.Release, error) {
	rel, err := a.Studio.BySite(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	ctx, _, err = a.Chat.Enter(ctx, rel, app.FromSite, visitor(ctx))
	return ctx, rel, err
}

type siteIn struct {
	Code string `path:"code" json:"-"`
}

// AppView is what a visitor may know of the app itself.
type AppView struct {
	ID          app.ID   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Icon        string   `json:"icon"`
	IconColor   string   `json:"icon_color"`
	Mode        app.Mode `json:"mode"`
}

// View is all that a published web app shows before the first message.
type View struct {
	App       AppView        `json:"app"`
	Site      app.Site       `json:"site"`
	Opening   string         `json:"opening"`
	Suggested []string       `json:"suggested"`
	Variables []app.Variable `json:"variables"`
	Fields    []Field        `json:"fields"` // of the start node, where the app is a graph
	Files     app.FileInput  `json:"files"`
	FollowUp  bool           `json:"follow_up"`
}

func (a *API) site(ctx context.Context, in *siteIn) (*View, error) {
	_, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	p, set := rel.App, rel.Settings
	return &View{
		App: appView(p), Site: p.Site, Opening: set.Opening, Suggested: set.Suggested, Variables: set.Variables, Fields: startFields(rel),
		Files: set.Files, FollowUp: set.FollowUp.Enabled,
	}, nil
}

func appView(p *app.App) AppView {
	return AppView{ID: p.ID, Name: p.Name, Description: p.Description, Icon: p.Icon, IconColor: p.IconColor, Mode: p.Mode}
}
