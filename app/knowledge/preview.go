package knowledge

import (
	"context"

	"islet/app"
	"islet/app/knowledge/extract"
)

// Preview is what a document would be cut into.
type Preview struct {
	Title    string           `json:"title"`
	Total    int              `json:"total"` // chunks; Chunks are the first of them
	Chunks   []PreviewChunk   `json:"chunks"`
	Pages    int              `json:"pages"`
	Tokens   int              `json:"tokens"`
	Longest  int              `json:"longest"` // tokens of the longest chunk
	Document *PreviewDocument `json:"document"`
}

// PreviewDocument is the beginning of what the parser read.
type PreviewDocument struct {
	Text   string `json:"text"`
	Length int    `json:"length"` // bytes of all of it
}

// PreviewChunk is one of the chunks.
type PreviewChunk struct {
	Content  string   `json:"content"`
	Answer   string   `json:"answer,omitempty"`
	Heading  []string `json:"heading"`
	Page     int      `json:"page,omitempty"`
	Tokens   int      `json:"tokens"`
	Children []string `json:"children,omitempty"`
}

const (
	previewChunks = 50
	previewText   = 20_000 // bytes
	previewPairs  = 1      // pieces of the text for which a model writes questions
)

// Preview cuts an uploaded file, a text, a page of the network or a document that is there, without storing anything.
func (k *Knowledge) Preview(ctx context.Context, a Addition, document *app.Document, c app.Chunking) (*Preview, error) {
	if _, err := rulesOf(&c); err != nil {
		return nil, err
	}
	doc := &app.Document{File: a.File, URL: a.URL, Chunking: c, Name: a.Name, Source: app.FromFile}
	var name, mime string
	var data []byte
	var err error
	switch {
	case document != nil:
		doc.ID, doc.Dataset = document.ID, document.Dataset
		text, err := k.Text(ctx, document.Dataset, document.ID)
		if err != nil {
			return nil, err
		}
		return k.preview(ctx, doc, text)
	case a.File != "":
		name, mime, data, err = k.bytesOf(ctx, doc)
	case a.URL != "":
		name, mime, data, err = k.fetch(ctx, a.URL)
	default:
		name, mime, data = "text.md", "text/markdown", []byte(a.Text)
	}
	if err != nil {
		return nil, err
	}
	text, err := k.o.Read(ctx, name, mime, data)
	if err != nil {
		return nil, err
	}
	return k.preview(ctx, doc, text)
}

func (k *Knowledge) preview(ctx context.Context, doc *app.Document, text *extract.Document) (*Preview, error) {
	p := &Preview{Title: text.Title, Pages: len(text.Pages), Chunks: []PreviewChunk{}, Document: &PreviewDocument{Text: cutText(text.Text, previewText), Length: len(text.Text)}}
	if doc.Chunking.Form == app.FormQA {
		ctx = withPairs(ctx, previewPairs)
	}
	passages, err := k.passages(ctx, *text, doc)
	if err != nil {
		return nil, err
	}
	p.Total = len(passages)
	for i := range passages {
		s := &passages[i]
		p.Tokens += s.Tokens
		p.Longest = max(p.Longest, s.Tokens)
		if i >= previewChunks {
			continue
		}
		c := PreviewChunk{Content: s.Text, Answer: s.Answer, Heading: s.Heading, Page: s.Page, Tokens: s.Tokens}
		for j := range s.Children {
			c.Children = append(c.Children, s.Children[j].Text)
		}
		p.Chunks = append(p.Chunks, c)
	}
	return p, nil
}
