package sandbox

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"runtime/debug"
	"time"
	"unicode/utf8"

	"islet/app"
	"islet/app/knowledge/extract"
)

// Workers that read documents are told so as if it were a language. PDF has workers of its own, as only they need PDFium.
const (
	documents = "documents"
	pdfs      = "pdf"
)

// documentLimits make a worker weigh up to 1 GB and 20 MB of text come back, more as JSON.
var documentLimits = Limits{Time: time.Minute, Memory: 384 << 20, Output: 26 << 20}

const (
	maxDocument    = 200 << 20 // bytes of a file; uploads end far below
	documentHeap   = 640 << 20 // of the worker, above which its garbage collector hurries
	documentMemory = 2 << 30   // beyond which the system gives it none
	documentStack  = 64 << 20  // of a parser that calls itself
)

// frameUnread is the answer to a document that could not be read: an error as JSON.
const frameUnread byte = 'U'

// readDocument does the work. Tests replace it by what misbehaves.
var readDocument = (*extract.Reader).Text

// wholeDocument is a document as JSON.
func wholeDocument(r *extract.Reader, name, mime string, data []byte) (string, error) {
	d, err := r.Document(name, mime, data)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(d)
	return string(raw), err
}

// Extract is the text of a document, read in a worker that has neither files nor network. What a document does to its parser
// ends with the worker: one that is not done in a minute or wants more than 1 GB is document_unsafe. The other errors are those of
// extract.Text, and sandbox_unavailable and canceled as of Run.
func (p *Pool) Extract(ctx context.Context, name, mime string, data []byte) (string, error) {
	return p.extract(ctx, documentHead{Name: name, MIME: mime}, data)
}

// Document is Extract with the headings, tables and pages of extract.Reader.Document.
func (p *Pool) Document(ctx context.Context, name, mime string, data []byte) (*extract.Document, error) {
	raw, err := p.extract(ctx, documentHead{Name: name, MIME: mime, Whole: true}, data)
	if err != nil {
		return nil, err
	}
	var d extract.Document
	if err := json.Unmarshal([]byte(raw), &d); err != nil || !sound(&d) {
		return nil, unavailable(errors.New("the worker answers with a document that is none"))
	}
	return &d, nil
}

// Rows is the rows of a table, of CSV in whatever character set or of the first sheet of an XLSX file, as Extract reads documents.
func (p *Pool) Rows(ctx context.Context, data []byte) ([][]string, error) {
	raw, err := p.extract(ctx, documentHead{Name: "table." + extract.RowsFormat}, data)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	if err := json.Unmarshal([]byte(raw), &rows); err != nil {
		return nil, unavailable(errors.New("the worker answers with rows that are none"))
	}
	return rows, nil
}

// sound tells whether the pages of a document begin inside its text, one after the other.
func sound(d *extract.Document) bool {
	at := 0
	for _, pg := range d.Pages {
		if pg.Start < at || pg.Start > len(d.Text) {
			return false
		}
		at = pg.Start
	}
	return true
}

// extract has a worker read a document.
func (p *Pool) extract(ctx context.Context, head documentHead, data []byte) (string, error) {
	name, mime := head.Name, head.MIME
	kind := documents
	switch f := extract.Format(name, mime); {
	case f == "":
		return extract.Text(name, mime, nil) // format_unsupported
	case len(data) > maxDocument:
		return "", app.Errorf(app.TooLarge, "document_too_large", "the document is larger than %d MB", "文档超过 %d MB", maxDocument>>20)
	case f == extract.PDF:
		kind = pdfs
	}
	job, err := newDocumentJob(head, data)
	if err != nil {
		return "", err
	}
	if err := p.take(ctx); err != nil {
		return "", err
	}
	defer p.free()
	w, err := p.worker(ctx, kind)
	if err != nil {
		return "", err
	}
	a, err := w.run(ctx, job, documentLimits)
	if err != nil {
		if app.KindOf(err) != app.Canceled {
			p.options.Log.Warn("a document ended its parser", "name", name, "size", len(data), "error", err, "stderr", w.words())
		}
		return "", p.parserEnded(err)
	}
	p.giveBack(w)
	return a.document()
}

