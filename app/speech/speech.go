package speech

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"

	"islet/app"
	"islet/app/model"
)

// MaxAudio bounds a recording, in bytes, as in Dify.
const MaxAudio = 30 << 20

// Options wire a Speech. Both are required.
type Options struct {
	Defaults func(context.Context) (*model.Defaults, error) // the workspace's models
	Models   *model.Registry
}

// Speech hears and speaks for all apps. Safe for concurrent use.
type Speech struct{ o Options }

// New makes a Speech.
func New(o Options) *Speech { return &Speech{o} }

// Can tells what the workspace has models for.
func (s *Speech) Can(ctx context.Context) (hear, speak bool, err error) {
	d, err := s.o.Defaults(ctx)
	if err != nil {
		return false, false, err
	}
	return chosen(d.Speech), chosen(d.Voice), nil
}

func chosen(ref *app.ModelRef) bool { return ref != nil && !ref.Zero() }

// recordings are the types of recording that are taken, by the extension of their file: those of Dify, and Ogg, which some
// browsers record.
var recordings = map[string]string{
	"mp3": "audio/mpeg", "mpga": "audio/mpeg", "mpeg": "audio/mpeg", "m4a": "audio/mp4", "mp4": "audio/mp4", "wav": "audio/wav", "webm": "audio/webm", "amr": "audio/amr",
	"ogg": "audio/ogg",
}

// types are the other names that recordings go by.
var types = map[string]string{
	"audio/mp3": "mp3", "audio/mpeg": "mp3", "audio/mpga": "mp3", "video/mpeg": "mp3", "audio/m4a": "m4a", "audio/x-m4a": "m4a", "audio/mp4": "m4a", "video/mp4": "mp4", "audio/wav": "wav",
	"audio/x-wav": "wav", "audio/wave": "wav", "audio/webm": "webm", "video/webm": "webm", "audio/amr": "amr", "audio/ogg": "ogg",
}

// Hear writes down a recording that was sent to an app. Its type is what mimeType says, else the extension of name. Errors: see
// the codes below; those of the model server are package model's.
func (s *Speech) Hear(ctx context.Context, set *app.Settings, name, mimeType string, body io.Reader) (string, error) {
	if set.Speech == nil || !set.Speech.Listen {
		return "", app.Errorf(app.Invalid, "speech_to_text_disabled", "voice input is switched off in this app", "此应用未开启语音输入")
	}
	ext := kindOf(name, mimeType)
	if ext == "" {
		return "", app.Errorf(app.Unsupported, "unsupported_audio_type", "this is no recording that can be read; send MP3, M4A, WAV, WebM, OGG or AMR", "不支持的录音格式；请使用 MP3、M4A、WAV、WebM、OGG 或 AMR")
	}
	data, err := io.ReadAll(io.LimitReader(body, MaxAudio+1))
	if err != nil {
		return "", err
	}
	if len(data) > MaxAudio {
		return "", app.Errorf(app.TooLarge, "audio_too_large", "the recording is larger than %d MB", "录音超过 %d MB", MaxAudio>>20)
	}
	if len(data) == 0 {
		return "", app.Errorf(app.Invalid, "no_audio_uploaded", "the recording is empty; record it again", "录音为空；请重新录制")
	}
	d, err := s.o.Defaults(ctx)
	if err != nil {
		return "", err
	}
	if !chosen(d.Speech) {
		return "", app.Errorf(app.Invalid, "provider_not_initialize", "no model for speech recognition is chosen; choose one under Models", "尚未选择语音识别模型；请在“模型”中选择")
	}
	m, err := s.o.Models.Transcriber(ctx, *d.Speech)
	if err != nil {
		return "", unsupported(err, "provider_not_support_speech_to_text")
	}
	language, _, _ := strings.Cut(set.Speech.ListenLanguage, "-") // zh of zh-Hans: servers know no more
	return m.Transcribe(ctx, "", &model.Audio{Name: "speech." + ext, MIME: recordings[ext], Data: data, Language: language})
}

