package dsl_test

import (
	"strings"
	"testing"

	"islet/app/studio/dsl"
	"islet/app/value"
)

// TestRehome_pointsToolsAtThoseOfTheSite follows names where ids mean nothing, and says what is missing.
func TestRehome_pointsToolsAtThoseOfTheSite(t *testing.T) {
	f, err := dsl.Read([]byte(`
app: {mode: workflow, name: a}
kind: app
version: 0.6.0
workflow:
  graph:
    edges: []
    nodes:
      - {id: s, data: {type: start, title: S, variables: []}}
      - {id: t, data: {type: tool, title: T, provider_type: api, provider_id: 11111111-1111-4111-8111-111111111111, provider_name: parts, tool_name: get_part}}
      - {id: u, data: {type: tool, title: U, provider_type: mcp, provider_id: tickets, provider_name: tickets, tool_name: open}}
      - {id: b, data: {type: tool, title: B, provider_type: builtin, provider_id: time, provider_name: time, tool_name: current_time}}
      - {id: g, data: {type: agent, title: G, agent_parameters: {tools: {type: constant, value: [{enabled: true, type: api, provider_name: parts, tool_name: drop}]}}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	f.Here = &dsl.Here{Tool: func(kind, _, name string) (string, bool) { return string(ours), kind == "api" && name == "parts" }}
	missing := f.Rehome()
	if len(missing) != 1 || !strings.Contains(missing[0].En, `"open" comes from "tickets"`) {
		t.Errorf("missing = %v", missing)
	}
	raw, err := value.Encode(f.Graph)
	if err != nil || strings.Count(string(raw), `"provider_id":"`+string(ours)+`"`) != 2 || !strings.Contains(string(raw), `"provider_id":"time"`) {
		t.Errorf("graph = %s, %v", raw, err)
	}
}
