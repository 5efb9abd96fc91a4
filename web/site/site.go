// Package site is the API of published web apps, /api: what a visitor's browser calls. Visitors see their own conversations,
// files and runs only; who.go says how they are known. web/console/README.md has the table of routes.
package site

import (
	"context"
	"net/http"

	"islet/app"
	"islet/app/account"
	"islet/app/batch"
	"islet/app/chat"
	"islet/app/flow"
	"islet/app/run"
	"islet/app/speech"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// API holds what the handlers call. All fields are required.
type API struct {
	DB       *store.DB
	Accounts *account.Accounts
	Studio   *studio.Studio
	Chat     *chat.Chat
	Flow     *flow.Flow
	Runs     *run.Manager
	Batches  *batch.Batches
	Speech   *speech.Speech
}

const fileLimit = 64 << 20 // of the whole form; app/chat has finer limits by kind

// Routes is the whole table of this API.
func (a *API) Routes(r *route.Router) {
	g := &route.Group{Router: r, Prefix: "/api", Auth: anybody}

	route.Handle(g, "GET /sites/{code}", a.site)
	route.Handle(g, "GET /sites/{code}/door", a.door)
	route.Handle(g, "POST /sites/{code}/signin", a.signIn)
	route.Handle(g, "POST /sites/{code}/signout", a.signOut)
	route.Handle(g, "POST /sites/{code}/password", a.changePassword)
	route.Handle(g, "POST /sites/{code}/code", a.openCode)
	route.Handle(g, "POST /sites/{code}/join", a.join)
	route.Handle(g, "GET /sites/{code}/conversations", a.conversations)
	route.Handle(g, "GET /sites/{code}/conversations/{cid}", a.conversation)
	route.Handle(g, "PATCH /sites/{code}/conversations/{cid}", a.editConversation)
	route.Handle(g, "DELETE /sites/{code}/conversations/{cid}", a.deleteConversation)
	route.Handle(g, "GET /sites/{code}/conversations/{cid}/messages", a.messages)

	route.Stream(g, "POST /sites/{code}/messages", a.send, route.Events(frame.AnswerEvents))
	route.Stream(g, "POST /sites/{code}/messages/{mid}/regenerate", a.regenerate, route.Events(frame.AnswerEvents))
	route.Stream(g, "GET /sites/{code}/messages/{mid}/events", a.followMessage, route.Events(frame.AnswerEvents))
	route.Handle(g, "POST /sites/{code}/messages/{mid}/stop", a.stop)
	route.Handle(g, "POST /sites/{code}/messages/{mid}/feedback", a.feedback)
	route.Handle(g, "GET /sites/{code}/messages/{mid}/suggested", a.suggested)
	route.Raw(g, "GET /sites/{code}/messages/{mid}/speech", a.say)
	route.Handle(g, "POST /sites/{code}/speech", a.hear, route.Limit(fileLimit))

	route.Stream(g, "POST /sites/{code}/runs", a.run, route.Events(frame.FlowEvents))
	route.Handle(g, "GET /sites/{code}/runs/{run}", a.runOf)
	route.Stream(g, "GET /sites/{code}/runs/{run}/events", a.followRun, route.Events(frame.FlowEvents))
	route.Handle(g, "POST /sites/{code}/runs/{run}/stop", a.stopRun)

	route.Handle(g, "GET /sites/{code}/kept", a.kept)
	route.Handle(g, "PUT /sites/{code}/kept/{result}", a.keep)
	route.Handle(g, "DELETE /sites/{code}/kept/{result}", a.drop)
	route.Handle(g, "POST /sites/{code}/results/{result}/share", a.share)
	route.Handle(g, "DELETE /sites/{code}/results/{result}/share", a.unshare)
	route.Handle(g, "GET /sites/{code}/shared/{token}", a.shared)

	route.Handle(g, "GET /sites/{code}/batches", a.batches)
	route.Handle(g, "POST /sites/{code}/batches", a.newBatch, route.Limit(batch.MaxFile+1<<20))
	route.Handle(g, "POST /sites/{code}/batches/check", a.plan, route.Limit(batch.MaxFile+1<<20))
	route.Raw(g, "GET /sites/{code}/batches/template", a.template)
	route.Handle(g, "GET /sites/{code}/batches/{bid}", a.batch)
	route.Handle(g, "DELETE /sites/{code}/batches/{bid}", a.deleteBatch)
	route.Handle(g, "GET /sites/{code}/batches/{bid}/rows", a.batchRows)
	route.Handle(g, "POST /sites/{code}/batches/{bid}/do", a.doBatch)
	route.Raw(g, "GET /sites/{code}/batches/{bid}/export", a.exportBatch)

	route.Handle(g, "GET /forms/{token}", a.form)
	route.Handle(g, "POST /forms/{token}", a.answer)
	route.Handle(g, "POST /forms/{token}/files", a.uploadForForm, route.Limit(fileLimit))

	route.Handle(g, "POST /sites/{code}/files", a.upload, route.Limit(fileLimit))
	route.Raw(g, "GET /sites/{code}/files/{id}", a.file)
}

// anybody may call: the site's code names the app, and who decides who may use it.
func anybody(*http.Request) (app.Scope, error) { return app.Scope{}, nil }

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
	Person    *Person        `json:"person,omitempty"` // who is signed in
	Opening   string         `json:"opening"`
	Suggested []string       `json:"suggested"`
	Variables []app.Variable `json:"variables"`
	Fields    []Field        `json:"fields"` // of the start node, where the app is a graph
	Files     app.FileInput  `json:"files"`
	FollowUp  bool           `json:"follow_up"`
	Batches   bool           `json:"batches"` // it can run for every row of a table
	Voice     Voice          `json:"voice"`
}

func (a *API) site(ctx context.Context, in *siteIn) (*View, error) {
	rel, who, err := a.at(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	p, set := rel.App, rel.Settings
	voice, err := a.voiceOf(app.WithScope(ctx, rel.Scope("")), set.Speech)
	if err != nil {
		return nil, err
	}
	return &View{
		App: appView(p), Site: shownSite(p.Site), Person: who.view, Opening: set.Opening, Suggested: set.Suggested, Variables: set.Variables, Fields: startFields(rel),
		Files: set.Files, FollowUp: set.FollowUp.Enabled, Batches: batch.Able(rel) == nil, Voice: voice,
	}, nil
}

// shownSite is what a visitor may know of the settings: not which other sites there are.
func shownSite(s app.Site) app.Site {
	s.Access, s.Embed = s.Open(), []string{}
	return s
}

func appView(p *app.App) AppView {
	return AppView{ID: p.ID, Name: p.Name, Description: p.Description, Icon: p.Icon, IconColor: p.IconColor, Mode: p.Mode}
}
