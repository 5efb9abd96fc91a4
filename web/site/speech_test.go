package site_test

import (
	"io"
	"testing"

	"islet/app"
	"islet/app/model"
	"islet/app/model/modeltest"
)

func TestSpeech_isOfTheVisitor(t *testing.T) {
	r := newRig(t, modeltest.Options{}, app.Settings{Speech: &app.Speech{Listen: true, Speak: true, Voice: "alloy", AutoPlay: true}})
	mine, theirs := r.browser(), r.browser()
	var v struct {
		Voice struct {
			Listen, Speak bool
			AutoPlay      bool `json:"auto_play"`
		}
	}
	if mine.get("GET", "", nil, &v); v.Voice.Listen || v.Voice.Speak || v.Voice.AutoPlay {
		t.Errorf("no model can hear or speak, and the page offers %+v", v.Voice)
	}
	endpoint := r.app.Draft.Model.Endpoint
	ref := func(name string) *app.ModelRef { return &app.ModelRef{Endpoint: endpoint, Name: name} }
	if err := (&model.Keeper{DB: r.db}).SetDefaults(r.ctx, &model.Defaults{Speech: ref("whisper"), Voice: ref("tts-mp3")}); err != nil {
		t.Fatal(err)
	}
	if mine.get("GET", "", nil, &v); !v.Voice.Listen || !v.Voice.Speak || !v.Voice.AutoPlay {
		t.Errorf("the page offers %+v", v.Voice)
	}
	var heard struct{ Text string }
	if status := mine.get("POST", "/speech", newForm(t, "a.webm", []byte("say 你好")), &heard); status != 200 || heard.Text != "你好" {
		t.Errorf("heard %d %q", status, heard.Text)
	}
	if status := mine.get("POST", "/speech", newForm(t, "a.txt", []byte("say 你好")), nil); status != 415 {
		t.Errorf("a text is heard: %d", status)
	}
	said := mine.ask("# hi", nil)
	path := "/messages/" + string(said.message.ID) + "/speech"
	res := mine.request("GET", path, nil)
	b, err := io.ReadAll(res.Body)
	_ = res.Body.Close() // read
	if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "audio/mpeg" || string(b) != "[alloy:echo: # hi]" {
		t.Errorf("said %d %s %q, %v", res.StatusCode, res.Header.Get("Content-Type"), b, err)
	}
	if status := theirs.get("GET", path, nil, nil); status != 404 {
		t.Errorf("a stranger hears it: %d", status)
	}
}
