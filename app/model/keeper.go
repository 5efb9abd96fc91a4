package model

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"islet/app"
	"islet/store"
)

// Keeper owns the endpoints, credentials and models of the site: every change goes through it, and makes the Registry
// forget what it has opened.
type Keeper struct {
	DB        *store.DB
	Registry  *Registry
	Protocols []string // ids of the provider table
	Inside    Inside   // what runs in this process

	inside refresher
	known  sync.Map // of [2]string endpoint and name to *app.Model; emptied by every change
}

// forget drops what is kept of an endpoint in memory.
func (k *Keeper) forget(endpoint app.ID) {
	k.Registry.Forget(endpoint)
	k.known.Clear()
}

// Known is what is known of a model that an app's settings name; NotFound for one that is not listed.
func (k *Keeper) Known(ctx context.Context, ref app.ModelRef) (*app.Model, error) {
	key := [2]string{string(ref.Endpoint), ref.Name}
	if m, ok := k.known.Load(key); ok {
		return m.(*app.Model), nil
	}
	var found *app.Model
	err := k.DB.View(ctx, func(s *store.Snapshot) error {
		ms, err := s.Models(app.ChatModel, ref.Endpoint)
		for _, m := range ms {
			if m.Name == ref.Name {
				found = m
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, app.Missing("model", "模型")
	}
	k.known.Store(key, found)
	return found, nil
}

// Sees tells whether a model can be given pictures; true for one that is not listed, where the server decides.
func (k *Keeper) Sees(ctx context.Context, ref app.ModelRef) bool {
	m, err := k.Known(ctx, ref)
	return err != nil || m.Abilities.Vision
}

// Calls tells whether a model calls tools by its protocol; false for one that is not listed.
func (k *Keeper) Calls(ctx context.Context, ref app.ModelRef) bool {
	m, err := k.Known(ctx, ref)
	return err == nil && m.Abilities.Tools
}

// Preferred is the model that a new app starts with: the default one, else the first chat model of a server that is switched
// on, else the one in this process that quotes, else none.
func (k *Keeper) Preferred(ctx context.Context) (app.ModelRef, error) {
	if err := k.Refresh(ctx); err != nil {
		return app.ModelRef{}, err
	}
	d, err := k.Defaults(ctx)
	if err != nil || d.LLM != nil {
		return deref(d), err
	}
	var server, inside app.ModelRef
	err = k.DB.View(ctx, func(s *store.Snapshot) error {
		es, err := s.Endpoints()
		if err != nil {
			return err
		}
		for _, e := range es {
			ms, err := s.Models(app.ChatModel, e.ID)
			if err != nil {
				return err
			}
			ref := &server
			if e.Protocol == Builtin {
				ref = &inside
			}
			for _, m := range ms {
				if !e.Disabled && !m.Disabled && ref.Zero() {
					*ref = app.ModelRef{Endpoint: e.ID, Name: m.Name}
				}
			}
		}
		return nil
	})
	if server.Zero() {
		return inside, err
	}
	return server, err
}

func deref(d *Defaults) app.ModelRef {
	if d == nil || d.LLM == nil {
		return app.ModelRef{}
	}
	return *d.LLM
}

// sealedFor binds a sealed credential to its use.
const sealedFor = "model credential"

// Create stores an endpoint, its first key ("" for none) and the models that the probe or the catalog named.
func (k *Keeper) Create(ctx context.Context, e *app.Endpoint, key string, models []app.Model) error {
	if err := k.check(e); err != nil {
		return err
	}
	e.ID, e.CreatedAt, e.UpdatedAt = app.NewID(), k.DB.Now(), k.DB.Now()
	return k.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.InsertEndpoint(e); err != nil {
			return err
		}
		if key = strings.TrimSpace(key); key != "" {
			if err := tx.InsertCredential(k.seal(e.ID, "default", key)); err != nil {
				return err
			}
		}
		return addModels(tx, e.ID, models)
	})
}

// Update changes an endpoint by a function and stores it.
func (k *Keeper) Update(ctx context.Context, id app.ID, change func(*app.Endpoint)) error {
	defer k.forget(id)
	return k.DB.Update(ctx, func(tx *store.Tx) error {
		e, err := tx.Endpoint(id)
		if err != nil {
			return err
		}
		before := *e
		change(e)
		if before.Protocol == Builtin {
			if e.Name != before.Name || e.BaseURL != before.BaseURL || e.Protocol != before.Protocol {
				return errBuiltin
			}
			return tx.UpdateEndpoint(e) // switched on or off
		}
		if err := k.check(e); err != nil {
			return err
		}
		if e.BaseURL != before.BaseURL || e.Protocol != before.Protocol {
			e.Profile = nil // what was learnt of another server
		}
		return tx.UpdateEndpoint(e)
	})
}

// Delete removes an endpoint with its keys and models. Apps that use it say so when they run.
func (k *Keeper) Delete(ctx context.Context, id app.ID) error {
	defer k.forget(id)
	return k.DB.Update(ctx, func(tx *store.Tx) error {
		if err := notInside(tx.Endpoint(id)); err != nil {
			return err
		}
		return tx.DeleteEndpoint(id)
	})
}

// SaveProbe stores what a probe found: the profile, and the models that are new. Models that people added or changed stay.
func (k *Keeper) SaveProbe(ctx context.Context, id app.ID, p *app.Profile, found []app.Model) error {
	defer k.forget(id)
	return k.DB.Update(ctx, func(tx *store.Tx) error {
		e, err := tx.Endpoint(id)
		if err != nil {
			return err
		}
		e.Profile = p
		if err := tx.UpdateEndpoint(e); err != nil {
			return err
		}
		return addModels(tx, id, found)
	})
}

// addModels inserts those that the endpoint does not have yet.
func addModels(tx *store.Tx, endpoint app.ID, found []app.Model) error {
	have, err := tx.Models("", endpoint)
	if err != nil {
		return err
	}
	for _, m := range found {
		if m.Name == "" || slices.ContainsFunc(have, func(h *app.Model) bool { return h.Name == m.Name && h.Kind == m.Kind }) {
			continue
		}
		m.ID, m.Endpoint, m.CreatedAt = app.NewID(), endpoint, tx.Now()
		if m.Kind == "" {
			m.Kind = app.ChatModel
		}
		if err := tx.InsertModel(&m); err != nil {
			return err
		}
		have = append(have, &m)
	}
	return nil
}

// AddCredential seals and stores one more key of an endpoint.
func (k *Keeper) AddCredential(ctx context.Context, endpoint app.ID, name, key string) (*app.Credential, error) {
	name, key = strings.TrimSpace(name), strings.TrimSpace(key)
	if name == "" || key == "" {
		return nil, app.Errorf(app.Invalid, "key_required", "a credential needs a name and a key", "凭据需要名称和密钥")
	}
	defer k.forget(endpoint)
	c := k.seal(endpoint, name, key)
	return c, k.DB.Update(ctx, func(tx *store.Tx) error {
		if err := notInside(tx.Endpoint(endpoint)); err != nil {
			return err
		}
		return tx.InsertCredential(c)
	})
}

// UpdateCredential renames a key or switches it; either ends its rest.
func (k *Keeper) UpdateCredential(ctx context.Context, endpoint, id app.ID, change func(*app.Credential)) (c *app.Credential, err error) {
	defer k.forget(endpoint)
	err = k.DB.Update(ctx, func(tx *store.Tx) error {
		if c, err = tx.Credential(endpoint, id); err != nil {
			return err
		}
		change(c)
		c.CooldownUntil = nil
		return tx.UpdateCredential(c)
	})
	return c, err
}

// DeleteCredential removes a key.
func (k *Keeper) DeleteCredential(ctx context.Context, endpoint, id app.ID) error {
	defer k.forget(endpoint)
	return k.DB.Update(ctx, func(tx *store.Tx) error { return tx.DeleteCredential(endpoint, id) })
}

// AddModel stores a model that a person names.
func (k *Keeper) AddModel(ctx context.Context, m *app.Model) error {
	m.Name = strings.TrimSpace(m.Name)
	if m.Name == "" {
		return app.Errorf(app.Invalid, "name_required", "enter the model's name as its server calls it", "请输入模型名称（与服务端一致）")
	}
	if m.Kind == "" {
		m.Kind = app.ChatModel
	}
	m.ID, m.Manual, m.CreatedAt = app.NewID(), true, k.DB.Now()
	defer k.known.Clear()
	return k.DB.Update(ctx, func(tx *store.Tx) error {
		if err := notInside(tx.Endpoint(m.Endpoint)); err != nil {
			return err
		}
		return tx.InsertModel(m)
	})
}

// UpdateModel changes a model by a function and stores it as one that a person has set.
func (k *Keeper) UpdateModel(ctx context.Context, id app.ID, change func(*app.Model)) (m *app.Model, err error) {
	err = k.DB.Update(ctx, func(tx *store.Tx) error {
		if m, err = tx.Model(id); err != nil {
			return err
		}
		change(m)
		return tx.UpdateModel(m)
	})
	if err == nil {
		k.forget(m.Endpoint)
	}
	return m, err
}

// DeleteModel removes a model from its endpoint's list.
func (k *Keeper) DeleteModel(ctx context.Context, id app.ID) error {
	var endpoint app.ID
	err := k.DB.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Model(id)
		if err != nil {
			return err
		}
		endpoint = m.Endpoint
		if err := notInside(tx.Endpoint(endpoint)); err != nil {
			return err
		}
		return tx.DeleteModel(id)
	})
	k.forget(endpoint)
	return err
}

