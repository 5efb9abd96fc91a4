package chat

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"islet/app"
	"islet/app/draft"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/workflow"
	"islet/store"
)

// Turn is one question to an app.
type Turn struct {
	Release      *studio.Release
	Source       app.Source
	User         string  // the end user's name behind Source
	Called       string  // what the app sees as sys.user_id; "" is User
	Conversation app.ID  // empty begins a new one
	Parent       *app.ID // the message to go on from; nil is the latest, "" the beginning of the conversation
	Query        string
	Inputs       map[string]any // of a new conversation; an older one keeps those that it began with
	Files        []app.Attachment
	Title        bool // ask a model to name a new conversation once its answer is there
	Depth        int  // see run.DepthOf

	stand *draft.Stand // of a turn that goes on from a node: see GoOn
	again bool         // the answer that is there will not do
	// Insert stores what the message belongs to in the change that stores the message. Optional.
	Insert func(*store.Tx, *app.Message) error
}

// Sent is a turn whose rows are on disk and whose run has begun.
type Sent struct {
	Message      *app.Message
	Conversation *app.Conversation
	Run          app.ID
}

// Send checks a turn, stores conversation, message and run in one change and starts the run, which goes on without the
// caller: see run.Manager.Follow.
func (c *Chat) Send(ctx context.Context, t Turn) (*Sent, error) {
	if err := t.Release.Ready(); err != nil {
		return nil, err
	}
	t.Query = strings.ReplaceAll(t.Query, "\x00", "")
	mode := t.Release.App.Mode
	if mode == app.ModeWorkflow {
		return nil, app.Errorf(app.Invalid, "not_chat_app", "a workflow holds no conversations; run it instead", "工作流应用不支持对话；请直接运行")
	}
	if mode == app.ModeCompletion {
		t.Conversation, t.Parent, t.Title = "", nil, false
	} else if strings.TrimSpace(t.Query) == "" {
		return nil, app.Errorf(app.Invalid, "query_missing", "the question is empty; write something", "问题为空；请输入内容")
	}
	if err := checkFiles(&t.Release.Settings.Files, t.Files); err != nil {
		return nil, err
	}
	for again := false; ; again = true {
		inner, v, err := c.Enter(ctx, t.Release, t.Source, t.User)
		if err != nil {
			return nil, err
		}
		sent, err := c.send(inner, &t, v)
		if again || !errors.Is(err, errRaced) {
			return sent, err
		}
		if err := c.meet(inner, t.Source, t.User); err != nil {
			return nil, err
		}
	}
}

// Regenerate answers a message's question once more, as a sibling of it. Of t only Release, Source, User and Called count.
func (c *Chat) Regenerate(ctx context.Context, t Turn, id app.ID) (*Sent, error) {
	inner, _, err := c.Enter(ctx, t.Release, t.Source, t.User)
	if err != nil {
		return nil, err
	}
	var m *app.Message
	if err := c.DB.View(inner, func(s *store.Snapshot) (err error) { m, err = s.Message(id); return err }); err != nil {
		return nil, err
	}
	return c.Send(ctx, Turn{Release: t.Release, Source: t.Source, User: t.User, Called: t.Called, Conversation: m.Conversation, Parent: &m.Parent, Query: m.Query,
		Inputs: m.Inputs, Files: m.Files, again: true})
}

// send does what Send says, within the scope of the visitor.
func (c *Chat) send(ctx context.Context, t *Turn, v *Visitor) (*Sent, error) {
	s, err := c.prepare(ctx, t, v)
	if err != nil {
		return nil, err
	}
	conv, m := s.conversation, s.message
	scope := app.ScopeOf(ctx)
	spec := c.spec(t.Release, m, s.known)
	spec.Scope, spec.Depth = scope, t.Depth
	spec.Input = s.input(t)
	if t.stand != nil {
		spec.Input.Held, spec.Run.From = t.stand.Held, t.stand.Held.From
	}
	refused := flagged(t, m.Inputs)
	var hit *app.AnnotationHit
	if !refused {
		if hit, err = c.annotated(ctx, t, m, &spec); err != nil {
			return nil, err
		}
	}
	c.keep(&spec, t.Release, m)
	spec.Insert = func(tx *store.Tx) error {
		if v.New {
			if err := tx.InsertEndUser(v.row(ctx, t.Source, tx)); err != nil {
				return err
			}
		}
		if t.Conversation != "" {
			if err := tx.TouchConversation(conv.ID); err != nil {
				return err
			}
		} else if err := tx.InsertConversation(conv); err != nil {
			return err
		}
		if len(s.fresh) > 0 {
			if err := tx.AddConversationVariables(conv.ID, s.fresh...); err != nil {
				return err
			}
		}
		if t.Insert != nil {
			if err := t.Insert(tx, m); err != nil {
				return err
			}
		}
		if err := tx.InsertMessage(m); err != nil || hit == nil {
			return err
		}
		return tx.AddAnnotationHit(hit)
	}
	if refused {
		refuse(&spec, t)
	}
	_, err = c.Runs.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	if v.New {
		c.people.know(person{m.App, t.Source, v.Name}, v.ID)
	}
	if t.Title && t.Conversation == "" {
		c.nameLater(scope, t.Release, conv, m.Run, t.Query)
	}
	return &Sent{Message: m, Conversation: conv, Run: m.Run}, nil
}

