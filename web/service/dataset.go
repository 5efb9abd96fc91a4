package service

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"islet/app"
	"islet/app/knowledge"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// datasetRoutes are the rows about datasets, which are called with a dataset key.
func (a *API) datasetRoutes(r *route.Router) {
	g := &route.Group{Router: r, Prefix: "/v1", Auth: a.datasetCaller, Lenient: true, Translate: frame.Dify}

	route.Handle(g, "POST /datasets", a.createDataset)
	route.Handle(g, "GET /datasets", a.datasets)
	route.Handle(g, "GET /datasets/{dataset_id}", a.dataset)
	route.Handle(g, "PATCH /datasets/{dataset_id}", a.updateDataset)
	route.Raw(g, "DELETE /datasets/{dataset_id}", a.deleteDataset, route.Status(http.StatusNoContent))
	route.Handle(g, "POST /datasets/{dataset_id}/retrieve", a.retrieve)
	route.Handle(g, "POST /datasets/{dataset_id}/hit-testing", a.retrieve)

	for _, dash := range []string{"-", "_"} { // Dify's older spelling too
		route.Handle(g, "POST /datasets/{dataset_id}/document/create"+dash+"by"+dash+"text", a.createByText, route.Limit(textBody))
		route.Handle(g, "POST /datasets/{dataset_id}/document/create"+dash+"by"+dash+"file", a.createByFile, route.Limit(documentBody))
		route.Handle(g, "POST /datasets/{dataset_id}/documents/{document_id}/update"+dash+"by"+dash+"text", a.updateByText, route.Limit(textBody))
		route.Handle(g, "POST /datasets/{dataset_id}/documents/{document_id}/update"+dash+"by"+dash+"file", a.updateByFile, route.Limit(documentBody))
	}
	route.Handle(g, "GET /datasets/{dataset_id}/documents", a.documents)
	route.Handle(g, "GET /datasets/{dataset_id}/documents/{document_id}", a.document)
	route.Handle(g, "PATCH /datasets/{dataset_id}/documents/{document_id}", a.updateByFile, route.Limit(documentBody))
	route.Raw(g, "DELETE /datasets/{dataset_id}/documents/{document_id}", a.deleteDocument, route.Status(http.StatusNoContent))
	route.Handle(g, "GET /datasets/{dataset_id}/documents/{document_id}/indexing-status", a.indexingStatus)
	route.Handle(g, "GET /datasets/{dataset_id}/documents/{document_id}/download", a.documentLink)
	route.Raw(g, "GET /datasets/{dataset_id}/documents/{document_id}/file", a.documentFile)
	route.Raw(g, "POST /datasets/{dataset_id}/documents/download-zip", a.documentsZip)
	route.Handle(g, "PATCH /datasets/{dataset_id}/documents/status/{action}", a.documentStatus)
	route.Handle(g, "POST /datasets/{dataset_id}/documents/metadata", a.setMetadata)

	route.Handle(g, "POST /datasets/{dataset_id}/documents/{document_id}/segments", a.createSegments, route.Limit(textBody))
	route.Handle(g, "GET /datasets/{dataset_id}/documents/{document_id}/segments", a.segments)
	route.Handle(g, "GET /datasets/{dataset_id}/documents/{document_id}/segments/{segment_id}", a.segment)
	route.Handle(g, "POST /datasets/{dataset_id}/documents/{document_id}/segments/{segment_id}", a.updateSegment, route.Limit(bodyLimit))
	route.Raw(g, "DELETE /datasets/{dataset_id}/documents/{document_id}/segments/{segment_id}", a.deleteSegment, route.Status(http.StatusNoContent))
	route.Handle(g, "POST /datasets/{dataset_id}/documents/{document_id}/segments/{segment_id}/child_chunks", a.createChild, route.Limit(bodyLimit))
	route.Handle(g, "GET /datasets/{dataset_id}/documents/{document_id}/segments/{segment_id}/child_chunks", a.children)
	route.Handle(g, "PATCH /datasets/{dataset_id}/documents/{document_id}/segments/{segment_id}/child_chunks/{child_chunk_id}", a.updateChild, route.Limit(bodyLimit))
	route.Raw(g, "DELETE /datasets/{dataset_id}/documents/{document_id}/segments/{segment_id}/child_chunks/{child_chunk_id}", a.deleteChild, route.Status(http.StatusNoContent))

	route.Handle(g, "POST /datasets/tags", a.createTag)
	route.Handle(g, "GET /datasets/tags", a.tags)
	route.Handle(g, "PATCH /datasets/tags", a.updateTag)
	route.Raw(g, "DELETE /datasets/tags", a.deleteTag, route.Status(http.StatusNoContent))
	route.Raw(g, "POST /datasets/tags/binding", a.bindTags, route.Status(http.StatusNoContent))
	route.Raw(g, "POST /datasets/tags/unbinding", a.unbindTags, route.Status(http.StatusNoContent))
	route.Handle(g, "GET /datasets/{dataset_id}/tags", a.datasetTags)

	route.Handle(g, "POST /datasets/{dataset_id}/metadata", a.createField, route.Status(http.StatusCreated))
	route.Handle(g, "GET /datasets/{dataset_id}/metadata", a.fields)
	route.Handle(g, "PATCH /datasets/{dataset_id}/metadata/{metadata_id}", a.updateField)
	route.Raw(g, "DELETE /datasets/{dataset_id}/metadata/{metadata_id}", a.deleteField, route.Status(http.StatusNoContent))
	route.Handle(g, "GET /datasets/{dataset_id}/metadata/built-in", a.builtInFields)
	route.Handle(g, "POST /datasets/{dataset_id}/metadata/built-in/{action}", a.switchBuiltIn)

	route.Handle(g, "GET /workspaces/current/models/model-types/{model_type}", a.modelTypes)
	route.Raw(g, "POST /retrieval", a.externalRetrieval)
}

