package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// types are small kinds of node for tests of the engine; the real ones have tests of their own. models is the script of
// the llm nodes.
func types(models string) workflow.Types { return (&world{models: models}).types() }

// world is what the nodes of a test find outside.
type world struct {
	models  string
	answers map[string]string // of people, by the form's node
}

func (w *world) types() workflow.Types {
	models := w.models
	text := func(raw json.RawMessage) (workflow.Node, error) {
		var d struct{ Title, Reads string }
		err := json.Unmarshal(raw, &d)
		return &scripted{tries: tries(models, d.Title), reads: workflow.ParseTemplate(d.Reads)}, err
	}
	ask := func(raw json.RawMessage) (workflow.Node, error) {
		n := &form{answers: w.answers}
		return n, json.Unmarshal(raw, n)
	}
	return workflow.Types{
		"iteration":       {Class: workflow.Container, New: workflow.NewIteration},
		"iteration-start": {Class: workflow.Entrance},
		"loop":            {Class: workflow.Container, New: workflow.NewLoop},
		"loop-start":      {Class: workflow.Entrance},
		"loop-end":        {Class: workflow.Exit},
		"post":            {Retries: true, Effects: true, New: text},
		"do": {New: func(raw json.RawMessage) (workflow.Node, error) {
			n := &do{}
			return n, json.Unmarshal(raw, n)
		}},
		"write": {New: func(raw json.RawMessage) (workflow.Node, error) {
			n := &write{}
			return n, json.Unmarshal(raw, n)
		}},
		"form":   {Class: workflow.Branch, New: ask},
		"letter": {Class: workflow.Branch, Effects: true, New: ask},
		"start":  {Class: workflow.Root, New: func(json.RawMessage) (workflow.Node, error) { return entry{}, nil }},
		"llm": {
			Params:  []workflow.Param{{Name: "reads", Label: app.Text{En: "prompt", Zh: "提示词"}, Kind: workflow.TemplateParam}},
			Retries: true, New: text,
		},
		"form_fails": {Class: workflow.Branch, New: func(json.RawMessage) (workflow.Node, error) {
			return &scripted{tries: [][]string{{"fail"}}, reads: workflow.ParseTemplate("")}, nil
		}},
		"pick": {Class: workflow.Branch, Params: []workflow.Param{{Name: "handle", Label: app.Text{En: "choice", Zh: "选择"}, Kind: workflow.StringParam, Required: true}}, New: func(raw json.RawMessage) (workflow.Node, error) {
			var d struct{ Handle string }
			err := json.Unmarshal(raw, &d)
			return pick(d.Handle), err
		}},
		"value": {New: func(raw json.RawMessage) (workflow.Node, error) {
			var d struct{ Outputs json.RawMessage }
			err := json.Unmarshal(raw, &d)
			if err != nil {
				return nil, err
			}
			m, err := value.DecodeMap(d.Outputs)
			return fixed(m), err
		}},
		"answer": {Class: workflow.Response, New: func(raw json.RawMessage) (workflow.Node, error) {
			var d struct {
				Answer string
				Wait   wait
			}
			err := json.Unmarshal(raw, &d)
			return answer{workflow.ParseTemplate(d.Answer), d.Wait}, err
		}},
		"picky": {New: func(json.RawMessage) (workflow.Node, error) {
			return nil, errors.Join(app.Errorf(app.Invalid, "first", "the first thing is wrong", "第一处错误"), app.Errorf(app.Invalid, "second", "the second is, too", "第二处错误"))
		}},
	}
}

// entry hands its inputs on.
type entry struct{}

func (entry) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{Outputs: s.Vars.Node(s.Node)}, nil
}

// pick takes the branch it was told to.
type pick string

func (p pick) Run(context.Context, *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{Handle: string(p), Outputs: map[string]any{}}, nil
}

// fixed makes what it was told to.
type fixed map[string]any

func (v fixed) Run(context.Context, *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{Outputs: v}, nil
}

type answer struct {
	template *workflow.Template
	wait     wait
}

func (a answer) Template() *workflow.Template { return a.template }

func (a answer) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	if err := a.wait.over(ctx, s); err != nil {
		return nil, err
	}
	return &workflow.Result{Outputs: map[string]any{"answer": a.template.Markdown(s.Vars)}}, nil
}

// do makes variables of others, waits and fails, by what it finds.
type do struct {
	Out  map[string]string // selector by output; a text that is no selector of anything is itself
	Fail struct {          // when the variable is one of these
		Of string
		On []any
	}
	Wait wait
}

// wait is how long a node works, in milliseconds: one time, or by the number that a variable is.
type wait struct {
	Of string
	MS []int
}

func (w *wait) over(ctx context.Context, s *workflow.Step) error {
	if w.MS == nil {
		return nil
	}
	i := int64(0)
	if v, ok := found(s, w.Of); ok {
		i, _ = value.Int(v)
	}
	return sleep(ctx, time.Duration(w.MS[i])*time.Millisecond)
}

func found(s *workflow.Step, selector string) (any, bool) {
	return s.Vars.Get(strings.Split(selector, "."))
}

