package chat

import (
	"context"
	"slices"

	"islet/app"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store"
)

// recall adds to what the conversation remembers the variables that the app has got since.
func (s *situation) recall(set *app.Settings) {
	for i := range set.Conversation {
		def := &set.Conversation[i]
		at := slices.IndexFunc(s.known, func(v store.ConversationVariable) bool { return v.ID == def.ID })
		if at >= 0 {
			s.known[at].Name, s.known[at].Type = def.Name, def.Type
			continue
		}
		v := store.ConversationVariable{ID: def.ID, Name: def.Name, Type: def.Type, Value: def.Value}
		s.known, s.fresh = append(s.known, v), append(s.fresh, v)
	}
}

// values are variables by name, as {{#conversation.name#}} has them.
func values(list []store.ConversationVariable) map[string]any {
	m := make(map[string]any, len(list))
	for i := range list {
		m[list[i].Name] = list[i].Value
	}
	return m
}

// remember stores what a graph wrote into variables of its conversation.
func remember(tx *store.Tx, conversation app.ID, known []store.ConversationVariable, updates []workflow.Update) error {
	var changed []store.ConversationVariable
	for _, u := range updates {
		if len(u.Selector) < 2 || u.Selector[0] != workflow.Conversation {
			continue
		}
		i := slices.IndexFunc(known, func(v store.ConversationVariable) bool { return v.Name == u.Selector[1] })
		if i < 0 {
			continue // a name that the app does not define lives as long as its run
		}
		v := known[i]
		v.Value = u.Value
		changed = append(changed, v)
	}
	if len(changed) == 0 {
		return nil
	}
	return tx.PutConversationVariables(conversation, changed...)
}

// inputs checks what a new conversation is given. Files among the inputs of a graph are completed from their rows.
func (c *Chat) inputs(ctx context.Context, t *Turn) (map[string]any, error) {
	if !studio.HasGraph(t.Release.App.Mode) {
		return CheckInputs(t.Release.Settings.Variables, t.Inputs)
	}
	given, err := c.Inputs(ctx, t.Inputs)
	if err != nil {
		return nil, err
	}
	return t.Release.Graph.Check(given)
}

// Inputs are the inputs of a graph as its start node takes them: numbers told apart, files completed from their rows, which
// the scope must be allowed to see, or from their links.
func (c *Chat) Inputs(ctx context.Context, given map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(given))
	err := c.DB.View(ctx, func(s *store.Snapshot) error {
		for name, v := range given {
			if value.Deeper(v, maxInputDepth) {
				return app.Errorf(app.Invalid, "input_too_deep", "%q is nested more than %d levels deep", "“%s”的嵌套超过 %d 层", name, maxInputDepth)
			}
			v, err := input(s, value.Loose(v))
			if err != nil {
				return err
			}
			out[name] = v
		}
		return nil
	})
	return out, err
}

// maxInputDepth bounds what callers send; the rest of what Decode reads is for what is built around it.
const maxInputDepth = 200

// input completes one input that is a file or a list of files.
func input(s *store.Snapshot, v any) (any, error) {
	if f, ok := fileRef(v); ok {
		done, err := attach(s, nil, []app.Attachment{f}, true)
		if err != nil {
			return nil, err
		}
		return done[0], nil
	}
	list, _ := value.List(v)
	files := make([]app.Attachment, 0, len(list))
	for _, e := range list {
		f, ok := fileRef(e)
		if !ok {
			return v, nil
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return v, nil
	}
	return attach(s, nil, files, true)
}

// fileRef reads a file as callers name one: {type, transfer_method, url | upload_file_id}.
func fileRef(v any) (app.Attachment, bool) {
	if f, ok := v.(app.Attachment); ok {
		return f, true
	}
	o, ok := value.Fields(v)
	if !ok {
		return app.Attachment{}, false
	}
	text := func(k string) string { v, _ := o.Get(k); s, _ := v.(string); return s }
	f := app.Attachment{Kind: text("type"), Method: text("transfer_method"), URL: text("url"), File: app.ID(text("upload_file_id"))}
	if f.URL == "" {
		f.URL = text("remote_url")
	}
	return f, f.Method == "local_file" && f.File != "" || f.Method == "remote_url" && f.URL != ""
}

// Rebuild makes the run of a message again that paused or was cut off: see run.Options.Rebuild. ctx has the scope of the
// workspace.
func (c *Chat) Rebuild(ctx context.Context, rel *studio.Release, r *app.Run, s run.State) (run.Spec, error) {
	var m *app.Message
	var known []store.ConversationVariable
	err := c.DB.View(app.WithScope(ctx, app.Scope{Workspace: rel.Workspace, App: r.App, EndUser: r.EndUser}), func(sn *store.Snapshot) (err error) {
		if m, err = sn.Message(r.Message); err != nil {
			return err
		}
		known, err = sn.ConversationVariables(m.Conversation)
		return err
	})
	if err != nil {
		return run.Spec{}, err
	}
	sit := situation{known: known}
	sit.recall(rel.Settings)
	spec := c.spec(rel, m, sit.known)
	spec.Scope = rel.Scope(s.Lang)
	spec.Scope.EndUser = r.EndUser
	spec.Input.Secrets = rel.Secrets
	spec.Input.Vars = map[string]map[string]any{workflow.Environment: rel.Env, workflow.Conversation: s.Vars[workflow.Conversation], workflow.System: s.Vars[workflow.System]}
	c.keep(&spec, rel, m)
	return spec, nil
}
