package provider_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
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

// TestTranscribe_saysWhatIsAsked looks at the form as the server sees it.
func TestTranscribe_saysWhatIsAsked(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{})
	defer srv.Close()
	r := registry(t, app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}, quick)
	for name, c := range map[string]struct{ model, language, want string }{
		"the language is found out":       {"whisper", "", "你好"},
		"the language is told":            {"whisper", "zh", "你好"},
		"what a model thinks is left out": {"sensevoice-small", "", "你好"},
	} {
		hears, err := r.Transcriber(t.Context(), app.ModelRef{Endpoint: "e", Name: c.model})
		if err != nil {
			t.Fatal(err)
		}
		got, err := hears.Transcribe(t.Context(), "", &model.Audio{Name: "speech.webm", MIME: "audio/webm", Data: []byte("say 你好"), Language: c.language})
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		sent := srv.Requests()[len(srv.Requests())-1]
		_, params, err := mime.ParseMediaType(sent.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		form, err := multipart.NewReader(bytes.NewReader(sent.Body), params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		f := form.File["file"][0]
		if f.Filename != "speech.webm" || f.Header.Get("Content-Type") != "audio/webm" || form.Value["response_format"][0] != "json" || strings.Join(form.Value["language"], "") != c.language {
			t.Errorf("%s: sent %s %s %v", name, f.Filename, f.Header.Get("Content-Type"), form.Value)
		}
	}
}

// answering is a server that says one thing.
func answering(t *testing.T, status int, kind, body string) *model.Registry {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may be gone
	}))
	t.Cleanup(srv.Close)
	return registry(t, app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1", Options: app.EndpointOptions{Retries: -1}}, quick)
}

func TestSpeech_failsWithACode(t *testing.T) {
	ref := app.ModelRef{Endpoint: "e", Name: "m"}
	for name, c := range map[string]struct {
		status           int
		kind, body       string
		hear, say, names string // codes; names "" is an empty list
	}{
		"no such key":             {401, "application/json", `{"error":{"message":"bad key"}}`, model.CodeAuth, model.CodeAuth, model.CodeAuth},
		"too often":               {429, "application/json", `{"error":"slow down"}`, model.CodeRateLimited, model.CodeRateLimited, model.CodeRateLimited},
		"no such path":            {404, "text/plain", "nothing here", model.CodeWrongPath, model.CodeWrongPath, ""},
		"no such model":           {404, "application/json", `{"error":{"message":"model not found"}}`, model.CodeNotFound, model.CodeNotFound, ""},
		"it broke":                {500, "application/json", `{"detail":"CUDA out of memory"}`, model.CodeServer, model.CodeServer, model.CodeServer},
		"a field that it refuses": {422, "application/json", `{"detail":[{"loc":["body","input"],"msg":"too long"}]}`, model.CodeRejected, model.CodeRejected, ""},
		"a page in place of it":   {200, "text/html", "<html>", model.CodeBadAnswer, model.CodeBadAnswer, ""},
		"an error that is no 4xx": {200, "application/json", `{"error":{"message":"out of voices"}}`, model.CodeStream, model.CodeStream, model.CodeStream},
		"JSON without a text":     {200, "application/json", `{"ok":true}`, model.CodeBadAnswer, model.CodeBadAnswer, ""},
	} {
		r := answering(t, c.status, c.kind, c.body)
		hears, err := r.Transcriber(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hears.Transcribe(t.Context(), "", &model.Audio{Name: "a.wav", MIME: "audio/wav", Data: []byte{1}}); !errors.Is(err, &app.Error{Code: c.hear}) {
			t.Errorf("%s: hears %v, want %s", name, err, c.hear)
		}
		says, err := answering(t, c.status, c.kind, c.body).Speaker(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := says.Speak(t.Context(), "", "v", "hi"); !errors.Is(err, &app.Error{Code: c.say}) {
			t.Errorf("%s: says %v, want %s", name, err, c.say)
		}
		says, err = answering(t, c.status, c.kind, c.body).Speaker(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		vs, err := says.Voices(t.Context(), "")
		if c.names == "" && (err != nil || len(vs) != 0) || c.names != "" && !errors.Is(err, &app.Error{Code: c.names}) {
			t.Errorf("%s: voices %v, %v, want %s", name, vs, err, c.names)
		}
	}
}

func TestVoices_areReadInEveryForm(t *testing.T) {
	for body, want := range map[string]string{
		`{"voices":["a","b"]}`: "a b",
		`["a"]`:                "a",
		`{"data":[{"id":"a","name":"A","language":"en-US"},{"name":"b","locale":"zh"}]}`:                   "a/en-US b/zh",
		`{"voices":[{"voice_id":"a","model_id":"m"},{"voice_id":"b","model_id":"n"},{"languages":["x"]}]}`: "a",
		`{"voices":{}}`: "",
	} {
		says, err := answering(t, 200, "application/json", body).Speaker(t.Context(), app.ModelRef{Endpoint: "e", Name: "m"})
		if err != nil {
			t.Fatal(err)
		}
		vs, err := says.Voices(t.Context(), "")
		var got []string
		for _, v := range vs {
			if v.Language != "" {
				v.Name += "/" + v.Language
			}
			got = append(got, v.Name)
		}
		if s := strings.Join(got, " "); err != nil || s != want {
			t.Errorf("%s: %q, %v, want %q", body, s, err, want)
		}
	}
}

// TestSpeak_learnsWhatTheServerWants: one that insists on a voice gets the first it lists, one that makes no MP3 is asked for
// WAV, and the next sentence is asked for the right way at once.
func TestSpeak_learnsWhatTheServerWants(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{})
	defer srv.Close()
	var learnt app.Profile
	ep := app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}
	s, err := provider.Open(door(), &ep, quick, func(p app.Profile) { learnt = p })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, want := range []int{4, 1} { // asked four times to begin with: refused, voices, refused, said
		before := len(srv.Requests())
		sound, err := s.With("").(model.Speaker).Speak(t.Context(), "picky", "", "你好")
		if err != nil {
			t.Fatal(err)
		}
		_ = sound.Close() // its beginning says enough
		if n := len(srv.Requests()) - before; n != want || sound.MIME != "audio/wav" {
			t.Errorf("%d requests for %s, want %d", n, sound.MIME, want)
		}
	}
	if learnt.SoundFormat != "wav" || learnt.Voices["picky"] != "alloy" {
		t.Errorf("learnt %+v", learnt)
	}
	if _, err := s.With("").(model.Speaker).Speak(t.Context(), "tts", "nobody", "hi"); !errors.Is(err, &app.Error{Code: model.CodeRejected}) {
		t.Errorf("a voice that was asked for is replaced: %v", err)
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
