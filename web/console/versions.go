package console

import (
	"context"
	"strings"

	"islet/app"
	"islet/app/studio"
	"islet/store"
)

type publishIn struct {
	ByID
	Name string `json:"name"`
	Note string `json:"note"`
}

func (a *API) publish(ctx context.Context, in *publishIn) (*app.Version, error) {
	return studio.ShownVersion(a.Studio.Publish(ctx, in.ID, in.Name, in.Note))
}

type versionsIn struct {
	ByID
	Mine  bool   `query:"mine" json:"-"`  // published by the caller
	Named bool   `query:"named" json:"-"` // that have a name
	Text  string `query:"q" json:"-"`     // in the name or the note
	Page
}

func (a *API) versions(ctx context.Context, in *versionsIn) (*List[*app.Version], error) {
	f := store.VersionFilter{Named: in.Named, Text: strings.TrimSpace(in.Text)}
	f.Offset, f.Limit = in.bounds()
	if in.Mine {
		f.By = app.ScopeOf(ctx).User
	}
	out := &List[*app.Version]{}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if _, err := s.App(in.ID); err != nil {
			return err
		}
		out.Data, out.Total, err = s.Versions(in.ID, f)
		for i := range out.Data {
			out.Data[i], _ = studio.ShownVersion(out.Data[i], nil)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ByVersion is a request that names a version of an app in its path.
type ByVersion struct {
	ID      app.ID `path:"id" json:"-"`
	Version app.ID `path:"vid" json:"-"`
}

type updateVersionIn struct {
	ByVersion
	Name *string `json:"name"`
	Note *string `json:"note"`
}

func (a *API) updateVersion(ctx context.Context, in *updateVersionIn) (*app.Version, error) {
	return studio.ShownVersion(a.Studio.EditVersion(ctx, in.ID, in.Version, in.Name, in.Note))
}

func (a *API) deleteVersion(ctx context.Context, in *ByVersion) (*None, error) {
	return nil, a.Studio.DeleteVersion(ctx, in.ID, in.Version)
}

func (a *API) restoreVersion(ctx context.Context, in *ByVersion) (*app.App, error) {
	return studio.Shown(a.Studio.Restore(ctx, in.ID, in.Version))
}
