package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"islet/app/model/modeltest"
)

// operated is a site with a chat app on a scripted model.
func operated(t *testing.T) (*runningSite, *modeltest.Started) {
	t.Helper()
	model := modeltest.Start(modeltest.Options{})
	t.Cleanup(model.Close)
	_, p := inProcess(t)
	return setUp(p, model.URL+"/v1", "echo"), model
}

// said is an answer as a client of the Service API sees it.
type said struct {
	Answer       string
	Message      string `json:"message_id"`
	Conversation string `json:"conversation_id"`
}

func (s *runningSite) ask(user, query, conversation string) (out said) {
	s.t.Helper()
	s.api.must("POST", "/v1/chat-messages", map[string]any{"query": query, "user": user, "conversation_id": conversation, "response_mode": "blocking", "inputs": map[string]any{}}, &out)
	return out
}

func (s *runningSite) at(path string) string { return "/console/api/apps/" + s.app + path }

// send uploads one file.
func (c *client) send(path, name string, data []byte) *reply {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err != nil || w.Close() != nil {
		c.t.Fatal(err)
	}
	res, err := c.http.Post(c.base+path, w.FormDataContentType(), &b)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return &reply{res.StatusCode, raw}
}

// table is a file that the console exports, as rows.
func (c *client) table(path, format string) (rows [][]string) {
	c.t.Helper()
	r, err := c.try("GET", path, nil)
	if err != nil || r.status != http.StatusOK {
		c.t.Fatalf("GET %s: %v %+v", path, err, r)
	}
	if format == "csv" {
		rows, err = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(r.body, []byte("\xef\xbb\xbf")))).ReadAll()
	} else {
		var f *excelize.File
		if f, err = excelize.OpenReader(bytes.NewReader(r.body)); err == nil {
			rows, err = f.GetRows(f.GetSheetName(0))
		}
	}
	if err != nil {
		c.t.Fatalf("%s is no %s: %v", path, format, err)
	}
	return rows
}

func TestOperate_logsAreFilteredRatedAndExported(t *testing.T) {
	s, _ := operated(t)
	first := s.ask("ann", "年假几天", "")
	s.ask("ann", "病假几天", first.Conversation)
	second := s.ask("bob", "差旅标准", "")
	s.ask("bob", "会议室", "")
	s.api.must("POST", "/v1/messages/"+first.Message+"/feedbacks", map[string]any{"rating": "like", "user": "ann", "content": "清楚"}, nil)
	s.owner.must("PUT", s.at("/messages/"+second.Message+"/rating"), map[string]any{"rating": "dislike", "note": "没有引用"}, nil)
	s.owner.must("POST", s.at("/annotations"), map[string]any{"question": "差旅标准", "answer": "每晚五百元", "message_id": second.Message}, nil)
	soon := url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339))
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"all, the newest first": {"", []string{"会议室", "差旅标准", "年假几天"}},
		"the oldest first":      {"sort=created_at", []string{"年假几天", "差旅标准", "会议室"}},
		"words of any message":  {"q=" + url.QueryEscape("病假"), []string{"年假几天"}},
		"words of nobody":       {"q=zzz", nil},
		"liked by a visitor":    {"rated=like", []string{"年假几天"}},
		"disliked by a member":  {"rated=dislike", []string{"差旅标准"}},
		"annotated":             {"annotated=yes", []string{"差旅标准"}},
		"not annotated":         {"annotated=no", []string{"会议室", "年假几天"}},
		"by the API":            {"source=api", []string{"会议室", "差旅标准", "年假几天"}},
		"by the web app":        {"source=site", nil},
		"failed":                {"status=failed", nil},
		"from later on":         {"after=" + soon, nil},
		"until later":           {"before=" + soon, []string{"会议室", "差旅标准", "年假几天"}},
		"the second page":       {"limit=2&page=2", []string{"年假几天"}},
	} {
		var log struct {
			Data []struct {
				Conversation struct{ Name string }
			}
			Total int
		}
		s.owner.must("GET", s.at("/conversations?"+c.query), nil, &log)
		var got []string
		for _, e := range log.Data {
			got = append(got, e.Conversation.Name)
		}
		if !slices.Equal(got, c.want) || !strings.Contains(c.query, "page") && log.Total != len(c.want) {
			t.Errorf("%s: %q of %d, want %q", name, got, log.Total, c.want)
		}
	}
	var notes struct {
		Ratings []struct{ Rating, Note string }
	}
	s.owner.must("GET", s.at("/conversations/"+second.Conversation+"/notes"), nil, &notes)
	if len(notes.Ratings) != 1 || notes.Ratings[0].Note != "没有引用" {
		t.Errorf("notes %+v", notes)
	}
	for _, format := range []string{"csv", "xlsx"} {
		rows := s.owner.table(s.at("/logs/export?zone=Asia/Shanghai&format="+format+"&sort=created_at"), format)
		all := fmt.Sprint(rows)
		if len(rows) != 5 || !strings.Contains(all, "病假几天") || !strings.Contains(all, "echo: 差旅标准") || !strings.Contains(all, "没有引用") || !strings.Contains(all, "清楚") {
			t.Errorf("%s: %d rows: %s", format, len(rows), all)
		}
	}
	if rows := s.owner.table(s.at("/logs/export?rated=dislike"), "csv"); len(rows) != 2 {
		t.Errorf("what is exported is not what is shown: %q", rows)
	}
}

