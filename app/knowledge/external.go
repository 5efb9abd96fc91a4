package knowledge

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"islet/app"
	"islet/store"
)

// sealedFor binds the sealed key of an external API to its use.
const sealedFor = "external knowledge api"

// SetExternalAPI stores a connection to another system; with an empty ID a new one. An empty key keeps the one that is there.
func (k *Knowledge) SetExternalAPI(ctx context.Context, e *app.ExternalAPI, key string) error {
	e.Name, e.Endpoint = strings.TrimSpace(e.Name), strings.TrimRight(strings.TrimSpace(e.Endpoint), "/")
	if e.Name == "" || utf8.RuneCountInString(e.Name) > 100 {
		return app.Errorf(app.Invalid, "name_required", "give the connection a name of at most 100 characters", "请为连接填写名称（最多 100 个字符）")
	}
	u, err := url.Parse(e.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return app.Errorf(app.Invalid, "invalid_url", "%q is no address of a system; it looks like http://10.0.0.5:8000", "%q 不是有效的地址；正确的形式如 http://10.0.0.5:8000", e.Endpoint)
	}
	return k.db.Update(ctx, func(tx *store.Tx) error {
		if e.ID == "" {
			e.ID, e.CreatedAt, e.CreatedBy = app.NewID(), tx.Now(), tx.Scope().User
			e.Sealed, e.Hint = k.db.Seal(sealedFor, key), hint(key)
			return tx.InsertExternalAPI(e)
		}
		was, err := tx.ExternalAPI(e.ID)
		if err != nil {
			return err
		}
		e.Sealed, e.Hint, e.CreatedAt, e.CreatedBy = was.Sealed, was.Hint, was.CreatedAt, was.CreatedBy
		if key != "" {
			e.Sealed, e.Hint = k.db.Seal(sealedFor, key), hint(key)
		}
		return tx.UpdateExternalAPI(e)
	})
}

func hint(key string) string {
	if r := []rune(key); len(r) > 8 {
		return string(r[len(r)-4:])
	}
	return ""
}

// wireAsk and wireRecord are Dify's external knowledge protocol.
type wireAsk struct {
	Knowledge string       `json:"knowledge_id"`
	Query     string       `json:"query"`
	Settings  wireSettings `json:"retrieval_setting"`
	Condition *app.Filter  `json:"metadata_condition,omitempty"`
}

type wireSettings struct {
	TopK      int     `json:"top_k"`
	Threshold float64 `json:"score_threshold"`
}

type wireRecord struct {
	Content  string         `json:"content"`
	Score    float64        `json:"score"`
	Title    string         `json:"title"`
	Metadata map[string]any `json:"metadata"`
}

const (
	externalTime = 30 * time.Second
	externalMax  = 8 << 20 // bytes of an answer
)

// searchExternal asks another system and adds what it found.
func (k *Knowledge) searchExternal(ctx context.Context, q *Query, r *ranking, d *app.Dataset) error {
	set := d.External.Settings
	if set.TopK <= 0 {
		set.TopK = r.topK()
	}
	ask := wireAsk{Knowledge: d.External.Knowledge, Query: q.Text, Settings: wireSettings{TopK: set.TopK}, Condition: q.Filter}
	if set.ThresholdEnabled {
		ask.Settings.Threshold = set.Threshold
	}
	records, err := k.askExternal(ctx, d, ask)
	if err != nil {
		return err
	}
	r.method = cmp.Or(r.method, app.ByMeaning)
	for i, rec := range records {
		if set.ThresholdEnabled && rec.Score < set.Threshold || i >= set.TopK {
			continue
		}
		name := rec.Title
		if name == "" {
			name = d.Name
		}
		r.list = append(r.list, &candidate{hit: app.Hit{
			Chunk:    &app.Chunk{Dataset: d.ID, Position: i + 1, Content: rec.Content, WordCount: utf8.RuneCountInString(rec.Content), Enabled: true, Heading: []string{}, Keywords: []string{}},
			Document: &app.Document{Dataset: d.ID, Name: name, Source: "external", Metadata: rec.Metadata, Enabled: true, Stage: app.Completed},
			Dataset:  d.ID, Name: d.Name, Score: rec.Score, Children: []app.ChildHit{},
			Why: app.Explanation{Terms: []string{}, Missed: []string{}, Vector: &app.Place{Rank: i + 1, Score: rec.Score}}}})
	}
	return nil
}

