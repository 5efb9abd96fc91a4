package service_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
)

// png is the smallest picture that a browser shows.
var png = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xdc\xccY\xe7\x00\x00\x00\x00IEND\xaeB`\x82")

// upload sends one file as a form.
func (r *rig) upload(token, user, name, mime string, data []byte) *answer {
	r.t.Helper()
	return r.form("/files/upload", token, user, name, mime, data)
}

// form sends a form with one file to an address; an empty name sends none.
func (r *rig) form(path, token, user, name, mime string, data []byte) *answer {
	r.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, name))
	if mime != "" {
		h.Set("Content-Type", mime)
	}
	var err error
	if name != "" {
		var part io.Writer
		if part, err = w.CreatePart(h); err == nil {
			_, err = part.Write(data)
		}
	}
	if err == nil && user != "" {
		err = w.WriteField("user", user)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, &b)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return r.send(req, token)
}