// Defaults are the models that the product itself and new apps use; nil where none was chosen.
type Defaults struct {
	LLM       *app.ModelRef `json:"llm"`
	Embedding *app.ModelRef `json:"embedding"`
	Rerank    *app.ModelRef `json:"rerank"`
	Speech    *app.ModelRef `json:"speech2text"`
	Voice     *app.ModelRef `json:"tts"`
}

const defaultsSetting = "default_models"

// Defaults reads the default models.
func (k *Keeper) Defaults(ctx context.Context) (*Defaults, error) {
	d := &Defaults{}
	return d, k.DB.View(ctx, func(s *store.Snapshot) error { return s.Setting(defaultsSetting, d) })
}

// SetDefaults chooses the default models.
func (k *Keeper) SetDefaults(ctx context.Context, d *Defaults) error {
	return k.DB.Update(ctx, func(tx *store.Tx) error {
		for _, ref := range []*app.ModelRef{d.LLM, d.Embedding, d.Rerank, d.Speech, d.Voice} {
			if ref == nil || ref.Zero() {
				continue
			}
			if _, err := tx.Endpoint(ref.Endpoint); err != nil {
				return err
			}
		}
		return tx.SetSetting(defaultsSetting, d)
	})
}

func (k *Keeper) seal(endpoint app.ID, name, key string) *app.Credential {
	hint := ""
	if r := []rune(key); len(r) > 8 {
		hint = string(r[len(r)-4:])
	}
	return &app.Credential{ID: app.NewID(), Endpoint: endpoint, Name: name, Hint: hint, Sealed: k.DB.Seal(sealedFor, key), CreatedAt: k.DB.Now()}
}

