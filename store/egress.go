package store

import (
	"context"

	"islet/app"
)

// egressKey is the setting that says where apps may connect inside the site's own network.
const egressKey = "egress"

// egressRow is that setting.
type egressRow struct {
	Allow []string `json:"allow"`
}

// Outgoing are the rules that open private networks to apps, as egress.ParseRules reads them.
func (s *Snapshot) Outgoing() ([]string, error) {
	row := egressRow{}
	err := s.Setting(egressKey, &row)
	return row.Allow, err
}

// SetOutgoing replaces the rules.
func (tx *Tx) SetOutgoing(allow []string) error {
	return tx.SetSetting(egressKey, egressRow{Allow: allow})
}

// Outgoing are the site's rules for whoever starts the server: it needs no scope, and before set-up there are none.
func (db *DB) Outgoing(ctx context.Context) ([]string, error) {
	var ws *app.Workspace
	err := db.View(ctx, func(s *Snapshot) (err error) { ws, err = s.Workspace(); return err })
	if app.KindOf(err) == app.NotFound {
		return nil, nil //nolint:nilnil // no rules
	}
	if err != nil {
		return nil, err
	}
	var allow []string
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws.ID, Role: app.Owner})
	err = db.View(ctx, func(s *Snapshot) (err error) { allow, err = s.Outgoing(); return err })
	return allow, err
}
