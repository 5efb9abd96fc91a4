package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"islet/app"
	"islet/app/studio"
)

// cited is what a client of the Service API sees of an answer and its sources.
type cited struct {
	Answer    string
	MessageID string `json:"message_id"`
	Metadata  struct {
		Sources []app.Resource `json:"retriever_resources"`
	}
}

// citedSite is a fresh site with a dataset of three documents and the built-in model.
type citedSite struct {
	t       *testing.T
	owner   *client
	proc    *process
	quote   app.ModelRef
	dataset string
}

func newCitedSite(t *testing.T) *citedSite {
	t.Helper()
	_, proc := inProcess(t)
	owner := proc.client()
	owner.must("POST", "/console/api/setup", map[string]any{"code": proc.code, "name": "李明", "email": ownerEmail, "password": ownerPassword, "workspace_name": "测试站", "language": "zh-CN"}, nil)
	id, _ := builtinOf(t, owner)
	s := &citedSite{t: t, owner: owner, proc: proc, quote: app.ModelRef{Endpoint: id, Name: "quote"}}
	var d struct{ ID string }
	owner.must("POST", "/console/api/datasets", map[string]any{"name": "制度", "permission": "all_team_members"}, &d)
	s.dataset = d.ID
	owner.must("POST", "/console/api/datasets/"+d.ID+"/documents", map[string]any{"documents": []map[string]any{
		{"name": "travel.md", "text": "# 差旅\n\n一线城市住宿标准为每晚五百元，其他城市三百五十元。"},
		{"name": "alarms.md", "text": "# 报警\n\n代码 E-207 表示排气温度过高，应先检查冷却水流量。"},
		{"name": "canteen.md", "text": "# 食堂\n\n午餐从十一点半开始，二楼设有清真窗口。"},
	}}, nil)
	var k struct{ Token string }
	owner.must("POST", "/console/api/dataset-keys", nil, &k)
	api := proc.client()
	api.key = k.Token
	waitIngested(t, api, d.ID)
	return s
}

// app makes and publishes an app that answers from the dataset, and returns a client with its key.
func (s *citedSite) app(mode app.Mode, change func(*app.Settings)) *client {
	s.t.Helper()
	var a app.App
	s.owner.must("POST", "/console/api/apps", map[string]any{"mode": mode, "name": string(mode), "description": "", "icon": "🤖", "icon_color": "#dbeafe"}, &a)
	a.Draft.Model = s.quote
	a.Draft.Knowledge = &app.AppKnowledge{Datasets: []app.ID{app.ID(s.dataset)}, Search: app.SearchSettings{TopK: 2}}
	change(&a.Draft)
	s.owner.must("PUT", "/console/api/apps/"+string(a.ID)+"/draft", map[string]any{"settings": a.Draft, "rev": a.DraftRev}, nil)
	s.owner.must("POST", "/console/api/apps/"+string(a.ID)+"/publish", map[string]any{"name": "v1", "note": ""}, nil)
	var k struct{ Token string }
	s.owner.must("POST", "/console/api/apps/"+string(a.ID)+"/keys", map[string]any{}, &k)
	api := s.proc.client()
	api.key = k.Token
	return api
}

// TestCited_answersNameTheirSources: a chat app and a completion app answer from a dataset without any model server; what the
// answer rests on comes with it, in the answer and in the history, unless the app hides it.
func TestCited_answersNameTheirSources(t *testing.T) {
	s := newCitedSite(t)
	var c cited

	chat := s.app(app.ModeChat, func(*app.Settings) {})
	chat.must("POST", "/v1/chat-messages", map[string]any{"query": "E-207 是什么意思", "user": "u", "response_mode": "blocking", "inputs": map[string]any{}}, &c)
	if !strings.Contains(c.Answer, "排气温度过高") || len(c.Metadata.Sources) == 0 || c.Metadata.Sources[0].DocumentName != "alarms.md" || c.Metadata.Sources[0].DatasetName != "制度" {
		t.Errorf("the chat app answered %q from %+v", c.Answer, c.Metadata.Sources)
	}
	if r := c.Metadata.Sources[0]; r.Position != 1 || r.Segment == "" || !strings.Contains(r.Content, "E-207") || r.Score == nil || *r.Score <= 0 {
		t.Errorf("the source is %+v", r)
	}
	var stream []app.Resource
	err := chat.events("POST", "/v1/chat-messages", map[string]any{"query": "午餐几点开始", "user": "u", "response_mode": "streaming", "inputs": map[string]any{}}, func(_, data string) bool {
		var e struct {
			Event    string
			Metadata struct {
				Sources []app.Resource `json:"retriever_resources"`
			}
		}
		if json.Unmarshal([]byte(data), &e) == nil && e.Event == "message_end" {
			stream = e.Metadata.Sources
		}
		return true
	})
	if err != nil || !slices.ContainsFunc(stream, func(r app.Resource) bool { return r.DocumentName == "canteen.md" }) {
		t.Errorf("message_end names %+v, %v", stream, err)
	}

	hidden := s.app(app.ModeChat, func(d *app.Settings) { d.Knowledge.NoCitations = true })
	c = cited{}
	hidden.must("POST", "/v1/chat-messages", map[string]any{"query": "E-207 是什么意思", "user": "u", "response_mode": "blocking", "inputs": map[string]any{}}, &c)
	if !strings.Contains(c.Answer, "排气温度过高") || len(c.Metadata.Sources) != 0 {
		t.Errorf("an app that hides its sources answered %q from %+v", c.Answer, c.Metadata.Sources)
	}

	for _, hides := range []bool{false, true} {
		flow := s.app(app.ModeAdvancedChat, func(d *app.Settings) {
			graph, err := studio.Compile(app.ModeChat, *d)
			if err != nil {
				t.Fatal(err)
			}
			*d = app.Settings{Graph: graph, NoCitations: hides}
		})
		c = cited{}
		flow.must("POST", "/v1/chat-messages", map[string]any{"query": "E-207 是什么意思", "user": "u", "response_mode": "blocking", "inputs": map[string]any{}}, &c)
		if !strings.Contains(c.Answer, "排气温度过高") || (len(c.Metadata.Sources) == 0) != hides {
			t.Errorf("a chatflow (hides its sources: %t) answered %q from %+v", hides, c.Answer, c.Metadata.Sources)
		}
	}

	once := s.app(app.ModeCompletion, func(d *app.Settings) {
		d.Prompt, d.Variables = "回答：{{question}}", []app.Variable{{Name: "question", Label: "问题", Kind: "text", Required: true}}
	})
	c = cited{}
	once.must("POST", "/v1/completion-messages", map[string]any{"user": "u", "response_mode": "blocking", "inputs": map[string]any{"question": "住宿标准每晚多少"}}, &c)
	if !strings.Contains(c.Answer, "五百元") || len(c.Metadata.Sources) == 0 || c.Metadata.Sources[0].DocumentName != "travel.md" {
		t.Errorf("the completion app answered %q from %+v", c.Answer, c.Metadata.Sources)
	}
}
