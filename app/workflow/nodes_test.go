package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"islet/app"
	"islet/app/workflow"
)

// types are small kinds of node for tests of the engine; the real ones have tests of their own. models is the script of
// the llm nodes.
func types(models string) workflow.Types {
	return workflow.Types{
		"start": {Class: workflow.Root, New: func(json.RawMessage) (workflow.Node, error) { return entry{}, nil }},
		"llm": {
			Params: []workflow.Param{{Name: "reads", Label: app.Text{En: "prompt", Zh: "提示词"}, Kind: workflow.TemplateParam}},
			New: func(raw json.RawMessage) (workflow.Node, error) {
				var d struct{ Title, Reads string }
				err := json.Unmarshal(raw, &d)
				return &scripted{moves: moves(models, d.Title), reads: workflow.ParseTemplate(d.Reads)}, err
			}},
		"pick": {Class: workflow.Branch, Params: []workflow.Param{{Name: "handle", Label: app.Text{En: "choice", Zh: "选择"}, Kind: workflow.StringParam, Required: true}}, New: func(raw json.RawMessage) (workflow.Node, error) {
			var d struct{ Handle string }
			err := json.Unmarshal(raw, &d)
			return pick(d.Handle), err
		}},
		"value": {New: func(raw json.RawMessage) (workflow.Node, error) {
			var d struct{ Outputs map[string]any }
			err := json.Unmarshal(raw, &d)
			return value(d.Outputs), err
		}},
		"answer": {Class: workflow.Response, New: func(raw json.RawMessage) (workflow.Node, error) {
			var d struct{ Answer string }
			err := json.Unmarshal(raw, &d)
			return answer{workflow.ParseTemplate(d.Answer)}, err
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

// value makes what it was told to.
type value map[string]any

func (v value) Run(context.Context, *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{Outputs: v}, nil
}

type answer struct{ template *workflow.Template }

func (a answer) Template() *workflow.Template { return a.template }

func (a answer) Run(_ context.Context, s *workflow.Step) (*workflow.Result, error) {
	return &workflow.Result{Outputs: map[string]any{"answer": a.template.Markdown(s.Vars)}}, nil
}

// scripted streams what the script says.
type scripted struct {
	moves []string
	reads *workflow.Template
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
	for _, m := range n.moves {
		switch {
		case m == "fail":
			return res(), app.Errorf(app.Upstream, "stream_cut_off", "the model server went away", "模型服务断开了")
		case m == "panic":
			panic("defect")
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
