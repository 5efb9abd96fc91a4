package store

import (
	"database/sql"

	"islet/app"
)

const endpointColumns = `id, name, vendor, protocol, base_url, options, profile, disabled, created_at, updated_at`

// Endpoints are the model servers of the workspace, by name.
func (s *Snapshot) Endpoints() ([]*app.Endpoint, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + endpointColumns + ` FROM endpoints WHERE workspace_id = ? ORDER BY name`
	return many(s, scanEndpoint, q, ws)
}

// Endpoint is one model server.
func (s *Snapshot) Endpoint(id app.ID) (*app.Endpoint, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + endpointColumns + ` FROM endpoints WHERE workspace_id = ? AND id = ?`
	e, err := one(s, scanEndpoint, q, ws, id)
	return e, found(err, "model endpoint", "模型端点")
}

// InsertEndpoint adds a model server. A name that is taken is a Conflict.
func (tx *Tx) InsertEndpoint(e *app.Endpoint) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO endpoints (id, workspace_id, name, vendor, protocol, base_url, options, profile, disabled, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, e.ID, ws, e.Name, e.Vendor, e.Protocol, e.BaseURL, text(e.Options), textp(e.Profile), e.Disabled, ms(e.CreatedAt), ms(e.UpdatedAt))
	return endpointNameTaken(err, e.Name)
}

// UpdateEndpoint writes every field of an endpoint that can change.
func (tx *Tx) UpdateEndpoint(e *app.Endpoint) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE endpoints SET name = ?, vendor = ?, protocol = ?, base_url = ?, options = ?, profile = ?, disabled = ?, updated_at = ?
		WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, e.Name, e.Vendor, e.Protocol, e.BaseURL, text(e.Options), textp(e.Profile), e.Disabled, ms(tx.now), ws, e.ID)
	return changed(n, endpointNameTaken(err, e.Name), "model endpoint", "模型端点")
}

// DeleteEndpoint removes a model server with its credentials and models.
func (tx *Tx) DeleteEndpoint(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `DELETE FROM endpoints WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, ws, id)
	return changed(n, err, "model endpoint", "模型端点")
}

func endpointNameTaken(err error, name string) error {
	if isUnique(err) {
		return app.Errorf(app.Conflict, "name_taken", "there is already an endpoint called %q; choose another name", "已有名为 %q 的端点；请换一个名称", name).Because(err)
	}
	return err
}

func scanEndpoint(r row) (*app.Endpoint, error) {
	var e app.Endpoint
	var options string
	var profile sql.NullString
	var created, updated int64
	err := r.Scan(&e.ID, &e.Name, &e.Vendor, &e.Protocol, &e.BaseURL, &options, &profile, &e.Disabled, &created, &updated)
	if err != nil {
		return nil, err
	}
	if err := parse(options, &e.Options); err != nil {
		return nil, err
	}
	e.CreatedAt, e.UpdatedAt = at(created), at(updated)
	e.Profile, err = parsep[app.Profile](profile)
	return &e, err
}

// Credentials are the secrets of one endpoint in the order in which they were added, still sealed.
func (s *Snapshot) Credentials(endpoint app.ID) ([]*app.Credential, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT id, endpoint_id, name, hint, sealed, disabled, cooldown_until, created_at FROM credentials
		WHERE workspace_id = ? AND endpoint_id = ? ORDER BY created_at, id`
	return many(s, scanCredential, q, ws, endpoint)
}

// Credential is one secret of one endpoint, still sealed.
func (s *Snapshot) Credential(endpoint, id app.ID) (*app.Credential, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT id, endpoint_id, name, hint, sealed, disabled, cooldown_until, created_at FROM credentials
		WHERE workspace_id = ? AND endpoint_id = ? AND id = ?`
	c, err := one(s, scanCredential, q, ws, endpoint, id)
	return c, found(err, "credential", "凭据")
}

// InsertCredential adds a sealed secret to an endpoint.
func (tx *Tx) InsertCredential(c *app.Credential) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO credentials (id, workspace_id, endpoint_id, name, hint, sealed, disabled, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, c.ID, ws, c.Endpoint, c.Name, c.Hint, c.Sealed, c.Disabled, ms(c.CreatedAt))
	return credentialNameTaken(err, c.Name)
}

// UpdateCredential writes name and switch of a secret and ends its cooldown.
func (tx *Tx) UpdateCredential(c *app.Credential) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE credentials SET name = ?, disabled = ?, cooldown_until = NULL WHERE workspace_id = ? AND endpoint_id = ? AND id = ?`
	n, err := tx.q.affected(q, c.Name, c.Disabled, ws, c.Endpoint, c.ID)
	return changed(n, credentialNameTaken(err, c.Name), "credential", "凭据")
}

