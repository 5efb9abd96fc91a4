package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// humanInput asks a person to fill in a form. The run pauses until somebody does, or until the time is over.
type humanInput struct {
	deps    Deps
	content *workflow.Template
	fields  []formField
	actions []app.FormAction
	wait    time.Duration
}

var _ workflow.Reader = (*humanInput)(nil)

// formField is a field whose default and options may come from variables.
type formField struct {
	app.FormField
	selector workflow.Selector // of the default
	options  workflow.Selector
}

// The handle of a form that nobody answered in time, and the outputs beside the fields.
const (
	timeoutHandle   = "__timeout"
	actionID        = "__action_id"
	actionValue     = "__action_value"
	renderedContent = "__rendered_content"
)

// wireField is a field as Dify writes it.
type wireField struct {
	Type    string `json:"type"`
	Name    string `json:"output_variable_name"`
	Default *struct {
		Type     string            `json:"type"`
		Value    any               `json:"value"`
		Selector workflow.Selector `json:"selector"`
	} `json:"default"`
	Options struct {
		Type     string            `json:"type"`
		Value    []string          `json:"value"`
		Selector workflow.Selector `json:"selector"`
	} `json:"option_source"`
	FileKinds  []string `json:"allowed_file_types"`
	Extensions []string `json:"allowed_file_extensions"`
	Methods    []string `json:"allowed_file_upload_methods"`
	Limit      int      `json:"number_limits"`
}

// defaultWait is how long a form waits, where its node does not say; Dify's default.
const defaultWait = 36 * time.Hour

