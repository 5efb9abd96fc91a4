package node_test

import (
	"encoding/json"
	"os"
	"testing"

	"islet/app/workflow"
	"islet/app/workflow/node"
)

// TestBlanks_everyNewNodeOfTheCanvasParses reads what the UI makes of each kind of node, which a test of the UI writes down.
func TestBlanks_everyNewNodeOfTheCanvasParses(t *testing.T) {
	raw, err := os.ReadFile("../../../assets/ui/src/test/node-blanks.json")
	if err != nil {
		t.Fatal(err)
	}
	var modes map[string]map[string]object
	if err := json.Unmarshal(raw, &modes); err != nil {
		t.Fatal(err)
	}
	types := node.Table(node.Deps{})
	for mode, blanks := range modes {
		if len(blanks) < 8 {
			t.Errorf("%s has %d kinds of node, want the eight of models and tools, and more", mode, len(blanks))
		}
		for kind, data := range blanks {
			t.Run(mode+"/"+kind, func(t *testing.T) {
				if _, ok := types[kind]; !ok {
					t.Fatalf("the canvas makes nodes of the type %q, which the engine does not know", kind)
				}
				data["type"], data["title"] = kind, kind
				nodes := []object{{"id": "n", "data": data}}
				edges := []object{}
				if types[kind].Class != workflow.Root {
					nodes = append([]object{{"id": "s", "data": object{"type": "start", "title": "Start", "variables": []any{}}}}, nodes...)
					edges = append(edges, object{"id": "e", "source": "s", "target": "n", "sourceHandle": "source"})
				}
				graph, err := json.Marshal(object{"nodes": nodes, "edges": edges})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := workflow.Parse(graph, types); err != nil {
					t.Errorf("Parse: %v", err)
				}
			})
		}
	}
}
