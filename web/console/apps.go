package console

import (
	"context"
	"strings"

	"islet/app"
	"islet/app/studio"
	"islet/store"
)

// AppItem is an app in a list: without its draft.
type AppItem struct {
	*app.App
	Draft *None `json:"draft,omitempty"` // hides the real one; never set
}

type appsIn struct {
	Text string   `query:"q" json:"-"`
	Mode app.Mode `query:"mode" json:"-"`
	Mine bool     `query:"mine" json:"-"`
	Tag  string   `query:"tag" json:"-"` // the ids of tags that it must have, with commas between
	Page
}

func (a *API) apps(ctx context.Context, in *appsIn) (*List[AppItem], error) {
	offset, limit := in.bounds()
	f := store.AppFilter{Text: in.Text, Mode: in.Mode, Limit: limit, Offset: offset}
	if in.Mine {
		f.CreatedBy = app.ScopeOf(ctx).User
	}
	for id := range strings.SplitSeq(in.Tag, ",") {
		if id != "" {
			f.Tags = append(f.Tags, app.ID(id))
		}
	}
	out := &List[AppItem]{Data: []AppItem{}}
	err := a.DB.View(ctx, func(s *store.Snapshot) error {
		apps, total, err := s.Apps(f)
		for _, it := range apps {
			out.Data = append(out.Data, AppItem{App: it})
		}
		out.Total = total
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type createAppIn struct {
	Mode        app.Mode `json:"mode"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Icon        string   `json:"icon"`
	IconColor   string   `json:"icon_color"`
}

func (a *API) createApp(ctx context.Context, in *createAppIn) (*app.App, error) {
	it := &app.App{Mode: in.Mode, Name: in.Name, Description: in.Description, Icon: in.Icon, IconColor: in.IconColor}
	if err := a.Studio.Create(ctx, it); err != nil {
		return nil, err
	}
	return studio.Shown(it, nil)
}

func (a *API) app(ctx context.Context, in *ByID) (it *app.App, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		it, err = s.App(in.ID)
		return err
	})
	return studio.Shown(it, err)
}

type updateAppIn struct {
	ByID
	studio.Change
}

func (a *API) updateApp(ctx context.Context, in *updateAppIn) (*app.App, error) {
	return studio.Shown(a.Studio.Update(ctx, in.ID, in.Change))
}

func (a *API) deleteApp(ctx context.Context, in *ByID) (*store.AppContent, error) {
	return a.Studio.Delete(ctx, in.ID)
}

func (a *API) copyApp(ctx context.Context, in *ByID) (*app.App, error) {
	return studio.Shown(a.Studio.Copy(ctx, in.ID))
}

type saveDraftIn struct {
	ByID
	Settings app.Settings `json:"settings"`
	Rev      int64        `json:"rev"`
}

// Problem is what keeps a draft from being published, in the caller's language.
type Problem struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// DraftSaved is the draft's new revision and what is still wrong with it.
type DraftSaved struct {
	Rev      int64     `json:"rev"`
	Problems []Problem `json:"problems"`
}

func (a *API) saveDraft(ctx context.Context, in *saveDraftIn) (*DraftSaved, error) {
	rev, problems, err := a.Studio.SaveDraft(ctx, in.ID, in.Rev, in.Settings)
	if err != nil {
		return nil, err
	}
	out := &DraftSaved{Rev: rev, Problems: []Problem{}}
	for _, p := range problems {
		out.Problems = append(out.Problems, Problem{Field: p.Field, Code: p.Code, Message: p.Text.In(app.ScopeOf(ctx).Lang)})
	}
	return out, nil
}

type updateSiteIn struct {
	ByID
	studio.SiteChange
}

func (a *API) updateSite(ctx context.Context, in *updateSiteIn) (*app.App, error) {
	return studio.Shown(a.Studio.UpdateSite(ctx, in.ID, in.SiteChange))
}

func (a *API) newSiteCode(ctx context.Context, in *ByID) (*app.App, error) {
	return studio.Shown(a.Studio.NewSiteCode(ctx, in.ID))
}
