package chat

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"islet/app"
	"islet/store"
)

// The largest files by kind, in bytes. Service API clients read them from /parameters.
const (
	MaxImage    = 10 << 20
	MaxDocument = 15 << 20
	MaxOther    = 50 << 20
)

const maxFileName = 255

// documents are the extensions of the kind document, Dify's and what else can be read, with their MIME types.
var documents = map[string]string{
	"txt": "text/plain", "md": "text/markdown", "markdown": "text/markdown", "mdx": "text/markdown", "csv": "text/csv", "vtt": "text/vtt",
	"properties": "text/plain", "html": "text/html", "htm": "text/html", "xml": "text/xml", "json": "application/json", "eml": "message/rfc822",
	"pdf": "application/pdf", "epub": "application/epub+zip",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"odt":  "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet", "odp": "application/vnd.oasis.opendocument.presentation",
	"rtf": "application/rtf", "yaml": "application/yaml", "yml": "application/yaml", "tsv": "text/tab-separated-values", "log": "text/plain",
	"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint", "msg": "application/vnd.ms-outlook",
}

// pictures are the extensions that promise an image; content that is none is refused.
var pictures = map[string]bool{"jpg": true, "jpeg": true, "png": true, "gif": true, "webp": true, "bmp": true, "ico": true}

// recordings are audio and video files whose content the sniffer does not always know.
var recordings = map[string]string{
	"mp3": "audio/mpeg", "m4a": "audio/mp4", "wav": "audio/wav", "amr": "audio/amr", "mpga": "audio/mpeg", "ogg": "audio/ogg",
	"mp4": "video/mp4", "mov": "video/quicktime", "mpeg": "video/mpeg", "webm": "video/webm",
}

// KindOf is the kind of file that a MIME type belongs to: image, audio, video, document, or custom where it is none of them.
func KindOf(mime string) string {
	mime, _, _ = strings.Cut(mime, ";")
	top, _, _ := strings.Cut(mime, "/")
	switch {
	case mime == "image/svg+xml": // a document that can carry scripts
		return "custom"
	case top == "image", top == "audio", top == "video":
		return top
	}
	for _, m := range documents {
		if m == mime {
			return "document"
		}
	}
	return "custom"
}

// limitOf is the size limit of a kind.
func limitOf(kind string) int64 {
	switch kind {
	case "image":
		return MaxImage
	case "document":
		return MaxDocument
	}
	return MaxOther
}

// sniff finds the MIME type of a file by its first bytes; the name decides only between types with the same look. A name that
// promises an image is held to it.
func sniff(head []byte, ext string) (string, error) {
	mime, _, _ := strings.Cut(http.DetectContentType(head), ";")
	top, _, _ := strings.Cut(mime, "/")
	switch {
	case top == "image" || top == "audio" || top == "video" || mime == "application/pdf":
		return mime, nil
	case mime == "application/ogg":
		return "audio/ogg", nil
	case pictures[ext]:
		return "", app.Errorf(app.Unsupported, "unsupported_file_type", "the file is called .%s but holds no image; choose another file", "文件扩展名为 .%s，但内容不是图片；请换一个文件", ext)
	case ext == "svg":
		return "image/svg+xml", nil
	case recordings[ext] != "" && mime == "application/octet-stream":
		return recordings[ext], nil
	case looks(head, mime, ext):
		return documents[ext], nil
	}
	return mime, nil
}

// looks tells whether content can be the document that its extension promises.
func looks(head []byte, mime, ext string) bool {
	switch ext {
	case "docx", "xlsx", "pptx", "epub", "odt", "ods", "odp":
		return mime == "application/zip"
	case "pdf":
		return false // a real one was known by its first bytes
	case "doc", "xls", "ppt", "msg":
		return bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) // OLE compound file
	}
	return documents[ext] != "" && strings.HasPrefix(mime, "text/")
}

// FileURL is where a file of the scope's app can be read, with the app's key.
func FileURL(id app.ID) string { return "/v1/files/" + string(id) + "/preview" }

// Keep stores what a node made as a file of the scope. What its bytes look like counts more than mime, which is for content
// that cannot be told. A name that would not do as one is replaced.
func (c *Chat) Keep(ctx context.Context, name, mime string, r io.Reader) (*app.File, error) {
	name, err := cleanName(filepath.Base(strings.ReplaceAll(name, `\\`, "/")))
	if err != nil {
		name = "file"
	}
	f, err := c.put(ctx, name, mime, r)
	return f, err
}

// Upload stores a file of the scope: of an end user where the scope names one, else of the member. The caller keeps r.
func (c *Chat) Upload(ctx context.Context, name string, r io.Reader) (*app.File, error) {
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	return c.put(ctx, name, "", r)
}

// put stores a file. mime is used where the content does not tell.
func (c *Chat) put(ctx context.Context, name, mime string, r io.Reader) (*app.File, error) {
	f := &app.File{ID: app.NewID(), Name: name, Ext: strings.ToLower(strings.TrimPrefix(filepath.Ext(name), ".")), CreatedAt: c.DB.Now()}
	body := bufio.NewReaderSize(r, 4096)
	head, err := body.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(head) == 0 {
		return nil, app.Errorf(app.Invalid, "file_empty", "the file is empty; choose another", "文件为空；请换一个文件")
	}
	if f.MIME, err = sniff(head, f.Ext); err != nil {
		return nil, err
	}
	if mime, _, _ = strings.Cut(mime, ";"); f.MIME == "application/octet-stream" && mime != "" {
		f.MIME = mime
	}
	if f.Hash, f.Size, err = c.DB.Files.Put(body, limitOf(KindOf(f.MIME))); err != nil {
		return nil, err
	}
	scope := app.ScopeOf(ctx)
	if scope.App != "" {
		f.App, f.EndUser = scope.App, scope.EndUser
	} else {
		f.User = scope.User
	}
	if err := c.DB.Update(ctx, func(tx *store.Tx) error { return tx.InsertFile(f) }); err != nil {
		return nil, err
	}
	return f, nil
}

// cleanName refuses names that are paths and drops what no name should hold.
func cleanName(name string) (string, error) {
	if strings.ContainsAny(name, `/\`) || name == "." || name == ".." {
		return "", app.Errorf(app.Invalid, "file_name_invalid", "a file name must not contain / or \\", "文件名不能包含 / 或 \\")
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name))
	if name == "" {
		return "", app.Errorf(app.Invalid, "file_name_missing", "the file has no name; rename it and try again", "文件没有名称；请重命名后重试")
	}
	if runes := []rune(name); len(runes) > maxFileName {
		ext := []rune(filepath.Ext(name))
		keep := max(maxFileName-len(ext), 0)
		name = string(runes[:keep]) + string(ext[:min(len(ext), maxFileName)])
	}
	return name, nil
}
