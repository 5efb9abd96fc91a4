package site

import (
	"context"

	"islet/app"
	"islet/app/flow"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
)

type runIn struct {
	Code   string          `path:"code" json:"-"`
	Inputs map[string]any  `json:"inputs"`
	Files  []frame.FileRef `json:"files"`
}

// run starts the published workflow.
func (a *API) run(ctx context.Context, in *runIn) (frames, error) {
	rel, who, err := a.at(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	inner, err := a.Chat.Settle(ctx, rel, app.FromSite, who.name)
	if err != nil {
		return nil, err
	}
	files, err := a.attached(inner, rel, in.Files)
	if err != nil {
		return nil, err
	}
	started, err := a.Flow.Start(ctx, flow.Start{Release: rel, Source: app.FromSite, User: who.name, Called: who.called, Inputs: in.Inputs, Files: files})
	if err != nil {
		return nil, err
	}
	return a.runStream(inner, rel, started.Run, 0)
}

// attached completes the files of a run as those among its inputs are completed.
func (a *API) attached(ctx context.Context, rel *studio.Release, refs []frame.FileRef) ([]app.Attachment, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	if !rel.Settings.Files.Enabled {
		return nil, app.Errorf(app.Invalid, "files_off", "this app takes no files", "此应用不接受文件")
	}
	given := make([]any, len(refs))
	for i, f := range refs {
		given[i] = app.Attachment{Kind: f.Kind, Method: f.Method, File: f.File, URL: f.URL}
	}
	done, err := a.Chat.Inputs(ctx, map[string]any{"files": given})
	files, _ := done["files"].([]app.Attachment)
	return files, err
}

func (a *API) runStream(ctx context.Context, rel *studio.Release, r *app.Run, after uint64) (frames, error) {
	f := frame.Flow{Began: frame.RunState{Run: r}, Steps: steps(rel), Form: shown(rel), Follow: a.follower(r.ID), Since: a.since(r.ID),
		Stored: func(ctx context.Context) (any, app.Status, error) {
			r, err := a.storedRun(ctx, r.ID)
			if err != nil {
				return nil, "", err
			}
			return frame.RunState{Run: r}, r.Status, nil
		}}
	return a.whileHere(ctx, rel, &f, after)
}

// storedRun is a run of the visitor.
func (a *API) storedRun(ctx context.Context, id app.ID) (r *app.Run, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error { r, err = s.Run(id); return err })
	if err == nil && r.EndUser != app.ScopeOf(ctx).EndUser {
		err = app.Missing("run", "运行记录")
	}
	return r, err
}

type byRun struct {
	Code string `path:"code" json:"-"`
	Run  app.ID `path:"run" json:"-"`
}

func (a *API) runOf(ctx context.Context, in *byRun) (*app.Run, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return a.storedRun(ctx, in.Run)
}

type followRunIn struct {
	byRun
	After uint64 `query:"after" json:"-"`
}

func (a *API) followRun(ctx context.Context, in *followRunIn) (frames, error) {
	ctx, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	r, err := a.storedRun(ctx, in.Run)
	if err != nil {
		return nil, err
	}
	return a.runStream(ctx, rel, r, in.After)
}

func (a *API) stopRun(ctx context.Context, in *byRun) (*none, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if _, err := a.storedRun(ctx, in.Run); err != nil {
		return nil, err
	}
	return nil, a.Runs.Stop(ctx, in.Run)
}
