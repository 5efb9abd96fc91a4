package app

import (
	"encoding/json"
	"time"
)

// The kinds of tools, as Dify's files write them in provider_type.
const (
	ToolBuiltin  = "builtin"
	ToolAPI      = "api"      // operations of an OpenAPI document
	ToolMCP      = "mcp"      // tools of an MCP server
	ToolWorkflow = "workflow" // published workflows
	ToolApp      = "app"      // published apps that talk
)

// ToolProvider is where tools come from: an OpenAPI document, an MCP server, or a published app. Its secrets stay sealed; Hints
// tell which there are.
type ToolProvider struct {
	ID          ID                `json:"id"`
	Kind        string            `json:"kind"` // ToolAPI, ToolMCP, ToolWorkflow or ToolApp
	Name        string            `json:"name"` // unique within its kind
	Description string            `json:"description"`
	Icon        string            `json:"icon"` // an emoji
	IconColor   string            `json:"icon_color"`
	App         ID                `json:"app_id,omitempty"` // of ToolWorkflow and ToolApp
	Config      ToolConfig        `json:"config"`
	Document    string            `json:"-"` // OpenAPI, as it was given
	Tools       []OfferedTool     `json:"-"` // of an MCP server, as it said last
	Off         []string          `json:"off"`
	Hints       map[string]string `json:"hints"` // the last characters of each secret, by its name; "" of a short one
	Sealed      []byte            `json:"-"`
	CheckedAt   *time.Time        `json:"checked_at,omitempty"` // when its tools were read last
	CreatedBy   ID                `json:"created_by"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
}

// ToolConfig is how a provider is reached, or how an app looks as a tool. It holds no secret.
type ToolConfig struct {
	URL        string   `json:"url,omitempty"`    // before the paths of operations; of an MCP server
	Source     string   `json:"source,omitempty"` // where the OpenAPI document was read from
	Auth       ToolAuth `json:"auth"`
	Headers    []string `json:"headers,omitempty"` // names of further headers; their values are sealed
	CA         string   `json:"ca,omitempty"`      // PEM
	SkipVerify bool     `json:"skip_verify,omitempty"`
	Timeout    int      `json:"timeout,omitempty"` // of a call, in seconds; 0 is the default

	Transport string `json:"transport,omitempty"` // of an MCP server: http, sse or stdio
	Command   string `json:"command,omitempty"`   // of stdio: its name in the operator's file

	ToolName string         `json:"tool_name,omitempty"` // of an app: as a model calls it
	Params   []ToolParamSet `json:"params,omitempty"`    // of an app
}

// The ways in which a provider is told who calls.
const (
	NoAuth     = "none"
	HeaderAuth = "header"
	QueryAuth  = "query"
	BearerAuth = "bearer"
	BasicAuth  = "basic"
	OAuth      = "oauth" // of MCP servers
)

// ToolAuth is how a provider is told who calls. What it is told is sealed.
type ToolAuth struct {
	Kind   string   `json:"kind"`
	Name   string   `json:"name,omitempty"` // of the header or query parameter
	User   string   `json:"user,omitempty"` // of BasicAuth
	Client string   `json:"client_id,omitempty"`
	Scopes []string `json:"scopes,omitempty"`
}

// ToolParamSet says of a parameter of an app who fills it in, and what the model is told of it.
type ToolParamSet struct {
	Name        string `json:"name"`
	Form        string `json:"form"` // llm or form
	Description string `json:"description"`
}

// OfferedTool is a tool as an MCP server describes it.
type OfferedTool struct {
	Name        string          `json:"name"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
	ReadOnly    bool            `json:"read_only,omitempty"`
}

// MCPServer is a published app as an MCP server of one tool.
type MCPServer struct {
	App         ID                `json:"app_id"`
	Code        string            `json:"code"` // in its address: whoever has it may call the app
	Enabled     bool              `json:"enabled"`
	Description string            `json:"description"` // of the tool
	Params      map[string]string `json:"params"`      // descriptions of the app's inputs, by name
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
}
