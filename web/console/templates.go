package console

import (
	"context"

	"islet/app"
	"islet/app/studio"
	"islet/app/studio/gallery"
	"islet/web/route"
)

// templateRoutes are the gallery of apps to begin with.
func (a *API) templateRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	route.Handle(g, "GET /templates", a.templates, editor)
	route.Handle(g, "GET /templates/{id}", a.template, editor)
	route.Handle(g, "POST /templates/{id}/use", a.useTemplate, editor)
}

// TemplateItem is a template in the list, in the caller's language.
type TemplateItem struct {
	ID          string   `json:"id"`
	Mode        app.Mode `json:"mode"`
	Icon        string   `json:"icon"`
	IconColor   string   `json:"icon_color"`
	Category    string   `json:"category"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Tags        []string `json:"tags"`
	Needs       []string `json:"needs"`
}

// TemplateView is a template with the app that it makes; no model is chosen in it.
type TemplateView struct {
	TemplateItem
	Settings app.Settings    `json:"settings"`
	Example  gallery.Example `json:"example"`
}

func templateItem(t *gallery.Template, lang app.Lang) TemplateItem {
	v := TemplateItem{ID: t.ID, Mode: t.Mode, Icon: t.Icon, IconColor: t.Color, Category: t.Category, Name: t.Name.In(lang), Description: t.Description.In(lang), Tags: t.Tags.In(lang), Needs: t.Needs}
	if v.Needs == nil {
		v.Needs = []string{}
	}
	return v
}

func (a *API) templates(ctx context.Context, _ *None) (*List[TemplateItem], error) {
	lang := app.ScopeOf(ctx).Lang
	all := gallery.All()
	out := make([]TemplateItem, len(all))
	for i, t := range all {
		out[i] = templateItem(t, lang)
	}
	return list(out, nil)
}

// ByTemplate is a request that names a template in its path.
type ByTemplate struct {
	ID string `path:"id" json:"-"`
}

func (a *API) template(ctx context.Context, in *ByTemplate) (*TemplateView, error) {
	t, err := gallery.Find(in.ID)
	if err != nil {
		return nil, err
	}
	lang := app.ScopeOf(ctx).Lang
	made, err := t.App(lang, app.ModelRef{})
	if err != nil {
		return nil, err
	}
	example, err := t.ExampleIn(lang)
	if err != nil {
		return nil, err
	}
	return &TemplateView{TemplateItem: templateItem(t, lang), Settings: made.Draft, Example: example}, nil
}

type useTemplateIn struct {
	ByTemplate
	Name        string `json:"name"`
	Description string `json:"description"`
	Icon        string `json:"icon"`
	IconColor   string `json:"icon_color"`
}

func (a *API) useTemplate(ctx context.Context, in *useTemplateIn) (*app.App, error) {
	return studio.Shown(a.Studio.FromTemplate(ctx, in.ID, app.App{Name: in.Name, Description: in.Description, Icon: in.Icon, IconColor: in.IconColor}))
}
