package studio

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"islet/app"
	"islet/app/model"
)

// What Generate can write.
const (
	WritePrompt = "prompt" // of an app or a node
	WriteCode   = "code"   // of a code node
	WriteSchema = "schema" // JSON schema, of structured output or a tool
)

// GenerateRequest says what a model is to write for who builds an app.
type GenerateRequest struct {
	Kind        string       `json:"kind"`
	Instruction string       `json:"instruction"` // what it is for, or with Current what is to be different
	Ideal       string       `json:"ideal"`       // what a good result looks like; optional
	Current     string       `json:"current"`     // what is to be improved; optional
	Variables   []string     `json:"variables"`   // names that the result may use
	Language    string       `json:"language"`    // of code: python3 or javascript
	Talks       bool         `json:"talks"`       // of a prompt: it is the system prompt of a chat
	Model       app.ModelRef `json:"model"`       // zero: the site's default
}

// Generated is a finished result. Text is what belongs into the editor.
type Generated struct {
	Text    string            `json:"text"`
	Inputs  []string          `json:"inputs,omitempty"`  // of code: the parameters of main
	Outputs map[string]string `json:"outputs,omitempty"` // of code: what main returns, with its types
	Model   string            `json:"model"`             // that wrote it
	Usage   app.Usage         `json:"usage"`
}

// GenerateStep is a piece of what the model writes, or with Done the end of it.
type GenerateStep struct {
	Delta string
	Done  *Generated
}

// The limits of what goes into one request.
const (
	maxInstruction = 4000
	maxMaterial    = 40_000
	generateTokens = 4096
)

// Generate has a model write a prompt, a program or a JSON schema. The steps end with Done or an error. A site without a language
// model is generate_no_model; the built-in model that only quotes refuses with quote_cannot; what the model wrote and cannot be
// used is generate_unusable. Breaking out of the range ends the call of the model.
func (s *Studio) Generate(ctx context.Context, r GenerateRequest) (iter.Seq2[GenerateStep, error], error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	ref := r.Model
	if ref.Zero() && s.DefaultModel != nil {
		var err error
		if ref, err = s.DefaultModel(ctx); err != nil {
			return nil, err
		}
	}
	if ref.Zero() || s.Chatter == nil {
		return nil, app.Errorf(app.Invalid, "generate_no_model", "this site has no language model yet; connect a model server under Models, then try again",
			"本站还没有可用的语言模型；请先在“模型”中连接模型服务，再试一次")
	}
	chatter, err := s.Chatter(ctx, ref)
	if err != nil {
		return nil, err
	}
	req := r.request(app.ScopeOf(ctx).Lang)
	return func(yield func(GenerateStep, error) bool) { r.write(ctx, chatter, req, ref.Name, yield) }, nil
}

func (r *GenerateRequest) check() error {
	switch r.Kind {
	case WritePrompt, WriteSchema:
	case WriteCode:
		if r.Language != "python3" && r.Language != "javascript" {
			return app.Errorf(app.Invalid, "language_unknown", "code is written in python3 or javascript", "代码语言只能是 python3 或 javascript")
		}
	default:
		return app.Errorf(app.Invalid, "generate_kind_unknown", "%q cannot be generated; ask for prompt, code or schema", "无法生成 %q；可选 prompt、code 或 schema", r.Kind)
	}
	if strings.TrimSpace(r.Instruction) == "" {
		return app.Errorf(app.Invalid, "instruction_missing", "say what it is for; a sentence is enough", "请说明用途，一句话即可")
	}
	if err := short("instruction", "说明", r.Instruction, maxInstruction); err != nil {
		return err
	}
	if err := short("ideal output", "理想输出", r.Ideal, maxMaterial); err != nil {
		return err
	}
	return short("current text", "当前内容", r.Current, maxMaterial)
}

// request is the question to the model: the rules of the kind, then the material in named parts.
func (r *GenerateRequest) request(lang app.Lang) *model.Request {
	rules := generateRules[r.Kind].In(lang)
	also := func(t app.Text) {
		rules = strings.Replace(rules, "\n\n"+lastLine(rules), "\n"+t.In(lang)+"\n\n"+lastLine(rules), 1)
	}
	switch {
	case r.Kind == WriteCode && r.Language == "javascript":
		rules = javascriptRules.In(lang)
	case r.Kind == WritePrompt && slices.ContainsFunc(r.Variables, func(v string) bool { return strings.HasPrefix(v, "#") }):
		also(nodeRule)
	case r.Kind == WritePrompt:
		also(formRule)
	}
	if r.Kind == WritePrompt && !r.Talks {
		also(oneShotRule)
	}
	if r.Current != "" {
		also(improveRule)
	}
	var b strings.Builder
	part := func(name, text string) {
		if strings.TrimSpace(text) != "" {
			b.WriteString("<" + name + ">\n" + strings.TrimSpace(text) + "\n</" + name + ">\n\n")
		}
	}
	part("instruction", r.Instruction)
	part("current", r.Current)
	part("ideal_output", r.Ideal)
	part("variables", strings.Join(r.Variables, "\n"))
	return &model.Request{
		Messages: []model.Message{model.Say(model.System, rules), model.Say(model.User, strings.TrimSpace(b.String()))},
		Params:   map[string]any{"temperature": 0.3, "max_tokens": generateTokens},
		Aside:    true,
	}
}

