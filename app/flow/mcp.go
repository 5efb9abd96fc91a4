package flow

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/tool"
	"islet/store"
)

// errNoServer says nothing of whether there ever was one: the code is a secret.
var errNoServer = app.Errorf(app.NotFound, "mcp_server_missing", "there is no MCP server at this address, or it is switched off", "此地址没有 MCP 服务，或服务已停用")

// Served is the app at the address of an MCP server: one tool, under the name of the app.
type Served struct {
	Name  string // of the app
	Tool  *tool.Tool
	Scope app.Scope // in which it is called
}

// Serve finds the app that other programs call at an address. Its tool takes what a form or a question can hold; files cannot be
// sent that way. Without a published app behind it, or where it is switched off, it is mcp_server_missing.
func (f *Flow) Serve(ctx context.Context, code string) (*Served, error) {
	var m *app.MCPServer
	scope := app.Scope{Lang: app.ScopeOf(ctx).Lang}
	err := f.DB.View(ctx, func(s *store.Snapshot) (err error) { scope.Workspace, m, err = s.MCPServerByCode(code); return err })
	if app.KindOf(err) == app.NotFound || err == nil && !m.Enabled {
		return nil, errNoServer
	}
	if err != nil {
		return nil, err
	}
	ctx = app.WithScope(ctx, scope)
	rel, err := f.Studio.Latest(ctx, m.App)
	if app.KindOf(err) == app.NotFound || err == nil && (rel.Graph == nil || !usable(rel)) {
		return nil, errNoServer
	}
	if err != nil {
		return nil, err
	}
	t := f.describe(rel, nil, "")
	if m.Description != "" {
		t.Description = m.Description
	}
	kept := t.Params[:0]
	for _, p := range t.Params {
		if p.Type == "file" || p.Type == "files" {
			continue
		}
		if d := m.Params[p.Name]; d != "" {
			p.Description = d
		}
		kept = append(kept, p)
	}
	t.Params, t.Call = kept, f.caller(rel, app.FromMCP)
	scope.App = rel.App.ID
	return &Served{Name: rel.App.Name, Tool: t, Scope: scope}, nil
}

// MCPServer is an app's MCP server as it is set; nil where there never was one. What may be described are the parameters.
func (f *Flow) MCPServer(ctx context.Context, id app.ID) (m *app.MCPServer, params []tool.Param, err error) {
	err = f.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if _, err = s.App(id); err != nil {
			return err
		}
		if m, err = s.MCPServer(id); app.KindOf(err) == app.NotFound {
			m, err = nil, nil
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	rel, err := f.Studio.Latest(ctx, id)
	if err != nil || rel.Graph == nil || !usable(rel) {
		return m, nil, ignoreMissing(err)
	}
	for _, p := range f.describe(rel, nil, "").Params {
		if p.Type != "file" && p.Type != "files" {
			params = append(params, p)
		}
	}
	return m, params, nil
}

func ignoreMissing(err error) error {
	if app.KindOf(err) == app.NotFound || errors.Is(err, &app.Error{Code: "app_unavailable"}) {
		return nil
	}
	return err
}

// The limits of what is said of an app as an MCP server, in characters.
const (
	maxServerText = 2000
	maxParamText  = 500
)

// SetMCPServer says how an app is served; the first time it gets its address. Anew gives it another one: the old one leads
// nowhere from then on.
func (f *Flow) SetMCPServer(ctx context.Context, m *app.MCPServer, anew bool) (*app.MCPServer, error) {
	m.Description = strings.TrimSpace(m.Description)
	if utf8.RuneCountInString(m.Description) > maxServerText {
		return nil, app.Errorf(app.Invalid, "description_too_long", "the description is longer than %d characters", "描述超过 %d 个字符", maxServerText)
	}
	for _, d := range m.Params {
		if utf8.RuneCountInString(d) > maxParamText {
			return nil, app.Errorf(app.Invalid, "description_too_long", "the description of a parameter is longer than %d characters", "参数描述超过 %d 个字符", maxParamText)
		}
	}
	err := f.DB.Update(ctx, func(tx *store.Tx) error {
		was, err := tx.MCPServer(m.App)
		switch {
		case app.KindOf(err) == app.NotFound:
			m.Code, m.CreatedAt = newServerCode(), tx.Now()
		case err != nil:
			return err
		default:
			m.Code, m.CreatedAt = was.Code, was.CreatedAt
			if anew {
				m.Code = newServerCode()
			}
		}
		return tx.PutMCPServer(m)
	})
	return m, err
}

func newServerCode() string { return strings.ToLower(rand.Text()) }
