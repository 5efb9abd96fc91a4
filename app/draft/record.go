package draft

import (
	"maps"
	"slices"
	"strings"

	"islet/app"
	"islet/app/run"
	"islet/app/value"
	"islet/app/workflow"
	"islet/store"
)

// The bounds of what is kept.
const (
	MaxValue = 1 << 20  // bytes of one variable as JSON; Dify cuts texts of 200 KB
	MaxTotal = 32 << 20 // of all variables that one try leaves
)

const purpose = "draft variable" // see store.DB.Seal

// Try is a run of a draft whose outcomes are to be kept.
type Try struct {
	DB      *store.DB
	Run     app.ID
	Graph   *workflow.Graph
	Secrets []string       // see workflow.Input
	Node    string         // the only one that works; "" is a run of the whole graph, or from a node on
	System  map[string]any // {{#sys.…#}} that the run begins with
	Memory  map[string]any // {{#conversation.…#}}; nil in an app that has none
}

// record collects what nodes come to. It is used by the run's goroutine alone.
type record struct {
	Try
	made  map[string]*workflow.Made
	order []string
}

// Keep makes a run leave what its nodes come to. The scope of the run names the member's end user; without one nothing is kept.
func Keep(spec *run.Spec, t Try) {
	if spec.Scope.EndUser == "" {
		return
	}
	r := &record{Try: t, made: map[string]*workflow.Made{}}
	r.Memory = maps.Clone(t.Memory)
	spec.Input.Made = r.take
	spec.Finish, spec.Pause = r.also(spec.Finish), r.also(spec.Pause)
}

func (r *record) also(first func(*store.Tx, run.Outcome) error) func(*store.Tx, run.Outcome) error {
	return func(tx *store.Tx, o run.Outcome) error {
		if first != nil {
			if err := first(tx, o); err != nil {
				return err
			}
		}
		return r.store(tx)
	}
}

func (r *record) take(m workflow.Made) {
	if _, known := r.made[m.Node]; !known {
		r.order = append(r.order, m.Node)
	}
	r.made[m.Node] = &m
	for _, u := range m.Updates {
		if len(u.Selector) >= 2 && u.Selector[0] == workflow.Conversation && r.Memory != nil {
			r.Memory[u.Selector[1]] = u.Value
		}
	}
}

// store writes what was collected. It may be called again after a failure.
func (r *record) store(tx *store.Tx) error {
	left := MaxTotal
	if r.Node == "" {
		if err := r.sweep(tx); err != nil {
			return err
		}
		if err := r.put(tx, workflow.System, r.System, &left); err != nil {
			return err
		}
	}
	if r.Memory != nil {
		if err := r.put(tx, workflow.Conversation, r.Memory, &left); err != nil {
			return err
		}
	}
	for _, id := range r.order {
		m := r.made[id]
		n := store.DraftNode{Node: id, Run: r.Run, Exec: m.Exec, Handle: m.Handle, Failed: m.Failed}
		if err := tx.PutDraftNode(&n); err != nil {
			return err
		}
		if err := r.put(tx, id, m.Outputs, &left); err != nil {
			return err
		}
	}
	return nil
}

// sweep forgets nodes that the graph has no more.
func (r *record) sweep(tx *store.Tx) error {
	nodes, err := tx.DraftNodes()
	if err != nil {
		return err
	}
	known := r.Graph.Nodes()
	for i := range nodes {
		if slices.ContainsFunc(known, func(n workflow.NodeInfo) bool { return n.ID == nodes[i].Node }) {
			continue
		}
		if err := tx.ForgetDraft(nodes[i].Node); err != nil {
			return err
		}
	}
	return nil
}

func (r *record) put(tx *store.Tx, node string, vars map[string]any, left *int) error {
	list := make([]store.DraftVariable, 0, len(vars))
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		v := store.DraftVariable{Node: node, Name: name, Type: value.Type(vars[name])}
		raw, err := value.Encode(vars[name])
		if err != nil {
			return err
		}
		v.Size = len(raw)
		if v.Size <= MaxValue && v.Size <= *left {
			*left -= v.Size
			hold(r.DB, &v, raw, r.Secrets)
		}
		list = append(list, v)
	}
	return tx.ReplaceDraftVariables(node, list)
}

// hold puts a value into a variable, sealed if it holds a secret.
func hold(db *store.DB, v *store.DraftVariable, raw []byte, secrets []string) {
	v.Size, v.Value, v.Sealed = len(raw), raw, nil
	if holds(string(raw), secrets) {
		v.Value, v.Sealed = nil, db.Seal(purpose, string(raw))
	}
}

func holds(raw string, secrets []string) bool {
	return slices.ContainsFunc(secrets, func(s string) bool {
		if s == "" {
			return false
		}
		quoted, err := value.Encode(s)
		return strings.Contains(raw, s) || err == nil && strings.Contains(raw, strings.Trim(string(quoted), `"`))
	})
}

// reveal is the JSON of a variable; false for one that was not kept.
func reveal(db *store.DB, v *store.DraftVariable) ([]byte, bool, error) {
	if v.Value != nil {
		return v.Value, true, nil
	}
	if len(v.Sealed) == 0 {
		return nil, false, nil
	}
	plain, err := db.Open(purpose, v.Sealed)
	return []byte(plain), true, err
}
