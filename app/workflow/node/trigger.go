package node

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"islet/app"
	"islet/app/workflow"
)

// trigger is where a run starts that no person asked for: a call from another program, or a time of day. Who starts the run
// has turned the request into inputs already.
type trigger struct{ fields []triggerField }

var _ workflow.Checker = (*trigger)(nil)

// triggerField is one output: a part of the request that the graph's author declared.
type triggerField struct {
	name   string
	header bool
}

// rawRequest is the output of a webhook that holds the whole request.
const rawRequest = "_webhook_raw"

func newWebhook(data json.RawMessage) (workflow.Node, error) {
	type field struct {
		Name string `json:"name"`
	}
	var w struct {
		Headers []field `json:"headers"`
		Params  []field `json:"params"`
		Body    []field `json:"body"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &trigger{}
	var bad []error
	for i, part := range [][]field{w.Headers, w.Params, w.Body} {
		for _, f := range part {
			if f.Name == "" {
				bad = append(bad, app.Errorf(app.Invalid, "webhook_field_without_name", "a header, parameter or field of the body has no name", "有请求头、参数或请求体字段没有名称"))
			}
			n.fields = append(n.fields, triggerField{f.Name, i == 0})
		}
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	n.fields = append(n.fields, triggerField{name: rawRequest})
	return n, nil
}

func newSchedule(json.RawMessage) (workflow.Node, error) { return &trigger{}, nil }

// Check returns the declared inputs and leaves out the rest. What was not given is nil. The name of a header may be given as
// it is declared, with "-" and "_" exchanged, or in lower case; its output has "_".
func (n *trigger) Check(given map[string]any) (map[string]any, error) {
	in := make(map[string]any, len(n.fields))
	for _, f := range n.fields {
		if !f.header {
			in[f.name] = given[f.name]
			continue
		}
		name := strings.ReplaceAll(f.name, "-", "_")
		in[name] = nil
		for _, k := range []string{f.name, name, strings.ReplaceAll(f.name, "_", "-"), strings.ToLower(f.name), strings.ToLower(name), strings.ToLower(strings.ReplaceAll(f.name, "_", "-"))} {
			if v, ok := given[k]; ok {
				in[name] = v
				break
			}
		}
	}
	return in, nil
}

// Run hands on the inputs and the system variables.
func (n *trigger) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	given := s.Vars.Node(s.Node)
	out, err := n.Check(given)
	if err != nil {
		return &workflow.Result{Inputs: given}, err
	}
	for k, v := range s.Vars.Node(workflow.System) {
		out[workflow.System+"."+k] = v
	}
	return &workflow.Result{Inputs: given, Outputs: out}, nil
}
