package node

import (
	"context"
	"errors"
	"testing"

	"islet/app/workflow"
)

func TestTemplateTransform_rendersAsPythonDoes(t *testing.T) {
	data := func(template string) string {
		return `{"template":` + template + `,"variables":[{"variable":"a","value_selector":["n","x"]},{"variable":"gone","value_selector":["n","z"]}]}`
	}
	(&rig{files: fileVars}).check(t, "template-transform", []claim{
		{data(`"Hello {{ a }}!"`), `{"n":{"x":"Ada"}}`, `{"output":"Hello Ada!"}`},
		{data(`"{{ a }} {{ gone }} [{{ nowhere }}]\n"`), `{"n":{"x":[1,2.0,"x",true,null]}}`, `{"output":"[1, 2.0, 'x', True, None] None []"}`},
		{data(`"{% for e in a %}{{ loop.index }}:{{ e.k }} {% endfor %}"`), `{"n":{"x":[{"k":1},{"k":2}]}}`, `{"output":"1:1 2:2 "}`},
		{`{"template":"{{ f.filename }}","variables":[{"variable":"f","value_selector":["f","one"]}]}`, ``, `{"output":"a.pdf"}`},
		{`{"template":""}`, ``, `{"output":""}`},
		{data(`"{{ a.b.c }}"`), `{"n":{"x":{}}}`, `!template_failed`},
		{data(`"{% for %}"`), ``, `!template_invalid`},
		{data(`"{{ a * 4000 }}"`), `{"n":{"x":"` + text100 + `"}}`, `{"output":"` + times(text100, 4000) + `"}`},
		{data(`"{{ a * 4001 }}"`), `{"n":{"x":"` + text100 + `"}}`, `!template_too_long`},
	})
	n, err := (&rig{}).node("template-transform", data(`"x"`))
	if err != nil || len(n.(workflow.Reader).Reads()) != 2 {
		t.Errorf("it reads %v, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Run(ctx, &workflow.Step{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was stopped renders: %v", err)
	}
}

const text100 = "字123456789字123456789字123456789字123456789字123456789字123456789字123456789字123456789字123456789字123456789"