const (
	textBody     = 2*knowledge.MaxText + 1<<20
	documentBody = knowledge.MaxFile + 1<<20
)

// datasetCaller is the scope of a dataset key: the workspace, with the rights of who made the key.
func (a *API) datasetCaller(r *http.Request) (app.Scope, error) {
	return a.Knowledge.ByToken(r.Context(), token(r))
}

// inDataset names a dataset in the path.
type inDataset struct {
	Dataset string `path:"dataset_id" json:"-"`
}

// noDataset is Dify's sentence for a dataset that is not there.
func noDataset(err error) error { return missing(err, "Dataset not found.", "知识库不存在。") }

func noDocument(err error) error { return missing(err, "Document not found.", "文档不存在。") }

// open is the dataset of a request, if the API may use it.
func (a *API) open(ctx context.Context, in inDataset) (d *app.Dataset, err error) {
	id, err := app.ParseID(in.Dataset)
	if err != nil {
		return nil, noDataset(app.Missing("dataset", "知识库"))
	}
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) { d, err = s.Dataset(id); return err })
	switch {
	case err != nil:
		return nil, noDataset(err)
	case !d.APIEnabled:
		return nil, app.Errorf(app.Forbidden, "forbidden", "Dataset api access is not enabled.", "该知识库未开放 API 访问。")
	}
	return d, nil
}

// wireRetrieval is Dify's RetrievalModel.
type wireRetrieval struct {
	Method     string       `json:"search_method"`
	Rerank     bool         `json:"reranking_enable"`
	RerankMode *string      `json:"reranking_mode"`
	RerankRef  wireRerank   `json:"reranking_model"`
	Weights    *wireWeights `json:"weights"`
	TopK       int          `json:"top_k"`
	Limited    bool         `json:"score_threshold_enabled"`
	Threshold  *float64     `json:"score_threshold"`
	Filter     *app.Filter  `json:"metadata_filtering_conditions,omitempty"`
}

