package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"islet/app"
	"islet/app/knowledge/extract"
	"islet/app/knowledge/split"
	"islet/store"
)

// ingest works off the queue until Close.
func (k *Knowledge) ingest() {
	slots := make(chan struct{}, k.o.Workers)
	tick := time.NewTicker(k.o.Poll)
	defer tick.Stop()
	for {
		if err := k.hand(slots); err != nil && k.ctx.Err() == nil {
			k.log.Error("the queue of documents could not be read; it is tried again", "err", err)
		}
		select {
		case <-tick.C:
		case <-k.wake:
		case <-k.ctx.Done():
			return
		}
	}
}

// queueLook is how many documents of the queue are looked at to find one that nobody works on.
const queueLook = 64

// hand gives the first documents of the queue to free workers.
func (k *Knowledge) hand(slots chan struct{}) error {
	var queue []store.Queued
	err := k.db.View(k.ctx, func(s *store.Snapshot) (err error) { queue, err = s.DocumentQueue(queueLook); return err })
	if err != nil {
		return err
	}
	for _, q := range queue {
		if !k.take(q.ID) {
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			k.give(q.ID)
			return nil // all busy; the one that ends wakes us
		}
		k.work.Go(func() {
			defer k.Wake()
			defer func() { <-slots }()
			defer k.give(q.ID)
			k.advance(system(k.ctx, q.Workspace), q.Dataset, q.ID)
		})
	}
	return nil
}

func (k *Knowledge) take(id app.ID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.busy[id] {
		return false
	}
	k.busy[id] = true
	return true
}

func (k *Knowledge) give(id app.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.busy, id)
}

// errStopped ends the work on a document without blame: it was paused, deleted, changed, or the process ends.
var errStopped = errors.New("knowledge: stopped")

// advance takes a document from stage to stage until it is finished, fails or stops.
func (k *Knowledge) advance(ctx context.Context, dataset, id app.ID) {
	for {
		var d *app.Dataset
		var doc *app.Document
		err := k.db.View(ctx, func(s *store.Snapshot) (err error) {
			if d, err = s.Dataset(dataset); err != nil {
				return err
			}
			doc, err = s.Document(dataset, id)
			return err
		})
		if err != nil || doc.Paused || !doc.Stage.Unfinished() {
			return
		}
		if err := k.step(ctx, d, doc); err != nil {
			if !errors.Is(err, errStopped) && ctx.Err() == nil {
				k.failed(ctx, doc, err)
			}
			return
		}
	}
}

// step does one stage; a panic is its error.
func (k *Knowledge) step(ctx context.Context, d *app.Dataset, doc *app.Document) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic at %s: %v\n%s", doc.Stage, p, debug.Stack())
		}
	}()
	switch doc.Stage {
	case app.Waiting:
		return k.to(ctx, doc, app.Waiting, func(_ *store.Tx, doc *app.Document) error {
			now := k.db.Now()
			doc.Stage, doc.StartedAt, doc.ParsedAt, doc.SplitAt, doc.CompletedAt = app.Parsing, &now, nil, nil, nil
			return nil
		})
	case app.Parsing:
		return k.parse(ctx, doc)
	case app.Splitting:
		return k.split(ctx, doc)
	case app.Indexing:
		return k.index(ctx, d, doc)
	}
	return errStopped
}

// to moves a document on, if nobody changed its stage meanwhile.
func (k *Knowledge) to(ctx context.Context, was *app.Document, from app.Stage, fn func(*store.Tx, *app.Document) error) error {
	return k.db.Update(ctx, func(tx *store.Tx) error {
		doc, err := still(tx, was, from)
		if err != nil {
			return err
		}
		doc.Error, doc.Wait, doc.Attempts, doc.TryAt = nil, nil, 0, nil
		if err := fn(tx, doc); err != nil {
			return err
		}
		return tx.SaveDocument(doc)
	})
}

// still is a document as it is now, if the work on it may go on: same stage and file, not paused.
func still(tx *store.Tx, was *app.Document, stage app.Stage) (*app.Document, error) {
	doc, err := tx.Document(was.Dataset, was.ID)
	if app.KindOf(err) == app.NotFound && err != nil {
		return nil, errStopped
	}
	if err != nil {
		return nil, err
	}
	if doc.Paused || doc.Stage != stage || doc.File != was.File || doc.Batch != was.Batch || string(doc.Chunking.Rules) != string(was.Chunking.Rules) || doc.Chunking.Form != was.Chunking.Form {
		return nil, errStopped
	}
	return doc, nil
}

