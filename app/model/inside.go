package model

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"islet/app"
	"islet/store"
)

// Builtin is the protocol and the vendor of the endpoint whose models run in this process (model/builtin).
const Builtin = "builtin"

// builtinName is how the site calls that endpoint; a number is added where somebody took the name.
const builtinName = "islet built-in"

// Inside is what runs in this process. The zero value is nothing.
type Inside struct {
	Models   func(ctx context.Context) ([]app.Model, error) // those that can be used now
	Findings func(ctx context.Context) []app.Finding        // one sentence for each that is there or should be
}

// refreshEvery is how long a list of the models in this process is taken as it was.
const refreshEvery = 2 * time.Second

// refresher remembers when the list was last written.
type refresher struct {
	mu   sync.Mutex // guards at, and is held while the list is written
	at   time.Time
	done bool // it has been written since the start
}

var errBuiltin = app.Errorf(app.Conflict, "endpoint_builtin", "what runs inside islet cannot be deleted or changed; it can be switched off, and models come and go with the folders in data/models",
	"islet 内置的模型服务不能删除或修改；可以停用，其模型随 data/models 中的文件夹增减")

// Refresh makes the built-in endpoint and its models what the process has now: it adds the endpoint to a site that lacks
// it, adds new models and removes those that are gone. It is cheap when called often, and does nothing before the site is set
// up. Whoever lists models calls it first.
func (k *Keeper) Refresh(ctx context.Context) error {
	if k.Inside.Models == nil {
		return nil
	}
	r := &k.inside
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done && k.DB.Now().Sub(r.at) < refreshEvery {
		return nil
	}
	ctx, err := systemScope(ctx, k.DB)
	if app.KindOf(err) == app.NotFound {
		return nil // not set up yet
	}
	if err != nil {
		return err
	}
	models, err := k.Inside.Models(ctx)
	if err != nil {
		return err
	}
	changed, err := k.writeInside(ctx, models)
	if err != nil {
		return err
	}
	if changed != "" {
		k.forget(changed)
	}
	r.at, r.done = k.DB.Now(), true
	return nil
}

// writeInside stores the list where it differs; changed is the endpoint if it does.
func (k *Keeper) writeInside(ctx context.Context, models []app.Model) (changed app.ID, err error) {
	var e *app.Endpoint
	var have []*app.Model
	err = k.DB.View(ctx, func(s *store.Snapshot) (err error) { e, have, err = inside(s); return err })
	if err != nil {
		return "", err
	}
	if e != nil && sameModels(have, models) {
		return "", nil
	}
	err = k.DB.Update(ctx, func(tx *store.Tx) error {
		if e, have, err = inside(&tx.Snapshot); err != nil { // again: somebody else may have been first
			return err
		}
		if e == nil {
			if e, err = insertInside(tx); err != nil {
				return err
			}
		}
		for _, m := range have {
			if err := settleModel(tx, m, models); err != nil {
				return err
			}
		}
		return addModels(tx, e.ID, models)
	})
	if err != nil {
		return "", err
	}
	return e.ID, nil
}

// inside is the built-in endpoint with its models, nil where the site has none.
func inside(s *store.Snapshot) (*app.Endpoint, []*app.Model, error) {
	es, err := s.Endpoints()
	if err != nil {
		return nil, nil, err
	}
	for _, e := range es {
		if e.Protocol == Builtin {
			ms, err := s.Models("", e.ID)
			return e, ms, err
		}
	}
	return nil, nil, nil
}

func insertInside(tx *store.Tx) (*app.Endpoint, error) {
	e := &app.Endpoint{ID: app.NewID(), Name: builtinName, Vendor: Builtin, Protocol: Builtin, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
	err := tx.InsertEndpoint(e)
	if errors.Is(err, &app.Error{Code: "name_taken"}) {
		e.Name += " 2"
		err = tx.InsertEndpoint(e)
	}
	return e, err
}

// settleModel removes a stored model that is gone, and notes how long its texts may be now.
func settleModel(tx *store.Tx, m *app.Model, now []app.Model) error {
	i := slices.IndexFunc(now, func(n app.Model) bool { return n.Name == m.Name && n.Kind == m.Kind })
	if i < 0 {
		return tx.DeleteModel(m.ID)
	}
	if m.ContextSize == now[i].ContextSize {
		return nil
	}
	m.ContextSize = now[i].ContextSize
	return tx.UpdateModel(m)
}

func sameModels(have []*app.Model, want []app.Model) bool {
	if len(have) != len(want) {
		return false
	}
	for _, m := range have {
		if !slices.ContainsFunc(want, func(n app.Model) bool {
			return n.Name == m.Name && n.Kind == m.Kind && n.ContextSize == m.ContextSize
		}) {
			return false
		}
	}
	return true
}

// notInside refuses a change of the built-in endpoint.
func notInside(e *app.Endpoint, err error) error {
	if err == nil && e.Protocol == Builtin {
		return errBuiltin
	}
	return err
}

// Examine is what the doctor says of the built-in endpoint, and the profile to be stored with it.
func (k *Keeper) Examine(ctx context.Context) *app.Profile {
	p := &app.Profile{ProbedAt: k.DB.Now(), Findings: []app.Finding{}}
	if k.Inside.Findings != nil {
		p.Findings = k.Inside.Findings(ctx)
	}
	for _, f := range p.Findings {
		switch f.Status {
		case "fail":
			p.Failed++
		case "warn":
			p.Warned++
		}
	}
	return p
}