func TestOperate_annotationsGoInAndOutAndAnswer(t *testing.T) {
	s, model := operated(t)
	workbook := func() []byte {
		f := excelize.NewFile()
		for i, row := range [][]any{{"问题", "回答"}, {"上班时间", "九点"}} {
			if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		b, err := f.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("question,answer\n年假几天,十天\n"))
	if err != nil {
		t.Fatal(err)
	}
	big := "q,a\n" + strings.Repeat("x,y\n", 10_001)
	for _, c := range []struct {
		name, file     string
		data           []byte
		status         int
		added, changed int
		problems       []string // their rows
	}{
		{"UTF-8, with rows that will not do", "a.csv", []byte("问题,回答\n食堂几点开门,十一点半\n,没有问题\n没有回答,\n食堂几点开门?,两次\n"), 200, 1, 0, []string{"3", "4", "5"}},
		{"as Excel writes it in China", "b.csv", gb, 200, 1, 0, nil},
		{"a workbook", "c.xlsx", workbook(), 200, 1, 0, nil},
		{"another answer", "d.csv", []byte("年假几天,十五天\n"), 200, 0, 1, nil},
		{"too many rows", "e.csv", []byte(big), 413, 0, 0, nil},
		{"nothing", "f.csv", []byte("问题,回答\n"), 400, 0, 0, nil},
		{"no workbook", "g.xlsx", []byte("PK\x03\x04hello"), 400, 0, 0, nil},
	} {
		got := s.owner.send(s.at("/annotations/import"), c.file, c.data)
		var out struct {
			Added, Changed int
			Problems       []struct {
				Row     int
				Message string
			}
		}
		if err := json.Unmarshal(got.body, &out); err != nil {
			t.Fatal(err)
		}
		var rows []string
		for _, p := range out.Problems {
			rows = append(rows, fmt.Sprint(p.Row))
			if p.Message == "" {
				t.Errorf("%s: row %d has no sentence", c.name, p.Row)
			}
		}
		if got.status != c.status || out.Added != c.added || out.Changed != c.changed || !slices.Equal(rows, c.problems) {
			t.Errorf("%s: %d %s", c.name, got.status, got.body)
		}
	}
	for _, format := range []string{"csv", "xlsx"} {
		rows := s.owner.table(s.at("/annotations/export?format="+format), format)
		all := fmt.Sprint(rows)
		if len(rows) != 4 || rows[0][0] != "问题" || !strings.Contains(all, "年假几天 十五天") || !strings.Contains(all, "上班时间 九点") {
			t.Errorf("%s: %s", format, all)
		}
	}

	s.owner.must("PUT", s.at("/annotation-reply"), map[string]any{"enabled": true, "threshold": 0.9, "embedding": map[string]any{"endpoint_id": "", "name": ""}}, nil)
	calls := len(model.Requests())
	if got := s.ask("ann", " 年假几天？ ", ""); got.Answer != "十五天" {
		t.Errorf("answered %q", got.Answer)
	}
	if n := len(model.Requests()) - calls; n != 0 {
		t.Errorf("%d calls of the model for an answer that a person wrote", n)
	}
	if got := s.ask("ann", "完全是另一个话题", ""); !strings.HasPrefix(got.Answer, "echo:") {
		t.Errorf("what no annotation fits is answered %q", got.Answer)
	}
	var list struct {
		Data []struct{ ID, Question string }
	}
	s.owner.must("GET", s.at("/annotations?q="+url.QueryEscape("年假")), nil, &list)
	if len(list.Data) != 1 {
		t.Fatalf("found %+v", list)
	}
	var hits struct {
		Total int
		Data  []struct {
			Question string
			Score    float64
		}
	}
	s.owner.must("GET", s.at("/annotations/"+list.Data[0].ID+"/hits"), nil, &hits)
	if hits.Total != 1 || !strings.Contains(hits.Data[0].Question, "年假几天") || hits.Data[0].Score < 0.9 {
		t.Errorf("hits %+v", hits)
	}
	s.owner.must("DELETE", s.at("/annotations"), nil, nil)
	if rows := s.owner.table(s.at("/annotations/export"), "csv"); len(rows) != 1 {
		t.Errorf("after they were deleted: %q", rows)
	}
}

func TestOperate_appsCarryTheTagsOfTheWorkspace(t *testing.T) {
	s, _ := operated(t)
	s.owner.must("PATCH", "/console/api/apps/"+s.app, map[string]any{"tags": []string{"人事"}}, nil)
	var tags struct {
		Data []struct {
			ID, Name string
			Apps     int
		}
	}
	s.owner.must("GET", "/console/api/dataset-tags", nil, &tags)
	if len(tags.Data) != 1 || tags.Data[0].Name != "人事" || tags.Data[0].Apps != 1 {
		t.Fatalf("tags %+v", tags)
	}
	id := tags.Data[0].ID
	names := func(query string) string {
		var apps struct{ Data []struct{ Name string } }
		s.owner.must("GET", "/console/api/apps?"+query, nil, &apps)
		var out []string
		for _, a := range apps.Data {
			out = append(out, a.Name)
		}
		return strings.Join(out, " ")
	}
	tagsOf := func() []string {
		var a struct{ Tags []string }
		s.owner.must("GET", "/console/api/apps/"+s.app, nil, &a)
		return a.Tags
	}
	if got := names("tag=" + id); got != "助手" {
		t.Errorf("with the tag: %q", got)
	}
	s.owner.must("PATCH", "/console/api/dataset-tags/"+id, map[string]any{"name": "人力资源"}, nil)
	if got := tagsOf(); !slices.Equal(got, []string{"人力资源"}) {
		t.Errorf("under its new name: %q", got)
	}
	s.owner.must("DELETE", "/console/api/dataset-tags/"+id, nil, nil)
	if got, list := tagsOf(), names("tag="+id); len(got) != 0 || list != "" {
		t.Errorf("without it: %q %q", got, list)
	}
}
