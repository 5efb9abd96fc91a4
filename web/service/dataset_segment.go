package service

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"islet/app"
	"islet/app/knowledge"
	"islet/store"
	"islet/web/route"
)

// inSegment names a chunk in the path.
type inSegment struct {
	inDocument
	Segment string `path:"segment_id" json:"-"`
}

func noSegment(err error) error { return missing(err, "Segment not found.", "分段不存在。") }

// openSegment is the chunk of a request with its children.
func (a *API) openSegment(ctx context.Context, in inSegment) (d *app.Dataset, doc *app.Document, c *app.Chunk, err error) {
	if d, doc, err = a.openDocument(ctx, in.inDocument); err != nil {
		return nil, nil, nil, err
	}
	id, err := app.ParseID(in.Segment)
	if err != nil {
		return nil, nil, nil, noSegment(app.Missing("chunk", "分段"))
	}
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) { c, err = s.Chunk(doc, id); return err })
	return d, doc, c, noSegment(err)
}

// wireSegment is Dify's Segment.
type wireSegment struct {
	ID          app.ID      `json:"id"`
	Position    int         `json:"position"`
	Document    app.ID      `json:"document_id"`
	Content     string      `json:"content"`
	SignContent string      `json:"sign_content"`
	Answer      string      `json:"answer"`
	Words       int         `json:"word_count"`
	Tokens      int         `json:"tokens"`
	Keywords    []string    `json:"keywords"`
	Node        string      `json:"index_node_id"`
	Hash        string      `json:"index_node_hash"`
	Hits        int         `json:"hit_count"`
	Enabled     bool        `json:"enabled"`
	DisabledAt  *int64      `json:"disabled_at"`
	DisabledBy  *app.ID     `json:"disabled_by"`
	Status      string      `json:"status"`
	CreatedBy   app.ID      `json:"created_by"`
	CreatedAt   int64       `json:"created_at"`
	UpdatedAt   int64       `json:"updated_at"`
	UpdatedBy   app.ID      `json:"updated_by"`
	IndexingAt  *int64      `json:"indexing_at"`
	CompletedAt *int64      `json:"completed_at"`
	Error       *string     `json:"error"`
	StoppedAt   *int64      `json:"stopped_at"`
	Children    []wireChild `json:"child_chunks"`
	Attachments []struct{}  `json:"attachments"`
	Summary     *string     `json:"summary"`
}

// wireChild is Dify's ChildChunk.
type wireChild struct {
	ID        app.ID `json:"id"`
	Segment   app.ID `json:"segment_id"`
	Content   string `json:"content"`
	Position  int    `json:"position"`
	Words     int    `json:"word_count"`
	Type      string `json:"type"`
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
}

func showChild(k *app.Child) wireChild {
	kind := "automatic"
	if k.Edited {
		kind = "customized"
	}
	return wireChild{k.ID, k.Chunk, k.Content, k.Position, k.WordCount, kind, k.CreatedAt.Unix(), k.UpdatedAt.Unix()}
}

func showSegment(doc *app.Document, c *app.Chunk) wireSegment {
	w := wireSegment{ID: c.ID, Position: c.Position, Document: c.Document, Content: c.Content, Answer: c.Answer, Words: c.WordCount, Tokens: c.Tokens, Keywords: c.Keywords,
		Node: fmt.Sprintf("%d-%d", c.Number, c.Ord), Hash: c.Hash, Hits: c.Hits, Enabled: c.Enabled, DisabledAt: unix(c.DisabledAt), DisabledBy: idOrNull(c.DisabledBy),
		Status: "completed", CreatedBy: c.CreatedBy, CreatedAt: c.CreatedAt.Unix(), UpdatedAt: c.UpdatedAt.Unix(), UpdatedBy: c.CreatedBy, IndexingAt: unix(doc.SplitAt),
		CompletedAt: unix(doc.CompletedAt), Children: []wireChild{}, Attachments: []struct{}{}}
	if w.Keywords == nil {
		w.Keywords = []string{}
	}
	for i := range c.Children {
		w.Children = append(w.Children, showChild(&c.Children[i]))
	}
	return w
}

