package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/model/modeltest"
	"islet/app/run"
	"islet/app/studio"
	"islet/store"
)

func TestErrors_codesAndStatusesAreDifys(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(everything)
	_, plain := r.publish(app.Settings{})
	bare := &app.App{Name: "unpublished"}
	if err := r.studio.Create(r.ctx, bare); err != nil {
		t.Fatal(err)
	}
	_, unpublished, err := r.studio.NewKey(r.ctx, bare.ID)
	if err != nil {
		t.Fatal(err)
	}
	shut, closed := r.publish(app.Settings{})
	off := false
	if _, err := r.studio.Update(r.ctx, shut.ID, studio.Change{APIEnabled: &off}); err != nil {
		t.Fatal(err)
	}
	ask := func(more object) object {
		o := object{"query": "hi", "inputs": object{"name": "Li"}, "user": "u"}
		for k, v := range more {
			if v == nil {
				delete(o, k)
			} else {
				o[k] = v
			}
		}
		return o
	}
	none, image := string(app.NewID()), object{"type": "image", "transfer_method": "remote_url", "url": "http://h/a.png"}
	for _, c := range []struct {
		method, path, key string
		body              any
		status            int
		code              string
	}{
		{"GET", "/info", "", nil, 401, "unauthorized"},
		{"GET", "/info", "app-wrong", nil, 401, "unauthorized"},
		{"GET", "/info", closed, nil, 403, "forbidden"},
		{"GET", "/parameters", unpublished, nil, 400, "app_unavailable"},
		{"GET", "/nothing", key, nil, 404, ""},
		{"POST", "/chat-messages", unpublished, ask(nil), 400, "app_unavailable"},
		{"POST", "/chat-messages", key, ask(object{"user": nil}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"user": " "}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"query": nil}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"query": ""}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"query": 5}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"inputs": nil}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"inputs": object{}}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"response_mode": "telepathy"}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"conversation_id": "x"}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"conversation_id": none}), 404, "not_found"},
		{"POST", "/chat-messages", key, ask(object{"files": []object{image, image, image, image}}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"files": []object{{"type": "document", "transfer_method": "remote_url", "url": "http://h/a.pdf"}}}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"files": []object{{"type": "image", "transfer_method": "remote_url", "url": "file:///etc/passwd"}}}), 400, "invalid_param"},
		{"POST", "/chat-messages", key, ask(object{"files": []object{{"type": "image", "transfer_method": "local_file", "upload_file_id": none}}}), 404, "not_found"},
		{"POST", "/chat-messages", plain, ask(object{"files": []object{image}}), 400, "invalid_param"},
		{"POST", "/chat-messages/" + none + "/stop", key, object{}, 400, "invalid_param"},
		{"POST", "/chat-messages/" + none + "/stop", key, object{"user": "u"}, 200, ""},
		{"POST", "/chat-messages/not-an-id/stop", key, object{"user": "u"}, 200, ""},
		{"GET", "/messages?user=u", key, nil, 400, "invalid_param"},
		{"GET", "/messages?user=u&conversation_id=" + none, key, nil, 404, "not_found"},
		{"GET", "/messages?user=u&limit=101&conversation_id=" + none, key, nil, 400, "invalid_param"},
		{"GET", "/messages/" + none + "/suggested", key, nil, 400, "invalid_param"},
		{"GET", "/messages/" + none + "/suggested?user=u", key, nil, 404, "not_found"},
		{"POST", "/messages/" + none + "/feedbacks", key, object{"rating": "like"}, 400, "invalid_param"},
		{"POST", "/messages/" + none + "/feedbacks", key, object{"rating": "like", "user": "u"}, 404, "not_found"},
		{"POST", "/messages/not-an-id/feedbacks", key, object{"rating": "like", "user": "u"}, 404, "not_found"},
		{"GET", "/conversations?limit=x", key, nil, 400, "invalid_param"},
		{"GET", "/conversations?sort_by=name", key, nil, 400, "invalid_param"},
		{"GET", "/conversations?last_id=" + none, key, nil, 404, "not_found"},
		{"POST", "/conversations/" + none + "/name", key, object{"name": "n"}, 404, "not_found"},
		{"POST", "/conversations/" + none + "/name", key, object{"user": "u"}, 400, "invalid_param"},
		{"GET", "/conversations/" + none + "/variables", key, nil, 404, "not_found"},
		{"PUT", "/conversations/" + none + "/variables/" + none, key, object{"value": 1}, 404, "not_found"},
		{"DELETE", "/conversations/" + none, key, object{}, 404, "not_found"},
		{"GET", "/end-users/" + none, key, nil, 404, "end_user_not_found"},
		{"GET", "/files/" + none + "/preview", key, nil, 404, "file_not_found"},
	} {
		got := r.do(c.method, c.path, c.key, c.body)
		if got.status != c.status || got.code() != c.code && c.code != "" {
			t.Errorf("%s %s %v = %d %s, want %d %s", c.method, c.path, c.body, got.status, got.body, c.status, c.code)
		}
		if c.code != "" {
			var e struct{ Status int }
			if got.into(t, &e); e.Status != c.status {
				t.Errorf("%s %s: the body says status %d", c.method, c.path, e.Status)
			}
		}
	}
}

