package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"islet/app/model/modeltest"
)

// upload sends a file through the Service API and returns its id.
func (s *runningSite) upload(t *testing.T, name string, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, _ := m.CreateFormFile("file", name)
	_, _ = f.Write(data)
	_ = m.WriteField("user", "u")
	_ = m.Close()
	req, err := http.NewRequest("POST", s.url+"/v1/files/upload", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+s.api.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, _ := io.ReadAll(res.Body)
	var out struct{ ID string }
	if err := json.Unmarshal(raw, &out); err != nil || out.ID == "" {
		t.Fatalf("upload %s: %d %s", name, res.StatusCode, raw)
	}
	return out.ID
}

// TestFiles_reachTheModelOrAreRefused attaches what a model can be given and what it cannot: nothing is ignored in silence.
func TestFiles_reachTheModelOrAreRefused(t *testing.T) {
	model := modeltest.Start(modeltest.Options{})
	defer model.Close()
	_, p := inProcess(t)
	s := setUp(p, model.URL+"/v1", "blind")
	var a struct {
		DraftRev int64 `json:"draft_rev"`
	}
	s.owner.must("GET", "/console/api/apps/"+s.app, nil, &a)
	s.owner.must("PUT", "/console/api/apps/"+s.app+"/draft", map[string]any{"rev": a.DraftRev, "settings": map[string]any{
		"model": map[string]any{"endpoint_id": s.endpoint, "name": "blind"}, "prompt": "p", "variables": []any{}, "suggested": []any{},
		"files": map[string]any{"enabled": true, "kinds": []string{"image", "document"}, "max": 3, "methods": []string{"local_file"}, "detail": "low"}}}, nil)
	s.owner.must("POST", "/console/api/apps/"+s.app+"/publish", map[string]any{"name": "", "note": ""}, nil)

	png := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89")
	tests := []struct {
		name, kind string
		data       []byte
		status     int
		want       string // in the answer, or in what the model was sent
	}{
		{"制度.txt", "document", []byte("请假须提前三天"), 200, "请假须提前三天"},
		{"a.pdf", "document", []byte("%PDF-1.7\n1 0 obj\n"), 400, "cannot be read in a chat"},
		{"a.png", "image", png, 400, "cannot see pictures"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := s.upload(t, tt.name, tt.data)
			r, err := s.api.try("POST", "/v1/chat-messages", map[string]any{"query": "问题", "inputs": map[string]any{}, "user": "u", "response_mode": "blocking",
				"files": []map[string]any{{"type": tt.kind, "transfer_method": "local_file", "upload_file_id": id}}})
			if err != nil {
				t.Fatal(err)
			}
			heard := string(r.body)
			for _, q := range model.Requests() {
				heard += string(q.Body)
			}
			if r.status != tt.status || !strings.Contains(heard, tt.want) {
				t.Errorf("%d %s, want %d with %q", r.status, r.body, tt.status, tt.want)
			}
		})
	}
}