// CoolCredential notes until when a secret rests (milliseconds since 1970); 0 ends the rest.
func (tx *Tx) CoolCredential(id app.ID, until int64) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE credentials SET cooldown_until = NULLIF(?, 0) WHERE workspace_id = ? AND id = ?`
	return tx.q.exec(q, until, ws, id)
}

// DeleteCredential removes a secret.
func (tx *Tx) DeleteCredential(endpoint, id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `DELETE FROM credentials WHERE workspace_id = ? AND endpoint_id = ? AND id = ?`
	n, err := tx.q.affected(q, ws, endpoint, id)
	return changed(n, err, "credential", "凭据")
}

func credentialNameTaken(err error, name string) error {
	if isUnique(err) {
		return app.Errorf(app.Conflict, "name_taken", "this endpoint already has a credential called %q; choose another name", "该端点已有名为 %q 的凭据；请换一个名称", name).Because(err)
	}
	return err
}

func scanCredential(r row) (*app.Credential, error) {
	var c app.Credential
	var cooldown sql.NullInt64
	var created int64
	err := r.Scan(&c.ID, &c.Endpoint, &c.Name, &c.Hint, &c.Sealed, &c.Disabled, &cooldown, &created)
	c.CooldownUntil, c.CreatedAt = atp(cooldown), at(created)
	return &c, err
}

const modelColumns = `id, endpoint_id, name, kind, abilities, context_size, max_output, disabled, manual, created_at`

// Models are the models of one kind, of all kinds where kind is empty, of one endpoint, or of all where endpoint is empty.
func (s *Snapshot) Models(kind app.ModelKind, endpoint app.ID) ([]*app.Model, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	q, args := `SELECT `+modelColumns+` FROM models WHERE workspace_id = ?`, []any{ws}
	if kind != "" {
		q, args = q+` AND kind = ?`, append(args, kind)
	}
	if endpoint != "" {
		q, args = q+` AND endpoint_id = ?`, append(args, endpoint)
	}
	return many(s, scanModel, q+` ORDER BY endpoint_id, kind, name`, args...)
}

// Model is one model.
func (s *Snapshot) Model(id app.ID) (*app.Model, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT ` + modelColumns + ` FROM models WHERE workspace_id = ? AND id = ?`
	m, err := one(s, scanModel, q, ws, id)
	return m, found(err, "model", "模型")
}

// InsertModel adds a model to an endpoint. The same name and kind again is a Conflict.
func (tx *Tx) InsertModel(m *app.Model) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `INSERT INTO models (id, workspace_id, endpoint_id, name, kind, abilities, context_size, max_output, disabled, manual, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	err = tx.q.exec(q, m.ID, ws, m.Endpoint, m.Name, m.Kind, text(m.Abilities), m.ContextSize, m.MaxOutput, m.Disabled, m.Manual, ms(m.CreatedAt))
	if isUnique(err) {
		return app.Errorf(app.Conflict, "name_taken", "this endpoint already has the model %q", "该端点已有模型 %q", m.Name).Because(err)
	}
	return err
}

// UpdateModel writes every field of a model that can change.
func (tx *Tx) UpdateModel(m *app.Model) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `UPDATE models SET kind = ?, abilities = ?, context_size = ?, max_output = ?, disabled = ?, manual = ? WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, m.Kind, text(m.Abilities), m.ContextSize, m.MaxOutput, m.Disabled, m.Manual, ws, m.ID)
	return changed(n, err, "model", "模型")
}

// DeleteModel removes a model from its endpoint's list.
func (tx *Tx) DeleteModel(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	const q = `DELETE FROM models WHERE workspace_id = ? AND id = ?`
	n, err := tx.q.affected(q, ws, id)
	return changed(n, err, "model", "模型")
}

func scanModel(r row) (*app.Model, error) {
	var m app.Model
	var abilities string
	var created int64
	err := r.Scan(&m.ID, &m.Endpoint, &m.Name, &m.Kind, &abilities, &m.ContextSize, &m.MaxOutput, &m.Disabled, &m.Manual, &created)
	if err != nil {
		return nil, err
	}
	m.CreatedAt = at(created)
	return &m, parse(abilities, &m.Abilities)
}
