package studio

import (
	"encoding/json"

	"islet/app/value"
)

// StartFields are the input fields that the start node of a graph declares, each as Dify writes it: variable, label, type,
// required, max_length, options and what else the file said. A graph that begins with a trigger has none.
func StartFields(graph json.RawMessage) []*value.Object {
	v, err := value.Decode(graph)
	if err != nil {
		return nil
	}
	nodes, _ := value.List(at(v, "nodes"))
	for _, n := range nodes {
		data := at(n, "data")
		if at(data, "type") != "start" {
			continue
		}
		list, _ := value.List(at(data, "variables"))
		fields := make([]*value.Object, 0, len(list))
		for _, f := range list {
			if o, ok := value.Fields(f); ok {
				fields = append(fields, o)
			}
		}
		return fields
	}
	return nil
}

// TriggerNode is a node of a graph that starts runs by itself.
type TriggerNode struct {
	ID, Type string
	Data     *value.Object
}

// Triggers are the webhook and schedule nodes of a graph, in file order.
func Triggers(graph json.RawMessage) []TriggerNode {
	v, err := value.Decode(graph)
	if err != nil {
		return nil
	}
	var out []TriggerNode
	nodes, _ := value.List(at(v, "nodes"))
	for _, n := range nodes {
		data, _ := value.Fields(at(n, "data"))
		id, _ := at(n, "id").(string)
		if typ, _ := at(data, "type").(string); data != nil && (typ == "trigger-webhook" || typ == "trigger-schedule") {
			out = append(out, TriggerNode{ID: id, Type: typ, Data: data})
		}
	}
	return out
}

// at is a field of an object, nil where there is none.
func at(v any, key string) any {
	o, ok := value.Fields(v)
	if !ok {
		return nil
	}
	x, _ := o.Get(key)
	return x
}
