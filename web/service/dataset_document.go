package service

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"islet/app"
	"islet/app/knowledge"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// inDocument names a document in the path.
type inDocument struct {
	inDataset
	Document string `path:"document_id" json:"-"`
}

// openDocument is the document of a request.
func (a *API) openDocument(ctx context.Context, in inDocument) (d *app.Dataset, doc *app.Document, err error) {
	if d, err = a.open(ctx, in.inDataset); err != nil {
		return nil, nil, err
	}
	id, err := app.ParseID(in.Document)
	if err != nil {
		return nil, nil, noDocument(app.Missing("document", "文档"))
	}
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) { doc, err = s.Document(d.ID, id); return err })
	return d, doc, noDocument(err)
}

// wireUpload is Dify's description of an uploaded file.
type wireUpload struct {
	ID        app.ID `json:"id"`
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	Ext       string `json:"extension"`
	MIME      string `json:"mime_type"`
	CreatedBy app.ID `json:"created_by"`
	CreatedAt int64  `json:"created_at"`
}

func upload(s *store.Snapshot, id app.ID) *wireUpload {
	f, err := s.File(id)
	if err != nil {
		return nil
	}
	return &wireUpload{f.ID, f.Name, f.Size, f.Ext, f.MIME, f.User, f.CreatedAt.Unix()}
}

// wireDocument is Dify's Document.
type wireDocument struct {
	ID            app.ID      `json:"id"`
	Position      int         `json:"position"`
	SourceType    string      `json:"data_source_type"`
	Source        any         `json:"data_source_info"`
	Detail        any         `json:"data_source_detail_dict"`
	Rule          app.ID      `json:"dataset_process_rule_id"`
	Name          string      `json:"name"`
	From          string      `json:"created_from"`
	CreatedBy     app.ID      `json:"created_by"`
	CreatedAt     int64       `json:"created_at"`
	Tokens        int         `json:"tokens"`
	Stage         string      `json:"indexing_status"`
	Error         *string     `json:"error"`
	Enabled       bool        `json:"enabled"`
	DisabledAt    *int64      `json:"disabled_at"`
	DisabledBy    *app.ID     `json:"disabled_by"`
	Archived      bool        `json:"archived"`
	Display       string      `json:"display_status"`
	Words         int         `json:"word_count"`
	Hits          int         `json:"hit_count"`
	Form          string      `json:"doc_form"`
	Metadata      []wireValue `json:"doc_metadata"`
	SummaryStatus *string     `json:"summary_index_status"`
	NeedSummary   bool        `json:"need_summary"`
}

