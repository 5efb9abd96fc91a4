package chat

import (
	"islet/app"
	"islet/app/run"
)

// screenOf is what an app keeps out of its answers.
func screenOf(set *app.Settings) run.Screen {
	if m := set.Moderation; m != nil && m.Output {
		return run.Screen{Words: m.Keywords, Reply: m.OutputReply}
	}
	return run.Screen{}
}

// flagged tells whether a question, or a value that comes with it, holds a word that the app does not take.
func flagged(t *Turn, inputs map[string]any) bool {
	m := t.Release.Settings.Moderation
	if m == nil || !m.Input || t.Release.Refusal == nil {
		return false
	}
	words := run.Screen{Words: m.Keywords}
	if words.Hit(t.Query) {
		return true
	}
	for _, v := range inputs {
		if s, ok := v.(string); ok && words.Hit(s) {
			return true
		}
	}
	return false
}

// refuse lets a turn be answered with the app's reply; nothing of the question reaches a model.
func refuse(spec *run.Spec, t *Turn) {
	spec.Graph, spec.Screen = t.Release.Refusal, run.Screen{}
	spec.Durable, spec.Pause, spec.Remember = false, nil, nil
	t.Title = false
}
