// Package tool says what a tool is that graphs and agents can call, and holds the built-in ones. Those of OpenAPI documents and
// MCP servers are below it, published apps as tools in app/flow; app/tool/toolbox finds them all.
package tool

import (
	"context"
	"encoding/json"

	"islet/app"
)

// Ref names a tool as a tool node or an agent's settings do.
type Ref struct {
	Type     string // builtin, api, workflow, mcp, …: Dify's provider_type
	Provider string // Dify's provider_id
	Name     string // tool_name
}

// Tool is something that a graph or an agent can call. It is shared and never changes.
type Tool struct {
	Name        string // as a model may call it: letters, digits, _ and -
	Description string // for the model
	Label       app.Text
	Params      []Param
	// Effects says that a call may change the world outside.
	Effects bool
	// Call takes values of the declared types and leaves args alone. The Result is valid beside an error, too.
	Call func(ctx context.Context, args map[string]any) (Result, error)
}

// Param is one parameter of a tool.
type Param struct {
	Name        string
	Label       app.Text
	Description string // for the model
	Type        string // string, text (a long one), number, boolean, select, file, files, object, array, dataset (the id of one)
	Form        string // llm: the model fills it in; form: who builds the app does
	Required    bool
	Default     any
	Options     []string
	Labels      []app.Text      // of Options, in their order; nil: they speak for themselves
	Schema      json.RawMessage // what the model is told, where Type says too little
}

// Result is what a tool said.
type Result struct {
	Text    string
	JSON    []any // objects
	Files   []app.Attachment
	Sources []app.Resource // passages that the text comes from
	Vars    map[string]any // variables by name
	Usage   *app.Usage
	Wire    *Exchange // what went over the wire, for who tries a tool out; nil where nothing did
}

// Exchange is a request and its answer as a person may see them: credentials are masked, long bodies cut.
type Exchange struct {
	Method   string      `json:"method"`
	URL      string      `json:"url"`
	Headers  [][2]string `json:"headers"`
	Body     string      `json:"body"`
	Status   int         `json:"status"` // 0 where no answer came
	Answered [][2]string `json:"answered"`
	Answer   string      `json:"answer"`
}

// Masked stands for a secret where people can see it.
const Masked = "••••••"

// Entry is a tool in the list of all tools of a site.
type Entry struct {
	Ref
	ProviderLabel app.Text
	Icon          string // an emoji; "" of built-in tools
	IconColor     string
	Tool          *Tool
}
