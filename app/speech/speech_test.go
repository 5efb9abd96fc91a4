package speech_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"islet/app"
	"islet/app/egress"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
	"islet/app/speech"
)

// desk is a workspace whose models are those of the scripted server; an empty name is none.
func desk(t *testing.T, hears, speaks string) *speech.Speech {
	t.Helper()
	srv := modeltest.Start(modeltest.Options{})
	t.Cleanup(srv.Close)
	return on(t, srv, hears, speaks)
}

func on(t *testing.T, srv *modeltest.Started, hears, speaks string) *speech.Speech {
	t.Helper()
	ep := &app.Endpoint{ID: "e", Name: "scripted", Protocol: "openai", BaseURL: srv.URL + "/v1"}
	models := model.NewRegistry(model.Options{
		Endpoint: func(context.Context, app.ID) (*app.Endpoint, error) { return ep, nil },
		Open:     provider.Opener(egress.New(egress.Options{}), provider.Limits{}),
	})
	t.Cleanup(models.Close)
	ref := func(name string) *app.ModelRef {
		if name == "" {
			return nil
		}
		return &app.ModelRef{Endpoint: "e", Name: name}
	}
	return speech.New(speech.Options{Models: models, Defaults: func(context.Context) (*model.Defaults, error) {
		return &model.Defaults{Speech: ref(hears), Voice: ref(speaks)}, nil
	}})
}

var both = &app.Settings{Speech: &app.Speech{Listen: true, Speak: true, Voice: "alloy"}}

func TestHear_takesRecordingsAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		set              *app.Settings
		model            string
		file, mime, body string
		want, code       string
	}{
		"what a browser records":  {both, "whisper", "blob", "audio/webm;codecs=opus", "say 你好", "你好", ""},
		"by its extension":        {both, "whisper", "a.MP3", "application/octet-stream", "say one", "one", ""},
		"no type at all":          {both, "whisper", "a.m4a", "", "say two", "two", ""},
		"a document":              {both, "whisper", "a.pdf", "application/pdf", "x", "", "unsupported_audio_type"},
		"a document called .mp3":  {both, "whisper", "a.mp3", "text/plain", "x", "", "unsupported_audio_type"},
		"nothing in it":           {both, "whisper", "a.wav", "audio/wav", "", "", "no_audio_uploaded"},
		"too large":               {both, "whisper", "a.wav", "audio/wav", strings.Repeat("x", speech.MaxAudio+1), "", "audio_too_large"},
		"switched off":            {&app.Settings{}, "whisper", "a.wav", "audio/wav", "x", "", "speech_to_text_disabled"},
		"only speaks":             {&app.Settings{Speech: &app.Speech{Speak: true}}, "whisper", "a.wav", "audio/wav", "x", "", "speech_to_text_disabled"},
		"no model is chosen":      {both, "", "a.wav", "audio/wav", "x", "", "provider_not_initialize"},
		"as large as may be sent": {both, "whisper", "a.wav", "audio/wav", "say " + strings.Repeat("x", speech.MaxAudio-4), strings.Repeat("x", speech.MaxAudio-4), ""},
	} {
		got, err := desk(t, c.model, "").Hear(t.Context(), c.set, c.file, c.mime, strings.NewReader(c.body))
		if got != c.want || c.code == "" && err != nil || c.code != "" && !errors.Is(err, &app.Error{Code: c.code}) {
			t.Errorf("%s: %.20q, %v; want %s", name, got, err, c.code)
		}
	}
}

func TestSay_readsLongTextsInPieces(t *testing.T) {
	long := strings.Repeat("这是一句话。", 500) // 3,000 characters
	for name, c := range map[string]struct {
		model, text, voice string
		pieces             int
		mime               string
	}{
		"short":                      {"tts-mp3", "**你好** [1]", "", 1, "audio/mpeg"},
		"in another voice":           {"tts-mp3", "hello", "nova", 1, "audio/mpeg"},
		"long":                       {"tts-mp3", long, "", 3, "audio/mpeg"},
		"long, and no MP3 to joined": {"tts", long, "", 1, "audio/wav"},
	} {
		s, err := desk(t, "", c.model).Say(t.Context(), both, c.text, c.voice)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, err := io.ReadAll(s)
		if err := errors.Join(err, s.Close()); err != nil || s.MIME != c.mime {
			t.Errorf("%s: %s, %v", name, s.MIME, err)
		}
		if c.mime != "audio/mpeg" {
			continue
		}
		voice := c.voice
		if voice == "" {
			voice = "alloy"
		}
		said := strings.Split(strings.TrimSuffix(strings.TrimPrefix(string(b), "["+voice+":"), "]"), "]["+voice+":")
		if len(said) != c.pieces || strings.Join(said, "") != speech.Spoken(c.text) {
			t.Errorf("%s: %d pieces: %.40q …", name, len(said), b)
		}
	}
}

func TestHear_tellsTheModelTheLanguage(t *testing.T) {
	for set, want := range map[string]string{"": "", "zh": "zh", "zh-Hans": "zh"} {
		srv := modeltest.Start(modeltest.Options{})
		if _, err := on(t, srv, "whisper", "").Hear(t.Context(), &app.Settings{Speech: &app.Speech{Listen: true, ListenLanguage: set}}, "a.wav", "", strings.NewReader("x")); err != nil {
			t.Errorf("%q: %v", set, err)
		}
		sent := string(srv.Requests()[0].Body)
		if has := strings.Contains(sent, `name="language"`); has != (want != "") || has && !strings.Contains(sent, "\r\n\r\n"+want+"\r\n") {
			t.Errorf("%q: sent %q", set, sent)
		}
		srv.Close()
	}
}

func TestVoices_areThoseOfTheChosenModel(t *testing.T) {
	if vs, err := desk(t, "", "tts").Voices(t.Context()); err != nil || len(vs) != 3 || vs[2] != (model.NamedVoice{Name: "zf_xiaoxiao", Language: "zh"}) {
		t.Errorf("%v, %v", vs, err)
	}
	if vs, err := desk(t, "whisper", "").Voices(t.Context()); err != nil || vs == nil || len(vs) != 0 {
		t.Errorf("no model is chosen: %v, %v", vs, err)
	}
}

func TestSay_refuses(t *testing.T) {
	for name, c := range map[string]struct {
		set         *app.Settings
		model, text string
		code        string
	}{
		"switched off":       {&app.Settings{Speech: &app.Speech{Listen: true}}, "tts", "hi", "invalid_param"},
		"nothing to say":     {both, "tts", "```go\ncode\n```", "invalid_param"},
		"no model is chosen": {both, "", "hi", "provider_not_initialize"},
	} {
		if _, err := desk(t, "", c.model).Say(t.Context(), c.set, c.text, ""); !errors.Is(err, &app.Error{Code: c.code}) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestSpoken_leavesOutWhatNobodyHears(t *testing.T) {
	for in, want := range map[string]string{
		"# Title\n\n**bold** and `code`":                "Title\nbold and code",
		"<think>secret</think>答案":                       "答案",
		"see [the manual](http://a/b) [1] http://x.y/z": "see the manual",
		"```py\nx = 1\n```\nafter":                      "after",
		"| a | b |\n| --- | --- |\n| 1 | 2 |":           "a, b\n1, 2",
		"- one\n- two\n1. three":                        "one\ntwo\nthree",
		"<button data-message=\"x\">Go</button>":        "Go",
		"3 * 4 = 12, snake_case":                        "3 × 4 = 12, snake_case",
	} {
		if got := speech.Spoken(in); got != want {
			t.Errorf("Spoken(%q) = %q, want %q", in, got, want)
		}
	}
}
