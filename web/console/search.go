package console

import (
	"context"

	"islet/app"
	"islet/app/knowledge"
	"islet/store"
)

type searchIn struct {
	ByID
	Query    string              `json:"query"`
	Settings *app.SearchSettings `json:"settings"` // absent: the dataset's
	Filter   *app.Filter         `json:"filter"`
}

// searchDataset tries a search; it goes into the dataset's history.
func (a *API) searchDataset(ctx context.Context, in *searchIn) (*app.Found, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.Search(ctx, knowledge.Query{Text: in.Query, Datasets: []app.ID{in.ID}, Settings: in.Settings, Filter: in.Filter, Source: "hit_testing"})
}

type whyNotIn struct {
	searchIn
	Document app.ID `json:"document_id"` // of the chunk
	Chunk    app.ID `json:"chunk_id"`
	Passage  string `json:"passage"` // where no chunk is named
}

// whyNot tells why a passage was not found.
func (a *API) whyNot(ctx context.Context, in *whyNotIn) (*app.Diagnosis, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.WhyNot(ctx, knowledge.WhyNot{Query: knowledge.Query{Text: in.Query, Datasets: []app.ID{in.ID}, Settings: in.Settings, Filter: in.Filter},
		Document: in.Document, Chunk: in.Chunk, Passage: in.Passage})
}

type askedIn struct {
	ByID
	Page
}

func (a *API) asked(ctx context.Context, in *askedIn) (*List[*app.Asked], error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	offset, limit := in.bounds()
	out := &List[*app.Asked]{}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		out.Data, out.Total, err = s.Asked(in.ID, limit, offset)
		return err
	})
	return out, err
}

// Fields are the metadata fields of a dataset: its own and those that every document has.
type Fields struct {
	Fields  []*app.MetadataField `json:"fields"`
	BuiltIn []app.MetadataField  `json:"built_in"`
}

func (a *API) metadataFields(ctx context.Context, in *ByID) (*Fields, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	out := &Fields{BuiltIn: app.BuiltInFields}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { out.Fields, err = s.MetadataFields(in.ID); return err })
	return out, err
}

type addFieldIn struct {
	ByID
	Name string `json:"name"`
	Type string `json:"type"` // string, number, time
}

func (a *API) addField(ctx context.Context, in *addFieldIn) (*app.MetadataField, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.AddField(ctx, in.ID, in.Name, in.Type)
}

type renameFieldIn struct {
	ByID
	Field app.ID `path:"fid" json:"-"`
	Name  string `json:"name"`
}

func (a *API) renameField(ctx context.Context, in *renameFieldIn) (*app.MetadataField, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.RenameField(ctx, in.ID, in.Field, in.Name)
}

type deleteFieldIn struct {
	ByID
	Field app.ID `path:"fid" json:"-"`
}

func (a *API) deleteField(ctx context.Context, in *deleteFieldIn) (*None, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Knowledge.DeleteField(ctx, in.ID, in.Field)
}

type describeIn struct {
	ByID
	Documents []app.ID       `json:"documents"`
	Values    map[string]any `json:"values"` // null removes one
}

// describe sets metadata of several documents; what is not given stays.
func (a *API) describe(ctx context.Context, in *describeIn) (*None, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Knowledge.Describe(ctx, in.ID, in.Documents, in.Values, false)
}

func (a *API) tags(ctx context.Context, _ *None) (*List[*app.Tag], error) {
	var tags []*app.Tag
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { tags, err = s.Tags(); return err })
	return list(tags, err)
}

type tagIn struct {
	Name string `json:"name"`
}

func (a *API) createTag(ctx context.Context, in *tagIn) (*app.Tag, error) {
	return a.Knowledge.CreateTag(ctx, in.Name)
}

type renameTagIn struct {
	ByID
	Name string `json:"name"`
}

func (a *API) renameTag(ctx context.Context, in *renameTagIn) (*app.Tag, error) {
	return a.Knowledge.RenameTag(ctx, in.ID, in.Name)
}

func (a *API) deleteTag(ctx context.Context, in *ByID) (*None, error) {
	return nil, a.Knowledge.DeleteTag(ctx, in.ID)
}

func (a *API) datasetKeys(ctx context.Context, _ *None) (*List[*app.DatasetKey], error) {
	var keys []*app.DatasetKey
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { keys, err = s.DatasetKeys(); return err })
	return list(keys, err)
}

// NewDatasetKey is a key that was just made, with its token, which is shown this once.
type NewDatasetKey struct {
	Key   *app.DatasetKey `json:"key"`
	Token string          `json:"token"`
}

func (a *API) createDatasetKey(ctx context.Context, _ *None) (*NewDatasetKey, error) {
	k, token, err := a.Knowledge.NewKey(ctx)
	if err != nil {
		return nil, err
	}
	return &NewDatasetKey{Key: k, Token: token}, nil
}

func (a *API) deleteDatasetKey(ctx context.Context, in *ByID) (*None, error) {
	return nil, a.Knowledge.DeleteKey(ctx, in.ID)
}

func (a *API) externalAPIs(ctx context.Context, _ *None) (*List[*app.ExternalAPI], error) {
	var all []*app.ExternalAPI
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { all, err = s.ExternalAPIs(); return err })
	return list(all, err)
}

type externalIn struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Endpoint    string `json:"endpoint"`
	Key         string `json:"key"` // empty keeps the one that is there
}

func (a *API) createExternalAPI(ctx context.Context, in *externalIn) (*app.ExternalAPI, error) {
	e := &app.ExternalAPI{Name: in.Name, Description: in.Description, Endpoint: in.Endpoint}
	return e, a.Knowledge.SetExternalAPI(ctx, e, in.Key)
}

type updateExternalIn struct {
	ByID
	externalIn
}

func (a *API) updateExternalAPI(ctx context.Context, in *updateExternalIn) (*app.ExternalAPI, error) {
	e := &app.ExternalAPI{ID: in.ID, Name: in.Name, Description: in.Description, Endpoint: in.Endpoint}
	return e, a.Knowledge.SetExternalAPI(ctx, e, in.Key)
}

func (a *API) deleteExternalAPI(ctx context.Context, in *ByID) (*None, error) {
	return nil, a.Knowledge.DeleteExternalAPI(ctx, in.ID)
}
