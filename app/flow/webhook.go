package flow

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/studio"
	"islet/app/value"
	"islet/store"
)

// HookRequest is a call of a webhook.
type HookRequest struct {
	Debug  bool // it came to the address of the draft
	Method string
	Header http.Header
	Query  url.Values
	Body   io.Reader // nil is empty; whoever calls bounds it
	Remote string    // the address of the caller, for the run to read
}

// HookReply is what the caller of a webhook gets at once: the run goes on without it.
type HookReply struct {
	Run    app.ID
	Status int
	Type   string // of Body
	Body   string
}

// Hook starts an app by one of its webhooks: by the live token what is published, by the debug token the draft. The token is
// all that the caller needs, so ctx needs no scope.
//
// A request that the webhook's node does not take is refused, and the sentence names what is wrong: a WrongMethod,
// unsupported_media_type, webhook_field_missing, webhook_field_invalid.
func (f *Flow) Hook(ctx context.Context, token string, r *HookRequest) (*HookReply, error) {
	rel, id, err := f.hooked(ctx, token, r.Debug)
	if err != nil {
		return nil, err
	}
	h, err := hookOf(rel.Settings.Graph, id)
	if err != nil {
		return nil, err
	}
	inputs, err := f.inputs(app.WithScope(ctx, rel.Scope(app.ScopeOf(ctx).Lang)), h, r)
	if err != nil {
		return nil, err
	}
	started, err := f.Start(ctx, Start{Release: rel, Source: app.FromWebhook, Inputs: inputs, Root: id})
	if err != nil {
		return nil, err
	}
	status, typ := h.answer()
	return &HookReply{Run: started.Run.ID, Status: status, Type: typ, Body: h.ResponseBody}, nil
}

// WrongMethod refuses a call with another method than the one that the webhook takes. It is Invalid for lack of a kind of its own.
type WrongMethod struct {
	Allow string
	Err   *app.Error
}

func (e *WrongMethod) Error() string { return e.Err.Error() }

// Unwrap returns the sentence.
func (e *WrongMethod) Unwrap() error { return e.Err }

// hooked is what a token starts, and at which node.
func (f *Flow) hooked(ctx context.Context, token string, debug bool) (*studio.Release, string, error) {
	var ws app.ID
	var w *app.Webhook
	err := f.DB.View(ctx, func(s *store.Snapshot) (err error) { ws, w, err = s.WebhookByToken(token); return err })
	if err == nil && (w.Debug == token) != debug {
		err = app.Missing("webhook", "Webhook ") // the right token at the wrong address opens nothing
	}
	if app.KindOf(err) == app.NotFound {
		return nil, "", app.Errorf(app.NotFound, "webhook_not_found", "there is no webhook at this address; copy the address from the app's trigger again", "此地址没有 Webhook；请从应用的触发器重新复制地址").Because(err)
	}
	if err != nil {
		return nil, "", err
	}
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws, Lang: app.ScopeOf(ctx).Lang})
	if debug {
		rel, err := f.Studio.Draft(ctx, w.App)
		return rel, w.Node, err
	}
	rel, err := f.Studio.Latest(ctx, w.App)
	if err == nil && rel.Graph == nil {
		err = app.Errorf(app.NotFound, "webhook_not_published", "the app of this webhook is not published yet; publish it, or use the debug address", "此 Webhook 所属的应用尚未发布；请先发布，或使用调试地址")
	}
	return rel, w.Node, err
}

// hook is the data of a trigger-webhook node.
type hook struct {
	Method       string      `json:"method"`
	ContentType  string      `json:"content_type"`
	Headers      []hookField `json:"headers"`
	Params       []hookField `json:"params"`
	Body         []hookField `json:"body"`
	StatusCode   any         `json:"status_code"`
	ResponseBody string      `json:"response_body"`
}

// hookField is a part of the request that the run reads.
type hookField struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
}

// hookOf reads the webhook node of a graph. One that is not there any more is webhook_gone.
func hookOf(graph json.RawMessage, id string) (*hook, error) {
	nodes := triggersOf(graph, hookType)
	at := slices.IndexFunc(nodes, func(n studio.TriggerNode) bool { return n.ID == id })
	if at < 0 {
		return nil, app.Errorf(app.NotFound, "webhook_gone", "the app has no longer a trigger for this webhook; put one in and publish the app", "应用中已没有此 Webhook 的触发器；请重新添加并发布应用")
	}
	h := &hook{}
	if err := settingsOf(nodes[at], h); err != nil {
		return nil, app.Errorf(app.Invalid, "webhook_invalid", "the settings of the trigger %q cannot be read; open it in the studio and save it again", "触发器“%s”的设置无法读取；请在编排页面打开并重新保存", titleOf(nodes[at])).Because(err)
	}
	h.Method = cmp.Or(strings.ToUpper(h.Method), http.MethodGet)
	h.ContentType = cmp.Or(strings.ToLower(h.ContentType), typeJSON)
	return h, nil
}

