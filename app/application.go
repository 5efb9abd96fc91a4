package app

import (
	"bytes"
	"encoding/json"
	"time"
)

// Mode is the kind of an app, in Dify's words.
type Mode string

// The modes.
const (
	ModeChat         Mode = "chat"
	ModeCompletion   Mode = "completion"
	ModeAgent        Mode = "agent-chat"
	ModeAdvancedChat Mode = "advanced-chat"
	ModeWorkflow     Mode = "workflow"
)

// App is something people build in the studio and publish. Draft is what is being edited, Published the version that the
// web app and the Service API run; empty means it was never published.
type App struct {
	ID          ID        `json:"id"`
	Mode        Mode      `json:"mode"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Icon        string    `json:"icon"`       // an emoji
	IconColor   string    `json:"icon_color"` // #RRGGBB behind it
	Tags        []string  `json:"tags"`
	Draft       Settings  `json:"draft"`
	DraftRev    int64     `json:"draft_rev"` // grows with every save; a save that names an older one is a Conflict
	Published   ID        `json:"published_version_id,omitempty"`
	Site        Site      `json:"site"`
	APIEnabled  bool      `json:"api_enabled"`
	CreatedBy   ID        `json:"created_by"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Version is one published state of an app. It never changes; restoring copies it into the draft.
type Version struct {
	ID        ID        `json:"id"`
	App       ID        `json:"app_id"`
	Number    int       `json:"number"` // 1, 2, 3 … per app
	Name      string    `json:"name"`
	Note      string    `json:"note"`
	Settings  Settings  `json:"settings"`
	CreatedBy ID        `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
}

// Site is how the published web app looks and whether it is open.
type Site struct {
	Code        string `json:"code"` // in the URL: /chat/<code>
	Enabled     bool   `json:"enabled"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Lang        Lang   `json:"language"`
	Placeholder string `json:"placeholder"` // of the input, at most 64 characters
	Disclaimer  string `json:"disclaimer"`
	Copyright   string `json:"copyright"`
	ShowSteps   bool   `json:"show_steps"` // what nodes and tools did is told to visitors

	Access   Access   `json:"access"`
	Color    string   `json:"color"`       // #RRGGBB, of buttons and the person's messages; "" is the product's own
	Inverted bool     `json:"inverted"`    // the header has that colour too
	Privacy  string   `json:"privacy_url"` // http or https
	Embed    []string `json:"embed"`       // origins whose pages may show the web app in a frame; "*" is all
	Sharing  bool     `json:"sharing"`     // visitors may make a link to a result
}

// Open is who may use the web app; the zero Site is public.
func (s *Site) Open() Access {
	if s.Access == "" {
		return AccessPublic
	}
	return s.Access
}

// Settings are everything that defines what an app does. They are what a version freezes and what compiles to a graph.
type Settings struct {
	Model     ModelRef   `json:"model"`
	Prompt    string     `json:"prompt"` // {{name}} stands for a variable
	Variables []Variable `json:"variables"`
	Opening   string     `json:"opening"`
	Suggested []string   `json:"suggested"` // chips under the opening statement
	FollowUp  FollowUp   `json:"follow_up"`
	Memory    Memory     `json:"memory"`
	Files     FileInput  `json:"files"`

	// Of the modes workflow and advanced-chat, which have neither Model, Prompt nor Variables.
	Graph        json.RawMessage `json:"graph,omitempty"` // Dify's, whole: nodes, edges, viewport; app/workflow parses it
	Environment  []EnvVariable   `json:"environment,omitempty"`
	Conversation []ConvVariable  `json:"conversation,omitempty"`

	Agent *Agent `json:"agent,omitempty"` // of the mode agent-chat

	Knowledge *AppKnowledge `json:"knowledge,omitempty"` // of the modes chat, completion and agent-chat; a graph has nodes for it

	NoCitations bool `json:"no_citations,omitempty"` // answers of a chatflow do not name their sources; where Knowledge is, its own field counts

	Speech *Speech `json:"speech,omitempty"` // of every mode; nil neither hears nor speaks

	Moderation *Moderation `json:"moderation,omitempty"` // of every mode but workflow; nil keeps nothing out

	// Kept is what an imported file said and islet has no field for, so that an export gives it back.
	Kept json.RawMessage `json:"kept,omitempty"`
}

// Cites tells whether answers name the passages that they rest on.
func (s *Settings) Cites() bool {
	if s.Knowledge != nil {
		return !s.Knowledge.NoCitations
	}
	return !s.NoCitations
}

// EnvVariable is {{#env.name#}} in a graph: the same in every run, set by who builds the app.
type EnvVariable struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"value_type"`       // string, number, secret, …: as package app/value names them
	Value       any    `json:"value"`            // of a secret: empty
	Sealed      []byte `json:"sealed,omitempty"` // a secret's value, by store.Seal
}

// ConvVariable is {{#conversation.name#}} in a graph: each conversation has its own value, which assigner nodes change.
type ConvVariable struct {
	ID          string `json:"id"` // by which conversations know it when it is renamed
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"value_type"`
	Value       any    `json:"value"` // that a conversation begins with
}

