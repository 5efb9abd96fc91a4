package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// UI serves the built front end. Its text files are stored compressed (name.gz) in the binary and are handed out as they are;
// the rare client that takes no gzip gets them unpacked. Every path that is not a file is the page itself: the router in it decides.
type UI struct {
	files fs.FS
	page  []byte // index.html.gz, or the note that there is no UI
	tag   string // ETag of the page
}

// notBuilt is shown by a binary that was built without its UI.
const notBuilt = "<!doctype html><meta charset=utf-8><title>islet</title><p>This binary was built without its UI; build it with <code>make build</code>.<p>此程序构建时未包含界面；请用 <code>make build</code> 构建。"

// NewUI serves the files of a built front end.
func NewUI(files fs.FS) *UI {
	page, err := fs.ReadFile(files, "index.html.gz")
	if err != nil {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, notBuilt) // into memory
		_ = z.Close()
		page = b.Bytes()
	}
	sum := sha256.Sum256(page)
	return &UI{files: files, page: page, tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
}

func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		notFound(w, r)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "embed.min.js" { // as pages made for Dify ask for it
		name = "embed.js"
	}
	if strings.HasPrefix(name, "assets/") || name != "" && strings.Contains(path.Base(name), ".") && !strings.HasSuffix(name, ".html") {
		u.file(w, r, name)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", u.tag)
	if r.Header.Get("If-None-Match") == u.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, r, u.page)
}

// file serves one file; those below assets/ carry a hash in their name and never change.
func (u *UI) file(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	if ct := mime.TypeByExtension(path.Ext(name)); ct != "" {
		h.Set("Content-Type", ct)
	}
	h.Set("Cache-Control", "public, max-age=3600")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if packed, err := fs.ReadFile(u.files, name+".gz"); err == nil {
		send(w, r, packed)
		return
	}
	plain, err := fs.ReadFile(u.files, name)
	if err != nil {
		h.Set("Cache-Control", "no-store")
		h.Del("Content-Type")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	_, _ = w.Write(plain) // the client may be gone
}

// send writes gzip bytes as they are, or unpacked for a client that takes none.
func send(w http.ResponseWriter, r *http.Request, packed []byte) {
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed) // the client may be gone
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	_, _ = io.Copy(w, z) // the client may be gone
}