// WarmPDF has one PDF worker ready. On the first start of a build it compiles PDFium for this machine, which takes seconds; call
// it in the background.
func (p *Pool) WarmPDF(ctx context.Context) error {
	if err := p.take(ctx); err != nil {
		return err
	}
	defer p.free()
	w, err := p.worker(ctx, pdfs)
	if err != nil {
		return err
	}
	p.giveBack(w)
	return nil
}

// parserEnded is the error of a document whose worker is gone.
func (p *Pool) parserEnded(err error) error {
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if closed || app.KindOf(err) == app.Canceled {
		return err
	}
	en, zh := "its parser broke", "解析器崩溃"
	switch app.AsError(err).Code {
	case "code_timeout":
		en, zh = "reading it takes more than a minute", "解析时间超过一分钟"
	case "code_memory":
		en, zh = "reading it takes more than 1 GB of memory", "解析所需内存超过 1 GB"
	}
	return app.Errorf(app.Refused, "document_unsafe", "parser limit: the document was not read, because %[1]s", "超出解析限制，未读取此文档：%[2]s", en, zh).Because(err)
}

// document is the text that a worker found, or its error.
func (a answer) document() (string, error) {
	if a.kind == frameValue {
		if !utf8.Valid(a.text) {
			return "", unavailable(errors.New("the worker answers with a text that is none"))
		}
		return string(a.text), nil
	}
	var u unread
	if err := json.Unmarshal(a.text, &u); a.kind != frameUnread || err != nil {
		return "", unavailable(errors.New("the worker speaks out of turn"))
	}
	e := &app.Error{Kind: u.Kind, Code: u.Code, Text: u.Text, Err: u.cause()}
	switch e.Kind { // a worker that was taken over may not choose freely
	case app.Invalid, app.Unsupported, app.Refused, app.TooLarge:
		return "", e
	}
	return "", unavailable(e)
}

// unread is an error on its way to the parent.
type unread struct {
	Kind  app.Kind
	Code  string
	Text  app.Text
	Cause string
}

func (u unread) cause() error {
	if u.Cause == "" {
		return nil
	}
	return errors.New(u.Cause)
}

// A document travels as the length of a head, the head as JSON, and its bytes.
type documentHead struct {
	Name, MIME string
	Whole      bool // an extract.Document as JSON is wanted, not its text
}

func newDocumentJob(h documentHead, data []byte) ([]byte, error) {
	head, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	job := make([]byte, 0, 4+len(head)+len(data))
	job = binary.BigEndian.AppendUint32(job, uint32(len(head)))
	return append(append(job, head...), data...), nil
}

func readDocumentJob(job []byte) (h documentHead, data []byte, err error) {
	if len(job) < 4 || uint64(len(job)-4) < uint64(binary.BigEndian.Uint32(job)) {
		return h, nil, errors.New("a document without head")
	}
	n := int(binary.BigEndian.Uint32(job))
	return h, job[4+n:], json.Unmarshal(job[4:4+n], &h)
}

// reading is the engine of documents.
type reading struct{ reader *extract.Reader }

func newReading(s setup) (engine, error) {
	r := &reading{reader: &extract.Reader{}}
	if s.Language == pdfs {
		if err := r.reader.LoadPDF(s.CacheDir); err != nil {
			return nil, err
		}
	}
	debug.SetMemoryLimit(documentHeap)
	debug.SetMaxStack(documentStack)
	limitMemory(documentMemory)
	return r, nil
}

func (r *reading) run(job []byte) answer {
	h, data, err := readDocumentJob(job)
	if err != nil {
		return failed(frameFailed, err.Error())
	}
	read := readDocument
	if h.Whole {
		read = wholeDocument
	}
	text, err := read(r.reader, h.Name, h.MIME, data)
	if err == nil {
		return answer{kind: frameValue, text: []byte(text)}
	}
	e := app.AsError(err)
	u := unread{Kind: e.Kind, Code: e.Code, Text: e.Text}
	if e.Err != nil {
		u.Cause = shown([]byte(e.Err.Error()))
	}
	raw, err := json.Marshal(u)
	if err != nil {
		return failed(frameFailed, err.Error())
	}
	return answer{kind: frameUnread, text: raw}
}

// prepare gives back the memory of the last document, so that the next one has its full share.
func (r *reading) prepare() error {
	debug.FreeOSMemory()
	return nil
}
