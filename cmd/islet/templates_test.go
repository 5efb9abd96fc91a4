package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"islet/app/model/modeltest"
)

// upload keeps a file of the signed-in person and returns it as a value of an input.
func (c *client) upload(name, text string) map[string]any {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, text)
	}
	if err != nil || w.Close() != nil {
		c.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+"/console/api/files", &b)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var f struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&f); err != nil || f.ID == "" {
		c.t.Fatalf("upload: %d, %v", res.StatusCode, err)
	}
	return map[string]any{"type": "document", "transfer_method": "local_file", "upload_file_id": f.ID}
}

// tryOut runs an app's draft as its editor does and returns the answer or the outputs. Forms on the way are answered with an action.
func (c *client) tryOut(mode, app, query string, inputs map[string]any, action string) string {
	c.t.Helper()
	path, ask := "/console/api/apps/"+app+"/debug", map[string]any{"query": query, "inputs": inputs}
	if mode == "workflow" {
		path, ask = "/console/api/apps/"+app+"/run", map[string]any{"inputs": inputs}
	}
	out, failed, answered := "", "", false
	err := c.events("POST", path, ask, func(event, data string) bool {
		var v struct {
			Token        string
			Message, Run struct {
				Status, Answer string
				Outputs        json.RawMessage
				Error          json.RawMessage
			}
		}
		switch event {
		case "form":
			if json.Unmarshal([]byte(data), &v) == nil && v.Token != "" && !answered { // told again when the run goes on
				answered = true
				c.must("POST", "/api/forms/"+v.Token, map[string]any{"action": action, "inputs": map[string]any{"note": "NOTE"}}, nil)
			}
		case "error":
			failed = data
		case "finished":
			if json.Unmarshal([]byte(data), &v) == nil && v.Message.Status+v.Run.Status == "succeeded" {
				out = v.Message.Answer + string(v.Run.Outputs)
				return false
			}
			failed = data
			return false
		}
		return true
	})
	if err != nil || failed != "" {
		c.t.Errorf("%s: %v %s", app, err, failed)
	}
	return out
}

// What the scripted model says where an echo would not do, by a word of the last user message.
var templateScript = []modeltest.Reply{
	{Match: "2026-114", Text: `{"number": "2026-114", "issuer": "Northwind", "date": "2026-03-03", "net": 1200, "tax": 228, "total": 1428, "currency": "EUR"}`},
	{Match: "2026-115", Text: `{"number": "2026-115", "issuer": "Northwind", "date": "2026-03-03", "net": 1200, "tax": 228, "total": 1500, "currency": "EUR"}`},
	{Match: "90 days from today", Text: "Thought: I know\nAction:\n```json\n{\"action\": \"Final Answer\", \"action_input\": \"echo: Tuesday\"}\n```"},
	{Match: "90 天后", Text: "Thought: 我知道\nAction:\n```json\n{\"action\": \"Final Answer\", \"action_input\": \"echo: 星期二\"}\n```"},
	{Match: "anna,0151", Text: "name,phone,date\nAnna,0151 2345678,2026-04-03\nBob,+49 30 123456,2026-04-05"},
	{Match: "138 0013 8000", Text: "姓名,电话,日期\n张三,13800138000,2026-04-03\n李四,021-65432100,2026-04-05"},
}