// askExternal sends one question to another system.
func (k *Knowledge) askExternal(ctx context.Context, d *app.Dataset, ask wireAsk) ([]wireRecord, error) {
	var e *app.ExternalAPI
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { e, err = s.ExternalAPI(d.External.API); return err }); err != nil {
		return nil, err
	}
	key, err := k.db.Open(sealedFor, e.Sealed)
	if err != nil {
		return nil, err
	}
	if k.o.Client == nil {
		return nil, externalFailed(e, "it cannot be reached from here", "此处无法访问")
	}
	client, err := k.o.Client()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, externalTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.Endpoint+"/retrieval", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := client.Do(req)
	var known *app.Error
	switch {
	case errors.As(err, &known):
		return nil, known
	case err != nil:
		return nil, externalFailed(e, "it does not answer", "没有响应").Because(err)
	}
	defer func() { _ = resp.Body.Close() }() // read only
	raw, err := io.ReadAll(io.LimitReader(resp.Body, externalMax+1))
	if err != nil || len(raw) > externalMax {
		return nil, externalFailed(e, "its answer broke off or is too large", "响应中断或过大").Because(err)
	}
	return readRecords(e, resp.StatusCode, raw)
}

func readRecords(e *app.ExternalAPI, status int, raw []byte) ([]wireRecord, error) {
	var answer struct {
		Records []wireRecord `json:"records"`
		Code    int          `json:"error_code"`
		Message string       `json:"error_msg"`
	}
	err := json.Unmarshal(raw, &answer)
	switch {
	case answer.Code == 1001 || answer.Code == 1002 || status == http.StatusUnauthorized || status == http.StatusForbidden:
		return nil, externalFailed(e, "it refuses the key; enter it again under Connections", "密钥被拒绝；请在连接设置中重新填写")
	case answer.Code == 2001 || status == http.StatusNotFound:
		return nil, externalFailed(e, "it does not know this dataset; check its id", "找不到该知识库；请检查知识库 ID")
	case status >= 300 || answer.Code != 0:
		return nil, externalFailed(e, "it answers with an error", "返回了错误").Because(errors.New(cutText(string(raw), 500)))
	case err != nil:
		return nil, externalFailed(e, "its answer is not what the protocol says", "响应不符合协议").Because(err)
	}
	return answer.Records, nil
}

func externalFailed(e *app.ExternalAPI, en, zh string) *app.Error {
	return app.Errorf(app.Upstream, "external_knowledge_failed", "the external knowledge API %[1]q failed: %[2]s", "外部知识库 API“%[1]s”出错：%[3]s", e.Name, en, zh)
}

// DeleteExternalAPI removes a connection that no dataset uses.
func (k *Knowledge) DeleteExternalAPI(ctx context.Context, id app.ID) error {
	return k.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteExternalAPI(id) })
}

// NewKey makes a key for the datasets of the Service API. The token is returned this once.
func (k *Knowledge) NewKey(ctx context.Context) (*app.DatasetKey, string, error) {
	token := newToken()
	key := &app.DatasetKey{ID: app.NewID(), Hint: token[len(token)-4:], CreatedBy: app.ScopeOf(ctx).User, CreatedAt: k.db.Now(), TokenHash: HashToken(token)}
	if err := k.db.Update(ctx, func(tx *store.Tx) error { return tx.InsertDatasetKey(key) }); err != nil {
		return nil, "", err
	}
	return key, token, nil
}
