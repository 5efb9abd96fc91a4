package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"islet/app"
	"islet/app/tool"
	"islet/app/tool/openapi"
	"islet/app/tool/toolbox"
	"islet/app/workflow/node"
	"islet/web/route"
)

// toolRoutes are the rows about tools.
func (a *API) toolRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	route.Handle(g, "GET /tools", a.tools, editor)
	route.Handle(g, "POST /tools/try", a.tryTool, editor)
	route.Handle(g, "GET /tool-providers", a.toolSources, editor)
	route.Handle(g, "POST /tool-providers", a.createToolProvider, editor, route.Limit(importLimit))
	route.Handle(g, "POST /tool-providers/preview", a.previewOpenAPI, editor, route.Limit(importLimit))
	route.Handle(g, "GET /tool-providers/commands", a.toolCommands, editor)
	route.Raw(g, "GET /tool-providers/oauth/callback", a.oauthCallback, editor)
	route.Handle(g, "GET /tool-providers/{id}", a.toolSource, editor)
	route.Handle(g, "PATCH /tool-providers/{id}", a.updateToolProvider, editor, route.Limit(importLimit))
	route.Handle(g, "DELETE /tool-providers/{id}", a.deleteToolProvider, editor)
	route.Handle(g, "PUT /tool-providers/{id}/app", a.setAppTool, editor)
	route.Handle(g, "GET /tool-providers/{id}/uses", a.toolUses, editor)
	route.Handle(g, "POST /tool-providers/{id}/refresh", a.refreshTools, editor)
	route.Handle(g, "POST /tool-providers/{id}/authorize", a.authorizeTools, editor)
}

// ToolView is one tool that graphs and agents can call: what a tool node and an agent's settings name by type, provider and name.
type ToolView struct {
	Type          string      `json:"type"`     // builtin, api, mcp, workflow or app: Dify's provider_type
	Provider      string      `json:"provider"` // Dify's provider_id
	ProviderLabel app.Text    `json:"provider_label"`
	Icon          string      `json:"icon"` // an emoji; "" of built-in tools
	IconColor     string      `json:"icon_color"`
	Name          string      `json:"name"`
	Label         app.Text    `json:"label"`
	Description   string      `json:"description"` // for the model
	About         app.Text    `json:"about"`       // for people
	Params        []ToolParam `json:"params"`
	Effects       bool        `json:"effects"` // a call may change the world outside
}

// ToolParam is one parameter of a tool, which the model fills in unless who builds the app does.
type ToolParam struct {
	Name        string     `json:"name"`
	Label       app.Text   `json:"label"`
	Description string     `json:"description"` // for the model
	About       app.Text   `json:"about"`       // for people
	Type        string     `json:"type"`        // string, text, number, boolean, select, file, files, object, array or dataset
	Form        string     `json:"form"`        // llm or form
	Required    bool       `json:"required"`
	Default     any        `json:"default"`
	Options     []string   `json:"options"`
	Labels      []app.Text `json:"labels"` // of the options; empty: they speak for themselves
}

func (a *API) tools(ctx context.Context, _ *None) (*List[ToolView], error) {
	all, err := a.Tools.List(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ToolView, len(all))
	for i := range all {
		out[i] = toolView(&all[i])
	}
	return list(out, nil)
}

func toolView(e *tool.Entry) ToolView {
	t := e.Tool
	v := ToolView{Type: e.Type, Provider: e.Provider, ProviderLabel: e.ProviderLabel, Icon: e.Icon, IconColor: e.IconColor, Name: e.Name, Label: t.Label,
		Description: t.Description, About: tool.About(t.Description), Effects: t.Effects, Params: make([]ToolParam, len(t.Params))}
	for i, p := range t.Params {
		v.Params[i] = ToolParam{Name: p.Name, Label: p.Label, Description: p.Description, About: tool.About(p.Description), Type: p.Type, Form: p.Form, Required: p.Required, Default: p.Default,
			Options: append([]string{}, p.Options...), Labels: append([]app.Text{}, p.Labels...)}
	}
	return v
}

type tryToolIn struct {
	Type     string         `json:"type"`
	Provider string         `json:"provider"`
	Name     string         `json:"name"`
	Args     map[string]any `json:"args"`
}

