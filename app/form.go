package app

import "time"

// Form is what a human-input node asks a person. It is made when the run first comes to the node and answered once.
type Form struct {
	ID        ID             `json:"id"`
	Run       ID             `json:"run_id"`
	App       ID             `json:"app_id"`
	Path      string         `json:"path"` // of the execution that waits for it: workflow.Step.Path
	Node      string         `json:"node_id"`
	Title     string         `json:"node_title"`
	Token     string         `json:"token"`        // unguessable: whoever has it may answer
	Content   string         `json:"form_content"` // Markdown; {{#$output.name#}} stands where a field is
	Fields    []FormField    `json:"inputs"`
	Actions   []FormAction   `json:"actions"`
	Status    FormStatus     `json:"status"`
	Action    string         `json:"action_id"` // chosen; empty until submitted
	Values    map[string]any `json:"values"`    // as submitted, by field
	ExpiresAt time.Time      `json:"expires_at"`
	CreatedAt time.Time      `json:"created_at"`
	DoneAt    *time.Time     `json:"done_at"`
}

// FormStatus says where a form stands.
type FormStatus string

// The states of a form.
const (
	FormWaiting   FormStatus = "waiting"
	FormSubmitted FormStatus = "submitted"
	FormExpired   FormStatus = "expired"
)

// FormField is one field of a form. Default is resolved: variables are filled in.
type FormField struct {
	Kind       string   `json:"type"` // paragraph, text-input, select, file, file-list
	Name       string   `json:"output_variable_name"`
	Default    any      `json:"default"`
	Options    []string `json:"options,omitempty"` // of a select
	FileKinds  []string `json:"allowed_file_types,omitempty"`
	Extensions []string `json:"allowed_file_extensions,omitempty"`
	Methods    []string `json:"allowed_file_upload_methods,omitempty"`
	Limit      int      `json:"number_limits,omitempty"`
}

// FormAction is one button of a form; its id is the out-edge that the run takes.
type FormAction struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Style string `json:"button_style"` // primary, default, accent, ghost
}
