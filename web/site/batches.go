package site

import (
	"context"
	"io"
	"net/http"

	"islet/app"
	"islet/app/batch"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

type tableIn struct {
	Code     string        `path:"code" json:"-"`
	File     *route.Upload `form:"file" json:"-"`
	Parallel int           `form:"parallel" json:"-"`
}

// plan reads an uploaded table for the web app. ctx is the visitor's.
func (a *API) plan(ctx context.Context, in *tableIn) (*batch.Plan, error) {
	_, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file", "表单中没有文件")
	}
	body, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }() // only read
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	inner, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return a.Batches.Read(inner, rel, in.File.Name, raw)
}

func (a *API) newBatch(ctx context.Context, in *tableIn) (*app.Batch, error) {
	rel, who, err := a.at(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	p, err := a.plan(ctx, in)
	if err != nil {
		return nil, err
	}
	return a.Batches.New(ctx, rel, app.FromSite, who.name, p, in.Parallel)
}

type templateIn struct {
	Code   string       `path:"code" json:"-"`
	Format batch.Format `query:"format" json:"-"`
}

func (a *API) template(ctx context.Context, w http.ResponseWriter, in *templateIn) error {
	_, rel, err := a.enter(ctx, in.Code)
	if err != nil {
		return err
	}
	if err := batch.Able(rel); err != nil {
		return err
	}
	frame.Table(w, in.Format.MIME(), rel.App.Name, string(in.Format))
	return batch.Template(w, in.Format, rel, app.ScopeOf(ctx).Lang)
}

type batchesIn struct {
	Code  string `path:"code" json:"-"`
	Page  int    `query:"page" json:"-"`
	Limit int    `query:"limit" json:"-"`
}

func (a *API) batches(ctx context.Context, in *batchesIn) (*List[*app.Batch], error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	n := min(max(in.Limit, 0), 100)
	out := &List[*app.Batch]{}
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		out.Data, out.Total, err = s.Batches(n, max(in.Page-1, 0)*max(n, 30))
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type batchIn struct {
	Code string `path:"code" json:"-"`
	ID   app.ID `path:"bid" json:"-"`
}

func (a *API) batch(ctx context.Context, in *batchIn) (it *app.Batch, err error) {
	ctx, _, err = a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	err = a.DB.View(ctx, func(s *store.Snapshot) error { it, err = s.Batch(in.ID); return err })
	return it, err
}

type batchRowsIn struct {
	batchIn
	Status app.Status `query:"status" json:"-"`
	Page   int        `query:"page" json:"-"`
	Limit  int        `query:"limit" json:"-"`
}

func (a *API) batchRows(ctx context.Context, in *batchRowsIn) (*List[*app.BatchRow], error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	n := min(in.Limit, 100)
	if n <= 0 {
		n = 50
	}
	out := &List[*app.BatchRow]{}
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.Batch(in.ID); err != nil {
			return err
		}
		out.Data, out.Total, err = s.BatchRows(in.ID, in.Status, n, max(in.Page-1, 0)*n)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type doBatchIn struct {
	batchIn
	Do string `json:"do"` // pause, resume, stop, retry
}

func (a *API) doBatch(ctx context.Context, in *doBatchIn) (*app.Batch, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return a.Batches.Do(ctx, in.ID, in.Do)
}

func (a *API) deleteBatch(ctx context.Context, in *batchIn) (*none, error) {
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return nil, a.Batches.Delete(ctx, in.ID)
}

type exportIn struct {
	batchIn
	Format batch.Format `query:"format" json:"-"`
}

func (a *API) exportBatch(ctx context.Context, w http.ResponseWriter, in *exportIn) error {
	lang := app.ScopeOf(ctx).Lang
	ctx, _, err := a.enter(ctx, in.Code)
	if err != nil {
		return err
	}
	scope := app.ScopeOf(ctx)
	scope.Lang = lang
	ctx = app.WithScope(ctx, scope)
	var it *app.Batch
	if err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { it, err = s.Batch(in.ID); return err }); err != nil {
		return err
	}
	frame.Table(w, in.Format.MIME(), it.Name, string(in.Format))
	return a.Batches.Export(ctx, w, in.Format, in.ID)
}
