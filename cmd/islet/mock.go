package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// mocks say what nodes make instead of working, for runs without models, tools and networks.
type mocks struct {
	Default map[string]mock `json:"default"` // by type
	Nodes   map[string]mock `json:"nodes"`   // by id
}

// mock is what one node makes: outputs, in pieces if it speaks, or an error.
type mock struct {
	Outputs json.RawMessage `json:"outputs"`
	Chunks  []string        `json:"chunks"`
	Error   *string         `json:"error"`
}

// readMocks reads a mock file; no name is no mocks.
func readMocks(file string) (*mocks, error) {
	m := &mocks{}
	if file == "" {
		return m, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, app.Errorf(app.Invalid, "mock_unreadable", "the mock file %s cannot be read", "无法读取模拟文件 %s", file).Because(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, app.Errorf(app.Invalid, "mock_invalid", `the mock file %s must look like {"default":{"llm":{"outputs":{"text":"…"}}},"nodes":{"<id>":{"error":"…"}}} (%s)`,
			`模拟文件 %s 的格式应为 {"default":{"llm":{"outputs":{"text":"…"}}},"nodes":{"<id>":{"error":"…"}}}（%s）`, file, err).Because(err)
	}
	return m, nil
}

// replace is the node that stands in for one of the graph; nil if that works itself.
func (m *mocks) replace(id, typ string) workflow.Node {
	it, ok := m.Nodes[id]
	if !ok {
		it, ok = m.Default[typ]
	}
	if !ok {
		return nil
	}
	return &mockNode{mock: it, typ: typ}
}

// mockNode makes what its mock says.
type mockNode struct {
	mock
	typ string
}

// handleOutputs are the outputs that name the branch which a node took.
var handleOutputs = []string{"selected_case_id", "class_id", "__action_id"}

// Run streams the pieces and returns the outputs.
func (n *mockNode) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	if n.Error != nil {
		return &workflow.Result{}, &app.Error{Kind: app.Upstream, Code: "mocked_error", Text: app.Text{En: *n.Error, Zh: *n.Error}}
	}
	outputs := map[string]any{}
	if len(n.Outputs) > 0 {
		var err error
		if outputs, err = value.DecodeMap(n.Outputs); err != nil {
			return nil, app.Errorf(app.Invalid, "mock_invalid", "the outputs of the mock for %q must be a JSON object", "“%s”的模拟输出必须是 JSON 对象", s.Title).Because(err)
		}
	}
	chunks := n.Chunks
	text, isText := outputs["text"].(string)
	if chunks == nil && isText && (n.typ == "llm" || n.typ == "agent") {
		chunks = words(text)
	}
	for _, c := range chunks {
		s.Text(c)
	}
	if !isText && n.Chunks != nil {
		outputs["text"] = strings.Join(n.Chunks, "")
	}
	res := &workflow.Result{Outputs: outputs}
	for _, k := range handleOutputs {
		if h, ok := outputs[k].(string); ok && res.Handle == "" {
			res.Handle = h
		}
	}
	if u, ok := value.Fields(outputs["usage"]); ok {
		total, _ := u.Get("total_tokens")
		n, _ := value.Int(total)
		res.Usage = &app.Usage{TotalTokens: int(n)}
	}
	return res, nil
}

// words are the pieces of a mocked answer: one a word, with the space before it.
func words(text string) []string {
	parts := strings.Split(text, " ")
	for i := range parts[1:] {
		parts[i+1] = " " + parts[i+1]
	}
	return parts
}