// kindOf is the extension of a recording's type; "" for what is none.
func kindOf(name, mimeType string) string {
	if base, _, err := mime.ParseMediaType(mimeType); err == nil {
		if ext := types[base]; ext != "" {
			return ext
		}
		if base != "application/octet-stream" {
			return ""
		}
	}
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if recordings[ext] == "" {
		return ""
	}
	return ext
}

// unsupported gives a failure of kind its name in the Service API.
func unsupported(err error, code string) error {
	var e *app.Error
	if errors.As(err, &e) && e.Code == model.CodeUnsupported {
		return &app.Error{Kind: e.Kind, Code: code, Text: e.Text, Err: err}
	}
	return err
}

// Voices are those that the workspace's model for reading aloud tells of: none where it tells of none, or none is chosen.
func (s *Speech) Voices(ctx context.Context) ([]model.NamedVoice, error) {
	d, err := s.o.Defaults(ctx)
	if err != nil || !chosen(d.Voice) {
		return []model.NamedVoice{}, err
	}
	m, err := s.o.Models.Speaker(ctx, *d.Voice)
	if err != nil {
		return nil, unsupported(err, "model_currently_not_support")
	}
	return m.Voices(ctx, "")
}

// Say reads a text aloud in the app's voice, or in the one that is asked for. The caller closes the sound. A long text is read
// in pieces, one after the other, where the server makes MP3, which can be joined.
func (s *Speech) Say(ctx context.Context, set *app.Settings, text, voice string) (*model.Sound, error) {
	if set.Speech == nil || !set.Speech.Speak {
		return nil, app.Errorf(app.Invalid, "invalid_param", "reading aloud is switched off in this app", "此应用未开启语音朗读")
	}
	if text = Spoken(text); text == "" {
		return nil, app.Errorf(app.Invalid, "invalid_param", "there is nothing to read aloud", "没有可朗读的内容")
	}
	d, err := s.o.Defaults(ctx)
	if err != nil {
		return nil, err
	}
	if !chosen(d.Voice) {
		return nil, app.Errorf(app.Invalid, "provider_not_initialize", "no model for reading aloud is chosen; choose one under Models", "尚未选择语音合成模型；请在“模型”中选择")
	}
	m, err := s.o.Models.Speaker(ctx, *d.Voice)
	if err != nil {
		return nil, unsupported(err, "model_currently_not_support")
	}
	if voice == "" {
		voice = set.Speech.Voice
	}
	pieces := split(text, pieceLength)
	sound, err := m.Speak(ctx, "", voice, pieces[0])
	if err != nil || len(pieces) == 1 {
		return sound, err
	}
	if sound.MIME == "audio/mpeg" {
		sound.ReadCloser = &chain{ReadCloser: sound.ReadCloser, rest: pieces[1:], say: func(text string) (*model.Sound, error) { return m.Speak(ctx, "", voice, text) }}
		return sound, nil
	}
	if err := sound.Close(); err != nil {
		return nil, err
	}
	return m.Speak(ctx, "", voice, text)
}

// chain reads one sound after the other.
type chain struct {
	io.ReadCloser
	rest []string
	say  func(string) (*model.Sound, error)
}

func (c *chain) Read(p []byte) (int, error) {
	for {
		n, err := c.ReadCloser.Read(p)
		if n > 0 && errors.Is(err, io.EOF) {
			return n, nil // the end comes with the next call
		}
		if n > 0 || !errors.Is(err, io.EOF) || len(c.rest) == 0 {
			return n, err
		}
		next, err := c.say(c.rest[0])
		if err != nil {
			return 0, fmt.Errorf("the next piece: %w", err)
		}
		_ = c.ReadCloser.Close() // read to its end
		c.ReadCloser, c.rest = next.ReadCloser, c.rest[1:]
	}
}