func (n *do) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Outputs: map[string]any{}}
	if err := n.Wait.over(ctx, s); err != nil {
		return res, err
	}
	for k, sel := range n.Out {
		if v, ok := found(s, sel); ok {
			res.Outputs[k] = v
		} else if !strings.Contains(sel, ".") {
			res.Outputs[k] = sel
		}
	}
	if v, ok := found(s, n.Fail.Of); ok && slices.ContainsFunc(n.Fail.On, func(bad any) bool { return value.Equal(v, bad) }) {
		return res, workflow.Typed("BadItem", app.Errorf(app.Invalid, "bad_item", "%s is bad", "%s 有误", value.Text(v)))
	}
	return res, nil
}

// write writes a variable of others: what another variable holds, more of what is there, or one more element of a list.
type write struct {
	To, From string
	Add      *int64
	Push     string
	Wait     wait
}

func (n *write) Writes() []workflow.Selector { return []workflow.Selector{strings.Split(n.To, ".")} }

func (n *write) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	if err := n.Wait.over(ctx, s); err != nil {
		return nil, err
	}
	old, _ := found(s, n.To)
	v, ok := found(s, n.From)
	if !ok {
		v = n.From
	}
	if n.Add != nil {
		i, _ := value.Int(old)
		v = i + *n.Add
	}
	if n.Push != "" {
		list, _ := value.List(old)
		v, _ = found(s, n.Push)
		v = append(slices.Clone(list), v)
	}
	return &workflow.Result{Outputs: map[string]any{}, Updates: []workflow.Update{{Selector: strings.Split(n.To, "."), Value: v}}}, nil
}

// form waits for a person.
type form struct {
	answers map[string]string
	Wait    wait
}

func (f *form) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	if err := f.Wait.over(ctx, s); err != nil {
		return nil, err
	}
	answer := f.answers[s.Path]
	if answer == "" {
		return &workflow.Result{Pause: &app.Form{Path: s.Path, Node: s.Node}}, nil
	}
	s.Emit(app.Event{Kind: app.EvFormFilled, Form: &app.Form{Path: s.Path, Action: answer}})
	return &workflow.Result{Outputs: map[string]any{"by": string(s.Exec)}, Handle: answer}, nil
}

// scripted streams what the script says.
type scripted struct {
	tries [][]string
	reads *workflow.Template
}

// tries are the moves of each attempt.
func tries(script, title string) (all [][]string) {
	from := 0
	list := moves(script, title)
	for i, m := range list {
		if m == "|" {
			all = append(all, list[from:i])
			from = i + 1
		}
	}
	return append(all, list[from:])
}

func moves(script, title string) []string {
	for line := range strings.Lines(script) {
		name, rest, ok := strings.Cut(line, " => ")
		if !ok || name != title {
			continue
		}
		var out []string
		for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
			word := rest
			if q, err := strconv.QuotedPrefix(rest); err == nil {
				word = q
			} else if i := strings.IndexByte(rest, ' '); i >= 0 {
				word = rest[:i]
			}
			out = append(out, word)
			rest = rest[len(word):]
		}
		return out
	}
	return nil
}

func (n *scripted) Reads() []workflow.Selector { return n.reads.Selectors() }

func (n *scripted) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	var text strings.Builder
	res := func() *workflow.Result {
		n := text.Len()
		return &workflow.Result{Outputs: map[string]any{"text": text.String()}, Usage: &app.Usage{TotalTokens: n, CompletionTokens: n}}
	}
	for _, m := range n.tries[min(s.Attempt, len(n.tries)-1)] {
		switch {
		case m == "fail":
			return res(), app.Errorf(app.Upstream, "stream_cut_off", "the model server went away", "模型服务断开了")
		case m == "panic":
			panic("defect")
		case m == "deaf": // to the end of its context
			time.Sleep(20 * time.Millisecond)
			return res(), context.Cause(ctx)
		case m == "nothing":
			return nil, nil //nolint:nilnil // the defect that the engine must notice
		case m == "hang":
			<-ctx.Done()
			return res(), ctx.Err()
		case m[0] == '"' || m[0] == '?':
			if err := sleep(ctx, time.Millisecond); err != nil {
				return res(), err
			}
			piece := m
			if q, err := strconv.Unquote(m); err == nil {
				piece = q
			}
			if m[0] == '?' {
				s.Reason(m[1:])
				continue
			}
			text.WriteString(piece)
			s.Text(piece)
		default:
			d, err := time.ParseDuration(m)
			if err != nil {
				return nil, fmt.Errorf("script: %q", m)
			}
			if err := sleep(ctx, d); err != nil {
				return res(), err
			}
		}
	}
	return res(), nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// benchTypes have a model that streams fifty pieces without waiting.
func benchTypes() workflow.Types {
	all := types("")
	all["llm"] = workflow.Type{New: func(json.RawMessage) (workflow.Node, error) { return rapid{}, nil }}
	return all
}

type rapid struct{}

func (rapid) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	for range 50 {
		s.Text("piece ")
	}
	return &workflow.Result{Outputs: map[string]any{"text": strings.Repeat("piece ", 50)}}, nil
}
