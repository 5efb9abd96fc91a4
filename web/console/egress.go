package console

import (
	"context"

	"islet/app/egress"
	"islet/store"
)

// Outgoing is the page of outgoing connections: what of the site's own network is open to apps, and where this process has
// connected or was kept from connecting, the latest first.
type Outgoing struct {
	Allow        []string       `json:"allow"`
	Destinations []egress.Entry `json:"destinations"`
}

func (a *API) outgoing(ctx context.Context, _ *None) (*Outgoing, error) {
	out := &Outgoing{Destinations: a.Door.Ledger()}
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { out.Allow, err = s.Outgoing(); return err })
	if out.Allow == nil {
		out.Allow = []string{}
	}
	if out.Destinations == nil {
		out.Destinations = []egress.Entry{}
	}
	return out, err
}

type outgoingIn struct {
	Allow []string `json:"allow"` // one rule each
}

// setOutgoing stores the rules in their normal form and puts them in force at once, also for connections that are open.
func (a *API) setOutgoing(ctx context.Context, in *outgoingIn) (*Outgoing, error) {
	rules, err := egress.ParseRules(in.Allow)
	if err != nil {
		return nil, err
	}
	allow := make([]string, len(rules))
	for i := range rules {
		allow[i] = rules[i].String()
	}
	if err := a.DB.Update(ctx, func(tx *store.Tx) error { return tx.SetOutgoing(allow) }); err != nil {
		return nil, err
	}
	a.Door.SetRules(rules)
	return a.outgoing(ctx, nil)
}