type wireValue struct {
	ID    app.ID `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value any    `json:"value"`
}

func unix(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	return ptr(t.Unix())
}

func idOrNull(id app.ID) *app.ID {
	if id == "" {
		return nil
	}
	return &id
}

// stageOf is Dify's indexing_status.
func stageOf(doc *app.Document) string {
	if doc.Paused && doc.Stage.Unfinished() {
		return "paused"
	}
	return string(doc.Stage)
}

// failureOf is why a document failed, or why it stands still.
func failureOf(ctx context.Context, doc *app.Document) *string {
	lang := route.Language(route.Request(ctx))
	switch {
	case doc.Error != nil:
		return ptr(doc.Error.Text.In(lang))
	case doc.Wait != nil:
		return ptr(doc.Wait.In(lang))
	}
	return nil
}

func showDocument(ctx context.Context, s *store.Snapshot, doc *app.Document) (*wireDocument, error) {
	w := &wireDocument{ID: doc.ID, Position: doc.Position, SourceType: string(doc.Source), Rule: doc.ID, Name: doc.Name, From: doc.CreatedFrom, CreatedBy: doc.CreatedBy,
		CreatedAt: doc.CreatedAt.Unix(), Tokens: doc.Tokens, Stage: stageOf(doc), Error: failureOf(ctx, doc), Enabled: doc.Enabled, DisabledAt: unix(doc.DisabledAt),
		DisabledBy: idOrNull(doc.DisabledBy), Archived: doc.Archived, Display: doc.Display(), Words: doc.WordCount, Hits: doc.Hits, Form: doc.Chunking.Form}
	if doc.Source == app.FromURL {
		w.Source, w.Detail = map[string]any{"url": doc.URL}, map[string]any{}
	} else { // a text is kept as a file, in Dify too
		w.SourceType = string(app.FromFile)
		w.Source, w.Detail = map[string]any{"upload_file_id": doc.File}, map[string]any{"upload_file": upload(s, doc.File)}
	}
	var err error
	w.Metadata, err = valuesOf(s, doc)
	return w, err
}

// valuesOf are the metadata of a document, the built-in ones after its own.
func valuesOf(s *store.Snapshot, doc *app.Document) ([]wireValue, error) {
	list := []wireValue{}
	fields, err := s.MetadataFields(doc.Dataset)
	for _, f := range fields {
		if v, ok := doc.Metadata[f.Name]; ok {
			list = append(list, wireValue{f.ID, f.Name, f.Type, fmt.Sprint(v)})
		}
	}
	return list, err
}

// wireRule is Dify's process_rule.
type wireRule struct {
	Mode  string          `json:"mode"`
	Rules json.RawMessage `json:"rules,omitempty"`
}

type textIn struct {
	Name      string         `json:"name"`
	Text      string         `json:"text"`
	Technique *string        `json:"indexing_technique"`
	Form      string         `json:"doc_form"`
	Lang      string         `json:"doc_language"`
	Rule      *wireRule      `json:"process_rule"`
	Retrieval *wireRetrieval `json:"retrieval_model"`
	Model     string         `json:"embedding_model"`
	Provider  string         `json:"embedding_model_provider"`
	Original  string         `json:"original_document_id"`
}

// chunking is how a request wants its document cut: what it does not say is as in the dataset.
func (in *textIn) chunking(d *app.Dataset) (*app.Chunking, error) {
	if in.Form == "" && in.Rule == nil && in.Lang == "" {
		return nil, nil //nolint:nilnil // the dataset's
	}
	c := d.Chunking
	if in.Form != "" {
		if in.Form != app.FormGeneral && in.Form != app.FormParent && in.Form != app.FormQA {
			return nil, app.Errorf(app.Invalid, "invalid_param", "Invalid doc_form: use text_model, hierarchical_model or qa_model.", "doc_form 无效：请使用 text_model、hierarchical_model 或 qa_model。")
		}
		c.Form = in.Form
	}
	if in.Lang != "" {
		c.Lang = in.Lang
	}
	if in.Rule != nil {
		raw, err := json.Marshal(in.Rule)
		if err != nil {
			return nil, err
		}
		c.Rules = raw
	}
	return &c, nil
}

// begin does what the first document of a dataset decides: how it is indexed and searched.
func (a *API) begin(ctx context.Context, d *app.Dataset, in *textIn) error {
	if d.External != nil {
		return app.Errorf(app.Invalid, "invalid_param", "External datasets are not supported.", "不支持外部知识库。")
	}
	var docs int
	err := a.DB.View(ctx, func(s *store.Snapshot) error {
		c, err := s.DatasetCounts(d.ID)
		if err == nil {
			docs = c.Documents
		}
		return err
	})
	if err != nil || docs > 0 || in.Technique == nil && in.Model == "" && in.Retrieval == nil {
		return err
	}
	_, err = a.Knowledge.Update(ctx, d.ID, func(d *app.Dataset) (err error) {
		if in.Retrieval != nil {
			if d.Search, err = a.settings(ctx, in.Retrieval); err != nil {
				return err
			}
		}
		return a.embedding(ctx, in.Technique, in.Provider, in.Model, d)
	})
	return err
}

// wireCreated is the answer to a new or changed document.
type wireCreated struct {
	Document *wireDocument `json:"document"`
	Batch    string        `json:"batch"`
}

func (a *API) created(ctx context.Context, doc *app.Document) (*wireCreated, error) {
	out := &wireCreated{Batch: doc.Batch}
	return out, a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		out.Document, err = showDocument(ctx, s, doc)
		return err
	})
}

type createTextIn struct {
	inDataset
	textIn
}

func (a *API) createByText(ctx context.Context, in *createTextIn) (*wireCreated, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Name) == "" {
		return nil, app.Errorf(app.Invalid, "invalid_param", "name is required.", "缺少 name。")
	}
	return a.put(ctx, d, "", &in.textIn, knowledge.Addition{Name: in.Name, Text: in.Text, From: "api"})
}

// put adds a document, or gives the one that original names another content.
func (a *API) put(ctx context.Context, d *app.Dataset, document app.ID, in *textIn, add knowledge.Addition) (*wireCreated, error) {
	if err := a.begin(ctx, d, in); err != nil {
		return nil, err
	}
	var err error
	if add.Chunking, err = in.chunking(d); err != nil {
		return nil, err
	}
	if in.Original != "" && document == "" {
		if document, err = id("original_document_id", in.Original); err != nil {
			return nil, err
		}
	}
	if document != "" {
		doc, err := a.Knowledge.Replace(ctx, d.ID, document, add)
		if err != nil {
			return nil, noDocument(err)
		}
		return a.created(ctx, doc)
	}
	_, docs, err := a.Knowledge.Add(ctx, d.ID, []knowledge.Addition{add})
	if err != nil {
		return nil, err
	}
	return a.created(ctx, docs[0])
}

type createFileIn struct {
	inDataset
	File *route.Upload `form:"file" json:"-"`
	Data string        `form:"data" json:"-"`
}

func (a *API) createByFile(ctx context.Context, in *createFileIn) (*wireCreated, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "Please upload your file.", "请上传文件。")
	}
	return a.putFile(ctx, d, "", in.File, in.Data)
}

func (a *API) putFile(ctx context.Context, d *app.Dataset, document app.ID, up *route.Upload, data string) (*wireCreated, error) {
	var in textIn
	if data != "" {
		if err := json.Unmarshal([]byte(data), &in); err != nil {
			return nil, app.Errorf(app.Invalid, "invalid_param", "data is no JSON object.", "data 不是有效的 JSON 对象。").Because(err)
		}
	}
	add := knowledge.Addition{Name: in.Name, From: "api"}
	if up != nil {
		if strings.TrimSpace(up.Name) == "" {
			return nil, app.Errorf(app.Invalid, "filename_not_exists_error", "The specified filename does not exist.", "文件没有文件名。")
		}
		body, err := up.Open()
		if err != nil {
			return nil, err
		}
		f, err := a.Knowledge.Upload(ctx, up.Name, body)
		if err := errors.Join(err, body.Close()); err != nil {
			return nil, unsupportedFile(err)
		}
		add.File = f.ID
	}
	return a.put(ctx, d, document, &in, add)
}

// unsupportedFile says with Dify's code that nobody reads a file.
func unsupportedFile(err error) error {
	if e := app.AsError(err); e.Kind == app.Unsupported {
		return &app.Error{Kind: app.Unsupported, Code: "unsupported_file_type", Text: e.Text, Err: err}
	}
	return err
}

type updateTextIn struct {
	inDocument
	textIn
}

func (a *API) updateByText(ctx context.Context, in *updateTextIn) (*wireCreated, error) {
	d, doc, err := a.openDocument(ctx, in.inDocument)
	if err != nil {
		return nil, err
	}
	if in.Text != "" && strings.TrimSpace(in.Name) == "" {
		return nil, app.Errorf(app.Invalid, "invalid_param", "name is required when text is provided.", "提供 text 时必须提供 name。")
	}
	if err := editable(doc); err != nil {
		return nil, err
	}
	return a.put(ctx, d, doc.ID, &in.textIn, knowledge.Addition{Name: in.Name, Text: in.Text, From: "api"})
}

// editable refuses changes of archived documents, as Dify does.
func editable(doc *app.Document) error {
	if doc.Archived {
		return app.Errorf(app.Forbidden, "archived_document_immutable", "The archived document is not editable.", "已归档的文档不可编辑。")
	}
	return nil
}

type updateFileIn struct {
	inDocument
	File *route.Upload `form:"file" json:"-"`
	Data string        `form:"data" json:"-"`
}

func (a *API) updateByFile(ctx context.Context, in *updateFileIn) (*wireCreated, error) {
	d, doc, err := a.openDocument(ctx, in.inDocument)
	if err != nil {
		return nil, err
	}
	if err := editable(doc); err != nil {
		return nil, err
	}
	return a.putFile(ctx, d, doc.ID, in.File, in.Data)
}

type documentsIn struct {
	inDataset
	Page    string `query:"page" json:"-"`
	Limit   string `query:"limit" json:"-"`
	Keyword string `query:"keyword" json:"-"`
	Status  string `query:"status" json:"-"`
}

func (a *API) documents(ctx context.Context, in *documentsIn) (*wirePage[*wireDocument], error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	page, limit, err := paged(in.Page, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &wirePage[*wireDocument]{Data: []*wireDocument{}, Limit: limit, Page: page}
	return out, a.DB.View(ctx, func(s *store.Snapshot) error {
		docs, total, err := s.Documents(d.ID, store.DocumentFilter{Text: in.Keyword, Status: in.Status, Limit: limit, Offset: (page - 1) * limit})
		if err != nil {
			return err
		}
		for _, doc := range docs {
			w, err := showDocument(ctx, s, doc)
			if err != nil {
				return err
			}
			out.Data = append(out.Data, w)
		}
		out.Total, out.More = total, page*limit < total
		return nil
	})
}

func (a *API) deleteDocument(ctx context.Context, w http.ResponseWriter, in *inDocument) error {
	d, doc, err := a.openDocument(ctx, *in)
	if err != nil {
		return err
	}
	if err := editable(doc); err != nil {
		return err
	}
	if err := a.Knowledge.Do(ctx, d.ID, []app.ID{doc.ID}, knowledge.Remove); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type statusIn struct {
	inDataset
	Action    string   `path:"action" json:"-"`
	Documents []string `json:"document_ids"`
}

func (a *API) documentStatus(ctx context.Context, in *statusIn) (*result, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	switch in.Action {
	case knowledge.Enable, knowledge.Disable, knowledge.Archive, knowledge.Unarchive:
	default:
		return nil, app.Errorf(app.Invalid, "invalid_action", "Invalid action.", "无效的操作。")
	}
	var ids []app.ID
	for _, s := range in.Documents {
		v, err := id("document_ids", s)
		if err != nil {
			return nil, err
		}
		ids = append(ids, v)
	}
	return success, noDocument(a.Knowledge.Do(ctx, d.ID, ids, in.Action))
}

// wireProgress is Dify's indexing status of one document.
type wireProgress struct {
	ID        app.ID  `json:"id"`
	Stage     string  `json:"indexing_status"`
	Started   *int64  `json:"processing_started_at"`
	Parsed    *int64  `json:"parsing_completed_at"`
	Cleaned   *int64  `json:"cleaning_completed_at"`
	Split     *int64  `json:"splitting_completed_at"`
	Completed *int64  `json:"completed_at"`
	Paused    *int64  `json:"paused_at"`
	Error     *string `json:"error"`
	Stopped   *int64  `json:"stopped_at"`
	Done      int     `json:"completed_segments"`
	Total     int     `json:"total_segments"`
}

type listOf[T any] struct {
	Data []T `json:"data"`
}

// indexingStatus tells how far the documents of a batch are; the path calls the batch a document.
func (a *API) indexingStatus(ctx context.Context, in *inDocument) (*listOf[wireProgress], error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	var docs []*app.Document
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		docs, _, err = s.Documents(d.ID, store.DocumentFilter{Batch: in.Document, Sort: "position", Limit: 1 << 30})
		return err
	})
	if err == nil && len(docs) == 0 {
		err = missing(app.Missing("document", "文档"), "Documents not found.", "文档不存在。")
	}
	out := &listOf[wireProgress]{Data: []wireProgress{}}
	for _, doc := range docs {
		w := wireProgress{ID: doc.ID, Stage: stageOf(doc), Started: unix(doc.StartedAt), Parsed: unix(doc.ParsedAt), Cleaned: unix(doc.SplitAt), Split: unix(doc.SplitAt),
			Completed: unix(doc.CompletedAt), Error: failureOf(ctx, doc), Done: doc.Done, Total: doc.Total}
		if doc.Paused {
			w.Paused = ptr(doc.UpdatedAt.Unix())
		}
		out.Data = append(out.Data, w)
	}
	return out, err
}

// wireLink is where a file can be read.
type wireLink struct {
	URL string `json:"url"`
}

// documentLink names the address of a document's file. It is of this server and asks for the key, unlike Dify's signed one.
func (a *API) documentLink(ctx context.Context, in *inDocument) (*wireLink, error) {
	d, doc, err := a.openDocument(ctx, *in)
	if err != nil {
		return nil, err
	}
	if doc.File == "" {
		return nil, missing(app.Missing("file", "文件"), "Document does not have an uploaded file to download.", "该文档没有可下载的文件。")
	}
	r := route.Request(ctx)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return &wireLink{URL: fmt.Sprintf("%s://%s/v1/datasets/%s/documents/%s/file", scheme, r.Host, d.ID, doc.ID)}, nil
}

func (a *API) documentFile(ctx context.Context, w http.ResponseWriter, in *inDocument) error {
	d, doc, err := a.openDocument(ctx, *in)
	if err != nil {
		return err
	}
	f, body, err := a.Knowledge.Open(ctx, d.ID, doc.ID)
	if err != nil {
		return missing(err, "Uploaded file not found.", "文件不存在。")
	}
	defer func() { _ = body.Close() }() // only read
	frame.File(w, route.Request(ctx), f, body, true)
	return nil
}

type zipIn struct {
	inDataset
	Documents []string `json:"document_ids"`
}

const zipMost = 100

// documentsZip sends the files of documents in one archive. All are found before the first byte goes out.
func (a *API) documentsZip(ctx context.Context, w http.ResponseWriter, in *zipIn) error {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return err
	}
	if len(in.Documents) == 0 || len(in.Documents) > zipMost {
		return app.Errorf(app.Invalid, "invalid_param", "document_ids must hold 1 to %d ids.", "document_ids 须包含 1 到 %d 个 ID。", zipMost)
	}
	var ids []app.ID
	for _, s := range in.Documents {
		_, doc, err := a.openDocument(ctx, inDocument{in.inDataset, s})
		if err != nil {
			return err
		}
		if doc.File == "" {
			return missing(app.Missing("file", "文件"), "Only uploaded-file documents can be downloaded as ZIP.", "只有上传的文件可以打包下载。")
		}
		ids = append(ids, doc.ID)
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="documents.zip"`)
	z := zip.NewWriter(w)
	names := map[string]int{}
	for _, doc := range ids {
		if err := a.zipOne(ctx, z, d.ID, doc, names); err != nil {
			return err
		}
	}
	return z.Close()
}

func (a *API) zipOne(ctx context.Context, z *zip.Writer, dataset, doc app.ID, names map[string]int) error {
	f, body, err := a.Knowledge.Open(ctx, dataset, doc)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	name := filepath.Base(strings.ReplaceAll(f.Name, `\`, "/"))
	if names[name]++; names[name] > 1 {
		ext := filepath.Ext(name)
		name = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), names[name], ext)
	}
	e, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: f.CreatedAt})
	if err != nil {
		return err
	}
	_, err = io.Copy(e, body)
	return err
}
