package frame

import (
	"encoding/json"
	"fmt"
	"regexp"

	"islet/app"
	"islet/app/value"
)

// FormInput is a field of a form in Dify's shape. What its default and its options come from was looked up when the form was
// made, so both are constants by now.
type FormInput struct {
	Type       string          `json:"type"`
	Name       string          `json:"output_variable_name"`
	Default    json.RawMessage `json:"default,omitempty"` // of a text; null where there is none
	Options    *formOptions    `json:"option_source,omitempty"`
	FileKinds  *[]string       `json:"allowed_file_types,omitempty"`
	Extensions *[]string       `json:"allowed_file_extensions,omitempty"`
	Methods    *[]string       `json:"allowed_file_upload_methods,omitempty"`
	Limit      *int            `json:"number_limits,omitempty"`
}

type formOptions struct {
	Type     string   `json:"type"`
	Selector []string `json:"selector"`
	Value    []string `json:"value"`
}

type formDefault struct {
	Type     string   `json:"type"`
	Selector []string `json:"selector"`
	Value    string   `json:"value"`
}

// NewFormInputs are the fields of a form.
func NewFormInputs(f *app.Form) []FormInput {
	out := make([]FormInput, len(f.Fields))
	for i := range f.Fields {
		field := &f.Fields[i]
		in := FormInput{Type: field.Kind, Name: field.Name}
		switch field.Kind {
		case "select":
			in.Options = &formOptions{"constant", []string{}, some(field.Options)}
		case "file", "file-list":
			kinds, extensions, methods := some(field.FileKinds), some(field.Extensions), some(field.Methods)
			in.FileKinds, in.Extensions, in.Methods = &kinds, &extensions, &methods
			if field.Kind == "file-list" {
				in.Limit = &field.Limit
			}
		default:
			in.Default = json.RawMessage("null")
			if field.Default != nil {
				in.Default = appendJSON(nil, formDefault{"constant", []string{}, value.Text(field.Default)})
			}
		}
		out[i] = in
	}
	return out
}

func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// FormDefaults are the texts with which the fields of a form begin, by name.
func FormDefaults(f *app.Form) map[string]string {
	out := map[string]string{}
	for i := range f.Fields {
		if d := f.Fields[i].Default; d != nil {
			out[f.Fields[i].Name] = value.Text(d)
		}
	}
	return out
}

// FormActions are the buttons of a form; never nil.
func FormActions(f *app.Form) []app.FormAction {
	if f.Actions == nil {
		return []app.FormAction{}
	}
	return f.Actions
}

var fieldMark = regexp.MustCompile(`\{\{#\$output\.([A-Za-z_][A-Za-z0-9_]*)#\}\}`)

// FormSaid is the text of a form with what was filled in, and the title of the action that was chosen.
func FormSaid(f *app.Form) (content, action string) {
	content = fieldMark.ReplaceAllStringFunc(f.Content, func(mark string) string {
		switch x := f.Values[fieldMark.FindStringSubmatch(mark)[1]].(type) {
		case app.Attachment:
			return "[file]"
		case []app.Attachment:
			return fmt.Sprintf("[%d files]", len(x))
		default:
			return value.Text(x)
		}
	})
	for _, a := range f.Actions {
		if a.ID == f.Action {
			action = a.Title
		}
	}
	return content, action
}
