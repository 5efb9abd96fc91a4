package store

import (
	"database/sql"
	"encoding/json"

	"islet/app"
)

const toolProviderColumns = `id, kind, name, description, icon, icon_color, app_id, config, document, tools, off, hints, sealed, checked_at, created_by, created_at, updated_at`

// ToolProviders are the providers of one kind, of all kinds where kind is empty, by name.
func (s *Snapshot) ToolProviders(kind string) ([]*app.ToolProvider, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	q, args := `SELECT `+toolProviderColumns+` FROM tool_providers WHERE workspace_id = ?`, []any{ws}
	if kind != "" {
		q, args = q+` AND kind = ?`, append(args, kind)
	}
	return many(s, scanToolProvider, q+` ORDER BY name, id`, args...)
}

// ToolProvider is one of them.
func (s *Snapshot) ToolProvider(id app.ID) (*app.ToolProvider, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	p, err := one(s, scanToolProvider, `SELECT `+toolProviderColumns+` FROM tool_providers WHERE workspace_id = ? AND id = ?`, ws, id)
	return p, found(err, "tool provider", "工具来源")
}

// ToolProviderNamed is the provider of a kind that has that name.
func (s *Snapshot) ToolProviderNamed(kind, name string) (*app.ToolProvider, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	p, err := one(s, scanToolProvider, `SELECT `+toolProviderColumns+` FROM tool_providers WHERE workspace_id = ? AND kind = ? AND name = ?`, ws, kind, name)
	return p, found(err, "tool provider", "工具来源")
}

// ToolProviderOf is how an app looks as a tool, where somebody has said so.
func (s *Snapshot) ToolProviderOf(appID app.ID) (*app.ToolProvider, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	p, err := one(s, scanToolProvider, `SELECT `+toolProviderColumns+` FROM tool_providers WHERE workspace_id = ? AND app_id = ?`, ws, appID)
	return p, found(err, "tool provider", "工具来源")
}

// InsertToolProvider adds a provider. A name that its kind has already is a Conflict.
func (tx *Tx) InsertToolProvider(p *app.ToolProvider) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO tool_providers (workspace_id, ` + toolProviderColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, ws, p.ID, p.Kind, p.Name, p.Description, p.Icon, p.IconColor, nullID(p.App), text(p.Config), p.Document, text(p.Tools), text(p.Off),
		text(p.Hints), p.Sealed, msp(p.CheckedAt), p.CreatedBy, ms(p.CreatedAt), ms(p.UpdatedAt))
	return toolNameTaken(err, p.Name)
}

// UpdateToolProvider writes every field of a provider that can change.
func (tx *Tx) UpdateToolProvider(p *app.ToolProvider) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	p.UpdatedAt = tx.now
	const q = `UPDATE tool_providers SET name = ?, description = ?, icon = ?, icon_color = ?, config = ?, document = ?, tools = ?, off = ?, hints = ?, sealed = ?,
		checked_at = ?, updated_at = ? WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, p.Name, p.Description, p.Icon, p.IconColor, text(p.Config), p.Document, text(p.Tools), text(p.Off), text(p.Hints), p.Sealed,
		msp(p.CheckedAt), ms(tx.now), ws, p.ID)
	return changed(n, toolNameTaken(err, p.Name), "tool provider", "工具来源")
}

// DeleteToolProvider removes a provider with its credentials.
func (tx *Tx) DeleteToolProvider(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM tool_providers WHERE workspace_id = ? AND id = ?`, ws, id)
	return changed(n, err, "tool provider", "工具来源")
}

func toolNameTaken(err error, name string) error {
	if isUnique(err) {
		return app.Errorf(app.Conflict, "name_taken", "there already are tools called %q; choose another name", "已有名为“%s”的工具；请换一个名称", name).Because(err)
	}
	return err
}

func nullID(id app.ID) any {
	if id == "" {
		return nil
	}
	return id
}

func scanToolProvider(r row) (*app.ToolProvider, error) {
	var p app.ToolProvider
	var appID, config, tools, off, hints sql.NullString
	var checked sql.NullInt64
	var created, updated int64
	err := r.Scan(&p.ID, &p.Kind, &p.Name, &p.Description, &p.Icon, &p.IconColor, &appID, &config, &p.Document, &tools, &off, &hints, &p.Sealed, &checked,
		&p.CreatedBy, &created, &updated)
	if err != nil {
		return nil, err
	}
	p.App, p.CheckedAt, p.CreatedAt, p.UpdatedAt = app.ID(appID.String), atp(checked), at(created), at(updated)
	for _, c := range []struct {
		from string
		to   any
	}{{config.String, &p.Config}, {tools.String, &p.Tools}, {off.String, &p.Off}, {hints.String, &p.Hints}} {
		if err := json.Unmarshal([]byte(c.from), c.to); err != nil {
			return nil, err
		}
	}
	return &p, nil
}

const mcpServerColumns = `app_id, code, enabled, description, params, created_at, updated_at`

// MCPServer is an app as an MCP server.
func (s *Snapshot) MCPServer(appID app.ID) (*app.MCPServer, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	m, err := one(s, scanMCPServer, `SELECT `+mcpServerColumns+` FROM mcp_servers WHERE workspace_id = ? AND app_id = ?`, ws, appID)
	return m, found(err, "MCP server", "MCP 服务")
}

// MCPServerByCode is the MCP server of that address, and its workspace: who calls it comes without a scope.
func (s *Snapshot) MCPServerByCode(code string) (workspace app.ID, m *app.MCPServer, err error) {
	const q = `SELECT workspace_id, ` + mcpServerColumns + ` FROM mcp_servers WHERE code = ?`
	m, err = one(s, func(r row) (*app.MCPServer, error) { return scanMCPServer(front{r, &workspace}) }, q, code)
	return workspace, m, found(err, "MCP server", "MCP 服务")
}

// PutMCPServer adds the MCP server of an app, or replaces it.
func (tx *Tx) PutMCPServer(m *app.MCPServer) error {
	ws, err := tx.ownApp(m.App)
	if err != nil {
		return err
	}
	m.UpdatedAt = tx.now
	const q = `INSERT INTO mcp_servers (workspace_id, ` + mcpServerColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (app_id) DO UPDATE SET code = excluded.code, enabled = excluded.enabled, description = excluded.description, params = excluded.params, updated_at = excluded.updated_at`
	return tx.q.exec(q, ws, m.App, m.Code, m.Enabled, m.Description, text(m.Params), ms(m.CreatedAt), ms(m.UpdatedAt))
}

func scanMCPServer(r row) (*app.MCPServer, error) {
	var m app.MCPServer
	var params string
	var created, updated int64
	if err := r.Scan(&m.App, &m.Code, &m.Enabled, &m.Description, &params, &created, &updated); err != nil {
		return nil, err
	}
	m.CreatedAt, m.UpdatedAt = at(created), at(updated)
	return &m, parse(params, &m.Params)
}