type segmentsOut struct {
	Data []wireSegment `json:"data"`
	Form string        `json:"doc_form"`
}

type segmentOut struct {
	Data wireSegment `json:"data"`
	Form string      `json:"doc_form"`
}

const maxSegments = 1000 // in one request, as in Dify

type createSegmentsIn struct {
	inDocument
	Segments []knowledge.NewChunk `json:"segments"`
}

func (a *API) createSegments(ctx context.Context, in *createSegmentsIn) (*segmentsOut, error) {
	d, doc, err := a.openDocument(ctx, in.inDocument)
	if err != nil {
		return nil, err
	}
	switch {
	case doc.Stage != app.Completed:
		return nil, missing(app.Missing("document", "文档"), "Document is not completed.", "文档尚未处理完成。")
	case !doc.Enabled:
		return nil, missing(app.Missing("document", "文档"), "Document is disabled.", "文档已停用。")
	case len(in.Segments) == 0:
		return nil, app.Errorf(app.Invalid, "invalid_param", "segments is required.", "缺少 segments。")
	case len(in.Segments) > maxSegments:
		return nil, app.Errorf(app.Invalid, "invalid_param", "Exceeded maximum segments limit of %d.", "一次最多添加 %d 个分段。", maxSegments)
	}
	chunks, err := a.Knowledge.AddChunks(ctx, d.ID, doc.ID, in.Segments)
	if err != nil {
		return nil, err
	}
	out := &segmentsOut{Data: []wireSegment{}, Form: doc.Chunking.Form}
	for _, c := range chunks {
		out.Data = append(out.Data, showSegment(doc, c))
	}
	return out, nil
}

type segmentsIn struct {
	inDocument
	Page    string `query:"page" json:"-"`
	Limit   string `query:"limit" json:"-"`
	Keyword string `query:"keyword" json:"-"`
}

type segmentPage struct {
	segmentsOut
	Total int  `json:"total"`
	More  bool `json:"has_more"`
	Limit int  `json:"limit"`
	Page  int  `json:"page"`
}