func newHumanInput(d Deps, data json.RawMessage) (workflow.Node, error) {
	var w struct {
		Content string           `json:"form_content"`
		Fields  []wireField      `json:"inputs"`
		Actions []app.FormAction `json:"user_actions"`
		Timeout float64          `json:"timeout"`
		Unit    string           `json:"timeout_unit"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &humanInput{deps: d, content: workflow.ParseTemplate(w.Content), actions: w.Actions, wait: defaultWait}
	if w.Timeout > 0 {
		unit := time.Hour
		if w.Unit == "day" {
			unit = 24 * time.Hour
		}
		n.wait = time.Duration(w.Timeout * float64(unit))
	}
	var bad []error
	for i := range w.Fields {
		f, err := readFormField(&w.Fields[i])
		bad = append(bad, err)
		if slices.ContainsFunc(n.fields, func(o formField) bool { return o.Name == f.Name }) {
			bad = append(bad, app.Errorf(app.Invalid, "form_field_twice", "two fields of the form have the name %q", "表单中有两个字段同名：%s", f.Name))
		}
		n.fields = append(n.fields, f)
	}
	return n, errors.Join(append(bad, checkActions(w.Actions))...)
}

func readFormField(w *wireField) (formField, error) {
	f := formField{FormField: app.FormField{Kind: w.Type, Name: w.Name, Options: w.Options.Value, FileKinds: w.FileKinds, Extensions: w.Extensions,
		Methods: w.Methods, Limit: w.Limit}}
	if d := w.Default; d != nil {
		f.Default = d.Value
		if d.Type == "variable" {
			f.Default, f.selector = nil, d.Selector
		}
	}
	if w.Options.Type == "variable" {
		f.options = w.Options.Selector
	}
	if w.Name == "" {
		return f, app.Errorf(app.Invalid, "form_field_without_name", "a field of the form has no name", "表单中有字段没有名称")
	}
	if !slices.Contains([]string{"paragraph", "text-input", "select", "file", "file-list"}, w.Type) {
		return f, app.Errorf(app.Invalid, "form_field_unknown", "the field %q is of the type %q; use paragraph, select, file or file-list", "字段“%s”的类型“%s”未知；请使用 paragraph、select、file 或 file-list", w.Name, w.Type)
	}
	return f, nil
}

var actionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,19}$`)

func checkActions(actions []app.FormAction) error {
	var bad []error
	for i, a := range actions {
		if !actionName.MatchString(a.ID) || a.ID == timeoutHandle {
			bad = append(bad, app.Errorf(app.Invalid, "form_action_invalid", "the id %q of an action is not 1 to 20 letters, digits and underscores", "操作的 id“%s”须为 1 到 20 个字母、数字或下划线", a.ID))
		}
		if slices.ContainsFunc(actions[:i], func(o app.FormAction) bool { return o.ID == a.ID }) {
			bad = append(bad, app.Errorf(app.Invalid, "form_action_twice", "two actions have the id %q", "有两个操作的 id 都是“%s”", a.ID))
		}
	}
	return errors.Join(bad...)
}

// Reads names the variables of the text, the defaults and the options.
func (n *humanInput) Reads() []workflow.Selector {
	all := n.content.Selectors()
	for i := range n.fields {
		for _, s := range []workflow.Selector{n.fields[i].selector, n.fields[i].options} {
			if len(s) > 0 {
				all = append(all, s)
			}
		}
	}
	return all
}

// Run makes the form the first time and pauses; when the run goes on it looks what became of it.
func (n *humanInput) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	if n.deps.Form == nil {
		return &workflow.Result{}, app.Errorf(app.Unavailable, "forms_unavailable", "nobody can be asked here", "此处无法进行人工输入")
	}
	form, err := n.deps.Form(ctx, s.Run, app.Form{Path: s.Path, Node: s.Node, Title: s.Title, Content: n.content.Markdown(s.Vars),
		Fields: n.resolved(s.Vars), Actions: n.actions, ExpiresAt: time.Now().Add(n.wait)})
	if err != nil {
		return &workflow.Result{}, err
	}
	res := &workflow.Result{Inputs: map[string]any{"form_content": form.Content}}
	switch form.Status {
	case app.FormSubmitted:
		res.Outputs = map[string]any{}
		for k, v := range form.Values {
			res.Outputs[k] = v
		}
		res.Outputs[actionID], res.Outputs[actionValue] = form.Action, titleOf(form)
		res.Outputs[renderedContent] = rendered(form)
		res.Handle = form.Action
		s.Emit(app.Event{Kind: app.EvFormFilled, Form: form, Outputs: map[string]any{renderedContent: res.Outputs[renderedContent], actionValue: titleOf(form)}})
	case app.FormExpired:
		res.Outputs = map[string]any{actionID: "", actionValue: "", renderedContent: rendered(form)}
		res.Handle = timeoutHandle
		s.Emit(app.Event{Kind: app.EvFormExpired, Form: form})
	default:
		res.Pause = form
	}
	return res, nil
}

// resolved are the fields with what variables say now.
func (n *humanInput) resolved(vars workflow.Vars) []app.FormField {
	fields := make([]app.FormField, len(n.fields))
	for i := range n.fields {
		f := n.fields[i]
		if f.selector != nil {
			v, _ := vars.Get(f.selector)
			f.Default = value.Text(v)
		}
		if f.options != nil {
			v, _ := vars.Get(f.options)
			list, _ := value.List(v)
			f.Options = make([]string, len(list))
			for j := range list {
				f.Options[j] = value.Text(list[j])
			}
		}
		fields[i] = f.FormField
	}
	return fields
}

func titleOf(f *app.Form) string {
	for _, a := range f.Actions {
		if a.ID == f.Action {
			return a.Title
		}
	}
	return ""
}

var fieldMark = regexp.MustCompile(`\{\{#\$output\.([A-Za-z_][A-Za-z0-9_]*)#\}\}`)

// rendered is the text of a form with what was filled in.
func rendered(f *app.Form) string {
	return fieldMark.ReplaceAllStringFunc(f.Content, func(mark string) string {
		v, ok := f.Values[fieldMark.FindStringSubmatch(mark)[1]]
		if !ok {
			return ""
		}
		switch x := v.(type) {
		case app.Attachment:
			return "[file]"
		case []app.Attachment:
			return fmt.Sprintf("[%d files]", len(x))
		}
		return value.Text(v)
	})
}
