package node

import (
	"context"
	"encoding/json"
	"unicode/utf8"

	"islet/app"
	"islet/app/jinja"
	"islet/app/workflow"
)

// templateTransform writes a text with a Jinja2 template.
type templateTransform struct {
	template  *jinja.Template
	variables bindings
}

var _ workflow.Reader = (*templateTransform)(nil)

// maxText is how long a text that code or a template makes may be, in characters; Dify's default.
const maxText = 400_000

func newTemplateTransform(data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Template  string   `json:"template"`
		Variables bindings `json:"variables"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	t, err := jinja.Parse(w.Template)
	if err != nil {
		return nil, err
	}
	return &templateTransform{t, w.Variables}, nil
}

// Reads names the variables that the template is given.
func (n *templateTransform) Reads() []workflow.Selector { return n.variables.selectors() }

// Run renders the template. A variable that the run does not have is None.
func (n *templateTransform) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	vars := n.variables.values(s.Vars)
	res := &workflow.Result{Inputs: vars}
	text, err := n.template.Render(ctx, vars)
	if err != nil {
		return res, err
	}
	if utf8.RuneCountInString(text) > maxText {
		return res, app.Errorf(app.Invalid, "template_too_long", "the text that the template makes is longer than %d characters", "模板生成的文本超过 %d 个字符", maxText)
	}
	res.Outputs = map[string]any{"output": text}
	return res, nil
}
