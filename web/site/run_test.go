package site_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"islet/app"
	"islet/app/model/modeltest"
	"islet/app/studio"
)

// flowRig is a rig whose app is the workflow that the UI's own journey imports: small sums pass, large ones ask a person.
func flowRig(t *testing.T, change func(yaml string) string) *rig {
	t.Helper()
	r := newRig(t, modeltest.Options{}, app.Settings{})
	raw, err := os.ReadFile("../../assets/ui/e2e/flow.yml")
	if err != nil {
		t.Fatal(err)
	}
	yaml := string(raw)
	if change != nil {
		yaml = change(yaml)
	}
	res, err := r.studio.Import(r.ctx, studio.ImportRequest{YAML: []byte(yaml)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.studio.Publish(r.ctx, res.App, "", ""); err != nil {
		t.Fatal(err)
	}
	show := true
	if r.app, err = r.studio.UpdateSite(r.ctx, res.App, studio.SiteChange{ShowSteps: &show}); err != nil {
		t.Fatal(err)
	}
	return r
}

// form is a browser at the link of a form.
func (r *rig) form(token string) *browser {
	forms := *r
	forms.url = strings.Replace(r.url, "/sites/", "/forms/", 1)
	return &browser{r: &forms, code: token}
}

// frames reads a stream event by event.
type frames struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Scanner
	seen []string
}

type payload struct {
	Run    *app.Run
	Forms  []*app.Form
	Code   string
	Status string
	Title  string
	Inputs map[string]any
}

func (b *browser) stream(method, path string, body any) *frames {
	b.r.t.Helper()
	resp := b.request(method, path, body)
	if resp.StatusCode != http.StatusOK {
		b.r.t.Fatalf("%s %s: %d", method, path, resp.StatusCode)
	}
	return &frames{t: b.r.t, resp: resp, in: bufio.NewScanner(resp.Body)}
}

// until reads up to the next event of a name and returns what it says.
func (f *frames) until(name string) payload {
	f.t.Helper()
	event := ""
	for f.in.Scan() {
		line := f.in.Text()
		if rest, ok := strings.CutPrefix(line, "event: "); ok {
			event = rest
			f.seen = append(f.seen, rest)
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok || event != name {
			continue
		}
		var p payload
		if err := json.Unmarshal([]byte(data), &p); err != nil {
			f.t.Fatalf("%s: %v in %s", name, err, data)
		}
		return p
	}
	f.t.Fatalf("no %s in %v", name, f.seen)
	return payload{}
}

func (f *frames) close() { _ = f.resp.Body.Close() }

func small(more object) object {
	in := object{"person": "林晓雯", "amount": 300, "kind": "办公"}
	for k, v := range more {
		in[k] = v
	}
	return object{"inputs": in}
}

func TestSite_workflowRunsForItsVisitor(t *testing.T) {
	r := flowRig(t, nil)
	one, other := r.browser(), r.browser()
	var view struct {
		App    struct{ Mode string }
		Fields []struct {
			Variable, Type string
			Options        []string
		}
	}
	if got := one.get("GET", "", nil, &view); got != 200 || view.App.Mode != "workflow" || len(view.Fields) != 4 || view.Fields[3].Type != "select" || len(view.Fields[3].Options) != 3 {
		t.Errorf("site = %d %+v", got, view)
	}
	if got := one.get("POST", "/runs", object{"inputs": object{"person": "x"}}, nil); got != 400 {
		t.Errorf("without what is required %d", got)
	}
	s := one.stream("POST", "/runs", small(nil))
	defer s.close()
	step := s.until("node")
	end := s.until("finished").Run
	if end.Status != app.Succeeded || end.Outputs["message"] != "林晓雯 的 300 元报销自动通过。" || step.Inputs != nil || step.Title != "填写报销单" {
		t.Errorf("run = %+v, step = %+v", end, step)
	}
	at := "/runs/" + string(end.ID)
	var row app.Run
	if got := one.get("GET", at, nil, &row); got != 200 || row.Outputs["message"] == nil {
		t.Errorf("row = %d %+v", got, row)
	}
	again := one.stream("GET", at+"/events", nil)
	defer again.close()
	if again.until("started").Run.ID != end.ID || again.until("finished").Run.ID != end.ID {
		t.Error("the run is not told again")
	}
	one.get("POST", at+"/stop", nil, nil)
	for _, path := range []string{at, at + "/events"} {
		if got := other.get("GET", path, nil, nil); got != 404 {
			t.Errorf("%s of another visitor: %d", path, got)
		}
	}
	if got := other.get("POST", at+"/stop", nil, nil); got != 404 {
		t.Errorf("stop by another visitor: %d", got)
	}
}

func TestSite_aFormPausesTheRunAndItsAnswerGoesOnInTheSameStream(t *testing.T) {
	r := flowRig(t, nil)
	b := r.browser()
	s := b.stream("POST", "/runs", small(object{"amount": 5000}))
	defer s.close()
	p := s.until("paused")
	if len(p.Forms) != 1 || len(p.Forms[0].Actions) != 2 || p.Forms[0].Token == "" {
		t.Fatalf("paused with %+v", p.Forms)
	}
	door := r.form(p.Forms[0].Token)
	var form struct {
		Status   string              `json:"status"`
		Content  string              `json:"form_content"`
		Action   string              `json:"action_id"`
		Language app.Lang            `json:"language"`
		App      struct{ ID app.ID } `json:"app"`
	}
	if got := door.get("GET", "", nil, &form); got != 200 || form.Status != "waiting" || !strings.Contains(form.Content, "5000") || form.App.ID != r.app.ID {
		t.Errorf("form = %d %+v", got, form)
	}
	for want, in := range map[int]object{400: {"action": "nothing", "inputs": object{"note": ""}}, 404: nil} {
		at := door
		if in == nil {
			at = r.form("nobodys")
		}
		if got := at.get("POST", "", in, nil); got != want {
			t.Errorf("answer %v: %d, want %d", in, got, want)
		}
	}
	if got := door.get("POST", "", object{"action": "approve", "inputs": object{"note": "快去快回"}}, &form); got != 200 || form.Status != "submitted" || form.Action != "approve" {
		t.Errorf("answered = %d %+v", got, form)
	}
	if got := door.get("POST", "", object{"action": "reject", "inputs": object{"note": ""}}, nil); got != 409 {
		t.Errorf("a second answer: %d", got)
	}
	s.until("started")
	s.until("resumed")
	end := s.until("finished").Run
	if end.Outputs["message"] != "林晓雯 的 5000 元报销已通过。快去快回" {
		t.Errorf("run = %+v after %v", end, s.seen)
	}
	if n := len(slices.DeleteFunc(slices.Clone(s.seen), func(e string) bool { return e != "form" })); n < 2 {
		t.Errorf("events %v", s.seen)
	}
}

func TestSite_aFormForSomebodyElseIsOnlyNamed(t *testing.T) {
	r := flowRig(t, func(y string) string {
		return strings.Replace(y, "type: webapp, enabled: true", "type: email, enabled: true", 1)
	})
	s := r.browser().stream("POST", "/runs", small(object{"amount": 5000}))
	defer s.close()
	p := s.until("paused")
	if len(p.Forms) != 1 || p.Forms[0].Token != "" || len(p.Forms[0].Fields) != 0 || p.Forms[0].Title != "主管审批" {
		t.Errorf("paused with %+v", p.Forms[0])
	}
}

func TestSite_stepsAreToldOnlyWhereTheSiteShowsThem(t *testing.T) {
	r := flowRig(t, nil)
	show := false
	if _, err := r.studio.UpdateSite(r.ctx, r.app.ID, studio.SiteChange{ShowSteps: &show}); err != nil {
		t.Fatal(err)
	}
	s := r.browser().stream("POST", "/runs", small(nil))
	defer s.close()
	s.until("finished")
	if slices.Contains(s.seen, "node") {
		t.Errorf("events %v", s.seen)
	}
}