// answer is the status and the type of what the node answers. A status that is none is 200.
func (h *hook) answer() (status int, typ string) {
	status, _ = strconv.Atoi(value.Text(value.Loose(h.StatusCode)))
	if status < 200 || status > 599 {
		status = http.StatusOK
	}
	if json.Valid([]byte(h.ResponseBody)) {
		return status, "application/json; charset=utf-8"
	}
	return status, "text/plain; charset=utf-8"
}

// The content types that a webhook takes, and the output that holds the whole request.
const (
	typeJSON      = "application/json"
	typeForm      = "application/x-www-form-urlencoded"
	typeMultipart = "multipart/form-data"
	typeText      = "text/plain"
	typeBytes     = "application/octet-stream"

	rawRequest = "_webhook_raw"
)

// inputs reads a request as the node wants it. ctx has the scope of the app, whose the files become; they are stored after all
// else was found good.
func (f *Flow) inputs(ctx context.Context, h *hook, r *HookRequest) (map[string]any, error) {
	if h.Method != r.Method {
		return nil, &WrongMethod{Allow: h.Method, Err: app.Errorf(app.Invalid, "method_not_allowed", "this webhook takes %[1]s, not %[2]s", "此 Webhook 只接受 %[1]s，不接受 %[2]s", h.Method, r.Method)}
	}
	body := bufio.NewReader(orEmpty(r.Body))
	empty, err := isEmpty(body)
	if err != nil {
		return nil, err
	}
	params, err := h.accepts(r.Header.Get("Content-Type"), empty)
	if err != nil {
		return nil, err
	}
	in := map[string]any{}
	for _, d := range h.Headers {
		vals, ok := headerValues(r.Header, d.Name)
		if err := d.putText(in, header, strings.Join(vals, ", "), ok); err != nil {
			return nil, err
		}
	}
	for _, d := range h.Params {
		if err := d.putText(in, queryParam, r.Query.Get(d.Name), r.Query.Has(d.Name)); err != nil {
			return nil, err
		}
	}
	p := payload{hook: h, in: in, files: value.NewObject(), name: fileName(r.Header)}
	defer p.close()
	if err := p.read(body, empty, params["boundary"]); err != nil {
		return nil, err
	}
	if err := p.keep(ctx, f.Chat); err != nil {
		return nil, err
	}
	in[rawRequest] = value.NewObject("method", r.Method, "headers", flat(r.Header), "query_params", flat(r.Query), "body", p.whole, "files", p.files, "remote_addr", r.Remote)
	return in, nil
}

func orEmpty(r io.Reader) io.Reader {
	if r == nil {
		return strings.NewReader("")
	}
	return r
}

func isEmpty(b *bufio.Reader) (bool, error) {
	_, err := b.Peek(1)
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, unreadable(err)
}

// unreadable is the error of a body that ended too early. A body over the limit keeps its own.
func unreadable(err error) error {
	var tooBig *http.MaxBytesError
	if err == nil || errors.As(err, &tooBig) {
		return err
	}
	return app.Errorf(app.Invalid, "body_unreadable", "the body of the request could not be read; send it again", "无法读取请求体；请重新发送").Because(err)
}

// accepts checks what a request says its body is. One that says nothing is taken for JSON, as in Dify, and one without a body
// may say nothing at all.
func (h *hook) accepts(header string, empty bool) (params map[string]string, err error) {
	if header == "" {
		if empty {
			return nil, nil //nolint:nilnil // no parameters
		}
		header = typeJSON
	}
	got, params, err := mime.ParseMediaType(header)
	if err == nil && (got == h.ContentType || h.ContentType == typeJSON && strings.HasSuffix(got, "+json")) {
		return params, nil
	}
	return nil, app.Errorf(app.Unsupported, "unsupported_media_type", "this webhook takes a body of type %[1]s, not %[2]s", "此 Webhook 只接受 %[1]s 类型的请求体，不接受 %[2]s", h.ContentType, header).Because(err)
}

// headerValues finds a header by its name, of which the case does not matter and "-" and "_" are the same.
func headerValues(h http.Header, name string) ([]string, bool) {
	for _, n := range []string{name, strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(name, "-", "_")} {
		if vals := h.Values(n); len(vals) > 0 {
			return vals, true
		}
	}
	return nil, false
}

// flat writes a header or a query as an object: what comes several times is joined by commas.
func flat(m map[string][]string) *value.Object {
	all := make(map[string]any, len(m))
	for k, vals := range m {
		all[k] = strings.Join(vals, ", ")
	}
	return value.Of(all)
}

