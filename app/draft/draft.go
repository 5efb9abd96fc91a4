package draft

import (
	"context"
	"slices"
	"strings"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store"
)

// Variable is a variable of a try as people see it.
type Variable struct {
	Node      string    `json:"node_id"` // or sys, env, conversation
	Name      string    `json:"name"`
	Type      string    `json:"value_type"`
	Value     any       `json:"value"`            // starred where it holds a secret; null where it is not Whole
	Whole     bool      `json:"whole"`            // Value is all of it: longer ones are read one by one
	Kept      bool      `json:"kept"`             // false: it was too large to be kept
	Size      int       `json:"size"`             // bytes as JSON
	Edited    bool      `json:"edited"`           // a person changed it
	Original  any       `json:"original"`         // what the node had made, where a person changed it
	Secret    bool      `json:"secret,omitempty"` // it holds a secret, so it is starred and cannot be changed here
	UpdatedAt time.Time `json:"updated_at"`
}

// Node is the last execution of a node in a member's tries.
type Node struct {
	Node   string    `json:"node_id"`
	Run    app.ID    `json:"run_id"`
	Failed bool      `json:"failed"`
	MadeAt time.Time `json:"made_at"`
}

// shownValue is the longest value that a list of variables brings along.
const shownValue = 16 << 10

// State is all that a member's tries of one app left, read in one snapshot.
type State struct {
	db    *store.DB
	nodes map[string]store.DraftNode
	vars  []store.DraftVariable
}

// Read reads what the end user of the scope has tried. One that is not stored yet has tried nothing.
func Read(ctx context.Context, db *store.DB) (*State, error) {
	s := &State{db: db, nodes: map[string]store.DraftNode{}}
	err := db.View(ctx, func(sn *store.Snapshot) error {
		nodes, err := sn.DraftNodes()
		if err != nil {
			return err
		}
		for _, n := range nodes {
			s.nodes[n.Node] = n
		}
		s.vars, err = sn.DraftVariables()
		return err
	})
	return s, err
}

// Node is the last execution of a node.
func (s *State) Node(id string) (store.DraftNode, bool) { n, ok := s.nodes[id]; return n, ok }

// Nodes lists the last executions.
func (s *State) Nodes() []Node {
	out := make([]Node, 0, len(s.nodes))
	for _, n := range s.nodes {
		out = append(out, Node{Node: n.Node, Run: n.Run, Failed: n.Failed, MadeAt: n.MadeAt})
	}
	slices.SortFunc(out, func(a, b Node) int { return strings.Compare(a.Node, b.Node) })
	return out
}

// Variables lists what the nodes made and what the groups hold, long values left out.
func (s *State) Variables(secrets []string) ([]Variable, error) {
	out := make([]Variable, 0, len(s.vars))
	for i := range s.vars {
		if grouped(s.vars[i].Name) {
			continue
		}
		v, err := shown(s.db, &s.vars[i], secrets, shownValue)
		if err != nil {
			return nil, err
		}
		out = append(out, *v)
	}
	return out, nil
}

// Values are the variables by node or group and name, as a run has them; those that were not kept are missing.
func (s *State) Values() (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	for i := range s.vars {
		raw, kept, err := reveal(s.db, &s.vars[i])
		if err != nil {
			return nil, err
		}
		if !kept {
			continue
		}
		v, err := value.Decode(raw)
		if err != nil {
			return nil, err
		}
		if out[s.vars[i].Node] == nil {
			out[s.vars[i].Node] = map[string]any{}
		}
		out[s.vars[i].Node][s.vars[i].Name] = v
	}
	return out, nil
}

// Lost is the first variable of a node that was not kept.
func (s *State) Lost(node string) (string, bool) {
	i := slices.IndexFunc(s.vars, func(v store.DraftVariable) bool { return v.Node == node && v.Value == nil && len(v.Sealed) == 0 })
	if i < 0 {
		return "", false
	}
	return s.vars[i].Name, true
}

// Stand is where a try goes on: the outcomes of what came before, and the groups.
type Stand struct {
	Held   *workflow.Held
	Values map[string]map[string]any // by node or group
}

// Stand is what a run from the node on begins with; a Conflict that names the nodes where something is missing.
func (s *State) Stand(g *workflow.Graph, from string) (*Stand, error) {
	values, err := s.Values()
	if err != nil {
		return nil, err
	}
	h := &workflow.Held{From: from, Outcomes: map[string]workflow.Outcome{}}
	for id, n := range s.nodes {
		if n.Failed {
			continue
		}
		if _, lost := s.Lost(id); lost {
			continue
		}
		outputs := values[id]
		if outputs == nil {
			outputs = map[string]any{}
		}
		h.Outcomes[id] = workflow.Outcome{Handle: n.Handle, Outputs: outputs}
	}
	lacking, err := g.Lacks(h)
	if err != nil {
		return nil, err
	}
	if len(lacking) > 0 {
		en, zh := strings.Join(lacking, ", "), strings.Join(lacking, "、")
		return nil, app.Errorf(app.Conflict, "outcome_missing", "there is no result to go on from of: %[1]s; run the app, or these nodes, first", "以下节点没有可用的运行结果：%[2]s；请先运行应用或这些节点", en, zh)
	}
	return &Stand{Held: h, Values: values}, nil
}

// Inputs are what the graph was started with, under the names of its start node.
func (s *Stand) Inputs(g *workflow.Graph) map[string]any {
	out := map[string]any{}
	for name, v := range s.Values[g.Root()] {
		if !grouped(name) {
			out[name] = v
		}
	}
	return out
}

// grouped tells whether a start node only passes a variable on: sys.…, env.… and conversation.… stand in groups of their own.
func grouped(name string) bool {
	group, _, ok := strings.Cut(name, ".")
	return ok && (group == workflow.System || group == workflow.Environment || group == workflow.Conversation)
}

func shown(db *store.DB, v *store.DraftVariable, secrets []string, longest int) (*Variable, error) {
	out := &Variable{Node: v.Node, Name: v.Name, Type: v.Type, Size: v.Size, Edited: v.Original != nil, UpdatedAt: v.UpdatedAt}
	raw, kept, err := reveal(db, v)
	if err != nil || !kept {
		return out, err
	}
	out.Kept, out.Secret = true, len(v.Sealed) > 0
	if out.Secret && !holds(string(raw), secrets) { // the secret has another value by now
		out.Value, out.Whole = workflow.Stars, true
		return out, nil
	}
	if longest > 0 && len(raw) > longest {
		return out, nil
	}
	val, err := value.Decode(raw)
	if err != nil {
		return nil, err
	}
	out.Value, out.Whole = workflow.Starred(secrets, val), true
	if v.Original != nil && (longest == 0 || len(v.Original) <= longest) {
		was, err := value.Decode(v.Original)
		if err != nil {
			return nil, err
		}
		if list, ok := value.List(was); ok && len(list) == 1 {
			out.Original = workflow.Starred(secrets, list[0])
		}
	}
	return out, nil
}

// One reads a variable of the scope's end user whole.
func One(ctx context.Context, db *store.DB, secrets []string, node, name string) (*Variable, error) {
	var v *store.DraftVariable
	err := db.View(ctx, func(sn *store.Snapshot) (err error) { v, err = sn.DraftVariable(node, name); return err })
	if err != nil {
		return nil, err
	}
	return shown(db, v, secrets, 0)
}
