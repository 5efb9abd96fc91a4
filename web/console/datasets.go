package console

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"islet/app"
	"islet/app/knowledge"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// DatasetItem is a dataset with what it holds.
type DatasetItem struct {
	*app.Dataset
	Counts     *store.DatasetCounts `json:"counts"`
	Tags       []*app.Tag           `json:"tags"`
	Apps       int                  `json:"app_count"` // that use it
	Maker      string               `json:"created_by_name"`
	Connection string               `json:"external_name,omitempty"` // of an external one
}

type datasetsIn struct {
	Text string `query:"q" json:"-"`
	Tag  app.ID `query:"tag" json:"-"`
	Page
}

func (a *API) datasets(ctx context.Context, in *datasetsIn) (*List[DatasetItem], error) {
	offset, limit := in.bounds()
	f := store.DatasetFilter{Text: in.Text, Limit: limit, Offset: offset}
	if in.Tag != "" {
		f.Tags = []app.ID{in.Tag}
	}
	if scope := app.ScopeOf(ctx); scope.Role != app.Owner {
		f.Seer = scope.User
	}
	out := &List[DatasetItem]{Data: []DatasetItem{}}
	err := a.DB.View(ctx, func(s *store.Snapshot) error {
		sets, total, err := s.Datasets(f)
		if err != nil {
			return err
		}
		out.Total = total
		for _, d := range sets {
			it, err := datasetItem(s, d)
			if err != nil {
				return err
			}
			out.Data = append(out.Data, *it)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func datasetItem(s *store.Snapshot, d *app.Dataset) (it *DatasetItem, err error) {
	it = &DatasetItem{Dataset: d}
	if it.Counts, err = s.DatasetCounts(d.ID); err != nil {
		return nil, err
	}
	if it.Tags, err = s.DatasetTags(d.ID); err != nil {
		return nil, err
	}
	users, err := s.AppsUsing(d.ID)
	if err != nil {
		return nil, err
	}
	it.Apps = len(users)
	if u, err := s.Member(d.CreatedBy); err == nil {
		it.Maker = u.Name
	}
	if d.External != nil {
		if e, err := s.ExternalAPI(d.External.API); err == nil {
			it.Connection = e.Name
		}
	}
	return it, nil
}

// sees tells whether the caller may see a dataset: its maker, who it is shared with, and the owner of the site.
func sees(ctx context.Context, d *app.Dataset) bool {
	scope := app.ScopeOf(ctx)
	return d.Permission == app.AllMembers || d.CreatedBy == scope.User || scope.Role == app.Owner ||
		d.Permission == app.SomeMembers && slices.Contains(d.Members, scope.User)
}

// seen fails with NotFound where the caller may not see a dataset.
func (a *API) seen(ctx context.Context, id app.ID) error {
	return a.DB.View(ctx, func(s *store.Snapshot) error {
		d, err := s.Dataset(id)
		if err == nil && !sees(ctx, d) {
			return app.Missing("dataset", "知识库")
		}
		return err
	})
}

type createDatasetIn struct {
	Name        string                `json:"name"`
	Description string                `json:"description"`
	Icon        string                `json:"icon"`
	IconColor   string                `json:"icon_color"`
	Permission  app.DatasetPermission `json:"permission"`
	Embedding   *app.ModelRef         `json:"embedding"` // absent: the default embedding model; an empty one: words only
	Chunking    app.Chunking          `json:"chunking"`
	Search      app.SearchSettings    `json:"search"`
	External    *app.ExternalDataset  `json:"external"`
}

func (a *API) createDataset(ctx context.Context, in *createDatasetIn) (*DatasetItem, error) {
	d := &app.Dataset{Name: in.Name, Description: in.Description, Icon: in.Icon, IconColor: in.IconColor, Permission: in.Permission, Chunking: in.Chunking,
		Search: in.Search, External: in.External, BuiltIn: true, APIEnabled: true}
	switch {
	case in.Embedding != nil:
		d.Embedding = *in.Embedding
	case in.External == nil:
		def, err := a.Endpoints.Defaults(ctx)
		if err != nil {
			return nil, err
		}
		if def.Embedding != nil {
			d.Embedding = *def.Embedding
		}
	}
	if err := a.Knowledge.Create(ctx, d); err != nil {
		return nil, err
	}
	return a.datasetOf(ctx, d.ID)
}

func (a *API) datasetOf(ctx context.Context, id app.ID) (it *DatasetItem, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		d, err := s.Dataset(id)
		if err != nil {
			return err
		}
		if !sees(ctx, d) {
			return app.Missing("dataset", "知识库")
		}
		it, err = datasetItem(s, d)
		return err
	})
	return it, err
}

func (a *API) dataset(ctx context.Context, in *ByID) (*DatasetItem, error) {
	return a.datasetOf(ctx, in.ID)
}

type updateDatasetIn struct {
	ByID
	Name        *string                `json:"name"`
	Description *string                `json:"description"`
	Icon        *string                `json:"icon"`
	IconColor   *string                `json:"icon_color"`
	Permission  *app.DatasetPermission `json:"permission"`
	Members     *[]app.ID              `json:"members"`
	Embedding   *app.ModelRef          `json:"embedding"`
	Search      *app.SearchSettings    `json:"search"`
	Chunking    *app.Chunking          `json:"chunking"`
	External    *app.ExternalDataset   `json:"external"`
	BuiltIn     *bool                  `json:"built_in_fields"`
	APIEnabled  *bool                  `json:"api_enabled"`
	Tags        *[]app.ID              `json:"tags"` // all tags that it shall have
}

func (a *API) updateDataset(ctx context.Context, in *updateDatasetIn) (*DatasetItem, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	_, err := a.Knowledge.Update(ctx, in.ID, func(d *app.Dataset) error {
		set(&d.Name, in.Name)
		set(&d.Description, in.Description)
		set(&d.Icon, in.Icon)
		set(&d.IconColor, in.IconColor)
		set(&d.Permission, in.Permission)
		set(&d.Members, in.Members)
		set(&d.Embedding, in.Embedding)
		set(&d.Search, in.Search)
		set(&d.Chunking, in.Chunking)
		set(&d.BuiltIn, in.BuiltIn)
		set(&d.APIEnabled, in.APIEnabled)
		if in.External != nil && d.External != nil {
			d.External = in.External
		}
		return nil
	})
	if err == nil && in.Tags != nil {
		err = a.Knowledge.SetTags(ctx, in.ID, *in.Tags)
	}
	if err != nil {
		return nil, err
	}
	return a.datasetOf(ctx, in.ID)
}

// set copies what was given.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (a *API) deleteDataset(ctx context.Context, in *ByID) (*None, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Knowledge.Delete(ctx, in.ID)
}

// datasetApps are the apps that use a dataset.
func (a *API) datasetApps(ctx context.Context, in *ByID) (*List[*store.UsingApp], error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	var apps []*store.UsingApp
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { apps, err = s.AppsUsing(in.ID); return err })
	return list(apps, err)
}

