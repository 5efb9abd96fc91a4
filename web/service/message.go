package service

import (
	"context"
	"encoding/json"
	"slices"

	"islet/app"
	"islet/app/studio"
	"islet/app/value"
	"islet/store"
	"islet/web/frame"
)

type messagesIn struct {
	Conversation string `query:"conversation_id,required" json:"-"`
	User         string `query:"user" json:"-"`
	FirstID      string `query:"first_id" json:"-"`
	Limit        int    `query:"limit" json:"-"`
}

type messageItem struct {
	ID            app.ID           `json:"id"`
	Conversation  app.ID           `json:"conversation_id"`
	Parent        *app.ID          `json:"parent_message_id"`
	Inputs        json.RawMessage  `json:"inputs"`
	Query         string           `json:"query"`
	Answer        string           `json:"answer"`
	Status        string           `json:"status"`
	Error         *string          `json:"error"`
	Files         []messageFile    `json:"message_files"`
	Feedback      *rating          `json:"feedback"`
	Resources     []frame.Resource `json:"retriever_resources"`
	Thoughts      []thoughtItem    `json:"agent_thoughts"`
	CreatedAt     int64            `json:"created_at"`
	Extra         []formItem       `json:"extra_contents"`
	MessageTokens int              `json:"message_tokens"`
	AnswerTokens  int              `json:"answer_tokens"`
	TotalTokens   int              `json:"total_tokens"`
	Latency       float64          `json:"provider_response_latency"`
	TotalPrice    *string          `json:"total_price"` // islet knows no prices
	Currency      *string          `json:"currency"`
}

// thoughtItem is a step of an agent.
type thoughtItem struct {
	frame.Thought
	Chain     *string `json:"chain_id"`
	Message   app.ID  `json:"message_id"`
	CreatedAt int64   `json:"created_at"`
}

// formItem is a form that a person was asked to fill in for the answer.
type formItem struct {
	Run        app.ID      `json:"workflow_run_id"`
	Submitted  bool        `json:"submitted"`
	Type       string      `json:"type"`
	Definition *definition `json:"form_definition"`
	Submission *submission `json:"form_submission_data"`
}

type definition struct {
	ID       app.ID            `json:"form_id"`
	Node     string            `json:"node_id"`
	Title    string            `json:"node_title"`
	Content  string            `json:"form_content"`
	Inputs   []frame.FormInput `json:"inputs"`
	Actions  []app.FormAction  `json:"actions"`
	Display  bool              `json:"display_in_ui"`
	Token    *string           `json:"form_token"`
	Defaults map[string]string `json:"resolved_default_values"`
	Expires  int64             `json:"expiration_time"`
}

type submission struct {
	Node    string `json:"node_id"`
	Title   string `json:"node_title"`
	Content string `json:"rendered_content"`
	Action  string `json:"action_id"`
	Text    string `json:"action_text"`
}

type messageFile struct {
	ID        app.ID  `json:"id"`
	Name      string  `json:"filename"`
	Type      string  `json:"type"`
	URL       *string `json:"url"`
	MIME      *string `json:"mime_type"`
	Size      *int64  `json:"size"`
	Method    string  `json:"transfer_method"`
	BelongsTo string  `json:"belongs_to"`
	File      *app.ID `json:"upload_file_id"`
}

type rating struct {
	Rating string `json:"rating"`
}

