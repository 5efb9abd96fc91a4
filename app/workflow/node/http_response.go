package node

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"

	"islet/app"
	"islet/app/egress"
	"islet/app/workflow"
)

// The largest answers, after unpacking; Dify's limits.
const (
	fileMax = 10 << 20
	textMax = 1 << 20
)

// sampleSize is how much of an answer is looked at to tell text from files.
const sampleSize = 1024

// httpAnswer is what a server said.
type httpAnswer struct {
	status int
	header http.Header
	isFile bool
	data   []byte
}

// readAnswer reads the body of an answer, at most what its kind may have.
func readAnswer(ctx context.Context, w *watch, resp *http.Response) (*httpAnswer, error) {
	host := resp.Request.URL.Hostname()
	body, err := unpack(resp.Header, bufio.NewReader(w.receiving(resp.Body)))
	if err != nil {
		return nil, httpFailure(ctx, host, err)
	}
	r := bufio.NewReaderSize(body, sampleSize)
	sample, err := r.Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, httpFailure(ctx, host, err)
	}
	a := &httpAnswer{status: resp.StatusCode, header: resp.Header, isFile: isFile(resp.Header, sample)}
	most := int64(textMax)
	if a.isFile {
		most = fileMax
	}
	a.data, err = io.ReadAll(egress.Limit(r, most))
	if errors.Is(err, &app.Error{Code: "response_too_large"}) && ctx.Err() == nil {
		return nil, a.tooLarge(most)
	}
	if err != nil {
		return nil, httpFailure(ctx, host, err)
	}
	return a, nil
}

func (a *httpAnswer) tooLarge(most int64) error {
	kind := app.Text{En: "Text", Zh: "文本"}
	if a.isFile {
		kind = app.Text{En: "File", Zh: "文件"}
	}
	return workflow.Typed(errSize, app.Errorf(app.TooLarge, "response_too_large", "%[1]s size is too large, max size is %.2[3]f MB", "%[2]s过大，上限为 %.2[3]f MB", kind.En, kind.Zh, float64(most)/(1<<20)))
}

// unpack undoes the compression of an answer. An empty body is left alone.
func unpack(h http.Header, r *bufio.Reader) (io.Reader, error) {
	if _, err := r.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		return nil, err
	}
	switch how := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); how {
	case "", "identity":
		return r, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate": // with the header of zlib, or as some servers have it without
		if b, err := r.Peek(2); err == nil && b[0]&0x0f == 8 && (int(b[0])<<8|int(b[1]))%31 == 0 {
			return zlib.NewReader(r)
		}
		return flate.NewReader(r), nil
	default:
		return nil, app.Errorf(app.Upstream, "http_encoding_unknown", "the server compressed its answer with %q, which islet cannot read", "服务器以“%s”方式压缩了返回内容，islet 无法读取", clip(how))
	}
}

// disposition is how the server wants the answer to be taken, and the file name that it gives.
func disposition(h http.Header) (attachment bool, name string) {
	raw := decodeText([]byte(h.Get("Content-Disposition")))
	kind, params, err := mime.ParseMediaType(raw)
	if err != nil && kind == "" {
		kind, _, _ = strings.Cut(raw, ";")
	}
	name = params["filename"]
	if _, after, ok := strings.Cut(raw, "filename="); ok && name == "" {
		name, _, _ = strings.Cut(strings.Trim(after, `"' `), `"`)
		name, _, _ = strings.Cut(name, ";")
	}
	if un, err := url.PathUnescape(name); err == nil && strings.Contains(name, "%") {
		name = un
	}
	return strings.EqualFold(strings.TrimSpace(kind), "attachment") || name != "", fileName(name)
}

// fileName is the last part of a path, fit to be shown.
func fileName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 120 {
		name = string(r[len(r)-120:])
	}
	return strings.Trim(name, " .")
}

// textual are parts of media types that are text although they stand under application.
var textual = []string{"json", "xml", "javascript", "x-www-form-urlencoded", "yaml", "graphql"}

// code is found in text that was not declared to be any.
var code = [][]byte{[]byte("{"), []byte("["), []byte("<"), []byte("function"), []byte("var "), []byte("const "), []byte("let ")}