// UnmarshalJSON keeps whole numbers apart from others.
func (v *EnvVariable) UnmarshalJSON(raw []byte) error {
	type plain EnvVariable
	return exact(raw, (*plain)(v))
}

// UnmarshalJSON keeps whole numbers apart from others.
func (v *ConvVariable) UnmarshalJSON(raw []byte) error {
	type plain ConvVariable
	return exact(raw, (*plain)(v))
}

func exact(raw []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(to)
}

// AppKnowledge is what an app knows from datasets. An agent app has them as tools, the others search them for every question.
type AppKnowledge struct { //nolint:revive // Knowledge alone would be a dataset
	Datasets      []ID           `json:"datasets"`
	Single        bool           `json:"single"` // the app's model chooses one dataset for a question, and its own settings count
	Search        SearchSettings `json:"search"`
	QueryVariable string         `json:"query_variable,omitempty"` // of a completion app: the variable that is searched for; "" is the first paragraph, else the first text
	FilterMode    string         `json:"filter_mode,omitempty"`    // "", manual, automatic (the app's model proposes the conditions)
	Filter        *Filter        `json:"filter,omitempty"`         // of manual; values may hold {{name}}
	NoCitations   bool           `json:"no_citations,omitempty"`   // answers do not name their sources
}

// Speech is how an app hears and speaks, with the models for it that the workspace has chosen.
type Speech struct {
	Listen   bool   `json:"listen"`             // people may say what they would type
	Speak    bool   `json:"speak"`              // answers can be read aloud
	Voice    string `json:"voice,omitempty"`    // as the model server calls it; empty leaves it to the server
	Language string `json:"language,omitempty"` // of Voice, as a Dify file names it
	AutoPlay bool   `json:"auto_play,omitempty"`

	ListenLanguage string `json:"listen_language,omitempty"` // that people speak, ISO 639; empty leaves it to the model to find out
}

// Moderation keeps words out of questions and answers. A question that holds one, in whatever case, is answered with InputReply
// and no model is asked; an answer that would hold one is replaced by OutputReply.
type Moderation struct {
	Keywords    []string `json:"keywords"`
	Input       bool     `json:"input"`
	InputReply  string   `json:"input_reply"`
	Output      bool     `json:"output"`
	OutputReply string   `json:"output_reply"`
}

// Agent is how an agent app thinks and with what.
type Agent struct {
	Strategy      string      `json:"strategy"`       // function_call or react; the first is used where the model can
	MaxIterations int         `json:"max_iterations"` // 0 is 10; 99 at most
	Tools         []AgentTool `json:"tools"`
}

// AgentTool is one tool that an agent may call.
type AgentTool struct {
	Enabled  bool           `json:"enabled"`
	Type     string         `json:"type"` // builtin, api, workflow, mcp
	Provider string         `json:"provider"`
	Name     string         `json:"name"`
	Label    string         `json:"label"`
	Params   map[string]any `json:"params"` // set by who builds the app; the model fills in the rest
}

// Variable is one field of the form that a person fills in before the first message.
type Variable struct {
	Name      string   `json:"name"` // what {{name}} in the prompt refers to
	Label     string   `json:"label"`
	Kind      string   `json:"kind"` // text, paragraph, select, number, checkbox
	Required  bool     `json:"required"`
	Default   any      `json:"default,omitempty"`
	MaxLength int      `json:"max_length,omitempty"` // characters; 0 is 256 for text and no limit for paragraph
	Options   []string `json:"options,omitempty"`    // of a select
	Hidden    bool     `json:"hidden,omitempty"`
	Help      string   `json:"help,omitempty"`
}

// FollowUp asks a model for three questions that the person may want to ask next.
type FollowUp struct {
	Enabled bool     `json:"enabled"`
	Model   ModelRef `json:"model"`  // zero: the app's own
	Prompt  string   `json:"prompt"` // zero: the built-in one
}

// Memory says how much of the conversation the model sees again.
type Memory struct {
	Off    bool `json:"off"`
	Window int  `json:"window"` // messages; 0 is as many as the model's context takes, 500 at most
}

// FileInput says which files a person may attach.
type FileInput struct {
	Enabled bool     `json:"enabled"`
	Kinds   []string `json:"kinds"`   // image, document, audio, video
	Max     int      `json:"max"`     // files a message; 0 is 3
	Methods []string `json:"methods"` // local_file, remote_url
	Detail  string   `json:"detail"`  // of images: low or high
}