// maxAttempts is how often a stage is tried while what it needs (a model server, mostly) fails; with backoff about 40 minutes.
const maxAttempts = 12

// failed writes down why a document did not go on: for good, or until it is tried again.
func (k *Knowledge) failed(ctx context.Context, was *app.Document, cause error) {
	e := app.AsError(cause)
	if e.Kind == app.Internal {
		k.log.Error("a document failed", "document", was.ID, "name", was.Name, "stage", was.Stage, "err", cause)
	}
	err := k.db.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		doc, err := still(tx, was, was.Stage)
		if err != nil {
			return err
		}
		doc.Attempts++
		if passing(e.Kind) && doc.Attempts < maxAttempts {
			at := tx.Now().Add(backoff(doc.Attempts - 1))
			doc.TryAt = &at
			doc.Wait = &app.Text{En: e.Text.En + "; it is tried again by itself", Zh: e.Text.In(app.Chinese) + "；系统将自动重试"}
		} else {
			doc.Stage, doc.Wait, doc.TryAt = app.Erred, nil, nil
			doc.Error = &app.Failure{Code: e.Code, Kind: e.Kind, Text: e.Text}
		}
		return tx.SaveDocument(doc)
	})
	if err != nil && !errors.Is(err, errStopped) {
		k.log.Error("why a document failed could not be written", "document", was.ID, "err", err, "cause", cause)
	}
}

// passing tells whether trying again later makes sense.
func passing(k app.Kind) bool {
	return k == app.Upstream || k == app.Timeout || k == app.Unavailable || k == app.RateLimited
}

// parse reads the document's file in the child process and stores what it says.
func (k *Knowledge) parse(ctx context.Context, doc *app.Document) error {
	name, mime, data, err := k.bytesOf(ctx, doc)
	if err != nil {
		return err
	}
	text, err := k.o.Read(ctx, name, mime, data)
	if err != nil {
		return err
	}
	if strings.TrimSpace(text.Text) == "" {
		return app.Errorf(app.Invalid, "document_empty", "the document holds no text", "文档中没有文字")
	}
	packed, err := packText(text)
	if err != nil {
		return err
	}
	return k.to(ctx, doc, app.Parsing, func(tx *store.Tx, doc *app.Document) error {
		now := tx.Now()
		doc.Stage, doc.ParsedAt, doc.Pages = app.Splitting, &now, len(text.Pages)
		if doc.Source == app.FromURL && doc.Name == doc.URL && text.Title != "" {
			doc.Name = text.Title
		}
		if doc.Source == app.FromURL {
			doc.Size = int64(len(data))
		}
		return tx.SetDocumentText(doc.ID, packed)
	})
}

// bytesOf reads the file behind a document.
func (k *Knowledge) bytesOf(ctx context.Context, doc *app.Document) (name, mime string, data []byte, err error) {
	if doc.Source == app.FromURL {
		return k.fetch(ctx, doc.URL)
	}
	var f *app.File
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { f, err = s.File(doc.File); return err }); err != nil {
		return "", "", nil, err
	}
	body, err := k.db.Files.Open(f.Hash)
	if err != nil {
		return "", "", nil, err
	}
	defer func() { _ = body.Close() }() // read only
	data, err = io.ReadAll(body)
	name, mime = f.Name, f.MIME
	if doc.Source == app.FromText { // whatever it is called, it is text
		if f := extract.Format(name, ""); f != "md" && f != "markdown" && f != "html" && f != "htm" && f != "csv" {
			name += ".md"
		}
	}
	return name, mime, data, err
}

// fetch reads a page or file of the network.
func (k *Knowledge) fetch(ctx context.Context, url string) (name, mime string, data []byte, err error) {
	if k.o.Fetch == nil {
		return "", "", nil, app.Errorf(app.Unavailable, "fetch_unavailable", "pages cannot be fetched here; upload the file", "此处无法抓取网页；请上传文件")
	}
	data, mime, err = k.o.Fetch(ctx, url)
	bare, _, _ := strings.Cut(url, "?")
	name = path.Base(bare)
	if extract.Format(name, "") == "" && strings.Contains(mime, "html") {
		name += ".html"
	}
	return name, mime, data, err
}

// splitBatch is how many chunks are stored in one change.
const splitBatch = 400

