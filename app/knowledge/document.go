package knowledge

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"islet/app"
	"islet/app/knowledge/extract"
	"islet/store"
)

// The largest documents, in bytes.
const (
	MaxFile = 100 << 20
	MaxText = 20 << 20
)

// Addition is a document to be added: by an uploaded file, a text or the address of a page or file.
type Addition struct {
	Name     string         `json:"name"`
	File     app.ID         `json:"file_id,omitempty"`
	Text     string         `json:"text,omitempty"`
	URL      string         `json:"url,omitempty"`
	Chunking *app.Chunking  `json:"chunking,omitempty"` // nil: the dataset's
	Metadata map[string]any `json:"metadata,omitempty"`
	From     string         `json:"-"` // web, api, cli

	hash string // of Text, once it is on disk
}

// Upload stores a file that documents are made of. What nobody can read is refused at once.
func (k *Knowledge) Upload(ctx context.Context, name string, r io.Reader) (*app.File, error) {
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	if !extract.Supported(name, "") {
		_, err := extract.Text(name, "", nil)
		return nil, err
	}
	f := &app.File{ID: app.NewID(), Name: name, Ext: strings.ToLower(strings.TrimPrefix(filepath.Ext(name), ".")), MIME: "application/octet-stream",
		User: app.ScopeOf(ctx).User, CreatedAt: k.db.Now()}
	if f.Hash, f.Size, err = k.db.Files.Put(r, MaxFile); err != nil {
		return nil, err
	}
	if f.Size == 0 {
		return nil, app.Errorf(app.Invalid, "file_empty", "the file %q is empty; choose another", "文件“%s”为空；请换一个文件", name)
	}
	return f, k.db.Update(ctx, func(tx *store.Tx) error { return tx.InsertFile(f) })
}

// cleanName keeps the last part of a path and drops what no name should hold.
func cleanName(name string) (string, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name))
	if name == "" || name == "." || name == "/" || name == ".." {
		return "", app.Errorf(app.Invalid, "file_name_missing", "the document has no name; name it and try again", "文档没有名称；请命名后重试")
	}
	if r := []rune(name); len(r) > 255 {
		ext := []rune(filepath.Ext(name))
		ext = ext[:min(len(ext), 20)]
		name = string(r[:255-len(ext)]) + string(ext)
	}
	return name, nil
}

// Batch names documents that were added together, as Dify does: the time to the second, and a random number.
func (k *Knowledge) batch() string {
	return k.db.Now().Format("20060102150405") + fmt.Sprintf("%06d", rand.IntN(1_000_000)) //nolint:gosec // a name, no secret
}

