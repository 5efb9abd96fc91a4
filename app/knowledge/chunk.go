package knowledge

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/knowledge/split"
	"islet/store"
)

// maxChunk is how much text one chunk written by hand may hold, in bytes.
const maxChunk = 1 << 20

// Edit is what is changed of a chunk; nil fields stay.
type Edit struct {
	Content  *string   `json:"content"`
	Answer   *string   `json:"answer"`
	Keywords *[]string `json:"keywords"`
	Enabled  *bool     `json:"enabled"`
	Children bool      `json:"regenerate_child_chunks"` // cut the new content into children again
}

// NewChunk is a chunk written by hand.
type NewChunk struct {
	Content  string   `json:"content"`
	Answer   string   `json:"answer"`
	Keywords []string `json:"keywords"`
}

// AddChunks puts chunks at the end of a document.
func (k *Knowledge) AddChunks(ctx context.Context, dataset, document app.ID, list []NewChunk) (chunks []*app.Chunk, err error) {
	_, err = k.edit(ctx, dataset, document, func(tx *store.Tx, doc *app.Document, _ *span) error {
		last, err := tx.LastPosition(doc)
		if err != nil {
			return err
		}
		for i := range list {
			c, err := k.newChunk(doc, &list[i], tx)
			if err != nil {
				return err
			}
			c.Position = last + i + 1
			chunks = append(chunks, c)
		}
		return tx.InsertChunks(chunks)
	})
	return chunks, err
}

func (k *Knowledge) newChunk(doc *app.Document, n *NewChunk, tx *store.Tx) (*app.Chunk, error) {
	now := tx.Now()
	c := &app.Chunk{ID: app.NewID(), Dataset: doc.Dataset, Document: doc.ID, Number: doc.Number, Revision: doc.Revision, Enabled: true, Edited: true,
		Heading: []string{}, Keywords: n.Keywords, CreatedBy: tx.Scope().User, CreatedAt: now, UpdatedAt: now}
	if c.Keywords == nil {
		c.Keywords = []string{}
	}
	if err := fill(c, doc, n.Content, n.Answer); err != nil {
		return nil, err
	}
	c.Ord = ordinal(doc)
	if doc.Chunking.Form == app.FormParent {
		c.Children = k.childrenOf(doc, c)
	}
	return c, nil
}

// fill gives a chunk its text.
func fill(c *app.Chunk, doc *app.Document, content, answer string) error {
	content, answer = strings.TrimSpace(content), strings.TrimSpace(answer)
	switch {
	case content == "":
		return app.Errorf(app.Invalid, "content_missing", "the chunk is empty; write something", "分段内容为空；请输入内容")
	case len(content)+len(answer) > maxChunk:
		return app.Errorf(app.TooLarge, "content_too_long", "the chunk is larger than %d KB; split it", "分段超过 %d KB；请拆分", maxChunk>>10)
	case doc.Chunking.Form == app.FormQA && answer == "":
		return app.Errorf(app.Invalid, "answer_missing", "a question needs an answer; write one", "请填写问题的答案")
	case doc.Chunking.Form != app.FormQA:
		answer = ""
	}
	c.Content, c.Answer = content, answer
	c.WordCount, c.Tokens = utf8.RuneCountInString(content)+utf8.RuneCountInString(answer), split.Tokens(content)+split.Tokens(answer)
	c.Hash = hashOf(c)
	return nil
}

func ordinal(doc *app.Document) uint32 {
	doc.NextOrd++
	return doc.NextOrd - 1
}

// childrenOf cuts a chunk into children by its document's rules.
func (k *Knowledge) childrenOf(doc *app.Document, c *app.Chunk) (list []app.Child) {
	rules, err := rulesOf(&doc.Chunking)
	if err != nil {
		return nil
	}
	now := k.db.Now()
	for i, p := range pieces(c.Content, rules) {
		list = append(list, app.Child{ID: app.NewID(), Chunk: c.ID, Position: i + 1, Content: p.Text, WordCount: utf8.RuneCountInString(p.Text), CreatedAt: now, UpdatedAt: now, Ord: ordinal(doc)})
	}
	return list
}

// span is the range of units that an edit touched.
type span struct{ first, next uint32 }

func (s *span) touch(ord uint32) {
	if s.next == 0 {
		s.first, s.next = ord, ord+1
	}
	s.first, s.next = min(s.first, ord), max(s.next, ord+1)
}

// chunk touches all units of a chunk.
func (s *span) chunk(c *app.Chunk) {
	s.touch(c.Ord)
	for i := range c.Children {
		s.touch(c.Children[i].Ord)
	}
}

// edit changes the chunks of a document that is finished, counts anew and tells the indexes. fn touches the old units that it
// changes; new ones are known.
func (k *Knowledge) edit(ctx context.Context, dataset, document app.ID, fn func(*store.Tx, *app.Document, *span) error) (*app.Document, error) {
	doc, err := k.change(ctx, dataset, document, func(tx *store.Tx, doc *app.Document) error {
		if doc.Revision == 0 || doc.Stage.Unfinished() {
			return app.Errorf(app.Conflict, "document_indexing", "the document is still being processed; change its chunks when it is finished", "文档仍在处理中；请在完成后再修改分段")
		}
		var old span
		before := doc.NextOrd
		if err := fn(tx, doc, &old); err != nil {
			return err
		}
		c, err := tx.Content(doc, doc.Revision)
		if err != nil {
			return err
		}
		doc.Chunks, doc.Children, doc.WordCount, doc.Tokens = c.Chunks, c.Children, c.WordCount, c.Tokens
		if err := tx.Changed(dataset, doc.Number, old.first, old.next); err != nil {
			return err
		}
		return tx.Changed(dataset, doc.Number, before, doc.NextOrd)
	})
	if err == nil {
		k.fill(app.ScopeOf(ctx).Workspace, dataset)
	}
	return doc, err
}

