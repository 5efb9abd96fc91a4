package service

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/knowledge"
	"islet/store"
)

const maxQuery = 250 // characters, as in Dify

type retrieveIn struct {
	inDataset
	Query     string          `json:"query"`
	Retrieval *wireRetrieval  `json:"retrieval_model"`
	External  *externalSearch `json:"external_retrieval_model"`
	Files     []string        `json:"attachment_ids"`
}

// foundSegment is a chunk as a search gives it.
type foundSegment struct {
	wireSegment
	Children    *struct{}     `json:"child_chunks,omitempty"` // they stand beside it
	Attachments *struct{}     `json:"attachments,omitempty"`
	Summary     *struct{}     `json:"summary,omitempty"`
	UpdatedAt   *struct{}     `json:"updated_at,omitempty"`
	UpdatedBy   *struct{}     `json:"updated_by,omitempty"`
	Document    app.ID        `json:"document_id"`
	In          foundDocument `json:"document"`
}

type foundDocument struct {
	ID       app.ID         `json:"id"`
	Source   string         `json:"data_source_type"`
	Name     string         `json:"name"`
	Type     *string        `json:"doc_type"`
	Metadata map[string]any `json:"doc_metadata"`
}

type foundChild struct {
	ID       app.ID  `json:"id"`
	Content  string  `json:"content"`
	Position int     `json:"position"`
	Score    float64 `json:"score"`
}

type foundRecord struct {
	Segment  foundSegment `json:"segment"`
	Children []foundChild `json:"child_chunks"`
	Score    float64      `json:"score"`
	Place    *struct{}    `json:"tsne_position"`
	Files    []struct{}   `json:"files"`
	Summary  *string      `json:"summary"`
}

type retrieved struct {
	Query struct {
		Content string `json:"content"`
	} `json:"query"`
	Records []foundRecord `json:"records"`
}

func (a *API) retrieve(ctx context.Context, in *retrieveIn) (*retrieved, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	if n := utf8.RuneCountInString(in.Query); n > maxQuery {
		return nil, app.Errorf(app.Invalid, "invalid_param", "query is longer than %d characters.", "query 超过 %d 个字符。", maxQuery)
	}
	q := knowledge.Query{Text: in.Query, Datasets: []app.ID{d.ID}, Source: "api"}
	if in.Retrieval != nil {
		s, err := a.settings(ctx, in.Retrieval)
		if err != nil {
			return nil, err
		}
		q.Settings, q.Filter = &s, in.Retrieval.Filter
	}
	if in.External != nil && d.External != nil {
		s := app.SearchSettings{TopK: in.External.TopK, Threshold: in.External.Threshold, ThresholdEnabled: in.External.ThresholdEnabled}
		q.Settings = &s
	}
	found, err := a.Knowledge.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &retrieved{Records: []foundRecord{}}
	out.Query.Content = in.Query
	for i := range found.Hits {
		out.Records = append(out.Records, record(&found.Hits[i]))
	}
	return out, nil
}

func record(h *app.Hit) foundRecord {
	r := foundRecord{Segment: foundSegment{wireSegment: showSegment(h.Document, h.Chunk), Document: h.Chunk.Document,
		In: foundDocument{ID: h.Document.ID, Source: string(h.Document.Source), Name: h.Document.Name, Metadata: h.Document.Metadata}},
		Score: h.Score, Children: []foundChild{}, Files: []struct{}{}}
	for i := range h.Children {
		c := &h.Children[i]
		r.Children = append(r.Children, foundChild{c.ID, c.Content, c.Position, c.Score})
	}
	return r
}

// externalIn is Dify's external knowledge protocol, asked of us: another system searches a dataset of this site.
type externalIn struct {
	Knowledge string `json:"knowledge_id"`
	Query     string `json:"query"`
	Setting   struct {
		TopK      int     `json:"top_k"`
		Threshold float64 `json:"score_threshold"`
	} `json:"retrieval_setting"`
	Filter *externalFilter `json:"metadata_condition"`
}

// externalFilter says name as a list in Dify's document and as a text in its code.
type externalFilter struct {
	Logic      string `json:"logical_operator"`
	Conditions []struct {
		Name     json.RawMessage `json:"name"`
		Operator string          `json:"comparison_operator"`
		Value    any             `json:"value"`
	} `json:"conditions"`
}

func (f *externalFilter) filter() *app.Filter {
	if f == nil || len(f.Conditions) == 0 {
		return nil
	}
	out := &app.Filter{Logic: f.Logic}
	for _, c := range f.Conditions {
		var names []string
		var name string
		if json.Unmarshal(c.Name, &names) == nil && len(names) > 0 {
			name = names[0]
		} else {
			_ = json.Unmarshal(c.Name, &name) // neither: a field that no document has
		}
		out.Conditions = append(out.Conditions, app.Condition{Name: name, Operator: c.Operator, Value: c.Value})
	}
	return out
}

