package console

import (
	"context"

	"islet/app"
	"islet/app/tool"
)

// MCPView is how an app is served to other programs over MCP.
type MCPView struct {
	Enabled     bool       `json:"enabled"`
	Path        string     `json:"path"` // of its address on this site; empty until it was switched on once
	Description string     `json:"description"`
	Params      []MCPParam `json:"params"` // of the published app; empty where none is published, or it begins by itself
}

// MCPParam is a field of the app as other programs are told of it.
type MCPParam struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Required    bool   `json:"required"`
	Own         string `json:"own"`         // what the app itself says of it
	Description string `json:"description"` // what is said here; empty is Own
}

func (a *API) mcpServer(ctx context.Context, in *ByID) (*MCPView, error) {
	m, params, err := a.Flow.MCPServer(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return mcpView(m, params), nil
}

func mcpView(m *app.MCPServer, params []tool.Param) *MCPView {
	v := &MCPView{Params: []MCPParam{}}
	if m == nil {
		m = &app.MCPServer{}
	} else {
		v.Path = "/mcp/server/" + m.Code + "/mcp"
	}
	v.Enabled, v.Description = m.Enabled, m.Description
	for i := range params {
		p := &params[i]
		v.Params = append(v.Params, MCPParam{Name: p.Name, Type: p.Type, Required: p.Required, Own: p.Description, Description: m.Params[p.Name]})
	}
	return v
}

type setMCPIn struct {
	ByID
	Enabled     bool              `json:"enabled"`
	Description string            `json:"description"`
	Params      map[string]string `json:"params"` // descriptions by name; empty ones fall away
	Anew        bool              `json:"anew"`   // another address, at which the old one is gone
}

func (a *API) setMCPServer(ctx context.Context, in *setMCPIn) (*MCPView, error) {
	m := &app.MCPServer{App: in.ID, Enabled: in.Enabled, Description: in.Description, Params: map[string]string{}}
	for name, d := range in.Params {
		if d != "" {
			m.Params[name] = d
		}
	}
	if _, err := a.Flow.SetMCPServer(ctx, m, in.Anew); err != nil {
		return nil, err
	}
	return a.mcpServer(ctx, &ByID{ID: in.ID})
}