type wireRerank struct {
	Provider string `json:"reranking_provider_name"`
	Model    string `json:"reranking_model_name"`
}

type wireWeights struct {
	Type   string `json:"weight_type,omitempty"`
	Vector struct {
		Weight   float64 `json:"vector_weight"`
		Provider string  `json:"embedding_provider_name"`
		Model    string  `json:"embedding_model_name"`
	} `json:"vector_setting"`
	Keyword struct {
		Weight float64 `json:"keyword_weight"`
	} `json:"keyword_setting"`
}

// settings reads Dify's retrieval model.
func (a *API) settings(ctx context.Context, w *wireRetrieval) (app.SearchSettings, error) {
	s := app.SearchSettings{Method: app.SearchMethod(w.Method), TopK: w.TopK, ThresholdEnabled: w.Limited}
	if w.Threshold != nil {
		s.Threshold = *w.Threshold
	}
	mode := ""
	if w.RerankMode != nil {
		mode = *w.RerankMode
	}
	if w.Weights != nil && mode != "reranking_model" {
		s.Fusion, s.VectorWeight, s.KeywordWeight = app.FusionWeights, w.Weights.Vector.Weight, w.Weights.Keyword.Weight
	}
	if !w.Rerank || mode == "weighted_score" || w.RerankRef.Model == "" {
		return s, nil
	}
	ref, err := a.Endpoints.Find(ctx, app.RerankModel, w.RerankRef.Provider, w.RerankRef.Model)
	if err != nil {
		return s, app.Errorf(app.Invalid, "invalid_param", "No Rerank Model available. Please configure a valid provider in the Settings -> Model Provider.", "没有可用的重排序模型；请在“模型”中连接。").Because(err)
	}
	s.Rerank, s.RerankModel = true, ref
	return s, nil
}

// wireOf writes search settings as Dify's retrieval model.
func wireOf(d *app.Dataset) wireRetrieval {
	s := &d.Search
	w := wireRetrieval{Method: string(s.Method), Rerank: s.Rerank, TopK: s.TopK, Limited: s.ThresholdEnabled}
	if w.Method == "" {
		w.Method = string(app.ByBoth)
		if d.Embedding.Zero() {
			w.Method = string(app.ByWords)
		}
	}
	if w.TopK == 0 {
		w.TopK = app.DefaultTopK
	}
	threshold := s.Threshold
	w.Threshold = &threshold
	mode := "weighted_score"
	if s.Rerank {
		mode = "reranking_model"
		w.RerankRef = wireRerank{Provider: string(s.RerankModel.Endpoint), Model: s.RerankModel.Name}
	}
	w.RerankMode = &mode
	if s.Fusion == app.FusionWeights {
		w.Weights = &wireWeights{Type: "customized"}
		w.Weights.Vector.Weight, w.Weights.Keyword.Weight = s.VectorWeight, s.KeywordWeight
		w.Weights.Vector.Provider, w.Weights.Vector.Model = string(d.Embedding.Endpoint), d.Embedding.Name
	}
	return w
}

