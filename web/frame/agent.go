package frame

import (
	"fmt"
	"strings"

	"islet/app"
	"islet/app/value"
)

// agentTeller tells what an agent app does: agent_thought, again as it fills, agent_message and message_file, then message_end.
type agentTeller struct {
	stream
	basis
}

func (a *agentTeller) tell(ev *app.Event) {
	a.take(ev)
	switch ev.Kind {
	case app.EvDelta:
		a.message("agent_message", ev.Delta, nil, false)
	case app.EvThought:
		a.thought(ev.Thought)
	case app.EvFile:
		a.sent(ev.Files)
	case app.EvReplace:
		a.replaced(ev)
	case app.EvRunFinished:
		if ev.Status.Good() || ev.Status == app.Stopped {
			a.end(&a.basis, ev)
			return
		}
		a.fail(Failed(ev.Error))
	}
}

func (a *agentTeller) fail(e *app.Error) {
	a.open("error")
	a.error(e)
	a.close()
}

func (a *agentTeller) thought(t *app.Thought) {
	d := NewThought(t)
	a.open("agent_thought")
	a.text("id", string(d.ID))
	a.number("position", int64(d.Position))
	a.text("thought", d.Thought)
	a.text("observation", d.Observation)
	a.text("tool", d.Tool)
	a.json("tool_labels", d.Labels)
	a.text("tool_input", d.Input)
	a.json("message_files", d.Files)
	a.close()
}

// Thought is a step of an agent in Dify's shape.
type Thought struct {
	ID          app.ID           `json:"id"`
	Position    int              `json:"position"`
	Thought     string           `json:"thought"`
	Tool        string           `json:"tool"` // names, with ; between them
	Labels      map[string]label `json:"tool_labels"`
	Input       string           `json:"tool_input"` // JSON: what each was called with, by name
	Observation string           `json:"observation"`
	Files       []app.ID         `json:"files"`
}

type label struct {
	En string `json:"en_US"`
	Zh string `json:"zh_Hans"`
}

// NewThought is t in Dify's shape: what tools were given and said stands under their names, also of one alone.
func NewThought(t *app.Thought) Thought {
	d := Thought{ID: t.ID, Position: t.Position, Thought: t.Thought, Labels: map[string]label{}, Files: []app.ID{}}
	for i := range t.Files {
		d.Files = append(d.Files, t.Files[i].ID)
	}
	if len(t.Calls) == 0 {
		d.Observation = t.Observation
		return d
	}
	names, inputs, said := make([]string, len(t.Calls)), &value.Object{}, &value.Object{}
	for i := range t.Calls {
		c := &t.Calls[i]
		names[i], d.Labels[c.Tool] = c.Tool, label(c.Label)
		key := c.Tool
		for n := 2; has(inputs, key); n++ { // the same tool twice in one step
			key = fmt.Sprintf("%s %d", c.Tool, n)
		}
		inputs.Set(key, value.Of(c.Input))
		said.Set(key, c.Observation)
	}
	d.Tool, d.Input, d.Observation = strings.Join(names, ";"), encoded(inputs), encoded(said)
	return d
}

func has(o *value.Object, key string) bool {
	_, ok := o.Get(key)
	return ok
}

// encoded is a value as JSON text; empty where it cannot be written.
func encoded(v any) string {
	raw, err := value.Encode(v)
	if err != nil {
		return ""
	}
	return string(raw)
}