// split cuts a document's text into the chunks of its next revision.
func (k *Knowledge) split(ctx context.Context, doc *app.Document) error {
	text, err := k.Text(ctx, doc.Dataset, doc.ID)
	if app.KindOf(err) == app.NotFound && err != nil { // nothing parsed, for example after a restore of an older state
		return k.to(ctx, doc, app.Splitting, func(_ *store.Tx, doc *app.Document) error { doc.Stage = app.Waiting; return nil })
	}
	if err != nil {
		return err
	}
	passages, err := k.passages(ctx, *text, doc)
	if err != nil {
		return err
	}
	if len(passages) == 0 {
		return app.Errorf(app.Invalid, "document_empty", "nothing is left of the document after cleaning; change its chunking rules", "清洗后文档没有剩余内容；请修改分段规则")
	}
	chunks, next := k.chunks(doc, passages)
	err = k.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := still(tx, doc, app.Splitting); err != nil {
			return err
		}
		return tx.DropRevision(doc, doc.Revision+1)
	})
	for i := 0; i < len(chunks) && err == nil; i += splitBatch {
		part := chunks[i:min(i+splitBatch, len(chunks))]
		err = k.db.Update(ctx, func(tx *store.Tx) error {
			if _, err := still(tx, doc, app.Splitting); err != nil {
				return err
			}
			return tx.InsertChunks(part)
		})
	}
	if err != nil {
		return err
	}
	return k.to(ctx, doc, app.Splitting, func(tx *store.Tx, doc *app.Document) error {
		now := tx.Now()
		doc.Stage, doc.SplitAt, doc.NextOrd, doc.Done = app.Indexing, &now, next, 0
		var err error
		doc.Total, err = tx.UnitCount(doc, doc.Revision+1)
		return err
	})
}

// chunks are the rows of a document's next revision, and the ordinal after the last of them.
func (k *Knowledge) chunks(doc *app.Document, passages []split.Passage) (list []*app.Chunk, next uint32) {
	next, now := doc.NextOrd, k.db.Now()
	for i := range passages {
		p := &passages[i]
		c := &app.Chunk{ID: app.NewID(), Dataset: doc.Dataset, Document: doc.ID, Number: doc.Number, Ord: next, Revision: doc.Revision + 1, Position: i + 1,
			Content: p.Text, Answer: p.Answer, Heading: p.Heading, Page: p.Page, WordCount: utf8.RuneCountInString(p.Text) + utf8.RuneCountInString(p.Answer),
			Tokens: p.Tokens, Keywords: []string{}, Enabled: true, CreatedBy: doc.CreatedBy, CreatedAt: now, UpdatedAt: now}
		next++
		c.Hash = hashOf(c)
		for j := range p.Children {
			c.Children = append(c.Children, app.Child{ID: app.NewID(), Position: j + 1, Content: p.Children[j].Text,
				WordCount: utf8.RuneCountInString(p.Children[j].Text), CreatedAt: now, UpdatedAt: now, Ord: next})
			next++
		}
		list = append(list, c)
	}
	return list, next
}

// index embeds the units of the next revision, then makes it the one that answers.
func (k *Knowledge) index(ctx context.Context, d *app.Dataset, doc *app.Document) error {
	next := doc.Revision + 1
	if d.Space != 0 {
		if err := k.embedRevision(ctx, d, doc, next); err != nil {
			return err
		}
	}
	return k.swap(ctx, doc, next)
}

// swap makes a revision the one that answers, in one change with what the indexes have to look at.
func (k *Knowledge) swap(ctx context.Context, was *app.Document, next int) error {
	var unfilled bool
	err := k.to(ctx, was, app.Indexing, func(tx *store.Tx, doc *app.Document) error {
		c, err := tx.Content(doc, next)
		if err != nil {
			return err
		}
		now := tx.Now()
		first := doc.FirstOrd
		doc.Stage, doc.CompletedAt, doc.Revision, doc.Done = app.Completed, &now, next, doc.Total
		doc.Chunks, doc.Children, doc.WordCount, doc.Tokens = c.Chunks, c.Children, c.WordCount, c.Tokens
		if err := tx.DropOtherRevisions(doc); err != nil {
			return err
		}
		d, err := tx.Dataset(doc.Dataset)
		if err != nil {
			return err
		}
		unfilled = d.Space != 0 || d.NextSpace != 0
		return tx.Changed(doc.Dataset, doc.Number, first, doc.NextOrd)
	})
	if err != nil {
		return err
	}
	k.touched(was.Dataset)
	if unfilled { // the model may have changed meanwhile
		k.fill(app.ScopeOf(ctx).Workspace, was.Dataset)
	}
	return nil
}
