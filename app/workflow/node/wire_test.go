package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/model"
	"islet/app/model/modeltest"
	"islet/app/model/provider"
	"islet/app/tool"
	"islet/app/value"
	"islet/app/workflow"
	"islet/app/workflow/node"
)

// wire is a site with a scripted model server, tools and a thread.
type wire struct {
	server *modeltest.Started
	deps   node.Deps
	known  *app.Model
	tools  map[string]*tool.Tool // by provider/name
	called []string              // name and arguments, as JSON
	past   []*app.Message
}

func newWire(t *testing.T, o modeltest.Options) *wire {
	t.Helper()
	w := &wire{server: modeltest.Start(o), tools: map[string]*tool.Tool{}}
	t.Cleanup(w.server.Close)
	reg := model.NewRegistry(model.Options{
		Endpoint: func(_ context.Context, id app.ID) (*app.Endpoint, error) {
			if id != "ep" {
				return nil, app.Missing("endpoint", "服务")
			}
			return &app.Endpoint{ID: id, Name: "scripted", Protocol: "openai", BaseURL: w.server.URL + "/v1", Options: app.EndpointOptions{Retries: -1}}, nil
		},
		Open: provider.Opener(egress.New(egress.Options{}), provider.Limits{Silence: 5 * time.Second, Grace: 50 * time.Millisecond}),
	})
	t.Cleanup(reg.Close)
	w.deps = node.Deps{
		Chatter: reg.Chatter,
		Model: func(context.Context, app.ModelRef) (*app.Model, error) {
			if w.known == nil {
				return nil, app.Missing("model", "模型")
			}
			return w.known, nil
		},
		Tools: func(_ context.Context, ref tool.Ref) (*tool.Tool, error) {
			if f, ok := w.tools[ref.Provider+"/"+ref.Name]; ok {
				return f, nil
			}
			return nil, app.Missing("tool", "工具")
		},
		History: func(_ context.Context, _, _ app.ID, limit int) ([]*app.Message, error) {
			return w.past[max(len(w.past)-limit, 0):], nil
		},
	}
	return w
}

// offer adds a tool that notes its calls.
func (w *wire) offer(name string, params []tool.Param, say func(args map[string]any) (tool.Result, error)) *tool.Tool {
	f := &tool.Tool{Name: name, Description: "does " + name, Label: app.Text{En: "The " + name, Zh: "工具" + name}, Params: params,
		Call: func(_ context.Context, args map[string]any) (tool.Result, error) {
			raw, err := value.Encode(args)
			if err != nil {
				return tool.Result{}, err
			}
			w.called = append(w.called, name+string(raw))
			return say(args)
		}}
	w.tools["site/"+name] = f
	return f
}

// asked are the bodies of the chats, in order.
func (w *wire) asked(t *testing.T) []wireRequest {
	t.Helper()
	var all []wireRequest
	for _, r := range w.server.Requests() {
		var q wireRequest
		if err := json.Unmarshal(r.Body, &q); err != nil {
			t.Fatal(err)
		}
		q.raw = string(r.Body)
		all = append(all, q)
	}
	return all
}

type wireRequest struct {
	Messages []struct {
		Role      string
		Content   any
		ToolCalls []struct {
			ID       string
			Function struct{ Name, Arguments string }
		} `json:"tool_calls"`
		ToolCallID string `json:"tool_call_id"`
	}
	Tools []struct {
		Function struct {
			Name, Description string
			Parameters        json.RawMessage
		}
	}
	Stop     []string
	Response *struct{ Type string } `json:"response_format"`
	raw      string
}

// line is a request's messages as one line.
func (q *wireRequest) line() string {
	var parts []string
	for _, m := range q.Messages {
		text, _ := m.Content.(string)
		for _, c := range m.ToolCalls {
			text += "<" + c.Function.Name + c.Function.Arguments + ">"
		}
		if list, ok := m.Content.([]any); ok {
			raw, _ := json.Marshal(list)
			text = string(raw)
		}
		parts = append(parts, m.Role+": "+text)
	}
	return strings.Join(parts, " | ")
}

// played is what followers see of a run.
type played struct {
	said, reasoned string
	thoughts       []app.Thought // as they were sent
	resources      []app.Resource
	files          []app.Attachment
	node           app.Event // the end of the node "x"
	end            app.Event
	cause          error
}

// last is the newest state of every thought.
func (p *played) last() []app.Thought {
	var all []app.Thought
	for _, t := range p.thoughts {
		if n := len(all); n > 0 && all[n-1].ID == t.ID {
			all[n-1] = t
			continue
		}
		all = append(all, t)
	}
	return all
}

// around is start -> x -> answer, with the data of x.
func around(data string) string {
	return `{"nodes":[
		{"id":"start","data":{"type":"start","variables":[{"variable":"name","type":"text-input"},{"variable":"ctx","type":"paragraph"}]}},
		{"id":"x","data":` + data + `},
		{"id":"answer","data":{"type":"answer","answer":"{{#x.text#}}"}}],
		"edges":[{"source":"start","target":"x"},{"source":"x","target":"answer"}]}`
}

func play(t *testing.T, d node.Deps, graph string, in workflow.Input) *played {
	t.Helper()
	g, err := workflow.Parse([]byte(graph), node.Table(d))
	if err != nil {
		t.Fatalf("%v: %v", err, workflow.Problems(err))
	}
	p := &played{}
	for ev, err := range g.Run(t.Context(), in) {
		if err != nil {
			p.cause = err
		}
		switch ev.Kind {
		case app.EvDelta:
			p.said += ev.Delta
		case app.EvReasoning:
			p.reasoned += ev.Delta
		case app.EvThought:
			p.thoughts = append(p.thoughts, *ev.Thought)
		case app.EvResources:
			p.resources = append(p.resources, ev.Resources...)
		case app.EvFile:
			p.files = append(p.files, ev.Files...)
		case app.EvNodeFinished:
			if ev.Node == "x" {
				p.node = ev
			}
		case app.EvRunFinished:
			p.end = ev
		}
	}
	return p
}

// refusal is the code with which Parse refuses the data of node x.
func refusal(d node.Deps, data string) string {
	_, err := workflow.Parse([]byte(around(data)), node.Table(d))
	for _, p := range workflow.Problems(err) {
		if p.Node == "x" && p.Text.Zh != "" && p.Text.En != "" {
			return p.Code
		}
	}
	return ""
}

func isCode(err error, code string) bool { return errors.Is(err, &app.Error{Code: code}) }

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := value.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
