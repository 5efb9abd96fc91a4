// Package service is the Dify-compatible Service API, /v1: what programs of others call with an app's key. README.md is the
// contract. Dify's field names live only here and in web/frame.
package service

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/annotation"
	"islet/app/chat"
	"islet/app/flow"
	"islet/app/knowledge"
	"islet/app/model"
	"islet/app/run"
	"islet/app/speech"
	"islet/app/studio"
	"islet/store"
	"islet/web/frame"
	"islet/web/route"
)

// API holds what the handlers call. All fields are required.
type API struct {
	DB          *store.DB
	Studio      *studio.Studio
	Chat        *chat.Chat
	Flow        *flow.Flow
	Runs        *run.Manager
	Knowledge   *knowledge.Knowledge
	Annotations *annotation.Book // nil: none of the addresses for annotations is there
	Endpoints   *model.Keeper
	Speech      *speech.Speech
}

const (
	bodyLimit = 4 << 20
	fileLimit = 64 << 20 // of the whole form; app/chat has finer limits by kind
)

// Routes is the whole table of this API.
func (a *API) Routes(r *route.Router) {
	g := &route.Group{Router: r, Prefix: "/v1", Auth: a.caller, Lenient: true, Ping: frame.Ping, Translate: frame.Dify}

	route.Raw(g, "POST /chat-messages", a.sendMessage(g), route.Limit(bodyLimit))
	route.Handle(g, "POST /chat-messages/{task_id}/stop", a.stop)
	route.Raw(g, "POST /completion-messages", a.complete(g), route.Limit(bodyLimit))
	route.Handle(g, "POST /completion-messages/{task_id}/stop", a.stopCompletion)
	route.Handle(g, "GET /messages", a.messages)
	route.Handle(g, "GET /messages/{message_id}/suggested", a.suggested)
	route.Handle(g, "POST /messages/{message_id}/feedbacks", a.feedback)
	route.Handle(g, "GET /app/feedbacks", a.feedbacks)

	route.Raw(g, "POST /workflows/run", a.runWorkflow(g), route.Limit(bodyLimit))
	route.Raw(g, "POST /workflows/{workflow_id}/run", a.runVersion(g), route.Limit(bodyLimit))
	route.Handle(g, "GET /workflows/run/{workflow_run_id}", a.workflowRun)
	route.Handle(g, "POST /workflows/tasks/{task_id}/stop", a.stopWorkflow)
	route.Handle(g, "GET /workflows/logs", a.workflowLogs)
	route.Raw(g, "GET /workflow/{workflow_run_id}/events", a.workflowEvents(g))
	route.Raw(g, "GET /form/human_input/{form_token}", a.form)
	route.Raw(g, "POST /form/human_input/{form_token}", a.fillForm, route.Limit(bodyLimit))

	route.Handle(g, "GET /conversations", a.conversations)
	route.Handle(g, "POST /conversations/{conversation_id}/name", a.rename)
	route.Handle(g, "GET /conversations/{conversation_id}/variables", a.variables)
	route.Handle(g, "PUT /conversations/{conversation_id}/variables/{variable_id}", a.setVariable)
	route.Raw(g, "DELETE /conversations/{conversation_id}", a.deleteConversation, route.Status(http.StatusNoContent))

	route.Handle(g, "GET /info", a.info)
	route.Handle(g, "GET /parameters", a.parameters)
	route.Handle(g, "GET /meta", a.meta)
	route.Handle(g, "GET /site", a.site)
	route.Handle(g, "GET /end-users/{end_user_id}", a.endUser)

	route.Handle(g, "POST /files/upload", a.upload, route.Limit(fileLimit), route.Status(http.StatusCreated))
	route.Raw(g, "GET /files/{file_id}/preview", a.preview)

	route.Handle(g, "POST /audio-to-text", a.hear, route.Limit(fileLimit))
	route.Raw(g, "POST /text-to-audio", a.say, route.Limit(bodyLimit))

	a.annotationRoutes(g)
	a.datasetRoutes(r)
}

// caller is the scope of an app's key: the app and nothing outside it.
func (a *API) caller(r *http.Request) (app.Scope, error) {
	rel, err := a.Studio.ByToken(r.Context(), token(r))
	if err != nil {
		return app.Scope{}, err
	}
	return rel.Scope(""), nil
}