// lastLine is how rules end: with what the answer consists of. Further rules stand before it.
func lastLine(rules string) string { return rules[strings.LastIndex(rules, "\n\n")+2:] }

func (r *GenerateRequest) write(ctx context.Context, chatter model.Chatter, req *model.Request, name string, yield func(GenerateStep, error) bool) {
	done := Generated{Model: name}
	var text strings.Builder
	for c, err := range model.SplitThink(chatter.Chat(ctx, req)) {
		if err != nil {
			yield(GenerateStep{}, err)
			return
		}
		if c.Usage != nil {
			done.Usage = *c.Usage
		}
		text.WriteString(c.Text)
		if c.Text != "" && !yield(GenerateStep{Delta: c.Text}, nil) {
			return
		}
	}
	if err := r.finish(text.String(), &done); err != nil {
		yield(GenerateStep{}, err)
		return
	}
	yield(GenerateStep{Done: &done}, nil)
}

// finish takes out of what the model wrote what can be used.
func (r *GenerateRequest) finish(text string, done *Generated) error {
	unusable := func(en, zh string) error {
		return app.Errorf(app.Upstream, "generate_unusable", "the model's answer cannot be used: %[1]s; try again, or choose a stronger model",
			"模型的回答无法使用：%[2]s；请重试，或换用能力更强的模型", en, zh)
	}
	blocks := fences(text)
	switch r.Kind {
	case WriteCode:
		code, rest := program(blocks, text)
		if done.Text = code; !strings.Contains(code, "main(") {
			return unusable("it has no function main", "其中没有 main 函数")
		}
		done.Inputs, done.Outputs = parametersOf(code), outputsOf(rest)
	case WriteSchema:
		raw := strings.TrimSpace(text)
		if len(blocks) > 0 {
			raw = blocks[0].text
		}
		pretty, ok := schemaOf(raw)
		if !ok {
			return unusable("it is no JSON schema of an object", "它不是对象类型的 JSON Schema")
		}
		done.Text = pretty
	default:
		done.Text = strings.TrimSpace(text)
		if len(blocks) == 1 && strings.HasPrefix(done.Text, "```") && strings.HasSuffix(done.Text, "```") {
			done.Text = blocks[0].text // the whole prompt in a fence, although it was told not to
		}
		if done.Text == "" {
			return unusable("it is empty", "内容为空")
		}
	}
	return nil
}

// fence is a code block of Markdown.
type fence struct{ info, text string }

// fences finds the code blocks of a text. One that is not closed reaches to the end.
func fences(text string) []fence {
	var all []fence
	var open *fence
	var lines []string
	end := func() {
		open.text = strings.Trim(strings.Join(lines, "\n"), "\n")
		all = append(all, *open)
		open, lines = nil, nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		mark, ok := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case ok && open == nil:
			open = &fence{info: strings.ToLower(strings.TrimSpace(mark))}
		case ok && mark == "":
			end()
		case open != nil:
			lines = append(lines, strings.TrimSuffix(line, "\r"))
		}
	}
	if open != nil {
		end()
	}
	return all
}

// program is the first block with a function main, and the blocks beside it.
func program(blocks []fence, text string) (code string, rest []fence) {
	for i, b := range blocks {
		if b.info != "json" && strings.Contains(b.text, "main(") {
			return b.text, append(append([]fence{}, blocks[:i]...), blocks[i+1:]...)
		}
	}
	return strings.TrimSpace(text), blocks
}

// parametersOf are the names between the brackets of main, for both languages: types and defaults are cut off.
func parametersOf(code string) []string {
	_, after, ok := strings.Cut(code, "main(")
	if !ok {
		return nil
	}
	inside, _, ok := strings.Cut(after, ")")
	if !ok {
		return nil
	}
	names := []string{}
	for p := range strings.SplitSeq(strings.Trim(strings.TrimSpace(inside), "{}"), ",") {
		if i := strings.IndexAny(p, ":="); i >= 0 {
			p = p[:i]
		}
		if p = strings.TrimSpace(p); ValidName(p) {
			names = append(names, p)
		}
	}
	return names
}

// outputTypes are the types that a code node declares.
var outputTypes = map[string]bool{"string": true, "number": true, "boolean": true, "object": true, "array[string]": true, "array[number]": true, "array[object]": true, "array[boolean]": true}

// outputsOf reads the JSON block that names the outputs; a type that is none is a string.
func outputsOf(blocks []fence) map[string]string {
	for _, b := range blocks {
		var said map[string]string
		if json.Unmarshal([]byte(b.text), &said) != nil {
			continue
		}
		for name, typ := range said {
			if typ = strings.ToLower(strings.TrimSpace(typ)); !outputTypes[typ] {
				typ = "string"
			}
			said[name] = typ
		}
		return said
	}
	return nil
}

// schemaOf is a JSON schema of an object, indented.
func schemaOf(raw string) (string, bool) {
	if i, j := strings.IndexByte(raw, '{'), strings.LastIndexByte(raw, '}'); i >= 0 && j > i {
		raw = raw[i : j+1]
	}
	var shape struct {
		Type       string                     `json:"type"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal([]byte(raw), &shape) != nil || shape.Type != "object" || len(shape.Properties) == 0 {
		return "", false
	}
	return indented(raw), true
}

func indented(raw string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(json.RawMessage(raw)) != nil {
		return raw // it was JSON a moment ago
	}
	return strings.TrimSpace(b.String())
}
