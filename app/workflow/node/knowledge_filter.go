package node

import (
	"encoding/json"
	"iter"
	"slices"

	"islet/app/value"
	"islet/app/workflow"
)

// filterConditions are the conditions of the metadata filter, as Dify writes them: name, comparison_operator, value.
func (n *knowledgeRetrieval) filterConditions() iter.Seq[*value.Object] {
	return func(yield func(*value.Object) bool) {
		if n.conditions == nil {
			return
		}
		list, _ := n.conditions.Get("conditions")
		all, _ := value.List(list)
		for _, c := range all {
			if o, ok := value.Fields(c); ok && !yield(o) {
				return
			}
		}
	}
}

// filter is the metadata filter for Deps.Retrieve: an object with Dify's three fields metadata_filtering_mode,
// metadata_filtering_conditions (with the values filled in) and metadata_model_config. It is nil if there is none.
func (n *knowledgeRetrieval) filter(vars workflow.Vars) (json.RawMessage, error) {
	switch {
	case n.mode == filterByModel:
		return value.Encode(value.NewObject("metadata_filtering_mode", n.mode, "metadata_model_config", n.model))
	case n.mode == "" || n.conditions == nil:
		return nil, nil
	}
	conditions := []any{}
	for c := range n.filterConditions() {
		filled := &value.Object{}
		for k, v := range c.All() {
			if k == "value" {
				v = filledIn(v, vars)
			}
			filled.Set(k, v)
		}
		conditions = append(conditions, filled)
	}
	logic, ok := n.conditions.Get("logical_operator")
	if !ok || logic == nil || logic == "" {
		logic = "and"
	}
	return value.Encode(value.NewObject("metadata_filtering_mode", n.mode,
		"metadata_filtering_conditions", value.NewObject("logical_operator", logic, "conditions", conditions)))
}

// filledIn is a condition's value with its references replaced. A text that is nothing but one reference becomes the variable
// itself, if that is a single value.
func filledIn(v any, vars workflow.Vars) any {
	if list, ok := value.List(v); ok {
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = filledIn(e, vars)
		}
		return out
	}
	s, ok := v.(string)
	if !ok {
		return v
	}
	t := workflow.ParseTemplate(s)
	if refs := t.Selectors(); len(refs) == 1 && s == "{{#"+refs[0].String()+"#}}" {
		if one, ok := vars.Get(refs[0]); ok && slices.Contains([]string{"string", "number", "boolean", "none"}, typeName(one)) {
			return one
		}
	}
	return t.Text(vars)
}
