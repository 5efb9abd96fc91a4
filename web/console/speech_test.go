package console_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"testing"

	"islet/app"
)

// speak sends a recording and returns the answer.
func (b *browser) speak(path, name, said string) (status int, out struct{ Text, Code string }) {
	b.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = io.WriteString(part, said) // into memory
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/console/api"+path, &form)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	res, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, out
}

func TestSpeech_isTriedInTheDebugChat(t *testing.T) {
	_, o, endpoint := newWorkshop(t)
	editor, _ := o.join("e@local", app.Editor)
	member, _ := o.join("m@local", app.Member)
	at := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "A"}), "id")
	settings := body{"model": body{"endpoint_id": endpoint, "name": "echo"}, "prompt": "be brief"}
	o.want(200, "", "PUT", at+"/draft", body{"rev": 1, "settings": settings})
	if status, got := o.speak(at+"/speech", "a.webm", "say 你好"); status != 400 || got.Code != "speech_to_text_disabled" {
		t.Errorf("switched off: %d %+v", status, got)
	}
	settings["speech"] = body{"listen": true, "speak": true, "voice": "nova", "listen_language": "zh"}
	o.want(200, "", "PUT", at+"/draft", body{"rev": 2, "settings": settings})
	if got := o.want(200, "", "GET", "/models/voices", nil); len(items(got)) != 0 {
		t.Errorf("voices without a model: %v", got)
	}
	o.want(200, "", "PUT", "/models/defaults", body{"speech2text": body{"endpoint_id": endpoint, "name": "whisper"}, "tts": body{"endpoint_id": endpoint, "name": "tts-mp3"}})
	if got := items(o.want(200, "", "GET", "/models/voices", nil)); len(got) != 3 || text(got[1], "name") != "nova" || text(got[1], "language") != "en" {
		t.Errorf("voices = %v", got)
	}
	for name, c := range map[string]struct {
		file, said string
		status     int
		text, code string
	}{
		"a recording": {"a.webm", "say 你好", 200, "你好", ""},
		"no file":     {"", "", 400, "", "no_audio_uploaded"},
		"a picture":   {"a.png", "x", 415, "", "unsupported_audio_type"},
	} {
		if status, got := editor.speak(at+"/speech", c.file, c.said); status != c.status || got.Text != c.text || got.Code != c.code {
			t.Errorf("%s: %d %+v", name, status, got)
		}
	}
	if status, _ := member.speak(at+"/speech", "a.webm", "say x"); status != 403 {
		t.Errorf("a member is heard: %d", status)
	}
	said := at + "/messages/" + field(o.turn(at+"/debug", body{"query": "say: hello", "inputs": body{}}), "id") + "/speech"
	if got := o.want(200, "", "GET", said, nil); text(got, "raw") != "[nova:hello]" {
		t.Errorf("said %v", got)
	}
	editor.want(404, "not_found", "GET", said, nil)
	member.want(403, "forbidden", "GET", "/models/voices", nil)
}
