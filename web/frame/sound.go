package frame

import (
	"errors"
	"io"
	"net/http"

	"islet/app"
	"islet/web/route"
)

// Heard is a recording, written down.
type Heard struct {
	Text string `json:"text"`
}

// Hear hands an uploaded recording to who writes it down.
func Hear(up *route.Upload, write func(name, mime string, body io.Reader) (string, error)) (*Heard, error) {
	if up == nil {
		return nil, app.Errorf(app.Invalid, "no_audio_uploaded", "the form holds no recording; send it as the field file", "表单中没有录音；请以 file 字段上传")
	}
	body, err := up.Open()
	if err != nil {
		return nil, err
	}
	text, err := write(up.Name, up.MIME, body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return &Heard{text}, nil
}

// Sound answers with speech as it comes, and closes it. Nothing is written before the first of it is there, so that an error until
// then becomes the envelope; after that the connection breaks, so that nobody takes what came for the whole.
func Sound(w http.ResponseWriter, mime string, body io.ReadCloser) error {
	defer func() { _ = body.Close() }() // read to its end, or broken
	buf := make([]byte, 16<<10)
	begun := false
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if !begun {
				h := w.Header()
				h.Set("Content-Type", mime)
				h.Set("Cache-Control", "no-store")
				begun = true
			}
			if _, gone := w.Write(buf[:n]); gone != nil {
				return nil // the listener left
			}
			_ = http.NewResponseController(w).Flush() // what cannot be flushed comes with the next piece
		}
		switch {
		case errors.Is(err, io.EOF) && begun:
			return nil
		case errors.Is(err, io.EOF):
			return app.Errorf(app.Upstream, "empty_answer", "the model server sent no sound; check the voice and the model under Models", "模型服务没有返回音频；请检查音色和“模型”中的设置")
		case err != nil && begun:
			panic(http.ErrAbortHandler)
		case err != nil:
			return err
		}
	}
}
