package extract

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"

	"islet/app"
)

// Text is the text of a document. The extension of its name says what it is, and mime where the name does not. Every
// error is an *app.Error: format_unsupported, document_unreadable, document_empty, document_encrypted, document_too_large
// and document_unsafe. Reading a PDF this way takes seconds, see Reader.
func Text(name, mime string, data []byte) (string, error) { return new(Reader).Text(name, mime, data) }

// Supported tells whether Text can read such a document.
func Supported(name, mime string) bool { return Format(name, mime) != "" }

// A Reader reads one document after the other. The zero Reader is ready.
type Reader struct {
	pdf *pdfium // nil until LoadPDF
}

// Text is as the function Text.
func (r *Reader) Text(name, mime string, data []byte) (string, error) {
	return r.read(name, mime, data, &page{})
}

// read reads a document into a page.
func (r *Reader) read(name, mime string, data []byte, into *page) (text string, err error) {
	f := Format(name, mime)
	if f == "" {
		return "", unsupported(name, mime)
	}
	defer func() {
		if p := recover(); p != nil { // the libraries are good, not perfect
			text, err = "", unreadable(f, fmt.Errorf("panic: %v", p))
		}
	}()
	read := formats[f]
	switch {
	case f == PDF:
		read = r.readPDF
	case into.rich && richer[f] != nil:
		read = richer[f]
	}
	if err = read(data, into); err == nil {
		text, err = into.text()
	}
	var known *app.Error
	switch {
	case errors.As(err, &known):
		return "", known
	case err != nil:
		return "", unreadable(f, err)
	case len(text) > maxText:
		return "", tooMuchText()
	}
	if pictured[f] && strings.TrimSpace(text) == "" {
		return "", app.Errorf(app.Invalid, "document_empty", "the document holds no text; it is probably scanned or made of pictures",
			"文档中没有文字，可能是扫描件或仅由图片组成")
	}
	return strings.ToValidUTF8(text, "\uFFFD"), nil
}

// Format is the format by which a document is read, as a file extension without its dot, or "" if nobody reads it.
func Format(name, mime string) string {
	base := strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	for _, f := range []string{strings.TrimPrefix(path.Ext(base), "."), base} {
		if f = cmp.Or(aliases[f], f); readable(f) {
			return f
		}
	}
	mime, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(mime)), ";")
	mime = strings.TrimSpace(mime)
	if f := mimes[mime]; f != "" {
		return f
	}
	top, sub, _ := strings.Cut(mime, "/")
	switch {
	case strings.HasSuffix(sub, "+json"):
		return "json"
	case top == "text":
		return "txt"
	}
	return ""
}

func readable(f string) bool { return f != "" && (f == PDF || formats[f] != nil) }
