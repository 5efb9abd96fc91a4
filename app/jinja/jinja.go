package jinja

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"islet/app"
)

// Limits of one template. They are far above what people write and far below what hurts the server.
const (
	maxSource = 1 << 20   // bytes of source
	maxText   = 4 << 20   // bytes of output, and of any one string on the way
	maxBytes  = 256 << 20 // bytes that all strings and lists made on the way may have together
	maxSteps  = 5_000_000
	maxTokens = 200_000
	maxNest   = 150     // brackets and tags within each other
	maxDepth  = 2000    // nodes being evaluated at the same time
	maxCalls  = 200     // macros and recursive loops within each other; Python gives up at about the same depth
	maxRange  = 100_000 // as Jinja2's sandbox has it
	maxDigits = 4300    // of a whole number written as text; Python's own limit
	maxBits   = 1 << 16 // of a whole number
)

// perStep is how many bytes are walked over in about the time of a step.
const perStep = 16

// checkEvery is how many steps pass between two looks at the context.
const checkEvery = 1024

// Template is a parsed template. It never changes, so goroutines can share it.
type Template struct {
	body           []stmt
	blocks         map[string]*blockStmt
	filters, tests map[string]*builtin // what names in texts mean: map("upper"), select("odd")
	methods        func(v any) map[string]*builtin
}

// Parse compiles a template. Its error is app.Invalid with code template_invalid and names the line.
func Parse(source string) (t *Template, err error) {
	line := 1
	defer func() {
		if x := recover(); x != nil {
			t, err = nil, asFailure(x, line).invalid()
		}
	}()
	if len(source) > maxSource {
		fail("limit", "the template is longer than %d bytes", "模板长度超过 %d 字节", maxSource)
	}
	p := &parser{tokens: lex(source), line: &line, blocks: map[string]*blockStmt{}}
	body := p.body()
	return &Template{body: body, blocks: p.blocks, filters: filters, tests: tests, methods: methods}, nil
}

// Render fills the template in. It may be called from any goroutine; vars and what they hold are read and never changed.
// A template that goes wrong gives app.Invalid with code template_failed, one that does too much app.Refused with code
// template_limit; when ctx ends, the error wraps ctx.Err().
func (t *Template) Render(ctx context.Context, vars map[string]any) (text string, err error) {
	r := &render{ctx: ctx, tpl: t, vars: vars, known: map[string]any{}, root: &scope{}, out: &buffer{}, checkAt: checkEvery, line: 1}
	defer func() {
		if x := recover(); x != nil {
			text, err = "", asFailure(x, r.line).failed()
		}
	}()
	if err := ctx.Err(); err != nil {
		stopped(err)
	}
	r.exec(t.body, r.root)
	return r.out.String(), nil
}

// render is one rendering in progress. One goroutine owns it.
type render struct {
	ctx     context.Context // lives as long as the render, which is one call of Render
	tpl     *Template
	vars    map[string]any // as given
	known   map[string]any // those of vars that were used, as templates see them
	root    *scope
	out     *buffer
	escape  bool // inside {% autoescape true %}
	line    int
	depth   int
	calls   int
	steps   int
	checkAt int
	bytes   int
}

// step counts work, and ends the rendering when there was too much of it or nobody waits for it any more.
func (r *render) step(n int) {
	r.steps += n
	if r.steps < r.checkAt {
		return
	}
	r.checkAt = r.steps + checkEvery
	if r.steps > maxSteps {
		fail("limit", "the template does too much work; loop over less", "模板的计算量过大，请减少循环次数")
	}
	if err := r.ctx.Err(); err != nil {
		stopped(err)
	}
}

// grow counts the bytes of a string or list that is about to be made.
func (r *render) grow(n int) {
	if n > maxText {
		fail("limit", "the template makes a text of more than %d MB", "模板生成的文本超过 %d MB", maxText>>20)
	}
	r.bytes += n
	if r.bytes > maxBytes {
		fail("limit", "the template needs more than %d MB of memory", "模板占用的内存超过 %d MB", maxBytes>>20)
	}
	r.scan(n)
}

// scan counts the walk over so many bytes or items.
func (r *render) scan(n int) {
	if n >= perStep {
		r.step(n / perStep)
	}
}

// repeat is strings.Repeat within the limits.
func (r *render) repeat(s string, n int64) string {
	if n <= 0 || s == "" {
		return ""
	}
	n = min(n, maxText+1)
	r.grow(len(s) * int(n))
	return strings.Repeat(s, int(n))
}

// within runs what calls back into the template, and refuses endless recursion.
func (r *render) within(f func()) {
	r.calls++
	if r.calls > maxCalls {
		fail("RecursionError", "maximum recursion depth exceeded", "宏或循环的递归层数过深")
	}
	f()
	r.calls--
}

// buffer collects output.
type buffer struct{ strings.Builder }

func (r *render) write(s string) {
	if r.out.Len()+len(s) > maxText {
		fail("limit", "the template writes more than %d MB", "模板输出超过 %d MB", maxText>>20)
	}
	r.grow(len(s))
	r.out.WriteString(s)
}

// capture runs f and returns what it wrote.
func (r *render) capture(f func()) string {
	outer := r.out
	r.out = &buffer{}
	f()
	s := r.out.String()
	r.out = outer
	return s
}

// failure travels as a panic from where a template goes wrong to Parse or Render.
type failure struct {
	kind string // Python's name of the exception; "syntax", "limit", or "stopped"
	text app.Text
	line int
	err  error
}

func fail(kind, en, zh string, args ...any) {
	panic(&failure{kind: kind, text: app.Textf(en, zh, args...)})
}

func stopped(err error) {
	panic(&failure{kind: "stopped", err: err})
}

func typeError(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	panic(&failure{kind: "TypeError", text: app.Text{En: s, Zh: "值的类型不合适：" + s}})
}

func valueError(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	panic(&failure{kind: "ValueError", text: app.Text{En: s, Zh: "值不合适：" + s}})
}

// asFailure is what a recovered panic means. A bug of ours becomes a failure too: a template must not end the process.
func asFailure(x any, line int) *failure {
	f, ok := x.(*failure)
	if !ok {
		err, isErr := x.(error)
		if !isErr {
			err = fmt.Errorf("%v", x)
		}
		f = &failure{kind: "internal", text: app.Text{En: "this construct cannot be rendered", Zh: "无法渲染此处的写法"}, err: err}
	}
	if f.line == 0 {
		f.line = line
	}
	return f
}

func (f *failure) invalid() *app.Error {
	return app.Errorf(app.Invalid, "template_invalid", "line %[1]d of the template: %[2]s", "模板第 %[1]d 行：%[3]s",
		f.line, short(f.text.En), short(f.text.Zh)).Because(f.err)
}

// short keeps a sentence readable that quotes a large value.
func short(s string) string {
	const most = 400
	if runes(s) > most {
		return firstRunes(s, most) + "…"
	}
	return s
}

func (f *failure) failed() error {
	if f.kind == "stopped" {
		if errors.Is(f.err, context.DeadlineExceeded) {
			return app.Errorf(app.Timeout, "template_timeout", "the template was not rendered in time", "模板渲染超时").Because(f.err)
		}
		return app.Errorf(app.Canceled, "canceled", "the rendering was stopped", "渲染已停止").Because(f.err)
	}
	e := f.invalid()
	e.Code = "template_failed"
	if f.kind == "limit" {
		e.Kind, e.Code = app.Refused, "template_limit"
	}
	return e
}
