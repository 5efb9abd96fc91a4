package service

import (
	"context"
	"encoding/json"

	"islet/app"
	"islet/store"
)

type documentIn struct {
	inDocument
	Metadata string `query:"metadata" json:"-"` // all, only, without
}

// document is one document with its rules; metadata chooses which of its fields come.
func (a *API) document(ctx context.Context, in *documentIn) (*map[string]any, error) {
	d, doc, err := a.openDocument(ctx, in.inDocument)
	if err != nil {
		return nil, err
	}
	switch in.Metadata {
	case "", "all", "only", "without":
	default:
		return nil, app.Errorf(app.Invalid, "invalid_metadata", "Invalid metadata value: %s", "metadata 参数无效：%s", in.Metadata)
	}
	out := map[string]any{}
	return &out, a.DB.View(ctx, func(s *store.Snapshot) error {
		values, err := allValues(s, d, doc)
		if err != nil {
			return err
		}
		if in.Metadata == "only" {
			out["id"], out["doc_type"], out["doc_metadata"] = doc.ID, nil, values
			return nil
		}
		if err := detail(ctx, s, d, doc, out); err != nil {
			return err
		}
		if in.Metadata != "without" {
			out["doc_type"], out["doc_metadata"] = nil, values
		}
		return nil
	})
}

// allValues are the metadata of a document with the built-in fields, if the dataset shows them.
func allValues(s *store.Snapshot, d *app.Dataset, doc *app.Document) ([]wireValue, error) {
	list, err := valuesOf(s, doc)
	if err != nil || !d.BuiltIn {
		return list, err
	}
	uploader := ""
	if u, err := s.Member(doc.CreatedBy); err == nil {
		uploader = u.Name
	}
	values := map[string]any{"document_name": doc.Name, "uploader": uploader, "upload_date": doc.CreatedAt.Unix(), "last_update_date": doc.UpdatedAt.Unix(), "source": string(doc.Source)}
	for _, f := range app.BuiltInFields {
		list = append(list, wireValue{ID: "built-in", Name: f.Name, Type: f.Type, Value: values[f.Name]})
	}
	for i := range list {
		if _, ok := list[i].Value.(string); !ok {
			b, err := json.Marshal(list[i].Value)
			if err != nil {
				return nil, err
			}
			list[i].Value = string(b)
		}
	}
	return list, nil
}

// detail writes a document with its rules and times.
func detail(ctx context.Context, s *store.Snapshot, d *app.Dataset, doc *app.Document, out map[string]any) error {
	w, err := showDocument(ctx, s, doc)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return err
	}
	delete(out, "data_source_detail_dict")
	delete(out, "word_count")
	delete(out, "doc_metadata")
	if w.SourceType == string(app.FromFile) {
		out["data_source_info"] = map[string]any{"upload_file": upload(s, doc.File)}
	}
	out["dataset_process_rule"], out["document_process_rule"] = ruleOf(&d.Chunking), ruleOf(&doc.Chunking)
	lang := doc.Chunking.Lang
	if lang == "" {
		lang = "English"
	}
	out["doc_language"] = lang
	out["completed_at"], out["updated_at"] = unix(doc.CompletedAt), doc.UpdatedAt.Unix()
	out["indexing_latency"] = nil
	if doc.CompletedAt != nil && doc.StartedAt != nil {
		out["indexing_latency"] = doc.CompletedAt.Sub(*doc.StartedAt).Seconds()
	}
	out["segment_count"], out["average_segment_length"] = doc.Chunks, 0
	if doc.Chunks > 0 {
		out["average_segment_length"] = float64(doc.WordCount) / float64(doc.Chunks)
	}
	return nil
}

// ruleOf is how documents are cut, in Dify's form.
func ruleOf(c *app.Chunking) any {
	if len(c.Rules) == 0 {
		return map[string]any{"mode": "automatic"}
	}
	return c.Rules
}
