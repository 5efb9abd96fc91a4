package studio

import (
	"encoding/json"
	"fmt"
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// The ids of the nodes that a chat app compiles to.
const (
	StartNode  = "start"
	LLMNode    = "llm"
	AnswerNode = "answer"
)

// braces is the hidden start variable that stands for "{{#" where a prompt holds the text of a reference: what people write
// in a chat app's prompt never reads variables of the graph, only {{name}} does.
const braces = "islet_braces"

// AgentNode is the id of the node that an agent app compiles to, in place of LLMNode.
const AgentNode = "agent"

// Compile turns the settings of an app into a graph in Dify's shape. That of a workflow or chatflow is in the settings; a
// chat or completion app becomes start → llm → answer, with knowledge-retrieval before llm where it has datasets, an agent app
// start → agent → answer. Every {{name}} of a prompt that names a variable becomes a reference to the start node; unknown ones
// stay as they are.
func Compile(mode app.Mode, s app.Settings) ([]byte, error) {
	if HasGraph(mode) {
		if len(s.Graph) == 0 {
			return []byte(`{"nodes":[],"edges":[]}`), nil
		}
		return s.Graph, nil
	}
	w := wordingOf(mode, &s)
	prompt := w.template(s.Prompt)
	worker, kind, output := LLMNode, "llm", "text"
	if w.context {
		prompt = withContext(&s, prompt)
	}
	data := llmData(&s, prompt)
	switch mode {
	case app.ModeCompletion:
		data["memory"] = nil
		data["prompt_template"] = []any{object{"role": "user", "text": prompt}}
	case app.ModeAgent:
		worker, kind, data = AgentNode, "agent", agentData(&s, prompt, w)
	}
	var search object
	if w.context {
		data["context"], data["islet_uncited"] = contextData(s.Knowledge), s.Knowledge.NoCitations
		search = knowledgeData(mode, &s, w)
	}
	nodes := []any{node(StartNode, object{"type": "start", "title": "Start", "variables": startVariables(&s, w)})}
	edges := []any{}
	before, beforeKind := StartNode, "start"
	if search != nil {
		nodes = append(nodes, node(KnowledgeNode, search))
		edges = append(edges, edge(StartNode, "start", KnowledgeNode, "knowledge-retrieval"))
		before, beforeKind = KnowledgeNode, "knowledge-retrieval"
	}
	nodes = append(nodes, node(worker, data), node(AnswerNode, object{"type": "answer", "title": "Answer", "answer": "{{#" + worker + "." + output + "#}}"}))
	edges = append(edges, edge(before, beforeKind, worker, kind), edge(worker, kind, AnswerNode, "answer"))
	return json.Marshal(object{"nodes": nodes, "edges": edges})
}

// HasGraph tells whether apps of a mode are built as graphs.
func HasGraph(m app.Mode) bool { return m == app.ModeWorkflow || m == app.ModeAdvancedChat }

// Talks tells whether apps of a mode keep conversations. A completion app answers each time anew.
func Talks(m app.Mode) bool {
	return m == app.ModeChat || m == app.ModeAgent || m == app.ModeAdvancedChat
}

// defaultIterations is how often an agent thinks at most, where its settings do not say.
const defaultIterations = 10

// agentData writes an agent app's settings as those of an agent node. What is not Dify's is islet_app: the node then follows
// the rules of agent apps, and not those of agent nodes, where they differ.
func agentData(s *app.Settings, prompt string, w *wording) object {
	a := s.Agent
	if a == nil {
		a = &app.Agent{}
	}
	strategy := "function_calling"
	if a.Strategy == "react" || a.Strategy == "cot" || a.Strategy == "ReAct" {
		strategy = "ReAct"
	}
	most := a.MaxIterations
	if most <= 0 {
		most = defaultIterations
	}
	tools := []any{}
	for _, t := range a.Tools {
		if !t.Enabled {
			continue
		}
		fixed := object{} // an empty value, too: it is not the model's to fill in
		for k, v := range t.Params {
			fixed[k] = object{"auto": false, "value": v}
		}
		tools = append(tools, object{"enabled": true, "type": t.Type, "provider_name": t.Provider, "tool_name": t.Name, "tool_label": t.Label,
			"parameters": fixed, "settings": object{}})
	}
	for _, id := range datasetsOf(s) {
		tools = append(tools, object{"enabled": true, "type": DatasetTool, "provider_name": DatasetTool, "tool_name": string(id), "parameters": object{}, "settings": object{},
			"islet_search": searchData(s, w, id)})
	}
	params := s.Model.Params
	if params == nil {
		params = map[string]any{}
	}
	if len(datasetsOf(s)) > 0 && !s.Knowledge.NoCitations {
		prompt = strings.TrimSpace(prompt + "\n\n" + citeFromTools)
	}
	constant := func(v any) object { return object{"type": "constant", "value": v} }
	llm := llmData(s, prompt)
	return object{
		"type": "agent", "title": "Agent", "islet_app": true, "agent_strategy_name": strategy, "agent_strategy_provider_name": "islet",
		"agent_parameters": object{
			"model": constant(object{"provider": s.Model.Endpoint, "model": s.Model.Name, "model_type": "llm", "mode": "chat", "completion_params": params}),
			"tools": constant(tools), "maximum_iterations": constant(most),
			"instruction": object{"type": "mixed", "value": prompt}, "query": object{"type": "mixed", "value": "{{#sys.query#}}"},
		},
		"memory": llm["memory"], "vision": llm["vision"], "islet_uncited": s.Knowledge != nil && s.Knowledge.NoCitations,
	}
}

type object = map[string]any

func node(id string, data object) object {
	return object{"id": id, "type": "custom", "data": data}
}

func edge(from, fromType, to, toType string) object {
	return object{"id": from + "-" + to, "source": from, "target": to, "sourceHandle": "source", "targetHandle": "target", "type": "custom",
		"data": object{"sourceType": fromType, "targetType": toType}}
}

func llmData(s *app.Settings, prompt string) object {
	params := s.Model.Params
	if params == nil {
		params = map[string]any{}
	}
	var template []any
	if strings.TrimSpace(prompt) != "" {
		template = append(template, object{"role": "system", "text": prompt})
	}
	var memory any
	if s.Memory.Off {
		template = append(template, object{"role": "user", "text": "{{#sys.query#}}"})
	} else {
		memory = object{"window": object{"enabled": s.Memory.Window > 0, "size": s.Memory.Window}, "query_prompt_template": "{{#sys.query#}}"}
	}
	detail := s.Files.Detail
	if detail == "" {
		detail = "high"
	}
	return object{
		"type": "llm", "title": "LLM",
		"model":            object{"provider": s.Model.Endpoint, "name": s.Model.Name, "mode": "chat", "completion_params": params},
		"prompt_template":  template,
		"memory":           memory,
		"context":          contextData(nil),
		"vision":           object{"enabled": s.Files.Enabled, "configs": object{"variable_selector": []string{"sys", "files"}, "detail": detail}},
		"reasoning_format": "separated",
	}
}

// startKinds are Dify's names for our kinds of variable.
var startKinds = map[string]string{"text": "text-input", "paragraph": "paragraph", "select": "select", "number": "number", "checkbox": "checkbox"}

// FormKind is Dify's name for a kind of variable: text-input for text.
func FormKind(kind string) string { return startKinds[kind] }

// startVariables declares what the run is given. Values were checked before (app/chat), so nothing is required here.
func startVariables(s *app.Settings, w *wording) []any {
	vars := []any{}
	for i := range s.Variables {
		v := &s.Variables[i]
		d := object{"variable": named(w.names, v.Name), "label": LabelOf(v), "type": startKinds[v.Kind], "required": false}
		if n := MaxLength(v); n > 0 {
			d["max_length"] = n
		}
		if len(v.Options) > 0 {
			d["options"] = v.Options
		}
		vars = append(vars, d)
	}
	if w.escaped {
		vars = append(vars, object{"variable": braces, "label": braces, "type": "text-input", "required": false, "hide": true, "default": "{{#"})
	}
	return vars
}

func named(names map[string]string, name string) string {
	if n, ok := names[name]; ok {
		return n
	}
	return name
}

// aliases are the names in the graph of variables whose own name a reference cannot hold: Chinese or long ones.
func aliases(s *app.Settings) map[string]string {
	taken := map[string]bool{braces: true}
	for i := range s.Variables {
		taken[s.Variables[i].Name] = true
	}
	next := 0
	fresh := func() string {
		for {
			next++
			if n := fmt.Sprintf("v%d", next); !taken[n] {
				return n
			}
		}
	}
	var names map[string]string
	for i := range s.Variables {
		name := s.Variables[i].Name
		if _, done := names[name]; done || referable(name) {
			continue
		}
		if names == nil {
			names = map[string]string{}
		}
		names[name] = fresh()
	}
	return names
}

// referable tells whether the engine takes name in a reference.
func referable(name string) bool {
	return len(workflow.ParseTemplate("{{#"+StartNode+"."+name+"#}}").Selectors()) == 1
}

// wording turns what people write with {{name}} into templates of the graph.
type wording struct {
	known   map[string]bool   // variables
	names   map[string]string // of those that have another name in the graph
	context bool              // {{#context#}} stands for what was found
	escaped bool              // a template needs the variable braces
}

func wordingOf(mode app.Mode, s *app.Settings) *wording {
	w := &wording{known: make(map[string]bool, len(s.Variables)), names: aliases(s), context: mode != app.ModeAgent && len(datasetsOf(s)) > 0}
	for i := range s.Variables {
		w.known[s.Variables[i].Name] = true
	}
	return w
}

// template is a text as a template of the graph.
func (w *wording) template(rest string) string {
	var b strings.Builder
	for {
		i := strings.Index(rest, "{{")
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(rest[:i])
		rest = rest[i:]
		name, n := placeholder(rest)
		switch {
		case n > 0 && w.known[name]:
			b.WriteString("{{#" + StartNode + "." + named(w.names, name) + "#}}")
			rest = rest[n:]
		case w.context && strings.HasPrefix(rest, contextMark):
			b.WriteString(contextMark)
			rest = rest[len(contextMark):]
		case strings.HasPrefix(rest, "{{#"):
			b.WriteString("{{#" + StartNode + "." + braces + "#}}")
			rest, w.escaped = rest[3:], true
		default:
			b.WriteByte('{')
			rest = rest[1:]
		}
	}
}

// placeholder reads {{name}} at the start of s, spaces inside allowed, and returns its length; 0 if there is none.
func placeholder(s string) (name string, n int) {
	end := strings.Index(s, "}}")
	if end < 0 {
		return "", 0
	}
	name = strings.TrimSpace(s[2:end])
	if !ValidName(name) {
		return "", 0
	}
	return name, end + 2
}

// Render fills the placeholders of a text that no model sees, such as the opening statement. A value is never rendered again.
func Render(text string, inputs map[string]any) string {
	var b strings.Builder
	for {
		i := strings.Index(text, "{{")
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		text = text[i:]
		name, n := placeholder(text)
		v, ok := inputs[name]
		if n == 0 || !ok {
			b.WriteByte('{')
			text = text[1:]
			continue
		}
		b.WriteString(value.Text(v))
		text = text[n:]
	}
}
