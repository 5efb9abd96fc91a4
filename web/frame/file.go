package frame

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"islet/app"
)

// inline are the types that a browser may show in place: none of them can carry a script.
var inline = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/bmp": true}

// File answers with the bytes of an uploaded file, whole or the range asked for. Whatever a browser could run in our name is
// sent as a download, sandboxed and never sniffed.
func File(w http.ResponseWriter, r *http.Request, f *app.File, body io.ReadSeeker, download bool) {
	base, _, _ := strings.Cut(f.MIME, ";")
	media := strings.HasPrefix(base, "audio/") || strings.HasPrefix(base, "video/")
	disposition := "attachment"
	if (inline[base] || media) && !download {
		disposition = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", f.MIME)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(w, r, "", f.CreatedAt, body)
}

// Table begins the answer with a table that the browser stores, called as a file or app is.
func Table(w http.ResponseWriter, mimeType, name, extension string) {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	if extension == "" {
		extension = "csv"
	}
	h := w.Header()
	h.Set("Content-Type", mimeType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + "." + extension}))
	h.Set("Cache-Control", "no-store")
}
