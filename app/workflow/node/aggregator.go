package node

import (
	"context"
	"encoding/json"
	"errors"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// aggregator joins branches: it hands on the first of several variables that there is. Branches that were not taken made none.
type aggregator struct {
	variables []selector
	groups    []aggregatorGroup // nil: the variables make one output
}

var _ workflow.Reader = (*aggregator)(nil)

type aggregatorGroup struct {
	Name      string     `json:"group_name"`
	Variables []selector `json:"variables"`
}

func newAggregator(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Variables []selector `json:"variables"`
		Advanced  *struct {
			Enabled bool              `json:"group_enabled"`
			Groups  []aggregatorGroup `json:"groups"`
		} `json:"advanced_settings"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	if w.Advanced == nil || !w.Advanced.Enabled {
		return &aggregator{variables: w.Variables}, nil
	}
	var bad []error
	seen := map[string]bool{}
	for i, g := range w.Advanced.Groups {
		switch {
		case g.Name == "":
			bad = append(bad, app.Errorf(app.Invalid, "group_without_name", "group %d has no name", "第 %d 个分组没有名称", i+1))
		case seen[g.Name]:
			bad = append(bad, app.Errorf(app.Invalid, "group_twice", "two groups have the name %q", "有两个分组同名：%s", g.Name))
		}
		seen[g.Name] = true
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return &aggregator{groups: append([]aggregatorGroup{}, w.Advanced.Groups...)}, nil
}

// Reads names the variables of all groups.
func (n *aggregator) Reads() []workflow.Selector {
	all := chosen(n.variables...)
	for i := range n.groups {
		all = append(all, chosen(n.groups[i].Variables...)...)
	}
	return all
}

// Run takes the first variable of each group that exists; null is a value. A group without any is left out.
func (n *aggregator) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Inputs: map[string]any{}, Outputs: map[string]any{}}
	if n.groups == nil {
		if sel, v, ok := firstOf(n.variables, s.Vars); ok {
			res.Inputs[sel.String()], res.Outputs["output"] = v, v
		}
		return res, nil
	}
	for i := range n.groups {
		g := &n.groups[i]
		if sel, v, ok := firstOf(g.Variables, s.Vars); ok {
			res.Inputs[sel.String()], res.Outputs[g.Name] = v, value.NewObject("output", v)
		}
	}
	return res, nil
}

// firstOf is the first of the variables that the run has.
func firstOf(selectors []selector, vars workflow.Vars) (selector, any, bool) {
	for _, s := range selectors {
		if v, ok := vars.Get(workflow.Selector(s)); ok {
			return s, v, true
		}
	}
	return nil, nil, false
}