// spec is how the answer to a message comes about, whenever that is.
func (c *Chat) spec(rel *studio.Release, m *app.Message, known []store.ConversationVariable) run.Spec {
	keep := func(tx *store.Tx, o run.Outcome) error {
		end := *m // m itself is being read by who called Send
		end.Answer, end.Reasoning, end.Status, end.Error, end.Usage = o.Answer, o.Reasoning, o.Status, o.Error, o.Usage
		if !rel.Settings.Cites() {
			o.Resources = nil
		}
		if len(o.Thoughts)+len(o.Resources)+len(o.Files) > 0 {
			end.Extra = &app.MessageExtra{Thoughts: o.Thoughts, Resources: o.Resources, Files: o.Files}
		}
		if m.Extra != nil {
			end.Extra = m.Extra
		}
		return tx.FinishMessage(&end)
	}
	s := run.Spec{
		Run:    app.Run{ID: m.Run, App: m.App, Version: rel.Version, Message: m.ID, EndUser: m.EndUser, Source: m.Source, StartedAt: m.CreatedAt},
		Graph:  rel.Graph,
		Finish: keep,
		Screen: screenOf(rel.Settings),
	}
	if studio.HasGraph(rel.App.Mode) {
		s.Durable, s.Pause = true, keep
		s.Remember = func(tx *store.Tx, updates []workflow.Update) error {
			return remember(tx, m.Conversation, known, updates)
		}
	}
	return s
}

// situation is what a turn finds and makes before anything is stored.
type situation struct {
	conversation *app.Conversation
	message      *app.Message
	visitor      *Visitor
	dialogues    int                          // messages of the thread, this one too
	known        []store.ConversationVariable // what the conversation remembers, of a chatflow
	fresh        []store.ConversationVariable // of them, those that are not on disk
}

// prepare reads what the turn goes on from, in one snapshot, and checks the rest. A new conversation without files reads nothing.
func (c *Chat) prepare(ctx context.Context, t *Turn, v *Visitor) (*situation, error) {
	scope, set, now := app.ScopeOf(ctx), t.Release.Settings, c.DB.Now()
	s := &situation{visitor: v}
	s.dialogues = 1
	m := &app.Message{ID: app.NewID(), App: scope.App, Run: app.NewID(), Source: t.Source, EndUser: v.ID, Query: t.Query, Status: app.Running,
		Files: []app.Attachment{}, CreatedAt: now, UpdatedAt: now}
	s.message = m
	if t.Conversation == "" {
		if t.Parent != nil && *t.Parent != "" {
			return nil, app.Missing("message", "消息")
		}
		inputs, err := c.inputs(ctx, t)
		if err != nil {
			return nil, err
		}
		s.conversation = &app.Conversation{ID: app.NewID(), App: scope.App, EndUser: v.ID, Source: t.Source, Name: nameOf(t.Query), Inputs: inputs,
			Opening: studio.Render(set.Opening, inputs), CreatedAt: now, UpdatedAt: now}
		m.Inputs = inputs
	}
	if t.Conversation != "" || len(t.Files) > 0 {
		if err := c.DB.View(ctx, func(sn *store.Snapshot) error { return s.read(sn, t) }); err != nil {
			return nil, err
		}
	}
	s.recall(set)
	if !studio.HasGraph(t.Release.App.Mode) && slices.ContainsFunc(m.Files, func(f app.Attachment) bool { return f.Kind == "image" }) && c.Sees != nil && !c.Sees(ctx, set.Model) {
		return nil, app.Errorf(app.Invalid, "model_cannot_see", "the model %q cannot see pictures; choose one with vision for this app, or mark it so under Models if it can",
			"模型“%s”不能识别图片；请为应用选择支持视觉的模型，若它其实支持，请在“模型”中勾选视觉能力", set.Model.Name)
	}
	m.Conversation = s.conversation.ID
	return s, nil
}

