package node

import (
	"context"
	"encoding/json"

	"islet/app"
	"islet/app/workflow"
)

// answer speaks to the person. What they read is streamed by the engine; the node adds the whole to the run's outputs.
type answer struct{ template *workflow.Template }

var _ workflow.Responder = (*answer)(nil)

func newAnswer(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Answer string `json:"answer"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	return &answer{workflow.ParseTemplate(w.Answer)}, nil
}

// Template is what a person reads.
func (a *answer) Template() *workflow.Template { return a.template }

// Run fills the template in and collects the files that it names.
func (a *answer) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	files := []app.Attachment{}
	for _, sel := range a.template.Selectors() {
		v, _ := s.Vars.Get(sel)
		switch f := v.(type) {
		case app.Attachment:
			files = append(files, f)
		case []app.Attachment:
			files = append(files, f...)
		}
	}
	return &workflow.Result{Outputs: map[string]any{"answer": a.template.Markdown(s.Vars), "files": files}}, nil
}