// Add puts documents into a dataset's queue: all of them or, with an error, none.
func (k *Knowledge) Add(ctx context.Context, dataset app.ID, adds []Addition) (batch string, docs []*app.Document, err error) {
	var d *app.Dataset
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { d, err = s.Dataset(dataset); return err }); err != nil {
		return "", nil, err
	}
	if d.External != nil {
		return "", nil, app.Errorf(app.Invalid, "dataset_external", "the documents of this dataset live in another system; add them there", "此知识库的文档位于外部系统；请在那里添加")
	}
	if len(adds) == 0 {
		return "", nil, app.Errorf(app.Invalid, "documents_missing", "choose at least one document", "请至少选择一个文档")
	}
	batch = k.batch()
	for i := range adds {
		doc, err := k.prepare(d, &adds[i])
		if err != nil {
			return "", nil, err
		}
		doc.Batch, doc.CreatedBy = batch, app.ScopeOf(ctx).User
		docs = append(docs, doc)
	}
	err = k.db.Update(ctx, func(tx *store.Tx) error {
		fields, err := tx.MetadataFields(dataset)
		if err != nil {
			return err
		}
		for i, doc := range docs {
			if err := insert(tx, doc, &adds[i], fields); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	k.Wake()
	return batch, docs, nil
}

// prepare checks an addition and stores the bytes of a text.
func (k *Knowledge) prepare(d *app.Dataset, a *Addition) (*app.Document, error) {
	now := k.db.Now()
	doc := &app.Document{ID: app.NewID(), Dataset: d.ID, Name: strings.TrimSpace(a.Name), Chunking: d.Chunking, Metadata: map[string]any{}, Stage: app.Waiting,
		Enabled: true, CreatedFrom: a.From, CreatedAt: now, UpdatedAt: now}
	if doc.CreatedFrom == "" {
		doc.CreatedFrom = "web"
	}
	if a.Chunking != nil {
		doc.Chunking = *a.Chunking
	}
	if _, err := rulesOf(&doc.Chunking); err != nil {
		return nil, err
	}
	switch {
	case a.File != "":
		doc.Source, doc.File = app.FromFile, a.File
	case a.URL != "":
		u, err := url.Parse(strings.TrimSpace(a.URL))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, app.Errorf(app.Invalid, "invalid_url", "%q is no address of a page; it looks like http://10.0.0.5/page.html", "%q 不是有效的网页地址；正确的形式如 http://10.0.0.5/page.html", a.URL)
		}
		doc.Source, doc.URL = app.FromURL, u.String()
		if doc.Name == "" {
			doc.Name = u.String()
		}
	default:
		return doc, k.prepareText(doc, a)
	}
	return doc, nil
}

// prepareText puts a text on disk, as the file of its document.
func (k *Knowledge) prepareText(doc *app.Document, a *Addition) (err error) {
	doc.Source = app.FromText
	switch {
	case strings.TrimSpace(a.Text) == "":
		return app.Errorf(app.Invalid, "text_missing", "the text is empty; write something or choose a file", "文本为空；请输入内容或选择文件")
	case len(a.Text) > MaxText:
		return app.Errorf(app.TooLarge, "document_too_large", "the text is larger than %d MB; split it", "文本超过 %d MB；请拆分", MaxText>>20)
	}
	if doc.Name, err = cleanName(doc.Name); err != nil {
		return err
	}
	a.hash, doc.Size, err = k.db.Files.Put(strings.NewReader(a.Text), MaxText)
	return err
}

// insert writes one document, with the file that holds its text.
func insert(tx *store.Tx, doc *app.Document, a *Addition, fields []*app.MetadataField) error {
	switch doc.Source {
	case app.FromFile:
		f, err := tx.File(a.File)
		if err != nil {
			return err
		}
		if doc.Size = f.Size; doc.Name == "" {
			doc.Name = f.Name
		}
	case app.FromText:
		if err := textFile(tx, doc, a.hash); err != nil {
			return err
		}
	}
	if err := setMetadata(doc, a.Metadata, fields); err != nil {
		return err
	}
	return tx.InsertDocument(doc)
}

// textFile names the bytes of a text as a file, so that it is downloaded and backed up like any other.
func textFile(tx *store.Tx, doc *app.Document, hash string) error {
	f := &app.File{ID: app.NewID(), Name: doc.Name, Ext: strings.ToLower(strings.TrimPrefix(filepath.Ext(doc.Name), ".")), MIME: "text/plain",
		Size: doc.Size, Hash: hash, User: tx.Scope().User, CreatedAt: tx.Now()}
	doc.File = f.ID
	return tx.InsertFile(f)
}

// Replace gives a document another text or file; what it held answers until the new chunks are ready. A name or chunking that
// is not given stays.
func (k *Knowledge) Replace(ctx context.Context, dataset, id app.ID, a Addition) (*app.Document, error) {
	fresh := &app.Document{Name: a.Name}
	if fresh.Name == "" {
		fresh.Name = "text"
	}
	if a.File == "" && a.Text != "" {
		if err := k.prepareText(fresh, &a); err != nil {
			return nil, err
		}
	}
	return k.change(ctx, dataset, id, func(tx *store.Tx, doc *app.Document) error {
		if a.Name != "" {
			name, err := cleanName(a.Name)
			if err != nil {
				return err
			}
			doc.Name = name
		}
		if a.Chunking != nil {
			doc.Chunking = *a.Chunking
			if _, err := rulesOf(&doc.Chunking); err != nil {
				return err
			}
		}
		switch {
		case a.File != "":
			f, err := tx.File(a.File)
			if err != nil {
				return err
			}
			doc.Source, doc.File, doc.Size = app.FromFile, f.ID, f.Size
			if a.Name == "" {
				doc.Name = f.Name
			}
		case a.Text != "":
			doc.Source, doc.Size = app.FromText, fresh.Size
			if err := textFile(tx, doc, a.hash); err != nil {
				return err
			}
		}
		doc.Batch = k.batch()
		requeue(doc, app.Waiting)
		return nil
	})
}

// Rechunk cuts a document again, in another form too; the old chunks answer until the new ones are ready.
func (k *Knowledge) Rechunk(ctx context.Context, dataset, id app.ID, c app.Chunking) (*app.Document, error) {
	if _, err := rulesOf(&c); err != nil {
		return nil, err
	}
	return k.change(ctx, dataset, id, func(tx *store.Tx, doc *app.Document) error {
		doc.Chunking = c
		next := app.Waiting
		if _, err := tx.DocumentText(doc.ID); err == nil {
			next = app.Splitting
		}
		requeue(doc, next)
		return nil
	})
}

func requeue(doc *app.Document, to app.Stage) {
	doc.Stage, doc.Paused, doc.Error, doc.Wait, doc.Attempts, doc.TryAt, doc.Total, doc.Done = to, false, nil, nil, 0, nil, 0, 0
}

// Rename gives a document another name, which is searched too.
func (k *Knowledge) Rename(ctx context.Context, dataset, id app.ID, name string) (*app.Document, error) {
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	return k.change(ctx, dataset, id, func(tx *store.Tx, doc *app.Document) error {
		doc.Name = name
		return tx.Changed(dataset, doc.Number, doc.FirstOrd, doc.NextOrd)
	})
}

// change reads a document, changes and stores it, and wakes who follows.
func (k *Knowledge) change(ctx context.Context, dataset, id app.ID, fn func(*store.Tx, *app.Document) error) (doc *app.Document, err error) {
	err = k.db.Update(ctx, func(tx *store.Tx) error {
		if doc, err = tx.Document(dataset, id); err != nil {
			return err
		}
		if err := fn(tx, doc); err != nil {
			return err
		}
		return tx.SaveDocument(doc)
	})
	if err != nil {
		return nil, err
	}
	k.touched(dataset)
	k.Wake()
	return doc, nil
}

// The actions of Do.
const (
	Enable    = "enable"
	Disable   = "disable"
	Archive   = "archive"
	Unarchive = "un_archive"
	Pause     = "pause"
	Resume    = "resume"
	Retry     = "retry"
	Remove    = "delete"
)

// Do does one action with documents of a dataset: all of them or, with an error, none.
func (k *Knowledge) Do(ctx context.Context, dataset app.ID, ids []app.ID, action string) error {
	err := k.db.Update(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			doc, err := tx.Document(dataset, id)
			if err != nil {
				return err
			}
			if err := act(tx, doc, action); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		k.touched(dataset)
		k.Wake()
	}
	return err
}

func act(tx *store.Tx, doc *app.Document, action string) error {
	now := tx.Now()
	switch action {
	case Remove:
		return tx.DeleteDocument(doc)
	case Enable:
		doc.Enabled, doc.DisabledAt, doc.DisabledBy = true, nil, ""
	case Disable:
		doc.Enabled, doc.DisabledAt, doc.DisabledBy = false, &now, tx.Scope().User
	case Archive:
		doc.Archived = true
	case Unarchive:
		doc.Archived = false
	case Pause:
		if !doc.Stage.Unfinished() {
			return app.Errorf(app.Conflict, "document_finished", "the document %q is not being worked on, so there is nothing to pause", "文档“%s”不在处理中，无法暂停", doc.Name)
		}
		doc.Paused = true
	case Resume:
		doc.Paused, doc.TryAt, doc.Wait = false, nil, nil
	case Retry:
		if doc.Stage == app.Completed {
			return nil
		}
		next := doc.Stage
		if doc.Stage == app.Erred {
			next = resumeAt(tx, doc)
		}
		requeue(doc, next)
	default:
		return app.Errorf(app.Invalid, "action_unknown", "the action %q is unknown; use enable, disable, archive, un_archive, pause, resume, retry or delete",
			"未知操作“%s”；可用操作：enable、disable、archive、un_archive、pause、resume、retry、delete", action)
	}
	if err := tx.SaveDocument(doc); err != nil {
		return err
	}
	switch action {
	case Enable, Disable, Archive, Unarchive:
		return tx.Changed(doc.Dataset, doc.Number, doc.FirstOrd, doc.NextOrd)
	}
	return nil
}

// resumeAt is the stage at which a failed document goes on: what it already made is kept.
func resumeAt(tx *store.Tx, doc *app.Document) app.Stage {
	if _, err := tx.DocumentText(doc.ID); err != nil {
		return app.Waiting
	}
	if doc.SplitAt == nil {
		return app.Splitting
	}
	return app.Indexing
}

// Document is one document of a dataset.
func (k *Knowledge) Document(ctx context.Context, dataset, id app.ID) (doc *app.Document, err error) {
	err = k.db.View(ctx, func(s *store.Snapshot) error { doc, err = s.Document(dataset, id); return err })
	return doc, err
}

// Text is what a document's file says.
func (k *Knowledge) Text(ctx context.Context, dataset, id app.ID) (*extract.Document, error) {
	var data []byte
	err := k.db.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.Document(dataset, id); err != nil {
			return err
		}
		var err error
		data, err = s.DocumentText(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return unpackText(data)
}

// Open opens a document's file. The caller closes it. Documents from the network have none before they were fetched.
func (k *Knowledge) Open(ctx context.Context, dataset, id app.ID) (f *app.File, body *os.File, err error) {
	err = k.db.View(ctx, func(s *store.Snapshot) error {
		doc, err := s.Document(dataset, id)
		if err != nil {
			return err
		}
		if doc.File == "" {
			return app.Missing("file of the document", "文档的文件")
		}
		f, err = s.File(doc.File)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	body, err = k.db.Files.Open(f.Hash)
	return f, body, err
}

// backoff is how long a stage waits after a passing failure.
func backoff(attempt int) time.Duration { return min(5*time.Second<<min(attempt, 8), 10*time.Minute) }

func packText(d *extract.Document) ([]byte, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return zstdEncoder.EncodeAll(raw, nil), nil
}

func unpackText(data []byte) (*extract.Document, error) {
	raw, err := zstdDecoder.DecodeAll(data, nil)
	if err != nil {
		return nil, err
	}
	var d extract.Document
	return &d, json.Unmarshal(raw, &d)
}
