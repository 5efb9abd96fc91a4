package site

import (
	"context"
	"time"

	"islet/app"
	"islet/store"
)

func (a *API) kept(ctx context.Context, in *siteIn) (*List[*app.Result], error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	var out []*app.Result
	if err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { out, err = s.KeptResults(); return err }); err != nil {
		return nil, err
	}
	return &List[*app.Result]{Data: out, Total: len(out)}, nil
}

type resultIn struct {
	Code string `path:"code" json:"-"`
	ID   app.ID `path:"result" json:"-"`
}

func (a *API) keep(ctx context.Context, in *resultIn) (*none, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return nil, a.Chat.KeepResult(ctx, in.ID)
}

func (a *API) drop(ctx context.Context, in *resultIn) (*none, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return nil, a.Chat.DropResult(ctx, in.ID)
}

// SharedToken is the last part of the link to a result.
type SharedToken struct {
	Token string `json:"token"`
}

var errSharing = app.Errorf(app.Forbidden, "sharing_off", "this app's results are not shared by link", "此应用未开启结果分享")

func (a *API) share(ctx context.Context, in *resultIn) (*SharedToken, error) {
	ctx, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if !rel.App.Site.Sharing {
		return nil, errSharing
	}
	token, err := a.Chat.Share(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &SharedToken{Token: token}, nil
}

func (a *API) unshare(ctx context.Context, in *resultIn) (*none, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return nil, a.Chat.Unshare(ctx, in.ID)
}

type sharedIn struct {
	Code  string `path:"code" json:"-"`
	Token string `path:"token" json:"-"`
}

// SharedView is a result behind a link: what came out, not what went in nor whose it is.
type SharedView struct {
	Look    Look           `json:"look"`
	Answer  string         `json:"answer"`
	Outputs map[string]any `json:"outputs"`
	MadeAt  time.Time      `json:"made_at"`
}

// shared shows a result to whoever may use the app and has the link.
func (a *API) shared(ctx context.Context, in *sharedIn) (*SharedView, error) {
	rel, _, err := a.at(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if !rel.App.Site.Sharing {
		return nil, errSharing
	}
	var r *app.Result
	err = a.DB.View(app.WithScope(ctx, rel.Scope(app.ScopeOf(ctx).Lang)), func(s *store.Snapshot) (err error) { r, err = s.SharedResult(in.Token); return err })
	if err != nil {
		return nil, err
	}
	return &SharedView{Look: lookOf(rel), Answer: r.Answer, Outputs: r.Outputs, MadeAt: r.MadeAt}, nil
}