// isFile follows Dify: what the server calls a file is one, and of the rest what is no text.
func isFile(h http.Header, sample []byte) bool {
	if attachment, _ := disposition(h); attachment {
		return true
	}
	kind := mediaType(h)
	family, _, _ := strings.Cut(kind, "/")
	if family == "application" {
		if slices.ContainsFunc(textual, func(s string) bool { return strings.Contains(kind, s) }) {
			return false
		}
		if utf8.Valid(wholeRunes(sample)) && slices.ContainsFunc(code, func(s []byte) bool { return bytes.Contains(sample, s) }) {
			return false
		}
	}
	return slices.Contains([]string{"application", "image", "audio", "video"}, family)
}

// wholeRunes is b without a character that was cut in two at its end.
func wholeRunes(b []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if utf8.RuneStart(b[len(b)-n]) {
			if !utf8.FullRune(b[len(b)-n:]) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}

func mediaType(h http.Header) string {
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// outputs are the node's variables. A file is stored.
func (a *httpAnswer) outputs(ctx context.Context, d Deps, from *url.URL) (map[string]any, error) {
	headers := map[string]any{}
	for k, v := range a.header {
		headers[strings.ToLower(k)] = decodeText([]byte(strings.Join(v, ", ")))
	}
	out := map[string]any{"status_code": a.status, "body": "", "headers": headers, "files": []app.Attachment{}}
	if !a.isFile {
		out["body"] = decodeAnswer(a.data, a.header.Get("Content-Type"))
		return out, nil
	}
	name, kind := a.name(from)
	f, err := d.Save(ctx, name, kind, a.data)
	if err != nil {
		return nil, err
	}
	out["files"] = []app.Attachment{f}
	return out, nil
}

// endings are what file names end in where a server says only what is in a file.
var endings = map[string]string{
	"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/svg+xml": ".svg", "image/bmp": ".bmp",
	"audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/mp4": ".m4a", "audio/amr": ".amr", "audio/ogg": ".ogg",
	"video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm", "video/mpeg": ".mpeg",
	"application/pdf": ".pdf", "application/zip": ".zip", "application/gzip": ".gz", "application/octet-stream": ".bin",
	"application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}

// name is what the stored file is called, and its media type: by the name that the server gave, else by the type that it said,
// else by the address.
func (a *httpAnswer) name(from *url.URL) (name, kind string) {
	_, given := disposition(a.header)
	last := fileName(path.Base(from.Path))
	kind = typeByName(given)
	if kind == "" {
		kind = mediaType(a.header)
	}
	if kind == "" {
		kind = typeByName(last)
	}
	if kind == "" {
		kind = "application/octet-stream"
	}
	switch {
	case given != "":
		return given, kind
	case path.Ext(last) != "":
		return last, kind
	}
	return "response" + endings[kind], kind
}

func typeByName(name string) string {
	ext := strings.ToLower(path.Ext(name))
	for kind, e := range endings {
		if e == ext && kind != "audio/x-wav" {
			return kind
		}
	}
	kind, _, _ := strings.Cut(mime.TypeByExtension(ext), ";")
	return kind
}

var charsetIn = regexp.MustCompile(`(?i)(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)`)

// decodeAnswer makes UTF-8 of text in the character set that its type names, or that an HTML or XML page names itself; without
// a name, or if there is no such set, what is not UTF-8 is taken for Chinese.
func decodeAnswer(b []byte, contentType string) string {
	m := charsetIn.FindStringSubmatch(contentType)
	if kind := strings.ToLower(contentType); m == nil && (strings.Contains(kind, "html") || strings.Contains(kind, "xml")) {
		m = charsetIn.FindStringSubmatch(string(b[:min(len(b), sampleSize)]))
	}
	if m == nil {
		return decodeText(b)
	}
	e := charset(m[1])
	if e == nil {
		return decodeText(b)
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return decodeText(b)
	}
	return strings.TrimPrefix(string(out), "\uFEFF")
}

// charset is nil for UTF-8 and for what nobody knows; decodeText reads those.
func charset(name string) encoding.Encoding {
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	if n, err := htmlindex.Name(e); err != nil || n == "utf-8" {
		return nil
	}
	if e == simplifiedchinese.GBK { // pages that say GBK or GB2312 use what GB18030 added
		return simplifiedchinese.GB18030
	}
	return e
}