// Tried is what came of trying a tool out. A tool that fails is no failure of the request.
type Tried struct {
	Text      string           `json:"text"`
	JSON      []any            `json:"json"`
	Files     []app.Attachment `json:"files"`
	Sources   []app.Resource   `json:"sources"`
	Error     *app.Failure     `json:"error"`
	Elapsed   float64          `json:"elapsed"` // seconds
	Request   *tool.Exchange   `json:"exchange"`
	ErrorText string           `json:"error_text"` // in the person's language
}

func (a *API) tryTool(ctx context.Context, in *tryToolIn) (*Tried, error) {
	t, err := a.Tools.Find(ctx, tool.Ref{Type: in.Type, Provider: in.Provider, Name: in.Name})
	if err != nil {
		return nil, err
	}
	given, err := a.Chat.Inputs(ctx, in.Args)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	res, err := node.CallTool(ctx, t, given)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	out := &Tried{Text: res.Text, JSON: append([]any{}, res.JSON...), Files: append([]app.Attachment{}, res.Files...), Sources: append([]app.Resource{}, res.Sources...), Elapsed: time.Since(began).Seconds(), Request: res.Wire}
	if err != nil {
		e := app.AsError(err)
		out.Error, out.ErrorText = &app.Failure{Kind: e.Kind, Code: e.Code, Text: e.Text}, e.Text.In(app.ScopeOf(ctx).Lang)
	}
	return out, nil
}

// ToolSource is where tools come from, as the page of tools lists it.
type ToolSource struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"` // builtin, api, mcp, workflow or app
	Label     app.Text   `json:"label"`
	About     app.Text   `json:"about"`
	Icon      string     `json:"icon"`
	IconColor string     `json:"icon_color"`
	Place     string     `json:"place"` // an address or a program
	Count     int        `json:"count"` // tools that can be called
	Off       int        `json:"off"`   // tools that are switched off
	Waits     bool       `json:"waits"` // for a person to authorize it
	CheckedAt *time.Time `json:"checked_at"`
}

func (a *API) toolSources(ctx context.Context, _ *None) (*List[ToolSource], error) {
	all, err := a.Tools.List(ctx)
	if err != nil {
		return nil, err
	}
	out := []ToolSource{}
	at := func(e *tool.Entry) *ToolSource {
		for i := range out {
			if out[i].ID == e.Provider && out[i].Kind == e.Type {
				return &out[i]
			}
		}
		return nil
	}
	providers, err := a.Tools.Providers(ctx)
	if err != nil {
		return nil, err
	}
	for i := range tool.Providers {
		p := &tool.Providers[i]
		out = append(out, ToolSource{ID: p.Name, Kind: app.ToolBuiltin, Label: p.Label, About: p.About})
	}
	for _, p := range providers {
		if p.Kind == app.ToolAPI || p.Kind == app.ToolMCP {
			out = append(out, sourceOf(p))
		}
	}
	for i := range all {
		e := &all[i]
		s := at(e)
		if s == nil {
			about := e.Tool.Description
			out = append(out, ToolSource{ID: e.Provider, Kind: e.Type, Label: e.ProviderLabel, About: app.Text{En: about, Zh: about}, Icon: e.Icon, IconColor: e.IconColor, Count: 1})
			continue
		}
		s.Count++
	}
	out = slices.DeleteFunc(out, func(s ToolSource) bool { return s.Kind == app.ToolBuiltin && s.Count == 0 })
	return list(out, nil)
}

func sourceOf(p *app.ToolProvider) ToolSource {
	s := ToolSource{ID: string(p.ID), Kind: p.Kind, Label: app.Text{En: p.Name, Zh: p.Name}, About: app.Text{En: p.Description, Zh: p.Description}, Icon: p.Icon, IconColor: p.IconColor,
		Place: p.Config.URL, Off: len(p.Off), CheckedAt: p.CheckedAt}
	if p.Config.Command != "" {
		s.Place = p.Config.Command
	}
	_, granted := p.Hints["oauth"]
	s.Waits = p.Config.Auth.Kind == app.OAuth && !granted
	return s
}

