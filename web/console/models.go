package console

import (
	"context"
	"maps"
	"slices"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/model/provider"
	"islet/store"
)

// Catalog is what the add-endpoint page offers: the vendors with their known models, and the protocols.
type Catalog struct {
	Data      []provider.Vendor `json:"data"`
	Protocols []ProtocolInfo    `json:"protocols"`
}

// ProtocolInfo names a wire protocol and the kinds of model that it can serve.
type ProtocolInfo struct {
	ID     string           `json:"id"`
	Title  app.Text         `json:"title"`
	Kinds  []app.ModelKind  `json:"kinds"`
	Fields []provider.Field `json:"fields"`
}

func (a *API) vendors(context.Context, *None) (*Catalog, error) { return &a.Catalog, nil }

// EndpointView is an endpoint with what belongs to it.
type EndpointView struct {
	Endpoint    *app.Endpoint     `json:"endpoint"`
	Credentials []*app.Credential `json:"credentials"`
	Models      []*app.Model      `json:"models"`
}

func endpointView(s *store.Snapshot, e *app.Endpoint) (v *EndpointView, err error) {
	v = &EndpointView{Endpoint: e}
	if v.Credentials, err = s.Credentials(e.ID); err != nil {
		return nil, err
	}
	v.Models, err = s.Models("", e.ID)
	return v, err
}

func (a *API) endpoints(ctx context.Context, _ *None) (*List[*EndpointView], error) {
	out := []*EndpointView{}
	if err := a.Endpoints.Refresh(ctx); err != nil {
		return nil, err
	}
	err := a.DB.View(ctx, func(s *store.Snapshot) error {
		es, err := s.Endpoints()
		for _, e := range es {
			v, err := endpointView(s, e)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return err
	})
	return list(out, err)
}

func (a *API) endpoint(ctx context.Context, in *ByID) (*EndpointView, error) {
	return a.endpointByID(ctx, in.ID)
}

func (a *API) endpointByID(ctx context.Context, id app.ID) (v *EndpointView, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		e, err := s.Endpoint(id)
		if err != nil {
			return err
		}
		v, err = endpointView(s, e)
		return err
	})
	return v, err
}

type createEndpointIn struct {
	Name     string              `json:"name"`
	Vendor   string              `json:"vendor"`
	Protocol string              `json:"protocol"`
	BaseURL  string              `json:"base_url"`
	Options  app.EndpointOptions `json:"options"`
	Key      string              `json:"key"`
	Profile  *app.Profile        `json:"profile"` // of the probe before saving
	Models   []app.Model         `json:"models"`  // found by it; the vendor's catalog where empty
}

func (a *API) createEndpoint(ctx context.Context, in *createEndpointIn) (*EndpointView, error) {
	e := &app.Endpoint{Name: in.Name, Vendor: in.Vendor, Protocol: in.Protocol, BaseURL: in.BaseURL, Options: in.Options, Profile: in.Profile}
	found := in.Models
	if len(found) == 0 {
		found = a.Catalog.known(in.Vendor)
	}
	if err := a.Endpoints.Create(ctx, e, in.Key, found); err != nil {
		return nil, err
	}
	return a.endpointByID(ctx, e.ID)
}

// known are the models that the catalog lists for a vendor by their whole names.
func (c *Catalog) known(vendor string) (out []app.Model) {
	for _, v := range c.Data {
		if v.ID != vendor {
			continue
		}
		for _, o := range v.Models {
			if !strings.HasSuffix(o.Name, "*") {
				out = append(out, provider.Describe(v, app.Model{Name: o.Name}))
			}
		}
	}
	return out
}

// NewCatalog is the catalog of this binary.
func NewCatalog() Catalog {
	c := Catalog{Data: provider.Catalog()}
	for _, id := range slices.Sorted(maps.Keys(provider.Table)) {
		p := provider.Table[id]
		c.Protocols = append(c.Protocols, ProtocolInfo{ID: id, Title: p.Title, Kinds: p.Kinds, Fields: p.Fields})
	}
	return c
}

type updateEndpointIn struct {
	ByID
	Name     *string              `json:"name"`
	BaseURL  *string              `json:"base_url"`
	Protocol *string              `json:"protocol"`
	Options  *app.EndpointOptions `json:"options"`
	Disabled *bool                `json:"disabled"`
}

func (a *API) updateEndpoint(ctx context.Context, in *updateEndpointIn) (*EndpointView, error) {
	err := a.Endpoints.Update(ctx, in.ID, func(e *app.Endpoint) {
		assign(&e.Name, in.Name)
		assign(&e.BaseURL, in.BaseURL)
		assign(&e.Protocol, in.Protocol)
		assign(&e.Options, in.Options)
		assign(&e.Disabled, in.Disabled)
	})
	if err != nil {
		return nil, err
	}
	return a.endpointByID(ctx, in.ID)
}