// TestTemplates makes an app of every template in both languages, takes it out and in as a file, publishes it and runs it with
// its own example on a scripted model.
func TestTemplates_runInBothLanguages(t *testing.T) {
	server := httptest.NewServer(modeltest.New(modeltest.Options{Script: templateScript}))
	defer server.Close()
	s := setUp(serve(t, "", filepath.Join(t.TempDir(), "data")), server.URL+"/v1", "echo")
	for _, lang := range []string{"en", "zh-CN"} {
		s.owner.must("PATCH", "/console/api/me", map[string]any{"language": lang}, nil)
		var list struct {
			Data []struct{ ID, Mode, Name, Description string }
		}
		s.owner.must("GET", "/console/api/templates", nil, &list)
		if len(list.Data) < 12 {
			t.Fatalf("%d templates", len(list.Data))
		}
		for _, tpl := range list.Data {
			t.Run(tpl.ID+"/"+lang, func(t *testing.T) {
				c := *s.owner
				c.t = t
				c.templateWorks(tpl.ID, tpl.Mode, lang)
			})
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

func (c *client) templateWorks(id, mode, lang string) {
	t := c.t
	t.Helper()
	var view struct {
		Example struct {
			Query  string
			Inputs map[string]any
		}
		Needs []string
	}
	c.must("GET", "/console/api/templates/"+id, nil, &view)
	var a struct {
		ID, Name string
		Rev      int64 `json:"draft_rev"`
		Draft    json.RawMessage
	}
	c.must("POST", "/console/api/templates/"+id+"/use", map[string]any{}, &a)
	var saved struct{ Problems []map[string]any }
	c.must("PUT", "/console/api/apps/"+a.ID+"/draft", map[string]any{"settings": a.Draft, "rev": a.Rev}, &saved)
	if len(saved.Problems) > 0 {
		t.Errorf("problems: %v", saved.Problems)
	}
	file, err := c.try("GET", "/console/api/apps/"+a.ID+"/export", nil)
	if err != nil || file.status != http.StatusOK {
		t.Fatalf("export: %v %v", file, err)
	}
	var came struct {
		App      string `json:"app_id"`
		Status   string
		Warnings []string
		Nodes    []struct {
			OK      bool
			Problem string
		}
	}
	c.must("POST", "/console/api/apps/import", map[string]any{"yaml_content": string(file.body)}, &came)
	if came.Status != "completed" || len(came.Warnings) > 0 {
		t.Errorf("import: %+v", came)
	}
	for _, n := range came.Nodes {
		if !n.OK {
			t.Errorf("import: %s", n.Problem)
		}
	}
	for _, app := range []string{a.ID, came.App} { // as it was made, and as it came back from a file
		c.must("POST", "/console/api/apps/"+app+"/publish", map[string]any{"name": "", "note": ""}, nil)
		for _, action := range actionsOf(id) {
			inputs := view.Example.Inputs
			if id == "document-qa" {
				inputs = map[string]any{"documents": []any{c.upload("a.txt", "The deadline is 15 May."), c.upload("b.md", "# Budget\n\n40,000 euros")}}
			}
			out := c.tryOut(mode, app, view.Example.Query, inputs, action)
			for _, want := range wants(id, lang, action) {
				if !strings.Contains(out, want) {
					t.Errorf("%s: no %q in %s", action, want, out)
				}
			}
		}
	}
	withFile := map[string]struct{ name, text, want string }{
		"contract-review": {"contract", "1. Scope. Twenty terminals.\n2. Liability. Only for intent.", `"count":2`},
		"form-extraction": {"form", "Invoice 2026-115", "1500"},
	}
	if f, ok := withFile[id]; ok {
		inputs := map[string]any{f.name: c.upload("it.txt", f.text), "party": "Customer"}
		if out := c.tryOut(mode, a.ID, "", inputs, ""); !strings.Contains(out, f.want) {
			t.Errorf("with a file: no %q in %s", f.want, out)
		}
	}
}

// actionsOf are the ways to answer a template's form, each for a run of its own.
func actionsOf(id string) []string {
	if id == "approval" {
		return []string{"approve", "change", "reject"}
	}
	return []string{""}
}

// wants is what must be in the result of a template's example.
func wants(id, lang, action string) []string {
	zh := lang == "zh-CN"
	pick := func(en, chinese string) []string {
		if zh {
			return []string{chinese}
		}
		return []string{en}
	}
	switch id {
	case "approval":
		return append(map[string][]string{"approve": pick("Approved", "已同意"), "change": pick("complete your request", "请补充"), "reject": pick("Rejected", "已驳回")}[action], "NOTE")
	case "data-cleaning":
		return append(pick(`Anna,0151 2345678,2026-04-03`, `张三,13800138000`), `"mistakes":"none"`)
	case "form-extraction":
		return pick("Accepted: 2026-114, 1428", "校验通过：2026-114")
	case "ticket-triage":
		return []string{`"queue":"`, `"reply":"echo`}
	case "contract-review":
		return []string{`"count":3`, `"opinion":"echo`}
	}
	return []string{"echo"}
}
