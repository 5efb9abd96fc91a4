package node

import (
	"context"
	"encoding/json"
	"errors"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// start declares what a run is given and hands it on.
type start struct {
	vars []variable
}

var _ workflow.Checker = (*start)(nil)

func newStart(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Variables []variable `json:"variables"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	var bad []error
	seen := map[string]bool{}
	for i := range w.Variables {
		v := &w.Variables[i]
		switch {
		case v.Name == "":
			bad = append(bad, app.Errorf(app.Invalid, "variable_without_name", "input field %d has no name", "第 %d 个输入字段没有名称", i+1))
		case seen[v.Name]:
			bad = append(bad, app.Errorf(app.Invalid, "variable_twice", "two input fields have the name %q", "有两个输入字段同名：%s", v.Name))
		}
		if err := v.parse(); err != nil {
			bad = append(bad, err)
		}
		seen[v.Name] = true
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return &start{w.Variables}, nil
}

// Check returns the declared inputs with defaults filled in and numbers and booleans made of their texts. What is not
// declared is left out; what is optional and not given is nil. An empty text is given, as in Dify: a form asks for more.
func (n *start) Check(given map[string]any) (map[string]any, error) {
	in := make(map[string]any, len(n.vars))
	for i := range n.vars {
		v := &n.vars[i]
		x, ok := given[v.Name]
		if !ok {
			if v.Required {
				return nil, v.missing()
			}
			x = v.standard
		}
		x, err := v.value(x)
		if err != nil {
			return nil, err
		}
		if v.Required && x == nil {
			return nil, v.missing()
		}
		in[v.Name] = x
	}
	return in, nil
}

// Run hands on the inputs bare, and every other variable of the run under its full name; those of the environment stay
// where they are, because some are secret.
func (n *start) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	given := s.Vars.Node(s.Node)
	out, err := n.Check(given)
	if err == nil {
		err = n.checkSchemas(out)
	}
	if err != nil {
		return &workflow.Result{Inputs: given}, err
	}
	for node, vars := range s.Vars.All() {
		if node == s.Node || node == workflow.Environment {
			continue
		}
		for name, v := range vars {
			out[node+"."+name] = v
		}
	}
	return &workflow.Result{Inputs: given, Outputs: out}, nil
}

// checkSchemas checks the objects among the inputs. One that is empty may be so, as in Dify.
func (n *start) checkSchemas(in map[string]any) error {
	for i := range n.vars {
		v := &n.vars[i]
		if x := in[v.Name]; v.schema != nil && value.Truth(x) {
			if err := v.checkSchema(x); err != nil {
				return err
			}
		}
	}
	return nil
}
