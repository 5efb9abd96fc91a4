package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"islet/app"
	"islet/store"
)

type exportLogsIn struct {
	runsIn
	Rated     string `query:"rated" json:"-"`
	Annotated string `query:"annotated" json:"-"`
	Format    string `query:"format" json:"-"` // csv or xlsx
	Zone      string `query:"zone" json:"-"`   // in which times are written; UTC
}

const (
	exportMax  = 50_000 // rows of one file
	exportPage = 200
)

// exportLogs sends what the list shows under the same filters: a row for each answer of a conversation, or for each run.
func (a *API) exportLogs(ctx context.Context, w http.ResponseWriter, in *exportLogsIn) error {
	zone, err := time.LoadLocation(in.Zone)
	if err != nil {
		return app.Errorf(app.Invalid, "invalid_param", "zone %q is no time zone", "时区 %q 无效", in.Zone)
	}
	var it *app.App
	if err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { it, err = s.App(in.ID); return err }); err != nil {
		return err
	}
	e := &logExport{a: a, in: in, zone: zone, zh: app.ScopeOf(ctx).Lang == app.Chinese}
	if it.Mode == app.ModeWorkflow {
		return e.runs(ctx, w, it.Name)
	}
	return e.messages(ctx, w, it.Name)
}

type logExport struct {
	a    *API
	in   *exportLogsIn
	zone *time.Location
	zh   bool
}

func (e *logExport) head(en, zh []string) []string {
	if e.zh {
		return zh
	}
	return en
}

func (e *logExport) time(t time.Time) string { return t.In(e.zone).Format("2006-01-02 15:04:05") }

func failureText(f *app.Failure, zh bool) string {
	switch {
	case f == nil:
		return ""
	case zh:
		return f.Text.In(app.Chinese)
	}
	return f.Text.In("")
}

func (e *logExport) runs(ctx context.Context, w http.ResponseWriter, name string) error {
	f, err := e.in.filter(ctx)
	if err != nil {
		return err
	}
	t, err := newTable(w, e.in.Format, name+" runs")
	if err != nil {
		return err
	}
	t.row(e.head([]string{"Started", "Status", "Source", "User", "Inputs", "Outputs", "Seconds", "Tokens in", "Tokens out", "Error", "Run ID"},
		[]string{"开始时间", "状态", "来源", "用户", "输入", "输出", "耗时（秒）", "输入 Token", "输出 Token", "错误", "运行 ID"})...)
	f.Limit = exportPage
	for f.Offset = 0; f.Offset < exportMax; f.Offset += exportPage {
		var list []store.RunEntry
		err := e.a.DB.View(within(ctx, e.in.ID), func(s *store.Snapshot) (err error) { list, _, err = s.Runs(f); return err })
		if err != nil {
			return err
		}
		for i := range list {
			r := list[i].Run
			took := ""
			if r.FinishedAt != nil {
				took = strconv.FormatFloat(r.FinishedAt.Sub(r.StartedAt).Seconds(), 'f', 3, 64)
			}
			t.row(e.time(r.StartedAt), string(r.Status), string(r.Source), list[i].EndUser, compactJSON(r.Inputs), compactJSON(r.Outputs), took,
				strconv.Itoa(r.Usage.PromptTokens), strconv.Itoa(r.Usage.CompletionTokens), failureText(r.Error, e.zh), string(r.ID))
		}
		if len(list) < exportPage {
			break
		}
	}
	return t.close()
}

func compactJSON(v map[string]any) string {
	if len(v) == 0 {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

func (e *logExport) messages(ctx context.Context, w http.ResponseWriter, name string) error {
	c := conversationsIn{ByID: e.in.ByID, Text: e.in.Text, Source: e.in.Source, Status: app.Status(e.in.Status), Rated: e.in.Rated, Annotated: e.in.Annotated,
		Debug: e.in.Debug, After: e.in.After, Before: e.in.Before, Sort: e.in.Sort}
	f, err := c.filter()
	if err != nil {
		return err
	}
	if ctx, err = e.a.logScope(ctx, e.in.ID, e.in.Debug); err != nil {
		return err
	}
	t, err := newTable(w, e.in.Format, name+" conversations")
	if err != nil {
		return err
	}
	t.row(e.head([]string{"Time", "Conversation", "User", "Source", "Question", "Answer", "Status", "Rating", "Note", "Member's rating", "Member's note", "Annotation", "Seconds", "Tokens in", "Tokens out", "Error", "Conversation ID", "Message ID"},
		[]string{"时间", "对话", "用户", "来源", "问题", "回答", "状态", "用户评价", "用户备注", "管理员评价", "管理员备注", "标注", "耗时（秒）", "输入 Token", "输出 Token", "错误", "对话 ID", "消息 ID"})...)
	f.Limit = exportPage
	for f.Offset = 0; t.rows < exportMax; f.Offset += exportPage {
		more := 0
		err := e.a.DB.View(ctx, func(s *store.Snapshot) error {
			list, err := s.ConversationLog(f)
			more = len(list)
			for i := range list {
				if err == nil {
					err = e.conversation(s, t, &list[i])
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if more < exportPage {
			break
		}
	}
	return t.close()
}

func (e *logExport) conversation(s *store.Snapshot, t *table, c *store.ConversationEntry) error {
	list, err := s.Messages(c.Conversation.ID)
	if err != nil {
		return err
	}
	ratings, err := s.AdminRatings(c.Conversation.ID)
	if err != nil {
		return err
	}
	by := make(map[app.ID]*app.AdminRating, len(ratings))
	for _, r := range ratings {
		by[r.Message] = r
	}
	for _, m := range list {
		var rating, note, ours, our, from string
		if m.Feedback != nil {
			rating, note = m.Feedback.Rating, m.Feedback.Content
		}
		if r := by[m.ID]; r != nil {
			ours, our = r.Rating, r.Note
		}
		if m.Extra != nil && m.Extra.Annotation != nil {
			from = m.Extra.Annotation.Question
		}
		t.row(e.time(m.CreatedAt), c.Conversation.Name, c.EndUser, string(m.Source), m.Query, m.Answer, string(m.Status), rating, note, ours, our, from,
			strconv.FormatFloat(m.UpdatedAt.Sub(m.CreatedAt).Seconds(), 'f', 3, 64), strconv.Itoa(m.Usage.PromptTokens), strconv.Itoa(m.Usage.CompletionTokens),
			failureText(m.Error, e.zh), string(c.Conversation.ID), string(m.ID))
	}
	return nil
}