// ToolProviderView is one provider with all of its tools.
type ToolProviderView struct {
	Source    ToolSource        `json:"source"`
	Provider  *app.ToolProvider `json:"provider"` // null of built-in tools and apps that nobody has said anything of
	Tools     []OfferedView     `json:"tools"`
	Document  string            `json:"document"` // OpenAPI, as it was given
	Spec      string            `json:"spec"`
	Servers   []string          `json:"servers"`
	Problems  []app.Text        `json:"problems"`
	SettingOf *toolbox.AppTool  `json:"app_tool"` // of an app
}

// OfferedView is a tool with where it comes from.
type OfferedView struct {
	ToolView
	On         bool   `json:"on"`
	Method     string `json:"method"` // of an operation
	Path       string `json:"path"`
	Deprecated bool   `json:"deprecated"`
}

func (a *API) toolSource(ctx context.Context, in *toolByID) (*ToolProviderView, error) {
	sources, err := a.toolSources(ctx, nil)
	if err != nil {
		return nil, err
	}
	v := &ToolProviderView{Tools: []OfferedView{}, Servers: []string{}, Problems: []app.Text{}}
	i := slices.IndexFunc(sources.Data, func(s ToolSource) bool { return s.ID == in.ID })
	if i < 0 {
		return a.hiddenApp(ctx, in.ID)
	}
	v.Source = sources.Data[i]
	switch v.Source.Kind {
	case app.ToolAPI, app.ToolMCP:
		return v, a.providerView(ctx, v)
	}
	all, err := a.Tools.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if e := &all[i]; e.Provider == in.ID && e.Type == v.Source.Kind {
			v.Tools = append(v.Tools, OfferedView{ToolView: toolView(e), On: true})
		}
	}
	if v.Source.Kind != app.ToolBuiltin {
		v.SettingOf, err = a.Tools.AppTool(ctx, app.ID(in.ID))
	}
	return v, err
}

// hiddenApp is an app that is no tool by somebody's choice, so that it can become one again.
func (a *API) hiddenApp(ctx context.Context, id string) (*ToolProviderView, error) {
	t, err := a.Tools.AppTool(ctx, app.ID(id))
	if err != nil {
		return nil, err
	}
	if !t.Hidden {
		return nil, app.Missing("tool provider", "工具来源")
	}
	return &ToolProviderView{Source: ToolSource{ID: id, Kind: app.ToolApp}, Tools: []OfferedView{}, Servers: []string{}, Problems: []app.Text{}, SettingOf: t}, nil
}

// providerView fills in what an OpenAPI document or an MCP server offers.
func (a *API) providerView(ctx context.Context, v *ToolProviderView) error {
	p, tools, err := a.Tools.Provider(ctx, app.ID(v.Source.ID))
	if err != nil {
		return err
	}
	v.Provider, v.Document = p, p.Document
	var doc *openapi.Outline
	if p.Kind == app.ToolAPI {
		if doc, err = openapi.Parse([]byte(p.Document), p.Config.Source); err != nil {
			return err
		}
		v.Spec, v.Servers, v.Problems = doc.Spec, doc.Servers, doc.Problems
	}
	for _, t := range tools {
		e := tool.Entry{Ref: tool.Ref{Type: p.Kind, Provider: string(p.ID), Name: t.Name}, ProviderLabel: v.Source.Label, Icon: p.Icon, IconColor: p.IconColor, Tool: t}
		o := OfferedView{ToolView: toolView(&e), On: !slices.Contains(p.Off, t.Name)}
		if doc != nil {
			if op := doc.Find(t.Name); op != nil {
				o.Method, o.Path, o.Deprecated = op.Method, op.Path, op.Deprecated
			}
		}
		v.Tools = append(v.Tools, o)
	}
	return nil
}

type toolByID struct {
	ID string `path:"id" json:"-"`
}

type createToolsIn struct {
	Kind string `json:"kind"` // api or mcp
	toolbox.Change
}

func (a *API) createToolProvider(ctx context.Context, in *createToolsIn) (*ToolProviderView, error) {
	p, err := a.Tools.Create(ctx, in.Kind, in.Change)
	if err != nil {
		return nil, err
	}
	return a.toolSource(ctx, &toolByID{ID: string(p.ID)})
}

