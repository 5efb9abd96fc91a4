package node

import (
	"context"
	"encoding/json"
	"errors"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// ifElse takes the branch of the first case whose conditions hold.
type ifElse struct{ cases []ifCase }

var _ workflow.Reader = (*ifElse)(nil)

// ifCase is one case: the handle of its branch, and when to take it.
type ifCase struct {
	handle     string
	conditions *workflow.Conditions
	group      any // as the trace shows it: the case as written
}

// wireCase is a case as Dify writes it.
type wireCase struct {
	ID         string          `json:"case_id"`
	ID2        string          `json:"id"`
	Operator   string          `json:"logical_operator"`
	Conditions json.RawMessage `json:"conditions"`
}

// The handles of the branch that is taken when no case holds, and of the only case in the form of older versions.
const (
	elseHandle = "false"
	ifHandle   = "true"
)

func newIfElse(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Cases []json.RawMessage `json:"cases"`
		wireCase
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &ifElse{}
	if len(w.Cases) == 0 {
		c, err := workflow.ParseConditions(w.Conditions, w.Operator)
		if err != nil {
			return nil, err
		}
		n.cases = []ifCase{{ifHandle, c, "default"}}
		return n, nil
	}
	var bad []error
	for _, raw := range w.Cases {
		c, err := parseCase(raw)
		if err != nil {
			bad = append(bad, err)
		}
		n.cases = append(n.cases, c)
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return n, nil
}

func parseCase(raw json.RawMessage) (c ifCase, err error) {
	var w wireCase
	if err := json.Unmarshal(raw, &w); err != nil {
		return c, err
	}
	if c.handle = w.ID; c.handle == "" {
		c.handle = w.ID2
	}
	if c.handle == "" {
		return c, app.Errorf(app.Invalid, "case_without_id", "a case has no id", "有分支缺少 case_id")
	}
	if c.group, err = value.Decode(raw); err != nil {
		return c, err
	}
	c.conditions, err = workflow.ParseConditions(w.Conditions, w.Operator)
	return c, err
}

// Reads names the variables of all conditions.
func (n *ifElse) Reads() []workflow.Selector {
	var all []workflow.Selector
	for i := range n.cases {
		all = append(all, n.cases[i].conditions.Selectors()...)
	}
	return all
}

// Run looks at the cases in order until one holds.
func (n *ifElse) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Inputs: looked(s.Vars, n.Reads()), Handle: elseHandle}
	var trace []any
	held := false
	for i := range n.cases {
		c := &n.cases[i]
		ok, results, err := c.conditions.Eval(s.Vars)
		one := make([]any, len(results))
		for j := range results {
			one[j] = results[j]
		}
		trace = append(trace, value.NewObject("group", c.group, "results", one, "final_result", ok))
		res.Process = map[string]any{"condition_results": trace}
		if err != nil {
			return res, err
		}
		if ok {
			res.Handle, held = c.handle, true
			break
		}
	}
	res.Outputs = map[string]any{"result": held, "selected_case_id": res.Handle}
	return res, nil
}
