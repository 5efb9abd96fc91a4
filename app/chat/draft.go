package chat

import (
	"context"

	"islet/app"
	"islet/app/draft"
	"islet/app/run"
	"islet/app/studio"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store"
)

// keep makes a turn of a draft leave what its nodes come to.
func (c *Chat) keep(spec *run.Spec, rel *studio.Release, m *app.Message) {
	if rel.Version != "" || m.Source != app.FromDebug || !studio.HasGraph(rel.App.Mode) {
		return
	}
	sys := spec.Input.Vars[workflow.System]
	draft.Keep(spec, draft.Try{DB: c.DB, Run: m.Run, Graph: rel.Graph, Secrets: rel.Secrets, System: sys, Memory: spec.Input.Vars[workflow.Conversation]})
}

// GoOn answers the last question that a member asked the draft of a chatflow once more, from a node on: what came before it is
// taken from the variables as they are kept, and perhaps changed. The answer is a sibling of the earlier one; where the
// conversation is gone, it begins a new one.
func (c *Chat) GoOn(ctx context.Context, rel *studio.Release, user, from string) (*Sent, error) {
	inner, _, err := c.Enter(ctx, rel, app.FromDebug, user)
	if err != nil {
		return nil, err
	}
	state, err := draft.Read(inner, c.DB)
	if err != nil {
		return nil, err
	}
	stand, err := state.Stand(rel.Graph, from)
	if err != nil {
		return nil, err
	}
	sys := stand.Values[workflow.System]
	t := Turn{Release: rel, Source: app.FromDebug, User: user, Query: value.Text(sys["query"]), Inputs: stand.Inputs(rel.Graph), stand: stand}
	t.Files, _ = sys["files"].([]app.Attachment)
	id := app.ID(value.Text(sys["conversation_id"]))
	err = c.DB.View(inner, func(s *store.Snapshot) error { _, err := s.Conversation(id); return err })
	switch {
	case err == nil:
		parent := app.ID(value.Text(sys["parent_message_id"]))
		t.Conversation, t.Parent = id, &parent
	case app.KindOf(err) != app.NotFound:
		return nil, err
	}
	return c.Send(ctx, t)
}

// SystemType is the type of a variable {{#sys.…#}}.
func SystemType(name string) string {
	switch name {
	case "files":
		return "array[file]"
	case "dialogue_count", "timestamp":
		return "number"
	}
	return "string"
}
