package node

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"islet/app"
	"islet/app/tool"
	"islet/app/value"
	"islet/app/workflow"
)

// boundTool is a tool that an agent may call. The model fills in open parameters; the others are fixed.
type boundTool struct {
	*tool.Tool
	name        string // as the model knows it
	description string
	open        []*tool.Param
	fixed       map[string]any
	schema      json.RawMessage // of the open parameters
}

// bind finds the tools of an agent's settings, those that are switched off left out.
func (w *work) bind(ctx context.Context, list any) ([]*boundTool, error) {
	entries, _ := value.List(list)
	var bound []*boundTool
	taken := map[string]bool{}
	for _, e := range entries {
		o, ok := value.Fields(e)
		if !ok {
			continue
		}
		if on, ok := o.Get("enabled"); ok && !value.Truth(on) {
			continue
		}
		ref := tool.Ref{Type: firstText(o, "provider_type", "type"), Provider: firstText(o, "provider_id", "provider_name"), Name: textOf(o, "tool_name")}
		t, err := findTool(ctx, w.deps, ref)
		if ref.Type == datasetTool && app.KindOf(err) == app.NotFound {
			continue // deleted since: the agent knows less, as an app that searches by itself does
		}
		if err == nil && ref.Type == datasetTool {
			t, err = w.searching(t, o)
		}
		if err != nil {
			return nil, err
		}
		b := &boundTool{Tool: t, name: callName(t.Name), description: t.Description, fixed: map[string]any{}}
		for i := 2; taken[b.name]; i++ {
			b.name = fmt.Sprintf("%s_%d", callName(t.Name), i)
		}
		taken[b.name] = true
		if extra, ok := value.Fields(fieldAt(o, "extra")); ok && textOf(extra, "description") != "" {
			b.description = textOf(extra, "description")
		}
		if err := b.settle(o, w.step.Vars); err != nil {
			return nil, err
		}
		bound = append(bound, b)
	}
	return bound, nil
}

func fieldAt(o *value.Object, key string) any {
	v, _ := o.Get(key)
	return v
}

