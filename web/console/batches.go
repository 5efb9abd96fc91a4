package console

import (
	"context"
	"io"
	"net/http"

	"islet/app"
	"islet/app/batch"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// batchRoutes are the rows about batches of an app: everybody's, as its log is.
func (a *API) batchRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	route.Handle(g, "GET /apps/{id}/batches", a.batches, editor)
	route.Handle(g, "POST /apps/{id}/batches", a.newBatch, editor, route.Limit(tableLimit))
	route.Handle(g, "POST /apps/{id}/batches/check", a.checkTable, editor, route.Limit(tableLimit))
	route.Raw(g, "GET /apps/{id}/batches/template", a.batchTemplate, editor)
	route.Handle(g, "GET /apps/{id}/batches/{bid}", a.batch, editor)
	route.Handle(g, "DELETE /apps/{id}/batches/{bid}", a.deleteBatch, editor)
	route.Handle(g, "GET /apps/{id}/batches/{bid}/rows", a.batchRows, editor)
	route.Handle(g, "POST /apps/{id}/batches/{bid}/do", a.doBatch, editor)
	route.Raw(g, "GET /apps/{id}/batches/{bid}/export", a.exportBatch, editor)
}

const tableLimit = batch.MaxFile + 1<<20

type tableIn struct {
	ByID
	File     *route.Upload `form:"file" json:"-"`
	Parallel int           `form:"parallel" json:"-"`
}

func (a *API) plan(ctx context.Context, in *tableIn) (*studio.Release, *batch.Plan, error) {
	rel, err := a.Studio.Latest(ctx, in.ID)
	if err != nil {
		return nil, nil, err
	}
	if in.File == nil {
		return nil, nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file", "表单中没有文件")
	}
	body, err := in.File.Open()
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = body.Close() }() // only read
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, nil, err
	}
	p, err := a.Batches.Read(within(ctx, in.ID), rel, in.File.Name, raw)
	return rel, p, err
}

func (a *API) checkTable(ctx context.Context, in *tableIn) (*batch.Plan, error) {
	_, p, err := a.plan(ctx, in)
	return p, err
}

func (a *API) newBatch(ctx context.Context, in *tableIn) (*app.Batch, error) {
	rel, p, err := a.plan(ctx, in)
	if err != nil {
		return nil, err
	}
	return a.Batches.New(ctx, rel, app.FromDebug, debugger(ctx), p, in.Parallel)
}

type batchTemplateIn struct {
	ByID
	Format batch.Format `query:"format" json:"-"`
}

func (a *API) batchTemplate(ctx context.Context, w http.ResponseWriter, in *batchTemplateIn) error {
	rel, err := a.Studio.Latest(ctx, in.ID)
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
	ByID
	Page
}

func (a *API) batches(ctx context.Context, in *batchesIn) (*List[*app.Batch], error) {
	offset, limit := in.bounds()
	out := &List[*app.Batch]{}
	err := a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		if _, err = s.App(in.ID); err != nil {
			return err
		}
		out.Data, out.Total, err = s.Batches(limit, offset)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type batchIn struct {
	ByID
	Batch app.ID `path:"bid" json:"-"`
}

func (a *API) batch(ctx context.Context, in *batchIn) (it *app.Batch, err error) {
	err = a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) error { it, err = s.Batch(in.Batch); return err })
	return it, err
}

type batchRowsIn struct {
	batchIn
	Status app.Status `query:"status" json:"-"`
	Page
}

func (a *API) batchRows(ctx context.Context, in *batchRowsIn) (*List[*app.BatchRow], error) {
	offset, limit := in.bounds()
	out := &List[*app.BatchRow]{}
	err := a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		if _, err = s.Batch(in.Batch); err != nil {
			return err
		}
		out.Data, out.Total, err = s.BatchRows(in.Batch, in.Status, limit, offset)
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
	return a.Batches.Do(within(ctx, in.ID), in.Batch, in.Do)
}

func (a *API) deleteBatch(ctx context.Context, in *batchIn) (*None, error) {
	return nil, a.Batches.Delete(within(ctx, in.ID), in.Batch)
}

type exportBatchIn struct {
	batchIn
	Format batch.Format `query:"format" json:"-"`
}

func (a *API) exportBatch(ctx context.Context, w http.ResponseWriter, in *exportBatchIn) error {
	ctx = within(ctx, in.ID)
	var it *app.Batch
	if err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { it, err = s.Batch(in.Batch); return err }); err != nil {
		return err
	}
	frame.Table(w, in.Format.MIME(), it.Name, string(in.Format))
	return a.Batches.Export(ctx, w, in.Format, in.Batch)
}