type externalRecord struct {
	Content  string         `json:"content"`
	Score    float64        `json:"score"`
	Title    string         `json:"title"`
	Metadata map[string]any `json:"metadata"`
}

type externalOut struct {
	Records []externalRecord `json:"records"`
}

type externalError struct {
	Code    int    `json:"error_code"`
	Message string `json:"error_msg"`
}

// externalRetrieval answers another system's search. A key that is wrong was refused before; a dataset that is not there is 2001.
func (a *API) externalRetrieval(ctx context.Context, w http.ResponseWriter, in *externalIn) error {
	d, err := a.open(ctx, inDataset{strings.TrimSpace(in.Knowledge)})
	if app.KindOf(err) == app.NotFound && err != nil {
		return answerJSON(w, http.StatusNotFound, externalError{2001, "The knowledge does not exist"})
	}
	if err != nil {
		return err
	}
	s := d.Search
	if in.Setting.TopK > 0 {
		s.TopK = min(in.Setting.TopK, app.MaxTopK)
	}
	s.Threshold, s.ThresholdEnabled = min(max(in.Setting.Threshold, 0), 1), in.Setting.Threshold > 0
	found, err := a.Knowledge.Search(ctx, knowledge.Query{Text: in.Query, Datasets: []app.ID{d.ID}, Settings: &s, Filter: in.Filter.filter(), Source: "api"})
	if err != nil {
		return err
	}
	out := externalOut{Records: []externalRecord{}}
	for i := range found.Hits {
		h := &found.Hits[i]
		content := h.Chunk.Content
		if h.Chunk.Answer != "" {
			content += "\n" + h.Chunk.Answer
		}
		meta := map[string]any{"document_id": h.Document.ID, "segment_id": h.Chunk.ID, "page": h.Chunk.Page}
		for k, v := range h.Document.Metadata {
			meta[k] = v
		}
		out.Records = append(out.Records, externalRecord{content, h.Score, h.Document.Name, meta})
	}
	return answerJSON(w, http.StatusOK, out)
}

func answerJSON(w http.ResponseWriter, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // the caller has gone where this fails
	return nil
}

// label is a name in Dify's languages.
type label struct {
	En string `json:"en_US"`
	Zh string `json:"zh_Hans"`
}

type wireProvider struct {
	Provider string      `json:"provider"`
	Label    label       `json:"label"`
	Icon     *label      `json:"icon_small"`
	Status   string      `json:"status"`
	Models   []wireModel `json:"models"`
	Tenant   app.ID      `json:"tenant_id"`
	Dark     *label      `json:"icon_small_dark"`
}

type wireModel struct {
	Model      string         `json:"model"`
	Label      label          `json:"label"`
	Type       string         `json:"model_type"`
	Features   []string       `json:"features"`
	From       string         `json:"fetch_from"`
	Properties map[string]any `json:"model_properties"`
	Status     string         `json:"status"`
	Deprecated bool           `json:"deprecated"`
	Balanced   bool           `json:"load_balancing_enabled"`
	Invalid    bool           `json:"has_invalid_load_balancing_configs"`
}

type modelTypesIn struct {
	Type string `path:"model_type" json:"-"`
}

// modelKinds are Dify's words for kinds of model.
var modelKinds = map[string]app.ModelKind{"text-embedding": app.EmbedModel, "rerank": app.RerankModel, "llm": app.ChatModel, "speech2text": app.SpeechModel, "tts": app.VoiceModel}

// modelTypes lists the models of one kind by endpoint, whose id is the provider.
func (a *API) modelTypes(ctx context.Context, in *modelTypesIn) (*listOf[wireProvider], error) {
	out := &listOf[wireProvider]{Data: []wireProvider{}}
	kind, ok := modelKinds[in.Type]
	if !ok {
		return out, nil
	}
	return out, a.DB.View(ctx, func(s *store.Snapshot) error {
		endpoints, err := s.Endpoints()
		if err != nil {
			return err
		}
		for _, e := range endpoints {
			models, err := s.Models(kind, e.ID)
			if err != nil {
				return err
			}
			p := wireProvider{Provider: string(e.ID), Label: label{e.Name, e.Name}, Icon: &label{}, Status: "active", Models: []wireModel{}, Tenant: s.Scope().Workspace}
			for _, m := range models {
				if !m.Disabled && !e.Disabled {
					p.Models = append(p.Models, wireModel{Model: m.Name, Label: label{m.Name, m.Name}, Type: in.Type, From: "customizable-model", Status: "active",
						Properties: map[string]any{"context_size": m.ContextSize}})
				}
			}
			if len(p.Models) > 0 {
				out.Data = append(out.Data, p)
			}
		}
		return nil
	})
}
