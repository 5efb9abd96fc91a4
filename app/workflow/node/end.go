package node

import (
	"context"
	"encoding/json"
	"errors"

	"islet/app"
	"islet/app/workflow"
)

// end is where a workflow's outputs come from. What streams to the person is their variables, each on a line.
type end struct {
	outputs  bindings
	template *workflow.Template
}

var _ workflow.Responder = (*end)(nil)

func newEnd(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Outputs bindings `json:"outputs"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	var bad []error
	lines := make([]workflow.Selector, len(w.Outputs))
	for i, o := range w.Outputs {
		if o.Name == "" {
			bad = append(bad, app.Errorf(app.Invalid, "output_without_name", "output %d has no name", "第 %d 个输出没有名称", i+1))
		}
		lines[i] = workflow.Selector(o.From)
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return &end{w.Outputs, workflow.Lines(lines)}, nil
}

// Template is what a person reads.
func (n *end) Template() *workflow.Template { return n.template }

// Run collects the outputs. A variable that the run does not have is null.
func (n *end) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	out := n.outputs.values(s.Vars)
	return &workflow.Result{Inputs: out, Outputs: out}, nil
}