func TestErrors_nameTheVariableInTheCallersLanguage(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(everything)
	req, err := http.NewRequest(http.MethodPost, r.url+"/chat-messages", strings.NewReader(`{"query":"q","inputs":{},"user":"u"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	var e struct{ Message string }
	r.send(req, key).into(t, &e)
	if e.Message != "请填写“Name”" {
		t.Errorf("message %q", e.Message)
	}
}

func TestModelFailures_endBothModesWithDifysCode(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	for quirk, want := range map[string]string{"500_forever": "completion_request_error", "401": "completion_request_error", "402": "provider_quota_exceeded",
		"404_model": "model_currently_not_support", "error_mid": "completion_request_error"} {
		_, key := r.publish(app.Settings{Model: app.ModelRef{Name: "echo@" + quirk}})
		got := r.ask(key, "u", "count to 9", nil)
		if got.status != 400 || got.code() != want {
			t.Errorf("%s, blocking: %d %s", quirk, got.status, got.body)
		}
		a := r.do("POST", "/chat-messages", key, object{"query": "count to 9", "inputs": object{}, "user": "u", "response_mode": "streaming"})
		evs := events(t, a.body)
		last := evs[len(evs)-1]
		if a.status != 200 || last["event"] != "error" || last["code"] != want || last["status"] != 400.0 || last["message"] == "" {
			t.Errorf("%s, streaming: %d %v", quirk, a.status, last)
		}
		var list struct {
			Data []struct{ Status, Answer, Error string }
		}
		r.do("GET", "/messages?user=u&conversation_id="+last["conversation_id"].(string), key, nil).into(t, &list)
		if m := list.Data[0]; m.Status != "error" || m.Error != last["message"] || quirk == "error_mid" && !strings.HasPrefix(m.Answer, "1") {
			t.Errorf("%s: stored as %+v", quirk, m)
		}
	}
}

func TestApp_withoutAModelServerSaysSo(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	if err := r.db.Update(r.ctx, func(tx *store.Tx) error { return tx.DeleteEndpoint(r.endpoint) }); err != nil {
		t.Fatal(err)
	}
	if got := r.ask(key, "u", "hi", nil); got.status != 400 || got.code() != "provider_not_initialize" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestStrangers_findNothing lets another end user and another app's key try every address with ids that exist.
func TestStrangers_findNothing(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(everything)
	_, other := r.publish(everything)
	var up struct {
		ID    string
		Owner string `json:"created_by"`
	}
	r.upload(key, "owner", "p.png", "image/png", png).into(t, &up)
	var m blocking
	r.ask(key, "owner", "say: mine", object{"inputs": object{"name": "n"}}).into(t, &m)
	c := m.Conversation
	local := object{"inputs": object{"name": "n"}, "files": []object{{"type": "image", "transfer_method": "local_file", "upload_file_id": up.ID}}}
	for who, s := range map[string]struct{ key, user string }{"another end user": {key, "stranger"}, "nobody": {key, ""}, "another app": {other, "owner"}} {
		u := "?user=" + s.user
		user := s.user
		if user == "" {
			user = "DEFAULT-USER"
		}
		for _, got := range []*answer{
			r.ask(s.key, user, "hi", object{"conversation_id": c}),
			r.ask(s.key, user, "hi", local),
			r.do("GET", "/messages"+u+"&conversation_id="+c, s.key, nil),
			r.do("GET", "/messages/"+m.Message+"/suggested?user="+user, s.key, nil),
			r.do("POST", "/messages/"+m.Message+"/feedbacks", s.key, object{"rating": "dislike", "user": user}),
			r.do("GET", "/conversations"+u+"&last_id="+c, s.key, nil),
			r.do("POST", "/conversations/"+c+"/name", s.key, object{"name": "stolen", "user": s.user}),
			r.do("POST", "/conversations/"+c+"/name", s.key, object{"auto_generate": true, "user": s.user}),
			r.do("GET", "/conversations/"+c+"/variables"+u, s.key, nil),
			r.do("PUT", "/conversations/"+c+"/variables/"+c, s.key, object{"value": "x", "user": s.user}),
			r.do("DELETE", "/conversations/"+c, s.key, object{"user": s.user}),
		} {
			if got.status != 404 {
				t.Errorf("%s: %d %s", who, got.status, got.body)
			}
		}
		var list struct{ Data []any }
		r.do("GET", "/conversations"+u, s.key, nil).into(t, &list)
		if len(list.Data) != 0 {
			t.Errorf("%s sees conversations %v", who, list.Data)
		}
	}
	for path, want := range map[string]int{"/files/" + up.ID + "/preview": 404, "/end-users/" + up.Owner: 404, "/app/feedbacks": 200} {
		if got := r.do("GET", path, other, nil); got.status != want || strings.Contains(string(got.body), m.Message) {
			t.Errorf("another app's key, %s: %d %s", path, got.status, got.body)
		}
	}
	var list struct{ Data []object }
	r.do("GET", "/messages?user=owner&conversation_id="+c, key, nil).into(t, &list)
	if len(list.Data) != 1 || list.Data[0]["feedback"] != nil {
		t.Errorf("after the strangers the owner has %v", list.Data)
	}
}

func TestConversations_pageAndSort(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	for i := range 3 {
		r.ask(key, "u", fmt.Sprintf("say: %d", i), nil)
	}
	type page struct {
		Limit int
		More  bool `json:"has_more"`
		Data  []struct{ ID, Name string }
	}
	var got []string
	last := ""
	for range 3 {
		var p page
		r.do("GET", "/conversations?user=u&limit=2&sort_by=created_at&last_id="+last, key, nil).into(t, &p)
		for _, c := range p.Data {
			got, last = append(got, c.Name), c.ID
		}
		if p.Limit != 2 || p.More != (len(got) < 3) {
			t.Errorf("page %+v", p)
		}
		if !p.More {
			break
		}
	}
	if strings.Join(got, ",") != "say: 0,say: 1,say: 2" {
		t.Errorf("conversations %v", got)
	}
}

func TestMessages_pageBackwardsOldestFirstWithinAPage(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	var m blocking
	r.ask(key, "u", "say: 0", nil).into(t, &m)
	for i := 1; i < 5; i++ {
		r.ask(key, "u", fmt.Sprintf("say: %d", i), object{"conversation_id": m.Conversation})
	}
	var p struct {
		More bool `json:"has_more"`
		Data []struct {
			ID, Answer string
			Parent     *string `json:"parent_message_id"`
		}
	}
	got, first := "", ""
	for range 3 {
		r.do("GET", "/messages?user=u&limit=2&conversation_id="+m.Conversation+"&first_id="+first, key, nil).into(t, &p)
		page := ""
		for _, it := range p.Data {
			page += it.Answer
		}
		got, first = page+"|"+got, p.Data[0].ID
	}
	if got != "0|12|34|" || p.More || p.Data[0].Parent != nil {
		t.Errorf("pages %s, last %+v", got, p)
	}
}

func TestFeedback_isListedAndTakenBack(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	var m blocking
	r.ask(key, "u", "say: x", nil).into(t, &m)
	rate := func(rating any) *answer {
		return r.do("POST", "/messages/"+m.Message+"/feedbacks", key, object{"rating": rating, "user": "u", "content": "why"})
	}
	listed := func() []object {
		var l struct{ Data []object }
		r.do("GET", "/app/feedbacks", key, nil).into(t, &l)
		return l.Data
	}
	if got := rate(nil); got.code() != "invalid_param" {
		t.Errorf("taking back what was never given: %s", got.body)
	}
	if got := rate("love"); got.code() != "invalid_param" {
		t.Errorf("an unknown rating: %s", got.body)
	}
	if got := rate("like"); got.status != 200 || string(got.body) != `{"result":"success"}` {
		t.Errorf("like: %s", got.body)
	}
	if l := listed(); len(l) != 1 || l[0]["rating"] != "like" || l[0]["content"] != "why" || l[0]["from_source"] != "user" {
		t.Errorf("listed %v", l)
	}
	if got := rate(nil); got.status != 200 || len(listed()) != 0 {
		t.Errorf("taken back: %s, %v", got.body, listed())
	}
}

func TestStop_keepsThePartialAnswerAndIsForTheOwnerOnly(t *testing.T) {
	r := newRig(t, modeltest.Options{PerToken: 20 * time.Millisecond})
	_, key := r.publish(app.Settings{})
	body := strings.NewReader(`{"query":"count to 2000","inputs":{},"user":"u","response_mode":"streaming"}`)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/chat-messages", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, task, stopped := "", "", false
	var last object
	for d := json.NewDecoder(&lines{r: resp.Body}); ; {
		var e object
		if err := d.Decode(&e); err != nil {
			break
		}
		if last = e; e["event"] != "message" {
			continue
		}
		text += e["answer"].(string)
		if task = e["task_id"].(string); stopped || len(text) < 6 {
			continue
		}
		stopped = true
		if got := r.do("POST", "/chat-messages/"+task+"/stop", key, object{"user": "somebody else"}); got.status != 200 {
			t.Errorf("a stranger's stop: %d", got.status)
		}
		if r.model.Active() != 1 {
			t.Error("a stranger stopped the answer")
		}
		if got := r.do("POST", "/chat-messages/"+task+"/stop", key, object{"user": "u"}); got.status != 200 {
			t.Errorf("stop: %d %s", got.status, got.body)
		}
	}
	if last["event"] != "message_end" || !strings.HasPrefix(text, "1 2 3") || len(text) > 1000 {
		t.Errorf("ended with %v after %q", last, text)
	}
	var list struct {
		Data []struct{ Answer, Status string }
	}
	r.do("GET", "/messages?user=u&conversation_id="+last["conversation_id"].(string), key, nil).into(t, &list)
	if list.Data[0].Answer != text || list.Data[0].Status != "normal" {
		t.Errorf("stored %+v, want %q", list.Data, text)
	}
}

// lines drops "data: " from a stream, so that what is left is JSON after JSON.
type lines struct {
	r    interface{ Read([]byte) (int, error) }
	rest []byte
}

func (l *lines) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		buf := make([]byte, 4096)
		n, err := l.r.Read(buf)
		if n == 0 {
			return 0, err
		}
		l.rest = []byte(strings.ReplaceAll(string(buf[:n]), "data: ", ""))
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func TestTooManyAtOnce_areToldToComeBack(t *testing.T) {
	r := newRig(t, modeltest.Options{FirstToken: time.Hour}, func(o *run.Options) { o.PerApp, o.Grace = 1, time.Millisecond })
	_, key := r.publish(app.Settings{})
	first := make(chan *answer)
	go func() { first <- r.ask(key, "u", "say: late", nil) }()
	for end := time.Now().Add(20 * time.Second); r.model.Active() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	got := r.ask(key, "u", "say: x", nil)
	if got.status != 429 || got.code() != "too_many_requests" || got.header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	var l struct{ Data []struct{ ID string } }
	for end := time.Now().Add(20 * time.Second); len(l.Data) == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		r.do("GET", "/conversations?user=u", key, nil).into(t, &l) // the model is called while the rows are still on their way to disk
	}
	if len(l.Data) == 0 {
		t.Fatal("the first chat was never stored")
	}
	var m struct{ Data []struct{ ID string } }
	r.do("GET", "/messages?user=u&conversation_id="+l.Data[0].ID, key, nil).into(t, &m)
	if len(l.Data) != 1 || len(m.Data) != 1 {
		t.Errorf("the refused chat left something: %v %v", l, m)
	}
	r.model.Close() // ends the first
	if a := <-first; a.status != 400 || a.code() != "completion_request_error" {
		t.Errorf("the first, cut off: %d %s", a.status, a.body)
	}
}

func TestClientThatLeaves_losesNothing(t *testing.T) {
	r := newRig(t, modeltest.Options{PerToken: 2 * time.Millisecond})
	_, key := r.publish(app.Settings{})
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/chat-messages", strings.NewReader(`{"query":"count to 50","inputs":{},"user":"u","response_mode":"streaming"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := resp.Body.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	leave()
	_ = resp.Body.Close()
	var list struct{ Data []struct{ ID string } }
	r.do("GET", "/conversations?user=u", key, nil).into(t, &list)
	var msgs struct{ Data []struct{ Answer string } }
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r.do("GET", "/messages?user=u&conversation_id="+list.Data[0].ID, key, nil).into(t, &msgs)
		if strings.HasSuffix(msgs.Data[0].Answer, " 50") {
			return
		}
	}
	t.Errorf("stored %q", msgs.Data[0].Answer)
}

func TestKey_revokedStopsAndPublishIsSeenAtOnce(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	a, key := r.publish(app.Settings{Opening: "one"})
	opening := func() string {
		var p struct {
			Opening string `json:"opening_statement"`
		}
		r.do("GET", "/parameters", key, nil).into(t, &p)
		return p.Opening
	}
	if got := opening(); got != "one" {
		t.Errorf("opening %q", got)
	}
	set := a.Draft
	set.Opening = "two"
	if _, _, err := r.studio.SaveDraft(r.ctx, a.ID, 1, set); err != nil {
		t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, a.ID, "", ""); err != nil {
		t.Fatal(err)
	}
	if got := opening(); got != "two" {
		t.Errorf("after publishing %q", got)
	}
	var keys []*app.Key
	err := r.db.View(r.ctx, func(s *store.Snapshot) (err error) { keys, err = s.Keys(a.ID); return err })
	if err != nil {
		t.Fatal(err)
	}
	if err := r.studio.DeleteKey(r.ctx, a.ID, keys[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := r.do("GET", "/parameters", key, nil); got.status != 401 {
		t.Errorf("a revoked key: %d", got.status)
	}
}

func TestFiles_reachTheModelAndComeBackSafely(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(everything)
	var up struct{ ID string }
	r.upload(key, "u", "图.png", "image/png", png).into(t, &up)
	var m blocking
	r.ask(key, "u", "look", object{"inputs": object{"name": "n"}, "files": []object{
		{"type": "image", "transfer_method": "local_file", "upload_file_id": up.ID}, {"type": "image", "transfer_method": "remote_url", "url": "http://h/b.png"}}}).into(t, &m)
	if m.Answer != "echo: look [images: 2]" {
		t.Errorf("answer %q", m.Answer)
	}
	reqs := r.model.Requests()
	if body := string(reqs[len(reqs)-1].Body); !strings.Contains(body, `"http://h/b.png"`) || !strings.Contains(body, "data:image/png;base64,") {
		t.Errorf("the model was sent %.300s", body)
	}
	got := r.do("GET", "/files/"+up.ID+"/preview", key, nil)
	if got.status != 200 || string(got.body) != string(png) || got.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "inline") {
		t.Errorf("preview %d %v", got.status, got.header)
	}
	if got := r.do("GET", "/files/"+up.ID+"/preview?as_attachment=true", key, nil); !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("as_attachment %v", got.header)
	}
	r.upload(key, "u", "x.html", "image/png", []byte("<html><script>alert(1)</script>")).into(t, &up)
	got = r.do("GET", "/files/"+up.ID+"/preview", key, nil)
	if !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("an active file is sent with %v", got.header)
	}
}

func TestUpload_errors(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	big := append(append([]byte{}, png...), make([]byte, 10<<20)...)
	for name, c := range map[string]struct {
		got    *answer
		status int
		code   string
	}{
		"no declared type": {r.upload(key, "u", "a.png", "", png), 415, "unsupported_file_type"},
		"backslash":        {r.upload(key, "u", `a\b.png`, "image/png", png), 400, "invalid_param"},
		"too large":        {r.upload(key, "u", "a.png", "image/png", big), 413, "file_too_large"},
		"not what it says": {r.upload(key, "u", "a.png", "image/png", []byte("text")), 415, "unsupported_file_type"},
		"no form":          {r.do("POST", "/files/upload", key, object{}), 415, "unsupported_media_type"},
		"wrong key":        {r.upload("app-x", "u", "a.png", "image/png", png), 401, "unauthorized"},
	} {
		if c.got.status != c.status || c.got.code() != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, c.got.status, c.got.body, c.status, c.code)
		}
	}
}

