package workflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"islet/app"
	"islet/app/value"
)

// handling is what a node's settings say of its failures.
type handling struct {
	strategy string         // "" ends the run, or the round of the container
	defaults map[string]any // of the strategy default-value
	retries  int            // attempts after the first
	interval time.Duration
	effects  bool // see Type.Effects
}

// The strategies for failures.
const (
	failBranch   = "fail-branch"
	defaultValue = "default-value"
)

// wireHandling is handling as Dify writes it.
type wireHandling struct {
	Strategy json.RawMessage `json:"error_strategy"`
	Defaults json.RawMessage `json:"default_value"`
	Retry    *struct {
		Enabled  bool    `json:"retry_enabled"`
		Max      float64 `json:"max_retries"`
		Interval float64 `json:"retry_interval"` // milliseconds
	} `json:"retry_config"`
}

// handling reads how the node wants its failures handled. A node whose failures have a branch is a branch.
func (p *parser) handling(v *vertex, h *header, t Type, replaced bool) {
	v.effects = t.Effects && !replaced
	if r := h.Retry; r != nil && r.Enabled && t.Retries && r.Max > 0 {
		v.retries = int(min(r.Max, maxRetries))
		v.interval = time.Duration(max(r.Interval, 0) * float64(time.Millisecond))
	}
	switch s := strings.Trim(string(bytes.TrimSpace(h.Strategy)), `"`); s {
	case "", "null", "none":
	case failBranch:
		v.strategy = s
		if v.class == Plain {
			v.class = Branch
		}
	case defaultValue:
		v.strategy = s
		defaults, err := defaultsOf(h.Defaults)
		if err != nil {
			p.breaks(v, err)
		}
		v.defaults = defaults
	default:
		p.breaks(v, app.Errorf(app.Invalid, "error_strategy_unknown", "its error handling is %q; use fail-branch or default-value", "异常处理方式“%s”未知；请使用 fail-branch 或 default-value", s))
	}
}

// maxRetries bounds what a graph may ask for, whoever wrote it.
const maxRetries = 100

// defaultsOf reads the values that stand in for a failed node's outputs.
func defaultsOf(raw json.RawMessage) (map[string]any, error) {
	var list []struct {
		Key   string          `json:"key"`
		Type  string          `json:"type"`
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(raw, &list); len(raw) > 0 && err != nil {
		return nil, err
	}
	m := make(map[string]any, len(list))
	for _, d := range list {
		v, err := value.Decode(d.Value)
		if len(d.Value) == 0 {
			v, err = nil, nil
		}
		if err == nil {
			v, err = fitDefault(v, d.Type)
		}
		if err != nil {
			return nil, app.Errorf(app.Invalid, "default_value_invalid", "the default value of %q is not of the type %s", "“%s”的默认值不是 %s 类型", d.Key, d.Type).Because(err)
		}
		m[d.Key] = v
	}
	return m, nil
}

var errKind = errors.New("wrong kind")

// fitDefault makes a value of the type: texts for other types than string are read as JSON, for numbers as a float.
func fitDefault(v any, typ string) (any, error) {
	if s, ok := v.(string); ok && typ != "string" {
		d, err := value.Decode([]byte(s))
		if err != nil {
			return nil, err
		}
		if f, isNumber := value.Float(d); isNumber && typ == "number" {
			d = f
		}
		v = d
	}
	ok := true
	switch elem, isArray := strings.CutPrefix(typ, "array["); {
	case isArray:
		list, isList := value.List(v)
		ok = isList
		for _, e := range list {
			ok = ok && (elem == "file]" || kindOf(e)+"]" == elem)
		}
	case typ == "string" || typ == "number" || typ == "object":
		ok = kindOf(v) == typ
	}
	if !ok {
		return nil, errKind
	}
	return v, nil
}

// kindOf is Type with the two kinds of number as one.
func kindOf(v any) string {
	switch k := value.Type(v); k {
	case "integer", "float":
		return "number"
	default:
		return k
	}
}

// brokenNode stands for a node that cannot work: it says why when it is reached.
type brokenNode struct{ err *app.Error }

// Run fails.
func (n *brokenNode) Run(context.Context, *Step) (*Result, error) { return &Result{}, n.err }

// The outputs of a failed node whose failure is handled.
const (
	errorMessage = "error_message"
	errorType    = "error_type"
)

// failed books an attempt that failed: it is repeated, handled, or ends the frame.
func (r *run) failed(p place, m *message) {
	v, pr := p.vertex(), p.progress()
	r.exceptions++
	if pr.attempt < v.retries {
		r.again(p, m)
		return
	}
	out := map[string]any{errorMessage: app.AsError(m.err).Text.In(r.in.Lang), errorType: TypeName(m.err)}
	res := *m.result
	switch {
	case v.strategy == failBranch:
		res.Outputs, res.Handle = out, failHandle
	case v.strategy == defaultValue && v.class != Branch:
		for k, d := range v.defaults {
			if _, reserved := out[k]; !reserved {
				out[k] = d
			}
		}
		res.Outputs, res.Handle = out, ""
	default:
		r.made(p, &res, true)
		r.finished(p, &res, app.Failed, m.err)
		r.fail(p.frame, m.err)
		return
	}
	res.Meta = with(res.Meta, "error_strategy", v.strategy)
	res.Updates = nil
	if err := r.pass(p, &res, true); err != nil {
		r.fail(p.frame, err)
		return
	}
	r.finished(p, &res, app.Exception, m.err)
	r.leave(p)
}

// again waits and then starts the node once more. Only this node waits.
func (r *run) again(p place, m *message) {
	v, pr := p.vertex(), p.progress()
	pr.attempt++
	r.steps++
	ev := r.event(p, app.EvNodeRetry)
	ev.Status, ev.Error, ev.Retry = app.Retried, Failure(m.err), pr.attempt
	ev.Inputs, ev.Process, ev.Outputs, ev.Meta, ev.Usage = m.result.Inputs, m.result.Process, m.result.Outputs, m.result.Meta, m.result.Usage
	ev.Elapsed = r.elapsed(pr)
	r.emit(ev)
	pr.rests, pr.took = true, 0
	if !r.alive {
		r.ready = append(r.ready, p)
		return
	}
	if v.interval <= 0 {
		r.ready = append(r.ready, p)
		return
	}
	r.working++
	go wait(p, v.interval, p.frame.ctx.Done(), r.inbox)
}

// wait tells the coordinator when a pause is over, or that it is not needed any more.
func wait(p place, d time.Duration, done <-chan struct{}, inbox chan<- message) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
	inbox <- message{kind: waited, place: p}
}

// with is a map with one more entry; the original stays.
func with(m map[string]any, k string, v any) map[string]any {
	out := make(map[string]any, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	out[k] = v
	return out
}