func (a *API) datasetProgress(ctx context.Context, in *ByID) (*knowledge.Progress, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.Progress(ctx, in.ID)
}

func (a *API) reembedDataset(ctx context.Context, in *ByID) (*None, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Knowledge.Reembed(ctx, in.ID)
}

func (a *API) reindexDataset(ctx context.Context, in *ByID) (*None, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Knowledge.Rebuild(ctx, in.ID)
}

func (a *API) uploadDocument(ctx context.Context, in *uploadIn) (*app.File, error) {
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file", "表单中没有文件")
	}
	body, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	f, err := a.Knowledge.Upload(ctx, in.File.Name, body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return f, nil
}

type previewIn struct {
	File     app.ID       `json:"file_id"`
	URL      string       `json:"url"`
	Text     string       `json:"text"`
	Dataset  app.ID       `json:"dataset_id"` // with Document: one that is there already
	Document app.ID       `json:"document_id"`
	Chunking app.Chunking `json:"chunking"`
}

func (a *API) previewDocument(ctx context.Context, in *previewIn) (*knowledge.Preview, error) {
	var doc *app.Document
	if in.Document != "" {
		if err := a.seen(ctx, in.Dataset); err != nil {
			return nil, err
		}
		var err error
		if doc, err = a.Knowledge.Document(ctx, in.Dataset, in.Document); err != nil {
			return nil, err
		}
	}
	return a.Knowledge.Preview(ctx, knowledge.Addition{File: in.File, URL: in.URL, Text: in.Text}, doc, in.Chunking)
}

type addDocumentsIn struct {
	ByID
	Documents []knowledge.Addition `json:"documents"`
	Chunking  *app.Chunking        `json:"chunking"` // of all of them; absent: the dataset's
}

