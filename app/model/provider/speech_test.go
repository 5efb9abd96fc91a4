package provider_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
)

func TestSpeech_isHeardAndSaid(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{Key: "k"})
	defer srv.Close()
	r := registry(t, app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}, quick, "k")
	hears, err := r.Transcriber(t.Context(), app.ModelRef{Endpoint: "e", Name: "whisper"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := hears.Transcribe(t.Context(), "", &model.Audio{Name: "speech.webm", MIME: "audio/webm", Data: []byte{1, 2, 3}})
	if err != nil || text != modeltest.Heard {
		t.Errorf("Transcribe = %q, %v; want it without the space around", text, err)
	}
	for name, c := range map[string]struct{ model, voice, mime, begins, code string }{
		"a format of the server's": {"tts", "", "audio/wav", "RIFF", ""},
		"MP3 in a voice":           {"tts-mp3", "alloy", "audio/mpeg", "[alloy:你好]", ""},
		"no such voice":            {"tts", "nobody", "", "", model.CodeRejected},
		"JSON in place of sound":   {"tts-json", "", "", "", model.CodeBadAnswer},
	} {
		says, err := r.Speaker(t.Context(), app.ModelRef{Endpoint: "e", Name: c.model})
		if err != nil {
			t.Fatal(err)
		}
		s, err := says.Speak(t.Context(), "", c.voice, "你好")
		if c.code != "" {
			if !errors.Is(err, &app.Error{Code: c.code}) {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, err := io.ReadAll(s)
		if err := errors.Join(err, s.Close()); err != nil || s.MIME != c.mime || !strings.HasPrefix(string(b), c.begins) {
			t.Errorf("%s: %s %.20q, %v", name, s.MIME, b, err)
		}
	}
}

func TestSpeech_isNotOfEveryProtocol(t *testing.T) {
	for _, protocol := range []string{"ollama", "tei", "jina", "azure", "anthropic", "gemini"} {
		r := registry(t, app.Endpoint{Protocol: protocol, BaseURL: "http://127.0.0.1:9/v1"}, quick)
		ref := app.ModelRef{Endpoint: "e", Name: "m"}
		if _, err := r.Transcriber(t.Context(), ref); !errors.Is(err, &app.Error{Code: model.CodeUnsupported}) {
			t.Errorf("%s hears: %v", protocol, err)
		}
		if _, err := r.Speaker(t.Context(), ref); !errors.Is(err, &app.Error{Code: model.CodeUnsupported}) {
			t.Errorf("%s speaks: %v", protocol, err)
		}
	}
}
