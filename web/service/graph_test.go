package service_test

import (
	"encoding/json"
	"testing"

	"islet/app"
)

// drawing is a graph that is being written down.
type drawing struct {
	t     testing.TB
	nodes []object
	edges []object
}

// node adds a node; inside names the container that it is in, if any.
func (d *drawing) node(id, typ string, data object, inside ...string) *drawing {
	if data == nil {
		data = object{}
	}
	data["type"], data["title"] = typ, id
	n := object{"id": id, "data": data}
	if len(inside) > 0 {
		n["parentId"] = inside[0]
	}
	d.nodes = append(d.nodes, n)
	return d
}

// edge leads from one node to the next; handle names the way out of a branch.
func (d *drawing) edge(from, to string, handle ...string) *drawing {
	out := "source"
	if len(handle) > 0 {
		out = handle[0]
	}
	d.edges = append(d.edges, object{"id": from + "-" + out + "-" + to, "source": from, "target": to, "sourceHandle": out, "targetHandle": "target"})
	return d
}

func (d *drawing) settings() app.Settings {
	raw, err := json.Marshal(object{"nodes": d.nodes, "edges": d.edges})
	if err != nil {
		d.t.Fatal(err)
	}
	return app.Settings{Graph: raw}
}

type list = []any

func draw(t testing.TB, variables ...object) *drawing {
	if variables == nil {
		variables = []object{}
	}
	return (&drawing{t: t}).node("start", "start", object{"variables": variables})
}

func field(name, typ string, more ...any) object {
	o := object{"variable": name, "label": name, "type": typ, "required": false}
	for i := 0; i+1 < len(more); i += 2 {
		o[more[i].(string)] = more[i+1]
	}
	return o
}

func selector(parts ...string) list {
	out := list{}
	for _, p := range parts {
		out = append(out, p)
	}
	return out
}

func output(name, node, key string) object {
	return object{"variable": name, "value_selector": selector(node, key)}
}

// llm is an llm node that asks the scripted model.
func (r *rig) llm(prompt string) object {
	return object{"model": object{"provider": r.endpoint, "name": "echo", "mode": "chat", "completion_params": object{}},
		"prompt_template": list{object{"role": "user", "text": prompt}}, "context": object{"enabled": false}, "vision": object{"enabled": false}}
}

func code(source string, more ...any) object {
	o := object{"code_language": "python3", "code": source, "variables": list{}, "outputs": object{"result": object{"type": "string"}}}
	for i := 0; i+1 < len(more); i += 2 {
		o[more[i].(string)] = more[i+1]
	}
	return o
}

// everyKind has an iteration, a loop, a branch, a retry and an answer of a model.
func (r *rig) everyKind() app.Settings {
	return draw(r.t, field("items", "json_object"), field("n", "number")).
		node("flaky", "code", code("flaky", "variables", list{object{"variable": "s", "value_selector": selector("sys", "user_id")}},
			"retry_config", object{"retry_enabled": true, "max_retries": 2, "retry_interval": 1})).
		node("each", "iteration", object{"start_node_id": "each_start", "iterator_selector": selector("start", "items", "list"), "output_selector": selector("upper", "result")}).
		node("each_start", "iteration-start", nil, "each").
		node("upper", "code", code("upper", "variables", list{object{"variable": "s", "value_selector": selector("each", "item")}}), "each").
		node("again", "loop", object{"start_node_id": "again_start", "loop_count": 2, "break_conditions": list{},
			"loop_variables": list{object{"label": "last", "var_type": "string", "value_type": "constant", "value": "none"}}}).
		node("again_start", "loop-start", nil, "again").
		node("inner", "template-transform", object{"template": "round", "variables": list{}}, "again").
		node("choose", "if-else", object{"cases": list{object{"case_id": "many", "logical_operator": "and", "conditions": list{
			object{"variable_selector": selector("start", "n"), "comparison_operator": ">", "value": "3", "varType": "number"}}}}}).
		node("llm", "llm", r.llm("say: many {{#start.n#}}")).
		node("few", "template-transform", object{"template": "few", "variables": list{}}).
		node("end", "end", object{"outputs": list{output("text", "llm", "text"), output("upper", "each", "output"), output("who", "flaky", "result"), output("n", "start", "n")}}).
		edge("start", "flaky").edge("flaky", "each").edge("each_start", "upper").edge("each", "again").edge("again_start", "inner").edge("again", "choose").
		edge("choose", "llm", "many").edge("choose", "few", "false").edge("llm", "end").edge("few", "end").settings()
}

// asking asks a person before it goes on.
func asking(t testing.TB, last string, data object) app.Settings {
	return draw(t, field("text", "text-input")).
		node("ask", "human-input", object{"form_content": "Is {{#start.text#}} right? {{#$output.comment#}}", "timeout": 1, "timeout_unit": "day",
			"inputs":           list{object{"type": "paragraph", "output_variable_name": "comment", "default": object{"type": "constant", "value": "fine", "selector": list{}}}},
			"user_actions":     list{object{"id": "yes", "title": "Yes", "button_style": "primary"}, object{"id": "no", "title": "No", "button_style": "default"}},
			"delivery_methods": list{object{"id": "w", "type": "webapp", "enabled": true, "config": object{}}}}).
		node(last, last, data).edge("start", "ask").edge("ask", last, "yes").edge("ask", last, "no").settings()
}