// read fills in the conversation, the thread and the attachments.
func (s *situation) read(sn *store.Snapshot, t *Turn) (err error) {
	set := t.Release.Settings
	if len(t.Files) > 0 {
		if s.message.Files, err = attach(sn, &set.Files, t.Files, studio.HasGraph(t.Release.App.Mode)); err != nil {
			return err
		}
	}
	if t.Conversation == "" {
		return nil
	}
	if s.conversation, err = sn.Conversation(t.Conversation); err != nil {
		return err
	}
	if s.conversation.Source != t.Source {
		return app.Missing("conversation", "对话")
	}
	s.conversation.UpdatedAt = s.message.CreatedAt
	s.message.Parent, err = parentOf(sn, t)
	if err != nil || !studio.HasGraph(t.Release.App.Mode) {
		s.message.Inputs = keptInputs(set.Variables, s.conversation.Inputs)
		return err
	}
	s.message.Inputs = s.conversation.Inputs
	return s.readGraph(sn)
}

// readGraph fills in what a chatflow's graph asks about its conversation.
func (s *situation) readGraph(sn *store.Snapshot) (err error) {
	if s.message.Parent != "" {
		thread, err := sn.Thread(s.message.Parent, historyMax)
		if err != nil {
			return err
		}
		s.dialogues = len(thread) + 1
	}
	s.known, err = sn.ConversationVariables(s.conversation.ID)
	return err
}

// parentOf is the message that a turn goes on from.
func parentOf(sn *store.Snapshot, t *Turn) (app.ID, error) {
	if t.Parent == nil {
		last, err := sn.LastMessage(t.Conversation)
		if errors.Is(err, &app.Error{Kind: app.NotFound}) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		return last.ID, nil
	}
	if *t.Parent == "" {
		return "", nil
	}
	m, err := sn.Message(*t.Parent)
	if err != nil {
		return "", err
	}
	if m.Conversation != t.Conversation {
		return "", app.Missing("message", "消息")
	}
	return m.ID, nil
}

// input is what the graph starts with.
func (s *situation) input(t *Turn) workflow.Input {
	m, rel, called := s.message, t.Release, t.Called
	if called == "" {
		called = s.visitor.Name
	}
	sys := map[string]any{
		"query": m.Query, "files": m.Files, "conversation_id": string(m.Conversation), "parent_message_id": string(m.Parent),
		"user_id": called, "app_id": string(m.App), "workflow_id": string(rel.Version), "workflow_run_id": string(m.Run),
	}
	in := workflow.Input{Inputs: rel.GraphInputs(m.Inputs), Vars: map[string]map[string]any{workflow.System: sys}}
	if studio.HasGraph(rel.App.Mode) {
		sys["dialogue_count"] = int64(s.dialogues)
		in.Vars[workflow.Environment], in.Vars[workflow.Conversation] = rel.Env, values(s.known)
		if t.stand != nil {
			maps.Copy(in.Vars[workflow.Conversation], t.stand.Values[workflow.Conversation])
		}
		in.Secrets = rel.Secrets
	}
	return in
}

// Stored is a message of the scope with its conversation, as they are on disk.
func (c *Chat) Stored(ctx context.Context, id app.ID) (m *app.Message, conv *app.Conversation, err error) {
	err = c.DB.View(ctx, func(s *store.Snapshot) error {
		if m, err = s.Message(id); err != nil {
			return err
		}
		conv, err = s.Conversation(m.Conversation)
		return err
	})
	return m, conv, err
}

// Stop ends the answer to a message of the scope; what it said so far is kept.
func (c *Chat) Stop(ctx context.Context, id app.ID) error {
	var m *app.Message
	if err := c.DB.View(ctx, func(s *store.Snapshot) (err error) { m, err = s.Message(id); return err }); err != nil {
		return err
	}
	return c.Runs.Stop(ctx, m.Run)
}