func TestInputs_areFixedByTheFirstMessage(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{Prompt: "Call the user {{name}}.", Opening: "Hi {{name}}", Variables: []app.Variable{{Name: "name", Kind: "text"}}})
	var m blocking
	r.ask(key, "u", "say: a", object{"inputs": object{"name": "{{x}} first", "undeclared": 1}}).into(t, &m)
	r.ask(key, "u", "say: b", object{"inputs": object{"name": "second"}, "conversation_id": m.Conversation})
	reqs := r.model.Requests()
	if body := string(reqs[len(reqs)-1].Body); !strings.Contains(body, "Call the user {{x}} first.") {
		t.Errorf("the second prompt: %s", body)
	}
	var l struct {
		Data []struct {
			Inputs       object
			Introduction string
		}
	}
	r.do("GET", "/conversations?user=u", key, nil).into(t, &l)
	if c := l.Data[0]; len(c.Inputs) != 1 || c.Introduction != "Hi {{x}} first" {
		t.Errorf("conversation %+v", c)
	}
}

func TestAutoName_isAskedForExplicitly(t *testing.T) {
	r := newRig(t, modeltest.Options{Script: []modeltest.Reply{{Match: "title me", Text: "A title"}}})
	_, key := r.publish(app.Settings{})
	var m blocking
	r.ask(key, "u", "title me please, this is long", nil).into(t, &m)
	var c struct{ Name string }
	r.do("POST", "/conversations/"+m.Conversation+"/name", key, object{"auto_generate": true, "user": "u"}).into(t, &c)
	if c.Name != "A title" {
		t.Errorf("named %q", c.Name)
	}
	r.ask(key, "u2", "title me please, this is long", object{"auto_generate_name": true})
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var l struct{ Data []struct{ Name string } }
		r.do("GET", "/conversations?user=u2", key, nil).into(t, &l)
		if c = l.Data[0]; c.Name == "A title" {
			return
		}
	}
	t.Errorf("named in the background %q", c.Name)
}

func TestManyAtOnce_oneNewEndUserIsOnePerson(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	done := make(chan *answer, 20)
	for range cap(done) {
		go func() { done <- r.ask(key, "crowd", "say: x", nil) }()
	}
	for range cap(done) {
		if a := <-done; a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	var l struct{ Data []any }
	r.do("GET", "/conversations?user=crowd&limit=100", key, nil).into(t, &l)
	if len(l.Data) != cap(done) {
		t.Errorf("%d conversations, want %d", len(l.Data), cap(done))
	}
}