// Added are documents that were put into the queue.
type Added struct {
	Batch     string          `json:"batch"`
	Documents []*app.Document `json:"documents"`
}

func (a *API) addDocuments(ctx context.Context, in *addDocumentsIn) (*Added, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	for i := range in.Documents {
		if in.Documents[i].Chunking == nil {
			in.Documents[i].Chunking = in.Chunking
		}
	}
	batch, docs, err := a.Knowledge.Add(ctx, in.ID, in.Documents)
	if err != nil {
		return nil, err
	}
	return &Added{Batch: batch, Documents: docs}, nil
}

type documentsIn struct {
	ByID
	Text   string `query:"q" json:"-"`
	Status string `query:"status" json:"-"`
	Batch  string `query:"batch" json:"-"`
	Sort   string `query:"sort" json:"-"`
	Page
}

func (a *API) documents(ctx context.Context, in *documentsIn) (*List[*app.Document], error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	offset, limit := in.bounds()
	out := &List[*app.Document]{}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		out.Data, out.Total, err = s.Documents(in.ID, store.DocumentFilter{Text: in.Text, Status: in.Status, Batch: in.Batch, Sort: in.Sort, Limit: limit, Offset: offset})
		return err
	})
	return out, err
}

// ByDocument is a request that names one document of a dataset in its path.
type ByDocument struct {
	ID       app.ID `path:"id" json:"-"`
	Document app.ID `path:"did" json:"-"`
}

func (a *API) document(ctx context.Context, in *ByDocument) (*app.Document, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.Document(ctx, in.ID, in.Document)
}

type updateDocumentIn struct {
	ByDocument
	Name     *string        `json:"name"`
	File     app.ID         `json:"file_id"`  // another file in its place
	Chunking *app.Chunking  `json:"chunking"` // cut it again
	Metadata map[string]any `json:"metadata"` // all that it shall have
}

func (a *API) updateDocument(ctx context.Context, in *updateDocumentIn) (doc *app.Document, err error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	if in.Metadata != nil {
		if err := a.Knowledge.Describe(ctx, in.ID, []app.ID{in.Document}, in.Metadata, true); err != nil {
			return nil, err
		}
	}
	if in.Name != nil {
		if _, err := a.Knowledge.Rename(ctx, in.ID, in.Document, *in.Name); err != nil {
			return nil, err
		}
	}
	switch {
	case in.File != "":
		return a.Knowledge.Replace(ctx, in.ID, in.Document, knowledge.Addition{File: in.File, Chunking: in.Chunking})
	case in.Chunking != nil:
		return a.Knowledge.Rechunk(ctx, in.ID, in.Document, *in.Chunking)
	}
	return a.Knowledge.Document(ctx, in.ID, in.Document)
}

type doDocumentsIn struct {
	ByID
	Documents []app.ID `json:"documents"`
	Action    string   `json:"action"` // enable, disable, archive, un_archive, pause, resume, retry, delete
}

func (a *API) doDocuments(ctx context.Context, in *doDocumentsIn) (*None, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Knowledge.Do(ctx, in.ID, in.Documents, in.Action)
}

// DocumentText is what the parser read of a document: Markdown with the places at which its pages begin.
type DocumentText struct {
	Title string         `json:"title"`
	Text  string         `json:"text"`
	Pages []DocumentPage `json:"pages"`
}

// DocumentPage is where a page, slide, sheet or chapter begins, in bytes.
type DocumentPage struct {
	Number int    `json:"number"`
	Start  int    `json:"start"`
	Name   string `json:"name"`
}

func (a *API) documentText(ctx context.Context, in *ByDocument) (*DocumentText, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	t, err := a.Knowledge.Text(ctx, in.ID, in.Document)
	if err != nil {
		return nil, err
	}
	out := &DocumentText{Title: t.Title, Text: t.Text, Pages: []DocumentPage{}}
	for _, p := range t.Pages {
		out.Pages = append(out.Pages, DocumentPage{p.Number, p.Start, p.Name})
	}
	return out, nil
}

func (a *API) downloadDocument(ctx context.Context, w http.ResponseWriter, in *ByDocument) error {
	if err := a.seen(ctx, in.ID); err != nil {
		return err
	}
	f, body, err := a.Knowledge.Open(ctx, in.ID, in.Document)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	frame.File(w, route.Request(ctx), f, body, true)
	return nil
}
