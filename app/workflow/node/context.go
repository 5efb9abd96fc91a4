package node

import (
	"fmt"
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
	numbered  bool
}

// knowledgeOf reads a context: a string as it is, a list of texts and passages one below the other. Anything else is none. Numbered
// passages stand apart, each under the number of its document, by which a model can name it.
func knowledgeOf(v any, numbered bool) (k knowledge, err error) {
	k.numbered = numbered
	if s, ok := v.(string); ok {
		k.text = s
		return k, nil
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
	meta, _ := passage.Get("metadata")
	m, ok := value.Fields(meta)
	found := ok && textOf(m, "_source") == "knowledge"
	if found {
		r := resourceOf(passage, m)
		r.Position = sourceNumber(k.resources, &r)
		k.resources = append(k.resources, r)
		if k.numbered {
			b.WriteString("\n" + heading(&r) + "\n")
		}
	}
	if summary := textOf(passage, "summary"); summary != "" {
		b.WriteString(summary + "\n")
	}
	b.WriteString(value.Text(content) + "\n")
	if !found {
		return nil
	}
	if v, _ := passage.Get("files"); v != nil {
		files, _ := attachmentsOf(v)
		k.files = append(k.files, files...)
	}
	return nil
}

// sourceNumber is the number under which an answer names the document of r, after those before it. What a message keeps of its
// sources is numbered in the same way: one number a document, in the order in which they come.
func sourceNumber(before []app.Resource, r *app.Resource) int {
	last := 0
	for i := range before {
		if before[i].Dataset == r.Dataset && before[i].Document == r.Document {
			return before[i].Position
		}
		last = max(last, before[i].Position)
	}
	return last + 1
}

// heading stands above a passage that a model may cite.
func heading(r *app.Resource) string {
	if r.Page > 0 {
		return fmt.Sprintf("[%d] %s, page %d", r.Position, r.DocumentName, r.Page)
	}
	return fmt.Sprintf("[%d] %s", r.Position, r.DocumentName)
}

// passagesText is what a tool found, as a model reads it: each passage under its heading where it may be cited.
func passagesText(list []app.Resource, numbered bool) string {
	var b strings.Builder
	for i := range list {
		if numbered {
			b.WriteString(heading(&list[i]) + "\n")
		}
		b.WriteString(list[i].Content + "\n\n")
	}
	return strings.TrimSpace(b.String())
}

// resourceOf is a passage of a knowledge-retrieval node as a source of the answer.
func resourceOf(passage, m *value.Object) app.Resource {
	r := app.Resource{
		Dataset: app.ID(textOf(m, "dataset_id")), DatasetName: textOf(m, "dataset_name"),
		Document: app.ID(textOf(m, "document_id")), DocumentName: textOf(m, "document_name"), Source: textOf(m, "data_source_type"),
		Segment: app.ID(textOf(m, "segment_id")), From: textOf(m, "retriever_from"), Content: textOf(passage, "content"),
		HitCount: intOf(m, "segment_hit_count"), WordCount: intOf(m, "segment_word_count"), SegmentPosition: intOf(m, "segment_position"),
		IndexNodeHash: textOf(m, "segment_index_node_hash"), Page: intOf(m, "page"), Title: textOf(passage, "title"), Summary: textOf(passage, "summary"),
	}
	if h := textOf(m, "heading"); h != "" {
		r.Title = h
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
