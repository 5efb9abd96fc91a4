package probe_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model/modeltest"
	"islet/app/model/probe"
)

func TestRun_hearsAndSpeaks(t *testing.T) {
	srv := modeltest.Start(modeltest.Options{Models: []string{"echo"}})
	defer srv.Close()
	for name, c := range map[string]struct {
		speech, voice string
		check, status string
		says          string
		named, sound  string // of the profile
	}{
		"takes recordings":         {"whisper", "", "speech", "info", "whisper takes recordings", "", ""},
		"nothing that hears":       {"", "tts", "speech", "skip", "no model for speech recognition", "", ""},
		"nothing that speaks":      {"whisper", "", "voice", "skip", "no model for reading aloud", "", ""},
		"speaks as WAV":            {"", "tts", "voice", "info", "as WAV", "", ""},
		"speaks as MP3":            {"", "tts-mp3", "voice", "ok", "3 voices, for example alloy", "", ""},
		"wants a voice, and WAV":   {"", "tts-picky", "voice", "info", "wants a voice to be named", "alloy", "wav"},
		"no sound in what it says": {"", "tts-json", "voice", "fail", "not an answer in its protocol", "", ""},
	} {
		r := examine(t, probe.Target{Endpoint: &app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}, Speech: c.speech, Voice: c.voice}, probe.Options{})
		if f := r.findings[c.check]; f.Status != c.status || !strings.Contains(f.Text.En, c.says) {
			t.Errorf("%s: %s %q, want %s %q", name, f.Status, f.Text.En, c.status, c.says)
		}
		if r.profile.Voices[c.voice] != c.named || r.profile.SoundFormat != c.sound {
			t.Errorf("%s: the profile keeps %v, %q", name, r.profile.Voices, r.profile.SoundFormat)
		}
	}
}

// TestRun_findsAServerThatOnlyHearsAndSpeaks: such servers refuse chat, and are healthy all the same.
func TestRun_findsAServerThatOnlyHearsAndSpeaks(t *testing.T) {
	script := modeltest.New(modeltest.Options{Models: []string{"Systran/faster-whisper-small", "iic/SenseVoiceSmall", "speaches-ai/Kokoro-82M-v1.0-ONNX", "FunAudioLLM/CosyVoice2-0.5B", "paraformer-zh", "Qwen3-ASR"}})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/chat/completions") {
			http.NotFound(w, r)
			return
		}
		script.ServeHTTP(w, r)
	}))
	defer srv.Close()
	r := examine(t, probe.Target{Endpoint: &app.Endpoint{Protocol: "openai", BaseURL: srv.URL + "/v1"}}, probe.Options{})
	if r.profile.Failed > 0 {
		t.Errorf("%d checks failed\n%s", r.profile.Failed, r.report())
	}
	var kinds []string
	for _, m := range r.models {
		kinds = append(kinds, string(m.Kind))
	}
	if got := strings.Join(kinds, " "); got != "speech2text speech2text tts tts speech2text speech2text" {
		t.Errorf("kinds are %s", got)
	}
	for _, check := range []string{"speech", "voice"} {
		if s := r.findings[check].Status; s == probe.Skip || s == probe.Fail {
			t.Errorf("%s: %s", check, s)
		}
	}
}
