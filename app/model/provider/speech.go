package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"islet/app/model"
)

// Transcribe asks /audio/transcriptions, as OpenAI began it and faster-whisper servers, vLLM, Xinference, LocalAI and
// SGLang follow.
func (o *openAI) Transcribe(ctx context.Context, name string, a *model.Audio) (string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", mime.FormatMediaType("form-data", map[string]string{"name": "file", "filename": a.Name}))
	head.Set("Content-Type", a.MIME)
	part, err := form.CreatePart(head)
	if err == nil {
		_, err = part.Write(a.Data)
	}
	if err := errors.Join(err, form.WriteField("model", name), form.WriteField("response_format", "json"), form.Close()); err != nil {
		return "", o.fail(model.CodeRejected, err)
	}
	b, err := o.whole(ctx, &ask{method: http.MethodPost, url: o.path("audio/transcriptions", name), body: body.Bytes(), mime: form.FormDataContentType()})
	if err != nil {
		return "", err
	}
	text := field(b, "text")
	if isNull(text) {
		return "", o.fail(model.CodeBadAnswer, fmt.Errorf("no text: %.200q", b))
	}
	return strings.TrimSpace(str(text)), nil
}

// Speak asks /audio/speech for MP3; what comes is told by the answer. Without a voice the server takes its own.
func (o *openAI) Speak(ctx context.Context, name, voice, text string) (*model.Sound, error) {
	in := map[string]any{"model": name, "input": text, "response_format": "mp3"}
	if voice != "" {
		in["voice"] = voice
	}
	body, err := encode(in)
	if err != nil {
		return nil, o.fail(model.CodeRejected, err)
	}
	r, err := o.do(ctx, &ask{method: http.MethodPost, url: o.path("audio/speech", name), body: body})
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(r.resp.Header.Get("Content-Type")) // none is an MP3
	switch {
	case kind == "" || kind == "application/octet-stream" || kind == "audio/mp3":
		kind = "audio/mpeg"
	case !strings.HasPrefix(kind, "audio/"):
		b, _ := r.all() // whatever of it came says what it is
		r.close()
		if p := problemIn(b); p != nil {
			return nil, o.classify(0, p, model.CodeStream)
		}
		return nil, o.fail(model.CodeBadAnswer, fmt.Errorf("%s in place of sound: %.200q", kind, b))
	}
	return &model.Sound{MIME: kind, ReadCloser: sound{r}}, nil
}

// sound is the body of an answer as its reader sees it.
type sound struct{ *reply }

func (s sound) Close() error {
	s.close()
	return nil
}