type updateToolsIn struct {
	ByID
	toolbox.Change
}

func (a *API) updateToolProvider(ctx context.Context, in *updateToolsIn) (*ToolProviderView, error) {
	if _, err := a.Tools.Update(ctx, in.ID, in.Change); err != nil {
		return nil, err
	}
	return a.toolSource(ctx, &toolByID{ID: string(in.ID)})
}

func (a *API) deleteToolProvider(ctx context.Context, in *ByID) (*None, error) {
	return nil, a.Tools.Delete(ctx, in.ID)
}

type setAppToolIn struct {
	ByID
	toolbox.AppTool
}

func (a *API) setAppTool(ctx context.Context, in *setAppToolIn) (*ToolProviderView, error) {
	if _, err := a.Tools.SetApp(ctx, in.ID, in.AppTool); err != nil {
		return nil, err
	}
	return a.toolSource(ctx, &toolByID{ID: string(in.ID)})
}

func (a *API) toolUses(ctx context.Context, in *toolByID) (*List[toolbox.ToolUse], error) {
	return list(a.Tools.Uses(ctx, in.ID))
}

func (a *API) refreshTools(ctx context.Context, in *ByID) (*ToolProviderView, error) {
	if _, err := a.Tools.Refresh(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.toolSource(ctx, &toolByID{ID: string(in.ID)})
}

type previewOpenAPIIn struct {
	Document string `json:"document"`
	URL      string `json:"url"` // instead of Document
}

// OpenAPIPreview is what a document would give. Nothing is stored.
type OpenAPIPreview struct {
	Document   string           `json:"document"`
	Parsed     *openapi.Outline `json:"parsed"`
	Operations []OfferedView    `json:"operations"`
}

func (a *API) previewOpenAPI(ctx context.Context, in *previewOpenAPIIn) (out *OpenAPIPreview, err error) {
	out = &OpenAPIPreview{Document: in.Document, Operations: []OfferedView{}}
	if in.URL != "" {
		if out.Document, err = a.Tools.Fetch(ctx, in.URL); err != nil {
			return nil, err
		}
	}
	if out.Parsed, err = openapi.Parse([]byte(out.Document), in.URL); err != nil {
		return nil, err
	}
	for _, op := range out.Parsed.Operations {
		e := tool.Entry{Ref: tool.Ref{Type: app.ToolAPI, Name: op.Name}, Tool: op.Tool(&openapi.Site{})}
		out.Operations = append(out.Operations, OfferedView{ToolView: toolView(&e), On: true, Method: op.Method, Path: op.Path, Deprecated: op.Deprecated})
	}
	if in.URL == "" {
		out.Document = ""
	}
	return out, nil
}

func (a *API) toolCommands(context.Context, *None) (*List[string], error) {
	return list(a.Tools.CommandNames(), nil)
}

// Authorization is where a person authorizes an MCP server.
type Authorization struct {
	URL string `json:"url"`
}

func (a *API) authorizeTools(ctx context.Context, in *ByID) (*Authorization, error) {
	u, err := a.Tools.Authorize(ctx, in.ID, origin(route.Request(ctx))+"/console/api/tool-providers/oauth/callback")
	return &Authorization{URL: u}, err
}

// origin is where the person's browser sees this site.
func origin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

type oauthCallbackIn struct {
	State string `query:"state" json:"-"`
	Code  string `query:"code" json:"-"`
	Iss   string `query:"iss" json:"-"`
	Error string `query:"error" json:"-"`
	About string `query:"error_description" json:"-"`
}

// oauthCallback is where an authorization server sends the person back to. The page of tools says how it went.
func (a *API) oauthCallback(ctx context.Context, w http.ResponseWriter, in *oauthCallbackIn) error {
	problem := in.Error
	if in.About != "" {
		problem = in.About
	}
	id, err := a.Tools.Answer(ctx, in.State, in.Code, in.Iss, problem)
	to := url.Values{}
	if id != "" {
		to.Set("open", string(id))
	}
	if err != nil {
		to.Set("problem", app.AsError(err).Text.In(app.ScopeOf(ctx).Lang))
	}
	http.Redirect(w, route.Request(ctx), "/tools?"+to.Encode(), http.StatusSeeOther)
	return nil
}
