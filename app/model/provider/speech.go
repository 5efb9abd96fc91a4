package provider

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"islet/app"
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
	if a.Language != "" {
		err = errors.Join(err, form.WriteField("language", a.Language))
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
	return strings.TrimSpace(marks.ReplaceAllString(str(text), "")), nil
}

// marks are what SenseVoice says about a recording before its words: language, mood, kind of sound.
var marks = regexp.MustCompile(`<\|[^|<>]{1,40}\|>`)

// Speak asks /audio/speech for MP3; what comes is told by the answer. Without a voice the server takes its own, and where it
// has none of its own, the first that it lists; a server that makes no MP3 is asked for WAV. Both are learnt.
func (o *openAI) Speak(ctx context.Context, name, voice, text string) (*model.Sound, error) {
	for tries := 0; ; tries++ {
		p := o.profile.Load()
		in := map[string]any{"model": name, "input": text, "response_format": cmp.Or(p.SoundFormat, "mp3")}
		if v := cmp.Or(voice, p.Voices[name]); v != "" {
			in["voice"] = v
		}
		body, err := encode(in)
		if err != nil {
			return nil, o.fail(model.CodeRejected, err)
		}
		r, err := o.do(ctx, &ask{method: http.MethodPost, url: o.path("audio/speech", name), body: body})
		if err == nil {
			return o.soundOf(r)
		}
		if tries == 2 || !o.adaptSpeech(ctx, err, name, voice) {
			return nil, err
		}
	}
}

// firstVoice is what OpenAI and its imitators call a voice of theirs, for servers that want one and list none.
const firstVoice = "alloy"

// adaptSpeech learns from a refusal of speech; true means that another attempt makes sense. A voice that was asked for is
// never replaced.
func (o *openAI) adaptSpeech(ctx context.Context, err error, name, voice string) bool {
	if !errors.Is(err, &app.Error{Code: model.CodeRejected}) {
		return false
	}
	said := strings.ToLower(model.Detail(err))
	switch {
	case hasAny(said, []string{"response_format", "mp3"}):
		learnt := false
		o.learn(func(p *app.Profile) bool {
			learnt = p.SoundFormat == ""
			p.SoundFormat = "wav"
			return learnt
		})
		return learnt
	case voice == "" && strings.Contains(said, "voice"):
		refused := o.profile.Load().Voices[name]
		other := firstVoice
		vs, _ := o.Voices(ctx, name) // the refusal says more than a list that cannot be had
		if i := slices.IndexFunc(vs, func(v model.NamedVoice) bool { return v.Name != refused }); i >= 0 {
			other = vs[i].Name
		}
		o.learn(func(p *app.Profile) bool {
			p.Voices = maps.Clone(p.Voices)
			if p.Voices == nil {
				p.Voices = map[string]string{}
			}
			p.Voices[name] = other
			return other != refused
		})
		return other != refused
	}
	return false
}

// Voices asks /audio/voices, which many servers have that speak with several; the others tell of none.
func (o *openAI) Voices(ctx context.Context, name string) ([]model.NamedVoice, error) {
	vs := []model.NamedVoice{}
	b, err := o.get(ctx, o.path("audio/voices", name))
	var e *app.Error
	if errors.As(err, &e) && slices.Contains([]string{model.CodeWrongPath, model.CodeNotFound, model.CodeRejected, model.CodeBadAnswer}, e.Code) {
		return vs, nil
	}
	if err != nil {
		return nil, err
	}
	list := b
	for _, at := range []string{"voices", "data"} {
		if l := field(b, at); l != nil {
			list = l
			break
		}
	}
	err = items(list, func(v []byte) bool {
		if one, ok := voiceIn(v, name); ok {
			vs = append(vs, one)
		}
		return true
	})
	if err != nil {
		return nil, o.fail(model.CodeBadAnswer, err)
	}
	return vs, nil
}

// voiceIn reads one voice of a list: its name, or an object; false for what has no name or is another model's.
func voiceIn(b []byte, name string) (model.NamedVoice, bool) {
	if !isObject(b) {
		return model.NamedVoice{Name: str(b)}, str(b) != ""
	}
	first := func(names ...string) string {
		for _, n := range names {
			if s := str(field(b, n)); s != "" {
				return s
			}
		}
		return ""
	}
	v := model.NamedVoice{Name: first("voice_id", "id", "name", "voice"), Language: first("language", "locale", "lang")}
	_ = items(field(b, "languages"), func(l []byte) bool { // nothing, where there are none
		v.Language = cmp.Or(v.Language, str(l))
		return false
	})
	of := first("model_id", "model")
	return v, v.Name != "" && (of == "" || of == name)
}

// soundOf is the sound that an answer holds, or what it says in place of it.
func (o *openAI) soundOf(r *reply) (*model.Sound, error) {
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