// check refuses what cannot be an endpoint, and tidies the rest.
func (k *Keeper) check(e *app.Endpoint) error {
	e.Name, e.BaseURL = strings.TrimSpace(e.Name), strings.TrimRight(strings.TrimSpace(e.BaseURL), "/")
	if e.Name == "" || utf8.RuneCountInString(e.Name) > 64 {
		return app.Errorf(app.Invalid, "name_required", "give the endpoint a name of at most 64 characters", "请为端点填写名称（最多 64 个字符）")
	}
	if !slices.Contains(k.Protocols, e.Protocol) {
		return Fail(CodeProtocol, e.Name, nil)
	}
	u, err := url.Parse(e.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return app.Errorf(app.Invalid, "bad_url", "%q is not the address of a model server; it looks like http://10.0.0.5:8000/v1", "%q 不是有效的模型服务地址；正确的形式如 http://10.0.0.5:8000/v1", e.BaseURL).Because(err)
	}
	if e.Vendor == "" {
		e.Vendor = "custom"
	}
	return nil
}

// Wire connects a Registry to the store: it fills the functions of o that read and write endpoints. The site has one
// workspace, which is looked up when it is needed, because at a first start there is none yet.
func Wire(db *store.DB, o Options) Options {
	view := func(ctx context.Context, fn func(*store.Snapshot) error) error {
		ctx, err := systemScope(ctx, db)
		if err != nil {
			return err
		}
		return db.View(ctx, fn)
	}
	update := func(fn func(*store.Tx) error) {
		ctx, err := systemScope(context.Background(), db)
		if err == nil {
			err = db.Update(ctx, fn)
		}
		_ = err // what was learnt or rested is learnt again; nobody waits for it
	}
	o.Endpoint = func(ctx context.Context, id app.ID) (e *app.Endpoint, err error) {
		err = view(ctx, func(s *store.Snapshot) error { e, err = s.Endpoint(id); return err })
		return e, err
	}
	o.Endpoints = func(ctx context.Context) (es []*app.Endpoint, err error) {
		err = view(ctx, func(s *store.Snapshot) error { es, err = s.Endpoints(); return err })
		return es, err
	}
	o.Secrets = func(ctx context.Context, endpoint app.ID) (out []Secret, err error) {
		err = view(ctx, func(s *store.Snapshot) error { out, err = secrets(db, s, endpoint); return err })
		return out, err
	}
	o.Disabled = func(ctx context.Context, endpoint app.ID) (names []string, err error) {
		err = view(ctx, func(s *store.Snapshot) error {
			ms, err := s.Models("", endpoint)
			for _, m := range ms {
				if m.Disabled {
					names = append(names, m.Name)
				}
			}
			return err
		})
		return names, err
	}
	o.Learned = func(endpoint app.ID, p app.Profile) {
		update(func(tx *store.Tx) error {
			e, err := tx.Endpoint(endpoint)
			if err != nil {
				return err
			}
			e.Profile = &p
			return tx.UpdateEndpoint(e)
		})
	}
	o.Rested = func(credential app.ID, until time.Time, _ string) {
		update(func(tx *store.Tx) error { return tx.CoolCredential(credential, until.UnixMilli()) })
	}
	return o
}

