package model

import (
	"context"
	"strings"

	"islet/app"
	"islet/store"
)

// Resolve finds the model that an app's settings mean. Settings made here name an endpoint of the site and are returned as they
// are; those of a Dify file name a provider ("openai", "langgenius/tongyi/tongyi"), and a model of that name on any endpoint
// will do, best one whose vendor or protocol is the provider. There being none is model_not_connected.
func (k *Keeper) Resolve(ctx context.Context, ref app.ModelRef) (app.ModelRef, error) {
	if _, err := app.ParseID(string(ref.Endpoint)); err == nil || ref.Zero() {
		return ref, nil
	}
	key := [2]string{"resolved " + string(ref.Endpoint), ref.Name}
	if id, ok := k.known.Load(key); ok {
		ref.Endpoint = id.(app.ID)
		return ref, nil
	}
	var models []*app.Model
	endpoints := map[app.ID]*app.Endpoint{}
	err := k.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if models, err = s.Models(app.ChatModel, ""); err != nil {
			return err
		}
		all, err := s.Endpoints()
		for _, e := range all {
			endpoints[e.ID] = e
		}
		return err
	})
	if err != nil {
		return ref, err
	}
	provider := string(ref.Endpoint)
	provider = provider[strings.LastIndexByte(provider, '/')+1:]
	var found app.ID
	for _, m := range models {
		e := endpoints[m.Endpoint]
		if e == nil || e.Disabled || m.Disabled || !strings.EqualFold(m.Name, ref.Name) {
			continue
		}
		fits := strings.EqualFold(e.Vendor, provider) || strings.EqualFold(e.Protocol, provider)
		if found == "" || fits {
			found = e.ID
		}
		if fits {
			break
		}
	}
	if found == "" {
		return ref, app.Errorf(app.Invalid, "model_not_connected",
			"the app asks for the model %[1]q of %[2]q, which no model server of this site has; connect one under Models, or choose another model in the app",
			"应用使用的模型“%[1]s”（%[2]s）在本站没有对应的模型服务；请在“模型”中连接，或在应用中改选其他模型", ref.Name, provider)
	}
	k.known.Store(key, found)
	ref.Endpoint = found
	return ref, nil
}
