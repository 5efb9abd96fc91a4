package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"islet/app"
)

type endpointList struct {
	Data []struct {
		Endpoint app.Endpoint `json:"endpoint"`
		Models   []app.Model  `json:"models"`
	} `json:"data"`
}

// builtin is the built-in endpoint as the page of models shows it, and the names of its models.
func builtinOf(t *testing.T, owner *client) (app.ID, []string) {
	t.Helper()
	var list endpointList
	owner.must("GET", "/console/api/endpoints", nil, &list)
	var names []string
	for _, v := range list.Data {
		if v.Endpoint.Protocol != "builtin" {
			continue
		}
		for _, m := range v.Models {
			names = append(names, m.Name)
		}
		return v.Endpoint.ID, names
	}
	t.Fatal("there is no built-in endpoint")
	return "", nil
}

// TestBuiltin_answersWithoutAnyServer: a fresh site has models, an app made on it answers, and a folder of weights is found
// without a restart.
func TestBuiltin_answersWithoutAnyServer(t *testing.T) {
	p, proc := inProcess(t)
	owner := proc.client()
	owner.must("POST", "/console/api/setup", map[string]any{"code": proc.code, "name": "李明", "email": ownerEmail, "password": ownerPassword, "workspace_name": "测试站", "language": "zh-CN"}, nil)

	var a app.App
	owner.must("POST", "/console/api/apps", map[string]any{"mode": "chat", "name": "助手", "description": "", "icon": "🤖", "icon_color": "#dbeafe"}, &a)
	owner.must("POST", "/console/api/apps/"+string(a.ID)+"/publish", map[string]any{"name": "v1", "note": ""}, nil)
	var k struct{ Token string }
	owner.must("POST", "/console/api/apps/"+string(a.ID)+"/keys", map[string]any{}, &k)
	s := &runningSite{process: proc, owner: owner, api: proc.client()}
	s.api.key = k.Token
	answer, _, _, err := s.chat("u", "你好", "")
	if err != nil || !strings.Contains(answer, "未连接语言模型") {
		t.Errorf("without any server the app answered %q, %v", answer, err)
	}

	id, names := builtinOf(t, owner)
	if !slices.Contains(names, "quote") || slices.Contains(names, "mine") {
		t.Errorf("built-in models: %v", names)
	}
	dir := filepath.Join(proc.data, "models", "mine")
	if err := os.CopyFS(dir, os.DirFS("../../app/model/builtin/encoder/testdata/tiny-potion")); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); !slices.Contains(names, "mine"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the folder was not found: %v", names)
		}
		_, names = builtinOf(t, owner)
	}
	e, err := p.models.Embedder(t.Context(), app.ModelRef{Endpoint: id, Name: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := e.Embed(t.Context(), "", []string{"hello world"}); err != nil || len(v) != 1 || len(v[0]) != 12 {
		t.Errorf("Embed = %v, %v", v, err)
	}
	said := ""
	err = owner.events("POST", "/console/api/endpoints/"+string(id)+"/probe", map[string]any{}, func(event, data string) bool {
		said += event + " " + data + "\n"
		return true
	})
	if err != nil || !strings.Contains(said, "mine (model2vec) makes vectors of 12 numbers") || !strings.Contains(said, "saved ") {
		t.Errorf("the probe said %s (%v)", said, err)
	}
	if r, err := owner.try("DELETE", "/console/api/endpoints/"+string(id), nil); err != nil || r.status != 409 {
		t.Errorf("deleting it: %+v, %v; want 409", r, err)
	}
}