// secrets opens the enabled credentials of an endpoint.
func secrets(db *store.DB, s *store.Snapshot, endpoint app.ID) ([]Secret, error) {
	creds, err := s.Credentials(endpoint)
	if err != nil {
		return nil, err
	}
	var out []Secret
	off := 0
	for _, c := range creds {
		if c.Disabled {
			off++
			continue
		}
		key, err := db.Open(sealedFor, c.Sealed)
		if err != nil {
			return nil, err
		}
		sec := Secret{ID: c.ID, Name: c.Name, Key: key}
		if c.CooldownUntil != nil {
			sec.Until = *c.CooldownUntil
		}
		out = append(out, sec)
	}
	if len(out) == 0 && off > 0 {
		return nil, Fail(CodeNoCredentials, "", nil)
	}
	return out, nil
}

// systemScope is the scope of the site's only workspace.
func systemScope(ctx context.Context, db *store.DB) (context.Context, error) {
	if app.ScopeOf(ctx).Workspace != "" {
		return ctx, nil
	}
	var ws app.ID
	err := db.View(ctx, func(s *store.Snapshot) error {
		w, err := s.Workspace()
		if err == nil {
			ws = w.ID
		}
		return err
	})
	return app.WithScope(ctx, app.Scope{Workspace: ws}), err
}

// Key is the first enabled key of an endpoint in clear, "" where it has none. It is for the probe, and goes nowhere else.
func (k *Keeper) Key(ctx context.Context, endpoint app.ID) (string, error) {
	var out []Secret
	err := k.DB.View(ctx, func(s *store.Snapshot) (err error) {
		out, err = secrets(k.DB, s, endpoint)
		return err
	})
	if err != nil || len(out) == 0 {
		return "", err
	}
	return out[0].Key, nil
}