// The types of node that start runs.
const (
	hookType     = "trigger-webhook"
	scheduleType = "trigger-schedule"
)

// triggersOf are the triggers of a graph of one type, in file order.
func triggersOf(graph json.RawMessage, typ string) []studio.TriggerNode {
	var out []studio.TriggerNode
	for _, n := range studio.Triggers(graph) {
		if n.Type == typ && !slices.ContainsFunc(out, func(o studio.TriggerNode) bool { return o.ID == n.ID }) {
			out = append(out, n)
		}
	}
	return out
}

// settingsOf reads the data of a trigger.
func settingsOf(n studio.TriggerNode, dst any) error {
	raw, err := json.Marshal(n.Data)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, dst)
}

// titleOf is what people call a trigger.
func titleOf(n studio.TriggerNode) string {
	v, _ := n.Data.Get("title")
	if s, _ := v.(string); s != "" {
		return s
	}
	return n.ID
}

// Publish puts the triggers of a version's graph into force, within the change that publishes it: see studio.Studio.OnPublish.
// A webhook keeps its addresses for as long as there is a node with its id; those of a node that has gone answer webhook_gone,
// and work again when it comes back. Schedules are replaced; one that was switched off stays off.
func (f *Flow) Publish(tx *store.Tx, a *app.App, set *app.Settings) error {
	if a.Mode != app.ModeWorkflow {
		return nil
	}
	if _, err := addresses(tx, a.ID, triggersOf(set.Graph, hookType)); err != nil {
		return err
	}
	return f.plan(tx, a.ID, triggersOf(set.Graph, scheduleType))
}

// addresses are the webhooks of an app, with new ones for the nodes that have none.
func addresses(tx *store.Tx, id app.ID, nodes []studio.TriggerNode) ([]*app.Webhook, error) {
	known, err := tx.Webhooks(id)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if hookAt(known, n.ID) != nil {
			continue
		}
		w := &app.Webhook{App: id, Node: n.ID, Token: newToken(), Debug: newToken(), CreatedAt: tx.Now()}
		if err := tx.PutWebhook(w); err != nil {
			return nil, err
		}
		known = append(known, w)
	}
	return known, nil
}

// newToken is unguessable: 130 bits.
func newToken() string { return strings.ToLower(rand.Text()) }

func hookAt(list []*app.Webhook, node string) *app.Webhook {
	for _, w := range list {
		if w.Node == node {
			return w
		}
	}
	return nil
}

// Webhook is a webhook of an app as the studio shows it.
type Webhook struct {
	*app.Webhook
	Title  string
	Method string // in capitals
	Draft  bool   // the draft has its node, so that the debug address works
	Live   bool   // the published version has it, so that the live one does
}

// Webhooks are the webhooks of an app's draft and of its published version. A node that is new in the draft gets its addresses
// here.
func (f *Flow) Webhooks(ctx context.Context, id app.ID) ([]Webhook, error) {
	var all []node
	var known []*app.Webhook
	err := f.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if all, err = nodesOf(s, id, hookType); err != nil {
			return err
		}
		known, err = s.Webhooks(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(n node) bool { return hookAt(known, n.ID) == nil }) {
		nodes := make([]studio.TriggerNode, len(all))
		for i := range all {
			nodes[i] = all[i].TriggerNode
		}
		if err := f.DB.Update(ctx, func(tx *store.Tx) error { known, err = addresses(tx, id, nodes); return err }); err != nil {
			return nil, err
		}
	}
	out := make([]Webhook, len(all))
	for i, n := range all {
		method, _ := n.Data.Get("method")
		out[i] = Webhook{Webhook: hookAt(known, n.ID), Title: titleOf(n.TriggerNode), Draft: n.draft, Live: n.live,
			Method: cmp.Or(strings.ToUpper(value.Text(method)), http.MethodGet)}
	}
	return out, nil
}

// node is a trigger of an app with where it stands.
type node struct {
	studio.TriggerNode
	draft, live bool
}

// nodesOf are the triggers of one type of an app: those of the draft, then those that only the published version has.
func nodesOf(s *store.Snapshot, id app.ID, typ string) ([]node, error) {
	a, err := s.App(id)
	if err != nil || a.Mode != app.ModeWorkflow {
		return nil, err
	}
	var out []node
	for _, n := range triggersOf(a.Draft.Graph, typ) {
		out = append(out, node{n, true, false})
	}
	if a.Published == "" {
		return out, nil
	}
	v, err := s.Version(id, a.Published)
	if err != nil {
		return nil, err
	}
	for _, n := range triggersOf(v.Settings.Graph, typ) {
		at := slices.IndexFunc(out, func(o node) bool { return o.ID == n.ID })
		if at < 0 {
			out = append(out, node{n, false, true})
			continue
		}
		out[at].live = true
	}
	return out, nil
}