// messages lists the newest messages of a conversation or, from first_id on, older ones; within the page the oldest comes
// first, as Dify sends them.
func (a *API) messages(ctx context.Context, in *messagesIn) (*page[messageItem], error) {
	n, err := limit(in.Limit, 100)
	if err != nil {
		return nil, err
	}
	conversation, err := id("conversation_id", in.Conversation)
	if err != nil {
		return nil, err
	}
	firstID, err := id("first_id", in.FirstID)
	if err != nil {
		return nil, err
	}
	lang := app.ScopeOf(ctx).Lang
	ctx, rel, err := a.enter(ctx, in.User)
	if err != nil {
		return nil, err
	}
	var list []*app.Message
	forms := map[app.ID][]*app.Form{}
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		if _, err := s.Conversation(conversation); err != nil {
			return noConversation(err)
		}
		var first *app.Message
		if firstID != "" {
			var err error
			first, err = s.Message(firstID)
			if err != nil || first.Conversation != conversation {
				return firstMissing(err)
			}
		}
		list, err = s.MessagesBefore(conversation, first, n+1)
		for i := 0; i < len(list) && err == nil && studio.HasGraph(rel.App.Mode); i++ {
			forms[list[i].Run], err = s.FormsOf(list[i].Run)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	p := cut(list, n, func(m *app.Message) messageItem { return newMessageItem(m, forms[m.Run], lang) })
	slices.Reverse(p.Data)
	return p, nil
}

func firstMissing(err error) error {
	if err == nil {
		err = app.Missing("message", "消息")
	}
	return missing(err, "First Message Not Exists.", "first_id 对应的消息不存在。")
}

func newMessageItem(m *app.Message, forms []*app.Form, lang app.Lang) messageItem {
	inputs, err := value.Encode(m.Inputs)
	if err != nil || m.Inputs == nil {
		inputs = []byte("{}")
	}
	it := messageItem{ID: m.ID, Conversation: m.Conversation, Inputs: inputs, Query: m.Query, Answer: m.Answer, Status: "normal",
		Files: []messageFile{}, Thoughts: []thoughtItem{}, Extra: []formItem{}, CreatedAt: m.CreatedAt.Unix(),
		MessageTokens: m.Usage.PromptTokens, AnswerTokens: m.Usage.CompletionTokens, TotalTokens: m.Usage.PromptTokens + m.Usage.CompletionTokens,
		Latency: m.Usage.Latency}
	if m.Parent != "" {
		it.Parent = &m.Parent
	}
	switch m.Status {
	case app.Failed, app.Interrupted:
		it.Status = "error"
		text := frame.Reason(m.Status, m.Error).In(lang)
		it.Error = &text
	case app.Paused:
		it.Status = "paused"
	}
	if m.Feedback != nil {
		it.Feedback = &rating{m.Feedback.Rating}
	}
	for i := range m.Files {
		it.Files = append(it.Files, newMessageFile(&m.Files[i], "user"))
	}
	extra := m.Extra
	if extra == nil {
		extra = &app.MessageExtra{}
	}
	it.Resources = frame.NewResources(extra.Resources, m.ID, m.CreatedAt)
	for i := range extra.Files {
		it.Files = append(it.Files, newMessageFile(&extra.Files[i], "assistant"))
	}
	for i := range extra.Thoughts {
		it.Thoughts = append(it.Thoughts, thoughtItem{Thought: frame.NewThought(&extra.Thoughts[i]), Message: m.ID, CreatedAt: m.CreatedAt.Unix()})
	}
	for _, f := range forms {
		it.Extra = append(it.Extra, newFormItem(f))
	}
	return it
}

// newFormItem is a form as long as it waits, and what was answered afterwards.
func newFormItem(f *app.Form) formItem {
	it := formItem{Run: f.Run, Submitted: f.Status == app.FormSubmitted, Type: "human_input"}
	if it.Submitted {
		content, action := frame.FormSaid(f)
		it.Submission = &submission{f.Node, f.Title, content, f.Action, action}
		return it
	}
	it.Definition = &definition{f.ID, f.Node, f.Title, f.Content, frame.NewFormInputs(f), frame.FormActions(f), true, nil, frame.FormDefaults(f), f.ExpiresAt.Unix()}
	if f.Status == app.FormWaiting {
		it.Definition.Token = &f.Token
	}
	return it
}

func newMessageFile(f *app.Attachment, owner string) messageFile {
	url := frame.FileURL(f)
	out := messageFile{ID: f.ID, Name: f.Name, Type: f.Kind, Method: f.Method, BelongsTo: owner, URL: &url}
	if f.File != "" {
		out.File, out.MIME, out.Size = &f.File, &f.MIME, &f.Size
	}
	return out
}

type messageRef struct {
	ID   app.ID `path:"message_id" json:"-"`
	User string `query:"user" json:"-"`
}

type suggestedOut struct {
	Result string   `json:"result"`
	Data   []string `json:"data"`
}

func (a *API) suggested(ctx context.Context, in *messageRef) (*suggestedOut, error) {
	ctx, rel, err := a.named(ctx, in.User)
	if err != nil {
		return nil, err
	}
	questions, err := a.Chat.Suggested(ctx, rel, in.ID)
	if err != nil {
		return nil, noMessage(err)
	}
	return &suggestedOut{Result: "success", Data: questions}, nil
}

type feedbackIn struct {
	ID      app.ID  `path:"message_id" json:"-"`
	Rating  *string `json:"rating"`
	User    string  `json:"user"`
	Content string  `json:"content"`
}

func (a *API) feedback(ctx context.Context, in *feedbackIn) (*result, error) {
	rel, err := a.only(ctx, notChat, answering...)
	if err == nil {
		err = needUser(in.User)
	}
	if err == nil {
		ctx, _, err = a.enterAs(ctx, rel, in.User)
	}
	if err != nil {
		return nil, err
	}
	r := ""
	switch {
	case in.Rating == nil:
		if err := a.rated(ctx, in.ID); err != nil {
			return nil, err
		}
	case *in.Rating == "":
		return nil, app.Errorf(app.Invalid, "invalid_param", "rating must be like, dislike or null", "rating 必须是 like、dislike 或 null")
	default:
		r = *in.Rating
	}
	if _, err := a.Chat.Rate(ctx, in.ID, r, in.Content); err != nil {
		return nil, noMessage(err)
	}
	return success, nil
}

// rated is an error unless there is a feedback to take back.
func (a *API) rated(ctx context.Context, id app.ID) error {
	return a.DB.View(ctx, func(s *store.Snapshot) error {
		m, err := s.Message(id)
		if err != nil {
			return noMessage(err)
		}
		if m.Feedback == nil {
			return app.Errorf(app.Invalid, "invalid_param", "rating is missing, and there is no feedback to take back", "缺少 rating 参数，且没有可撤回的反馈")
		}
		return nil
	})
}

type feedbacksIn struct {
	Page  int `query:"page" json:"-"`
	Limit int `query:"limit" json:"-"`
}

type feedbackOut struct {
	ID           app.ID  `json:"id"`
	App          app.ID  `json:"app_id"`
	Conversation app.ID  `json:"conversation_id"`
	Message      app.ID  `json:"message_id"`
	Rating       string  `json:"rating"`
	Content      *string `json:"content"`
	Source       string  `json:"from_source"`
	EndUser      *app.ID `json:"from_end_user_id"`
	Account      *app.ID `json:"from_account_id"`
	CreatedAt    string  `json:"created_at"`
	UpdatedAt    string  `json:"updated_at"`
}

type feedbackList struct {
	Data []feedbackOut `json:"data"`
}

func (a *API) feedbacks(ctx context.Context, in *feedbacksIn) (*feedbackList, error) {
	n, err := limit(in.Limit, 101)
	if err != nil {
		return nil, err
	}
	var list []store.FeedbackEntry
	err = a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		list, err = s.Feedbacks(n, max(in.Page-1, 0)*n)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &feedbackList{Data: []feedbackOut{}}
	for i := range list {
		f := &list[i]
		v := feedbackOut{ID: f.ID, App: app.ScopeOf(ctx).App, Conversation: f.Conversation, Message: f.Message, Rating: f.Rating, Source: "user", EndUser: &f.EndUser,
			CreatedAt: date(f.CreatedAt), UpdatedAt: date(f.UpdatedAt)}
		if f.User != "" {
			v.Source, v.EndUser, v.Account = "admin", nil, &f.User
		}
		if f.Content != "" {
			v.Content = &f.Content
		}
		out.Data = append(out.Data, v)
	}
	return out, nil
}
