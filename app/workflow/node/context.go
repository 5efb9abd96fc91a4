package node

import (
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// knowledge is what a context variable holds, as a prompt needs it.
type knowledge struct {
	text      string
	resources []app.Resource   // passages that came out of a dataset
	files     []app.Attachment // pictures that belong to passages
}

// knowledgeOf reads a context: a string as it is, a list of texts and passages one below the other. Anything else is none.
func knowledgeOf(v any) (k knowledge, err error) {
	if s, ok := v.(string); ok {
		return knowledge{text: s}, nil
	}
	list, ok := value.List(v)
	if !ok {
		return k, nil
	}
	var b strings.Builder
	for _, e := range list {
		if s, ok := e.(string); ok {
			b.WriteString(s + "\n")
			continue
		}
		passage, _ := value.Fields(e)
		if err := k.add(&b, passage); err != nil {
			return k, err
		}
	}
	k.text = strings.TrimSpace(b.String())
	return k, nil
}

// add takes one passage, which has content and perhaps a summary.
func (k *knowledge) add(b *strings.Builder, passage *value.Object) error {
	var content any
	ok := false
	if passage != nil {
		content, ok = passage.Get("content")
	}
	if !ok {
		return workflow.Typed("InvalidContextStructureError", app.Errorf(app.Invalid, "context_invalid",
			"the context holds something that is neither text nor a passage with content", "上下文中包含既不是文本也不是带 content 的片段的内容"))
	}
	if summary := textOf(passage, "summary"); summary != "" {
		b.WriteString(summary + "\n")
	}
	b.WriteString(value.Text(content) + "\n")
	meta, _ := passage.Get("metadata")
	m, ok := value.Fields(meta)
	if !ok || textOf(m, "_source") != "knowledge" {
		return nil
	}
	k.resources = append(k.resources, resourceOf(passage, m, len(k.resources)+1))
	if v, _ := passage.Get("files"); v != nil {
		files, _ := attachmentsOf(v)
		k.files = append(k.files, files...)
	}
	return nil
}

// resourceOf is a passage of a knowledge-retrieval node as a source of the answer.
func resourceOf(passage, m *value.Object, position int) app.Resource {
	r := app.Resource{
		Position: position, Dataset: app.ID(textOf(m, "dataset_id")), DatasetName: textOf(m, "dataset_name"),
		Document: app.ID(textOf(m, "document_id")), DocumentName: textOf(m, "document_name"), Source: textOf(m, "data_source_type"),
		Segment: app.ID(textOf(m, "segment_id")), From: textOf(m, "retriever_from"), Content: textOf(passage, "content"),
		HitCount: intOf(m, "segment_hit_count"), WordCount: intOf(m, "segment_word_count"), SegmentPosition: intOf(m, "segment_position"),
		IndexNodeHash: textOf(m, "segment_index_node_hash"), Page: intOf(m, "page"), Title: textOf(passage, "title"), Summary: textOf(passage, "summary"),
	}
	if p := intOf(m, "position"); p > 0 {
		r.Position = p
	}
	if v, _ := m.Get("score"); v != nil {
		if f, ok := value.Float(v); ok {
			r.Score = &f
		}
	}
	if v, _ := m.Get("doc_metadata"); v != nil {
		if o, ok := value.Fields(v); ok {
			r.Metadata = o.Map()
		}
	}
	return r
}

func textOf(o *value.Object, key string) string {
	v, _ := o.Get(key)
	s, _ := v.(string)
	return s
}

func intOf(o *value.Object, key string) int {
	v, _ := o.Get(key)
	f, _ := value.Float(v)
	return int(f)
}
