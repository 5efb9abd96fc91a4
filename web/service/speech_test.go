package service_test

import (
	"strings"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/store"
)

// choose makes models of the scripted server the workspace's own for speech.
func (r *rig) choose(hears, speaks string) {
	r.t.Helper()
	ref := func(name string) *app.ModelRef { return &app.ModelRef{Endpoint: r.endpoint, Name: name} }
	if err := (&model.Keeper{DB: r.db}).SetDefaults(r.ctx, &model.Defaults{Speech: ref(hears), Voice: ref(speaks)}); err != nil {
		r.t.Fatal(err)
	}
}

func TestSpeech_isWrittenDown(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, on := r.publish(app.Settings{Speech: &app.Speech{Listen: true}})
	_, off := r.publish(app.Settings{})
	wav := []byte("say 今天星期几")
	if got := r.form("/audio-to-text", on, "u", "a.wav", "audio/wav", wav); got.status != 400 || got.code() != "provider_not_initialize" {
		t.Errorf("without a model: %d %s", got.status, got.body)
	}
	r.choose("whisper", "tts")
	if got := r.form("/audio-to-text", on, "u", "a.wav", "audio/wav", wav); got.status != 200 || strings.TrimSpace(string(got.body)) != `{"text":"今天星期几"}` {
		t.Errorf("%d %s", got.status, got.body)
	}
	for name, c := range map[string]struct {
		key, file, mime string
		status          int
		code            string
	}{
		"switched off":   {off, "a.wav", "audio/wav", 400, "speech_to_text_disabled"},
		"no file":        {on, "", "", 400, "no_audio_uploaded"},
		"a picture":      {on, "a.png", "image/png", 415, "unsupported_audio_type"},
		"the wrong key":  {"app-x", "a.wav", "audio/wav", 401, "unauthorized"},
		"nothing in it":  {on, "a.mp3", "audio/mpeg", 200, ""},
		"by name, mp3":   {on, "a.mp3", "application/octet-stream", 200, ""},
		"no type, a pdf": {on, "a.pdf", "application/octet-stream", 415, "unsupported_audio_type"},
	} {
		if got := r.form("/audio-to-text", c.key, "u", c.file, c.mime, wav); got.status != c.status || got.code() != c.code {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := r.form("/audio-to-text", on, "u", "a.wav", "audio/wav", make([]byte, 31<<20)); got.status != 413 || got.code() != "audio_too_large" {
		t.Errorf("31 MB: %d %s", got.status, got.body)
	}
	var p struct {
		Listening struct{ Enabled bool } `json:"speech_to_text"`
		Speaking  struct{ Enabled bool } `json:"text_to_speech"`
	}
	r.do("GET", "/parameters", on, nil).into(t, &p)
	if !p.Listening.Enabled || p.Speaking.Enabled {
		t.Errorf("parameters say %+v", p)
	}
}

// TestSpeech_modelsThatCannot: what the workspace chose is of a server that neither hears nor speaks, or that is not there.
func TestSpeech_modelsThatCannot(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{Speech: &app.Speech{Listen: true, Speak: true}})
	wav := []byte("say x")
	for name, c := range map[string]struct {
		protocol, base string
		hear, say      string
	}{
		"another protocol": {"ollama", r.model.URL, "provider_not_support_speech_to_text", "model_currently_not_support"},
		"nobody there":     {"openai", "http://127.0.0.1:9/v1", "completion_request_error", "completion_request_error"},
	} {
		id := app.NewID()
		if err := r.db.Update(r.ctx, func(tx *store.Tx) error {
			return tx.InsertEndpoint(&app.Endpoint{ID: id, Name: name, Vendor: "custom", Protocol: c.protocol, BaseURL: c.base, Options: app.EndpointOptions{Retries: -1}, CreatedAt: tx.Now(), UpdatedAt: tx.Now()})
		}); err != nil {
			t.Fatal(err)
		}
		ref := &app.ModelRef{Endpoint: id, Name: "m"}
		if err := (&model.Keeper{DB: r.db}).SetDefaults(r.ctx, &model.Defaults{Speech: ref, Voice: ref}); err != nil {
			t.Fatal(err)
		}
		if got := r.form("/audio-to-text", key, "u", "a.wav", "audio/wav", wav); got.status != 400 || got.code() != c.hear {
			t.Errorf("%s hears: %d %s", name, got.status, got.body)
		}
		if got := r.do("POST", "/text-to-audio", key, object{"text": "x", "user": "u"}); got.status != 400 || got.code() != c.say {
			t.Errorf("%s says: %d %s", name, got.status, got.body)
		}
	}
}

func TestSpeech_readsTextsAndAnswersAloud(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{Speech: &app.Speech{Speak: true, Voice: "alloy"}})
	_, other := r.publish(app.Settings{Speech: &app.Speech{Speak: true}})
	_, off := r.publish(app.Settings{})
	r.choose("whisper", "tts-mp3")
	var m blocking
	r.ask(key, "ann", "**hello**", nil).into(t, &m)
	for name, c := range map[string]struct {
		key    string
		in     object
		status int
		body   string // or the code
	}{
		"a text":                     {key, object{"text": "你好", "user": "ann"}, 200, "[alloy:你好]"},
		"in another voice":           {key, object{"text": "你好", "user": "ann", "voice": "nova"}, 200, "[nova:你好]"},
		"an answer":                  {key, object{"message_id": m.Message, "user": "ann"}, 200, "[alloy:echo: hello]"},
		"an answer to anybody":       {key, object{"message_id": m.Message}, 200, "[alloy:echo: hello]"},
		"somebody else's answer":     {key, object{"message_id": m.Message, "user": "bob"}, 404, "not_found"},
		"another app's answer":       {other, object{"message_id": m.Message, "user": "ann"}, 404, "not_found"},
		"nothing":                    {key, object{"text": " ", "user": "ann"}, 400, "invalid_param"},
		"a voice that nobody has":    {key, object{"text": "x", "voice": "nobody"}, 400, "completion_request_error"},
		"an app that does not speak": {off, object{"text": "x"}, 400, "invalid_param"},
		"an id that is none":         {key, object{"message_id": "x"}, 404, "not_found"},
	} {
		got := r.do("POST", "/text-to-audio", c.key, c.in)
		said := string(got.body)
		if c.status != 200 {
			said = got.code()
		}
		if got.status != c.status || said != c.body || c.status == 200 && got.header.Get("Content-Type") != "audio/mpeg" {
			t.Errorf("%s: %d %s %s", name, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
}