func (a *API) segments(ctx context.Context, in *segmentsIn) (*segmentPage, error) {
	_, doc, err := a.openDocument(ctx, in.inDocument)
	if err != nil {
		return nil, err
	}
	page, limit, err := paged(in.Page, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &segmentPage{segmentsOut: segmentsOut{Data: []wireSegment{}, Form: doc.Chunking.Form}, Limit: limit, Page: page}
	if want := route.Request(ctx).URL.Query()["status"]; len(want) > 0 && !strings.Contains(strings.Join(want, " "), "completed") {
		return out, nil // every chunk that is stored is completed
	}
	return out, a.DB.View(ctx, func(s *store.Snapshot) error {
		list, total, err := s.Chunks(doc, store.ChunkFilter{Text: in.Keyword, Limit: limit, Offset: (page - 1) * limit})
		if err != nil {
			return err
		}
		for _, c := range list {
			if c.Children, err = s.Children(c.ID); err != nil {
				return err
			}
			out.Data = append(out.Data, showSegment(doc, c))
		}
		out.Total, out.More = total, page*limit < total
		return nil
	})
}

func (a *API) segment(ctx context.Context, in *inSegment) (*segmentOut, error) {
	_, doc, c, err := a.openSegment(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &segmentOut{showSegment(doc, c), doc.Chunking.Form}, nil
}

type updateSegmentIn struct {
	inSegment
	Change *knowledge.Edit `json:"segment"`
}

func (a *API) updateSegment(ctx context.Context, in *updateSegmentIn) (*segmentOut, error) {
	d, doc, c, err := a.openSegment(ctx, in.inSegment)
	if err != nil {
		return nil, err
	}
	if in.Change == nil {
		return nil, app.Errorf(app.Invalid, "invalid_param", "segment is required.", "缺少 segment。")
	}
	if doc.Stage.Unfinished() {
		return nil, app.Errorf(app.Invalid, "invalid_param", "Segment is indexing, please try again later", "分段正在处理中，请稍后再试")
	}
	if c, err = a.Knowledge.SaveChunk(ctx, d.ID, doc.ID, c.ID, *in.Change); err != nil {
		return nil, noSegment(err)
	}
	return &segmentOut{showSegment(doc, c), doc.Chunking.Form}, nil
}

func (a *API) deleteSegment(ctx context.Context, w http.ResponseWriter, in *inSegment) error {
	d, doc, c, err := a.openSegment(ctx, *in)
	if err != nil {
		return err
	}
	if err := a.Knowledge.DeleteChunks(ctx, d.ID, doc.ID, []app.ID{c.ID}); err != nil {
		return noSegment(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type childOut struct {
	Data wireChild `json:"data"`
}

type createChildIn struct {
	inSegment
	Content string `json:"content"`
}

func (a *API) createChild(ctx context.Context, in *createChildIn) (*childOut, error) {
	d, doc, c, err := a.openSegment(ctx, in.inSegment)
	if err != nil {
		return nil, err
	}
	k, err := a.Knowledge.AddChild(ctx, d.ID, doc.ID, c.ID, in.Content)
	if err != nil {
		return nil, err
	}
	return &childOut{showChild(k)}, nil
}

type childrenIn struct {
	inSegment
	Page    string `query:"page" json:"-"`
	Limit   string `query:"limit" json:"-"`
	Keyword string `query:"keyword" json:"-"`
}

type childPage struct {
	Data  []wireChild `json:"data"`
	Total int         `json:"total"`
	Pages int         `json:"total_pages"`
	Page  int         `json:"page"`
	Limit int         `json:"limit"`
}

func (a *API) children(ctx context.Context, in *childrenIn) (*childPage, error) {
	_, _, c, err := a.openSegment(ctx, in.inSegment)
	if err != nil {
		return nil, err
	}
	page, limit, err := paged(in.Page, in.Limit)
	if err != nil {
		return nil, err
	}
	var all []wireChild
	for i := range c.Children {
		if in.Keyword == "" || strings.Contains(strings.ToLower(c.Children[i].Content), strings.ToLower(in.Keyword)) {
			all = append(all, showChild(&c.Children[i]))
		}
	}
	from := min((page-1)*limit, len(all))
	return &childPage{Data: append([]wireChild{}, all[from:min(from+limit, len(all))]...), Total: len(all), Pages: (len(all) + limit - 1) / limit, Page: page, Limit: limit}, nil
}

type inChild struct {
	inSegment
	Child string `path:"child_chunk_id" json:"-"`
}

func noChild(err error) error { return missing(err, "Child chunk not found.", "子分段不存在。") }

type updateChildIn struct {
	inChild
	Content string `json:"content"`
}

func (a *API) updateChild(ctx context.Context, in *updateChildIn) (*childOut, error) {
	d, doc, c, err := a.openSegment(ctx, in.inSegment)
	if err != nil {
		return nil, err
	}
	k, err := a.Knowledge.SaveChild(ctx, d.ID, doc.ID, c.ID, app.ID(in.Child), in.Content)
	if err != nil {
		return nil, noChild(err)
	}
	return &childOut{showChild(k)}, nil
}

func (a *API) deleteChild(ctx context.Context, w http.ResponseWriter, in *inChild) error {
	d, doc, c, err := a.openSegment(ctx, in.inSegment)
	if err != nil {
		return err
	}
	if err := a.Knowledge.DeleteChild(ctx, d.ID, doc.ID, c.ID, app.ID(in.Child)); err != nil {
		return noChild(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