// SaveChunk changes a chunk.
func (k *Knowledge) SaveChunk(ctx context.Context, dataset, document, id app.ID, e Edit) (c *app.Chunk, err error) {
	_, err = k.edit(ctx, dataset, document, func(tx *store.Tx, doc *app.Document, old *span) error {
		if c, err = tx.Chunk(doc, id); err != nil {
			return err
		}
		before := c.Hash
		old.chunk(c)
		content, answer := c.Content, c.Answer
		if e.Content != nil {
			content = *e.Content
		}
		if e.Answer != nil {
			answer = *e.Answer
		}
		if err := fill(c, doc, content, answer); err != nil {
			return err
		}
		if e.Keywords != nil {
			c.Keywords = *e.Keywords
		}
		if e.Enabled != nil && *e.Enabled != c.Enabled {
			now := tx.Now()
			if c.Enabled, c.DisabledAt, c.DisabledBy = *e.Enabled, nil, ""; !c.Enabled {
				c.DisabledAt, c.DisabledBy = &now, tx.Scope().User
			}
		}
		c.Edited = c.Edited || c.Hash != before
		if err := tx.SaveChunk(c, c.Hash != before); err != nil || !e.Children {
			return err
		}
		return k.recut(tx, doc, c)
	})
	return c, err
}

// recut gives a chunk new children.
func (k *Knowledge) recut(tx *store.Tx, doc *app.Document, c *app.Chunk) error {
	for i := range c.Children {
		if err := tx.DeleteChild(c.Children[i].ID); err != nil {
			return err
		}
	}
	if len(c.Children) == 0 {
		if err := tx.DeleteUnit(c.Number, c.Ord); err != nil {
			return err
		}
	}
	c.Children = k.childrenOf(doc, c)
	for i := range c.Children {
		if err := tx.InsertChild(c, &c.Children[i]); err != nil {
			return err
		}
	}
	if len(c.Children) == 0 {
		return tx.RestoreUnit(c)
	}
	return nil
}

// DeleteChunks removes chunks of a document.
func (k *Knowledge) DeleteChunks(ctx context.Context, dataset, document app.ID, ids []app.ID) error {
	_, err := k.edit(ctx, dataset, document, func(tx *store.Tx, doc *app.Document, old *span) error {
		for _, id := range ids {
			c, err := tx.Chunk(doc, id)
			if err != nil {
				return err
			}
			old.chunk(c)
			if err := tx.DeleteChunk(c); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// AddChild gives a chunk another child, at its end.
func (k *Knowledge) AddChild(ctx context.Context, dataset, document, chunk app.ID, content string) (child *app.Child, err error) {
	_, err = k.edit(ctx, dataset, document, func(tx *store.Tx, doc *app.Document, old *span) error {
		c, err := tx.Chunk(doc, chunk)
		if err != nil {
			return err
		}
		if content, err = childText(content); err != nil {
			return err
		}
		old.touch(c.Ord)
		now := tx.Now()
		child = &app.Child{ID: app.NewID(), Position: 1, Content: content, WordCount: utf8.RuneCountInString(content), Edited: true, CreatedAt: now, UpdatedAt: now, Ord: ordinal(doc)}
		if n := len(c.Children); n > 0 {
			child.Position = c.Children[n-1].Position + 1
		} else if err := tx.DeleteUnit(c.Number, c.Ord); err != nil {
			return err
		}
		return tx.InsertChild(c, child)
	})
	return child, err
}

func childText(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", app.Errorf(app.Invalid, "content_missing", "the chunk is empty; write something", "分段内容为空；请输入内容")
	}
	if len(s) > maxChunk {
		return "", app.Errorf(app.TooLarge, "content_too_long", "the chunk is larger than %d KB; split it", "分段超过 %d KB；请拆分", maxChunk>>10)
	}
	return s, nil
}

// SaveChild changes the text of a child.
func (k *Knowledge) SaveChild(ctx context.Context, dataset, document, chunk, id app.ID, content string) (child *app.Child, err error) {
	_, err = k.edit(ctx, dataset, document, func(tx *store.Tx, doc *app.Document, old *span) error {
		c, i, err := childAt(tx, doc, chunk, id)
		if err != nil {
			return err
		}
		child = &c.Children[i]
		old.touch(child.Ord)
		if child.Content, err = childText(content); err != nil {
			return err
		}
		child.WordCount, child.Edited = utf8.RuneCountInString(child.Content), true
		return tx.SaveChild(doc.Number, child)
	})
	return child, err
}

// DeleteChild removes a child. A chunk that loses its last one is searched itself again.
func (k *Knowledge) DeleteChild(ctx context.Context, dataset, document, chunk, id app.ID) error {
	_, err := k.edit(ctx, dataset, document, func(tx *store.Tx, doc *app.Document, old *span) error {
		c, i, err := childAt(tx, doc, chunk, id)
		if err != nil {
			return err
		}
		old.chunk(c)
		if err := tx.DeleteChild(c.Children[i].ID); err != nil || len(c.Children) > 1 {
			return err
		}
		return tx.RestoreUnit(c)
	})
	return err
}

func childAt(tx *store.Tx, doc *app.Document, chunk, id app.ID) (*app.Chunk, int, error) {
	c, err := tx.Chunk(doc, chunk)
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(c.Children, func(ch app.Child) bool { return ch.ID == id })
	if i < 0 {
		return nil, 0, app.Missing("child chunk", "子分段")
	}
	return c, i, nil
}