// wireDataset is Dify's Dataset.
type wireDataset struct {
	ID             app.ID          `json:"id"`
	Name           string          `json:"name"`
	Description    string          `json:"description"`
	Provider       string          `json:"provider"`
	Permission     string          `json:"permission"`
	SourceType     *string         `json:"data_source_type"`
	Technique      *string         `json:"indexing_technique"`
	Apps           int             `json:"app_count"`
	Documents      int             `json:"document_count"`
	Words          int64           `json:"word_count"`
	CreatedBy      app.ID          `json:"created_by"`
	Author         string          `json:"author_name"`
	CreatedAt      int64           `json:"created_at"`
	UpdatedBy      app.ID          `json:"updated_by"`
	UpdatedAt      int64           `json:"updated_at"`
	Model          *string         `json:"embedding_model"`
	ModelProvider  *string         `json:"embedding_model_provider"`
	ModelAvailable bool            `json:"embedding_available"`
	Retrieval      wireRetrieval   `json:"retrieval_model_dict"`
	Summary        *struct{}       `json:"summary_index_setting"`
	Tags           []wireTypedTag  `json:"tags"`
	Form           string          `json:"doc_form"`
	External       *wireExternal   `json:"external_knowledge_info"`
	ExternalSearch *externalSearch `json:"external_retrieval_model"`
	Metadata       []wireField     `json:"doc_metadata"`
	BuiltIn        bool            `json:"built_in_field_enabled"`
	Pipeline       *string         `json:"pipeline_id"`
	Runtime        *string         `json:"runtime_mode"`
	Structure      *string         `json:"chunk_structure"`
	Icon           *wireIcon       `json:"icon_info"`
	Published      bool            `json:"is_published"`
	Total          int             `json:"total_documents"`
	Available      int             `json:"total_available_documents"`
	APIEnabled     bool            `json:"enable_api"`
	Multimodal     bool            `json:"is_multimodal"`
	Maintainer     string          `json:"maintainer"`
	Members        []app.ID        `json:"partial_member_list"`
}

type wireTypedTag struct {
	ID   app.ID `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

type wireExternal struct {
	Knowledge string `json:"external_knowledge_id"`
	API       app.ID `json:"external_knowledge_api_id"`
	Name      string `json:"external_knowledge_api_name"`
	Endpoint  string `json:"external_knowledge_api_endpoint"`
}

type externalSearch = app.ExternalSearch

type wireField struct {
	ID   app.ID `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

type wireIcon struct {
	Type       string `json:"icon_type"`
	Icon       string `json:"icon"`
	Background string `json:"icon_background"`
	URL        string `json:"icon_url"`
}

func ptr[T any](v T) *T { return &v }

// technique is Dify's word for how a dataset is indexed; absent before the first document.
func technique(d *app.Dataset, documents int) *string {
	switch {
	case !d.Embedding.Zero():
		return ptr("high_quality")
	case documents > 0:
		return ptr("economy")
	}
	return nil
}

// show writes a dataset as Dify does.
func show(s *store.Snapshot, d *app.Dataset) (*wireDataset, error) {
	c, err := s.DatasetCounts(d.ID)
	if err != nil {
		return nil, err
	}
	w := &wireDataset{ID: d.ID, Name: d.Name, Description: d.Description, Provider: "vendor", Permission: string(d.Permission), Technique: technique(d, c.Documents),
		Documents: c.Documents, Words: c.WordCount, CreatedBy: d.CreatedBy, CreatedAt: d.CreatedAt.Unix(), UpdatedBy: d.UpdatedBy, UpdatedAt: d.UpdatedAt.Unix(),
		ModelAvailable: !d.Embedding.Zero(), Retrieval: wireOf(d), Tags: []wireTypedTag{}, Form: d.Chunking.Form, Metadata: []wireField{}, BuiltIn: d.BuiltIn,
		Total: c.Documents, Available: c.Available, APIEnabled: d.APIEnabled, Members: d.Members}
	if c.Documents > 0 {
		w.SourceType = ptr(string(app.FromFile))
	}
	if !d.Embedding.Zero() {
		w.Model, w.ModelProvider = ptr(d.Embedding.Name), ptr(string(d.Embedding.Endpoint))
	}
	if d.Icon != "" {
		w.Icon = &wireIcon{Type: "emoji", Icon: d.Icon, Background: d.IconColor}
	}
	if d.External != nil {
		w.Provider, w.ExternalSearch = "external", &d.External.Settings
		w.External = &wireExternal{Knowledge: d.External.Knowledge, API: d.External.API}
		if e, err := s.ExternalAPI(d.External.API); err == nil {
			w.External.Name, w.External.Endpoint = e.Name, e.Endpoint
		}
	}
	return w, showMore(s, d, w)
}

// showMore adds what stands in other tables.
func showMore(s *store.Snapshot, d *app.Dataset, w *wireDataset) error {
	if u, err := s.Member(d.CreatedBy); err == nil {
		w.Author, w.Maintainer = u.Name, u.Name
	}
	apps, err := s.AppsUsing(d.ID)
	if err != nil {
		return err
	}
	w.Apps = len(apps)
	tags, err := s.DatasetTags(d.ID)
	if err != nil {
		return err
	}
	for _, t := range tags {
		w.Tags = append(w.Tags, wireTypedTag{t.ID, t.Name, "knowledge"})
	}
	fields, err := s.MetadataFields(d.ID)
	for _, f := range fields {
		w.Metadata = append(w.Metadata, wireField{f.ID, f.Name, f.Type})
	}
	return err
}

func (a *API) shown(ctx context.Context, id app.ID) (w *wireDataset, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		d, err := s.Dataset(id)
		if err != nil {
			return err
		}
		w, err = show(s, d)
		return err
	})
	return w, err
}

