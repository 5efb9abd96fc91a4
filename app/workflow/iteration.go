package workflow

import (
	"context"
	"encoding/json"
	"fmt"

	"islet/app"
	"islet/app/value"
)

// Iteration runs its inside once for each item of a list. Inside are {{#iteration.item#}} and {{#iteration.index#}}; behind it
// is {{#iteration.output#}}, the list of what each item came to.
type Iteration struct {
	first   string
	items   Selector
	output  Selector
	width   int // items at the same time
	mode    string
	flatten bool
}

var _ container = (*Iteration)(nil)

// What an iteration does when the nodes of an item fail.
const (
	onErrorTerminate = "terminated"
	onErrorContinue  = "continue-on-error"
	onErrorRemove    = "remove-abnormal-output"
)

// maxWidth bounds how many items are open at the same time, whatever a file asks for. Ten nodes of a run work at once anyway.
const maxWidth = 100

// NewIteration reads the data of an iteration node.
func NewIteration(data json.RawMessage) (Node, error) {
	w := struct {
		First    string   `json:"start_node_id"`
		Items    Selector `json:"iterator_selector"`
		Output   Selector `json:"output_selector"`
		Parallel bool     `json:"is_parallel"`
		Width    float64  `json:"parallel_nums"`
		Mode     string   `json:"error_handle_mode"`
		Flatten  *bool    `json:"flatten_output"`
	}{Width: 10}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &Iteration{first: w.First, items: w.Items, output: w.Output, width: 1, mode: w.Mode, flatten: w.Flatten == nil || *w.Flatten}
	if w.Parallel {
		n.width = min(max(int(w.Width), 1), maxWidth)
	}
	switch n.mode {
	case "":
		n.mode = onErrorTerminate
	case onErrorTerminate, onErrorContinue, onErrorRemove:
	default:
		return nil, app.Errorf(app.Invalid, "error_mode_unknown", "what to do on errors is %q; use terminated, continue-on-error or remove-abnormal-output", "出错时的处理方式“%s”未知；请使用 terminated、continue-on-error 或 remove-abnormal-output", w.Mode)
	}
	return n, nil
}

func (n *Iteration) start() string { return n.first }

// Reads names the list.
func (n *Iteration) Reads() []Selector { return []Selector{n.items} }

// Run is never called: the engine drives an iteration.
func (n *Iteration) Run(context.Context, *Step) (*Result, error) { return nil, errDriven }

// openIteration begins an iteration.
func (r *run) openIteration(p place, b *box, n *Iteration) error {
	val, ok := p.frame.scope.vars.Get(n.items)
	if !ok {
		return Typed("IteratorVariableNotFoundError", app.Errorf(app.Invalid, "variable_missing", "iterator variable %q not found", "找不到迭代变量“%s”", n.items.String()))
	}
	list, isList := value.List(val)
	if !isList && val != nil {
		return Typed("InvalidIteratorValueError", app.Errorf(app.Invalid, "iterator_not_a_list", "%q is not a list, so there is nothing to iterate over", "“%s”不是列表，无法迭代", n.items.String()))
	}
	b.items = list
	b.inputs = map[string]any{"iterator_selector": val}
	ev := r.event(p, app.EvContainerStarted)
	ev.Inputs, ev.Length, ev.Meta = b.inputs, len(list), map[string]any{"iteration_length": len(list)}
	r.emit(ev)
	if len(list) == 0 {
		r.complete(p, b, map[string]any{"output": empty(val)}, 0, nil)
		return nil
	}
	b.results, b.kept = make([]any, len(list)), make([]bool, len(list))
	first := min(n.width, len(list))
	for i := range first {
		r.next(p, i, nil)
	}
	for range first {
		r.item(p, b)
	}
	return nil
}

// empty is an empty list of the same kind.
func empty(list any) any {
	if _, files := list.([]app.Attachment); files {
		return list
	}
	return []any{}
}

// item begins the next item, which sees the variables as they are now and keeps its own from then on.
func (r *run) item(p place, b *box) {
	i := b.next
	b.next++
	outer := p.frame.scope
	r.round(p, b, i, &scope{vars: outer.vars.With(p.vertex().id, map[string]any{"index": int64(i), "item": b.items[i]}), outer: outer})
}

// itemDone books an item that is over and begins another.
func (r *run) itemDone(p place, b *box, n *Iteration, f *frame) {
	switch {
	case f.failure == nil:
		b.results[f.round], _ = f.scope.vars.Get(n.output)
		b.kept[f.round] = true
		if f.round == len(b.items)-1 {
			b.last = f
		}
	case n.mode == onErrorContinue:
		b.kept[f.round] = true // as null
	case n.mode == onErrorTerminate && b.failure == nil:
		b.failure = itemFailed(f.round, f.failure)
	}
	if b.failure == nil && b.next < len(b.items) {
		r.next(p, b.next, nil)
		r.item(p, b)
		return
	}
	if len(b.live) > 0 {
		return
	}
	b.extra["iteration_duration_map"] = b.seconds()
	if b.last != nil && b.failure == nil {
		p.frame.merge(b.last.outputs)
	}
	r.complete(p, b, map[string]any{"output": n.gather(b)}, len(b.items), b.failure)
}

// itemFailed says which item an error is from.
func itemFailed(i int, err error) error {
	e := *app.AsError(err)
	e.Text = app.Text{En: fmt.Sprintf("item %d: %s", i, e.Text.En), Zh: fmt.Sprintf("第 %d 项：%s", i, e.Text.Zh)}
	return Typed(TypeName(err), e.Because(err))
}

// gather puts the output together, one level flat if the node wants that and all items came to lists.
func (n *Iteration) gather(b *box) any {
	out := make([]any, 0, len(b.results))
	lists, some := true, false
	for i, v := range b.results {
		if !b.kept[i] {
			continue
		}
		out = append(out, v)
		if v != nil {
			_, isList := value.List(v)
			lists, some = lists && isList, true
		}
	}
	if !n.flatten || !lists || !some {
		return files(out)
	}
	flat := []any{}
	for _, v := range out {
		list, _ := value.List(v)
		flat = append(flat, list...)
	}
	return files(flat)
}

// files makes a list of nothing but files one of files.
func files(list []any) any {
	out := make([]app.Attachment, 0, len(list))
	for _, v := range list {
		f, ok := v.(app.Attachment)
		if !ok {
			return list
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		return list
	}
	return out
}