// assign sets a field that the request names.
func assign[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

func (a *API) deleteEndpoint(ctx context.Context, in *ByID) (*None, error) {
	return nil, a.Endpoints.Delete(ctx, in.ID)
}

type credentialIn struct {
	ByID
	CID      app.ID  `path:"cid" json:"-"`
	Name     *string `json:"name"`
	Disabled *bool   `json:"disabled"`
}

type newCredentialIn struct {
	ByID
	Name string `json:"name"`
	Key  string `json:"key"`
}

func (a *API) createCredential(ctx context.Context, in *newCredentialIn) (*app.Credential, error) {
	return a.Endpoints.AddCredential(ctx, in.ID, in.Name, in.Key)
}

func (a *API) updateCredential(ctx context.Context, in *credentialIn) (*app.Credential, error) {
	return a.Endpoints.UpdateCredential(ctx, in.ID, in.CID, func(c *app.Credential) {
		if in.Name != nil && strings.TrimSpace(*in.Name) != "" {
			c.Name = strings.TrimSpace(*in.Name)
		}
		assign(&c.Disabled, in.Disabled)
	})
}

type oneCredentialIn struct {
	ByID
	CID app.ID `path:"cid" json:"-"`
}

func (a *API) deleteCredential(ctx context.Context, in *oneCredentialIn) (*None, error) {
	return nil, a.Endpoints.DeleteCredential(ctx, in.ID, in.CID)
}

// ModelView is a model with the name of its endpoint.
type ModelView struct {
	Model            *app.Model `json:"model"`
	EndpointName     string     `json:"endpoint_name"`
	EndpointDisabled bool       `json:"endpoint_disabled"`
}

type modelsIn struct {
	Kind app.ModelKind `query:"kind" json:"-"`
}

func (a *API) models(ctx context.Context, in *modelsIn) (*List[ModelView], error) {
	out := []ModelView{}
	if err := a.Endpoints.Refresh(ctx); err != nil {
		return nil, err
	}
	err := a.DB.View(ctx, func(s *store.Snapshot) error {
		es, err := s.Endpoints()
		if err != nil {
			return err
		}
		for _, e := range es {
			ms, err := s.Models(in.Kind, e.ID)
			if err != nil {
				return err
			}
			for _, m := range ms {
				out = append(out, ModelView{Model: m, EndpointName: e.Name, EndpointDisabled: e.Disabled})
			}
		}
		return nil
	})
	return list(out, err)
}

type newModelIn struct {
	Endpoint    app.ID        `json:"endpoint_id"`
	Name        string        `json:"name"`
	Kind        app.ModelKind `json:"kind"`
	Abilities   app.Abilities `json:"abilities"`
	ContextSize int           `json:"context_size"`
	MaxOutput   int           `json:"max_output"`
}

func (a *API) createModel(ctx context.Context, in *newModelIn) (*app.Model, error) {
	m := &app.Model{Endpoint: in.Endpoint, Name: in.Name, Kind: in.Kind, Abilities: in.Abilities, ContextSize: in.ContextSize, MaxOutput: in.MaxOutput}
	return m, a.Endpoints.AddModel(ctx, m)
}

type updateModelIn struct {
	ByID
	Kind        *app.ModelKind `json:"kind"`
	Abilities   *app.Abilities `json:"abilities"`
	ContextSize *int           `json:"context_size"`
	MaxOutput   *int           `json:"max_output"`
	Disabled    *bool          `json:"disabled"`
}

func (a *API) updateModel(ctx context.Context, in *updateModelIn) (*app.Model, error) {
	return a.Endpoints.UpdateModel(ctx, in.ID, func(m *app.Model) {
		assign(&m.Kind, in.Kind)
		assign(&m.Abilities, in.Abilities)
		assign(&m.ContextSize, in.ContextSize)
		assign(&m.MaxOutput, in.MaxOutput)
		assign(&m.Disabled, in.Disabled)
	})
}

func (a *API) deleteModel(ctx context.Context, in *ByID) (*None, error) {
	return nil, a.Endpoints.DeleteModel(ctx, in.ID)
}

func (a *API) defaultModels(ctx context.Context, _ *None) (*model.Defaults, error) {
	return a.Endpoints.Defaults(ctx)
}

func (a *API) setDefaultModels(ctx context.Context, in *model.Defaults) (*model.Defaults, error) {
	return in, a.Endpoints.SetDefaults(ctx, in)
}
