package workflow

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"

	"islet/app"
	"islet/app/value"
)

// Loop runs its inside until a condition holds, a loop-end is reached or it has run often enough. Its variables,
// {{#loop.name#}}, last from round to round and are there behind it.
type Loop struct {
	first string
	most  int
	until *Conditions
	vars  []loopVariable
}

var _ container = (*Loop)(nil)

// loopVariable is a variable of a loop and what it begins with.
type loopVariable struct {
	Name  string          `json:"label"`
	Type  string          `json:"var_type"`
	From  string          `json:"value_type"` // variable or constant
	Value json.RawMessage `json:"value"`

	constant any
	selector Selector
}

// maxRounds bounds what a file may ask for; Dify's editor stops at 100.
const maxRounds = 10_000

// NewLoop reads the data of a loop node.
func NewLoop(data json.RawMessage) (Node, error) {
	var w struct {
		First      string          `json:"start_node_id"`
		Count      float64         `json:"loop_count"`
		Conditions json.RawMessage `json:"break_conditions"`
		Operator   string          `json:"logical_operator"`
		Variables  []loopVariable  `json:"loop_variables"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &Loop{first: w.First, most: int(min(w.Count, maxRounds)), vars: w.Variables}
	if n.most < 1 {
		return nil, app.Errorf(app.Invalid, "loop_count_invalid", "the most rounds of a loop must be at least 1", "循环的最大次数至少为 1")
	}
	var err error
	if n.until, err = ParseConditions(w.Conditions, w.Operator); err != nil {
		return nil, err
	}
	for i := range n.vars {
		if err := n.vars[i].read(); err != nil {
			return nil, app.Errorf(app.Invalid, "loop_variable_invalid", "the value of the loop variable %q is not of the type %s", "循环变量“%s”的初始值不是 %s 类型", n.vars[i].Name, n.vars[i].Type).Because(err)
		}
	}
	return n, nil
}

// read decodes what the variable begins with. Numbers, objects and lists may be written as text.
func (v *loopVariable) read() error {
	if v.From == "variable" {
		return json.Unmarshal(v.Value, &v.selector)
	}
	var err error
	if len(v.Value) > 0 {
		if v.constant, err = value.Decode(v.Value); err != nil {
			return err
		}
	}
	text, isText := v.constant.(string)
	list := len(v.Type) > 5 && v.Type[:5] == "array"
	switch {
	case list && !isText && v.Type != "array[string]":
		v.constant = []any{}
	case list && !isText:
		if _, ok := value.List(v.constant); !ok {
			v.constant = []any{}
		}
	case list && text == "":
		v.constant = []any{}
	case isText && v.Type != "string":
		if v.constant, err = value.Decode([]byte(text)); err != nil {
			return err
		}
	}
	if got := kindOf(v.constant); !list && v.Type != "" && v.constant != nil && got != v.Type {
		return errKind
	}
	return nil
}

func (n *Loop) start() string { return n.first }

// Reads names what the variables begin with and what the conditions look at.
func (n *Loop) Reads() []Selector {
	all := n.until.Selectors()
	for i := range n.vars {
		if n.vars[i].selector != nil {
			all = append(all, n.vars[i].selector)
		}
	}
	return all
}

// Run is never called: the engine drives a loop.
func (n *Loop) Run(context.Context, *Step) (*Result, error) { return nil, errDriven }

// openLoop begins a loop. A condition that cannot be judged before the first round does not hold.
func (r *run) openLoop(p place, b *box, n *Loop) error {
	s := p.frame.scope
	vars := make(map[string]any, len(n.vars))
	b.inputs = map[string]any{"loop_count": n.most}
	for i := range n.vars {
		v := &n.vars[i]
		val := v.constant
		if v.selector != nil {
			var ok bool
			if val, ok = s.vars.Get(v.selector); !ok {
				return app.Errorf(app.Invalid, "variable_missing", "the loop variable %q begins with %q, which does not exist in this run", "循环变量“%s”的初始值“%s”在本次运行中不存在", v.Name, v.selector.String())
			}
		}
		vars[v.Name] = val
		b.inputs[v.Name] = val
	}
	s.vars = s.vars.With(p.vertex().id, vars)
	b.extra["loop_variable_map"] = map[string]any{}
	ev := r.event(p, app.EvContainerStarted)
	ev.Inputs, ev.Length, ev.Meta = b.inputs, n.most, map[string]any{"loop_length": n.most}
	r.emit(ev)
	if n.until.Len() > 0 {
		if ok, _, err := n.until.Eval(s.vars); err == nil && ok {
			r.endLoop(p, b, map[string]any{}, 0, loopBroken, nil)
			return nil
		}
	}
	r.beginRound(p, b, 0)
	return nil
}

// Why a loop ended.
const (
	loopCompleted = "loop_completed"
	loopBroken    = "loop_break"
	loopFailed    = "error"
)

// beginRound begins a round on the variables of what is around the loop, without what the round before made inside.
func (r *run) beginRound(p place, b *box, i int) {
	s := p.frame.scope
	for j := range p.vertex().body.vertices {
		if id := p.vertex().body.vertices[j].id; s.vars.Node(id) != nil {
			s.vars = s.vars.Without(id)
		}
	}
	b.turn = i
	r.round(p, b, i, s)
}

// roundDone books a round that is over and begins another unless the loop is over too.
func (r *run) roundDone(p place, b *box, n *Loop, f *frame) {
	outputs := map[string]any{"loop_round": int64(f.round + 1)}
	vars := p.frame.scope.vars.Node(p.vertex().id)
	round := make(map[string]any, len(n.vars))
	for i := range n.vars {
		name := n.vars[i].Name
		round[name] = vars[name]
	}
	maps.Copy(outputs, round)
	b.note(f.round, round)
	if f.failure != nil {
		r.endLoop(p, b, outputs, n.most, loopFailed, f.failure)
		return
	}
	p.frame.merge(f.outputs)
	broken := f.left
	if !broken && n.until.Len() > 0 {
		var err error
		if broken, _, err = n.until.Eval(p.frame.scope.vars); err != nil {
			r.endLoop(p, b, outputs, n.most, loopFailed, err)
			return
		}
	}
	switch {
	case broken:
		r.endLoop(p, b, outputs, n.most, loopBroken, nil)
	case f.round+1 >= n.most:
		r.endLoop(p, b, outputs, n.most, loopCompleted, nil)
	default:
		r.next(p, f.round+1, outputs)
		r.beginRound(p, b, f.round+1)
	}
}

// mostNoted bounds what the trace keeps of a loop's variables, in bytes of all rounds.
const mostNoted = 1 << 20

// note keeps the variables after a round for the trace, as long as there is room.
func (b *box) note(i int, vars map[string]any) {
	rounds, _ := b.extra["loop_variable_map"].(map[string]any)
	if b.noted > mostNoted {
		return
	}
	raw, err := value.Encode(vars)
	if b.noted += len(raw); err != nil || b.noted > mostNoted {
		b.extra["loop_variable_map_truncated"] = true
		return
	}
	rounds[strconv.Itoa(i)] = vars
}

// endLoop hands on the outputs of a loop.
func (r *run) endLoop(p place, b *box, outputs map[string]any, steps int, reason string, err error) {
	b.extra["completed_reason"] = reason
	b.extra["loop_duration_map"] = b.seconds()
	r.complete(p, b, outputs, steps, err)
}