type datasetIn struct {
	Name           *string         `json:"name"`
	Description    *string         `json:"description"`
	Technique      *string         `json:"indexing_technique"`
	Permission     *string         `json:"permission"`
	Provider       string          `json:"provider"`
	Model          string          `json:"embedding_model"`
	ModelProvider  string          `json:"embedding_model_provider"`
	Retrieval      *wireRetrieval  `json:"retrieval_model"`
	API            string          `json:"external_knowledge_api_id"`
	Knowledge      string          `json:"external_knowledge_id"`
	ExternalSearch *externalSearch `json:"external_retrieval_model"`
	Members        []struct {
		User app.ID `json:"user_id"`
	} `json:"partial_member_list"`
	Summary json.RawMessage `json:"summary_index_setting"`
}

// apply puts what a request says into a dataset.
func (a *API) apply(ctx context.Context, in *datasetIn, d *app.Dataset) (err error) {
	if in.Name != nil {
		d.Name = *in.Name
	}
	if in.Description != nil {
		d.Description = *in.Description
	}
	if in.Permission != nil {
		d.Permission = app.DatasetPermission(*in.Permission)
	}
	if in.Members != nil {
		d.Members = []app.ID{}
		for _, m := range in.Members {
			d.Members = append(d.Members, m.User)
		}
	}
	if in.Retrieval != nil {
		if d.Search, err = a.settings(ctx, in.Retrieval); err != nil {
			return err
		}
	}
	if d.External != nil {
		if in.Knowledge != "" {
			d.External.Knowledge = in.Knowledge
		}
		if in.API != "" {
			d.External.API = app.ID(in.API)
		}
		if in.ExternalSearch != nil {
			d.External.Settings = *in.ExternalSearch
		}
		return nil
	}
	return a.embedding(ctx, in.Technique, in.ModelProvider, in.Model, d)
}

// embedding chooses the model of a dataset: the one that is named, or for high_quality the site's default.
func (a *API) embedding(ctx context.Context, technique *string, provider, name string, d *app.Dataset) (err error) {
	none := app.Errorf(app.Invalid, "invalid_param", "No Embedding Model available. Please configure a valid provider in the Settings -> Model Provider.", "没有可用的嵌入模型；请在“模型”中连接。")
	switch {
	case technique != nil && *technique != "high_quality" && *technique != "economy" && *technique != "":
		return app.Errorf(app.Invalid, "invalid_param", "indexing_technique is high_quality or economy.", "indexing_technique 只能是 high_quality 或 economy。")
	case technique != nil && *technique == "economy":
		d.Embedding = app.ModelRef{}
	case name != "":
		if d.Embedding, err = a.Endpoints.Find(ctx, app.EmbedModel, provider, name); err != nil {
			return none.Because(err)
		}
	case technique != nil && *technique == "high_quality" && d.Embedding.Zero():
		def, err := a.Endpoints.Defaults(ctx)
		if err != nil {
			return err
		}
		if def.Embedding == nil {
			return none
		}
		d.Embedding = *def.Embedding
	}
	return nil
}