// token is the key in the Authorization header; a wrong form gives a key that nobody has.
func token(r *http.Request) string {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// release is what the caller's key opens. The cache that caller filled answers.
func (a *API) release(ctx context.Context) (*studio.Release, error) {
	return a.Studio.ByToken(ctx, token(route.Request(ctx)))
}

// The apps that some addresses are for.
var (
	talking   = []app.Mode{app.ModeChat, app.ModeAgent, app.ModeAdvancedChat}
	graphs    = []app.Mode{app.ModeWorkflow, app.ModeAdvancedChat}
	answering = append([]app.Mode{app.ModeCompletion}, talking...)
)

var (
	notChat     = app.Errorf(app.Invalid, "not_chat_app", "this app is no chat app; use the address for its mode", "此应用不是聊天应用；请使用对应类型的接口地址")
	notWorkflow = app.Errorf(app.Invalid, "not_workflow_app", "this app has no workflow, or is used at another address; use the address for its mode", "此应用不是工作流应用；请使用对应类型的接口地址")
	unavailable = app.Errorf(app.Invalid, "app_unavailable", "this app does not complete texts; use the address for its mode", "此应用不是文本生成应用；请使用对应类型的接口地址")
)

// only is release for what apps of some modes have; wrong says so to the others.
func (a *API) only(ctx context.Context, wrong *app.Error, modes ...app.Mode) (*studio.Release, error) {
	rel, err := a.release(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(modes, rel.App.Mode) {
		return nil, wrong
	}
	return rel, nil
}

// version is a published version of an app by the id that callers name it with.
func (a *API) version(ctx context.Context, rel *studio.Release, version string) (*studio.Release, error) {
	id, err := app.ParseID(strings.TrimSpace(version))
	if err != nil {
		return nil, app.Errorf(app.Invalid, "bad_request", "workflow_id %q is not a valid uuid", "workflow_id“%s”不是有效的 uuid", version)
	}
	v, err := a.Studio.Version(ctx, rel.App.ID, id)
	if err != nil {
		return nil, missing(err, "Workflow not found with id: "+version, "未找到工作流："+version)
	}
	return v, nil
}

// nobody is the end user of requests that name none, as in Dify.
const nobody = "DEFAULT-USER"

// enter is the context in which a chat app's end user acts.
func (a *API) enter(ctx context.Context, user string) (context.Context, *studio.Release, error) {
	rel, err := a.only(ctx, notChat, talking...)
	if err != nil {
		return nil, nil, err
	}
	return a.enterAs(ctx, rel, user)
}

// enterAs is enter for an app of any mode.
func (a *API) enterAs(ctx context.Context, rel *studio.Release, user string) (context.Context, *studio.Release, error) {
	if user == "" {
		user = nobody
	}
	ctx, _, err := a.Chat.Enter(ctx, rel, app.FromAPI, user)
	return ctx, rel, err
}

// named is enter for requests that must name their end user.
func (a *API) named(ctx context.Context, user string) (context.Context, *studio.Release, error) {
	if err := needUser(user); err != nil {
		return nil, nil, err
	}
	return a.enter(ctx, user)
}

const maxUser = 255

func needUser(user string) error {
	if strings.TrimSpace(user) == "" {
		return app.Errorf(app.Invalid, "invalid_param", "user is missing: name the end user on whose behalf you call", "缺少 user 参数：请提供终端用户标识")
	}
	if len(user) > maxUser {
		return app.Errorf(app.Invalid, "invalid_param", "user is longer than %d bytes", "user 参数超过 %d 字节", maxUser)
	}
	return nil
}

// id is an id from a body or query; empty stays empty.
func id(name, s string) (app.ID, error) {
	if s == "" {
		return "", nil
	}
	v, err := app.ParseID(s)
	if err != nil {
		return "", app.Errorf(app.Invalid, "invalid_param", "%[1]s is not a valid uuid: %[2]q", "%[1]s 不是有效的 uuid：%[2]q", name, s)
	}
	return v, nil
}

// missing is Dify's sentence for something that is not there.
func missing(err error, en, zh string) error {
	if app.KindOf(err) != app.NotFound {
		return err
	}
	return &app.Error{Kind: app.NotFound, Code: "not_found", Text: app.Text{En: en, Zh: zh}, Err: err}
}

func noConversation(err error) error {
	return missing(err, "Conversation Not Exists.", "对话不存在。")
}

func noMessage(err error) error { return missing(err, "Message Not Exists.", "消息不存在。") }

// limit is how many things a page has: 20 unless asked otherwise, 1 to most.
func limit(n, most int) (int, error) {
	if n == 0 {
		return 20, nil
	}
	if n < 1 || n > most {
		return 0, app.Errorf(app.Invalid, "invalid_param", "limit must be between 1 and %d", "limit 必须在 1 到 %d 之间", most)
	}
	return n, nil
}

// within is a number from a query: from 1 to most, otherwise where it is not given.
func within(name, s string, otherwise, most int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, app.Errorf(app.Invalid, "invalid_param", "%[1]s must be between 1 and %[2]d", "%[1]s 必须在 1 到 %[2]d 之间", name, most)
	}
	return n, nil
}

// result is Dify's answer where there is nothing to say.
type result struct {
	Result string `json:"result"`
}

var success = &result{Result: "success"}
