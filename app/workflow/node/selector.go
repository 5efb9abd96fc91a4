package node

import (
	"encoding/json"

	"islet/app/workflow"
)

// selector names a variable in a node's data. Dify writes null, "" or [] where none is chosen.
type selector []string

// UnmarshalJSON reads a list of names, or nothing.
func (s *selector) UnmarshalJSON(raw []byte) error {
	*s = nil
	if string(raw) == `""` {
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(s))
}

// none tells that no variable is chosen.
func (s selector) none() bool { return len(s) < 2 }

func (s selector) String() string { return workflow.Selector(s).String() }

// read is the variable's value. That the run does not have it is an error.
func (s selector) read(vars workflow.Vars) (any, error) {
	v, ok := vars.Get(workflow.Selector(s))
	if !ok {
		return nil, workflow.Absent(workflow.Selector(s))
	}
	return v, nil
}

// chosen are those of the selectors that choose a variable.
func chosen(selectors ...selector) []workflow.Selector {
	var all []workflow.Selector
	for _, s := range selectors {
		if !s.none() {
			all = append(all, workflow.Selector(s))
		}
	}
	return all
}

// looked is what a node read, by selector, for the trace.
func looked(vars workflow.Vars, selectors []workflow.Selector) map[string]any {
	m := make(map[string]any, len(selectors))
	for _, s := range selectors {
		if v, ok := vars.Get(s); ok {
			m[s.String()] = v
		}
	}
	return m
}

// bindings give variables the names that a node's code or template knows them by.
type bindings []struct {
	Name string   `json:"variable"`
	From selector `json:"value_selector"`
}

// values are the variables by those names. What the run does not have is null.
func (b bindings) values(vars workflow.Vars) map[string]any {
	m := make(map[string]any, len(b))
	for _, v := range b {
		m[v.Name], _ = vars.Get(workflow.Selector(v.From))
	}
	return m
}

func (b bindings) selectors() []workflow.Selector {
	var all []workflow.Selector
	for _, v := range b {
		all = append(all, chosen(v.From)...)
	}
	return all
}
