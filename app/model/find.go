package model

import (
	"context"
	"strings"

	"islet/app"
	"islet/store"
)

// Find is the model that a caller of the Service API or a Dify file means: of that kind and name, on the endpoint that provider
// names by its id, name, vendor or protocol, or else on any. There being none is model_not_connected.
func (k *Keeper) Find(ctx context.Context, kind app.ModelKind, provider, name string) (app.ModelRef, error) {
	var ref app.ModelRef
	err := k.DB.View(ctx, func(s *store.Snapshot) error {
		models, err := s.Models(kind, "")
		if err != nil {
			return err
		}
		endpoints, err := s.Endpoints()
		if err != nil {
			return err
		}
		short := provider[strings.LastIndexByte(provider, '/')+1:]
		for _, e := range endpoints {
			named := string(e.ID) == provider || strings.EqualFold(e.Name, provider) || strings.EqualFold(e.Vendor, short) || strings.EqualFold(e.Protocol, short)
			for _, m := range models {
				if m.Endpoint == e.ID && !e.Disabled && !m.Disabled && strings.EqualFold(m.Name, name) && (ref.Zero() || named) {
					ref = app.ModelRef{Endpoint: e.ID, Name: m.Name}
				}
			}
			if named && ref.Endpoint == e.ID {
				return nil
			}
		}
		return nil
	})
	if err == nil && ref.Zero() {
		err = app.Errorf(app.Invalid, "model_not_connected", "no model server of this site has the model %[1]q of %[2]q; connect one under Models", "本站没有提供模型“%[1]s”（%[2]s）的模型服务；请在“模型”中连接", name, provider)
	}
	return ref, err
}