func (a *API) createDataset(ctx context.Context, in *datasetIn) (*wireDataset, error) {
	if in.Name == nil || strings.TrimSpace(*in.Name) == "" {
		return nil, app.Errorf(app.Invalid, "invalid_param", "name is required.", "缺少 name。")
	}
	d := &app.Dataset{Permission: app.OnlyMe, BuiltIn: true, APIEnabled: true, Icon: "📙", IconColor: "#FFF4ED"}
	if in.Provider == "external" {
		d.External = &app.ExternalDataset{}
	}
	if err := a.apply(ctx, in, d); err != nil {
		return nil, err
	}
	if err := a.Knowledge.Create(ctx, d); err != nil {
		return nil, err
	}
	return a.shown(ctx, d.ID)
}

type datasetsIn struct {
	Page    string `query:"page" json:"-"`
	Limit   string `query:"limit" json:"-"`
	Keyword string `query:"keyword" json:"-"`
	All     bool   `query:"include_all" json:"-"` // tag_ids is read by hand, because it may come several times
}

// wirePage is Dify's page of a list.
type wirePage[T any] struct {
	Data  []T  `json:"data"`
	More  bool `json:"has_more"`
	Limit int  `json:"limit"`
	Total int  `json:"total"`
	Page  int  `json:"page"`
}

// paged reads which part of a list is asked for; more than a hundred is cut to that, as Dify does.
func paged(page, limit string) (p, n int, err error) {
	if p, err = within("page", page, 1, 1<<20); err != nil {
		return 0, 0, err
	}
	n, err = within("limit", limit, 20, 1<<20)
	return p, min(n, 100), err
}

func (a *API) datasets(ctx context.Context, in *datasetsIn) (*wirePage[*wireDataset], error) {
	page, limit, err := paged(in.Page, in.Limit)
	if err != nil {
		return nil, err
	}
	f := store.DatasetFilter{Text: in.Keyword, Limit: limit, Offset: (page - 1) * limit}
	for _, t := range route.Request(ctx).URL.Query()["tag_ids"] {
		f.Tags = append(f.Tags, app.ID(t))
	}
	if scope := app.ScopeOf(ctx); !in.All && scope.Role != app.Owner {
		f.Seer = scope.User
	}
	out := &wirePage[*wireDataset]{Data: []*wireDataset{}, Limit: limit, Page: page}
	return out, a.DB.View(ctx, func(s *store.Snapshot) error {
		list, total, err := s.Datasets(f)
		if err != nil {
			return err
		}
		for _, d := range list {
			w, err := show(s, d)
			if err != nil {
				return err
			}
			out.Data = append(out.Data, w)
		}
		out.Total, out.More = total, page*limit < total
		return nil
	})
}

func (a *API) dataset(ctx context.Context, in *inDataset) (*wireDataset, error) {
	d, err := a.open(ctx, *in)
	if err != nil {
		return nil, err
	}
	return a.shown(ctx, d.ID)
}

type updateDatasetIn struct {
	inDataset
	datasetIn
}

func (a *API) updateDataset(ctx context.Context, in *updateDatasetIn) (*wireDataset, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	if _, err := a.Knowledge.Update(ctx, d.ID, func(d *app.Dataset) error { return a.apply(ctx, &in.datasetIn, d) }); err != nil {
		return nil, err
	}
	return a.shown(ctx, d.ID)
}

func (a *API) deleteDataset(ctx context.Context, w http.ResponseWriter, in *inDataset) error {
	d, err := a.open(ctx, *in)
	if err != nil {
		return err
	}
	if err := a.Knowledge.Delete(ctx, d.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