// firstText is the first of some fields that holds a text.
func firstText(o *value.Object, keys ...string) string {
	for _, k := range keys {
		if s := textOf(o, k); s != "" {
			return s
		}
	}
	return ""
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// callName is a name that every protocol takes.
func callName(s string) string {
	s = notInNames.ReplaceAllString(s, "_")
	return s[:min(len(s), 60)]
}

// settle divides the tool's parameters into those that the settings fix and those that the model fills in.
func (b *boundTool) settle(entry *value.Object, vars workflow.Vars) error {
	parameters, _ := value.Fields(fieldAt(entry, "parameters"))
	given := func(name string) (any, bool) {
		for _, group := range []string{"settings", "tool_parameters"} {
			if o, ok := value.Fields(fieldAt(entry, group)); ok {
				if v := manual(fieldAt(o, name), vars); v != nil && v != "" {
					return v, true
				}
			}
		}
		return nil, false
	}
	for i := range b.Params {
		p := &b.Params[i]
		v, fixed := given(p.Name)
		if parameters != nil {
			if o, ok := value.Fields(fieldAt(parameters, p.Name)); ok {
				if auto, ok := o.Get("auto"); ok && value.Truth(auto) {
					b.open = append(b.open, p)
					continue
				}
				if m := manual(fieldAt(o, "value"), vars); m != nil {
					v, fixed = m, true
				}
			}
		}
		if !fixed && p.Form == "form" {
			continue // its default, when the tool is called
		}
		if !fixed && p.Type != "file" && p.Type != "files" { // no model can hold a file
			b.open = append(b.open, p)
			continue
		}
		cast, present, err := castArg(p, v)
		if err != nil {
			return err
		}
		if present {
			b.fixed[p.Name] = cast
		}
	}
	b.schema = tool.Schema(b.open)
	return nil
}

// manual is a value that the settings give: bare, or as {value}, or as {type, value} with a variable perhaps.
func manual(v any, vars workflow.Vars) any {
	for {
		o, ok := value.Fields(v)
		if !ok || !hasKey(o, "value") {
			return v
		}
		if textOf(o, "type") == variableArg {
			s, _ := selectorOf(fieldAt(o, "value"))
			v, _ = vars.Get(s)
			return v
		}
		v = fieldAt(o, "value")
	}
}

// invalidArgs is what is wrong with what a model wants to call a tool with.
func invalidArgs(format string, args ...any) error {
	say := fmt.Sprintf(format, args...)
	return app.Errorf(app.Invalid, "tool_args_invalid", "the arguments are not valid: %s", "参数无效：%s", say)
}

// arguments checks what a model wants to call the tool with, and adds what is fixed.
func (b *boundTool) arguments(in *value.Object) (map[string]any, error) {
	args := make(map[string]any, in.Len()+len(b.fixed))
	for name, v := range in.All() {
		i := slices.IndexFunc(b.open, func(p *tool.Param) bool { return p.Name == name })
		if i < 0 {
			return nil, invalidArgs("there is no parameter %q", name)
		}
		p := b.open[i]
		cast, given, err := castArg(p, v)
		if err != nil {
			return nil, invalidArgs("%s", app.AsError(err).Text.En)
		}
		if !given {
			continue
		}
		if err := fitsSchema(p, cast); err != nil {
			return nil, err
		}
		args[name] = cast
	}
	for _, p := range b.open {
		if _, ok := args[p.Name]; !ok && p.Required && p.Default == nil {
			return nil, invalidArgs("the parameter %q is required", p.Name)
		}
	}
	maps.Copy(args, b.fixed)
	return args, completeArgs(b.Tool, args)
}

// fitsSchema checks a value against the schema that the model was told for a parameter, if it has one.
func fitsSchema(p *tool.Param, v any) error {
	if len(p.Schema) == 0 {
		return nil
	}
	schema, err := compileSchema(p.Schema)
	if err != nil {
		return nil //nolint:nilerr // a schema that cannot be read constrains nothing; the type was checked
	}
	if path, err := validateJSON(schema, v); err != nil {
		return invalidArgs("%s, at %s: %s", p.Name, path, err.Error())
	}
	return nil
}

// argumentsIn reads the arguments as a model wrote them.
func argumentsIn(text string) (*value.Object, error) {
	if strings.TrimSpace(text) == "" {
		return &value.Object{}, nil
	}
	v, err := value.Decode([]byte(text))
	if err != nil {
		return nil, invalidArgs("they are not valid JSON (%s); write one JSON object", err.Error())
	}
	if v == nil {
		return &value.Object{}, nil
	}
	o, ok := value.Fields(v)
	if !ok {
		return nil, invalidArgs("they are %s; write one JSON object", value.Type(v))
	}
	return o, nil
}

// maxObservation bounds what a model is told of a tool's answer, in characters, so that one page does not fill its context.
const maxObservation = 50_000

// call calls a tool for the model. What goes wrong is what the model observes; only the end of ctx is an error.
func (w *work) call(ctx context.Context, t *app.Thought, name string, in *value.Object, wrong error) (string, error) {
	c := app.Call{Tool: name, Label: app.Text{En: name, Zh: name}}
	if in != nil {
		c.Input = in.Map()
	}
	begun := time.Now()
	i := slices.IndexFunc(w.tools, func(b *boundTool) bool { return b.name == name })
	switch {
	case i < 0:
		wrong = app.Errorf(app.Refused, "tool_not_allowed", "there is not a tool named %s", "没有名为 %s 的工具", name)
		c.Observation = app.AsError(wrong).Text.En
	case wrong == nil:
		b := w.tools[i]
		c.Label = b.Label
		var args map[string]any
		if args, wrong = b.arguments(in); wrong == nil {
			var out tool.Result
			out, wrong = b.Call(ctx, maps.Clone(args))
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			c.Observation = w.observe(&out)
		}
	default:
		c.Label = w.tools[i].Label
	}
	if wrong != nil {
		c.Error = workflow.Failure(wrong)
		if i >= 0 {
			c.Observation = "tool invoke error: " + c.Error.Text.En
		}
	}
	c.Elapsed = time.Since(begun).Seconds()
	t.Calls = append(t.Calls, c)
	t.Observation = observations(t.Calls)
	w.tell(t)
	return c.Observation, nil
}

// observe is what a tool said, as the model reads it. Files go to the person.
func (w *work) observe(out *tool.Result) string {
	if out.Usage != nil {
		addUsage(&w.usage, out.Usage)
	}
	w.json = append(w.json, out.JSON...)
	var parts []string
	said := strings.TrimSpace(out.Text)
	if len(out.Sources) > 0 { // the tool cannot know which numbers are taken
		said = passagesText(w.cite(out.Sources), !w.uncited)
	}
	if said != "" {
		parts = append(parts, said)
	}
	for _, v := range out.JSON {
		if raw, err := value.Encode(v); err == nil && !slices.Contains(parts, string(raw)) {
			parts = append(parts, string(raw))
		}
	}
	for i := range out.Files {
		parts = append(parts, "(the person was given the file "+out.Files[i].Name+")")
	}
	if len(out.Files) > 0 {
		w.files = append(w.files, out.Files...)
		w.step.Emit(app.Event{Kind: app.EvFile, Files: slices.Clone(out.Files)})
	}
	if len(parts) == 0 {
		return "(the tool said nothing)"
	}
	say := strings.Join(parts, "\n")
	if r := []rune(say); len(r) > maxObservation {
		say = string(r[:maxObservation]) + "\n[…]"
	}
	return say
}

// cite numbers passages after those before them and tells the run's followers what the answer rests on.
func (w *work) cite(passages []app.Resource) []app.Resource {
	if len(passages) == 0 {
		return nil
	}
	passages = slices.Clone(passages)
	for i := range passages {
		passages[i].Position = sourceNumber(w.sources, &passages[i])
		w.sources = append(w.sources, passages[i])
	}
	if !w.uncited {
		w.step.Emit(app.Event{Kind: app.EvResources, Resources: passages})
	}
	return passages
}

// observations are what all calls of a step said: one bare, several by the name of their tool.
func observations(calls []app.Call) string {
	if len(calls) == 1 {
		return calls[0].Observation
	}
	o := &value.Object{}
	for i := range calls {
		name := calls[i].Tool
		for j := 2; hasKey(o, name); j++ {
			name = fmt.Sprintf("%s %d", calls[i].Tool, j)
		}
		o.Set(name, calls[i].Observation)
	}
	raw, err := value.Encode(o)
	if err != nil {
		return ""
	}
	return string(raw)
}

// think begins a step.
func (w *work) think() *app.Thought {
	w.thoughts++
	t := &app.Thought{ID: app.NewID(), Position: w.thoughts, Calls: []app.Call{}}
	w.tell(t)
	return t
}

// tell sends a step as far as it has come.
func (w *work) tell(t *app.Thought) {
	c := *t
	c.Calls, c.Files = slices.Clone(t.Calls), slices.Clone(t.Files)
	w.step.Emit(app.Event{Kind: app.EvThought, Thought: &c})
}

// note adds a finished step to the agent's log: a round, and in it the calls.
func (w *work) note(t *app.Thought, failed error) {
	status, problem := "success", any(nil)
	if failed != nil {
		status, problem = "error", app.AsError(failed).Text.En
	}
	w.entry(string(t.ID), nil, fmt.Sprintf("ROUND %d", t.Position), status, problem,
		value.NewObject("thought", t.Thought, "answer", t.Answer, "observation", t.Observation), value.NewObject("total_tokens", t.Usage.TotalTokens, "elapsed_time", t.Usage.Latency))
	for i := range t.Calls {
		c := &t.Calls[i]
		status, problem := "success", any(nil)
		if c.Error != nil {
			status, problem = "error", c.Error.Text.En
		}
		w.entry(fmt.Sprintf("%s/%d", t.ID, i+1), string(t.ID), "CALL "+c.Tool, status, problem,
			value.NewObject("tool", c.Tool, "input", value.Of(c.Input), "output", c.Observation), value.NewObject("elapsed_time", c.Elapsed))
	}
}

func (w *work) entry(id string, parent any, label, status string, problem any, data, metadata *value.Object) {
	w.log = append(w.log, value.NewObject("id", id, "parent_id", parent, "error", problem, "status", status, "data", data, "label", label,
		"metadata", metadata, "node_id", w.step.Node))
}
